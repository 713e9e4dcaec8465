"""Makes a lake of so many decisions by DuckDB, as nodes would have shipped it.

The documents (nodes, revisions, features) are shipped by `holdfast` itself from tiny ledgers; the
Parquet files of facts are written by DuckDB under the names that a shipment gives them, and arms,
propensities and buckets are those of the statement that `holdfast sql assign` prints.

Decisions are of ten days, in the order of time, of as many units as there are decisions; each has
three exposures (after an hour, three days and twelve days) and an outcome after ten days. Of
control's exposures two in a hundred are treatments, as a leak would make them.
"""

import json
import pathlib
import shutil
import subprocess

SALT = "benchmark-salt-0001"
START = 1_767_225_600_000_000  # 2026-01-01
DAY = 86_400_000_000
DAYS, RANGE = 10, 1_000_000
HOUSE = 2  # customers a household
DELAYS = (DAY // 24, 3 * DAY, 12 * DAY)
OUTCOME_DELAY = 10 * DAY
FEATURES = {"income": "number", "tenure": "integer", "region": "category"}
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def catalog(clusters):
    cluster = "    cluster: household\n" if clusters else ""
    return f"""\
holdfast: 1
salt: {SALT}
experiments:
  limits:
    unit: customer
{cluster}    arms: [{{control: 5%}}, {{treatment: 95%}}]
    washout: 14d
    outcome: {{name: defaulted, horizon: 30d, absent: 0}}
    features: {{{", ".join(f"{name}: {kind}" for name, kind in FEATURES.items())}}}
"""


def told(command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          capture_output=True, **options).stdout


def documents(holdfast, folder, nodes, clusters):
    """A lake with one decision of each node, which are taken out again."""
    lake, names = folder / "lake", [f"node-{number + 1}" for number in range(nodes)]
    (folder / "catalog.yaml").write_text(catalog(clusters))
    house, column = (("house-0,", "cluster,") if clusters else ("", ""))
    seed = folder / "seed.csv"
    seed.write_text(f"id,unit,{column}experiment,at,score,intended,{','.join(FEATURES)}\n"
                    f"seed,customer-0,{house}limits,2026-01-01T00:00:00Z,0.5,true,1.5,1,r1\n")
    for name in names:
        ledger = folder / f"seed-{name}.db"
        told([holdfast, "record", "decisions", "--catalog", folder / "catalog.yaml", "--ledger",
              ledger, seed])
        told([holdfast, "ship", "--ledger", ledger, "--lake", lake, "--node", name])
    shutil.rmtree(lake / "decisions")
    return lake, names


def chance(text, of):
    """A whole number from 0 below another, the same each time for one text, as SQL."""
    return f"CAST(hash({text}) % {of} AS BIGINT)"


class Facts:
    """The statements that write the files of facts."""

    def __init__(self, lake, names, count, clusters, assign):
        self.lake, self.names, self.count, self.clusters = lake, names, count, clusters
        self.step = DAYS * DAY // count
        self.assign = assign
        self.lines = []

    @property
    def script(self):
        cluster = f", 'house-' || (number // {HOUSE}) AS household" if self.clusters else ""
        self.lines = [
            "SET threads = 2; SET memory_limit = '8GB';",
            f"SET VARIABLE holdfast_salt = '{SALT}';",
            f"CREATE TEMP VIEW units AS SELECT 'customer-' || number AS unit{cluster} "
            f"FROM range({self.count}) AS numbers(number);",
            f"CREATE TABLE dealt AS SELECT CAST(substr(unit, 10) AS BIGINT) AS number, "
            f"arm = 'control' AS is_control, propensity, bucket, revision FROM ({self.assign});",
            # Place by place in the order of time.
            f"CREATE TABLE drawn AS SELECT place, d.* FROM (SELECT place, "
            f"{chance('place', self.count)} AS number FROM range({self.count}) AS places(place)) "
            f"AS p JOIN dealt AS d USING (number) ORDER BY place;",
            "DROP TABLE dealt;",
        ]
        for day in range(DAYS):
            self.decisions(day)
            self.outcomes(day)
        for day in range(DAYS + DELAYS[-1] // DAY + 1):
            self.exposures(day)
        return "\n".join(self.lines)

    def decided(self, place="place"):
        return f"{START} + {place} * {self.step}"

    def folder(self, kind, partition, day):
        import datetime
        date = datetime.date(2026, 1, 1) + datetime.timedelta(days=day)
        return f"{kind}/{partition}/day={date}"

    def copy(self, table, folder, keys):
        """Writes the rows of a table, which has `node` and `key`, as a shipment parts them."""
        for number, name in enumerate(self.names):
            first, last = keys(number)
            for start in range(first // RANGE * RANGE, last, RANGE):
                path = self.lake / folder / f"node={name}"
                path.mkdir(parents=True, exist_ok=True)
                end = min(start + RANGE, self.last[number])
                self.lines.append(
                    f"COPY (SELECT * EXCLUDE (node) FROM {table} WHERE node = {number} AND "
                    f"key > {start} AND key <= {end} ORDER BY key) "
                    f"TO '{path}/{start + 1:012}-{end:012}.parquet' {PARQUET};")

    def places(self, day):
        """The places of the decisions of a day: those before an end, from a beginning on."""
        return tuple(min(self.count, max(0, -(-each * DAY // self.step)))
                     for each in (day, day + 1))

    def before(self, number, place):
        """How many of a node's rows have a place before one: nodes take them in turn."""
        return (place - number + len(self.names) - 1) // len(self.names)

    def byPlace(self, kind, partition, day, columns, delay):
        first, end = self.places(day)
        nodes = len(self.names)
        self.last = [self.before(number, self.count) for number in range(nodes)]
        self.lines.append(
            f"CREATE TABLE rows AS SELECT place % {nodes} AS node, place // {nodes} + 1 AS key, "
            f"{columns} FROM drawn WHERE place >= {first} AND place < {end};")
        self.copy("rows", self.folder(kind, partition, day + delay),
                  lambda number: (self.before(number, first), self.before(number, end)))
        self.lines.append("DROP TABLE rows;")

    @property
    def cluster(self):
        house = f"'house-' || (number // {HOUSE})" if self.clusters else "CAST(NULL AS VARCHAR)"
        return f"'customer-' || number AS unit, {house} AS cluster"

    def decisions(self, day):
        self.byPlace(
            "decisions", "experiment=limits", day,
            f"md5('d' || place) AS id, {self.cluster}, {self.decided()} AS decided_at, "
            f"{self.decided()} + 1000000 AS received_at, "
            f"CASE WHEN is_control THEN 'control' ELSE 'treatment' END AS arm, "
            f"'assigned' AS reason, CAST(NULL AS VARCHAR) AS holdout, propensity, bucket, revision, "
            f"{chance('place + 0.1', 10_000)} / 10000.0::DOUBLE AS score, "
            f"CAST(NULL AS VARCHAR) AS model, CAST(1 AS BIGINT) AS intended, "
            f"CAST(NULL AS BIGINT) AS burn_in, "
            f"CAST({chance('place + 0.2', 8_000)} / 100.0::DOUBLE AS DOUBLE) AS f_income, "
            f"'r' || {chance('place + 0.3', 9)} AS f_region, "
            f"{chance('place + 0.4', 120)} AS f_tenure", 0)

    def outcomes(self, day):
        self.byPlace(
            "outcomes", "name=defaulted", day,
            f"md5('o' || place) AS id, 'customer-' || number AS unit, "
            f"CAST({chance('place + 0.5', 10)} = 0 AS DOUBLE) AS value, "
            f"{self.decided()} + {OUTCOME_DELAY} AS observed_at, "
            f"{self.decided()} + {OUTCOME_DELAY + 1_000_000} AS received_at", OUTCOME_DELAY // DAY)

    def exposures(self, day):
        nodes, parts, earlier = len(self.names), [], [0] * len(self.names)
        rows = [0] * nodes
        for turn, delay in enumerate(DELAYS):
            # Those whose exposure falls on the day.
            first, end = (min(self.count, max(0, -(-(each * DAY - delay) // self.step)))
                          for each in (day, day + 1))
            for number in range(nodes):
                # Another node than the decision's.
                shift = (number - turn - 1) % nodes
                earlier[number] += self.before(shift, first)
                rows[number] += self.before(shift, end) - self.before(shift, first)
            parts.append(
                f"SELECT (place + {turn + 1}) % {nodes} AS node, place, {turn} AS turn, number, "
                f"{self.decided()} + {delay} AS exposed_at, is_control AND "
                f"{chance(f'place * 3 + {turn}', 50)} <> 0 AS is_control "
                f"FROM drawn WHERE place >= {first} AND place < {end}")
        if not any(rows):
            return
        self.last = [sum(self.before((number - turn - 1) % nodes, self.count)
                         for turn in range(len(DELAYS))) for number in range(nodes)]
        start = f"CASE node {' '.join(f'WHEN {n} THEN {e}' for n, e in enumerate(earlier))} END"
        self.lines.append(
            f"CREATE TABLE rows AS SELECT node, {start} + ROW_NUMBER() OVER "
            f"(PARTITION BY node ORDER BY exposed_at, turn) AS key, "
            f"md5('x' || (place * 3 + turn)) AS id, {self.cluster}, "
            f"CASE WHEN is_control THEN 'control' ELSE 'treatment' END AS arm, exposed_at, "
            f"exposed_at + 1000000 AS received_at FROM ({' UNION ALL '.join(parts)});")
        self.copy("rows", self.folder("exposures", "experiment=limits", day),
                  lambda number: (earlier[number], earlier[number] + rows[number]))
        self.lines.append("DROP TABLE rows;")


def make(holdfast, duckdb, folder, count, nodes=1, clusters=False):
    """A lake of so many decisions in a folder that is there; gives its path."""
    folder = pathlib.Path(folder)
    lake, names = documents(holdfast, folder, nodes, clusters)
    assign = told([holdfast, "sql", "assign", "--catalog", folder / "catalog.yaml", "--dialect",
                   "duckdb", "--at", "2026-01-01T00:00:00Z"])
    script = Facts(lake, names, count, clusters, assign).script
    database = folder / "making.duckdb"
    told([duckdb, "-init", "/dev/null", "-batch", "-bail", database], input=script)
    database.unlink()
    return lake


def ledger(holdfast, duckdb, folder, lake, clusters=False):
    """A ledger that is given a lake's facts by `holdfast record`, for what they may be held against."""
    folder, path = pathlib.Path(folder), pathlib.Path(folder) / "ledger.db"
    time = "strftime(make_timestamp({}), '%Y-%m-%dT%H:%M:%S.%fZ') AS at"
    cluster = "cluster, " if clusters else ""
    columns = {
        "decisions": f"id, unit, {cluster}experiment, {time.format('decided_at')}, score, "
                     "'true' AS intended, " + ", ".join(f"f_{f} AS {f}" for f in FEATURES),
        "exposures": f"id, unit, {cluster}experiment, arm, {time.format('exposed_at')}",
        "outcomes": f"id, unit, name, value, {time.format('observed_at')}"}
    for kind, select in columns.items():
        file = folder / f"{kind}.csv"
        told([duckdb, "-init", "/dev/null", "-batch", "-bail"], input=f"""
            COPY (SELECT {select} FROM read_parquet('{lake}/{kind}/*/*/*/*.parquet',
              hive_partitioning = true)) TO '{file}' (HEADER);""")
        said = told([holdfast, "record", kind, "--catalog", folder / "catalog.yaml", "--ledger",
                     path, file, "--format", "json"])
        refused = json.loads(said).get("refused")
        if refused:
            raise SystemExit(f"{kind}: refused {refused}")
    return path
