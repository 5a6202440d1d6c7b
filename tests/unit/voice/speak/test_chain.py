"""The fallback chain: who speaks what, what is told, and that nothing is spoken twice."""

from __future__ import annotations

import contextlib
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.contract.synthesizers import SynthesizerContract, ended
from tests.fakes.voices import ToneVoice
from voice.errors import OptionError, StoreError, SynthesisError, SynthesizerMissing, Unspeakable, VoiceError
from voice.speak.chain import FallbackSynthesizer, Link
from voice.speak.none import SilentSynthesizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice.ports import Synthesizer
    from voice.types import Samples, SpeechClip

DOWN = SynthesisError("the server is down: start it")


def chain(*voices: Synthesizer | Exception) -> tuple[FallbackSynthesizer, list[str]]:
    """A chain of these, an exception standing for what cannot be made, and the lines it tells."""

    def maker(voice: Synthesizer | Exception) -> Callable[[], Synthesizer]:
        def make() -> Synthesizer:
            if isinstance(voice, Exception):
                raise voice
            return voice

        return make

    told: list[str] = []
    links = [
        Link(f"gone{at}" if isinstance(voice, Exception) else voice.name, maker(voice))
        for at, voice in enumerate(voices)
    ]
    return FallbackSynthesizer(links, told.append), told


def spoken_by(clips: list[SpeechClip]) -> list[tuple[str, float]]:
    """(sentence, level of its samples), one entry for each stretch; empty clips do not count."""
    heard = [(clip.text, round(float(np.median(clip.samples)), 2)) for clip in clips if len(clip.samples)]
    return heard[:1] + [following for before, following in pairwise(heard) if following != before]


class TestChain(SynthesizerContract):
    """A chain whose first voice has just failed at another rate is a synthesizer like any other."""

    @pytest.fixture
    def voice(self) -> Synthesizer:
        made, _ = chain(
            ToneVoice(told=False, fails={"The bridge opened in 1883.": (0, DOWN)}), ToneVoice("b", rate=24_000)
        )
        return made


def test_without_a_failure_only_the_first_is_made_and_nothing_is_told() -> None:
    speaks, told = chain(ToneVoice("a"), AssertionError("was made"))
    assert ended(list(speaks.stream(["One.", "Two."]))) == ["One.", "Two."]
    assert speaks.name == "a"
    assert told == []


def test_the_next_speaks_the_sentence_that_failed_and_stays() -> None:
    first, second = ToneVoice("a", fails={"Two.": (0, DOWN)}), ToneVoice("b", level=0.25)
    speaks, told = chain(first, second)
    clips = list(speaks.stream(["One.", "Two.", "Three."]))
    assert spoken_by(clips) == [("One.", 0.5), ("Two.", 0.25), ("Three.", 0.25)]
    assert ended(clips) == ["One.", "Two.", "Three."]
    assert told == ["the server is down: start it; b speaks instead"]


def test_the_next_stream_begins_with_the_preferred_one() -> None:
    first, second = ToneVoice("a", fails={"Two.": (0, DOWN)}), ToneVoice("b", level=0.25)
    speaks, told = chain(first, second)
    list(speaks.stream(["Two."]))
    assert spoken_by(list(speaks.stream(["One.", "Two."]))) == [("One.", 0.5), ("Two.", 0.25)]
    assert len(told) == 2, "once for each stream"


@pytest.mark.parametrize("after", [1, 2])
def test_a_sentence_heard_in_part_ends_there(after: int) -> None:
    first, second = ToneVoice("a", fails={"Two.": (after, DOWN)}), ToneVoice("b", level=0.25)
    speaks, told = chain(first, second)
    clips = list(speaks.stream(["One.", "Two.", "Three."]))
    assert spoken_by(clips) == [("One.", 0.5), ("Two.", 0.5), ("Three.", 0.25)]
    assert ended(clips) == ["One.", "Two.", "Three."], "what was cut off is closed as well"
    assert [clip.text for clip in clips if clip.broken] == ["Two."], "and says that it was cut off"
    assert second.spoken == ["Three."]
    assert told == ["the server is down: start it; b speaks instead from the next sentence on"]


def test_a_failure_after_the_last_clip_repeats_and_closes_nothing() -> None:
    first, second = ToneVoice("a", fails={}), ToneVoice("b", level=0.25)

    class FailsAtTheEnd(ToneVoice):
        def stream(self, sentences):  # type: ignore[no-untyped-def]
            yield from first.stream(sentences)
            raise DOWN

    speaks, _ = chain(FailsAtTheEnd("c"), second)
    clips = list(speaks.stream(["One.", "Two."]))
    assert ended(clips) == ["One.", "Two."]
    assert spoken_by(clips) == [("One.", 0.5), ("Two.", 0.25)]


def test_a_sentence_that_a_voice_cannot_read_is_handed_on_alone() -> None:
    first = ToneVoice("a", fails={"東京": (0, Unspeakable("no sound for '東京': choose another"))})
    speaks, told = chain(first, ToneVoice("b", level=0.25))
    clips = list(speaks.stream(["One.", "東京", "Three."]))
    assert spoken_by(clips) == [("One.", 0.5), ("東京", 0.25), ("Three.", 0.5)]
    assert told == ["no sound for '東京': choose another; b speaks instead"]


def test_silence_takes_one_sentence_only() -> None:
    speaks, told = chain(ToneVoice("a", fails={"Two.": (0, DOWN), "Four.": (0, DOWN)}), SilentSynthesizer())
    assert ended(list(speaks.stream(["One.", "Two.", "Three.", "Four.", "Five."]))) == ["One.", "Three.", "Five."]
    assert told == ["the server is down: start it; no voice is left for it"], "the same line once"


@pytest.mark.parametrize("error", [DOWN, SynthesizerMissing("no server: start it")])
def test_silence_stays_where_speaking_is_hopeless(error: Exception) -> None:
    first = ToneVoice("a", fails={"One.": (0, error), "Two.": (0, error), "Three.": (0, AssertionError("was tried"))})
    speaks, told = chain(first, SilentSynthesizer())
    assert list(speaks.stream(["One.", "Two.", "Three.", "Four."])) == []
    assert len(told) == 1


def test_the_last_failure_is_raised() -> None:
    last = SynthesisError("the second is down as well: start it")
    speaks, told = chain(ToneVoice("a", fails={"One.": (0, DOWN)}), ToneVoice("b", fails={"One.": (0, last)}))
    with pytest.raises(SynthesisError, match="the second is down as well"):
        list(speaks.stream(["One."]))
    assert len(told) == 1


def test_what_cannot_be_made_is_passed_over_at_once() -> None:
    missing = SynthesizerMissing("piper needs the package piper: pip install it")
    speaks, told = chain(missing, StoreError("no model: pull it"), ToneVoice("c"))
    assert told == [f"{missing}; gone1 speaks instead", "no model: pull it; c speaks instead"]
    assert speaks.name == "c"
    assert ended(list(speaks.stream(["One."]))) == ["One."]
    assert len(told) == 2
    with pytest.raises(StoreError, match="no model"):
        chain(missing, StoreError("no model: pull it"))


def test_a_wrong_setting_is_never_worked_around() -> None:
    wrong = OptionError("unknown setting 'tts.piper.voise'")
    with pytest.raises(OptionError):
        chain(wrong, ToneVoice())
    speaks, _ = chain(ToneVoice("a", fails={"One.": (0, DOWN)}), wrong, ToneVoice("c"))
    with pytest.raises(OptionError):
        list(speaks.stream(["One."]))


@pytest.mark.parametrize("error", [ValueError("bad\nshape"), KeyError("x"), MemoryError()])
def test_a_backend_that_raises_anything_is_one_line(error: Exception) -> None:
    speaks, told = chain(ToneVoice("a", fails={"One.": (1, error)}), ToneVoice("b"))
    assert ended(list(speaks.stream(["One.", "Two."]))) == ["One.", "Two."]
    assert len(told) == 1
    assert "\n" not in told[0]
    assert f"'a' failed ({type(error).__name__}" in told[0]
    alone, _ = chain(ToneVoice("a", fails={"One.": (0, error)}))
    with pytest.raises(VoiceError, match=r"'a' failed .*: choose another with tts.synthesizer"):
        list(alone.stream(["One."]))


def test_all_clips_have_the_first_rate_and_keep_their_length() -> None:
    second = ToneVoice("b", level=0.25, rate=22_050)
    speaks, _ = chain(ToneVoice("a", rate=24_000, fails={"Two.": (0, DOWN)}), second)
    clips = list(speaks.stream(["One.", "Two."]))
    assert {clip.sample_rate for clip in clips} == {24_000} == {speaks.capabilities.sample_rate}
    assert sum(len(clip.samples) for clip in clips if clip.text == "Two.") == pytest.approx(24_000 * 0.4, abs=1)
    middle = np.concatenate([clip.samples for clip in clips if clip.text == "Two."])[1_000:-1_000]
    assert np.allclose(middle, 0.25, atol=0.01), "no seam between its clips"


def test_the_rate_stays_where_the_first_cannot_tell_it() -> None:
    first = ToneVoice("a", told=False, rate=16_000, fails={"One.": (0, DOWN)})
    speaks, _ = chain(first, ToneVoice("b", rate=24_000))
    assert {clip.sample_rate for clip in speaks.stream(["One.", "Two."])} == {24_000}
    assert {clip.sample_rate for clip in speaks.stream(["Two."])} == {24_000}, "also when the first speaks again"


def test_closing_a_stream_closes_the_one_that_speaks() -> None:
    first, second = ToneVoice("a"), ToneVoice("b")
    speaks, told = chain(first, second)
    stream = speaks.stream(["One.", "Two."])
    next(stream)
    assert first.open == 1
    stream.close()
    assert first.open == 0
    assert told == []
    assert second.spoken == []


def test_close_closes_those_that_were_made() -> None:
    first, second, third = ToneVoice("a", fails={"One.": (0, DOWN)}), ToneVoice("b"), ToneVoice("c")
    speaks, _ = chain(first, second, third)
    list(speaks.stream(["One."]))
    speaks.close()
    assert (first.closed, second.closed, third.closed) == (1, 1, 0)


class EndsWhenClosed(ToneVoice):
    """Fails as a server's voice does whose connections are cut, in the middle of a sentence."""

    def _halves(self, text: str) -> Iterator[Samples]:
        for samples in super()._halves(text):
            yield samples
            if self.closed:
                raise SynthesisError("it broke off: see its log")


@pytest.mark.parametrize("before", [0, 1, 2], ids=["before the first clip", "in a sentence", "after its last sound"])
def test_nobody_takes_over_from_a_chain_that_was_closed(before: int) -> None:
    first, second = EndsWhenClosed("a"), ToneVoice("b")
    speaks, told = chain(first, second)
    stream = speaks.stream(["One.", "Two."])
    for _ in range(before):
        next(stream)
    speaks.close()
    with pytest.raises(SynthesisError, match="was closed: nothing is spoken any more"):
        next(stream)
    assert list(stream) == []
    assert (told, second.spoken, first.open) == ([], [], 0)
    with pytest.raises(SynthesisError, match="was closed"):
        list(speaks.stream(["Three."]))
    assert second.spoken == []


def test_a_voice_that_was_being_made_when_the_chain_was_closed_is_closed_too() -> None:
    loading, go_on = threading.Event(), threading.Event()
    first, second = ToneVoice("a", fails={"One.": (0, DOWN)}), ToneVoice("b")

    def make() -> Synthesizer:
        loading.set()
        assert go_on.wait(10)
        return second

    speaks = FallbackSynthesizer([Link("a", lambda: first), Link("b", make)])
    clips: list[SpeechClip] = []

    def speak() -> None:
        with contextlib.suppress(SynthesisError):
            clips.extend(speaks.stream(["One."]))

    speaker, closer = threading.Thread(target=speak), threading.Thread(target=speaks.close)
    speaker.start()
    assert loading.wait(10)
    closer.start()
    go_on.set()
    speaker.join(10)
    closer.join(10)
    assert second.closed == 1
