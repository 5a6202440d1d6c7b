from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.passes import spoken
from tests.fakes.speech import FakeRecognizer
from voice.errors import RecognitionError
from voice.recognize.streaming.build import streaming
from voice.recognize.streaming.generic import GenericStreaming
from voice.recognize.streaming.options import StreamingOptions
from voice.recognize.streaming.passes import after
from voice.types import Hypothesis, Utterance, Word

SECOND = np.zeros(16_000, np.float32)


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def test_words_after_the_committed_ones_are_found_by_time() -> None:
    words = spoken("who designed the bridge")
    assert texts(after(words, words[:2])) == "the bridge"
    assert texts(after(words, ())) == "who designed the bridge"
    assert after(words, words) == ()


def test_a_committed_tail_that_moved_is_not_said_twice() -> None:
    committed = spoken("who designed")
    shifted = spoken("who designed the", start=0.35)
    assert texts(after(shifted, committed)) == "the"


def test_a_recogniser_without_words_cannot_stream() -> None:
    stream = GenericStreaming(FakeRecognizer(Utterance((Hypothesis("yes", -1.0, 1.0),), 1.0))).stream()
    stream.feed(SECOND)
    with pytest.raises(RecognitionError, match="fake places no words in time"):
        stream.advance()


def test_agreed_words_are_committed() -> None:
    words = spoken("who designed", start=0.0)
    ears = GenericStreaming(FakeRecognizer(Utterance((Hypothesis("who designed", -1.0, 1.0, (), words),), 1.0)))
    stream = ears.stream()
    stream.feed(SECOND)
    first = stream.advance()
    stream.feed(SECOND)
    second = stream.advance()
    assert first is not None
    assert second is not None
    assert (texts(first.committed), texts(first.tentative)) == ("", "who designed")
    assert (texts(second.committed), texts(second.tentative)) == ("who designed", "")


def test_who_streams_by_itself_is_left_to_it() -> None:
    class Native(FakeRecognizer):
        def stream(self) -> None: ...

    native = Native(Utterance((), 1.0))
    assert streaming(native, StreamingOptions()) is native  # type: ignore[comparison-overlap]
    assert isinstance(streaming(FakeRecognizer(Utterance((), 1.0)), StreamingOptions()), GenericStreaming)
