"""The session with a fake ear, a fake voice and a scripted model."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from agent.errors import LLMUnavailable
from agent.graph.build import FsmReasoner
from agent.llm.scripted import Rule, ScriptedLLM
from agent.session.session import Session
from agent.session.tongues import Tongues
from agent.types import (
    Announced,
    Answer,
    Answered,
    ClarifyAsked,
    Evidence,
    Heard,
    Hop,
    HopFinished,
    Passage,
    Question,
    QuestionChosen,
    SessionEvent,
    Spoken,
    StateEntered,
)
from tests.fakes.speech import FakeRecognizer, FakeSource, FakeSynthesizer, utterance
from tests.fakes.walks import plan, read, story, summary, toolbox
from voice.errors import AudioError, RecognitionError, SynthesisError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.ports import LLM, Clarifier
    from agent.types import ReasonerEvent
    from voice.ports import AudioSource
    from voice.types import Utterance

LIMA = "On which river lies Lima?"


class Parts:
    """A session's parts; `built` tells which were made, in order."""

    def __init__(
        self,
        llm: LLM | None = None,
        heard: Utterance | Exception | None = None,
        mute: Exception | None = None,
    ) -> None:
        self.llm = llm or ScriptedLLM([plan(LIMA), read("the Rimac")])
        self.recognizer = FakeRecognizer(heard or utterance(LIMA))
        self.synthesizer = FakeSynthesizer(mute)
        self.built: list[str] = []
        self.session = Session(
            FsmReasoner(toolbox(self.llm)), recognizer=self._ear, synthesizer=self._voice, close=self._close, n_best=4
        )

    def _ear(self) -> FakeRecognizer:
        self.built.append("ear")
        return self.recognizer

    def _voice(self) -> FakeSynthesizer:
        self.built.append("voice")
        return self.synthesizer

    async def _close(self) -> None:
        self.built.append("closed")


async def told(
    parts: Parts, question: str | AudioSource, *, speak: bool = False, clarifier: Clarifier | None = None
) -> list[SessionEvent]:
    async with parts.session as session, aclosing(session.events(question, speak=speak, clarifier=clarifier)) as events:
        return [event async for event in events]


async def test_a_recorded_question_is_heard_answered_and_spoken_in_this_order() -> None:
    parts = Parts()
    events = await told(parts, FakeSource(seconds=2.0), speak=True)
    kinds = [type(event) for event in events if not isinstance(event, StateEntered)]
    assert kinds[:2] == [Heard, QuestionChosen]
    assert kinds[-3:] == [Answered, Spoken, Spoken]
    assert kinds.index(HopFinished) < kinds.index(Spoken)
    assert kinds.count(Answered) == 1
    assert parts.recognizer.heard == [(32_000, 4)], "all the sound, and as many readings as were set"
    answered = events[-3]
    assert isinstance(answered, Answered)
    seconds = answered.answer.seconds
    assert next(iter(seconds)) == "listen"
    assert all(spent >= 0 for spent in seconds.values())
    assert "search" in seconds
    assert parts.built == ["ear", "voice", "closed"]


async def test_what_is_spoken_is_the_answers_text_sentence_by_sentence() -> None:
    events = await told(Parts(), LIMA, speak=True)
    said = [event.clip.text for event in events if isinstance(event, Spoken)]
    assert said == ["The answer is the Rimac.", "Lima lies on the river Rimac."]


async def test_a_typed_question_needs_no_ear_and_a_silent_answer_no_voice() -> None:
    parts = Parts()
    events = await told(parts, f"  {LIMA}\n")
    assert parts.built == ["closed"]
    chosen = next(event for event in events if isinstance(event, QuestionChosen))
    assert chosen.question.text == LIMA
    last = events[-1]
    assert isinstance(last, Answered)
    assert not {"listen", "speak"} & set(last.answer.seconds)


async def test_ear_and_voice_are_built_once() -> None:
    parts = Parts()
    async with parts.session as session:
        for _ in range(3):
            answer = await session.ask(FakeSource(), speak=True)
            assert answer.short == "the Rimac"
    assert parts.built == ["ear", "voice", "closed"]


async def test_silence_is_an_abstention_and_is_said() -> None:
    parts = Parts(heard=utterance())
    events = await told(parts, FakeSource(), speak=True)
    (answered,) = (event for event in events if isinstance(event, Answered))
    assert answered.answer.outcome == "abstained"
    assert parts.synthesizer.spoken == ["I did not hear a question."]


async def test_a_person_is_asked_which_reading_was_meant() -> None:
    async def person(text: str, readings: tuple[str, ...]) -> str:
        return "2"

    readings = ("When was the bridge in Lima built?", "When was the fridge in Lima built?")
    events = await told(Parts(heard=utterance(*readings)), FakeSource(), clarifier=person)
    assert [event.readings for event in events if isinstance(event, ClarifyAsked)] == [readings]
    assert [e.question.text for e in events if isinstance(e, QuestionChosen)] == [readings[1]]


async def test_closing_the_iterator_stops_the_walk() -> None:
    slow = [Rule(one.when, one.reply, delay=0.05) for one in (plan(LIMA), read("Rimac"), summary("Rimac"))]
    llm = ScriptedLLM(slow)
    parts = Parts(llm)
    async with parts.session as session:
        async with aclosing(session.events(LIMA, speak=True)) as events:
            async for event in events:
                if isinstance(event, QuestionChosen):
                    break
        asked = len(llm.requests)
        await asyncio.sleep(0.2)
        assert len(llm.requests) == asked <= 1
    assert parts.built == ["closed"]


async def test_closing_between_clips_stops_the_voice() -> None:
    parts = Parts()
    async with parts.session as session, aclosing(session.events(LIMA, speak=True)) as events:
        async for event in events:
            if isinstance(event, Spoken):
                break
    assert parts.synthesizer.spoken == ["The answer is the Rimac."]


class BrokenSource(FakeSource):
    """A source that cannot be read."""

    def chunks(self):  # type: ignore[no-untyped-def]
        """Raise."""
        raise AudioError("no sound file x.wav: check the name")


@pytest.mark.parametrize(
    ("parts", "question", "error"),
    [
        (Parts(heard=RecognitionError("deaf")), FakeSource(), RecognitionError),
        (Parts(), BrokenSource(), AudioError),
        (Parts(ScriptedLLM([Rule((), LLMUnavailable("gone"))])), LIMA, LLMUnavailable),
        (Parts(mute=SynthesisError("hoarse")), LIMA, SynthesisError),
    ],
    ids=["ear", "source", "model", "voice"],
)
async def test_errors_of_any_part_come_through(
    parts: Parts, question: str | AudioSource, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await told(parts, question, speak=True)
    assert parts.built[-1] == "closed", "what was opened is closed all the same"


async def test_a_broken_source_builds_no_ear() -> None:
    parts = Parts()
    with pytest.raises(AudioError):
        await told(parts, BrokenSource())
    assert parts.built == ["closed"]


@pytest.mark.parametrize("failing", [True, False])
async def test_warming_runs_beside_and_what_fails_in_it_waits_for_its_call(failing: bool) -> None:
    began = asyncio.Event()

    async def warm() -> None:
        began.set()
        if failing:
            raise LLMUnavailable("not yet")
        await asyncio.sleep(60)

    parts = Parts()
    session = Session(
        FsmReasoner(toolbox(parts.llm)), recognizer=parts._ear, synthesizer=parts._voice, warm=warm, close=parts._close
    )
    async with asyncio.timeout(5), session:
        assert (await session.ask(LIMA)).outcome == "answered"
        assert began.is_set()
    assert parts.built == ["closed"]


async def test_a_session_that_ends_closes_its_voice() -> None:
    parts = Parts()
    await told(parts, LIMA, speak=True)
    assert parts.synthesizer.closed


async def test_one_language_is_told_once_in_a_session_whatever_voice_it_takes() -> None:
    parts, other, lines = Parts(), FakeSynthesizer(), list[str]()
    session = Session(
        FsmReasoner(toolbox(parts.llm)),
        recognizer=parts._ear,
        synthesizer=parts._voice,
        tongues=Tongues(lambda _: other, lines.append),
    )
    german = "Die Hauptstadt von Peru ist Lima."
    async with session:
        said = [clip.text async for clip in session.say(german)]
        await session.use_voice(FakeSynthesizer)
        said += [clip.text async for clip in session.say(german)]
        assert not other.closed
    assert said == other.spoken == [german, german]
    assert len(lines) == 1
    assert other.closed


async def test_an_answer_that_nobody_waits_for_closes_its_stream() -> None:
    parts = Parts()
    async with parts.session as session:
        async with aclosing(session.events(LIMA, speak=True)) as events:
            async for event in events:
                if isinstance(event, Spoken):
                    assert parts.synthesizer.streams == 1
                    break
        for _ in range(100):
            await asyncio.sleep(0.01)
            if not parts.synthesizer.streams:
                break
        assert parts.synthesizer.streams == 0


async def test_what_is_written_stays_and_what_is_spoken_is_words() -> None:
    parts = Parts(story(plan(LIMA), read("**Rimac**")))
    events = await told(parts, LIMA, speak=True)
    (answered,) = (event for event in events if isinstance(event, Answered))
    assert answered.answer.text == "The answer is **Rimac**. Lima lies on the river Rimac."
    assert parts.synthesizer.spoken == ["The answer is Rimac.", "Lima lies on the river Rimac."]


class SlowReasoner:
    """Finishes a hop, and works on until it is told to go on."""

    name = "slow"

    def __init__(self, *answers: str) -> None:
        sentence = Evidence(Passage("1", "T", "It is so.", "t.md"), "It is so.")
        self.hops = [Hop("Who?", answer, (sentence,)) for answer in answers]
        self.go_on = asyncio.Event()

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner."""
        for hop in self.hops:
            yield HopFinished(hop)
            await self.go_on.wait()
            self.go_on.clear()
        yield StateEntered("summarise")
        yield Answered(Answer(question, "So it is.", "so", "answered", hops=tuple(self.hops)))


def thinking(reasoner: SlowReasoner, synthesizer: FakeSynthesizer) -> Session:
    return Session(reasoner, recognizer=lambda: FakeRecognizer(utterance()), synthesizer=lambda: synthesizer)


async def test_finished_hops_are_announced_before_the_answer_to_those_who_want_it() -> None:
    reasoner, synthesizer = SlowReasoner("One", "Two"), FakeSynthesizer()
    seen: list[SessionEvent] = []
    async with thinking(reasoner, synthesizer) as session:
        async for event in session.events("Who?", speak=True, announce=True):
            seen.append(event)
            if isinstance(event, Announced):
                reasoner.go_on.set()
    kinds = [HopFinished, Announced, HopFinished, Announced, StateEntered, Answered, Spoken]
    assert [type(event) for event in seen] == kinds
    assert [(one.hop, one.text) for one in seen if isinstance(one, Announced)] == [
        (reasoner.hops[0], "One."),
        (reasoner.hops[1], "Two."),
    ]
    assert synthesizer.spoken == ["One.", "Two.", "So it is."]


async def test_without_being_asked_nothing_is_announced() -> None:
    reasoner, synthesizer = SlowReasoner("One"), FakeSynthesizer()
    reasoner.go_on.set()
    async with thinking(reasoner, synthesizer) as session:
        await session.ask("Who?", speak=True)
    assert synthesizer.spoken == ["So it is."]


async def test_a_voice_that_fails_costs_announcements_but_no_answer() -> None:
    reasoner, synthesizer = SlowReasoner("One"), FakeSynthesizer(SynthesisError("hoarse"))
    reasoner.go_on.set()
    async with thinking(reasoner, synthesizer) as session:
        seen = [event async for event in session.events("Who?", announce=True)]
    assert [type(event) for event in seen] == [HopFinished, StateEntered, Answered]


async def test_the_voice_loads_while_the_answer_is_summed_up() -> None:
    parts = Parts()
    async with parts.session as session, aclosing(session.events(LIMA, speak=True)) as events:
        async for event in events:
            if isinstance(event, Answered):
                break
    assert parts.built == ["voice", "closed"], "before anything was to be spoken"
    assert parts.synthesizer.spoken == []


async def test_what_was_heard_already_is_answered_without_listening() -> None:
    parts = Parts()
    async with parts.session as session:
        events = [event async for event in session.events(Question("", utterance(LIMA).hypotheses))]
    answered = events[-1]
    assert isinstance(answered, Answered)
    assert answered.answer.short == "the Rimac"
    assert parts.built == ["closed"]


async def test_another_voice_speaks_from_then_on() -> None:
    parts = Parts()
    other = FakeSynthesizer()
    async with parts.session as session:
        assert [clip.text async for clip in session.say("One.")] == ["One."]
        await session.use_voice(lambda: other)
        assert parts.synthesizer.closed
        assert [clip.text async for clip in session.say("Two.")] == ["Two."]
    assert (parts.synthesizer.spoken, other.spoken) == (["One."], ["Two."])


async def test_in_doubt_nobody_asked() -> None:
    async with Parts().session as session:
        session.prepare("Who?")
        assert not await session.addressed(["Lima"], "")
