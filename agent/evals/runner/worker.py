"""The worker: one system over one language model, that turns samples into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from agent.evals.runner.engines import WorkSpec
    from agent.evals.types import Record, Sample


class Worker:
    """Used as an async context manager, on one event loop; `answer` may be called for several samples at once."""

    def __init__(self, spec: WorkSpec) -> None:
        self._spec = spec

    async def __aenter__(self) -> Self:
        """Build the parts. Raises AgentError or StoreError."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the language model and the cache."""
        raise NotImplementedError

    async def answer(self, sample: Sample) -> Record:
        """The record of one sample, scored. What goes wrong with the sample is told in the record.

        Raises RunStopped when the language model stays away or refuses everything: no sample can be answered then.
        """
        raise NotImplementedError
