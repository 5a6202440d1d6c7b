"""How an answer came about, in plain sentences: what `hark why` prints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agent.cli.render import stages
from agent.graph.transitions import DOES, State
from agent.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.session.store.records import TurnRecord
    from agent.types import Answer, Hop, Question

_HOW = {
    "typed": "You typed",
    "edited": "You put your question right",
    "chosen": "You chose another reading of what was heard",
}
_CORRECTIONS = {
    State.REVISE_DECOMPOSITION: "It corrected its plan {times}: a step was not one simple question.",
    State.REVISE_SEARCH: "It read again {times}: what it had read at first did not stand up to the checks.",
}
_ENDS = {
    "cancelled": "Then the question was dropped.",
    "superseded": "Then it was asked again in other words.",
    "failed": "Then something went wrong.",
    "unfinished": "There the story breaks off, or goes on in another hark.",
}


def retold(turn: TurnRecord) -> Iterator[str]:
    """The lines, made harmless: each is one sentence or two."""
    yield from _asked(turn)
    for number, hop in enumerate(turn.steps, 1):
        yield _step(number, hop)
    if turn.answer:
        yield from _corrected(turn.answer)
        yield _concluded(turn.answer)
        if turn.outcome == "interrupted" and turn.heard is not None:
            yield f"It was interrupted; this much was heard: {_quoted(turn.heard)}."
        yield from _cost(turn.answer)
    if turn.outcome in _ENDS:
        yield f"{_ENDS[turn.outcome].rstrip('.')}: {safe(turn.error)}" if turn.error else _ENDS[turn.outcome]


def _asked(turn: TurnRecord) -> Iterator[str]:
    question: Question = turn.question
    best, *others = question.hypotheses or (None,)
    if best is None or turn.origin != "voice":
        yield f"{_HOW.get(turn.origin, 'You asked')}: {_quoted(turn.text)}."
    else:
        yield f"You said what sounded most like {_quoted(best.text)} ({best.posterior:.0%})."
        if others:
            readings = ", ".join(f"{_quoted(each.text)} ({each.posterior:.0%})" for each in others)
            yield f"It may also have been {readings}."
    for each in turn.clarified:
        reply = f"you replied {_quoted(each.reply)}" if each.reply else "there was no reply"
        yield f"hark asked back {_quoted(each.asked)}, and {reply}."
    if best is not None and question.text:
        chosen = "the likeliest reading" if question.text == best.text else "what the documents make likeliest"
        yield f"It took the question to be {_quoted(question.text)}{'' if turn.clarified else f', {chosen}'}."


def _step(number: int, hop: Hop) -> str:
    asked = f"Step {number} asked the documents {_quoted(hop.sub_question)}"
    if not hop.found:
        return f"{asked}, found nothing that supports an answer, and was given up."
    says = "; ".join(
        f"{safe(each.passage.source)}, line {each.line}, says {_quoted(each.sentence)}" for each in hop.evidence
    )
    return f"{asked} and found {_quoted(hop.answer)}: {says}."


def _corrected(answer: Answer) -> Iterator[str]:
    visits = Counter(answer.path)
    for state, sentence in _CORRECTIONS.items():
        if count := visits[state.value]:
            yield sentence.format(times={1: "once", 2: "twice"}.get(count, f"{count} times"))


def _concluded(answer: Answer) -> str:
    if answer.outcome == "abstained":
        return f"It gave no answer, and said {_quoted(answer.text)}."
    short, sure = _quoted(answer.short), f"{answer.confidence:.0%}"
    return f"It concluded {_quoted(answer.text)}, in short {short}; its confidence is {sure}."


def _cost(answer: Answer) -> Iterator[str]:
    known = {state.value for state in DOES}
    if answer.path:
        yield f"Its way: {', '.join(safe(state) for state in answer.path if state in known)}."
    usage = answer.usage
    calls = "one call" if usage.calls == 1 else f"{usage.calls} calls"
    yield (
        f"It cost {calls} of the language model, {usage.prompt_tokens:,} prompt tokens ({usage.cached_share:.0%} "
        f"cached), {usage.completion_tokens:,} generated; {stages(answer.seconds)}."
    )


def _quoted(text: str) -> str:
    return f"“{safe(text)}”"
