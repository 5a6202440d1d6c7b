"""What is announced of a hop, and when."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.session.progress import LONGEST_CLAUSE, Announcer, Detail, announcement, merged
from agent.types import Announced, Evidence, Hop, HopFinished, Passage, StateEntered
from voice.errors import SynthesisError
from voice.types import SpeechClip

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.types import ReasonerEvent


def hop(question: str, answer: str, cited: str = "Something else is written here.") -> Hop:
    return Hop(question, answer, (Evidence(Passage("1", "T", cited, "t.md"), cited),))


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who directed Jaws?", "Steven Spielberg", "Steven Spielberg directed Jaws."),
        ("Which river flows through Hanover?", "the Leine", "The Leine flows through Hanover."),
        ("Who was the wife of Robert Schumann?", "Clara Schumann", "The wife of Robert Schumann was Clara Schumann."),
        ("What is the capital of Peru?", "Lima.", "The capital of Peru is Lima."),
        ("Where was William Herschel born?", "Hanover", "William Herschel was born in Hanover."),
        ("In which city was Godard born?", "Paris", "Godard was born in Paris."),
        ("At which observatory was Pluto discovered?", "Lowell Observatory",
         "Pluto was discovered at Lowell Observatory."),
        ("When was the Garabit Viaduct built?", "1884", "The Garabit Viaduct was built in 1884."),
        ("When was Ada Lovelace born?", "10 December 1815", "Ada Lovelace was born on 10 December 1815."),
        ("When was Ada Lovelace born?", "in December", "Ada Lovelace was born in December."),
        ("On which river lies Lima?", "the Rimac", "Lima lies on the Rimac."),
        ("Who did Spielberg marry?", "Kate Capshaw", "Kate Capshaw."),
        ("Who is taller?", "Ann", "Ann."),
        ("Does it rain?", "yes", "yes."),
    ],
)  # fmt: skip
def test_a_full_announcement_is_a_clause_where_the_grammar_is_plain(question: str, answer: str, said: str) -> None:
    assert announcement(hop(question, answer), "full") == said


@pytest.mark.parametrize(
    ("cited", "said"),
    [
        ("Kate Capshaw married Steven Spielberg in 1991.", "Kate Capshaw married Steven Spielberg in 1991."),
        ("She, Kate Capshaw, married him.", "Kate Capshaw."),
        ("They married.", "Kate Capshaw."),
        ("He married Kate Capshaw.", "Kate Capshaw."),
        (f"Kate Capshaw {'very ' * 40}much.", "Kate Capshaw."),
    ],
)
def test_else_it_is_the_cited_sentence_if_that_stands_by_itself(cited: str, said: str) -> None:
    assert announcement(hop("Who did Spielberg marry?", "Kate Capshaw", cited), "full") == said


def test_brief_is_the_answer_and_off_is_nothing() -> None:
    assert announcement(hop("Who directed Jaws?", "Steven Spielberg"), "brief") == "Steven Spielberg."
    assert announcement(hop("Who directed Jaws?", "Steven Spielberg"), "off") == ""


@pytest.mark.parametrize("detail", ["brief", "full"])
def test_nothing_is_announced_that_was_not_found_or_is_too_long(detail: Detail) -> None:
    assert announcement(Hop("Who directed Jaws?", ""), detail) == ""
    assert announcement(Hop("Who directed Jaws?", "someone"), detail) == ""
    assert announcement(hop("Who directed Jaws?", "a" * (LONGEST_CLAUSE + 1)), detail) == ""


class Mouth:
    """Synthesizes when it is told to. `begun` keeps the texts."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open = 0
        self.may = asyncio.Event()
        self.error: Exception | None = None

    async def clips(self, text: str) -> AsyncGenerator[SpeechClip, None]:
        self.begun.append(text)
        self.open += 1
        try:
            await self.may.wait()
            if self.error:
                raise self.error
            yield SpeechClip(np.zeros(240, np.float32), 24_000, text)
        finally:
            self.open -= 1


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_newer_hop_replaces_one_that_has_not_begun() -> None:
    mouth, told = Mouth(), list[Announced]()
    announcer = Announcer(mouth.clips, "brief", told.append)
    announcer.finished(hop("Who?", "One"))
    await settled()
    for answer in ("Two", "Three"):
        announcer.finished(hop("Who?", answer))
    await settled()
    assert mouth.begun == ["One."], "one at a time"
    mouth.may.set()
    await settled()
    assert [one.text for one in told] == ["One.", "Three."]
    assert [clip.text for clip in told[0].clips] == ["One."]
    await announcer.stop()


async def test_what_is_not_made_when_the_answer_comes_is_dropped() -> None:
    mouth, told = Mouth(), list[Announced]()
    announcer = Announcer(mouth.clips, "brief", told.append)
    announcer.finished(hop("Who?", "One"))
    await settled()
    await announcer.stop()
    mouth.may.set()
    await settled()
    assert (told, mouth.open) == ([], 0)


async def test_a_voice_that_fails_costs_the_announcement_only() -> None:
    mouth, told = Mouth(), list[Announced]()
    mouth.error = SynthesisError("hoarse")
    mouth.may.set()
    announcer = Announcer(mouth.clips, "brief", told.append)
    announcer.finished(hop("Who?", "One"))
    await settled()
    mouth.error = None
    announcer.finished(hop("Who?", "Two"))
    await settled()
    assert [one.text for one in told] == ["Two."]
    await announcer.stop()


async def test_asides_come_while_the_walk_works_on_and_the_walk_waits_for_its_listener() -> None:
    asides: asyncio.Queue[ReasonerEvent | Announced | None] = asyncio.Queue()
    done, reached = hop("Who?", "One"), list[str]()
    go_on = asyncio.Event()

    async def walk() -> AsyncGenerator[ReasonerEvent, None]:
        yield HopFinished(done)
        reached.append("after the hop")
        await go_on.wait()
        yield StateEntered("judge")

    seen = list[object]()
    async with aclosing(merged(walk(), asides)) as events:
        async for event in events:
            seen.append(event)
            if isinstance(event, HopFinished):
                await settled()
                assert reached == [], "its event has not been dealt with"
                asides.put_nowait(Announced(done, "One.", ()))
            elif isinstance(event, Announced):
                await settled()
                assert reached == ["after the hop"]
                go_on.set()
    assert [type(event) for event in seen] == [HopFinished, Announced, StateEntered]


async def test_what_the_walk_raises_comes_through_and_closing_closes_the_walk() -> None:
    closed = list[bool]()

    async def walk(error: bool) -> AsyncGenerator[ReasonerEvent, None]:
        try:
            yield StateEntered("hear")
            if error:
                raise SynthesisError("hoarse")
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    with pytest.raises(SynthesisError):
        assert [event async for event in merged(walk(True), asyncio.Queue())]
    async with aclosing(merged(walk(False), asyncio.Queue())) as events:
        async for _ in events:
            break
    assert closed == [True, True]
