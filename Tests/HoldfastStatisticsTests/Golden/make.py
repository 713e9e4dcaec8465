"""Makes statistics.json: what SciPy and NumPy answer, each case with its origin.

    python3 make.py > statistics.json        # needs scipy 1.17.1, numpy; mpmath for tails

The cases are chosen, not drawn, or drawn with the seed that stands in their origin.
"""
import json
import sys

import numpy as np
import scipy
from scipy import stats
from scipy.special import kolmogorov

V = f"scipy {scipy.__version__}"
NP = f"numpy {np.__version__}"


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def ks():
    rng = np.random.default_rng(7)
    samples = [
        ("one value each, alike", [1.0], [1.0]),
        ("one value each, apart", [1.0], [2.0]),
        ("two values", [1.0, 2.0], [1.5, 3.0]),
        ("five values, ties within and between", [1, 1, 2, 3, 3], [1, 2, 2, 3, 4]),
        ("constants, alike", [4.0] * 5, [4.0] * 9),
        ("constants, apart", [4.0] * 5, [5.0] * 9),
        ("disjoint supports", [1, 2, 3, 4], [11, 12, 13]),
        ("overlap", [1, 2, 3, 4], [3, 4, 5, 6]),
        ("negative zero and zero", [-0.0, 0.0], [0.0, 1.0]),
        ("widest range", [-1.7e308, 5e-324], [5e-324, 1.7e308]),
        ("default_rng(7): normal(100), normal(60, shift 0.3), 2 decimals",
         rng.normal(size=100).round(2).tolist(), (rng.normal(size=60) + 0.3).round(2).tolist()),
        ("default_rng(7), next: poisson(3)", rng.poisson(3, 80).tolist(), rng.poisson(3, 50).tolist()),
    ]
    for name, x, y in samples:
        d = float(stats.ks_2samp(x, y, method="asymp").statistic)
        en = len(x) * len(y) / (len(x) + len(y))
        yield case(
            f"{V}, ks_2samp(x, y).statistic, special.kolmogorov(sqrt(nm/(n+m)) D): {name}",
            {"reference": [float(v) for v in x], "candidate": [float(v) for v in y]},
            {"effect": d, "p": float(kolmogorov(np.sqrt(en) * d))})


def kolmogorov_tail():
    for x in [0.05, 0.2, 0.4, 0.5, 0.8275, 0.999999, 1.0, 1.3580986, 1.63, 2.5, 4.0, 8.0]:
        yield case(f"{V}, special.kolmogorov({x})", {"x": x}, float(kolmogorov(x)))


def chi_square():
    for df in [1, 2, 3, 5, 10, 29, 30, 31, 99, 1000, 20000]:
        for x in sorted({1e-6, 0.1, 1.0, df * 0.5, df * 0.9, float(df), df + 1.0, df * 1.1, df * 2.0,
                         df + 30.0}):
            upper, lower = float(stats.chi2.sf(x, df)), float(stats.chi2.cdf(x, df))
            yield case(f"{V}, chi2.sf and chi2.cdf({x}, {df})", {"x": x, "df": df},
                       {"upper": upper, "lower": lower})


def noncentral():
    import mpmath
    mpmath.mp.dps = 40
    for df, nc, x in [
        (1, 0.5, 0.3), (1, 3, 4), (2, 1, 2), (4, 3, 10), (4, 3, 0.1), (9, 20, 12), (79, 24, 80),
        (79, 24, 60), (79, 120, 80), (999, 90, 999), (999, 90, 1100), (999, 2000, 999), (3, 1e-9, 2),
        (2, 900, 700), (2, 900, 1100), (99, 50000, 49000), (5, 0, 4.5),
    ]:
        # The Poisson mixture to 40 digits: the definition, for what a library rounds.
        half, total, j = mpmath.mpf(nc) / 2, mpmath.mpf(0), 0
        low = max(0, int(nc / 2 - 40 * (nc / 2 + 20) ** 0.5))
        high = int(nc / 2 + 40 * (nc / 2 + 20) ** 0.5) + 60
        # P(a, x) once, then its recurrence, which adds when read downwards.
        a = mpmath.mpf(df) / 2 + high
        p = mpmath.gammainc(a, 0, mpmath.mpf(x) / 2, regularized=True)
        for j in range(high, low - 1, -1):
            weight = mpmath.exp(-half + (j * mpmath.log(half) if j else 0) - mpmath.loggamma(j + 1)) \
                if nc else mpmath.mpf(1 if j == 0 else 0)
            total += weight * p
            a -= 1
            p += mpmath.exp(a * mpmath.log(mpmath.mpf(x) / 2) - mpmath.mpf(x) / 2
                            - mpmath.loggamma(a + 1)) if j > low else 0
        exact = float(total)
        library = float(stats.ncx2.cdf(x, df, nc))
        assert abs(library - exact) <= 1e-8 * exact, (df, nc, x, library, exact)
        yield case(f"mpmath {mpmath.__version__}, 40 digits; {V}, ncx2.cdf({x}, {df}, {nc}) = {library}",
                   {"x": x, "df": df, "noncentrality": float(nc)}, exact)


def noncentrality_limit():
    from scipy.optimize import brentq
    for df, x, tail in [(2, 3.0, 0.025), (79, 80.0, 0.02), (999, 999.0, 0.01), (4, 250.0, 0.025)]:
        limit = brentq(lambda l: stats.ncx2.cdf(x, df, l) - tail, 1e-9, 10 * x + 100, xtol=1e-12)
        yield case(f"{V}, brentq on ncx2.cdf({x}, {df}, l) = {tail}",
                   {"x": x, "df": df, "tail": tail}, float(limit))


def homogeneity():
    tables = [
        ([90, 10], [80, 20]), ([1, 0], [0, 1]), ([5, 5], [5, 5]), ([1, 1], [1, 1]),
        ([100, 50, 25, 0], [90, 60, 20, 3]), ([1000, 1], [2000, 1]), ([0, 7], [7, 0]),
        ([17, 5, 3, 12, 40], [1000, 420, 280, 900, 3100]), ([3, 3, 4], [0, 0, 5]),
    ]
    for x, y in tables:
        r = stats.chi2_contingency(np.array([x, y]), correction=False)
        n, m = sum(x), sum(y)
        tv = 0.5 * float(np.abs(np.array(x) / n - np.array(y) / m).sum())
        chance = 0.0
        for t in np.array(x) + np.array(y):
            k = np.arange(0, t + 1)
            w = stats.hypergeom.pmf(k, n + m, t, n)
            chance += 0.5 * float((np.abs(k / n - (t - k) / m) * w).sum())
        yield case(
            f"{V}, chi2_contingency(correction=False); {NP}, 0.5 sum |p - q|; hypergeom.pmf summed",
            {"reference": x, "candidate": y},
            {"statistic": float(r.statistic), "df": int(r.dof), "p": float(r.pvalue),
             "total_variation": tv, "chance": chance})


def wilson():
    for s, n in [(0, 1), (1, 1), (0, 2), (1, 2), (2, 5), (0, 10), (10, 10), (3, 50), (56, 70),
                 (48, 80), (500, 10000), (1, 1000000)]:
        ci = stats.binomtest(s, n).proportion_ci(method="wilson")
        yield case(f"{V}, binomtest({s}, {n}).proportion_ci(method='wilson')",
                   {"successes": s, "count": n}, {"lower": float(ci.low), "upper": float(ci.high)})


def normal():
    for t in [0.5, 0.25, 0.05, 0.025, 0.005, 1e-4, 1e-9, 1e-30, 0.9]:
        yield case(f"{V}, norm.isf({t})", {"tail": t}, float(stats.norm.isf(t)))


def summary():
    rng = np.random.default_rng(11)
    for name, x in [("one value", [3.0]), ("two values", [1.0, 2.0]), ("constant", [0.1] * 5),
                    ("large offset", [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]),
                    ("default_rng(11).lognormal(0, 2, 200)", rng.lognormal(0, 2, 200).tolist())]:
        yield case(f"{NP}, mean and var(ddof=1), long double: {name}", {"values": x},
                   {"mean": float(np.mean(np.array(x, np.longdouble))),
                    "variance": None if len(x) < 2 else float(np.var(np.array(x, np.longdouble), ddof=1)),
                    "minimum": min(x), "maximum": max(x)})


def sample_ratio():
    for observed, shares in [
        ([5080, 4920], [500000, 500000]), ([5000, 5000], [500000, 500000]),
        ([100, 0], [500000, 500000]), ([1, 0], [500000, 500000]),
        ([20, 30, 950], [20000, 30000, 950000]), ([12, 999988], [1, 999999]),
        ([501000, 499000], [500000, 500000]), ([700000, 300000], [500000, 500000]),
    ]:
        e = sum(observed) * (np.array(shares) / sum(shares))
        r = stats.chisquare(observed, e)
        yield case(f"{V}, chisquare(observed, expected by share)",
                   {"observed": observed, "shares": shares},
                   {"statistic": float(r.statistic), "df": len(shares) - 1, "p": float(r.pvalue)})


def main():
    parts = [ks, kolmogorov_tail, chi_square, noncentral, noncentrality_limit, homogeneity, wilson,
             normal, summary, sample_ratio]
    json.dump({part.__name__: list(part()) for part in parts}, sys.stdout, indent=1, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
