"""Makes reference.json: the effects of Project STAR and of ACTG 175, by libraries and plain formulas.

    python3 reference.py > reference.json

README.md says where the tables come from. Each case names its columns, so that any program can work it out again.
"""
import json
import os
import sys

import numpy as np
import pandas
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats import proportion

HERE = os.path.dirname(os.path.abspath(__file__))
NP, SP, SM = f"numpy {np.__version__}", f"scipy {scipy.__version__}", f"statsmodels {statsmodels.__version__}"
STAR = "HoldfastStatisticsTests/Golden/trials/star.csv"
ACTG = "Analysis/actg175.csv"


def table(path):
    return pandas.read_csv(os.path.join(HERE, "..", path))


def case(origin, path, arms, metric, columns, expected):
    return {"origin": origin, "table": path, **arms, "metric": metric, **columns, "expected": expected}


def two(data, arms):
    return (data[data[arms["arm"]].astype(str) == arms["control"]],
            data[data[arms["arm"]].astype(str) == arms["treatment"]])


def student(value, error, freedom):
    reach = stats.t.isf(0.025, freedom) * error
    return {"value": float(value), "error": float(error), "freedom": float(freedom), "lower": float(value - reach),
            "upper": float(value + reach), "p": float(2 * stats.t.sf(abs(value / error), freedom))}


def welch(one, other):
    """A mean's difference and relative effect; the latter by the delta method, with Welch's degrees of freedom."""
    found = stats.ttest_ind(other, one, equal_var=False)
    interval = found.confidence_interval(0.95)
    a, b, p, q = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other), one.mean(), other.mean()
    ratio = student(q / p - 1, (b / p ** 2 + a * q ** 2 / p ** 4) ** 0.5, found.df)
    return {"control": float(p), "treatment": float(q), "value": float(q - p), "error": float((a + b) ** 0.5),
            "freedom": float(found.df), "lower": float(interval.low), "upper": float(interval.high),
            "p": float(found.pvalue), "relative": ratio["value"], "relativeLower": ratio["lower"],
            "relativeUpper": ratio["upper"], "relativeP": ratio["p"]}


def cluster(data, y, treated, groups):
    fit = sm.OLS(y.to_numpy(float), np.c_[np.ones(len(y)), treated]).fit(
        cov_type="cluster", cov_kwds={"groups": groups.to_numpy()}, use_t=True)
    lower, upper = fit.conf_int()[1]
    return {"value": float(fit.params[1]), "error": float(fit.bse[1]), "freedom": float(groups.nunique() - 1),
            "lower": float(lower), "upper": float(upper), "p": float(fit.pvalues[1])}


def newcombe(one, other):
    (x, n), (y, m) = (int(one.sum()), len(one)), (int(other.sum()), len(other))
    lower, upper = proportion.confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff", alpha=0.05)
    a, b = x / n, y / m

    def end(z):
        (l1, u1), (l2, u2) = (proportion.proportion_confint(c, s, 2 * stats.norm.sf(z), "wilson")
                              for c, s in [(x, n), (y, m)])
        return b - a - np.hypot(b - l2, u1 - a) if b > a else b - a + np.hypot(u2 - b, a - l1)

    return {"control": a, "treatment": b, "value": b - a, "lower": float(lower), "upper": float(upper),
            "p": float(2 * stats.norm.sf(optimize.brentq(end, 1e-9, 30, xtol=1e-14, rtol=1e-14)))}


def quantile(one, other, share):
    groups = [one.to_numpy(float), other.to_numpy(float)]
    values = [float(np.quantile(g, share)) for g in groups]

    def interval(z):
        (l1, u1), (l2, u2) = [[float(np.quantile(g, share + s * z * (share * (1 - share) / len(g)) ** 0.5,
                                                 method="hazen")) for s in (-1, 1)] for g in groups]
        # The quantile itself is within its interval, whichever way it is interpolated.
        l1, u1, l2, u2 = min(l1, values[0]), max(u1, values[0]), min(l2, values[1]), max(u2, values[1])
        return (values[1] - values[0] - np.hypot(values[1] - l2, u1 - values[0]),
                values[1] - values[0] + np.hypot(u2 - values[1], values[0] - l1))

    lower, upper = interval(stats.norm.isf(0.025))
    return {"control": values[0], "treatment": values[1], "value": values[1] - values[0], "lower": float(lower),
            "upper": float(upper)}


def star():
    data = table(STAR)
    for treatment in ["small.class", "regular.with.aide"]:
        arms = {"arm": "classk", "control": "regular", "treatment": treatment}
        one, other = two(data, arms)
        both = pandas.concat([one, other])
        treated = (both.classk == treatment).astype(float).to_numpy()
        for column in ["tmathssk", "treadssk"]:
            yield case(f"{SP}, ttest_ind(equal_var=False)", STAR, arms, "mean", {"column": column},
                       welch(one[column], other[column]))
            yield case(f"{SM}, OLS.fit(cov_type='cluster', use_t=True)", STAR, arms, "mean",
                       {"column": column, "cluster": "schidkn"},
                       cluster(both, both[column], treated, both.schidkn))
        yield case(f"{SM}, confint_proportions_2indep('newcomb')", STAR, arms, "proportion",
                   {"column": "tmathssk", "atLeast": 500}, newcombe(one.tmathssk >= 500, other.tmathssk >= 500))
        for share in [0.5, 0.9]:
            yield case(f"{NP}, quantile", STAR, arms, "quantile", {"column": "tmathssk", "share": share},
                       quantile(one.tmathssk, other.tmathssk, share))
        figures, v = [], []
        for part in (one, other):
            r, c = part.treadssk.sum() / part.tmathssk.sum(), np.cov(part.treadssk, part.tmathssk)
            figures.append(r)
            v.append((c[0, 0] - 2 * r * c[0, 1] + r ** 2 * c[1, 1]) / part.tmathssk.mean() ** 2 / len(part))
        freedom = sum(v) ** 2 / (v[0] ** 2 / (len(one) - 1) + v[1] ** 2 / (len(other) - 1))
        yield case(f"{NP}, the delta method written out", STAR, arms, "ratio",
                   {"column": "treadssk", "denominator": "tmathssk"},
                   student(figures[1] - figures[0], sum(v) ** 0.5, freedom))


def actg():
    data = table(ACTG)
    for treatment in ["1", "2", "3"]:
        arms = {"arm": "arms", "control": "0", "treatment": treatment}
        one, other = two(data, arms)
        both = pandas.concat([one, other])
        yield case(f"{SP}, ttest_ind(equal_var=False)", ACTG, arms, "mean", {"column": "cd420"},
                   welch(one.cd420, other.cd420))
        c = np.cov(both.cd40, both.cd420)
        theta = float(c[0, 1] / c[0, 0])
        adjusted = [part.cd420 - theta * (part.cd40 - both.cd40.mean()) for part in (one, other)]
        expected = welch(*adjusted)
        del expected["control"], expected["treatment"]
        yield case(f"{NP}, cov; {SP}, ttest_ind(equal_var=False) of what is left", ACTG, arms, "mean",
                   {"column": "cd420", "covariate": "cd40"},
                   expected | {"theta": theta, "reduction": float(np.corrcoef(both.cd40, both.cd420)[0, 1] ** 2)})
        yield case(f"{SM}, confint_proportions_2indep('newcomb')", ACTG, arms, "proportion", {"column": "cens"},
                   newcombe(one.cens, other.cens))
        yield case(f"{NP}, quantile", ACTG, arms, "quantile", {"column": "cd420", "share": 0.5},
                   quantile(one.cd420, other.cd420, 0.5))
        # Who kept to the treatment that was dealt: nobody of control had another arm's.
        z = (both.arms.astype(str) == treatment).to_numpy(float)
        d = z * (both.offtrt == 0).to_numpy(float)
        y = both.cd420.to_numpy(float)
        Z, X = np.c_[np.ones(len(z)), z], np.c_[np.ones(len(z)), d]
        inverse = np.linalg.inv(Z.T @ X)
        u = y - X @ (inverse @ (Z.T @ y))
        h = np.where(z == 1, 1 / z.sum(), 1 / (1 - z).sum())
        cover = inverse @ ((Z * (u ** 2 / (1 - h))[:, None]).T @ Z) @ inverse.T
        yield case(f"{NP}, two-stage least squares with HC2 errors", ACTG, arms, "complier",
                   {"column": "cd420", "exposedUnless": "offtrt"},
                   {"value": float((inverse @ (Z.T @ y))[1]), "error": float(cover[1, 1] ** 0.5),
                    "exposed": float(d[z == 1].mean())})


if __name__ == "__main__":
    json.dump({"star": list(star()), "actg": list(actg())}, sys.stdout, indent=1, allow_nan=False)
    print()
