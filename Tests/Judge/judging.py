"""What the scripts here share: asking the program, finding figures, keeping what fails."""

import csv
import json
import pathlib
import subprocess

COMMAND_SECONDS = 1_800
# Figures by other programs are the same but for rounding.
TOLERANCE = 1e-9
# The status that goes with each verdict.
STATUSES = {"fit": 0, "unfit": 1, "inconclusive": 3}


class Checks:
    """Says what was found, and keeps what is not as it must be."""

    def __init__(self):
        self.count, self.failed = 0, []

    def holds(self, what, condition, more=""):
        self.count += 1
        if condition:
            print(f"  ok      {what}", flush=True)
        else:
            print(f"  FAILED  {what}{f': {more}' if more else ''}", flush=True)
            self.failed.append(what)

    def near(self, what, found, expected):
        """That a figure is another program's; it may be wholly missing."""
        self.holds(f"{what} is {expected:.12g}",
                   found is not None and abs(found - expected) <= TOLERANCE, f"it is {found!r}")

    def end(self):
        if self.failed:
            raise SystemExit(f"{len(self.failed)} of {self.count} checks failed: "
                             + "; ".join(self.failed[:10]))
        print(f"{self.count} checks hold")


class Judgement:
    """What one run of `holdfast judge` answered."""

    def __init__(self, done, path):
        self.status, self.text, self.complaint = done.returncode, done.stdout, done.stderr
        self.bytes = path.read_bytes() if path.exists() else None
        self.json = json.loads(self.bytes) if self.bytes else None

    @property
    def verdict(self):
        return self.json and self.json["verdict"]

    def section(self, question):
        """A section, empty where the question was not asked."""
        sections = [one for one in self.json["sections"] if one["question"] == question]
        return sections[0] if sections else {"figures": [], "notes": [], "verdict": None}

    def figures(self, question, name):
        return [figure for figure in self.section(question)["figures"] if figure["figure"] == name]

    def figure(self, question, name, of=None, source=None):
        """The figure, or `None`."""
        for figure in self.figures(question, name):
            if figure["of"] == of and source in (None, figure["source"]):
                return figure
        return None

    def value(self, question, name, of=None):
        figure = self.figure(question, name, of)
        return figure and figure["value"]


class Program:
    """The program, asked in a folder of its own."""

    def __init__(self, path, folder):
        self.path, self.folder = pathlib.Path(path).resolve(), folder
        folder.mkdir(parents=True, exist_ok=True)
        self.judged = 0

    def call(self, *words):
        return subprocess.run([str(word) for word in (self.path, *words)], capture_output=True,
                              text=True, timeout=COMMAND_SECONDS)

    def run(self, *words):
        """A command that must succeed."""
        done = self.call(*words)
        if done.returncode != 0:
            raise SystemExit(f"holdfast {' '.join(map(str, words))}: status {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout

    def judge(self, *words):
        """A judgement. One that was reached has the status of its verdict; else nothing is
        written."""
        self.judged += 1
        path = self.folder / f"judgement-{self.judged}.json"
        judgement = Judgement(self.call("judge", *words, "--json", path), path)
        expected = STATUSES[judgement.verdict] if judgement.json else None
        if judgement.status != expected and (judgement.json or judgement.status not in (2, 64)):
            raise SystemExit(f"holdfast judge {' '.join(map(str, words))}: status "
                             f"{judgement.status}, verdict {judgement.verdict}\n"
                             f"{judgement.text}{judgement.complaint}")
        return judgement

    def reached(self, *words):
        """A judgement that must be reached, whatever it is."""
        judgement = self.judge(*words)
        if judgement.json is None:
            raise SystemExit(f"holdfast judge {' '.join(map(str, words))}: status "
                             f"{judgement.status}\n{judgement.text}{judgement.complaint}")
        return judgement

    def table(self, name, columns, rows):
        """Writes a table as CSV; `None` is an empty cell."""
        path = self.folder / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        return path
