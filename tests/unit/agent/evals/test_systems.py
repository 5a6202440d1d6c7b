"""The systems that can be compared: names, options, those of other packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from agent.config import Budget
from agent.errors import ConfigError
from agent.evals import systems
from agent.evals.context import Contexts
from agent.evals.systems import SYSTEMS, SystemRequest, check, make, names
from agent.llm.scripted import Rule, ScriptedLLM
from agent.session.session import Session
from agent.types import Answered, Question
from tests.fakes.eval_samples import SAMPLE
from voice.types import Hypothesis

if TYPE_CHECKING:
    from agent.types import Answer


async def ask(system: str, llm: ScriptedLLM, question: str | Question = SAMPLE.question) -> Answer:
    """Run a system over the sample as the harness does."""
    request = SystemRequest(llm, Budget())
    reasoner = make(system, request, Contexts("paragraphs").retriever(SAMPLE))
    session = Session(reasoner, recognizer=_nothing, synthesizer=_nothing)
    asked = Question(question) if isinstance(question, str) else question
    events = [event async for event in session.events(asked)]
    assert isinstance(events[-1], Answered)
    return events[-1].answer


def _nothing() -> NoReturn:
    raise AssertionError("no device is needed")


def test_each_system_is_made_under_its_name() -> None:
    request = SystemRequest(ScriptedLLM([]), Budget())
    shelf = Contexts("paragraphs").retriever(SAMPLE)
    assert [make(name, request, shelf).name for name in SYSTEMS] == list(SYSTEMS)
    assert list(SYSTEMS) == ["fsm", "direct", "cot", "self-ask", "ircot", "react"]
    assert set(SYSTEMS) <= set(names())
    assert all(system.summary for system in SYSTEMS.values())


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("fms", r"unknown system 'fms': known are fsm, direct, cot, self-ask, ircot, react"),
        ("", r"unknown system '': known are fsm"),
        ("direct:all", r"'all' is no option: write direct:option=value"),
        ("direct:read=", r"no option"),
        ("direct:pages=2", r"unknown option 'pages' of system 'direct': known are read, readings"),
        ("direct:read=some", r"may be top or all, not 'some'"),
        ("react:read=all", r"unknown option 'read' of system 'react': it has none"),
    ],
)
def test_what_is_unknown_is_told_with_what_is_known(system: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(system)


async def test_options_reach_the_system() -> None:
    few = ScriptedLLM([Rule((), '{"answer": "Larvik"}')])
    heard = Question("", (Hypothesis("Where was Heyerdahl born", -0.1, 0.6), Hypothesis("Where was Hay Dahl", -1, 0.4)))
    assert (await ask("direct:read=all,readings=all", few, heard)).short == "Larvik"
    told = few.requests[-1][-1].content
    assert "1. Where was Heyerdahl born\n2. Where was Hay Dahl" in told
    assert told.count("\n[") == 3


async def test_the_machine_plans_by_form_unless_the_model_shall() -> None:
    nested = Question("Where was the mother of Thor Heyerdahl born?")
    for system, planned in (("fsm", False), ("fsm:plan=model", True)):
        llm = ScriptedLLM([Rule((), '{"steps": ["Where is it?"], "answer": "Larvik", "citation": 1}')])
        await ask(system, llm, nested)
        assert ('"steps"' in llm.requests[0][-1].content) is planned


async def test_without_options_the_best_passages_and_the_first_reading_are_shown() -> None:
    llm = ScriptedLLM([Rule((), '{"answer": "Larvik"}')])
    heard = Question(
        "", (Hypothesis("where was Heyerdahl born.", -0.1, 0.6), Hypothesis("Where was Hay Dahl", -1, 0.4))
    )
    answer = await ask("direct", llm, heard)
    assert answer.question.text == "Where was Heyerdahl born?"
    assert "Question: Where was Heyerdahl born?" in llm.requests[-1][-1].content
    assert "Hay Dahl" not in llm.requests[-1][-1].content
    assert answer.confidence == 0.8


PLUGIN = """
class Oracle:
    def __init__(self, options):
        self.name = "oracle"
        self.options = dict(options)

def make(request, retriever, options):
    return Oracle(options)
"""
USE = """
from agent.config import Budget
from agent.errors import ConfigError
from agent.evals import systems
from agent.llm.scripted import ScriptedLLM

request = systems.SystemRequest(ScriptedLLM([]), Budget())
print(*systems.names())
print(systems.make("oracle:depth=3", request, None).options, systems.make("fsm", request, None).name)
try:
    systems.make("broken", request, None)
except ConfigError as error:
    print(error)
"""


def test_systems_of_other_packages_are_entry_points(tmp_path: Path) -> None:
    (tmp_path / "oracle_pkg.py").write_text(PLUGIN)
    info = tmp_path / "oracle_pkg-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: oracle-pkg\nVersion: 1.0\n")
    points = ("oracle = oracle_pkg:make", "broken = oracle_pkg:gone", "fsm = oracle_pkg:make")
    (info / "entry_points.txt").write_text("\n".join((f"[{systems.GROUP}]", *points)))
    root = Path(__file__).resolve().parents[4]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(root)))}
    child = subprocess.run([sys.executable, "-c", USE], env=env, capture_output=True, text=True, check=True)
    known, made, failed = child.stdout.splitlines()
    assert known.split() == [*SYSTEMS, "broken", "oracle"]
    assert made == "{'depth': '3'} fsm", "hark's own names cannot be taken over"
    assert failed.startswith("the system 'broken' of oracle-pkg does not load")
