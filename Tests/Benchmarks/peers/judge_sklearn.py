"""Figures of a model by scikit-learn and fairlearn: python judge_sklearn.py FOLDER OUT

Reads train.csv and eval.csv and writes what one would gather by hand of the questions that
`holdfast judge` answers on a table: accurate, overfitted, degenerate, fair. Without intervals, of
which neither library has any. OUT has the figures by the names of a judgement, and `seconds`: the
CPU of each part, user and system.

Each library is used as cheaply as it can be: rates of groups come from one MetricFrame a column or
pair, rivals and the reference model of the learning curve see as many rows as Holdfast's do.
"""

import itertools
import json
import pathlib
import sys
import time

import numpy
import pandas
from fairlearn.metrics import (MetricFrame, false_positive_rate, selection_rate,
                               true_positive_rate)
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

THRESHOLD, BINS = 0.5, 10
GROUPS = ("region", "sex", "age")
FEATURES = ["f0", "f1", "f2", "f3", "f4"]
# As many as Holdfast's rivals and its learning curve take.
RIVAL_ROWS, CURVE_ROWS, CURVE_SIZES, RIVAL_BINS = 50_000, 20_000, 8, 20


class Parts:
    """The CPU of each part."""

    def __init__(self):
        self.seconds, self.last = {}, time.process_time()

    def done(self, name):
        now = time.process_time()
        self.seconds[name] = now - self.last
        self.last = now


def accurate(labels, scores):
    answers = (scores >= THRESHOLD).astype(int)
    # The weights of the bins, which the curve does not tell.
    observed, predicted = calibration_curve(labels, scores, n_bins=BINS, strategy="quantile")
    edges = numpy.percentile(scores, numpy.linspace(0, 100, BINS + 1))
    counts = numpy.bincount(numpy.searchsorted(edges[1:-1], scores), minlength=BINS)
    error = numpy.abs(observed - predicted) @ counts[counts > 0] / len(scores)
    logits = numpy.log(scores / (1 - scores)).reshape(-1, 1)
    fit = LogisticRegression(C=numpy.inf, solver="newton-cholesky", tol=1e-9).fit(logits, labels)
    return {
        "auc": metrics.roc_auc_score(labels, scores),
        "average_precision": metrics.average_precision_score(labels, scores),
        "log_loss": metrics.log_loss(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
        "calibration_error": error, "calibration_slope": fit.coef_[0, 0],
        "accuracy": metrics.accuracy_score(labels, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, answers),
        "precision": metrics.precision_score(labels, answers),
        "recall": metrics.recall_score(labels, answers),
        "f1": metrics.f1_score(labels, answers)}


def overfitted(train, figures):
    """Train less eval, turned so that above 0 is better on train."""
    labels, scores = train["y"].to_numpy(), train["p"].to_numpy()
    return {
        "auc_gap": metrics.roc_auc_score(labels, scores) - figures["auc"],
        "log_loss_gap": figures["log_loss"] - metrics.log_loss(labels, scores),
        "brier_gap": figures["brier"] - metrics.brier_score_loss(labels, scores),
        "accuracy_gap": metrics.accuracy_score(labels, scores >= THRESHOLD) - figures["accuracy"]}


def learning_curve(table, train):
    """The areas of a reference model on its own rows and on eval, by rows."""
    order = numpy.random.default_rng(0).permutation(len(train))[:CURVE_ROWS]
    judged = table.iloc[numpy.random.default_rng(1).permutation(len(table))[:CURVE_ROWS]]
    points = []
    for power in range(CURVE_SIZES):
        part = train.iloc[order[:len(order) >> power]]
        model = HistGradientBoostingClassifier(max_iter=40, max_depth=3, early_stopping=False)
        model.fit(part[FEATURES], part["y"])
        points.append((len(part), [
            metrics.roc_auc_score(rows["y"], model.predict_proba(rows[FEATURES])[:, 1])
            for rows in (part, judged)]))
    return points


def degenerate(table):
    labels, scores = table["y"].to_numpy(), table["p"].to_numpy()
    shares = numpy.histogram(scores, bins=BINS, range=(0, 1))[0] / len(scores)
    _, counts = numpy.unique(scores, return_counts=True)
    changes = numpy.flatnonzero(numpy.diff(scores)) + 1
    runs = numpy.diff(numpy.concatenate([[0], changes, [len(scores)]]))
    confusion = metrics.confusion_matrix(labels, scores >= THRESHOLD)
    figures = {
        "distinct_predictions": len(counts), "mode_share": counts.max() / len(scores),
        "prediction_entropy": -(shares[shares > 0] @ numpy.log(shares[shares > 0])
                                / numpy.log(BINS)),
        "longest_run_share": runs.max() / len(scores)}
    return figures, confusion.tolist()


def rivals(table, train):
    """What the model is better by than one split, and than one feature in bins."""
    chance = numpy.random.default_rng(2)
    fitted, judged = (
        rows.iloc[chance.choice(len(rows), min(RIVAL_ROWS, len(rows)), replace=False)]
        for rows in (train, table))
    own = metrics.roc_auc_score(judged["y"], judged["p"])
    split = DecisionTreeClassifier(max_depth=1).fit(fitted[FEATURES], fitted["y"])
    by_split = metrics.roc_auc_score(judged["y"], split.predict_proba(judged[FEATURES])[:, 1])
    areas = []
    for name in FEATURES:
        edges = numpy.unique(numpy.quantile(
            fitted[name], numpy.linspace(0, 1, RIVAL_BINS + 1)[1:-1]))
        bins = numpy.searchsorted(edges, fitted[name])
        counts = numpy.bincount(bins, minlength=len(edges) + 1)
        positives = numpy.bincount(bins, fitted["y"], minlength=len(edges) + 1)
        rates = positives / numpy.maximum(counts, 1)
        areas.append(metrics.roc_auc_score(
            judged["y"], rates[numpy.searchsorted(edges, judged[name])]))
    return {"gain_over_one_split": own - by_split, "gain_over_one_feature": own - max(areas)}


def fair(table):
    """Rates of each group of each column and pair, and how far apart they are."""
    labels, answers = table["y"], (table["p"] >= THRESHOLD).astype(int)
    rates = {
        "selection_rate": selection_rate, "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate, "accuracy": metrics.accuracy_score,
        "precision": metrics.precision_score}
    figures = []
    pairs = itertools.combinations(GROUPS, 2)
    for names in [*((name,) for name in GROUPS), *pairs]:
        frame = MetricFrame(metrics=rates, y_true=labels, y_pred=answers,
                            sensitive_features=table[list(names)])
        of, gaps, ratios = " × ".join(names), frame.difference(), frame.ratio()
        odds = ["true_positive_rate", "false_positive_rate"]
        figures += [
            ["demographic_parity_difference", of, gaps["selection_rate"]],
            ["demographic_parity_ratio", of, ratios["selection_rate"]],
            ["equalized_odds_difference", of, gaps[odds].max()],
            ["equalized_odds_ratio", of, ratios[odds].min()],
            ["equal_opportunity_difference", of, gaps["true_positive_rate"]],
            ["equal_opportunity_ratio", of, ratios["true_positive_rate"]],
            ["predictive_parity_difference", of, gaps["precision"]]]
        for group, row in frame.by_group.iterrows():
            value = " × ".join(group) if isinstance(group, tuple) else group
            figures += [[name, f"{of} = {value}", row[name]] for name in rates]
    return figures


def main():
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    parts = Parts()
    parts.seconds["imports"] = parts.last
    table, train = (pandas.read_csv(folder / f"{name}.csv") for name in ("eval", "train"))
    parts.done("reading")
    figures = accurate(table["y"].to_numpy(), table["p"].to_numpy())
    parts.done("accurate")
    figures |= overfitted(train, figures)
    parts.done("overfitted")
    # Threads that wait for each other by turning in circles are no work that anybody wants.
    with threadpool_limits(1):
        curve = learning_curve(table, train)
    parts.done("learning curve")
    spread, confusion = degenerate(table)
    figures |= spread
    figures |= rivals(table, train)
    parts.done("degenerate")
    groups = fair(table)
    parts.done("fair")
    found = [[name, None, float(value)] for name, value in figures.items()]
    found += [[name, of, float(value)] for name, of, value in groups]
    out.write_text(json.dumps({"figures": found, "confusion": confusion, "curve": curve,
                               "seconds": parts.seconds}))


if __name__ == "__main__":
    main()
