"""A walk in a process of its own, which may kill itself: python -m tests.fakes.walk_child KEEP PLACE LOG WHEN.

KEEP: sqlite or postgres. PLACE: file or URL. LOG: file that gets a line for each reply of the model, which tells its
script by it. WHEN: "call 3" in the middle of the third call, "state judge 2" when judge is entered the second time, or
"never". What the walk came to is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.graph.build import FsmReasoner
from agent.graph.savers import postgres_saver, sqlite_saver
from agent.llm.structured import parse
from agent.ports import Completion
from agent.types import Answered, HopFinished, Question, StateEntered, Usage
from tests.fakes.walks import ANSWERS, NOTHING, QUESTION, STEPS, plan, read, toolbox
from voice.types import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.ports import Message

RUN = "r1"
HEARD = Question("", tuple(Hypothesis(text, -1.0, 0.5) for text in (QUESTION, QUESTION.replace("river", "liver"))))
STORY = (
    plan("Who directed Breathless?", "Where was #3 born?"),
    plan(*STEPS),
    read(ANSWERS[0]),
    NOTHING,
    *(read(each) for each in ANSWERS[1:]),
)
_WRITTEN = 1.0
"""Seconds within which the reply before is on the disk; a real call takes longer."""
_THINKING = 0.2
"""Seconds of a call, so that who dies with a state dies before its first reply."""


class Script:
    """Tells STORY from where the log ends. dies_in: number of the call, from 1, that it dies in."""

    name = "script"

    def __init__(self, log: Path, dies_in: int) -> None:
        self._log = log
        self._dies_in = dies_in

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        finished = len(self._log.read_text().splitlines())
        if finished + 1 == self._dies_in:
            await asyncio.sleep(_WRITTEN)
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(_THINKING)
        reply = STORY[finished].reply
        assert isinstance(reply, str)
        assert schema
        with self._log.open("a") as log:
            log.write(f"{messages[-1].content[-60:]!r}\n")
        return Completion(reply, Usage(1, 10, 5, 5, 0.1), parse(reply, schema))

    async def aclose(self) -> None:
        """Nothing to release."""


async def main(keep: str, place: str, log: Path, when: str) -> None:
    """Walk."""
    what, _, rest = when.partition(" ")
    state, _, visit = rest.partition(" ")
    opened = partial(sqlite_saver, Path(place)) if keep == "sqlite" else partial(postgres_saver, place)
    reasoner = FsmReasoner(toolbox(Script(log, int(rest) if what == "call" else 0)), opened)
    visits, hops = 0, []

    async def person(text: str, readings: tuple[str, ...]) -> str:
        return "1"

    async with aclosing(reasoner.walk(HEARD, clarifier=person, run=RUN)) as events:
        async for event in events:
            match event:
                case StateEntered(entered) if what == "state" and entered == state:
                    visits += 1
                    if visits == int(visit):
                        os.kill(os.getpid(), signal.SIGKILL)
                case HopFinished(hop):
                    hops.append(hop.answer)
                case Answered(answer):
                    told = {
                        "short": answer.short,
                        "text": answer.text,
                        "path": answer.path,
                        "calls": answer.usage.calls,
                    }
                    print(json.dumps({**told, "confidence": answer.confidence, "hops": hops}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
