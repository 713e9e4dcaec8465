"""Ids of many shapes, the same for the same seed: what producers really send, and worse."""

import random
import uuid

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SCRIPTS = ("\u00e9\u00e8\u00fc\u00df\u0436\u0416\u03a9\u4e2d\u6587\ud55c\u1100\u1161\u0301"
           "\u0915\u093f")
EMOJI = ("\U0001f600", "\U0001f469\u200d\U0001f467", "\U0001f1ef\U0001f1f5", "\u2764\ufe0f")
RIGHT_TO_LEFT = "\u05d0\u05d1\u05d2\u0627\u0628\u062a\u202e\u200f"
WORDS = ("NA", "null", "NaN", "None", "true", "false", "-", "--", "inf", "nil", "undefined")
SHAPES = ("sequential", "uuid", "email", "scripts", "emoji", "quotes", "commas", "lines",
          "right to left", "long", "number-like", "spaces", "words", "slashes")


def one(shape, number, chance):
    """An id of a shape: 1 to 1,024 bytes of UTF-8, without NUL."""
    text = "".join(chance.choices(LETTERS, k=chance.randint(1, 8)))
    if shape == "sequential":
        return f"customer-{number:07}"
    if shape == "uuid":
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if shape == "email":
        return f"{text}.{number}+tag@example.org"
    if shape == "scripts":
        return "".join(chance.choices(SCRIPTS, k=chance.randint(1, 12))) + text
    if shape == "emoji":
        return "".join(chance.choices(EMOJI, k=chance.randint(1, 5)))
    if shape == "quotes":
        return chance.choice(('"', '""', "'", "`")) + text + chance.choice(('"', '"a"', ""))
    if shape == "commas":
        return chance.choice((",", ",,", ";", "\t", "|")) + text + ","
    if shape == "lines":
        return text + chance.choice(("\n", "\r\n", "\r", "\n\n", "\u2028", "\x0b")) + text
    if shape == "right to left":
        return "".join(chance.choices(RIGHT_TO_LEFT, k=chance.randint(1, 10))) + str(number)
    if shape == "long":
        return long(chance)
    if shape == "number-like":
        return chance.choice((f"{number}", f"0{number}", f"{number}.0", f"{number}e3",
                              f"-{number}", f"+{number}", f"0x{number:x}", f"1,{number:03}"))
    if shape == "spaces":
        return chance.choice((" ", "  ", "\u00a0", "\u3000")) + text + chance.choice((" ", ""))
    if shape == "words":
        return chance.choice(WORDS)
    return "/".join(("", text, "arm:trial", str(number)))[chance.randint(0, 1):]


def long(chance):
    """Up to 1,024 bytes, often exactly."""
    character = chance.choice(("x", "\u00e9", "\u4e2d", "\U0001f600"))
    width = len(character.encode())
    bytes_wanted = chance.choice((1_024, 1_024, 1_023, chance.randint(200, 1_024)))
    return character * (bytes_wanted // width) + "y" * (bytes_wanted % width)


def rows(count, seed):
    """(row, unit, household, note) as texts; long ids are one in fifty, to keep files small."""
    chance = random.Random(seed)
    common = [shape for shape in SHAPES if shape != "long"]
    for number in range(count):
        shape = "long" if chance.random() < 0.02 else common[number % len(common)]
        house = chance.choice(common)
        yield (str(number), one(shape, number, chance),
               one(house, chance.randint(0, count // 3), chance),
               chance.choice(("", "plain", "with, comma", 'with "quotes"', "two\nlines", " ")))
