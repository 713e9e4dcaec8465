"""Holds a retraining set against its datapackage.json with frictionless.

    datapackage_check.py FOLDER

The package must be valid: bytes, digests, headers, types, constraints and keys of every row. Then
each row is read by it and must be the row of the file, and a broken copy must be refused: a check
that passes whatever it is given checks nothing. The status is 1 where anything differs.
"""

import csv
import json
import pathlib
import shutil
import sys
import tempfile

import frictionless


def fail(text):
    sys.exit(f"datapackage: {text}")


def validate(folder):
    return frictionless.validate(str(folder / "datapackage.json"), type="package")


def wanted(cell, kind):
    if cell == "":
        return None
    if kind == "number":
        return float(cell)
    if kind == "integer":
        return int(cell)
    if kind == "boolean":
        return cell == "true"
    return cell


def check_rows(folder, document, manifest):
    kinds = [column["type"] for column in manifest["columns"]]
    package = frictionless.Package(str(folder / "datapackage.json"))
    for part, told in zip(manifest["parts"], document["resources"]):
        if (told["path"], told["bytes"]) != (part["file"], part["bytes"]):
            fail(f"{told['name']} is {told['path']} of {told['bytes']} bytes")
        if told["hash"] != f"sha256:{part['sha256']}":
            fail(f"{told['name']} has another digest than the manifest says")
        with open(folder / part["file"], newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        read = package.get_resource(told["name"]).read_rows()
        if len(read) != len(rows) or len(rows) != part["rows"]:
            fail(f"{part['name']}: {len(read)} of {len(rows)} rows are read")
        for number, (row, cells) in enumerate(zip(read, rows), 1):
            for value, cell, kind in zip(row.to_list(), cells, kinds):
                if kind == "time":
                    same = value.isoformat().replace("+00:00", "Z") == cell
                elif kind == "number" and value is not None:
                    same = float(value) == wanted(cell, kind)
                else:
                    same = value == wanted(cell, kind)
                if not same:
                    fail(f"{part['name']} row {number}: {value!r}, and the file has {cell!r}")


def check_that_it_checks(folder, document):
    """One byte more, one digit otherwise: each must be seen."""
    name = document["resources"][0]["path"]
    data = (folder / name).read_bytes()
    with tempfile.TemporaryDirectory() as other:
        copy = pathlib.Path(other) / "copy"
        shutil.copytree(folder, copy)
        for changed in [data + b"\n", data.replace(b"0", b"1", 1), data.replace(b"true", b"yes")]:
            (copy / name).write_bytes(changed)
            if changed != data and validate(copy).valid:
                fail("a changed file is taken for the set's")


def main():
    folder = pathlib.Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    document = json.loads((folder / "datapackage.json").read_bytes())
    report = validate(folder)
    if not report.valid:
        fail(report.flatten(["rowNumber", "fieldName", "type", "note"])[:10] or report.errors)
    if report.warnings or any(task.warnings for task in report.tasks):
        fail([report.warnings] + [task.warnings for task in report.tasks])
    if not all(task.labels for task in report.tasks):
        fail("a part was not read as a table")
    check_rows(folder, document, manifest)
    check_that_it_checks(folder, document)
    rows = sum(part["rows"] for part in manifest["parts"])
    print(f"datapackage: {rows} rows of {len(manifest['parts'])} parts are valid")


if __name__ == "__main__":
    main()
