"""How far what was heard is from the written question, as counts: a set's rate is errors over words, not a mean."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.retrieval.entities import names_in
from voice import metrics as rates

if TYPE_CHECKING:
    from agent.evals.types import Gold, Record

_QUALIFIER = re.compile(r"\s*\([^()]*\)$")

RATES = {
    "wer": ("wer_errors", "wer_words"),
    "cer": ("cer_errors", "cer_chars"),
    "entity_wer": ("entity_errors", "entity_words"),
    "oracle_wer": ("oracle_errors", "oracle_words"),
    "asked_wer": ("asked_errors", "asked_words"),
}
"""Each rate with the counts that it is made of."""

_normalise = lru_cache(maxsize=256)(rates.normalise)


def hearing(record: Record) -> dict[str, float]:
    """Counts of a record's first reading, of its best one, and of the one the system took; with the rates of each.

    Nothing for a written question. A rate is left out where there is nothing to count against.
    """
    if not record.heard:
        return {}
    said, first = record.question, record.heard[0].text
    names = names_of(said, record.gold)
    counts = {
        "wer": rates.word_errors(said, first, normaliser=_normalise),
        "cer": rates.character_errors(said, first, normaliser=_normalise),
        "entity_wer": rates.entity_errors(said, first, names, normaliser=_normalise),
        "oracle_wer": rates.oracle_errors(said, [each.text for each in record.heard], normaliser=_normalise),
        "asked_wer": rates.word_errors(said, record.asked or first, normaliser=_normalise),
    }
    scores: dict[str, float] = {}
    for name, (errors, length) in RATES.items():
        if counts[name].length:
            scores |= {errors: counts[name].count, length: counts[name].length, name: counts[name].rate}
    return scores


def names_of(question: str, gold: Gold) -> list[str]:
    """Names in a question: its runs of capitals, and the supporting titles and answers that stand in it."""
    known = (_QUALIFIER.sub("", title) for title in (*gold.titles, *gold.answers))
    told = [name for name in known if name[:1].isupper() and name in question]
    return list(dict.fromkeys((*names_in(question), *told)))
