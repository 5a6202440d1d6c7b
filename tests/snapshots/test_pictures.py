"""Pictures of the screens, at both sizes, in each theme. After a change that is meant: pytest --snapshot-update."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from agent.session.events import Failed
from agent.session.phases import Phase
from agent.tui.app import make_app
from agent.tui.deps import Look
from tests.fakes.conversations import (
    FakeConversation,
    FakeSetup,
    Script,
    answered,
    clarifying,
    deps_of,
    heard,
    listening,
    phase,
    ready,
    thinking,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from agent.tui.deps import ThemeName

    Compare = Callable[..., bool]

ERROR = "the language model's server ended: hark started it again, ask once more; `hark doctor` checks it"
SCREENS: dict[str, tuple[Script, tuple[str, ...]]] = {
    "listening": ([*ready(), *listening()], ()),
    "evidence": ([*ready(), *listening(), *heard(), *thinking(), *answered()], ("shift+tab", "enter")),
    "clarify": ([*ready(), *clarifying()], ()),
    "error": ([*ready(), *heard(), (1, Failed(ERROR)), phase(Phase.THINKING, Phase.IDLE, "recover")], ()),
    "help": (ready(), ("f1",)),
    "welcome": ((), ()),
}
SIZES = {"small": (80, 24), "large": (160, 48)}


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_picture(snap_compare: Compare, screen: str, size: str, theme: ThemeName) -> None:
    script, presses = SCREENS[screen]
    setup = FakeSetup() if screen == "welcome" else None
    talks: list[FakeConversation] = []

    def converse() -> FakeConversation:
        talks.append(FakeConversation(script))
        return talks[-1]

    app = make_app(deps_of(converse, look=Look(theme=theme, motion=False), setup=setup))

    async def before(pilot: Pilot[int]) -> None:
        async def until(true: Callable[[], object]) -> None:
            for _ in range(1000):
                if true():
                    return
                await pilot.pause(0.02)
            raise AssertionError("the screen was never ready")

        if setup:
            await until(lambda: "150 MB" in str(app.screen.query_one("#models").render()))
        else:
            await until(lambda: talks and talks[0].told == len(script))
            await until(lambda: app.main.drawn)
        await pilot.pause(0.1)
        await pilot.press(*presses)
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)
