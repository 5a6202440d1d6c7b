"""What the screen shows, folded from the events of a conversation. No widget, no decision: tests read it as it is."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.session.events import (
    DeliveryChanged,
    Failed,
    Interrupted,
    ModeChanged,
    NotForMe,
    Notice,
    NotReady,
    PhaseChanged,
    Queued,
    Ready,
    Replied,
    Said,
    SayingStarted,
    TurnEnded,
    TurnStarted,
)
from agent.session.phases import Phase
from agent.types import (
    Answered,
    ClarifyAsked,
    Heard,
    HopFinished,
    QuestionChosen,
    StateEntered,
    SubQuestionAsked,
)
from voice.events import (
    DeviceFound,
    DeviceLost,
    FinalHeard,
    Lagging,
    Level,
    PartialHeard,
    SamplesLost,
    SpeakerFound,
    SpeakerLost,
)

if TYPE_CHECKING:
    from agent.session.events import Mode, Timings, Told
    from agent.types import Answer, Hop, Usage
    from voice.types import Hypothesis

_LOUDER = 2.0
"""dB by which the level changes before that is shown."""
KEPT_NOTICES = 50
KEPT_TURNS = 60
"""Turns on the screen; older ones are in the stored conversation. Keeps memory and layout flat."""


@dataclass(slots=True)
class TurnView:
    """One turn as far as it is told.

    committed, tentative: words while somebody speaks. question: as it was understood, empty until then.
    readings: the n-best list, likeliest first. asking: the sub-question that is being looked up.
    asked: the question back that awaits a reply. spoken: what hark says just now. remark: why it was not answered.
    """

    id: int
    committed: str = ""
    tentative: str = ""
    question: str = ""
    readings: tuple[Hypothesis, ...] = ()
    typed: bool = False
    replaces: int = 0
    path: list[str] = field(default_factory=list)
    asking: str = ""
    hops: list[Hop] = field(default_factory=list)
    asked: ClarifyAsked | None = None
    replies: list[str] = field(default_factory=list)
    answer: Answer | None = None
    saying: bool = False
    cut: str | None = None
    remark: str = ""
    failure: str = ""
    outcome: str = ""
    timings: Timings | None = None

    @property
    def blank(self) -> bool:
        """Whether there is nothing to show: a cough, a door."""
        return not (self.committed or self.tentative or self.question or self.readings or self.failure)


@dataclass(slots=True)
class Board:
    """All that the screen shows.

    stuck: nothing can be answered yet, the next question tries again. notices: the newest last, each with its number.
    noticed: how many there were.
    """

    phase: Phase = Phase.IDLE
    mode: Mode = "text"
    docs: tuple[str, ...] = ()
    ready: bool = False
    stuck: bool = False
    level: float = -120.0
    volume: float = 1.0
    speed: float = 1.0
    waiting: list[str] = field(default_factory=list)
    notices: dict[str, int] = field(default_factory=dict)
    noticed: int = 0
    lagging: float = 0.0
    lost: float = 0.0
    turns: OrderedDict[int, TurnView] = field(default_factory=OrderedDict)

    @property
    def current(self) -> TurnView | None:
        """The newest turn that was, or is being, answered; else the newest one."""
        return next((turn for turn in reversed(self.turns.values()) if not turn.remark and not turn.blank), None)

    @property
    def asked(self) -> ClarifyAsked | None:
        """The question back that awaits a reply."""
        return next((turn.asked for turn in reversed(self.turns.values()) if turn.asked), None)

    @property
    def last_answer(self) -> TurnView | None:
        """The newest turn with an answer."""
        return next((turn for turn in reversed(self.turns.values()) if turn.answer), None)

    def usage(self) -> Usage:
        """What the language model cost, all turns on the screen together."""
        from agent.types import Usage

        return sum((turn.answer.usage for turn in self.turns.values() if turn.answer), Usage())

    def take(self, told: Told) -> TurnView | None:
        """Fold one event in; the turn that looks otherwise now."""
        if told.turn:
            turn = self.turns.get(told.turn) or TurnView(told.turn)
            if self._in_turn(turn, told.event):
                self.turns[turn.id] = turn
                while len(self.turns) > KEPT_TURNS:
                    self.turns.popitem(last=False)
                return turn
        self._around(told.event)
        return None

    def _in_turn(self, turn: TurnView, event: object) -> bool:
        return self._hearing(turn, event) or self._reasoning(turn, event) or self._ending(turn, event)

    def _hearing(self, turn: TurnView, event: object) -> bool:
        match event:
            case PartialHeard(partial):
                turn.committed = " ".join(word.text for word in partial.committed)
                turn.tentative = " ".join(word.text for word in partial.tentative)
            case FinalHeard(utterance) | Heard(utterance):
                turn.committed, turn.tentative = utterance.text, ""
                turn.readings = utterance.hypotheses
            case NotForMe(utterance, reason):
                turn.committed, turn.tentative = utterance.text, ""
                turn.remark = f"not for me: {reason}"
            case TurnStarted(question, origin, replaces):
                turn.typed, turn.replaces, turn.remark = origin != "voice", replaces, ""
                turn.question, turn.tentative = question.text, ""
                turn.readings = question.hypotheses or turn.readings
                if question.text in self.waiting:
                    self.waiting.remove(question.text)
            case _:
                return False
        return True

    def _reasoning(self, turn: TurnView, event: object) -> bool:
        match event:
            case StateEntered(state):
                turn.path.append(state)
            case QuestionChosen(question):
                turn.question = question.text
            case SubQuestionAsked(sub_question):
                turn.asking = sub_question
            case HopFinished(hop):
                turn.asking = ""
                turn.hops.append(hop)
            case ClarifyAsked():
                turn.asked = event
            case Replied(text):
                turn.asked = None
                turn.replies.append(text)
            case Answered(answer):
                turn.asking, turn.asked = "", None
                turn.answer = answer
                turn.question = answer.question.text or turn.question
                turn.hops = list(answer.hops) or turn.hops
                if answer.path:
                    turn.path = list(answer.path)
            case _:
                return False
        return True

    def _ending(self, turn: TurnView, event: object) -> bool:
        match event:
            case SayingStarted():
                turn.saying = True
            case Said(heard):
                turn.saying = False
                if heard.complete:
                    turn.cut = None
            case Interrupted(heard):
                turn.saying, turn.cut = False, heard.text
            case Failed(message):
                turn.failure = message
            case TurnEnded(outcome, timings):
                turn.outcome, turn.timings = outcome, timings
                turn.asking, turn.asked, turn.saying = "", None, False
            case _:
                return False
        return True

    def _around(self, event: object) -> None:
        match event:
            case PhaseChanged(_, phase, trigger):
                self.phase = phase
                if trigger == "cancel":
                    self.waiting.clear()
                if phase is not Phase.LISTENING:
                    self.level, self.lagging = -120.0, 0.0
            case Level(_, rms, _):
                # a room is never quite as loud as it was
                if abs(rms - self.level) >= _LOUDER:
                    self.level = rms
            case ModeChanged(mode):
                self.mode = mode
            case Ready(docs):
                self.ready, self.stuck, self.docs = True, False, docs
            case NotReady():
                self.stuck = True
            case DeliveryChanged(volume, speed):
                self.volume, self.speed = volume, speed
            case Queued(text):
                self.waiting.append(text)
            case Lagging(_, behind):
                self.lagging = behind
            case SamplesLost(_, _, total):
                self.lost = total
            case Notice(message) | Failed(message) | SpeakerLost(message) | DeviceLost(_, message):
                self._notice(message)
            case SpeakerFound(name):
                self._notice(f"speaking on {name}")
            case DeviceFound(_, name):
                self._notice(f"listening to {name}")
            case _:
                pass

    def _notice(self, message: str) -> None:
        self.noticed += 1
        self.notices.pop(message, None)
        self.notices[message] = self.noticed
        while len(self.notices) > KEPT_NOTICES:
            del self.notices[next(iter(self.notices))]
