"""Worlds in which another model acts on risky control units, and what repairs leaving them out.

    python3 make.py      # writes rows.csv and censoring.json; needs numpy and scikit-learn

Each unit has three features, an outcome if left alone, and whether the other model reached it,
which it does to the risky ones more often. Its action prevents half of what would have happened.
A reached unit is excluded: those who are left are less risky than all. Weights of 1 by the
probability of not being reached make up for that. In the steep world the riskiest are hardly ever
left alone, so that some weights are cut off.
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).parent
SEED = 100
UNITS = 3_000
LARGEST = 20.0  # No row stands for more than so many.
REACHING = {"mild": (-1.5, 1.2), "steep": (-1.0, 2.0)}  # By the first feature.


def sigmoid(logit):
    return 1 / (1 + numpy.exp(-logit))


def figures(features, alone, reached, seen):
    """What a set of the unreached says, plain and weighted."""
    model = LogisticRegression(C=1e6, tol=1e-10, max_iter=1_000).fit(features, ~reached)
    whole = 1 / model.predict_proba(features)[:, 1][~reached]
    weights = numpy.minimum(whole, LARGEST)
    kept = seen[~reached]
    return {
        "reached": int(reached.sum()),
        "truth": float(alone.mean()),
        "plain": float(kept.mean()),
        "weighted": float(numpy.average(kept, weights=weights)),
        "sum": float(weights.sum()),
        "effective_size": float(weights.sum() ** 2 / (weights ** 2).sum()),
        "largest": float(weights.max()),
        "trimmed_share": float((whole - weights).sum() / whole.sum()),
    }


def main():
    random = numpy.random.default_rng(SEED)
    features = numpy.round(random.normal(size=(UNITS, 3)), 6)
    alone = random.random(UNITS) < sigmoid(-1.6 + 1.1 * features[:, 0] + 0.5 * features[:, 1])
    columns = {f"x{index}": [f"{value:.6f}" for value in features[:, index]] for index in range(3)}
    golden = {
        "origin": f"numpy {numpy.__version__}, default_rng({SEED}); scikit-learn "
                  f"{sklearn.__version__}, LogisticRegression(C=1e6); see make.py",
        "units": UNITS,
    }
    for name, (base, slope) in REACHING.items():
        reached = random.random(UNITS) < sigmoid(base + slope * features[:, 0])
        seen = numpy.where(reached & (random.random(UNITS) < 0.5), False, alone)
        columns[f"{name}_reached"] = [str(int(value)) for value in reached]
        columns[f"{name}_paid"] = [str(int(value)) for value in seen]
        golden[name] = figures(features, alone, reached, seen)
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values()))]
    (HERE / "rows.csv").write_text("\n".join(lines) + "\n")
    (HERE / "censoring.json").write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
