"""Makes ../trials.json: what real trials say, worked out by libraries and from the raw rows.

    python3 trials.py > ../trials.json       # needs numpy, pandas, scipy and statsmodels

ORIGIN.md says where the tables come from. Nothing here is a running summary, so that it can
agree with Holdfast's only by being the same figure.
"""
import itertools
import json
import os
import sys

import numpy as np
import pandas
import scipy
import statsmodels
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats import proportion
from statsmodels.stats.anova import anova_lm

SP = f"scipy {scipy.__version__}"
SM = f"statsmodels {statsmodels.__version__}"
PD = f"pandas {pandas.__version__}"


def table(name):
    return pandas.read_csv(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".csv"))


def case(origin, inputs, expected):
    return {"origin": origin, **inputs, "expected": expected}


def attrition():
    """ACTG 175: who left the treatment, and who was not seen at week 96, by arm."""
    data = table("actg175")
    data["lost"] = 1 - data.r
    for column in ["offtrt", "lost"]:
        excluded, counts = (data.groupby("arms")[column].agg(how).tolist() for how in ["sum", "count"])
        whole = stats.chi2_contingency(np.array([excluded, np.subtract(counts, excluded)]), correction=False)
        pairs = []
        for a, b in itertools.combinations(range(4), 2):
            z, p = proportion.proportions_ztest([excluded[b], excluded[a]], [counts[b], counts[a]])
            low, high = proportion.confint_proportions_2indep(
                excluded[b], counts[b], excluded[a], counts[a], method="newcomb", compare="diff")
            pairs.append({"reference": a, "candidate": b, "z": float(z), "p": float(p),
                          "lower": float(low), "upper": float(high)})
        yield case(f"{SP}, chi2_contingency; {SM}, proportions_ztest, confint_proportions_2indep('newcomb')",
                   {"table": "actg175", "column": column},
                   {"excluded": excluded, "counts": counts, "statistic": float(whole.statistic),
                    "df": int(whole.dof), "p": float(whole.pvalue), "pairs": pairs})


def lee():
    """ACTG 175: CD4 at week 96 against zidovudine alone, with the unseen trimmed away."""
    data = table("actg175")
    for arm in [1, 2, 3]:
        kept, counts = {}, {}
        for name, which in [("one", 0), ("two", arm)]:
            rows = data[data.arms == which]
            kept[name], counts[name] = rows.cd496.dropna(), len(rows)
        q = {name: len(kept[name]) / counts[name] for name in kept}
        assert q["two"] > q["one"]
        share = (q["two"] - q["one"]) / q["two"]
        drop = int(np.floor(len(kept["two"]) * share + 1e-9))
        ordered = np.sort(kept["two"])
        control = kept["one"].mean()
        yield case(f"{PD}, rows sorted and cut",
                   {"table": "actg175", "arm": arm},
                   {"trimmed_share": share, "trimmed_rows": drop,
                    "effect": float(kept["two"].mean() - control),
                    "lower": float(ordered[:len(ordered) - drop].mean() - control),
                    "upper": float(ordered[drop:].mean() - control)})


def clusters():
    """The likeness of rows of one school, village and address, by statsmodels's analysis of variance."""
    for name, column, cluster in [("star", "tmathssk", "schidkn"), ("star", "treadssk", "schidkn"),
                                  ("insurance", "takeup_survey", "village"),
                                  ("insurance", "takeup_survey", "address")]:
        data = table(name)
        anova = anova_lm(ols(f"{column} ~ C({cluster})", data).fit())
        between, within = anova.mean_sq.tolist()
        sizes = data.groupby(cluster).size().to_numpy()
        f = stats.f_oneway(*[rows[column] for _, rows in data.groupby(cluster)]).statistic
        assert np.isclose(f, between / within)
        n0 = (sizes.sum() - (sizes ** 2).sum() / sizes.sum()) / (len(sizes) - 1)
        icc = (between - within) / (between + (n0 - 1) * within)
        cv = sizes.std() / sizes.mean()
        yield case(f"{SM}, anova_lm; {SP}, f_oneway; Eldridge's design effect by mean size and cv",
                   {"table": name, "column": column, "cluster": cluster},
                   {"clusters": len(sizes), "rows": int(sizes.sum()), "typical_size": float(n0), "icc": float(icc),
                    "mean_size": float(sizes.mean()), "variation": float(cv),
                    "design_effect": float(1 + ((1 + cv ** 2) * sizes.mean() - 1) * icc)})


def weights():
    """Open Bandit Data: the even policy's weights on the other's log, and each item's mean weight."""
    for name in ["bandit_random", "bandit_thompson"]:
        data = table(name)
        w = (1 / 80 / data.propensity_score).to_numpy(np.longdouble)
        items = []
        for _, rows in data.groupby("item_id"):
            p = rows.propensity_score.to_numpy(np.longdouble)
            z = float(((1 / p).sum() - len(data)) / np.sqrt(((1 - p) / p ** 2).sum()))
            items.append(float(2 * stats.norm.sf(abs(z))))
        counts = data.groupby("item_id").size()
        fit = stats.chisquare(counts)
        yield case(f"numpy {np.__version__}, long double; {SP}, norm.sf, chisquare", {"table": name},
                   {"ess": float(w.sum() ** 2 / (w ** 2).sum()), "mean": float(w.mean()), "largest": float(w.max()),
                    "largest_share": float(w.max() / w.sum()),
                    "snips": float((w * data.click).sum() / w.sum()), "ips": float((w * data.click).mean()),
                    "clicks": float(data.click.mean()), "item_p": items, "items": counts.tolist(),
                    "statistic": float(fit.statistic), "p": float(fit.pvalue)})


def share_difference(p, q):
    return float((q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)) if p != q else None


def balance():
    """A survey in place of a control group, and the two parts of one arm that attrition makes."""
    lalonde = table("lalonde")
    actg = table("actg175").query("arms == 0")
    for name, data, split, numbers, categories in [
        ("lalonde", lalonde, "treat", ["age", "educ", "re74", "re75"], ["ethn", "married", "u74", "u75"]),
        ("actg175", actg, "r", ["age", "wtkg", "karnof", "cd40", "cd80"], ["gender", "str2"]),
    ]:
        one, two = data[~data[split].astype(bool)], data[data[split].astype(bool)]
        for column in numbers:
            a, b = one[column], two[column]
            d = float((b.mean() - a.mean()) / np.sqrt((a.var() + b.var()) / 2))
            n, m = len(a), len(b)
            se = np.sqrt((n + m) / (n * m) + d ** 2 / (2 * (n + m)))
            yield case(f"{PD}, mean and var; {SP}, norm.sf", {"table": name, "column": column, "kind": "number"},
                       {"effect": abs(d), "signed": d, "se": float(se), "p": float(2 * stats.norm.sf(abs(d / se))),
                        "ratio": float(b.var() / a.var())})
        for column in categories:
            levels = sorted(data[column].unique())
            p, q = (np.array([(part[column] == level).mean() for level in levels]) for part in [one, two])
            matrix = sum(np.diag(r) - np.outer(r, r) for r in [p, q])[1:, 1:] / 2
            d = (q - p)[1:]
            yield case(f"numpy {np.__version__}, linalg.solve", {"table": name, "column": column, "kind": "category"},
                       {"effect": float(np.sqrt(d @ np.linalg.solve(matrix, d))),
                        "levels": {str(level): share_difference(r, s) for level, r, s in zip(levels, p, q)}})


def main():
    parts = [attrition, lee, clusters, weights, balance]
    json.dump({part.__name__: list(part()) for part in parts}, sys.stdout, indent=1, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
