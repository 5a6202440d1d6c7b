"""Benchmark plots as SVG. matplotlib draws them; it belongs to the extra `bench`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.errors import ConfigError


def require_matplotlib() -> None:
    """Raises ConfigError with the command that installs it; asked before anything is measured."""
    try:
        import matplotlib as _  # noqa: F401 - only whether it is there
    except ImportError:
        raise ConfigError("a plot needs matplotlib: run `pip install 'hark-voice[bench]'`") from None


def distributions(
    path: Path, series: Mapping[str, Sequence[float]], *, title: str, label: str, limit: float | None = None
) -> None:
    """Write one SVG with the cumulative distribution of each series.

    series: label -> values, one at least. label: of the values, with their unit. limit: where the axis ends.
    """
    import matplotlib as mpl
    import numpy as np
    from matplotlib.figure import Figure

    # text stays text (searchable, small), and the same values give the same file
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hark"})
    figure = Figure(figsize=(7.0, 4.0), layout="constrained")
    axes = figure.subplots()
    for (name, values), style in zip(series.items(), _styles(), strict=False):
        ordered = np.sort(np.asarray(values, float))
        axes.plot(ordered, np.arange(1, len(ordered) + 1) / len(ordered), style, label=f"{name} (n={len(ordered)})")
    axes.set(title=title, xlabel=label, ylabel="share", ylim=(0.0, 1.0), xlim=(0.0, limit))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path, format="svg", metadata={"Date": None})


def _styles() -> list[str]:
    # told apart without colour as well
    return ["-", "--", "-.", ":"] * 8
