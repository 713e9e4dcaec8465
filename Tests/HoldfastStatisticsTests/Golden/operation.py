"""Makes operation.json: isotonic regressions by scikit-learn, and the car-loan set by counts.

    pip install scikit-learn pandas; pip download --no-deps nannyml==0.13.1; unzip the wheel
    python operation.py FOLDER_OF_THE_WHEEL/nannyml/datasets/data [CBPE_BY_NANNYML.json]

The set is NannyML's synthetic car-loan set (Apache-2.0). Its scores have two decimals, so that
counts by score and label are the whole of what a calibrator and an estimate see of it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

ORIGIN = f"scikit-learn {sklearn.__version__}"
# Its own predictions are yes from a score of 0.65.
# The ten chunks of 5,000 rows in NannyML's documentation.
PUBLISHED = [
    0.970744, 0.971011, 0.971407, 0.971091, 0.971123,
    0.961090, 0.961825, 0.961073, 0.962533, 0.961316,
]


def isotonic(chance):
    cases = []
    shapes = [(1, 1), (2, 1), (5, 1), (30, 1), (30, 10), (200, 20), (200, 1000)]
    for size, grid in shapes:
        for weighted in (False, True):
            for binary in (False, True):
                x = np.round(chance.uniform(0, 1, size) * grid, 0 if grid < 1000 else 6)
                if grid == 1:
                    x = chance.permutation(size).astype(float)
                y = chance.uniform(0, 1, size) < np.clip(x / max(grid, 1), 0.1, 0.9)
                y = y.astype(float) if binary else np.round(chance.normal(x, 1), 3)
                w = np.round(chance.uniform(0.2, 3, size), 2) if weighted else None
                at = np.round(chance.uniform(x.min() - 1, x.max() + 1, 12), 4)
                fit = IsotonicRegression(out_of_bounds="clip").fit(x, y, sample_weight=w)
                cases.append({
                    "origin": f"{ORIGIN}, IsotonicRegression(out_of_bounds='clip')",
                    "x": x.tolist(), "y": y.tolist(), "w": None if w is None else w.tolist(),
                    "at": at.tolist(), "expected": {"outputs": fit.predict(at).tolist()},
                })
    return cases


def counts(rows):
    table = np.zeros((101, 2), int)
    for score, label in zip((rows.y_pred_proba * 100).round().astype(int), rows.repaid):
        table[score, int(label)] += 1
    assert table.sum() == len(rows)
    return table.T.tolist()


def car_loan(folder, by_nannyml):
    reference = pd.read_csv(folder / "synthetic_car_loan_reference.csv")
    analysis = pd.read_csv(folder / "synthetic_car_loan_analysis.csv").merge(
        pd.read_csv(folder / "synthetic_car_loan_analysis_target.csv"), on="id")
    fit = IsotonicRegression(out_of_bounds="clip").fit(
        reference.y_pred_proba, reference.repaid)
    theirs = []
    if by_nannyml:
        chunks = json.loads(Path(by_nannyml).read_text())["chunks"]
        theirs = [c for c in chunks if c["period"] != "reference"]
    cases = []
    for place in range(10):
        rows = analysis[place * 5000:(place + 1) * 5000]
        case = {
            "origin": "nannyml 0.13.1 CBPE, isotonic; published: its documentation; "
                      f"realised: {ORIGIN}",
            "counts": counts(rows), "published_auc": PUBLISHED[place],
            "realised": {
                "auc": roc_auc_score(rows.repaid, rows.y_pred_proba),
                "accuracy": float(((rows.y_pred_proba >= 0.65) == (rows.repaid == 1)).mean()),
                "brier": brier_score_loss(rows.repaid, rows.y_pred_proba)},
        }
        if theirs:
            case["nannyml"] = {
                name: theirs[place][key]["value"] for name, key in [
                    ("auc", "roc_auc"), ("accuracy", "accuracy"), ("f1", "f1"),
                    ("precision", "precision"), ("recall", "recall")]}
        cases.append(case)
    return {
        "reference": counts(reference),
        "knots": {"x": fit.X_thresholds_.tolist(), "y": fit.y_thresholds_.tolist()},
        "chunks": cases,
    }


if __name__ == "__main__":
    data = car_loan(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    result = {"isotonic": isotonic(np.random.default_rng(8)), "car_loan": [data]}
    Path(__file__).with_name("operation.json").write_text(json.dumps(result) + "\n")
