"""Builds the fuzz targets and runs each for a while; exit status 1 on any finding.

    python3 Tests/Fuzz/run.py                            # all targets, 60 seconds each, two at a time
    python3 Tests/Fuzz/run.py --seconds 600 csv json
    python3 Tests/Fuzz/run.py --replay INPUT json        # one input again, with its trap

A finding is a trap, a broken law, an input that takes more than ten seconds, or memory beyond
2 GiB. Its input is printed in base64 and kept under .build-fuzz/found.
"""

import argparse
import base64
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import seeds  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "Tests/Fuzz"
BUILD = ROOT / ".build-fuzz"
PROGRAM = BUILD / "release/HoldfastFuzz"
# The longest input of each: what its laws need, and short enough to be tried often.
TARGETS = {"catalog": 4096, "csv": 1024, "facts": 2048, "json": 2048, "ledger": 2048,
           "ofrep": 2048, "table": 1024, "timestamp": 64, "tokens": 2048}
LIMITS = ["-timeout=10", "-rss_limit_mb=2048"]


def build():
    subprocess.run(
        ["swift", "build", "-c", "release", "--scratch-path", str(BUILD), "--product",
         "HoldfastFuzz", "-q"],
        cwd=ROOT, env={**os.environ, "HOLDFAST_FUZZ": "1"}, check=True)


def environment(target, scratch):
    # Swift's own backtrace would swallow the trap before libFuzzer has kept the input.
    return {**os.environ, "HOLDFAST_FUZZ_TARGET": target, "HOLDFAST_FUZZ_SCRATCH": scratch,
            "SWIFT_BACKTRACE": "enable=no"}


def run(target, seconds, seed):
    corpus, found = BUILD / "corpus" / target, BUILD / "found" / target
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir(parents=True)
    kept = HERE / "Found" / target
    command = [str(PROGRAM), f"-max_total_time={seconds}", f"-max_len={TARGETS[target]}",
               f"-seed={seed}", f"-dict={BUILD / 'corpus' / target}.dict",
               f"-artifact_prefix={found}/", "-print_final_stats=1", *LIMITS, str(corpus)]
    command += [str(kept)] if kept.is_dir() else []
    with tempfile.TemporaryDirectory(prefix="holdfast-fuzz-") as scratch:
        # Beyond libFuzzer's own watch, for what even that cannot end.
        try:
            result = subprocess.run(
                command, env=environment(target, scratch), stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=seconds + 120)
            status, output = result.returncode, result.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as error:
            status, output = -1, (error.stdout or b"").decode(errors="replace") + "\nhung"
    return target, status, output, sorted(found.iterdir())


def figure(name, output):
    match = re.search(rf"stat::{name}:\s+(\d+)", output)
    return int(match[1]) if match else 0


def report(target, status, output, artifacts):
    executed = figure("number_of_executed_units", output)
    rate = figure("average_exec_per_sec", output)
    peak = figure("peak_rss_mb", output)
    print(f"{target}: {executed:,} inputs, {rate:,}/s, {peak} MiB"
          + ("" if status == 0 else f", FAILED with status {status}"), flush=True)
    if status == 0 and executed == 0:
        print(f"{target}: nothing was tried", flush=True)
        return False
    if status == 0:
        return True
    told = ("broken:", "==", "Fatal error", "Swift/", "SUMMARY", "hung")
    for line in output.splitlines():
        if line.startswith(told) or "Fatal error" in line or re.search(r"in \$s\d+Holdfast", line):
            print(f"    {line.strip()[:600]}")
    for artifact in artifacts:
        print(f"{artifact.name} ({target}), in base64:")
        print(base64.b64encode(artifact.read_bytes()).decode(), flush=True)
        print(f"again: python3 Tests/Fuzz/run.py --replay {artifact} {target}", flush=True)
    return False


def replay(path, target):
    with tempfile.TemporaryDirectory(prefix="holdfast-fuzz-") as scratch:
        return subprocess.run(
            [str(PROGRAM), *LIMITS, str(path)], env=environment(target, scratch)).returncode


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("targets", nargs="*", metavar="TARGET",
                           help=f"of {', '.join(TARGETS)}; all by default")
    arguments.add_argument("--seconds", type=int, default=60, help="for each target")
    arguments.add_argument("--jobs", type=int, default=2, help="targets at a time")
    arguments.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000 + 1)
    arguments.add_argument("--replay", metavar="INPUT", help="run one input again")
    options = arguments.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        arguments.error(f"no such target: {', '.join(sorted(unknown))}")
    build()
    if options.replay:
        return replay(options.replay, *options.targets)
    seeds.write(BUILD / "corpus")
    print(f"seed {options.seed}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(run, target, options.seconds, options.seed)
                for target in options.targets or TARGETS]
        sound = [report(*run.result()) for run in concurrent.futures.as_completed(runs)]
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
