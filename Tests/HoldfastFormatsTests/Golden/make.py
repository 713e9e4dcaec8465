"""Makes json.json and timestamps.json: Python's answers to texts that Holdfast reads too.

    python3 Tests/HoldfastFormatsTests/Golden/make.py [--check]     # Python 3.11, nothing else

JSON is read by json.loads, made as strict as Holdfast promises to be: no NaN or Infinity, no
member twice, no lone surrogate, no number beyond a double, 64 levels of arrays and objects.
Texts and strings are given as hexadecimal digits of their bytes, doubles as those of their
IEEE 754 bits: nothing is lost on the way. Times are read by datetime.fromisoformat, years that
it does not know by shifting whole cycles of 400 years.
"""

import json
import pathlib
import platform
import re
import struct
import sys
from datetime import datetime, timedelta, timezone

HERE = pathlib.Path(__file__).parent
DEPTH = 64

NUMBERS = """0 -0 1 -1 10 01 -01 +1 1. .5 -.5 1.0 -0.0 1e5 1E5 1e+5 1e-5 1e 1e+
1.5e3 1.e3 0e0 0.0e-0 00 0x10 1_0
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
18446744073709551615 9007199254740993 9007199254740993.0 123456789012345678901234567890
1e308 1.7976931348623157e308 1.7976931348623159e308 1e309 1e400 -1e400 5e-324 2e-324 1e-400 -1e-400
0.1 0.2 0.30000000000000004 2.2250738585072011e-308 2.2250738585072014e-308 1e22 1e23 8.5e22
100000000000000000000 -100000000000000000000 3.141592653589793238462643383279
NaN Infinity -Infinity nan inf -""".split() + ["1" * 400, "0." + "0" * 400 + "1", "-1" + "0" * 308]

WORDS = ["null", "true", "false", "nul", "nulll", "True", "TRUE", "none", "undefined", "", " ", "\t",
         "\n 1 \r\n", "1 2", "1,", ",", ":", "]", "}", "'a'", "a", "/**/1", "1//", "#1", "\ufeff1",
         "\u00a01", "\x0b1", "\x001", "1\x00"]

STRINGS = [r'""', r'"a"', r'"\"\\\/\b\f\n\r\t"', r'"\u0041"', r'"\u00e9"', r'"\u00E9"', r'"\u0000"',
           r'"\ud83d\ude00"', r'"\uD83D\uDE00"', r'"\ud83d"', r'"\ude00"', r'"\ud83d\u0041"',
           r'"\ude00\ud83d"', r'"\ud83dx"', r'"\ud83d\n"', r'"\ud83d\ud83d\ude00"', r'"\u12"',
           r'"\u12g4"', r'"\u"', r'"\U0041"', r'"\x41"', r'"\a"', r'"\'"', r'"\0"', '"\\', '"', '"a',
           '"a\\"', '"a""b"', '"é"', '"e\u0301"', '"😀"', '"\x7f"', '"\x1f"', '"\n"', '"\t"', '"\u2028"',
           '"\ufeff"', '"\uffff"', r'"\uffff"', '"' + "x" * 5000 + '"', r'"\u+123"', r'"\u 123"']

RAW = [b'"\xff"', b'"\xc3"', b'"\xc3\x28"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"',
       b'"\xf0\x9f\x98\x80"', b'"\xe2\x82"', b'"\x80"', b'\xff', b'"\xc3\\n"', b'"\\n\xa9"',
       b'"\xf8\x88\x80\x80\x80"', b'{"\xff":1}']

SHAPES = ["[]", "{}", "[1]", "[1,2]", "[1,]", "[,1]", "[1 2]", "[1", "[", "]", "[[]", "[]]", "[1}", "{1}",
          "{", "}", '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{"a" 1}', '{"a":1 "b":2}', '{a:1}',
          "{'a':1}", '{"a":1,"a":2}', '{"a":1,"b":2,"a":1}', r'{"a":1,"\u0061":2}',
          '{"é":1,"e\u0301":2}', r'{"é":1,"\u00e9":2}', '{"":1}', '{"":1,"":2}', '{"a":{"a":1}}',
          '{"a":1}{"a":1}', ' { "a" : [ 1 , { "b" : null } ] } ', '[{"a":1},{"a":2}]', "[nul]",
          "[true,false,null]", '{"a":1}}', '[1:2]', '{"a",1}', '{"1":1,"1.0":2}', "[1]x",
          "{" + ",".join(f'"k{n}":{n}' for n in range(40)) + "}",
          "{" + ",".join(f'"k{n % 39}":{n}' for n in range(40)) + "}",
          "{" + ",".join(f'"k{n}":{n}' for n in range(17)) + ',"k16":0}',
          "{" + ",".join(f'"k{n}":{n}' for n in range(16)) + ',"k0":0}']

DEEP = [text for count in (DEPTH - 1, DEPTH, DEPTH + 1, 1_000) for text in (
    "[" * count + "]" * count, "[" * count + "1" + "]" * count,
    '{"a":' * count + "{}" + "}" * count, '[{"a":' * (count // 2) + "1" + "}]" * (count // 2))]


class Refused(ValueError):
    """What json.loads lets pass and Holdfast does not."""


def refuse(text):
    raise Refused(text)


def members(pairs):
    if len({name for name, _ in pairs}) < len(pairs):
        raise Refused("a member twice")
    return Members(pairs)


class Members(list):
    """An object's members, in order."""


def number(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Refused("beyond a double")
    return value


def integer(text):
    value = int(text)
    return value if -2**63 <= value < 2**63 and text != "-0" else number(text)


def levels(value):
    if isinstance(value, Members):
        return 1 + max((levels(inner) for _, inner in value), default=0)
    return 1 + max(map(levels, value), default=0) if isinstance(value, list) else 0


def told(value):
    """A value so that every bit of it shows: type and content."""
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["number", struct.pack(">d", value).hex()]
    if isinstance(value, str):
        return ["string", value.encode("utf-8").hex()]      # A lone surrogate is an error here.
    if isinstance(value, Members):
        return ["object", [[name.encode("utf-8").hex(), told(inner)] for name, inner in value]]
    return ["array", [told(inner) for inner in value]]


def read(text):
    """What the bytes are, or None."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=members, parse_float=number,
                           parse_int=integer, parse_constant=refuse)
        return told(value) if levels(value) <= DEPTH else None
    except (ValueError, RecursionError):
        return None


def json_cases():
    texts = [text.encode("utf-8") for text in NUMBERS + WORDS + STRINGS + SHAPES + DEEP] + RAW
    for text in texts:
        case = {"text": text.hex()}
        expected = read(text)
        # Deep values are compared by being read at all: their telling would be deep itself.
        if expected is not None and text.count(b"[") + text.count(b"{") > 30:
            expected = ["deep"]
        yield case | {"expected": expected}


TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CYCLE = 146_097 * 86_400_000_000


def microseconds(text):
    """Microseconds since 1970, or None. Years are shifted by 400 so that datetime knows them."""
    if not TIME.fullmatch(text):
        return None
    year, shift = int(text[:4]), 0
    if year < 400:
        year, shift = year + 400, -1
    elif year >= 9600:
        year, shift = year - 400, 1
    try:
        moment = datetime.fromisoformat(f"{year:04}" + text[4:].upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    value = (moment - EPOCH) // timedelta(microseconds=1) + shift * CYCLE
    return value if least() <= value <= most() else None


def least():
    return (datetime(400, 1, 1, tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1) - CYCLE


def most():
    return (datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc) - EPOCH) // timedelta(microseconds=1)


def written(value):
    """The canonical text of a moment."""
    cycles = 0
    if value < (datetime(1, 1, 1, tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1):
        cycles = 1
    moment = EPOCH + timedelta(microseconds=value + cycles * CYCLE)
    text = f"{moment.year - 400 * cycles:04}" + moment.strftime("-%m-%dT%H:%M:%S")
    return text + (f".{moment.microsecond:06}" if moment.microsecond else "") + "Z"


def times():
    for year in (0, 1, 4, 100, 399, 400, 1600, 1900, 1969, 1970, 1972, 2000, 2023, 2024, 2100, 9600, 9999):
        for day in ("01-01", "02-28", "02-29", "02-30", "03-01", "12-31"):
            yield f"{year:04}-{day}T12:34:56Z"
        yield f"{year:04}-01-01T00:00:00Z"
        yield f"{year:04}-12-31T23:59:59.999999Z"
    for month in range(0, 14):
        for day in ("00", "30", "31", "32"):
            yield f"2023-{month:02}-{day}T00:00:00Z"
    for zone in ("Z", "z", "+00:00", "-00:00", "+09:00", "-12:30", "+23:59", "-23:59", "+24:00", "+00:60",
                 "", "+9:00", "+0900", "+09", "UTC", " Z", "Z ", "ZZ", "+09:00:00", "\u22120:00"):
        yield "2026-01-01T00:00:00" + zone
    for zone in ("+00:01", "+23:59", "-00:01", "-23:59"):
        yield "0000-01-01T00:00:00" + zone
        yield "9999-12-31T23:59:59.999999" + zone
    for fraction in (".", ".0", ".5", ".05", ".000001", ".999999", ".123456", ".1234567", ".0000000", ",5",
                     ".-1", ".5.5", ". 5"):
        yield f"1969-12-31T23:59:59{fraction}Z"
        yield f"2026-01-01T00:00:00{fraction}+05:30"
    for clock in ("23:59:59", "24:00:00", "23:60:00", "23:59:60", "00:00:00", "0:00:00", "00:00", "-1:00:00",
                  "00:00:0", "000000", "00-00-00"):
        yield f"2026-06-30T{clock}Z"
    yield from ("2026-01-01t00:00:00z", "2026-01-01 00:00:00Z", "2026-01-01_00:00:00Z", "2026-01-01", "",
                "20260101T000000Z", "2026-1-1T00:00:00Z", "+2026-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
                "02026-01-01T00:00:00Z", "2026/01/01T00:00:00Z", "２０２６-01-01T00:00:00Z",
                " 2026-01-01T00:00:00Z", "2026-W01-1T00:00:00Z", "2026-001T00:00:00Z", "now")


def files():
    origin = f"Python {platform.python_version()}, Golden/make.py, "
    yield "json.json", {"origin": origin + "json.loads made strict", "read": list(json_cases())}
    cases = []
    for text in times():
        value = microseconds(text)
        cases.append({"text": text, "microseconds": value,
                      "written": None if value is None else written(value)})
    yield "timestamps.json", {"origin": origin + "datetime.fromisoformat", "read": cases}


def main():
    sys.setrecursionlimit(20_000)
    wrong = 0
    for name, content in files():
        rows = ",\n".join(json.dumps(case) for case in content["read"])
        text = f'{{"origin": {json.dumps(content["origin"])}, "read": [\n{rows}\n]}}\n'
        if "--check" in sys.argv:
            # Another patch release of Python may say so in its origin alone.
            old = json.loads((HERE / name).read_text("ascii"))
            wrong += old["read"] != content["read"]
        else:
            (HERE / name).write_text(text, "ascii")
        refused = sum(1 for case in content["read"] if list(case.values())[1] is None)
        print(f"{name}: {len(content['read'])} cases, {refused} refused")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
