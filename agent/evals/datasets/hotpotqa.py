"""HotpotQA (Yang et al. 2018) and 2WikiMultihopQA (Ho et al. 2020): paragraphs in sentences, supporting facts.

Both come as a JSON array with lists of lists, and on the hub as Parquet with columns; either is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.evals.datasets.fields import distinct, nested, plain, table, text, texts, whole
from agent.evals.datasets.schema import Malformed, Opening, ReadRow, Schema
from agent.evals.types import Gold, Paragraph, Sample, Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.evals.datasets.schema import Row

ALIASES = "id_aliases.json"
"""The names of 2WikiMultihopQA's entities, as JSON lines; its official evaluation reads them. Lies beside its files."""

Names = dict[str, tuple[str, ...]]
"""Other names by Wikidata id."""


def _is_hotpotqa(row: Row) -> bool:
    return "context" in row and "supporting_facts" in row


def _is_2wiki(row: Row) -> bool:
    return _is_hotpotqa(row) and "evidences" in row


def _hotpotqa(_: Opening) -> ReadRow:
    def read(row: Row, _: int) -> Sample:
        return _sample(row, _gold(row, "hotpotqa"))

    return read


def _2wiki(opening: Opening) -> ReadRow:
    names = read_aliases(opening.path.parent / ALIASES)

    def read(row: Row, _: int) -> Sample:
        return _sample(row, _gold(row, "2wiki", names))

    return read


def _sample(row: Row, gold: Gold) -> Sample:
    supporting = set(gold.titles)
    context = table(row, "context", ("title",), ("sentences", "content"))
    paragraphs = tuple(
        Paragraph(index, plain(title, "title"), texts(sentences, "context"), title in supporting)
        for index, (title, sentences) in enumerate(context)
    )
    return Sample(text(row, "_id" if "_id" in row else "id"), text(row, "question"), gold, paragraphs)


def _gold(row: Row, scorer: Scorer, names: Names | None = None) -> Gold:
    facts = table(row, "supporting_facts", ("title",), ("sent_id",))
    supports = tuple((plain(title, "supporting_facts"), whole(number, "sent_id")) for title, number in facts)
    triples: tuple[tuple[str, str, str], ...] = ()
    aliases: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    answer_names: tuple[str, ...] = ()
    if scorer == "2wiki":
        told = table(row, "evidences", ("fact",), ("relation",), ("entity",))
        triples = tuple((plain(s, "evidences"), plain(r, "evidences"), plain(o, "evidences")) for s, r, o in told)
        aliases = _triple_aliases(row, len(triples), names or {})
        answer_names = (names or {}).get(str(row.get("answer_id")), ())
    return Gold(
        answers=distinct((text(row, "answer"), *answer_names)),
        supports=supports,
        titles=distinct(title for title, _ in supports),
        triples=triples,
        triple_aliases=aliases,
        kind=plain(row.get("type") or "", "type"),
        # HotpotQA asks for two steps throughout; 2WikiMultihopQA's evidences are its steps.
        hops=len(triples) or 2,
        scorer=scorer,
    )


def _triple_aliases(
    row: Row, count: int, names: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    if not names or not row.get("evidences_id"):
        return ()
    ids = nested(row, "evidences_id")
    if len(ids) != count or not all(isinstance(each, list) and len(each) == 3 for each in ids):
        raise Malformed("'evidences_id' does not go with 'evidences'")
    return tuple((names.get(str(subject), ()), names.get(str(thing), ())) for subject, _, thing in ids)


def read_aliases(path: Path) -> Names:
    """Aliases and demonyms by entity; nothing where there is no such file. Raises DataError."""
    from agent.errors import DataError

    names: Names = {}
    if not path.is_file():
        return names
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                names[row["Q_id"]] = tuple(sorted({*row["aliases"], *row["demonyms"]}))
            except (ValueError, KeyError, TypeError):
                raise DataError(
                    f"line {number} of {path} is no list of names: fetch the file of the dataset again, or move it away"
                ) from None
    return names


HOTPOTQA = Schema("hotpotqa", "HotpotQA, distractor and fullwiki: supporting facts", _is_hotpotqa, _hotpotqa)
TWO_WIKI = Schema("2wiki", f"2WikiMultihopQA: also evidence triples; {ALIASES} beside it", _is_2wiki, _2wiki)
