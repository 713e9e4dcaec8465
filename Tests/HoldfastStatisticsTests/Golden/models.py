"""Makes models.json: figures of models by scikit-learn and by definitions, each case with its origin.

    python3 models.py > models.json      # needs numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

The rows are drawn with the seed that stands in the case's origin, and rounded, so that they can be read. What scikit-learn
has no function for is written down by its definition here: DeLong's variances over all pairs, influence by taking
the figure's derivative numerically, and the calibration's fits by scipy's general minimiser.
"""
import json

import numpy as np
import scipy
import sklearn
from scipy import optimize, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

SK = f"scikit-learn {sklearn.__version__}"
SP = f"numpy {np.__version__}, scipy {scipy.__version__}"
EPS = np.finfo(float).eps


def draw(seed, count, digits, weighted, share=0.4):
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=count) < share).astype(int)
    z = rng.normal(size=count) * 1.2 + y * 1.3 - 1.0
    p = (1 / (1 + np.exp(-z))).round(digits)
    w = rng.choice([1.0, 1.0, 2.5, 4.0, 20.0], count) if weighted else np.ones(count)
    return p, y, w


def influence_error(figure, w):
    """sqrt(sum (w dfigure/dw)^2 k/(k-1)): the infinitesimal jackknife, by central differences."""
    total = 0.0
    for row in range(len(w)):
        step = 1e-5 * w[row]
        up, down = w.copy(), w.copy()
        up[row] += step
        down[row] -= step
        total += (w[row] * (figure(up) - figure(down)) / (2 * step)) ** 2
    k = w.sum() ** 2 / (w**2).sum()
    return float(np.sqrt(total * k / (k - 1)))


def mean_error(x, w):
    m = np.average(x, weights=w)
    k = w.sum() ** 2 / (w**2).sum()
    return float(np.sqrt((w**2 * (x - m) ** 2).sum() / w.sum() ** 2 * k / (k - 1)))


def calibration(p, y, w):
    """Intercept with offset, and slope, by minimising the deviance; sandwich errors with k/(k - coefficients)."""
    q = np.clip(p, EPS, 1 - EPS)
    x = np.log(q / (1 - q))
    k = w.sum() ** 2 / (w**2).sum()

    def fit(design, offset):
        def loss(b):
            z = design @ b + offset
            return (w * (np.logaddexp(0, z) - y * z)).sum()

        def grad(b):
            return design.T @ (w * (1 / (1 + np.exp(-(design @ b + offset))) - y))

        b = optimize.minimize(loss, np.zeros(design.shape[1]), jac=grad, method="BFGS", options={"gtol": 1e-12}).x
        for _ in range(5):
            a = 1 / (1 + np.exp(-(design @ b + offset)))
            b = b - np.linalg.solve(design.T @ (design * (w * a * (1 - a))[:, None]), grad(b))
        a = 1 / (1 + np.exp(-(design @ b + offset)))
        bread = np.linalg.inv(design.T @ (design * (w * a * (1 - a))[:, None]))
        meat = design.T @ (design * (w**2 * (y - a) ** 2)[:, None])
        c = design.shape[1]
        return b, np.sqrt(np.diag(bread @ meat @ bread) * k / (k - c))

    one, e1 = fit(np.ones((len(p), 1)), x)
    two, e2 = fit(np.column_stack([np.ones(len(p)), x]), np.zeros(len(p)))
    return float(one[0]), float(e1[0]), float(two[1]), float(e2[1])


def binary(seed, count, digits, weighted, threshold=0.5):
    p, y, w = draw(seed, count, digits, weighted)
    yes = (p >= threshold).astype(int)
    a, ae, b, be = calibration(p, y, w)
    return {
        "origin": f"{SK} (values) and {SP} (errors, calibration), seed {seed}",
        "scores": p.tolist(), "labels": y.tolist(), "weights": w.tolist(), "threshold": threshold,
        "expected": {
            "auc": metrics.roc_auc_score(y, p, sample_weight=w),
            "average_precision": metrics.average_precision_score(y, p, sample_weight=w),
            "log_loss": metrics.log_loss(y, p, sample_weight=w),
            "brier": metrics.brier_score_loss(y, p, sample_weight=w),
            "accuracy": metrics.accuracy_score(y, yes, sample_weight=w),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, yes, sample_weight=w),
            "precision": metrics.precision_score(y, yes, sample_weight=w),
            "recall": metrics.recall_score(y, yes, sample_weight=w),
            "f1": metrics.f1_score(y, yes, sample_weight=w),
            "calibration_intercept": a, "calibration_slope": b},
        "errors": {
            "average_precision": influence_error(lambda v: metrics.average_precision_score(y, p, sample_weight=v), w),
            "log_loss": mean_error(-np.log(np.clip(np.where(y == 1, p, 1 - p), EPS, 1 - EPS)), w),
            "brier": mean_error((p - y) ** 2, w),
            "calibration_intercept": ae, "calibration_slope": be}}


def curve(seed, count):
    p, y, _ = draw(seed, count, 9, False)
    observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
    return {"origin": f"{SK}, calibration_curve(n_bins=10, strategy='quantile'), seed {seed}",
            "scores": p.tolist(), "labels": y.tolist(),
            "expected": {"observed": observed.tolist(), "predicted": predicted.tolist(),
                         "error": float(np.abs(observed - predicted).mean())}}


def numbers(seed, count, weighted):
    rng = np.random.default_rng(seed)
    y = (rng.normal(size=count) * 3 + 10).round(3)
    p = (y * 0.8 + 2 + rng.standard_t(4, size=count)).round(3)
    w = rng.choice([1.0, 2.5, 20.0], count) if weighted else np.ones(count)
    return {"origin": f"{SK} (values) and {SP} (errors), seed {seed}", "labels": y.tolist(),
            "predictions": p.tolist(), "weights": w.tolist(),
            "expected": {
                "mean_absolute_error": metrics.mean_absolute_error(y, p, sample_weight=w),
                "root_mean_squared_error": metrics.root_mean_squared_error(y, p, sample_weight=w),
                "r_squared": metrics.r2_score(y, p, sample_weight=w)},
            "errors": {
                "mean_absolute_error": mean_error(abs(y - p), w),
                "root_mean_squared_error": influence_error(
                    lambda v: metrics.root_mean_squared_error(y, p, sample_weight=v), w),
                "r_squared": influence_error(lambda v: metrics.r2_score(y, p, sample_weight=v), w)}}


def classes(seed, count, weighted):
    rng = np.random.default_rng(seed)
    y = rng.choice(4, count, p=[0.5, 0.25, 0.15, 0.1])
    raw = rng.gamma(1.0, size=(count, 4)) + np.eye(4)[y] * rng.gamma(1.0, size=(count, 1))
    p = (raw / raw.sum(axis=1, keepdims=True)).round(4)
    p[:, 3] = 1 - p[:, :3].sum(axis=1)
    guess = p.argmax(axis=1)
    w = rng.choice([1.0, 2.5, 20.0], count) if weighted else np.ones(count)

    def ovr(v):
        return float(np.mean([metrics.roc_auc_score(y == c, p[:, c], sample_weight=v) for c in range(4)]))

    plain = metrics.roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w)
    assert abs(plain - ovr(w)) < 1e-12
    return {"origin": f"{SK} (values) and {SP} (errors), seed {seed}", "labels": y.tolist(),
            "predictions": guess.tolist(), "weights": w.tolist(), "probabilities": p.T.tolist(),
            "expected": {
                "auc": plain, "log_loss": metrics.log_loss(y, p, sample_weight=w),
                "accuracy": metrics.accuracy_score(y, guess, sample_weight=w),
                "balanced_accuracy": metrics.balanced_accuracy_score(y, guess, sample_weight=w),
                "macro_f1": metrics.f1_score(y, guess, average="macro", sample_weight=w)},
            "errors": {
                "auc": influence_error(ovr, w),
                "macro_f1": influence_error(
                    lambda v: metrics.f1_score(y, guess, average="macro", sample_weight=v), w)},
            "precision": metrics.precision_score(y, guess, average=None, sample_weight=w).tolist(),
            "recall": metrics.recall_score(y, guess, average=None, sample_weight=w).tolist(),
            "confusion": metrics.confusion_matrix(y, guess, sample_weight=w).ravel().tolist()}


def paired(seed, count, digits, weighted):
    """DeLong's test by its definition, over all pairs of a positive and a negative."""
    p, y, w = draw(seed, count, digits, weighted)
    rng = np.random.default_rng(seed + 1000)
    q = np.clip(p + rng.normal(size=count) * 0.15, 0, 1).round(digits)
    yes, no = y == 1, y == 0
    areas, tens, ones = [], [], []
    for s in (p, q):
        psi = (s[yes][:, None] > s[no][None, :]) + 0.5 * (s[yes][:, None] == s[no][None, :])
        ten = psi @ w[no] / w[no].sum()
        one = w[yes] @ psi / w[yes].sum()
        areas.append(float(w[yes] @ ten / w[yes].sum()))
        tens.append(ten)
        ones.append(one)

    def covariance(values, weights, i, j):
        k = weights.sum() ** 2 / (weights**2).sum()
        return ((weights**2 * (values[i] - areas[i]) * (values[j] - areas[j])).sum()
                / weights.sum() ** 2 * k / (k - 1))

    s = [[covariance(tens, w[yes], i, j) + covariance(ones, w[no], i, j) for j in (0, 1)] for i in (0, 1)]
    variance = s[0][0] + s[1][1] - 2 * s[0][1]
    loss = [-np.log(np.clip(np.where(y == 1, m, 1 - m), EPS, 1 - EPS)) for m in (p, q)]
    square = [(m - y) ** 2 for m in (p, q)]
    right = [((m >= 0.5) == (y == 1)).astype(float) for m in (p, q)]
    return {"origin": f"{SP}, DeLong over all pairs and paired means, seed {seed}", "scores": p.tolist(),
            "rival": q.tolist(), "labels": y.tolist(), "weights": w.tolist(),
            "expected": {
                "auc_gain": areas[0] - areas[1],
                "log_loss_gain": float(np.average(loss[1] - loss[0], weights=w)),
                "brier_gain": float(np.average(square[1] - square[0], weights=w)),
                "accuracy_gain": float(np.average(right[0] - right[1], weights=w))},
            "errors": {
                "auc_gain": float(np.sqrt(variance)), "log_loss_gain": mean_error(loss[1] - loss[0], w),
                "brier_gain": mean_error(square[1] - square[0], w),
                "accuracy_gain": mean_error(right[0] - right[1], w)}}


def student():
    return [{"origin": f"{SP}, stats.t.isf", "tail": tail, "degrees": df, "expected": {"value": float(stats.t.isf(tail, df))}}
            for tail in (0.4, 0.05, 0.025, 1e-4) for df in (1, 1.5, 4, 30, 999, 1e6)]


def main():
    parts = {
        "binary": [binary(1, 60, 2, False), binary(2, 60, 2, True), binary(3, 200, 6, True, 0.3),
                   binary(4, 40, 1, True), binary(5, 120, 6, False, 0.6)],
        "curves": [curve(11, 100), curve(12, 200)],
        "numbers": [numbers(21, 50, False), numbers(22, 80, True)],
        "classes": [classes(31, 80, False), classes(32, 90, True)],
        "paired": [paired(41, 50, 2, False), paired(42, 60, 2, True), paired(43, 150, 6, False)],
        "student": student()}
    text = json.dumps(parts, separators=(",", ":"))
    print(text.replace('{"origin"', '\n{"origin"'))


if __name__ == "__main__":
    main()
