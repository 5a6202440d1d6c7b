"""A conversation that tells what a script says and notes what it is told; and everything else an app is made from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.session.events import (
    ModeChanged,
    PhaseChanged,
    Ready,
    Timings,
    Told,
    TurnEnded,
    TurnStarted,
)
from agent.session.phases import Phase
from agent.tui.deps import Deps, Facts, Finding, Look, Option, Start, Talk
from agent.types import (
    Answer,
    Answered,
    ClarifyAsked,
    Evidence,
    Hop,
    HopFinished,
    Passage,
    Question,
    QuestionChosen,
    StateEntered,
    SubQuestionAsked,
    Usage,
)
from voice.events import FinalHeard, PartialHeard
from voice.types import Hypothesis, Partial, Utterance, Word

if TYPE_CHECKING:
    from agent.session.events import Mode
    from agent.tui.board import TurnView
    from agent.tui.deps import Setup

ASKED = "Which town was founded by the designer of the Brooklyn Bridge?"
READINGS = (
    Hypothesis(ASKED, -0.73, 0.858),
    Hypothesis("Witchtown was founded by the designer of the Brooklyn Bridge.", -3.25, 0.069),
    Hypothesis("Which town was founded by the designer of the Berklin Bridge?", -4.4, 0.022),
)
BRIDGE = Passage(
    "1",
    "Brooklyn Bridge",
    "The Brooklyn Bridge crosses the East River in New York. The Brooklyn Bridge was designed by the engineer John A."
    " Roebling. It was opened in 1883, after fourteen years of work.",
    "brooklyn-bridge.md",
    6,
    places=((56, 8),),
)
ROEBLING = Passage(
    "2",
    "John Roebling",
    "With a group of other settlers, John A. Roebling founded the town of Saxonburg in Pennsylvania.",
    "john-roebling.md",
    6,
)
HOPS = (
    Hop(
        "Who designed the Brooklyn Bridge?",
        "John A. Roebling",
        (Evidence(BRIDGE, "The Brooklyn Bridge was designed by the engineer John A. Roebling."),),
    ),
    Hop("Which town was founded by John A. Roebling?", "Saxonburg", (Evidence(ROEBLING, ROEBLING.text),)),
)
PATH = ("hear", "decompose", "search", "judge", "decompose", "search", "judge", "summarise", "answered")
SECONDS = {"hear": 0.1, "decompose": 2.2, "search": 19.3, "summarise": 6.9}
ANSWER = Answer(
    Question(ASKED, READINGS),
    "The town founded by John A. Roebling was Saxonburg.",
    "Saxonburg",
    "answered",
    0.93,
    HOPS,
    PATH,
    Usage(4, 3379, 2602, 119, 26.3),
    SECONDS,
)
TIMINGS = Timings(heard=0.4, first_sound=0.3, thought=28.5, voice=0.1, stages=SECONDS)

Script = Sequence[tuple[int, object]]
"""(turn, event) in order."""


def words(text: str) -> tuple[Word, ...]:
    """Words half a second apart."""
    return tuple(Word(word, at / 2, at / 2 + 0.4) for at, word in enumerate(text.split()))


def ready(mode: Mode = "hands-free") -> Script:
    """The models are awake."""
    return [(0, ModeChanged(mode)), (0, Ready(("documents",)))]


def phase(before: Phase, after: Phase, trigger: str) -> tuple[int, object]:
    """A step of the machine."""
    return 0, PhaseChanged(before, after, trigger)


def listening(turn: int = 1) -> Script:
    """Somebody is in the middle of a question."""
    partial = Partial(words("Which town was founded by"), words("the design"))
    return [phase(Phase.IDLE, Phase.LISTENING, "listen"), (turn, PartialHeard(partial, 0.0))]


def heard(turn: int = 1) -> Script:
    """The question is over and goes to the machine."""
    utterance = Utterance(READINGS, 4.1)
    return [
        phase(Phase.LISTENING, Phase.TRANSCRIBING, "endpoint"),
        (turn, FinalHeard(utterance, 0.0, 0.4)),
        phase(Phase.TRANSCRIBING, Phase.THINKING, "understood"),
        (turn, TurnStarted(Question("", READINGS), "voice")),
        (turn, StateEntered("hear")),
        (turn, QuestionChosen(Question(ASKED, READINGS))),
    ]


def thinking(turn: int = 1) -> Script:
    """One hop is found, the next is looked for."""
    return [
        (turn, StateEntered("decompose")),
        (turn, SubQuestionAsked(HOPS[0].sub_question)),
        (turn, StateEntered("search")),
        (turn, HopFinished(HOPS[0])),
        (turn, StateEntered("judge")),
        (turn, StateEntered("decompose")),
        (turn, SubQuestionAsked(HOPS[1].sub_question)),
        (turn, StateEntered("search")),
    ]


def answered(turn: int = 1) -> Script:
    """The answer is there."""
    return [
        (turn, HopFinished(HOPS[1])),
        (turn, StateEntered("summarise")),
        (turn, StateEntered("answered")),
        (turn, Answered(ANSWER)),
        phase(Phase.THINKING, Phase.IDLE, "answer"),
        (turn, TurnEnded("answered", TIMINGS)),
    ]


def clarifying(turn: int = 1) -> Script:
    """Two readings stay close."""
    readings = ("the composer of Kinderszenen", "the composer of Kindertotenlieder")
    near = (Hypothesis(f"Who married {readings[0]}?", -1, 0.52), Hypothesis(f"Who married {readings[1]}?", -1.1, 0.48))
    return [
        phase(Phase.TRANSCRIBING, Phase.THINKING, "understood"),
        (turn, FinalHeard(Utterance(near, 3.0), 0.0, 0.4)),
        (turn, TurnStarted(Question("", near), "voice")),
        (turn, StateEntered("hear")),
        (turn, StateEntered("clarify")),
        phase(Phase.THINKING, Phase.CLARIFYING, "clarify"),
        (turn, ClarifyAsked("Did you mean Kinderszenen or Kindertotenlieder?", readings)),
    ]


class FakeConversation:
    """Tells what `say` is given, and logs every command as (name, argument). told: events taken by the watcher."""

    def __init__(self, script: Script = ()) -> None:
        self.log: list[tuple[str, object]] = []
        self.told = 0
        self._queue: asyncio.Queue[Told | None] = asyncio.Queue()
        self.say(script)

    def say(self, script: Script) -> None:
        """Tell this next."""
        for turn, event in script:
            self._queue.put_nowait(Told(turn, 0.0, event))  # type: ignore[arg-type]

    async def events(self) -> AsyncGenerator[Told, None]:
        """See Commands."""
        while told := await self._queue.get():
            yield told
            self.told += 1

    def ask(self, text: str) -> None:
        self.log.append(("ask", text))

    def edit(self, text: str) -> None:
        self.log.append(("edit", text))

    def reply(self, text: str) -> None:
        self.log.append(("reply", text))

    def choose(self, index: int) -> None:
        self.log.append(("choose", index))

    def set_mode(self, mode: Mode) -> None:
        self.log.append(("set_mode", mode))

    def set_voice(self, name: str) -> None:
        self.log.append(("set_voice", name))

    def set_microphone(self, name: str) -> None:
        self.log.append(("set_microphone", name))

    def set_docs(self, docs: Sequence[Path]) -> None:
        self.log.append(("set_docs", tuple(docs)))

    def listen(self) -> None:
        self.log.append(("listen", None))

    pressed = False

    def press(self) -> None:
        self.pressed = True
        self.log.append(("press", None))

    def release(self) -> None:
        self.pressed = False
        self.log.append(("release", None))

    def interrupt(self) -> None:
        self.log.append(("interrupt", None))

    def cancel(self) -> None:
        self.log.append(("cancel", None))

    def repeat(self) -> None:
        self.log.append(("repeat", None))

    def louder(self) -> None:
        self.log.append(("louder", None))

    def softer(self) -> None:
        self.log.append(("softer", None))

    def slower(self) -> None:
        self.log.append(("slower", None))

    def faster(self) -> None:
        self.log.append(("faster", None))

    async def aclose(self) -> None:
        self.log.append(("aclose", None))
        self._queue.put_nowait(None)


class FakeShelf:
    """A few voices and conversations, and no microphone. past: turns of the earlier one. broken: the unfinished one."""

    def __init__(self, past: Sequence[TurnView] = (), broken: Option | None = None) -> None:
        self.past = past
        self.broken = broken

    def voices(self) -> Sequence[Option]:
        return [
            Option("hibari:heart", "hibari heart", "English, Apache-2.0", chosen=True),
            Option("espeak", "espeak-ng"),
        ]

    def microphones(self) -> Sequence[Option]:
        return []

    def sessions(self) -> Sequence[Option]:
        return [Option("s1", "Which town was founded …", "3 turns, yesterday")]

    def unfinished(self) -> Option | None:
        return self.broken

    def turns(self, session: str) -> Sequence[TurnView]:
        return self.past


class FakeSetup:
    """A machine without microphone, where one model is missing. fails: what a pull says."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.pulled: list[str] = []
        self.fails = fails

    def findings(self) -> Iterator[Finding]:
        yield Finding("microphone", False, "no microphone found", "connect one; until then, type")
        yield Finding("speaker", True, "Built-in Audio")
        yield Finding("disk", True, "41.3 GB free")

    def missing(self) -> Sequence[Option]:
        return [] if self.pulled else [Option("whisper-base", "whisper-base", "150 MB, MIT")]

    def pull(self, name: str, progress: Callable[[float, str], None]) -> None:
        progress(0.5, "75 of 150 MB")
        if self.fails:
            raise self.fails
        self.pulled.append(name)


FACTS = Facts(("whisper-base", "qwen2.5-coder-1.5b", "hibari"), "0.1.0")


def deps_of(
    conversation: Callable[[], FakeConversation],
    *,
    docs: tuple[Path, ...] = (Path("documents"),),
    look: Look | None = None,
    shelf: FakeShelf | None = None,
    setup: Setup | None = None,
    remember: Callable[[str, object], None] = lambda *_: None,
    fails: list[Exception] | None = None,
) -> Deps:
    """An app around a scripted conversation; `conversation` is called on the app's loop.

    fails: what the first attempts to begin one raise.
    """

    async def converse(start: Start, remark: Callable[[str], None]) -> Talk:
        if fails:
            raise fails.pop(0)
        made = conversation()
        made.log.append(("start", start))
        return Talk(made, made.events())

    return Deps(
        converse,
        shelf or FakeShelf(),
        docs=docs,
        facts=FACTS,
        look=look or Look(),
        setup=setup,
        remember=remember,
    )
