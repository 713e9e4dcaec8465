"""Two comparisons of three tables by Polars and SciPy, as one would tune them by hand:

    python polars_scipy.py FOLDER OUT.json

Train is compared with eval and with serve, in every column but `id`, `y` and `p`. Read by Polars on
all processors, of each table once: the numbers of a column in order, the counts of its categories,
the share that is missing. Then

- numbers: the Kolmogorov-Smirnov distance with its asymptotic p-value, the Wasserstein distance in
  standard deviations of train, and the distances below over the deciles of train;
- categories: the chi-square statistic with its p-value, and the distances below;
- distances of two lists of shares: Jensen-Shannon (base 2), Hellinger, the largest difference, total
  variation, and the population stability index with shares of at least 0.0001.
"""

import json
import pathlib
import sys

import numpy as np
import polars as pl
from scipy.special import kolmogorov
from scipy.stats import chi2

FOLDER, OUT = pathlib.Path(sys.argv[1]), sys.argv[2]
SKIPPED = {"id", "y", "p"}
LEAST = 1e-4


def summary(part):
    frame = pl.scan_csv(FOLDER / f"{part}.csv").select(pl.exclude(SKIPPED)).collect()
    columns = {}
    for series in frame:
        missing = series.null_count() / len(series)
        present = series.drop_nulls()
        if series.dtype.is_numeric():
            columns[series.name] = np.sort(present.to_numpy().astype(float)), missing
        else:
            columns[series.name] = present.value_counts(name="rows"), missing
    return columns


def distances(one, two):
    middle = (one + two) / 2
    entropy = 0.0
    for shares in (one, two):
        some = shares > 0
        entropy += np.sum(shares[some] * np.log2(shares[some] / middle[some])) / 2
    difference = np.abs(one - two)
    least = np.maximum(one, LEAST), np.maximum(two, LEAST)
    return {
        "js": np.sqrt(max(entropy, 0)),
        "hellinger": np.sqrt(max(1 - np.sum(np.sqrt(one * two)), 0)),
        "largest": difference.max(), "tv": difference.sum() / 2,
        "psi": np.sum((least[0] - least[1]) * np.log(least[0] / least[1])),
    }


def compare_numbers(one, two):
    both = np.concatenate((one, two))
    # Two sorted runs: a stable sort merges them.
    both.sort(kind="stable")
    gap = np.abs(np.searchsorted(one, both, side="right") / len(one)
                 - np.searchsorted(two, both, side="right") / len(two))
    largest = gap.max()
    deciles = np.unique(np.quantile(one, np.arange(1, 10) / 10))
    bins = [np.diff(np.searchsorted(values, deciles, side="right"), prepend=0,
                    append=len(values)) / len(values) for values in (one, two)]
    pairs = len(one) * len(two) / (len(one) + len(two))
    return {"ks": largest, "p": kolmogorov(np.sqrt(pairs) * largest),
            "w1": np.dot(gap[:-1], np.diff(both)) / (one.std() or 1), **distances(*bins)}


def compare_categories(name, one, two):
    joined = one.join(two, on=name, how="full").select(pl.col("rows", "rows_right").fill_null(0))
    counts = joined.to_numpy().astype(float)
    sizes, totals = counts.sum(axis=0), counts.sum(axis=1)
    expected = np.outer(totals, sizes / sizes.sum())
    statistic = np.sum((counts - expected) ** 2 / expected)
    shares = counts / sizes
    return {"chi2": statistic, "p": chi2.sf(statistic, len(counts) - 1),
            **distances(shares[:, 0], shares[:, 1])}


def main():
    train = summary("train")
    report = {}
    for part in ("eval", "serve"):
        columns = {}
        for name, (values, missing) in summary(part).items():
            own, own_missing = train[name]
            found = compare_categories(name, own, values) if isinstance(own, pl.DataFrame) \
                else compare_numbers(own, values)
            columns[name] = {key: float(value) for key, value in found.items()} | {
                "missing": (own_missing, missing)}
        report[part] = columns
    with open(OUT, "w") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main()
