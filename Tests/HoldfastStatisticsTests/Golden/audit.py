"""Makes audit.json: what NumPy, SciPy and statsmodels answer, each case with its origin.

    python3 audit.py > audit.json        # needs numpy, scipy and statsmodels

The cases are chosen, or drawn with the seed that stands in their origin. Where a library has the
figure the library gives it; where none has, it is the textbook's formula in NumPy, written from
the raw rows and not from a running summary. null is a figure that is not defined.
"""
import json
import sys
from fractions import Fraction

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats import proportion

LARGEST = sys.float_info.max
NP = f"numpy {np.__version__}"
SP = f"scipy {scipy.__version__}"
SM = f"statsmodels {statsmodels.__version__}"


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def plain(values):
    return [None if v is None or np.isnan(v) else float(v) for v in values]


def kish(w):
    w = np.asarray(w, np.longdouble)
    return float(w.sum() ** 2 / (w ** 2).sum())


def weights():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.02, 1, 400)
    kept = p[rng.uniform(size=400) < p]
    for name, w, rows, draws in [
        ("no row", [], 5, 1), ("one row of weight 1", [1.0], 1, 1), ("one of two", [2.0], 2, 1),
        ("two rows", [4.0, 2.0], 6, 1), ("five equal", [20.0] * 5, 100, 1),
        ("five equal, too few", [20.0] * 5, 400, 1), ("all certain", [1.0] * 5, 5, 1),
        ("all certain, one lost", [1.0] * 5, 6, 1), ("one giant weight", [1e6] + [1.0] * 99, 1000, 1),
        ("below 1", [0.5, 2.0, 3.0], 10, 1), ("zero", [0.0, 2.0], 10, 1),
        ("infinite", [float("inf"), 2.0], 10, 1), ("negative", [-1.0, 2.0], 10, 1),
        ("draws of 3 rows", [20.0] * 5, 400, 3),
        ("default_rng(3), p uniform(.02, 1), 400 rows", (1 / kept).tolist(), 400, 1),
    ]:
        inputs = {"weights": [str(v) for v in w], "rows": rows, "draws": draws}
        x = np.repeat(np.asarray(w, np.longdouble), draws)
        good = len(x) > 0 and bool(np.all(np.isfinite(x) & (x > 0)))
        names = ["sum", "ess", "largest_share", "mean", "se", "z", "p"]
        expected = dict.fromkeys(names)
        if good:
            expected.update(sum=float(x.sum()), ess=kish(x), largest_share=float(x.max() / x.sum()),
                            mean=float(x.sum() / rows))
        if good and x.min() >= 1:
            prob = 1 / np.asarray(w, np.longdouble)
            variance = (draws ** 2 * (1 - prob) / prob ** 2).sum()
            distance = float(x.sum() - rows)
            z = 0.0 if distance == 0 else \
                float(distance / np.sqrt(variance)) if variance > 0 else float(np.sign(distance)) * LARGEST
            expected.update(se=float(np.sqrt(variance) / rows), z=z, p=float(2 * stats.norm.sf(abs(z))))
        yield case(f"{NP}, long double; {SP}, 2 norm.sf(|z|): {name}", inputs, expected)


def mean_test_levels():
    """How often the mean weight's test rejects true designs at .05: the figures in its comment."""
    even = lambda low, high, n: low * (high / low) ** ((np.arange(n) + 0.5) / n)
    for name, p in [("1,000 rows at .05", np.full(1000, 0.05)),
                    ("10,000 rows from .00005 to .95, even in the logarithm", even(0.00005, 0.95, 10000))]:
        rng = np.random.default_rng(1)
        known = estimated = 0
        for _ in range(4000):
            w = 1 / p[rng.uniform(size=len(p)) < p]
            distance = abs(w.sum() - len(p))
            known += distance > stats.norm.isf(0.025) * np.sqrt(((1 - p) / p).sum())
            estimated += distance > stats.norm.isf(0.025) * np.sqrt((w * (w - 1)).sum())
        yield case(f"{NP}, default_rng(1), 4,000 draws: {name}",
                   {"rows": len(p), "least": float(p.min()), "most": float(p.max())},
                   {"known": known / 4000, "estimated": estimated / 4000})


def smd(distance, v, w, n, m):
    spread = np.sqrt((v + w) / 2)
    if distance == 0 and spread == 0:
        return {"effect": None, "se": None, "p": None}
    d = float(distance / spread) if spread > 0 else float(np.sign(distance)) * LARGEST
    # By halves, for d may be the largest double.
    se = float(np.hypot(np.sqrt(1 / n + 1 / m), d / np.sqrt(2 * (n + m))))
    return {"effect": d, "se": se, "p": float(2 * stats.norm.sf(abs(d / se)))}


def numbers():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=60).round(2), (1.4 * rng.normal(size=45) + 0.3).round(2)
    u, v = (1 / rng.uniform(0.02, 1, 60)).tolist(), (1 / rng.uniform(0.02, 1, 45)).tolist()
    ones = lambda values: [1.0] * len(values)
    nan = float("nan")
    for name, a, wa, b, wb in [
        ("empty", [], [], [1.0, 2.0], [1.0, 1.0]), ("one value each", [1.0], [1.0], [2.0], [1.0]),
        ("one value, two", [1.0], [1.0], [2.0, 4.0], [1.0, 1.0]),
        ("two each", [1.0, 2.0], [1.0] * 2, [2.0, 4.0], [1.0] * 2),
        ("five each, ties", [1, 1, 2, 3, 3], [1.0] * 5, [1, 2, 2, 3, 4], [1.0] * 5),
        ("constants, alike", [4.0] * 5, [1.0] * 5, [4.0] * 2, [1.0] * 2),
        ("constants, apart", [4.0] * 5, [1.0] * 5, [5.0] * 2, [1.0] * 2),
        ("a constant reference", [4.0] * 5, [1.0] * 5, [4.0, 5.0], [1.0] * 2),
        ("large offset", [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], [1.0] * 4, [1e9 + 5, 1e9 + 9], [1.0] * 2),
        ("equal weights of 20", x[:5].tolist(), [20.0] * 5, y[:5].tolist(), [3.0] * 5),
        ("one giant weight", x[:5].tolist(), [1e9, 1.0, 2.0, 1.0, 1.0], y[:5].tolist(), [1.0] * 5),
        ("missing in one", [1.0, nan, 3.0, nan], [1.0] * 4, [2.0, 4.0, 9.0], [1.0] * 3),
        ("missing in both, weighted", [1.0, nan, 3.0, 8.0], [1.0, 20.0, 1.0, 5.0],
         [2.0, 4.0, nan, nan], [2.0, 1.0, 3.0, 1.0]),
        ("default_rng(5): 60 and 45 normal", x.tolist(), ones(x), y.tolist(), ones(y)),
        ("default_rng(5): weights 1/uniform(.02, 1)", x.tolist(), u, y.tolist(), v),
    ]:
        figures, shares = [], []
        for values, w in [(a, wa), (b, wb)]:
            values, w = np.asarray(values, float), np.asarray(w, float)
            there = ~np.isnan(values)
            k, t = values[there].astype(np.longdouble), w[there].astype(np.longdouble)
            mean = (k * t).sum() / t.sum() if len(k) else None
            variance = None
            if len(k) > 1:
                variance = float((t * (k - mean) ** 2).sum() * t.sum() / (t.sum() ** 2 - (t ** 2).sum()))
                # In doubles numpy.cov loses digits beside a giant weight.
                library = float(np.cov((k - mean).astype(float), aweights=t.astype(float), ddof=1))
                assert np.isclose(variance, library, rtol=1e-7, atol=0), (name, variance, library)
            figures.append((mean, variance, kish(t) if len(k) else None))
            shares.append((float(w[~there].sum() / w.sum()), kish(w)) if len(w) else None)
        (m1, v1, n1), (m2, v2, n2) = figures
        expected = dict.fromkeys(["effect", "se", "p"])
        if v1 is not None and v2 is not None:
            expected = smd(float(m2 - m1), v1, v2, n1, n2)
        expected["ratio"] = v2 / v1 if expected["effect"] is not None and v1 > 0 else None
        absent = dict.fromkeys(["effect", "se", "p"])
        if None not in shares:
            (p, n), (q, m) = shares
            absent = smd(q - p, p * (1 - p), q * (1 - q), n, m)
        expected.update({f"absent_{k}": value for k, value in absent.items()})
        yield case(f"{NP}, long double, variances as by cov(aweights, ddof=1); Austin's d; {SP}: {name}",
                   {"reference": plain(a), "reference_weights": wa,
                    "candidate": plain(b), "candidate_weights": wb}, expected)


def categories():
    rng = np.random.default_rng(9)
    draw = lambda shares, n: rng.choice(list("ABCDE"), n, p=shares).tolist()
    heavy = lambda n: (1 / rng.uniform(0.05, 1, n)).tolist()
    for name, a, wa, b, wb in [
        ("empty", [], [], ["A"], [1.0]), ("one row each, alike", ["A"], [1.0], ["A"], [1.0]),
        ("one row each, apart", ["A"], [1.0], ["B"], [1.0]),
        ("two levels", ["A"] * 75 + ["B"] * 25, [1.0] * 100, ["A"] * 60 + ["B"] * 40, [1.0] * 100),
        ("constant in one", ["A"] * 5, [1.0] * 5, ["A", "B"], [1.0] * 2),
        ("disjoint", ["A", "B", "A"], [1.0] * 3, ["C", "D"], [1.0] * 2),
        ("five levels", draw([.3, .3, .2, .15, .05], 200), [1.0] * 200,
         draw([.2, .3, .2, .15, .15], 150), [1.0] * 150),
        ("default_rng(9): five levels, weights 1/uniform(.05, 1)", draw([.3, .3, .2, .15, .05], 90), heavy(90),
         draw([.2, .3, .2, .15, .15], 70), heavy(70)),
        ("one giant weight", list("AABBC"), [1.0, 1.0, 1e6, 1.0, 1.0], list("ABC"), [1.0] * 3),
    ]:
        levels = list(dict.fromkeys(a + b))
        expected = {"effect": None, "levels": []}
        if a and b:
            p, q = (np.array([sum(w for x, w in zip(values, ws) if x == level) for level in levels]) / sum(ws)
                    for values, ws in [(a, wa), (b, wb)])
            n, m = kish(wa), kish(wb)
            expected["levels"] = [smd(s - r, r * (1 - r), s * (1 - s), n, m) for r, s in zip(p, q)]
            if len(levels) > 1:
                covariance = sum(np.diag(r) - np.outer(r, r) for r in [p, q])[1:, 1:] / 2
                d = (q - p)[1:]
                common = bool(((p > 0) & (q > 0)).any())
                expected["effect"] = float(np.sqrt(d @ np.linalg.solve(covariance, d))) if common else LARGEST
        yield case(f"{NP}, linalg.solve of Yang and Dalton's matrix without its first level; {SP}: {name}",
                   {"reference": a, "reference_weights": wa, "candidate": b, "candidate_weights": wb}, expected)


def attrition():
    for x, n, y, m in [(120, 1000, 90, 1000), (0, 10, 0, 12), (10, 10, 12, 12), (0, 1, 1, 1), (0, 0, 1, 2),
                       (1, 2, 1, 2), (0, 5, 5, 5), (55, 5000, 60, 5000), (12, 200, 31, 210), (1, 100000, 9, 1000)]:
        expected = dict.fromkeys(["effect", "z", "p", "lower", "upper"])
        if n and m:
            low, high = proportion.confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff")
            expected.update(effect=y / m - x / n, lower=float(low), upper=float(high))
            if 0 < x + y < n + m:
                z, p = proportion.proportions_ztest([y, x], [m, n])
                expected.update(z=float(z), p=float(p))
        yield case(f"{SM}, proportions_ztest, confint_proportions_2indep('newcomb')",
                   {"reference": [x, n], "candidate": [y, m]}, expected)


def attrition_of_arms():
    for excluded, counts in [([12, 31, 20], [200, 210, 190]), ([0, 0, 0], [5, 6, 7]), ([5, 6], [5, 6]),
                             ([1, 2, 3, 4], [10, 10, 10, 10]), ([3], [9]), ([1, 0, 4], [5, 0, 9])]:
        expected = dict.fromkeys(["statistic", "df", "p"])
        arms = [(x, n - x) for x, n in zip(excluded, counts) if n]
        if len(arms) > 1 and 0 < sum(excluded) < sum(counts):
            r = stats.chi2_contingency(np.array(arms), correction=False)
            expected.update(statistic=float(r.statistic), df=int(r.dof), p=float(r.pvalue))
        yield case(f"{SP}, chi2_contingency(correction=False)", {"excluded": excluded, "counts": counts}, expected)


def lee():
    rng = np.random.default_rng(21)
    x, y = rng.normal(size=40).round(2).tolist(), (rng.normal(size=55) + 0.4).round(2).tolist()
    for name, a, n, b, m in [
        ("an empty arm", [], 5, [1.0], 5), ("one row each", [1.0], 1, [3.0], 1),
        ("one of two, two of two", [1.0], 2, [3.0, 5.0], 2), ("equal shares", [1.0, 2.0], 4, [3.0, 5.0], 4),
        ("equal shares, 1 of 3 and 2 of 6", [1.0], 3, [3.0, 5.0], 6),
        ("the reference is fuller", [1.0, 2.0, 3.0, 10.0], 5, [4.0, 2.0], 5),
        ("less than a row", [1.0, 2.0, 3.0], 4, [4.0, 2.0, 5.0, 7.0], 5),
        ("ties", [0.0, 0.0, 1.0], 5, [0.0, 1.0, 1.0, 1.0, 0.0], 5), ("constants", [0.1] * 3, 5, [0.1] * 5, 5),
        ("default_rng(21): 40 of 60 and 55 of 60 normal", x, 60, y, 60),
        ("default_rng(21): the same, exchanged", y, 60, x, 60),
    ]:
        expected = dict.fromkeys(["trimmed_share", "effect", "lower", "upper"])
        if a and b:
            one, two = Fraction(len(a), n), Fraction(len(b), m)
            fuller, less = (b, a) if two > one else (a, b)
            share = abs(two - one) / max(one, two)
            drop = int(share * len(fuller))  # fractions: exact, and rounded down
            kept = sorted(fuller)
            mean = lambda values: sum(map(Fraction, values)) / len(values)
            trimmed = [mean(kept[:len(kept) - drop]), mean(kept[drop:])]
            ends = [t - mean(a) for t in trimmed] if two > one else [mean(b) - t for t in trimmed]
            expected = {"trimmed_share": float(share), "effect": float(mean(b) - mean(a)),
                        "lower": float(min(ends)), "upper": float(max(ends))}
        yield case(f"fractions, rows sorted and cut: {name}",
                   {"reference": a, "reference_count": n, "candidate": b, "candidate_count": m}, expected)


def worst_case():
    for x, n, y, m, low, high in [([0.0, 1.0], 4, [1.0], 1, 0.0, 1.0), ([0.0], 1, [1.0], 1, 0.0, 1.0),
                                  ([], 3, [2.0, 4.0], 5, -1.0, 7.0), ([], 1, [], 1, 0.0, 1.0)]:
        fill = lambda values, count, v: np.mean(values + [v] * (count - len(values)))
        yield case(f"{NP}, mean with every lost row at either end",
                   {"reference": x, "reference_count": n, "candidate": y, "candidate_count": m,
                    "least": low, "most": high},
                   {"lower": float(fill(y, m, low) - fill(x, n, high)),
                    "upper": float(fill(y, m, high) - fill(x, n, low))})


def clusters():
    rng = np.random.default_rng(33)
    sizes = rng.integers(1, 12, 30)
    drawn = [(rng.normal() + rng.normal(size=size)).round(3).tolist() for size in sizes]
    votes = [(rng.uniform(size=size) < rng.uniform()).astype(float).tolist() for size in sizes]
    for name, groups in [
        ("none", []), ("one cluster", [[1.0, 2.0, 4.0]]), ("clusters of one", [[1.0], [2.0], [4.0]]),
        ("two of two", [[1.0, 2.0], [4.0, 9.0]]), ("one and two", [[1.0], [4.0, 9.0]]),
        ("constant within", [[0.1] * 3, [0.7] * 2]), ("constant", [[4.0] * 3, [4.0] * 2]),
        ("no difference between", [[1.0, 3.0], [1.0, 3.0], [2.0, 2.0]]),
        ("one giant cluster", [[float(i % 7) for i in range(500)], [9.0, 8.0], [1.0]]),
        ("large offset", [[1e6 + 4, 1e6 + 7], [1e6 + 13, 1e6 + 16, 1e6 + 15]]),
        ("default_rng(33): 30 clusters of 1 to 11", drawn),
        ("default_rng(33): the same, of two values", votes),
    ]:
        expected = dict.fromkeys(["icc", "typical_size", "design_effect"])
        n = np.array([len(group) for group in groups])
        if len(n) > 0 and n.sum() == len(n):
            expected["design_effect"] = 1.0
        if len(n) > 1:
            n0 = float((n.sum() - (n ** 2).sum() / n.sum()) / (len(n) - 1))
            expected["typical_size"] = n0
            values = [np.array(group, np.longdouble) for group in groups]
            if n.sum() > len(n) and len(set(np.concatenate(values))) > 1:
                mean = np.concatenate(values).mean()
                b = sum(len(v) * (v.mean() - mean) ** 2 for v in values) / (len(n) - 1)
                w = sum(((v - v.mean()) ** 2).sum() for v in values) / (n.sum() - len(n))
                # f_oneway tells nothing where no cluster varies.
                if w > 1e-12:
                    f = stats.f_oneway(*[(v - mean).astype(float) for v in values]).statistic
                    assert np.isclose(f, float(b / w)), name
                icc = float((b - w) / (b + (n0 - 1) * w))
                cv = n.std() / n.mean()
                expected["icc"] = icc
                expected["design_effect"] = float(1 + ((1 + cv ** 2) * n.mean() - 1) * max(0, icc))
        yield case(f"{NP}, long double, mean squares as by {SP}, f_oneway: {name}", {"clusters": groups}, expected)


def main():
    parts = [weights, mean_test_levels, numbers, categories, attrition, attrition_of_arms, lee, worst_case, clusters]
    json.dump({part.__name__: list(part()) for part in parts}, sys.stdout, indent=1, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
