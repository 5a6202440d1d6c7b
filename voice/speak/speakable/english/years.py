"""Years, decades and centuries. A bare 1984 is a year unless what follows is counted: "1984 people"."""

from __future__ import annotations

import re

from voice.speak.speakable.english.dates import MONTH
from voice.speak.speakable.numbers import LEFT, spelled, year
from voice.speak.speakable.rules import rule

_YEAR = r"(?:1[1-9]|20)\d\d"
_SURELY = re.compile(
    r"(?:\b(?:in|since|until|till|from|before|after|by|during|circa|born|died|year|early|late|mid|spring|summer|autumn"
    rf"|fall|winter|the|{MONTH}),? |\(|[-–—] ?|^)\Z",
    re.IGNORECASE | re.MULTILINE,
)
_COUNTED = re.compile(
    r" (?!(?:was|is|has|does|as|its|this|his|plus|versus|across|thus|unless|towards|always)\b)"
    r"(?:[a-z]{2,20}(?<![siu])s|people|men|women|children)\b"
)


def _bare(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 16) : match.start()]
    counted = _COUNTED.match(match.string, match.end(), match.end() + 40)
    if counted and not _SURELY.search(before):
        return spelled(int(match[0]))
    return year(int(match[0]))


def _span(match: re.Match[str]) -> str:
    last = match[2]
    said = year(int(last)) if len(last) == 4 else spelled(int(last)) if int(last) > 9 else f"oh {spelled(int(last))}"
    return f"{year(int(match[1]))} to {said}"


def _decade(value: int) -> str:
    """80 -> eighties."""
    said = spelled(value)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _decades(match: re.Match[str]) -> str:
    century, tens = divmod(int(match[1]), 100)
    if tens:
        return f"{spelled(century)} {_decade(tens)}"
    return f"{spelled(century * 100)}s" if century % 10 == 0 else f"{spelled(century)} hundreds"


def _era(match: re.Match[str]) -> str:
    # twelve hundred B.C, but one thousand B.C
    count = int(match[1].replace(",", ""))
    said = year(count) if 1000 < count < 2100 else spelled(count)
    return f"{said} {'.'.join(match[2].replace('.', ''))}"


def _before_era(match: re.Match[str]) -> str:
    count = int(match[1])
    return f"{year(count) if 1000 < count < 2100 else spelled(count)} to "


def _medieval(match: re.Match[str]) -> str:
    """1066, which is a year less surely than 1166."""
    before = match.string[max(0, match.start() - 16) : match.start()]
    counted = _COUNTED.match(match.string, match.end(), match.end() + 40)
    if counted or not _SURELY.search(before) or before.rstrip().endswith(("-", "–", "—")):
        return match[0]
    return year(int(match[0]))


_ERAS = r"(?:BCE|CE|BC|AD|B\.C\.?(?:E\.?)?|A\.D\.?)"
RULES = (
    rule(r"(?<=\d\ds)[ ]?[-–—][ ]?(?=\d\d)", " to "),
    rule(rf"(?<=\d)( ?{_ERAS})[ ]?[-–—][ ]?(?=\d|AD \d|A\.D)", r"\1 to "),
    rule(rf"{LEFT}(\d{{1,5}})[ ]?[-–—][ ]?(?=\d{{1,5}} ?{_ERAS})", _before_era),
    rule(rf"{LEFT}({_YEAR}|1000|10\d\d)[’']?s\b", _decades),
    rule(r"(?<!\w)[’'‘]?([2-9]0)[’']?s\b", lambda m: _decade(int(m[1]))),
    rule(rf"{LEFT}(\d{{1,3}}(?:,\d{{3}})|\d{{1,5}}) ?(BCE|CE|BC|AD|B\.C\.E?|A\.D)\b", _era),
    rule(r"\bA\.?D\.? (\d{1,4})\b", lambda m: f"A.D {year(int(m[1])) if len(m[1]) == 4 else spelled(int(m[1]))}"),
    rule(
        rf"{LEFT}(10[1-9]\d)[ ]?[-–—][ ]?(1\d\d\d)(?![\w/-]|[.,]\d)(?!{_COUNTED.pattern})",
        lambda m: f"{year(int(m[1]))} to {year(int(m[2]))}",
    ),
    rule(
        rf"{LEFT}(8[5-9]\d|9\d\d)[ ]?[-–—][ ]?(10\d\d|11[0-4]\d)(?![\w/-]|[.,]\d)(?!{_COUNTED.pattern})",
        lambda m: f"{spelled(int(m[1]))} to {year(int(m[2]))}",
    ),
    rule(
        rf"(?i)\b(from|between) (10[1-9]\d) (to|until|and) (1\d\d\d)\b(?![,.:]\d)(?!{_COUNTED.pattern})",
        lambda m: f"{m[1]} {year(int(m[2]))} {m[3]} {year(int(m[4]))}",
    ),
    rule(rf"{LEFT}({_YEAR})[ ]?[-–—/][ ]?({_YEAR}|\d\d)(?![\w/-]|[.,]\d)", _span),
    rule(rf"{LEFT}({_YEAR})[ ]?[-–—][ ]?(?=present\b|today\b|now\b)", lambda m: f"{year(int(m[1]))} to "),
    rule(r"(?i)(?<=\b(?:in|by|of) )10[1-9]\d(?![\w/]|[.,:]\d|-\d)", lambda m: year(int(m[0]))),
    rule(rf"{LEFT}(?<![$£€¥#])10[1-9]\d(?![\w/]|[.,:]\d|-\d)", _medieval),
    rule(r"(?<!\w)['’‘](\d\d)\b(?!['’])", lambda m: year(1900 + int(m[1])).removeprefix("nineteen ")),
    rule(rf"{LEFT}(?<![$£€¥#]){_YEAR}(?![\w/]|[.,:]\d|-\d)", _bare),
)
