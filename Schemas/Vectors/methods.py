"""The end-to-end cases of rotate, explore and switchback, and of what all methods share, by name."""

import functools
import sys

from cases import EDGES, NFC, NFD, SALT
from catalogs import NOW, case, catalog, experiment, first, request
from reference import BUCKETS, boundary, bucket, decide

OTHERS = [{"low": "33.3333%"}, {"none": "0%"}, {"high": "66.6667%"}]
ROTATE = {"panels": 50, "stay": 2, "every": "30d", "from": "2026-01-01"}
EXPLORE = [{"below": 0.5, "control": "10%"}, {"below": 0.9, "control": "4%"}, {"control": "1%"}]
SWITCHBACK = {"every": "6h", "burnIn": "30m"}
HALVES = [{"control": "50%"}, {"treatment": "50%"}]
LEAST, GREATEST = 5e-324, sys.float_info.max


def trial(**changes):
    """A catalog of one experiment whose control is not among the arms."""
    return catalog({"unit": "customer", **changes})


def cases():
    """All cases that get an answer."""
    return [*period_cases(), *panel_cases(), *rotated_arm_cases(), *score_cases(),
            *explored_arm_cases(), *explore_edges(), *block_cases(), *many_arm_cases(),
            *order_cases(), *holdout_cases(), *cluster_cases()]


# Rotation


def period_cases():
    """A unit's stretch of control begins and ends at the boundary of a period, to the microsecond."""
    made = trial(rotate=ROTATE)
    # 2025-12-02 to 2026-01-01 is period -1; period 1 begins on 2026-01-31, period 2 on 2026-03-02.
    turns = {"treatment": "assigned to treatment", "control": "assigned to control"}
    late = first(made, "assigned", "control", at="2026-01-31T00:00:00Z")["unit"]
    fresh = next(f"customer-{i}" for i in range(10_000) if [
        decide(made, request(f"customer-{i}", at=at))[0]["arm"]
        for at in ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z")] == ["treatment", "control"])
    for name, at, arm in (
            ("a microsecond before its first period", "2026-01-30T23:59:59.999999Z", "treatment"),
            ("at its first period's beginning", "2026-01-31T00:00:00Z", "control"),
            ("the same moment in the east", "2026-01-31T09:00:00+09:00", "control"),
            ("the same moment in the west", "2026-01-30T18:30:00-05:30", "control"),
            ("a microsecond before, in the east", "2026-01-31T08:59:59.999999+09:00", "treatment"),
            ("at its second period's beginning", "2026-03-02T00:00:00Z", "control"),
            ("the last microsecond of its stretch", "2026-03-31T23:59:59.999999Z", "control"),
            ("at the end of its stretch", "2026-04-01T00:00:00Z", "treatment"),
            ("one period short of its return", "2030-03-10T23:59:59.999999Z", "treatment"),
            ("at its return, 50 periods later", "2030-03-11T00:00:00Z", "control"),
            ("before `from`, in its stretch of the cycle before",
             "2021-12-23T00:00:00Z", "control"),
            ("before `from`, a microsecond before that stretch",
             "2021-12-22T23:59:59.999999Z", "treatment")):
        yield case(f"rotate: {name}: {turns[arm]}", made, request(fresh, at=at), "assigned",
                   arm=arm)
    for name, at in (("a microsecond before `from`", "2025-12-31T23:59:59.999999Z"),
                     ("at `from`", "2026-01-01T00:00:00Z"),
                     ("in the year 1", "0001-01-01T00:00:00Z"),
                     ("before 1970", "1969-12-31T23:59:59.999999Z"),
                     ("in the year 9999", "9999-12-31T23:59:59.999999Z")):
        yield case("rotate: " + name, made, request(late, at=at), "assigned")
    for name, began in (("a time", "2026-01-01T00:00:00Z"),
                        ("a time in another zone", "2026-01-01T05:45:00+05:45"),
                        ("a microsecond later", "2026-01-01T00:00:00.000001Z")):
        moved = trial(rotate={**ROTATE, "from": began})
        yield case(f"rotate: from is {name}", moved, request(fresh, at="2026-01-31T00:00:00Z"),
                   "assigned", arm="treatment" if "later" in name else "control")


def panel_cases():
    """The fewest and the most panels, the shortest and the longest periods, panels' boundaries."""
    for panels, stay, every in ((2, 1, "1s"), (3, 2, "36600d"), (1_000, 1, "1w"),
                                (1_000, 999, "1s"), (999, 500, "7h"), (7, 3, "45m")):
        made = trial(rotate={"panels": panels, "stay": stay, "every": every, "from": "2026-01-01"})
        for arm in ("control", "treatment"):
            asked = first(made, "assigned", arm)
            yield case(f"rotate: {stay} of {panels} panels every {every}: {arm}", made, asked,
                       "assigned", arm=arm)
    # Where two panels meet, floor(bucket * P / 2^52) changes: the nearest of 100,000 units.
    for panels in (50, 1_000):
        made = trial(rotate={**ROTATE, "panels": panels})
        rests = [(bucket(SALT, "arm:trial", f"near-{i}") * panels % BUCKETS, f"near-{i}")
                 for i in range(100_000)]
        for side, unit in (("after", min(rests)[1]), ("before", max(rests)[1])):
            yield case(f"rotate: nearest {side} a boundary of {panels} panels", made,
                       request(unit), "assigned")


def rotated_arm_cases():
    """The other arms share what is not control, by the rest of the bucket within its panel."""
    made = trial(rotate=ROTATE, arms=OTHERS)
    for arm in ("control", "low", "high"):
        yield case(f"rotate: of three other arms: {arm}", made, first(made, "assigned", arm),
                   "assigned", arm=arm)
    # One unit in three moments: its other arm is the same before and after its stretch.
    unit = first(made, "assigned", "control")["unit"]
    arms = {decide(made, request(unit, at=at))[0]["arm"]
            for at in ("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z")}
    assert len(arms) == 1 and arms < {"low", "high"}, arms
    for year in (2020, 2026, 2027):
        at = NOW if year == 2026 else f"{year}-01-01T00:00:00Z"
        yield case(f"rotate: a unit's arm in {year}", made, request(unit, at=at), "assigned",
                   arm="control" if year == 2026 else arms.copy().pop())
    tiny = trial(rotate=ROTATE, arms=[{"rare": "0.0001%"}, {"usual": "99.9999%"}])
    unit = next(f"customer-{i}" for i in range(20_000_000) if bucket(
        SALT, "arm:trial", f"customer-{i}") * 50 % BUCKETS < boundary(1))
    for at in ("2020-01-01T00:00:00Z", "2026-03-01T12:00:00Z"):
        yield case(f"rotate: an arm of one millionth, {at[:4]}", tiny, request(unit, at=at),
                   "assigned")
    whole = trial(rotate=ROTATE, arms=[{"treatment": "100%"}])
    yield case("rotate: arms written out", whole, request("customer-1"), "assigned")
    yield case("rotate: arms left out", trial(rotate=ROTATE), request("customer-1"), "assigned")


# Exploration by score


def score_cases():
    """Bands are half-open: a score at `below` is in the next one."""
    made = trial(explore=EXPLORE)
    # Control at 10% and not at 4%; control at 4% and not at 1%; control at 1%.
    least, middle, always = (
        next(f"customer-{i}" for i in range(10_000)
             if start <= bucket(SALT, "arm:trial", f"customer-{i}") < end)
        for start, end in ((boundary(40_000), boundary(100_000)),
                           (boundary(10_000), boundary(40_000)), (0, boundary(10_000))))
    for name, unit, score, arm in (
            ("far below", least, -GREATEST, "control"),
            ("the greatest below 0.5", least, 0.49999999999999994, "control"),
            ("at 0.5", least, 0.5, "treatment"),
            ("at 0.5, of a unit that stays control", middle, 0.5, "control"),
            ("the greatest below 0.9", middle, 0.8999999999999999, "control"),
            ("at 0.9", middle, 0.9, "treatment"),
            ("at 0.9, of a unit that stays control", always, 0.9, "control"),
            ("the greatest of all", always, GREATEST, "control"),
            ("the greatest of all, treated", middle, GREATEST, "treatment"),
            ("an integer", middle, 1, "treatment"),
            ("zero", least, 0, "control"),
            ("negative zero", least, -0.0, "control"),
            ("the least above zero", least, LEAST, "control")):
        yield case("explore: " + name, made, request(unit, score=score), "assigned", arm=arm)
    for name, bound, score, band in (
            ("negative zero is not below zero", 0, -0.0, "after"),
            ("zero is not below negative zero", -0.0, 0.0, "after"),
            ("the greatest below zero", -0.0, -LEAST, "before"),
            ("zero is below the least above it", LEAST, 0, "before"),
            ("the least is not below itself", LEAST, LEAST, "after"),
            ("below the greatest", GREATEST, 1.7976931348623155e308, "before"),
            ("at the greatest", GREATEST, GREATEST, "after"),
            ("at the least of all", -GREATEST, -GREATEST, "after"),
            ("2^53 + 1 is 2^53 as a double", 9007199254740992, 9007199254740993, "after"),
            ("2^53 - 1", 9007199254740992, 9007199254740991, "before"),
            ("0.1 + 0.2 is not below 0.3", 0.3, 0.30000000000000004, "after")):
        made = trial(explore=[{"below": bound, "control": "100%"}, {"control": "0%"}])
        yield case("explore: " + name, made, request("customer-1", score=score), "assigned",
                   arm="control" if band == "before" else "treatment")


def explored_arm_cases():
    """Control takes the first part of each other arm's range; what is treated keeps its arm."""
    made = trial(explore=EXPLORE, arms=OTHERS)
    for score in (0.1, 0.7, 1.0):
        for other in ("low", "high"):
            found = next(request(f"customer-{i}", score=score) for i in range(1_000_000) if (
                lambda given, steps: given["arm"] == "control" and steps[-1]["other"] == other)(
                    *decide(made, request(f"customer-{i}", score=score))))
            yield case(f"explore: control out of {other} at {score}", made, found, "assigned",
                       arm="control")
            kept = first(made, "assigned", other, score=score)
            yield case(f"explore: {other} at {score}", made, kept, "assigned", arm=other)
    for share in ("0%", "0.0001%", "99.9999%", "100%"):
        flat = trial(explore=[{"control": share}], arms=OTHERS)
        for unit in ("customer-1", "customer-2"):
            yield case(f"explore: one band of {share}, {unit}", flat, request(unit, score=0.5),
                       "assigned")
    tiny = trial(explore=[{"control": "0.0001%"}])
    unit = next(f"customer-{i}" for i in range(20_000_000)
                if bucket(SALT, "arm:trial", f"customer-{i}") < boundary(1))
    yield case("explore: control of one millionth", tiny, request(unit, score=0), "assigned",
               arm="control")
    bands = [{"below": number, "control": f"{100 - number}%"} for number in range(1, 100)]
    many = trial(explore=[*bands, {"control": "0.5%"}])
    for score in (0.999, 1, 50, 98.5, 99, 1e9):
        yield case(f"explore: 100 bands at {score}", many, request("customer-1", score=score),
                   "assigned")


def explore_edges():
    """Buckets exactly at the end of control, and the last before it."""
    for name, scope, unit, share, side in EDGES:
        if scope == "arm:edge":
            percent = f"{share // 10_000}.{share % 10_000:04}%"
            made = catalog(experiments={"edge": {
                "unit": "customer", "explore": [{"control": percent}]}})
            yield case("explore, edge: " + name, made,
                       request(unit, experiment="edge", score=0.5), "assigned",
                       arm="control" if side == "last" else "treatment")


# Switchback


def block_cases():
    """A block begins at a multiple of its length since 1970; its first part is burn-in."""
    made = catalog(experiment(arms=HALVES, switchback=SWITCHBACK))
    for name, at, burn_in in (
            ("a microsecond before a block", "2026-03-01T11:59:59.999999Z", False),
            ("at a block's beginning", "2026-03-01T12:00:00Z", True),
            ("the same moment in the east", "2026-03-01T21:00:00+09:00", True),
            ("the same moment in the west", "2026-03-01T06:15:00-05:45", True),
            ("the last microsecond of burn-in", "2026-03-01T12:29:59.999999Z", True),
            ("at the end of burn-in", "2026-03-01T12:30:00Z", False),
            ("at midnight", "2026-03-02T00:00:00Z", True),
            ("at the first block's beginning", "1970-01-01T00:00:00Z", True),
            ("a microsecond before the first block", "1969-12-31T23:59:59.999999Z", False),
            ("at the block before the first", "1969-12-31T18:00:00Z", True),
            ("a microsecond before that", "1969-12-31T17:59:59.999999Z", False),
            ("in the year 1", "0001-01-01T00:00:00Z", True),
            ("in the year 9999", "9999-12-31T23:59:59.999999Z", False),
            ("in a leap second's minute", "2016-12-31T23:59:59.5Z", False)):
        yield case("switchback: " + name, made, request("region-1", at=at), "assigned",
                   burn_in=burn_in)
    for every, burn_in in (("1s", "0s"), ("7h", "6h"), ("1w", "604799s"), ("36600d", "1d"),
                           ("90m", "89m")):
        other = catalog(experiment(arms=HALVES, switchback={"every": every, "burnIn": burn_in}))
        for at in (NOW, "1950-06-01T00:00:00.000001Z", "2031-07-08T09:10:11.121314Z"):
            yield case(f"switchback: every {every}, burn-in {burn_in}, {at[:4]}", other,
                       request("region-1", at=at), "assigned")
    # One region over a day and a half: each block deals anew.
    arms = set()
    for hours in range(0, 36, 6):
        asked = request("region-2", at=f"2026-03-0{1 + hours // 24}T{hours % 24:02}:30:00Z")
        arms.add(decide(made, asked)[0]["arm"])
        yield case(f"switchback: region-2 after {hours} hours", made, asked, "assigned")
    assert arms == {"control", "treatment"}, "a region that never switches shows nothing"
    three = catalog(experiment(arms=[{"control": "20%"}, {"low": "40%"}, {"high": "40%"}],
                               switchback=SWITCHBACK))
    for arm in ("control", "low", "high"):
        yield case(f"switchback: of three arms: {arm}", three, first(three, "assigned", arm),
                   "assigned", arm=arm)


# What all methods share


def many_arm_cases():
    """A hundred arms, and arms of one millionth at the beginning, in the middle and at the end."""
    hundred = catalog(experiment(arms=[{f"arm-{i:02}": "1%"} for i in range(100)]))
    for unit in ("customer-1", "customer-2", "customer-3"):
        yield case(f"many arms: {unit} in a hundred", hundred, request(unit), "assigned")
    for arm in ("arm-00", "arm-50", "arm-99"):
        yield case(f"many arms: {arm} of a hundred", hundred, first(hundred, "assigned", arm),
                   "assigned", arm=arm)
    places = {"first": 0, "middle": 500_000, "last": 999_999}
    for name, start in places.items():
        parts = [("control", start), ("rare", 1), ("treatment", 999_999 - start)]
        made = catalog(experiment(arms=[
            {arm: f"{share // 10_000}.{share % 10_000:04}%"} for arm, share in parts]))
        inside = range(boundary(start), boundary(start + 1))
        unit = next(f"customer-{i}" for i in range(30_000_000)
                    if bucket(SALT, "arm:trial", f"customer-{i}") in inside)
        yield case(f"many arms: {name}, of one millionth", made, request(unit), "assigned",
                   arm="rare")


METHODS = {"rotate": {"rotate": ROTATE}, "explore": {"explore": EXPLORE},
           "switchback": {"arms": HALVES, "switchback": SWITCHBACK}}


def order_cases():
    """Every earlier step comes first, and asks for no score."""
    everyone = {"unit": "customer", "share": "100%", "covers": "all"}
    for name, method in METHODS.items():
        before = "2019-12-31T23:59:59.999999Z"
        full = {**method, "overrides": {"tester": "control"}, "starts": "2020-01-01T00:00:00Z",
                "ends": "2027-01-01T00:00:00Z", "eligible": {"attribute": "age", "atLeast": 20}}
        made = trial(**full)
        for what, asked, reason in (
                ("override", request("tester", at=before), "override"),
                ("not started", request("customer-1", at=before), "not_started"),
                ("ended", request("customer-1", at="2027-01-01T00:00:00Z"), "ended"),
                ("ineligible", request("customer-1", attributes={"age": 19}), "ineligible")):
            yield case(f"{name}: {what}", made, asked, reason)
        held = catalog({"unit": "customer", **method}, holdouts={"program": everyone})
        yield case(f"{name}: holdout", held, request("customer-1"), "holdout")
        layered = catalog({"unit": "customer", **method,
                           "layer": {"name": "lending", "from": "0%", "to": "0.0001%"}},
                          layers={"lending": {"unit": "customer"}})
        yield case(f"{name}: outside the slice", layered, request("customer-1"), "outside_slice")
        none = trial(**method, traffic="0%")
        yield case(f"{name}: not enrolled", none, request("customer-1"), "not_enrolled")
        some = trial(**method, traffic="60%")
        for reason in ("assigned", "not_enrolled"):
            yield case(f"{name}: traffic of 60%: {reason}", some,
                       first(some, reason, score=0.7), reason)


def holdout_cases():
    """One holdout over many experiments: a unit that it withholds is withheld from each."""
    names = ("plain", *METHODS)
    made = catalog(
        {"unit": "customer", "arms": HALVES},
        holdouts={"program": {"unit": "customer", "share": "2%", "covers": "all"},
                  "listed": {"unit": "customer", "share": "50%", "covers": ["rotate", "plain"]}},
        experiments={"plain": experiment(),
                     **{name: {"unit": "customer", **one} for name, one in METHODS.items()}})
    held = first(made, "holdout")["unit"]
    for name in names:
        yield case(f"holdout over all: {held} in {name}", made,
                   request(held, experiment=name, score=0.7), "holdout")
    listed = next(f"customer-{i}" for i in range(1_000) if decide(
        made, request(f"customer-{i}", experiment="plain"))[0]["holdout"] == "listed")
    for name in names:
        yield case(f"holdout over two: {listed} in {name}", made,
                   request(listed, experiment=name, score=0.7),
                   "holdout" if name in ("rotate", "plain") else "assigned")


def cluster_cases():
    """Members of one household have one arm; holdouts and layers are asked by the unit."""
    rotated = trial(rotate=ROTATE, arms=OTHERS, cluster="household", traffic="80%")
    shared = catalog(experiment(cluster="household"))
    houses = ("house-1", NFC, NFD, "a/b", " ", "h" * 1_024, "\U0001f600" * 256)
    for label, made in (("rotate", rotated), ("shares", shared)):
        for number, house in enumerate(houses):
            answers = []
            for member in ("customer-1", "customer-2", "customer-3"):
                asked = request(member, cluster=house)
                given = decide(made, asked)[0]
                answers.append(given)
                yield case(f"cluster, {label}: {member} of house {number}", made, asked,
                           given["reason"])
            assert answers[0] == answers[1] == answers[2], house
    both = catalog(experiment(cluster="household"),
                   holdouts={"program": {"unit": "customer", "share": "50%", "covers": "all"}})
    for reason in ("holdout", "assigned"):
        asked = first(both, reason, cluster="house-1")
        yield case(f"cluster: a member {reason} while the holdout goes by unit", both, asked,
                   reason)


def refusals():
    """Requests that must get no answer."""
    explored, rotated = trial(explore=EXPLORE), trial(rotate=ROTATE, cluster="household")
    asked = functools.partial(request, "customer-1")

    def refused(name, made, one, code):
        return {"name": name, "catalog": made, "request": one, "refused": code}
    return [
        refused("explore: no score", explored, asked(), "missing_score"),
        refused("explore: a score of null", explored, asked(score=None), "missing_score"),
        # JSON has no such numbers: the request says them as texts.
        refused("explore: a score of NaN", explored, asked(score="NaN"), "not_finite"),
        refused("explore: an infinite score", explored, asked(score="Infinity"), "not_finite"),
        refused("explore: a score of minus infinity", explored, asked(score="-Infinity"),
                "not_finite"),
        refused("explore: one band needs a score too", trial(explore=[{"control": "5%"}]),
                asked(), "missing_score"),
        refused("rotate: no cluster", rotated, asked(), "missing_cluster"),
        refused("rotate: an empty cluster", rotated, asked(cluster=""), "cluster_length"),
        refused("rotate: a cluster of 1,025 bytes", rotated, asked(cluster="h" * 1_025),
                "cluster_length"),
        refused("explore: a missing attribute comes before a missing score",
                trial(explore=EXPLORE, eligible={"attribute": "age", "atLeast": 20}), asked(),
                "missing_attribute"),
    ]
