"""How a session's events look on a terminal: readings, hops with their sources, the answer, the time taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli.common import safe
from agent.types import (
    Answer,
    Answered,
    Evidence,
    EvidenceFound,
    Heard,
    Hop,
    HopFinished,
    QuestionChosen,
    SessionEvent,
    Spoken,
    StateEntered,
    StateLeft,
    SubQuestionAsked,
)

if TYPE_CHECKING:
    from rich.console import Console

    from voice.types import Utterance


class Narrator:
    """Prints events as they come.

    console: where results go. trace: tell every state that is entered as well.
    """

    def __init__(self, console: Console, *, trace: bool = False) -> None:
        self._console = console
        self._trace = trace
        self._hops = 0
        self._voiced = False

    def tell(self, event: SessionEvent) -> None:
        """Print one event."""
        match event:
            case Heard(utterance):
                self._heard(utterance)
            case StateEntered(state) if self._trace:
                self._console.print(f"  -> {state}", style="dim")
            case StateLeft(state, seconds) if self._trace:
                self._console.print(f"     took: {state} {seconds:.2f} s", style="dim")
            case EvidenceFound(evidence) if self._trace:
                for each in evidence:
                    self._console.print(f"    reads: {_cited(each)}", style="dim")
            case QuestionChosen(question):
                self._console.print(f"question  {safe(question.text)}", style="bold")
            case SubQuestionAsked(sub_question) if self._trace:
                self._console.print(f"     asks: {safe(sub_question)}", style="dim")
            case HopFinished(hop):
                self._hops += 1
                self._hop(self._hops, hop)
            case Answered(answer):
                self._answer(answer)
                self._voiced = False
            case Spoken(_, seconds) if not self._voiced:
                self._voiced = True
                self._console.print(f"voice     first sentence ready {seconds:.2f} s after the answer", style="dim")
            case _:
                pass

    def _heard(self, utterance: Utterance) -> None:
        for line in reading_lines(utterance):
            self._console.print(line)

    def _hop(self, number: int, hop: Hop) -> None:
        self._console.print(f"hop {number}     {safe(hop.sub_question)}")
        self._console.print(
            f"          {safe(hop.answer) or 'not found in the documents'}", style="green" if hop.found else ""
        )
        for evidence in hop.evidence:
            self._console.print(f"          {_cited(evidence)}", style="dim")

    def _answer(self, answer: Answer) -> None:
        if answer.outcome == "answered":
            self._console.print(f"answer    {safe(answer.short)}", style="bold green")
            self._console.print(f"          {safe(answer.text)} (confidence {answer.confidence:.0%})")
        else:
            self._console.print(f"abstains  {safe(answer.text)}", style="bold yellow")
        self._console.print(f"time      {stages(answer.seconds)}", style="dim")
        usage = answer.usage
        self._console.print(
            f"model     {usage.calls} calls, {usage.prompt_tokens} prompt tokens ({usage.cached_share:.0%} cached), "
            f"{usage.completion_tokens} generated",
            style="dim",
        )


def _cited(evidence: Evidence) -> str:
    return f"“{safe(evidence.sentence)}” ({safe(evidence.where)})"


def reading_lines(utterance: Utterance) -> list[str]:
    """A line for each reading of an utterance, with its share and log-probability."""
    if not utterance.hypotheses:
        return ["heard     (nothing was said)"]
    return [
        f"heard {rank}   {hypothesis.posterior:6.1%}  log-prob {hypothesis.logprob:7.2f}  {safe(hypothesis.text)}"
        for rank, hypothesis in enumerate(utterance.hypotheses, 1)
    ]


def stages(seconds: dict[str, float]) -> str:
    """Wall time per stage in one line; stages under a twentieth of a second are left out."""
    parts = [f"{name} {spent:.1f} s" for name, spent in seconds.items() if spent >= 0.05]
    return ", ".join([*parts, f"total {sum(seconds.values()):.1f} s"])
