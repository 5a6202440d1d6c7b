"""Characters that nobody can say, before the rules and after them."""

from __future__ import annotations

import re
import unicodedata

from voice.speak.speakable.rules import applied, rule

_LINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_THIN = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")  # 10 000
# Joiners shape words of Arabic and Indic scripts; elsewhere they glue emoji.
_JOINER = re.compile(r"(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])")
_KEPT_JOINERS = "\u200c\u200d"
_UNSAYABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SAYABLE_SYMBOLS = set("°©®™→←↔⇒≈≤≥√∞№℃℉¶§№")
_EMOJI_MARKS = re.compile(r"[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
# Brackets that are closed belong to the address: https://en.wikipedia.org/wiki/Jaws_(film)
URL = r"(?i)\b(?:https?|ftp)://((?:[^\s<>\"'()\]]|\([^\s<>\"'()\]]{0,200}+\)|\(){1,2000}+)"
_TIDY = (
    rule(r"[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]++", " "),
    rule(r"(?<=\S) (?=[,;:!?](?:\s|\Z))| (?=\.(?:\s|\Z))", ""),
    rule(r"(?m)^[ ,;:]++|(?<![.!?…]) ++$", ""),
    rule(r"[ ]?\([ ,;]*+\)", ""),
    rule(r"([,;:])(?:\s*+[,;:])++", r"\1"),
    rule(r"([!?])[!?]++", r"\1"),
    rule(r"(?<!\.)\.{2}(?!\.)", "."),
    rule(r"\.{4,}+", "..."),
    rule(r" *+\n *+", "\n"),
    rule(r"\n{2,}+", "\n\n"),
)


def clean(text: str) -> str:
    """Without control, zero-width and direction characters and without emoji; one kind of line break and of blank."""
    text = unicodedata.normalize("NFC", _LINES.sub("\n", text))
    text = text.translate(_SUBSCRIPTS)
    text = _EMOJI_MARKS.sub("", _JOINER.sub("", _THIN.sub(",", text)))
    return "".join(map(_kept, text))


def _kept(ch: str) -> str:
    if ch.isascii():
        return ch if ch >= " " and ch != "\x7f" else "\n" if ch == "\n" else " " if ch == "\t" else ""
    if ch in _KEPT_JOINERS:
        return ch
    category = unicodedata.category(ch)
    if category in _UNSAYABLE:
        return ""
    if category == "Zs":
        return " "
    if category == "So" and ch not in _SAYABLE_SYMBOLS:
        return " "
    return ch


def host(address: str) -> tuple[str, str]:
    """example.com/a?b=c. -> example.com and the mark that ends the sentence: the path is for the eyes.

    address: of a URL, without its scheme.
    """
    bare = address.rstrip(".,;:!?")
    name = re.split(r"[/?#]", bare, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return name.lower().removeprefix("www."), address[len(bare) :]


def tidy(text: str) -> str:
    """Blanks, doubled punctuation and empty brackets that the rules left behind put right."""
    return applied(_TIDY, text).strip()
