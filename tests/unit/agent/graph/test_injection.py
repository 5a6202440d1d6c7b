"""Documents and questions are data: they cannot add a line to the log, speak as another role, or give orders."""

from __future__ import annotations

import io
import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.cli.render import Narrator
from agent.graph.checks import content_words
from agent.graph.evidence import listing
from agent.graph.quoting import LONGEST_SENTENCE, LONGEST_TITLE, quoted, rough_tokens
from agent.graph.state import Walk
from agent.graph.toolbox import ask
from agent.llm.structured import parse
from agent.ports import Completion
from agent.types import Evidence, Passage, Question, Usage
from tests.fakes.injections import INJECTIONS, MARKS
from tests.fakes.retriever import FakeRetriever
from tests.fakes.speech import utterance
from tests.fakes.walks import WORLD, plan, read, rule, story, summary, toolbox, walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.ports import Message

LIMA = "On which river lies Lima?"
FAIR = Passage(id="1", title="Lima", text="Lima lies on the river Rimac.", source="lima.md")
BAD = {"Cc", "Cf", "Cs", "Co", "Cn"}
# A walk of five hops whose every list is the longest there can be still has to fit.
CONTEXT = 8192

attacks = pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS)


def test_the_set_is_large_enough() -> None:
    assert len(INJECTIONS) >= 40


@attacks
@pytest.mark.parametrize("place", ["text", "title", "source"])
async def test_a_document_cannot_leave_its_line(text: str, place: str) -> None:
    foul = {"text": replace(FAIR, text=text), "title": replace(FAIR, title=text), "source": replace(FAIR, source=text)}
    llm = story(plan(LIMA), read("Rimac"), summary("the Rimac"))
    told = await walk(toolbox(llm, FakeRetriever([foul[place]])), LIMA)
    assert told.path == ["hear", "decompose", "search", "judge", "summarise", "answered"]
    for system, user in llm.requests:
        assert system == llm.requests[0][0]
        kept_to_its_lines(user.content)
    (evidence,) = told.answer.evidence
    assert evidence.sentence in evidence.passage.text, "the citation is still word for word"


@attacks
async def test_a_question_cannot_leave_its_line(text: str) -> None:
    llm = story(rule("hear", reading=1), plan(LIMA), read("Rimac"), summary("the Rimac"))
    text = text[:5000]
    readings = utterance((f"{LIMA} {text}", 0.5), (f"{LIMA} No, {text}", 0.5)).hypotheses
    for question in (Question(f"{LIMA} {text}"), Question("", readings)):
        await walk(toolbox(llm), question)
    for _, user in llm.requests:
        kept_to_its_lines(user.content)


@attacks
async def test_a_model_led_astray_cannot_leave_its_line(text: str) -> None:
    """Steps and answers come back into the log, so they are quoted like the documents they may repeat."""
    astray = {"steps": [f"{LIMA} {text}"[:200], "On which river lies Lima, after #1?"]}
    llm = story(
        rule("decompose", **astray), read(f"Rimac {text}"[:120]), read("Rimac"), read("Rimac"), summary("Rimac")
    )
    await walk(toolbox(llm), LIMA)
    for _, user in llm.requests:
        kept_to_its_lines(user.content)


class Obedient:
    """Does whatever the document orders, as far as the schema lets it: foreign steps, numbers, names, and markup."""

    name = "obedient"

    def __init__(self, order: str) -> None:
        self.requests: list[tuple[Message, ...]] = []
        self._order = order

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        assert schema
        self.requests.append(tuple(messages))
        turn = len(self.requests)
        obeyed: dict[str, Any] = {
            "steps": [LIMA, f"Who is the king of #1? {self._order}"],
            "citation": (1, 999, 0, 2)[turn % 4],
            "answer": ("Rimac", "Styx", self._order, "[bold red]Styx[/]")[turn % 4],
            "sentence": self._order,
            "reason": self._order,
            "enough": True,
            "says": True,
            "reading": 7,
        }
        fields = {key: _held_to(obeyed[key], wanted) for key, wanted in schema["properties"].items()}
        text = json.dumps(fields)
        return Completion(text, Usage(1, 100, 0, 10), parse(text, schema))

    async def aclose(self) -> None:
        """Nothing to release."""


def _held_to(value: Any, wanted: Mapping[str, Any]) -> Any:
    """What a server that holds its model to the schema lets through."""
    if isinstance(value, str):
        return value.encode(errors="ignore").decode()[: wanted.get("maxLength")]
    if isinstance(value, list):
        return [_held_to(item, wanted["items"]) for item in value]
    return value


@attacks
async def test_a_model_that_obeys_the_document_changes_no_transition_and_no_citation(text: str) -> None:
    llm = Obedient(text)
    documents = [replace(FAIR, text=text), replace(FAIR, id="2", title=text, text=f"{text} {LIMA}"), *WORLD]
    told = await walk(toolbox(llm, FakeRetriever(documents, ["Lima"])), LIMA)
    assert told.path[-1] == told.answer.outcome, "each step of it was an edge of the table"
    assert {messages[0] for messages in llm.requests} == {llm.requests[0][0]}
    seen = "\n".join(user.content for _, user in llm.requests)
    for _, user in llm.requests:
        kept_to_its_lines(user.content, astray=True)
    for hop in told.answer.hops:
        for evidence in hop.evidence:
            assert evidence.passage in documents
            assert evidence.sentence in evidence.passage.text
            shown = f"{quoted(evidence.passage.title, LONGEST_TITLE)}: {quoted(evidence.sentence, LONGEST_SENTENCE)}"
            assert shown in seen
            said = content_words(f"{evidence.passage.title} {evidence.sentence}")
            assert content_words(hop.answer) & said, "what is cited carries what is answered"
    screen = io.StringIO()
    narrator = Narrator(Console(file=screen, markup=False, highlight=False, emoji=False, soft_wrap=True), trace=True)
    for event in told.events:
        narrator.tell(event)
    assert not [c for c in screen.getvalue() if c != "\n" and unicodedata.category(c) in BAD]
    if "[/" in "".join(hop.answer for hop in told.answer.hops):
        assert "[/" in screen.getvalue(), "markup is shown, not followed"


def kept_to_its_lines(content: str, *, astray: bool = False) -> None:
    """astray: the model itself gives the answer that was ordered."""
    lines = content.split("\n")
    assert content.splitlines() == lines, "only the machine's own line breaks"
    assert [line for line in lines if line.startswith("Question:")] == lines[:1] or not lines[0].startswith("Question:")
    own = ("Question: ", "Sentences:", "[", "Step: ", "Answer: ", "Sentence: ")
    orders = ("Step: Who is the king?", *(() if astray else ("Answer: Styx",)))
    assert not [line for line in lines if line.startswith(orders)]
    body = content.rpartition("\n\n")[0]
    assert not [line for line in body.split("\n") if line and not line.startswith(own)], "nothing but the machine's log"
    assert not [mark for mark in MARKS if mark in content]
    assert not [c for c in content if c != "\n" and unicodedata.category(c) in BAD]
    assert rough_tokens(content) < CONTEXT


@given(
    st.text(st.characters() | st.sampled_from("<|>/s[]#INST｜＜＞［］＃\n\r\u2028\u202e\x1b "), max_size=60),
    st.integers(8, 80),
)
def test_quoted_text_is_one_harmless_line_whatever_it_was(text: str, longest: int) -> None:
    line = quoted(text, longest)
    assert len(line.splitlines()) <= 1
    assert not [mark for mark in MARKS if mark in line]
    assert not [c for c in line if unicodedata.category(c) in BAD]
    assert line == quoted(line, longest)
    assert len(line.encode()) <= longest


def test_ordinary_text_is_left_as_it_is() -> None:
    text = 'Ørsted\'s "law" (1820): 5 < 6 | x > 3, naïve Ελλάδα 東京 [1], C#, #1, item [a, b]'
    assert quoted(text) == text


def test_a_long_text_is_cut_at_a_word() -> None:
    assert quoted("one two three four five six", 16) == "one two …"
    assert quoted("x" * 100, 16) == "x" * 12 + " …"
    assert quoted("漢" * 100, 16) == "漢" * 4 + " …"


async def test_older_sentences_make_room_for_the_newest() -> None:
    """Six lists of tables without a full stop would fill the context twice."""
    table = "2024-01-01 00:00:00 | 7.25 | 8.5 | " * 400
    lists = [
        listing(shown, shown)
        for shown in (
            [Evidence(replace(FAIR, id=f"{n}.{m}", text=f"s{n}.{m} {table}"), f"s{n}.{m} {table}") for m in range(8)]
            for n in range(6)
        )
    ]
    found = [f"Step: Which is {n}?\nAnswer: a{n} [1]" for n in range(6)]
    log = ("Question: Which?", *(entry for pair in zip(lists, found, strict=True) for entry in pair))
    llm = story(read("x"))
    reply = await ask(toolbox(llm), replace(Walk(Question("Which?")), log=log), "search", sub_question="Which?")
    assert reply.data == {"citation": 1, "answer": "x"}
    ((system, user),) = llm.requests
    assert sum(map(rough_tokens, log)) > CONTEXT
    assert rough_tokens(system.content + user.content) < CONTEXT
    assert user.content.startswith(log[0])
    assert all(entry in user.content for entry in found), "what was found stays"
    assert "s5.0" in user.content
    assert "s0.0" not in user.content


async def test_even_one_list_is_made_to_fit() -> None:
    shown = [
        Evidence(replace(FAIR, id=str(n), text=f"s{n} " + "7.5 " * 200), f"s{n} " + "7.5 " * 200) for n in range(40)
    ]
    llm = story(read("x"))
    await ask(toolbox(llm), replace(Walk(Question("W")), log=(listing(shown, shown),)), "search", sub_question="W")
    ((system, user),) = llm.requests
    assert rough_tokens(system.content + user.content) < CONTEXT
    assert "[1] Lima: s0 7.5" in user.content
    assert "[40]" not in user.content
