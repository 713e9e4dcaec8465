"""What the ledger takes: single posts, batches, many ids, and load beyond what it can take.

Called by run.py; the long parts only by name:

    python3 Tests/Benchmarks/run.py ledger              # single posts, and batches by their size
    python3 Tests/Benchmarks/run.py millions [50]       # the rate at so many million random ids
    python3 Tests/Benchmarks/run.py overload [600]      # memory after so many seconds of too much
"""

import contextlib
import http.client
import pathlib
import re
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

from shared import CATALOG, CONNECTIONS, HERE, SECONDS, built, free_port, row, running

BATCHES = (1, 10, 100, 1_000, 10_000)
ROWS = 200_000


def wrk(port, route="exposures", seconds=SECONDS):
    """Requests a second, and the 99th percentile of their latency in milliseconds."""
    url = f"http://127.0.0.1:{port}/v1/{route}"
    run = subprocess.run(
        ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency",
         "-s", str(HERE / "exposures.lua"), url, "--", route],
        check=True, capture_output=True, text=True)
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise SystemExit(f"{url}:\n{run.stdout}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", run.stdout).groups()
    return (float(re.search(r"Requests/sec:\s*([\d.]+)", run.stdout).group(1)),
            float(number) * {"us": 0.001, "ms": 1, "s": 1_000}[unit])


def serve(folder, name, port):
    """The service on a ledger of its own."""
    return [built("holdfast"), "serve", "--catalog", folder / "catalog.yaml", "--ledger",
            folder / name, "--port", port]


def exposure():
    return ('{"id":"%s","experiment":"credit-limit","unit":"customer-%07d","arm":"treatment",'
            '"at":"2026-03-01T12:00:00Z"}' % (secrets.token_hex(16), secrets.randbelow(10**7)))


def single(folder):
    """One exposure a request from 64 connections, beside the same without group commit, and without a ledger."""
    rival = built("ExposureService")
    ports = [free_port() for _ in range(3)]
    catalog = folder / "catalog.yaml"
    services = {
        "serve": (serve(folder, "serve.db", ports[0]), ports[0]),
        "alone": ([rival, "alone", ports[1], catalog, folder / "alone.db"], ports[1]),
        "none": ([rival, "none", ports[2], catalog], ports[2])}
    rates = {name: [] for name in [*services, "dealt"]}
    late = []
    with contextlib.ExitStack() as stack:
        for command, port in services.values():
            stack.enter_context(running(command, port))
        for _ in range(3):  # In turn, so that a busy moment meets all alike.
            for name, (_, port) in services.items():
                rate, percentile = wrk(port)
                rates[name].append(rate)
                if name == "serve":
                    late.append(percentile)
                    rates["dealt"].append(wrk(port, "assignments")[0])
    median = {name: statistics.median(values) for name, values in rates.items()}
    row("exposures a second, one a request, 64 connections", f"{median['serve']:,.0f}")
    row("  99th percentile of the latency", f"{statistics.median(late):.1f} ms", "target 25")
    row("  the same, a transaction for each request", f"{median['alone']:,.0f}")
    row("    of that", f"{median['serve'] / median['alone']:.2f} x", "target 4")
    row("  the framework's route, which reads the exposure and answers", f"{median['none']:,.0f}")
    row("    of that", f"{median['serve'] / median['none']:.2f}", "target 0.75")
    row("  the same service's /v1/assignments, which records nothing", f"{median['dealt']:,.0f}")
    row("    of that", f"{median['serve'] / median['dealt']:.2f}")


def post(port, bodies):
    """Posts bodies over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for body in bodies:
        connection.request("POST", "/v1/exposures", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {text[:300]}")


def batched(port, size, count, connections=8):
    """Exposures a second in batches of one size, from connections that each post in turn."""
    # What waits beyond 100,000 facts is answered 503.
    connections = min(connections, 80_000 // size)
    bodies = [("[" + ",".join(exposure() for _ in range(size)) + "]").encode()
              for _ in range(max(connections, count // size))]
    threads = [threading.Thread(target=post, args=(port, bodies[place::connections]))
               for place in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bodies) * size / (time.perf_counter() - began)


def imported(folder, ledger, count, settings=()):
    """Rows a second that SQLite's own shell imports into the same table with the same indexes."""
    target, source = folder / "import.db", folder / "rows.csv"
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    shutil.copy(ledger, target)
    with contextlib.closing(sqlite3.connect(target)) as connection:
        first = connection.execute("SELECT COALESCE(MAX(exposure), 0) FROM exposures").fetchone()[0]
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(staged)")]
    values = {"cluster": "", "experiment": "credit-limit", "arm": "treatment",
              "exposed_at": "1772366400000000", "received_at": "1772366400000001",
              "digest": "0123456789abcdef", "nonce": "1234567890123456789"}
    with open(source, "w", encoding="ascii") as file:
        for number in range(count):
            values.update(exposure=str(first + number + 1), id=secrets.token_hex(16),
                          unit=f"customer-{secrets.randbelow(10**7):07}")
            file.write(",".join(values[column] for column in columns) + "\n")
    began = time.perf_counter()
    subprocess.run(["sqlite3", target, "PRAGMA synchronous = FULL", "PRAGMA journal_mode = WAL",
                    *settings, ".mode csv", f".import {source} staged"],
                   check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - began
    with contextlib.closing(sqlite3.connect(target)) as connection:
        found, = connection.execute("SELECT COUNT(*) FROM staged").fetchone()
    if found != count:
        raise SystemExit(f"SQLite's shell imported {found} rows of {count}")
    return count / took


def unconstrained(path):
    """A copy of the table that takes texts for blobs, under the same indexes, as `staged`."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        text, = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'exposures'").fetchone()
        connection.execute(text.replace("CREATE TABLE exposures", "CREATE TABLE staged")
                           .replace("digest BLOB", "digest TEXT"))
        for name, index in connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'exposures'"
                " AND sql IS NOT NULL").fetchall():
            connection.execute(index.replace(name, f"staged_{name}").replace("ON exposures", "ON staged"))


def batches(folder):
    """Batches by their size, and SQLite's shell into the same table."""
    port = free_port()
    rates = {size: [] for size in BATCHES}
    few, rival, cached = [], [], []
    empty = folder / "empty.db"
    with running(serve(folder, "warm.db", port), port):
        batched(port, 1_000, 20_000)
    with running(serve(folder, "empty.db", port), port):
        pass
    unconstrained(empty)
    for turn in range(3):
        # Each size has a ledger of its own: one that grew takes less.
        for size in BATCHES:
            with running(serve(folder, f"batches-{size}-{turn}.db", port), port):
                count = ROWS if size >= 100 else 8_000
                rates[size].append(batched(port, size, count, CONNECTIONS))
        with running(serve(folder, f"few-{turn}.db", port), port):
            few.append(batched(port, 1_000, ROWS))
        rival.append(imported(folder, empty, ROWS))
        cached.append(imported(folder, empty, ROWS, ["PRAGMA cache_size = -65536"]))
    for size in BATCHES:
        row(f"exposures a second over HTTP, batches of {size:,}", f"{statistics.median(rates[size]):,.0f}")
    ours = statistics.median(rates[1_000])
    for name, shell, target in [
            ("rows a second, SQLite's shell .import, the same indexes", rival, "target 1"),
            ("  the same with the ledger's cache, 64 MiB for 2", cached, "")]:
        row(name, f"{statistics.median(shell):,.0f}")
        row("    batches of 1,000 of that", f"{ours / statistics.median(shell):.2f} x", target)
        row("    the same from 8 connections",
            f"{statistics.median(few) / statistics.median(shell):.2f} x")


def ledger():
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(CATALOG)
        single(folder)
        batches(folder)


def millions(count=50):
    """The rate at so many million random ids, beside that at the first."""
    fill = built("FillLedger")
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(CATALOG)
        run = subprocess.Popen([fill, folder / "ledger.db", folder / "catalog.yaml", str(count)],
                               stdout=subprocess.PIPE, text=True)
        rates = []
        for line in run.stdout:
            rates.append(int(line.split()[1]))
            if len(rates) in (1, 2) or len(rates) % 5 == 0:
                row(f"exposures a second in process, million {len(rates)}", f"{rates[-1]:,}")
        if run.wait() != 0:
            raise SystemExit("FillLedger failed")
        last = statistics.median(rates[-3:])
        first = statistics.median(rates[:3])
        row(f"  at {count} million of that at one", f"{last / first:.2f}", "target 0.5")
        row("  bytes an exposure", f"{(folder / 'ledger.db').stat().st_size / count / 1e6:.0f}")


def memory(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+)", text).group(1)) / 1024


def overload(seconds=600):
    """Memory under twice the load that is sustained, after a minute and at the end."""
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(CATALOG)
        port = free_port()
        with running(serve(folder, "ledger.db", port), port) as process:
            sustained = batched(port, 1_000, 300_000) / 1_000
            counts, stop = {200: 0, 503: 0, 0: 0}, time.perf_counter() + seconds

            def offer(every):
                due = time.perf_counter()
                while time.perf_counter() < stop:
                    body = ("[" + ",".join(exposure() for _ in range(1_000)) + "]").encode()
                    time.sleep(max(0, due - time.perf_counter()))
                    due += every
                    try:
                        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                        connection.request("POST", "/v1/exposures", body,
                                           {"Content-Type": "application/json"})
                        answer = connection.getresponse()
                        answer.read()
                        counts[answer.status] += 1
                    except OSError:
                        counts[0] += 1
                    finally:
                        connection.close()

            offers = 160  # More than may wait, each with a thousand facts.
            threads = [threading.Thread(target=offer, args=(offers / (2 * sustained),))
                       for _ in range(offers)]
            for thread in threads:
                thread.start()
            time.sleep(min(60, seconds / 2))
            first = memory(process)
            for thread in threads:
                thread.join()
            last = memory(process)
        row("batches of 1,000 a second that are sustained", f"{sustained:,.1f}")
        row("batches offered a second", f"{sum(counts.values()) / seconds:,.1f}")
        row("  taken, told to wait, without an answer", f"{counts[200]}, {counts[503]}, {counts[0]}")
        row("memory after a minute", f"{first:.0f} MiB")
        row(f"memory after {seconds} seconds", f"{last:.0f} MiB")
        row("  of that", f"{last / first:.2f}", "target 1.2")
