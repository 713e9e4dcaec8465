"""Holds a lake against the ledgers that were shipped to it, row by row and field by field.

    python3 compare.py LAKE NODE=LEDGER...

Reads the ledgers by Python's own SQLite, and the lake by its gzip and JSON. Rows of one node and
key that are there twice are counted and held to be equal: readers drop them. Prints a JSON object
of counts, and what is wrong, if anything; the status is then 1. Parquet is not read.
"""

import datetime
import gzip
import json
import math
import pathlib
import sqlite3
import sys

KINDS = {
    "decisions": ("decision", "experiment", "decided_at", [
        "id", "unit", "cluster", "decided_at", "received_at", "arm", "reason", "holdout",
        "propensity", "bucket", "revision", "score", "model", "intended", "burn_in"]),
    "exposures": ("exposure", "experiment", "exposed_at", [
        "id", "unit", "cluster", "arm", "exposed_at", "received_at"]),
    "outcomes": ("outcome", "name", "observed_at", [
        "id", "unit", "value", "observed_at", "received_at"]),
    "batches": ("batch", None, "received_at", [
        "source", "sequence", "first_at", "last_at", "received_at"]),
}
EPOCH = datetime.date(1970, 1, 1)


def day(microseconds):
    """The UTC day of a time: rounded down, also before 1970."""
    return (EPOCH + datetime.timedelta(days=microseconds // 86_400_000_000)).isoformat()


def ledger_rows(path, kind):
    """Rows by key: the folder's names, and the members in their order."""
    key, name, time, columns = KINDS[kind]
    ledger = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    features = {}
    if kind == "decisions":
        for number, experiment in ledger.execute("SELECT number, experiment FROM feature_tables"):
            names = [row[0] for row in ledger.execute(
                "SELECT name FROM features WHERE experiment = ? ORDER BY name", (experiment,))]
            names.sort(key=lambda name: name.encode())
            table = {row[0]: row[1:] for row in ledger.execute(
                "SELECT decision, {} FROM features_{}".format(
                    ", ".join(f'"{name}"' for name in names), number))}
            features[experiment] = (names, table)
    rows = {}
    for values in ledger.execute(
            f"SELECT {key}, {name or 'NULL'}, {', '.join(columns)} FROM {kind}"):
        members = [("key", values[0])] + list(zip(columns, values[2:]))
        names, table = features.get(values[1], ([], {}))
        found = table.get(values[0], [None] * len(names))
        members += [(f"f_{name}", value) for name, value in zip(names, found)]
        folder = {"day": day(dict(members)[time])}
        if name:
            folder[name] = values[1]
        rows[values[0]] = (folder, members)
    ledger.close()
    return rows


def same(one, other):
    """Equal, and of one type; a double to its last bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.copysign(1, one) == math.copysign(1, other) and one == other
    return one == other


def main():
    lake = pathlib.Path(sys.argv[1])
    ledgers = dict(word.split("=", 1) for word in sys.argv[2:])
    counts, wrong = {"files": 0, "doubles": 0}, []
    for kind in KINDS:
        counts[kind] = 0
        for node, path in ledgers.items():
            expected = ledger_rows(path, kind)
            seen = {}
            for file in sorted(lake.glob(f"{kind}/**/node={node}/*.jsonl.gz")):
                counts["files"] += 1
                names = dict(part.split("=", 1) for part in file.relative_to(lake).parts[1:-1])
                first, last = (int(part) for part in file.name[:-len(".jsonl.gz")].split("-"))
                before = 0
                for line in gzip.open(file, "rt", encoding="utf-8", newline="\n"):
                    members = json.loads(line, object_pairs_hook=list)
                    key = dict(members)["key"]
                    if not first <= key <= last or key <= before:
                        wrong.append(f"{file}: key {key} is not in its place")
                    before = key
                    if key in seen:
                        counts["doubles"] += 1
                        if seen[key] != members:
                            wrong.append(f"{file}: {key} differs from another of its key")
                    seen[key] = members
                    if key not in expected:
                        wrong.append(f"{file}: {key} is not in the ledger")
                        continue
                    folder, fields = expected[key]
                    if {**folder, "node": node} != names:
                        wrong.append(f"{file}: {key} belongs to {folder}")
                    if [m[0] for m in fields] != [m[0] for m in members] or not all(
                            same(one[1], other[1]) for one, other in zip(fields, members)):
                        wrong.append(f"{file}: {members} is {fields} in the ledger")
            counts[kind] += len(seen)
            for key in sorted(expected.keys() - seen.keys())[:5]:
                wrong.append(f"{kind} of {node}: {key} is not in the lake")
    print(json.dumps({**counts, "wrong": wrong[:20]}))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
