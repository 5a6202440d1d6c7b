"""From an answer to what the official scorers understand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.evals.types import CitedSentence, HopRecord, Prediction
from agent.retrieval.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.evals.types import Paragraph, Sample
    from agent.types import Answer, Evidence

_ASKS_YES_OR_NO = re.compile(
    r"(?:is|was|are|were|do|does|did|has|have|had|can|could|will|would|should)\b", re.IGNORECASE
)
_YES_OR_NO = re.compile(r"(yes|no)\b(?:\s*[,.;:!–—-]\s.*)?[.!]?", re.IGNORECASE | re.DOTALL)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NAMED = "|".join(_MONTHS)
_DATES = (
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<named>{_NAMED}),? (?P<year>\d{{3,4}})"),
    re.compile(rf"(?P<named>{_NAMED}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{3,4}})"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
)


def predict(answer: Answer, sample: Sample, retrieved: Sequence[str] = ()) -> Prediction:
    """The prediction an answer amounts to; the same rules for every system.

    retrieved: titles in the order of retrieval (agent.evals.context.Recording.titles).
    Cited sentences become the dataset's own (title, number) and paragraph indices where the sample holds them; those
    of a corpus that it does not hold stay as citations that support nothing: see `_beside`. The short answer is changed
    only in what no scorer folds: see `bare`.
    """
    answered = answer.outcome == "answered"
    by_index = {paragraph.index: paragraph.title for paragraph in sample.paragraphs}
    places: dict[tuple[int, int], None] = {}
    supports: dict[tuple[str, int], None] = {}
    for cited in answer.evidence:
        found = list(_places(cited, sample.paragraphs))
        places.update(dict.fromkeys(found))
        named = [(by_index[index], number) for index, number in found] or _beside(cited, sample)
        supports.update(dict.fromkeys(named))
    return Prediction(
        answer=bare(answer.short, answer, _read(sample, retrieved)) if answered else "",
        text=answer.text,
        supports=tuple(supports),
        paragraphs=tuple(dict.fromkeys(index for index, _ in places)),
        retrieved=tuple(retrieved),
        confidence=answer.confidence,
        answerable=answered,
    )


def hop_records(answer: Answer) -> tuple[HopRecord, ...]:
    """The hops of an answer as a record keeps them."""
    return tuple(
        HopRecord(
            hop.sub_question,
            hop.answer,
            tuple(CitedSentence(one.passage.title, one.sentence, one.passage.source, one.line) for one in hop.evidence),
        )
        for hop in answer.hops
    )


def bare(short: str, answer: Answer, read: str = "") -> str:
    """The short answer in the form that datasets have it in.

    "Yes, both are." to a question of yes or no is "yes"; a date is written as the cited passages write it, or else
    whatever was read: not every system cites.
    """
    said = short.strip()
    if _ASKS_YES_OR_NO.match(answer.question.text.strip()) and (match := _YES_OR_NO.fullmatch(said)):
        return match[1].lower()
    cited = "\n".join(one.passage.text for one in answer.evidence)
    written = _as_written(said, cited)
    return written if written in cited else _as_written(said, read)


def _read(sample: Sample, retrieved: Sequence[str]) -> str:
    titles = set(retrieved)
    return "\n".join(paragraph.text for paragraph in sample.paragraphs if paragraph.title in titles)


def _as_written(said: str, text: str) -> str:
    """A whole date in the form that the text has it in; anything else, and a date it does not have, as it is."""
    match = next((found for pattern in _DATES if (found := pattern.fullmatch(said))), None)
    if not match or said in text:
        return said
    parts = match.groupdict()
    month = _MONTHS.index(parts["named"]) + 1 if "named" in parts else int(parts["month"])
    if not 1 <= month <= 12:
        return said
    name, day, year = _MONTHS[month - 1], int(parts["day"]), parts["year"]
    forms = (f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}")
    return next((form for form in forms if form in text), said)


def _beside(cited: Evidence, sample: Sample) -> list[tuple[str, int]]:
    """A sentence of a corpus that the sample does not hold: a wrong citation costs precision.

    Its number is that within the passage; where the sample has a paragraph of that title, it counts on behind its last
    sentence, since none of its own is meant.
    """
    title, said = cited.passage.title, " ".join(cited.sentence.split())
    # A corpus written in sentences has one a line.
    lines = cited.passage.text.split("\n")
    read = lines if len(lines) > 1 else sentences(cited.passage.text)
    number = next((place for place, one in enumerate(read) if said in " ".join(one.split())), 0)
    behind = max((len(one.sentences) for one in sample.paragraphs if one.title == title), default=0)
    return [(title, behind + number)]


def _places(cited: Evidence, paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, int]]:
    """(index, sentence number) of each sentence of the sample that is cited, whole or in part.

    A passage of a corpus may hold several of the dataset's sentences in one of its own.
    """
    said = " ".join(cited.sentence.split())
    titled = [paragraph for paragraph in paragraphs if paragraph.title == cited.passage.title]
    read = [paragraph for paragraph in titled if str(paragraph.index) == cited.passage.id]
    for paragraph in read or titled:
        numbered = [(number, " ".join(one.split())) for number, one in enumerate(paragraph.sentences) if one.strip()]
        # A short sentence may stand within a longer one before it.
        same = [number for number, sentence in numbered if said == sentence]
        around = (same or [number for number, sentence in numbered if said in sentence])[:1]
        inside = [number for number, sentence in numbered if sentence in said]
        yield from ((paragraph.index, number) for number in around or inside)
