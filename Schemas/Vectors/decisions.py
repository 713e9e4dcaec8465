"""The end-to-end cases that make.py answers: a catalog and a request each, by name."""

from cases import EDGES, NFC, NFD, SALT, UNITS
from catalogs import END, NOW, START, case, catalog, experiment, first, rare, request
from reference import bucket, boundary, decide


def decisions():
    """All end-to-end cases that get an answer."""
    return [*unit_cases(), *time_cases(), *override_cases(), *rule_cases(), *holdout_cases(),
            *layer_cases(), *traffic_cases(), *arm_cases(), *cluster_cases(), *order_cases(),
            *edge_decisions()]


def unit_cases():
    """Units of every shape are dealt by their bytes."""
    made = catalog(experiment(split={"train": "80%", "eval": "20%"}))
    for name, unit in UNITS.items():
        yield case("unit: " + name, made, request(unit), "assigned")


def time_cases():
    """`starts` is in the experiment, `ends` is not: the interval is half-open."""
    made = catalog(experiment(starts=START, ends=END))
    for name, at, reason in (
            ("long before the start", "2025-01-01T00:00:00Z", "not_started"),
            ("a microsecond before the start", "2025-12-31T23:59:59.999999Z", "not_started"),
            ("at the start", START, "assigned"),
            ("at the start, in another zone", "2026-01-01T09:00:00+09:00", "assigned"),
            ("a microsecond before the end", "2026-06-30T23:59:59.999999Z", "assigned"),
            ("at the end", END, "ended"),
            ("at the end, in another zone", "2026-06-30T19:00:00-05:00", "ended"),
            ("after the end", "2027-01-01T00:00:00Z", "ended")):
        yield case("time: " + name, made, request("customer-1", at=at), reason)


def override_cases():
    """An override wins over everything else, also over time, rules and holdouts."""
    forced = {"customer-1": "treatment", "customer-2": "control", NFC: "treatment"}
    made = catalog(
        experiment(overrides=forced, starts=START, ends=END, traffic="0%",
                   eligible={"attribute": "country", "is": "JP"}),
        holdouts={"all-of-them": {"unit": "customer", "share": "100%", "covers": "all"}})
    early = {"at": "2020-01-01T00:00:00Z"}
    yield case("override: to treatment", made, request("customer-1"), "override",
               arm="treatment")
    yield case("override: to control, which never acts", made, request("customer-2"),
               "override", arm="control")
    yield case("override: before the start", made, request("customer-1", **early), "override")
    yield case("override: one spelling in NFC", made, request(NFC), "override")
    yield case("override: its NFD spelling is another unit", made, request(NFD, **early),
               "not_started")


def rule_cases():
    """Rules on attributes; a missing one is no matter where another decides."""
    adult = {"attribute": "age", "atLeast": 20}
    country = {"attribute": "country", "in": ["JP", "KR"]}
    both, either = {"all": [country, adult]}, {"any": [country, adult]}
    rules = (
        ("all hold", both, {"country": "JP", "age": 20}, True),
        ("one of all fails", both, {"country": "JP", "age": 19}, False),
        ("one of all fails, the other is missing", both, {"age": 19}, False),
        ("one of any holds, the other is missing", either, {"age": 20}, True),
        ("none of any holds", either, {"country": "US", "age": 19}, False),
        ("not", {"not": country}, {"country": "US"}, True),
        ("not of what holds", {"not": country}, {"country": "KR"}, False),
        ("not of a false all with a missing part", {"not": both}, {"age": 19}, True),
        ("is", {"attribute": "plan", "is": "gold"}, {"plan": "gold"}, True),
        ("is compares bytes", {"attribute": "plan", "is": NFC}, {"plan": NFD}, False),
        ("is, boolean", {"attribute": "vip", "is": True}, {"vip": False}, False),
        ("is, number", {"attribute": "age", "is": 20}, {"age": 20.0}, True),
        ("isNot", {"attribute": "plan", "isNot": "gold"}, {"plan": "tin"}, True),
        ("notIn", {"attribute": "plan", "notIn": ["gold", "tin"]}, {"plan": "tin"}, False),
        ("atLeast at its bound", {"attribute": "age", "atLeast": 20}, {"age": 20}, True),
        ("above at its bound", {"attribute": "age", "above": 20}, {"age": 20}, False),
        ("atMost at its bound", {"attribute": "age", "atMost": 20}, {"age": 20}, True),
        ("below at its bound", {"attribute": "age", "below": 20}, {"age": 20}, False),
        ("a fraction", {"attribute": "rate", "below": 0.25}, {"rate": 0.125}, True))
    for name, rule, attributes, holds in rules:
        made = catalog(experiment(eligible=rule))
        yield case("eligible: " + name, made, request("customer-1", attributes=attributes),
                   "assigned" if holds else "ineligible")


def holdout_cases():
    """Holdouts are tried in their declared order; the first that holds the unit answers."""
    wide = {"unit": "customer", "share": "60%", "covers": "all"}
    listed = {"unit": "customer", "share": "60%", "covers": ["trial"]}
    elsewhere = {"unit": "customer", "share": "100%", "covers": ["other"]}
    two = catalog(holdouts={"first": wide, "second": listed})
    turned = catalog(holdouts={"second": listed, "first": wide})
    number = next(i for i in range(1_000) if all(
        bucket(SALT, f"holdout:{name}", f"customer-{i}") < boundary(600_000)
        for name in ("first", "second")))
    both = f"customer-{number}"
    yield case("holdout: in both, the first declared answers", two, request(both), "holdout")
    yield case("holdout: in both, turned round", turned, request(both), "holdout")
    only = next(f"customer-{i}" for i in range(1_000) if decide(
        two, request(f"customer-{i}"))[0]["holdout"] == "second")
    yield case("holdout: in the second alone", two, request(only), "holdout")
    yield case("holdout: in neither", two, first(two, "assigned"), "assigned")
    other = catalog(holdouts={"elsewhere": elsewhere}, experiments={"other": experiment()})
    yield case("holdout: covers another experiment", other, request("customer-1"), "assigned")
    for share, reason in (("0%", "assigned"), ("100%", "holdout")):
        made = catalog(holdouts={"program": {**wide, "share": share}})
        yield case(f"holdout: of {share}", made, request("customer-1"), reason)
    tiny = catalog(holdouts={"program": {**wide, "share": "0.0001%"}})
    yield case("holdout: of one millionth", tiny, request(rare("holdout:program", 1)), "holdout")


def layer_cases():
    """Slices of one layer never share a unit, and cover it all."""
    def sliced(start, end):
        return experiment(layer={"name": "lending", "from": start, "to": end})
    layers = {"lending": {"unit": "customer"}}
    made = catalog(sliced("0%", "60%"), layers=layers,
                   experiments={"other": sliced("60%", "100%")})
    inside, outside = first(made, "assigned"), first(made, "outside_slice")
    for name, asked, mine, theirs in (("inside", inside, "assigned", "outside_slice"),
                                      ("outside", outside, "outside_slice", "assigned")):
        yield case(f"layer: {name} the slice", made, asked, mine)
        yield case(f"layer: {name} the slice, asked of the other experiment", made,
                   {**asked, "experiment": "other"}, theirs)
    whole = catalog(sliced("0%", "100%"), layers=layers)
    yield case("layer: the whole layer", whole, request("customer-1"), "assigned")
    middle = catalog(sliced("33.3333%", "66.6667%"), layers=layers)
    yield case("layer: a slice in the middle", middle, first(middle, "assigned"), "assigned")


def traffic_cases():
    """Raising the enrolled share moves no enrolled unit between arms."""
    few = catalog(experiment(traffic="10%"))
    asked = first(few, "assigned")
    for traffic in ("10%", "55.5%", "100%"):
        yield case(f"traffic: {traffic}, enrolled", catalog(experiment(traffic=traffic)), asked,
                   "assigned", arm=decide(few, asked)[0]["arm"])
    yield case("traffic: not enrolled", few, first(few, "not_enrolled"), "not_enrolled")
    none = catalog(experiment(traffic="0%"))
    yield case("traffic: nobody", none, request("customer-1"), "not_enrolled")
    tiny = catalog(experiment(traffic="0.0001%"))
    yield case("traffic: one millionth", tiny, request(rare("traffic:trial", 1)), "assigned")


def arm_cases():
    """Arms are half-open ranges in the order of the list."""
    def armed(*arms):
        return catalog(experiment(arms=[{name: share} for name, share in arms]))
    several = armed(("control", "10%"), ("low", "20.5%"), ("middle", "30%"), ("high", "39.5%"))
    for arm in ("control", "low", "middle", "high"):
        yield case(f"arm: {arm} of four", several, first(several, "assigned", arm), "assigned",
                   arm=arm)
    turned = armed(("treatment", "50%"), ("control", "50%"))
    yield case("arm: order of the list, one way", catalog(), request("customer-1"), "assigned")
    yield case("arm: order of the list, the other way", turned, request("customer-1"),
               "assigned")
    for name, arms in (("first", ("none", "a", "b")), ("middle", ("a", "none", "b")),
                       ("last", ("a", "b", "none"))):
        made = armed(*((arm, "0%" if arm == "none" else "50%") for arm in arms))
        yield case(f"arm: of share zero, {name}", made, request("customer-1"), "assigned")
    tiny = armed(("control", "0.0001%"), ("treatment", "99.9999%"))
    yield case("arm: control of one millionth", tiny, request(rare("arm:trial", 1)), "assigned",
               arm="control")
    yield case("arm: beside one millionth", tiny, request("customer-1"), "assigned",
               arm="treatment")
    yield case("arm: control alone", armed(("control", "100%")), request("customer-1"),
               "assigned", arm="control")
    yield case("arm: nobody named control acts", armed(("Control", "100%")),
               request("customer-1"), "assigned", arm="Control")
    many = armed(*((f"arm-{number:02}", "5%") for number in range(20)))
    yield case("arm: the last of twenty", many, first(many, "assigned", "arm-19"), "assigned",
               arm="arm-19")


def cluster_cases():
    """Traffic, arm and split hash the cluster; holdout and layer hash the unit."""
    clustered = experiment(cluster="household", traffic="50%",
                           split={"train": "80%", "eval": "20%"})
    made = catalog(clustered)
    house, out = (next(
        f"household-{i}" for i in range(100) if decide(
            made, request("customer-1", cluster=f"household-{i}"))[0]["reason"] == reason)
        for reason in ("assigned", "not_enrolled"))
    for unit in ("customer-1", "customer-2", "customer-3"):
        yield case(f"cluster: {unit} goes with its household", made,
                   request(unit, cluster=house), "assigned")
    yield case("cluster: a household that is not enrolled", made,
               request("customer-1", cluster=out), "not_enrolled")
    held = catalog(
        experiment(cluster="household", layer={"name": "lending", "from": "0%", "to": "50%"}),
        layers={"lending": {"unit": "customer"}},
        holdouts={"program": {"unit": "customer", "share": "30%", "covers": "all"}})
    for reason in ("holdout", "outside_slice", "assigned"):
        yield case(f"cluster: {reason} is the unit's own", held,
                   first(held, reason, cluster="household-1"), reason)
    member = first(held, "holdout", cluster="household-1")["unit"]
    yield case("cluster: a held out unit needs none", held, request(member), "holdout")
    yield case("cluster: ignored where units are dealt", catalog(),
               request("customer-1", cluster="household-1"), "assigned")


def order_cases():
    """Each step answers before the next is asked."""
    everything = {
        "holdouts": {"program": {"unit": "customer", "share": "20%", "covers": "all"}},
        "layers": {"lending": {"unit": "customer"}}}
    trial = experiment(
        starts=START, ends=END, traffic="50%", overrides={"tester": "treatment"},
        eligible={"attribute": "country", "is": "JP"},
        layer={"name": "lending", "from": "10%", "to": "80%"},
        arms=[{"control": "5%"}, {"treatment": "95%"}], split={"train": "75%", "eval": "25%"})
    made = catalog(trial, **everything)
    here = {"attributes": {"country": "JP"}}
    yield case("order: a tester", made, request("tester"), "override")
    yield case("order: time before rules", made,
               request("customer-1", at="2025-01-01T00:00:00Z"), "not_started")
    yield case("order: rules before holdouts", made,
               request(first(made, "holdout", **here)["unit"], attributes={"country": "US"}),
               "ineligible")
    for reason in ("holdout", "outside_slice", "not_enrolled"):
        yield case(f"order: {reason}", made, first(made, reason, **here), reason)
    for arm in ("control", "treatment"):
        yield case(f"order: assigned to {arm}", made, first(made, "assigned", arm, **here),
                   "assigned", arm=arm)


def edge_decisions():
    """Buckets on the boundary and just before it, end to end."""
    for name, scope, unit, share, side in EDGES:
        step = scope.split(":")[0]
        percent = f"{share / 10_000:.4f}%"
        rest = f"{(1_000_000 - share) / 10_000:.4f}%"
        inside = side == "last"
        trial, parts, expected = experiment(), {}, ("assigned", None)
        if step == "arm":
            trial = experiment(arms=[{"control": percent}, {"treatment": rest}])
            expected = ("assigned", "control" if inside else "treatment")
        elif step == "holdout":
            parts = {"holdouts": {"edge": {"unit": "customer", "share": percent,
                                           "covers": "all"}}}
            expected = ("holdout" if inside else "assigned", None)
        elif step == "traffic":
            trial = experiment(traffic=percent)
            expected = ("assigned" if inside else "not_enrolled", None)
        elif step == "layer":
            trial = experiment(layer={"name": "edge", "from": "0%", "to": percent})
            parts = {"layers": {"edge": {"unit": "customer"}}}
            expected = ("assigned" if inside else "outside_slice", None)
            upper = experiment(layer={"name": "edge", "from": percent, "to": "100%"})
            yield edge(f"edge: {name}, the slice above", upper, parts, unit,
                       "outside_slice" if inside else "assigned", None)
        yield edge("edge: " + name, trial, parts, unit, *expected)


def edge(name, trial, parts, unit, reason, arm):
    """A case of an experiment named `edge`, as the scopes of EDGES have it."""
    made = {"holdfast": 1, "salt": SALT, **parts, "experiments": {"edge": trial}}
    more = {"arm": arm} if arm else {}
    return case(name, made, {"experiment": "edge", "unit": unit, "at": NOW}, reason, **more)


def refusals():
    """Units that get no answer, rather than a quiet default."""
    clustered = catalog(experiment(cluster="household"))
    country, age = {"attribute": "country", "is": "JP"}, {"attribute": "age", "atLeast": 20}

    def refused(name, made, asked, code):
        return {"name": name, "catalog": made, "request": asked, "refused": code}

    def ruled(name, rule, attributes, code="missing_attribute"):
        return refused(name, catalog(experiment(eligible=rule)),
                       request("customer-1", attributes=attributes), code)
    return [
        refused("no cluster where clusters are dealt", clustered, request("customer-1"),
                "missing_cluster"),
        refused("an empty cluster", clustered, request("customer-1", cluster=""),
                "cluster_length"),
        refused("a cluster of 1,025 bytes", clustered,
                request("customer-1", cluster="h" * 1_025), "cluster_length"),
        refused("an empty unit", catalog(), request(""), "unit_length"),
        refused("a unit of 1,025 bytes", catalog(), request("u" * 1_025), "unit_length"),
        refused("a unit of 1,025 bytes in 257 characters", catalog(),
                request("\U0001f600" * 256 + "u"), "unit_length"),
        refused("an experiment that is not there", catalog(),
                {"experiment": "trail", "unit": "customer-1", "at": NOW}, "unknown_experiment"),
        ruled("the only attribute is missing", country, {}),
        ruled("one of all holds, the other is missing", {"all": [country, age]}, {"age": 20}),
        ruled("one of any fails, the other is missing", {"any": [country, age]}, {"age": 19}),
        ruled("not of a missing one", {"not": country}, {}),
        ruled("a text where a number is compared", age, {"age": "twenty"},
              "wrong_attribute"),
        ruled("a boolean where a number is compared", age, {"age": True},
              "wrong_attribute"),
    ]
