"""The conversation's table as a running machine. It decides which phase follows; it does and awaits nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from transitions import Machine

from agent.session.phases import START, TABLE, Guard, Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from transitions import EventData


# It warns of each trigger that has no edge from where the conversation is. `fire` promises that nothing happens then.
logging.getLogger("transitions.core").setLevel(logging.ERROR)


class _Model:
    """Where `transitions` keeps the state, and the methods that it adds to whatever it moves."""

    state: str


class PhaseMachine:
    """Goes over the edges of agent.session.phases.TABLE.

    guards: what each guard of the table says now.
    changed: told of each step: the phase before, the phase after, the trigger. It may start and cancel tasks and fire
        further triggers, which follow in order once it has returned; it must not wait.
    """

    def __init__(
        self, guards: Mapping[Guard, Callable[[], bool]], changed: Callable[[Phase, Phase, str], None]
    ) -> None:
        self._changed = changed
        self._model = _Model()
        self._machine = Machine(
            model=self._model,
            states=[phase.value for phase in Phase],
            initial=START.value,
            transitions=[
                {
                    "trigger": edge.trigger,
                    "source": edge.source.value,
                    "dest": edge.target.value,
                    "conditions": [_condition(guards[edge.guard])] if edge.guard else [],
                }
                for edge in TABLE
            ],
            after_state_change=self._told,
            auto_transitions=False,
            ignore_invalid_triggers=True,
            queued=True,
            send_event=True,
        )

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        return Phase(self._model.state)

    def fire(self, trigger: str) -> None:
        """Go over the edge that `trigger` names here, if there is one; from inside `changed`, after it has returned."""
        self._machine.events[trigger].trigger(self._model)

    def _told(self, event: EventData) -> None:
        step: Any = event.transition
        self._changed(Phase(step.source), Phase(step.dest), event.event.name)


def _condition(guard: Callable[[], bool]) -> Callable[[EventData], bool]:
    return lambda _: guard()
