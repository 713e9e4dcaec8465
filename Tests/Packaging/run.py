"""Retraining sets as other programs see them: mlcroissant, frictionless, OpenLineage, DuckDB.

    python run.py .build/debug/holdfast [--duckdb PROGRAM]

Exports the demo's ledger in each format, and lets each of the scripts beside this one look at it.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("holdfast")
    parser.add_argument("--duckdb", default=str(pathlib.Path(sys.executable).parent / "duckdb"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        look(pathlib.Path(name), arguments)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check(script, *words):
    print(f"{script}: {run(sys.executable, HERE / script, *words).strip()}")


def look(folder, arguments):
    demo, events = folder / "demo", folder / "events.jsonl"
    run(arguments.holdfast, "demo", "--out", demo)

    def export(form, out):
        run(arguments.holdfast, "export", "--catalog", demo / "catalog.yaml", "--ledger",
            demo / "ledger.db", "--experiment", "front-page", "--as-of", "2019-12-01T00:00:00Z",
            "--minimum-positives", "5", "--waive", "control-serve=the arms show other items",
            "--file-format", form, "--duckdb", arguments.duckdb, "--openlineage", events,
            "--licence", "CC-BY-4.0", "--creator", "ZOZO Research", "--out", folder / out)
        return folder / out

    sets = {form: export(form, form) for form in ("csv", "jsonl", "parquet")}
    for made in sets.values():
        check("croissant_load.py", made)
        print(run(arguments.holdfast, "export", "--catalog", demo / "catalog.yaml", "--ledger",
                  demo / "ledger.db", "--duckdb", arguments.duckdb, "--verify", made).strip())
    check("datapackage_check.py", sets["csv"])
    check("lineage_check.py", events)
    check("parquet_check.py", sets["parquet"], sets["jsonl"], export("parquet", "again"))
    golden = HERE.parent / "HoldfastDatasetsTests" / "Golden" / "Package"
    check("croissant_load.py", golden)
    check("datapackage_check.py", golden)
    check("lineage_check.py", golden / "lineage.jsonl")


if __name__ == "__main__":
    main()
