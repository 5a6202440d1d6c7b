"""A turn as text and back: ASCII JSON, which any database takes whatever the words contain."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

from agent.errors import ConversationError
from agent.session.store.records import TurnRecord

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 64
_MOST_WORDS = 20_000


def encoded(turn: TurnRecord) -> str:
    """The turn without `audio`, which the database knows."""
    fields = asdict(turn)
    del fields["audio"]
    return json.dumps(fields, separators=(",", ":"))


def decoded(text: str, *, audio: bool = False) -> TurnRecord:
    """The turn again. Raises ConversationError for anything that is none."""
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(json.loads(text) | {"audio": audio})
    except (ValueError, TypeError, ValidationError) as error:
        raise ConversationError(
            f"a stored turn is damaged ({type(error).__name__}): `hark sessions delete` forgets its conversation"
        ) from None


def run_of(text: str) -> str:
    """The name of the turn's walk; empty where there is none, or the turn is damaged."""
    try:
        return str(json.loads(text).get("run", ""))
    except (ValueError, AttributeError):
        return ""


@cache
def _adapter() -> TypeAdapter[TurnRecord]:
    from pydantic import TypeAdapter

    return TypeAdapter(TurnRecord)


def words(*texts: str) -> list[str]:
    """The distinct words of texts as they are searched for: without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    letters = "".join(ch for ch in plain if not unicodedata.combining(ch))
    found = dict.fromkeys(match[0][:_LONGEST_WORD] for match in _WORD.finditer(letters))
    return list(found)[:_MOST_WORDS]


def words_of(turn: TurnRecord) -> list[str]:
    """Everything of a turn by which it can be found."""
    texts = [turn.question.text, *(hypothesis.text for hypothesis in turn.question.hypotheses)]
    for hop in turn.steps:
        texts += [hop.sub_question, hop.answer, *(evidence.sentence for evidence in hop.evidence)]
    if turn.answer:
        texts += [turn.answer.short, turn.answer.text]
    return words(*texts, *(text for each in turn.clarified for text in (each.asked, each.reply)))
