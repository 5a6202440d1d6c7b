"""The library's front door: `from agent import ask, aask, open_session`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from agent.config import Settings
    from agent.session.session import Session
    from agent.types import Answer


def ask(question: str | Path, *, docs: str | Path | Sequence[str | Path], settings: Settings | None = None) -> Answer:
    """Answer one question from some documents; blocks.

    question: a str is the question itself, a Path is a recording of it.
    docs: files and folders to answer from; they are indexed first, unchanged ones only once.
    settings: as loaded by agent.config.load(); the user's own by default.

    Raises AgentError or VoiceError; RuntimeError inside a running event loop: await `aask` there.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(aask(question, docs=docs, settings=settings))
    raise RuntimeError("ask() would block the running event loop: use `await aask(...)`")


async def aask(
    question: str | Path, *, docs: str | Path | Sequence[str | Path], settings: Settings | None = None
) -> Answer:
    """Answer one question from some documents. See `ask`; for several questions, `open_session` loads models once."""
    from voice.capture import FileSource

    async with open_session(docs=docs, settings=settings) as session:
        return await session.ask(question if isinstance(question, str) else FileSource(question))


@asynccontextmanager
async def open_session(
    *, docs: str | Path | Sequence[str | Path], settings: Settings | None = None
) -> AsyncIterator[Session]:
    """A session over some documents, indexed first. It answers as many questions as you like and streams its events."""
    from agent.config import Paths, load
    from agent.factory import build_index, build_session

    settings = settings or load()
    paths = Paths.standard()
    chosen = [Path(one) for one in ([docs] if isinstance(docs, str | Path) else docs)]
    index = build_index(settings, paths, chosen)
    await asyncio.to_thread(index.update, chosen)
    async with build_session(settings, paths, index, hints=index) as session:
        yield session
