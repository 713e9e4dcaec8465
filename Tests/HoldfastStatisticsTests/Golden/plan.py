"""Makes plan.json: learning curves by scipy, and control shares by score by numpy, with origins.

    python3 plan.py REFERENCE > plan.json      # needs numpy and scipy

REFERENCE is the folder of the reference figures, of which those that are named here are copied:
the inverse power laws of feedback/exclusion_and_sizing.json and the sixteen cases of
methods/propensity_allocation.json, whose scores are drawn again and kept, as base64 of little
endian doubles. None of what is expected comes from a Holdfast program.
"""
import base64
import json
import pathlib
import sys

import numpy as np
import scipy
from scipy.optimize import curve_fit, minimize, root

SP = f"scipy {scipy.__version__}"
REFERENCE = pathlib.Path(sys.argv[1])
SIZING = json.loads((REFERENCE / "feedback/exclusion_and_sizing.json").read_text())
ALLOCATION = json.loads((REFERENCE / "methods/propensity_allocation.json").read_text())


def law(rising):
    return (lambda n, a, b, c: a - b * n ** -c) if rising else (lambda n, a, b, c: a + b * n ** -c)


def fitted(rows, scores, errors, rising):
    """The best of many starts, and from there to where the slopes are 0, by MINPACK's hybrid method."""
    rows, scores = np.array(rows, float), np.array(scores)
    bounds = ([-np.inf if rising else 0, 0, 0.05], [1 if rising else np.inf, np.inf, 2])
    best, args = None, None
    for exponent in (0.1, 0.3, 0.5, 0.8, 1.2, 1.8):
        start = [scores[-1] * (1 if rising else 0.9), 1, exponent]
        start[0] = min(start[0], 0.999) if rising else start[0]
        try:
            args, _ = curve_fit(law(rising), rows, scores, p0=start, sigma=errors, bounds=bounds,
                                maxfev=200_000, ftol=1e-15, xtol=1e-15, gtol=1e-15, x_scale="jac")
        except RuntimeError:
            continue
        weights = 1 if errors is None else 1 / np.array(errors) ** 2
        loss = float((weights * (scores - law(rising)(rows, *args)) ** 2).sum())
        if best is None or loss < best[0]:
            best = (loss, args)
    weights = np.ones(len(rows)) if errors is None else 1 / np.array(errors) ** 2
    sign, middle = (1 if rising else -1), np.exp(np.log(rows).mean())

    def slopes(x):
        # By the gap at the middle size, so that the three are of one size.
        powers = (rows / middle) ** -x[2]
        rest = weights * (scores - x[0] + sign * x[1] * powers) / weights.sum()
        return [rest.sum(), (rest * powers).sum(), (rest * powers * np.log(rows / middle)).sum()]

    a, b, c = best[1]
    if (a < 1 if rising else a > 0) and 0.05 < c < 2 and b > 0:
        found = root(slopes, [a, b * middle ** -c, c], method="hybr", options={"xtol": 1e-15})
        a, b, c = found.x[0], found.x[1] * middle ** found.x[2], found.x[2]
    return [float(a), float(b), float(c)]


def curves():
    for name, found in SIZING["learning_curve"].items():
        used = found["fit_on_first"]
        yield {"origin": f"the reference's exclusion_and_sizing.json, learning_curve.{name}: scipy's "
                         "curve_fit within bounds, to its usual tolerance",
               "rising": True, "rows": found["sizes"][:used], "scores": found["auc"][:used],
               "errors": None, "params": found["params"], "tolerance": 1e-5}
        yield {"origin": f"{SP}, curve_fit from six starts and root of the slopes",
               "rising": True, "rows": found["sizes"][:used], "scores": found["auc"][:used],
               "errors": None, "tolerance": 1e-8,
               "params": fitted(found["sizes"][:used], found["auc"][:used], None, True)}
    rng = np.random.default_rng(11)
    for number in range(24):
        rising = number % 2 == 0
        count = int(rng.integers(4, 10))
        rows = sorted(int(x) for x in rng.choice(np.arange(50, 20_000), count, replace=False))
        a, b, c = rng.uniform(0.6, 0.95), rng.uniform(0.3, 4), rng.uniform(0.3, 1.1)
        if not rising:
            a = a / 4
        errors = [float(0.02 / np.sqrt(n / 50)) for n in rows] if number % 3 else None
        noise = rng.normal(size=count) * (np.array(errors) if errors else 0.002) / 3
        scores = [float(x) for x in law(rising)(np.array(rows, float), a, b, c) + noise]
        params = fitted(rows, scores, errors, rising)
        if not 0.051 < params[2] < 1.99 or params[1] < 1e-6:
            continue
        yield {"origin": f"{SP}, curve_fit from six starts and root of the slopes, seed 11",
               "rising": rising, "rows": rows, "scores": scores, "errors": errors,
               "params": params, "tolerance": 1e-8}


def shares():
    """Bands with caps and floors at work: by bisection, held against a general optimiser."""
    rng = np.random.default_rng(3)
    for number in range(20):
        count = int(rng.integers(2, 9))
        rate = np.sort(rng.uniform(0.02, 0.98, count))
        units = rng.integers(20, 5_000, count).astype(float)
        cost = np.maximum(0.2, rate * 100 - (1 - rate) * rng.choice([0, 8, 30]))
        name, moment = [("total", rate), ("negatives", 1 - rate), ("brier", rate * (1 - rate)),
                        ("effective_rows", np.ones(count))][number % 4]
        flat, least = rng.choice([0.02, 0.1, 0.3, 0.6]), rng.choice([0.001, 0.05, 0.02])
        wanted = float((units * moment / flat).sum())
        low, high = 0.0, 1e6
        for _ in range(400):
            k = (low + high) / 2
            p = np.minimum(1, np.maximum(least, k * np.sqrt(moment / cost)))
            low, high = (k, high) if (units * moment / p).sum() > wanted else (low, k)
        if number < 8:
            # A general optimiser finds nothing cheaper.
            found = minimize(lambda x: (units * cost * x).sum() / 1e4, np.full(count, flat),
                             jac=lambda x: units * cost / 1e4, method="SLSQP",
                             bounds=[(least, 1)] * count, options={"maxiter": 2_000, "ftol": 1e-14},
                             constraints={"type": "ineq",
                                          "fun": lambda x: 1 - (units * moment / x).sum() / wanted})
            assert (units * cost * p).sum() <= (units * cost * found.x).sum() * (1 + 1e-6), number
        yield {"origin": f"numpy {np.__version__}, bisection of k, seed 3",
               "estimand": name, "rates": rate.tolist(), "units": units.tolist(),
               "costs": cost.tolist(), "moments": moment.tolist(), "wanted": wanted,
               "least": float(least), "shares": p.tolist(), "cost": float((units * cost * p).sum())}


def reference():
    scores = np.sort(np.random.default_rng(5).beta(2, 2, 20_000))
    names = {"ess_weights_m1": "effective_rows", "fraud_total_m_q": "total",
             "good_total_m_1-q": "negatives", "brier_m_q(1-q)": "brier"}
    return {"origin": "the reference's methods/propensity_allocation.json; its scores are "
                      f"numpy {np.__version__}'s default_rng(5).beta(2, 2, 20000) in order, the rate "
                      "at s is q0 + (q1 - q0) s, and no unit costs less than 0.5",
            "scores": base64.b64encode(scores.astype("<f8").tobytes()).decode(),
            "least_cost": 0.5, "flat": 0.05,
            "cases": [{"estimand": names[case["target"]], **case}
                      for case in ALLOCATION["cases"]],
            "same_variance": SIZING["propensity_allocation_same_variance"],
            "false_positives": SIZING["propensity_allocation_false_positive_estimand"]}


def sweep():
    """What rows of weighted mode were worth in the reference's feedback simulation."""
    found = json.loads((REFERENCE / "feedback/hold_sweep.json").read_text())
    acting = {"tail": 0.09, "mild": 0.06}
    for key, value in found.items():
        scenario, share, mode = key.split("|")
        yield {"origin": f"the reference's feedback/hold_sweep.json, {key}, of 40,000 units a cycle",
               "acting": acting[scenario], "share": float(share), "mode": mode,
               "scenario": scenario, "auc": value["auc"], "train_rows": value["train_rows"],
               "kish_ess": value["kish_ess"]}


json.dump({"curves": list(curves()), "shares": list(shares()), "reference": reference(),
           "sweep": list(sweep())}, sys.stdout, indent=1)
print()
