"""The two models of the feedback simulation, each judged through a ledger of its own.

    python3 Tests/Judge/feedback.py PATH-TO-holdfast [--units 100000] [--seed 1] [--folder FOLDER]

The world is that of `holdfast simulate feedback --scenario tail`, made anew by numpy. The good
model is fitted to units that nobody touched. It then acts for a cycle: it blocks the highest
scores, but for control. The broken model is fitted to what that left to see outside control, and
acts for the next cycle. The program deals the arms and records what both did.

The good one must be fit (status 0) and the broken one unfit (1) by control rows, while the figures
of biased rows say the opposite. Both must be numpy's to 1e-9. Exit status 1 where one is not.
"""

import argparse
import contextlib
import csv
import datetime
import json
import pathlib
import tempfile

import numpy

from judging import TOLERANCE, Checks, Program

BLOCKED_SHARE = 0.09
RIDGE = 1.0
CYCLE = datetime.timedelta(days=1)
BEGIN = datetime.datetime(2026, 2, 1, tzinfo=datetime.timezone.utc)
FEATURES = [f"x{number}" for number in range(5)]

CATALOG = {
    "holdfast": 1, "salt": "the-salt-of-two-models",
    "experiments": {
        "fraud": {
            "unit": "payment", "arms": [{"control": "5%"}, {"treatment": "95%"}],
            "washout": "1d",
            "outcome": {"name": "fraud", "horizon": "7d", "absent": "unknown"},
            "features": {name: "number" for name in FEATURES}}}}

# One pattern of x0 holds nearly all of this world's fraud, so that a rule of one split is close to
# the truth, and no model can owe its area to several features.
REQUIREMENTS = """\
requirements: 1
figures:
  auc: {atLeast: 0.8}
  gain_over_one_split: none
  gain_over_one_feature: none
  importance_share: none
"""


# MARK: - The world

GOLDEN = 0x9E3779B97F4A7C15
STREAMS = 1_000_003
MASK = (1 << 64) - 1


def mixed(states):
    """SplitMix64's output for each state."""
    states = (states ^ states >> numpy.uint64(30)) * numpy.uint64(0xBF58476D1CE4E5B9)
    states = (states ^ states >> numpy.uint64(27)) * numpy.uint64(0x94D049BB133111EB)
    return states ^ states >> numpy.uint64(31)


class Chance:
    """A stream of numbers by their place, as 64-bit integers wrap."""

    def __init__(self, seed, stream):
        state = numpy.array([(seed * STREAMS + stream) * GOLDEN & MASK], dtype=numpy.uint64)
        self.seed = mixed(state)[0]

    def uniform(self, places):
        steps = (places.astype(numpy.uint64) + numpy.uint64(1)) * numpy.uint64(GOLDEN)
        bits = mixed(numpy.array([self.seed]) + steps)
        return (bits >> numpy.uint64(11)).astype(float) * 2.0 ** -53

    def normal(self, places):
        """Box and Muller's cosine, from two numbers a place."""
        twice = places.astype(numpy.uint64) * numpy.uint64(2)
        radius = numpy.sqrt(-2 * numpy.log(1 - self.uniform(twice)))
        return radius * numpy.cos(2 * numpy.pi * self.uniform(twice + numpy.uint64(1)))


class Cycle:
    """The units of a cycle: features, and whether each is fraud where nobody blocks it."""

    def __init__(self, seed, number, count):
        self.number = number
        self.numbers = numpy.arange(number * count, (number + 1) * count)
        self.names = [f"payment-{unit:07d}" for unit in self.numbers]
        chance = Chance(seed, 1)
        # Eight numbers a unit, of which five are used.
        self.features = numpy.column_stack(
            [chance.normal(self.numbers * 8 + place) for place in range(len(FEATURES))])
        x = self.features.T
        logit = -5 + 6.5 * (x[0] > 1.5) + 0.5 * x[2] + 0.3 * x[3]
        drawn = Chance(seed, 2).uniform(self.numbers)
        self.labels = (drawn < 1 / (1 + numpy.exp(-logit))).astype(int)


class Model:
    """A logistic regression with a ridge, by Newton's steps."""

    def __init__(self, features, labels):
        design = numpy.column_stack([numpy.ones(len(features)), features])
        penalty = RIDGE * numpy.eye(design.shape[1])
        penalty[0, 0] = 0
        self.coefficients = numpy.zeros(design.shape[1])
        for _ in range(60):
            chances = self.chances(design)
            slope = design.T @ (chances - labels) + penalty @ self.coefficients
            bend = (design * (chances * (1 - chances))[:, None]).T @ design + penalty
            step = numpy.linalg.solve(bend, slope)
            self.coefficients = self.coefficients - step
            if numpy.abs(step).max() < 1e-10:
                return
        raise SystemExit("the regression does not converge")

    def chances(self, design):
        return 1 / (1 + numpy.exp(-(design @ self.coefficients)))

    def scores(self, features):
        return self.chances(numpy.column_stack([numpy.ones(len(features)), features]))


def area(scores, labels):
    """The area under the ROC curve, a tie counting half."""
    _, places, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[places]
    positives = int(labels.sum())
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return above / (positives * (len(labels) - positives))


# MARK: - In operation

class Operation:
    """A model that acts for one cycle, and the ledger of what it did."""

    def __init__(self, name, model, cycle, holdfast, folder):
        self.name, self.cycle, self.folder = name, cycle, folder
        self.program = Program(holdfast, folder)
        catalog, ledger = folder / "catalog.json", folder / "ledger.db"
        catalog.write_text(json.dumps(CATALOG))
        self.catalog = ["--catalog", catalog]
        self.place = [*self.catalog, "--ledger", ledger]
        self.scores = model.scores(cycle.features)
        blocked = round(BLOCKED_SHARE * len(self.scores))
        self.intended = self.scores >= numpy.sort(self.scores)[-blocked]
        self.is_control = self.deal()
        self.is_blocked = self.intended & ~self.is_control

    def deal(self):
        """Whether each unit is control, as the program deals it."""
        units = self.program.table(
            "units.csv", ["unit"], ([name] for name in self.cycle.names))
        dealt = self.program.run("assign", *self.catalog, units, "-o", "-")
        arms = [row["arm"] for row in csv.DictReader(dealt.splitlines())]
        if len(arms) != len(self.cycle.names) or set(arms) != {"control", "treatment"}:
            raise SystemExit(f"{len(arms)} units were dealt to {sorted(set(arms))}")
        return numpy.array([arm == "control" for arm in arms])

    def record(self):
        """Decisions of all, exposures of those that were blocked, outcomes of the others."""
        begin = BEGIN + self.cycle.number * CYCLE
        step = CYCLE / len(self.scores)

        def moment(place, later):
            at = begin + place * step + datetime.timedelta(minutes=later)
            return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        names, places = self.cycle.names, range(len(self.scores))
        decisions = self.program.table(
            "decisions.csv", ["id", "unit", "at", "score", "intended", "model", *FEATURES],
            ([f"d-{names[at]}", names[at], moment(at, 0), float(self.scores[at]),
              "true" if self.intended[at] else "false", self.name,
              *map(float, self.cycle.features[at])] for at in places))
        exposures = self.program.table(
            "exposures.csv", ["id", "unit", "arm", "at"],
            ([f"e-{names[at]}", names[at], "treatment", moment(at, 1)]
             for at in places if self.is_blocked[at]))
        outcomes = self.program.table(
            "outcomes.csv", ["id", "unit", "name", "value", "at"],
            ([f"o-{names[at]}", names[at], "fraud", int(self.cycle.labels[at]), moment(at, 4_000)]
             for at in places if not self.is_blocked[at]))
        for kind, file in (("decisions", decisions), ("exposures", exposures),
                           ("outcomes", outcomes)):
            self.program.run("record", kind, *self.place, file)

    def expected(self):
        """Figures by numpy: the area on control rows, on biased ones, and on all."""
        labels = self.cycle.labels
        seen = ~self.is_control & ~self.intended
        return {
            "control": (area(self.scores[self.is_control], labels[self.is_control]),
                        int(self.is_control.sum())),
            "biased": (area(self.scores[seen], labels[seen]), int(seen.sum())),
            "truth": (area(self.scores, labels), len(labels))}

    def exported(self):
        """How many rows an export keeps; they must be those of control, with their labels."""
        out = self.folder / "clean"
        self.program.run("export", *self.place, "--out", out, "--minimum-positives", "1")
        labels = dict(zip(self.cycle.names, self.cycle.labels))
        kept = []
        for part in ("train", "eval"):
            with open(out / f"{part}.csv", newline="", encoding="utf-8") as file:
                kept += [(row["unit"], int(float(row["fraud"]))) for row in csv.DictReader(file)]
        control = [name for name, is_control in zip(self.cycle.names, self.is_control)
                   if is_control]
        if sorted(kept) != sorted((name, labels[name]) for name in control):
            raise SystemExit(f"{self.name}: {len(kept)} rows are clean, of {len(control)} control")
        return len(kept)

    def judged(self):
        """What `holdfast judge` says of the model in operation."""
        requirements = self.folder / "requirements.yaml"
        requirements.write_text(REQUIREMENTS)
        return self.program.reached(
            *self.place, "--experiment", "fraud", "--requirements", requirements,
            "--html", self.folder / "judgement.html")


# MARK: - What must hold

def auc_of(judgement, source):
    """The judgement's area on all rows of a source, and how many those are."""
    for section in judgement.json["sections"]:
        for figure in section["figures"]:
            if (figure["figure"], figure["of"], figure["source"]) == ("auc", None, source):
                return figure["value"], figure["rows"]
    raise SystemExit(f"the judgement has no auc of {source} rows")


def judge(operation, verdict, checks):
    """Judges one model; its areas by source."""
    expected = operation.expected()
    judgement = operation.judged()
    name = f"the {operation.name} model"
    checks.holds(f"{name}: {judgement.verdict} (status {judgement.status}), to be {verdict}",
                 judgement.verdict == verdict, f"\n{judgement.text}")
    found = {}
    for source in ("control", "biased"):
        found[source], rows = auc_of(judgement, source)
        checks.holds(
            f"{name}: auc {found[source]:.6f} on {rows} {source} rows, numpy "
            f"{expected[source][0]:.6f} on {expected[source][1]}",
            rows == expected[source][1] and abs(found[source] - expected[source][0]) < TOLERANCE)
    checks.holds(f"{name}: biased figures are crossed out", "✕ biased" in judgement.text)
    return found


def operate(arguments, folder):
    """Both models in operation, one after the other, with all that happened recorded."""
    untouched, *later = (Cycle(arguments.seed, number, arguments.units) for number in range(3))
    good = Operation("good", Model(untouched.features, untouched.labels), later[0],
                     arguments.holdfast, folder / "good")
    left = ~good.is_control & ~good.is_blocked
    broken = Operation("broken", Model(later[0].features[left], later[0].labels[left]), later[1],
                       arguments.holdfast, folder / "broken")
    for operation in (good, broken):
        operation.record()
        print(f"the {operation.name} model: {len(operation.scores)} decisions, "
              f"{operation.is_blocked.sum()} blocked, {operation.exported()} clean rows")
        for what, (value, rows) in operation.expected().items():
            print(f"    numpy: auc {value:.6f} on {rows} rows ({what})")
    return good, broken


def story(arguments, folder):
    good, broken = operate(arguments, folder)
    checks = Checks()
    of_good, of_broken = judge(good, "fit", checks), judge(broken, "unfit", checks)
    checks.holds("control rows: the good model is better",
                 of_good["control"] > of_broken["control"])
    checks.holds("biased rows: the broken one seems so", of_good["biased"] < of_broken["biased"])
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("holdfast")
    parser.add_argument("--units", type=int, default=100_000, help="of each cycle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=pathlib.Path, help="kept, and not to be there yet")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory()))
        story(arguments, folder)


if __name__ == "__main__":
    main()
