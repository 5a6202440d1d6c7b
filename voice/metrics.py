"""How far what was heard is from what was said: word, character, entity and oracle error rates.

All of them count the edits of a minimal alignment (jiwer) between texts brought to one form by Whisper's own
normaliser, and come as counts, so that a set's rate is the sum of its errors over the sum of its words and not a mean
of rates. Hits, substitutions, deletions and insertions are weighed alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Normaliser = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Errors:
    """Edits, and what they are counted against: words or characters of the reference. Add them up over a set."""

    count: int = 0
    length: int = 0

    @property
    def rate(self) -> float:
        """Edits per unit of the reference; insertions may lift it above 1. Infinite where nothing was said."""
        if self.length:
            return self.count / self.length
        return math.inf if self.count else 0.0

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.count + other.count, self.length + other.length)


def total(errors: Iterable[Errors]) -> Errors:
    """The sum over a set."""
    return sum(errors, Errors())


def normalise(text: str) -> str:
    """English as a word error rate compares it: Whisper's normaliser (Radford et al. 2022, appendix C).

    Lower case, no punctuation, accents, fillers ("uh") and bracketed remarks; numbers as digits ("nineteen
    eighty-four" is "1984"), contractions in full, Mr as mister, British spelling as American.
    """
    return " ".join(str(_whisper_normaliser()(text.replace("’", "'"))).split())


@cache
def _whisper_normaliser() -> Any:
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer()


def word_errors(reference: str, heard: str, *, normaliser: Normaliser = normalise) -> Errors:
    """Word errors (WER): substitutions, deletions and insertions against the words of the reference."""
    import jiwer

    said = normaliser(reference)
    found = jiwer.process_words(said, normaliser(heard))
    return Errors(found.substitutions + found.deletions + found.insertions, len(said.split()))


def character_errors(reference: str, heard: str, *, normaliser: Normaliser = normalise) -> Errors:
    """Character errors (CER), single blanks between words included."""
    import jiwer

    said = normaliser(reference)
    found = jiwer.process_characters(said, normaliser(heard))
    return Errors(found.substitutions + found.deletions + found.insertions, len(said))


def entity_errors(reference: str, heard: str, entities: Sequence[str], *, normaliser: Normaliser = normalise) -> Errors:
    """Word errors inside the names of the reference.

    entities: names as the reference spells them; each of their occurrences counts, one inside a longer one once.

    In the alignment of the whole sentence, an error counts when it substitutes or deletes a word of a name, or inserts
    words between two words of the same name. Words inserted beside a name are the sentence's errors and not the
    name's: "Bolan" heard as "bow lan" is one substitution in a name of one word.
    """
    import jiwer

    said = normaliser(reference)
    inside, joined = _places(said.split(), [normaliser(name).split() for name in entities])
    count = 0
    for chunk in jiwer.process_words(said, normaliser(heard)).alignments[0]:
        if chunk.type == "insert":
            count += (chunk.hyp_end_idx - chunk.hyp_start_idx) * (chunk.ref_start_idx in joined)
        elif chunk.type != "equal":
            count += len(inside.intersection(range(chunk.ref_start_idx, chunk.ref_end_idx)))
    return Errors(count, len(inside))


def _places(words: Sequence[str], names: Iterable[Sequence[str]]) -> tuple[set[int], set[int]]:
    """Positions of words in names; positions of those whose word before is in the same name."""
    inside: set[int] = set()
    joined: set[int] = set()
    for name in names:
        for start in range(len(words) - len(name) + 1):
            if name and list(words[start : start + len(name)]) == list(name):
                inside.update(range(start, start + len(name)))
                joined.update(range(start + 1, start + len(name)))
    return inside, joined


def oracle_errors(reference: str, readings: Sequence[str], *, normaliser: Normaliser = normalise) -> Errors:
    """Word errors of the best reading of an n-best list: what a perfect choice among them would leave.

    An empty list is a reading without words.
    """
    found = [word_errors(reference, reading, normaliser=normaliser) for reading in readings or [""]]
    return min(found, key=lambda errors: errors.count)
