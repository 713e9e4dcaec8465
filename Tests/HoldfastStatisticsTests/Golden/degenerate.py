"""Makes degenerate.json: what NumPy, SciPy, scikit-learn and whole-number arithmetic answer, each case with its origin.

    python3 degenerate.py METHODS > degenerate.json     # needs numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

METHODS is a JSON file of small cases by definition, taken as they are.
"""
import json
import sys
from fractions import Fraction
from math import comb

import numpy as np
import scipy
import sklearn
from scipy.stats import entropy
from sklearn.tree import DecisionTreeRegressor


def spreads(path):
    with open(path) as file:
        read = json.load(file)
    for case in read["cases"]:
        yield {"origin": f"by {read['source']}: {read['name']}", **case}


def histograms():
    rng = np.random.default_rng(5)
    for name, x, w in [("normal", rng.normal(3, 10, 80).round(2), None), ("tenths", np.arange(11) / 10, None),
                       ("weighted", rng.uniform(0, 1, 60).round(3), rng.choice([1.0, 3.5], 60)),
                       ("constant", np.full(5, -7.5), None)]:
        inside = x.min() >= 0 and x.max() <= 1
        counts, edges = np.histogram(x, bins=10, range=(0, 1) if inside else None, weights=w)
        yield {"origin": f"numpy {np.__version__}, histogram; scipy {scipy.__version__}, entropy: {name}",
               "scores": x.tolist(), "weights": None if w is None else w.tolist(), "counts": counts.tolist(),
               "edges": edges.tolist(), "nats": abs(float(entropy(counts)))}


def chance(run, marked, count):
    gaps, rest = count - marked + 1, count - marked
    total = sum(Fraction((-1) ** (j + 1) * comb(gaps, j) * comb(count - j * run, rest), comb(count, marked))
                for j in range(1, marked // run + 1))
    return float(total)


def runs():
    for run, marked, count in [(3, 5, 10), (5, 5, 10), (1, 1, 7), (12, 60, 100), (8, 500, 1000), (14, 500, 1000),
                               (30, 900, 1000), (300, 990, 1000), (700, 990, 1000), (990, 990, 1000), (6, 40, 50)]:
        yield {"origin": "Python, fractions: inclusion and exclusion over the gaps", "run": run, "marked": marked,
               "count": count, "expected": {"probability": chance(run, marked, count)}}


def paired(x, z, y, w):
    """DeLong's covariance by its definition over all pairs, weighted."""
    y, parts, areas = y.astype(bool), [], []
    for s in (x, z):
        wins = (s[y][:, None] > s[~y][None, :]) + 0.5 * (s[y][:, None] == s[~y][None, :])
        ours = wins @ w[~y] / w[~y].sum()
        theirs = w[y] @ wins / w[y].sum()
        area = float(w[y] @ ours / w[y].sum())
        parts.append((ours - area, theirs - area))
        areas.append(area)
    variance = 0.0
    for side, v in ((0, w[y]), (1, w[~y])):
        size = v.sum() ** 2 / (v ** 2).sum()
        first, second = parts[0][side], parts[1][side]
        covariance = [[float((v ** 2 * a * b).sum() / v.sum() ** 2) for b in (first, second)] for a in (first, second)]
        variance += size / (size - 1) * (covariance[0][0] + covariance[1][1] - 2 * covariance[0][1])
    return {"model": areas[0], "rival": areas[1], "error": variance ** 0.5,
            "size": min(float(v.sum() ** 2 / (v ** 2).sum()) for v in (w[y], w[~y]))}


def gains():
    for seed, weighted in [(1, False), (2, True), (3, True)]:
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 60)
        x, z = (y + rng.normal(0, 1.2, 60)).round(1), (y + rng.normal(0, 2, 60)).round(0)
        w = rng.choice([1.0, 2.0, 9.0], 60) if weighted else np.ones(60)
        yield {"origin": f"numpy {np.__version__}: DeLong's covariance over all pairs, default_rng({seed})",
               "labels": y.tolist(), "model": x.tolist(), "rival": z.tolist(), "weights": w.tolist(),
               "expected": paired(x, z, y, w)}


def stumps():
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(90, 3)).round(2)
        y = (np.where(x[:, seed % 3] > 0.3, 2.0, 0) + rng.normal(size=90)).round(3)
        tree = DecisionTreeRegressor(max_depth=1).fit(x, y).tree_
        column, edge = int(tree.feature[0]), float(tree.threshold[0])
        yield {"origin": f"scikit-learn {sklearn.__version__}, DecisionTreeRegressor(max_depth=1), default_rng({seed})",
               "features": x.T.tolist(), "labels": y.tolist(),
               "expected": {"column": column, "cut": float(x[x[:, column] <= edge, column].max())}}


parts = {"spreads": spreads(sys.argv[1]), "histograms": histograms(), "runs": runs(), "gains": gains(),
         "stumps": stumps()}
print(json.dumps({name: list(cases) for name, cases in parts.items()}, separators=(",", ":")))
