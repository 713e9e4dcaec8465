"""Makes balance.json: real dealings under many salts, and how far the arms are apart, by hashlib and NumPy.

    python3 balance.py > balance.json     # needs numpy 2.4.6

Nothing of Holdfast runs here: buckets are the first 13 digits of SHA-256, salts follow from SplitMix64, and
standardised differences are (mean - mean) / sqrt((variance + variance) / 2), with weights where the experiment
deals by the score.
"""
import hashlib
import json

import numpy as np

WHOLE = 1 << 52
MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def salt(seed, number):
    start = mix(((seed * 1_000_003 + 201) * GAMMA) & MASK)
    parts = (mix((start + (4 * number + part + 1) * GAMMA) & MASK) >> 11 for part in range(4))
    # Of a number from 0 to 1 in steps of 2^-53 the first 32 bits.
    return "".join(f"{part >> 21:08x}" for part in parts)


def bucket(salt, scope, unit):
    return int(hashlib.sha256(f"{salt}/{scope}/{unit}".encode()).hexdigest()[:13], 16)


def boundary(millionths):
    return millionths * WHOLE // 1_000_000


def ranges(shares):
    edges = [boundary(sum(shares[:k])) for k in range(len(shares) + 1)]
    return list(zip(edges, edges[1:]))


def deal(case, salt, row):
    """The arm of a row by its place, and the weight, or None."""
    unit, name = row["unit"], "limits"
    for holdout, share in case.get("holdouts", {}).items():
        if bucket(salt, f"holdout:{holdout}", unit) < boundary(share):
            return None
    if "slice" in case and not (
            boundary(case["slice"][0]) <= bucket(salt, "layer:lending", unit) < boundary(case["slice"][1])):
        return None
    dealt = row[case["cluster"]] if "cluster" in case else unit
    if bucket(salt, f"traffic:{name}", dealt) >= boundary(case.get("traffic", 1_000_000)):
        return None
    place = bucket(salt, f"arm:{name}", dealt)
    if "bands" not in case:
        for arm, (low, high) in enumerate(ranges(case["shares"])):
            if low <= place < high:
                return arm, 1.0
    control = next(c for below, c in case["bands"] if below is None or row["score"] < below)
    is_control = place < WHOLE * control // 1_000_000
    return (0, 1e6 / control) if is_control else (1, 1e6 / (1_000_000 - control))


def effect(one, other, v, w):
    spread = np.sqrt((v + w) / 2)
    if one == other and spread == 0:
        return None
    return abs(other - one) / spread


def moments(x, w):
    mean = (w * x).sum() / w.sum()
    return mean, (w * (x - mean) ** 2).sum() * w.sum() / (w.sum() ** 2 - (w * w).sum())


def share_effect(one, weights_one, other, weights_other):
    if not len(one) or not len(other):
        return None
    p = (weights_one * one).sum() / weights_one.sum()
    q = (weights_other * other).sum() / weights_other.sum()
    return effect(p, q, p * (1 - p), q * (1 - q))


def largest(column, one, w, other, v):
    """The largest difference of a column between the rows `one` and the rows `other`."""
    a, b = [column[i] for i in one], [column[i] for i in other]
    found = [share_effect(np.array([x is None for x in a]), w, np.array([x is None for x in b]), v)]
    here = [(np.array([x is not None for x in side])) for side in (a, b)]
    w, v = w[here[0]], v[here[1]]
    a, b = [x for x in a if x is not None], [x for x in b if x is not None]
    if column and any(isinstance(x, str) for x in column):
        for kind in sorted({x for x in column if x is not None}):
            found.append(share_effect(
                np.array([x == kind for x in a]), w, np.array([x == kind for x in b]), v))
    elif len(a) > 1 and len(b) > 1:
        (m, s), (n, t) = moments(np.array(a), w), moments(np.array(b), v)
        found.append(effect(m, n, s, t))
    found = [x for x in found if x is not None]
    return float(max(found)) if found else None


def look(case, salt):
    rows = case["rows"]
    dealt = [deal(case, salt, row) for row in rows]
    arms = range(2 if "bands" in case else len(case["shares"]))
    members = [[i for i, d in enumerate(dealt) if d and d[0] == arm] for arm in arms]
    weights = [np.array([dealt[i][1] for i in side]) for side in members]
    differences = {
        name: [largest([row[name] for row in rows], members[0], weights[0], members[arm], weights[arm])
               for arm in arms if arm != 0]
        for name in case["covariates"]}
    strata = {}
    for i, row in enumerate(rows):
        kind = "region " + (row["region"] or "missing")
        counts = strata.setdefault(kind, [0] * len(arms))
        if dealt[i]:
            counts[dealt[i][0]] += 1
    return differences, [len(side) for side in members], strata


def rows(seed, count):
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        age = None if rng.random() < 0.1 else round(float(rng.normal(45, 12)), 3)
        region = None if rng.random() < 0.05 else str(rng.choice(["north", "south", "east"], p=[0.6, 0.3, 0.1]))
        made.append({"unit": f"c-{i}", "household": f"h-{int(rng.integers(0, count // 2))}",
                     "score": round(float(rng.random()), 4), "age": age, "region": region,
                     "income": round(float(rng.lognormal(8, 1)), 2)})
    return made


CASES = [
    {"name": "three arms", "seed": 7, "rows": rows(1, 240), "shares": [200_000, 300_000, 500_000],
     "covariates": ["age", "region", "income"],
     "catalog": "experiments: {limits: {unit: customer, arms: [{control: 20%}, {one: 30%}, {two: 50%}]}}"},
    {"name": "households, a holdout, a slice and traffic", "seed": 8, "rows": rows(2, 400),
     "shares": [400_000, 600_000], "holdouts": {"program": 100_000}, "slice": [0, 800_000],
     "traffic": 700_000, "cluster": "household", "covariates": ["age", "region", "income"],
     "catalog": "holdouts: {program: {unit: customer, share: 10%, covers: all}}, "
                "layers: {lending: {unit: customer}}, "
                "experiments: {limits: {unit: customer, cluster: household, traffic: 70%, "
                "layer: {name: lending, from: 0%, to: 80%}, arms: [{control: 40%}, {treatment: 60%}]}}"},
    {"name": "an exploration", "seed": 9, "rows": rows(3, 300),
     "bands": [[0.5, 400_000], [0.8, 200_000], [None, 100_000]], "covariates": ["age", "region", "income"],
     "catalog": "experiments: {limits: {unit: customer, "
                "explore: [{below: 0.5, control: 40%}, {below: 0.8, control: 20%}, {control: 10%}]}}"},
]
SALT = "balance-tests-salt-01"
SALTS = 100


def main():
    out = []
    for case in CASES:
        names = list(case["rows"][0])
        text = ",".join(names) + "\n" + "".join(
            ",".join("" if row[n] is None else str(row[n]) for n in names) + "\n" for row in case["rows"])
        differences, arms, strata = look(case, SALT)
        looks = [look(case, salt(case["seed"], number)) for number in range(SALTS)]
        most = [max(d for of in one[0].values() for d in of if d is not None) for one in looks]
        control = {kind: [one[2][kind][0] for one in looks] for kind in strata}
        out.append({
            "name": case["name"], "origin": f"hashlib, numpy {np.__version__}", "catalog": case["catalog"],
            "salt": SALT, "salts": SALTS, "seed": case["seed"], "units": text, "covariates": case["covariates"],
            "expected": {
                "differences": differences, "arms": arms,
                "mean_arms": [float(np.mean([one[1][arm] for one in looks])) for arm in range(len(arms))],
                "largest": [float(np.quantile(most, q)) for q in (0.5, 0.9, 0.95, 0.99)],
                "of": {name: float(np.quantile([max(d for d in one[0][name] if d is not None) for one in looks], 0.5))
                       for name in case["covariates"]},
                "beyond": float(np.mean(np.array(most) > 0.1)),
                "strata": [{"name": kind, "arms": strata[kind], "mean_control": float(np.mean(control[kind])),
                            "least_control": float(np.quantile(control[kind], 0.05))} for kind in sorted(strata)],
            }})
    print(json.dumps({"cases": out}, indent=1))


main()
