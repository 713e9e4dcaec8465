"""Makes fairness.json and mortgage.csv: what fairlearn and pandas say of groups, each case with its origin.

    python3 fairness.py METHODS FRAME MORTGAGE
        # needs numpy 2.4.6, pandas 2.3.3, scikit-learn 1.9.1, fairlearn 0.15.0

METHODS is a JSON file of small cases by fairlearn, FRAME a CSV file of 400 rows (group, y_true, y_prob) drawn by
numpy.random.default_rng(11), MORTGAGE the data set Hdma of the R package Ecdat (Boston mortgage applications; A. H.
Munnell and others, "Mortgage lending in Boston: interpreting HMDA data", 1996).
"""
import json
import sys

import fairlearn
import numpy as np
import pandas as pd
import sklearn
from fairlearn import metrics as fm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_score

FAIRLEARN = f"fairlearn {fairlearn.__version__}"


def precision(y, d, sample_weight=None):
    return precision_score(y, d, sample_weight=sample_weight, zero_division=0)


def by(y, p, threshold, w, groups):
    d = (p >= threshold).astype(int)
    names = dict(selection_rate=fm.selection_rate, true_positive_rate=fm.true_positive_rate,
                 false_positive_rate=fm.false_positive_rate, precision=precision, accuracy=accuracy_score)
    weight = dict(sample_weight=w) if w is not None else {}
    frame = fm.MetricFrame(metrics=names, y_true=y, y_pred=d, sensitive_features=groups,
                           sample_params={n: weight for n in names} if weight else None)
    key = dict(sensitive_features=groups, **weight)
    share = fm.MetricFrame(metrics=lambda t, q, sample_weight=None: np.average(q - t, weights=sample_weight), y_true=y,
                           y_pred=p, sensitive_features=groups, sample_params=weight or None)
    gaps = {n: float(getattr(fm, n)(y, d, **key)) for n in [
        "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference",
        "equalized_odds_ratio", "equal_opportunity_difference", "equal_opportunity_ratio"]}
    gaps["predictive_parity_difference"] = float(frame.difference()["precision"])
    gaps["group_calibration_difference"] = float(share.difference())
    rates = frame.by_group.assign(group_calibration=share.by_group)
    groups = {" × ".join(k) if isinstance(k, tuple) else str(k): {n: float(v) for n, v in r.items()}
              for k, r in rates.iterrows()}
    return {"gaps": gaps, "groups": groups}


def frame(origin, y, p, threshold, w, columns):
    table = pd.DataFrame(columns)
    names = list(columns)
    splits = {n: by(y, p, threshold, w, table[n]) for n in names}
    for i, one in enumerate(names):
        for two in names[i + 1:]:
            splits[f"{one} × {two}"] = by(y, p, threshold, w, table[[one, two]])
    return {"origin": origin, "labels": [int(v) for v in y], "scores": [float(v) for v in p], "threshold": threshold,
            "weights": None if w is None else [float(v) for v in w],
            "columns": {n: [str(v) for v in c] for n, c in columns.items()}, "expected": splits}


def drawn(seed, count, weighted):
    rng = np.random.default_rng(seed)
    sex, place = rng.choice(["f", "m"], count), rng.choice(["north", "south", "west"], count, p=[.5, .3, .2])
    z = rng.normal(size=count) + .4 * (sex == "m") - .5 * (place == "west")
    y = (rng.random(count) < 1 / (1 + np.exp(-z))).astype(int)
    p = (1 / (1 + np.exp(-(z + rng.normal(0, .7, count))))).round(4)
    return y, p, rng.choice([1.0, 2.5, 20.0], count) if weighted else None, {"sex": sex, "place": place}


def small(path):
    """The cases of METHODS, as they are: fairlearn takes no ratio of rates that are all 0 into the least."""
    with open(path) as file:
        read = json.load(file)
    for case in read["cases"]:
        yield {"origin": f"{read['source']}: {read['formula']}", **case}


def mortgage(path):
    rows = pd.read_csv(path).dropna(subset=["dir", "lvr", "ccs", "deny", "black", "single"])
    y = (rows["deny"] == "yes").astype(int)
    x = np.column_stack([rows["dir"], rows["lvr"], rows["ccs"], rows["pbcr"] == "yes", rows["dmi"] == "yes"])
    p = LogisticRegression(C=1.0, max_iter=1000).fit(x, y).predict_proba(x)[:, 1].round(5)
    slim = pd.DataFrame({"deny": y, "black": rows["black"], "single": rows["single"], "p": p})
    slim.to_csv("mortgage.csv", index=False)
    denied = slim.groupby("black")["deny"].agg(["mean", "count"])
    model = slim.assign(yes=slim["p"] >= 0.2).groupby("black")["yes"].mean()
    return {"origin": f"pandas {pd.__version__}: groupby('black') of mortgage.csv, p by LogisticRegression of "
                      f"scikit-learn {sklearn.__version__}", "threshold": 0.2,
            "denied": {k: float(v) for k, v in denied["mean"].items()},
            "rows": {k: int(v) for k, v in denied["count"].items()},
            "selected": {k: float(v) for k, v in model.items()},
            "expected": by(y, slim["p"], 0.2, None, slim[["black", "single"]])}


def main(methods, table, mortgages):
    read = pd.read_csv(table)
    frames = [
        frame(f"{FAIRLEARN}: 400 rows of three groups", read["y_true"], read["y_prob"], 0.5, None,
              {"group": read["group"]}),
        frame(f"{FAIRLEARN}: default_rng(3), two columns crossed", *drawn(3, 300, False)[:2], 0.5, None,
              drawn(3, 300, False)[3]),
    ]
    y, p, w, columns = drawn(4, 300, True)
    frames.append(frame(f"{FAIRLEARN}: default_rng(4), sample_weight, crossed", y, p, 0.6, w, columns))
    parts = {"frames": frames, "small": list(small(methods)), "mortgage": [mortgage(mortgages)]}
    with open("fairness.json", "w") as file:
        json.dump(parts, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


main(*sys.argv[1:])
