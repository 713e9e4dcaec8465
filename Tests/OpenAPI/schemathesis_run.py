"""Schemathesis against a running `holdfast serve`, by the document that the service itself serves.

    python3 Tests/OpenAPI/schemathesis_run.py .build/debug/holdfast     # packages: requirements.txt
    … .build/debug/holdfast --seed 7 --seconds 300                      # again, or for longer

Requests that fit the document and requests that do not, by its examples, its bounds and by chance,
once without tokens, once with a token that may do everything, once with one that may only assign.
Exit status 1 when anything is answered that the document does not promise.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

HERE = pathlib.Path(__file__).resolve().parent

# What the document's examples speak of, and one of each other way of dealing.
CATALOG = {
    "holdfast": 1,
    "salt": "schemathesis-salt-of-nobody",
    "holdouts": {"program-2026": {"unit": "customer", "share": "2%", "covers": ["credit-limit"]}},
    "experiments": {
        "credit-limit": {
            "unit": "customer", "cluster": "household",
            "eligible": {"all": [{"attribute": "country", "in": ["JP", "KR"]},
                                 {"attribute": "age", "atLeast": 20}]},
            "arms": [{"control": "5%"}, {"treatment": "95%"}],
            "overrides": {"customer-0002": "treatment"},
            "outcome": {"name": "defaulted", "horizon": "90d", "absent": "unknown"},
            "features": {"income": "number", "tenure_months": "integer", "region": "category"}},
        "offers": {"unit": "customer", "arms": [{"control": "50%"}, {"treatment": "50%"}]},
        "fraud": {"unit": "payment",
                  "explore": [{"below": 0.5, "control": "10%"}, {"control": "1%"}]},
        "surge": {"unit": "region", "arms": [{"control": "50%"}, {"treatment": "50%"}],
                  "switchback": {"every": "6h", "burnIn": "30m"}}}}


class Service:
    """`holdfast serve` on a free port, for the time of a `with`."""

    def __init__(self, program, folder, *arguments):
        self.program, self.folder, self.arguments = program, folder, arguments

    def __enter__(self):
        catalog = self.folder / "catalog.json"
        catalog.write_text(json.dumps(CATALOG), encoding="utf-8")
        self.errors = open(self.folder / "errors", "w+b")
        self.process = subprocess.Popen(
            [self.program, "serve", "--catalog", catalog, "--ledger", self.folder / "ledger.db",
             "--port", "0", "--format", "json", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.errors)
        text = b""
        while not text.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"the service ended: {(self.folder / 'errors').read_text()}")
            text += line
        self.address = json.loads(text)["listening"]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.errors.close()


def token(program, folder, name, scope):
    file = folder / "tokens.json"
    made = subprocess.run(
        [program, "token", "create", "--name", name, "--scope", scope, "--tokens", file, "--format", "json"],
        check=True, capture_output=True)
    return json.loads(made.stdout)["token"]


def without_large_bounds(schema):
    """Takes bounds on the number of items and members out: bodies just past them cost most of the
    time to make, and the tests of ledger and server hold each."""
    if isinstance(schema, dict):
        return {key: without_large_bounds(value) for key, value in schema.items()
                if not (key in ("maxItems", "maxProperties") and isinstance(value, int)
                        and value > 100)}
    if isinstance(schema, list):
        return [without_large_bounds(value) for value in schema]
    return schema


def status(request):
    """The status of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def asks_for_tokens(service):
    """Whether each operation that is described as guarded turns away who has no token (401) or a
    wrong one (401, or 429 where many were tried before)."""
    with urllib.request.urlopen(f"{service.address}/openapi.yaml", timeout=30) as answer:
        document = yaml.safe_load(answer.read())
    guarded = [(method.upper(), path.replace("{", "").replace("}", ""))
               for path, methods in document["paths"].items()
               for method, operation in methods.items()
               if isinstance(operation, dict) and any(operation.get("security", []))]
    sound = len(guarded) > 5
    for method, path in guarded:
        for headers, expected in (({}, {401}), ({"Authorization": "Bearer wrong"}, {401, 429})):
            body = None if method == "GET" else b"{}"
            request = urllib.request.Request(
                service.address + path, body, {"Content-Type": "application/json", **headers},
                method=method)
            got = status(request)
            if got not in expected:
                print(f"{method} {path} with {headers or 'no token'} is answered {got}")
                sound = False
    print(f"\n{len(guarded)} operations asked without a token and with a wrong one", flush=True)
    return sound


def test(service, folder, seed, seconds, *arguments, authorized=False):
    """One run of schemathesis; true where it found nothing."""
    with urllib.request.urlopen(f"{service.address}/openapi.yaml", timeout=30) as answer:
        document = without_large_bounds(yaml.safe_load(answer.read()))
    if authorized:
        # With tokens no caller may come without one: then that is a promise to be tested.
        for methods in document["paths"].values():
            for operation in methods.values():
                if "security" in operation:
                    operation["security"] = [one for one in operation["security"] if one]
    served = folder / "openapi.json"
    served.write_text(json.dumps(document), encoding="utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml",
        "run", served, "--url", service.address, "--seed", seed, "--max-time", seconds,
        "--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--no-color",
        "--request-timeout", "10", "--generation-database", "none", *arguments]
    try:
        status = subprocess.run(
            [str(word) for word in command], cwd=folder, timeout=3 * seconds + 60).returncode
    except subprocess.TimeoutExpired:
        print(f"schemathesis did not end within {3 * seconds + 60} seconds")
        return False
    if service.process.poll() is not None:
        print(f"the service ended: {(folder / 'errors').read_text()}")
        return False
    return status == 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", type=pathlib.Path, help="the holdfast to be tested")
    arguments.add_argument("--seconds", type=int, default=60, help="for all runs together")
    arguments.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    options = arguments.parse_args()
    program, seed = options.program.resolve(), options.seed
    long, short = max(1, options.seconds // 2), max(1, options.seconds // 4)
    print(f"seed {seed}", flush=True)
    sound = []
    with tempfile.TemporaryDirectory(prefix="holdfast-openapi-") as path:
        folder = pathlib.Path(path)
        with Service(program, folder) as service:
            print("\nwithout tokens", flush=True)
            sound.append(test(service, folder, seed, long))
    with tempfile.TemporaryDirectory(prefix="holdfast-openapi-") as path:
        folder = pathlib.Path(path)
        tokens = {scope: token(program, folder, scope, scope) for scope in ("admin", "assign")}
        with Service(program, folder, "--tokens", folder / "tokens.json") as service:
            sound.append(asks_for_tokens(service))
            for scope, text in tokens.items():
                print(f"\nwith a token of scope {scope}", flush=True)
                sound.append(
                    test(service, folder, seed, short, "-H", f"Authorization: Bearer {text}",
                         authorized=True))
    if not all(sound):
        print(f"\nseed {seed}: something is answered that the document does not promise")
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
