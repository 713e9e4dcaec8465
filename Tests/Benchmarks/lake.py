"""An export from a lake by DuckDB and by Spark: seconds, memory and bytes shuffled.

    python3 Tests/Benchmarks/run.py lake [10]            # so many million decisions, by DuckDB
    python3 Tests/Benchmarks/lake.py 1000 --engine spark # so many thousand; --help says the rest

Measured apart: the process `holdfast`, and the engine's with all that it starts. Beside DuckDB's,
in the same run, the SQL that the set's manifest holds, pasted into the program over views of the
same files. Before anything is measured, an export of 10,000 decisions from a lake is held against
one by SQLite from a ledger that was given the same facts: their files must be the same bytes.
"""

import argparse
import glob
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import lake_facts
from shared import HERE, built, row

GATES = ["sample-ratio", "sample-ratio-kept", "attrition", "balance", "unknown-share", "positivity",
         "positives", "placebo", "train-eval", "control-serve", "minimum-rows"]
WAIVERS = [word for gate in GATES for word in ("--waive", f"{gate}=a benchmark")]
NAP = 0.05
SPARK_MEMORY = "4g"


# MARK: - Processes

class Usage:
    """CPU seconds, user and system, and the most memory in MiB: of a process, of all below it."""

    def __init__(self):
        self.tick = os.sysconf("SC_CLK_TCK")
        self.own, self.below, self.first, self.peak = (0, 0), {}, None, 0

    def look(self, process):
        self.own = self.of(process) or self.own
        sum_now = 0
        for child in self.children(process):
            told = self.of(child)
            if told:
                self.below[child] = told
                sum_now += told[2]
        self.peak = max(self.peak, sum_now)

    def of(self, process):
        """Its CPU and the most memory that it had, and what it has now."""
        try:
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{process}/status") as file:
                sizes = {line.split(":")[0]: line.split()[1] for line in file if "kB" in line}
        except (OSError, IndexError):
            return None
        if "VmHWM" not in sizes:
            return None
        return ((int(fields[11]) + int(fields[12])) / self.tick, int(sizes["VmHWM"]) / 1024,
                int(sizes["VmRSS"]) / 1024)

    def children(self, process):
        found, rest = [], [process]
        while rest:
            for path in glob.glob(f"/proc/{rest.pop()}/task/*/children"):
                try:
                    with open(path) as file:
                        some = [int(word) for word in file.read().split()]
                except OSError:
                    continue
                found += some
                rest += some
        return found


def measured(command, **options):
    """Runs a command; gives its wall seconds and what it and its children used."""
    usage, started = Usage(), time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, **options)
    while True:
        done, status, rusage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        usage.look(process.pid)
        time.sleep(NAP)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed: {process.returncode}")
    own = usage.own[0]
    # What the process waited for, or, of an engine that outlives it while it gives its memory back, what was seen.
    below = max(rusage.ru_utime + rusage.ru_stime - own, sum(each[0] for each in usage.below.values()))
    return {"wall": time.monotonic() - started, "cpu": own, "memory": usage.own[1],
            "engine cpu": below, "engine memory": usage.peak}


# MARK: - Exports

def export(holdfast, folder, out, source, *options):
    return [holdfast, "export", "--catalog", folder / "catalog.yaml", *source, "--out", out,
            *WAIVERS, *options]


def hold(holdfast, duckdb, scratch, nodes, clusters):
    """Throws where a lake's set is not that of a ledger which was given the same facts."""
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = pathlib.Path(name)
        lake = lake_facts.make(holdfast, duckdb, folder, 10_000, nodes, clusters)
        ledger = lake_facts.ledger(holdfast, duckdb, folder, lake, clusters)
        sources = {"lake": ["--lake", lake, "--engine", "duckdb"], "ledger": ["--ledger", ledger]}
        for set_, source in sources.items():
            lake_facts.told(export(holdfast, folder, folder / f"out-{set_}", source))
        for part in ("train.csv", "eval.csv"):
            one, other = ((folder / f"out-{set_}" / part).read_bytes() for set_ in sources)
            if one != other or one.count(b"\n") < 50:
                raise SystemExit(f"{part} of the lake is not that of the ledger")


def pasted(duckdb, folder, lake, out):
    """The SQL of a set's manifest, over views of a lake's files, as one would paste it."""
    sql = json.loads((out / "manifest.json").read_text())["sql"]
    files = "read_parquet('{}/{}/*/*/*/*.parquet', hive_partitioning = true, " \
            "hive_types_autocast = false)"
    views = "".join(
        f"CREATE TEMP VIEW {kind} AS SELECT key AS {kind[:-1]}, * EXCLUDE (key) "
        f"FROM {files.format(lake, kind)};\n" for kind in ("decisions", "exposures", "outcomes"))
    batches = "CREATE TEMP TABLE batches (batch BIGINT, source VARCHAR, sequence BIGINT, " \
              "first_at BIGINT, last_at BIGINT, received_at BIGINT);\n"
    script = folder / "pasted.sql"
    script.write_text(
        f"SET temp_directory = '{folder}/spilt';\nSET default_null_order = 'nulls_first';\n"
        f"SET VARIABLE holdfast_salt = '{lake_facts.SALT}';\n{views}{batches}.timer on\n{sql}")
    with open(script) as file, open(folder / "pasted.log", "w") as log:
        figures = measured([duckdb, "-init", "/dev/null", "-batch", "-bail"], stdin=file, stderr=log)
    # All of it is the engine.
    figures["engine cpu"] += figures["cpu"]
    figures["engine memory"] += figures["memory"]
    return figures


def shuffled(folder):
    """Bytes that Spark's tasks wrote for others, and that they spilt to the disk, in MiB."""
    written = spilt = 0
    for path in folder.rglob("*"):
        if path.is_file():
            for line in path.open(encoding="utf-8"):
                if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                    metrics = json.loads(line).get("Task Metrics") or {}
                    written += metrics.get("Shuffle Write Metrics", {}).get(
                        "Shuffle Bytes Written", 0)
                    spilt += metrics.get("Disk Bytes Spilled", 0)
    return written / 2**20, spilt / 2**20


def told(name, figures, count):
    million = count / 1_000_000
    row(f"{name}, wall", f"{figures['wall']:.1f} s", f"{figures['wall'] / million:.2f} s a million")
    if figures["cpu"] is not None:
        row("  CPU of holdfast", f"{figures['cpu']:.1f} s")
        row("  most memory of holdfast", f"{figures['memory']:.0f} MiB", "target 200")
    row("  CPU of the engine", f"{figures['engine cpu']:.1f} s")
    row("  most memory of the engine", f"{figures['engine memory']:,.0f} MiB")


def run(holdfast, duckdb, spark, folder, lake, engines, count):
    for engine in engines:
        out = folder / f"out-{engine}"
        source = ["--lake", lake, "--engine", engine, "--scratch", folder]
        events = folder / "events"
        if engine == "duckdb":
            options = ["--duckdb", duckdb]
        else:
            events.mkdir()
            settings = {"spark.driver.memory": SPARK_MEMORY, "spark.eventLog.enabled": "true",
                        "spark.eventLog.dir": f"file://{events}",
                        "spark.eventLog.compress": "false",
                        "spark.eventLog.rolling.enabled": "false"}
            options = ["--spark-sql", spark, "--master", "local[2]"] + [
                word for key, value in settings.items()
                for word in ("--spark-conf", f"{key}={value}")]
        figures = measured(export(holdfast, folder, out, source, *options))
        told(f"{engine}, {count:,} decisions", figures, count)
        if engine == "spark":
            written, spilt = shuffled(events)
            row("  shuffled", f"{written:,.0f} MiB", f"{written / count * 2**20:.0f} bytes a decision")
            row("  spilt", f"{spilt:,.0f} MiB")
            shutil.rmtree(events)
        else:
            bare = pasted(duckdb, folder, lake, out)
            bare["cpu"] = None
            told("  the same SQL pasted", bare, count)
            row("    of that", f"{figures['wall'] / bare['wall']:.2f}", "target 2")
            row("    of its CPU", f"{both(figures) / bare['engine cpu']:.2f}", "on a busy machine")
        shutil.rmtree(out)


def both(figures):
    return figures["cpu"] + figures["engine cpu"]


def lake(millions=10):
    main([str(millions * 1_000)])


def main(words=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("thousands", type=int)
    parser.add_argument("--engine", action="append", choices=["duckdb", "spark"])
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--clusters", action="store_true")
    parser.add_argument("--folder", help="keep the lake here, or use the one that is there")
    parser.add_argument("--holdfast", help="the program, where it is not to be built")
    parser.add_argument("--no-hold", action="store_true", help="do not hold 10,000 against SQLite")
    asked = parser.parse_args(words)
    holdfast = asked.holdfast or built("holdfast")
    duckdb, spark = (shutil.which(name) for name in ("duckdb", "spark-sql"))
    count = asked.thousands * 1_000
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        scratch = pathlib.Path(name)
        if not asked.no_hold:
            hold(holdfast, duckdb, scratch, asked.nodes, asked.clusters)
        folder = pathlib.Path(asked.folder or scratch / "lake").resolve()
        folder.mkdir(exist_ok=True)
        if not (folder / "lake").exists():
            lake_facts.make(holdfast, duckdb, folder, count, asked.nodes, asked.clusters)
        size = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet"))
        row(f"the lake, {asked.nodes} nodes" + (", clusters" if asked.clusters else ""),
            f"{size / 2**20:,.0f} MiB", f"{size / count:.0f} bytes a decision and its facts")
        run(holdfast, duckdb, spark, folder, folder / "lake", asked.engine or ["duckdb"], count)


if __name__ == "__main__":
    main()
