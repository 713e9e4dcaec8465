"""The real client: openfeature-sdk with its OFREP provider against a running `holdfast serve`.

    python3 Tests/OpenFeature/client.py .build/debug/holdfast     # packages: requirements.txt

Values are compared with Schemas/Vectors/reference.py, which is Python's hashlib and none of
Holdfast's code. Exit status 1 when anything differs.
"""

import datetime
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import requests
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Schemas/Vectors"))
sys.dont_write_bytecode = True
import reference  # noqa: E402

NOW = datetime.datetime.now(datetime.timezone.utc)
SOON = NOW + datetime.timedelta(seconds=15)


def rfc3339(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


CATALOG = {
    "holdfast": 1,
    "salt": "open-feature-client-salt",
    "holdouts": {
        "program": {"unit": "customer", "share": "10%",
                    "covers": ["limits", "offers", "v1.2-model_x"]}},
    "experiments": {
        "limits": {
            "unit": "customer", "cluster": "household",
            "eligible": {"all": [{"attribute": "country", "in": ["JP", "KR"]},
                                 {"attribute": "age", "atLeast": 20}]},
            "arms": [{"control": "50%"}, {"treatment": "50%"}],
            "overrides": {"tester": "treatment"}},
        "offers": {"unit": "customer", "traffic": "60%",
                   "arms": [{"control": "20%"}, {"small": "30%"}, {"large": "50%"}]},
        "v1.2-model_x": {"unit": "customer", "arms": [{"control": "5%"}, {"treatment": "95%"}]},
        "all-in": {"unit": "customer", "arms": [{"treatment": "100%"}]},
        "over": {"unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}],
                 "ends": "2026-01-01T00:00:00Z"},
        "soon": {"unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}],
                 "starts": rfc3339(SOON)},
        "..": {"unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}]}}}

REASONS = {"override": "TARGETING_MATCH", "not_started": "DISABLED", "ended": "DISABLED",
           "ineligible": "DEFAULT", "holdout": "SPLIT", "outside_slice": "SPLIT",
           "not_enrolled": "SPLIT", "assigned": "SPLIT"}


class Checks:
    """Counts what holds, and keeps what does not."""

    def __init__(self):
        self.passed, self.failed = 0, []

    def same(self, what, found, expected):
        if found == expected and isinstance(found, bool) == isinstance(expected, bool):
            self.passed += 1
        else:
            self.failed.append(f"{what}: {found!r}, expected {expected!r}")

    def holds(self, what, condition):
        self.same(what, bool(condition), True)


class Service:
    """`holdfast serve` of a catalog, for the time of a `with`."""

    def __init__(self, program, folder, *arguments):
        self.program, self.folder, self.arguments = program, pathlib.Path(folder), arguments

    def __enter__(self):
        self.catalog = self.folder / "catalog.json"
        self.write(CATALOG)
        self.errors = open(self.folder / "errors", "w+b")
        self.process = subprocess.Popen(
            [self.program, "serve", "--catalog", self.catalog, "--ledger",
             self.folder / "ledger.db", "--port", "0", "--format", "json", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.errors)
        text = b""
        while not text.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"the service ended: {(self.folder / 'errors').read_text()}")
            text += line
        said = json.loads(text)
        self.address, self.revision = said["listening"], said["revision"]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.errors.close()

    def write(self, catalog):
        self.catalog.write_text(json.dumps(catalog), encoding="utf-8")

    def client(self, domain, token=None):
        """An SDK's client, and its provider."""
        headers = (lambda: {"Authorization": f"Bearer {token}"}) if token else None
        provider = OFREPProvider(self.address, headers_factory=headers)
        api.set_provider(provider, domain)
        return api.get_client(domain), provider

    def bulk(self, context, **headers):
        return requests.post(f"{self.address}/ofrep/v1/evaluate/flags",
                             json={"context": context}, headers=headers, timeout=30)


def values(checks, service):
    """Every flag of 300 units, as the SDK gives it, beside hashlib's answer."""
    client, _ = service.client("values")
    seen = set()
    for number in range(300):
        unit, household = f"customer-{number}", f"h-{number // 2}"
        country, age = ("JP", "KR", "FR")[number % 3], 18 + number % 7
        context = EvaluationContext(
            unit, {"household": household, "country": country, "age": age,
                   "ignored": {"nested": [1, 2]}, "list": ["a"]})
        for name in ("limits", "offers", "v1.2-model_x", "all-in", "over"):
            expected, _ = reference.decide(CATALOG, {
                "experiment": name, "unit": unit, "cluster": household,
                "attributes": {"country": country, "age": age}, "at": rfc3339(NOW)})
            seen.add(expected["reason"])
            what = f"{name} of {unit}"
            arm = client.get_string_details(name, "the-default", context)
            checks.same(f"{what}: value", arm.value, expected["arm"] or "the-default")
            checks.same(f"{what}: variant", arm.variant, expected["arm"])
            checks.same(f"{what}: reason", arm.reason, REASONS[expected["reason"]])
            checks.same(f"{what}: error", arm.error_code, None)
            act = client.get_boolean_details(f"{name}:act", not expected["act"], context)
            checks.same(f"{what}: act", act.value, expected["act"])
            metadata = {"experiment": name, "arm": expected["arm"], "reason": expected["reason"],
                        "holdout": expected["holdout"], "act": expected["act"],
                        "propensity": expected["propensity"], "bucket": expected["bucket"],
                        "revision": service.revision}
            metadata = {key: value for key, value in metadata.items() if value is not None}
            checks.same(f"{what}: metadata", dict(arm.flag_metadata), metadata)
            checks.same(f"{what}: act's metadata", dict(act.flag_metadata), metadata)
    # A run that met no holdout would prove nothing about them.
    checks.same("reasons met", seen, {"ineligible", "holdout", "not_enrolled", "assigned", "ended"})


def types(checks, service):
    """A caller who asks another type gets the default and TYPE_MISMATCH, never a wrong value."""
    client, _ = service.client("types")
    context = EvaluationContext("customer-1", {})
    for what, details, default in [
            ("integer", client.get_integer_details("all-in", 7, context), 7),
            ("float", client.get_float_details("all-in", 0.5, context), 0.5),
            ("object", client.get_object_details("all-in", {"a": 1}, context), {"a": 1}),
            ("boolean of a plain key", client.get_boolean_details("all-in", False, context), False),
            ("string of act", client.get_string_details("all-in:act", "x", context), "x"),
            ("float of act", client.get_float_details("all-in:act", 0.5, context), 0.5)]:
        checks.same(f"{what}: value", details.value, default)
        checks.same(f"{what}: code", details.error_code, "TYPE_MISMATCH")
        checks.same(f"{what}: reason", details.reason, "ERROR")


def special(checks, service):
    """Testers, experiments outside their time, and contexts that lack something."""
    client, _ = service.client("special")
    tester = client.get_string_details("limits", "d", EvaluationContext("tester", {}))
    checks.same("override", (tester.value, tester.reason), ("treatment", "TARGETING_MATCH"))
    checks.same("override: metadata", tester.flag_metadata["reason"], "override")
    for name, reason in (("over", "ended"), ("soon", "not_started")):
        found = client.get_string_details(name, "d", EvaluationContext("customer-1", {}))
        checks.same(name, (found.value, found.reason, found.variant), ("d", "DISABLED", None))
        checks.same(f"{name}: metadata", found.flag_metadata["reason"], reason)
        act = client.get_boolean_details(f"{name}:act", True, EvaluationContext("customer-1", {}))
        checks.same(f"{name}: act", (act.value, act.reason), (False, "DISABLED"))
    eligible = {"country": "JP", "age": 30}
    for what, unit, attributes, code, words in [
            ("no unit", None, eligible, "TARGETING_KEY_MISSING", "targetingKey"),
            ("empty unit", "", eligible, "TARGETING_KEY_MISSING", "targetingKey"),
            ("long unit", "u" * 1_025, eligible, "INVALID_CONTEXT", "1025 bytes"),
            ("1 MB unit", "u" * 1_048_576, eligible, "INVALID_CONTEXT", "1048576 bytes"),
            ("no cluster", "u-2", eligible, "INVALID_CONTEXT", "household"),
            ("empty cluster", "u-2", {**eligible, "household": ""}, "INVALID_CONTEXT", "0 bytes"),
            ("number as cluster", "u-2", {**eligible, "household": 7}, "INVALID_CONTEXT",
             "an integer"),
            ("no attribute", "u-2", {"age": 30}, "INVALID_CONTEXT", "country"),
            ("attribute of another type", "u-2", {"country": "JP", "age": "30"},
             "INVALID_CONTEXT", "number"),
            ("nested attribute", "u-2", {"country": {"code": "JP"}, "age": 30},
             "INVALID_CONTEXT", "an object"),
            ("10,000 attributes", "u-2", {f"a{i}": i for i in range(10_000)},
             "INVALID_CONTEXT", "1000")]:
        # None of these may fall to an arm: the default says so.
        for found, default in (
                (client.get_string_details("limits", "d", EvaluationContext(unit, attributes)),
                 "d"),
                (client.get_boolean_details("limits:act", False,
                                            EvaluationContext(unit, attributes)), False)):
            checks.same(f"{what}: value", found.value, default)
            checks.same(f"{what}: code", found.error_code, code)
            checks.holds(f"{what}: {found.error_message}", words in (found.error_message or ""))
    # The household may come as `cluster` too.
    one = client.get_string_details("limits", "d", EvaluationContext("u-2", {
        **eligible, "cluster": "h-1"}))
    other = client.get_string_details("limits", "d", EvaluationContext("u-2", {
        **eligible, "household": "h-1", "cluster": "another"}))
    checks.same("cluster by either name", one.flag_metadata, other.flag_metadata)


def keys(checks, service):
    """Keys that are no flag's, whatever a client makes of them in a URL."""
    client, _ = service.client("keys")
    context = EvaluationContext("customer-1", {})
    for key in ("nope", "a/b", "all-in/act", "all-in/", "..", ".", "../..", "%2F",
                "all-in%2Fact", "all-in%2F..", "all-in?", "all-in?x=1", "all-in:", "",
                "all-in:ACT", ":act", "all-in:act:act", "ALL-IN", "café", "all-in%", "%ff",
                "../../../../v1/experiments", "../../../../healthz", "x" * 5_000):
        found = client.get_string_details(key, "d", context)
        if key == "all-in?":
            # An empty query is nothing: the same address.
            checks.same(f"{key!r}", found.value, "treatment")
            continue
        checks.same(f"{key[:40]!r}: value", found.value, "d")
        # A client that climbs out of the flags posts to what can only be read, and is told so (405).
        climbs = key.startswith("../../../../")
        checks.same(f"{key[:40]!r}: code", found.error_code,
                    "GENERAL" if climbs else "FLAG_NOT_FOUND")
    for key in ("all-in:act", "all-in%3Aact", "all-in%3aact", "%61ll-in:act", "..:act"):
        found = client.get_boolean_details(key, False, context)
        checks.same(f"{key}: error", found.error_code, None)
    # An experiment may be called so; a client that does not escape it asks for another path.
    expected, _ = reference.decide(
        CATALOG, {"experiment": "..", "unit": "customer-1", "at": rfc3339(NOW)})
    checks.same("%2e%2e", client.get_string_details("%2e%2e", "d", context).value, expected["arm"])
    plain = requests.post(f"{service.address}/ofrep/v1/evaluate/flags/a%2Fb",
                          json={"context": {"targetingKey": "u"}}, timeout=30)
    checks.same("a%2Fb", (plain.status_code, plain.json()["key"]), (404, "a/b"))
    broken = requests.post(f"{service.address}/ofrep/v1/evaluate/flags/all-in",
                           data=b'{"context": {"targetingKey": "u"', timeout=30)
    checks.same("no JSON", (broken.status_code, broken.json()["errorCode"]), (400, "PARSE_ERROR"))
    large = requests.post(f"{service.address}/ofrep/v1/evaluate/flags/all-in",
                          data=b" " * (3 << 20), timeout=30)
    checks.same("3 MiB", (large.status_code, large.json()["errorCode"]), (413, "GENERAL"))


def bulk(checks, service):
    """All flags at once by plain HTTP, as a browser's provider asks for them."""
    context = {"targetingKey": "customer-3", "country": "JP", "age": 30}
    first = service.bulk(context)
    checks.same("bulk", first.status_code, 200)
    flags = {flag["key"]: flag for flag in first.json()["flags"]}
    checks.same("bulk: keys", list(flags),
                [key for name in CATALOG["experiments"] for key in (name, f"{name}:act")])
    checks.same("bulk: an element that cannot be dealt", flags["limits"]["errorCode"],
                "INVALID_CONTEXT")
    checks.same("bulk: the others are", flags["all-in"]["value"], "treatment")
    checks.same("bulk: no value in no arm", "value" in flags["over"], False)
    checks.same("bulk: variant is there", flags["over"]["variant"], None)
    for name in ("offers", "all-in", ".."):
        expected, _ = reference.decide(CATALOG, {"experiment": name, "unit": "customer-3",
                                                 "at": rfc3339(NOW)})
        checks.same(f"bulk: {name}", flags[name].get("value"), expected["arm"])
        checks.same(f"bulk: {name}:act", flags[f"{name}:act"]["value"], expected["act"])
    checks.holds("bulk: a float is written as one", '"propensity":1.0' in first.text)
    tag = first.headers["ETag"]
    again = service.bulk(context, **{"If-None-Match": tag})
    checks.same("same tag", (again.status_code, again.text, again.headers.get("ETag")),
                (304, "", tag))
    turned = dict(reversed(context.items()))
    checks.same("members in another order",
                service.bulk(turned, **{"If-None-Match": f'"x", W/{tag}'}).status_code, 304)
    for what, other in (("unit", {**context, "targetingKey": "customer-4"}),
                        ("attribute", {**context, "age": 31}),
                        ("household", {**context, "household": "h"})):
        changed = service.bulk(other, **{"If-None-Match": tag})
        checks.same(f"another {what}", changed.status_code, 200)
        checks.holds(f"another {what}: another tag", changed.headers["ETag"] != tag)
    none = service.bulk({})
    checks.same("bulk without a unit", (none.status_code, none.json()["errorCode"]),
                (400, "TARGETING_KEY_MISSING"))
    # Time alone: an experiment starts.
    time.sleep(max(0, (SOON - datetime.datetime.now(datetime.timezone.utc)).total_seconds() + 0.2))
    started = service.bulk(context, **{"If-None-Match": tag})
    checks.same("an experiment starts: status", started.status_code, 200)
    checks.holds("an experiment starts: another tag", started.headers["ETag"] != tag)
    after = {flag["key"]: flag for flag in started.json()["flags"]}
    checks.same("an experiment starts: reason", after["soon"]["reason"], "SPLIT")
    # Configuration: a description changes the revision and nothing else.
    tag = started.headers["ETag"]
    service.write({**CATALOG, "experiments": {**CATALOG["experiments"], "all-in": {
        **CATALOG["experiments"]["all-in"], "description": "Everyone"}}})
    service.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while (changed := service.bulk(context, **{"If-None-Match": tag})).status_code == 304:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    checks.same("another revision: status", changed.status_code, 200)
    checks.holds("another revision", changed.json()["metadata"]["revision"] != service.revision)


def tokens(checks, program, folder):
    """401, 403 and 429 as the client meets them."""
    folder.mkdir()
    file = folder / "tokens.json"

    def token(name, scope):
        made = subprocess.run(
            [program, "token", "create", "--tokens", file, "--name", name, "--scope", scope],
            check=True, capture_output=True, text=True)
        return made.stdout.strip()

    dealing, recording = token("dealing", "assign"), token("recording", "record")
    checks.holds("the file keeps no token",
                 dealing not in file.read_text() and dealing[-64:] not in file.read_text())
    context = EvaluationContext("customer-1", {})
    with Service(program, folder, "--tokens", file, "--rate", "2") as service:
        for what, given, message in (("no token", None, "unauthorized"),
                                     ("wrong token", dealing[:-1] + "x", "unauthorized"),
                                     ("other scope", recording, "forbidden")):
            client, _ = service.client(what, given)
            found = client.get_string_details("all-in", "d", context)
            checks.same(f"{what}: value", found.value, "d")
            checks.same(f"{what}: error", (found.error_code, found.error_message),
                        ("GENERAL", message))
        plain = requests.post(f"{service.address}/ofrep/v1/evaluate/flags/all-in",
                              json={"context": {"targetingKey": "u"}}, timeout=30)
        checks.same("401: body", (plain.status_code, plain.json()["key"],
                                  plain.json()["errorCode"]), (401, "all-in", "GENERAL"))
        checks.holds("401: challenge", plain.headers["WWW-Authenticate"].startswith("Bearer"))
        client, provider = service.client("right token", dealing)
        answers = [client.get_string_details("all-in", "d", context) for _ in range(2)]
        checks.same("right token", [found.value for found in answers], ["treatment"] * 2)
        # Two a second are taken; the third says when to come again, and the client obeys.
        for _ in range(20):
            limited = client.get_string_details("all-in", "d", context)
            if limited.error_code:
                break
        checks.same("429: value", (limited.value, limited.error_code), ("d", "GENERAL"))
        checks.same("429: message", limited.error_message, "Rate limited, retry after: 1")
        paused = client.get_string_details("all-in", "d", context)
        checks.holds("429: the client waits", "paused" in (paused.error_message or ""))
        checks.holds("429: until then", provider.retry_after is not None)
        time.sleep(1.2)
        checks.same("429: and comes back", client.get_string_details("all-in", "d", context).value,
                    "treatment")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # What waits for an experiment's start goes first: on a slow machine the long parts outlast it.
        for name, parts in (("soon", (special, bulk)), ("long", (types, keys, values))):
            (folder / name).mkdir()
            with Service(program, folder / name) as service:
                for part in parts:
                    part(checks, service)
            with sqlite3.connect(folder / name / "ledger.db") as connection:
                recorded = connection.execute("SELECT count(*) FROM decisions").fetchone()[0]
            checks.same("an evaluation records nothing", recorded, 0)
        tokens(checks, program, folder / "with-tokens")
    api.shutdown()
    for failure in checks.failed[:50]:
        print(f"FAILED {failure}")
    print(f"OpenFeature client: {checks.passed} checks passed, {len(checks.failed)} failed")
    sys.exit(1 if checks.failed or checks.passed < 10_000 else 0)


if __name__ == "__main__":
    main()
