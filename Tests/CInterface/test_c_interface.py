"""Deals by libholdfast-c through ctypes, and compares with what Python's hashlib says.

    python3 Tests/CInterface/test_c_interface.py .build/debug/libholdfast-c.so [--ids 100000]

Every case of Schemas/Vectors/assignment-v1.json, ids of many shapes on four threads at once, and
whatever C can give that is no candidate: NULL, bytes that are not UTF-8, impossible lengths.
"""

import argparse
import ctypes
import json
import os
import pathlib
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(ROOT / "Schemas" / "Vectors")]

import holdfast  # noqa: E402
import ids  # noqa: E402
import reference  # noqa: E402

OPTIONS = None
AT = "2026-03-01T12:00:00Z"
CATALOG = {
    "holdfast": 1, "salt": "c-interface-salt-01",
    "holdouts": {"program": {"unit": "customer", "share": "2%", "covers": "all"}},
    "experiments": {
        "limits": {"unit": "customer", "traffic": "90%",
                   "arms": [{"control": "5%"}, {"low": "20.5%"}, {"high": "74.5%"}]},
        "homes": {"unit": "customer", "cluster": "household",
                  "eligible": {"attribute": "age", "atLeast": 20},
                  "arms": [{"control": "50%"}, {"treatment": "50%"}]},
        "scores": {"unit": "customer", "explore": [{"below": 0.5, "control": "10%"},
                                                   {"control": "1%"}]}}}
# A length that is the unit's of another id, one past the longest, and one no memory has.
UNIT_LIMIT = 1_024


def told(answer):
    """An answer as the reference gives it."""
    def text(value):
        return value.decode() if value is not None else None
    given = {"arm": text(answer.arm), "reason": text(answer.reason), "act": bool(answer.act),
             "propensity": answer.propensity, "holdout": text(answer.holdout),
             "bucket": answer.bucket if answer.bucket >= 0 else None}
    if answer.burn_in >= 0:
        given["burn_in"] = bool(answer.burn_in)
    return given


class CInterface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = holdfast.Library(OPTIONS.library)

    def opened(self, catalog, **more):
        handle = self.library.open([("catalog.yaml", json.dumps(catalog))], **more)
        self.addCleanup(handle.close)
        return handle

    def refused(self, call, status, *words):
        """Calls, and requires a status and words of the text."""
        with self.assertRaises(holdfast.HoldfastError) as caught:
            call()
        self.assertEqual(caught.exception.status, status, str(caught.exception))
        for word in words:
            self.assertIn(word, str(caught.exception))
        return caught.exception

    def test_every_vector_gives_its_answer_or_its_refusal(self):
        document = json.loads((ROOT / "Schemas/Vectors/assignment-v1.json").read_text("ascii"))
        cases = [case for list_ in document.values() if isinstance(list_, list)
                 for case in list_ if "request" in case]
        self.assertGreaterEqual(len(cases), 378)
        for case in cases:
            request = case["request"]
            catalog = self.library.open([("catalog.yaml", json.dumps(case["catalog"]))])
            try:
                answer = catalog.assign(
                    request["experiment"], request["unit"], reference.microseconds(request["at"]),
                    request.get("cluster"), request.get("attributes"),
                    float(request["score"]) if request.get("score") is not None else None)
                self.assertNotIn("refused", case, case["name"])
                self.assertEqual(told(answer), case["expected"], case["name"])
                self.assertTrue(answer.revision.startswith(b"r"))
                self.assertEqual(answer.fault, b"")
            except holdfast.HoldfastError as error:
                self.assertIn("refused", case, f"{case['name']}: {error}")
                # A length is an argument's fault; the rest is the decision's, and has its word.
                if error.status == holdfast.REFUSED:
                    self.assertEqual(error.fault, case["refused"], case["name"])
                else:
                    self.assertTrue(case["refused"].endswith("_length"), case["name"])
            finally:
                catalog.close()
        print(f"{len(cases)} vectors")

    def test_ids_of_many_shapes_on_four_threads_get_what_hashlib_says(self):
        catalog = self.opened(CATALOG)
        rows = list(ids.rows(OPTIONS.ids, 3))
        expected = [reference.decide(CATALOG, {"experiment": "limits", "unit": row[1], "at": AT})[0]
                    for row in rows]
        at, wrong = reference.microseconds(AT), []

        def deal(first):
            # Each thread deals all, beginning elsewhere, so that they meet at every unit.
            for step in range(len(rows)):
                place = (first + step) % len(rows)
                given = told(catalog.assign("limits", rows[place][1], at))
                if given != expected[place]:
                    wrong.append((rows[place][1], given, expected[place]))

        threads = [threading.Thread(target=deal, args=(len(rows) * part // 4,))
                   for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong[:5], [])
        print(f"{len(rows)} ids on 4 threads, {len(wrong)} differences")

    def test_a_unit_that_cannot_be_dealt_says_why(self):
        catalog, at = self.opened(CATALOG), reference.microseconds(AT)
        refused = holdfast.REFUSED
        error = self.refused(lambda: catalog.assign("homes", "c", at, attributes={"age": 30}),
                             refused, "household", "give the id")
        self.assertEqual(error.fault, "missing_cluster")
        error = self.refused(lambda: catalog.assign("homes", "c", at, "h"), refused, '"age"')
        self.assertEqual(error.fault, "missing_attribute")
        error = self.refused(
            lambda: catalog.assign("homes", "c", at, "h", {"age": "30"}), refused, "number")
        self.assertEqual(error.fault, "wrong_attribute")
        error = self.refused(lambda: catalog.assign("scores", "c1", at), refused, "score")
        self.assertEqual(error.fault, "missing_score")
        for score in (float("nan"), float("inf"), float("-inf")):
            error = self.refused(
                lambda: catalog.assign("scores", "c1", at, score=score), refused, "finite")
            self.assertEqual(error.fault, "not_finite")
        error = self.refused(lambda: catalog.assign("nothing", "c", at), refused,
                             "nothing", "homes, limits, scores")
        self.assertEqual(error.fault, "unknown_experiment")

    def test_what_is_no_candidate_is_an_argument_s_fault(self):
        catalog, at = self.opened(CATALOG), reference.microseconds(AT)
        bad = holdfast.BAD_ARGUMENT
        self.refused(lambda: catalog.assign("limits", None, at), bad, "unit", "NULL")
        self.refused(lambda: catalog.assign(None, "c", at), bad, "experiment", "NULL")
        self.refused(lambda: catalog.assign("limits", "", at), bad, "0 bytes", "1 to 1024")
        self.refused(lambda: catalog.assign("limits", "x" * (UNIT_LIMIT + 1), at), bad,
                     "1025 bytes")
        self.assertIsNotNone(catalog.assign("limits", "x" * UNIT_LIMIT, at).reason)
        self.refused(lambda: catalog.assign("homes", "c", at, "", {"age": 30}), bad,
                     "the cluster has 0 bytes")
        for bytes_ in (b"\xff", b"caf\xe9", b"12345678\xc3", b"\xed\xa0\x80", b"\xc0\xaf"):
            self.refused(lambda: catalog.assign("limits", bytes_, at), bad, "UTF-8")
            self.refused(lambda: catalog.assign("homes", "c", at, bytes_), bad, "cluster")
        self.refused(lambda: self.library.open([("c", b"holdfast: \xff")]), bad, "UTF-8")
        self.refused(lambda: self.library.open([]), bad, "files")
        self.refused(lambda: self.library.open([("c", "x")], flags=8), bad, "flags")

    def test_raw_pointers_that_are_null_and_lengths_that_cannot_be_end_nothing(self):
        c, catalog = self.library.c, self.opened(CATALOG)
        answer, error = holdfast.Answer(), ctypes.create_string_buffer(64)
        empty = holdfast.Candidate()
        bad = holdfast.BAD_ARGUMENT
        self.assertEqual(c.holdfast_assign(None, empty, answer, error, 64), bad)
        self.assertEqual(c.holdfast_assign(catalog.handle, None, answer, error, 64), bad)
        self.assertEqual(c.holdfast_assign(catalog.handle, empty, None, error, 64), bad)
        self.assertEqual(c.holdfast_assign(catalog.handle, empty, answer, None, 0), bad)
        self.assertEqual(c.holdfast_assign(catalog.handle, empty, answer, None, 64), bad)
        for length in (2**63, 2**64 - 1):
            candidate = holdfast.Candidate(b"limits", 6, b"c", length)
            self.assertEqual(c.holdfast_assign(catalog.handle, candidate, answer, error, 64), bad)
            candidate = holdfast.Candidate(b"limits", length, b"c", 1)
            self.assertEqual(c.holdfast_assign(catalog.handle, candidate, answer, error, 64), bad)
            candidate = holdfast.Candidate(b"limits", 6, b"c", 1)
            candidate.attribute_count = length
            self.assertEqual(c.holdfast_assign(catalog.handle, candidate, answer, error, 64), bad)
        candidate = holdfast.Candidate(b"limits", 6, b"c", 1)
        candidate.attribute_count = 1
        self.assertEqual(c.holdfast_assign(catalog.handle, candidate, answer, error, 64), bad)
        odd = holdfast.Attribute(b"age", 3, 7)
        candidate.attributes = (holdfast.Attribute * 1)(odd)
        self.assertEqual(c.holdfast_assign(catalog.handle, candidate, answer, error, 64), bad)
        self.assertIn(b"kind 7", error.value)
        self.assertEqual(c.holdfast_catalog_open(None, 1, None, 0, 0, None, error, 64), bad)
        c.holdfast_catalog_close(None)

    def test_an_error_is_cut_at_a_whole_character(self):
        c, catalog = self.library.c, self.opened(CATALOG)
        name = "\u00e9".encode() * 20
        candidate = holdfast.Candidate(name, len(name), b"c", 1)
        whole = ctypes.create_string_buffer(1024)
        c.holdfast_assign(catalog.handle, candidate, holdfast.Answer(), whole, 1024)
        for size in range(1, len(whole.value)):
            error = ctypes.create_string_buffer(b"\x7f" * 1024, 1024)
            status = c.holdfast_assign(catalog.handle, candidate, holdfast.Answer(), error, size)
            self.assertEqual(status, holdfast.REFUSED)
            self.assertLess(len(error.value), size)
            self.assertGreaterEqual(len(error.value), size - 2)
            self.assertTrue(whole.value.startswith(error.value))
            error.value.decode()
            self.assertEqual(error.raw[size:], b"\x7f" * (1024 - size), "beyond the buffer")

    def test_a_catalog_that_is_refused_names_its_places(self):
        text = "holdfast: 1\nsalt: c-interface-salt-01\nexperiments:\n  a:\n    unit: c\n" \
               "    arms: [{control: 5%}, {treatment: 5%}]\n    colour: blue\n"
        self.refused(lambda: self.library.open([("shop.yaml", text)]), holdfast.BAD_CATALOG,
                     "shop.yaml:6", "shop.yaml:7", "colour")
        two = self.library.open([("a.yaml", text.replace("{treatment: 5%}", "{treatment: 95%}")
                                  .replace("    colour: blue\n", "")),
                                 ("b.yaml", "holdfast: 1\nexperiments:\n  b:\n    unit: c\n"
                                            "    arms: [{control: 50%}, {treatment: 50%}]\n")])
        self.assertEqual(two.assign("a", "u", 0).reason, b"assigned")
        self.assertEqual(two.assign("b", "u", 0).reason, b"assigned")
        two.close()

    def test_a_salt_kept_elsewhere_comes_from_the_caller_or_when_asked_from_the_environment(self):
        kept = {**CATALOG, "salt": "${HOLDFAST_C_TEST}"}
        at = reference.microseconds(AT)
        expected = told(self.opened(CATALOG).assign("limits", "customer-1", at))
        given = self.opened(kept, salt=CATALOG["salt"])
        self.assertEqual(told(given.assign("limits", "customer-1", at)), expected)
        filed = self.opened({**CATALOG, "salt": "file:salt.txt"}, salt=CATALOG["salt"] + "\n")
        self.assertEqual(told(filed.assign("limits", "customer-1", at)), expected)
        self.refused(lambda: self.opened(kept), holdfast.BAD_CATALOG, "HOLDFAST_C_TEST")
        os.environ["HOLDFAST_C_TEST"] = CATALOG["salt"]
        try:
            self.refused(lambda: self.opened(kept), holdfast.BAD_CATALOG, "HOLDFAST_C_TEST")
            read = self.opened(kept, flags=holdfast.SALT_FROM_ENVIRONMENT)
            self.assertEqual(told(read.assign("limits", "customer-1", at)), expected)
        finally:
            del os.environ["HOLDFAST_C_TEST"]
        secret = "too-short"
        error = self.refused(lambda: self.opened(kept, salt=secret), holdfast.BAD_CATALOG,
                             "characters")
        self.assertNotIn(secret, str(error))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="path of the shared library")
    parser.add_argument("--ids", type=int, default=100_000)
    OPTIONS = parser.parse_args()
    unittest.main(argv=[sys.argv[0]])
