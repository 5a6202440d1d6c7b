"""Spoken sets among the schemas of datasets."""

from __future__ import annotations

from agent.evals.datasets.schema import Opening, ReadRow, Row, Schema
from agent.evals.spoken.manifest import SCHEMA, is_spoken, sample_of
from agent.evals.types import Sample


def _reader(opening: Opening) -> ReadRow:  # noqa: ARG001 - a row of a spoken set holds all of its sample
    def read(row: Row, number: int) -> Sample:  # noqa: ARG001
        return sample_of(row)

    return read


SPOKEN = Schema(SCHEMA, "a spoken set of `hark eval speak`: its folder, or a heard-*.jsonl of it", is_spoken, _reader)
