from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.sounds import tone
from voice.speak.heard import Heard, SpokenLog

RATE = 16_000


def spoken(*lengths: float, pause: float = 0.0) -> np.ndarray:
    """Words as stretches of tone."""
    gap = np.zeros(round(pause * RATE), np.float32)
    return np.concatenate([part for length in lengths for part in (tone(length), gap)])


def test_nothing_written_is_nothing_heard() -> None:
    assert SpokenLog().heard(3.0) == Heard((), "", complete=True)


def test_a_pause_says_no_words() -> None:
    log = SpokenLog()
    # a long pause after the second of four words of equal length
    sound = np.concatenate([spoken(0.3, 0.3), np.zeros(2 * RATE, np.float32), spoken(0.3, 0.3)])
    log.add("word word, word word", sound, RATE, last=True)
    assert [log.heard(at).words.count("word") for at in (0.1, 0.35, 0.7, 1.6, 2.5, 2.75)] == [0, 1, 2, 2, 2, 2]
    assert log.heard(3.0).words.count("word") == 3
    assert log.heard(3.2).sentences == ("word word, word word",)


def test_pieces_of_odd_lengths_are_one_sentence() -> None:
    whole, parts = SpokenLog(), SpokenLog()
    sound = spoken(*[0.2] * 10, pause=0.03)
    whole.add("a b c d e f g h i j", sound, RATE, last=True)
    for at in range(0, len(sound), 333):
        parts.add("a b c d e f g h i j", sound[at : at + 333], RATE, last=at + 333 >= len(sound))
    times = np.arange(0.0, 2.3, 0.05)
    assert [parts.heard(at).words for at in times] == [whole.heard(at).words for at in times]


def test_a_sentence_still_being_made_is_judged_by_its_pace() -> None:
    log = SpokenLog()
    text = "this sentence has not been made to its end"
    log.add(text, tone(1.0), RATE, last=False)
    assert log.heard(1.0).words == "this sentence"
    assert not log.heard(9.0).complete
    log.add(text, tone(1.0), RATE, last=True)
    assert log.heard(2.0) == Heard((text,), "", complete=True)


def test_of_a_sentence_that_broke_off_only_the_words_that_were_said_were_heard() -> None:
    log = SpokenLog()
    text = "this sentence has not been made to its end"
    log.add(text, tone(1.0), RATE, last=False)
    log.add(text, np.zeros(0, np.float32), RATE, last=True, broken=True)
    assert log.heard(0.5).words == "this"
    assert log.heard(1.0) == Heard(("this sentence",), "", complete=False)
    log.add("And two.", tone(1.0), RATE, last=True)
    assert log.heard(1.6) == Heard(("this sentence",), "And", complete=False)
    assert log.heard(2.0) == Heard(("this sentence", "And two."), "", complete=False)
    log.clear()
    log.add(text, np.zeros(0, np.float32), RATE, last=True, broken=True)
    assert log.heard(0.0) == Heard((), "", complete=False)


def test_sentences_and_words_make_one_text() -> None:
    log = SpokenLog()
    log.add("First one.", tone(1.0), RATE, last=True)
    log.add("First one.", tone(1.0), RATE, last=True)
    log.add("And two", tone(1.0), RATE, last=True)
    assert log.heard(2.6).text == "First one. First one. And"
    log.clear()
    assert log.heard(9.0).text == ""


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(RATE, np.float32)])
def test_silence_and_nothing(samples: np.ndarray) -> None:
    log = SpokenLog()
    log.add("words in silence", samples, RATE, last=True)
    assert log.heard(0.5 * len(samples) / RATE).words == ""
