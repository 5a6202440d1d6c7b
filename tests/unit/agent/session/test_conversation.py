"""Scripted conversations on a virtual clock."""

from __future__ import annotations

import asyncio

import pytest

from agent.session.events import (
    CuePlayed,
    NotForMe,
    Said,
    SayingStarted,
    TurnEnded,
    TurnStarted,
)
from agent.types import Announced, Answered, Hop
from tests.fakes.conversing import RIVER, Scene, clip, scene
from tests.fakes.virtual_time import play


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


def test_who_wants_no_cue_hears_none() -> None:
    async def story() -> None:
        async with scene(cue=False) as it:
            await it.ears.say(RIVER)
            await it.until("speaking")
            await it.until("listening")
            assert it.of(CuePlayed) == []
            assert "cue" not in it.workshop.log
            assert it.of(TurnEnded)[0].timings.first_sound == pytest.approx(1.3, abs=0.05)

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


def test_last_words_that_come_after_the_endpoint_are_begun_with() -> None:
    async def story() -> None:
        async with scene() as it:
            it.ears.begin()
            it.ears.partial("Which river flows through the city where Kafka", "was")
            await asyncio.sleep(0.5)
            it.ears.endpoint()
            it.ears.partial("Which river flows through the city where Kafka was born.")
            await asyncio.sleep(0.3)
            it.ears.final("Which river flows through the city where Kafka was born?")
            await it.until("speaking")
            assert it.mind.prepared == ["Which river flows through the city where Kafka was born."]

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
