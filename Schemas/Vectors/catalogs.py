"""Catalogs, requests and the search for units that make a case."""

from cases import SALT
from reference import bucket, boundary, decide

START, END = "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"
NOW = "2026-03-01T12:00:00Z"


def experiment(**changes):
    """An experiment of two arms, half each, with what a case needs changed."""
    return {"unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}], **changes}


def catalog(trial=None, **parts):
    """A catalog of one experiment `trial`, and whatever else a case needs."""
    others = parts.pop("experiments", {})
    return {"holdfast": 1, "salt": SALT, **parts,
            "experiments": {"trial": trial or experiment(), **others}}


def request(unit, **more):
    """A request on the experiment `trial`, at a time when it runs."""
    return {"experiment": "trial", "unit": unit, **more, "at": more.get("at", NOW)}


def case(name, made, asked, reason, **more):
    """A case by name, with the reason (and arm) it is there to show."""
    return {"name": name, "catalog": made, "request": asked, "reason": reason, **more}


def first(made, reason, arm=None, limit=4_000_000, **more):
    """The first of customer-0, customer-1 … that gets this answer: it makes a case, pins none."""
    for number in range(limit):
        asked = request(f"customer-{number}", **more)
        given = decide(made, asked)[0]
        if given["reason"] == reason and arm in (None, given["arm"]):
            return asked
    raise AssertionError(f"no unit for {reason} {arm}")


def rare(scope, share):
    """The first of customer-0, customer-1 … whose bucket is below the boundary of a tiny share."""
    number = 0
    while bucket(SALT, scope, f"customer-{number}") >= boundary(share):
        number += 1
    return f"customer-{number}"
