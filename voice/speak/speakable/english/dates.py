"""Dates and times of day."""

from __future__ import annotations

import re

from voice.speak.speakable.numbers import LEFT, ordinal, spelled, year
from voice.speak.speakable.rules import rule

_NAMES = "January February March April May June July August September October November December".split()
_SHORT = {name[:3].lower(): name for name in _NAMES}
MONTH = rf"(?:{'|'.join(_NAMES)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:1\d|20)\d\d"
OCLOCK = " o'clock"
_TH = r"(?:st|nd|rd|th)?"


def _month(name: str) -> str:
    return _SHORT[name[:3].lower()]


def _with_year(said: str, written: str | None) -> str:
    return f"{said} {year(int(written))}" if written else said


def _day_of(day: str, month: str, article: bool = True) -> str:
    return f"{'the ' if article else ''}{ordinal(int(day))} of {month}"


def _has_article(match: re.Match[str]) -> bool:
    return match.string[max(0, match.start() - 4) : match.start()].lower() == "the "


def _month_day(match: re.Match[str]) -> str:
    last = f" to {ordinal(int(match['b']))}" if match["b"] else ""
    return _with_year(f"{_month(match['month'])} {ordinal(int(match['a']))}{last}", match["year"])


def _day_month(match: re.Match[str]) -> str:
    article = not _has_article(match)
    if match["b"]:
        said = f"{'the ' if article else ''}{ordinal(int(match['a']))} to {_day_of(match['b'], _month(match['month']))}"
    else:
        said = _day_of(match["a"], _month(match["month"]), article)
    return _with_year(said, match["year"])


def _month_first(month: int, day: int, written: str) -> str:
    return f"{_NAMES[month - 1]} {ordinal(day)} {year(_full(written))}"


def _day_first(month: int, day: int, written: str) -> str:
    return f"the {ordinal(day)} of {_NAMES[month - 1]} {year(_full(written))}"


def _full(written: str) -> int:
    value = int(written)
    return value if len(written) > 2 else value + (1900 if value > 40 else 2000)


def _iso(match: re.Match[str], month_first: bool) -> str:
    tell = _month_first if month_first else _day_first
    return tell(int(match["m"]), int(match["d"]), match["y"]) + (" at " if match["t"] else "")


def _slashed(match: re.Match[str], month_first: bool) -> str:
    one, two, written = int(match[1]), int(match[3]), match[4]
    month, day = (one, two) if month_first else (two, one)
    if month > 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return (_month_first if month_first else _day_first)(month, day, written)


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["h"]), int(match["m"])
    if hour > 24 or minute > 59:
        return match[0]
    half = f" {match['half'].upper()}.M{_stop(match)}" if match["half"] else ""
    if not minute and not match["s"]:
        return f"{spelled(hour)}{half or OCLOCK}" if hour else "midnight"
    said = f"{spelled(hour)} {'oh ' if 0 < minute < 10 else ''}{spelled(minute)}"
    if match["s"]:
        said += f" and {spelled(int(match['s']))} second{'s' * (int(match['s']) != 1)}"
    return said + half


def _hour(match: re.Match[str]) -> str:
    return f"{spelled(int(match['h']))} {match['half'].upper()}.M{_stop(match)}"


def _verse(match: re.Match[str]) -> str:
    last = f" to {spelled(int(match[4]))}" if match[4] else ""
    return f"{match[1]} {spelled(int(match[2]))} verse{'s' * bool(last)} {spelled(int(match[3]))}{last}"


def _stop(match: re.Match[str]) -> str:
    """The full stop that ends both "p.m." and the sentence."""
    if not match[0].endswith("."):
        return ""
    rest = match.string[match.end() : match.end() + 3]
    return "." if not rest.strip() or rest.startswith("\n") or rest.lstrip()[:1].isupper() else ""


_ISO = (
    rf"(?<![\w/.-])(?P<y>{_YEAR})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?:(?P<t>[T ](?=\d\d:\d\d))|(?![\w-]|/\d))"
)
_SLASHED = r"(?<![\w/.])(\d{1,2})([/.])(\d{1,2})\2((?:1\d|20)\d\d|\d\d)(?![\w/]|\.\d)"
MONTH_FIRST = (rule(_ISO, lambda m: _iso(m, True)), rule(_SLASHED, lambda m: _slashed(m, m[2] == "/")))
DAY_FIRST = (rule(_ISO, lambda m: _iso(m, False)), rule(_SLASHED, lambda m: _slashed(m, False)))
_HALF = r"[ ]?(?P<half>[AaPp])(?:\.[ ]?[Mm]\.|[Mm]\b)"
_BOOKS = (
    "Psalms?|Genesis|Exodus|Leviticus|Deuteronomy|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Ezekiel|Matthew|Luke|John|Acts"
    "|Romans|Corinthians|Ephesians|Hebrews|Revelation|Quran|Qur'an"
)
RULES = (
    # Psalm 23:4, which is no time of day
    rule(rf"\b({_BOOKS}) (\d{{1,3}}):(\d{{1,3}})(?:[-–](\d{{1,3}}))?(?![\w:])", _verse),
    rule(rf"(?<=\d{{4}})[ ]?[-–—][ ]?(?=(?:{_DAY}{_TH} )?{MONTH} )|(?<=:\d\d)[ ]?[-–—][ ]?(?=\d{{1,2}}:\d\d)", " to "),
    rule(
        rf"\b(?P<month>{MONTH}) (?P<a>{_DAY}){_TH}(?:[ ]?[-–—][ ]?(?P<b>{_DAY}){_TH})?(?![\w:%]|[.,/]\d)"
        rf"(?:,? (?P<year>{_YEAR})(?![\w:]))?",
        _month_day,
    ),
    rule(
        rf"{LEFT}(?P<a>{_DAY}){_TH}(?:[ ]?[-–—][ ]?(?P<b>{_DAY}){_TH})? (?:of )?(?P<month>{MONTH})(?![\w])"
        rf"(?:,? (?P<year>{_YEAR})(?![\w:]))?",
        _day_month,
    ),
    rule(
        rf"\b(?P<month>{MONTH}),? (?:of )?(?P<year>{_YEAR})\b(?!,\d)",
        lambda m: f"{_month(m['month'])} {year(int(m['year']))}",
    ),
    rule(rf"{LEFT}(?P<h>\d{{1,2}}):(?P<m>\d\d)(?::(?P<s>[0-5]\d))?Z?(?![\d:])(?:{_HALF})?", _time),
    rule(rf"{LEFT}(?P<h>1[0-2]|[1-9])(?::00)?{_HALF}", _hour),
    rule(r"(?<=[a-z0-9] )\b([AaPp])\.[Mm]\.(?=\W|\Z)", lambda m: f"{m[1].upper()}.M{_stop(m)}"),
    rule(r"(?<=[AP]\.M)[ ]?[-–—][ ]?(?=[a-z])", " to "),
)
