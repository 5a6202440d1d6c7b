"""What a conversation can be told, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.errors import NoDocuments
from agent.session.events import (
    DeliveryChanged,
    Failed,
    Interrupted,
    ModeChanged,
    Notice,
    Queued,
    Ready,
    Replied,
    Said,
    SayingStarted,
    TurnStarted,
)
from tests.fakes.conversing import FILM, RIVER, FakeMind, FakeWorkshop, reach, scene
from tests.fakes.virtual_time import play
from voice.errors import SynthesisError


@pytest.mark.parametrize("phase", ["thinking", "clarifying", "speaking", "paused"])
def test_a_typed_question_in_each_phase(phase: str) -> None:
    async def story() -> None:
        async with scene() as it:
            await reach(it, phase)
            it.talk.ask(FILM)
            it.ears.endpoint()
            it.ears.final()
            await asyncio.sleep(0.1)
            await it.until("listening", 30)
            if phase == "clarifying":
                assert (it.mind.asked, [event.text for event in it.of(Replied)]) == ([RIVER], [FILM])
            else:
                assert it.mind.asked == [RIVER, FILM]

    play(story())


def test_asked_back_the_reply_is_spoken() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.unclear[RIVER] = ("Lima", "Lena")
            await it.ears.say(RIVER)
            await it.until("clarifying")
            assert await it.until("listening") == pytest.approx(2.0, abs=0.1), "the question is said first"
            await it.ears.say("The first one.")
            await it.until("speaking")
            assert [event.text for event in it.of(Replied)] == ["The first one."]
            assert [event.what for event in it.of(SayingStarted)] == ["clarification", "answer"]
            await it.until("listening")
            assert it.outcomes == {1: "answered"}

    play(story())


def test_who_speaks_into_the_question_back_replies_to_it() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.unclear[RIVER] = ("Lima", "Lena")
            await it.ears.say(RIVER)
            await it.until("clarifying")
            await asyncio.sleep(0.5)
            await it.ears.say("Lena.")
            await it.until("speaking")
            assert [event.text for event in it.of(Replied)] == ["Lena."]
            assert "said Did you mean?" not in it.workshop.log

    play(story())


def test_a_cough_is_no_reply() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.unclear[RIVER] = ("Lima", "Lena")
            await it.ears.say(RIVER)
            await it.until("clarifying")
            await it.until("listening")
            it.ears.begin()
            await asyncio.sleep(0.2)
            it.ears.endpoint()
            it.ears.final()
            await asyncio.sleep(0.1)
            assert (it.of(Replied), it.talk.phase) == ([], "listening")
            it.talk.choose(1)
            await it.until("speaking")
            assert [event.text for event in it.of(Replied)] == ["Lena"]

    play(story())


def test_another_reading_and_a_correction_take_the_place_of_the_question() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say("Which river flows through Lena?", RIVER)
            assert it.talk.phase == "thinking"
            it.talk.choose(1)
            await asyncio.sleep(0.1)
            assert (it.talk.phase, it.mind.walks) == ("thinking", 1)
            await it.until("speaking")
            it.talk.edit(FILM)
            await asyncio.sleep(0.1)
            await it.until("listening")
            assert it.mind.asked == ["Which river flows through Lena?", RIVER, FILM]
            assert [(event.origin, event.replaces) for event in it.of(TurnStarted)] == [
                ("voice", 0),
                ("chosen", 1),
                ("edited", 2),
            ]
            assert it.outcomes == {1: "superseded", 2: "interrupted", 3: "answered"}

    play(story())


def test_a_key_that_was_down_is_up_again_after_a_cancel_or_a_typed_question() -> None:
    async def story() -> None:
        async with scene("push-to-talk") as it:
            for give in (it.talk.cancel, lambda: it.talk.ask("Lima?")):
                it.talk.press()
                assert it.talk.pressed
                await asyncio.sleep(0.5)
                give()
                assert not it.talk.pressed
                assert it.ears.log[-1] == "release"
                await it.until("idle")
            it.talk.press()
            assert it.talk.phase == "listening", "the key works as before"
            assert it.mind.asked == ["Lima?"]

    play(story())


def test_push_to_talk() -> None:
    async def story() -> None:
        async with scene("push-to-talk") as it:
            assert it.talk.phase == "idle"
            it.talk.press()
            assert it.talk.phase == "listening"
            await asyncio.sleep(1.0)
            it.talk.release()
            await asyncio.sleep(0.01)
            assert (it.talk.phase, it.workshop.log[-1]) == ("transcribing", "cue")
            it.ears.final("Lima, please.")
            await it.until("speaking")
            it.talk.press()
            await asyncio.sleep(0.1)
            assert (it.talk.phase, it.mouth.sounding) == ("listening", False)
            it.talk.release()
            it.ears.final()
            await it.until("idle")
            assert it.mind.asked == ["Lima, please."]

    play(story())


def test_interrupt_stops_the_answer_and_nothing_else() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.talk.ask(RIVER)
            it.talk.ask(FILM)
            it.talk.interrupt()
            await it.until("speaking")
            it.talk.interrupt()
            await asyncio.sleep(0.1)
            assert it.talk.phase == "thinking", "what waited goes on"
            await it.until("idle")
            assert it.outcomes == {1: "interrupted", 2: "answered"}
            assert [event.by for event in it.of(Interrupted)] == ["command"]

    play(story())


def test_repeat_says_the_last_answer_again() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.talk.repeat()
            assert it.talk.phase == "idle"
            it.talk.ask(RIVER)
            await it.until("speaking")
            await it.until("idle")
            it.talk.repeat()
            await it.until("speaking")
            await it.until("idle")
            assert [event.what for event in it.of(Said)] == ["answer", "repeat"]
            assert it.mind.asked == [RIVER]
            assert it.outcomes == {1: "answered"}

    play(story())


@pytest.mark.parametrize("phase", ["listening", "transcribing", "thinking", "speaking", "paused"])
def test_another_microphone_in_the_middle(phase: str) -> None:
    async def story() -> None:
        async with scene() as it:
            await reach(it, phase)
            it.talk.set_microphone("usb")
            await asyncio.sleep(0.1)
            assert it.workshop.choices[-1].microphone == "usb"
            await it.until("listening")
            await it.ears.say(FILM)
            await it.until("speaking")
            assert it.mind.asked[-1] == FILM

    play(story())


def test_other_documents_are_loaded_behind_the_conversation() -> None:
    async def story() -> None:
        workshop = FakeWorkshop()
        async with scene("text", workshop) as it:
            it.talk.ask(RIVER)
            await asyncio.sleep(0.1)
            first, workshop.brain = it.mind, FakeMind()
            it.talk.set_docs([Path("other")])
            await asyncio.sleep(0.1)
            assert [event.docs for event in it.of(Ready)] == [("docs",), ("other",)]
            assert not first.closed, "it is still answering"
            await it.until("idle")
            assert first.closed
            it.talk.ask(FILM)
            await it.until("idle")
            assert (first.asked, workshop.brain.asked) == ([RIVER], [FILM])
            workshop.trouble["mind"] = NoDocuments("the folder is empty")
            it.talk.set_docs([Path("empty")])
            await asyncio.sleep(0.1)
            assert [event.message for event in it.of(Failed)] == ["the folder is empty"]
            it.talk.ask(RIVER)
            await it.until("speaking")

    play(story())


def test_delivery() -> None:
    async def story() -> None:
        async with scene("text") as it:
            for _ in range(20):
                it.talk.louder()
            assert it.mouth.volume == 2.0
            it.talk.softer()
            it.talk.faster()
            await asyncio.sleep(0.1)
            assert it.mouth.volume == 1.6
            assert it.workshop.choices[-1].speed == pytest.approx(1.15)
            told = it.of(DeliveryChanged)[-1]
            assert told.volume == 1.6
            assert told.speed == pytest.approx(1.15)
            it.workshop.trouble["voice"] = SynthesisError("no such voice")
            it.talk.set_voice("nobody")
            await asyncio.sleep(0.1)
            assert [event.message for event in it.of(Failed)] == ["no such voice"]
            it.talk.ask(RIVER)
            await it.until("speaking")

    play(story())


def test_modes() -> None:
    async def story() -> None:
        async with scene("text") as it:
            assert it.workshop.log == []
            it.talk.press()
            assert it.talk.phase == "idle"
            it.talk.set_mode("hands-free")
            await it.until("listening")
            it.ears.begin()
            await asyncio.sleep(0.1)
            it.talk.set_mode("push-to-talk")
            await asyncio.sleep(0.1)
            assert it.talk.phase == "idle"
            it.talk.set_mode("text")
            await asyncio.sleep(0.1)
            assert it.workshop.log == ["ears open", "ears closed"] * 2
            modes = [event.mode for event in it.of(ModeChanged)]
            assert modes == ["text", "hands-free", "push-to-talk", "text"], "the first is how it begins"

    play(story())


def test_a_key_pressed_before_the_ears_are_open_is_not_forgotten() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.talk.set_mode("push-to-talk")
            it.talk.press()
            await asyncio.sleep(0.1)
            assert (it.talk.phase, it.workshop.log[0]) == ("listening", "press")
            it.talk.release()
            await asyncio.sleep(0.01)
            assert it.talk.phase == "transcribing"

    play(story())


def test_pasted_by_mistake_and_asked_too_often() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.talk.ask(" \n ")
            assert it.talk.phase == "idle"
            it.talk.ask("x" * 1_000_000)
            for number in range(30):
                it.talk.ask(f"Who is number {number}?")
            await asyncio.sleep(0.1)
            assert len(it.mind.asked[0]) == 2000
            assert it.of(Queued)[-1].waiting == 20
            assert [event.message for event in it.of(Notice)] == [
                "20 questions wait already: ask again when some are answered"
            ]
            it.talk.cancel()
            await asyncio.sleep(0.1)
            assert list(it.outcomes.values()) == ["cancelled"] * 21
            assert it.talk.phase == "idle"

    play(story())


def test_a_repeat_that_is_stopped_at_once_is_not_said() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.talk.ask(RIVER)
            await it.until("speaking")
            await it.until("idle")
            it.workshop.log.clear()
            it.talk.repeat()
            it.talk.interrupt()
            assert it.talk.phase == "idle"
            await asyncio.sleep(5.0)
            assert it.workshop.log == ["stop"]
            it.talk.ask(FILM)
            await it.until("speaking")

    play(story())
