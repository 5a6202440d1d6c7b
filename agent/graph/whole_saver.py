"""LangGraph's SQLite saver, whose writes are carried to their end also when nobody waits for them any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata

T = TypeVar("T")


class WholeSaver(AsyncSqliteSaver):
    """A write that is cancelled half way leaves its transaction open, and the file locked for everybody else.

    A cancelled walk returns at once all the same; `settled` waits for what is still being written.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:
        super().__init__(*parts, **options)
        self._writing: set[asyncio.Task[Any]] = set()

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """See BaseCheckpointSaver."""
        return await self._whole(super().aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """See BaseCheckpointSaver."""
        await self._whole(super().aput_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """See BaseCheckpointSaver."""
        await self._whole(super().adelete_thread(thread_id))

    async def settled(self) -> None:
        """Wait until nothing is being written."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def _whole(self, write: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(write)
        self._writing.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._writing.discard(task)
        # Looked at, so that asyncio does not complain of a failure that nobody waited for.
        if not task.cancelled():
            task.exception()
