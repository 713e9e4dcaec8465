"""The figures of the gates' scenarios, worked out from who is dealt what.

    python3 gates.py > gates.json      # needs numpy and scipy

The units and what becomes of them are those of GateTests.swift and GateFeatureTests.swift; the
dealing is hashlib's.
"""

import hashlib
import json

import numpy
import scipy
from scipy import stats

SALT = "dataset-tests-salt-0001"
UNITS = 2_000
HALF = 2 ** 51
FOUR_FIFTHS = 800_000 * 2 ** 52 // 1_000_000


def bucket(scope, unit):
    digest = hashlib.sha256(f"{SALT}/{scope}/{unit}".encode()).hexdigest()
    return int(digest[:13], 16)


number = numpy.arange(UNITS)
control = numpy.array([bucket("arm:limits", f"u{n}") < HALF for n in number])
half = numpy.array([bucket("split:limits", f"u{n}") < HALF for n in number])
train = numpy.array([bucket("split:limits", f"u{n}") < FOUR_FIFTHS for n in number])
income = (number * 7_919 % 2_003).astype(float)
paid = number * 7 % 11 < 3


def ratio(counts):
    """Chi-square of two arms against halves."""
    return float(stats.chisquare(counts).pvalue)


def ratio_of(rows):
    return ratio([int((control & rows).sum()), int((~control & rows).sum())])


def attrition(lost, among=None):
    """One rule and all rules together, corrected over the two."""
    rows = numpy.ones(UNITS, bool) if among is None else among
    table = [[int((arm & rows & lost).sum()), int((arm & rows & ~lost).sum())]
             for arm in (control, ~control)]
    return float(min(1, 2 * stats.chi2_contingency(table, correction=False).pvalue))


def smd(kept, excluded):
    spread = ((kept.var(ddof=1) + excluded.var(ddof=1)) / 2) ** 0.5
    return float((kept.mean() - excluded.mean()) / spread)


def placebo():
    """Welch's statistic by the normal distribution: three in ten of treatment, one of control."""
    before = numpy.where(control, number % 10 < 1, number % 10 < 3).astype(float)
    one, other = before[~control], before[control]
    spread = one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)
    return float(2 * stats.norm.sf(abs(one.mean() - other.mean()) / spread ** 0.5))


def main():
    unrecorded = ~control & (number % 5 == 0)
    touched = control & (number % 5 == 0)
    missing = numpy.where(control, number % 20 == 0, number % 20 < 3)
    reached = number % 10 == 3
    shifted = income + numpy.where(reached, 2_003 / 12 ** 0.5, 0)
    hidden = number % 5 == 0
    few = number < 40
    served = income + numpy.where(control, 0, 1_200)
    # Row n is decided at n hundredths of an hour; the horizon is three hours.
    early = number <= 700
    late = number >= 1_000
    drift = [number[control & half & early], number[control & ~half & late]]
    figures = {
        "sample-ratio": ratio_of(~unrecorded),
        "sample-ratio-kept": ratio_of(~touched),
        "attrition": attrition(missing),
        "attrition-touched": attrition(touched),
        "balance": abs(smd(shifted[control & ~reached], shifted[control & reached])),
        "unknown-share": float(hidden[control].mean()),
        "positives": int(min((paid & few & control & part).sum() for part in (train, ~train))),
        "placebo": placebo(),
        "train-eval": float(stats.ks_2samp(*drift).statistic),
        "control-serve": float(stats.ks_2samp(served[control], served).statistic),
    }
    print(json.dumps({
        "origin": f"numpy {numpy.__version__}, scipy {scipy.__version__}: chisquare, "
                  "chi2_contingency without correction, norm.sf, ks_2samp; see gates.py",
        "figures": figures,
    }, indent=2))


if __name__ == "__main__":
    main()
