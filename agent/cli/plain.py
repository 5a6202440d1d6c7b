"""A conversation in plain lines: every step in words, one below the other, for screen readers, pipes and slow lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.transitions import DOES, State
from agent.session import events as told_of
from agent.session.phases import Phase
from agent.text import safe, shown
from agent.types import Answered, ClarifyAsked, HopFinished, QuestionChosen, StateEntered, SubQuestionAsked
from voice import events as heard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.session.store.records import TurnRecord
    from agent.types import Answer, Hop

_LONGEST = 2000
"""Characters of one text; more than that is no line that anybody listens to."""

_MODES = {
    "hands-free": "listening: speak when you like",
    "push-to-talk": "press Enter on an empty line to speak, and again when you have finished",
    "text": "not listening: type your questions",
}
_ENDINGS = {"cancelled": "cancelled", "superseded": "taken up again in other words"}


class PlainView:
    """Turns events into lines.

    write: takes one line of harmless text.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def tell(self, told: told_of.Told) -> None:
        """Say one event in words; most of what only moves a meter says nothing."""
        for line in self._lines(told):
            self._write(line)

    def _lines(self, told: told_of.Told) -> Iterator[str]:
        match told.event:
            case StateEntered(state):
                yield f"step: {DOES[State(state)] if state in list(State) else _said(state)}"
            case SubQuestionAsked(sub_question):
                yield f"looking for: {_said(sub_question)}"
            case HopFinished(hop):
                yield from hop_lines(hop)
            case QuestionChosen(question):
                yield f"question: {_said(question.text)}"
            case ClarifyAsked(text, readings):
                yield f"hark asks: {_said(text)}"
                yield from (f"{number}: {_said(reading)}" for number, reading in enumerate(readings, 1))
                yield "reply with a number or in your own words"
            case Answered(answer):
                yield from answer_lines(answer)
            case _:
                yield from self._of_the_conversation(told)

    def _of_the_conversation(self, told: told_of.Told) -> Iterator[str]:
        match told.event:
            case told_of.Ready(docs):
                yield f"ready: answers come from {', '.join(_said(place) for place in docs)}"
            case told_of.ModeChanged(mode):
                yield _MODES[mode]
            case told_of.NotForMe(utterance, reason):
                yield f"not for me ({_said(reason)}): {_said(utterance.text)}"
            case told_of.Queued(text, waiting):
                yield f"waiting for its turn, number {waiting}: {_said(text)}"
            case told_of.Interrupted(heard):
                yield f"stopped after: {_said(heard.text)}" if heard.text else "stopped"
            case told_of.TurnEnded(outcome, timings):
                if outcome in _ENDINGS:
                    yield _ENDINGS[outcome]
                elif timings.thought is not None:
                    yield f"took {timings.thought:.1f} seconds"
            case told_of.Failed(message):
                yield f"error: {_said(message)}"
            case told_of.Notice(message):
                yield f"note: {_said(message)}"
            case told_of.DeliveryChanged(volume, speed):
                yield f"volume {volume:.0%}, speed {speed:.0%}"
            case told_of.PhaseChanged(_, Phase.LISTENING, "listen" | "barge_in"):
                yield "listening"
            case _:
                yield from self._of_the_devices(told)

    def _of_the_devices(self, told: told_of.Told) -> Iterator[str]:
        match told.event:
            case heard_of.FinalHeard(utterance):
                if not utterance.hypotheses:
                    yield "nothing was said"
                for number, each in enumerate(utterance.hypotheses, 1):
                    yield f"{'heard' if number == 1 else f'or {number}'}, {each.posterior:.0%}: {_said(each.text)}"
            case heard_of.SamplesLost(_, seconds):
                yield f"note: {seconds:.1f} seconds of sound were lost, the machine is too busy"
            case heard_of.DeviceLost(_, message) | heard_of.SpeakerLost(message):
                yield f"note: {_said(message)}"
            case heard_of.DeviceFound(_, name):
                yield f"note: listening to {_said(name)}"
            case heard_of.SpeakerFound(name):
                yield f"note: speaking on {_said(name)}"


def turn_lines(turn: TurnRecord) -> Iterator[str]:
    """An earlier turn, without its steps."""
    yield f"earlier question: {_said(turn.text)}"
    if turn.answer:
        yield f"earlier answer: {_said(turn.answer.text)}"


def hop_lines(hop: Hop) -> Iterator[str]:
    """What a sub-question brought, and where it stands."""
    if not hop.found:
        yield f"not found in the documents: {_said(hop.sub_question)}"
        return
    yield f"found: {_said(hop.answer)}"
    for evidence in hop.evidence:
        where = f", line {evidence.line}, says" if evidence.line else ""
        yield f"because {_said(evidence.passage.source)}{where}: {_said(evidence.sentence)}"


def answer_lines(answer: Answer) -> Iterator[str]:
    """The answer in words."""
    if answer.outcome == "answered":
        yield f"answer: {_said(answer.short)}"
        yield f"{_said(answer.text)}"
        yield f"confidence: {answer.confidence:.0%}"
    else:
        yield f"no answer: {_said(answer.text)}"


def _said(text: str) -> str:
    return shown(safe(text), _LONGEST)
