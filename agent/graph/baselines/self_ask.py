"""self-ask (Press et al. 2022, arXiv 2210.03350): the model asks itself follow-up questions before it answers.

This is the paper's variant with a search engine: what it returned as an answer is read here, by the same model, from
the passages retrieved for the follow-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.baselines.trail import Baseline, said, standing_on
from agent.graph.checks import is_nothing
from agent.graph.toolbox import quoted
from agent.types import Hop, SubQuestionAsked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.graph.baselines.trail import Trail
    from agent.types import ReasonerEvent

_FOLLOW_UP = "Follow up"


class SelfAsk(Baseline):
    """States: ask, then search and read for each follow-up; conclude where no more may be asked."""

    name = "self-ask"

    async def _steps(self, trail: Trail) -> AsyncGenerator[ReasonerEvent, None]:
        opening = f"Question: {quoted(trail.question.text)}\nAre follow up questions needed here:"
        scaffold = opening
        while not trail.spent:
            yield trail.enter("ask")
            reply = await trail.ask("self_ask", scaffold, "self_ask_next")
            if not reply:
                break
            text = said(reply, "text")
            if reply.get("line") != _FOLLOW_UP or not text:
                trail.short = text
                return
            yield SubQuestionAsked(text)
            yield trail.enter("search")
            passages = await self._tools.retriever.search(text, limit=self._tools.passages)
            yield trail.enter("read")
            read = await trail.ask("self_ask", f"Follow up: {quoted(text)}", "self_ask_read", passages=passages)
            answer = said(read, "answer")
            answer = "" if is_nothing(answer) else answer
            evidence = standing_on(f"{text} {answer}", passages, answer) if answer else ()
            yield trail.finish(Hop(text, answer, evidence))
            scaffold = f"{opening} Yes." if scaffold == opening else scaffold
            scaffold += f"\nFollow up: {quoted(text)}\nIntermediate answer: {quoted(answer) or 'not found'}"
        yield trail.enter("conclude")
        trail.short = said(await trail.ask("self_ask", scaffold, "self_ask_end"), "answer")
