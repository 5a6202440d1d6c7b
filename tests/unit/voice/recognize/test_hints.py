from __future__ import annotations

import math
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.listening import ScriptedStreams
from tests.fakes.speech import utterance
from voice.recognize.hints import HintedRecognizer, HintedStream, HintedStreaming, NameHints, joined
from voice.types import Hypothesis, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples

NAMES = [
    "Anatoly Kashirov", "Alytus", "Walter Gropius", "Gennaro Gattuso", "Kirkby Stephen", "Clara Schumann", "T-Bolan",
    "The Million Dollar Duck", "Japanese Chin", "Under the Red Hood", "T. Rex (band)", "Lithuania",
]  # fmt: skip
SOUND = np.zeros(16_000, np.float32)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("does Anatoly Kasheroff play", "Anatoly Kashirov"),
        ("a club in Alitus", "Alytus"),
        ("Genero Getuso and a player", "Gennaro Gattuso"),
        ("near Pinereth and Kirby Steven by", "Kirkby Stephen"),
        ("the building of Gropeus", "Walter Gropius"),  # by a part of it
        ("the band T-Ballon was", "T-Bolan"),
    ],
)
def test_a_name_heard_wrongly_is_the_first_hint(heard: str, name: str) -> None:
    assert NameHints(NAMES).hints(heard, limit=3)[0] == name


@pytest.mark.parametrize("partial", ["", "\n", "?!", "who was the", "what is it of", "🎈", "\0"])
def test_nothing_near_no_hints(partial: str) -> None:
    assert NameHints(NAMES).hints(partial) == []


def test_what_was_heard_as_it_is_written_needs_no_hint() -> None:
    hints = NameHints(NAMES)
    assert "Clara Schumann" not in hints.hints("Where did Clara Schumann live?")
    assert "Under the Red Hood" not in hints.hints("in under the red hood who played")
    assert "Clara Schumann" in hints.hints("Where did Clara Schumann live?\nWhere did Clara Shoeman live?")


def test_two_names_side_by_side_may_be_one_misheard() -> None:
    assert NameHints(["Susan", "Farrington", "Suzanne Farrington"]).hints("Who was Susan Farrington?", limit=1) == [
        "Suzanne Farrington"
    ]


def test_every_reading_counts() -> None:
    hints = NameHints(NAMES)
    assert "Alytus" not in hints.hints("located in all it is")
    assert "Alytus" in hints.hints("located in all it is\nlocated in Alitus")


def test_brackets_of_a_title_are_not_said_and_no_name_comes_twice() -> None:
    hints = NameHints(["T. Rex (band)", "T. Rex (dinosaur)", "t rex", "", "(film)"])
    assert len(hints) == 1
    assert hints.hints("by tee rexx") == ["T. Rex"]


def test_a_limit_is_kept_and_the_nearest_comes_first() -> None:
    hints = NameHints(["Schumann", "Clara Schumann", "Schubert", "Schuman Plan"])
    assert hints.hints("Clara Shoeman", limit=1) == ["Clara Schumann"]
    assert hints.hints("Clara Shoeman", limit=0) == []


def test_no_names_no_hints() -> None:
    assert NameHints([]).hints("Clara Shoeman") == []


@settings(max_examples=50)
@given(st.text(), st.integers(0, 5))
def test_any_text_may_have_been_heard(partial: str, limit: int) -> None:
    found = NameHints(NAMES).hints(partial, limit=limit)
    assert len(found) == len(set(found)) <= limit


class Ear:
    """Hears one thing without hints and another with them; keeps the hints of each call."""

    name = "ear"

    def __init__(self, plain: Utterance, hinted: Utterance) -> None:
        self.plain, self.hinted = plain, hinted
        self.asked: list[tuple[str, ...]] = []

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        self.asked.append(tuple(hints))
        return self.hinted if set(hints) & set(NAMES) else self.plain


def test_a_second_hearing_knows_the_names_near_the_first() -> None:
    ear = Ear(utterance("Who is Clara Shoeman?", "Who is Clara Show?"), utterance("Who is Clara Schumann?"))
    heard = HintedRecognizer(ear, NameHints(NAMES), limit=2).transcribe(SOUND, hints=("Eve",))
    assert ear.asked[0] == ("Eve",)
    assert ear.asked[1][0] == "Clara Schumann"
    assert ear.asked[1][-1] == "Eve"
    assert heard.text == "Who is Clara Schumann?"
    assert [one.text for one in heard.hypotheses[1:]] == ["Who is Clara Shoeman?", "Who is Clara Show?"]
    assert sum(one.posterior for one in heard.hypotheses) == pytest.approx(1.0)


@pytest.mark.parametrize("first", [utterance(), utterance("What time is it?")])
def test_without_a_name_near_there_is_one_hearing(first: Utterance) -> None:
    ear = Ear(first, utterance("never"))
    assert HintedRecognizer(ear, NameHints(NAMES)).transcribe(SOUND) is first
    assert len(ear.asked) == 1


def heard(*readings: tuple[str, float]) -> Utterance:
    return Utterance(tuple(Hypothesis(text, math.log(p), 0.5) for text, p in readings), 1.0)


def test_a_reading_has_its_share_of_both_hearings() -> None:
    both = joined(heard(("a b", 0.4), ("c", 0.2)), heard(("A b.", 0.6), ("d e", 0.1)), 5)
    assert [one.text for one in both.hypotheses] == ["A b.", "d e", "c"]
    assert math.exp(both.hypotheses[0].logprob) == pytest.approx(0.95 * 0.6 + 0.05 * 0.4)
    assert math.exp(both.hypotheses[2].logprob) == pytest.approx(0.05 * 0.2)
    assert [one.text for one in joined(heard(("a", 0.4)), heard(("b", 0.4)), 1).hypotheses] == ["b"]


def test_hints_that_make_the_recogniser_doubtful_do_not_win() -> None:
    assert joined(heard(("safe bond", 0.5)), heard(("Firestone", 0.01)), 5).text == "safe bond"


def test_a_loop_among_hints_is_no_reading() -> None:
    loop = "who was it in the film " * 4
    assert joined(heard(("who was it", 0.1)), heard((loop, 0.9)), 5).text == "who was it"
    assert joined(heard(("who was it", 0.1)), heard(), 5).text == "who was it"


def test_a_reading_that_stops_half_way_is_none() -> None:
    plain = heard(("which film was released earlier cherry lada 2011 or abc africa", 0.1))
    assert joined(plain, heard(("which film was released earlier", 0.9)), 5).text == plain.text
    whole = "which film was released earlier Charuulata 2011 or ABC Africa"
    assert joined(plain, heard((whole, 0.1)), 5).text == whole


def said(stream: HintedStream) -> Utterance:
    """Two seconds of speech, heard to their end."""
    for _ in range(4):
        stream.feed(np.full(8_000, 0.1, np.float32))
        stream.advance()
    return stream.finish()


def test_the_final_of_a_stream_knows_the_names_near_the_last_partial() -> None:
    streams = ScriptedStreams("where did clara shoeman live", "Where did Clara Schumann live?")
    stream = HintedStreaming(streams, NameHints(NAMES), limit=1).stream(hints=("Eve",))
    assert said(stream).text == "Where did Clara Schumann live?"
    assert streams.hints == [("Eve",), ["Clara Schumann", "Eve"]]
    assert streams.streams[1].fed == streams.streams[0].fed == 2.0
    assert streams.streams[1].passes == []  # one search, no passes


def test_a_stream_without_names_near_is_finished_as_it_is() -> None:
    streams = ScriptedStreams("what time is it")
    assert said(HintedStreaming(streams, NameHints(NAMES)).stream()).text == "what time is it"
    assert len(streams.streams) == 1


def test_a_stream_that_loops_with_hints_is_heard_without() -> None:
    loop = "where did she live clara schumann " * 4
    streams = ScriptedStreams("where did clara shoeman live", loop)
    assert said(HintedStreaming(streams, NameHints(NAMES)).stream()).text == "where did clara shoeman live"


def test_a_lecture_is_no_reason_to_run_out_of_memory() -> None:
    lecture = " ".join(f"gropeus{number} builds" for number in range(3_000))
    names = NameHints([*NAMES, *(f"Somebody Number{number}" for number in range(2_000))])
    tracemalloc.start()
    names.hints(lecture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
