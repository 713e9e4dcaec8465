"""Makes feedback.json: what the reference simulation in Python and NumPy finds, each run with its origin.

    python3 feedback.py FOLDER > feedback.json     # needs numpy 2.4.6, scipy; FOLDER holds feedback_sim.py

The runs of 40,000 units are copied from the reference's own results in that folder (results_tail_w1.json,
results_mild_w1.json: logistic regression, seed 1), which its code must give again; the small ones are that code's, run
with other settings. The sweep is the reference's own (hold_sweep.json): means over the seeds 1 and 2 and the cycles 1
to 6, which its code must give again as well.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np

FOLDER = pathlib.Path(sys.argv[1])
SPEC = importlib.util.spec_from_file_location("feedback_sim", FOLDER / "feedback_sim.py")
BLOCK = {"tail": 0.09, "mild": 0.06}


def run(scenario, seed, units, cycles, control, window, evaluation, regimes=None):
    reference = importlib.util.module_from_spec(SPEC)
    SPEC.loader.exec_module(reference)
    reference.SCEN, reference.BLOCK = scenario, BLOCK[scenario]
    reference.N, reference.NE, reference.T = units, evaluation, cycles
    reference.HOLD, reference.WINDOW = control, window
    reference.REG = regimes or reference.REG
    return reference.run(seed, reference.LR)


def case(origin, scenario, seed, units, cycles, control, window, evaluation, regimes):
    return {"origin": origin, "scenario": scenario, "seed": seed, "units": units, "cycles": cycles,
            "control_share": control, "window": window, "evaluation_units": evaluation, "regimes": regimes}


def far(one, other):
    """The largest relative difference of two runs' figures."""
    pairs = [(a[key], b[key]) for name in one for a, b in zip(one[name], other[name]) for key in a]
    return max(np.max(np.abs(np.subtract(a, b)) / np.maximum(1e-3, np.abs(a))) for a, b in pairs)


def cases():
    v = f"feedback_sim.py, run(SEED, LR), numpy {np.__version__}"
    for settings in [("tail", 7, 2000, 7, 0.1, 1, 3000), ("mild", 8, 2500, 4, 0.05, 3, 2003),
                     ("tail", 2**40 + 9, 1500, 3, 0.2, 2, 1501)]:
        yield case(v, *settings, run(*settings))
    for scenario in ("tail", "mild"):
        name = f"results_{scenario}_w1.json"
        stored = json.loads((FOLDER / name).read_text())
        found = stored["lr"]["seed1"]
        settings = (scenario, 1, 40000, 9, 0.05, 1, 40000)
        # What is stored must be what the code gives.
        difference = far(found, run(*settings))
        print(f"{name}: largest relative difference {difference:.1e}", file=sys.stderr)
        assert difference < 1e-9
        yield case(f"{name}, lr, seed1", *settings, found)


def sweep():
    """The mean figures by share of control."""
    for name, stored in json.loads((FOLDER / "hold_sweep.json").read_text()).items():
        scenario, control, regime = name.split("|")
        runs = [run(scenario, seed, 40000, 7, float(control), 1, 40000, [regime])[regime] for seed in (1, 2)]
        cycles = [cycle for cycles in runs for cycle in cycles[1:]]
        found = {key: float(np.mean([cycle[key] for cycle in cycles])) for key in stored if key != "auc_min"}
        found["auc_min"] = min(cycle["auc"] for cycle in cycles)
        assert all(abs(found[key] - stored[key]) < 1e-9 * abs(stored[key]) for key in stored), name
        yield {"origin": f"hold_sweep.json, {name}: means over the seeds 1 and 2, cycles 1 to 6", "scenario": scenario,
               "control_share": float(control), "regime": regime, "expected": stored}


def streams():
    """Single numbers of the streams, so that a fault shows where it is made."""
    reference = importlib.util.module_from_spec(SPEC)
    SPEC.loader.exec_module(reference)
    v = f"feedback_sim.py, unif and normal(stream_seed(SEED, STREAM), NUMBER), numpy {np.__version__}"
    for seed, stream, number in [(0, 0, 0), (1, 1, 0), (1, 2, 39999), (7, 90, 5), (2**40 + 9, 11, 2**33 + 1)]:
        start, numbers = reference.stream_seed(seed, stream), np.array([number], dtype=np.uint64)
        yield {"origin": v, "seed": seed, "stream": stream, "number": number,
               "expected": {"uniform": float(reference.unif(start, numbers)[0]),
                            "normal": float(reference.normal(start, numbers)[0])}}


if __name__ == "__main__":
    text = json.dumps({"streams": list(streams()), "sweep": list(sweep()), "runs": list(cases())}, separators=(",", ":"))
    print(text.replace('{"origin"', '\n{"origin"').replace('{"cycle"', '\n{"cycle"'))
