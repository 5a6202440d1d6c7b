"""How far a run is, told while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.evals.types import Record


@dataclass(frozen=True, slots=True)
class Progress:
    """After one more record, or at the start.

    done, of `total`: records there are, those of an earlier session counted. failed, abstained: of them.
    em, f1: means so far, in [0, 1]; a failed sample counts 0. None before the first record, or where nothing is gold.
    elapsed: seconds of this session. left: seconds it will still take at the pace so far, None before there is one.
    tokens: paid for in this session, prompt and completion. last: id of the last record.
    """

    done: int
    total: int
    failed: int = 0
    abstained: int = 0
    em: float | None = None
    f1: float | None = None
    elapsed: float = 0.0
    left: float | None = None
    tokens: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """The language model is away, told once as that shows; or it is back.

    reason: why no reply came. patience: seconds it is waited for at most. lasted: seconds, None while it is away.
    """

    reason: str
    patience: float
    lasted: float | None = None


class Tally:
    """Counts records as they come. total: samples of the whole run."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._before = self._failed = self._abstained = self._tokens = self._judged = 0
        self._em = self._f1 = 0.0

    @property
    def done(self) -> int:
        """Records so far."""
        return self._done

    @property
    def tokens(self) -> int:
        """See Progress."""
        return self._tokens

    def found(self, record: Record) -> None:
        """A record of an earlier session."""
        self._count(record)
        self._before += 1

    def add(self, record: Record) -> None:
        """A record of this session."""
        self._count(record)
        cost = record.cost
        if cost.cache_hits < cost.calls:
            self._tokens += cost.prompt_tokens + cost.completion_tokens

    def progress(self, elapsed: float, last: str = "") -> Progress:
        """How far it is."""
        now = self._done - self._before
        em, f1 = (self._em / self._judged, self._f1 / self._judged) if self._judged else (None, None)
        left = (self._total - self._done) * elapsed / now if now else None
        return Progress(
            self._done, self._total, self._failed, self._abstained, em, f1, elapsed, left, self._tokens, last
        )

    def _count(self, record: Record) -> None:
        self._done += 1
        self._failed += record.status == "failed"
        self._abstained += record.status == "abstained"
        if record.gold.answers or "em" in record.scores:
            self._judged += 1
            self._em += record.scores.get("em", 0.0)
            self._f1 += record.scores.get("f1", 0.0)
