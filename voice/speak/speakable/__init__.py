"""Written text -> text that every synthesizer says alike: words instead of markup, digits and symbols.

What a voice makes of "Louis XIV", "$3.5 million" or "(1809–1882)" differs from engine to engine; words do not.
num2words spells the numbers of some fifty languages; dates, units and names are a table of rules per language.
NeMo's grammars cover more of English, and bring pynini, transformers and pandas with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.speak.speakable.cleaning import clean, tidy
from voice.speak.speakable.elsewhere import spoken_elsewhere
from voice.speak.speakable.english import american, british
from voice.speak.speakable.markup import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_RULES: dict[str, Callable[[str], str]] = {"en": american, "en-gb": british, "en-au": british, "en-nz": british}


def register(language: str, rules: Callable[[str], str]) -> None:
    """Say a language by rules of its own from now on.

    language: ISO 639-1 code ("de"), or one with a region ("de-AT"), which wins over the bare one.
    rules: plain text without markup in, spoken text out; paragraphs are separated by an empty line.
    """
    _RULES[language.lower()] = rules


def speakable(text: str, language: str = "en") -> str:
    """What a person would say who reads the text aloud. The written text stays as it is.

    text: plain or Markdown, with remains of HTML or SSML; anything else is data and is read or dropped.
    language: ISO 639-1 code, with a region ("en-GB") where it matters: 3/4/2020 is March 4th in "en", 3 April there.
        A language without rules gets its markup removed and its numbers spelled.

    Returns words and punctuation, paragraphs separated by an empty line; empty when nothing can be said. Said once,
    it says the same: plain prose comes back as it is. Takes time in proportion to the length of the text.
    """
    code = language.lower().replace("_", "-")
    english = code.startswith("en")
    prose = plain(clean(text), code_left_out="The code is in the written answer." if english else "")
    rules = _RULES.get(code) or _RULES.get(code.partition("-")[0])
    return tidy(rules(prose) if rules else spoken_elsewhere(prose, code.partition("-")[0]))
