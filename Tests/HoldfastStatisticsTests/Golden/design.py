"""Makes design.json: what statsmodels and SciPy answer about the size of experiments.

    python3 design.py > design.json      # needs numpy, scipy and statsmodels

Sizes of means and of arcsines are statsmodels' own (TTestIndPower, NormalIndPower), solved by its
power function to the last digits, since its own solvers stop earlier; sizes of pooled and unpooled
proportions are the closed formulas (Fleiss, Tytun and Ury 1980, without continuity correction).
Powers of clustered and corrected designs are scipy.stats.nct's at the bound that is given beside.
Dunnett's bounds are integrals by Gauss and Legendre's rule, and for some of them scipy's
multivariate_normal and multivariate_t say the same to the digits that they have.
"""
import json
import math

import numpy as np
import scipy
import statsmodels
from scipy import integrate, optimize, special, stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower

SP = f"scipy {scipy.__version__}"
SM = f"statsmodels {statsmodels.__version__}"


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def solved(power, target, low, high=1e15):
    """The n1 at which statsmodels' power is the target: by Brent's method on ln n1."""
    def gap(x):
        value = power(math.exp(x))
        return -1 if not np.isfinite(value) else value - target
    if not gap(math.log(low)) < 0 < gap(math.log(high)):
        return None
    root = optimize.brentq(gap, math.log(low), math.log(high), xtol=1e-14, rtol=8.9e-16,
                           maxiter=500)
    n = math.exp(root)
    return n if abs(power(n) - target) < 1e-11 else None


def means():
    t, z = TTestIndPower(), NormalIndPower()
    grid = [(d, a, p, r) for d in (0.001, 0.05, 0.2, 0.8, 3)
            for a in (0.0001, 0.01, 0.05, 0.2)
            for p in (0.5, 0.8, 0.95, 0.999)
            for r in (0.01, 0.5, 1, 19, 100)]
    rng = np.random.default_rng(1)
    picked = [grid[i] for i in sorted(rng.choice(len(grid), 120, replace=False))]
    for d, a, p, r in picked:
        for sides in ("two-sided", "larger"):
            def by_t(n):
                return t.power(d, n, a, ratio=r, alternative=sides)

            def by_z(n):
                return z.power(d, n, a, ratio=r, alternative=sides)
            least = 2.06 / (1 + r)  # df of 0.06
            # scipy's nct loses digits with few degrees of freedom and a large noncentrality.
            n_z = solved(by_z, p, 1e-9)
            n_t = n_z and solved(by_t, p, max(least, 0.9 * n_z), 2 * n_z + 60)
            if n_t is None or n_z is None:
                continue
            yield case(f"{SM}, TTestIndPower and NormalIndPower, {sides}",
                       {"effect": d, "alpha": a, "power": p, "ratio": r,
                        "two_sided": sides == "two-sided"}, {"n1_t": n_t, "n1_z": n_z})


def rates():
    z = NormalIndPower()
    for p1, p2, a, p, r, sides in (
            (0.1, 0.11, 0.05, 0.8, 19, 2), (0.001, 0.0012, 0.01, 0.9, 4, 2),
            (0.5, 0.3, 0.05, 0.95, 1, 2), (0.98, 0.99, 0.05, 0.8, 0.2, 2),
            (0.02, 0.01, 0.0001, 0.999, 100, 2), (0.3, 0.33, 0.2, 0.5, 0.01, 2),
            (0.05, 0.06, 0.025, 0.8, 1, 1), (0.9, 0.5, 0.1, 0.9, 3, 1)):
        za, zb = stats.norm.isf(a / sides), stats.norm.isf(1 - p)
        bar = (p1 + r * p2) / (1 + r)
        q = lambda x: x * (1 - x)
        spread = math.sqrt(q(p1) + q(p2) / r)
        pooled = ((za * math.sqrt(q(bar) * (1 + 1 / r)) + zb * spread) / (p2 - p1)) ** 2
        unpooled = ((za + zb) * spread / (p2 - p1)) ** 2
        h = 2 * (math.asin(math.sqrt(p2)) - math.asin(math.sqrt(p1)))
        side = "two-sided" if sides == 2 else "larger"
        arcsine = solved(lambda n: z.power(abs(h), n, a, ratio=r, alternative=side), p, 1e-9)
        yield case(f"{SM}, NormalIndPower of Cohen's h; Fleiss' formulas",
                   {"p1": p1, "p2": p2, "alpha": a, "power": p, "ratio": r,
                    "two_sided": sides == 2},
                   {"pooled": pooled, "unpooled": unpooled, "arcsine": arcsine})


def noncentral():
    for t, df, nc in ((2, 10, 3), (-1, 5, 2), (0, 3, 1), (12.7, 1, 4), (3.2, 2, 5), (1.96, 1e6, 2.8),
                      (30, 4, 35), (60, 50, 58), (-2.1, 25, 0.5), (2.3, 0.5, 1), (250, 2, 40),
                      (5, 1000, 8), (1.7, 3.7, -1.2), (4, 12, -3), (3000, 3, 2100),
                      (1e9, 2, 3e8), (4000, 8, 3900)):
        # By the integral over the normal distribution's place, which nct's own sum is not.
        def inner(s):
            return stats.norm.sf(t * s - nc) * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df)
        step = nc / t if t else 1
        points = sorted({x for x in (0.2, 0.5, 1, 2, step, step * 0.99, step * 1.01) if x > 0})
        parts = [0, *points, np.inf]
        value = sum(integrate.quad(inner, a, b, epsabs=1e-15, epsrel=1e-13, limit=500)[0]
                    for a, b in zip(parts, parts[1:]))
        peer = stats.nct.sf(t, df, nc)
        origin = f"{SP}, integrate.quad over stats.chi; stats.nct.sf says {float(peer)!r}"
        if df > 100:
            # stats.chi's density loses nine digits to its logarithms of gamma functions there.
            origin, value = f"{SP}, stats.nct.sf", peer
        elif nc > 1000:
            origin = f"{SP}, integrate.quad over stats.chi"
        yield case(origin, {"t": t, "df": df, "noncentrality": nc}, {"upper": value})


NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)


def panels(function, ends):
    """The integral by Gauss and Legendre's rule of 80 points in each of many panels."""
    total = 0.0
    for a, b in zip(ends, ends[1:]):
        half = (b - a) / 2
        total += half * np.sum(WEIGHTS * function((a + b) / 2 + half * NODES))
    return total


def within(c, loads, two_sided):
    """P(no statistic beyond c), known variances."""
    def inner(y):
        product = stats.norm.pdf(y)
        for load in loads:
            rest = math.sqrt(1 - load * load)
            below = special.ndtr((-c - load * y) / rest) if two_sided else 0
            product = product * (special.ndtr((c - load * y) / rest) - below)
        return product
    return panels(inner, np.linspace(-9, 9, 37))


def dunnett():
    for sizes, alpha, df, two_sided in (
            ((10, 10, 10), 0.05, 27, True), ((10, 10, 10), 0.05, None, True),
            ((17, 10, 10, 10), 0.05, 43, True), ((5, 95, 95), 0.05, None, True),
            ((50, 30, 20), 0.01, None, True), ((20, 20, 20, 20, 20), 0.05, 95, False),
            ((1, 99, 99, 99), 0.05, None, True), ((100, 10, 20, 30), 0.1, 6, True),
            ((30, 20, 50), 0.025, None, False), ((12,) * 11, 0.05, 121, True)):
        loads = [math.sqrt(n / (n + sizes[0])) for n in sizes[1:]]

        def level(c):
            if df is None:
                return within(c, loads, two_sided)
            def f(s):
                inner = np.array([within(c * x, loads, two_sided) for x in s])
                return inner * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df)
            width = 9 / math.sqrt(2 * df)
            low, high = max(0, 1 - width), 1 + 1.3 * width
            if df < 20:
                low, high = 0, 4
            return panels(f, np.linspace(low, high, 3))
        c = optimize.brentq(lambda x: level(x) - (1 - alpha), 1, 6, xtol=1e-11, rtol=1e-12)
        inputs = {"control": sizes[0], "treatments": sizes[1:], "alpha": alpha,
                  "df": df, "two_sided": two_sided}
        peer = None
        if len(sizes) <= 4:
            k = len(loads)
            corr = np.array([[1 if i == j else loads[i] * loads[j] for j in range(k)]
                             for i in range(k)])
            at = np.full(k, c)
            low = -at if two_sided else None
            if df is None:
                peer = stats.multivariate_normal(cov=corr).cdf(at, lower_limit=low, rng=1)
            else:
                peer = stats.multivariate_t(shape=corr, df=df).cdf(
                    at, lower_limit=low, maxpts=100_000, random_state=1)
            assert abs(peer - (1 - alpha)) < 2e-4, (sizes, peer)
        yield case(f"numpy {np.__version__}, leggauss in panels; {SP}, optimize.brentq"
                   + ("" if peer is None else f"; at it, the multivariate cdf is {peer:.6f}"),
                   inputs, {"critical": c})


def clustered():
    for n0, n1, m, cv, icc, d, alpha in (
            (200, 200, 20, 0, 0.05, 0.4, 0.05), (300, 600, 30, 0.5, 0.02, 0.3, 0.05),
            (1000, 1000, 2, 0, 0.6, 0.1, 0.01), (500, 9500, 5, 0.8, 0.3, 0.25, 0.05)):
        design_effect = 1 + ((1 + cv ** 2) * m - 1) * icc
        df = (n0 + n1) / m - 2
        delta = d / math.sqrt(design_effect * (1 / n0 + 1 / n1))
        c = stats.t.isf(alpha / 2, df)
        power = stats.nct.sf(c, df, delta) + stats.nct.cdf(-c, df, delta)
        yield case(f"{SP}, stats.nct with clusters - 2 degrees of freedom",
                   {"control": n0, "treatment": n1, "size": m, "variation": cv, "icc": icc,
                    "effect": d, "alpha": alpha}, {"power": power})


def several():
    for shares, correction, d, n, alpha in (
            ((0.4, 0.3, 0.3), "bonferroni", 0.2, 1500, 0.05),
            ((0.5, 0.3, 0.2), "holm", 0.3, 900, 0.05),
            ((0.4, 0.2, 0.2, 0.2), "none", 0.25, 800, 0.01)):
        k = len(shares) - 1
        level = alpha / (1 if correction == "none" else k)
        n0, n1 = n * shares[0], n * min(shares[1:])
        power = TTestIndPower().power(d, n0, level, ratio=n1 / n0)
        yield case(f"{SM}, TTestIndPower of the smallest treatment at alpha / k",
                   {"shares": shares, "correction": correction, "effect": d, "units": n,
                    "alpha": alpha}, {"power": power})


def sequences():
    """Units of a confidence sequence over those of one look, by the half-width's formula."""
    for alpha, power in ((0.05, 0.8), (0.05, 0.9), (0.01, 0.8), (0.1, 0.95), (0.2, 0.5)):
        rho2 = -2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)  # planned end 1
        c = math.sqrt(2 * (rho2 + 1) / rho2 * math.log(math.sqrt(rho2 + 1) / alpha))

        def distance(bound):
            return optimize.brentq(
                lambda x: stats.norm.sf(bound - x) + stats.norm.sf(bound + x) - power, 0, 20,
                xtol=1e-14)
        factor = (distance(c) / distance(stats.norm.isf(alpha / 2))) ** 2
        yield case(f"{SP}, stats.norm and optimize.brentq", {"alpha": alpha, "power": power},
                   {"critical": c, "factor": factor})


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


if __name__ == "__main__":
    parts = {"means": means, "rates": rates, "noncentral": noncentral, "dunnett": dunnett,
             "clustered": clustered, "several": several, "sequences": sequences}
    print(json.dumps({name: [plain(c) for c in part()] for name, part in parts.items()}, indent=1))
