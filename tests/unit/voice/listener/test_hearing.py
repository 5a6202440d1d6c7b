"""Turns heard while they are spoken, on a virtual clock."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from tests.fakes.listening import LoudIsSpeech, ScriptedStreams, chunks, sound
from voice.endpoint import EndpointOptions, TurnDetector
from voice.events import (
    DeviceLost,
    Endpoint,
    FinalHeard,
    Lagging,
    Level,
    PartialHeard,
    SamplesLost,
    SpeechStarted,
)
from voice.listener.hearing import Hearing, ListenOptions, changed_words
from voice.listener.simulated import Timed, simulated
from voice.types import ASR_SAMPLE_RATE, AudioChunk, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voice.listener.hearing import Job

E = TypeVar("E")
QUESTION = "who is the wife of Robert Schumann"
SPEECH = 0.3 * len(QUESTION.split())


@dataclass
class Heard:
    """What a simulated listener told, and the recogniser it used."""

    timed: list[Timed]
    recognizer: ScriptedStreams

    def of(self, kind: type[E]) -> list[E]:
        return [timed.event for timed in self.timed if isinstance(timed.event, kind)]

    def at(self, kind: type[object]) -> list[float]:
        return [timed.at for timed in self.timed if isinstance(timed.event, kind)]


def hear(
    recording: Iterable[AudioChunk],
    recognizer: ScriptedStreams,
    *,
    takes: float = 0.1,
    options: ListenOptions | None = None,
    endpoint: EndpointOptions | None = None,
) -> Heard:
    hearing = Hearing(TurnDetector(LoudIsSpeech(), endpoint), recognizer, options)

    def seconds_of(job: Job, _: float) -> float:
        return takes

    return Heard(list(simulated(recording, hearing, seconds_of=seconds_of)), recognizer)


def test_a_turn_goes_from_speech_to_partials_to_the_endpoint_to_the_final() -> None:
    heard = hear(sound(1.0, SPEECH, 2.0), ScriptedStreams(QUESTION))

    told = [type(timed.event) for timed in heard.timed if not isinstance(timed.event, Level)]
    assert told[0] is SpeechStarted
    assert told[-2:] == [Endpoint, FinalHeard]
    assert set(told[1:-2]) == {PartialHeard}
    [started] = heard.of(SpeechStarted)
    assert started.at == pytest.approx(1.0, abs=0.04)
    [final] = heard.of(FinalHeard)
    assert final.utterance.text == QUESTION
    assert final.changed == ()
    assert final.start == pytest.approx(0.7, abs=0.04)


def test_committed_words_only_grow() -> None:
    partials = [each.partial for each in hear(sound(0.5, SPEECH, 2.0), ScriptedStreams(QUESTION)).of(PartialHeard)]

    for before, after in itertools.pairwise(partials):
        assert after.committed[: len(before.committed)] == before.committed
    assert " ".join(word.text for word in partials[-1].committed) == QUESTION


def test_a_finished_question_is_answered_sooner_than_an_unfinished_one() -> None:
    waits = []
    for words in ("who is the wife of Robert Schumann", "Robert Schumann and Clara are in the"):
        heard = hear(sound(0.5, SPEECH, 3.0), ScriptedStreams(words))
        [endpoint] = heard.of(Endpoint)
        waits.append(endpoint.decided - endpoint.speech_end)

    assert waits[0] < waits[1]


def test_no_pass_runs_when_the_endpoint_comes() -> None:
    heard = hear(sound(0.5, SPEECH, 2.0), ScriptedStreams(QUESTION, cost=0.3), takes=0.3)

    [final] = heard.of(FinalHeard)
    assert final.latency == pytest.approx(0.3)  # the final's own time and no more


def test_a_machine_too_slow_for_partials_still_gives_the_final_in_time() -> None:
    heard = hear(sound(0.5, SPEECH, 2.0), ScriptedStreams(QUESTION, cost=5.0), takes=0.4)

    [stream] = heard.recognizer.streams
    # one when nothing had been shown for so long, and one in the pause, where the final is due anyway
    assert [silence >= 0.2 for _, silence in stream.passes] == [False, True]
    assert heard.of(Lagging)
    [final] = heard.of(FinalHeard)
    assert final.latency == pytest.approx(0.4)


def test_passes_do_not_pile_up_and_the_lag_is_told_as_it_changes() -> None:
    words = " ".join(f"word{at}" for at in range(40))
    heard = hear(sound(0.5, 12.0, 2.0), ScriptedStreams(words, cost=0.35), takes=3.0)

    [stream] = heard.recognizer.streams
    assert len(stream.passes) < 12.0 / 3.0 + 2
    fed = [until for until, _ in stream.passes]
    assert fed == sorted(set(fed))
    told = [event.behind for event in heard.of(Lagging)]
    assert all(abs(after - before) >= 1.0 for before, after in itertools.pairwise(told))
    assert max(told) < 2 * 3.0 + 1.0


def test_a_lag_that_is_made_up_for_is_told_as_nothing() -> None:
    words = " ".join(f"word{at}" for at in range(30))
    took = iter([4.0])
    hearing = Hearing(TurnDetector(LoudIsSpeech()), ScriptedStreams(words))

    timed = list(simulated(sound(0.5, 9.0, 2.0), hearing, seconds_of=lambda _, __: next(took, 0.1)))

    told = [each.event.behind for each in timed if isinstance(each.event, Lagging)]
    assert told[0] > 2.0
    assert told[-1] == 0.0


def test_passes_dearer_than_any_wait_are_few_and_not_none() -> None:
    words = " ".join(f"word{at}" for at in range(40))
    heard = hear(sound(0.5, 12.0, 2.0), ScriptedStreams(words, cost=1.3), takes=1.3)

    [stream] = heard.recognizer.streams
    while_speaking = [fed for fed, silence in stream.passes if not silence]
    assert 3 <= len(while_speaking) <= 6


def test_silence_after_the_words_asks_for_one_more_pass_and_then_for_none() -> None:
    endpoint = EndpointOptions(silence=3.0, complete_silence=3.0, unfinished_silence=3.0)
    heard = hear(sound(0.5, SPEECH, 4.0), ScriptedStreams(QUESTION), endpoint=endpoint)

    [stream] = heard.recognizer.streams
    assert sum(silence >= 0.25 for _, silence in stream.passes) == 1


def test_two_turns_are_two_utterances() -> None:
    heard = hear(sound(0.5, 1.2, 3.0, 1.2, 2.0), ScriptedStreams("one two three four", "five six seven eight"))

    assert [final.utterance.text for final in heard.of(FinalHeard)] == ["one two three four", "five six seven eight"]
    first, second = heard.of(FinalHeard)
    assert second.start > first.start + 3.0


def test_a_turn_that_goes_on_after_its_endpoint_is_taken_up_again() -> None:
    endpoint = EndpointOptions(silence=0.5, complete_silence=0.5, unfinished_silence=0.5)
    heard = hear(
        sound(0.5, 1.2, 0.9, 1.2, 2.0), ScriptedStreams("who wrote the book", "the whole question"), endpoint=endpoint
    )

    assert [started.resumed for started in heard.of(SpeechStarted)] == [False, True]
    first, whole = heard.of(FinalHeard)
    assert whole.start == first.start
    assert whole.utterance.duration > first.utterance.duration + 1.2
    assert whole.utterance.text == "the whole question"


def test_a_final_nobody_has_begun_gives_way_to_the_turn_that_goes_on() -> None:
    endpoint = EndpointOptions(silence=0.5, complete_silence=0.5, unfinished_silence=0.5)
    hearing = Hearing(TurnDetector(LoudIsSpeech(), endpoint), ScriptedStreams("one two", "one two three"))
    for chunk in sound(0.5, 1.2, 0.9, 1.2, 2.0):
        hearing.take(chunk, chunk.start)

    job = hearing.job(9.0)
    assert job is not None
    [final] = hearing.done(job, job.run(), 9.0)
    assert isinstance(final, FinalHeard)
    assert final.utterance.text == "one two three"
    assert hearing.idle


def test_a_long_turn_is_not_taken_up_again() -> None:
    endpoint = EndpointOptions(silence=0.5, complete_silence=0.5, unfinished_silence=0.5)
    heard = hear(
        sound(0.5, 1.2, 0.9, 1.2, 2.0),
        ScriptedStreams("who wrote the book", "that inspired Jaws"),
        endpoint=endpoint,
        options=ListenOptions(reopen=1.0),
    )

    first, second = heard.of(FinalHeard)
    assert second.start > first.start + 1.2
    assert [started.resumed for started in heard.of(SpeechStarted)] == [False, False]


def test_a_turn_cut_at_its_greatest_length_loses_no_sound() -> None:
    endpoint = EndpointOptions(max_turn=2.0)
    heard = hear(sound(0.5, 5.0, 2.0), ScriptedStreams("a b", "c d", "e f"), endpoint=endpoint)

    endpoints = heard.of(Endpoint)
    assert [each.reason for each in endpoints[:2]] == ["limit", "limit"]
    finals = heard.of(FinalHeard)
    for before, after in itertools.pairwise(finals):
        assert after.start == pytest.approx(before.start + before.utterance.duration, abs=0.001)


def test_words_the_final_spells_otherwise_are_named() -> None:
    heard = hear(sound(0.5, SPEECH, 2.0), ScriptedStreams(QUESTION, final="who is the wife of Robert Schuman?"))

    [final] = heard.of(FinalHeard)
    assert [word.text for word in final.changed] == ["Schumann"]


def test_case_and_punctuation_are_no_change() -> None:
    committed = [Word("who", 0, 1), Word("is", 1, 2), Word("-", 2, 2), Word("it", 2, 3)]

    assert changed_words(committed, "Who is it?") == ()
    assert changed_words(committed, "Who was it?") == (committed[1],)
    assert changed_words(committed, "") == (committed[0], committed[1], committed[3])


def test_levels_come_ten_times_a_second() -> None:
    heard = hear(sound(1.0, 1.0, 1.0), ScriptedStreams("a b c"))

    levels = heard.of(Level)
    assert 20 <= len(levels) <= 30
    assert {level.rms for level in levels if level.at < 0.9} == {-120.0}
    assert max(level.rms for level in levels) == pytest.approx(-20.0, abs=0.1)


def test_silence_asks_nothing_of_the_recogniser_and_keeps_no_sound() -> None:
    hearing = Hearing(TurnDetector(LoudIsSpeech()), ScriptedStreams())
    timed = list(simulated(chunks(np.zeros(60 * ASR_SAMPLE_RATE, np.float32)), hearing))

    assert {type(each.event) for each in timed} == {Level}
    assert hearing.idle
    assert hearing._tape.end - hearing._tape.start <= ListenOptions().keep + 0.07


def test_lost_samples_leave_a_hole_and_times_stay_right() -> None:
    begin = list(sound(0.5, 0.9))
    after = list(sound(0.0, 0.6, 2.0, start=1.4 + 0.32))
    heard = hear([*begin, *after], ScriptedStreams("one two three four five six"))

    [endpoint] = heard.of(Endpoint)
    assert endpoint.speech_end == pytest.approx(1.4 + 0.32 + 0.6, abs=0.05)
    [stream] = heard.recognizer.streams
    assert stream.fed == pytest.approx(endpoint.decided - heard.of(FinalHeard)[0].start, abs=0.1)


def test_a_long_hole_ends_the_turn() -> None:
    after = list(sound(0.0, 0.6, 2.0, start=60.0))
    heard = hear([*sound(0.5, 0.9), *after], ScriptedStreams("one two three", "four five"))

    assert [final.start for final in heard.of(FinalHeard)] == pytest.approx([0.2, 60.0], abs=0.1)


def test_a_lost_device_ends_the_turn_and_is_told() -> None:
    hearing = Hearing(TurnDetector(LoudIsSpeech()), ScriptedStreams("one two three"))
    for chunk in sound(0.5, 0.9):
        hearing.take(chunk, chunk.start)

    told = hearing.take(DeviceLost(1.4, "the microphone is gone"), 1.5)

    assert [type(event) for event in told] == [DeviceLost, Endpoint]
    assert hearing.take(SamplesLost(1.4, 0.1, 0.1), 1.5) == [SamplesLost(1.4, 0.1, 0.1)]
    job = hearing.job(1.5)
    assert job is not None
    assert job.kind == "final"


def test_push_to_talk_decides_alone() -> None:
    recognizer = ScriptedStreams("one two three four five six")
    hearing = Hearing(TurnDetector(LoudIsSpeech(), EndpointOptions(mode="push-to-talk")), recognizer)
    told = []
    for at, chunk in enumerate(sound(0.5, 0.9, 3.0, 0.9, 1.0)):
        if at == 4:
            told += hearing.press(chunk.start)
        told += hearing.take(chunk, chunk.start)
    told += hearing.release(6.4)

    decided = [event for event in told if isinstance(event, SpeechStarted | Endpoint)]
    assert [type(event) for event in decided] == [SpeechStarted, Endpoint]
    assert isinstance(decided[1], Endpoint)
    assert decided[1].reason == "released"


def test_too_much_waiting_sound_is_a_backlog() -> None:
    hearing = Hearing(TurnDetector(LoudIsSpeech()), ScriptedStreams("a", "b", "c"), ListenOptions(backlog=4.0))
    for chunk in sound(0.5, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0):
        hearing.take(chunk, chunk.start)

    assert hearing.backlogged
    while job := hearing.job(20.0):
        hearing.done(job, job.run(), 20.0)
    assert not hearing.backlogged
    assert hearing.idle


def test_chunks_of_any_size_tell_the_same() -> None:
    finals = []
    for chunk in (0.02, 0.1, 0.5):
        heard = hear(sound(0.5, SPEECH, 2.0, chunk=chunk), ScriptedStreams(QUESTION))
        [final] = heard.of(FinalHeard)
        finals.append((final.utterance.text, round(final.start, 3)))

    assert len(set(finals)) == 1
