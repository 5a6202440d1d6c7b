"""Interruptions at every moment of a conversation, on a virtual clock."""

from __future__ import annotations

import asyncio
import random

import pytest

from agent.session.events import (
    Interrupted,
    NotForMe,
    Queued,
    TurnStarted,
)
from tests.fakes.conversing import FILM, RIVER, SENTENCE, FakeWorkshop, now, reach, scene
from tests.fakes.virtual_time import play


def test_a_cough_lets_the_answer_go_on_where_it_was() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await asyncio.sleep(1.0)
            it.ears.begin()
            await asyncio.sleep(0.01)
            assert (it.talk.phase, it.mouth.sounding) == ("paused", False)
            await asyncio.sleep(0.4)
            it.ears.endpoint()
            it.ears.final()
            await it.until("speaking")
            assert await it.until("listening", 9) == pytest.approx(3.0, abs=0.2)
            assert it.outcomes == {1: "answered"}
            assert (it.of(Interrupted), it.of(NotForMe)) == ([], [])
            assert it.talk.history[-1].heard == f"It is {RIVER} That is so."

    play(story())


def test_a_murmur_is_no_interruption() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await it.ears.say("Mm-hm.")
            assert it.talk.phase == "speaking"
            await it.until("listening")
            assert it.outcomes == {1: "answered"}
            assert [event.utterance.text for event in it.of(NotForMe)] == ["Mm-hm."]

    play(story())


def test_a_barge_in_silences_the_answer_and_only_what_was_heard_is_remembered() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await asyncio.sleep(1.5 * SENTENCE)
            began = now()
            it.ears.begin()
            await asyncio.sleep(0.5)
            assert it.mouth.silent_at - began < 0.15
            it.ears.partial("Who directed")
            await asyncio.sleep(0.1)
            assert it.talk.phase == "paused", "two words may still be a murmur"
            it.ears.partial("Who directed Breathless?")
            await it.until("listening")
            await asyncio.sleep(0.5)
            assert [event.by for event in it.of(Interrupted)] == ["voice"]
            it.ears.endpoint()
            await asyncio.sleep(0.3)
            it.ears.final(FILM)
            await it.until("speaking")
            await it.until("listening")
            assert it.mind.asked == [RIVER, FILM]
            assert it.outcomes == {1: "interrupted", 2: "answered"}
            assert [one.heard for one in it.talk.history] == [f"It is {RIVER} That", f"It is {FILM} That is so."]

    play(story())


def test_two_barge_ins_in_a_row() -> None:
    async def story() -> None:
        async with scene() as it:
            for question in (RIVER, FILM, RIVER):
                await it.ears.say(question)
                await it.until("speaking")
                await asyncio.sleep(0.5)
            await it.until("listening")
            assert it.outcomes == {1: "interrupted", 2: "interrupted", 3: "answered"}
            assert [one.turn for one in it.talk.history] == [1, 2, 3]
            assert it.mind.walks == 0

    play(story())


def test_fifty_barge_ins_at_any_moment() -> None:
    async def story() -> None:
        moments = random.Random(7)
        async with scene() as it:
            await it.ears.say("Who is number 0?")
            for number in range(1, 51):
                await it.until("speaking")
                await asyncio.sleep(moments.uniform(0.0, 2 * SENTENCE - 0.1))
                began = now()
                it.ears.begin()
                await asyncio.sleep(0.15)
                assert not it.mouth.sounding, f"{number}: still heard after 0.15 s"
                it.ears.partial(f"Who is number {number}?")
                await asyncio.sleep(moments.uniform(0.0, 0.5))
                it.ears.endpoint()
                it.ears.final(f"Who is number {number}?")
                await asyncio.sleep(0.05)
                assert it.mouth.silent_at - began < 0.15
            await it.until("speaking")
            await it.until("listening")
            assert it.mind.asked == [f"Who is number {number}?" for number in range(51)], "none twice"
            assert list(it.outcomes.values()) == [*["interrupted"] * 50, "answered"]
            heard = [one.heard for one in it.talk.history]
            whole = [one.answer.text for one in it.talk.history]
            assert len(heard) == 50
            assert all(text.startswith(part) for part, text in zip(heard, whole, strict=True))
            assert all(part != text for part, text in zip(heard[:-1], whole[:-1], strict=True))

    play(story())


def test_stop_is_a_command_and_no_question() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await it.ears.say("Stop.")
            await asyncio.sleep(0.1)
            assert (it.talk.phase, it.mouth.sounding) == ("listening", False)
            assert it.mind.asked == [RIVER]
            assert it.outcomes == {1: "interrupted"}

    play(story())


def test_speech_while_it_thinks_waits_for_its_turn() -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.seconds = 4.0
            await it.ears.say(RIVER)
            await it.ears.say(FILM)
            assert [(event.text, event.waiting) for event in it.of(Queued)] == [(FILM, 1)]
            assert it.talk.phase == "thinking"
            await it.until("listening", 30)
            assert it.mind.asked == [RIVER, FILM]
            assert it.outcomes == {1: "answered", 2: "answered"}

    play(story())


def test_who_speaks_when_the_answer_comes_is_not_talked_over() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            it.ears.begin()
            await it.until("paused")
            assert not it.mouth.sounding
            it.ears.endpoint()
            it.ears.final()
            await it.until("listening")
            assert it.outcomes == {1: "answered"}

    play(story())


def test_a_question_taken_up_again_is_one_question() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say("Which river flows")
            assert it.talk.phase == "thinking"
            it.ears.begin(resumed=True)
            await it.until("listening")
            assert it.mind.walks == 0
            it.ears.partial(RIVER)
            await asyncio.sleep(0.5)
            it.ears.endpoint()
            it.ears.final(RIVER)
            await it.until("speaking")
            await it.until("listening")
            assert it.mind.asked == ["Which river flows", RIVER]
            assert it.outcomes == {1: "superseded", 2: "answered"}
            assert [event.replaces for event in it.of(TurnStarted)] == [0, 1]

    play(story())


def test_the_final_of_a_part_that_went_on_is_stale_even_when_it_comes_late() -> None:
    async def story() -> None:
        async with scene() as it:
            it.ears.begin()
            await asyncio.sleep(1.0)
            it.ears.endpoint()
            first = it.ears
            await asyncio.sleep(0.5)
            late = FakeWorkshop().ear
            late._start, late._decided = first._start, first._decided
            it.ears.begin(resumed=True)
            await it.until("listening")
            await asyncio.sleep(1.0)
            it.ears.endpoint()
            late.put = first.put  # type: ignore[method-assign]
            late.final("Which river flows")
            await asyncio.sleep(0.1)
            assert it.talk.phase == "transcribing"
            it.ears.final(RIVER)
            await it.until("speaking")
            assert it.mind.asked == [RIVER]

    play(story())


@pytest.mark.parametrize("phase", ["listening", "transcribing", "thinking", "clarifying", "speaking", "paused"])
def test_cancel_ends_whatever_is_done_within_a_fifth_of_a_second(phase: str) -> None:
    async def story() -> None:
        async with scene("hands-free") as it:
            await reach(it, phase)
            began = now()
            it.talk.cancel()
            assert it.talk.phase == "listening", "hark is ready for the next question"
            await asyncio.sleep(0.19 - (now() - began))
            assert (it.mouth.sounding, it.mind.walks) == (False, 0)
            it.ears.endpoint()
            it.ears.final(FILM)
            await asyncio.sleep(3.0)
            assert it.talk.phase == "listening"
            assert FILM not in it.mind.asked, "what was said before belongs to what was cancelled"
            await it.ears.say(FILM)
            assert await it.until("speaking") < 2.0
            assert set(it.outcomes.values()) <= {"cancelled", "interrupted"}

    play(story())
