from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.passes import spoken
from voice.recognize.streaming.options import POLICIES, StreamingOptions
from voice.recognize.streaming.policy import Early, Heard, LocalAgreement, build_policy

EARLY = Early(margin=0.6, sure_margin=0.1, sure=0.5)
LINE = spoken("who designed the old bridge")  # words end at 0.6, 1.0, 1.4, 1.8, 2.2 s


def heard(text: str, edge: float = 10.0, *, paused: bool = False) -> Heard:
    return Heard(spoken(text), edge, paused)


def test_local_agreement_commits_what_two_passes_share() -> None:
    assert LocalAgreement(2).commit([heard("who designed a"), heard("Who designed the bridge")]) == 2


def test_local_agreement_waits_for_as_many_passes_as_it_wants() -> None:
    passes = [heard("who designed"), heard("who designed the")]
    assert LocalAgreement(3).commit(passes) == 0
    assert LocalAgreement(3).commit([*passes, heard("who designs the")]) == 1


def test_local_agreement_is_blind_to_case_and_punctuation() -> None:
    assert LocalAgreement(2).commit([heard("Who designed it."), heard("who designed it, then")]) == 3


def test_early_commits_likely_words_heard_twice_close_to_the_edge() -> None:
    before = Heard(LINE[:3], 1.4)
    assert EARLY.commit([before, Heard(LINE, 1.55)]) == 3
    assert EARLY.commit([before, Heard(LINE, 2.1)]) == 3  # the fourth is new
    assert EARLY.commit([Heard(LINE[:4], 1.8), Heard(LINE, 2.1)]) == 4


def test_early_waits_longer_for_what_it_hears_first() -> None:
    assert EARLY.commit([Heard(LINE, 1.75)]) == 3  # a likely word needs the mean of both margins, 0.35 s
    assert EARLY.commit([Heard(LINE, 1.70)]) == 2


def test_early_waits_longest_for_the_unlikely() -> None:
    unlikely = tuple(replace(word, logprob=math.log(0.1)) for word in LINE)
    assert EARLY.commit([Heard(unlikely, 2.05)]) == 3
    assert EARLY.commit([Heard(unlikely, 1.95)]) == 2


def test_a_word_that_moved_was_not_heard_alike() -> None:
    moved = tuple(replace(word, start=word.start + 0.4, end=word.end + 0.4) for word in LINE)
    assert EARLY.commit([Heard(moved, 1.75), Heard(LINE, 1.75)]) == EARLY.commit([Heard(LINE, 1.75)])
    assert EARLY.commit([Heard(moved, 1.55), Heard(LINE, 1.55)]) < EARLY.commit([Heard(LINE, 1.55), Heard(LINE, 1.55)])


def test_early_commits_no_word_behind_one_that_waits() -> None:
    words = (LINE[0], replace(LINE[1], logprob=-9.0), *LINE[2:])
    assert EARLY.commit([Heard(words, 1.55)]) == 1


def test_the_last_word_may_be_half_of_one() -> None:
    assert EARLY.commit([Heard(LINE, 60.0), Heard(LINE, 60.0)]) == 4


def test_a_pause_ends_every_word() -> None:
    assert EARLY.commit([Heard(LINE, 2.2, paused=True)]) == 5


def test_nothing_heard_commits_nothing() -> None:
    for policy in (EARLY, LocalAgreement(1)):
        assert policy.commit([Heard((), 3.0)]) == 0
        assert policy.commit([Heard((), 3.0, paused=True)]) == 0


@given(
    st.lists(st.tuples(st.text("abc ", max_size=12), st.floats(0, 5), st.booleans()), min_size=1, max_size=4),
    st.sampled_from([EARLY, LocalAgreement(2)]),
)
def test_no_policy_commits_more_than_was_heard(given: list[tuple[str, float, bool]], policy: Early) -> None:
    passes = [heard(text, edge, paused=paused) for text, edge, paused in given]
    assert 0 <= policy.commit(passes) <= len(passes[-1].words)


def test_every_policy_can_be_built() -> None:
    assert [type(build_policy(StreamingOptions(policy=name))) for name in POLICIES] == [Early, LocalAgreement]
    assert build_policy(StreamingOptions(policy="local-agreement", agreement=3)) == LocalAgreement(3)
