"""The scripted model that ships with hark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import ConfigError, LLMError, LLMUnavailable
from agent.llm.scripted import Rule, ScriptedLLM
from agent.ports import Message

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def asked(text: str) -> tuple[Message, ...]:
    return (Message("system", "one two"), Message("user", text))


async def test_the_first_rule_that_fits_replies() -> None:
    llm = ScriptedLLM([Rule(("red", "car"), '{"n": 1}'), Rule(("red",), '{"n": 2}')])
    assert (await llm.complete(asked("a red car"), schema=SCHEMA)).data == {"n": 1}
    reply = await llm.complete(asked("a red bus"), schema=SCHEMA)
    assert reply.data == {"n": 2}
    assert (reply.usage.calls, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (1, 5, 2)
    assert [request[-1].content for request in llm.requests] == ["a red car", "a red bus"]


async def test_a_consumed_script_tells_a_story() -> None:
    llm = ScriptedLLM([Rule((), "once"), Rule((), "upon")], consume=True)
    assert [(await llm.complete(asked("?"))).text for _ in range(2)] == ["once", "upon"]
    with pytest.raises(LLMError, match="no reply to a message ending in 'a time'"):
        await llm.complete(asked("a time"))


async def test_it_fails_as_told() -> None:
    llm = ScriptedLLM([Rule(("down",), LLMUnavailable("gone")), Rule((), '{"n": "x"}')])
    with pytest.raises(LLMUnavailable, match="gone"):
        await llm.complete(asked("down"))
    with pytest.raises(LLMError, match="no valid JSON"):
        await llm.complete(asked("up"), schema=SCHEMA)


async def test_rules_come_from_a_file(tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text('{"when": ["a"], "reply": {"n": 1}}\n\n{"reply": "prose"}\n', encoding="utf-8")
    llm = ScriptedLLM.from_file(script)
    assert llm.name == "script.jsonl"
    assert (await llm.complete(asked("a"), schema=SCHEMA)).data == {"n": 1}
    assert (await llm.complete(asked("b"))).text == "prose"


@pytest.mark.parametrize("line", ["not json", '{"when": []}', "[]", '{"when": 1, "reply": ""}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text('{"reply": "fine"}\n' + line, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"script\.jsonl, line 2: not a scripted reply"):
        ScriptedLLM.from_file(script)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no script .*none\.jsonl"):
        ScriptedLLM.from_file(tmp_path / "none.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"cannot read .*binary\.jsonl"):
        ScriptedLLM.from_file(tmp_path / "binary.jsonl")
