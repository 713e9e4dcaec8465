"""Makes car_loan.csv and car_loan.json: each twentieth row of NannyML's car-loan set.

    pip install scikit-learn pandas; pip download --no-deps nannyml==0.13.1; unzip the wheel
    python car_loan.py FOLDER_OF_THE_WHEEL/nannyml/datasets/data

The set is synthetic and comes with the package nannyml 0.13.1 (Apache-2.0). Columns are shortened:
codes for texts, and fewer decimals. In the second half of the analysis cars cost more.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import sklearn
from sklearn.metrics import brier_score_loss, roc_auc_score

folder = Path(sys.argv[1])
here = Path(__file__).parent
reference = pd.read_csv(folder / "synthetic_car_loan_reference.csv").assign(part="reference")
analysis = pd.read_csv(folder / "synthetic_car_loan_analysis.csv").assign(part="analysis").merge(
    pd.read_csv(folder / "synthetic_car_loan_analysis_target.csv"), on="id")
rows = pd.concat([reference[::20], analysis[::20]])
salaries = sorted(reference.salary_range.unique())
table = pd.DataFrame({
    "part": (rows.part == "analysis").astype(int),
    "at": (pd.to_datetime(rows.timestamp) - pd.Timestamp(0)).dt.total_seconds().astype(int),
    "car_value": rows.car_value.astype(int),
    "salary": rows.salary_range.map(salaries.index),
    "debt": rows.debt_to_income_ratio.round(3),
    "length": rows.loan_length.astype(int),
    "repaid_before": rows.repaid_loan_on_prev_car.astype(int),
    "downpayment": rows.size_of_downpayment.str.rstrip("%").astype(int) // 10,
    "tenure": rows.driver_tenure.round(2),
    "score": (rows.y_pred_proba * 100).round().astype(int),
    "label": rows.repaid.astype(int),
})
table.to_csv(here / "car_loan.csv", index=False, lineterminator="\n")
cases = []
operation = table[table.part == 1]
for half in (operation[:1250], operation[1250:]):
    cases.append({
        "origin": f"scikit-learn {sklearn.__version__}, on car_loan.csv",
        "auc": roc_auc_score(half.label, half.score / 100),
        "brier": brier_score_loss(half.label, half.score / 100),
        "accuracy": float(((half.score >= 50) == (half.label == 1)).mean()),
    })
(here / "car_loan.json").write_text(json.dumps({"halves": cases}, indent=1) + "\n")
