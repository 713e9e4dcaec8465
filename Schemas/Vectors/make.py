"""Makes assignment-v1.json: the named cases that pin assignment, hash version 1.

    python3 Schemas/Vectors/make.py            # writes the file beside this one
    python3 Schemas/Vectors/make.py --check    # exit 1 if the file is not what would be written

The answers are Python hashlib's (reference.py), never those of a Holdfast program.
"""

import json
import pathlib
import sys

import cases
import decisions
import methods
import reference
from reference import boundary, hashed, millionths

PATH = pathlib.Path(__file__).with_name("assignment-v1.json")


def shown(step):
    """A step as the file has it: the key as hexadecimal digits of its UTF-8 bytes."""
    return {**step, "key": step["key"].hex()}


def hash_case(name, scope, unit, salt=cases.SALT):
    """One key, and every step to its bucket."""
    pinned = hashed(salt, scope, unit)
    return {"name": name, "salt": salt, "unit": unit, "unitHex": unit.encode().hex(),
            "text": pinned["key"].decode(), **shown(pinned)}


def edge_case(name, scope, unit, share, side):
    """A bucket against the boundary of a cumulative share; `below` means: inside that share."""
    pinned = hash_case(name, scope, unit)
    edge = boundary(share)
    below = pinned["bucket"] < edge
    assert below == (side in ("last", "nearest below")), name
    if side in ("at", "last"):
        assert pinned["bucket"] == edge - (side == "last"), name
    return {**pinned, "share": share, "boundary": edge, "distance": pinned["bucket"] - edge,
            "below": below}


def nearest_cases():
    """For every scope: of 200,000 units, the two whose buckets fall nearest to its boundary."""
    made = []
    for scope, share in cases.NEAREST:
        edge = boundary(share)
        units = [f"near-{number}" for number in range(200_000)]
        ranked = [(reference.bucket(cases.SALT, scope, unit) - edge, unit) for unit in units]
        below = max(pair for pair in ranked if pair[0] < 0)[1]
        above = min(pair for pair in ranked if pair[0] >= 0)[1]
        label = f"{scope} at {share} millionths"
        made.append(edge_case(f"nearest below {label}", scope, below, share, "nearest below"))
        made.append(edge_case(f"nearest above {label}", scope, above, share, "nearest above"))
    return made


def decision_case(case):
    """An end-to-end case with its answer, steps and split; the reason must be the one it names."""
    given, steps = reference.decide(case["catalog"], case["request"])
    assert given["reason"] == case["reason"], (case["name"], given)
    for fact in ("arm", "burn_in"):
        assert case.get(fact, given.get(fact)) == given.get(fact), (case["name"], given)
    made = {"name": case["name"], "catalog": case["catalog"], "request": case["request"],
            "expected": given, "steps": [shown(step) for step in steps]}
    # Pinned only where the catalog declares one.
    part = reference.split(case["catalog"], case["request"])
    return made if part is None else {**made, "split": part}


def refusal_case(case):
    """An end-to-end case that must get no answer, and why."""
    try:
        reference.decide(case["catalog"], case["request"])
    except reference.Refused as refused:
        assert refused.code == case["refused"], case["name"]
        return {"name": case["name"], "catalog": case["catalog"], "request": case["request"],
                "refused": refused.code, "detail": str(refused)}
    raise AssertionError(case["name"] + " was answered")


def document():
    """The whole file."""
    made = {
        "format": "holdfast-assignment-vectors",
        "version": 1,
        "origin": "Python hashlib, Schemas/Vectors/make.py and reference.py",
        "hash": {
            "key": "salt / scope / unit, UTF-8 bytes as given, no normalisation",
            "digest": "SHA-256", "digits": 13, "buckets": reference.BUCKETS,
            "boundary": "floor(cumulative * 2^52 / 1000000)"},
        "hashes": [hash_case(*case) for case in cases.hashes()],
        "shares": [{"text": text, "millionths": millionths(text)} for text in cases.SHARES],
        "boundaries": [{"share": share, "boundary": boundary(share)}
                       for share in cases.CUMULATIVE],
        "edges": [edge_case(*case) for case in cases.EDGES] + nearest_cases(),
        "decisions": [decision_case(case) for case in decisions.decisions()],
        "refusals": [refusal_case(case) for case in decisions.refusals()],
        "methods": [decision_case(case) for case in methods.cases()],
        "methodRefusals": [refusal_case(case) for case in methods.refusals()],
    }
    check(made)
    return json.dumps(made, indent=1, ensure_ascii=True) + "\n"


def check(made):
    """The laws that a slip in the cases would break."""
    for section in ("hashes", "edges", "decisions", "refusals", "methods", "methodRefusals"):
        names = [case["name"] for case in made[section]]
        assert len(names) == len(set(names)), f"{section}: two cases of one name"
    digests = [case["sha256"] for case in made["hashes"]]
    assert len(digests) == len(set(digests)), "two keys of one digest"
    reasons = {case["expected"]["reason"] for case in made["decisions"]}
    assert reasons == set(cases.REASONS), reasons
    check_methods(made["methods"])


def check_methods(made):
    """Every method shows control and treatment; every switchback's arm its burn-in, and the other."""
    seen = {(method, case["expected"]["act"]) for case in made for method in methods.METHODS
            if case["expected"]["reason"] == "assigned"
            and method in case["catalog"]["experiments"][case["request"]["experiment"]]}
    assert len(seen) == 2 * len(methods.METHODS), seen
    assert {case["expected"].get("burn_in") for case in made} == {None, False, True}


def main():
    text = document()
    if sys.argv[1:] == ["--check"]:
        if PATH.read_text(encoding="ascii") != text:
            sys.exit(f"{PATH.name} is not what make.py makes: run it without --check")
        print(f"{PATH.name} is what make.py makes")
        return
    PATH.write_text(text, encoding="ascii")
    made = json.loads(text)
    print(PATH.name + ": " + ", ".join(
        f"{len(made[section])} {section}" for section in
        ("hashes", "shares", "boundaries", "edges", "decisions", "refusals",
         "methods", "methodRefusals")))


if __name__ == "__main__":
    main()
