"""Which samples are taken."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evals.datasets.sampling import take
from agent.evals.types import Gold, Sample

quick = settings(max_examples=50, deadline=None)


def samples(count: int, *, paired: bool = False) -> list[Sample]:
    return [
        Sample(f"{n}{mark}", "Which?", Gold(("x",), group=str(n) if paired else ""))
        for n in range(count)
        for mark in (("", "#unanswerable") if paired else ("",))
    ]


def ids(taken: list[Sample]) -> list[str]:
    return [sample.id for sample in taken]


def test_the_first_ones_without_a_seed() -> None:
    assert ids(take(samples(9), 3, None)) == ["0", "1", "2"]
    assert ids(take(samples(3), None, 5)) == ["0", "1", "2"]


def test_a_draw_that_is_the_same_on_every_machine() -> None:
    assert ids(take(samples(1000), 5, 7)) == ["2", "259", "420", "511", "683"]


def test_a_longer_draw_holds_the_shorter_one_and_another_seed_draws_others() -> None:
    short, long = ids(take(samples(200), 10, 1)), ids(take(samples(200), 20, 1))
    assert set(short) < set(long)
    assert set(short) != set(ids(take(samples(200), 10, 2)))


def test_a_draw_does_not_mind_the_order_of_the_file() -> None:
    drawn = ids(take(samples(100), 10, 3))
    assert set(ids(take(samples(100)[::-1], 10, 3))) == set(drawn)


@quick
@given(st.integers(1, 12), st.integers(1, 30), st.none() | st.integers(0, 99))
def test_pairs_stay_together(count: int, limit: int, seed: int | None) -> None:
    taken = take(samples(count, paired=True), limit, seed)
    assert len(taken) <= limit
    groups = [sample.gold.group for sample in taken]
    if limit > 1:
        assert len(taken) == min(2 * count, limit - limit % 2)
        assert all(groups.count(group) == 2 for group in groups)


def test_pairs_that_lie_apart_are_found() -> None:
    pairs = samples(4, paired=True)
    apart = pairs[::2] + pairs[1::2]
    assert ids(take(apart, 4, None)) == ["0", "1", "0#unanswerable", "1#unanswerable"]


@quick
@given(st.integers(0, 40), st.integers(1, 20), st.none() | st.integers(0, 99))
def test_as_many_as_wanted_in_the_order_of_the_file(count: int, limit: int, seed: int | None) -> None:
    taken = [int(sample.id) for sample in take(samples(count), limit, seed)]
    assert taken == sorted(taken)
    assert len(set(taken)) == min(count, limit)
