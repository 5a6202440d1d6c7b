"""What every engine asks of a sentence before it speaks it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

LONGEST = 400
"""Characters an engine is handed at once: about 25 s of speech, so that no text decides how much memory is taken."""

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Greek letters and ª º stand in formulas and ordinals of every language.
_EVERYWHERE = ("LATIN", "GREEK", "MICRO", "FEMININE", "MASCULINE", "MODIFIER")
_LATIN = "af ca cs cy da de en es et eu fi fr ga hr hu id is it lt lv ms nb nl nn no pl pt ro sk sl sq sv sw tr vi"
_OTHERS = {
    "ARABIC": "ar fa ur",
    "ARMENIAN": "hy",
    "CYRILLIC": "be bg mk ru sr uk",
    "DEVANAGARI": "hi mr ne",
    "GEORGIAN": "ka",
    "HANGUL": "ko",
    "HEBREW": "he",
    "THAI": "th",
}
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "el": _EVERYWHERE,
    **dict.fromkeys(_LATIN.split(), _EVERYWHERE),
    **{language: (script, *_EVERYWHERE) for script, each in _OTHERS.items() for language in each.split()},
}
_RENAMED = {"cmn": "zh", "yue": "zh", "nb": "no"}
"""What espeak-ng calls languages that the rest of hark knows by ISO 639-1."""
_PAUSES = (".!?…。！？", ";:；：", ",，、")


def language_code(engine: str) -> str:
    """The code of a language that espeak-ng calls "cmn" or "en-gb-x-rp": ISO 639-1, with its region ("zh", "en-gb").

    What has no such code stays as it is.
    """
    language, *rest = engine.lower().replace("_", "-").split("-")
    region = next((part for part in rest[:1] if len(part) == 2), "")
    return "-".join(part for part in (_RENAMED.get(language, language), region) if part)


def has_words(text: str) -> bool:
    """Whether there is anything to say: a letter or a digit of any script."""
    return any(ch.isalnum() for ch in text)


def plain(text: str) -> str:
    """The text on one line, without control, format (bidi, zero-width), surrogate and unassigned characters.

    Doubled square brackets, which espeak-ng and Piper take for the beginning of phoneme notation, are parted.
    """
    blanks = "".join(" " if ch.isspace() else ch for ch in text)
    line = " ".join("".join(ch for ch in blanks if unicodedata.category(ch) not in _DROPPED).split())
    return line.replace("[", "[ ").replace("]", " ]") if "[[" in line else line


def reads(language: str, text: str) -> bool:
    """Whether a voice of this language ("en-us", "de") can be expected to read the text.

    False when most letters are of scripts that the language is not written in: engines then name or skip each of them.
    Languages that are not known here read everything.
    """
    scripts = _SCRIPTS.get(language.lower().replace("_", "-").partition("-")[0])
    if scripts is None:
        return True
    letters = [ch for ch in text if ch.isalpha() and not ch.isascii()]
    foreign = sum(1 for ch in letters if not unicodedata.name(ch, "").startswith(scripts))
    return 2 * foreign <= sum(1 for ch in text if ch.isalpha())


def pieces(text: str, longest: int = LONGEST) -> Iterator[str]:
    """The plain text in pieces of at most `longest` characters that hold words, cut where a speaker would breathe.

    Later cuts are preferred at the ends of sentences, then of clauses, then of words. Linear in the length of the text.
    """
    rest = plain(text)
    start = 0
    while start < len(rest):
        end = len(rest) if len(rest) - start <= longest else _cut(rest, start, start + longest)
        if has_words(piece := rest[start:end].strip()):
            yield piece
        start = end


def _cut(text: str, start: int, limit: int) -> int:
    for marks in _PAUSES:
        # not in the first half: many crumbs sound worse than one cut between two words
        for at in range(limit - 1, start + (limit - start) // 2, -1):
            if text[at] in marks and (at + 1 == len(text) or text[at + 1] == " " or not text[at].isascii()):
                return at + 1
    blank = text.rfind(" ", start + 1, limit)
    return blank + 1 if blank > start else limit
