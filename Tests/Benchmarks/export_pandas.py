"""Clean rows by pandas, as one would write them: python export_pandas.py FOLDER OUT"""

import hashlib
import sys

import pandas as pd

FOLDER, OUT = sys.argv[1], sys.argv[2]
SALT = "benchmark-salt-0001"
DAY = 86_400_000_000
WASHOUT, HORIZON = 14 * DAY, 30 * DAY
ARMS = 200_000 * (1 << 52) // 1_000_000
TRAIN = 800_000 * (1 << 52) // 1_000_000


def bucket(scope, ids):
    start = f"{SALT}/{scope}/"
    return [int(hashlib.sha256((start + one).encode()).hexdigest()[:13], 16) for one in ids]


def microseconds(column):
    return pd.to_datetime(column, format="ISO8601").astype("datetime64[us, UTC]").astype("int64")


decisions = pd.read_csv(f"{FOLDER}/decisions.csv")
exposures = pd.read_csv(f"{FOLDER}/exposures.csv", 
                        usecols=["unit", "cluster", "experiment", "arm", "at"])
outcomes = pd.read_csv(f"{FOLDER}/outcomes.csv")

dealt = pd.Series(bucket("arm:limits", decisions.cluster), index=decisions.index)
arms = (dealt < ARMS).map({True: "control", False: "treatment"})
shares = (dealt < ARMS).map({True: 0.2, False: 0.8})
decisions = decisions[(decisions.reason == "assigned") & (decisions.bucket == dealt)
                      & (decisions.arm == arms) & (decisions.propensity == shares)
                      & (decisions.arm == "control")]

everybody = pd.concat([pd.read_csv(f"{FOLDER}/decisions.csv", usecols=["unit", "cluster"]),
                       exposures[["unit", "cluster"]].dropna()]).drop_duplicates()
treatments = exposures[(exposures.arm != "control")
                       & exposures.experiment.isin(["limits", "promo"])].copy()
treatments["exposed_at"] = microseconds(treatments["at"])
treatments = treatments[["unit", "exposed_at"]]


def touched(joined):
    inside = ((joined.exposed_at >= joined.decided_at - WASHOUT)
              & (joined.exposed_at < joined.decided_at + HORIZON))
    return joined[inside].id.unique()


rows = decisions[["id", "unit", "cluster", "decided_at"]]
own = touched(rows.merge(treatments, on="unit"))
by_house = treatments.merge(everybody, on="unit").rename(columns={"unit": "member"})
house = rows.merge(by_house, on="cluster")
house = touched(house[house.member != house.unit])
decisions = decisions[~decisions.id.isin(own) & ~decisions.id.isin(house)]
decisions = decisions[decisions.decided_at + HORIZON <= pd.Timestamp.now("UTC").value // 1_000]

outcomes = outcomes[outcomes.name == "defaulted"].copy()
outcomes["observed_at"] = microseconds(outcomes["at"])
labels = decisions[["id", "unit", "decided_at"]].merge(
    outcomes[["unit", "observed_at", "value", "id"]].rename(columns={"id": "outcome"}), on="unit")
labels = labels[(labels.observed_at >= labels.decided_at)
                & (labels.observed_at < labels.decided_at + HORIZON)]
labels = labels.sort_values(["observed_at", "outcome"]).drop_duplicates("id", keep="last")
decisions = decisions.merge(labels[["id", "value"]], on="id", how="left")
decisions["defaulted"] = decisions.pop("value").fillna(0)
decisions = decisions.sort_values(["decided_at", "id"]).drop_duplicates("unit", keep="first")

part = pd.Series(bucket("split:limits", decisions.cluster), index=decisions.index)
decisions[part < TRAIN].to_csv(f"{OUT}-train.csv", index=False)
decisions[part >= TRAIN].to_csv(f"{OUT}-eval.csv", index=False)
