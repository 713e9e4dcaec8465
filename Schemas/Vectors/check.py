"""Compares a holdfast program with Python's hashlib, on ids of many shapes.

    python3 Schemas/Vectors/check.py PATH-TO-holdfast [--ids 100000] [--seed 1]

Files go through `holdfast assign` (an experiment of each kind as CSV, and as JSON Lines), some with
a column of scores or of times over seventy years, and every end-to-end case of assignment-v1.json
through `holdfast assign --unit`. Exit status 1 on any difference, of which the first five are shown.
"""

import argparse
import collections
import csv
import datetime
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import ids
import reference

AT = "2026-03-01T12:00:00Z"
COLUMNS = ("row", "unit", "household", "note", "risk", "scored_at")
# Of each experiment: the kinds of file, and the flags beside those of the unit and the cluster.
FILES = {
    "limits": (("csv", "jsonl"), ()), "offers": (("csv",), ()),
    "reminders": (("csv", "jsonl"), ("--time-column", "scored_at")),
    "fraud": (("csv", "jsonl"), ("--score-column", "risk")),
    "surge": (("csv", "jsonl"), ("--time-column", "scored_at"))}
ADDED = ("experiment", "arm", "reason", "act", "propensity", "bucket", "revision")
VECTORS = pathlib.Path(__file__).with_name("assignment-v1.json")
SHOWN = 5
# A hung program must fail the check, not the whole night; assign does some 100,000 rows a second.
PATIENCE_SECONDS = 600


def catalog(seed):
    """Every step that hashes: two holdouts, a layer, clusters, traffic and several arms."""
    salt = f"check-{random.Random(seed).getrandbits(96):024x}"
    return {
        "holdfast": 1, "salt": salt,
        "holdouts": {
            "program": {"unit": "customer", "share": "2%", "covers": "all"},
            "lending-only": {"unit": "customer", "share": "3.1415%", "covers": ["limits"]}},
        "layers": {"lending": {"unit": "customer"}},
        "experiments": {
            "limits": {
                "unit": "customer", "cluster": "household", "traffic": "77.7777%",
                "layer": {"name": "lending", "from": "0%", "to": "66.6667%"},
                "arms": [{"control": "5%"}, {"low": "20.5%"}, {"none": "0%"}, {"high": "74.5%"}],
                "starts": "2020-01-01T00:00:00Z"},
            "offers": {
                "unit": "customer", "traffic": "99%",
                "overrides": {"customer-0000000": "treatment"},
                "layer": {"name": "lending", "from": "66.6667%", "to": "100%"},
                "arms": [{"treatment": "33.3333%"}, {"control": "66.6667%"}]},
            "reminders": {
                "unit": "customer", "cluster": "household", "traffic": "88.8888%",
                "rotate": {"panels": 13, "stay": 4, "every": "30d", "from": "2026-01-01"},
                "arms": [{"low": "30.0001%"}, {"none": "0%"}, {"high": "69.9999%"}]},
            "fraud": {
                "unit": "customer",
                "explore": [{"below": -1e300, "control": "90%"}, {"below": 0, "control": "50%"},
                            {"below": 0.5, "control": "33.3333%"}, {"below": 0.9, "control": "4%"},
                            {"control": "0.1%"}],
                "arms": [{"low": "30.0001%"}, {"none": "0%"}, {"high": "69.9999%"}]},
            "surge": {
                "unit": "customer", "switchback": {"every": "7h", "burnIn": "30m"},
                "arms": [{"control": "20%"}, {"low": "20.5%"}, {"high": "59.5%"}]}}}


def risk(chance):
    """A score: at a band's bound, beside one, or anywhere."""
    bound = chance.choice((0.0, -0.0, 0.5, 0.9, -1e300, 1, 0))
    return chance.choice((bound, math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf),
                          chance.random(), chance.uniform(-8e307, 8e307), 5e-324, 1e308, 42))


def moment(chance):
    """A time from 1990 to 2060 in some zone, now and then at the boundary of a period or block."""
    since = chance.choice((chance.randrange(20 * 365 * 86_400, 90 * 365 * 86_400) * 1_000_000,
                           chance.randrange(90_000) * 7 * 3_600 * 1_000_000,
                           reference.microseconds("2026-01-01")
                           + chance.randrange(-400, 400) * 30 * 86_400 * 1_000_000))
    since += chance.choice((0, 0, -1, 1, chance.randrange(1_000_000)))
    zone = datetime.timezone(datetime.timedelta(minutes=chance.choice((0, 0, 540, -330, 345))))
    at = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc).astimezone(zone)
    text = (at + datetime.timedelta(microseconds=since)).isoformat()
    return text.replace("+00:00", "Z")


def widened(rows, seed):
    """The rows with a score and a time each."""
    chance = random.Random(seed + 2)
    return [(*row, risk(chance), moment(chance)) for row in rows]


def quoted(field, chance):
    """A CSV field: quoted where it must be, and now and then where it need not be."""
    if field != field.strip() or any(c in field for c in ',"\r\n') or chance.random() < 0.1:
        return '"' + field.replace('"', '""') + '"'
    return field


def write_csv(path, rows, seed):
    chance = random.Random(seed)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for row in rows:
            file.write(",".join(quoted(str(field), chance) for field in row) + "\n")


def write_jsonl(path, rows, seed):
    chance = random.Random(seed)
    with open(path, "w", encoding="utf-8", newline="") as file:
        for row in rows:
            object_ = dict(zip(COLUMNS, row))
            file.write(json.dumps(object_, ensure_ascii=chance.random() < 0.5) + "\n")


def read_csv(path):
    """Rows of an answer, as JSON would have them; what is no number stays a text, and differs."""
    def typed(row):
        act, propensity, number = row["act"], row["propensity"], row["bucket"]
        row["act"] = {"true": True, "false": False}.get(act, act)
        row["arm"] = row["arm"] or None
        # A propensity is written as a double, `1.0` and never `1`.
        row["propensity"] = (float(propensity) if set("0123456789") & set(propensity)
                             and set(".e") & set(propensity) else propensity)
        row["bucket"] = int(number) if number.isdigit() else number or None
        return row
    csv.field_size_limit(1 << 24)
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS + ADDED:
            raise ValueError(f"the header is {reader.fieldnames}")
        for row in reader:
            yield typed(row)


def read_jsonl(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def same(given, expected):
    """Equal in value and in type, so that true is not 1 and 1.0 is not 1."""
    return type(given) is type(expected) and given == expected


class Tally:
    """Differences, of which the first few are kept to show."""

    def __init__(self):
        self.count, self.first = 0, []

    def add(self, text):
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(text)

    def compare(self, name, given, expected):
        """Notes a row whose columns are not those expected; one difference a row."""
        wrong = [key for key in expected if key not in given or not same(given[key], expected[key])]
        if wrong:
            self.add(f"{name}: " + "; ".join(
                f"{key} is {given.get(key)!r}, not {expected[key]!r}" for key in wrong)[:1_000])


def check_file(program, folder, made, name, kind, rows, seed, tally):
    """One experiment through `holdfast assign`, file in and file out."""
    flags = FILES[name][1]
    source, answer = folder / f"{name}-in.{kind}", folder / f"{name}-out.{kind}"
    (write_csv if kind == "csv" else write_jsonl)(source, rows, seed)
    run = subprocess.run(
        [program, "assign", "--catalog", folder / "catalog.yaml", "--experiment", name, source,
         "--unit-column", "unit", "--cluster-column", "household", *flags,
         "-o", answer],
        capture_output=True, text=True, errors="replace", timeout=PATIENCE_SECONDS, check=False)
    before = tally.count
    if run.returncode != 0 or not answer.exists():
        tally.add(f"{name} ({kind}): exit status {run.returncode}: {run.stderr.strip()[:500]}")
        print(f"{name} ({kind}): no answer")
        return
    reasons, revisions, seen = collections.Counter(), set(), 0
    try:
        for given in (read_csv if kind == "csv" else read_jsonl)(answer):
            if seen == len(rows):
                tally.add(f"{name} ({kind}): more rows than the {seen} it was given")
                break
            row = rows[seen]
            seen += 1
            asked = {"experiment": name, "unit": row[1], "cluster": row[2], "score": row[4],
                     "at": row[5] if "--time-column" in flags else AT}
            expected = reference.decide(made, asked)[0]
            # Told of one unit, and no column of a file.
            for fact in ("holdout", "burn_in"):
                expected.pop(fact, None)
            reasons[expected["reason"]] += 1
            revisions.add(given.get("revision"))
            tally.compare(f"{name} ({kind}), row {seen}, unit {row[1][:60]!r}", given,
                          {**dict(zip(COLUMNS, map(str, row) if kind == "csv" else row)),
                          "experiment": name, **expected})
    except (ValueError, TypeError, csv.Error) as error:
        tally.add(f"{name} ({kind}): cannot be read after row {seen}: {error}")
    if seen < len(rows):
        tally.add(f"{name} ({kind}): {seen} rows for {len(rows)} ids")
    if len(revisions) != 1 or not all(isinstance(one, str) and one for one in revisions):
        tally.add(f"{name} ({kind}): the revisions are {sorted(map(repr, revisions))[:3]}")
    counts = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    print(f"{name} ({kind}): {len(rows)} ids, {tally.count - before} differences ({counts})")


def arguments(request):
    """A request as flags; `=` keeps a unit such as -0 from being taken for a flag."""
    made = ["--experiment=" + request["experiment"], "--unit=" + request["unit"],
            "--at=" + request["at"], "--format=json"]
    if "cluster" in request:
        made.append("--cluster=" + request["cluster"])
    if request.get("score") is not None:
        made.append(f"--score={request['score']}")
    for name, value in request.get("attributes", {}).items():
        text = value if isinstance(value, str) else json.dumps(value)
        made += ["--attribute", f"{name}={text}"]
    return made


def check_vectors(program, folder, tally):
    """Each end-to-end case of assignment-v1.json through `holdfast assign --unit`."""
    document = json.loads(VECTORS.read_text(encoding="ascii"))
    parts = ("decisions", "refusals", "methods", "methodRefusals")
    cases, skipped, before = [case for part in parts for case in document[part]], 0, tally.count
    for number, case in enumerate(cases):
        request = case["request"]
        if "\0" in request["unit"]:
            skipped += 1
            continue
        path = folder / f"case-{number}.yaml"
        path.write_text(json.dumps(case["catalog"]), encoding="ascii")
        run = subprocess.run([program, "assign", "--catalog", path, *arguments(request)],
                             capture_output=True, timeout=PATIENCE_SECONDS, check=False)
        if "refused" in case:
            # A crash is no refusal (a signal gives a negative status), nor is silence.
            if run.returncode <= 0 or run.returncode >= 128 or not run.stderr.strip():
                tally.add(f"{case['name']}: not refused (exit status {run.returncode}): "
                          + case["detail"])
            continue
        if run.returncode != 0:
            tally.add(f"{case['name']}: exit status {run.returncode}: {run.stderr[:300]!r}")
            continue
        try:
            given = json.loads(run.stdout)
        except ValueError as error:
            tally.add(f"{case['name']}: no JSON: {error}")
            continue
        tally.compare(case["name"], given, {
            "experiment": request["experiment"], "unit": request["unit"], **case["expected"]})
        if not isinstance(given.get("revision"), str) or not given["revision"]:
            tally.add(f"{case['name']}: no revision")
    print(f"{VECTORS.name}: {len(cases) - skipped} cases, {skipped} skipped (NUL in argv), "
          f"{tally.count - before} differences")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="path of the holdfast program")
    parser.add_argument("--ids", type=int, default=100_000, help="ids in each file")
    parser.add_argument("--seed", type=int, default=1, help="of the ids and the salt")
    options = parser.parse_args()
    program = pathlib.Path(options.program).resolve()
    if not program.is_file():
        parser.error(f"there is no program at {options.program}")
    if options.ids < 1:
        parser.error("--ids takes at least 1")
    made, tally = catalog(options.seed), Tally()
    rows = widened(ids.rows(options.ids, options.seed), options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "catalog.yaml").write_text(json.dumps(made), encoding="ascii")
        for experiment, (kinds, _) in FILES.items():
            for kind in kinds:
                check_file(program, folder, made, experiment, kind, rows, options.seed, tally)
        check_vectors(program, folder, tally)
    for text in tally.first:
        print("  " + text)
    print(f"{options.ids} ids, {tally.count} differences")
    sys.exit(1 if tally.count else 0)


if __name__ == "__main__":
    main()
