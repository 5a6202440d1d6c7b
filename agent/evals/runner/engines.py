"""The engine port: what carries samples to workers and brings their records back, in this process or elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.evals.runner.progress import Outage
from agent.evals.types import ContextMode, InputMode, Record, Sample

if TYPE_CHECKING:
    from agent.config import Paths, Settings

PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class WorkSpec:
    """What a worker needs to build the system, wherever it runs. Pickles; its repr shows no secret.

    system: a name of agent.evals.systems, options included. input, context: see agent.evals.types.
    corpus: file that `corpus` searches. hybrid: a sample's paragraphs are searched by meaning as well.
    cache: replies of the language model are looked up and kept in `paths.cache`.
    attempts: tries one sample gets when the server or its worker falls over. patience: seconds a dead language model
    is waited for before the run stops. seconds: of the session's budget, from the worker's beginning; a dead language
    model is not waited for beyond them. None: as long as it takes.
    """

    settings: Settings
    paths: Paths
    system: str
    input: InputMode = "gold"
    context: ContextMode = "paragraphs"
    corpus: Path | None = None
    hybrid: bool = False
    cache: bool = True
    attempts: int = 3
    patience: float = PATIENCE
    seconds: float | None = None


def time_spent(seconds: float) -> str:
    """How a session's budget of seconds is told to be spent."""
    return f"the budget of {seconds:g} seconds is spent"


class Engine(Protocol):
    """Answers samples with `agent.evals.runner.worker.Worker`s. name: as run.json keeps it."""

    name: str

    def records(
        self, spec: WorkSpec, samples: Iterable[Sample], tell: Callable[[Outage], None] = ...
    ) -> AsyncGenerator[Record, None]:
        """Yield the record of every sample, in order of completion.

        samples: drawn only when one can start, so that whoever gives them can stop giving. A bounded number is in
        flight, and finished records wait for the consumer, not in memory.
        tell: called as the language model goes away and comes back, where this process sees that.

        Raises RunStopped when nothing can go on. Closing the iterator cancels what is in flight and frees everything.
        A sample that fails is a record like any other.
        """
        ...
