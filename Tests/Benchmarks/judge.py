"""`holdfast judge` beside scikit-learn and fairlearn, which compute the same figures.

    python3 Tests/Benchmarks/judge.py [1000] [--holdfast PROGRAM] [--python PYTHON]
                                      [--folder FOLDER]

CPU, user and system, and the most memory of both, in turn and in one run, medians of three, on
train and eval of so many thousand rows each: accurate, overfitted, degenerate, fair.
peers/judge_tables.py says what the tables hold, peers/judge_sklearn.py what is made of them;
reading the files counts for both. Holdfast also gives intervals and verdicts, of which the others
have none.

Most of the peer's CPU is fairlearn's, so that a second comparison leaves groups out of both; a
third leaves out the peer's learning curve too, and not Holdfast's. The figures must be the same to
1e-9 where they mean the same, or nothing is compared. Nothing is asserted of times.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

from shared import HERE, built, measured, python, row

PACKAGES = ("scikit-learn==1.9.1", "fairlearn==0.15.0", "pandas==2.3.3", "numpy==2.4.6")
REPEATS = 3
TOLERANCE = 1e-9
# Rivals see rows by chance, and a slope is found by steps: these are alike, not the same.
ALIKE = {"gain_over_one_split": 0.02, "gain_over_one_feature": 0.02, "calibration_slope": 1e-6}


def agreeing(ours, theirs):
    """How many figures were compared; ends where one is another's."""
    judgement, peer = json.loads(ours.read_text()), json.loads(theirs.read_text())
    found, confusion = {}, None
    for section in judgement["sections"]:
        for figure in section["figures"]:
            # The accuracy of a group stands beside that of all rows.
            found.setdefault((figure["figure"], figure["of"]), figure["value"])
        for picture in section["pictures"]:
            if section["question"] == "degenerate" and picture["kind"] == "matrix":
                confusion = picture["counts"]
    wrong = []
    for name, of, value in peer["figures"]:
        own = found.get((name, of))
        if own is None or not abs(own - value) <= ALIKE.get(name, TOLERANCE):
            wrong.append(f"{name} of {of or 'all rows'}: {own}, and {value} of the peer")
    if confusion != peer["confusion"]:
        wrong.append(f"the confusion matrix: {confusion}, and {peer['confusion']} of the peer")
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(peer['figures'])} figures differ:\n"
                         + "\n".join(wrong[:20]))
    return len(peer["figures"])


def compare(folder, holdfast, peer, rows):
    tables = [folder / f"{name}.csv" for name in ("eval", "train")]
    if not all(table.exists() for table in tables):
        subprocess.run([peer, HERE / "peers/judge_tables.py", str(rows), folder], check=True)
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = (pathlib.Path(name) / file for file in ("ours.json", "theirs.json"))
        ask = [holdfast, "judge", "--table", tables[0], "--train", tables[1], "--label", "y",
               "--prediction", "p", "--features", "f0,f1,f2,f3,f4"]
        # That a model is unfit or that rows cannot tell is a result.
        commands = {
            "all": (ask + ["--groups", "region,sex,age", "--json", ours], (0, 1, 3)),
            "no groups": (ask + ["--json", f"{ours}-no-groups"], (0, 1, 3)),
            "peer": ([peer, HERE / "peers/judge_sklearn.py", folder, theirs], (0,))}
        runs = {key: [] for key in commands}
        parts = []
        # In turn, so that a busy moment meets all alike.
        for _ in range(REPEATS):
            for key, (command, statuses) in commands.items():
                runs[key].append(measured(command, statuses))
            parts.append(json.loads(theirs.read_text())["seconds"])
        same = agreeing(ours, theirs)
    median = {key: [statistics.median(figure) for figure in zip(*values)]
              for key, values in runs.items()}
    seconds = {part: statistics.median(one[part] for one in parts) for part in parts[0]}
    report(rows, same, median, seconds)


def report(rows, same, median, parts):
    row(f"two tables of {rows:,} rows: figures that are the same", str(same))
    ours, bare, peer = (median[key] for key in ("all", "no groups", "peer"))
    row("  CPU: holdfast judge", f"{ours[0]:.2f} s")
    row("  CPU: scikit-learn and fairlearn", f"{peer[0]:.2f} s")
    row("    of that", f"{ours[0] / peer[0]:.3f} x", "target 0.5")
    left = peer[0] - parts["fair"]
    row("  CPU without groups: holdfast judge", f"{bare[0]:.2f} s")
    row("  CPU without groups: scikit-learn", f"{left:.2f} s")
    row("    of that", f"{bare[0] / left:.3f} x")
    left -= parts["learning curve"]
    row("    of that without the peer's learning curve", f"{bare[0] / left:.3f} x")
    row("  of the peer: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items()),
        "s")
    row("  most memory: holdfast judge", f"{ours[2]:.0f} MiB")
    row("  most memory: scikit-learn and fairlearn", f"{peer[2]:.0f} MiB")
    row("    of that", f"{ours[2] / peer[2]:.2f} x")


def judge(thousands=1_000, holdfast=None, peer=None, folder=None):
    holdfast = holdfast or built("holdfast")
    peer = peer or python(".venv-judge", *PACKAGES)
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        compare(pathlib.Path(folder or name), holdfast, peer, thousands * 1_000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("thousands", nargs="?", type=int, default=1_000)
    parser.add_argument("--holdfast", help="a program, in place of one that is built here")
    parser.add_argument("--python", help="a Python with the packages, in place of one made here")
    parser.add_argument("--folder", help="where the tables are, or are to be kept")
    arguments = parser.parse_args()
    judge(arguments.thousands, arguments.holdfast, arguments.python, arguments.folder)


if __name__ == "__main__":
    main()
