"""Made-up loans and the models of them: what the servers of this folder serve.

Everything follows from a seed. The models are smooth, so that a cell that is read or sent otherwise
than it was written shows in every figure.
"""

import warnings

import mlflow
import numpy
import pandas
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

# Names of features are data: they may hold spaces, and texts quotes, commas and any script.
NUMBERS = ("income", "age", "debt ratio")
CATEGORIES = ("region", "channel")
COLUMNS = {**{name: float for name in NUMBERS}, **{name: object for name in CATEGORIES}}
REGIONS = ("north", "south", "Île-de-France", "東京, \"23 wards\"")
CHANNELS = ("branch", "web", "phone")
EIGHT = {f"x{number}": float for number in range(8)}


class Loans:
    """Loans, whether each was repaid, and what an older model said of it."""

    def __init__(self, seed, count):
        chance = numpy.random.default_rng(seed)
        income = numpy.round(chance.lognormal(10.2, 0.6, count), 2)
        age = chance.integers(18, 85, count).astype(float)
        debt = chance.beta(2, 5, count)
        region = chance.integers(len(REGIONS), size=count)
        channel = chance.integers(len(CHANNELS), size=count)
        logit = (1.4 * (numpy.log(income) - 10.2) - 3 * (debt - 0.3) + 0.02 * (age - 45)
                 + numpy.array([0.5, -0.7, 0.2, 0])[region])
        self.labels = (chance.random(count) < 1 / (1 + numpy.exp(-logit))).astype(int)
        # The older model knows the debt alone.
        self.older = 1 / (1 + numpy.exp(3 * (debt - 0.3)))
        # Some cells are missing, as they are in life.
        income[chance.random(count) < 0.04] = numpy.nan
        regions = numpy.array(REGIONS, dtype=object)[region]
        regions[chance.random(count) < 0.03] = None
        self.frame = pandas.DataFrame({
            "income": income, "age": age, "debt ratio": debt, "region": regions,
            "channel": numpy.array(CHANNELS, dtype=object)[channel]})

    def rows(self):
        """Rows of a table: an id, the features, the older model's prediction, the label."""
        cells = self.frame.astype(object).where(self.frame.notna(), None).values.tolist()
        return ([f"loan-{place}", *features, float(older), int(label)]
                for place, (features, older, label)
                in enumerate(zip(cells, self.older, self.labels)))

    HEADER = ["id", *NUMBERS, *CATEGORIES, "older", "repaid"]


def loan_model(loans):
    """A regression on the numbers with their products, and on the categories."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler(), PolynomialFeatures(2))
    model = make_pipeline(
        make_column_transformer((numbers, list(NUMBERS)),
                                (OneHotEncoder(handle_unknown="ignore"), list(CATEGORIES))),
        LogisticRegression(max_iter=1_000))
    return model.fit(loans.frame, loans.labels)


def eight_model(seed):
    """A model of eight numbers, of which some act together and one not at all."""
    chance = numpy.random.default_rng(seed)
    frame = pandas.DataFrame(chance.normal(size=(2_000, 8)), columns=list(EIGHT))
    x = frame.values.T
    logit = x[0] - 0.7 * x[1] + x[2] * x[3] - 0.6 * x[4] * x[5] + 0.4 * x[6] ** 2 - 0.4
    labels = (chance.random(len(frame)) < 1 / (1 + numpy.exp(-logit))).astype(int)
    model = make_pipeline(PolynomialFeatures(2), LogisticRegression(max_iter=1_000))
    return model.fit(frame, labels)


def save(model, example, path):
    """Saves a model as MLflow serves it.

    Without `predict_proba` its server answers classes, 0 or 1, from which no figure of a
    probability can be had.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.save_model(
            model, str(path), signature=infer_signature(example, model.predict_proba(example)),
            pyfunc_predict_fn="predict_proba", pip_requirements=[],
            skops_trusted_types=["numpy.dtype"])
    return path
