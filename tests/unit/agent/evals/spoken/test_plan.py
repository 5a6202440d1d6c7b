from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DataError
from agent.evals.spoken.plan import SpeakPlan, conditions_of, file_name
from voice.errors import AudioError

IDS = [f"q{number}" for number in range(200)]


def test_who_speaks_depends_on_seed_and_id_alone() -> None:
    plan = SpeakPlan(("a", "b"), (0.9, 1.1), seed=3)
    cast = {id_: plan.casting(id_) for id_ in IDS}
    assert {id_: SpeakPlan(("a", "b"), (0.9, 1.1), ("white@0",), 3).casting(id_) for id_ in reversed(IDS)} == cast
    assert {(one.voice, one.speed) for one in cast.values()} == {("a", 0.9), ("a", 1.1), ("b", 0.9), ("b", 1.1)}
    other = SpeakPlan(("a", "b"), (0.9, 1.1), seed=4)
    assert any(other.casting(id_) != cast[id_] for id_ in IDS)


def test_a_noise_is_the_same_at_every_ratio_and_another_for_every_question() -> None:
    plan = SpeakPlan(("a",))
    assert plan.noise_seed("q1", "white@10") == plan.noise_seed("q1", "white@0")
    assert len({plan.noise_seed(id_, "white@0") for id_ in IDS}) == len(IDS)
    assert plan.noise_seed("q1", "babble@0") != plan.noise_seed("q1", "white@0")


def test_conditions_have_one_spelling() -> None:
    assert conditions_of(["white@10.0", "clean", "white@10", "reverb"]) == ("white@10", "clean", "reverb@0.6")
    assert conditions_of([]) == ("clean",)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(AudioError, match="use white@10, babble@5"):
        conditions_of(["pink@3"])
    with pytest.raises(AudioError, match="unknown noise"):
        SpeakPlan(("a",), conditions=("pink@3",))
    with pytest.raises(DataError, match=r"speed 3 is out of range: choose 0\.5"):
        SpeakPlan(("a",), (1.0, 3.0))
    with pytest.raises(DataError, match="at least one voice"):
        SpeakPlan(())


@given(st.text(min_size=1, max_size=300))
def test_an_id_is_never_a_path(id_: str) -> None:
    name = file_name(id_, "white@-5")
    assert not set(name) & set('/\\:\0\n\r *?"<>|')
    assert not name.startswith((".", "-"))
    assert len(name) < 80


def test_ids_that_look_alike_stay_apart() -> None:
    assert len({file_name(id_, "clean") for id_ in ("a/b", "a b", "a-b", "../a/b", "A-b")}) == 5
