"""Train, eval and serve tables to compare: python tables.py ROWS FOLDER [SEED]

Each has 12 columns of numbers, 8 of categories, a row's `id`, its label `y` and a model's score `p`,
which no tool is to compare. Eval is drawn as train is; in serve ten columns drift:

  n01_norm          normal, mean 0, deviation 1
  n02_norm_shift    normal, mean 100, deviation 10; in serve mean 103
  n03_logn          lognormal, 0 and 1
  n04_logn2_scale   lognormal, 3 and 2; in serve 1.2 times that
  n05_t2            Student's t with 2 degrees of freedom
  n06_pareto        10 times Pareto of shape 1.5; in serve 1.3
  n07_poisson3      Poisson of mean 3
  n08_geom          geometric of chance 0.20; in serve 0.17
  n09_norm_miss     normal, 50 and 5, 5 % missing; in serve 15 %
  n10_unif_miss     uniform from 0 to 1, 20 % missing
  n11_zeroinfl      60 % zeros, else exponential of mean 20 in hundredths; in serve 70 %
  n12_bimodal       two normals at -3 (40 %) and 3, deviation 1; in serve 1.4
  c01_bin           yes (30 %) or no
  c02_five          five of 40, 25, 20, 10 and 5 %; in serve 30, 25, 20, 15 and 10 %
  c03_zipf20        20 by Zipf's law of exponent 1
  c04_hundred_new   100 alike; in serve 3 % of the rows are in one of five that are new
  c05_zipf1k        1,000 by Zipf's law of exponent 1.1
  c06_zipf10k       10,000 by the same
  c07_zipf10k_drift 10,000 by the same; in serve exponent 1.25, and 1 % in one of 500 that are new
  c08_three_miss    three of 50, 30 and 20 %, 2 % missing; in serve 10 %

Numbers that are no counts have six decimals. The label follows the first two columns by a logistic
curve, and the score knows them but for some noise.
"""

import pathlib
import sys

import numpy as np
import polars as pl

PARTS = ("train", "eval", "serve")


class Draws:
    """Columns of one table; `drift(a, b)` is `a`, and in serve `b`."""

    def __init__(self, part, rows, seed):
        self.chance = np.random.default_rng((seed, PARTS.index(part)))
        self.rows = rows
        self.drift = lambda usual, served: served if part == "serve" else usual

    def happens(self, share):
        return self.chance.random(self.rows) < share

    def number(self, values, missing=0.0):
        column = pl.Series(np.round(values, 6))
        if not missing:
            return column
        return column.set(pl.Series(self.happens(missing)), None)

    def category(self, letter, shares, new=0, new_share=0.0, missing=0.0):
        """Letter and number of a category, drawn by shares that need not add up to 1."""
        edges = np.cumsum(np.asarray(shares, float))
        drawn = np.searchsorted(edges, self.chance.random(self.rows) * edges[-1], side="right")
        if new_share:
            at = np.flatnonzero(self.happens(new_share))
            drawn[at] = len(edges) + self.chance.integers(new, size=len(at))
        column = pl.select(pl.lit(letter) + pl.Series(drawn).cast(pl.String)).to_series()
        return column.set(pl.Series(self.happens(missing)), None) if missing else column


def zipf(count, exponent):
    return np.arange(1, count + 1, dtype=float) ** -exponent


def numbers(draw):
    chance, rows, drift = draw.chance, draw.rows, draw.drift
    side = np.where(draw.happens(0.4), -3.0, 3.0)
    waits = np.round(chance.exponential(20, rows), 2)
    return {
        "n01_norm": draw.number(chance.normal(0, 1, rows)),
        "n02_norm_shift": draw.number(chance.normal(drift(100, 103), 10, rows)),
        "n03_logn": draw.number(chance.lognormal(0, 1, rows)),
        "n04_logn2_scale": draw.number(drift(1, 1.2) * chance.lognormal(3, 2, rows)),
        "n05_t2": draw.number(chance.standard_t(2, rows)),
        "n06_pareto": draw.number(10 + 10 * chance.pareto(drift(1.5, 1.3), rows)),
        "n07_poisson3": pl.Series(chance.poisson(3, rows)),
        "n08_geom": pl.Series(chance.geometric(drift(0.20, 0.17), rows)),
        "n09_norm_miss": draw.number(chance.normal(50, 5, rows), missing=drift(0.05, 0.15)),
        "n10_unif_miss": draw.number(chance.random(rows), missing=0.20),
        "n11_zeroinfl": draw.number(np.where(draw.happens(drift(0.6, 0.7)), 0, waits)),
        "n12_bimodal": draw.number(chance.normal(side, drift(1.0, 1.4))),
    }


def categories(draw):
    drift = draw.drift
    return {
        "c01_bin": draw.category("", [3, 7]).replace_strict({"0": "yes", "1": "no"}),
        "c02_five": draw.category("k", drift([40, 25, 20, 10, 5], [30, 25, 20, 15, 10])),
        "c03_zipf20": draw.category("z", zipf(20, 1.0)),
        "c04_hundred_new": draw.category("h", np.ones(100), 5, drift(0, 0.03)),
        "c05_zipf1k": draw.category("m", zipf(1_000, 1.1)),
        "c06_zipf10k": draw.category("u", zipf(10_000, 1.1)),
        "c07_zipf10k_drift": draw.category(
            "w", zipf(10_000, drift(1.1, 1.25)), 500, drift(0, 0.01)),
        "c08_three_miss": draw.category("t", [5, 3, 2], missing=drift(0.02, 0.10)),
    }


def table(part, rows, seed):
    draw = Draws(part, rows, seed)
    columns = numbers(draw) | categories(draw)
    first, second = (columns[name].to_numpy() for name in ("n01_norm", "n02_norm_shift"))
    odds = 0.8 * first + (second - 100) / 20 - 0.5
    seen = 1.3 * odds + draw.chance.normal(0, 0.3, rows)
    columns["id"] = pl.Series(np.arange(rows))
    columns["y"] = pl.Series((draw.chance.random(rows) * (1 + np.exp(-odds)) < 1).astype(int))
    columns["p"] = draw.number(1 / (1 + np.exp(-seen)))
    return pl.DataFrame(columns)


def main():
    rows, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261126
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        table(part, rows, seed).write_csv(folder / f"{part}.csv")


if __name__ == "__main__":
    main()
