"""An export from the ledger, beside pandas doing the same exclusions from CSV files of the same facts.

Called by run.py, only by name:

    python3 Tests/Benchmarks/run.py export [1000]       # so many thousand decisions

CPU, user and system, and the most memory of `holdfast export`, and of pandas reading the three
files and doing what the statement does: recomputation of each arm by SHA-256, own and interfering
treatments in the window, the household's, ripeness, the last outcome, one row a unit, the split.
Both must keep the same rows, or nothing is compared.
"""

import pathlib
import random
import statistics
import subprocess
import tempfile

from shared import HERE, built, measured, python, row

PANDAS = "pandas==3.1.1"
DAY = 86_400
START = 1_767_225_600  # 2026-01-01
SALT = "benchmark-salt-0001"
CATALOG = f"""\
holdfast: 1
salt: {SALT}
experiments:
  limits:
    unit: customer
    cluster: household
    arms: [{{control: 20%}}, {{treatment: 80%}}]
    washout: 14d
    interferes: [promo]
    outcome: {{name: defaulted, horizon: 30d, absent: 0}}
    features: {{income: number, tenure: integer, region: category}}
  promo: {{unit: customer, arms: [{{control: 50%}}, {{treatment: 50%}}]}}
  other: {{unit: customer, arms: [{{control: 50%}}, {{treatment: 50%}}]}}
"""


def moment(seconds):
    import datetime
    return (datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=seconds)).isoformat() + "Z"


def facts(folder, count):
    """Decisions of as many units, three times as many exposures, and as many outcomes."""
    chance = random.Random(20261126)
    identity = lambda: f"{chance.getrandbits(128):032x}"
    units = [f"customer-{number:07d}" for number in range(count)]
    with open(folder / "decisions-in.csv", "w") as file:
        file.write("id,unit,cluster,experiment,at,score,intended,income,tenure,region\n")
        for _ in range(count):
            customer = chance.randrange(count)
            file.write(f"{identity()},{units[customer]},household-{customer // 2:07d},limits,")
            file.write(f"{moment(chance.randrange(120 * DAY))},{chance.random():.4f},true,")
            file.write(f"{chance.gauss(40, 9):.2f},{chance.randrange(120)},r{chance.randrange(9)}\n")
    with open(folder / "exposures.csv", "w") as file:
        file.write("id,unit,cluster,experiment,arm,at\n")
        for _ in range(3 * count):
            experiment = chance.choice(("limits", "promo", "other", "other"))
            arm = "control" if chance.random() < 0.7 else "treatment"
            customer = chance.randrange(count)
            house = f"household-{customer // 2:07d}" if experiment == "limits" else ""
            file.write(f"{identity()},{units[customer]},{house},{experiment},{arm},")
            file.write(f"{moment(chance.randrange(-20 * DAY, 150 * DAY))}\n")
    with open(folder / "outcomes.csv", "w") as file:
        file.write("id,unit,name,value,at\n")
        for _ in range(count):
            file.write(f"{identity()},{units[chance.randrange(count)]},defaulted,")
            file.write(f"{int(chance.random() < 0.1)},{moment(chance.randrange(150 * DAY))}\n")


def export(thousands=1_000):
    holdfast, pandas = built("holdfast"), python(".venv-benchmarks", PANDAS)
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        compare(pathlib.Path(name), holdfast, pandas, thousands * 1_000)


def compare(folder, holdfast, pandas, count):
    (folder / "catalog.yaml").write_text(CATALOG)
    facts(folder, count)
    place = ["--catalog", folder / "catalog.yaml", "--ledger", folder / "ledger.db"]
    for kind, file in (("decisions", "decisions-in"), ("exposures", "exposures"),
                       ("outcomes", "outcomes")):
        subprocess.run([str(word) for word in (holdfast, "record", kind, *place, "--experiment",
                        "limits", folder / f"{file}.csv")], check=True, stdout=subprocess.DEVNULL)
    with open(folder / "decisions.csv", "w") as file:
        subprocess.run(["sqlite3", "-header", "-csv", folder / "ledger.db",
                        "SELECT d.id, unit, cluster, decided_at, arm, reason, propensity, bucket, "
                        "score, model, f.income, f.tenure, f.region FROM decisions AS d "
                        "LEFT JOIN features_1 AS f ON f.decision = d.decision "
                        "WHERE experiment = 'limits'"], check=True, stdout=file)
    gates = ["sample-ratio", "sample-ratio-kept", "attrition", "balance", "unknown-share",
             "positivity", "positives", "placebo", "train-eval", "control-serve", "minimum-rows"]
    waivers = [word for gate in gates for word in ("--waive", f"{gate}=a benchmark")]
    ours, theirs = [], []
    for turn in range(3):
        out = folder / f"out-{turn}"
        ours.append(measured([holdfast, "export", *place, "--experiment", "limits", "--out", out,
                              *waivers]))
        theirs.append(measured([pandas, HERE / "export_pandas.py", folder, folder / f"pandas-{turn}"]))
        for part in ("train", "eval"):
            kept = [{line.split(",")[0] for line in open(path).read().splitlines()[1:]}
                    for path in (out / f"{part}.csv", folder / f"pandas-{turn}-{part}.csv")]
            if kept[0] != kept[1]:
                raise SystemExit(f"{part}: {len(kept[0])} rows and {len(kept[1])} of pandas differ")
    cpu = [statistics.median(one[0] for one in each) for each in (ours, theirs)]
    memory = [statistics.median(one[2] for one in each) for each in (ours, theirs)]
    row(f"export of {count:,} decisions, CPU", f"{cpu[0]:.2f} s")
    row("  pandas, the same exclusions from CSV", f"{cpu[1]:.2f} s")
    row("    of that", f"{cpu[0] / cpu[1]:.2f}", "target 1.5")
    row("most memory", f"{memory[0]:.0f} MiB")
    row("  pandas", f"{memory[1]:.0f} MiB")
    row("    of that", f"{memory[0] / memory[1]:.3f}", "target 0.1")
