"""Copies the schemas into openapi.yaml, which is served as one file and must stand alone.

    python3 Schemas/bundle.py            # rewrites what follows the marker in openapi.yaml
    python3 Schemas/bundle.py --check    # exit 1 if it is not what would be written

Everything before the marker is written by hand.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
TARGET = HERE / "openapi.yaml"
MARKER = "  # From the *.schema.json files by bundle.py: change those, and run it.\n"
NAMES = ("assignment", "decision", "exposure", "outcome", "batch-receipt", "problem",
         "experiments", "health", "ofrep-request", "ofrep-answer")
WIDTH = 100


def definitions():
    """Every definition by name; two schemas that share a name must mean the same by it."""
    merged = {}
    for name in NAMES:
        schema = json.loads((HERE / f"{name}.schema.json").read_text(encoding="utf-8"))
        for key, value in schema["$defs"].items():
            if merged.setdefault(key, value) != value:
                sys.exit(f"{name}.schema.json: {key} differs from another schema's")
    return merged


def flow(value):
    """One line of JSON, which is YAML."""
    return json.dumps(value, ensure_ascii=False)


def key_text(key):
    return key if re.fullmatch(r"[A-Za-z$][A-Za-z0-9_$]*", key) else flow(key)


def block(value, indent):
    """Lines of YAML; what fits in a line stays JSON."""
    pad = " " * indent
    if isinstance(value, dict):
        pairs = [(f"{pad}{key_text(key)}:", part) for key, part in value.items()]
    else:
        pairs = [(f"{pad}-", part) for part in value]
    for head, part in pairs:
        line = f"{head} {flow(part)}"
        if len(line) <= WIDTH or not isinstance(part, (dict, list)):
            yield line
        else:
            yield head
            yield from block(part, indent + 2)


def bundled(text):
    """The document with its schemas renewed."""
    by_hand, marker, _ = text.partition(MARKER)
    if not marker:
        sys.exit(f"{TARGET.name} has no marker line")
    schemas = json.loads(json.dumps(definitions()).replace("#/$defs/", "#/components/schemas/"))
    return by_hand + marker + "\n".join(block({"schemas": schemas}, 2)) + "\n"


def main():
    text = TARGET.read_text(encoding="utf-8")
    made = bundled(text)
    if sys.argv[1:] == ["--check"]:
        if made != text:
            sys.exit(f"{TARGET.name} is not up to date: run bundle.py")
        print(f"{TARGET.name} is up to date")
        return
    TARGET.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
