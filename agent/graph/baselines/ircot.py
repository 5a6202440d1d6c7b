"""ircot (Trivedi et al. 2022, arXiv 2212.10509): retrieval interleaved with a chain of thought.

Each sentence of the reasoning is the next query (section 3). It ends when a sentence holds "answer is", or with the
budget of hops; then a reader answers from all paragraphs that were collected, at most 15, reasoning anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.baselines.trail import Baseline, said, standing_on
from agent.graph.toolbox import quoted
from agent.types import Hop, SubQuestionAsked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.graph.baselines.trail import Trail
    from agent.types import Passage, ReasonerEvent

_COLLECTED = 15
_ENDS = "answer is"


class IRCoT(Baseline):
    """States: retrieve and reason by turns, then read."""

    name = "ircot"

    async def _steps(self, trail: Trail) -> AsyncGenerator[ReasonerEvent, None]:
        question = f"Question: {quoted(trail.question.text)}"
        collected: dict[str, Passage] = {}
        thoughts: list[str] = []
        query = trail.question.text
        while not trail.spent:
            yield SubQuestionAsked(query)
            yield trail.enter("retrieve")
            for passage in await self._tools.retriever.search(query, limit=self._tools.passages):
                if len(collected) < _COLLECTED:
                    collected.setdefault(passage.id, passage)
            yield trail.enter("reason")
            reasoning = " ".join(("Reasoning:", *(quoted(thought) for thought in thoughts)))
            read = tuple(collected.values())
            reply = await trail.ask("ircot", f"{question}\n{reasoning}", "ircot_reason", passages=read)
            thought = " ".join(str(reply.get("sentence", "")).split())
            evidence = standing_on(thought, read) if thought else ()
            yield trail.finish(Hop(query, thought, evidence))
            # Decoding is greedy: a sentence written twice would be written for ever.
            if not thought or _ENDS in thought.casefold() or thought in thoughts:
                break
            thoughts.append(thought)
            query = thought
        yield trail.enter("read")
        reply = await trail.ask("ircot", question, "ircot_read", passages=tuple(collected.values()))
        trail.short = said(reply, "answer")
