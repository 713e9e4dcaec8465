"""Makes groups.json: what statsmodels says of weighted and clustered means, each case with its origin.

    python3 groups.py > groups.json     # needs numpy 2.4.6, statsmodels 0.15.0

A weighted mean is a weighted regression on a constant. Its sandwich error is that of the linearised ratio, of rows (HC0
times k/(k − 1) for k rows of equal weight) or of clusters (statsmodels' correction, G/(G − 1)).
"""
import json

import numpy as np
import statsmodels
import statsmodels.api as sm

ORIGIN = f"statsmodels {statsmodels.__version__}, WLS on a constant"


def error(x, w, clusters):
    model = sm.WLS(x, np.ones(len(x)), weights=w)
    if clusters is None:
        size = w.sum() ** 2 / (w ** 2).sum()
        fit = model.fit(cov_type="HC0")
        return float(fit.params[0]), float(fit.bse[0] * (size / (size - 1)) ** 0.5)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": clusters})
    return float(fit.params[0]), float(fit.bse[0])


def cases():
    for seed, weighted, clustered in [(1, False, False), (2, True, False), (3, False, True), (4, True, True)]:
        rng = np.random.default_rng(seed)
        n = 120
        clusters = rng.integers(0, 25, n)
        base = rng.normal(0, 1, 25)[clusters]
        labels, decisions = base + rng.normal(0, 1, n) > 0, base + rng.normal(0, 1, n) > 0.3
        values = (base + rng.normal(2, 1, n)).round(3)
        w = rng.choice([1.0, 2.0, 6.0], n) if weighted else np.ones(n)
        groups = rng.integers(0, 2, n)
        expected = []
        for g in (0, 1):
            own = groups == g
            parts = {"mean": (values, own), "selection": (decisions, own),
                     "truePositive": (decisions, own & labels), "precision": (labels, own & decisions),
                     "accuracy": (labels == decisions, own)}
            row = {}
            for name, (x, rows) in parts.items():
                value, se = error(x[rows].astype(float), w[rows], clusters[rows] if clustered else None)
                row[name] = {"value": value, "error": se,
                             "even": float(w[rows].sum() ** 2 / (w[rows] ** 2).sum()),
                             "clusters": len(set(clusters[own]))}
                if clustered and name != "mean":
                    # The factor of the group's clusters, of which some have no row that the rate is a share of.
                    used, all_ = len(set(clusters[rows])), len(set(clusters[own]))
                    row[name]["error"] *= (all_ / (all_ - 1) / (used / (used - 1))) ** 0.5
            expected.append(row)
        yield {"origin": f"{ORIGIN}, default_rng({seed})", "groups": groups.tolist(),
               "labels": labels.astype(int).tolist(), "decisions": decisions.astype(int).tolist(),
               "values": values.tolist(), "weights": w.tolist() if weighted else None,
               "clusters": clusters.tolist() if clustered else None, "expected": expected}


print(json.dumps({"groups": list(cases())}, separators=(",", ":")))
