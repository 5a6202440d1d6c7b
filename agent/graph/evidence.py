"""From passages to the few sentences worth a prompt's space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.checks import content_words, stem
from agent.graph.toolbox import quoted
from agent.retrieval.sentences import sentences
from agent.types import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.types import Passage


def pick(passages: Sequence[Passage], query: str, limit: int, known: Sequence[Evidence] = ()) -> tuple[Evidence, ...]:
    """The sentences nearest to the query, in the order of their passages; those already known are left out.

    A sentence counts the query's words it holds; the words of its title count half, and a better passage wins a tie.
    The two best passages keep their opening sentence, which mostly says what the passage is about.
    """
    wanted = {stem(word) for word in content_words(query)}
    seen = {(evidence.passage.id, evidence.sentence) for evidence in known}
    scored: list[tuple[float, int, int, Evidence]] = []
    for rank, passage in enumerate(passages):
        in_title = {stem(word) for word in content_words(passage.title)} & wanted
        for place, sentence in enumerate(sentences(passage.text)):
            if (passage.id, sentence) in seen:
                continue
            hits = {stem(word) for word in content_words(sentence)} & wanted
            opening = 0.5 if place == 0 and rank < 2 else 0.0
            score = len(hits) + 0.5 * len(in_title - hits) + opening - 0.1 * rank
            scored.append((score, rank, place, Evidence(passage, sentence)))
    best = sorted(scored, key=lambda row: -row[0])[:limit]
    return tuple(row[3] for row in sorted(best, key=lambda row: row[1:3]))


def listing(evidence: Sequence[Evidence], shown: Sequence[Evidence]) -> str:
    """Lines for the prompt, each with its number: its place among all sentences shown, from 1."""
    lines = (f"[{shown.index(item) + 1}] {quoted(item.passage.title)}: {quoted(item.sentence)}" for item in evidence)
    return "Sentences:\n" + "\n".join(lines)
