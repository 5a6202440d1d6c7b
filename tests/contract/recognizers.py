"""The contracts of voice.ports.Recognizer and StreamingRecognizer.

A backend's tests subclass them and add the fixtures `ear` (the recogniser) and `speech` (samples with words in them).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice.errors import RecognitionError, VoiceError
from voice.noise import hum
from voice.recognize.nbest import reading_key
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.ports import Recognizer, StreamingRecognizer
    from voice.types import Partial, Samples, Utterance

SILENT = {
    "nothing": np.zeros(0, np.float32),
    "a moment": np.zeros(100, np.float32),
    "silence": np.zeros(3 * ASR_SAMPLE_RATE, np.float32),
    "hum": hum(3),
}
NO_SOUND = [
    (np.zeros((2, ASR_SAMPLE_RATE), np.float32), "one row of float32"),
    (np.zeros(ASR_SAMPLE_RATE, np.int16), "one row of float32"),
    (np.full(ASR_SAMPLE_RATE, math.nan, np.float32), "no numbers"),
]
BLOCK = ASR_SAMPLE_RATE // 2


def check_utterance(heard: Utterance, samples: Samples, n_best: int) -> None:
    """What holds for every n-best list."""
    assert heard.duration == pytest.approx(len(samples) / ASR_SAMPLE_RATE)
    assert 0 <= heard.no_speech_probability <= 1
    assert len(heard.hypotheses) <= n_best
    keys = [reading_key(each.text) for each in heard.hypotheses]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    assert [each.logprob for each in heard.hypotheses] == sorted((h.logprob for h in heard.hypotheses), reverse=True)
    if heard.hypotheses:
        assert sum(each.posterior for each in heard.hypotheses) == pytest.approx(1.0)
    for each in heard.hypotheses:
        assert each.logprob <= 1e-6
        assert 0 < each.posterior <= 1 + 1e-9
        starts = [word.start for word in each.words]
        assert starts == sorted(starts)
        for word in each.words:
            assert word.text == word.text.strip() != ""
            assert 0 <= word.start <= word.end <= heard.duration + 0.1
            assert word.logprob <= 1e-6


class RecognizerContract:
    """Whatever hears passes these."""

    def test_it_has_a_name(self, ear: Recognizer) -> None:
        assert ear.name

    def test_speech_has_readings(self, ear: Recognizer, speech: Samples) -> None:
        heard = ear.transcribe(speech)
        assert heard.hypotheses
        check_utterance(heard, speech, 5)

    @pytest.mark.parametrize("n_best", [1, 3])
    def test_it_gives_no_more_than_was_asked_for(self, ear: Recognizer, speech: Samples, n_best: int) -> None:
        check_utterance(ear.transcribe(speech, n_best=n_best), speech, n_best)

    @pytest.mark.parametrize("sound", SILENT)
    def test_what_is_not_speech_has_no_readings(self, ear: Recognizer, sound: str) -> None:
        heard = ear.transcribe(SILENT[sound])
        assert heard.hypotheses == ()
        assert heard.no_speech_probability > 0.4

    @pytest.mark.parametrize(("samples", "message"), NO_SOUND)
    def test_what_is_no_sound_is_refused(self, ear: Recognizer, samples: Samples, message: str) -> None:
        with pytest.raises(RecognitionError, match=message):
            ear.transcribe(samples)

    def test_hints_and_token_scores_are_accepted(self, ear: Recognizer, speech: Samples) -> None:
        odd = ["Elinor Dashwood", "a, b", "1:2 #3 @x", "日本", "/", ""]
        heard = ear.transcribe(speech, n_best=2, token_scores=True, hints=odd)
        check_utterance(heard, speech, 2)
        for each in heard.hypotheses:
            spelt = "".join(token.text for token in each.tokens).strip()
            assert not each.tokens or reading_key(spelt) == reading_key(each.text)
            assert all(token.logprob <= 1e-6 for token in each.tokens)

    def test_the_same_sound_is_heard_the_same(self, ear: Recognizer, speech: Samples) -> None:
        assert ear.transcribe(speech) == ear.transcribe(speech)


class StreamingContract:
    """Whatever hears while somebody speaks passes these."""

    def partials(self, ear: StreamingRecognizer, speech: Samples) -> tuple[list[Partial], Utterance]:
        """Half a second at a time."""
        stream = ear.stream()
        said = []
        for at in range(0, len(speech), BLOCK):
            stream.feed(speech[at : at + BLOCK])
            if partial := stream.advance():
                said.append(partial)
        return said, stream.finish()

    def test_words_come_before_the_end(self, ear: StreamingRecognizer, speech: Samples) -> None:
        said, heard = self.partials(ear, speech)
        assert said[0].heard < heard.duration
        assert any(partial.committed for partial in said)
        check_utterance(heard, speech, 5)
        assert heard.hypotheses

    def test_what_is_committed_never_changes_and_what_was_heard_grows(
        self, ear: StreamingRecognizer, speech: Samples
    ) -> None:
        said, _ = self.partials(ear, speech)
        committed = said[0].committed
        for partial in said:
            assert partial.committed[: len(committed)] == committed
            committed = partial.committed
        heard = [partial.heard for partial in said]
        assert heard == sorted(heard)
        assert 0 < heard[0] <= heard[-1] <= len(speech) / ASR_SAMPLE_RATE

    def test_every_partial_says_something_new(self, ear: StreamingRecognizer, speech: Samples) -> None:
        stream = ear.stream()
        assert stream.advance() is None
        stream.feed(speech[:BLOCK])
        stream.advance()
        assert stream.advance() is None

    def test_silence_ends_the_last_word(self, ear: StreamingRecognizer, speech: Samples) -> None:
        stream = ear.stream()
        stream.feed(speech)
        before = stream.advance()
        stream.feed(np.zeros(BLOCK, np.float32))
        after = stream.advance(silence=0.5) or before
        assert before is not None
        assert after is not None
        assert len(after.committed) > len(before.committed)

    def test_an_utterance_is_finished_once(self, ear: StreamingRecognizer, speech: Samples) -> None:
        stream = ear.stream()
        stream.feed(speech)
        stream.finish()
        for late in (stream.finish, lambda: stream.feed(speech)):
            with pytest.raises(RecognitionError, match="finished"):
                late()

    @pytest.mark.parametrize("sound", SILENT)
    def test_silence_is_no_utterance(self, ear: StreamingRecognizer, sound: str) -> None:
        stream = ear.stream()
        stream.feed(SILENT[sound])
        stream.advance()
        assert stream.finish().hypotheses == ()

    def test_nothing_fed_is_nothing_said(self, ear: StreamingRecognizer) -> None:
        assert ear.stream().finish().hypotheses == ()

    def test_two_utterances_do_not_mix(self, ear: StreamingRecognizer, speech: Samples) -> None:
        spoken, empty = ear.stream(), ear.stream()
        half = len(speech) // 2
        for at in (slice(0, half), slice(half, None)):
            spoken.feed(speech[at])
            empty.feed(np.zeros(half, np.float32))
            spoken.advance()
            empty.advance()
        assert empty.finish().hypotheses == ()
        assert spoken.finish().text == self.partials(ear, speech)[1].text

    @pytest.mark.parametrize(("samples", "message"), NO_SOUND)
    def test_what_is_no_sound_is_refused_at_once(
        self, ear: StreamingRecognizer, samples: Samples, message: str
    ) -> None:
        with pytest.raises(VoiceError, match=message):
            ear.stream().feed(samples)

    def test_the_cost_of_a_pass_is_told(self, ear: StreamingRecognizer, speech: Samples) -> None:
        stream = ear.stream()
        assert stream.cost() > 0
        stream.feed(speech)
        stream.advance()
        assert stream.cost() > 0

    def test_hints_are_accepted(self, ear: StreamingRecognizer, speech: Samples) -> None:
        stream = ear.stream(hints=["Elinor Dashwood", "a, b", "1:2 #3 @x", "日本", "/", ""])
        stream.feed(speech)
        assert stream.finish().hypotheses
