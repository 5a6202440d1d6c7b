"""The half of a conversation that hears: it follows what is said, and settles whether it was meant for hark."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agent.errors import AgentError
from agent.session.events import NotForMe
from agent.session.meant import Judgement, Verdict, judge, judge_words
from agent.session.phases import Phase
from agent.session.turns import Turn
from agent.types import Question
from voice.endpoint.completeness import completeness
from voice.errors import VoiceError
from voice.events import Endpoint, FinalHeard, PartialHeard, SpeechStarted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.session.answering import Answering
    from agent.session.events import Mode
    from agent.session.ports import Ears, Mind
    from agent.session.stage import Stage
    from voice.events import ListenEvent
    from voice.types import Partial, Utterance

_PATIENCE = 3.0
"""Seconds that a model may take to settle who was meant."""
_ENOUGH = 6
"""Words after which talk that was not meant for hark need not be waited out."""


class Settings(Protocol):
    """What may change while hark listens."""

    @property
    def mode(self) -> Mode: ...
    @property
    def language(self) -> str: ...
    @property
    def speculate(self) -> bool: ...


@dataclass(slots=True, eq=False)
class _Speech:
    """Something that is being said, or was and awaits its final reading. replaces: the turn it takes up again, or 0."""

    turn: int
    replaces: int = 0
    endpoint: Endpoint | None = None
    ended: float = 0.0
    text: str = ""
    cued: float | None = None
    stale: bool = False


class Listening:
    """Turns what the ears tell into turns.

    mind: what answers; asked who was meant where the words leave a doubt, and told what will probably be asked.
    finals: turns heard to their end so far.
    """

    def __init__(
        self, stage: Stage, answering: Answering, mind: Callable[[], Awaitable[Mind]], settings: Settings
    ) -> None:
        self._stage = stage
        self._answering = answering
        self._mind = mind
        self._settings = settings
        self._speech: _Speech | None = None
        self._latest: _Speech | None = None
        self._ended: deque[_Speech] = deque()
        self._prepared = ""
        self.finals = 0

    @property
    def speaking(self) -> bool:
        """Whether somebody is speaking now."""
        return self._speech is not None

    async def hear(self, ears: Ears) -> None:
        """Follow the ears to their end. Raises VoiceError."""
        try:
            async with aclosing(ears.events()) as events:
                async for event in events:
                    self.take(event)
        finally:
            self._speech = None

    def forget(self) -> None:
        """What is being said, or was and is not settled, is not wanted any more."""
        for speech in (self._speech, self._latest, *self._ended):
            if speech:
                speech.stale = True
        self._prepare("")

    def take(self, event: ListenEvent) -> None:
        """Take in what the ears tell."""
        match event:
            case SpeechStarted():
                self._started(event)
            case PartialHeard(partial):
                # One that comes after the endpoint was being computed before it.
                latest = self._speech or self._latest
                self._stage.tell(latest.turn if latest else 0, event)
                self._partial(partial)
            case Endpoint():
                self._endpoint(event)
            case FinalHeard():
                self._final(event)
            case _:
                self._stage.tell(0, event)

    def _started(self, event: SpeechStarted) -> None:
        before = self._latest if event.resumed else None
        speech = self._speech = self._latest = _Speech(self._stage.new_turn())
        self._stage.tell(speech.turn, event)
        if before:
            # What was not wanted before its end is not wanted with its end.
            speech.stale = before.stale
            self._supersede(before, speech)
        match self._stage.phase:
            case Phase.SPEAKING:
                self._stage.fire("pause")
            case Phase.THINKING:
                self._answering.quieten()
            case Phase.CLARIFYING:
                self._answering.stop_asking()
                self._stage.fire("listen")

    def _supersede(self, before: _Speech, speech: _Speech) -> None:
        """Speech goes on that an endpoint had cut off: what was begun with its first part is dropped."""
        before.stale = True
        under_way = self._answering.turn
        if self._answering.supersede(before.turn):
            speech.replaces = before.turn
        if self._stage.phase is Phase.TRANSCRIBING or (under_way and under_way.id == speech.replaces):
            self._stage.fire("reopen")

    def _partial(self, partial: Partial) -> None:
        # The last words often come when the end is decided already, and the final only later.
        speech = self._speech or (self._ended[-1] if self._ended else None)
        if speech is None or speech.stale:
            return
        speech.text = partial.text
        if self._stage.phase is Phase.PAUSED and speech is self._speech:
            verdict = self._judge_partial(speech).verdict
            if verdict in (Verdict.MEANT, Verdict.STOP):
                self._barge_in()
            elif verdict is Verdict.NOT_MEANT and len(speech.text.split()) >= _ENOUGH:
                self._stage.fire("resume")
        elif self._stage.phase in (Phase.LISTENING, Phase.TRANSCRIBING) and self._may_prepare:
            self._prepare(partial.text if self._likely(speech, partial) else "")

    @property
    def _may_prepare(self) -> bool:
        return self._settings.speculate and not self._answering.turn

    def _likely(self, speech: _Speech, partial: Partial) -> bool:
        """Whether the words will probably stay as they are, and are a question for hark."""
        whole = speech.endpoint or completeness(partial.text, self._settings.language) in ("complete", "possible")
        settled = bool(partial.committed) and not partial.tentative
        return bool(whole) and settled and self._judge_partial(speech).verdict is Verdict.MEANT

    def _prepare(self, question: str) -> None:
        if question != self._prepared:
            self._prepared = question
            self._stage.spawn(self._begin(question))

    async def _begin(self, question: str) -> None:
        # What is wrong with the mind is told by the question that needs it.
        with suppress(AgentError, VoiceError):
            mind = await self._mind()
            if question == self._prepared:
                mind.prepare(question)

    def _endpoint(self, event: Endpoint) -> None:
        speech, self._speech = self._speech, None
        self._stage.tell(speech.turn if speech else 0, event)
        if speech is None:
            return
        speech.endpoint, speech.ended = event, self._stage.now
        self._ended.append(speech)
        if self._stage.phase is Phase.LISTENING:
            self._stage.fire("endpoint")
            by_key = self._settings.mode == "push-to-talk"
            if not speech.stale and (by_key or self._judge_partial(speech).verdict is Verdict.MEANT):
                speech.cued = self._answering.cue(speech.turn)

    def _final(self, event: FinalHeard) -> None:
        self.finals += 1
        speech = self._speech_of(event)
        self._stage.tell(speech.turn if speech else 0, event)
        if speech is None:
            return
        if speech.stale:
            if not self._ended and self._stage.phase is Phase.TRANSCRIBING:
                self._stage.fire("dismiss")
            return
        judgement = self._judge(event.utterance)
        if judgement.verdict is Verdict.DOUBT:
            self._stage.spawn(self._settle(speech, event, judgement))
        else:
            self._settled(speech, event, judgement)

    def _speech_of(self, event: FinalHeard) -> _Speech | None:
        """Which speech a final belongs to: its sound ends where that was decided. Those before it will have none."""
        if not self._ended:
            return None
        end = event.start + event.utterance.duration
        nearest = min(self._ended, key=lambda each: abs(each.endpoint.decided - end) if each.endpoint else 0.0)
        while self._ended.popleft() is not nearest:
            pass
        return nearest

    async def _settle(self, speech: _Speech, event: FinalHeard, doubt: Judgement) -> None:
        """Have the model settle who was meant; without its word in time, nobody asked."""
        before = self._answering.last
        meant = False
        try:
            async with asyncio.timeout(_PATIENCE):
                mind = await self._mind()
                readings = [hypothesis.text for hypothesis in event.utterance.hypotheses]
                meant = await mind.addressed(readings, before.text if before else "")
        except (AgentError, VoiceError, TimeoutError):
            pass
        if not speech.stale:
            verdict = Verdict.MEANT if meant else Verdict.NOT_MEANT
            self._settled(speech, event, Judgement(verdict, doubt.reason))

    def _settled(self, speech: _Speech, event: FinalHeard, judgement: Judgement) -> None:
        match judgement.verdict:
            case Verdict.STOP:
                self._stop()
            case Verdict.MEANT:
                self._understood(speech, event)
            case _:
                if event.utterance.hypotheses:
                    self._stage.tell(speech.turn, NotForMe(event.utterance, judgement.reason))
                self._dismiss()

    def _dismiss(self) -> None:
        """Nothing follows from what was said."""
        self._prepare("")
        if self._stage.phase is Phase.PAUSED:
            if not self._speech:
                self._stage.fire("resume")
        elif self._stage.phase is Phase.TRANSCRIBING:
            self._stage.fire("dismiss")

    def _stop(self) -> None:
        if self._stage.phase in (Phase.SPEAKING, Phase.PAUSED):
            self._answering.hush("voice")
            self._stage.fire("stop")
        else:
            self._answering.drop()
            self._stage.fire("cancel")

    def _understood(self, speech: _Speech, event: FinalHeard) -> None:
        answering, stage = self._answering, self._stage
        self._prepared = ""
        if stage.phase in (Phase.SPEAKING, Phase.PAUSED):
            self._barge_in()
        if stage.phase is Phase.LISTENING:
            # Other speech had begun before this was settled.
            stage.fire("endpoint")
        active = stage.phase is Phase.TRANSCRIBING
        if active and speech.cued is None:
            speech.cued = answering.cue(speech.turn)
        if active and answering.asked:
            stage.fire("understood")
            answering.reply(event.utterance.text)
            return
        turn = Turn(
            speech.turn,
            Question("", event.utterance.hypotheses),
            "voice",
            speech.replaces,
            began=speech.ended,
            latency=event.latency,
            sounded=speech.cued,
        )
        if active:
            answering.start(turn, "understood")
        else:
            answering.submit(turn)

    def _barge_in(self) -> None:
        self._answering.hush("voice")
        self._stage.fire("barge_in")

    def _judge(self, utterance: Utterance) -> Judgement:
        awaited = self._settings.mode != "hands-free" or self._answering.asked is not None
        return judge(utterance, language=self._settings.language, awaited=awaited)

    def _judge_partial(self, speech: _Speech) -> Judgement:
        awaited = self._settings.mode != "hands-free" or self._answering.asked is not None
        return judge_words(speech.text, language=self._settings.language, awaited=awaited)
