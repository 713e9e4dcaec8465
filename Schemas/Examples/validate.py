"""Holds the examples against the schemas, and the schemas against their own rules.

    python3 Schemas/Examples/validate.py      # needs the packages jsonschema and PyYAML

Good catalogs must pass. Bad ones must be refused or accepted by the schema as their third line
says; `accepts` marks what only `holdfast validate` can tell (arithmetic, references, the YAML
itself). The requests and answers of Examples/messages, and every example inside a schema, must
fit. With openapi-spec-validator installed, openapi.yaml is validated too.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml
from referencing import Registry, Resource

HERE = pathlib.Path(__file__).parent
SCHEMAS = HERE.parent
# The check report's schema belongs to the check, and is tested there.
NAMES = ("catalog", "assignment", "decision", "exposure", "outcome", "problem", "batch-receipt",
         "experiments", "health", "ofrep-request", "ofrep-answer", "diff", "sql", "explanation",
         "stats", "verification", "backup", "erasure", "feedback-simulation", "unit-story",
         "set-verification", "agreement-study", "table-schema", "shipment", "compaction",
         "lake-stats", "plan-balance", "analysis", "health-report", "plan", "plan-holdout", "plan-explore",
         "recording", "validation", "token", "init")


class CoreLoader(yaml.SafeLoader):
    """YAML by JSON's types: times, `NO` and `2%` stay texts, and so does every key."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        """Keys are texts as they stand; a key that is there twice is left to the program."""
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


CoreLoader.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
for tag, pattern, starts in (
        ("null", r"^(?:null|~|)$", ["n", "~", ""]),
        ("bool", r"^(?:true|false)$", ["t", "f"]),
        ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
        ("float", r"^-?(?:0|[1-9][0-9]*)(?=[.eE])(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$",
         list("-0123456789"))):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), starts)
CoreLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def schemas():
    """The schemas by name, each a valid JSON Schema, and a registry of them."""
    loaded = {name: json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
              for name in NAMES}
    registry = Registry()
    for name, schema in loaded.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        registry = registry.with_resource(schema["$id"], Resource.from_contents(schema))
        # openapi.yaml and people name the files.
        registry = registry.with_resource(f"{name}.schema.json", Resource.from_contents(schema))
    return loaded, registry


def faults(schema, registry, value):
    """What the schema says against a value."""
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    return [f"{error.json_path}: {error.message[:120]}" for error in validator.iter_errors(value)]


def parts(schema, path=""):
    """Every schema inside a schema, with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key not in ("examples", "const", "enum", "default"):
                yield from parts(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from parts(value, f"{path}/{index}")


def inner_faults(name, schema, registry):
    """Properties without a description or an example, and examples that do not fit."""
    for path, part in parts(schema):
        # Below allOf stand laws between properties that are described elsewhere.
        if re.search(r"/properties/[^/]+$", path) and "/allOf/" not in path:
            for needed in ("description", "examples"):
                if not part.get(needed):
                    yield f"{name}{path} has no {needed}"
        for example in part.get("examples", []) if isinstance(part.get("examples"), list) else []:
            # A part refers to the definitions of the whole.
            inner = {**part, "$id": schema["$id"], "$defs": schema.get("$defs", {})}
            for fault in faults(inner, registry, example):
                yield f"{name}{path}: the example {json.dumps(example)[:60]}: {fault}"


def mark(text, key):
    """What a bad file says of itself: `# line: 7`."""
    match = re.search(rf"^# {key}: (.+)$", text, re.MULTILINE)
    return match[1] if match else None


def bad_faults(path, schema, registry):
    """A bad file's marks, and whether the schema does as they say."""
    text = path.read_text(encoding="utf-8")
    line, says, expected = (mark(text, key) for key in ("line", "says", "schema"))
    lines = text.split("\n")
    if not (line and line.isdigit() and 1 <= int(line) <= len(lines)):
        yield f"{path.name}: no such line: {line}"
    if not says or says != says.lower():
        yield f"{path.name}: says {says!r}, which is not in lower case"
    if expected not in ("refuses", "accepts"):
        yield f"{path.name}: the schema {expected}?"
    try:
        refused = bool(faults(schema, registry, yaml.load(text, CoreLoader)))
    except yaml.MarkedYAMLError as error:
        # No YAML: the schema never sees it. The reader must name the line that is marked.
        refused = False
        if error.problem_mark.line + 1 != int(line):
            yield f"{path.name}: the YAML breaks at line {error.problem_mark.line + 1}"
    if refused != (expected == "refuses"):
        yield f"{path.name}: the schema {'refuses' if refused else 'accepts'} it"


def catalog_faults(schema, registry, counts):
    """Good catalogs, bad catalogs, and those of the vectors."""
    for path in sorted((HERE / "catalog/good").glob("*.yaml")):
        counts["good catalogs"] += 1
        for fault in faults(schema, registry, yaml.load(path.read_text("utf-8"), CoreLoader)):
            yield f"{path.name}: {fault}"
    for path in sorted((HERE / "catalog/bad").glob("*.yaml")):
        counts["bad catalogs"] += 1
        yield from bad_faults(path, schema, registry)
    vectors = json.loads((SCHEMAS / "Vectors/assignment-v1.json").read_text("ascii"))
    for case in (*vectors["decisions"], *vectors["refusals"], *vectors["methods"],
                 *vectors["methodRefusals"]):
        counts["catalogs of vectors"] += 1
        for fault in faults(schema, registry, case["catalog"]):
            yield f"vectors, {case['name']}: {fault}"


def message_faults(registry, counts):
    """Examples/messages: {schema, valid, value} each, by file name."""
    for path in sorted((HERE / "messages").glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text("utf-8"))):
            counts["messages"] += 1
            found = faults({"$ref": case["schema"]}, registry, case["value"])
            if bool(found) == case["valid"]:
                yield f"{path.name}[{number}] {case['name']}: {found or 'is not refused'}"


def openapi_faults(counts):
    """openapi.yaml by OpenAPI's own schema, where its validator is installed."""
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ImportError:
        print("openapi.yaml: not validated: openapi-spec-validator is not installed")
        return
    path = SCHEMAS / "openapi.yaml"
    document = yaml.load(path.read_text("utf-8"), CoreLoader)
    counts["OpenAPI documents"] += 1
    for error in OpenAPIV31SpecValidator(document, base_uri=path.as_uri()).iter_errors():
        yield f"openapi.yaml: {error.message[:200]}"


def main():
    loaded, registry = schemas()
    counts = dict.fromkeys(("good catalogs", "bad catalogs", "catalogs of vectors", "messages",
                            "OpenAPI documents"), 0)
    found = [fault for name, schema in loaded.items()
             for fault in inner_faults(name, schema, registry)]
    found += catalog_faults(loaded["catalog"], registry, counts)
    found += message_faults(registry, counts)
    found += openapi_faults(counts)
    for fault in found:
        print(fault)
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"{len(loaded)} schemas, {told}: {len(found)} faults")
    empty = [what for what in ("good catalogs", "bad catalogs", "messages") if not counts[what]]
    sys.exit(1 if found or empty else 0)


if __name__ == "__main__":
    main()
