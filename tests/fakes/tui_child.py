"""The app over a scripted conversation, in a process and a terminal of its own: python -m tests.fakes.tui_child LOG."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from agent.cli.tui import run
from tests.fakes.conversations import FakeConversation, answered, deps_of, heard, ready, thinking


class Noisy(FakeConversation):
    """Writes to descriptor 2, as native libraries do, and says on leaving that it was closed in order."""

    async def aclose(self) -> None:
        os.write(2, b"ALSA lib: noise from below\n")
        logging.getLogger("tests").warning("closed in order")
        await super().aclose()


if __name__ == "__main__":
    script = [*ready(), *heard(), *thinking(), *answered()]
    raise SystemExit(run(deps_of(lambda: Noisy(script)), Path(sys.argv[1])))
