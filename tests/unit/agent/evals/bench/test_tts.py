"""The voice benchmark with voices that fail and a recogniser that reads what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from agent.evals.bench.tts import VoiceScore, doubled, lost, measure
from tests.fakes.speech import FakeSynthesizer, utterance
from tests.fakes.voices import ToneVoice
from voice.errors import SynthesisError, SynthesizerMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples, Utterance

BRIDGE = "The bridge was completed in the same year."
RIVER = "The river that flows through it is the Leine."


@dataclass
class Reading:
    """Reads these texts, one after the other."""

    texts: list[str]
    name: str = "reading"

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        return utterance(self.texts.pop(0))


def score(sentences: Sequence[str], *read: str) -> VoiceScore:
    return measure("tone", ToneVoice, sentences, Reading(list(read)))


@pytest.mark.parametrize("sentence", ["Yes.", "It was directed by Spielberg.", BRIDGE])
def test_a_sentence_said_twice_is_found_however_short(sentence: str) -> None:
    result = score([sentence, sentence], f"{sentence} {sentence}", sentence)

    assert [each.read for each in result.doubled] == [f"{sentence} {sentence}"]
    assert result.lost == []


def test_many_words_more_are_no_doubling() -> None:
    assert score([BRIDGE], f"{BRIDGE} and a great many other words that nobody has ever said at all").doubled == []
    assert score(["No, no, no."], "no no no").doubled == []


def test_a_sentence_is_lost_when_less_than_a_third_is_read_back() -> None:
    sentence = "Clara was the wife of Robert."

    result = score([sentence] * 4, "", "Clara", "Clara was", sentence)

    assert [each.read for each in result.lost] == ["", "Clara"]
    assert result.errors.rate == pytest.approx((6 + 5 + 4) / 24)


def test_sentences_of_an_answer_are_told_apart() -> None:
    answer = ["Yes.", BRIDGE, RIVER]

    assert lost(answer, f"yes {RIVER}") == [BRIDGE]
    assert lost(answer, " ".join(answer)) == []
    assert doubled(answer, f"yes {BRIDGE} {BRIDGE} {RIVER}") == [BRIDGE]
    assert doubled(answer, " ".join(answer)) == []


def test_without_a_recogniser_only_silence_by_failure_is_lost() -> None:
    voice = ToneVoice(fails={RIVER: (1, SynthesisError("no more"))})

    result = measure("tone", lambda: voice, [BRIDGE, RIVER], None)

    assert [(each.text, each.error) for each in result.lost] == [(RIVER, "no more")]
    assert [each.read for each in result.spoken] == [None]
    assert voice.closed == 1


def test_a_voice_whose_server_is_away_is_no_row_of_failures() -> None:
    voice = FakeSynthesizer(SynthesizerMissing("nobody answers at 127.0.0.1:9"))

    with pytest.raises(SynthesizerMissing, match="nobody answers"):
        measure("server", lambda: voice, [BRIDGE], None)
    assert voice.closed


def test_an_answer_is_handed_over_in_sentences() -> None:
    voice = ToneVoice()

    measure("tone", lambda: voice, [f"{BRIDGE} {RIVER}"], None)

    assert voice.spoken == ["Ready.", BRIDGE, RIVER]
