"""The reasoning machine's table: its states and every edge between them, the one place that knows them.

After FSM prompting (arXiv 2407.02964) and SG-FSM (arXiv 2410.17021): a five-tuple (Q, Sigma, delta, q0, F), where each
step's checked output decides the next state. `hear`, `clarify` and `abstained` are hark's own. The compiled graph, the
README's picture and the traces' automaton all come from TABLE.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The states, Q."""

    HEAR = "hear"
    CLARIFY = "clarify"
    DECOMPOSE = "decompose"
    REVISE_DECOMPOSITION = "revise_decomposition"
    SEARCH = "search"
    REVISE_SEARCH = "revise_search"
    JUDGE = "judge"
    SUMMARISE = "summarise"
    ANSWERED = "answered"
    ABSTAINED = "abstained"


START = State.HEAR
FINAL = frozenset({State.ANSWERED, State.ABSTAINED})

DOES = {
    State.HEAR: "choose among the readings",
    State.CLARIFY: "ask which reading was meant",
    State.DECOMPOSE: "next simple sub-question",
    State.REVISE_DECOMPOSITION: "correct the sub-question",
    State.SEARCH: "retrieve, read, cite",
    State.REVISE_SEARCH: "re-read, re-query or give up",
    State.JUDGE: "is the question answerable now?",
    State.SUMMARISE: "one answer from all hops",
    State.ANSWERED: "spoken with its sources",
    State.ABSTAINED: "says what is missing",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge: from `source` to `target` when `when` holds."""

    source: State
    target: State
    when: str


TABLE = (
    Transition(State.HEAR, State.DECOMPOSE, "one reading is settled"),
    Transition(State.HEAR, State.CLARIFY, "two readings stay close and someone can be asked"),
    Transition(State.HEAR, State.ABSTAINED, "there is no question"),
    Transition(State.CLARIFY, State.HEAR, "the reply is in"),
    Transition(State.DECOMPOSE, State.SEARCH, "the sub-question is simple"),
    Transition(State.DECOMPOSE, State.REVISE_DECOMPOSITION, "malformed, a repeat or not one hop"),
    Transition(State.DECOMPOSE, State.SUMMARISE, "a budget is spent"),
    Transition(State.REVISE_DECOMPOSITION, State.SEARCH, "corrected"),
    Transition(State.REVISE_DECOMPOSITION, State.SUMMARISE, "out of tries or budget"),
    Transition(State.SEARCH, State.JUDGE, "answered and cited"),
    Transition(State.SEARCH, State.REVISE_SEARCH, "unparsable, uncited, unsupported or not found"),
    Transition(State.SEARCH, State.SUMMARISE, "a budget is spent"),
    Transition(State.REVISE_SEARCH, State.JUDGE, "answered and cited at last"),
    Transition(State.REVISE_SEARCH, State.DECOMPOSE, "given up: another way is tried"),
    Transition(State.REVISE_SEARCH, State.SUMMARISE, "a budget is spent"),
    Transition(State.JUDGE, State.SUMMARISE, "the hops answer the question"),
    Transition(State.JUDGE, State.DECOMPOSE, "something is missing"),
    Transition(State.SUMMARISE, State.ANSWERED, "supported"),
    Transition(State.SUMMARISE, State.ABSTAINED, "nothing supports an answer"),
)


def targets(state: State) -> tuple[State, ...]:
    """Where `state` may lead, in the table's order."""
    return tuple(edge.target for edge in TABLE if edge.source is state)


def mermaid() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {START}"]
    lines += [f"    {state} : {state}<br/>{does}" for state, does in DOES.items()]
    lines += [f"    {edge.source} --> {edge.target} : {edge.when}" for edge in TABLE]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)
