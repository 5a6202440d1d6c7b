"""Values of the reasoning side, and the events a session emits. All frozen; no model is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from voice.types import Hypothesis, SpeechClip, Utterance

Outcome = Literal["answered", "abstained"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question that was answered before, as it was understood, and the short answer; empty if there was none."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked.

    text: the reading to answer; empty until `hear` has chosen one of several.
    hypotheses: the recogniser's n-best list, likeliest first; empty for typed questions.
    before: what the conversation last was about, oldest first; "and where was she born?" leans on it.
    """

    text: str
    hypotheses: tuple[Hypothesis, ...] = ()
    before: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a person told hark to remember.

    text: one sentence. told: when, in seconds since 1970. conversation: id of the one it was told in, if there was one.
    """

    id: str
    text: str
    told: float
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document.

    id: stable for unchanged text of an unchanged file.
    title: the document's title or the heading above the passage.
    text: what the passage says; data, never instructions.
    source: the file it came from, as shown to a person.
    line: 1-based line (or page, for paged files) where the passage starts; 0 where there are no lines.
    score: the retriever's score, higher is better; comparable within one result list only, and so no part of equality.
    places: (offset in `text`, line or page) where the line changes, ascending; empty where all is on `line`.
    """

    id: str
    title: str
    text: str
    source: str
    line: int = 1
    score: float = field(default=0.0, compare=False)
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence a hop stands on. `sentence` occurs word for word in `passage.text`."""

    passage: Passage
    sentence: str

    @property
    def line(self) -> int:
        """1-based line (or page, for paged files) where the sentence starts, as near as its file's reader tells."""
        offset = self.passage.text.find(self.sentence)
        return next((line for start, line in reversed(self.passage.places) if start <= offset), self.passage.line)

    @property
    def where(self) -> str:
        """Source and line, as far as there are lines: "bridges.md:12"."""
        return f"{self.passage.source}:{self.line}" if self.line else self.passage.source


@dataclass(frozen=True, slots=True)
class Hop:
    """One simple sub-question and what the documents say to it.

    answer: the short answer; empty when the hop was given up.
    evidence: the cited sentences; empty when the hop was given up.
    """

    sub_question: str
    answer: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the hop has an answer that a cited sentence supports."""
        return bool(self.answer and self.evidence)


@dataclass(frozen=True, slots=True)
class Usage:
    """What the language model cost.

    calls: completed requests. prompt_tokens: of which cached_tokens came from the server's prefix cache.
    completion_tokens: generated. seconds: spent waiting for the model.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )

    @property
    def cached_share(self) -> float:
        """Share of prompt tokens served from the prefix cache, in [0, 1]."""
        return self.cached_tokens / self.prompt_tokens if self.prompt_tokens else 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a walk.

    question: as it was understood.
    text: one sentence to be read or spoken.
    short: the bare answer ("Paris", "yes"); empty when the machine abstained.
    confidence: in [0, 1]; how far the hops and the hearing support the answer.
    path: the states visited, in order.
    seconds: wall time per stage ("hear", "search", ..., and "listen", "speak" where they ran).
    """

    question: Question
    text: str
    short: str
    outcome: Outcome
    confidence: float = 0.0
    hops: tuple[Hop, ...] = ()
    path: tuple[str, ...] = ()
    usage: Usage = Usage()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every cited sentence of every hop that was found, in order, without repeats."""
        return tuple(dict.fromkeys(e for hop in self.hops if hop.found for e in hop.evidence))


# Events: what a session tells whoever watches. Consume them with `match`.


@dataclass(frozen=True, slots=True)
class Heard:
    """The recogniser is done. seconds: how long it took."""

    utterance: Utterance
    seconds: float


@dataclass(frozen=True, slots=True)
class StateEntered:
    """The machine is in `state` now."""

    state: str


@dataclass(frozen=True, slots=True)
class StateLeft:
    """The machine is done with `state`. seconds: what this visit took."""

    state: str
    seconds: float


@dataclass(frozen=True, slots=True)
class QuestionChosen:
    """`hear` settled on a reading."""

    question: Question


@dataclass(frozen=True, slots=True)
class SubQuestionAsked:
    """The next simple question goes to the documents."""

    sub_question: str


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """Sentences of the documents that the model was shown for the first time."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class HopFinished:
    """A sub-question was answered or given up (then hop.found is false)."""

    hop: Hop


@dataclass(frozen=True, slots=True)
class ClarifyAsked:
    """The machine asks the person which reading was meant; the session continues with the reply."""

    text: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The walk ended."""

    answer: Answer


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A clip of the spoken answer is ready. seconds: wall time since the answer was."""

    clip: SpeechClip
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Announced:
    """A finished hop, ready to be spoken while the machine works on. text: as written; clips: all of its sound."""

    hop: Hop
    text: str
    clips: tuple[SpeechClip, ...]


ReasonerEvent = (
    StateEntered | StateLeft | QuestionChosen | SubQuestionAsked | EvidenceFound | HopFinished | ClarifyAsked | Answered
)
SessionEvent = Heard | ReasonerEvent | Announced | Spoken
