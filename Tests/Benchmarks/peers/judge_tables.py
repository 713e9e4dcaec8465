"""Tables with predictions to judge: python judge_tables.py ROWS FOLDER [SEED]

train.csv and eval.csv, each of so many rows:

  y            the label, yes (1) in about a third of the rows
  p            a model's probability of it, which knows train's noise a little
  region       one of six, unlike in size
  sex          one of two
  age          one of five bands
  f0 … f4      what the label follows from, by a logistic curve: normal, lognormal, a count,
               uniform, and one that says nothing

Predictions have as many digits as they take, so that hardly two are alike. The model asks more of
the smallest region, which groups must show.
"""

import pathlib
import sys

import numpy
import pandas

REGIONS = (["north", "south", "east", "west", "centre", "islands"],
           [0.30, 0.25, 0.20, 0.12, 0.10, 0.03])
AGES = (["18-29", "30-44", "45-59", "60-74", "75+"], [0.20, 0.30, 0.25, 0.18, 0.07])


def table(chance, rows, leak):
    f0, f4 = chance.normal(size=rows), chance.normal(size=rows)
    f1, f3 = chance.lognormal(0, 0.5, rows), chance.random(rows)
    f2 = chance.poisson(3, rows)
    region = chance.choice(REGIONS[0], rows, p=REGIONS[1])
    noise = chance.logistic(size=rows)
    logit = -1.3 + 0.9 * f0 + 0.6 * (f1 - 1) - 0.25 * (f2 - 3) + 1.2 * (f3 - 0.5)
    seen = 0.9 * logit + leak * noise + chance.normal(0, 0.3, rows) - 0.4 * (region == "islands")
    return pandas.DataFrame({
        "y": (logit + noise > 0).astype(int), "p": 1 / (1 + numpy.exp(-seen)), "region": region,
        "sex": chance.choice(["f", "m"], rows), "age": chance.choice(AGES[0], rows, p=AGES[1]),
        "f0": f0.round(6), "f1": f1.round(6), "f2": f2, "f3": f3.round(6), "f4": f4.round(6)})


def main():
    rows, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    chance = numpy.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 20261126)
    folder.mkdir(parents=True, exist_ok=True)
    for name, leak in (("train", 0.15), ("eval", 0)):
        table(chance, rows, leak).to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
