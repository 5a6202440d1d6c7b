"""Makes the picture of a report: python docs/images/make_report_image.py [RUN...]. Needs Chromium.

Without runs it draws made-up ones, which say nothing about any system.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import sync_playwright  # noqa: E402 - the project is not installed where CI makes pictures

from agent.evals.report import page, report  # noqa: E402
from agent.evals.report.runs import read  # noqa: E402
from agent.evals.types import InputMode  # noqa: E402
from tests.fakes.reported_runs import questions, write_run  # noqa: E402


def made_up(place: Path) -> list[Path]:
    """Runs of one system asked in four ways, under four conditions."""
    conditions = ("clean", "white@10", "white@5", "white@0")
    modes: tuple[InputMode, ...] = ("gold", "oracle", "nbest", "1best")
    return [write_run(place / mode, questions(60), input=mode, conditions=conditions) for mode in modes]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = [Path(name) for name in sys.argv[1:]] or made_up(Path(folder))
        title = "" if sys.argv[1:] else "Made-up runs"
        (file, *_) = page.write(report.build(read(runs), title), Path(folder) / "report.html", audio="none", inside=0)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        tab.goto(file.as_uri())
        for name, part in (("report", "#hearing figure"), ("automaton", "#automaton figure")):
            tab.locator(part).first.screenshot(path=HERE / f"{name}.png")
        browser.close()
