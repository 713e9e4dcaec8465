"""Makes train.csv, serve.csv and trio.json from the reference trio and what SciPy says of them.

    python3 make.py TRIO-FOLDER              # needs scipy 1.17.1, numpy

The trio is synthetic (generated for Holdfast, seed 7, 5,000 rows a table); kept here are the first
400 rows of eight columns of two tables, so that a test reads them in a moment.
"""
import csv
import json
import sys

import numpy as np
import scipy
from scipy import stats
from scipy.special import kolmogorov

NUMBERS = ["n02_norm_shift", "n07_poisson3", "n09_norm_miss", "n11_zeroinfl"]
CATEGORIES = ["c01_bin", "c02_five", "c04_hundred_new", "c08_three_miss"]
ROWS = 400


def main(folder):
    tables = {}
    for name in ["train", "serve"]:
        with open(f"{folder}/{name}.csv", newline="") as source:
            rows = [r for r, _ in zip(csv.DictReader(source), range(ROWS))]
        with open(f"{name}.csv", "w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(NUMBERS + CATEGORIES)
            writer.writerows([[r[c] for c in NUMBERS + CATEGORIES] for r in rows])
        tables[name] = rows
    a, b = tables["train"], tables["serve"]
    cases = []
    for column in NUMBERS + CATEGORIES:
        x, y = ([r[column] for r in t if r[column] != ""] for t in (a, b))
        case = {"column": column, "missing": [ROWS - len(x), ROWS - len(y)]}
        if column in NUMBERS:
            d = float(stats.ks_2samp([*map(float, x)], [*map(float, y)], method="asymp").statistic)
            case["origin"] = f"scipy {scipy.__version__}, ks_2samp and special.kolmogorov"
            case["effect"] = d
            case["p"] = float(kolmogorov(np.sqrt(len(x) * len(y) / (len(x) + len(y))) * d))
            case["outside"] = float(np.mean([v < min(map(float, x)) or v > max(map(float, x))
                                             for v in map(float, y)]))
        else:
            keys = sorted(set(x) | set(y))
            cx, cy = ([v.count(k) for k in keys] for v in (x, y))
            case["origin"] = f"numpy {np.__version__}, 0.5 sum |p - q|; scipy {scipy.__version__}, " \
                "chi2_contingency(correction=False)"
            case["effect"] = float(0.5 * np.abs(np.array(cx) / len(x) - np.array(cy) / len(y)).sum())
            case["p"] = float(stats.chi2_contingency([cx, cy], correction=False).pvalue)
            case["new"] = sum(1 for i, j in zip(cx, cy) if i == 0 < j)
            case["vanished"] = sum(1 for i, j in zip(cx, cy) if j == 0 < i)
        cases.append(case)
    with open("trio.json", "w") as out:
        json.dump({"source": "Holdfast's synthetic trio, seed 7, first 400 rows", "cases": cases}, out,
                  indent=1)
        out.write("\n")


main(sys.argv[1])
