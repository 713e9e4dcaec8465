"""Runs the SQL that `holdfast sql assign` prints, and compares its rows with Python's hashlib.

    python3 Schemas/Vectors/check_sql.py PATH-TO-holdfast [--ids 100000] [--engine sqlite --engine duckdb]

Each experiment of one catalog is dealt by each engine on a table of ids of many shapes: SQLite by
Python's own module with holdfast_bucket as a function, DuckDB by its program (PyPI: duckdb-cli),
PostgreSQL by psql against the server that the environment names (PGHOST, PGDATABASE …), Spark (4.0
or later) by the package pyspark on this machine. Exit status 1 on any difference, of which the
first five are shown.
"""

import argparse
import csv
import json
import math
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone

import ids
import reference

SALT = "check-sql-0123456789"
COLUMNS = ("unit", "household", "score", "decided_at", "country", "age", "vip")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SHOWN = 5
PATIENCE_SECONDS = 600


def catalog():
    """One experiment for each way of dealing, each with other steps before it."""
    rule = {"any": [{"all": [{"attribute": "country", "in": ["JP", "it's \\ \"x\""]},
                             {"attribute": "age", "atLeast": 20}]},
                    {"not": {"attribute": "country", "isNot": "KR"}},
                    {"attribute": "vip", "is": True}]}
    return {
        "holdfast": 1, "salt": SALT,
        "holdouts": {
            "program": {"unit": "customer", "share": "2%", "covers": "all"},
            "second": {"unit": "customer", "share": "3.1415%", "covers": ["limits", "scores"]}},
        "layers": {"lending": {"unit": "customer"}},
        "experiments": {
            "limits": {
                "unit": "customer", "cluster": "household", "traffic": "77.7777%",
                "layer": {"name": "lending", "from": "0%", "to": "66.6667%"},
                "arms": [{"control": "5%"}, {"low": "20.5%"}, {"none": "0%"}, {"high": "74.5%"}],
                "starts": "2026-01-10T00:00:00Z", "ends": "2027-06-01T00:00:00Z"},
            "ruled": {
                "unit": "customer", "eligible": rule, "traffic": "99%",
                "overrides": {"customer-0000000": "treatment", "it's \\ a \"tester\"": "control"},
                "arms": [{"treatment": "33.3333%"}, {"control": "66.6667%"}]},
            "turns": {
                "unit": "customer", "cluster": "household",
                "rotate": {"panels": 7, "stay": 2, "every": "30d", "from": "2026-03-01"},
                "arms": [{"low": "33.3333%"}, {"none": "0%"}, {"high": "66.6667%"}]},
            "scores": {
                "unit": "customer",
                "explore": [{"below": 0.3, "control": "12.5%"}, {"below": 0.9, "control": "4%"},
                            {"control": "0.0001%"}],
                "arms": [{"low": "10%"}, {"high": "90%"}]},
            "one-band": {"unit": "customer", "explore": [{"control": "10%"}]},
            "blocks": {
                "unit": "customer", "switchback": {"every": "6h", "burnIn": "30m"},
                "arms": [{"control": "50%"}, {"treatment": "50%"}]}}}


def rows(count, seed):
    """Ids of many shapes, each with what a decision may need; some things are missing."""
    chance = random.Random(seed)

    def perhaps(value, gap=0.02):
        return None if chance.random() < gap else value

    for number, (_, unit, household, _) in enumerate(ids.rows(count, seed)):
        if number < 2:
            unit = ("customer-0000000", "it's \\ a \"tester\"")[number]
        at = EPOCH + timedelta(days=20_400 + chance.randrange(700),
                               microseconds=chance.randrange(86_400_000_000))
        if chance.random() < 0.05:
            at = at.replace(hour=6 * chance.randrange(4), minute=0, second=0, microsecond=0)
        yield {
            "unit": unit, "household": perhaps(household),
            "score": perhaps(chance.choice((0.3, 0.9, -1.0, chance.random(), 1e300))),
            "decided_at": at, "country": perhaps(chance.choice(("JP", "KR", "it's \\ \"x\"", "US"))),
            "age": perhaps(perhaps(float(chance.randrange(15, 30))) or math.nan),
            "vip": perhaps(chance.random() < 0.5)}


def micros(at):
    return (at - EPOCH) // timedelta(microseconds=1)


def table_row(row):
    """As a table holds it."""
    return {**row, "decided_at": micros(row["decided_at"])}


def expected(made, name, row):
    """The answer of the reference, as the statement gives it: what is NaN is missing."""
    asked = {"experiment": name, "unit": row["unit"], "at": row["decided_at"].isoformat(),
             "attributes": {key: row[key] for key in ("country", "age", "vip")
                            if row[key] is not None and row[key] == row[key]}}
    if row["household"] is not None:
        asked["cluster"] = row["household"]
    if row["score"] is not None:
        asked["score"] = row["score"]
    try:
        answer = reference.decide(made, asked)[0]
    except reference.Refused:
        return (None, "refused", False, None, None)
    return (answer["arm"], answer["reason"], answer["act"], answer["propensity"],
            answer["bucket"])


class SQLite:
    """Python's own module, with the bucket as a function."""

    def __init__(self, data, _folder):
        self.connection = sqlite3.connect(":memory:")
        self.connection.create_function(
            "holdfast_bucket", 2,
            lambda scope, unit: None if unit is None else reference.bucket(SALT, scope, unit),
            deterministic=True)
        self.connection.execute(
            "CREATE TABLE units (number INTEGER, unit TEXT, household TEXT, score REAL,"
            " decided_at INTEGER, country TEXT, age REAL, vip INTEGER)")
        self.connection.executemany(
            "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((number, *(table_row(row)[column] for column in COLUMNS))
             for number, row in enumerate(data)))

    def deal(self, statement):
        for row in self.connection.execute(statement):
            unit, (arm, reason, act, propensity, number) = row[0], row[-6:-1]
            yield unit, (arm, reason, bool(act), propensity, number)


class Lines:
    """An engine that is a program: a file in, JSON Lines out."""

    def write(self, data, path):
        with open(path, "w", encoding="utf-8") as file:
            for row in data:
                # JSON has no NaN: it goes as a text, of which the engine makes a number.
                values = {key: "NaN" if value != value else value
                          for key, value in table_row(row).items()}
                file.write(json.dumps(values, ensure_ascii=False) + "\n")

    def read(self, run):
        if run.returncode != 0:
            raise RuntimeError(run.stderr.decode("utf-8", "replace")[:2_000])
        for line in run.stdout.decode("utf-8").split("\n"):
            if line:
                row = json.loads(line)
                yield row["unit"], tuple(
                    row[key] for key in ("arm", "reason", "act", "propensity", "bucket"))


class DuckDB(Lines):
    """DuckDB's program."""

    def __init__(self, data, folder):
        beside = pathlib.Path(sys.executable).with_name("duckdb")
        self.program = str(beside) if beside.exists() else shutil.which("duckdb")
        if self.program is None:
            raise RuntimeError("there is no duckdb; install duckdb-cli from PyPI")
        self.path = folder / "units.jsonl"
        self.write(data, self.path)
        self.folder = folder

    def deal(self, statement):
        script = self.folder / "deal.sql"
        script.write_text(
            f"SET VARIABLE holdfast_salt = '{SALT}';\n"
            "CREATE TABLE units AS SELECT * FROM read_json('"
            f"{self.path}', format='newline_delimited', columns={{unit: 'VARCHAR',"
            " household: 'VARCHAR', score: 'DOUBLE', decided_at: 'BIGINT', country: 'VARCHAR',"
            " age: 'DOUBLE', vip: 'BOOLEAN'});\n" + statement + ";\n", encoding="utf-8")
        run = subprocess.run([self.program, "-jsonlines", "-f", script], capture_output=True,
                             timeout=PATIENCE_SECONDS, check=False)
        yield from self.read(run)


class PostgreSQL(Lines):
    """psql against the server that the environment names."""

    def __init__(self, data, folder):
        self.folder = folder
        self.path = folder / "units.csv"
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in data:
                writer.writerow(["" if value is None else value
                                 for value in (table_row(row)[column] for column in COLUMNS)])

    def deal(self, statement):
        script = self.folder / "deal.sql"
        script.write_text(
            "\\set QUIET on\nSET holdfast.salt = '" + SALT + "';\n"
            "CREATE TEMPORARY TABLE units (unit text, household text, score float8,"
            " decided_at bigint, country text, age float8, vip boolean);\n"
            f"\\copy units FROM '{self.path}' WITH (FORMAT csv)\n"
            "\\pset tuples_only on\n\\pset format unaligned\n"
            "SELECT to_json(hf) FROM (" + statement + ") AS hf;\n", encoding="utf-8")
        run = subprocess.run(["psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", script],
                             capture_output=True, timeout=PATIENCE_SECONDS, check=False)
        yield from self.read(run)


class Spark(Lines):
    """Spark on this machine, by its package for Python, which is loaded only here."""

    def __init__(self, data, folder):
        from pyspark.sql import SparkSession

        path = folder / "spark.jsonl"
        self.write(data, path)
        self.session = (
            SparkSession.builder.master("local[1]").appName("check_sql")
            .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse")).getOrCreate())
        self.session.sparkContext.setLogLevel("ERROR")
        self.session.read.schema(
            "unit STRING, household STRING, score DOUBLE, decided_at BIGINT, country STRING,"
            " age DOUBLE, vip BOOLEAN").option("lineSep", "\n").json(str(path)).cache(
            ).createOrReplaceTempView("units")
        self.session.sql(f"DECLARE OR REPLACE VARIABLE holdfast_salt STRING DEFAULT '{SALT}'")

    def deal(self, statement):
        for row in self.session.sql(statement).toLocalIterator():
            yield row["unit"], tuple(
                row[key] for key in ("arm", "reason", "act", "propensity", "bucket"))


ENGINES = {"sqlite": SQLite, "duckdb": DuckDB, "postgresql": PostgreSQL, "spark": Spark}


def check(program, engine, connection, made, name, data, folder):
    """The number of differences between the engine's rows and the reference's."""
    path = folder / "catalog.yaml"
    path.write_text(json.dumps(made), encoding="ascii")
    run = subprocess.run(
        [program, "sql", "assign", "--catalog", path, "--experiment", name, "--dialect", engine,
         "--time-column", "decided_at"],
        capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    if run.returncode != 0:
        print(f"{engine}, {name}: no statement: {run.stderr.decode()[:500]}")
        return 1
    statement = run.stdout.decode("utf-8")
    if SALT in statement:
        print(f"{engine}, {name}: the salt is in the statement")
        return 1
    wanted = {}
    for row in data:
        wanted.setdefault(row["unit"], []).append(expected(made, name, row))
    given = {}
    for unit, answer in connection.deal(statement):
        given.setdefault(unit, []).append(answer)
    differences = 0

    def order(answer):
        return [(part is None, str(part)) for part in answer]

    for unit in wanted.keys() | given.keys():
        if sorted(given.get(unit, []), key=order) != sorted(wanted.get(unit, []), key=order):
            differences += 1
            if differences <= SHOWN:
                print(f"  {unit[:60]!r}: {given.get(unit)} and not {wanted.get(unit)}")
    print(f"{engine}, {name}: {len(data)} rows, {differences} differences")
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="path of the holdfast program")
    parser.add_argument("--ids", type=int, default=100_000, help="rows in the table")
    parser.add_argument("--seed", type=int, default=1, help="of the rows")
    parser.add_argument("--engine", action="append", choices=sorted(ENGINES), help="repeatable")
    options = parser.parse_args()
    program = pathlib.Path(options.program).resolve()
    made = catalog()
    # No engine's text holds a NUL, and a lone carriage return does not survive every file.
    data = [row for row in rows(options.ids, options.seed) if "\0" not in row["unit"]]
    differences = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for engine in options.engine or ["sqlite", "duckdb"]:
            connection = ENGINES[engine](data, folder)
            for experiment in made["experiments"]:
                differences += check(
                    program, engine, connection, made, experiment, data, folder)
    print(f"{len(data)} rows, {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
