"""Compares formulas.py with the peers' own packages from PyPI, on random ids.

    pip install growthbook UnleashClient planout statsig optimizely-sdk posthog eppo-server-sdk mmh3 six
    python3 compare_peers.py [COUNT]
"""
import collections.abc
import json
import random
import sys
import types
import warnings
from importlib.metadata import version

import formulas as f

warnings.simplefilter("ignore")
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
chance = random.Random(20261124)
ALPHABETS = ["0123456789", "abcdef0123456789-", "abcXYZ.:-_/@ ", "éßñλдя日本語客户עב", "😀🌍👩𝒳a1"]


def text(low=1, high=24):
    letters = chance.choice(ALPHABETS)
    return "".join(chance.choice(letters) for _ in range(chance.randint(low, high)))


def ascii_text():
    return "".join(chance.choice("abcdef0123456789-.@") for _ in range(chance.randint(1, 24)))


def report(name, package, cases, wrong):
    print(f"{name:44} {package} {version(package):10} {cases:7} cases, {len(wrong)} differ")
    for case in wrong[:3]:
        print("   ", case)
    return len(wrong)


def growthbook():
    from growthbook.core import gbhash, inNamespace, getBucketRanges, chooseVariation
    wrong = []
    for _ in range(COUNT):
        seed, unit = text(0), text()
        for v in [1, 2]:
            if gbhash(seed, unit, v) != f.growthbook_n(seed, unit, v):
                wrong.append((seed, unit, v))
        a, b = sorted([round(chance.random(), 2), round(chance.random(), 2)])
        if inNamespace(unit, (seed, a, b)) != (a <= f.growthbook_n("__" + seed, unit, 1) < b):
            wrong.append((seed, unit, a, b))
        count = chance.randint(2, 5)
        weights = [round(chance.random(), 4) for _ in range(count)]
        whole = sum(weights)
        weights = chance.choice([weights, None, [w / whole for w in weights]])
        coverage = chance.choice([1, 0, 1.5, -1, round(chance.random(), 3)])
        rule = {"hashVersion": chance.choice([1, 2]), "seed": seed or "s", "coverage": coverage}
        if weights is not None:
            rule["weights"] = weights
        n = gbhash(rule["seed"], unit, rule["hashVersion"])
        theirs = chooseVariation(n, getBucketRanges(count, coverage, weights))
        ours = f.growthbook_rule(rule, ["a"] * count, None, "", unit)
        if theirs != (-1 if ours is None else ours):
            wrong.append((rule, unit, theirs, ours))
    return report("hash v1 and v2, namespace, ranges", "growthbook", 4 * COUNT, wrong)


def murmur():
    import mmh3
    wrong = []
    for _ in range(COUNT):
        data, seed = text(0, 60).encode(), chance.getrandbits(32)
        if mmh3.hash(data, seed, signed=False) != f.murmur3(data, seed):
            wrong.append((data, seed))
    return report("murmur3", "mmh3", COUNT, wrong)


def unleash():
    from UnleashClient.utils import normalized_hash
    from yggdrasil_engine.engine import UnleashEngine
    wrong = []
    for _ in range(COUNT):
        group, unit, modulus = text(0), text(), chance.randint(1, 2000)
        seed = chance.choice([0, f.VARIANTS])
        if normalized_hash(unit, group, modulus, seed) != f.unleash(group, unit, modulus, seed):
            wrong.append((group, unit))
    cases = COUNT
    for number in range(20):
        group = ascii_text()
        weights = [chance.randint(0, 1000) for _ in range(3)] + [1]
        rollout = chance.randint(1, 100)
        arms = [f"arm{i}" for i in range(4)]
        strategy = {"name": "flexibleRollout", "parameters": {
            "rollout": str(rollout), "stickiness": "userId", "groupId": group},
            "variants": [{"name": a, "weight": w} for a, w in zip(arms, weights)]}
        if number % 2:  # Variants of the flag are dealt under the flag's name.
            variants = strategy.pop("variants")
        state = {"version": 1, "features": [{
            "name": "flag", "enabled": True, "strategies": [strategy],
            "variants": variants if number % 2 else []}]}
        engine = UnleashEngine()
        engine.take_state(json.dumps(state))
        rule = {"groupId": group, "rollout": rollout, "weights": weights}
        if number % 2:
            rule["variantGroupId"] = "flag"
        for _ in range(COUNT // 20):
            unit = text()
            variant = engine.get_variant("flag", {"userId": unit})
            theirs = variant.variant.name
            theirs = None if theirs == "disabled" else theirs
            ours = f.unleash_rule(rule, arms, None, "flag", unit)
            cases += 1
            if theirs != (None if ours is None else arms[ours]):
                wrong.append((rule, unit, theirs, ours))
    return report("hash; engine's rollout and variants", "UnleashClient", cases, wrong)


def planout():
    # The package was written for Python 2: the name has moved since.
    collections.MutableMapping = collections.abc.MutableMapping
    from planout.ops.random import BernoulliTrial, RandomInteger, UniformChoice, WeightedChoice
    from planout.assignment import Assignment
    from planout.ops.random import FastSample, Sample
    wrong = []
    for _ in range(COUNT):
        salt, unit = ascii_text(), ascii_text()
        a = Assignment(salt)
        arms = list(range(chance.randint(2, 5)))
        weights = [chance.choice([chance.randint(0, 9), round(chance.random(), 3)]) for _ in arms]
        weights[-1] += 1
        p = round(chance.random(), 3)
        a.uniform = UniformChoice(choices=arms, unit=unit)
        a.weighted = WeightedChoice(choices=arms, weights=weights, unit=unit)
        a.trial = BernoulliTrial(p=p, unit=unit)
        rules = [("uniform", {"operator": "UniformChoice"}), ("weighted", {"weights": weights}),
                 ("trial", {"operator": "BernoulliTrial", "p": p})]
        for name, rule in rules:
            rule = rule | {"salt": salt, "parameter": name}
            if f.planout_rule(rule, arms, None, "", unit) != getattr(a, name):
                wrong.append((rule, unit))
        a.segment = RandomInteger(min=0, max=999, unit=unit)
        if a.segment != f.planout(salt + ".segment", unit) % 1000:
            wrong.append((salt, unit))
    cases = 4 * COUNT
    for number in range(40):
        name, total = ascii_text(), chance.randint(2, 400)
        free, history = list(range(total)), []
        for step in range(3):
            draws = chance.randint(1, max(1, len(free) // 3))
            experiment = f"exp{step}"
            a = Assignment(name)
            operator = FastSample if number % 2 else Sample
            a.sampled_segments = operator(choices=list(free), draws=draws, unit=experiment)
            history.append({"add": experiment, "segments": draws})
            space = {"name": name, "segments": total, "history": history,
                     "fastSample": bool(number % 2)}
            cases += 1
            if set(a.sampled_segments) != f.segments_of(space, experiment):
                wrong.append((space, experiment))
            free = [s for s in free if s not in set(a.sampled_segments)]
            if len(free) < 3:
                break
    return report("choices, trials, segments, samples", "planout", cases, wrong)


def statsig():
    from statsig import evaluator as module
    from statsig.utils import sha256_hash
    evaluator = object.__new__(module._Evaluator)
    passes = getattr(evaluator, "_Evaluator__eval_pass_percentage")
    wrong = []
    for _ in range(COUNT):
        salt, rule, unit = text(), text(), text(0)
        if sha256_hash(f"{salt}.{unit}") % 1000 != f.statsig(salt, unit, 1000):
            wrong.append((salt, unit))
        percentage = chance.choice([0, 100, chance.randint(1, 9999) / 100, chance.randint(1, 99)])
        user = types.SimpleNamespace(user_id=unit, custom_ids=None)
        theirs = passes(user, {"passPercentage": percentage, "salt": rule}, {"salt": salt})
        if theirs != f.statsig_pass(salt, rule, percentage, unit):
            wrong.append((salt, rule, unit, percentage))
    return report("user bucket, pass percentage", "statsig", 2 * COUNT, wrong)


def optimizely():
    from optimizely.bucketer import Bucketer
    bucketer = Bucketer()
    config = types.SimpleNamespace(logger=types.SimpleNamespace(debug=lambda *a: None))
    wrong = []
    for _ in range(COUNT):
        parent, unit = str(chance.getrandbits(34)), text()
        ends = sorted(chance.randint(0, 10000) for _ in range(3))
        names = [chance.choice(["a", "b", ""]) for _ in ends]
        allocation = [{"entityId": n, "endOfRange": e} for n, e in zip(names, ends)]
        theirs = bucketer.find_bucket(config, unit, parent, allocation)
        rule = {"experimentId": parent, "trafficAllocation": allocation}
        ours = f.optimizely_rule(rule, ["a", "b"], None, "", unit)
        if (theirs or None) != (None if ours is None else "ab"[ours]):
            wrong.append((rule, unit, theirs, ours))
    return report("buckets, allocations", "optimizely-sdk", COUNT, wrong)


def posthog():
    from posthog.feature_flags import match_feature_flag_properties
    wrong = []
    for number in range(COUNT):
        key, unit = text(), text()
        percentages = [chance.randint(0, 400) / 10 for _ in range(3)]
        if sum(percentages) > 100:
            percentages = [33.34, 33.33, 33.33]
        rollout, held = chance.choice([100, 50, 33.3]), chance.choice([None, 0, 10, 100, 45.5])
        arms = ["a", "b", "c"]
        rule = {"key": key, "rollout": rollout}
        filters = {"groups": [{"properties": [], "rollout_percentage": rollout}]}
        if held is not None:
            rule["holdout"] = held
            filters["holdout"] = {"id": 7, "exclusion_percentage": held}
        if number % 2:
            rule["enabled"], arms = "a", ["a", "b"]
        else:
            rule["variants"] = percentages
            filters["multivariate"] = {"variants": [
                {"key": a, "rollout_percentage": p} for a, p in zip(arms, percentages)]}
        flag = {"key": key, "active": True, "filters": filters}
        theirs = match_feature_flag_properties(flag, unit, {}, bucketing_value=unit)
        ours = f.posthog_rule(rule, arms, None, "", unit)
        if number % 2:
            # A boolean flag is on, off, or the holdout's.
            theirs = None if isinstance(theirs, str) else 0 if theirs else 1
        else:
            # Enrolled beyond the variants, a flag is on without any.
            theirs = arms.index(theirs) if theirs in arms else None
        if theirs != ours:
            wrong.append((rule, unit, theirs, ours))
    return report("holdout, rollout, variants", "posthog", COUNT, wrong)


def eppo():
    import eppo_client
    from eppo_client import AssignmentLogger, ClientConfig, Configuration
    wrong, cases = [], 0
    for number in range(10):
        salts = [text(1, 12) for _ in range(3)]
        arms = ["a", "b", "c"]
        splits = []
        for arm in arms + ["a"]:
            shards = []
            for salt in chance.sample(salts, chance.randint(1, 2)):
                ends = sorted(chance.randint(0, 10000) for _ in range(4))
                shards.append({"salt": salt, "ranges": [
                    {"start": ends[0], "end": ends[1]}, {"start": ends[2], "end": ends[3]}]})
            splits.append({"variationKey": arm, "shards": shards})
        flags = {"createdAt": "2024-04-17T19:40:53.716Z", "format": "SERVER",
                 "environment": {"name": "Test"}, "bandits": {}, "flags": {"flag": {
                     "key": "flag", "enabled": True, "variationType": "STRING",
                     "variations": {a: {"key": a, "value": a} for a in arms},
                     "allocations": [{"key": "x", "splits": splits, "doLog": False}],
                     "totalShards": 10000}}}
        client = eppo_client.init(ClientConfig(
            api_key="none", assignment_logger=AssignmentLogger(), poll_interval_seconds=None,
            base_url="http://127.0.0.1:9", initial_configuration=Configuration(
                flags_configuration=json.dumps(flags).encode())))
        for _ in range(COUNT // 10):
            unit = text()
            theirs = client.get_string_assignment("flag", unit, {}, "none")
            ours = f.eppo_rule({"splits": splits}, arms, None, "", unit)
            cases += 1
            if theirs != ("none" if ours is None else arms[ours]):
                wrong.append((splits, unit, theirs, ours))
    return report("splits of shards", "eppo-server-sdk", cases, wrong)


if __name__ == "__main__":
    total = sum(peer() for peer in [
        murmur, growthbook, unleash, planout, statsig, optimizely, posthog, eppo])
    sys.exit(1 if total else 0)
