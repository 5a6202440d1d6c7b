"""Numbers as words, in any language num2words knows."""

from __future__ import annotations

import re
from functools import lru_cache

GLYPHS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
_GLYPH = "[" + "".join(GLYPHS) + "]"
NUM = rf"(?:(?:\d{{1,3}}(?:,\d{{3}})++(?!\d)|\d++)(?:\.\d++)?(?:[ ]?{_GLYPH})?|{_GLYPH}|\.\d++)"
"""An unsigned number: 7, 1,984, 3.5, .5, 2½."""
LEFT = r"(?<![\w])(?<!\d[.,:/])(?<!\.)"
"""What must not stand before a number: it would be a part of something else."""
SIGN = r"(?:(?<![\w)\]][-−–])(?<![\w)\]])[-−]|[+±])?"
TO = r"[ ]?(?:[-–—−]|\.\.)[ ]?"
"""Between the ends of a range."""
_SIGNS = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus "}
_LONGEST = 15  # digits; a longer row is an identifier and is read digit by digit


@lru_cache(maxsize=4096)
def spelled(number: int, kind: str = "cardinal", language: str = "en") -> str:
    """A whole number in words. kind: cardinal, ordinal or year. Raises NotImplementedError for what it cannot."""
    from num2words import num2words

    return str(num2words(number, to=kind, lang=language)).replace(",", "")


def ordinal(number: int) -> str:
    """21 -> twenty-first."""
    return spelled(number, "ordinal")


def year(number: int) -> str:
    """1905 -> nineteen oh-five."""
    return spelled(number, "year")


def digits(written: str) -> str:
    """Digit by digit, everything else left out."""
    return " ".join(spelled(int(ch)) for ch in written if ch.isdecimal())


def fraction(above: int, below: int) -> str:
    """3, 4 -> three quarters."""
    if above >= below or below > 100:
        return f"{spelled(above)} over {spelled(below)}"
    name = {2: "half", 4: "quarter"}.get(below) or ordinal(below).removeprefix("one ")
    if above == 1:
        return f"one {name}"
    return f"{spelled(above)} {'halves' if below == 2 else name + 's'}"


def number(written: str) -> str:
    """What NUM or SIGN and NUM match, in English words; with leading zeros or endless digit by digit."""
    sign = _SIGNS.get(written[:1], "")
    rest = written[1:] if sign else written
    glyph = GLYPHS.get(rest[-1:])
    whole, _, decimals = (rest[:-1] if glyph else rest).strip().replace(",", "").partition(".")
    said = _whole(whole) if whole or decimals else ""
    if decimals:
        said += f" point {digits(decimals)}"
    if glyph:
        part = fraction(*glyph)
        said = f"{said} and {'a' + part[3:] if part.startswith('one ') else part}" if said else part
    return sign + said


def _whole(written: str) -> str:
    if not written:
        return "zero"
    if len(written) > _LONGEST or (len(written) > 1 and written.startswith("0")):
        return digits(written)
    return spelled(int(written))


def is_one(written: str) -> bool:
    """Whether what follows stands in the singular."""
    return written.lstrip("-−+±") == "1"


def pairs(written: str) -> str:
    """Three or four digits as they are read in names: 747 seven forty-seven, 101 one oh one, 1080 ten eighty."""
    value = int(written)
    if len(written) == 4:
        return year(value) if 1000 <= value < 2100 or value % 100 else spelled(value)
    high, low = divmod(value, 100)
    if len(written) != 3 or not high or not low:
        return number(written)
    return f"{spelled(high)} {'oh ' + spelled(low) if low < 10 else spelled(low)}"


_BEFORE_NOUN = re.compile(
    r" (?:race|run|sprint|final|relay|hurdles|dash|freestyle|butterfly|backstroke|breaststroke|medley|steeplechase|walk"
    r"|swim|track|pool|note|coin|bill|stamp|tower|telescope|gun)s?\b"
)


def attributive(match: re.Match[str]) -> bool:
    """Whether the match stands before a noun ("a $5 ticket", "the 1500 m race"), where its unit keeps the singular."""
    article = match.string[max(0, match.start() - 3) : match.start()].lower() in {"a ", " a ", "\na ", "(a "}
    return article or _BEFORE_NOUN.match(match.string, match.end()) is not None
