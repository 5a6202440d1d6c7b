"""The streaming benchmark on recordings whose right figures are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from agent.evals.bench.asr import Offline, Take, emission_delays, percentile, play, score
from agent.evals.bench.recordings import Recording
from tests.fakes.listening import LoudIsSpeech, ScriptedStreams, sound
from tests.fakes.speech import utterance
from voice.endpoint import EndpointOptions, TurnDetector
from voice.events import Endpoint, FinalHeard, PartialHeard, SpeechStarted
from voice.listener import Hearing
from voice.types import Partial, Word

if TYPE_CHECKING:
    from voice.events import ListenEvent
    from voice.types import AudioChunk

QUESTION = "who is the wife of Robert"
ONSET = 0.5
END = ONSET + 0.3 * 6


def recording(*stretches: float) -> Recording:
    samples = np.concatenate([chunk.samples for chunk in sound(*stretches)])
    return Recording("question.wav", samples, QUESTION)


def offline(text: str = QUESTION) -> Offline:
    words = text.split()
    return Offline(text, tuple(Word(word, ONSET + 0.3 * n, ONSET + 0.3 * (n + 1)) for n, word in enumerate(words)))


def heard(
    *sentences: str, stretches: tuple[float, ...] = (ONSET, 1.8), wait: float = 0.7, final: str | None = None
) -> Take:
    detector = TurnDetector(
        LoudIsSpeech(), EndpointOptions(silence=wait, complete_silence=wait, unfinished_silence=wait, finality=1.0)
    )
    hearing = Hearing(detector, ScriptedStreams(*sentences, cost=0.0, final=final))
    return play(recording(*stretches), hearing, speech_end=END)


def test_a_word_is_late_by_the_time_from_its_end_to_its_commitment() -> None:
    delays = emission_delays(heard(QUESTION), offline())

    # the scripted ears commit half a second behind the edge, or once there is silence
    assert all(0.2 < delay < 0.85 for delay in delays)
    assert len(delays) == 6


def test_a_word_that_is_never_committed_comes_with_the_final() -> None:
    take = heard("who is the wife", final=QUESTION)

    delays = emission_delays(take, offline())

    assert delays[-1] == pytest.approx(take.turns[0].final_at - END, abs=0.01)


def test_the_score_counts_errors_of_committed_and_final_words_apart() -> None:
    take = heard("who is the wife of Roger", final=QUESTION)

    [result] = [score("scripted", "early", [take], [offline()])]

    assert (result.committed.count, result.final.count, result.offline.count) == (1, 0, 0)
    assert result.against_offline.length == 6
    assert (result.cut_off, result.reopened) == (0, 0)
    assert result.audio_seconds == pytest.approx(2.3)
    assert result.endpoints[0] == pytest.approx(0.7, abs=0.1)


def test_a_question_cut_off_and_taken_up_again_is_counted_as_both() -> None:
    take = heard("who is", QUESTION, stretches=(ONSET, 0.6, 0.9, 1.2), wait=0.5)

    assert (take.cut_off, take.reopened) == (1, 1)
    assert take.final == QUESTION
    assert len(take.turns) == 1


def test_words_committed_before_the_turn_was_taken_up_again_keep_their_time() -> None:
    take = heard("who is", QUESTION, stretches=(ONSET, 0.6, 0.9, 1.2), wait=0.5)

    [turn] = take.turns
    assert [word.text for word in turn.before] == ["who", "is"]
    assert [word.at for word in turn.committed[:2]] == [word.at for word in turn.before]


class Telling:
    """A Hearing, as far as `simulated` drives one, that tells these events at once."""

    def __init__(self, *events: ListenEvent) -> None:
        self.events = list(events)

    def take(self, chunk: AudioChunk, now: float) -> list[ListenEvent]:
        told, self.events = self.events, []
        return told

    def job(self, now: float) -> None:
        return None

    def ended(self, now: float) -> list[ListenEvent]:
        return []


def test_a_turn_told_as_taken_up_again_that_begins_elsewhere_is_another_one() -> None:
    first, second = (FinalHeard(utterance(text), start, 0.1) for text, start in (("who is", 0.5), ("of Robert", 2.0)))
    ended = Endpoint(3.0, 3.5, "silence")
    telling = Telling(
        SpeechStarted(0.5),
        Endpoint(1.0, 1.5, "silence"),
        SpeechStarted(2.0, resumed=True),
        PartialHeard(Partial(()), 2.0),
        first,
        ended,
        second,
    )

    take = play(recording(0.1), cast("Hearing", telling), speech_end=0.0)

    assert [(turn.start, turn.final) for turn in take.turns] == [(0.5, first), (2.0, second)]
    assert take.turns[-1].endpoint is ended


def test_tentative_words_taken_back_are_revisions() -> None:
    take = heard(QUESTION)

    [turn] = take.turns
    assert turn.revised == 0
    assert turn.shown > 0


def test_silence_scores_as_nothing_heard() -> None:
    take = heard(stretches=(2.0,))

    result = score("scripted", "early", [take], [Offline("", ())])

    assert take.turns == []
    assert result.committed.rate == 1.0
    assert np.isnan(percentile(result.delays, 0.5))
