"""react (Yao et al. 2022, arXiv 2210.03629): thoughts and actions by turns, over pages that are opened by name.

The actions are those of the paper's section 3.1: search[entity] shows the first five sentences of the page of that
name, or the names of five similar ones; lookup[string] shows the next sentence of the page that holds the string;
finish[answer]. At most seven steps, as in the paper; one that has not finished by then is made to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.baselines.trail import Baseline, said, standing_on
from agent.graph.checks import goes_by, plain
from agent.graph.toolbox import quoted
from agent.retrieval.sentences import sentences
from agent.types import Hop, SubQuestionAsked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from agent.graph.baselines.trail import Trail
    from agent.ports import Retriever
    from agent.types import Passage, ReasonerEvent

_STEPS = 7
_OPENING = 5
_SIMILAR = 5
# UTF-8 bytes of one observation: a page without a full stop must not fill the context.
_LONGEST = 2000


class ReAct(Baseline):
    """States: think, then search or lookup; finish where no more may be done."""

    name = "react"

    async def _steps(self, trail: Trail) -> AsyncGenerator[ReasonerEvent, None]:
        log = f"Question: {quoted(trail.question.text)}"
        library = _Library(self._tools.retriever, max(_SIMILAR, self._tools.passages))
        pending = ""
        for step in range(1, _STEPS + 1):
            if trail.spent or len(trail.hops) + bool(pending) >= self._tools.budget.hops:
                break
            yield trail.enter("think")
            reply = await trail.ask("react", log, "react_next")
            if not reply:
                break
            thought, action, argument = said(reply, "thought"), reply.get("action"), said(reply, "input")
            if pending and action != "Lookup":
                # What a page brought is what the thought makes of it that turns away from it.
                yield trail.finish(_hop(pending, thought, library))
                pending = ""
            if action not in {"Search", "Lookup"}:
                trail.short = argument
                return
            if action == "Search":
                yield SubQuestionAsked(argument)
                pending = argument
            yield trail.enter(action.lower())
            seen = await library.search(argument) if action == "Search" else library.lookup(argument)
            done = f"Action {step}: {action}[{quoted(argument)}]\nObservation {step}: {quoted(seen, _LONGEST)}"
            log += f"\nThought {step}: {quoted(thought)}\n{done}"
        yield trail.enter("finish")
        reply = await trail.ask("react", log, "react_finish")
        if pending:
            yield trail.finish(_hop(pending, said(reply, "thought"), library))
        trail.short = said(reply, "answer")


def _hop(searched: str, thought: str, library: _Library) -> Hop:
    evidence = standing_on(f"{searched} {thought}", library.opened)
    return Hop(searched, thought if evidence else "", evidence)


class _Library:
    """Pages as the passages of one title. opened: the page that the last search opened, its best passage first."""

    def __init__(self, retriever: Retriever, depth: int) -> None:
        self.opened: tuple[Passage, ...] = ()
        self._page: tuple[Passage, ...] = ()
        self._retriever = retriever
        self._depth = depth
        self._wanted = ""
        self._place = 0

    async def search(self, name: str) -> str:
        """Open the page of a name and read its beginning; where there is none, stay on the old one and name others."""
        passages = await self._retriever.search(name, limit=self._depth)
        title = next((one.title for one in passages if goes_by(one.title, name)), None)
        self.opened = tuple(one for one in passages if one.title == title)
        if not self.opened:
            titles = list(dict.fromkeys(one.title for one in passages))[:_SIMILAR]
            return f"Could not find {name}. Similar: {', '.join(titles)}."
        self._page, self._wanted = self.opened, ""
        return " ".join(self._lines()[:_OPENING])

    def lookup(self, words: str) -> str:
        """The next sentence of the open page that holds the words."""
        if not self._page:
            return "No page is open: search first."
        if words != self._wanted:
            self._wanted, self._place = words, 0
        found = [line for line in self._lines() if plain(words) in plain(line)]
        self._place += 1
        if self._place > len(found):
            return "No more results."
        return f"(Result {self._place} / {len(found)}) {found[self._place - 1]}"

    def _lines(self) -> Sequence[str]:
        return [line for one in self._page for line in sentences(one.text)]
