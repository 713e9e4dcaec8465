"""Makes categories.json: what SciPy and NumPy answer for tables of categories and families.

    python3 categories.py AGREEMENT > categories.json       # needs scipy 1.17.1, numpy, pandas

AGREEMENT is the folder with trio/*.csv and reference_scipy.json; each figure of a trio's column is
asserted to be the one that stands there. Drawn cases name their seed in the origin.
"""
import json
import sys

import numpy as np
import pandas as pd
import scipy
from scipy import stats

V = f"scipy {scipy.__version__}"
NP = f"numpy {np.__version__}"
RNG = np.random.default_rng(29)


def table(origin, x, y):
    """All figures of one table, from arrays of counts or masses."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    seen = x + y > 0
    several = seen.sum() > 1
    chi = stats.chi2_contingency(np.array([x, y])[:, seen], correction=False) if several else None
    g = stats.chi2_contingency(np.array([x, y])[:, seen], correction=False,
                               lambda_="log-likelihood") if several else None
    p, q = x / x.sum(), y / y.sum()
    whole = (x == x.round()).all() and (y == y.round()).all()
    return {
        "origin": f"{V}, chi2_contingency(correction=False[, lambda_='log-likelihood']); {NP}: {origin}",
        "reference": [int(v) if whole else float(v) for v in x],
        "candidate": [int(v) if whole else float(v) for v in y],
        "expected": {
            "statistic": float(chi.statistic) if several else None,
            "df": int(chi.dof) if several else None,
            "p": float(chi.pvalue) if several else None,
            "g": float(g.statistic) if several else None,
            "g_p": float(g.pvalue) if several else None,
            "total_variation": float(0.5 * np.abs(p - q).sum()),
            "levels": int(seen.sum()),
            "new_levels": int(((x == 0) & (y > 0)).sum()), "new_mass": float(q[x == 0].sum()),
            "vanished_levels": int(((x > 0) & (y == 0)).sum()),
            "vanished_mass": float(p[y == 0].sum()),
        },
    }


def zipf(k, s=1.1):
    w = 1 / np.arange(1, k + 1) ** s
    return w / w.sum()


def tables():
    yield table("one category", [7], [9])
    yield table("one row each, alike", [1, 0], [1, 0])
    yield table("one row each, apart", [1, 0], [0, 1])
    yield table("two rows each", [1, 1], [2, 0])
    yield table("five rows each", [3, 1, 1, 0], [2, 0, 2, 1])
    yield table("disjoint supports", [40, 10, 0, 0], [0, 0, 25, 25])
    yield table("almost alike, of a million", [500_000, 499_999, 1], [500_001, 499_998, 1])
    for k, n, m in [(2, 50, 70), (20, 1_000, 400), (300, 5_000, 5_000), (10_000, 100_000, 30_000)]:
        yield table(f"default_rng(29): Zipf 1.1 over {k}, {n} and {m} rows",
                    RNG.multinomial(n, zipf(k)), RNG.multinomial(m, zipf(k, 1.2)))


def weighted():
    """Rows of a category with weights; the table is of effective count times share."""
    for name, k, n, m, spread in [("four rows", 2, 4, 4, 1.0), ("lognormal weights", 12, 400, 300, 0.8),
                                  ("heavy weights", 40, 2_000, 1_000, 2.0)]:
        rows = []
        for size, s in [(n, 1.1), (m, 1.3)]:
            c = RNG.choice(k, size, p=zipf(k, s))
            w = RNG.lognormal(0, spread, size).round(4) + 0.0001
            rows.append((c, w))
        tables, effective, totals = [], [], []
        for c, w in rows:
            mass = np.bincount(c, w, k)
            effective.append(float(w.sum() ** 2 / (w ** 2).sum()))
            totals.append(float(w.sum()))
            tables.append(mass / w.sum() * effective[-1])
        case = table(f"default_rng(29), next: {name}; effective counts by Kish", *tables)
        case["rows"] = [{"categories": c.tolist(), "weights": w.tolist()} for c, w in rows]
        case["expected"]["effective"] = effective
        case["expected"]["totals"] = totals
        # Wilson's interval of the first category's share, the count being the effective one.
        x, n_eff = tables[0][0], effective[0]
        z = stats.norm.isf(0.025)
        share = x / n_eff
        middle = (share + z * z / (2 * n_eff)) / (1 + z * z / n_eff)
        half = z / (1 + z * z / n_eff) * np.sqrt(share * (1 - share) / n_eff
                                                 + z * z / (4 * n_eff ** 2))
        case["expected"]["wilson"] = [float(middle - half), float(middle + half)]
        yield case


def false_discoveries():
    for name, p in [
        ("one", [0.02]), ("ties", [0.01, 0.01, 0.5, 0.5]), ("all 1", [1.0, 1.0, 1.0]),
        ("a 0", [0.0, 0.2, 0.03]), ("rising", [0.01, 0.02, 0.03, 0.04]), ("mixed", [0.9, 0.001, 0.04, 0.03]),
        ("default_rng(29), next: 200 uniforms, every fifth cubed",
         [float(v ** 3 if i % 5 == 0 else v) for i, v in enumerate(RNG.uniform(size=200))]),
    ]:
        yield {"origin": f"{V}, false_discovery_control(p, method='bh'): {name}", "p": p,
               "expected": stats.false_discovery_control(p, method="bh").tolist()}


def trio(folder):
    reference = json.load(open(f"{folder}/reference_scipy.json"))["pairs"]
    columns = json.load(open(f"{folder}/trio/truth.json"))["categorical"]
    data = {t: pd.read_csv(f"{folder}/trio/{t}.csv", usecols=columns, dtype=str)
            for t in ("train", "eval", "serve")}
    for pair, figures in reference.items():
        one, two = pair.split("_vs_")
        for column in columns:
            a, b = data[one][column].dropna(), data[two][column].dropna()
            keys = sorted(set(a) | set(b))
            x, y = (s.value_counts().reindex(keys, fill_value=0).to_numpy() for s in (a, b))
            case = table(f"trio, {pair}, {column}", x, y)
            want, got = figures[column], case["expected"]
            for theirs, ours in [("chi2_contingency_stat", "statistic"), ("chi2_dof", "df"),
                                 ("chi2_p", "p"), ("tvd", "total_variation"), ("levels", "levels"),
                                 ("new_levels", "new_levels"), ("new_level_mass", "new_mass"),
                                 ("vanished_levels", "vanished_levels")]:
                assert np.isclose(want[theirs], got[ours], rtol=1e-12, atol=0), (pair, column, theirs)
            yield case


def main():
    parts = {"tables": tables(), "weighted": weighted(), "false_discoveries": false_discoveries(),
             "trio": trio(sys.argv[1])}
    # A case a line: the counts of ten thousand categories would be as many lines.
    text = ",\n".join(
        json.dumps(name) + ": [\n" + ",\n".join(
            json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases) + "\n]"
        for name, cases in parts.items())
    print("{\n" + text + "\n}")


if __name__ == "__main__":
    main()
