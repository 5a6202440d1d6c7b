"""Scripted conversations on a virtual clock."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from agent.errors import LLMUnavailable, NoDocuments
from agent.session.events import (
    CuePlayed,
    DeliveryChanged,
    Failed,
    Interrupted,
    ModeChanged,
    NotForMe,
    Notice,
    Queued,
    Ready,
    Replied,
    Said,
    SayingStarted,
    TurnEnded,
    TurnStarted,
)
from agent.types import Announced, Answered, Hop
from tests.fakes.conversing import SENTENCE, FakeMind, FakeWorkshop, Scene, clip, now, scene
from tests.fakes.virtual_time import play
from voice.errors import AudioError, RecognitionError, SynthesisError
from voice.events import SpeakerFound, SpeakerLost

RIVER = "Which river flows through Lima?"
FILM = "Who directed Breathless?"
SENTENCE_AND_A_HALF = 1.5 * SENTENCE


def test_a_spoken_question_is_answered_aloud_and_hark_listens_again() -> None:
    async def story() -> None:
        async with scene() as it:
            assert it.phases == ["listening"]
            await it.ears.say(RIVER)
            await it.until("listening")
            assert it.phases == ["transcribing", "thinking", "speaking", "idle", "listening"]
            assert it.mind.asked == [RIVER]
            assert it.outcomes == {1: "answered"}
            assert {told.turn for told in it.told if isinstance(told.event, TurnStarted | Answered | Said)} == {1}
            assert [one.heard for one in it.talk.history] == [f"It is {RIVER} That is so."]
            assert it.workshop.log[-3:] == ["cue", f"said It is {RIVER}", "said That is so."]

    play(story())


def test_the_cue_comes_with_the_endpoint_when_the_words_so_far_are_a_question() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say(RIVER)
            cue = next(told.at for told in it.told if isinstance(told.event, CuePlayed))
            assert cue == pytest.approx(1.55, abs=0.02)
            await it.until("listening")
            timings = it.of(TurnEnded)[0].timings
            assert timings.first_sound == pytest.approx(0.0, abs=0.01)
            assert timings.heard == pytest.approx(0.3, abs=0.01)
            assert timings.thought == pytest.approx(1.0, abs=0.02)
            assert timings.stages == {"search": 1.0}

    play(story())


def test_talk_in_the_room_is_shown_and_not_answered() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.ears.say("I think we should go now.")
            await it.until("listening")
            assert [event.utterance.text for event in it.of(NotForMe)] == ["I think we should go now."]
            assert (it.mind.asked, it.mind.wondered, it.of(CuePlayed)) == ([], [], [])
            assert it.phases == ["listening", "transcribing", "idle", "listening"]

    play(story())


@pytest.mark.parametrize("meant", [True, False])
def test_where_the_words_leave_a_doubt_the_model_decides(meant: bool) -> None:
    async def story() -> None:
        async with scene() as it:
            it.mind.meant = meant
            await it.ears.say("The population of Lima.")
            await asyncio.sleep(0.6)
            assert it.mind.wondered == [(("The population of Lima.",), "")]
            assert it.mind.asked == (["The population of Lima."] if meant else [])
            assert len(it.of(NotForMe)) == (not meant)

    play(story())


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
            await asyncio.sleep(SENTENCE_AND_A_HALF)
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
            await _reach(it, phase)
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


async def _reach(it: Scene, phase: str) -> None:
    if phase == "clarifying":
        it.mind.unclear[RIVER] = ("a", "b")
    if phase in ("listening", "transcribing"):
        it.ears.begin()
        await asyncio.sleep(0.5)
        if phase == "transcribing":
            it.ears.endpoint()
    else:
        await it.ears.say(RIVER)
    if phase == "paused":
        await it.until("speaking")
        it.ears.begin()
    await it.until(phase)


@pytest.mark.parametrize("phase", ["thinking", "clarifying", "speaking", "paused"])
def test_a_typed_question_in_each_phase(phase: str) -> None:
    async def story() -> None:
        async with scene() as it:
            await _reach(it, phase)
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


@pytest.mark.parametrize("phase", ["listening", "transcribing", "thinking", "speaking", "paused"])
def test_another_microphone_in_the_middle(phase: str) -> None:
    async def story() -> None:
        async with scene() as it:
            await _reach(it, phase)
            it.talk.set_microphone("usb")
            await asyncio.sleep(0.1)
            assert it.workshop.choices[-1].microphone == "usb"
            await it.until("listening")
            await it.ears.say(FILM)
            await it.until("speaking")
            assert it.mind.asked[-1] == FILM

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


def test_a_finished_hop_is_announced_and_makes_way_for_the_answer() -> None:
    async def story() -> None:
        async with scene("text") as it:
            it.mind.told = [Announced(Hop("Who?", "Rimac"), "Rimac.", (clip("Rimac.", 3.0),))]
            it.mind.seconds = 1.5
            it.talk.ask(RIVER)
            await asyncio.sleep(0.2)
            assert it.mouth.sounding
            await it.until("speaking")
            await it.until("idle")
            assert [event.what for event in it.of(SayingStarted)] == ["announcement", "answer"]
            assert "said Rimac." not in it.workshop.log, "it faded out"
            assert it.of(TurnEnded)[0].timings.first_sound == pytest.approx(0.0, abs=0.1)

    play(story())


def test_what_is_probably_asked_is_begun_while_it_is_said() -> None:
    async def story() -> None:
        async with scene() as it:
            it.ears.begin()
            it.ears.partial("Who directed", "Breath")
            await asyncio.sleep(0.1)
            assert it.mind.prepared == []
            it.ears.partial("When did the director of Breathless die?")
            await asyncio.sleep(0.1)
            it.ears.partial("When did the director of Breathless die in", "Paris")
            await asyncio.sleep(0.1)
            assert it.mind.prepared == ["When did the director of Breathless die?", ""]
        async with scene(speculate=False) as it:
            it.ears.begin()
            it.ears.partial("When did the director of Breathless die?")
            await asyncio.sleep(0.1)
            assert it.mind.prepared == []

    play(story())


def test_everything_is_given_back_at_the_end() -> None:
    async def story() -> Scene:
        async with scene() as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await asyncio.sleep(1.0)
        return it

    it = play(story())
    assert it.outcomes == {1: "interrupted"}
    assert (it.mind.closed, it.mind.walks) == (True, 0)
    assert it.workshop.log[-3:] == ["ears closed", "mouth closed", "workshop closed"]


def test_two_hundred_turns_leave_nothing_behind() -> None:
    async def story() -> tuple[int, int]:
        sizes = []
        async with scene() as it:
            for number in range(200):
                await it.ears.say(RIVER)
                if number % 3:
                    await it.until("speaking")
                if number % 3 == 1:
                    await it.until("listening")
                if number in (150, 199):
                    await it.until("listening")
                    sizes.append(_reachable(it.talk))
                it.told.clear()
        return sizes[0], sizes[1]

    early, late = play(story())
    assert late <= early * 1.02


def _reachable(root: object) -> int:
    """How many objects a conversation holds on to."""
    import gc
    import types

    gc.collect()
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | types.FunctionType | Scene):
            continue
        seen.add(id(one))
        if type(one).__module__.startswith(("agent", "voice", "collections", "builtins", "transitions")):
            waiting.extend(gc.get_referents(one))
    return len(seen)


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
            assert [event.mode for event in it.of(ModeChanged)] == ["hands-free", "push-to-talk", "text"]

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
