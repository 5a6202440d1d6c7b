"""Which samples of a dataset are taken: the first, or a draw that comes out alike on every machine."""

from __future__ import annotations

import heapq
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.evals.types import Sample


def take(samples: Iterable[Sample], limit: int | None, seed: int | None) -> list[Sample]:
    """At most `limit` samples in the dataset's order; whole groups where the first of them fits.

    seed: a draw by the hash of seed and id, so that a dataset that grows keeps most of an earlier draw, and no order
    or version of Python matters; None takes the first. Never holds many more than `limit`.
    """
    if limit is None:
        return list(samples)
    if limit < 1:
        return []
    chosen = _nearest(samples, limit, seed)
    taken: list[tuple[int, Sample]] = []
    for group in chosen:
        if len(taken) + len(group) > limit:
            taken.extend(group[:limit] if not taken else [])
            break
        taken.extend(group)
    return [sample for _, sample in sorted(taken, key=lambda pair: pair[0])]


def _nearest(samples: Iterable[Sample], limit: int, seed: int | None) -> list[list[tuple[int, Sample]]]:
    """The `limit` groups that rank first, each as (place, sample); a sample without a group is one of its own."""
    groups: dict[str, list[tuple[int, Sample]]] = {}
    worst: list[tuple[int, str]] = []  # a heap of (minus rank, group): what ranks last is on top
    fresh = count()
    for place, sample in enumerate(samples):
        key = f"g{sample.gold.group}" if sample.gold.group else f"i{sample.id}"
        if key in groups:
            groups[key].append((place, sample))
            continue
        rank = _rank(seed, key) if seed is not None else next(fresh)
        if len(worst) < limit:
            heapq.heappush(worst, (-rank, key))
        elif seed is None and not sample.gold.group:
            break
        elif rank < -worst[0][0]:
            del groups[heapq.heapreplace(worst, (-rank, key))[1]]
        else:
            continue
        groups[key] = [(place, sample)]
    return [groups[key] for _, key in sorted(worst, reverse=True)]


def _rank(seed: int, key: str) -> int:
    return int.from_bytes(sha256(f"{seed} {key}".encode()).digest()[:8], "big")
