"""The first run."""

from __future__ import annotations

from pathlib import Path

from agent.tui.deps import Start
from tests.app.stage import staged
from tests.fakes.conversations import FakeSetup, ready
from voice.errors import PullFailed


async def test_it_looks_around_pulls_and_asks_for_a_folder(tmp_path: Path) -> None:
    setup, kept = FakeSetup(), []
    async with staged(ready(), setup=setup, docs=(), remember=lambda key, value: kept.append((key, value))) as stage:
        await stage.shows("no microphone found")
        await stage.shows("150 MB, MIT")
        assert not setup.pulled, "nothing is pulled before somebody says so"
        await stage.pilot.click("#pull")
        await stage.shows("The models are here.")
        assert setup.pulled == ["whisper-base"]
        field = stage.app.screen.query_one("#folder")
        field.focus()
        await stage.type("nowhere/at/all")
        await stage.shows("there is no")
        assert not stage.talks
        field.value = str(tmp_path)  # type: ignore[attr-defined]
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.talks)
        assert stage.talk.log == [("start", Start((tmp_path,)))]
        assert kept == [("docs", [str(tmp_path)]), ("welcomed", True)]


async def test_a_pull_that_fails_can_be_tried_again() -> None:
    setup = FakeSetup(PullFailed("no network: connect, then try again"))
    async with staged(ready(), setup=setup) as stage:
        await stage.shows("150 MB, MIT")
        await stage.pilot.click("#pull")
        await stage.shows("no network: connect")
        await stage.shows("Try again")
        setup.fails = None
        await stage.until(lambda: not stage.app.screen.query("#pull.-active"))
        await stage.pilot.click("#pull")
        await stage.shows("The models are here.")


async def test_it_can_be_left_without_a_folder() -> None:
    async with staged(ready("text"), setup=FakeSetup(), docs=()) as stage:
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.talks)
        assert stage.talk.log == [("start", Start(()))]
