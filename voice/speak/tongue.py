"""Which language a text is in, where its script or its small words tell it plainly."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from voice.speak.text import language_code

# The commonest language of a script first: that is what an unknown voice is asked for.
_SCRIPTS = {
    "ARABIC": ("ar", "fa", "ur"),
    "CJK": ("zh", "ja"),
    "CYRILLIC": ("ru", "uk", "bg", "be", "sr", "mk"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "GREEK": ("el",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
}
# A sentence has one of these; names and titles inside an English sentence hardly ever do. None is an English word.
_VERBS = {
    "de": "ist sind waren wurde wurden wird werden haben heißt liegt",
    "en": "is are was were be been has have had",
    "es": "es fue fueron está están eran tiene",
    "fr": "est sont était étaient fut été ont",
    "it": "è sono fu stato stata furono hanno",
    "nl": "zijn werd werden wordt worden heeft hebben ligt",
    "pt": "é são foi foram está estão tem",
}
# What names hold as well ("Los Angeles de la Cruz"), and what tells close relatives apart.
_OTHERS = {
    "de": "der die das den dem des ein eine einer einem im in von vom zu zum zur mit auf für an am aus nach bei und"
    " oder nicht kein auch als dass aber es ich er sie wir sich war hat",
    "en": "the a an of to in on by with for from at as into this and or not that which who it its he she his her they",
    "es": "el la los las de del al en por para y no que con pero se su como muy cuando una un era ha",
    "fr": "le la les des de du au aux en pour et ou ne pas que qui il elle une un ce cette dans avec mais a sur par",
    "it": "il lo la gli le di del della dei da dal in per a e non che con ma ha si una un nel nella anche questo era",
    "nl": "de van in op te met voor aan uit door en of niet geen dat die zich ook maar het een hij zij is was",
    "pt": "o a os as de do da dos das ao para pelo pela e ou não que com mas um uma no na em se sua seu como por era",
}
_WORDS = {code: frozenset(f"{words} {_OTHERS[code]}".split()) for code, words in _VERBS.items()}
_PASSED_OVER = re.compile(
    r"\"[^\"]*\"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|\*[^*]+\*|(?<!\w)'[^']*'(?!\w)|\best\.(?!$)", re.IGNORECASE
)
_NAMES = dict(
    pair.split(":")
    for pair in "ar:Arabic de:German el:Greek en:English es:Spanish fa:Persian fr:French he:Hebrew hi:Hindi it:Italian"
    " ja:Japanese ko:Korean nl:Dutch pt:Portuguese ru:Russian uk:Ukrainian zh:Chinese".split()
)
_LEAST = 4
"""Words of a Latin text below which it may be a name or a title."""
_SMALL = 3
"""Small words below which nothing is plain."""


def in_words(language: str) -> str:
    """ "German" for "de" or "de-at"; a code that is not known here stays as it is."""
    return _NAMES.get(_code(language), language)


def speaks(languages: Sequence[str], language: str) -> bool:
    """Whether one of a voice's languages ("en-us", "de") is this one, an ISO 639-1 code."""
    return language in map(_code, languages)


def foreign(text: str, languages: Sequence[str]) -> str:
    """ISO 639-1 code of the language of a text, where that is none of these languages ("en-us", "de"); else "".

    "" also where the text does not tell plainly, or no languages are given.
    """
    spoken = {_code(language) for language in languages}
    possible = _possible(text)
    return possible[0] if spoken and possible and spoken.isdisjoint(possible) else ""


def _code(language: str) -> str:
    return language_code(language).partition("-")[0]


def _possible(text: str) -> tuple[str, ...]:
    letters = [unicodedata.name(ch, "").partition(" ")[0] for ch in text if ch.isalpha()]
    if not letters:
        return ()
    scripts = Counter(letters)
    if kana := scripts["HIRAGANA"] + scripts["KATAKANA"]:
        scripts["HIRAGANA"], scripts["KATAKANA"] = kana + scripts["CJK"], 0  # Japanese mixes them
        scripts["CJK"] = 0
    script, count = scripts.most_common(1)[0]
    if script == "LATIN":
        return _latin(text)
    return _SCRIPTS.get(script, ()) if 2 * count > len(letters) else ()


def _latin(text: str) -> tuple[str, ...]:
    """A verb and two more small words, a lead over all others, and next to nothing English beside them."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", _PASSED_OVER.sub(" ", text)).lower())
    hits = {code: sum(word in known for word in words) for code, known in _WORDS.items()}
    best = max(hits, key=lambda code: hits[code])
    if len(words) < _LEAST or hits[best] < _SMALL or 4 * hits[best] < len(words):
        return ()
    if any(hits[best] <= other for code, other in hits.items() if code != best):
        return ()
    english = sum(word in _WORDS["en"] and word not in _WORDS[best] for word in words)
    sentence = not set(words).isdisjoint(_VERBS[best].split())
    return (best,) if sentence and (best == "en" or 5 * english <= hits[best]) else ()
