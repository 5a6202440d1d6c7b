"""From a query to the few sentences worth a prompt's space."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.graph.checks import content_words, goes_by, mentions, plain, stem, subjects
from agent.graph.quoting import LONGEST_SENTENCE, LONGEST_TITLE, quoted
from agent.graph.toolbox import SENTENCES
from agent.retrieval.entities import names_in
from agent.retrieval.sentences import sentences
from agent.types import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox
    from agent.types import Passage

# Names that the nearest sentences lead on to; each costs one retrieval.
_BRIDGES = 3


async def show(tools: Toolbox, walk: Walk, query: str, limit: int, *, again: bool = False) -> Walk:
    """Put the sentences nearest to the present step into the log.

    limit: passages retrieved for the query.
    again: also those that an earlier step was shown, under their old numbers: a small model looks at the last list.
    """
    passages = await tools.retriever.search(query, limit=limit)
    known = () if again else walk.shown
    return _shown(walk, pick(passages, walk.sub_question, tools.sentences, known, simple=True))


async def show_all(tools: Toolbox, walk: Walk, *, whole: bool = False) -> Walk:
    """Put the sentences nearest to the whole question into the log, and what the names in them lead on to.

    whole: all sentences of the passages retrieved for it.
    """
    question = walk.question.text
    passages = await tools.retriever.search(question, limit=tools.passages)
    nearest: Sequence[Evidence] = (
        [Evidence(one, sentence) for one in passages for sentence in sentences(one.text)]
        if whole
        else pick(passages, question, tools.sentences)
    )
    asked = plain(question)
    titles = {plain(item.passage.title) for item in nearest}
    names = dict.fromkeys(name for item in nearest for name in names_in(item.sentence))
    further: list[Passage] = []
    for name in [name for name in names if plain(name) not in asked and plain(name) not in titles]:
        # Only names that documents are about lead on; a look-up by exact spelling is quick.
        if len(further) < _BRIDGES and await tools.retriever.entities(name, limit=1, exact=True):
            found = await tools.retriever.search(name, limit=tools.passages)
            further += [one for one in found if goes_by(one.title, name)]
    return _shown(walk, (*nearest, *pick(further, question, len(further) + 1)), read_on=whole)


def _shown(walk: Walk, evidence: Sequence[Evidence], *, read_on: bool = False) -> Walk:
    if not evidence:
        return walk
    shown = (*walk.shown, *(item for item in evidence if item not in walk.shown))
    return replace(walk, shown=shown, log=(*walk.log, listing(evidence, shown, read_on=read_on)))


def pick(
    passages: Sequence[Passage], query: str, limit: int, known: Sequence[Evidence] = (), *, simple: bool = False
) -> tuple[Evidence, ...]:
    """The sentences nearest to the query, in the order of their passages; those already known are left out.

    simple: the query asks for one fact about its names. Where one of them has a passage of its own, other passages give
    only the sentences that speak of it, and those that follow them.

    A sentence counts the query's words it holds; the words of its title count half, and a better passage wins a tie.
    The two best passages keep their opening sentence, which mostly says what the passage is about.
    """
    names = subjects(query)
    passages = _about(passages, names)
    own = {one.id for one in passages if any(goes_by(one.title, name) for name in names)} if simple else set()
    wanted = {stem(word) for word in content_words(query)}
    seen = {(evidence.passage.id, evidence.sentence) for evidence in known}
    scored: list[tuple[float, int, int, Evidence]] = []
    for rank, passage in enumerate(passages):
        in_title = {stem(word) for word in content_words(passage.title)} & wanted
        lines = sentences(passage.text)
        for place, sentence in enumerate(lines):
            if (passage.id, sentence) in seen:
                continue
            nearby = " ".join(lines[max(0, place - 1) : place + 1])
            if own and passage.id not in own and not any(mentions(nearby, name) for name in names):
                continue
            hits = {stem(word) for word in content_words(sentence)} & wanted
            opening = 0.5 if place == 0 and rank < 2 else 0.0
            score = len(hits) + 0.5 * len(in_title - hits) + opening - 0.1 * rank
            scored.append((score, rank, place, Evidence(passage, sentence)))
    best = sorted(scored, key=lambda row: -row[0])[:limit]
    return tuple(row[3] for row in sorted(best, key=lambda row: row[1:3]))


def _about(passages: Sequence[Passage], names: Sequence[str]) -> list[Passage]:
    """The passages that speak of the names asked about, those entitled so first; all of them where none does.

    Others hold names and dates too, and a small model takes them.
    """
    speaking = [one for one in passages if any(mentions(f"{one.title} {one.text}", name) for name in names)]
    return sorted(speaking or passages, key=lambda one: not any(goes_by(one.title, name) for name in names))


def listing(evidence: Sequence[Evidence], shown: Sequence[Evidence], *, read_on: bool = False) -> str:
    """Lines for the prompt, each with its number: its place among all sentences shown, from 1.

    read_on: a passage that is read from one sentence to the next has its title before the first alone.
    """
    lines: list[str] = []
    before = ""
    for item in evidence:
        told = quoted(item.sentence, LONGEST_SENTENCE) if read_on and item.passage.id == before else line(item)
        lines.append(f"[{shown.index(item) + 1}] {told}")
        before = item.passage.id
    return SENTENCES + "\n".join(lines)


def line(item: Evidence) -> str:
    """A sentence under its title, for the prompt: a table or a log without full stops is cut, its citation is not."""
    return f"{quoted(item.passage.title, LONGEST_TITLE)}: {quoted(item.sentence, LONGEST_SENTENCE)}"
