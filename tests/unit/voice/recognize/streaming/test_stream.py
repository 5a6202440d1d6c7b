from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.passes import ScriptedPasses, spoken
from voice.errors import RecognitionError
from voice.recognize.streaming.cost import CostEstimate
from voice.recognize.streaming.options import StreamingOptions
from voice.recognize.streaming.policy import build_policy
from voice.recognize.streaming.stream import Stream
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Partial, Samples, Word

LINE = "which river flows through the city where she was born"
OPTIONS = StreamingOptions(first=0.5, window=5.0, context=2.0, settle=12.0)


def stream_of(reader: ScriptedPasses, options: StreamingOptions = OPTIONS) -> Stream:
    return Stream(reader, build_policy(options), options, CostEstimate(), clock=reader.clock)


def sound(seconds: float) -> Samples:
    return np.zeros(round(seconds * ASR_SAMPLE_RATE), np.float32)


def listen(stream: Stream, seconds: float, *, step: float = 0.25) -> list[Partial]:
    said = []
    for _ in range(round(seconds / step)):
        stream.feed(sound(step))
        if partial := stream.advance():
            said.append(partial)
    return said


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def numbered(count: int) -> tuple[Word, ...]:
    return spoken(" ".join(f"word{at}x" for at in range(count)))


def test_words_are_committed_while_they_are_spoken_and_never_taken_back() -> None:
    said = listen(stream_of(ScriptedPasses(spoken(LINE))), 4.5)
    committed: tuple[Word, ...] = ()
    for partial in said:
        assert partial.committed[: len(committed)] == committed
        committed = partial.committed
        assert LINE.startswith(texts(committed))
    assert len(committed) > 7
    assert [partial.heard for partial in said] == sorted({partial.heard for partial in said})


def test_half_a_word_is_tentative_only() -> None:
    last = listen(stream_of(ScriptedPasses(spoken(LINE))), 1.25)[-1]
    assert texts(last.committed) == "which river"
    assert texts(last.tentative) == "fl"


def test_a_pause_settles_everything_and_leaves_nothing_to_do() -> None:
    reader = ScriptedPasses(spoken(LINE))
    stream = stream_of(reader)
    listen(stream, 4.25)
    stream.feed(sound(0.25))
    partial = stream.advance(silence=0.3)
    assert partial is not None
    assert texts(partial.committed) == LINE
    assert partial.tentative == ()
    stream.feed(sound(0.5))
    assert stream.advance(silence=0.8) is None
    utterance = stream.finish(n_best=2, token_scores=True)
    assert len(reader.finals) == 1
    assert utterance.text == LINE
    assert utterance.duration == pytest.approx(5.0)
    assert [round(each.posterior, 3) for each in utterance.hypotheses] == [0.625, 0.375]
    assert texts(utterance.hypotheses[0].words) == LINE


def test_what_is_said_after_a_pause_is_in_the_final_list() -> None:
    reader = ScriptedPasses((*spoken("which river"), *spoken("flows through Haarlem", start=2.2)))
    stream = stream_of(reader)
    listen(stream, 1.0)
    stream.feed(sound(0.5))
    stream.advance(silence=0.4)
    listen(stream, 2.5)
    assert stream.finish().text == "which river flows through Haarlem"
    assert len(reader.finals) == 2


def test_more_readings_than_were_settled_are_looked_for_anew() -> None:
    reader = ScriptedPasses(spoken(LINE))
    stream = stream_of(reader)
    listen(stream, 4.25)
    stream.feed(sound(0.25))
    stream.advance(silence=0.3)
    stream.finish(n_best=6)
    assert len(reader.finals) == 2


def test_words_and_tokens_only_come_when_asked_for() -> None:
    stream = stream_of(ScriptedPasses(spoken(LINE)))
    listen(stream, 4.25)
    stream.feed(sound(0.25))
    stream.advance(silence=0.3)
    assert stream.finish().hypotheses[0].words == ()


@pytest.mark.parametrize("policy", ["early", "local-agreement"])
def test_ten_minutes_of_speech_keep_every_pass_short(policy: str) -> None:
    script = numbered(1500)
    reader = ScriptedPasses(script)
    options = StreamingOptions(policy, first=0.5, window=5.0, context=2.0)  # type: ignore[arg-type]
    said = listen(stream_of(reader, options), 600.0, step=0.5)
    windows = [len(ask.samples) / ASR_SAMPLE_RATE for ask in reader.asked]
    assert max(windows) <= 5.5
    assert len(said[-1].committed) > 1490
    assert [word.text for word in said[-1].committed] == [f"word{at}x" for at in range(len(said[-1].committed))]
    assert max(len(ask.before) for ask in reader.asked) <= 200
    assert all(ask.before for ask in reader.asked[-100:])


def test_sound_in_which_nothing_is_sure_cannot_grow_a_pass() -> None:
    reader = ScriptedPasses(())
    said = listen(stream_of(reader), 60.0, step=0.5)
    assert [partial.committed for partial in said] == [()]
    assert max(len(ask.samples) for ask in reader.asked) <= 8 * ASR_SAMPLE_RATE


def test_nothing_is_computed_before_there_is_enough_or_anything_new() -> None:
    reader = ScriptedPasses(spoken(LINE))
    stream = stream_of(reader)
    stream.feed(sound(0.4))
    assert stream.advance() is None
    assert reader.asked == []
    stream.feed(sound(0.4))
    assert stream.advance() is not None
    assert stream.advance() is None
    assert len(reader.asked) == 1


def test_the_cost_follows_the_passes() -> None:
    reader = ScriptedPasses(spoken(LINE), took=0.2)
    stream = stream_of(reader)
    listen(stream, 2.0)
    first = stream.cost()
    assert 0.2 < first < 0.3
    reader.took = 0.8
    listen(stream, 2.0)
    assert stream.cost() > 0.8


def test_a_decoder_that_starts_over_commits_nothing_of_it() -> None:
    loop = (*spoken("turn on the lamp"), *spoken("turn on the lamp", start=1.8))
    said = listen(stream_of(ScriptedPasses(loop)), 4.0)
    assert texts(said[-1].committed).startswith("turn on the lamp")
    assert not any("lamp turn on" in texts(partial.committed) for partial in said)


def test_an_utterance_is_finished_once() -> None:
    stream = stream_of(ScriptedPasses(spoken(LINE)))
    stream.feed(sound(1.0))
    stream.finish()
    with pytest.raises(RecognitionError, match="finished"):
        stream.finish()
    with pytest.raises(RecognitionError, match="finished"):
        stream.feed(sound(1.0))


def test_what_is_no_sound_is_refused() -> None:
    stream = stream_of(ScriptedPasses(()))
    with pytest.raises(RecognitionError, match="one row of float32"):
        stream.feed(np.zeros((2, 10), np.float32))
    with pytest.raises(RecognitionError, match="no numbers"):
        stream.feed(np.full(10, np.nan, np.float32))


def test_feeding_is_cheap_however_long_somebody_speaks() -> None:
    stream = stream_of(ScriptedPasses(()))
    for _ in range(20_000):
        stream.feed(np.zeros(512, np.float32))
    assert stream.finish().duration == pytest.approx(640.0)
