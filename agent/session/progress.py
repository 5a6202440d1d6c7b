"""Spoken progress: finished hops are announced in a short clause while the machine works on.

An announcement makes way for the answer: what is not synthesized when the answer is there is dropped, at the speaker by
agent.session.talking; and a voice that speaks one sentence at a time announces nothing. One delay is left that hark
does not see: a server that serves one request at a time first ends the one that was given up.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from agent.types import Announced
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from agent.types import Hop, ReasonerEvent
    from voice.types import SpeechClip

_log = logging.getLogger(__name__)

Detail = Literal["off", "brief", "full"]
LONGEST_CLAUSE = 120
"""Characters: about eight seconds of speech. A longer announcement would still be talking when the answer comes."""

_BE = "is|was|are|were"
_IS = re.compile(rf"(?:Who|What|Which [\w’'-]+) ({_BE}) ((?:the|a|an) .+)\?", re.IGNORECASE)
_PLACED = re.compile(
    rf"(?:Where|When|(In|On|At) (?:which|what) (?:\w+ )?\w+) ({_BE}) (.+) (born|built|founded|opened|completed|located|"
    r"published|written|made|discovered|buried|invented|held|established|filmed|set)\?",
    re.IGNORECASE,
)
_LIES = re.compile(r"(On|In) (?:which|what) (?:\w+ )?\w+ (lies|stands|flows) (.+)\?", re.IGNORECASE)
_DOES = re.compile(
    r"(?:Who|(?:Which|What) [\w’'-]+) ((?!(?:is|was|are|were|did|does|do|has|had|have|can)\b)[a-z]+ .+)\?"
)
_YEAR = re.compile(r"(?:\w+ )?\d{3,4}(?: BC)?")
_POINTS_BACK = re.compile(r"(?:It|He|She|They|This|That|These|Those|His|Her|Its|Their|However|But|And)\b")
_PREPOSITION = re.compile(r"(?:in|on|at|near|around|about|by|during|between|from)\b", re.IGNORECASE)


def announcement(hop: Hop, detail: Detail) -> str:
    """What is said when a hop is done: nothing for one that found nothing, or whose answer is no short phrase.

    brief: the answer. full: a clause of sub-question and answer where they fit together by a few sure patterns, else
    the cited sentence if it is short and stands by itself, else the answer.
    """
    if detail == "off" or not hop.found or len(hop.answer) > LONGEST_CLAUSE:
        return ""
    if detail == "full":
        told = _clause(" ".join(hop.sub_question.split()), hop.answer)
        if told and len(told) <= LONGEST_CLAUSE:
            return told
        cited = hop.evidence[0].sentence
        if len(cited) <= LONGEST_CLAUSE and hop.answer.lower() in cited.lower() and not _POINTS_BACK.match(cited):
            return cited
    return f"{hop.answer.rstrip('.')}."


def _clause(question: str, answer: str) -> str:
    """Question and answer as one sentence; empty where their grammar is not plain."""
    answer = answer.rstrip(".")
    if match := _PLACED.fullmatch(question):
        preposition, be, subject, done = match.groups()
        if _PREPOSITION.match(answer):
            where = answer
        elif preposition:
            where = f"{preposition.lower()} {answer}"
        elif question.lower().startswith("where") or _YEAR.fullmatch(answer):
            where = f"in {answer}"
        else:
            where = f"on {answer}"
        return f"{_capital(subject)} {be} {done} {where}."
    if match := _LIES.fullmatch(question):
        return f"{_capital(match[3])} {match[2]} {match[1].lower()} {answer}."
    if match := _IS.fullmatch(question):
        return f"{_capital(match[2])} {match[1]} {answer}."
    if match := _DOES.fullmatch(question):
        return f"{_capital(answer)} {match[1]}."
    return ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Announcer:
    """Synthesizes announcements beside the walk, one at a time; a newer hop replaces one that has not begun.

    clips: synthesizes a text off the event loop. tell: takes each announcement when its sound is whole.
    """

    def __init__(
        self,
        clips: Callable[[str], AsyncGenerator[SpeechClip, None]],
        detail: Detail,
        tell: Callable[[Announced], None],
    ) -> None:
        self._clips = clips
        self._detail = detail
        self._tell = tell
        self._next: Hop | None = None
        self._task: asyncio.Task[None] | None = None

    def finished(self, hop: Hop) -> None:
        """A hop is done; returns at once."""
        if not announcement(hop, self._detail):
            return
        self._next = hop
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """The answer is there: what is not announced by now will not be."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while hop := self._next:
            self._next = None
            text = announcement(hop, self._detail)
            try:
                async with aclosing(self._clips(text)) as clips:
                    made = tuple([clip async for clip in clips])
            except VoiceError as error:
                # The answer will meet the same trouble, and tell it.
                _log.info("not announced: %s", error)
                continue
            if made:
                self._tell(Announced(hop, text, made))


async def merged(
    walk: AsyncGenerator[ReasonerEvent, None], asides: asyncio.Queue[ReasonerEvent | Announced | None]
) -> AsyncGenerator[ReasonerEvent | Announced, None]:
    """The events of a walk, and between them what is put into `asides` while the walk works on.

    The walk goes on when its event has been dealt with, as if it were iterated alone. Raises what the walk raises.
    """
    taken = asyncio.Event()

    async def pump() -> None:
        try:
            async with aclosing(walk):
                async for event in walk:
                    taken.clear()
                    asides.put_nowait(event)
                    await taken.wait()
        finally:
            asides.put_nowait(None)

    task = asyncio.create_task(pump())
    try:
        while (event := await asides.get()) is not None:
            yield event
            if not isinstance(event, Announced):
                taken.set()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
