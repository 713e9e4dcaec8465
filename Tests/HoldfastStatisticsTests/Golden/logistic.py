"""Makes logistic.json: what scikit-learn and statsmodels fit, each case with its origin.

    python3 logistic.py > logistic.json      # needs numpy 2.4.6, scikit-learn 1.9.1, statsmodels 0.15.0

The rows are drawn with the seed that stands in the case's origin, and rounded, so that they can be read.
"""
import json

import numpy as np
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression


def rows(seed, count, scales, offsets, slopes, intercept, weighted):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(count, len(scales))).round(3)
    y = (rng.uniform(size=count) < 1 / (1 + np.exp(-(intercept + z @ np.array(slopes))))).astype(float)
    x = z * np.array(scales) + np.array(offsets)
    w = rng.choice([0.0, 1.0, 1.0, 2.5, 20.0], count) if weighted else np.ones(count)
    return x, y, w


def by_sklearn(x, y, w, ridge):
    model = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-13, max_iter=200)
    model.fit(x, y, sample_weight=w)
    return [float(model.intercept_[0])] + [float(v) for v in model.coef_[0]]


def by_statsmodels(x, y, w):
    model = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=w)
    return [float(v) for v in model.fit(tol=1e-14, maxiter=200).params]


def case(origin, x, y, w, ridge, coefficients):
    return {"origin": origin, "ridge": ridge, "features": x.tolist(), "labels": y.tolist(),
            "weights": w.tolist(), "expected": {"coefficients": coefficients}}


def cases():
    sk = f"scikit-learn {sklearn.__version__}, LogisticRegression(C=1/ridge, solver='newton-cholesky')"
    st = f"statsmodels {statsmodels.__version__}, GLM(Binomial, freq_weights)"
    plain = rows(1, 60, [1, 1], [0, 0], [1.0, -0.5], -0.3, False)
    weighted = rows(2, 80, [1, 1, 1], [0, 0, 0], [2.0, -1.0, 0.0], -1.5, True)
    wide = rows(3, 60, [1e-3, 1e3], [0, 2000], [1.0, 0.7], 0.2, False)
    rare = rows(4, 120, [1, 1], [0, 0], [1.5, 0.0], -3.5, True)
    for name, (x, y, w), ridge in [
            ("plain", plain, 1.0), ("weighted", weighted, 1.0), ("weighted", weighted, 0.01),
            ("rare labels", rare, 5.0)]:
        yield case(f"{sk}: {name}, ridge {ridge}", x, y, w, ridge, by_sklearn(x, y, w, ridge))
    apart = (np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    yield case(f"{sk}: labels told apart, ridge 1", *apart, 1.0, by_sklearn(*apart, 1.0))
    twin = (np.repeat(plain[0][:, :1], 2, axis=1), plain[1], plain[2])
    yield case(f"{sk}: one feature twice, ridge 1", *twin, 1.0, by_sklearn(*twin, 1.0))
    example = (np.array([[1.0], [2], [3], [4], [5]]), np.array([0.0, 0, 1, 0, 1]), np.ones(5))
    yield case(f"{sk}: the example in the documentation", *example, 1.0, by_sklearn(*example, 1.0))
    for name, (x, y, w) in [("plain", plain), ("weighted", weighted), ("unlike scales", wide)]:
        yield case(f"{st}: {name}", x, y, w, 0.0, by_statsmodels(x, y, w))


if __name__ == "__main__":
    print(json.dumps({"fits": list(cases())}, indent=None, separators=(",", ":")).replace('{"origin"', '\n{"origin"'))
