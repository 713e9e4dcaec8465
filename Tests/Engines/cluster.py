"""A Spark cluster of two workers on loopback, and what Holdfast exports by it.

    python3 Tests/Engines/cluster.py PATH-TO-holdfast [--spark-sql PATH] [--duckdb PATH] [--check]

Starts a standalone master and two workers of a core and 1 GiB each, on free ports; makes a ledger
by the program, ships it to a lake, partly as JSON Lines and partly as Parquet, and exports the lake
on the cluster. Its train.csv and eval.csv must be byte for byte those of SQLite on the ledger, and
both workers must have finished tasks, by Spark's own event log. --check compares tables there too.
Exit status 1 on any difference. Everything that was started is ended, whatever happens.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

START_SECONDS = 120
COMMAND_SECONDS = 900
END_SECONDS = 20
WORKERS = 2
UNITS = 3_000
DAYS = 4
# Nothing runs long enough to be worth what Java's second compiler costs.
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
BEGIN = datetime.datetime(2026, 2, 1, tzinfo=datetime.timezone.utc)

CATALOG = {
    "holdfast": 1, "salt": "a-cluster-on-loopback-01",
    "experiments": {
        "limits": {
            "unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}],
            "features": {"income": "number", "visits": "integer", "vip": "boolean",
                         "country": "category"},
            "outcome": {"name": "paid", "horizon": "6h", "absent": 0},
            "split": {"train": "70%", "eval": "30%"}}}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("holdfast")
    parser.add_argument("--spark-sql", default=os.environ.get("HOLDFAST_SPARK_SQL"))
    parser.add_argument("--duckdb", default=os.environ.get("HOLDFAST_DUCKDB"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.holdfast = pathlib.Path(options.holdfast).resolve()
    options.spark_sql = options.spark_sql or shutil.which("spark-sql")
    options.duckdb = options.duckdb or shutil.which("duckdb")
    if not options.spark_sql or not options.duckdb:
        raise SystemExit("there is no spark-sql or no duckdb: pip install pyspark duckdb-cli")
    # What ends us ends what we started.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with Steps() as steps:
            story(folder, options, steps)
    print("two workers: the same bytes as SQLite's")


def story(folder, options, steps):
    shop = Shop(folder, options)
    shop.deal()
    for part, form in enumerate(("jsonl", "parquet")):
        shop.record(part)
        shop.ship(form)
    # What is received by then is what was received before.
    time.sleep(1.1)
    shop.as_of = time_text(datetime.datetime.now(datetime.timezone.utc))
    steps.done(f"{shop.rows} facts recorded, and shipped as {' and '.join(shop.shipped)}")
    expected = shop.export("sqlite", "--ledger", shop.ledger)
    lines = [text.count(b"\n") for text in expected]
    if min(lines) < 200:
        raise SystemExit(f"SQLite's set is too small to say something: {lines} lines")
    steps.done(f"SQLite exported {lines[0]} and {lines[1]} lines")
    with Cluster(folder / "cluster", options) as cluster:
        steps.done(f"{cluster.url} and {WORKERS} workers started")
        if shop.export("spark", "--lake", shop.lake, *cluster.words("export")) != expected:
            raise SystemExit("Spark's set of the lake is another than SQLite's of the ledger")
        steps.done(f"Spark exported the same of the lake; tasks {cluster.tasks('export')}")
        if options.check:
            check(shop, cluster, steps)
    steps.done("cluster ended")


def check(shop, cluster, steps):
    """The set's two tables compared by this machine, and on the cluster."""
    words = ["--train", shop.folder / "sqlite/train.csv",
             "--eval", shop.folder / "sqlite/eval.csv", "--format", "json"]
    here = shop.run("check", *words, status=(0, 1, 3))
    there = shop.run("check", *words, "--exact", *cluster.words("check"), status=(0, 1, 3))

    def verdicts(text):
        report = json.loads(text)
        return report["verdict"], [
            (pair["reference"], pair["candidate"], pair["verdict"],
             [(column["column"], column["verdict"]) for column in pair["columns"]])
            for pair in report["pairs"]]
    if verdicts(here) != verdicts(there):
        raise SystemExit(f"check says another thing on Spark:\n{here}\n{there}")
    steps.done(f"Spark checked as this machine does; tasks {cluster.tasks('check')}")


class Steps:
    """Says how long each step took."""

    def __enter__(self):
        self.last = time.monotonic()
        return self

    def __exit__(self, *_):
        pass

    def done(self, words):
        now = time.monotonic()
        print(f"{now - self.last:6.1f} s  {words}", flush=True)
        self.last = now


class Shop:
    """A ledger of a few thousand customers, its lakes and sets."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.catalog, self.ledger = folder / "catalog.json", folder / "ledger.db"
        self.catalog.write_text(json.dumps(CATALOG))
        self.lake = folder / "lake"
        self.facts = {}
        self.rows = 0
        self.shipped = []
        self.as_of = None

    def run(self, *words, status=(0,)):
        done = subprocess.run(
            [str(word) for word in (self.options.holdfast, *words)], capture_output=True, text=True,
            timeout=COMMAND_SECONDS, env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"})
        if done.returncode not in status:
            raise SystemExit(f"holdfast {' '.join(map(str, words))}: status {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout

    def table(self, name, columns, rows):
        path = self.folder / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        return path

    def deal(self):
        """Makes up what happens to customers that the program deals."""
        chance = random.Random(7)
        units = [f"customer-{number}" for number in range(UNITS)]
        dealt = self.folder / "dealt.csv"
        self.run("assign", "--catalog", self.catalog, self.table("units.csv", ["unit"],
                 [[unit] for unit in units]), "-o", dealt)
        with open(dealt, newline="", encoding="utf-8") as file:
            arms = {row["unit"]: row["arm"] for row in csv.DictReader(file)}
        decisions, exposures, outcomes = [], [], []
        for unit in units:
            for turn in range(chance.choice([1, 1, 2])):
                at = BEGIN + datetime.timedelta(seconds=chance.randrange(DAYS * 86_400))
                key = f"{unit}/{turn}"
                decisions.append([
                    f"d-{key}", unit, time_text(at), repr(chance.lognormvariate(10, 1)),
                    chance.randrange(40), chance.choice(["true", "false", ""]),
                    chance.choice(["JP", "KR", "it's \\ \"x\"", "Österreich"])])
                later = at + datetime.timedelta(seconds=chance.randrange(1, 20_000))
                # Some of the control's were reached, which makes them unclean.
                if arms[unit] == "treatment" or chance.random() < 0.05:
                    exposures.append([f"e-{key}", unit, time_text(later), "treatment"])
                if chance.random() < 0.4:
                    outcomes.append([f"o-{key}", unit, time_text(later), "paid", 1])
        self.facts = {
            "decisions": (["id", "unit", "at", "income", "visits", "vip", "country"], decisions),
            "exposures": (["id", "unit", "at", "arm"], exposures),
            "outcomes": (["id", "unit", "at", "name", "value"], outcomes)}

    def record(self, part):
        """Records every other row of each kind, from the first or the second on."""
        for kind, (columns, rows) in self.facts.items():
            file = self.table(f"{kind}-{part}.csv", columns, rows[part::2])
            self.run("record", kind, file, "--catalog", self.catalog, "--ledger", self.ledger)
            self.rows += len(rows[part::2])

    def ship(self, form):
        self.run("ship", "--ledger", self.ledger, "--lake", self.lake, "--node", "one",
                 "--file-format", form, "--duckdb", self.options.duckdb)
        ending = ".parquet" if form == "parquet" else ".jsonl.gz"
        files = sum(path.name.endswith(ending) for path in self.lake.rglob("*"))
        if not files:
            raise SystemExit(f"nothing was shipped as {form}")
        self.shipped.append(f"{files} files of {form}")

    def export(self, name, *words):
        """The bytes of train.csv and eval.csv."""
        out = self.folder / name
        self.run("export", "--catalog", self.catalog, "--as-of", self.as_of, "--out", out, *words)
        return [(out / part).read_bytes() for part in ("train.csv", "eval.csv")]


def time_text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Cluster:
    """A master and its workers, each a process of its own group."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.processes = []
        self.url = None
        beside = pathlib.Path(options.spark_sql).parent
        self.program = beside / "spark-class"
        # It finds its home by the python3 that is first.
        self.environment = {
            **os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1",
            "SPARK_DAEMON_MEMORY": "512m", "SPARK_DAEMON_JAVA_OPTS": BRIEF,
            "PATH": f"{beside}:{os.environ['PATH']}"}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def start(self):
        self.folder.mkdir()
        (self.folder / "scratch").mkdir()
        host = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        self.spawn("master", "org.apache.spark.deploy.master.Master", *host)
        self.url = self.wait("master", r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
        for number in range(WORKERS):
            self.spawn(f"worker-{number}", "org.apache.spark.deploy.worker.Worker", *host,
                       "--cores", "1", "--memory", "1g", "--work-dir",
                       self.folder / f"work-{number}", self.url)
        for number in range(WORKERS):
            self.wait(f"worker-{number}", r"(Successfully registered with master)")

    def spawn(self, name, *words):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(
                [str(word) for word in (self.program, *words)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.environment, cwd=self.folder,
                start_new_session=True))

    def wait(self, name, pattern):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            text = (self.folder / f"{name}.log").read_text(errors="replace")
            if found := re.search(pattern, text):
                return found[1]
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.1)
        raise SystemExit(f"the {name} does not start:\n{text[-2_000:]}")

    def words(self, name):
        """The options of a command that lead to the cluster, with an event log of its own."""
        log = self.folder / f"events-{name}"
        log.mkdir()
        settings = {
            "spark.eventLog.enabled": "true", "spark.eventLog.dir": log.as_uri(),
            "spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false",
            "spark.driver.extraJavaOptions": BRIEF, "spark.executor.extraJavaOptions": BRIEF,
            "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "4"}
        return ["--engine", "spark", "--spark-sql", self.options.spark_sql, "--master", self.url,
                "--scratch", self.folder / "scratch",
                *(word for item in settings.items() for word in ("--spark-conf", "=".join(item)))]

    def tasks(self, name):
        """How many tasks each worker finished for a command; each must have some."""
        counts = [0] * WORKERS
        for log in (self.folder / f"events-{name}").iterdir():
            application = log.name.removesuffix(".inprogress")
            with open(log, encoding="utf-8") as lines:
                for event in map(json.loads, lines):
                    if event["Event"] != "SparkListenerTaskEnd":
                        continue
                    if event["Task End Reason"]["Reason"] != "Success":
                        continue
                    # A worker has a folder for each executor that it ran.
                    executor = event["Task Info"]["Executor ID"]
                    for number in range(WORKERS):
                        if (self.folder / f"work-{number}" / application / executor).is_dir():
                            counts[number] += 1
        if 0 in counts:
            raise SystemExit(f"a worker finished no task of {name}: {counts}")
        return counts

    def end(self):
        for process in reversed(self.processes):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                    process.wait(END_SECONDS)
                    break
                except ProcessLookupError:
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.processes = []


if __name__ == "__main__":
    main()
