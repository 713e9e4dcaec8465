"""Makes reasons.json: what shap, scikit-learn and NumPy answer about a model that can be asked.

    python3 reasons.py > reasons.json     # needs shap 0.51, scikit-learn 1.9, numpy

The models are closed forms of a few lines, which the tests write once more; their coefficients, and
every draw, stand in the cases, so that nothing is drawn twice.
"""
import json

import numpy as np
import shap
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.utils import check_random_state

SHAP = f"shap {shap.__version__}"
SK = f"scikit-learn {sklearn.__version__}"
COLOUR = [0.4, -0.7, 0.1]
REGION = [0.0, 0.9, -0.5, 0.3]
RNG = np.random.default_rng(11)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def curved(x):
    """Six numbers, a colour of three and a region of four, by codes."""
    colour = np.asarray(COLOUR)[x[:, 6].astype(int)]
    region = np.asarray(REGION)[x[:, 7].astype(int)]
    return sigmoid(-0.5 + 0.8 * x[:, 0] - 0.6 * x[:, 1] * x[:, 2] + 0.5 * np.maximum(x[:, 3], 0)
                   + 0.3 * x[:, 4] ** 2 / (1 + np.abs(x[:, 5])) + colour + region * x[:, 0])


def draw(n):
    numbers = RNG.normal(size=(n, 6)).round(3)
    return np.column_stack([numbers, RNG.integers(0, 3, n), RNG.integers(0, 4, n)])


def shapley():
    background = draw(20)
    masker = shap.maskers.Independent(background, max_samples=1000)
    rows = draw(5)
    answer = shap.explainers.Exact(curved, masker)(rows)
    for row, values, base in zip(rows, answer.values, answer.base_values):
        yield {
            "origin": f"{SHAP}, explainers.Exact(f, maskers.Independent(20 rows)), default_rng(11)",
            "colour": COLOUR, "region": REGION, "background": background.tolist(),
            "row": row.tolist(),
            "expected": {"values": values.tolist(), "base": float(base),
                         "prediction": float(curved(row[None])[0])},
        }


class Asked(ClassifierMixin, BaseEstimator):
    """A model that was never fitted, as scikit-learn's inspection takes it."""

    def __init__(self, f=None):
        self.f, self.classes_, self.fitted_ = f, np.array([0, 1]), True

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        p = self.f(np.asarray(x, float))
        return np.column_stack([1 - p, p])

    def predict(self, x):
        return (self.f(np.asarray(x, float)) >= 0.5).astype(int)


class AskedNumber(RegressorMixin, BaseEstimator):
    def __init__(self, f=None):
        self.f, self.fitted_ = f, True

    def fit(self, x, y):
        return self

    def predict(self, x):
        return self.f(np.asarray(x, float))


def donors(n, repeats, seed):
    """The rows that scikit-learn's _calculate_permutation_scores takes values from."""
    state = check_random_state(seed)
    index, source, found = np.arange(n), np.arange(n), []
    for _ in range(repeats):
        state.shuffle(index)
        # It shuffles the column that it has shuffled before.
        source = source[index]
        found.append(source.tolist())
    return found


def importance():
    coefficients = np.array([1.5, -0.8, 0.0])
    x = RNG.normal(size=(60, 3)).round(2)
    z = x @ coefficients
    yes = (RNG.uniform(size=60) < sigmoid(z)).astype(int)
    number = (z + RNG.normal(size=60)).round(3)
    weights = RNG.integers(1, 5, 60).astype(float)
    models = [
        ("area", Asked(lambda v: sigmoid(v @ coefficients)), yes, "roc_auc"),
        ("absolute_error", AskedNumber(lambda v: v @ coefficients), number,
         "neg_mean_absolute_error"),
        ("accuracy", Asked(lambda v: sigmoid(v @ coefficients)), yes, "accuracy"),
    ]
    for name, model, labels, scoring in models:
        for weight in [None, weights]:
            seed = 5
            answer = permutation_importance(model, x, labels, scoring=scoring, n_repeats=4,
                                            random_state=seed, sample_weight=weight)
            # It draws one seed, which every column starts from.
            drawn = check_random_state(seed).randint(np.iinfo(np.int32).max + 1)
            yield {
                "origin": f"{SK}, permutation_importance(scoring='{scoring}', random_state=5)",
                "score": name, "coefficients": coefficients.tolist(), "rows": x.tolist(),
                "labels": labels.tolist(),
                "weights": None if weight is None else weight.tolist(),
                "donors": donors(60, 4, drawn),
                "expected": {"drops": answer.importances.tolist()},
            }


def dependence():
    coefficients = [0.7, -1.1, 0.4]

    def f(v):
        return sigmoid(coefficients[0] * v[:, 0] + coefficients[1] * v[:, 1] * v[:, 2]
                       + coefficients[2] * v[:, 2] ** 2)

    x = RNG.normal(size=(40, 3)).round(2)
    x[:, 2] = RNG.integers(0, 4, 40)
    weights = RNG.integers(1, 5, 40).astype(float)
    for feature, grid in [(0, np.sort(x[[3, 9, 21, 30], 0])), (2, np.array([0.0, 1, 2, 3]))]:
        for weight in [None, weights]:
            kind = "both" if weight is None else "average"
            answer = partial_dependence(
                AskedNumber(f), x, [feature], kind=kind, method="brute", sample_weight=weight,
                custom_values={feature: grid})
            case = {
                "origin": f"{SK}, partial_dependence(method='brute', custom_values=…)",
                "coefficients": coefficients, "rows": x.tolist(), "feature": feature,
                "grid": grid.tolist(),
                "weights": None if weight is None else weight.tolist(),
                "expected": {"average": answer["average"][0].tolist()},
            }
            if weight is None:
                case["expected"]["individual"] = answer["individual"][0].tolist()
            yield case


def surrogate():
    for d, n, ridge in [(3, 40, 1.0), (5, 200, 0.1), (2, 12, 0.0)]:
        offsets = (RNG.normal(size=(n, d)) * RNG.integers(0, 2, (n, d))).round(3)
        offsets[:, -1] = -RNG.integers(0, 2, n)
        offsets[0] = 0
        answers = (0.4 + offsets @ RNG.normal(size=d) + 0.3 * RNG.normal(size=n)).round(4)
        masses = np.exp(-(offsets ** 2).mean(axis=1) / 0.75 ** 2)
        design = np.column_stack([np.ones(n), offsets])
        penalty = np.diag([0.0] + [ridge] * d)
        solved = np.linalg.solve(design.T @ (masses[:, None] * design) + penalty,
                                 design.T @ (masses * answers))
        model = Ridge(alpha=ridge, solver="cholesky" if ridge else "svd").fit(
            offsets, answers, sample_weight=masses)
        assert np.allclose(model.coef_, solved[1:], atol=1e-12)
        yield {
            "origin": f"numpy {np.__version__}, linalg.solve; asserted: {SK}, Ridge",
            "offsets": offsets.tolist(), "answers": answers.tolist(), "ridge": ridge,
            "expected": {"weights": solved[1:].tolist(), "intercept": float(solved[0]),
                         "masses": masses.tolist(),
                         "r_squared": float(model.score(offsets, answers, sample_weight=masses))},
        }


if __name__ == "__main__":
    parts = {"shapley": shapley, "importance": importance, "dependence": dependence,
             "surrogate": surrogate}
    print(json.dumps({name: list(part()) for name, part in parts.items()}, separators=(",", ":")))
