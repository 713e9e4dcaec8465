"""Makes samples.json: what SciPy and NumPy say of two samples of numbers, each case with its origin.

    python3 samples.py [AGREEMENT] > samples.json        # needs scipy 1.17.1, numpy, mpmath

trio/*.csv are three synthetic tables of 5,000 rows, of which serve differs from train in the
columns that its maker chose: numpy default_rng([7, part]), whose script and figures are in the folder
AGREEMENT, with reference_scipy.json. Where that is given, each figure of a trio's column is
asserted to be the one that stands there.

Edges are chosen, or drawn with the seed that stands in their origin. The three pairs of trio/ are
figured from its files, by the same calls. Weighted cases have a slow reference here: sums over all
pairs of rows where SciPy takes no weights.
"""
import csv
import json
import math
import pathlib
import sys
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.special import kolmogorov

V = f"scipy {scipy.__version__}"
NP = f"numpy {np.__version__}"
warnings.filterwarnings("ignore")
mpmath.mp.dps = 40


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def divergences(p, q):
    """Those of two arrays of shares, as long doubles where a double would lose digits."""
    floor_p, floor_q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    exact_p, exact_q = p.astype(np.longdouble), q.astype(np.longdouble)
    middle = (exact_p + exact_q) / 2
    terms = [z[z > 0] * np.log(z[z > 0] / middle[z > 0]) for z in (exact_p, exact_q)]
    distance = np.sqrt(max(0, sum(term.sum() for term in terms) / (2 * np.log(np.longdouble(2)))))
    # SciPy's own is what a double leaves of the square root.
    assert abs(distance ** 2 - jensenshannon(p, q, base=2) ** 2) < 1e-15
    return {
        "psi": float(np.sum((floor_q - floor_p) * np.log(floor_q / floor_p))),
        "js_distance": float(distance),
        "hellinger": float(np.sqrt(np.sum((np.sqrt(exact_p) - np.sqrt(exact_q)) ** 2) / 2)),
        "linf": float(np.max(np.abs(p - q))),
        "total_variation": float(0.5 * np.sum(np.abs(p - q))),
    }


def finite(value):
    value = float(value)
    return value if math.isfinite(value) else None


def mises_statistic(x, y):
    """Anderson's T from twice the middle ranks, in whole numbers."""
    z = np.concatenate([x, y])
    twice = (2 * stats.rankdata(z)).astype(np.int64).tolist()
    n, m = len(x), len(y)
    order_x, order_y = np.sort(twice[:n]).tolist(), np.sort(twice[n:]).tolist()
    four_u = (n * sum((r - 2 * i) ** 2 for i, r in enumerate(order_x, 1))
              + m * sum((r - 2 * j) ** 2 for j, r in enumerate(order_y, 1)))
    k, whole = n * m, n + m
    return float(Fraction(four_u, 4 * k * whole) - Fraction(4 * k - 1, 6 * whole))


def two_samples(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n, m = len(x), len(y)
    out = {}
    ks = stats.ks_2samp(x, y, method="asymp")
    out["ks"], out["ks_place"] = float(ks.statistic), float(ks.statistic_location)
    out["ks_p"] = float(kolmogorov(np.sqrt(n * m / (n + m)) * out["ks"]))
    out["wasserstein"] = finite(stats.wasserstein_distance(x, y))
    out["energy"] = finite(stats.energy_distance(x, y))
    if min(n, m) > 1:
        mises = stats.cramervonmises_2samp(x, y, method="asymptotic")
        out["mises"] = mises_statistic(x, y)
        assert abs(out["mises"] - mises.statistic) < 1e-9 * max(1, n * m / (n + m)), (n, m)
        out["mises_p_scipy"] = float(mises.pvalue)
    alike = len(set(x) | set(y)) < 2
    if n + m > 3 and not alike:
        darling = stats.anderson_ksamp([x, y])
        out["darling"], out["darling_p"] = float(darling.statistic), float(darling.pvalue)
    whitney = stats.mannwhitneyu(x, y, method="asymptotic")
    out["auc"], out["auc_p"] = float(whitney.statistic / (n * m)), float(whitney.pvalue)
    if min(n, m) > 1:
        v, w = np.var(x, ddof=1), np.var(y, ddof=1)
        if v + w > 0 and np.isfinite(v + w):
            welch = stats.ttest_ind(x, y, equal_var=False)
            # By long doubles, as means of an offset of 1e9 have lost what tells them apart.
            a, b = x.astype(np.longdouble), y.astype(np.longdouble)
            v, w = a.var(ddof=1), b.var(ddof=1)
            t = (a.mean() - b.mean()) / np.sqrt(v / n + w / m)
            df = (v / n + w / m) ** 2 / ((v / n) ** 2 / (n - 1) + (w / m) ** 2 / (m - 1))
            assert np.isclose(float(t), welch.statistic, rtol=1e-6), (t, welch.statistic)
            out["welch_t"], out["welch_df"] = float(t), float(df)
            out["welch_p"] = float(2 * stats.t.sf(abs(float(t)), float(df)))
            out["mean_difference"] = float((b.mean() - a.mean()) / np.sqrt((v + w) / 2))
    out["outside"] = float(((y < x.min()) | (y > x.max())).mean())
    edges = np.unique(np.quantile(x, np.linspace(0, 1, 11)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, z, side="left"), minlength=len(edges) + 1)
              for z in (x, y)]
    out["edges"] = edges.tolist()
    out["reference_counts"], out["candidate_counts"] = counts[0].tolist(), counts[1].tolist()
    out.update(divergences(counts[0] / n, counts[1] / m))
    return out


def edges():
    rng = np.random.default_rng(23)
    samples = [
        ("five values, ties within and between", [1, 1, 2, 3, 3], [1, 2, 2, 3, 4]),
        ("heavy ties, unlike sizes", [0] * 30 + [1] * 5 + [2], [0] * 7 + [1] * 40 + [5] * 3),
        ("constants, alike", [4.0] * 5, [4.0] * 9),
        ("constants, apart", [4.0] * 5, [5.0] * 9),
        ("one value each, alike", [1.0], [1.0]),
        ("one value each, apart", [1.0], [2.0]),
        ("one value and five", [1.0], [0.5, 1.0, 2.0, 3.0, 4.0]),
        ("two values each", [1.0, 2.0], [1.5, 3.0]),
        ("two values and a thousand: default_rng(23).normal", [0.0, 0.25],
         rng.normal(size=1000).tolist()),
        ("five values each, apart by little", [1, 2, 3, 4, 5], [1.1, 2.1, 3.1, 4.1, 5.1]),
        ("disjoint supports", [1, 2, 3, 4], [11, 12, 13]),
        ("equal samples", [3, 1, 4, 1, 5, 9, 2, 6], [3, 1, 4, 1, 5, 9, 2, 6]),
        ("an outlier at 1e9: default_rng(23), next: normal(200) twice",
         rng.normal(size=200).tolist(), rng.normal(size=200).tolist() + [1e9]),
        ("an offset of 1e9: default_rng(23), next: normal(60) twice, 3 decimals",
         (1e9 + rng.normal(size=60)).round(3).tolist(),
         (1e9 + 0.2 + rng.normal(size=60)).round(3).tolist()),
        ("negative zero and zero", [-0.0, 0.0, 1.0], [0.0, 1.0, 2.0]),
        ("huge values, squares beyond a double", [1e300, -1e300, 3e300], [2e300, 1e300, -1e299]),
        ("whole numbers: default_rng(23), next: poisson(3, 300), poisson(3.4, 220)",
         rng.poisson(3, 300).tolist(), rng.poisson(3.4, 220).tolist()),
        ("a shift of one: default_rng(23), next: normal(2000), normal(1500) + 1, 4 decimals",
         rng.normal(size=2000).round(4).tolist(), (rng.normal(size=1500) + 1).round(4).tolist()),
    ]
    for name, x, y in samples:
        x, y = [float(v) for v in x], [float(v) for v in y]
        yield case(f"{V}, {NP}, two_samples: {name}", {"reference": x, "candidate": y},
                   two_samples(x, y))


def mises_tail():
    """The limiting distribution to 30 digits, by Smirnov's integrals; SciPy's where it is exact."""
    from scipy.stats._hypotests import _cdf_cvm_inf
    for x in [0.003, 0.01, 0.03, 0.0624, 0.1188, 0.2, 0.34730, 0.46136, 0.74346, 1.16786, 2.4, 5,
              20, 60]:
        total = mpmath.mpf(0)
        for k in range(1, 60):
            start = (2 * k - 1) * mpmath.pi

            def term(a):
                s = mpmath.sin(a / 2) ** 2
                t = start + mpmath.pi * s
                sine = mpmath.sin(mpmath.pi * min(s, mpmath.cos(a / 2) ** 2))
                power = mpmath.exp(-x * (t * t - start * start) / 2)
                return power * mpmath.sin(a) / mpmath.sqrt(t * sine)

            # quad stops at an absolute error: what is small is taken out of it.
            value = mpmath.quad(term, [0, 0.03, 0.1, 0.3, 1, 2, mpmath.pi])
            value *= mpmath.exp(-x * start * start / 2)
            total += value if k % 2 else -value
            if value < total * mpmath.mpf(10) ** -30:
                break
        library = 1 - float(_cdf_cvm_inf(float(x)))
        assert abs(library - float(total)) < 5e-7, (x, library, total)
        yield case(f"mpmath {mpmath.__version__}, 40 digits; {V}, 1 - _cdf_cvm_inf({x}) = {library}",
                   {"x": x}, float(total))


def student():
    for df in [1.0, 1.5, 2.0, 3.7, 10.0, 29.9, 30.1, 33.0, 100.5, 9998.3, 10001.7, 2.0e6, 1e9]:
        for t in [1e-9, 0.01, 0.3, 1.0, 1.7, 2.0, 5.0, 14.0, 30.0]:
            a, x = mpmath.mpf(df) / 2, mpmath.mpf(df) / (df + mpmath.mpf(t) ** 2)
            exact = mpmath.betainc(a, 0.5, 0, x, regularized=True)
            library = 2 * stats.t.sf(t, df)
            assert abs(library - exact) <= 1e-9 * exact, (df, t, library, exact)
            yield case(f"mpmath {mpmath.__version__} betainc; {V}, 2 t.sf({t}, {df})",
                       {"t": t, "df": df}, float(exact))


def weighted():
    rng = np.random.default_rng(29)
    for name, x, w, y, v in [
        ("five rows and four", [1, 2, 2, 3, 5], [1, 2, 0.5, 1, 4], [2, 3, 4, 4], [1, 1, 3, 0.25]),
        ("default_rng(29): normal(80), exponential; normal(60) + .4, exponential; 2 decimals",
         rng.normal(size=80).round(2), rng.exponential(size=80) + 0.05,
         (rng.normal(size=60) + 0.4).round(2), rng.exponential(size=60) + 0.05),
        ("one giant weight", [1, 2, 3, 4], [1, 1, 1, 1e6], [2, 2.5, 3.5, 9], [1, 1, 1, 1]),
    ]:
        x, w, y, v = (np.asarray(z, float) for z in (x, w, y, v))
        p, q = w / w.sum(), v / v.sum()
        n, m = w.sum() ** 2 / (w ** 2).sum(), v.sum() ** 2 / (v ** 2).sum()
        a = np.array([p[x <= z].sum() for z in np.concatenate([x, y])])
        b = np.array([q[y <= z].sum() for z in np.concatenate([x, y])])
        means = (p * x).sum(), (q * y).sum()
        spreads = [(u * (z - c) ** 2).sum() * u.sum() / (u.sum() ** 2 - (u ** 2).sum())
                   for z, u, c in ((x, w, means[0]), (y, v, means[1]))]
        auc = sum(p[i] * q[j] * (1.0 if x[i] > y[j] else 0.5 if x[i] == y[j] else 0)
                  for i in range(len(x)) for j in range(len(y)))
        t = (means[0] - means[1]) / np.sqrt(spreads[0] / n + spreads[1] / m)
        parts = spreads[0] / n, spreads[1] / m
        df = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))
        order = np.argsort(x)
        upto = np.cumsum(w[order])
        levels = [0.1, 0.25, 0.5, 0.75, 0.9]
        quantiles = [float(x[order][np.searchsorted(upto, z * w.sum(), side="left")])
                     for z in levels]
        yield case(
            f"{V}, wasserstein_distance and energy_distance with weights; {NP}, sums: {name}",
            {"reference": x.tolist(), "reference_weights": w.tolist(), "candidate": y.tolist(),
             "candidate_weights": v.tolist()},
            {"ks": float(np.abs(a - b).max()),
             "wasserstein": float(stats.wasserstein_distance(x, y, w, v)),
             "energy": float(stats.energy_distance(x, y, w, v)),
             "effective": [float(n), float(m)], "means": [float(z) for z in means],
             "variances": [float(z) for z in spreads], "auc": float(auc),
             "welch_t": float(t), "welch_df": float(df), "welch_p": float(2 * stats.t.sf(abs(t), df)),
             "mean_difference": float((means[1] - means[0]) / np.sqrt(sum(spreads) / 2)),
             "outside": float(q[(y < x.min()) | (y > x.max())].sum()),
             "levels": levels, "quantiles": quantiles})


def quantiles():
    rng = np.random.default_rng(31)
    levels = [0.0, 0.01, 0.1, 0.25, 0.30000000000000004, 0.5, 0.75, 0.9, 0.999, 1.0]
    for name, x in [("one value", [3.0]), ("two values", [1.0, 2.0]),
                    ("ties", [1.0] * 10 + [2.0] * 11 + [7.0]),
                    ("default_rng(31).normal(101)", rng.normal(size=101).tolist()),
                    ("default_rng(31), next: poisson(4, 400)",
                     [float(v) for v in rng.poisson(4, 400)])]:
        yield case(f"{NP}, quantile: {name}", {"values": x, "levels": levels},
                   {"quantiles": np.quantile(x, levels).tolist()})


def shares():
    for p, q in [([0.5, 0.5], [0.25, 0.75]), ([1.0, 0.0], [0.0, 1.0]), ([0.2, 0.8], [0.2, 0.8]),
                 ([0.5, 0.49999, 0.00001, 0.0], [0.4, 0.5, 0.0, 0.1]),
                 ([0.1] * 10, [0.1000001] + [0.1] * 8 + [0.0999999])]:
        yield case(f"{V}, jensenshannon(base=2); {NP}, sums: divergences",
                   {"reference": p, "candidate": q}, divergences(np.array(p), np.array(q)))


REFERENCE = {
    "ks_stat": "ks", "psi": "psi", "js_distance_base2": "js_distance", "hellinger": "hellinger",
    "l_infinity": "linf", "tvd": "total_variation", "wasserstein_1": "wasserstein",
    "energy_distance_scipy": "energy", "anderson_ksamp_stat_midrank": "darling",
    "anderson_ksamp_p_clipped": "darling_p", "cvm_T": "mises", "cvm_p_asymptotic": "mises_p_scipy",
    "mannwhitney_p_asymp_cc": "auc_p", "auc_P(train>other)": "auc", "welch_t": "welch_t",
    "welch_p": "welch_p", "smd_pooled": "mean_difference", "out_of_train_range_rate": "outside",
}


def agree(figures, expected):
    for theirs, ours in REFERENCE.items():
        want, got = figures[theirs], expected[ours]
        assert np.isclose(want, got, rtol=1e-9, atol=1e-15), (theirs, want, got)
    bins = figures["bins"]
    assert bins["inner_edges"] == expected["edges"]
    assert bins["train_counts"] == expected["reference_counts"]
    assert bins["other_counts"] == expected["candidate_counts"]


def trio():
    """The three pairs of trio/{train,eval,serve}.csv, whose columns n… are numbers."""
    folder = pathlib.Path(__file__).parent / "trio"
    tables = {}
    for name in ("train", "eval", "serve"):
        with open(folder / f"{name}.csv", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    columns = [name for name in tables["train"][0] if name.startswith("n")]
    reference = None
    if len(sys.argv) > 1:
        with open(pathlib.Path(sys.argv[1]) / "reference_scipy.json") as file:
            reference = json.load(file)["pairs"]
    for one, two in [("train", "eval"), ("train", "serve"), ("eval", "serve")]:
        for column in columns:
            x, y = ([float(row[column]) for row in tables[name] if row[column] != ""]
                    for name in (one, two))
            expected = two_samples(x, y)
            if reference:
                agree(reference[f"{one}_vs_{two}"][column], expected)
            yield case(f"{V}, {NP}, two_samples: trio/{one}.csv and {two}.csv, {column}",
                       {"pair": [one, two], "column": column}, expected)


def main():
    parts = [edges, mises_tail, student, weighted, quantiles, shares, trio]
    # A case a line: the values of a sample would be as many lines.
    text = ",\n".join(
        json.dumps(part.__name__) + ": [\n" + ",\n".join(
            json.dumps(case, separators=(",", ":"), allow_nan=False) for case in part()) + "\n]"
        for part in parts)
    print("{\n" + text + "\n}")


if __name__ == "__main__":
    main()
