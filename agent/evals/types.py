"""The nouns of the harness: a dataset holds samples, a system predicts, metrics score, records keep, reports tell.

All values are frozen and plain. Dataset rows are data: nothing in them is markup, a path or an instruction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

InputMode: TypeAlias = Literal["gold", "1best", "nbest", "oracle"]
"""What a system is asked: the written question, the recogniser's first reading, its n-best list, or of that list the
reading nearest to the written question (which only somebody who knows it can choose)."""

ContextMode: TypeAlias = Literal["paragraphs", "gold", "distractors", "corpus"]
"""What a system may read: the sample's paragraphs with their distractors, the supporting ones alone, or a corpus."""

Status: TypeAlias = Literal["answered", "abstained", "failed"]

Scorer: TypeAlias = Literal["hotpotqa", "2wiki", "musique", "squad"]
"""Whose official evaluation an answer goes by (agent.evals.metrics)."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph that a sample brings along.

    index: its place in the sample, from 0, as the dataset counts (MuSiQue's idx).
    title: of its article; not always unique in a sample.
    sentences: as the dataset splits them, blanks kept; a single one where it does not split.
    supporting: whether the answer needs it.
    """

    index: int
    title: str
    sentences: tuple[str, ...]
    supporting: bool = False

    @property
    def text(self) -> str:
        """The whole paragraph."""
        return " ".join(" ".join(sentence.split()) for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Heard:
    """One reading of a spoken question. score: natural log; larger is likelier. posterior: share of the list's mass."""

    text: str
    score: float = 0.0
    posterior: float = 1.0


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right.

    answers: the answer and its aliases; any of them counts. Empty when the dataset does not tell.
    answerable: false when the sample's paragraphs do not hold the answer: then abstaining is right.
    supports: (title, sentence number from 0) of the supporting facts (HotpotQA, 2WikiMultihopQA).
    paragraphs: indices of the supporting paragraphs (MuSiQue).
    titles: of the supporting paragraphs, without repeats, in order.
    triples: (subject, relation, object) of the reasoning (2WikiMultihopQA's evidences).
    triple_aliases: for each triple the other names of its subject and of its object; empty when the dataset tells none.
    kind: the dataset's question type ("bridge", "comparison", "2hop"), or "". hops: steps needed; 0 when not told.
    group: samples with the same group are scored together (MuSiQue's pairs); "" otherwise.
    scorer: whose rules say when a prediction is right; kept here so that a record can be scored on its own.
    """

    answers: tuple[str, ...]
    answerable: bool = True
    supports: tuple[tuple[str, int], ...] = ()
    paragraphs: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    triples: tuple[tuple[str, str, str], ...] = ()
    triple_aliases: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    kind: str = ""
    hops: int = 0
    group: str = ""
    scorer: Scorer = "squad"


@dataclass(frozen=True, slots=True)
class Sample:
    """One question of a dataset.

    id: unique within the dataset (a repeated id is a rejected row; the unanswerable one of MuSiQue's pairs, which share
        an id, has "#unanswerable" behind it).
    question: as written. paragraphs: in the dataset's order; empty when it brings none.
    heard: readings that the dataset itself brings (HeySQuAD, NoiseQA), or that the ear made of `audio`.
    audio: the recording, relative to the dataset's folder; "" when it has none.
    condition: how it was spoken: "" for text, "clean", "white@10", ...
    """

    id: str
    question: str
    gold: Gold
    paragraphs: tuple[Paragraph, ...] = ()
    heard: tuple[Heard, ...] = ()
    audio: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no sample. line: 1-based line of a JSON lines file, or the row's number, from 1, in an array."""

    line: int
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Samples of one schema.

    name: as reports show it. schema: the reader's name ("hotpotqa", "2wiki", "musique", ...).
    source: the file it was read from. sha256: of that file, hexadecimal: a resumed run must read the same.
    """

    name: str
    schema: str
    samples: tuple[Sample, ...]
    rejected: tuple[Rejected, ...] = ()
    source: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a system said, in the terms the official scorers understand.

    answer: the bare answer; empty when it abstained or failed. text: as it would be spoken.
    supports, paragraphs, triples: as in Gold. retrieved: titles in the order they were first retrieved.
    confidence: in [0, 1]. answerable: false when it abstained.
    """

    answer: str = ""
    text: str = ""
    supports: tuple[tuple[str, int], ...] = ()
    paragraphs: tuple[int, ...] = ()
    triples: tuple[tuple[str, str, str], ...] = ()
    retrieved: tuple[str, ...] = ()
    confidence: float = 0.0
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """What one sample took.

    calls: completed requests; cache_hits of them were answered from the response cache and cost nothing.
    prompt_tokens: of which cached_tokens came from the server's prefix cache. completion_tokens: generated.
    wall: seconds from the question to the answer. seconds: wall time per state.
    unreadable: requests whose reply fitted no schema even when it was asked for again; their tokens are not known.
    A sample with cache_hits enters no timing table.
    """

    calls: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    wall: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence that a hop stands on. sentence: word for word from the passage of that title."""

    title: str
    sentence: str
    source: str = ""
    line: int = 1


@dataclass(frozen=True, slots=True)
class HopRecord:
    """One sub-question as it went. answer: empty when the hop was given up."""

    sub_question: str
    answer: str
    evidence: tuple[CitedSentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a run: everything that scoring and the report need, without the dataset and without any model.

    question: as written. asked: as the system understood it (the reading it chose).
    heard: the n-best list it was given, likeliest first; empty when it was asked in writing.
    path: the states visited, in order. hops: what was asked of the documents.
    scores: of this sample by metric name ("em", "f1", "sp_f1", "wer", ...).
    error: one line, for a failed sample; it counts as wrong. attempts: tries it took.
    """

    id: str
    status: Status
    question: str
    asked: str
    gold: Gold
    prediction: Prediction
    cost: Cost = field(default_factory=Cost)
    heard: tuple[Heard, ...] = ()
    audio: str = ""
    condition: str = ""
    path: tuple[str, ...] = ()
    hops: tuple[HopRecord, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    error: str = ""
    attempts: int = 1
