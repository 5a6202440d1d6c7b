"""What was run: what all runs have in common, and what each has of its own."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from agent.evals.report.tables import DASH, Section, Table
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.runs import Run

_REJECTED = 50
_VALUE = 120


def common(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """The facts that are the same for all runs, by name."""
    facts = [_facts(run) for run in runs]
    return tuple((name, value) for name, value in facts[0].items() if value and all(f[name] == value for f in facts))


def setup(runs: Sequence[Run]) -> Section:
    """How each run was made: facts that differ, options, versions, rejected rows."""
    facts = [_facts(run) for run in runs]
    differing = [name for name in facts[0] if len({each[name] for each in facts}) > 1] or ["status"]
    own = tuple((run.label, *(each[name] or DASH for name in differing)) for run, each in zip(runs, facts, strict=True))
    tables = [Table("What differs between the runs", ("run", *differing), own, words=frozenset(differing))]
    for name, caption in (("llm", "Language model"), ("options", "Options"), ("versions", "Versions")):
        tables += _settings(runs, name, caption)
    rejected = [
        (run.label, f"{row.get('line', '')}", shown(str(row.get("id", "")), 60), shown(str(row.get("reason", "")), 200))
        for run in runs
        for row in _rejected(run)[:_REJECTED]
    ]
    if rejected:
        total = sum(len(_rejected(run)) for run in runs)
        note = f"the first {_REJECTED} of each run, {total:,} in all" if total > len(rejected) else ""
        columns = ("run", "line", "id", "reason")
        tables.append(
            Table("Rejected rows of the dataset", columns, tuple(rejected), note, frozenset({"id", "reason"}))
        )
    lead = "As run.json of each run tells it. Rejected rows were no samples and count nowhere."
    return Section("setup", "How it was run", lead, tuple(tables))


def _facts(run: Run) -> dict[str, str]:
    samples = run.told("dataset", "samples")
    done = f"{len(run.rows):,}" + (
        f" of {int(samples):,}" if samples.isdigit() and int(samples) != len(run.rows) else ""
    )
    status, reason = run.told("status"), run.told("reason")
    return {
        "dataset": run.told("dataset", "name"),
        "schema": run.told("dataset", "schema"),
        "samples": done,
        "rejected rows": f"{len(_rejected(run)):,}",
        "system": run.told("system"),
        "input": run.input,
        "context": run.told("context"),
        "language model": run.told("llm", "name"),
        "recogniser": run.told("asr"),
        "seed": run.told("seed"),
        "status": f"{status}: {reason}" if reason else status,
        "sessions": _sessions(run),
        "started": run.told("started"),
        "finished": run.told("finished"),
        "SHA-256 of the dataset": run.told("dataset", "sha256")[:16],
        "torn last line": f"{run.torn} bytes left out" if run.torn else "",
    }


def _rejected(run: Run) -> list[dict[str, Any]]:
    dataset = run.manifest.get("dataset")
    found = dataset.get("rejected", ()) if isinstance(dataset, dict) else ()
    return [row for row in found if isinstance(row, dict)]


def _sessions(run: Run) -> str:
    """How each session went, a run of like ones told once."""
    held = run.manifest.get("sessions")
    told = [_session(each) for each in held if isinstance(each, dict)] if isinstance(held, list | tuple) else []
    return "; then ".join(text for text, _ in groupby(told))


def _session(manner: dict[str, Any]) -> str:
    cache = "cache of replies used" if manner.get("cache") else "no cache of replies"
    workers = f", {shown(str(manner['workers']), 10)} workers" if manner.get("workers") else ""
    models = ", a model each" if manner.get("llm_per_worker") else ""
    engine, at_once = (shown(str(manner.get(key, DASH)), 20) for key in ("engine", "concurrency"))
    return f"{engine}{workers}{models}, {at_once} at once, {cache}"


def _settings(runs: Sequence[Run], name: str, caption: str) -> list[Table]:
    held = [value if isinstance(value := run.manifest.get(name), dict) else {} for run in runs]
    keys = list(dict.fromkeys(key for each in held for key in each))
    if not keys:
        return []
    rows = tuple((shown(str(key), 60), *(_value(each.get(key)) for each in held)) for key in keys)
    if all(len(set(row[1:])) == 1 for row in rows):
        return [
            Table(f"{caption}, of all runs", ("", "value"), tuple(row[:2] for row in rows), words=frozenset({"value"}))
        ]
    labels = tuple(run.label for run in runs)
    return [Table(caption, ("", *labels), rows, words=frozenset(labels))]


def _value(value: object) -> str:
    return DASH if value is None or value == "" else shown(str(value), _VALUE)
