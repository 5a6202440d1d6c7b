from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from agent.evals.bench.plots import distributions

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plot_is_an_svg_with_its_labels_as_text(tmp_path: Path) -> None:
    path = tmp_path / "delays.svg"

    distributions(path, {"early": [0.3, 0.5, 0.9], "agreement": [2.0, 3.0]}, title="Delays", label="seconds")

    texts = "".join(ElementTree.parse(path).getroot().itertext())
    assert "early (n=3)" in texts
    assert "seconds" in texts


def test_the_same_values_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        distributions(tmp_path / name, {"early": [0.3, 0.5]}, title="Delays", label="seconds", limit=2.0)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
