"""Ledgers by chance, analysed by `holdfast analyze` and by a slow reading with statsmodels.

    python3 Tests/Analysis/ledger.py PATH-TO-holdfast [--ledgers 40] [--seed 1]

Each ledger is recorded by the program and then read from its tables with Python's own sqlite3: rows,
windows, sums, clusters and weights are found anew, by loops, and figures by statsmodels. Needs numpy
and statsmodels.
"""

import argparse
import datetime
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

import numpy as np
import statsmodels.api as sm

HOUR = 3_600_000_000
# What is recorded is received now, so that what it tells of must have just happened.
ORIGIN = (int(time.time()) // 3600 - 75) * HOUR
START = datetime.datetime.fromtimestamp(ORIGIN // 1_000_000, datetime.timezone.utc)
METHODS = {
    "shares": "arms: [{control: 40%}, {treatment: 60%}]",
    "three": "arms: [{control: 40%}, {treatment: 40%}, {bold: 20%}]",
    "household": "cluster: household, arms: [{control: 50%}, {treatment: 50%}]",
    "explore": "explore: [{below: 0.5, control: 60%}, {control: 30%}]",
    "rotate": "rotate: {panels: 5, stay: 2, every: 12h, from: 2026-01-01}",
    "switchback": "switchback: {every: 6h, burnIn: 1h}, "
                  "arms: [{control: 50%}, {treatment: 50%}]",
}


def text(microseconds):
    moment = START + datetime.timedelta(microseconds=microseconds - ORIGIN)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


class World:
    """A ledger that was recorded, and what is asked of it."""

    def __init__(self, seed, program, folder):
        self.chance = random.Random(seed)
        self.method = list(METHODS)[seed % len(METHODS)]
        self.program, self.folder = program, pathlib.Path(folder)
        self.catalog = self.folder / "catalog.yaml"
        self.ledger = self.folder / "ledger.db"
        self.horizon = self.chance.choice([3, 6]) * HOUR
        self.absent = self.chance.choice(["0", "unknown"])
        holdout = self.chance.choice(["", "holdouts: {h: {unit: customer, share: 10%}}\n"])
        self.catalog.write_text(
            f"holdfast: 1\nsalt: analysis-ledger-salt-{seed}\n{holdout}experiments:\n"
            f"  limits: {{unit: customer, {METHODS[self.method]}, overrides: {{u0: treatment}},\n"
            f"    outcome: {{name: paid, horizon: {self.horizon // HOUR}h, absent: {self.absent}}},\n"
            f"    features: {{age: number, region: category}}}}\n", "utf-8")
        self.fill()
        self.as_of = time.time_ns() // 1_000

    def record(self, kind, lines):
        words = [self.program, "record", kind, "--catalog", self.catalog, "--ledger", self.ledger]
        if kind == "decisions":
            words += ["--experiment", "limits"]
        run = subprocess.run([*words, "-"], input="\n".join(lines) + "\n", text=True,
                             capture_output=True)
        if run.returncode:
            sys.exit(f"record {kind}: {run.stdout}{run.stderr}")

    def fill(self):
        chance = self.chance
        units = 12 if self.method == "switchback" else 400
        decisions = ["id,unit,cluster,at,score,age,region"]
        outcomes, exposures = ["id,unit,name,value,at"], ["id,unit,cluster,experiment,arm,at"]
        for number in range(900):
            unit = chance.randrange(units)
            at = ORIGIN + chance.randrange(72) * HOUR + chance.choice([0, 0, 1, HOUR - 1])
            cluster = f"h{unit // 4}" if self.method == "household" else ""
            decisions.append(f"d{number},u{unit},{cluster},{text(at)},{chance.random():.3f},"
                             f"{20 + unit % 37},{'nsw'[unit % 3]}")
            for _ in range(chance.randrange(4)):
                moment = at + chance.choice([-1, 0, 1, HOUR, self.horizon, self.horizon - 1,
                                             -self.horizon, -self.horizon - 1, 2 * HOUR])
                name = chance.choice(["paid", "paid", "visits"])
                value = chance.choice([0, 1, 2.5, 4]) if name == "paid" else chance.randrange(1, 4)
                outcomes.append(f"o{len(outcomes)},u{unit},{name},{value},{text(moment)}")
            if chance.random() < 0.5:
                exposures.append(f"x{number},u{unit},{cluster},limits,treatment,{text(at + HOUR)}")
        self.record("decisions", decisions)
        self.record("outcomes", outcomes)
        self.record("exposures", exposures)

    def analyze(self, *words):
        run = subprocess.run(
            [self.program, "analyze", "--catalog", self.catalog, "--ledger", self.ledger,
             "--experiment", "limits", "--as-of", text(self.as_of), "--format", "json",
             "--despite-sample-ratio", "a test", *words], text=True, capture_output=True)
        if run.returncode not in (0, 3):
            sys.exit(f"{self.method}: {run.returncode}: {run.stderr}")
        return json.loads(run.stdout)

    def rows(self):
        """One dictionary for each row, in order."""
        base = sqlite3.connect(self.ledger)
        decisions = base.execute(
            "SELECT id, unit, cluster, decided_at, arm, reason, propensity, score, decision "
            "FROM decisions").fetchall()
        outcomes = base.execute("SELECT unit, name, observed_at, id, value FROM outcomes").fetchall()
        testers = {row[1] for row in decisions if row[5] == "override"} | {"u0"}
        first = {}
        for row in sorted(decisions, key=lambda row: (row[3], row[0].encode())):
            ident, unit, cluster, at, arm, reason, propensity, score, key = row
            if unit in testers or reason != "assigned":
                continue
            block = 0
            if self.method == "switchback":
                block = at // (6 * HOUR)
                if at % (6 * HOUR) < HOUR:
                    continue
            first.setdefault((unit, block), row)
        found = []
        by_unit = {}
        for unit, name, at, ident, value in sorted(outcomes, key=lambda o: (o[2], o[3].encode())):
            by_unit.setdefault((unit, name), []).append((at, value))
        for ident, unit, cluster, at, arm, reason, propensity, score, key in first.values():
            if at + self.horizon > self.as_of:
                continue
            def window(name, low, high):
                return [value for moment, value in by_unit.get((unit, name), [])
                        if low <= moment < high]
            paid = window("paid", at, at + self.horizon)
            absent = 0 if self.absent == "0" else None
            found.append({
                "arm": arm, "unit": unit, "cluster": cluster or unit, "weight": 1 / propensity,
                "paid": sum(paid) if paid else absent,
                "visits": sum(window("visits", at, at + self.horizon)),
                "before": sum(window("paid", at - self.horizon, at))})
        return found


def clustered(values, treated, groups):
    fit = sm.OLS(values, sm.add_constant(treated)).fit(
        cov_type="cluster", cov_kwds={"groups": groups})
    return fit.params[1], fit.bse[1]


def welch(one, two):
    return two.mean() - one.mean(), (one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)) ** .5


def near(found, wanted):
    return abs(found - wanted) <= 1e-9 * max(1e-3, abs(wanted))


def check(world, place):
    """Every fault of one ledger, and how many figures were compared."""
    rows = world.rows()
    plain = world.analyze("--metric", "paid:mean", "--metric", "visits:mean")
    faults, count = [], 0
    arms = [arm["arm"] for arm in plain["arms"]]
    for arm in plain["arms"]:
        wanted = sum(row["arm"] == arm["arm"] for row in rows)
        if arm["rows"] != wanted:
            faults.append(f"{place}: {arm['arm']} has {arm['rows']} rows, not {wanted}")
    weighted = world.method == "explore"
    by_cluster = world.method in ("household", "switchback")
    for metric in plain["metrics"]:
        name = metric["metric"]
        known = [row for row in rows if row[name] is not None]
        for effect in metric["effects"]:
            pair = [row for row in known if row["arm"] in ("control", effect["arm"])]
            values = np.array([row[name] for row in pair], float)
            treated = np.array([row["arm"] == effect["arm"] for row in pair], float)
            if effect["difference"] is None:
                faults.append(f"{place}: {name} {effect['arm']}: {effect['fault']}")
                continue
            found = effect["difference"]
            if by_cluster:
                wanted = clustered(values, treated, np.array([row["cluster"] for row in pair]))
            elif weighted:
                weights = np.array([row["weight"] for row in pair])
                means = [np.average(values[treated == arm], weights=weights[treated == arm])
                         for arm in (0, 1)]
                wanted = (means[1] - means[0], None)
            else:
                wanted = welch(values[treated == 0], values[treated == 1])
            for label, one, two in (("difference", found["value"], wanted[0]),
                                    ("standard error", found["standard_error"], wanted[1])):
                count += two is not None
                if two is not None and not near(one, two):
                    faults.append(f"{place}: {name} {effect['arm']} {label}: {one}, not {two}")
    if world.method != "switchback":
        adjusted = world.analyze("--metric", "paid:mean", "--covariate", "before")
        for effect in adjusted["metrics"][0]["effects"]:
            pair = [row for row in rows
                    if row["paid"] is not None and row["arm"] in ("control", effect["arm"])]
            if by_cluster or weighted or effect["adjustment"] is None:
                continue
            x = np.array([row["before"] for row in pair], float)
            y = np.array([row["paid"] for row in pair], float)
            treated = np.array([row["arm"] == effect["arm"] for row in pair])
            theta = np.cov(x, y)[0, 1] / x.var(ddof=1)
            y = y - theta * (x - x.mean())
            wanted = welch(y[~treated], y[treated])
            count += 3
            for one, two in ((effect["adjustment"]["theta"], theta),
                             (effect["difference"]["value"], wanted[0]),
                             (effect["difference"]["standard_error"], wanted[1])):
                if not near(one, two):
                    faults.append(f"{place}: CUPED {effect['arm']}: {one}, not {two}")
    return faults, count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--ledgers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    program = str(pathlib.Path(asked.program).resolve())
    faults, count = [], 0
    for seed in range(asked.seed, asked.seed + asked.ledgers):
        with tempfile.TemporaryDirectory() as folder:
            world = World(seed, program, folder)
            found, compared = check(world, f"seed {seed}, {world.method}")
            faults += found
            count += compared
    for fault in faults:
        print(fault)
    print(f"{asked.ledgers} ledgers, {count} figures compared: {len(faults)} faults")
    sys.exit(1 if faults or not count else 0)


if __name__ == "__main__":
    main()
