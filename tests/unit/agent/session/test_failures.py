"""Parts that fail or are missing: each is told, and the conversation goes on."""

from __future__ import annotations

import asyncio

from agent.errors import LLMUnavailable
from agent.session.events import (
    Failed,
    Notice,
    NotReady,
    Ready,
    Said,
)
from tests.fakes.conversing import FILM, RIVER, FakeWorkshop, scene
from tests.fakes.virtual_time import play
from voice.errors import AudioError, ModelMissing, RecognitionError, SynthesisError
from voice.events import SpeakerFound, SpeakerLost


def test_a_failing_reasoner_is_told_and_the_next_question_answered() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.error = LLMUnavailable("the model is gone: run `hark doctor`")
            await it.ears.say(RIVER)
            await it.until("listening")
            assert [(event.message, event.retryable) for event in it.of(Failed)] == [
                ("the model is gone: run `hark doctor`", True)
            ]
            assert it.phases[-4:] == ["thinking", "failed", "idle", "listening"]
            await it.ears.say(FILM)
            await it.until("speaking")
            assert it.outcomes == {1: "failed"}

    play(story())


def test_an_unexpected_failure_does_not_end_the_conversation() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.error = ZeroDivisionError("oops")
            await it.ears.say(RIVER)
            await it.until("listening")
            assert "unexpected ZeroDivisionError: oops" in it.of(Failed)[0].message
            await it.ears.say(FILM)
            await it.until("speaking")

    play(story())


def test_a_failing_voice_is_told_once_and_costs_no_answer() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.mute = SynthesisError("the voice is hoarse")
            await it.ears.say(RIVER)
            await it.until("listening")
            await it.ears.say(FILM)
            await it.until("listening")
            assert [event.message for event in it.of(Notice)] == ["the voice is hoarse; answers are shown, not spoken"]
            assert it.outcomes == {1: "answered", 2: "answered"}
            assert it.talk.history[-1].heard == f"It is {FILM} That is so."
            it.talk.set_voice("piper")
            await asyncio.sleep(0.1)
            await it.ears.say(FILM)
            await it.until("speaking")

    play(story())


def test_a_failing_recogniser_is_tried_once_more_then_hark_is_deaf() -> None:
    async def story() -> None:
        async with scene() as it:
            it.ears.put(RecognitionError("the ear aches"))
            await asyncio.sleep(0.1)
            assert [event.message for event in it.of(Failed)] == ["the ear aches"]
            assert (it.talk.phase, it.talk.mode) == ("listening", "hands-free")
            it.ears.put(RecognitionError("the ear aches"))
            await asyncio.sleep(0.1)
            assert (it.talk.phase, it.talk.mode) == ("idle", "text")
            assert [event.message for event in it.of(Notice)] == ["the ear aches; type your questions"]
            it.talk.ask(RIVER)
            await it.until("speaking")
            it.talk.listen()
            await it.until("listening")

    play(story())


def test_failures_far_apart_are_each_tried_again() -> None:
    async def story() -> None:
        async with scene() as it:
            for _ in range(3):
                it.ears.put(RecognitionError("the ear aches"))
                await asyncio.sleep(0.1)
                await it.ears.say(RIVER)
                await it.until("speaking")
                await it.until("listening")
            assert it.talk.mode == "hands-free"
            assert set(it.outcomes.values()) == {"answered"}

    play(story())


def test_a_recogniser_that_fails_while_it_thinks_costs_no_answer() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            it.ears.put(RecognitionError("the ear aches"))
            await it.until("speaking")
            await it.until("listening")
            assert it.outcomes == {1: "answered"}

    play(story())


def test_without_microphone_and_speaker_it_is_text_and_says_so_once() -> None:
    async def story() -> None:
        workshop = FakeWorkshop()
        workshop.trouble = {"ears": AudioError("no microphone"), "mouth": AudioError("no speaker")}
        async with scene(workshop=workshop) as it:
            assert it.talk.mode == "text"
            for question in (RIVER, FILM):
                it.talk.ask(question)
                await it.until("idle")
            assert sorted(event.message for event in it.of(Notice)) == [
                "no microphone; type your questions",
                "no speaker; answers are shown, not spoken",
            ]
            assert it.of(Said) == []
            assert it.outcomes == {1: "answered", 2: "answered"}
            assert "speaking" not in it.phases

    play(story())


def test_a_speaker_that_is_lost_while_speaking_is_told() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            it.workshop.tell(SpeakerLost("the speaker went away"))
            it.workshop.tell(SpeakerFound("another"))
            await it.until("listening")
            assert len(it.of(SpeakerLost)) == len(it.of(SpeakerFound)) == 1
            assert it.outcomes == {1: "answered"}

    play(story())


def test_without_a_speaker_answers_are_shown_and_remembered_until_there_is_one() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mouth.plugged = False
            await it.ears.say(RIVER)
            await it.until("listening")
            assert it.of(Said) == []
            assert it.mind.spoken == [], "nothing is synthesized for nobody"
            it.mouth.plugged = True
            await it.ears.say(FILM)
            await it.until("speaking")
            it.mouth.plugged = False
            await it.until("listening")
            assert [one.heard for one in it.talk.history] == [f"It is {each} That is so." for each in (RIVER, FILM)]

    play(story())


def test_questions_wait_for_the_documents_and_say_so_when_there_are_none() -> None:
    async def story() -> None:
        workshop = FakeWorkshop()
        workshop.slow = 5.0
        async with scene("text", workshop) as it:
            it.talk.ask(RIVER)
            await asyncio.sleep(4.0)
            assert it.mind.asked == []
            await it.until("speaking")
        async with scene("text", docs=()) as it:
            it.talk.ask(RIVER)
            await asyncio.sleep(0.1)
            assert [event.message for event in it.of(Failed)] == [
                "no documents to answer from: name a folder, or set HARK_RETRIEVAL__DOCS"
            ]
            assert it.talk.phase == "idle"

    play(story())


def test_models_that_are_missing_are_told_at_once_and_looked_for_again_by_the_next_question() -> None:
    async def story() -> None:
        workshop = FakeWorkshop()
        workshop.trouble["mind"] = ModelMissing("no model 'small': run `hark models pull`")
        async with scene("text", workshop) as it:
            await asyncio.sleep(0.1)
            assert (len(it.of(NotReady)), len(it.of(Failed))) == (1, 1)
            it.talk.ask(RIVER)
            await asyncio.sleep(0.1)
            told = [event.message for event in it.of(Failed)]
            assert told == ["no model 'small': run `hark models pull`"] * 2, "the cause, and once for each try"
            del workshop.trouble["mind"]
            it.talk.ask(RIVER)
            await it.until("speaking")
            assert len(it.of(Ready)) == 1

    play(story())


def test_without_documents_speaking_tells_nothing_before_the_question_is_asked() -> None:
    async def story() -> None:
        async with scene(docs=()) as it:
            it.ears.begin()
            it.ears.partial("When did the director of Breathless die?")
            await asyncio.sleep(0.1)
            it.ears.endpoint()
            await asyncio.sleep(0.1)
            assert it.of(Failed) == []
            it.ears.final("When did the director of Breathless die?")
            await it.until("listening")
            assert len(it.of(Failed)) == 1

    play(story())
