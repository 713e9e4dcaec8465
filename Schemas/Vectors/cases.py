"""The units, scopes, shares and boundaries that make.py pins, each by name."""

SALT = "holdfast-vectors-v1"
REASONS = ("override", "not_started", "ended", "ineligible", "holdout", "outside_slice",
           "not_enrolled", "assigned")
SCOPES = ("holdout:program-2026", "layer:lending", "traffic:credit-limit", "arm:credit-limit",
          "split:credit-limit")

NFC, NFD = "caf\u00e9", "cafe\u0301"
UNITS = {
    "one byte": "a", "a space": " ", "a slash": "/", "two slashes": "//", "a tab": "\t",
    "NUL alone": "\0", "NUL inside": "a\0b", "the same without its NUL": "ab",
    "NFC": NFC, "NFD": NFD, "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "emoji, one scalar": "\U0001f600", "right to left": "\u05e9\u05dc\u05d5\u05dd-42",
    "right to left, marked": "\u202eabc", "Hangul, composed": "\uac00",
    "Hangul, decomposed": "\u1100\u1161", "a byte order mark": "\ufeffa",
    "1,024 bytes": "u" * 1_024, "1,024 bytes of emoji": "\U0001f600" * 256,
    "number 1": "1", "number 01": "01", "number 1.0": "1.0", "number 1e3": "1e3",
    "number -0": "-0", "number 007": "007", "number 0": "0",
    "trailing space": "customer-1 ", "leading space": " customer-1", "upper case": "Customer-1",
    "lower case": "customer-1", "a quote and a comma": 'a",b', "a line break": "a\nb",
    "looks like another key": "arm:credit-limit/customer-1",
}

SHARES = ("0%", "0.0001%", "0.01%", "0.5%", "1%", "1.0%", "1.0000%", "2%", "33.3333%", "50%",
          "66.6667%", "99.9999%", "100%", "100.0000%")
CUMULATIVE = (0, 1, 2, 3, 4, 7, 20_000, 50_000, 125_000, 250_000, 333_333, 333_334, 500_000,
              666_667, 999_998, 999_999, 1_000_000)
NEAREST = (("holdout:near", 20_000), ("layer:near", 250_000), ("layer:near", 600_000),
           ("traffic:near", 500_000), ("arm:near", 333_333), ("split:near", 800_000))

# Buckets exactly on a boundary (`at`) and the last before one (`last`), found by hashing up to
# thirteen thousand million units a scope; make.py works each of them out again.
# (name, scope, unit, share in millionths, side)
EDGES = (
    ("the last of an arm", "arm:edge", "e00588595110", 234_086, "last"),
    ("the first past an arm", "arm:edge", "e13117199396", 918_051, "at"),
    ("the last of a holdout", "holdout:edge", "e01083792032", 103_388, "last"),
    ("the last of a wide holdout", "holdout:edge", "e04011159095", 963_845, "last"),
    ("the first past a holdout", "holdout:edge", "e08387656946", 500_774, "at"),
    ("the last enrolled", "traffic:edge", "e02439983006", 70_833, "last"),
    ("the last enrolled of half", "traffic:edge", "e03079125261", 536_373, "last"),
    ("the first not enrolled", "traffic:edge", "e06894815271", 829_410, "at"),
    ("the first past a slice", "layer:edge", "e01464079928", 658_068, "at"),
    ("the first past another slice", "layer:edge", "e06895188405", 404_758, "at"),
    ("the last of a slice", "layer:edge", "e06316485330", 982_592, "last"))


def hashes():
    """(name, scope, unit): every unit under one scope, and a few units under every scope."""
    made = [(name, "arm:credit-limit", unit) for name, unit in UNITS.items()]
    for scope in SCOPES:
        for unit in ("customer-0001", NFD, "007"):
            if scope != "arm:credit-limit" or unit == "customer-0001":
                made.append((f"{scope} of {unit.encode('ascii', 'replace').decode()}",
                             scope, unit))
    # Without a separator these two would be one key.
    made.append(("experiment exp1, unit 23", "arm:exp1", "23"))
    made.append(("experiment exp12, unit 3", "arm:exp12", "3"))
    made.append(("another salt", "arm:credit-limit", "customer-1", "another-salt-of-24-bytes"))
    made.append(("a salt beyond ASCII", "arm:credit-limit", "customer-1", "s\u00e4lz-" * 4))
    return made
