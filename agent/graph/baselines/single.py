"""direct and cot: one call over what is retrieved for the question.

cot: chain-of-thought prompting (Wei et al. 2022, arXiv 2201.11903); direct is the same without the reasoning. With
retrieval for the question alone these are the "one-step retriever" readers of Trivedi et al. 2022 (arXiv 2212.10509).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.graph.baselines.trail import Baseline, said
from agent.graph.toolbox import quoted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.graph.baselines.trail import Trail
    from agent.graph.toolbox import Toolbox
    from agent.types import Question, ReasonerEvent

SingleName = Literal["direct", "cot"]
_ALL = 10_000


class SingleCall(Baseline):
    """States: retrieve, answer.

    name: of the prompt. all_passages: read everything the retriever has, and not only the best for the question.
    all_readings: show every reading of what was heard, likeliest first.
    """

    def __init__(
        self, name: SingleName, tools: Toolbox, *, all_passages: bool = False, all_readings: bool = False
    ) -> None:
        super().__init__(tools)
        self.name = name
        self._limit = _ALL if all_passages else tools.passages
        self._all_readings = all_readings

    async def _steps(self, trail: Trail) -> AsyncGenerator[ReasonerEvent, None]:
        yield trail.enter("retrieve")
        passages = await self._tools.retriever.search(trail.question.text, limit=self._limit)
        yield trail.enter("answer")
        reply = await trail.ask(self.name, self._asked(trail.question), passages=passages or None)
        trail.short = said(reply, "answer")

    def _asked(self, question: Question) -> str:
        readings = list(dict.fromkeys(quoted(hypothesis.text) for hypothesis in question.hypotheses))
        if not self._all_readings or len(readings) < 2:
            return f"Question: {quoted(question.text)}"
        return "\n".join(("Question, as it was heard:", *(f"{n}. {one}" for n, one in enumerate(readings, 1))))
