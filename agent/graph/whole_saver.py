"""LangGraph's savers, made so that no walk depends on them: writes are whole, and trouble costs only the going on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Whole(BaseCheckpointSaver[Any]):
    """Before a saver in a class's bases: carries its writes to their end, and goes on without those that fail.

    A write that is cancelled half way would leave its transaction open, and the file locked for everybody else. A
    cancelled walk returns at once all the same; `settled` waits for what is still being written.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:
        super().__init__(*parts, **options)
        self._writing: set[asyncio.Task[Any]] = set()
        self._told = False

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """See BaseCheckpointSaver; a walk that cannot be read begins anew."""
        return await self._kept(super().aget_tuple(config), None)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """See BaseCheckpointSaver."""
        inside = {**config["configurable"], "checkpoint_id": checkpoint["id"]}
        write = super().aput(config, checkpoint, metadata, new_versions)
        return await self._kept(self._whole(write), {"configurable": inside})

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """See BaseCheckpointSaver."""
        await self._kept(self._whole(super().aput_writes(config, writes, task_id, task_path)), None)

    async def adelete_thread(self, thread_id: str) -> None:
        """See BaseCheckpointSaver."""
        await self._kept(self._whole(super().adelete_thread(thread_id)), None)

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

    async def _kept(self, work: Coroutine[Any, Any, T], otherwise: T) -> T:
        try:
            return await work
        # A full disk, a server that went away, text that no database takes: the answer must not depend on it.
        except Exception as error:
            if not self._told:
                self._told = True
                _log.warning("this question cannot be gone on with if hark is killed: %s", type(error).__name__)
                _log.info("a walk is not kept", exc_info=error)
            return otherwise


class WholeSqliteSaver(Whole, AsyncSqliteSaver):
    """See Whole."""
