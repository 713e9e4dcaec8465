"""What the benchmarks share: programs built in release, servers that run for a while, the table."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCRATCH = os.environ.get("HOLDFAST_BENCHMARK_SCRATCH", ".build-release")
SALT = "benchmark-salt-0001"
CATALOG = f"""\
holdfast: 1
salt: {SALT}
experiments:
  credit-limit:
    unit: customer
    arms: [{{control: 5%}}, {{treatment: 95%}}]
"""
SECONDS, CONNECTIONS = 5, 64


def built(product, folder=ROOT, scratch=SCRATCH):
    """The path of a program, built in release."""
    command = ["swift", "build", "-c", "release", "--product", product, "--scratch-path", scratch]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / scratch / "release" / product


def python(name, *packages):
    """Python with some packages, in an environment of that name that is kept."""
    environment = ROOT / name
    if not (environment / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin/pip", "install", "-q", *packages], check=True)
    return environment / "bin/python"


def measured(command, statuses=(0,)):
    """Seconds of CPU, user and system, seconds of a clock, and the most memory in MiB, of a run."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / 1024


def row(name, value, target=""):
    print(f"{name:<62} {value:>14}  {target}")


@contextlib.contextmanager
def running(command, port):
    """A server in a process of its own, from the moment that it accepts connections."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
