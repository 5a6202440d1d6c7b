"""Languages without rules of their own: addresses shortened, numbers spelled by num2words."""

from __future__ import annotations

import re

from voice.speak.speakable.beginnings import applied_in_sentences
from voice.speak.speakable.cleaning import URL, host
from voice.speak.speakable.numbers import spelled
from voice.speak.speakable.rules import rule

_POINT_DECIMALS = frozenset("en ja ko zh th he hi bn te kn si".split())
_URL = rule(URL, lambda match: "".join(host(match[1])))
_DROPPED = rule(r"[\[\]{}<>^*_`#~©®™¶†‡•·|\\]", " ")


def spoken_elsewhere(text: str, language: str) -> str:
    """language: ISO 639-1 code. What num2words does not know stays in digits: most voices read them."""
    point, comma = (".", ",") if language in _POINT_DECIMALS else (",", ".")
    written = rule(
        rf"(?<![\w.,/:])(?<!\w[-−])[-−]?(?:\d{{1,3}}(?:{re.escape(comma)}\d{{3}})++(?!\d)|\d{{1,15}}+)"
        rf"(?:{re.escape(point)}\d{{1,9}}+)?(?![\w]|[.,:/-]\d)",
        lambda match: _number(match[0].replace(comma, "").replace(point, ".").replace("−", "-"), language) or match[0],
    )
    return applied_in_sentences((_URL, written, _DROPPED), text)


def _number(written: str, language: str) -> str:
    try:
        if "." not in written:
            return spelled(int(written), "cardinal", language)
        from num2words import num2words

        return str(num2words(written, lang=language))
    except (NotImplementedError, OverflowError, ValueError, KeyError, TypeError, IndexError):
        return ""
