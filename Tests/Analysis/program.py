"""Figures of two trials, which `holdfast analyze --table` must give too.

    python3 Tests/Analysis/program.py > Tests/Analysis/program.json

Project STAR and ACTG 175 (README.md here says where the files are from). Needs numpy, pandas, scipy and
statsmodels.

Nothing here was written with a look at Holdfast's own code: errors are statsmodels' (HC2 of a
regression on the arm is Welch's, CR1 its cluster covariance), CUPED is a regression by hand.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats

HERE = pathlib.Path(__file__).parent


def welch(control, treatment):
    """Difference, standard error, degrees of freedom, interval, p-value."""
    test = stats.ttest_ind(treatment, control, equal_var=False)
    interval = test.confidence_interval(0.95)
    error = np.sqrt(control.var(ddof=1) / len(control) + treatment.var(ddof=1) / len(treatment))
    return {"difference": treatment.mean() - control.mean(), "standard_error": error,
            "degrees_of_freedom": test.df, "lower": interval.low, "upper": interval.high,
            "p": test.pvalue, "control": control.mean(), "treatment": treatment.mean(),
            "control_rows": len(control), "treatment_rows": len(treatment)}


def clustered(frame, outcome, arm, cluster):
    """A regression on the arm with CR1 errors."""
    fit = sm.OLS(frame[outcome].to_numpy(float), sm.add_constant(frame[arm].to_numpy(float))).fit(
        cov_type="cluster", cov_kwds={"groups": frame[cluster].to_numpy()})
    return {"difference": fit.params[1], "standard_error": fit.bse[1]}


def cuped(control, treatment, before_control, before_treatment):
    """Welch of metric - theta (covariate - its mean), theta over both arms together."""
    x = np.concatenate([before_control, before_treatment])
    y = np.concatenate([control, treatment])
    theta = np.cov(x, y, ddof=1)[0, 1] / x.var(ddof=1)
    centre = x.mean()
    found = welch(control - theta * (before_control - centre),
                  treatment - theta * (before_treatment - centre))
    return {"theta": theta, "variance_reduction": np.corrcoef(x, y)[0, 1] ** 2, **found}


def holm(values):
    from statsmodels.stats.multitest import multipletests
    return [float(value) for value in multipletests(values, method="holm")[1]]


def hochberg(values):
    from statsmodels.stats.multitest import multipletests
    return [float(value) for value in multipletests(values, method="fdr_bh")[1]]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    star = pd.read_csv(HERE.parent / "HoldfastStatisticsTests/Golden/trials/star.csv")
    actg = pd.read_csv(HERE / "actg175.csv")

    result = {"origin": f"numpy {np.__version__}, pandas {pd.__version__}, scipy "
                        f"{scipy.__version__}, statsmodels {statsmodels.__version__}"}

    # Project STAR: two metrics, two arms against regular classes.
    cells = {}
    for metric in ("tmathssk", "treadssk"):
        for arm in ("regular.with.aide", "small.class"):
            part = star[star["classk"].isin(["regular", arm])].copy()
            part["arm"] = (part["classk"] == arm).astype(float)
            one = part[part["arm"] == 0][metric].to_numpy(float)
            two = part[part["arm"] == 1][metric].to_numpy(float)
            cells[f"{metric}/{arm}"] = {
                "welch": welch(one, two),
                "cr1": clustered(part, metric, "arm", "schidkn"),
            }
    order = [cells[f"{metric}/{arm}"]["welch"]["p"] for metric in ("tmathssk", "treadssk")
             for arm in ("regular.with.aide", "small.class")]
    result["star"] = {"cells": cells, "holm": holm(order), "benjamini_hochberg": hochberg(order)}

    # ACTG 175: zidovudine alone (arm 0) against the others.
    cells = {}
    one = actg[actg["arms"] == 0]
    for arm in (1, 2, 3):
        two = actg[actg["arms"] == arm]
        cells[str(arm)] = {
            "cd420": welch(one["cd420"].to_numpy(float), two["cd420"].to_numpy(float)),
            "cd420_cuped": cuped(*(frame[name].to_numpy(float) for name in ("cd420", "cd40")
                                   for frame in (one, two))),
            "cens": {"control": one["cens"].mean(), "treatment": two["cens"].mean()},
            "cd496": welch(one["cd496"].dropna().to_numpy(float),
                           two["cd496"].dropna().to_numpy(float)),
        }
    missing = actg.groupby("arms")["cd496"].apply(lambda column: int(column.isna().sum()))
    rows = actg.groupby("arms").size()
    table = np.array([missing.to_numpy(), (rows - missing).to_numpy()])
    result["actg175"] = {
        "arms": cells, "rows": rows.tolist(), "missing": missing.tolist(),
        "missing_p": stats.chi2_contingency(table, correction=False).pvalue,
        "ratio_p": stats.chisquare(rows.to_numpy()).pvalue,
    }
    print(json.dumps(plain(result), indent=1))


if __name__ == "__main__":
    main()
