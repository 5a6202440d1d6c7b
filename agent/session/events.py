"""What a conversation tells: its own events, and those of the ears, the reasoner and the speaker, each with a turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from agent.session.phases import Phase
from agent.types import Outcome, Question, SessionEvent
from voice.events import ListenEvent, SpeakerEvent

if TYPE_CHECKING:
    from voice.speak.heard import Heard as HeardSpeech
    from voice.types import Utterance

Mode = Literal["hands-free", "push-to-talk", "text"]
"""hands-free: the microphone stays open and the voice decides; push-to-talk: a key does; text: it is closed."""

Origin = Literal["voice", "typed", "edited", "chosen"]
"""edited: a question that was misheard, put right; chosen: another reading of it."""

Saying = Literal["answer", "announcement", "clarification", "repeat"]
"""What is spoken: the answer, a finished hop, a question back, the last answer once more."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The conversation went over an edge of agent.session.phases.TABLE. trigger: the edge's."""

    before: Phase
    phase: Phase
    trigger: str


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A question goes to the reasoner.

    question: with an empty text and the readings when it was spoken; QuestionChosen tells which was settled on.
    replaces: the turn whose question this puts right, takes up again or has other words for; 0 for none.
    run: names the walk, so that it can be gone on with if the program dies; see agent.ports.Reasoner.
    """

    question: Question
    origin: Origin
    replaces: int = 0
    run: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NotForMe:
    """Speech that was not meant for hark: shown, never answered. reason: a few words why."""

    utterance: Utterance
    reason: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A question that waits until the turn before is over. waiting: how many do, this one counted."""

    text: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Replied:
    """The person's reply to a ClarifyAsked."""

    text: str


@dataclass(frozen=True, slots=True)
class CuePlayed:
    """The short sound that says: your turn was heard."""


@dataclass(frozen=True, slots=True)
class SayingStarted:
    """Hark begins to speak. text: as it is written."""

    text: str
    what: Saying


@dataclass(frozen=True, slots=True)
class Said:
    """Hark has stopped speaking. heard: how much reached the listener; a conversation remembers no more than that."""

    heard: HeardSpeech
    what: Saying


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What was being said was cut off. heard: how much of it reached the listener. by: speech, or a key or command."""

    heard: HeardSpeech
    by: Literal["voice", "command"]


@dataclass(frozen=True, slots=True)
class Timings:
    """How long a turn took, in seconds; None where a stage did not happen.

    heard: from the endpoint to the n-best list. first_sound: from the endpoint (or the typed question) to the first
        sound, the cue counted. thought: from the question to the answer. voice: from the answer to its first clip.
    stages: of the reasoning machine, see Answer.seconds.
    """

    heard: float | None = None
    first_sound: float | None = None
    thought: float | None = None
    voice: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Nothing more will be told of this turn.

    outcome: interrupted: the answer stands, its end was not heard. superseded: another turn took its question up.
    """

    outcome: Outcome | Literal["interrupted", "cancelled", "superseded", "failed"]
    timings: Timings


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong; the conversation goes on. message: one line. retryable: the same may work later."""

    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know, told once: no microphone, no voice. message: one line."""

    message: str


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """How hark listens from now on."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class Ready:
    """The parts that load behind the screen are there. docs: what answers come from."""

    docs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotReady:
    """The parts that load behind the screen could not be loaded, Failed tells why; the next question tries again."""


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """How hark speaks from now on. volume: 1.0 is the voice's own; speed: 1.0 is its own pace."""

    volume: float
    speed: float


ConversationEvent: TypeAlias = (
    PhaseChanged
    | TurnStarted
    | NotForMe
    | Queued
    | Replied
    | CuePlayed
    | SayingStarted
    | Said
    | Interrupted
    | TurnEnded
    | Failed
    | Notice
    | ModeChanged
    | Ready
    | NotReady
    | DeliveryChanged
)
"""What only a conversation tells."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One thing that happened.

    turn: which turn it belongs to, counted from 1; 0 for none. What is heard belongs to the turn it may become: the
        number is given at SpeechStarted, and one that is never answered is not given again.
    at: seconds since the conversation began.
    """

    turn: int
    at: float
    event: ListenEvent | SpeakerEvent | SessionEvent | ConversationEvent
