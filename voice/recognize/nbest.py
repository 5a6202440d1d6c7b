"""N-best lists: readings that differ only in spelling are one, their probability added."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a recording, or a part of it.

    text: as its likeliest beam entry spells it.
    logprob: natural log of the probability mass of all beam entries that read so.
    parts: (first sample of the window, text token ids) of that spelling, in order.
    """

    text: str
    logprob: float
    parts: tuple[tuple[int, tuple[int, ...]], ...] = ()


def reading_key(text: str) -> str:
    """What two spellings of the same words share: no case, no punctuation, single blanks.

    Signs that are spoken (%, &, @, #), apostrophes inside words and separators inside numbers stay.
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    padded = f" {plain} "
    kept = (
        ch if not unicodedata.category(ch).startswith("P") or _is_spoken(padded[at], ch, padded[at + 2]) else " "
        for at, ch in enumerate(plain)
    )
    return " ".join("".join(kept).split())


def _is_spoken(before: str, mark: str, after: str) -> bool:
    if mark in "%&@#":
        return True
    if mark == "'":
        return before.isalpha() and after.isalpha()
    return mark in ".,:" and before.isdigit() and after.isdigit()


def merge(readings: Iterable[Reading]) -> list[Reading]:
    """Distinct readings, likeliest first. Readings without words are left out."""
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        if key := reading_key(reading.text):
            groups.setdefault(key, []).append(reading)
    merged = []
    for group in groups.values():
        best = max(group, key=lambda reading: reading.logprob)
        merged.append(Reading(best.text, log_sum(reading.logprob for reading in group), best.parts))
    return sorted(merged, key=lambda reading: -reading.logprob)


def combine(lists: Sequence[Sequence[Reading]], count: int) -> list[Reading]:
    """The `count` likeliest ways to read windows one after the other; windows without readings are passed over.

    Windows are taken as independent: the log-probability of a combination is the sum of its parts'.
    Keeping `count` after every window loses none of the `count` best of the whole.
    """
    joined: list[Reading] = []
    for readings in lists:
        if not readings:
            continue
        if not joined:
            joined = list(readings[:count])
            continue
        pairs = [
            Reading(f"{left.text} {right.text}", left.logprob + right.logprob, left.parts + right.parts)
            for left in joined
            for right in readings[:count]
        ]
        joined = merge(pairs)[:count]
    return joined


def posteriors(readings: Sequence[Reading]) -> list[float]:
    """Each reading's share of the list's mass; the shares sum to 1."""
    total = log_sum(reading.logprob for reading in readings)
    return [math.exp(reading.logprob - total) for reading in readings]


def log_sum(logprobs: Iterable[float]) -> float:
    """Natural log of the sum of probabilities given by their logs; minus infinity of nothing."""
    values = list(logprobs)
    top = max(values, default=-math.inf)
    if math.isinf(top):
        return top
    return top + math.log(sum(math.exp(value - top) for value in values))
