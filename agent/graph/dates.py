"""Dates in answers, as far as comparing them needs."""

from __future__ import annotations

import re
from typing import TypeAlias

Date: TypeAlias = tuple[int, int, int]
"""Year (below zero before Christ), month, day; 0 where the text does not say."""

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = rf"(?P<month>{'|'.join(month[:3] for month in _MONTHS)})[a-z]*\.?"
_DAY_FIRST = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?{_MONTH},? (?P<year>\d{{3,4}})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{3,4}})\b", re.IGNORECASE)
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")
# Whole words only: "the 19th century" and "the 1840s" are no years.
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w)")
_BEFORE_CHRIST = re.compile(r"\bB\.?C\b")

_DATE = r"(?:(?:c\. ?|born |died )?(?:\w+ \d{1,2}, |\d{1,2} \w+,? |\w+ )?\d{3,4})"
_LIFESPAN = re.compile(
    rf"^[^()]{{2,80}}\( ?(?:[^();]*; ?)?(?P<born>{_DATE})"
    # Where a dash was lost, as in some collections, one day follows the other: "25 March 180015 February 1889".
    rf"(?:(?:,? [^()\d–—]*)? ?[–—-] ?(?:[^()\d]*, )?|(?=\d{{1,2}} [A-Z]))(?P<died>{_DATE})[^()]*\)"
)
_BORN = re.compile(rf"^[^()]{{2,80}}\( ?(?:[^();]*; ?)?born:? (?P<born>{_DATE})[^()\d–—]*\)")
_YEAR_OF = re.compile(
    r"^[^.]{2,120}? (?:is|was) an? (?P<year>\d{4}) (?:[\w-]+ ){0,5}?"
    r"(?:film|movie|song|single|album|EP|game|series|musical)\b"
)
_RELEASED = re.compile(r"^When was (?P<n>.+) released\?$")
_BORN_OR_DIED = re.compile(r"^When (?:(?P<born>was (?P<n>.+) born)|did (?P<m>.+) die)\?$")


def date_in(text: str) -> Date | None:
    """The only date of a text; None where it has none or several."""
    sign = -1 if _BEFORE_CHRIST.search(text) else 1
    full = [match for form in (_MONTH_FIRST, _DAY_FIRST, _ISO) for match in form.finditer(text)]
    # The day of "March 12, 1931" is no month's day of a second date.
    found = {(sign * int(m["year"]), _month(m["month"]), int(m["day"] or 0)) for m in full}
    if found:
        return found.pop() if len(found) == 1 else None
    year = number_in(text)
    return (int(year), 0, 0) if year is not None and year == int(year) else None


def number_in(text: str) -> float | None:
    """The only number of a text; the year where a date holds one, below zero before Christ."""
    numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(text)]
    years = [number for number in numbers if 1000 <= number <= 2100]
    chosen = years if len(years) == 1 else numbers
    if len(chosen) != 1:
        return None
    return -chosen[0] if _BEFORE_CHRIST.search(text) else chosen[0]


def earlier(one: Date, other: Date) -> bool | None:
    """Whether one is before the other; None where what is known of them does not tell."""
    for left, right in zip(one, other, strict=True):
        if left != right:
            return left < right if left and right else None
    return None


def by_opening(question: str, sentence: str) -> str:
    """The date that a question asks for, from a sentence that opens a page by its dates; empty without one.

    Of birth and death: "Ada Lovelace (10 December 1815 - 27 November 1852) ...", "Ada Lovelace (born 10
    December 1815)"; of a film's or song's release: "Jaws is a 1975 American film".
    """
    if asked := _BORN_OR_DIED.match(question):
        name, span = asked["n"] or asked["m"], _LIFESPAN.match(sentence)
        if span is None and asked["born"]:
            span = _BORN.match(sentence)
        told = span["born" if asked["born"] else "died"].strip(" ,") if span else ""
    elif asked := _RELEASED.match(question):
        # A fuller date in it says more than the year.
        name, made = asked["n"], _YEAR_OF.match(sentence)
        told = made["year"] if made and not _MONTH_FIRST.search(sentence) and not _DAY_FIRST.search(sentence) else ""
    else:
        return ""
    return told if sentence.split()[0].casefold() == name.split()[0].casefold() else ""


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(text[:3].lower()))
