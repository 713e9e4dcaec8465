"""What watching health costs a service: decisions a second over HTTP, with and without, in turn.

    python3 Tests/Benchmarks/health.py [pairs] [seconds]

Ten experiments of fifty features each. Sixteen connections post batches of twenty decisions, each a
new unit of one of the experiments, to a service of its own ledger; the service runs with
`--no-health` and without it, alternating, so that a machine that grows slower hits both. What is
printed is the ratio of each pair. Nothing is asserted: a busy machine would fail what is right.
"""

import http.client
import json
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time

from shared import built, free_port, row, running

EXPERIMENTS, FEATURES, CONNECTIONS, BATCH = 10, 50, 16, 20
TARGET = 0.95


def catalog():
    """A catalog of many experiments: most features are numbers, every tenth a text."""
    lines = ["holdfast: 1", "salt: benchmark-salt-0001", "experiments:"]
    for experiment in range(EXPERIMENTS):
        features = ", ".join(
            f"f{number}: {'category' if number % 10 == 0 else 'number'}"
            for number in range(FEATURES))
        lines.append(f"  e{experiment}: {{unit: customer, arms: [{{control: 50%}}, "
                     f"{{treatment: 50%}}], features: {{{features}}}}}")
    return "\n".join(lines) + "\n"


def bodies(worker, count=40):
    """Batches made beforehand; the units are made different as they are sent."""
    chance = random.Random(worker)
    made = []
    for _ in range(count):
        items = [{
            "experiment": f"e{chance.randrange(EXPERIMENTS)}", "unit": f"UNIT-{place}",
            "features": {
                f"f{number}": chance.choice("abcde") if number % 10 == 0
                else round(chance.gauss(0, 1), 4) for number in range(FEATURES)}}
            for place in range(BATCH)]
        made.append(json.dumps(items))
    return made


def post(port, worker, made, until, counts):
    """Posts until it is time to stop."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    number = 0
    while time.monotonic() < until:
        body = made[number % len(made)].replace("UNIT", f"u{worker}-{number}")
        number += 1
        connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the service answered {answer.status}")
    counts[worker] = number * BATCH


def rate(program, folder, name, arguments, seconds, made):
    """Decisions a second of one service on a ledger of its own."""
    port = free_port()
    ledger = folder / f"{name}.db"
    command = [program, "serve", "--catalog", folder / "catalog.yaml", "--ledger", ledger,
               "--port", port, *arguments]
    counts = {}
    with running(command, port):
        until = time.monotonic() + seconds
        began = time.monotonic()
        threads = [threading.Thread(target=post, args=(port, worker, made[worker], until, counts))
                   for worker in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
    for path in folder.glob(f"{name}.db*"):
        path.unlink()
    return sum(counts.values()) / took


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    program = built("holdfast")
    made = {worker: bodies(worker) for worker in range(CONNECTIONS)}
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(catalog(), encoding="utf-8")
        for pair in range(pairs):
            # Who is first changes, so that a warm machine favours neither.
            order = [[], ["--no-health"]] if pair % 2 == 0 else [["--no-health"], []]
            found = {len(arguments): rate(program, folder, f"l{pair}", arguments, seconds, made)
                     for arguments in order}
            ratios.append(found[0] / found[1])
            row(f"pair {pair + 1}: decisions a second, without health", f"{found[1]:.0f}")
            row("  with", f"{found[0]:.0f}")
            row("  of that without", f"{ratios[-1]:.3f}")
    row("in the middle", f"{statistics.median(ratios):.3f}", f"target {TARGET}")


if __name__ == "__main__":
    main()
