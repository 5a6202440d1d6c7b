from __future__ import annotations

import pytest

from voice.recognize.streaming.cost import CostEstimate


def test_a_guess_before_the_first_pass() -> None:
    assert CostEstimate(guess=0.7).expect(3.0) == 0.7


def test_a_longer_window_costs_more() -> None:
    cost = CostEstimate()
    cost.saw(2.0, 0.2)
    assert cost.expect(2.0) == pytest.approx(0.23)
    assert cost.expect(6.0) == pytest.approx(0.46)


def test_old_passes_are_forgotten() -> None:
    cost = CostEstimate()
    for took in (5.0, 0.1, 0.1, 0.1, 0.1):
        cost.saw(2.0, took)
    assert cost.expect(2.0) == pytest.approx(0.115)
