"""Holds a retraining set in Parquet against the same set in JSON Lines, value by value.

    parquet_check.py PARQUET_FOLDER JSONL_FOLDER [PARQUET_FOLDER_AGAIN]

The rows are read back by DuckDB, the types by pyarrow, which is another reader than the one that
wrote them. JSON Lines is the reference because it tells an empty text from a missing value. With a
third folder, a second export of the same set, every file must have the same bytes. The status is 1
where anything differs.
"""

import datetime
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import pyarrow
import pyarrow.parquet

TYPES = {
    "text": pyarrow.string(), "number": pyarrow.float64(), "integer": pyarrow.int64(),
    "boolean": pyarrow.bool_(), "time": pyarrow.timestamp("us", tz="UTC"),
}


def fail(text):
    sys.exit(f"parquet: {text}")


def duckdb(statement):
    beside = pathlib.Path(sys.executable).with_name("duckdb")
    program = str(beside) if beside.exists() else shutil.which("duckdb")
    run = subprocess.run([program, "-no-init", "-json", "-c", statement], capture_output=True)
    if run.returncode:
        fail(run.stderr.decode())
    return json.loads(run.stdout.decode("utf-8") or "[]")


def quoted(text, mark):
    return mark + text.replace(mark, mark + mark) + mark


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def microseconds(text):
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment(text) - epoch) // datetime.timedelta(microseconds=1)


def check(part, folder, reference, columns):
    path = folder / part["file"]
    data = path.read_bytes()
    if (hashlib.sha256(data).hexdigest(), len(data)) != (part["sha256"], part["bytes"]):
        fail(f"{part['file']} is not what the manifest says")
    schema = pyarrow.parquet.read_schema(path)
    wanted = [(column["name"], TYPES[column["type"]]) for column in columns]
    if list(zip(schema.names, schema.types)) != wanted:
        fail(f"{part['file']} has the columns {schema}")
    # Each under its number: DuckDB's JSON need not keep names that differ in little.
    chosen = ", ".join(
        f"{'epoch_us(' if column['type'] == 'time' else ''}{quoted(column['name'], chr(34))}"
        f"{')' if column['type'] == 'time' else ''} AS c{index}"
        for index, column in enumerate(columns))
    rows = duckdb(f"SELECT {chosen} FROM read_parquet({quoted(str(path), chr(39))})")
    lines = (reference / f"{part['name']}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    if len(rows) != len(lines) or len(rows) != part["rows"]:
        fail(f"{part['file']} has {len(rows)} rows, the reference {len(lines)}")
    for number, (row, line) in enumerate(zip(rows, lines), 1):
        told = json.loads(line)
        for index, column in enumerate(columns):
            got, want = row[f"c{index}"], told[column["name"]]
            if want is not None and column["type"] == "time":
                want = microseconds(want)
            if got != want or (column["type"] == "boolean" and not isinstance(got, type(want))):
                fail(f"{part['file']} row {number}, {column['name']}: {got!r}, not {want!r}")


def main():
    folder, reference = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for part in manifest["parts"]:
        if part["file"] != f"{part['name']}.parquet":
            fail(f"the part {part['name']} is {part['file']}")
        check(part, folder, reference, manifest["columns"])
    named = {path.name for path in folder.iterdir()}
    if any(name.endswith(".csv") for name in named - {p["file"] for p in manifest["parts"]}):
        fail(f"a CSV was left behind: {sorted(named)}")
    for again in map(pathlib.Path, sys.argv[3:]):
        if named != {path.name for path in again.iterdir()}:
            fail("a second export has other files")
        for name in named:
            if (folder / name).read_bytes() != (again / name).read_bytes():
                fail(f"a second export has another {name}")
    rows = sum(part["rows"] for part in manifest["parts"])
    print(f"parquet: {rows} rows of {len(manifest['parts'])} parts are those of JSON Lines")


if __name__ == "__main__":
    main()
