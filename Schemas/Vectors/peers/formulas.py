"""Other systems' dealing, written from their documents and kept apart from Holdfast's own code.

A hash is a function of the unit's text; a rule answers the place of the arm, or None. Each follows
the order of floating-point operations of the system it is named after.
"""
import hashlib

MASK = 0xFFFFFFFF
LONG = float(0xFFFFFFFFFFFFFFF)


def murmur3(data, seed=0):
    """MurmurHash3 x86 32 bit (Appleby, public domain)."""
    h = seed
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * 0xCC9E2D51 & MASK
        k = (k << 15 | k >> 17) & MASK
        h ^= k * 0x1B873593 & MASK
        h = (h << 13 | h >> 19) & MASK
        h = (h * 5 + 0xE6546B64) & MASK
    k = int.from_bytes(data[whole:], "little") * 0xCC9E2D51 & MASK
    k = (k << 15 | k >> 17) & MASK
    h ^= k * 0x1B873593 & MASK
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def codes(text, encoding):
    if encoding == "utf-8":
        return list(text.encode())
    if encoding == "code-points":
        return [ord(c) for c in text]
    data = text.encode("utf-16-le")
    return [data[i] | data[i + 1] << 8 for i in range(0, len(data), 2)]


def fnv1a(values):
    h = 0x811C9DC5
    for value in values:
        h = (h ^ value) * 0x01000193 & MASK
    return h


def growthbook(seed, unit, version, encoding="utf-16"):
    """The bucket, of 1,000 (version 1) or 10,000 (version 2)."""
    if version == 1:
        return fnv1a(codes(unit + seed, encoding)) % 1000
    return fnv1a(codes(str(fnv1a(codes(seed + unit, encoding))), "utf-8")) % 10000


def growthbook_n(seed, unit, version, encoding="utf-16"):
    return growthbook(seed, unit, version, encoding) / (1000 if version == 1 else 10000)


def unleash(group, unit, modulus, seed=0):
    """From 1 to the modulus."""
    return murmur3(f"{group}:{unit}".encode(), seed) % modulus + 1


VARIANTS = 86028157


def flagd(key, unit):
    return murmur3((key + unit).encode())


def eppo(salt, unit, total):
    return int.from_bytes(hashlib.md5(f"{salt}-{unit}".encode()).digest()[:4], "big") % total


def statsig(salt, unit, buckets):
    return int.from_bytes(hashlib.sha256(f"{salt}.{unit}".encode()).digest()[:8], "big") % buckets


def sixty(text):
    return int(hashlib.sha1(text.encode()).hexdigest()[:15], 16)


def planout(salt, unit):
    return sixty(f"{salt}.{unit}")


def optimizely(parent, unit):
    return int(murmur3((unit + parent).encode(), 1) / 2**32 * 10000)


# Rules. Each returns the arm's place, or None.

def growthbook_ranges(count, coverage=1, weights=None):
    coverage = 0 if coverage < 0 else 1 if coverage > 1 else coverage
    if weights is None or len(weights) != count or not 0.99 <= plain_sum(weights) <= 1.01:
        weights = [1 / count] * count
    start, ranges = 0, []
    for weight in weights:
        ranges.append((start, start + coverage * weight))
        start += weight
    return ranges


def plain_sum(values):
    """Left to right, as JavaScript adds; Python's own sum has corrected its error since 3.12."""
    total = 0
    for value in values:
        total += value
    return total


def in_ranges(n, ranges):
    return next((i for i, (a, b) in enumerate(ranges) if a <= n < b), None)


def growthbook_rule(rule, arms, shares, name, unit):
    encoding = rule.get("encoding", "utf-16")
    if "filters" in rule:
        for f in rule["filters"]:
            n = growthbook_n(f.get("seed", ""), unit, f.get("hashVersion", 2), encoding)
            if in_ranges(n, f["ranges"]) is None:
                return None
    elif "namespace" in rule:
        space = rule["namespace"]
        parts = space if isinstance(space, list) else [space["id"], space["from"], space["to"]]
        if not parts[1] <= growthbook_n("__" + parts[0], unit, 1, encoding) < parts[2]:
            return None
    seed = rule.get("seed") or rule.get("key", name)
    n = growthbook_n(seed, unit, rule.get("hashVersion", 1), encoding)
    coverage = fraction(rule.get("coverage", 1))
    if "enabled" in rule:
        on = arms.index(rule["enabled"])
        if "range" in rule:
            return on if rule["range"][0] <= n < rule["range"][1] else 1 - on
        coverage = coverage if "coverage" in rule else shares[on]
        return on if coverage != 0 and n <= coverage else 1 - on
    if "ranges" in rule:
        return in_ranges(n, rule["ranges"])
    weights = rule.get("weights", shares)
    return in_ranges(n, growthbook_ranges(len(arms), coverage, weights))


def fraction(value):
    return float(value[:-1]) / 100 if isinstance(value, str) else value


def percent(share):
    """The percentage of a share, as the double nearest to its four decimals."""
    return round(share * 1000000) / 10000


def first_end(ends, value):
    return next((i for i, end in enumerate(ends) if value < end), None)


def cumulative(weights):
    total, ends = 0, []
    for weight in weights:
        total += weight
        ends.append(total)
    return ends


def unleash_rule(rule, arms, shares, name, unit):
    group = rule.get("groupId", name)
    n = unleash(group, unit, 100)
    if "enabled" in rule:
        on = arms.index(rule["enabled"])
        rollout = rule["rollout"] if "rollout" in rule else round(shares[on] * 100)
        return on if n <= rollout else 1 - on
    if n > rule.get("rollout", 100):
        return None
    weights = rule["weights"] if "weights" in rule else [round(s * 1000) for s in shares]
    n = unleash(rule.get("variantGroupId", group), unit, sum(weights), VARIANTS)
    return next(i for i, end in enumerate(cumulative(weights)) if end >= n)


def flagd_rule(rule, arms, shares, name, unit):
    if "weights" in rule:
        weights = [max(0, w) for w in rule["weights"]]
    else:
        weights = [1] * len(arms) if shares is None else [round(s * 1000000) for s in shares]
    bucket = flagd(rule.get("key", name), unit) * sum(weights) >> 32
    return first_end(cumulative(weights), bucket)


def in_shard(shard, unit, total):
    s = eppo(shard["salt"], unit, total)
    pairs = [(r["start"], r["end"]) if isinstance(r, dict) else r for r in shard["ranges"]]
    return any(a <= s < b for a, b in pairs)


def eppo_rule(rule, arms, shares, name, unit):
    total = rule.get("totalShards", 10000)
    if "traffic" in rule and not in_shard(rule["traffic"], unit, total):
        return None
    if "splits" in rule:
        for split in rule["splits"]:
            if all(in_shard(shard, unit, total) for shard in split["shards"]):
                return arms.index(split["variationKey"])
        return None
    shard = eppo(rule["salt"], unit, total)
    if "ranges" in rule:
        lists = [r if isinstance(r[0], list) else [r] for r in rule["ranges"]]
        return next(
            (i for i, rs in enumerate(lists) if any(a <= shard < b for a, b in rs)), None)
    return first_end([round(c * total) for c in cumulative(shares)], shard)


def statsig_pass(salt, rule, percentage, unit):
    if percentage == 100:
        return True
    if percentage == 0:
        return False
    return statsig(f"{salt}.{rule}", unit, 10000) < percentage * 100


def statsig_rule(rule, arms, shares, name, unit):
    if "layer" in rule:
        bucket = statsig(rule["layer"]["salt"], unit, 1000)
        if not any(a <= bucket < b for a, b in rule["layer"]["ranges"]):
            return None
    for gate in rule.get("gates", []):
        if not statsig_pass(gate["salt"], gate["rule"], gate["passPercentage"], unit):
            return None
    if "enabled" in rule:
        on = arms.index(rule["enabled"])
        percentage = rule.get("passPercentage", shares and percent(shares[on]))
        return on if statsig_pass(rule["salt"], rule["rule"], percentage, unit) else 1 - on
    bucket = statsig(rule["salt"], unit, 1000)
    if "ranges" in rule:
        return in_ranges(bucket, rule["ranges"])
    return first_end([round(c * 1000) for c in cumulative(shares)], bucket)


def segments_of(namespace, experiment):
    """The segments of an experiment after a namespace's history."""
    free, owned = list(range(namespace["segments"])), {}
    for step in namespace["history"]:
        if "remove" in step:
            free = sorted(free + owned.pop(step["remove"]))
            continue
        choices = list(free)
        stop = len(choices) - step["segments"]
        drawn = None
        for i in range(len(choices) - 1, 0, -1):
            j = planout(f"{namespace['name']}.sampled_segments.{step['add']}", str(i)) % (i + 1)
            choices[i], choices[j] = choices[j], choices[i]
            if namespace.get("fastSample") and i == stop:
                drawn = choices[i:]
                break
        owned[step["add"]] = drawn or choices[:step["segments"]]
        free = [s for s in free if s not in set(owned[step["add"]])]
    return set(owned[experiment])


_segments = {}


def planout_rule(rule, arms, shares, name, unit):
    salt = name
    if "namespace" in rule:
        space = rule["namespace"]
        experiment = space.get("experiment", name)
        segment = planout(space["name"] + ".segment", unit) % space["segments"]
        if "ranges" in space:
            if not any(a <= segment < b for a, b in space["ranges"]):
                return None
        else:
            if id(rule) not in _segments:
                _segments[id(rule)] = segments_of(space, experiment)
            if segment not in _segments[id(rule)]:
                return None
        salt = space["name"] + "." + experiment
    salt = rule.get("salt", salt)
    key = rule.get("fullSalt") or f"{salt}.{rule['parameter']}"
    h = planout(key, unit)
    operator = rule.get("operator", "WeightedChoice")
    if operator == "UniformChoice":
        return h % len(arms)
    uniform = h / LONG
    if operator == "BernoulliTrial":
        return 1 if uniform <= rule.get("p", shares and shares[1]) else 0
    weights = rule["weights"] if "weights" in rule else shares
    ends = cumulative([float(w) for w in weights])
    stop = 0.0 + (ends[-1] - 0.0) * uniform
    return next(i for i, end in enumerate(ends) if stop <= end)


def optimizely_rule(rule, arms, shares, name, unit):
    def find(parent, allocation):
        bucket = optimizely(parent, unit)
        for entry in allocation:
            if bucket < entry["endOfRange"]:
                return entry["entityId"]
        return None
    if "group" in rule:
        found = find(rule["group"]["id"], rule["group"]["trafficAllocation"])
        if found != rule["experimentId"]:
            return None
    if "trafficAllocation" in rule:
        found = find(rule["experimentId"], rule["trafficAllocation"])
        return arms.index(found) if found else None
    bucket = optimizely(rule["experimentId"], unit)
    return first_end([round(c * 10000) for c in cumulative(shares)], bucket)


def posthog_rule(rule, arms, shares, name, unit):
    key = rule.get("key", name)
    if "holdout" in rule:
        held = rule["holdout"]
        if held == 100 or sixty(f"holdout-{unit}") / LONG <= held / 100:
            return None
    rollout = rule.get("rollout", 100)
    n = sixty(f"{key}.{unit}") / LONG
    if "enabled" in rule:
        on = arms.index(rule["enabled"])
        rollout = rollout if "rollout" in rule else percent(shares[on])
        return on if n <= rollout / 100 else 1 - on
    if n > rollout / 100:
        return None
    n = sixty(f"{key}.{unit}variant") / LONG
    start = 0
    for i, percentage in enumerate(rule.get("variants") or map(percent, shares)):
        end = start + percentage / 100
        if start <= n < end:
            return i
        start = end
    return None


RULES = {
    "growthbook": growthbook_rule, "unleash": unleash_rule, "flagd": flagd_rule,
    "eppo": eppo_rule, "statsig": statsig_rule, "planout": planout_rule,
    "optimizely": optimizely_rule, "posthog": posthog_rule,
}
