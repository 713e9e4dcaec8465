"""Makes the parts of a retraining set by hand, and as much of a manifest as describes them.

    python3 make.py          writes train.csv, eval.csv and manifest.json beside this file

The other files here are what Holdfast makes of that manifest. Their origin is Holdfast itself; that
they are right is found by the scripts in Tests/Packaging, which hold them against the programs
that read such files: mlcroissant, frictionless and OpenLineage's classes.
"""

import hashlib
import json
import pathlib

COLUMNS = [
    ("id", "text", "decision"), ("unit", "text", "unit"), ("cluster", "text", "cluster"),
    ("experiment", "text", "experiment"), ("decided_at", "time", "time"), ("arm", "text", "arm"),
    ("reason", "text", "reason"), ("propensity", "number", "propensity"),
    ("score", "number", "score"), ("model", "text", "model"), ("weight", "number", "weight"),
    ("a.b-c", "number", "feature"), ("1", "integer", "feature"), ("..", "boolean", "feature"),
    ("split", "text", "feature"), ("defaulted", "number", "label"),
]
EXPERIMENT = "credit-limit.v2"
TRAIN = [
    ["d-1", "0001", "h\u00e9-1", EXPERIMENT, "2025-06-01T00:00:00Z", "control", "assigned",
     "0.05", "0.25", "v7", "20.0", "1e-05", "9007199254740993", "true", '"Seoul, Jung-gu"', "0.0"],
    ["d-2", "u-2", "he\u0301-1", EXPERIMENT, "2025-06-01T00:00:00.500001Z", "", "holdout",
     "0.02", "0.75", "v7", "50.0", "-0.0", "-9223372036854775808", "false", '"a ""b"""', "1.0"],
    ["d-3", "u-3", "", EXPERIMENT, "1969-12-31T23:59:59.999999Z", "control", "assigned",
     "0.05", "", "", "1.0", "5e-324", "0", "true", '"two\nlines"', "0.0"],
]
EVAL = [
    ["d-4", "u-4", "h-4", EXPERIMENT, "2025-06-02T12:30:00Z", "control", "assigned",
     "0.05", "1.0", "v7", "1.0", "", "3", "", "", "1.0"],
    ["d-5", "u-5", "h-5", EXPERIMENT, "2025-06-02T12:30:01Z", "control", "assigned",
     "0.05", "0.30000000000000004", "v8", "1.0", "1.7976931348623157e+308", "4", "true",
     "\U0001f600", "0.0"],
]


def main():
    folder = pathlib.Path(__file__).parent
    parts = []
    for name, rows in [("train", TRAIN), ("eval", EVAL)]:
        header = ",".join(column[0] for column in COLUMNS)
        data = "".join(line + "\n" for line in [header] + [",".join(row) for row in rows])
        data = data.encode()
        (folder / f"{name}.csv").write_bytes(data)
        parts.append({
            "name": name, "file": f"{name}.csv", "rows": len(rows),
            "positives": sum(row[-1] != "0.0" for row in rows), "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        })
    manifest = {
        "parts": parts,
        "columns": [{"name": n, "type": t, "role": r} for n, t, r in COLUMNS],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
