"""Writes hashes.json, rules.json and edges.json from formulas.py. No case in them is copied.

    python3 make_peers.py
"""
import hashlib
import json
import pathlib

import formulas as f

HERE = pathlib.Path(__file__).parent


def ids():
    """Ids as producers make them, and as nobody should."""
    def digits(i):
        return hashlib.sha256(f"id {i}".encode()).hexdigest()
    made = ["a", "0", "1", "user-42", "abc", " ", "-", ".", ":", "/", "a.b", "a:b", "a-b", "\t", "\\"]
    made += ["é", "e\u0301", "ß", "日本語", "Ελλάδα", "עברית", "\u00a0", "\ufeff", "\uffff", "😀",
             "👨‍👩‍👧", "𝒳𝒴", "a😀b", "x" * 63, "x" * 64, "x" * 65, "x" * 1024, "é" * 512, "😀" * 256]
    made += [str(i) for i in range(100)]
    made += [str(int(digits(i)[:16], 16)) for i in range(40)]
    made += [f"user.{i}@example.com" for i in range(40)]
    made += [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:32]}" for d in map(digits, range(40))]
    made += [f"客户-{i}" for i in range(20)] + [f"🙂{i}" for i in range(20)]
    return made


SEEDS = ["", "my-flag", "seed", "é/日本/😀", "a.b:c-d", "0d9a2f6e-3c56-4a8c-9a54-0b1c8f0f9a11", "x" * 1024]


def hashes():
    cases = []
    for seed in SEEDS:
        for e in ["utf-16", "utf-8", "code-points"]:
            for v in [1, 2]:
                cases.append((f"compatible:growthbook/{v}/{e}/{seed}",
                              lambda u, s=seed, v=v, e=e: f.growthbook(s, u, v, e)))
        cases.append((f"compatible:unleash/rollout/{seed}",
                      lambda u, s=seed: f.unleash(s, u, 100) - 1))
        for w in [1, 3, 99, 1000]:
            cases.append((f"compatible:unleash/variants/{w}/{seed}",
                          lambda u, s=seed, w=w: f.unleash(s, u, w, f.VARIANTS) - 1))
        cases.append((f"compatible:flagd/2/{seed}", lambda u, s=seed: f.flagd(s, u)))
        for t in [1, 10000, 1000000]:
            cases.append((f"compatible:eppo/{t}/{seed}", lambda u, s=seed, t=t: f.eppo(s, u, t)))
        for t in [1000, 10000]:
            cases.append((f"compatible:statsig/{t}/{seed}",
                          lambda u, s=seed, t=t: f.statsig(s, u, t)))
        cases.append((f"compatible:planout/uniform/{seed}", lambda u, s=seed: f.planout(s, u)))
        for n in [2, 7, 10000]:
            cases.append((f"compatible:planout/choice/{n}/{seed}",
                          lambda u, s=seed, n=n: f.planout(s, u) % n))
        cases.append((f"compatible:optimizely/{seed}", lambda u, s=seed: f.optimizely(s, u)))
        cases.append((f"compatible:posthog/rollout/{seed}",
                      lambda u, s=seed: f.sixty(f"{s}.{u}")))
        cases.append((f"compatible:posthog/variants/{seed}",
                      lambda u, s=seed: f.sixty(f"{s}.{u}variant")))
    cases.append(("compatible:posthog/holdout/", lambda u: f.sixty(f"holdout-{u}")))
    # The empty unit is none of Holdfast's, and yet some peers deal it.
    units = [""] + [u for i, u in enumerate(ids()) if i < 34 or i % 20 == 0]
    return {"units": units,
            "hashes": [{"hash": name, "buckets": [h(u) for u in units]} for name, h in cases]}


TWO, THREE = ["control", "treatment"], ["control", "red", "blue"]


def cases():
    """Rules as `compatible` writes them: (arms, shares in percent or None, rule)."""
    yield TWO, [50, 50], {"with": "growthbook"}
    for version in [1, 2]:
        base = {"with": "growthbook", "hashVersion": version}
        yield TWO, None, base | {"key": "my-test"}
        yield TWO, [10, 90], base | {"key": "my-test", "encoding": "utf-8"}
        yield THREE, [33.3333, 33.3333, 33.3334], base | {"seed": "a seed", "key": "unused"}
        yield THREE, None, base | {"weights": [0.3334, 0.3333, 0.3333], "encoding": "code-points"}
        yield THREE, None, base | {"weights": [0.1, 0.2, 0.7], "coverage": 0.3}
        yield TWO, None, base | {"weights": [0.4, 0.5999], "coverage": "80%"}
        yield TWO, None, base | {"weights": [0.4, 0.1]}
        yield TWO, None, base | {"weights": [0.7, 0.6], "coverage": 1.5}
        yield THREE, None, base | {"weights": [0.5, 0.5]}
        yield TWO, [50, 50], base | {"coverage": 0.07}
        yield TWO, [50, 50], base | {"coverage": 0.29}
        yield TWO, None, base | {"ranges": [[0, 0.07], [0.57, 1]], "coverage": 0.01}
        yield TWO, None, base | {"ranges": [[0.99, 1.0], [0, 0.99]]}
        yield TWO, None, base | {"namespace": ["ns", 0, 0.4]}
        yield TWO, None, base | {"namespace": {"id": "é😀", "from": 0.29, "to": 0.58}}
        yield TWO, None, base | {"filters": [{"seed": "s", "ranges": [[0, 0.1], [0.2, 0.7]]}],
                                 "namespace": ["ns", 0, 0.001]}
        yield TWO, None, base | {"filters": [{"seed": "s", "hashVersion": 1, "ranges": [[0, 0.7]]},
                                             {"ranges": [[0.3, 1]]}]}
        for coverage in [0.5, 0.57, 0.001, 1]:
            yield TWO, None, base | {"enabled": "treatment", "coverage": coverage}
        yield TWO, [30, 70], base | {"enabled": "control"}
        yield TWO, None, base | {"enabled": "treatment", "range": [0.25, 0.58]}

    yield TWO, [50, 50], {"with": "unleash"}
    yield TWO, [0.1, 99.9], {"with": "unleash", "groupId": "é:😀"}
    yield TWO, None, {"with": "unleash", "groupId": "g", "rollout": 50, "weights": [1, 1]}
    yield THREE, None, {"with": "unleash", "groupId": "g", "rollout": 1, "weights": [33, 33, 33]}
    yield THREE, None, {"with": "unleash", "groupId": "g", "variantGroupId": "flag",
                        "rollout": 99, "weights": [0, 333, 667]}
    yield TWO, None, {"with": "unleash", "enabled": "treatment", "rollout": 37}
    yield TWO, [37, 63], {"with": "unleash", "enabled": "treatment"}

    yield TWO, None, {"with": "flagd"}
    yield TWO, [50, 50], {"with": "flagd", "key": ""}
    yield THREE, None, {"with": "flagd", "key": "my-flag", "version": 2, "weights": [25, 25, 50]}
    yield THREE, None, {"with": "flagd", "key": "é", "weights": [1, -5, 2]}
    yield THREE, [0.0001, 49.9999, 50], {"with": "flagd", "key": "my-flag"}
    yield TWO, None, {"with": "flagd", "key": "k", "weights": [2147483646, 1]}
    yield TWO, None, {"with": "flagd", "key": "k", "weights": [715827883, 1431655764]}

    yield TWO, [50, 50], {"with": "eppo", "salt": "split-f"}
    yield THREE, [33.33, 33.33, 33.34], {"with": "eppo", "salt": "split-f", "totalShards": 10000}
    yield TWO, None, {"with": "eppo", "salt": "split-f", "ranges": [[0, 5000], [5000, 10000]],
                      "traffic": {"salt": "traffic-f", "ranges": [[0, 6000]]}}
    yield TWO, None, {"with": "eppo", "salt": "s", "totalShards": 100,
                      "ranges": [[[0, 10], [50, 60]], [[20, 40]]]}
    yield TWO, None, {"with": "eppo", "salt": "same", "ranges": [[0, 3000], [3000, 10000]],
                      "traffic": {"salt": "same", "ranges": [{"start": 1000, "end": 6000}]}}

    def split(arm, *shards):
        return {"variationKey": arm,
                "shards": [{"salt": s, "ranges": [{"start": a, "end": b}]} for s, a, b in shards]}
    yield THREE, None, {"with": "eppo", "splits": [
        split("control", ("t", 0, 6000), ("s", 0, 5000)),
        split("red", ("t", 0, 6000), ("s", 5000, 8000)),
        split("blue", ("t", 0, 6000), ("s", 8000, 10000))]}
    yield THREE, None, {"with": "eppo", "splits": [
        split("control", ("t", 0, 6000), ("s", 0, 5000)),
        split("red", ("t", 0, 9000), ("s", 2000, 8000)),
        split("blue", ("u", 0, 5000)), split("control", ("s", 7000, 10000), ("u", 5000, 7000))]}
    yield TWO, None, {"with": "eppo", "splits": [
        split("treatment", ("a", 0, 2000)), split("control", ("b", 0, 5000)),
        split("treatment")]}

    yield TWO, [50, 50], {"with": "statsig", "salt": "exp"}
    yield THREE, [33.3, 33.3, 33.4], {"with": "statsig", "salt": "é😀"}
    yield TWO, None, {"with": "statsig", "salt": "exp", "ranges": [[0, 100], [100, 1000]],
                      "layer": {"salt": "layer", "ranges": [[0, 250], [500, 750]]},
                      "gates": [{"salt": "cfg", "rule": "rule", "passPercentage": 80}]}
    for percentage in [10, 0.07, 33.3, 100, 0.01, 99.99, 57.07]:
        yield TWO, None, {"with": "statsig", "salt": "cfg", "rule": "r", "enabled": "treatment",
                          "passPercentage": percentage}
    yield TWO, [25, 75], {"with": "statsig", "salt": "cfg", "rule": "r", "enabled": "control"}

    yield TWO, [50, 50], {"with": "planout", "parameter": "arm"}
    yield TWO, None, {"with": "planout", "salt": "exp", "parameter": "x", "weights": [1, 3]}
    yield THREE, None, {"with": "planout", "salt": "exp", "parameter": "x",
                        "weights": [0.1, 0.2, 0.7]}
    yield THREE, None, {"with": "planout", "fullSalt": "full", "operator": "UniformChoice"}
    for p in [0.5, 0.1, 1, 0.3333]:
        yield TWO, None, {"with": "planout", "salt": "exp", "parameter": "x",
                          "operator": "BernoulliTrial", "p": p}
    yield TWO, [60, 40], {"with": "planout", "salt": "e", "parameter": "x",
                          "operator": "BernoulliTrial"}
    history = [{"add": "one", "segments": 30}, {"add": "two", "segments": 50},
               {"remove": "one"}, {"add": "three", "segments": 40}]
    for fast in [False, True]:
        for name in ["two", "three"]:
            yield TWO, None, {"with": "planout", "parameter": "x", "operator": "UniformChoice",
                              "namespace": {"name": "ns", "segments": 100, "experiment": name,
                                            "history": history, "fastSample": fast}}
    yield TWO, [50, 50], {"with": "planout", "parameter": "x", "namespace": {
        "name": "ns", "segments": 10, "ranges": [[0, 3], [5, 6]], "experiment": "exp"}}

    yield TWO, [50, 50], {"with": "optimizely", "experimentId": "11154"}
    yield TWO, None, {"with": "optimizely", "experimentId": "11154", "trafficAllocation": [
        {"entityId": "control", "endOfRange": 4000}, {"entityId": "", "endOfRange": 5000},
        {"entityId": "treatment", "endOfRange": 8000}, {"entityId": "control", "endOfRange": 8100}]}
    yield TWO, [0.01, 99.99], {"with": "optimizely", "experimentId": "1", "group": {
        "id": "19228", "trafficAllocation": [
            {"entityId": "2", "endOfRange": 3000}, {"entityId": "1", "endOfRange": 9000}]}}

    yield TWO, [50, 50], {"with": "posthog"}
    yield ["control", "test"], None, {"with": "posthog", "key": "f", "variants": [50, 50]}
    yield THREE, None, {"with": "posthog", "key": "f", "variants": [33.34, 33.33, 33.33],
                        "rollout": 80, "holdout": 10}
    yield THREE, None, {"with": "posthog", "key": "é", "variants": [10, 20, 30.5], "rollout": 33.3}
    yield TWO, None, {"with": "posthog", "key": "f", "enabled": "treatment", "rollout": 0.1,
                      "holdout": 0}
    yield TWO, [70, 30], {"with": "posthog", "key": "f", "enabled": "treatment"}


def rules():
    units = ids()
    written = []
    for number, (arms, percents, rule) in enumerate(cases()):
        name = f"rule-{number}"
        # A percentage of at most four decimals: the double nearest to its millionths.
        shares = percents and [round(p * 10000) / 1000000 for p in percents]
        deal = f.RULES[rule["with"]]
        given = [deal(rule, arms, shares, name, unit) for unit in units]
        written.append({
            "name": name, "arms": arms, "shares": percents and [f"{p}%" for p in percents],
            "compatible": rule,
            "dealt": "".join("-" if arm is None else str(arm) for arm in given)})
    return {"units": units, "rules": written}


def edge_cases():
    """Rules of one hash: (arms, shares in percent or None, rule, buckets, how a bucket is hashed)."""
    def growthbook(version):
        return [1000, 10000][version - 1], {"growthbook": lambda b: b}
    unleash = (100, {"unleash": lambda b: b + 1})
    statsig = (10000, {"statsig": lambda b: b})
    optimizely = (10000, {"optimizely": lambda b: b})
    sixty = (2**60, {"sixty": lambda b: b})
    for version in [1, 2]:
        base = {"with": "growthbook", "hashVersion": version}
        for weights in [[0.1, 0.2, 0.7], [0.3334, 0.3333, 0.3333], [0.57, 0.28, 0.15], [0.7, 0.2, 0.1],
                        [0.29, 0.57, 0.14], [0.0001, 0.9998, 0.0001], [0.005, 0.005, 0.99]]:
            for coverage in [1, 0.8, 0.55, 0.29, 0.07, 0.001]:
                yield THREE, None, base | {"weights": weights, "coverage": coverage}, *growthbook(version)
        for step in [1, 7, 29, 57, 58, 113, 1001, 2500, 5700, 9999]:
            a = step / 10000
            yield TWO, None, base | {"enabled": "treatment", "coverage": a}, *growthbook(version)
            yield TWO, None, base | {"ranges": [[0, a], [a, 1]]}, *growthbook(version)
            yield TWO, [step / 100, (10000 - step) / 100], base | {"coverage": "50%"}, *growthbook(version)
    for rollout in [1, 2, 29, 50, 57, 99, 100]:
        yield TWO, None, {"with": "unleash", "enabled": "control", "rollout": rollout}, *unleash
    for step in [1, 3, 7, 14, 29, 57, 58, 113, 1001, 2500, 5707, 9990, 9999]:
        yield TWO, None, {"with": "statsig", "salt": "s", "rule": "r", "enabled": "control",
                          "passPercentage": step / 100}, *statsig
        yield TWO, [step / 100, (10000 - step) / 100], {"with": "optimizely", "experimentId": "1"}, *optimizely
        p = step / 10000
        yield TWO, None, {"with": "planout", "parameter": "x", "operator": "BernoulliTrial", "p": p}, *sixty
        yield TWO, None, {"with": "planout", "parameter": "x", "weights": [step, 10000 - step]}, *sixty
        yield THREE, None, {"with": "planout", "parameter": "x", "weights": [p, 0.3, 0.1]}, *sixty
        yield TWO, None, {"with": "posthog", "enabled": "control", "rollout": step / 100}, *sixty
        yield THREE, None, {"with": "posthog", "variants": [step / 200, step / 300, 33.3]}, *sixty
    for p in [0.5, 0.25, 1, 2**-54, 1 - 2**-53]:
        yield TWO, None, {"with": "planout", "parameter": "x", "operator": "BernoulliTrial", "p": p}, *sixty
    for whole in [[50, 50], [100, 0], [33.4, 66.6], [10, 90]]:
        yield TWO, None, {"with": "posthog", "variants": whole}, *sixty
    for weights in [[1, 2], [25, 75], [1, 999999], [715827883, 1431655764], [3, 2147483644]]:
        yield TWO, None, {"with": "flagd", "weights": weights}, 2**32, {"flagd": lambda b: b}


def edges():
    written = []
    for number, (arms, percents, rule, count, patch) in enumerate(edge_cases()):
        shares = percents and [round(p * 10000) / 1000000 for p in percents]
        (name, function), = patch.items()
        kept = getattr(f, name)

        def arm(bucket):
            setattr(f, name, lambda *ignored: function(bucket))
            return f.RULES[rule["with"]](rule, arms, shares, "edge", "unit")
        ranges, start = [], 0
        while start < count:
            # The last bucket of a run of one arm: each arm has one run at most.
            low, high = start, count - 1
            if count <= 10000:
                while low < high and arm(low + 1) == arm(start):
                    low += 1
            else:
                low = last_alike(arm, start, count)
            if arm(start) is not None:
                ranges.append([arm(start), start, low + 1])
            start = low + 1
        setattr(f, name, kept)
        written.append({"name": f"rule-edge-{number}", "arms": arms,
                        "shares": percents and [f"{p}%" for p in percents],
                        "compatible": rule, "ranges": ranges})
    return {"rules": written}


def last_alike(arm, start, count):
    """The last bucket from the start on with the same arm, if each arm has one run."""
    low, high = start, count
    while high - low > 1:
        middle = (low + high) // 2
        if arm(middle) == arm(start):
            low = middle
        else:
            high = middle
    return low


def write(name, value):
    lines = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    lines = lines.replace('},{"hash"', '},\n{"hash"').replace('},{"name":"rule', '},\n{"name":"rule')
    (HERE / name).write_text(lines + "\n")


if __name__ == "__main__":
    write("hashes.json", hashes())
    write("rules.json", rules())
    write("edges.json", edges())
