"""Holdfast's assignment, a second time: Python's hashlib and nothing of Holdfast's own code.

It is the other half of a bargain: `make.py` pins this implementation's answers in a file, and
`check.py` compares a `holdfast` program with it on any number of ids. It reads catalogs that are
already known to be sound (a dict, as `json.load` gives), and takes time as an argument.
"""

import hashlib
import math
import re
from datetime import datetime, timedelta, timezone

MILLION = 1_000_000
BUCKETS = 1 << 52
UNIT_BYTES = 1_024


class Refused(Exception):
    """A unit that gets no answer, and the code that says why."""

    def __init__(self, code, detail):
        super().__init__(detail)
        self.code = code


def hashed(salt, scope, unit):
    """Every step from the text to the bucket, so that each can be pinned."""
    key = (salt + "/" + scope + "/" + unit).encode("utf-8")
    sha256 = hashlib.sha256(key).hexdigest()
    return {"scope": scope, "key": key, "sha256": sha256, "digits": sha256[:13],
            "bucket": int(sha256[:13], 16)}


def bucket(salt, scope, unit):
    """The integer in 0 ..< 2^52 that the hash deals to a unit."""
    return hashed(salt, scope, unit)["bucket"]


def boundary(cumulative):
    """The first bucket that no longer belongs to a cumulative share of so many millionths."""
    return cumulative * BUCKETS // MILLION


def millionths(percent):
    """`2%` is 20000 millionths; at most four decimals, so that it is a whole number of them."""
    match = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,4}))?%", percent)
    if not match:
        raise ValueError(f"{percent!r} is no share")
    value = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
    if value > MILLION:
        raise ValueError(f"{percent!r} is more than 100%")
    return value


def moment(text):
    """An RFC 3339 time with a zone."""
    value = datetime.fromisoformat(text.replace("z", "Z"))
    if value.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return value.astimezone(timezone.utc)


def microseconds(text):
    """Microseconds since 1970-01-01T00:00:00Z of a time, or of a date: its midnight in UTC."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        text += "T00:00:00Z"
    return (moment(text) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def span(text):
    """Microseconds of a whole number of weeks, days, hours, minutes or seconds."""
    seconds = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}[text[-1]]
    return int(text[:-1]) * seconds * 1_000_000


def arms_of(experiment):
    """[(name, millionths)] in declared order; with rotate and explore, the arms but control."""
    if "arms" not in experiment:
        return [("treatment", MILLION)]
    return [(name, millionths(share)) for arm in experiment["arms"]
            for name, share in arm.items()]


def dealt(shares, number):
    """Which of [(name, millionths)] a bucket falls to: half-open ranges in declared order."""
    end = 0
    for name, share in shares:
        start, end = end, end + share
        if boundary(start) <= number < boundary(end):
            return name, share, boundary(start), boundary(end)
    raise ValueError("the shares do not add up to 100%")


def kind(value):
    """The type of an attribute, as rules see it."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def eligible(rule, attributes):
    """True, False, or None where an attribute that is missing decides (Kleene's logic)."""
    if "all" in rule:
        answers = [eligible(part, attributes) for part in rule["all"]]
        return False if False in answers else None if None in answers else True
    if "any" in rule:
        answers = [eligible(part, attributes) for part in rule["any"]]
        return True if True in answers else None if None in answers else False
    if "not" in rule:
        answer = eligible(rule["not"], attributes)
        return None if answer is None else not answer
    return leaf(rule, attributes)


def leaf(rule, attributes):
    """One comparison of one attribute."""
    name = rule["attribute"]
    (operator, operand), = [(key, value) for key, value in rule.items() if key != "attribute"]
    value = attributes.get(name)
    if value is None:
        return None
    operands = operand if isinstance(operand, list) else [operand]
    if kind(value) not in {kind(one) for one in operands}:
        raise Refused("wrong_attribute", f"{name} is a {kind(value)}")
    found = any(kind(value) == kind(one) and value == one for one in operands)
    if operator in ("is", "in"):
        return found
    if operator in ("isNot", "notIn"):
        return not found
    return {"atLeast": value >= operand, "atMost": value <= operand,
            "above": value > operand, "below": value < operand}[operator]


def answer(reason, arm=None, propensity=MILLION, number=None, holdout=None, whole=MILLION):
    """An answer; the propensity is a fraction of integers, told as the double nearest to it."""
    return {"arm": arm, "reason": reason, "act": arm is not None and arm != "control",
            "propensity": propensity / whole, "bucket": number, "holdout": holdout}


def decide(catalog, request):
    """(answer, steps): what a unit is given, by the steps of the specification in their order."""
    name, unit, at = request["experiment"], request["unit"], moment(request["at"])
    if name not in catalog["experiments"]:
        raise Refused("unknown_experiment", name)
    if not 1 <= len(unit.encode("utf-8")) <= UNIT_BYTES:
        raise Refused("unit_length", "a unit has 1 to 1,024 bytes")
    experiment, steps = catalog["experiments"][name], []
    if unit in experiment.get("overrides", {}):
        return answer("override", experiment["overrides"][unit]), steps
    if "starts" in experiment and at < moment(experiment["starts"]):
        return answer("not_started"), steps
    if "ends" in experiment and at >= moment(experiment["ends"]):
        return answer("ended"), steps
    if "eligible" in experiment:
        verdict = eligible(experiment["eligible"], request.get("attributes") or {})
        if verdict is None:
            raise Refused("missing_attribute", "an attribute that decides is missing")
        if not verdict:
            return answer("ineligible"), steps
    return deal(catalog, request, steps), steps


def deal(catalog, request, steps):
    """The steps that hash: holdouts, slice, traffic, arm."""
    name, unit, cluster = request["experiment"], request["unit"], request.get("cluster")
    experiment = catalog["experiments"][name]

    def step(scope, who, start, end, **more):
        pinned = hashed(catalog["salt"], scope, who)
        steps.append({**pinned, "from": start, "to": end, **more})
        return pinned["bucket"]

    for holdout, declared in catalog.get("holdouts", {}).items():
        covers = declared.get("covers", "all")
        if covers == "all" or name in covers:
            share = millionths(declared["share"])
            number = step("holdout:" + holdout, unit, 0, boundary(share))
            if number < boundary(share):
                return answer("holdout", None, share, number, holdout)
    if "layer" in experiment:
        layer = experiment["layer"]
        start, end = millionths(layer["from"]), millionths(layer["to"])
        number = step("layer:" + layer["name"], unit, boundary(start), boundary(end))
        if not boundary(start) <= number < boundary(end):
            return answer("outside_slice", None, MILLION - (end - start), number)
    who = unit
    if "cluster" in experiment:
        if cluster is None:
            raise Refused("missing_cluster", "the experiment deals clusters")
        if not 1 <= len(cluster.encode("utf-8")) <= UNIT_BYTES:
            raise Refused("cluster_length", "a cluster has 1 to 1,024 bytes")
        who = cluster
    traffic = millionths(experiment.get("traffic", "100%"))
    number = step("traffic:" + name, who, 0, boundary(traffic))
    if number >= boundary(traffic):
        return answer("not_enrolled", None, MILLION - traffic, number)
    method = next((one for one in METHODS if one in experiment), "shares")
    scope = "arm:" + name
    if method == "switchback":
        scope += f"@{block(experiment['switchback'], request)['epoch']}"
    number = bucket(catalog["salt"], scope, who)
    given, facts = METHODS[method](experiment, number, request)
    step(scope, who, *facts.pop("range"), **facts)
    return given


def by_shares(experiment, number, _):
    """Half-open ranges of the arms' shares, in declared order."""
    arm, share, start, end = dealt(arms_of(experiment), number)
    return answer("assigned", arm, share, number), {"range": (start, end)}


def by_rotation(experiment, number, request):
    """A rotating panel is control; what is left of the bucket within its panel deals the others."""
    panels, stay = experiment["rotate"]["panels"], experiment["rotate"]["stay"]
    panel, rest = divmod(number * panels, BUCKETS)
    began = microseconds(experiment["rotate"]["from"])
    period = (microseconds(request["at"]) - began) // span(experiment["rotate"]["every"])
    arm, share, start, end = dealt(arms_of(experiment), rest)
    facts = {"range": (start, end), "panel": panel, "rest": rest, "period": period,
             "turn": (panel - period) % panels, "other": arm}
    if facts["turn"] < stay:
        return answer("assigned", "control", stay, number, whole=panels), facts
    return answer("assigned", arm, (panels - stay) * share, number,
                  whole=panels * MILLION), facts


def by_score(experiment, number, request):
    """The first part of each other arm's range is control, as wide as the score's band says."""
    score = request.get("score")
    if score is None:
        raise Refused("missing_score", "the experiment deals by score")
    if not math.isfinite(float(score)):
        raise Refused("not_finite", f"the score is {score}")
    band = next(index for index, one in enumerate(experiment["explore"])
                if "below" not in one or float(score) < float(one["below"]))
    control = millionths(experiment["explore"][band]["control"])
    arm, share, start, end = dealt(arms_of(experiment), number)
    edge = start + (end - start) * control // MILLION
    facts = {"range": (start, end), "band": band, "control": control, "controlTo": edge,
             "other": arm}
    if number < edge:
        return answer("assigned", "control", control, number), facts
    return answer("assigned", arm, (MILLION - control) * share, number,
                  whole=MILLION * MILLION), facts


def block(switchback, request):
    """The block of time that a moment lies in, and whether it is still in its burn-in."""
    at, every = microseconds(request["at"]), span(switchback["every"])
    epoch, since = divmod(at, every)
    return {"epoch": epoch, "since": since, "burnIn": since < span(switchback["burnIn"])}


def by_block(experiment, number, request):
    """The arms' shares, in a scope that names the block of time."""
    facts = block(experiment["switchback"], request)
    given, ranged = by_shares(experiment, number, request)
    return {**given, "burn_in": facts.pop("burnIn")}, {**ranged, **facts}


METHODS = {"rotate": by_rotation, "explore": by_score, "switchback": by_block,
           "shares": by_shares}


def split(catalog, request):
    """The part of the data set a unit belongs to, or None where the experiment splits nothing."""
    name = request["experiment"]
    experiment = catalog["experiments"][name]
    if "split" not in experiment:
        return None
    who = request["unit"]
    if "cluster" in experiment:
        who = request.get("cluster")
        if who is None:
            return None
    shares = [(part, millionths(share)) for part, share in experiment["split"].items()]
    return dealt(shares, bucket(catalog["salt"], "split:" + name, who))[0]
