"""Makes effects.json: what libraries and plain matrices say of effects, each case with its origin.

    python3 effects.py > effects.json     # needs numpy, scipy and statsmodels

Errors of clusters and weights are those of a regression on a constant and the arm. Degrees of freedom and
what an interval makes up for are worked out from the whole covariance matrices, intervals of quantiles from numpy's, complier effects by two-stage least squares.
"""
import json

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats import proportion

NP, SP, SM = f"numpy {np.__version__}", f"scipy {scipy.__version__}", f"statsmodels {statsmodels.__version__}"


def lists(**columns):
    return {name: None if column is None else np.asarray(column).tolist() for name, column in columns.items()}


def arms(n, m, rng, spread=2.0):
    treat = np.r_[np.zeros(n, int), np.ones(m, int)]
    return treat, (rng.gamma(2, spread, n + m) + 0.5 * treat).round(3)


def design(treat):
    return np.c_[np.ones(len(treat)), treat]


def welch():
    for seed, n, m in [(1, 7, 12), (2, 90, 11), (3, 400, 400)]:
        rng = np.random.default_rng(seed)
        treat, y = arms(n, m, rng)
        one, two = y[treat == 0], y[treat == 1]
        found = stats.ttest_ind(two, one, equal_var=False)
        interval = found.confidence_interval(0.95)
        a, b, p, q = one.var(ddof=1) / n, two.var(ddof=1) / m, one.mean(), two.mean()
        yield {"origin": f"{SP}, ttest_ind(equal_var=False); default_rng({seed})", **lists(treat=treat, y=y), "expected": {
            "value": q - p, "error": (a + b) ** 0.5, "freedom": float(found.df), "p": float(found.pvalue),
            "lower": interval.low, "upper": interval.high,
            "relative": q / p - 1, "relativeError": (b / p ** 2 + a * q ** 2 / p ** 4) ** 0.5}}


def freedom_of(shares, places, correlation):
    """(tr M)²/tr M² of the covariance M of the clusters' residual sums, rows of one cluster correlating alike."""
    omega = np.where(places[:, None] == places[None, :], correlation, 0.0)
    np.fill_diagonal(omega, 1.0)
    residuals = np.eye(len(shares)) - np.outer(np.ones(len(shares)), shares)
    sums = (places[None, :] == np.unique(places)[:, None]) * shares
    m = sums @ residuals @ omega @ residuals.T @ sums.T
    # And the true variance of the mean over that of the sum of squares.
    return np.trace(m) ** 2 / np.trace(m @ m), shares @ omega @ shares / np.trace(m)


def correlation_of(y, treat, weights, places):
    """One-way analysis of variance over the clusters of both arms, of what lies about each arm's mean."""
    rest, owners = [], []
    for arm in (0, 1):
        own = treat == arm
        rest.append(y[own] - np.average(y[own], weights=weights[own]))
        # A cluster in both arms is two here, one for each arm.
        owners.append(places[own] * 2 + arm)
    # On the footing of a row's weight, as the linear parts are.
    rest, owners = np.concatenate(rest), np.concatenate(owners)
    keys = np.unique(owners)
    sizes = np.array([(owners == k).sum() for k in keys])
    means = np.array([rest[owners == k].mean() for k in keys])
    within = sum(((rest[owners == k] - rest[owners == k].mean()) ** 2).sum() for k in keys)
    n, k = len(rest), len(keys)
    between = (sizes * (means - rest.mean()) ** 2).sum() / (k - 1)
    within /= max(1, n - k)
    typical = (n - (sizes ** 2).sum() / n) / (k - 1)
    return min(1.0, max(0.0, (between - within) / (between + (typical - 1) * within)))


def clusters():
    for seed, number, shared, weighted in [(11, 12, False, False), (12, 30, False, True), (13, 20, True, False),
                                           (14, 25, True, True)]:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 14, number)
        places = np.repeat(np.arange(number), sizes)
        n = len(places)
        treat = rng.integers(0, 2, n) if shared else (places % 3 == 0).astype(int)
        y = (rng.normal(0, 1, number)[places] + rng.normal(3, 2, n) + 0.4 * treat).round(3)
        weights = rng.choice([1.0, 1.5, 4.0], n) if weighted else np.ones(n)
        fit = sm.WLS(y, design(treat), weights=weights).fit(
            cov_type="cluster", cov_kwds={"groups": places}, use_t=True)
        expected = {"value": float(fit.params[1]), "error": float(fit.bse[1])}
        if shared:
            lower, upper = fit.conf_int()[1]
            expected |= {"freedom": float(number - 1), "p": float(fit.pvalues[1]), "lower": lower, "upper": upper}
        else:
            rho = correlation_of(y, treat, weights, places)
            total, below = 0.0, 0.0
            for arm in (0, 1):
                own = treat == arm
                h = weights[own] / weights[own].sum()
                part = h * (y[own] - h @ y[own])
                freedom, factor = freedom_of(h, places[own], rho)
                v = factor * sum(part[places[own] == k].sum() ** 2 for k in np.unique(places[own]))
                total += v
                below += v ** 2 / freedom
            df = total ** 2 / below
            t = stats.t.isf(0.025, df) * total ** 0.5
            expected |= {"freedom": df, "p": 2 * stats.t.sf(abs(expected["value"] / total ** 0.5), df),
                         "lower": expected["value"] - t, "upper": expected["value"] + t}
        for arm, name in [(0, "control"), (1, "treatment")]:
            own = treat == arm
            alone = sm.WLS(y[own], np.ones(own.sum()), weights=weights[own]).fit(
                cov_type="cluster", cov_kwds={"groups": places[own]})
            expected |= {name: float(alone.params[0]), name + "Error": float(alone.bse[0])}
            h, part = weights[own] / weights[own].sum(), 0.0
            rho = correlation_of(y, treat, weights, places)
            freedom, factor = freedom_of(h, places[own], rho)
            for k in np.unique(places[own]):
                part += (h * (y[own] - h @ y[own]))[places[own] == k].sum() ** 2
            expected[name + "Upper"] = float(alone.params[0]) + stats.t.isf(0.025, freedom) * (factor * part) ** 0.5
        yield {"origin": f"{SM}, WLS(…).fit(cov_type='cluster'); {NP} for degrees of freedom; default_rng({seed})",
               **lists(treat=treat, y=y, clusters=places, weights=weights if weighted else None), "expected": expected}


def weighted():
    for seed, n, m in [(21, 40, 25), (22, 9, 200)]:
        rng = np.random.default_rng(seed)
        treat, y = arms(n, m, rng)
        w = rng.choice([1.0, 2.0, 7.5], n + m)
        fit = sm.WLS(y, design(treat), weights=w).fit(cov_type="HC2")
        total, below = 0.0, 0.0
        for arm in (0, 1):
            own = treat == arm
            h = w[own] / w[own].sum()
            v = (h ** 2 * (y[own] - h @ y[own]) ** 2 / (1 - h)).sum()
            total += v
            below += v ** 2 / freedom_of(h, np.arange(own.sum()), 1.0)[0]
        yield {"origin": f"{SM}, WLS(…).fit(cov_type='HC2'); {NP} for degrees of freedom; default_rng({seed})",
               **lists(treat=treat, y=y, weights=w), "expected": {
                   "value": float(fit.params[1]), "error": float(fit.bse[1]), "freedom": total ** 2 / below}}


def ratios():
    for seed, clustered in [(31, False), (32, True)]:
        rng = np.random.default_rng(seed)
        n = 160
        places = rng.integers(0, 24, n) if clustered else np.arange(n)
        treat = places % 2
        d = rng.integers(1, 9, n).astype(float)
        y = (d * rng.gamma(3, 0.4, n) + rng.normal(0, 1, 24 if clustered else n)[places] * 0.5).round(3)
        figures, parts = [], []
        for arm in (0, 1):
            own = treat == arm
            figures.append(y[own].sum() / d[own].sum())
            parts.append((y[own] - figures[-1] * d[own]) / d[own].sum())
        if clustered:
            k = len(np.unique(places))
            factor = k / (k - 1) * (n - 1) / (n - 2)
            v = [factor * sum(parts[arm][places[treat == arm] == g].sum() ** 2
                              for g in np.unique(places[treat == arm])) for arm in (0, 1)]
        else:
            v = []
            for arm in (0, 1):
                a, b = y[treat == arm], d[treat == arm]
                c = np.cov(a, b)
                r = a.mean() / b.mean()
                v.append((c[0, 0] / b.mean() ** 2 - 2 * r * c[0, 1] / b.mean() ** 2
                          + r ** 2 * c[1, 1] / b.mean() ** 2) / len(a))
        p, q = figures
        yield {"origin": f"{NP}, the delta method written out; default_rng({seed})",
               **lists(treat=treat, y=y, denominators=d, clusters=places if clustered else None), "expected": {
                   "control": p, "treatment": q, "value": q - p, "error": sum(v) ** 0.5, "relative": q / p - 1,
                   "relativeError": (v[1] / p ** 2 + v[0] * q ** 2 / p ** 4) ** 0.5}}


def shares():
    for x, n, y, m in [(3, 40, 9, 45), (0, 30, 4, 25), (0, 20, 0, 25), (12, 12, 9, 10), (130, 1000, 100, 1010),
                       (1, 2, 1, 1), (800, 1000, 300, 1000)]:
        lower, upper = proportion.confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff", alpha=0.05)

        def end(z):
            a, b = x / n, y / m
            (l1, u1), (l2, u2) = (proportion.proportion_confint(c, s, 2 * stats.norm.sf(z), "wilson")
                                  for c, s in [(x, n), (y, m)])
            if b > a:
                return b - a - np.hypot(b - l2, u1 - a)
            return b - a + np.hypot(u2 - b, a - l1)

        if x / n == y / m:
            p = 1.0
        else:
            # Statsmodels takes a level: z stays where that has all digits.
            p = 2 * stats.norm.sf(optimize.brentq(end, 1e-9, 30, xtol=1e-14, rtol=1e-14))
        yield {"origin": f"{SM}, confint_proportions_2indep('newcomb'), and {SP} brentq for p",
               "counts": [x, n, y, m], "expected": {"value": y / m - x / n, "lower": float(lower),
                                                    "upper": float(upper), "p": float(p)}}


def covariates():
    for seed, missing in [(41, 0), (42, 15)]:
        rng = np.random.default_rng(seed)
        treat, y = arms(60, 45, rng)
        x = (0.8 * y + rng.normal(0, 1.5, len(y))).round(3)
        x[rng.permutation(len(y))[:missing]] = np.nan
        known = ~np.isnan(x)
        c = np.cov(x[known], y[known])
        theta = c[0, 1] / c[0, 0]
        filled = np.where(known, x, x[known].mean())
        z = y - theta * (filled - filled.mean())
        found = stats.ttest_ind(z[treat == 1], z[treat == 0], equal_var=False)
        interval = found.confidence_interval(0.95)
        yield {"origin": f"{SP}, ttest_ind of y − θx, θ by {NP} cov; default_rng({seed})",
               **lists(treat=treat, y=y, x=[None if np.isnan(v) else v for v in x]), "expected": {
                   "theta": theta, "value": float(z[treat == 1].mean() - z[treat == 0].mean()),
                   "freedom": float(found.df), "p": float(found.pvalue), "lower": interval.low,
                   "upper": interval.high, "missing": missing,
                   "reduction": float(1 - ((y - y.mean() - theta * (filled - filled.mean())) ** 2).sum()
                                      / ((y - y.mean()) ** 2).sum())}}


def clusteredcovariates():
    """θ of the clusters' sums: residual sums about both arms' means."""
    rng = np.random.default_rng(43)
    number = 26
    places = np.repeat(np.arange(number), rng.integers(2, 9, number))
    n = len(places)
    treat = places % 2
    level = rng.normal(0, 1, number)
    x = (level[places] + rng.normal(0, 1, n)).round(3)
    y = (level[places] + rng.normal(2, 1, n) + 0.3 * treat).round(3)
    sums = lambda v: np.array([(v - v.mean())[places == k].sum() for k in range(number)])
    theta = (sums(x) @ sums(y)) / (sums(x) @ sums(x))
    fit = sm.OLS(y - theta * (x - x.mean()), design(treat)).fit(cov_type="cluster", cov_kwds={"groups": places})
    yield {"origin": f"{SM}, OLS of y − θx with cluster errors; default_rng(43)",
           **lists(treat=treat, y=y, x=x, clusters=places),
           "expected": {"theta": float(theta), "value": float(fit.params[1]), "error": float(fit.bse[1])}}


def ratiocovariates():
    """θ of a ratio's linear parts about both arms' ratio, on what was known before."""
    rng = np.random.default_rng(44)
    n = 140
    treat = np.arange(n) % 2
    d = rng.integers(1, 7, n).astype(float)
    x = rng.gamma(2, 1, n).round(3)
    y = (d * (1 + 0.5 * x) + rng.normal(0, 1, n)).round(3)
    linear = (y - y.sum() / d.sum() * d) / d.mean()
    c = np.cov(x, linear)
    theta = c[0, 1] / c[0, 0]
    value, v = 0.0, 0.0
    for arm, sign in [(0, -1), (1, 1)]:
        own = treat == arm
        r = y[own].sum() / d[own].sum()
        value += sign * (r - theta * (x[own].mean() - x.mean()))
        rest = (y[own] - r * d[own]) / d[own].mean() - theta * (x[own] - x[own].mean())
        v += rest.var(ddof=1) / own.sum()
    yield {"origin": f"{NP}, the delta method written out; default_rng(44)",
           **lists(treat=treat, y=y, denominators=d, x=x), "expected": {
               "theta": float(theta), "reduction": float(np.corrcoef(x, linear)[0, 1] ** 2),
               "value": float(value), "error": float(v ** 0.5)}}


def quantiles():
    for seed, p, n, m in [(51, 0.5, 80, 65), (52, 0.9, 300, 240), (53, 0.25, 60, 61)]:
        rng = np.random.default_rng(seed)
        treat, y = arms(n, m, rng)
        groups = [y[treat == 0], y[treat == 1]]
        values = [float(np.quantile(g, p)) for g in groups]

        def ends(z):
            return [[float(np.quantile(g, p + s * z * (p * (1 - p) / len(g)) ** 0.5, method="hazen")) for s in (-1, 1)]
                    for g in groups]

        def interval(z):
            (l1, u1), (l2, u2) = ends(z)
            d = values[1] - values[0]
            return (d - np.hypot(values[1] - l2, u1 - values[0]), d + np.hypot(u2 - values[1], values[0] - l1))

        z = stats.norm.isf(0.025)
        side = 0 if values[1] > values[0] else 1
        limit = optimize.brentq(lambda c: interval(c)[side], 1e-9, 4.0, xtol=1e-14, rtol=1e-14)
        errors = [(u - l) / (2 * z) for l, u in ends(z)]
        yield {"origin": f"{NP}, quantile(method='hazen') and {SP} brentq; default_rng({seed})", "share": p,
               **lists(treat=treat, y=y), "expected": {
                   "control": values[0], "treatment": values[1], "lower": interval(z)[0], "upper": interval(z)[1],
                   "error": float(np.hypot(*errors)), "p": float(2 * stats.norm.sf(limit))}}


def weightedquantiles():
    rng = np.random.default_rng(54)
    treat, y = arms(70, 55, rng)
    w = rng.choice([1.0, 3.0, 0.5], len(y))
    yield {"origin": f"{NP}, quantile(weights=…, method='inverted_cdf'); default_rng(54)", "share": 0.6,
           **lists(treat=treat, y=y, weights=w), "expected": {
               name: float(np.quantile(y[treat == arm], 0.6, weights=w[treat == arm], method="inverted_cdf"))
               for arm, name in [(0, "control"), (1, "treatment")]}}


def compliers():
    for seed, clustered in [(61, False), (62, True)]:
        rng = np.random.default_rng(seed)
        n = 240
        places = rng.integers(0, 40, n) if clustered else np.arange(n)
        z = places % 2
        kind = rng.random(n)
        d = np.where(kind < 0.15, 1, np.where(kind < 0.7, z, 0))
        y = (rng.normal(1, 1, n) + 2 * (kind < 0.15) + 0.7 * d
             + (rng.normal(0, 0.5, 40)[places] if clustered else 0)).round(3)
        Z, X = design(z), design(d)
        beta = np.linalg.solve(Z.T @ X, Z.T @ y)
        u = y - X @ beta
        inverse = np.linalg.inv(Z.T @ X)

        def robust(inverse, u, Z):
            if clustered:
                scores = np.array([(Z * u[:, None])[places == k].sum(0) for k in np.unique(places)])
                k = len(scores)
                meat = scores.T @ scores * k / (k - 1) * (n - 1) / (n - 2)
            else:
                # HC2: each arm's own n − 1.
                h = np.where(z == 1, 1 / (z == 1).sum(), 1 / (z == 0).sum())
                meat = (Z * (u ** 2 / (1 - h))[:, None]).T @ Z
            return inverse @ meat @ inverse.T

        first = np.linalg.solve(Z.T @ Z, Z.T @ d)
        v = robust(np.linalg.inv(Z.T @ Z), d - Z @ first, Z)
        yield {"origin": f"{NP}, two-stage least squares written out; default_rng({seed})",
               **lists(treat=z, y=y, exposed=d, clusters=places if clustered else None), "expected": {
                   "value": float(beta[1]), "error": float(robust(inverse, u, Z)[1, 1] ** 0.5),
                   "f": float(first[1] ** 2 / v[1, 1]), "control": float(d[z == 0].mean()),
                   "treatment": float(d[z == 1].mean())}}


def trends():
    rng = np.random.default_rng(71)
    rows = {"week": [], "treat": [], "y": []}
    effects, errors, weeks = [], [], [0, 1, 2, 4]
    for week in weeks:
        treat, y = arms(30 + 5 * week, 40, rng)
        y = (y + treat * (1 - 0.3 * week)).round(3)
        one, two = y[treat == 0], y[treat == 1]
        effects.append(two.mean() - one.mean())
        errors.append((one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)) ** 0.5)
        rows["week"] += [week] * len(y)
        rows["treat"] += treat.tolist()
        rows["y"] += y.tolist()
    fit = sm.WLS(effects, sm.add_constant(weeks), weights=1 / np.square(errors)).fit(cov_type="fixed scale")
    lower, upper = fit.conf_int()[1]
    yield {"origin": f"{SM}, WLS(…).fit(cov_type='fixed scale'); default_rng(71)", **rows, "clusters": None,
           "expected": {"value": float(fit.params[1]), "error": float(fit.bse[1]), "lower": lower, "upper": upper,
                        "p": float(fit.pvalues[1])}}
    # Units that come every week: the slope is a linear figure of all rows, its error by cluster.
    rng = np.random.default_rng(72)
    units, week = np.tile(np.arange(50), 3), np.repeat(np.arange(3), 50)
    treat = units % 2
    y = (rng.normal(0, 2, 50)[units] + rng.normal(0, 1, 150) + treat * (1 - 0.4 * week)).round(3)
    effects, errors, influence = [], [], np.zeros((3, 50))
    k = 50
    for w in range(3):
        d, v = 0.0, 0.0
        for arm, sign in [(0, -1), (1, 1)]:
            own = (week == w) & (treat == arm)
            d += sign * y[own].mean()
            influence[w, units[own]] = sign * (y[own] - y[own].mean()) / own.sum()
        effects.append(d)
        errors.append((k / (k - 1) * (k - 1) / (k - 2) * (influence[w] ** 2).sum()) ** 0.5)
    omega = 1 / np.square(errors)
    centre = (omega * np.arange(3)).sum() / omega.sum()
    factor = omega * (np.arange(3) - centre) / (omega * (np.arange(3) - centre) ** 2).sum()
    value, error = factor @ effects, ((factor @ influence) ** 2).sum() ** 0.5 * (k / (k - 1)) ** 0.5
    t = stats.t.isf(0.025, k - 1) * error
    yield {"origin": f"{NP}, cluster sums written out; default_rng(72)",
           **lists(week=week, treat=treat, y=y, clusters=units),
           "expected": {"value": float(value), "error": float(error), "lower": value - t, "upper": value + t,
                        "p": float(2 * stats.t.sf(abs(value / error), k - 1))}}


PARTS = [welch, clusters, weighted, ratios, shares, covariates, clusteredcovariates, ratiocovariates,
         quantiles, weightedquantiles, compliers, trends]
print(json.dumps({part.__name__: list(part()) for part in PARTS}, separators=(",", ":"),
                 default=lambda value: value.item()))
