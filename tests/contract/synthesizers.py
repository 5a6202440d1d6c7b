"""The contract of voice.ports.Synthesizer: a backend's tests subclass it and add the fixture `voice`."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import psutil
import pytest

from voice.errors import SynthesisError, VoiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer
    from voice.types import SpeechClip

SENTENCES = ["The bridge opened in 1883.", "Who built it?", "It was John Roebling; his son finished it."]
SILENT = ["", "   ", "🎉🎉", "...", "\u200b", "— «»", "\x00\x07\x1b", "\n\n"]
ODD = [
    "<speak><break time='10s'/>Hello</speak>",
    "[[h@l'oU]] world",
    "/həlˈoʊ/ {pause} \\vol=200\\ -f /etc/passwd",
    "--help me",
    "a\x00b\x1b[31mc\u202ed",
    "Ünïcödé and Ω, mixed with plain words",
    "x" * 300,
]


class SynthesizerContract:
    """Whatever speaks passes these. `longest`: the most seconds one clip may hold, whatever the text."""

    longest: ClassVar[float] = 90.0

    @pytest.fixture
    def own_voice(self, voice: Synthesizer) -> Synthesizer:
        """One that a test may close; where `voice` is shared by several, another."""
        return voice

    def test_it_has_a_name_and_says_what_it_can(self, voice: Synthesizer) -> None:
        assert voice.name
        rate = voice.capabilities.sample_rate
        assert rate is None or 8_000 <= rate <= 192_000

    def test_every_sentence_is_spoken_once_and_in_order(self, voice: Synthesizer) -> None:
        clips = list(voice.stream(SENTENCES))
        check_clips(clips, voice)
        assert ended(clips) == SENTENCES
        for sentence in SENTENCES:
            assert 0.2 < sum(clip.duration for clip in clips if clip.text == sentence) < 30

    def test_a_repeated_sentence_is_repeated(self, voice: Synthesizer) -> None:
        assert ended(list(voice.stream(["Yes.", "Yes."]))) == ["Yes.", "Yes."]

    def test_sentences_are_taken_one_at_a_time(self, voice: Synthesizer) -> None:
        taken: list[str] = []

        def sentences() -> Iterator[str]:
            for sentence in SENTENCES:
                taken.append(sentence)
                yield sentence

        stream = voice.stream(sentences())
        next(stream)
        stream.close()
        assert taken == SENTENCES[:1]

    @pytest.mark.parametrize("text", SILENT, ids=ascii)
    def test_what_has_no_words_makes_no_sound(self, voice: Synthesizer, text: str) -> None:
        assert list(voice.stream([text])) == []

    def test_silent_sentences_between_others_are_passed_over(self, voice: Synthesizer) -> None:
        assert ended(list(voice.stream(["", "One.", "🎉", "Two.", "..."]))) == ["One.", "Two."]

    @pytest.mark.parametrize("text", ODD, ids=ascii)
    def test_odd_text_is_text(self, voice: Synthesizer, text: str) -> None:
        clips = list(voice.stream([text, "Done."]))
        check_clips(clips, voice)
        assert ended(clips) == [text, "Done."]
        assert longest_silence(clips) < 5, "a break of ten seconds was obeyed"

    def test_another_script_is_spoken_or_refused_in_one_line(self, voice: Synthesizer) -> None:
        text = "東京は日本の首都です。"
        try:
            clips = list(voice.stream([text]))
        except VoiceError as error:
            told = str(error)
        else:
            told = ""
            assert ended(clips) == [text]
        assert "\n" not in told
        assert ended(list(voice.stream(["Still here."]))) == ["Still here."]

    def test_fifty_thousand_characters_come_bit_by_bit(self, voice: Synthesizer) -> None:
        text = "a sentence that never ends and goes on and on " * 1100
        stream = voice.stream([text[:50_000]])
        first = [next(stream) for _ in range(2)]
        stream.close()
        check_clips(first, voice)
        assert not any(clip.last for clip in first)
        assert all(clip.duration <= self.longest for clip in first)

    def test_cancelling_frees_what_was_held(self, voice: Synthesizer) -> None:
        before = set(psutil.Process().children(recursive=True))
        stream = voice.stream(SENTENCES)
        next(stream)
        stream.close()
        deadline = time.monotonic() + 5
        while (left := set(psutil.Process().children(recursive=True)) - before) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not left
        assert list(stream) == []
        assert ended(list(voice.stream(["Again."]))) == ["Again."]

    def test_two_streams_do_not_mix(self, voice: Synthesizer) -> None:
        one, other = voice.stream(["One.", "Two."]), voice.stream(["Three.", "Four."])
        clips, others = [next(one)], [next(other)]
        clips += list(one)
        others += list(other)
        assert (ended(clips), ended(others)) == (["One.", "Two."], ["Three.", "Four."])

    def test_an_unused_stream_and_a_second_close_are_fine(self, own_voice: Synthesizer) -> None:
        own_voice.stream(SENTENCES).close()
        own_voice.close()
        own_voice.close()

    def test_nothing_is_spoken_once_it_was_closed(self, own_voice: Synthesizer) -> None:
        begun = own_voice.stream(SENTENCES)
        next(begun)
        own_voice.close()
        for stream in (begun, own_voice.stream(["Again."])):
            with pytest.raises(SynthesisError, match="was closed") as raised:
                next(stream)
            assert "\n" not in str(raised.value)
            assert list(stream) == []


def ended(clips: list[SpeechClip]) -> list[str]:
    """The sentences that were spoken to their end, in order."""
    return [clip.text for clip in clips if clip.last]


def longest_silence(clips: list[SpeechClip]) -> float:
    """Seconds of the longest stretch below -60 dBFS."""
    samples = np.concatenate([clip.samples for clip in clips])
    loud = np.flatnonzero(np.abs(samples) > 0.001)
    return float(np.diff(loud, prepend=0, append=len(samples)).max(initial=0)) / clips[0].sample_rate


def check_clips(clips: list[SpeechClip], voice: Synthesizer) -> None:
    """Samples and rates as the port promises; no sentence begins before the one before has ended."""
    rates = {clip.sample_rate for clip in clips}
    assert len(rates) == 1
    assert voice.capabilities.sample_rate in (None, *rates)
    for clip in clips:
        assert clip.samples.dtype == np.float32
        assert clip.samples.ndim == 1
        assert len(clip.samples) > 0 or clip.last
        assert np.abs(clip.samples).max(initial=0.0) <= 1.0
        assert np.isfinite(clip.samples).all()
    for clip, following in pairwise(clips):
        assert clip.last or following.text == clip.text
