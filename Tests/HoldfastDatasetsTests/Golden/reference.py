"""Clean rows, a second time: plain lists and loops, and nothing of Holdfast's own code.

    python3 reference.py < jobs.json > rows.jsonl

A job is a ledger's file, the request's catalog (JSON, without its salt), the salt, an experiment,
an as-of time, which observations of a unit are kept, the mode, the time of a split by time or null,
the user's features as [unit, stamped at, value] or null, and their time to live or null. Times and
spans are in microseconds. For each decision that was received in time a line says its primary
reason (0 for none), all reasons, its part (null unless none of the reasons 1 to 10 holds), its
label, its weight (null unless it is kept) and the user's feature as of the decision. Every rule is
written as the specification says it, with no thought of speed. Python 3.9 or later and its standard
library.
"""

import hashlib
import json
import math
import re
import sqlite3
import sys
from datetime import datetime, timezone
from fractions import Fraction

MILLION = 1_000_000
SPANS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def bucket(salt, scope, unit):
    digest = hashlib.sha256((salt + "/" + scope + "/" + unit).encode("utf-8")).hexdigest()
    return int(digest[:13], 16)


def boundary(cumulative):
    return cumulative * (1 << 52) // MILLION


def millionths(percent):
    whole, decimals = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,4}))?%", percent).groups()
    return int(whole) * 10_000 + int((decimals or "").ljust(4, "0"))


def span(text):
    return 0 if text is None else int(text[:-1]) * SPANS[text[-1]] * MILLION


def moment(text):
    text += "T00:00:00Z" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else ""
    value = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    since = value - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * MILLION + since.microseconds


def dealt(shares, number):
    """The name and the share into whose half-open range a bucket falls."""
    end = 0
    for name, share in shares:
        start, end = end, end + share
        if boundary(start) <= number < boundary(end):
            return name, share
    raise ValueError("the shares do not add up to 100%")


def arms_of(experiment):
    declared = experiment.get("arms", [{"treatment": "100%"}])
    return [(name, millionths(share)) for arm in declared for name, share in arm.items()]


METHODS = ("rotate", "explore", "switchback")


def method_of(experiment):
    return [(key, experiment[key]) for key in METHODS if key in experiment]


def panel_of(rotate, number):
    return number * rotate["panels"] >> 52


def period_of(rotate, at):
    return (at - moment(rotate["from"])) // span(rotate["every"])


def is_control(rotate, panel, period):
    """Whether a panel has its turn: those of the period itself and of the next few after it."""
    return panel in [(period + one) % rotate["panels"] for one in range(rotate["stay"])]


def band_of(experiment, score):
    return [one for one in experiment["explore"] if "below" not in one or score < one["below"]][0]


def arm_of(experiment, number, row):
    """(arm, propensity) of a bucket; None where the row lacks what the method needs."""
    arms = arms_of(experiment)
    if "rotate" in experiment:
        rotate = experiment["rotate"]
        panels, stay = rotate["panels"], rotate["stay"]
        period = period_of(rotate, row["decided_at"])
        if is_control(rotate, panel_of(rotate, number), period):
            return "control", float(Fraction(stay, panels))
        arm, share = dealt(arms, number * panels - (panel_of(rotate, number) << 52))
        return arm, float(Fraction(panels - stay, panels) * Fraction(share, MILLION))
    if "explore" in experiment:
        if row["score"] is None or not math.isfinite(row["score"]):
            return None  # Nothing is dealt by no score: the unit was answered with an error.
        control = millionths(band_of(experiment, row["score"])["control"])
        end = 0
        for name, share in arms:
            start, end = end, end + share
            first, beyond = boundary(start), boundary(end)
            cut = first + (beyond - first) * control // MILLION
            if first <= number < cut:
                return "control", control / MILLION
            if cut <= number < beyond:
                return name, float(Fraction(MILLION - control, MILLION) * Fraction(share, MILLION))
        raise ValueError("the shares do not add up to 100%")
    arm, share = dealt(arms, number)
    return arm, share / MILLION


def planned_control(experiment, score):
    """The chance of control that the method plans for a unit of this score."""
    if "rotate" in experiment:
        return Fraction(experiment["rotate"]["stay"], experiment["rotate"]["panels"])
    if "explore" in experiment:
        return Fraction(millionths(band_of(experiment, score)["control"]), MILLION)
    return Fraction(dict(arms_of(experiment)).get("control", 0), MILLION)


def carries_over(experiment, row):
    """Whether the method itself treated the unit until too short a time before."""
    at = row["decided_at"]
    if row["reason"] != "assigned":
        return False
    if "switchback" in experiment:
        start = at
        while start % span(experiment["switchback"]["every"]):  # Back to where the block began.
            start -= start % span(experiment["switchback"]["every"])
        return at < start + span(experiment["switchback"]["burnIn"])
    if "rotate" not in experiment or row["arm"] != "control" or row["bucket"] is None:
        return False
    rotate = experiment["rotate"]
    panel, period = panel_of(rotate, row["bucket"]), period_of(rotate, at)
    if not is_control(rotate, panel, period):
        return False
    while is_control(rotate, panel, period - 1):
        period -= 1
    began = moment(rotate["from"]) + period * span(rotate["every"])
    if "starts" in experiment and began <= moment(experiment["starts"]):
        return False  # Nobody was treated before.
    return at < began + span(experiment.get("washout"))


def slice_of(experiment):
    layer = experiment.get("layer")
    return layer and (layer["name"], millionths(layer["from"]), millionths(layer["to"]))


def holdouts_of(catalog, name):
    """[(holdout, millionths)] of those that cover the experiment, in declared order."""
    return [(holdout, millionths(value["share"]))
            for holdout, value in catalog.get("holdouts", {}).items()
            if value.get("covers", "all") == "all" or name in value["covers"]]


def parts_of(experiment):
    """[(part, millionths)] in declared order."""
    split = experiment.get("split", {"train": "80%", "eval": "20%"})
    if isinstance(split.get("folds"), int):
        count = split["folds"]
        ends = [fold * MILLION // count for fold in range(count + 1)]
        return [("fold-%d" % fold, ends[fold] - ends[fold - 1]) for fold in range(1, count + 1)]
    return [(name, millionths(share)) for name, share in split.items()]


def assign(catalog, salt, name, row):
    """(reason, arm, holdout, propensity, bucket) as the revision deals; an eligible unit is one."""
    experiment = catalog["experiments"][name]
    unit = row["unit"]
    if unit in experiment.get("overrides", {}):
        return "override", experiment["overrides"][unit], None, 1.0, None
    if "starts" in experiment and row["decided_at"] < moment(experiment["starts"]):
        return "not_started", None, None, 1.0, None
    if "ends" in experiment and row["decided_at"] >= moment(experiment["ends"]):
        return "ended", None, None, 1.0, None
    for holdout, share in holdouts_of(catalog, name):
        number = bucket(salt, "holdout:" + holdout, unit)
        if number < boundary(share):
            return "holdout", None, holdout, share / MILLION, number
    if slice_of(experiment):
        layer, start, end = slice_of(experiment)
        number = bucket(salt, "layer:" + layer, unit)
        if not boundary(start) <= number < boundary(end):
            return "outside_slice", None, None, (MILLION - end + start) / MILLION, number
    randomised = row["cluster"] if "cluster" in experiment else unit
    if randomised is None:
        return "unknown", None, None, None, None
    traffic = millionths(experiment.get("traffic", "100%"))
    number = bucket(salt, "traffic:" + name, randomised)
    if number >= boundary(traffic):
        return "not_enrolled", None, None, (MILLION - traffic) / MILLION, number
    scope = "arm:" + name
    if "switchback" in experiment:
        scope += "@%d" % (row["decided_at"] // span(experiment["switchback"]["every"]))
    number = bucket(salt, scope, randomised)
    given = arm_of(experiment, number, row)
    if given is None:
        return "unknown", None, None, None, None
    return "assigned", given[0], None, given[1], number


def deals_alike(one, other, name):
    a, b = one["experiments"].get(name), other["experiments"][name]
    return (a is not None and a["unit"] == b["unit"] and a.get("cluster") == b.get("cluster")
            and slice_of(a) == slice_of(b) and arms_of(a) == arms_of(b)
            and method_of(a) == method_of(b)
            and holdouts_of(one, name) == holdouts_of(other, name))


def gaps(batches):
    """[(since, until)] of the numbers that did not arrive, both ends included."""
    found = []
    for source in {batch["source"] for batch in batches}:
        arrived = {batch["sequence"]: batch for batch in batches if batch["source"] == source}
        for missing in range(1, max(arrived)):
            if missing not in arrived:
                before = [one for number, one in arrived.items() if number < missing]
                after = min((number, one["last_at"]) for number, one in arrived.items()
                            if number > missing)
                since = max(before, key=lambda one: one["sequence"])["first_at"] if before else None
                since = -(1 << 63) if since is None else since
                found.append((min(since, after[1]), max(since, after[1])))
    return found


class Job:
    def __init__(self, job):
        self.name, self.as_of, self.salt = job["experiment"], job["as_of"], job["salt"]
        self.observations, self.mode = job["observations"], job["mode"]
        self.split_from = job["split_from"]
        self.features, self.time_to_live = job["features"], job["time_to_live"]
        self.catalog = json.loads(job["catalog"])
        self.experiment = self.catalog["experiments"][self.name]
        self.horizon = span(self.experiment["outcome"]["horizon"])
        self.washout = span(self.experiment.get("washout"))
        connection = sqlite3.connect(job["ledger"])
        connection.row_factory = sqlite3.Row

        def received(table):
            rows = connection.execute(f"SELECT * FROM {table} WHERE received_at <= ?", (self.as_of,))
            return [dict(row) for row in rows]

        everything = received("decisions")
        self.decisions = [row for row in everything if row["experiment"] == self.name]
        self.exposures, self.outcomes = received("exposures"), received("outcomes")
        self.gaps = gaps(received("batches"))
        fingerprint = hashlib.sha256(("holdfast salt 1/" + self.salt).encode()).hexdigest()[:32]
        kept = received("revisions")
        self.revisions = {row["revision"]: json.loads(row["catalog"]) for row in kept
                          if row["salt_fingerprint"] == fingerprint}
        self.taken = {revision for revision, catalog in self.revisions.items()
                      if deals_alike(catalog, self.catalog, self.name)}
        connection.close()
        catalogs = [json.loads(row["catalog"]) for row in kept] + [self.catalog]
        kind = self.experiment.get("cluster")
        naming = {name for catalog in catalogs for name, value in catalog["experiments"].items()
                  if kind is not None and value.get("cluster") == kind}
        self.members = {(row["cluster"], row["unit"]) for row in everything + self.exposures
                        if row["experiment"] in naming and row["cluster"] is not None}

    def interferes(self, experiment):
        declared = self.experiment.get("interferes", "all")
        if experiment == self.name or declared == "none":
            return False
        return declared == "all" or experiment in declared

    def treatments(self, row):
        """Treatments, of whomever, in the row's window: from its washout up to its horizon."""
        return [one for one in self.exposures if one["arm"] != "control"
                and row["decided_at"] - self.washout <= one["exposed_at"]
                < row["decided_at"] + self.horizon]

    def label(self, row):
        """The last outcome within the horizon; of two at one moment that of the greater id."""
        declared = self.experiment["outcome"]
        found = [one for one in self.outcomes
                 if one["unit"] == row["unit"] and one["name"] == declared["name"]
                 and row["decided_at"] <= one["observed_at"] < row["decided_at"] + self.horizon]
        if found:
            return max(found, key=lambda one: (one["observed_at"], one["id"].encode()))["value"]
        absent = declared.get("absent", "unknown")
        return None if absent == "unknown" else float(absent)

    def is_wanted(self, row):
        """Whether the mode takes rows of such an arm, and knows what each stands for."""
        is_held_out = row["reason"] == "holdout"
        is_alone = is_held_out or row["arm"] == "control"
        if self.mode == "control":
            return is_alone
        if row["intended"] == 0:  # NULL means that nobody said, and the model may have acted.
            return True
        if not is_alone or row["propensity"] <= 0:
            return False
        has_score = row["score"] is not None and math.isfinite(row["score"])
        return has_score or not (is_held_out and "explore" in self.experiment)

    def weight(self, row):
        """How many a kept row stands for: those randomised to each one that was left alone."""
        if self.mode == "control" or row["intended"] == 0:
            return 1.0
        catalog = self.revisions[row["revision"]]
        experiment = catalog["experiments"][self.name]
        not_held = Fraction(1)
        for _, share in holdouts_of(catalog, self.name):
            not_held *= 1 - Fraction(share, MILLION)
        enrolled = Fraction(millionths(experiment.get("traffic", "100%")), MILLION)
        if slice_of(experiment):
            _, start, end = slice_of(experiment)
            enrolled *= Fraction(end - start, MILLION)
        if row["reason"] == "holdout":
            control = planned_control(experiment, row["score"])
        else:
            control = Fraction(row["propensity"])
        randomised = (1 - not_held) + not_held * enrolled
        left_alone = (1 - not_held) + not_held * enrolled * control
        return float(randomised / left_alone)

    def stamped(self, row):
        """The stamps and values of the row's unit: all, and those from up to the decision."""
        every = [(at, value) for unit, at, value in self.features or [] if unit == row["unit"]]
        return every, [(at, value) for at, value in every if at <= row["decided_at"]]

    def feature(self, row):
        """The last value from up to the decision, whatever its age."""
        known = self.stamped(row)[1]
        return max(known, key=lambda one: one[0])[1] if known else None

    def is_out_of_time(self, row):
        """Whether the unit's features are all from later, or the last one before is too old."""
        every, known = self.stamped(row)
        if every and not known:
            return True
        if not known or self.time_to_live is None:
            return False
        return row["decided_at"] - max(at for at, _ in known) > self.time_to_live

    def reasons(self, row):
        """Those of the reasons 1 to 10 that hold."""
        found = []
        if row["reason"] not in ("assigned", "holdout") or row["revision"] not in self.taken:
            found.append(1)
        by_chance = row["reason"] in ("assigned", "holdout", "outside_slice", "not_enrolled")
        if by_chance and row["revision"] in self.revisions:
            stored = tuple(row[key] for key in ("reason", "arm", "holdout", "propensity", "bucket"))
            if stored != assign(self.revisions[row["revision"]], self.salt, self.name, row):
                found.append(2)
        if not self.is_wanted(row):
            found.append(3)
        treatments = self.treatments(row)
        own = [one for one in treatments if one["unit"] == row["unit"]]
        if any(one["experiment"] == self.name for one in own):
            found.append(4)
        if any(self.interferes(one["experiment"]) for one in own):
            found.append(5)
        if "cluster" in self.experiment and (row["cluster"] is None or any(
                one["unit"] != row["unit"] and (row["cluster"], one["unit"]) in self.members
                and (one["experiment"] == self.name or self.interferes(one["experiment"]))
                for one in treatments)):
            found.append(6)
        if carries_over(self.experiment, row):
            found.append(7)
        if any(until >= row["decided_at"] - self.washout
               and since < row["decided_at"] + self.horizon for since, until in self.gaps):
            found.append(8)
        is_early = row["decided_at"] + self.horizon > self.as_of
        if is_early or self.label(row) is None:
            found.append(9)
        if self.is_out_of_time(row):
            found.append(10)
        return found

    def part(self, row):
        randomised = row["cluster"] if "cluster" in self.experiment else row["unit"]
        number = bucket(self.salt, "split:" + self.name, randomised)
        return dealt(parts_of(self.experiment), number)[0]

    def is_outside_split(self, row):
        """Whether a row is in the embargo of the split by time, or on its other side."""
        if self.split_from is None:
            return False
        randomised = row["cluster"] if "cluster" in self.experiment else row["unit"]
        if randomised is not None and self.part(row) == parts_of(self.experiment)[0][0]:
            return row["decided_at"] + self.horizon > self.split_from
        return row["decided_at"] < self.split_from

    def ranked(self, clean, reasons):
        """The rows of which the first or the last of a unit is kept.

        With weights these are chosen without a look at the arm: all but those that a rule leaves
        out which can fire in any arm; whether an outcome came may depend on the arm.
        """
        if self.mode == "weighted":
            blind = {1, 2, 5, 8, 10} | ({7} if "switchback" in self.experiment else set())
            clean = [row for row in self.decisions if not blind & set(reasons[row["id"]])
                     and row["decided_at"] + self.horizon <= self.as_of]
        return [row for row in clean if not self.is_outside_split(row)]

    def rows(self):
        reasons = {row["id"]: self.reasons(row) for row in self.decisions}
        clean = [row for row in self.decisions if not reasons[row["id"]]]
        outside = [row for row in clean if self.is_outside_split(row)]
        for row in outside:
            reasons[row["id"]].append(12)
        if self.observations != "all":
            order = self.ranked(clean, reasons)
            order.sort(key=lambda row: (row["decided_at"], row["id"].encode()))
            if self.observations == "last":
                order.reverse()
            seen = set()
            for row in order:
                if row["unit"] in seen and row in clean:
                    reasons[row["id"]].append(11)
                seen.add(row["unit"])
        for row in self.decisions:
            found = reasons[row["id"]]
            yield {"id": row["id"], "primary": found[0] if found else 0, "reasons": found,
                   "part": self.part(row) if row in clean else None, "label": self.label(row),
                   "weight": None if found else self.weight(row), "feature": self.feature(row)}


def main():
    for number, job in enumerate(json.load(sys.stdin)):
        for row in Job(job).rows():
            print(json.dumps({"job": number, **row}))


if __name__ == "__main__":
    main()
