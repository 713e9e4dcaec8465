"""Loads a retraining set by its croissant.json with mlcroissant, as its users do.

    croissant_load.py FOLDER

The document must be valid without a warning and hold what Croissant 1.0 requires though the
validator lets it slip. Each part's records must be the rows of the file, value by value and of the
right type. The status is 1 where anything differs.

mlcroissant reads all files by pandas, which guesses types before it is told any. To it the text
"NA" in CSV is missing, 007 in a column of numbers is 7, an integer beyond 2^53 in a column with a
missing value is rounded, and JSON's numbers have 15 digits. Such cells are no fault of the document:
they are counted and told, and only where pandas, asked alone, reads the same cell so.
"""

import csv
import hashlib
import json
import logging
import pathlib
import sys

import mlcroissant
import pandas

REQUIRED = [
    "@context", "@type", "conformsTo", "name", "description", "license", "url", "creator",
    "datePublished", "version", "citeAs", "distribution", "recordSet",
]
REQUIRED_OF_A_FILE = ["@id", "name", "contentUrl", "contentSize", "encodingFormat", "sha256"]

faults = []


def fault(text):
    faults.append(text)


class Warnings(logging.Handler):
    """Every warning is a fault."""

    def emit(self, record):
        fault(f"warning: {record.getMessage()}")


def check_document(document, folder, manifest):
    for key in REQUIRED:
        if not document.get(key):
            fault(f"croissant.json has no {key}")
    names = {file["name"] for file in document["distribution"]}
    if names != {part["file"] for part in manifest["parts"]}:
        fault(f"the files are {sorted(names)}, the manifest's are others")
    for file in document["distribution"]:
        for key in REQUIRED_OF_A_FILE:
            if not file.get(key):
                fault(f"{file.get('name')} has no {key}")
        data = (folder / file["contentUrl"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            fault(f"{file['name']} has another digest")
        if file["contentSize"] != f"{len(data)} B":
            fault(f"{file['name']} is not of {file['contentSize']}")


def check_splits(dataset, document, manifest):
    sets = [s for s in document["recordSet"] if s.get("dataType") == "cr:Split"]
    if len(sets) != 1:
        return fault(f"there are {len(sets)} record sets of splits")
    records = list(dataset.records(sets[0]["@id"]))
    told = [(r[f"{sets[0]['@id']}/name"], r[f"{sets[0]['@id']}/file"]) for r in records]
    if told != [(part["name"], part["file"]) for part in manifest["parts"]]:
        fault(f"the splits are {told}")


def cells_of_csv(path):
    """The rows, a missing value as None. Python's reader does not tell "" from nothing."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], [[cell or None for cell in row] for row in rows[1:]]


def cells_of_jsonl(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8", newline="\n")]
    return (list(rows[0]) if rows else None), [list(row.values()) for row in rows]


def cells_of_parquet(path):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    return table.column_names, [list(row.values()) for row in table.to_pylist()]


READERS = {"csv": cells_of_csv, "jsonl": cells_of_jsonl, "parquet": cells_of_parquet}


def as_pandas_reads(path, kinds):
    """The columns as pandas, told nothing, reads them: what mlcroissant cannot but hand on."""
    if path.suffix == ".csv":
        table = pandas.read_csv(path)
    elif path.suffix == ".parquet":
        table = pandas.read_parquet(path)
    else:
        table = pandas.read_json(path, lines=True)
    casts = {"text": lambda v: str(v).encode(), "number": float, "integer": int, "boolean": bool,
             "time": pandas.Timestamp}
    return {name: [None if pandas.isna(v) else casts[kind](v) for v in table[name]]
            for name, kind in kinds.items()}


def expected(cell, kind):
    """A cell as a value of its column's type."""
    if cell is None:
        return None
    if kind == "text":
        return cell.encode("utf-8")
    if kind == "number":
        return float(cell)
    if kind == "integer":
        return int(cell)
    if kind == "boolean":
        return cell if isinstance(cell, bool) else {"true": True, "false": False}[cell]
    return pandas.Timestamp(cell)


TYPES = {"text": bytes, "number": float, "integer": int, "boolean": bool, "time": pandas.Timestamp}


def check_part(dataset, document, folder, manifest, part):
    ending = part["file"].rsplit(".", 1)[1]
    header, rows = READERS[ending](folder / part["file"])
    columns = manifest["columns"]
    names = [column["name"] for column in columns]
    if header is not None and header != names:
        return fault(f"{part['file']} has the columns {header}")
    record_set = next(s for s in document["recordSet"] if s["name"] == part["name"]
                      and s.get("dataType") != "cr:Split")
    ids = {field["name"]: field["@id"] for field in record_set["field"]}
    if list(ids)[:-1] != names:
        return fault(f"{part['name']} has the fields {list(ids)}")
    split = ids[list(ids)[-1]]
    records = list(dataset.records(record_set["@id"])) if rows else []
    if len(records) != len(rows) or len(rows) != part["rows"]:
        return fault(f"{part['name']}: {len(records)} records, {len(rows)} rows")
    guessed, reread = None, {}
    for index, column in enumerate(columns):
        name, kind = column["name"], column["type"]
        for number, (record, row) in enumerate(zip(records, rows), 1):
            got, wanted = record[ids[name]], expected(row[index], kind)
            if got == wanted and (got is None or isinstance(got, TYPES[kind])):
                continue
            if kind in ("text", "number", "integer"):
                if guessed is None:
                    kinds = {column["name"]: column["type"] for column in columns}
                    guessed = as_pandas_reads(folder / part["file"], kinds)
                if got == guessed[name][number - 1]:
                    reread[name] = reread.get(name, 0) + 1
                    continue
            fault(f"{part['name']} row {number}, {name}: {got!r}, and the file has {wanted!r}")
    for number, record in enumerate(records, 1):
        if record[split] != part["name"].encode():
            fault(f"{part['name']} row {number} is in the split {record[split]!r}")
    for name, count in reread.items():
        print(f"{part['name']}: pandas reads {count} cells of {name} otherwise than they are written")
    return None


def main():
    folder = pathlib.Path(sys.argv[1])
    logging.getLogger().addHandler(Warnings(logging.WARNING))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    document = json.loads((folder / "croissant.json").read_bytes())
    check_document(document, folder, manifest)
    # Throws where the document is in error, and logs what it warns of.
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    check_splits(dataset, document, manifest)
    for part in manifest["parts"]:
        check_part(dataset, document, folder, manifest, part)
    for text in faults[:20]:
        print(text)
    if faults:
        sys.exit(f"{len(faults)} faults in {folder}")
    rows = sum(part["rows"] for part in manifest["parts"])
    print(f"croissant: {rows} rows of {len(manifest['parts'])} parts are as they are in the files")


if __name__ == "__main__":
    main()
