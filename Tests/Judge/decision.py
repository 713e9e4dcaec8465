"""Reasons for one recorded decision: the program's Shapley values beside shap's exact explainer.

A ledger holds decisions on eight numbers, dealt and recorded by the program. The model behind an
address is then asked why it decided on one of them.
"""

import csv
import json
import random

import numpy
import pandas
import shap

from loans import EIGHT

# Of each arm: few enough that all of them are the background.
UNITS = 24
MOST_REQUESTS = 20
CATALOG = {
    "holdfast": 1, "salt": "the-salt-of-one-decision",
    "experiments": {
        "limits": {
            "unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}],
            "outcome": {"name": "paid", "horizon": "7d", "absent": "unknown"},
            "features": {name: "number" for name in EIGHT}}}}


def exact(predict, rows, background):
    """shap's exact values of each row against a whole background."""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    return shap.explainers.Exact(predict, masker)(rows, silent=True).values


def ledger(stage):
    """Records as many decisions of control as of treatment, none of which the model meant to act
    on."""
    program = stage.program
    catalog, ledger = program.folder / "catalog.json", program.folder / "ledger.db"
    catalog.write_text(json.dumps(CATALOG))
    units = program.table("units.csv", ["unit"], [[f"customer-{at}"] for at in range(4 * UNITS)])
    arms = {"control": [], "treatment": []}
    dealt = program.run("assign", "--catalog", catalog, units, "-o", "-")
    for row in csv.DictReader(dealt.splitlines()):
        arms[row["arm"]].append(row["unit"])
    chosen = sorted(arms["control"][:UNITS] + arms["treatment"][:UNITS])
    if len(chosen) != 2 * UNITS:
        raise SystemExit(f"too few units of an arm: {[len(names) for names in arms.values()]}")
    chance = random.Random(8)
    features = {unit: [chance.gauss(0, 1) for _ in EIGHT] for unit in chosen}
    frame = pandas.DataFrame(list(features.values()), columns=list(EIGHT))
    scores = stage.eight.predict_proba(frame)[:, 1]
    labels = {unit: int(chance.random() < score) for unit, score in zip(chosen, scores)}
    decisions = program.table(
        "decisions.csv", ["id", "unit", "at", "score", "intended", "model", *EIGHT],
        [[f"d-{unit}", unit, f"2026-02-01T00:{place // 60:02}:{place % 60:02}Z", float(score),
          "false", "v1", *features[unit]]
         for place, (unit, score) in enumerate(zip(chosen, scores))])
    outcomes = program.table(
        "outcomes.csv", ["id", "unit", "name", "value", "at"],
        [[f"o-{unit}", unit, "paid", labels[unit], "2026-02-03T00:00:00Z"] for unit in chosen])
    for kind, file in (("decisions", decisions), ("outcomes", outcomes)):
        program.run("record", kind, "--catalog", catalog, "--ledger", ledger, file)
    stage.ledger_words = ["--catalog", catalog, "--ledger", ledger, "--experiment", "limits"]
    stage.control = [unit for unit in chosen if unit in set(arms["control"])]
    stage.decided = features
    stage.checks.holds(f"{len(chosen)} decisions are recorded, {len(stage.control)} of control",
                       len(stage.control) == UNITS)


def reasons(stage):
    """The values of one decision, and what they cost."""
    unit = stage.control[UNITS // 3]
    for name, front in (("mlflow", stage.mlflow_eight), ("v2", stage.v2_eight)):
        words = [*stage.ledger_words, "--candidate", front.url, "--background", 100]
        # What is asked for other questions is asked without a decision too.
        front.forget()
        stage.program.reached(*words)
        others = front.rows, len(front.asked)
        front.forget()
        judgement = stage.program.reached(*words, "--decision", f"d-{unit}")
        rows, requests = front.rows - others[0], len(front.asked) - others[1]
        background = compare(stage, name, judgement, unit)
        stage.checks.holds(
            f"{name}: {rows} rows in {requests} requests, at most {256 * background} in "
            f"{MOST_REQUESTS}", 0 < rows <= 256 * background and 0 < requests <= MOST_REQUESTS)
        absent = stage.program.judge(*words, "--decision", "d-nobody")
        stage.checks.holds(f"{name}: a decision that is not there: status 2, and named",
                           absent.status == 2 and "d-nobody" in absent.complaint,
                           absent.complaint)


def compare(stage, name, judgement, unit):
    """Holds a decision's values against shap's; how many rows are its background."""
    checks = stage.checks
    figures = judgement.figures("reasons_for_one", "shapley")
    found = {figure["of"].split(" = ")[0]: figure for figure in figures}
    checks.holds(f"{name}: a decision has a value for each feature", set(found) == set(EIGHT),
                 sorted(found))
    if not figures:
        return 0
    # Which rows are the background is said by each figure.
    rows, source = figures[0]["rows"], figures[0]["source"]
    names = stage.control if source == "control" else list(stage.decided)
    checks.holds(f"{name}: its background is all of {len(names)} {source} rows",
                 rows == len(names), rows)
    expected = exact(
        lambda values: stage.eight.predict_proba(
            pandas.DataFrame(values, columns=list(EIGHT)))[:, 1],
        numpy.array([stage.decided[unit]]),
        numpy.array([stage.decided[other] for other in names]))[0]
    for feature, value in zip(EIGHT, expected):
        checks.near(f"{name}: Shapley value of {feature} for one decision",
                    found[feature]["value"] if feature in found else None, value)
    return rows
