"""A language model that replies by script: for demonstrations without weights, the harness benchmark and tests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import ConfigError, LLMError
from agent.llm.structured import parse
from agent.ports import Completion, Message
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KEPT = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One reply and when it is given.

    when: all of these texts must occur in the last message.
    reply: the reply's text; an exception is raised instead of replying.
    delay: seconds before the reply.
    """

    when: tuple[str, ...]
    reply: str | Exception
    delay: float = 0.0


class ScriptedLLM:
    """Gives the reply of the first rule that fits.

    rules: in order of preference. consume: a rule serves once, so that a script can tell a story.
    requests: what was asked so far, oldest first; of a script from a file only the last ones: it may serve thousands.
    A call that no rule fits is an LLMError quoting the message's end.
    Tokens are counted as words, so that usage figures move the way a real model's do.
    """

    def __init__(
        self, rules: Sequence[Rule], name: str = "scripted", *, consume: bool = False, kept: int | None = None
    ) -> None:
        self.name = name
        self.requests: list[tuple[Message, ...]] = []
        self._kept = kept
        self._rules = list(rules)
        self._consume = consume

    @classmethod
    def from_file(cls, path: Path) -> ScriptedLLM:
        """Read rules from JSON lines: {"when": ["..."], "reply": {...} or "...", "delay": 0}. Raises ConfigError."""
        try:
            lines = path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            raise ConfigError(f"no script {path}: create it, or set another llm.model") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the script {path} ({error}): mend it, or set another llm.model") from None
        rules: list[Rule] = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                reply = row["reply"]
                text = reply if isinstance(reply, str) else json.dumps(reply)
                rules.append(Rule(tuple(row.get("when", ())), text, float(row.get("delay", 0.0))))
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigError(f"{path}, line {number}: not a scripted reply ({error}): mend the line") from None
        return cls(rules, path.name, kept=_KEPT)

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        self.requests.append(tuple(messages))
        if self._kept is not None:
            del self.requests[: -self._kept]
        last = messages[-1].content
        rule = next((rule for rule in self._rules if all(text in last for text in rule.when)), None)
        if rule is None:
            raise LLMError(f"the script has no reply to a message ending in {last[-120:]!r}: add a rule for it")
        if self._consume:
            self._rules.remove(rule)
        await asyncio.sleep(rule.delay)
        if isinstance(rule.reply, Exception):
            raise rule.reply
        text = " ".join(rule.reply.split(" ")[:max_tokens])
        usage = Usage(1, sum(len(m.content.split()) for m in messages), 0, len(text.split()), rule.delay)
        if schema is None:
            return Completion(text, usage)
        try:
            return Completion(text, usage, parse(text, schema))
        except ValueError as problem:
            raise LLMError(f"{self.name} gave no valid JSON ({problem})") from None

    async def aclose(self) -> None:
        """Nothing to release."""
