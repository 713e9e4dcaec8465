"""Runs every benchmark and prints what they compare, as ratios: absolute times are a machine's own.

    python3 Tests/Benchmarks/run.py [dealing] [files] [service] [ledger]
    python3 Tests/Benchmarks/run.py millions [50]
    python3 Tests/Benchmarks/run.py overload [600]
    python3 Tests/Benchmarks/run.py export [1000]
    python3 Tests/Benchmarks/run.py check
    python3 Tests/Benchmarks/run.py judge [1000]
    python3 Tests/Benchmarks/run.py lake [10]

Needs `wrk` for the service (apt-get install wrk). Builds in release; the first time takes minutes.
Nothing is asserted: a busy machine would fail what is right. README.md says what is compared.
"""

import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

import export
import judge
import lake
import ledger
from peers import check
from shared import CATALOG, CONNECTIONS, HERE, SECONDS, built, free_port, row, running

BARE = "bare SHA-256 of the key"
ROWS, REPEATS = 1_000_000, 5


# MARK: - In process

def dealing():
    """Nanoseconds of one assignment, beside the bare hash of its key, in one run.

    The least of some dozen samples of a million: what else runs on the machine can only add to it.
    """
    run = subprocess.run(
        ["swift", "package", "--disable-sandbox", "benchmark", "--target", "Dealing",
         "--no-progress"], cwd=HERE, check=True, capture_output=True, text=True)
    least, name = {}, ""
    for line in run.stdout.splitlines():
        if line.startswith("\u2502 Time (wall clock) (ns)"):
            least[name] = int(line.split("\u2502")[2])
        elif line and line[0] not in "\u2502\u2552\u255e\u251c\u2558=":
            name = line.strip()
    bare = least[BARE]
    for name, nanoseconds in least.items():
        row(f"{name}, ns", str(nanoseconds))
        if name.startswith("one experiment"):
            row("  of the bare hash", f"{nanoseconds / bare:.2f} x",
                "target 1.5" if "dealer" in name else "")


# MARK: - Files

def cpu(command):
    """Seconds of CPU, user and system, and the most memory in KiB, of one run."""
    process = subprocess.Popen([str(word) for word in command])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def units(path, count):
    chance = random.Random(1)
    with open(path, "w", encoding="ascii") as file:
        file.write("unit,income,region,opened\n")
        for number in range(count):
            file.write(f"customer-{number:07},{chance.randrange(10**6, 10**7) / 100},"
                       f"{chance.choice(('Kyoto', 'Seoul', 'Osaka', 'Busan'))},"
                       f"2026-01-{chance.randrange(1, 29):02}T{chance.randrange(24):02}:00:00Z\n")


def files():
    """CPU of `holdfast assign` beside that of reading and writing the same rows without dealing."""
    program, copier = built("holdfast"), built("CopyRows")
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(CATALOG)
        out = folder / "out.csv"
        memory = {}
        for count in (ROWS // 10, ROWS, 5 * ROWS):
            source = folder / f"{count}.csv"
            units(source, count)
            memory[count] = cpu([program, "assign", "--catalog", folder / "catalog.yaml", source,
                                 "-o", out])[1]
            if count > ROWS:
                source.unlink()
        source = folder / f"{ROWS}.csv"
        commands = {
            "assign": [program, "assign", "--catalog", folder / "catalog.yaml", source, "-o", out],
            "record": [copier, "records", source, out], "fields": [copier, "fields", source, out],
            "answer": [copier, "answers", source, out]}
        times = {name: [] for name in commands}
        # In turn, so that a busy moment meets all alike.
        for _ in range(REPEATS):
            for name, command in commands.items():
                times[name].append(cpu(command)[0])
        median = {name: statistics.median(values) for name, values in times.items()}
        size = source.stat().st_size / ROWS
    row(f"bytes a row, of {ROWS} rows", f"{size:.0f}")
    row("rows a second of CPU, holdfast assign", f"{ROWS / median['assign']:,.0f}")
    row("CPU: holdfast assign", f"{median['assign']:.3f} s")
    for name, text in (("fields", "each field read and written"),
                       ("answer", "each record copied, and a constant answer written"),
                       ("record", "each record copied as it came")):
        row(f"CPU: {text}", f"{median[name]:.3f} s")
        row("  holdfast assign takes", f"{median['assign'] / median[name]:.2f} x",
            "target 2" if name == "fields" else "")
        row("  share of assign that this is", f"{median[name] / median['assign']:.0%}")
    for count, most in memory.items():
        row(f"memory, {count} rows", f"{most / 1024:.1f} MiB")


# MARK: - Service

def requests(url):
    run = subprocess.run(
        ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{SECONDS}s", "-s", str(HERE / "post.lua"),
         url], check=True, capture_output=True, text=True)
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise SystemExit(f"{url}:\n{run.stdout}")
    return float(re.search(r"Requests/sec:\s*([\d.]+)", run.stdout).group(1))


def service():
    """Requests a second of /v1/assignments, beside a constant route of the same framework."""
    program, constant = built("holdfast"), built("ConstantService", HERE, ".build")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(CATALOG)
        ports = free_port(), free_port()
        serve = [program, "serve", "--catalog", folder / "catalog.yaml", "--ledger",
                 folder / "ledger.db", "--port", ports[0]]
        with running(serve, ports[0]), running([constant, ports[1]], ports[1]):
            urls = (f"http://127.0.0.1:{ports[0]}/v1/assignments",
                    f"http://127.0.0.1:{ports[1]}/constant")
            body = re.findall(r"'(.*)'", (HERE / "post.lua").read_text())
            asked = urllib.request.Request(
                urls[0], "".join(body).encode(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked) as answer:
                assert json.load(answer)["reason"] == "assigned"
            rates = [[requests(url) for url in urls] for _ in range(3)]
    assigned, constants = (statistics.median(rate[place] for rate in rates) for place in (0, 1))
    row("requests a second, a constant route", f"{constants:,.0f}")
    row("requests a second, /v1/assignments", f"{assigned:,.0f}")
    row("  of the constant route's", f"{assigned / constants:.2f}", "target 0.7")


def main():
    wanted = sys.argv[1:] or ["dealing", "files", "service", "ledger"]
    parts = {"dealing": dealing, "files": files, "service": service, "ledger": ledger.ledger,
             "millions": ledger.millions, "overload": ledger.overload, "export": export.export,
             "check": check.check, "judge": judge.judge, "lake": lake.lake}
    for place, name in enumerate(wanted):
        if name.isdigit():
            continue
        print(f"\n{name}", flush=True)
        parts[name](*(int(count) for count in wanted[place + 1:place + 2] if count.isdigit()))


if __name__ == "__main__":
    main()
