"""Writes sequential.json: the sequential tests at sizes where double precision cancels.

Every figure is the definition, evaluated by mpmath to 60 digits from the doubles that are written
beside it: gamma functions, not Stirling's formula.

    pip install mpmath && python3 sequential.py > sequential.json
"""

import json

import mpmath
from mpmath import mp, mpf

mp.dps = 60
ORIGIN = f"mpmath {mpmath.__version__}, 60 digits"


def log_bayes_factor(shares, concentration, counts):
    k = mpf(concentration)
    whole = sum(mpf(s) for s in shares)
    theta = [mpf(s) / whole for s in shares]
    n = sum(counts)
    value = mpmath.loggamma(k) - mpmath.loggamma(k + n)
    for share, count in zip(theta, counts):
        if share == 0:
            assert count == 0
            continue
        value += mpmath.loggamma(k * share + count) - mpmath.loggamma(k * share)
        value -= count * mpmath.log(share)
    return value


RATIOS = [
    ([1, 1], 100, [0, 0]),
    ([1, 1], 100, [1, 0]),
    ([1, 1], 100, [0, 3000]),
    ([1, 1], 100, [500_000_000_000, 500_000_000_000]),
    ([1, 1], 100, [500_000_500_000, 499_999_500_000]),
    ([1, 1], 100, [500_005_000_000, 499_995_000_000]),
    ([50_000, 950_000], 100, [50_000_000_000, 950_000_300_000]),
    ([50_000, 950_000], 1, [4_900, 95_100]),
    ([1, 999_999], 100, [0, 1_000_000]),
    ([1, 999_999], 100, [9, 1_000_000]),
    ([1, 999_999], 1e-6, [3, 10]),
    ([0.1, 0.2, 0.3, 0.4], 1e6, [1_000, 2_100, 2_900, 4_000]),
    ([0.1, 0, 0.5, 0.4], 17.5, [1_000, 0, 5_100, 3_900]),
    ([1, 1, 1, 1, 1, 1, 1], 2, [3, 1, 4, 1, 5, 9, 2]),
    ([3, 7], 1e12, [3_100, 6_900]),
]


def rho_squared(tuning, alpha):
    level = -2 * mpmath.log(mpf(alpha))
    return (level + mpmath.log(level + 1)) / mpf(tuning)


def half_width(error, rows, tuning, alpha):
    r = rho_squared(tuning, alpha)
    t = mpf(rows)
    inner = mpmath.log(mpmath.sqrt(t * r + 1) / mpf(alpha))
    return mpf(error) * mpmath.sqrt(t) * mpmath.sqrt(2 * (t * r + 1) / (t * t * r) * inner)


def p_value(estimate, error, rows, tuning):
    r = rho_squared(tuning, 0.05)
    t = mpf(rows)
    z = mpf(estimate) / mpf(error)
    return min(mpf(1), mpmath.sqrt(t * r + 1) * mpmath.exp(-z * z * t * r / (2 * (t * r + 1))))


WIDTHS = [
    (1.0, 1, 5_000, 0.05),
    (0.02, 10_000, 5_000, 0.05),
    (1e-6, 1_000_000_000_000, 5_000, 0.05),
    (3.5, 700, 1_000_000_000, 1e-12),
    (1e-3, 123_456, 10_000, 1e-300),
    (1e-3, 123_456, 10_000, 0.999),
    (1e150, 4, 1, 0.5),
]
VALUES = [
    (0.07, 0.02, 10_000, 5_000),
    (0.07, 0.02, 100, 5_000),
    (-0.5, 0.02, 10_000, 5_000),
    (1e-9, 2e-10, 1_000_000_000_000, 5_000),
    (3.0, 1.0, 1, 1),
    (0.0, 1.0, 400, 5_000),
]
BOUNDS = [
    (100, 0.05, 100, 0.05),
    (1, 0.05, 100, 0.05),
    (1_000_000, 0.01, 100, 0.05),
    (25, 1e-9, 1_000, 0.01),
    (0.5, 0.4, 3, 0.2),
]


def one_sided(v, alpha, optimum, level):
    inner = -2 * mpmath.log(2 * mpf(level))
    rho = mpf(optimum) / (inner + mpmath.log(1 + inner))
    v = mpf(v)

    def excess(s):
        z = s / mpmath.sqrt(v + rho)
        log_ratio = mpmath.log(2 * mpmath.sqrt(rho / (v + rho))) + z * z / 2
        return log_ratio + mpmath.log(mpmath.ncdf(z)) + mpmath.log(mpf(alpha))

    low, high = mpf(0), 100 * mpmath.sqrt(v + rho)
    for _ in range(220):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return high


def mixture_ratio(difference, variance, mixing, pairs):
    d, v, tau, n = mpf(difference), mpf(variance), mpf(mixing), mpf(pairs)
    return mpmath.log(v / (v + n * tau)) / 2 + n * n * tau * d * d / (2 * v * (v + n * tau))


def number(value):
    return float(value)


print(
    json.dumps(
        {
            "ratio": [
                {
                    "origin": ORIGIN,
                    "shares": shares,
                    "concentration": concentration,
                    "counts": counts,
                    "expected": number(log_bayes_factor(shares, concentration, counts)),
                }
                for shares, concentration, counts in RATIOS
            ],
            "half_width": [
                {
                    "origin": ORIGIN,
                    "error": e,
                    "rows": t,
                    "tuning": o,
                    "alpha": a,
                    "expected": number(half_width(e, t, o, a)),
                }
                for e, t, o, a in WIDTHS
            ],
            "p_value": [
                {
                    "origin": ORIGIN,
                    "estimate": x,
                    "error": e,
                    "rows": t,
                    "tuning": o,
                    "expected": number(p_value(x, e, t, o)),
                }
                for x, e, t, o in VALUES
            ],
            "one_sided": [
                {
                    "origin": ORIGIN,
                    "v": v,
                    "alpha": a,
                    "v_opt": o,
                    "alpha_opt": l,
                    "expected": number(one_sided(v, a, o, l)),
                }
                for v, a, o, l in BOUNDS
            ],
            "mixture_ratio": [
                {
                    "origin": ORIGIN,
                    "difference": d,
                    "variance": v,
                    "mixing": m,
                    "pairs": n,
                    "expected": number(mixture_ratio(d, v, m, n)),
                }
                for d, v, m, n in [
                    (0.01, 0.5, 1e-4, 20_000),
                    (1e-5, 0.5, 1e-10, 1_000_000_000_000),
                    (-2.0, 1e6, 1.0, 3),
                    (100.0, 1.0, 1.0, 10_000),
                ]
            ],
        },
        indent=1,
    )
)
