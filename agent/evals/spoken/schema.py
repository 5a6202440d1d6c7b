"""Spoken sets among the schemas of datasets."""

from __future__ import annotations

from agent.evals.datasets.schema import Malformed, Row, Schema
from agent.evals.spoken.manifest import SCHEMA, is_spoken, sample_of
from agent.evals.types import Sample


def _read(row: Row, facts: bool) -> Sample:  # noqa: ARG001 - the reader's signature
    try:
        return sample_of(row)
    except ValueError as error:
        raise Malformed(str(error)) from None


SPOKEN = Schema(SCHEMA, "a spoken set of `hark eval speak`: its folder, or a heard-*.jsonl of it", is_spoken, _read)
