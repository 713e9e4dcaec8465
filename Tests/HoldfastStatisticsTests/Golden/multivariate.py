"""Makes multivariate.json: what NumPy, SciPy and scikit-learn answer, each case with its origin.

    python3 multivariate.py > multivariate.json   # needs numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

Areas and variances are by the definition over all pairs of rows. The tables of the models are drawn by
SplitMix64 as in MultivariateTables.swift, which draws the same ones.
"""
import json

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

NP, SP, SK = f"numpy {np.__version__}", f"scipy {scipy.__version__}", f"scikit-learn {sklearn.__version__}"


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def delong(scores, is_candidate, weights):
    """The area and DeLong's variance over all nm pairs, rows weighted."""
    s, y, w = np.array(scores), np.array(is_candidate, bool), np.array(weights, float)
    psi = (s[y][:, None] > s[~y][None, :]) + 0.5 * (s[y][:, None] == s[~y][None, :])
    a, b = w[y], w[~y]
    ours, theirs = psi @ b / b.sum(), a @ psi / a.sum()
    area = (a @ ours) / a.sum()
    variance = 0.0
    for placed, weight in ((ours, a), (theirs, b)):
        k = weight.sum() ** 2 / (weight ** 2).sum()
        variance += ((weight * (placed - area)) ** 2).sum() / weight.sum() ** 2 * k / (k - 1)
    return float(area), float(variance)


def areas():
    rng = np.random.default_rng(11)
    cases = [
        ("four rows", [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], [1.0] * 4),
        ("all alike", [2.0] * 6, [0, 1, 0, 1, 0, 1], [1.0] * 6),
        ("wholly apart", [1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], [1.0] * 4),
        ("wholly apart, the other way", [1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [1.0] * 4),
        ("negative zero and zero tie", [-0.0, 0.0, 1.0, -1.0], [0, 1, 1, 0], [1.0] * 4),
        ("widest range", [-1.7e308, 5e-324, 1.7e308, 0.0, -5e-324], [0, 1, 1, 0, 1], [1.0] * 5),
    ]
    for n, m, digits, shift, weighted in [(30, 20, 1, 0.5, False), (30, 20, 1, 0.5, True), (9, 120, 0, -0.4, True),
                                          (250, 210, 2, 0.2, False), (250, 210, 3, 2.5, True)]:
        s = np.concatenate([rng.normal(size=n), rng.normal(size=m) + shift]).round(digits)
        w = rng.integers(1, 9, n + m) / 4 if weighted else np.ones(n + m)
        order = rng.permutation(n + m)
        y = np.array([0] * n + [1] * m)
        cases.append((f"default_rng(11): normal({n}), normal({m}) + {shift}, {digits} decimals, weights {weighted}",
                      s[order].tolist(), y[order].tolist(), w[order].tolist()))
    for name, s, y, w in cases:
        area, variance = delong(s, y, w)
        assert abs(area - roc_auc_score(y, s, sample_weight=w)) < 1e-12 if name != "widest range" else True
        yield case(f"{NP}, DeLong's definition over all pairs (area as {SK}, roc_auc_score): {name}",
                   {"scores": [float(v) for v in s], "candidate": [int(v) for v in y], "weights": w},
                   {"area": area, "variance": variance})


def spearman():
    rng = np.random.default_rng(12)
    cases = [
        ("five values", [1.0, 2, 3, 4, 5], [2.0, 1, 4, 3, 5]),
        ("ties", [1.0, 1, 2, 2, 3, 3], [1.0, 2, 2, 2, 1, 5]),
        ("perfect", [1.0, 2, 3, 4, 5], [1.0, 4, 9, 16, 25]),
        ("perfect, the other way", [1.0, 2, 3, 4, 5], [-1.0, -4, -9, -16, -25]),
        ("missing in both, a null each", [1.0, None, 3, 4, 5, 2, 7], [2.0, 1, None, 3, 5, 0, 4]),
    ]
    for n, r, digits, missing in [(60, 0.4, 1, 0.0), (700, -0.3, 1, 0.0), (600, 0.6, 2, 0.2)]:
        x = rng.normal(size=n)
        y = (r * x + np.sqrt(1 - r * r) * rng.normal(size=n)).round(digits)
        x = x.round(digits)
        pair = [[None if rng.random() < missing else float(v) for v in z] for z in (x, y)]
        cases.append((f"default_rng(12): normal({n}), r {r}, {digits} decimals, {missing} missing", *pair))
    for name, x, y in cases:
        both = [(a, b) for a, b in zip(x, y) if a is not None and b is not None]
        value = float(stats.spearmanr([a for a, _ in both], [b for _, b in both]).statistic)
        yield case(f"{SP}, spearmanr of the rows with both: {name}", {"x": x, "y": y},
                   {"value": value, "count": len(both)})


def changes():
    """The interval of a difference and its p-value, each step as the papers write it."""
    for r1, n1, r2, n2, level, pairs in [(0.5, 100, 0.3, 120, 0.95, 1), (-0.2, 50, 0.7, 5000, 0.9, 190),
                                         (0.0, 4, 0.0, 4, 0.95, 3), (0.95, 30, 0.9, 30, 0.99, 10)]:
        z = stats.norm.isf((1 - level) / pairs / 2)
        ends = []
        for r, n in ((r1, n1), (r2, n2)):
            half = z * np.sqrt((1 + r * r / 2) / (n - 3))
            ends.append((np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)))
        (l1, u1), (l2, u2) = ends
        d = r2 - r1
        error = np.sqrt((1 + r1 * r1 / 2) / (n1 - 3) + (1 + r2 * r2 / 2) / (n2 - 3))
        yield case(f"{SP}, norm; Bonett and Wright (2000), Zou (2007)",
                   {"reference": [r1, n1], "candidate": [r2, n2], "level": level, "pairs": pairs},
                   {"lower": float(d - np.hypot(r2 - l2, u1 - r1)), "upper": float(d + np.hypot(u2 - r2, r1 - l1)),
                    "p": float(2 * stats.norm.sf(abs(np.arctanh(r2) - np.arctanh(r1)) / error))})


GAMMA, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def uniforms(seed, stream, count):
    """CounterStream.uniform(0 ..< count)."""
    def mix(v):
        v = (v ^ (v >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        v = (v ^ (v >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return v ^ (v >> np.uint64(31))
    with np.errstate(over="ignore"):
        start = mix(np.array([(seed * 1_000_003 + stream) & MASK], np.uint64) * np.uint64(GAMMA))
        bits = mix(start + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(GAMMA))
    return (bits >> np.uint64(11)).astype(float) * 2.0 ** -53


def normals(seed, stream, count):
    u = uniforms(seed, stream, 2 * count)
    return np.sqrt(-2 * np.log(1 - u[0::2])) * np.cos(2 * np.pi * u[1::2])


def table(kind, n, seed, candidate):
    """MultivariateTables.table: columns of numbers, then of categories."""
    side = 100 if candidate else 0
    z = [normals(seed, side + i, n) for i in range(10)]
    extra = uniforms(seed, side + 50, n)
    codes = np.floor(100 * uniforms(seed, side + 51, n) ** 2).astype(int)
    if candidate and kind == "shift":
        z[3] = z[3] + 0.3
    if candidate and kind == "dense":
        z = [v + 0.1 for v in z]
    if candidate and kind == "correlation":
        z[7] = 0.7 * z[2] + np.sqrt(1 - 0.49) * z[7]
    if candidate and kind == "spread":
        z[5] = 1.5 * z[5]
    if candidate and kind == "missing":
        z[1] = np.where(extra < 0.15, np.nan, z[1])
    if candidate and kind == "category":
        codes = np.where(extra < 0.1, 100, codes)
    return np.column_stack(z + [codes])


def classifiers():
    for kind in ["clean", "shift", "dense", "correlation", "spread", "missing", "category"]:
        n, seed = 4000, 21
        x = np.vstack([table(kind, n, seed, False), table(kind, n, seed, True)])
        y = np.repeat([0, 1], n)
        fold = np.tile(np.arange(n) % 2, 2)
        area = []
        for k in (0, 1):
            model = HistGradientBoostingClassifier(
                max_iter=20, learning_rate=0.2, max_depth=3, max_leaf_nodes=None, max_bins=128, min_samples_leaf=20,
                l2_regularization=1.0, early_stopping=False, categorical_features=[10])
            model.fit(x[fold != k], y[fold != k])
            area.append(roc_auc_score(y[fold == k], model.decision_function(x[fold == k])))
        yield case(f"{SK}, HistGradientBoostingClassifier(max_iter=20, learning_rate=0.2, max_depth=3, max_bins=128, "
                   f"l2_regularization=1), even and odd rows in turn: {kind}",
                   {"kind": kind, "rows": n, "seed": seed}, {"area": float(np.mean(area)), "folds": [float(a) for a in area]})


print(json.dumps({"areas": list(areas()), "spearman": list(spearman()), "changes": list(changes()),
                  "classifiers": list(classifiers())}, indent=None, separators=(",", ":")).replace('{"origin"', '\n{"origin"'))
