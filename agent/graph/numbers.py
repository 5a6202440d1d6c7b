"""Numbers written so that a language model sees their size: Triadic Suffix Tokenization (arXiv 2604.11582).

Digits stand in groups of three, each integer group with the letter of its magnitude and each group of the fraction with
as many p as it is deep: 1234567.8912 becomes 1m234k567.891p2pp. Years, dates and whatever else has no more than four
digits stay as they are.
"""

from __future__ import annotations

import re

# Thousands, millions, billions, trillions, and on by powers of a thousand: quadrillions (q) to octillions (o).
_MARKERS = ("", "k", "m", "b", "t", "q", "Q", "s", "S", "o")
_DEEPEST = 6
# No part of a date, a version, an address or a name: nothing but the number's own signs touches it.
_NUMBER = re.compile(
    r"(?<![\w.,:/#-])(?:(?P<grouped>\d{1,3}(?:,\d{3})+)|(?P<bare>\d+))(?:\.(?P<fraction>\d+))?(?![\w:/-]|[.,]\d)"
)
_LEFT_ALONE = 4
_GROUP = r"(?:\d{3})"
_ANNOTATED = re.compile(
    rf"(?<![\w.,:/#-])(?P<whole>\d{{1,3}}(?:[{''.join(_MARKERS)}],?{_GROUP})*)"
    rf"(?P<fraction>\.\d{{3}}p(?:{_GROUP}p+)*(?:\d{{1,3}}p+)?|\.\d{{1,3}}p)?(?![\w:/-]|[.,]\d)"
)
_LETTER = re.compile(r"[A-Za-z]")


def annotated(text: str) -> str:
    """The text with the size of its numbers marked."""
    return _NUMBER.sub(lambda match: _marked(match["grouped"], match["bare"], match["fraction"]) or match[0], text)


def unannotated(text: str) -> str:
    """The text as it was: what `annotated` wrote, and no other letters, is taken out again."""

    def bare(match: re.Match[str]) -> str:
        number = _LETTER.sub("", match[0])
        # Only what `annotated` would write like this: 5k000 and 3m4 are somebody's own.
        return number if annotated(number) == match[0] else match[0]

    return _ANNOTATED.sub(bare, text)


def _marked(grouped: str | None, bare: str | None, fraction: str | None) -> str:
    """The number with its markers; "" for one that is left alone."""
    groups = grouped.split(",") if grouped else _in_threes(bare or "")
    if len(groups) > len(_MARKERS) or len(fraction or "") > 3 * _DEEPEST:
        return ""
    if bare and len(bare) <= _LEFT_ALONE and not fraction:
        return ""
    markers = [_MARKERS[len(groups) - 1 - place] for place in range(len(groups))]
    whole = ("," if grouped else "").join(f"{group}{marker}" for group, marker in zip(groups, markers, strict=True))
    parts = [(fraction or "")[start : start + 3] for start in range(0, len(fraction or ""), 3)]
    deep = "".join(f"{part}{'p' * depth}" for depth, part in enumerate(parts, 1))
    return f"{whole}.{deep}" if deep else whole


def _in_threes(digits: str) -> list[str]:
    head = len(digits) % 3
    return [part for part in (digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))) if part]
