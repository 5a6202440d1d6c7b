"""Text from documents, models, transcripts and files changes neither the layout nor the terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from agent.session.events import Failed, NotForMe, Notice, Queued, Ready, TurnStarted
from agent.session.phases import Phase
from agent.text import shown
from agent.types import Answered, ClarifyAsked, Evidence, Hop, HopFinished, Passage, Question, SubQuestionAsked
from tests.app.stage import staged
from tests.fakes.conversations import ANSWER, heard, phase, ready
from voice.events import FinalHeard
from voice.types import Hypothesis, Utterance

if TYPE_CHECKING:
    from tests.fakes.conversations import Script

NASTY = {
    "markup": "[bold red]X[/] [@click=app.quit]go[/] [link=http://x]y[/link] [/]",
    "control": "a\x1b[2J\x1b]52;c;aGk=\x07b\x9b31m\r\n\tc\x08\x7f",
    "bidi": "a\u202eevil\u202c \u2066x\u2069 \u200fy",
    "invisible": "a\u200b\u200d\ufeff\u00adb\U000e0041",
    "surrogate": "a\udcff\ud800b",
    "tower": "Z" + "\u0301\u0488" * 400,
    "enormous": "wide" * 50_000,
    "words": "word " * 20_000,
    "wide": "漢" * 5_000,
}


def hostile(text: str) -> Script:
    """A conversation in which everything that comes from outside is `text`."""
    utterance = Utterance((Hypothesis(text, -1, 0.6), Hypothesis(f"{text} x", -1, 0.4)), 1.0)
    evidence = Evidence(Passage("1", text, f"{text} and {text}", text), text)
    hop = Hop(text, text, (evidence,))
    answer = replace(ANSWER, question=Question(text, utterance.hypotheses), text=text, short=text, hops=(hop,))
    return [
        *ready(),
        (0, Ready((text,))),
        (0, Notice(text)),
        (0, Queued(text, 1)),
        (1, NotForMe(utterance, text)),
        *heard(2),
        (2, FinalHeard(utterance, 0.0, 0.1)),
        (2, TurnStarted(Question(text, utterance.hypotheses), "voice")),
        (2, SubQuestionAsked(text)),
        (2, HopFinished(hop)),
        (2, Failed(text)),
        (2, ClarifyAsked(text, (text, text))),
        (3, TurnStarted(Question(text), "typed")),
        (3, Answered(replace(answer, path=(text,)))),
        phase(Phase.THINKING, Phase.IDLE, "answer"),
    ]


@pytest.mark.parametrize(("kind", "size"), list(zip(NASTY, cycle([(80, 24), (160, 48)]), strict=False)))
async def test_outside_text_is_only_text(kind: str, size: tuple[int, int]) -> None:
    async with staged(hostile(NASTY[kind]), size=size) as stage:
        await stage.until(lambda: 3 in stage.app.board.turns and stage.app.board.turns[3].answer)
        await stage.pilot.pause(0.1)
        check(stage.text, size)
        await stage.pilot.press("f3")
        check(stage.text, size)
        await stage.pilot.press("escape", "ctrl+r")
        await stage.until(lambda: stage.app.screen.query("#choices:focus"))
        check(stage.text, size)
        await stage.pilot.press("escape", "shift+tab", "enter")
        check(stage.text, size)
        lines = stage.text.splitlines()
        assert "hands-free" in lines[0], "the status line stands"
        assert "Talk" in lines[-1], "so does the footer"


def check(text: str, size: tuple[int, int]) -> None:
    """Nothing but printable characters, and as many lines and cells as the terminal has."""
    lines = text.split("\n")
    assert len(lines) == size[1]
    assert {cell_len(line) for line in lines} == {size[0]}
    assert not {ch for ch in text if unicodedata.category(ch) in {"Cc", "Cf", "Cs", "Co", "Cn"}} - {"\n"}


def test_long_text_is_cut_and_says_so() -> None:
    assert shown("abc", 3) == "abc"
    assert shown("abcd", 3) == "ab…"
    assert len(shown("x" * 10_000_000, 50)) == 50
    assert shown(" " * 1000 + "x", 5).endswith("…")
    assert len(shown(NASTY["tower"], 100)) <= 4
