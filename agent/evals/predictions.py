"""Predictions of any system, in the files that the official scorers read, as records."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.datasets.fields import plain, truth, whole
from agent.evals.datasets.files import rows
from agent.evals.datasets.schema import Malformed
from agent.evals.metrics import score
from agent.evals.types import Prediction, Record, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.evals.datasets.schema import Row
    from agent.evals.types import Dataset, Sample

Found = dict[str, list[Prediction]]
"""Predictions by id; MuSiQue's pairs share an id, and are told apart by their order."""


def read_predictions(path: Path, dataset: Dataset) -> tuple[Record, ...]:
    """A scored record for every sample; one without a prediction has failed, and counts as wrong.

    path: HotpotQA's or 2WikiMultihopQA's object ({"answer": {id: text}, "sp": ..., "evidence": ...}), SQuAD's
    ({id: text}), MuSiQue's JSON lines ({"id", "predicted_answer", ...}), or JSON lines of {"id", "answer"}.

    Raises DataError where the file is none of these, or has no sample of the dataset; OSError.
    """
    found = _read(path)
    records = []
    taken: defaultdict[str, int] = defaultdict(int)
    for sample in dataset.samples:
        key = sample.gold.group if sample.gold.group in found else sample.id
        place, there = taken[key], found.get(key, [])
        taken[key] += 1
        records.append(_record(sample, there[place] if place < len(there) else None))
    twice = next((key for key, samples in taken.items() if len(found.get(key, ())) > samples), None)
    if twice is not None:
        raise DataError(f"{path} has {len(found[twice])} predictions for {twice!r}: leave one for each sample")
    if not any(record.status != "failed" for record in records):
        raise DataError(
            f"{path} has no prediction for any sample of {dataset.source}: name the dataset it was made for"
        )
    return tuple(records)


def _record(sample: Sample, prediction: Prediction | None) -> Record:
    status: Status = "failed" if prediction is None else "answered" if prediction.answerable else "abstained"
    record = Record(
        id=sample.id,
        status=status,
        question=sample.question,
        asked=sample.question,
        gold=sample.gold,
        prediction=prediction or Prediction(),
        condition=sample.condition,
        error="" if prediction else "no prediction",
    )
    return replace(record, scores=score(record))


def _read(path: Path) -> Found:
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}: name the predictions to score") from None
    try:
        once = partial(_each_once, path)
        whole_file = json.loads(path.read_bytes(), object_pairs_hook=once) if start.startswith(b"{") else None
    except RecursionError:
        raise DataError(
            f"{path} is nested too deeply to be read: see `hark eval score --help` for the formats"
        ) from None
    except ValueError:  # JSON lines, then
        whole_file = None
    try:
        if isinstance(whole_file, dict) and "id" not in whole_file:
            return _of_object(whole_file)
        return _of_rows(path)
    except ValueError as error:
        raise DataError(
            f"{path} holds no predictions ({error}): see `hark eval score --help` for the formats there are"
        ) from None


def _each_once(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON file, which holds each key once: of two predictions json.loads would drop the first."""
    held = dict(pairs)
    if len(held) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise DataError(f"{path} has two values for {twice!r}: leave one for each sample")
    return held


def _of_object(held: Mapping[str, Any]) -> Found:
    if not isinstance(held.get("answer"), dict):
        return {key: [_answer(plain(answer, key))] for key, answer in held.items()}
    parts = {name: held.get(name) or {} for name in ("answer", "sp", "evidence")}
    if not all(isinstance(part, dict) for part in parts.values()):
        raise Malformed("'sp' or 'evidence' is no object")
    return {
        key: [
            replace(
                _answer(plain(answer, key)),
                supports=tuple(_facts(parts["sp"].get(key, ()))),
                triples=tuple(_triples(parts["evidence"].get(key, ()))),
            )
        ]
        for key, answer in parts["answer"].items()
    }


def _of_rows(path: Path) -> Found:
    found: defaultdict[str, list[Prediction]] = defaultdict(list)
    for number, row in rows(path):
        if isinstance(row, Malformed):
            raise Malformed(f"line {number}: {row}")
        try:
            found[str(row["id"])].append(_of_row(row))
        except KeyError as error:
            raise Malformed(f"line {number}: no {error}") from None
        except ValueError as error:
            raise Malformed(f"line {number}: {error}") from None
    if not found:
        raise Malformed("it is empty")
    return dict(found)


def _of_row(row: Row) -> Prediction:
    if "predicted_answer" not in row:
        return _answer(plain(row["answer"], "answer"))
    told = row.get("predicted_support_idxs") or ()
    return replace(
        _answer(plain(row["predicted_answer"], "predicted_answer")),
        paragraphs=tuple(whole(index, "predicted_support_idxs") for index in told),
        answerable=truth(row, "predicted_answerable", missing=True),
    )


def _answer(text: str) -> Prediction:
    return Prediction(answer=text, text=text, answerable=bool(text.strip()))


def _facts(told: Any) -> Iterator[tuple[str, int]]:
    for fact in told:
        title, number = _of_length(fact, 2, "sp")
        yield plain(title, "sp"), number if isinstance(number, int) else -1


def _triples(told: Any) -> Iterator[tuple[str, str, str]]:
    for triple in told:
        subject, relation, thing = _of_length(triple, 3, "evidence")
        yield plain(subject, "evidence"), plain(relation, "evidence"), plain(thing, "evidence")


def _of_length(told: Any, length: int, what: str) -> list[Any]:
    if not isinstance(told, list) or len(told) != length:
        raise Malformed(f"'{what}' holds {told!r:.60}")
    return told
