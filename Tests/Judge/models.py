"""Models behind addresses, judged: MLflow's real scoring server, and the Open Inference Protocol.

    python Tests/Judge/models.py PATH-TO-holdfast [--servers]      # packages: requirements.txt

Starts `mlflow models serve` of two scikit-learn models on loopback, and judges them by the program,
with what counts the questions in between. The figures must be scikit-learn's, and the Shapley
values those of shap's exact explainer, to 1e-9. Servers that fail as servers do must be asked
again, or named as what could not be found out. --servers tries the servers alone.

Exit status 1 where something does not hold. All that was started is ended, whatever happens.
"""

import argparse
import contextlib
import pathlib
import re
import signal
import sys
import tempfile
import urllib.error

import numpy
import pandas
from sklearn import inspection, metrics

import decision
from judging import Checks, Program
from loans import CATEGORIES, COLUMNS, EIGHT, Loans, eight_model, loan_model, save
from servers import InferenceFront, MLflowFront, ScoringServer, free_port, post

TOKEN = "a-token-that-nobody-may-see-0123456789"
THRESHOLD = 0.4
ROWS, FEW_ROWS = 3_000, 40
FEATURES = ",".join(COLUMNS)


class Stage:
    """The models, their servers, and the tables that they are judged on."""

    def __init__(self, program, folder, checks, stack):
        self.program, self.checks = program, checks
        past, self.loans, self.few = Loans(1, 4_000), Loans(2, ROWS), Loans(3, FEW_ROWS)
        self.model, self.eight = loan_model(past), eight_model(4)
        example = pandas.DataFrame(numpy.zeros((1, 8)), columns=list(EIGHT))
        servers = [
            stack.enter_context(ScoringServer(save(model, rows, folder / name),
                                              folder / f"{name}.log"))
            for name, model, rows in (("loans", self.model, past.frame),
                                      ("eight", self.eight, example))]
        self.served, self.served_eight = (server.wait() for server in servers)
        enter = stack.enter_context
        self.mlflow = enter(MLflowFront(self.served))
        self.v2 = enter(InferenceFront(self.model.predict_proba, COLUMNS))
        self.mlflow_eight = enter(MLflowFront(self.served_eight))
        self.v2_eight = enter(InferenceFront(self.eight.predict_proba, EIGHT))
        self.table = program.table("loans.csv", Loans.HEADER, self.loans.rows())
        self.few_table = program.table("few.csv", Loans.HEADER, self.few.rows())

    @property
    def fronts(self):
        return {"mlflow": self.mlflow, "v2": self.v2}

    def words(self, table, url, *more):
        """The words that judge a model behind an address."""
        return ["--table", table, "--label", "repaid", "--features", FEATURES, "--ignore", "id",
                "--candidate", url, *more]


# MARK: - The servers by themselves

def asked_plainly(front, frame):
    """What a front's model answers to a frame, asked in one question as the program asks."""
    cells = frame.astype(object).where(frame.notna(), None)
    if isinstance(front, MLflowFront):
        question = {"dataframe_split": {"columns": list(cells), "data": cells.values.tolist()}}
    else:
        question = {"inputs": [
            {"name": name, "shape": [len(cells)], "data": cells[name].tolist(),
             "datatype": "FP64" if frame[name].dtype == float else "BYTES"} for name in cells]}
    return numpy.array(front.values(post(front.url, question, front.token)), dtype=float)


def servers(stage):
    """What is served is the model, whatever it is asked by."""
    checks = stage.checks
    for name, front in stage.fronts.items():
        front.forget()
        found = asked_plainly(front, stage.loans.frame)
        apart = numpy.abs(found - stage.model.predict_proba(stage.loans.frame)[:, 1]).max()
        checks.holds(f"{name}: the model is served ({apart:.1g} apart)", apart < 1e-12)
        checks.holds(f"{name}: {front.rows} rows counted in {len(front.asked)} request",
                     (front.rows, len(front.asked)) == (ROWS, 1))
        for fault in ("few", "nan", "refused"):
            front.fault = fault
            try:
                answers = asked_plainly(front, stage.few.frame)
                broken = len(answers) != FEW_ROWS or not numpy.isfinite(answers).all()
            except urllib.error.HTTPError:
                broken = True
            checks.holds(f"{name}: it can fail ({fault})", broken)
        front.forget()
    for form in ("single", "nested", "pairs"):
        stage.v2.form = form
        found = asked_plainly(stage.v2, stage.few.frame)
        expected = stage.model.predict_proba(stage.few.frame)[:, 1]
        checks.holds(f"v2: probabilities as {form}", numpy.abs(found - expected).max() < 1e-12)
    for front in (stage.mlflow_eight, stage.v2_eight):
        frame = pandas.DataFrame(numpy.eye(8), columns=list(EIGHT))
        apart = asked_plainly(front, frame) - stage.eight.predict_proba(frame)[:, 1]
        checks.holds("a model of eight numbers is served", numpy.abs(apart).max() < 1e-12)


# MARK: - What is judged

def accurate(stage):
    """The figures are scikit-learn's, in batches of any size: rows keep their order."""
    labels = stage.loans.labels
    for name, front in stage.fronts.items():
        scores = asked_plainly(front, stage.loans.frame)
        answers = scores >= THRESHOLD
        expected = {
            "auc": metrics.roc_auc_score(labels, scores),
            "average_precision": metrics.average_precision_score(labels, scores),
            "log_loss": metrics.log_loss(labels, scores),
            "brier": metrics.brier_score_loss(labels, scores),
            "accuracy": metrics.accuracy_score(labels, answers),
            "precision": metrics.precision_score(labels, answers),
            "recall": metrics.recall_score(labels, answers),
            "f1": metrics.f1_score(labels, answers)}
        front.forget()
        judgement = stage.program.reached(*stage.words(
            stage.table, front.url, "--threshold", THRESHOLD, "--model-batch", 97))
        for figure, value in expected.items():
            stage.checks.near(f"{name}: {figure}", judgement.value("accurate", figure), value)
        # The first questions are about the rows of the table.
        sizes = [asked.rows for asked in front.asked[:-(-ROWS // 97)]]
        stage.checks.holds(f"{name}: {ROWS} rows in questions of at most 97",
                           max(sizes) <= 97 and sum(sizes) == ROWS, sizes)
        important(stage, name, judgement)
        verdicts = [figure["verdict"] for figure in judgement.figures("reasons",
                                                                      "importance_share")]
        stage.checks.holds(f"{name}: no feature decides alone: fit", verdicts == ["fit"], verdicts)


def important(stage, name, judgement):
    """Permutation importance has scikit-learn's within its interval, feature by feature."""
    found = {figure["of"]: figure for figure in judgement.figures("reasons",
                                                                  "permutation_importance")}
    expected = inspection.permutation_importance(
        stage.model, stage.loans.frame, stage.loans.labels, scoring="roc_auc", n_repeats=20,
        random_state=0).importances_mean
    for feature, value in zip(stage.loans.frame, expected):
        figure = found.get(feature)
        stage.checks.holds(
            f"{name}: permutation importance of {feature} has {value:.4f} in its interval",
            figure is not None and figure["lower"] <= value <= figure["upper"], figure)


def beside(stage):
    """Against an older model's column, and against each other: the same model has no gain."""
    scores = asked_plainly(stage.mlflow, stage.loans.frame)
    gain = (metrics.roc_auc_score(stage.loans.labels, scores)
            - metrics.roc_auc_score(stage.loans.labels, stage.loans.older))
    for what, rival, value in (("an older model's column", "older", gain),
                               ("the same model behind another address", stage.v2.url, 0)):
        judgement = stage.program.reached(
            *stage.words(stage.table, stage.mlflow.url, "--incumbent", rival))
        stage.checks.near(f"auc gained on {what}",
                          judgement.value("better", "auc_gain", rival), value)
        verdict = judgement.section("better")["verdict"]
        stage.checks.holds(f"{what}: the candidate is no worse: fit", verdict == "fit", verdict)
    for form in ("single", "nested", "pairs"):
        stage.v2.form = form
        judgement = stage.program.reached(*stage.words(stage.table, stage.v2.url))
        stage.checks.near(f"v2: auc where probabilities are {form}",
                          judgement.value("accurate", "auc"),
                          metrics.roc_auc_score(stage.loans.labels, scores))


def reasons(stage):
    """Mean absolute Shapley values are shap's exact ones, where each row explains each."""
    frame = stage.few.frame
    texts = {name: sorted(set(frame[name].dropna())) for name in CATEGORIES}

    def coded(row_values):
        """Rows of numbers as the model takes them."""
        rows = pandas.DataFrame(row_values, columns=list(frame))
        for name, values in texts.items():
            words = numpy.array([*values, None], dtype=object)
            rows[name] = words[rows[name].astype(int)]
        return stage.model.predict_proba(rows)[:, 1]
    codes = frame.copy()
    for name, values in texts.items():
        codes[name] = [len(values) if word is None else values.index(word)
                       for word in frame[name]]
    values = codes.to_numpy(dtype=float)
    expected = decision.exact(coded, values, values)
    for name, front in stage.fronts.items():
        judgement = stage.program.reached(*stage.words(
            stage.few_table, front.url, "--background", FEW_ROWS))
        for feature, value in zip(frame, numpy.abs(expected).mean(axis=0)):
            figure = judgement.figure("reasons", "mean_absolute_shapley", feature)
            what = f"{name}: mean absolute Shapley value of {feature}"
            stage.checks.near(what, figure and figure["value"], value)
            stage.checks.holds(f"{what}: of {FEW_ROWS} rows",
                               figure is not None and figure["rows"] == FEW_ROWS, figure)


# MARK: - What fails

def passing(stage):
    """What passes is asked again, after the wait that the server names; nothing changes by it."""
    for name, front in stage.fronts.items():
        words = stage.words(stage.few_table, front.url)
        front.forget()
        whole = stage.program.reached(*words)
        requests = len(front.asked)
        for fault in ("unavailable", "busy", "cut"):
            front.forget()
            front.faults = [fault]
            judgement = stage.program.reached(*words)
            stage.checks.holds(f"{name}: {fault} once: the same judgement",
                               judgement.bytes == whole.bytes)
            stage.checks.holds(f"{name}: {fault} once: one request more",
                               len(front.asked) == requests + 1, len(front.asked))
            if fault != "cut":
                wait = front.asked[1].at - front.asked[0].at
                stage.checks.holds(f"{name}: {fault}: asked again {wait:.2f} s later, as told",
                                   wait >= 0.99)
        front.forget()


def failing(stage):
    """What does not pass is an error that names the model, status 2, and nothing written."""
    for name, front in stage.fronts.items():
        for fault, words in (
                ("few", f"{FEW_ROWS - 1} answers"), ("many", f"{FEW_ROWS + 1} answers"),
                ("nan", "finite|NaN|JSON"), ("null", "finite"), ("infinite", "finite|JSON"),
                ("text", "form"), ("empty", "form"), ("no_json", "JSON"), ("refused", "400"),
                ("slow", "no answer in 4 attempts"), ("unavailable", "503")):
            front.forget()
            front.fault, front.slowness = fault, 3
            judgement = stage.program.judge(
                *stage.words(stage.few_table, front.url, "--model-timeout", 1))
            unknown(stage, f"{name}: {fault}", judgement, front.url, words)
            if fault == "refused":
                stage.checks.holds(f"{name}: {fault}: not asked again", len(front.asked) == 1)
        front.forget()
        front.faults = ["null"]
        judgement = stage.program.reached(*stage.words(stage.few_table, front.url))
        silent = judgement.json["tables"][0]["without_prediction"]
        stage.checks.holds(f"{name}: a row that the model says nothing of is counted",
                           silent == 1, silent)
    url = f"http://127.0.0.1:{free_port()}/invocations"
    judgement = stage.program.judge(*stage.words(stage.few_table, url))
    unknown(stage, "nobody listens", judgement, url, "no answer in 4 attempts")
    columns = stage.words(stage.few_table, stage.mlflow.url)
    columns[columns.index(FEATURES)] = "income,age"
    judgement = stage.program.judge(*columns)
    unknown(stage, "mlflow: features are missing", judgement, stage.mlflow.url, "400")


def unknown(stage, what, judgement, url, words):
    complaint = judgement.complaint.strip()
    stage.checks.holds(f"{what}: status 2, and nothing written",
                       judgement.status == 2 and judgement.bytes is None,
                       f"status {judgement.status}\n{judgement.text}{complaint}")
    stage.checks.holds(f"{what}: the error names the model and says {words}",
                       url in complaint and re.search(words, complaint), complaint)


def token(stage):
    """A token is sent with each question, and seen nowhere else."""
    program, folder = stage.program, stage.program.folder
    file, wrong = folder / "token", folder / "wrong-token"
    file.write_text(f"{TOKEN}\n")
    wrong.write_text("another-token-that-nobody-may-see\n")
    for name, front in stage.fronts.items():
        front.token = TOKEN
        front.forget()
        page = folder / f"page-{name}.html"
        judgement = program.reached(*stage.words(
            stage.few_table, front.url, "--model-token", file, "--html", page))
        stage.checks.holds(f"{name}: each of {len(front.asked)} requests has the token", all(
            asked.token == f"Bearer {TOKEN}" for asked in front.asked))
        seen = (judgement.text + judgement.complaint + page.read_text(encoding="utf-8")
                + judgement.bytes.decode())
        stage.checks.holds(f"{name}: the token is printed nowhere", TOKEN not in seen)
        for what, words in (("no token", []), ("a wrong token", ["--model-token", wrong])):
            judgement = program.judge(*stage.words(stage.few_table, front.url, *words))
            unknown(stage, f"{name}: {what}", judgement, front.url, "401")
            stage.checks.holds(f"{name}: {what}: it is not printed",
                               "nobody-may-see" not in judgement.text + judgement.complaint)
        front.token = None
        front.forget()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("holdfast")
    parser.add_argument("--servers", action="store_true", help="try the servers alone")
    arguments = parser.parse_args()
    # What ends us ends what we started.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    checks = Checks()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        program = Program(arguments.holdfast, folder / "program")
        stage = Stage(program, folder, checks, stack)
        servers(stage)
        decision.ledger(stage)
        if not arguments.servers:
            for part in (accurate, beside, reasons, decision.reasons, passing, failing, token):
                part(stage)
    checks.end()


if __name__ == "__main__":
    main()
