"""Turns on a virtual clock: a scripted detector, frames of 32 ms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.vad import FRAME_SECONDS, ScriptedVad, sound
from voice.endpoint import EndpointOptions, TurnDetector, TurnEvent
from voice.events import Endpoint, SpeechStarted

QUIET, LOUD = 0.02, 0.98
FINISHED = "where was Ada Lovelace born"
UNFINISHED = "who is the wife of the"
EITHER = "who wrote the book"


def listen(detector: TurnDetector, seconds: float, text: str = "") -> list[TurnEvent]:
    """Feed so many seconds in steps of 20 ms, telling the words so far before each."""
    events: list[TurnEvent] = []
    for _ in range(round(seconds / 0.02)):
        if text:
            detector.hint(text)
        events += detector.feed(sound(0.02))
    return events


def endpoint(events: list[TurnEvent]) -> Endpoint:
    (found,) = [event for event in events if isinstance(event, Endpoint)]
    return found


def about(seconds: float, frames: float = 2.0) -> object:
    return pytest.approx(seconds, abs=frames * FRAME_SECONDS)


def test_a_turn_begins_where_the_speech_does_and_ends_after_the_silence() -> None:
    detector = TurnDetector(ScriptedVad((QUIET, 1.0), (LOUD, 2.0)))
    events = listen(detector, 5.0)
    assert [type(event) for event in events] == [SpeechStarted, Endpoint]
    assert events[0].at == about(1.0)  # type: ignore[union-attr]
    end = endpoint(events)
    assert end.speech_end == about(3.0)
    assert end.decided == about(3.0 + detector.options.silence)
    assert end.reason == "silence"
    assert not detector.speaking


@pytest.mark.parametrize(
    ("text", "wait", "reason"),
    [
        (FINISHED, "complete_silence", "complete"),
        (UNFINISHED, "unfinished_silence", "silence"),
        (EITHER, "silence", "silence"),
    ],
)
def test_the_words_decide_how_long_the_silence_is(text: str, wait: str, reason: str) -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 2.0)))
    end = endpoint(listen(detector, 5.0, text))
    assert end.decided - end.speech_end == about(getattr(detector.options, wait))
    assert end.reason == reason


def test_words_that_do_not_reach_the_end_of_the_speech_decide_nothing() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 2.0)))
    listen(detector, 2.0)
    detector.hint(FINISHED, heard=1.4)
    end = endpoint(listen(detector, 3.0))
    assert end.decided - end.speech_end == about(detector.options.silence)


def test_words_of_the_last_turn_do_not_end_the_next() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 1.0), (LOUD, 1.0)))
    listen(detector, 2.0, FINISHED)
    end = endpoint(listen(detector, 3.0))
    assert end.decided - end.speech_end == about(detector.options.silence)


def test_a_pause_that_is_too_short_ends_nothing() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 0.7), (LOUD, 1.0)))
    assert endpoint(listen(detector, 5.0, EITHER)).speech_end == about(2.7)


def test_clicks_start_no_turn_and_prolong_none() -> None:
    clicks = [(LOUD, 0.064), (QUIET, 0.3)] * 20
    assert listen(TurnDetector(ScriptedVad(*clicks)), 7.0) == []
    detector = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 0.3), *clicks))
    end = endpoint(listen(detector, 5.0))
    assert end.speech_end == about(1.0)
    assert end.decided == about(1.0 + detector.options.silence, frames=4)


def test_a_weak_vowel_between_the_thresholds_is_no_pause() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 0.5), (0.4, 2.0), (QUIET, 1.0)))
    assert endpoint(listen(detector, 4.0)).speech_end == about(2.5)
    assert listen(TurnDetector(ScriptedVad((0.4, 2.0))), 3.0) == []


def test_pre_roll_reaches_back_but_not_before_the_source_nor_into_the_turn_before() -> None:
    detector = TurnDetector(ScriptedVad((QUIET, 1.0), (LOUD, 2.0)))
    listen(detector, 2.0)
    assert detector.turn_start == about(1.0 - detector.options.pre_roll)
    early = TurnDetector(ScriptedVad((QUIET, 0.1), (LOUD, 2.0)))
    listen(early, 1.0)
    assert early.turn_start == 0.0
    twice = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 0.992), (LOUD, 2.0)), EndpointOptions(silence=0.9))
    first = endpoint(listen(twice, 2.5))
    assert twice.turn_start == first.decided


def test_speech_right_after_an_endpoint_is_called_resumed() -> None:
    script = ((LOUD, 1.0), (QUIET, 1.4), (LOUD, 1.0), (QUIET, 4.0), (LOUD, 1.0))
    events = listen(TurnDetector(ScriptedVad(*script)), 10.0)
    assert [event.resumed for event in events if isinstance(event, SpeechStarted)] == [False, True, False]


def test_the_longest_turn_is_cut_and_the_next_begins_at_once() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 25.0)), EndpointOptions(max_turn=10.0))
    events = listen(detector, 30.0)
    assert [getattr(event, "reason", "start") for event in events] == [
        "start", "limit", "start", "limit", "start", "silence",
    ]  # fmt: skip
    cuts = [event.decided for event in events if isinstance(event, Endpoint)]
    starts = [event.at for event in events if isinstance(event, SpeechStarted)]
    assert starts[1:] == cuts[:-1]
    assert cuts[0] == about(10.0)


def test_push_to_talk_overrides_the_voice() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 30.0)), EndpointOptions(mode="push-to-talk"))
    assert listen(detector, 1.0) == []
    assert [type(event) for event in detector.press()] == [SpeechStarted]
    assert detector.press() == []
    assert listen(detector, 3.0, FINISHED) == []
    assert endpoint(detector.release()).reason == "released"
    assert detector.release() == []
    assert listen(detector, 3.0) == []


def test_a_held_key_keeps_a_turn_open_through_silence() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 9.0)))
    listen(detector, 0.5)
    assert detector.press() == []
    assert listen(detector, 8.0, FINISHED) == []
    assert detector.earliest_endpoint == math.inf
    end = endpoint(detector.release())
    assert end.speech_end == about(1.0)
    assert end.decided == about(8.5)


def test_a_held_turn_is_cut_at_the_limit_and_goes_on() -> None:
    detector = TurnDetector(ScriptedVad(), EndpointOptions(mode="push-to-talk", max_turn=5.0))
    detector.press()
    assert endpoint(listen(detector, 6.0)).reason == "limit"
    assert detector.speaking
    assert endpoint(detector.release()).reason == "released"


def test_the_end_of_the_source_ends_the_turn() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 2.0)))
    listen(detector, 1.5)
    assert endpoint(detector.finish()).reason == "ended"
    assert detector.finish() == []


def test_speech_too_short_for_a_turn_is_none_at_the_end_of_the_source() -> None:
    detector = TurnDetector(ScriptedVad((QUIET, 1.0), (LOUD, 0.1)))
    assert listen(detector, 1.1) == []
    assert detector.finish() == []


def test_lost_samples_move_the_clock_and_count_as_no_silence() -> None:
    vad = ScriptedVad((LOUD, 1.0))
    detector = TurnDetector(vad)
    listen(detector, 1.3)
    detector.jump(20.0)
    assert vad.resets == 1
    end = endpoint(listen(detector, 2.0))
    assert end.speech_end == about(1.0)
    assert end.decided == about(20.0 + detector.options.silence - 0.3)


def test_the_earliest_endpoint_is_never_too_late() -> None:
    detector = TurnDetector(ScriptedVad((QUIET, 0.5), (LOUD, 1.0)))
    assert detector.earliest_endpoint == math.inf
    listen(detector, 1.0)
    assert detector.earliest_endpoint == detector.options.silence
    listen(detector, 0.7)
    promised = detector.heard + detector.earliest_endpoint
    assert endpoint(listen(detector, 3.0)).decided >= promised - 1e-6
    assert detector.earliest_endpoint == math.inf


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.03, 3)), max_size=12), st.integers(100, 5000))
@settings(deadline=None, max_examples=50)
def test_turns_never_overlap_and_any_cut_of_the_stream_gives_the_same(
    script: list[tuple[float, float]], step: int
) -> None:
    whole = TurnDetector(ScriptedVad(*script))
    samples = sound(sum(seconds for _, seconds in script) + 2)
    expected = whole.feed(samples) + whole.finish()
    cut = TurnDetector(ScriptedVad(*script))
    events = [event for at in range(0, len(samples), step) for event in cut.feed(samples[at : at + step])]
    assert events + cut.finish() == expected
    kinds = [type(event) for event in expected]
    assert kinds == [SpeechStarted, Endpoint] * (len(kinds) // 2)
    times = [time for event in expected for time in _times(event)]
    assert times == sorted(times)


def _times(event: TurnEvent) -> tuple[float, ...]:
    match event:
        case SpeechStarted(at=at):
            return (at,)
        case Endpoint(speech_end=end, decided=decided):
            return (end, decided)
