"""What every state works with: the model, the documents, the budget, and the way a state asks the model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import prompts
from agent.errors import LLMError
from agent.graph.numbers import annotated, unannotated
from agent.graph.quoting import quoted as quoted
from agent.graph.quoting import rough_tokens
from agent.ports import Message
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Budget
    from agent.graph.state import Walk
    from agent.ports import LLM, Retriever


SENTENCES = "Sentences:\n"
"""How a list of sentences begins in the log."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The parts one machine is built from.

    passages: passages read where a question is read as a whole; a step's sentences are chosen from half as many again.
    sentences: sentences shown for a step.
    grammar: a question whose form shows its steps is planned by code, and any other is first read as a whole; without
        it the model plans them all.
    context: tokens that the model can read and write at once.
    slots: calls that the server answers at once; steps that need no answer of each other are then read side by side.
    sure: answers of less confidence are held back; see agent.graph.confidence.
    examples: the prompt shows some; large models can do without (zero-shot, as in arXiv 2407.02964).
    numbers: triadic writes them with their size marked; see agent.graph.numbers.
    """

    llm: LLM
    retriever: Retriever
    budget: Budget
    passages: int = 4
    sentences: int = 6
    grammar: bool = True
    context: int = 8192
    slots: int = 1
    sure: float = 0.0
    examples: bool = True
    numbers: Literal["plain", "triadic"] = "plain"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a state got from the model.

    walk: the walk with the call's cost added. data: empty when the model gave nothing usable; problem says why.
    """

    walk: Walk
    data: dict[str, Any]
    problem: str = ""

    def line(self, key: str) -> str:
        """A text of the reply on one line; empty where there is none."""
        return " ".join(str(self.data.get(key, "")).split())


async def ask(tools: Toolbox, walk: Walk, name: str, **values: str) -> Reply:
    """Put one prompt to the model, behind the shared system prompt and the kept log.

    A reply that stays invalid comes back as a Reply with a problem: the state decides what follows. An unreachable
    server raises, because no state can mend that.
    """
    prompt, system = prompts.load(name), prompts.system(examples=tools.examples)
    asked = prompt.render(**values)
    # A repair sends the reply back, and may be twice as long.
    room = tools.context - 4 * prompt.max_tokens - rough_tokens(system + asked)
    content = "\n\n".join((*_fitting(walk.log, room), asked))
    triadic = tools.numbers == "triadic"
    if triadic:
        system, content = f"{system}\n\n{prompts.load('numbers').template}", annotated(content)
    messages = (Message("system", system), Message("user", content))
    try:
        async with asyncio.timeout(_time_left(tools, walk, name)):
            completion = await tools.llm.complete(messages, schema=prompt.schema, max_tokens=prompt.max_tokens)
    except TimeoutError:
        return Reply(replace(walk, usage=walk.usage + Usage(calls=1)), {}, "the time is up")
    except LLMError as error:
        if type(error) is not LLMError:
            raise
        return Reply(replace(walk, usage=walk.usage + Usage(calls=2)), {}, str(error))
    data = completion.data or {}
    return Reply(replace(walk, usage=walk.usage + completion.usage), _as_written(data) if triadic else data)


def _as_written(value: Any) -> Any:
    """A reply with its numbers as the documents write them."""
    if isinstance(value, str):
        return unannotated(value)
    if isinstance(value, dict):
        return {key: _as_written(item) for key, item in value.items()}
    return [_as_written(item) for item in value] if isinstance(value, list) else value


def _fitting(log: Sequence[str], room: int) -> list[str]:
    """The log, without its oldest sentences if there is no room for all of it in so many tokens.

    What was asked and answered stays. Sentences keep their numbers, so that those of older ones mean nothing else.
    """
    kept = [entry for entry in log if entry]
    while sum(map(rough_tokens, kept)) > room:
        lists = [place for place, entry in enumerate(kept) if entry.startswith(SENTENCES)]
        if not lists:
            break
        place = lists[0]
        # Of the newest list at least the best-placed lines stay.
        head, _, _ = kept[place].rpartition("\n")
        if len(lists) > 1:
            del kept[place]
        elif head.count("\n"):
            kept[place] = head
        else:
            break
    return kept


# Past the deadline there is still one call that ends the walk: without it all that was found would be lost.
_ENDING = frozenset({"summarise", "conclude"})
# Share of the budget that it may take.
_ENDING_SHARE = 0.2


def _time_left(tools: Toolbox, walk: Walk, name: str) -> float:
    """Seconds until a call made now has to be done."""
    left = tools.budget.seconds - walk.elapsed
    return max(left, _ENDING_SHARE * tools.budget.seconds) if name in _ENDING else max(left, 0.0)


# An ask costs two calls when its reply has to be repaired; room is kept for one ask and for the summary.
_RESERVED_CALLS = 4


def spent(tools: Toolbox, walk: Walk) -> bool:
    """Whether a budget leaves room for the summary only."""
    budget, usage = tools.budget, walk.usage
    return (
        len(walk.hops) >= budget.hops
        or usage.calls + _RESERVED_CALLS > budget.calls
        or usage.prompt_tokens + usage.completion_tokens >= budget.tokens
        or walk.elapsed >= budget.seconds
    )
