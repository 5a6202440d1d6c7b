"""Makes the README's pictures of the app: python docs/images/make_images.py. No model and no device is needed."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from agent.tui.app import make_app  # noqa: E402 - the project is not installed where pictures are made by CI
from agent.tui.deps import Look  # noqa: E402
from tests.fakes.conversations import (  # noqa: E402
    FakeConversation,
    Script,
    answered,
    clarifying,
    deps_of,
    heard,
    listening,
    ready,
    thinking,
)

WHOLE = [*ready(), *listening(), *heard(), *thinking(), *answered()]
IMAGES: dict[str, tuple[Script, tuple[str, ...]]] = {
    "answer": (WHOLE, ("shift+tab", "shift+tab", "enter")),
    "clarify": ([*ready(), *clarifying()], ()),
}


async def picture(script: Script, presses: tuple[str, ...]) -> str:
    """The screen after a script and some keys, as SVG that fetches no font from anywhere."""
    talk: list[FakeConversation] = []

    def converse() -> FakeConversation:
        talk.append(FakeConversation(script))
        return talk[-1]

    app = make_app(deps_of(converse, look=Look(motion=False)))
    async with app.run_test(size=(112, 28)) as pilot:
        while not talk or talk[0].told < len(script) or not app.main.drawn:
            await pilot.pause(0.05)
        await pilot.press(*presses)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="hark")
        await app.end_conversation()
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "Menlo, Consolas")


if __name__ == "__main__":
    for name, (script, presses) in IMAGES.items():
        (HERE / f"{name}.svg").write_text(asyncio.run(picture(script, presses)), "utf-8")
