"""What every state works with: the model, the documents, the budget, and the way a state asks the model."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import prompts
from agent.errors import LLMError
from agent.ports import Message
from agent.types import Usage

if TYPE_CHECKING:
    from agent.config import Budget
    from agent.graph.state import Walk
    from agent.ports import LLM, Retriever


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The parts one machine is built from.

    passages: passages retrieved per sub-question. sentences: sentences of them shown to the model.
    grammar: a question whose form shows its steps is planned by code.
    """

    llm: LLM
    retriever: Retriever
    budget: Budget
    passages: int = 4
    sentences: int = 8
    grammar: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What a state got from the model.

    walk: the walk with the call's cost added. data: empty when the model gave nothing usable; problem says why.
    """

    walk: Walk
    data: dict[str, Any]
    problem: str = ""


async def ask(tools: Toolbox, walk: Walk, name: str, **values: str) -> Reply:
    """Put one prompt to the model, behind the shared system prompt and the kept log.

    A reply that stays invalid comes back as a Reply with a problem: the state decides what follows. An unreachable
    server raises, because no state can mend that.
    """
    prompt = prompts.load(name)
    content = "\n\n".join(part for part in (*walk.log, prompt.render(**values)) if part)
    messages = (Message("system", prompts.load("system").template), Message("user", content))
    try:
        async with asyncio.timeout(_time_left(tools, walk, name)):
            completion = await tools.llm.complete(messages, schema=prompt.schema, max_tokens=prompt.max_tokens)
    except TimeoutError:
        return Reply(replace(walk, usage=walk.usage + Usage(calls=1)), {}, "the time is up")
    except LLMError as error:
        if type(error) is not LLMError:
            raise
        return Reply(replace(walk, usage=walk.usage + Usage(calls=2)), {}, str(error))
    return Reply(replace(walk, usage=walk.usage + completion.usage), completion.data or {})


# Past the deadline there is still the summary: without it all that was found would be lost. A share of the budget.
_SUMMARY_SHARE = 0.2


def _time_left(tools: Toolbox, walk: Walk, name: str) -> float:
    """Seconds until a call made now has to be done."""
    left = tools.budget.seconds - walk.elapsed
    return max(left, _SUMMARY_SHARE * tools.budget.seconds) if name == "summarise" else max(left, 0.0)


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


_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def quoted(text: str) -> str:
    """Text from documents, transcripts or replies, as it may stand in a prompt: one line, no chat-template marks.

    Line breaks would let a document write lines of the log, and marks such as <|im_start|>, which servers read as
    special tokens, would let it speak as another role.
    """
    # Printable is what holds neither separators, the blank aside, nor any of what is dropped.
    kept = text if text.isprintable() else "".join(" " if c.isspace() else c for c in text if c.isspace() or _kept(c))
    line = " ".join(kept.split())
    return line.replace("<|", "< |").replace("|>", "| >").replace("</s>", "< /s>").replace("<s>", "< s>")


def _kept(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED
