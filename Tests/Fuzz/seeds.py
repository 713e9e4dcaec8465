"""What each fuzz target begins with: the examples and vectors of Schemas, cut to its shape.

    python3 Tests/Fuzz/seeds.py FOLDER      # FOLDER/TARGET/NAME, and FOLDER/TARGET.dict

Nothing of it is committed: it follows from Schemas and from the few lines below.
"""

import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "Schemas/Examples"

# The targets' own catalog (FactTargets.swift): its experiments, arms, features and attributes.
UNIT = {"unit": "customer-0001", "cluster": "h-1"}
ITEMS = {
    0: [
        {"experiment": "a", **UNIT, "id": "d-1", "model": "v7", "intended": True, "score": 0.5,
         "features": {"n": 1.5, "i": 9007199254740993, "c": "é", "b": False},
         "at": "2026-03-01T00:00:00Z"},
        {"experiment": "b", **UNIT, "attributes": {"country": "JP", "age": 41}},
        {"experiment": "r", "unit": "u", "at": "0000-01-01T00:00:00Z"},
        {"experiment": "s", "unit": "u", "at": "9999-12-31T23:59:59.999999Z"},
        {"experiment": "x", "unit": "u", "score": 1e308},
    ],
    1: [
        {"experiment": "a", **UNIT, "arm": "treatment", "id": "e-1"},
        {"experiment": "b", **UNIT, "arm": "control", "at": "2026-03-01T09:00:00.5+09:00"},
    ],
    2: [
        {"unit": "u", "name": "defaulted", "value": True},
        {"unit": "u", "name": "defaulted", "value": -0.0, "id": "o-1"},
        {"unit": "u", "name": "revenue", "value": -9223372036854775808},
    ],
}
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01 09:00:00.5+09:00", "0000-01-01T00:00:00Z",
         "9999-12-31T23:59:59.999999Z", "2024-02-29t23:59:59z", "1969-12-31T23:59:59.000001-23:59"]
TABLES = ["unit,income\ncustomer-1,52000\n", 'a,b\r\n"x ""y""",\r\n,""\r\n', "a\n\n\n",
          '"Kyoto, Japan"\n"line\nbreak"\n', "n\n-1.5e3\n+.5\n5.\n01\n1e400\nNA\n\"NA\"\ninf\n",
          "\ufeffa,b\n1,2\n", "n\n12345678901234567890\n9007199254740993\n1e-324\n4.9e-324\n"]
NUMBERS = ["-9223372036854775808", "9223372036854775808", "18446744073709551616", "-0", "-0.0",
           "1e308", "1e309", "1e-400", "0.1", "5e-324", "1E+2", "123456789012345678901234567890"]


def catalogs():
    for path in sorted(EXAMPLES.glob("catalog/*/*.yaml")):
        yield path.read_bytes()


def values(*files):
    for file in files:
        for entry in json.loads((EXAMPLES / f"messages/{file}.json").read_text()):
            yield entry["value"]


def token_file():
    token = {"name": "shop", "scopes": ["assign", "record"], "created": "2026-01-01T00:00:00Z",
             "salt": "0" * 32, "sha256": "a" * 64}
    return {"holdfast_tokens": 1, "tokens": [token, {**token, "name": "x", "scopes": ["admin"]}]}


def encoded(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def bodies():
    """Bodies of a POST, behind the byte that chooses kind (modulo 4) and form (lines, array,
    one)."""
    for kind, items in ITEMS.items():
        yield bytes([kind]) + b"\n".join(encoded(item) for item in items)
        yield bytes([kind + 4]) + encoded(items)
        for item in items:
            yield bytes([kind + 8]) + encoded(item)
            yield bytes([kind + 4]) + b"[" + encoded(item) + b',{"unit":nope},' + encoded(item)


def contexts():
    for value in values("requests"):
        yield encoded(value)
    for items in ITEMS.values():
        for item in items:
            context = {"targetingKey": item["unit"], "customer": "c", "household": "h",
                       "country": "JP", "age": 41, "list": [1], "none": None}
            yield encoded({"context": {**context, "score": item.get("score", 0)}})


def seeds():
    everything = [encoded(value) for value in values("requests", "answers", "commands")]
    yield "catalog", list(catalogs())
    yield "json", everything + [f"[{number}]".encode() for number in NUMBERS] + [
        b'"\\ud83d\\ude00\\u00e9\\u0000"', b"[" * 64 + b"]" * 64, b'{"a":1}\n{"a":nope}\n']
    yield "facts", list(bodies())
    yield "ledger", list(bodies())
    yield "ofrep", list(contexts())
    yield "tokens", [encoded(token_file()), b"holdfast_shop_" + b"0" * 64]
    yield "timestamp", [text.encode() for text in TIMES] + [b"\x80" + b"\0" * 7, b"\x7f" * 8]
    yield "csv", [text.encode() for text in TABLES]
    lines = b'{"a":{"b":1},"c":["x",2]}\n\n{"c":null,"d":true}\n{"a.b":"","e":1e3}'
    yield "table", [b"\x03" + text.encode() for text in TABLES] + [b"\x07" + lines]


def words(inputs):
    """The words of a target's seeds, for libFuzzer's dictionary."""
    found = set()
    for data in inputs:
        found.update(re.findall(rb"[A-Za-z_][A-Za-z0-9_]{1,23}", data))
    found.update(number.encode() for number in NUMBERS)
    found.update([b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"e\xcc\x81", b"\xc3\xa9",
                  b"\\ud83d\\ude00", b"<<: ", b"*a", b"&a ", b"!!str ", b"? ", b"|\n", b"---\n",
                  b"100%", b"30d", b'""', b"\r\n", b"]},{[", b": "])
    return sorted(found)[:2000]


def write(folder):
    for target, inputs in seeds():
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for data in inputs:
            (place / hashlib.sha1(data).hexdigest()).write_bytes(data)
        lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in words(inputs))
        (folder / f"{target}.dict").write_text("".join(f'"{line}"\n' for line in lines))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
