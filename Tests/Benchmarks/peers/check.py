"""`holdfast check` beside Polars and SciPy, which compare the same columns of the same files.

    python3 Tests/Benchmarks/peers/check.py [10k] [100k] [1m] [--folder FOLDER]

CPU, user and system, time, and the most memory of both, in turn and in one run: medians of three.
tables.py says what the three tables of a size hold, polars_scipy.py what is made of them. Both must
find the same distances, or nothing is compared. Holdfast also compares eval with serve, and gives
every figure an interval; by default it looks across columns too, which a line of its own leaves out.

The tables are made anew, or kept in FOLDER, where they are taken from if they are there:
FOLDER/10k/train.csv and so on. Nothing is asserted of times.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from shared import built, measured, python, row  # noqa: E402

PACKAGES = ("polars==2.1.0", "numpy==2.4.6", "scipy==1.17.1")
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
PARTS = ("train", "eval", "serve")
REPEATS = 3


def agreeing(ours, theirs):
    """How many distances were compared; ends where one is another's."""
    count = 0
    for pair in json.loads(ours.read_text())["pairs"]:
        if pair["reference"] != "train":
            continue
        found = json.loads(theirs.read_text())[pair["candidate"]]
        for column in pair["columns"]:
            own, other = column["findings"][0], found[column["column"]]
            distance = other["ks" if own["measure"] == "kolmogorov_smirnov" else "tv"]
            if abs(own["effect"] - distance) > 1e-9:
                raise SystemExit(f"{column['column']}: {own['effect']}, and {distance} of SciPy")
            count += 1
    if count != 2 * 20:
        raise SystemExit(f"{count} distances were compared: 20 columns make 40")
    return count


def compare(folder, size, holdfast, peer):
    """One size: makes what tables are not there, measures in turn, prints the ratios."""
    if not all((folder / f"{part}.csv").exists() for part in PARTS):
        subprocess.run([peer, HERE / "tables.py", str(SIZES[size]), folder], check=True)
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = (pathlib.Path(name) / file for file in ("ours.json", "theirs.json"))
        ask = [holdfast, "check", "--json", ours]
        ask += [word for part in PARTS for word in (f"--{part}", folder / f"{part}.csv")]
        ask += [word for column in ("id", "y", "p") for word in ("--ignore", column)]
        # That tables disagree or cannot tell is a result.
        commands = {"columns": (ask + ["--no-across"], (0, 1, 3)), "check": (ask, (0, 1, 3)),
                    "peer": ([peer, HERE / "polars_scipy.py", folder, theirs], (0,))}
        runs = {key: [] for key in commands}
        # In turn, so that a busy moment meets all alike.
        for _ in range(REPEATS):
            for key, (command, statuses) in commands.items():
                runs[key].append(measured(command, statuses))
        same = agreeing(ours, theirs)
    median = {key: [statistics.median(figure) for figure in zip(*values)]
              for key, values in runs.items()}
    report(size, same, median["check"], median["columns"], median["peer"])


def report(size, same, ours, columns, peer):
    is_large, is_small = size == "1m", size == "10k"
    row(f"{size} rows of each table: distances that are the same", str(same))
    for place, (what, unit, target) in enumerate((
            ("CPU", "s", "target 0.5" if is_large else ""), ("time", "s", ""),
            ("memory", "MiB", "target 0.5" if is_large else ""))):
        digits = 0 if unit == "MiB" else 2
        goal = "target 0.15 s" if is_small and what == "time" else ""
        row(f"  {what}: holdfast check", f"{ours[place]:.{digits}f} {unit}", goal)
        row(f"  {what}: Polars and SciPy", f"{peer[place]:.{digits}f} {unit}")
        row("    of that", f"{ours[place] / peer[place]:.2f} x", target)
        row("    of that, without looking across columns",
            f"{columns[place] / peer[place]:.2f} x")


def check(*sizes, folder=None):
    holdfast, peer = built("holdfast"), python(".venv-peers", *PACKAGES)
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        for size in sizes or SIZES:
            compare(pathlib.Path(folder or name) / size, size, holdfast, peer)


def main():
    words = sys.argv[1:]
    folder = None
    if "--folder" in words:
        place = words.index("--folder")
        if place + 1 == len(words):
            raise SystemExit("--folder needs the path of a folder")
        folder = words[place + 1]
        del words[place:place + 2]
    unknown = [word for word in words if word not in SIZES]
    if unknown:
        raise SystemExit(f"{unknown[0]}: a size is one of {', '.join(SIZES)}")
    check(*words, folder=folder)


if __name__ == "__main__":
    main()
