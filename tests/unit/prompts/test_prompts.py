"""Prompts are files with a purpose, a schema and a limit; what they are filled with is data."""

from __future__ import annotations

import re

import jsonschema
import pytest

import prompts
from agent.graph.transitions import State

BASELINES = {"direct", "cot", "self_ask", "ircot", "react"}
SHARED = {"system", "examples", "self_ask", "ircot", "react", "numbers"}
ASKING = [name for name in prompts.names() if name not in SHARED]


def test_there_is_one_prompt_for_each_state_that_asks_and_one_shared() -> None:
    machine = {name for name in ASKING if not any(name == one or name.startswith(f"{one}_") for one in BASELINES)}
    beside = {"verify", "addressed", "conclude", "follow_up", "whole"}
    assert machine - beside == {
        State.HEAR,
        State.DECOMPOSE,
        State.REVISE_DECOMPOSITION,
        State.SEARCH,
        State.REVISE_SEARCH,
        State.JUDGE,
        State.SUMMARISE,
    }


@pytest.mark.parametrize("name", sorted(SHARED | BASELINES))
def test_a_shared_prompt_is_the_same_for_every_question(name: str) -> None:
    shared = prompts.load(name)
    assert (shared.schema is None) == (name in SHARED)
    assert shared.render() == shared.template, "it holds no $name: filling it must not change it"


@pytest.mark.parametrize("name", ASKING)
def test_every_ask_has_a_purpose_a_closed_schema_and_a_limit(name: str) -> None:
    prompt = prompts.load(name)
    assert prompt.purpose.endswith(".")
    assert 0 < prompt.max_tokens <= 512
    assert prompt.schema
    jsonschema.Draft202012Validator.check_schema(prompt.schema)
    assert prompt.schema["additionalProperties"] is False
    assert set(prompt.schema["required"]) == set(prompt.schema["properties"])
    assert all(f'"{key}"' in prompt.template for key in prompt.schema["required"]), "the ask names what it wants"


@pytest.mark.parametrize("name", ASKING)
def test_what_is_filled_in_is_not_filled_again(name: str) -> None:
    prompt = prompts.load(name)
    wanted = re.findall(r"\$\{(\w+)\}", prompt.template)
    sly = "$question ${problem} $$ #1 {0} %s"
    text = prompt.render(**dict.fromkeys(wanted, sly))
    assert text.count(sly) == len(wanted)


def test_the_shared_beginning_shows_examples_or_none() -> None:
    rules, shown = prompts.load("system").template, prompts.load("examples").template
    assert prompts.system() == f"{rules}\n\n{shown}"
    assert prompts.system(examples=False) == rules


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="sub_question"):
        prompts.load("search").render()


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(KeyError, match=r"no prompt 'serch'.*decompose.*search.*system"):
        prompts.load("serch")
    with pytest.raises(KeyError):
        prompts.load("../pyproject")
