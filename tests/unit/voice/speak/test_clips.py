"""From arrays to clips, with engines that are plain functions; they also prove the contract on the smallest backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.synthesizers import SynthesizerContract, ended
from voice.errors import SynthesisError
from voice.speak.clips import prompt, streamed_clips, whole_clips
from voice.speak.closing import Closing
from voice.speak.text import LONGEST, has_words, language_code, pieces, plain, reads
from voice.types import SpeechClip, SynthesizerCapabilities

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from voice.ports import Synthesizer
    from voice.types import Samples


def tone(text: str) -> Samples:
    return np.full(800 * len(text), 0.5, np.float32)


class Whole:
    """Answers with the whole sound of a text."""

    name = "whole"
    capabilities = SynthesizerCapabilities(sample_rate=8_000)

    def __init__(self) -> None:
        self._closing = Closing(self.name)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        for sentence in sentences:
            yield from self._closing.until(whole_clips(sentence, tone, 8_000))

    def close(self) -> None:
        self._closing.close()


class Streamed(Whole):
    """Answers in halves."""

    name = "streamed"

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        def halves(text: str) -> Iterator[Samples]:
            yield from np.array_split(tone(text), 2)

        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, halves, 8_000))


class TestWhole(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Synthesizer:
        return Whole()


class TestStreamed(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Synthesizer:
        return Streamed()


def test_samples_out_of_range_and_no_numbers_are_mended() -> None:
    wild = np.array([2.0, -3.0, np.nan, np.inf, 0.25], np.float64)
    (clip,) = whole_clips("One.", lambda _: wild, 8_000)  # type: ignore[arg-type,return-value]
    assert clip.samples.dtype == np.float32
    assert clip.samples.tolist() == [1.0, -1.0, 0.0, 1.0, 0.25]


@pytest.mark.parametrize("streams", [True, False])
def test_words_without_sound_are_an_error(streams: bool) -> None:
    nothing = np.zeros(0, np.float32)
    with pytest.raises(SynthesisError, match=r"no sound for '東京'.*hark voices"):
        list(
            streamed_clips("東京", lambda _: iter([nothing]), 8_000)
            if streams
            else whole_clips("東京", lambda _: nothing, 8_000)
        )


def test_a_piece_without_sound_does_not_lose_the_end() -> None:
    def only_the_first(text: str) -> Samples:
        return tone("a") if text.startswith("a") else np.zeros(0, np.float32)

    clips = list(whole_clips("a" * LONGEST + " " + "b" * 10, only_the_first, 8_000))
    assert [(len(clip.samples), clip.last) for clip in clips] == [(800, False), (0, True)]


def test_closing_a_stream_closes_the_engine() -> None:
    closed = []

    def endless(_: str) -> Iterator[Samples]:
        try:
            while True:
                yield tone("a")
        finally:
            closed.append(True)

    stream = streamed_clips("One.", endless, 8_000)
    next(stream)
    stream.close()
    assert closed == [True]


@given(st.text(max_size=2_000), st.integers(5, 60))
def test_pieces_are_short_and_lose_no_word(text: str, longest: int) -> None:
    found = list(pieces(text, longest))
    assert all(0 < len(piece) <= longest and has_words(piece) for piece in found)
    letters = [ch for ch in plain(text) if ch.isalnum()]
    assert [ch for piece in found for ch in piece if ch.isalnum()] == letters


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("one two three", 20, ["one two three"]),
        ("One is here. Two, is there", 15, ["One is here.", "Two, is there"]),
        ("one is here, two is there", 15, ["one is here,", "two is there"]),
        ("one is here two is there", 15, ["one is here", "two is there"]),
        ("pi is 3.14159265", 14, ["pi is", "3.14159265"]),
        ("abcdefghijkl", 5, ["abcde", "fghij", "kl"]),
        ("一二三。四五六七八", 5, ["一二三。", "四五六七八"]),
        (" ".join("!" * 9), 5, []),
    ],
)
def test_where_pieces_are_cut(text: str, longest: int, expected: list[str]) -> None:
    assert list(pieces(text, longest)) == expected


def test_a_long_text_is_one_sentence_in_many_clips() -> None:
    clips = list(Whole().stream(["word " * 1000, "End."]))
    assert len(clips) > 10
    assert ended(clips) == ["word " * 1000, "End."]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en-us", "The bridge opened in 1883.", True),
        ("en", "東京は日本の首都です。", False),
        ("en_GB", "Москва", False),
        ("en", "Tokyo (東京) is the capital.", True),
        ("en", "∂x/∂t = αx", True),
        ("en", "1883", True),
        ("fr-fr", "Où ça ? Là-bas, œuvre.", True),
        ("ru", "Москва", True),
        ("ru", "東京", False),
        ("el", "Αθήνα", True),
        ("ja", "東京", True),
        ("xx", "東京", True),
    ],
)
def test_which_scripts_a_language_reads(language: str, text: str, expected: bool) -> None:
    assert reads(language, text) is expected


def test_brackets_cannot_begin_phoneme_notation() -> None:
    for text in ("[[h@l'oU]]", "[[[x]]]", "a[\u200b[b]\u200b]"):
        assert "[[" not in plain(text)
        assert "]]" not in plain(text)
    assert plain("a [1] b") == "a [1] b"


def clip(*stretches: tuple[float, float], last: bool = True) -> SpeechClip:
    """Seconds at amplitudes, one after the other, at 1 kHz."""
    parts = [np.full(round(seconds * 1000), level, np.float32) for seconds, level in stretches]
    return SpeechClip(np.concatenate(parts), 1000, "a sentence", last=last)


def test_the_silence_before_the_first_word_is_dropped_and_no_other() -> None:
    first, second = prompt(iter([clip((0.26, 0.0), (0.5, 0.3)), clip((0.2, 0.0), (0.5, 0.3))]))

    assert first.duration == pytest.approx(0.53)
    assert second.duration == pytest.approx(0.7)


def test_silence_that_fills_whole_clips_is_dropped_too() -> None:
    (only,) = prompt(iter([clip((0.1, 0.0), last=False), clip((0.1, 0.001), (0.1, 0.3))]))

    assert only.duration == pytest.approx(0.13)


def test_a_sentence_of_silence_still_ends() -> None:
    (only,) = prompt(iter([clip((0.1, 0.0))]))

    assert (len(only.samples), only.last) == (0, True)


def test_closing_the_prompt_clips_closes_those_of_the_voice() -> None:
    closed = []

    def clips() -> Generator[SpeechClip, None, None]:
        try:
            yield clip((0.1, 0.3))
        finally:
            closed.append(True)

    stream = prompt(clips())
    next(stream)
    stream.close()

    assert closed == [True]


@pytest.mark.parametrize(
    ("engine", "code"),
    [("cmn", "zh"), ("cmn-latn-pinyin", "zh"), ("yue", "zh"), ("en-us", "en-us"), ("en-gb-x-rp", "en-gb"),
     ("en-029", "en"), ("pt_BR", "pt-br"), ("de", "de"), ("jbo", "jbo")],
)  # fmt: skip
def test_a_language_has_the_code_that_text_is_made_speakable_by(engine: str, code: str) -> None:
    assert language_code(engine) == code
