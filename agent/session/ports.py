"""What a conversation is made of, and what can be told to it. Everything lives on one event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
    from pathlib import Path

    from agent.ports import Clarifier
    from agent.session.events import Mode, Told
    from agent.types import Question, SessionEvent
    from voice.events import ListenEvent, SpeakerEvent
    from voice.speak.heard import Heard
    from voice.types import SpeechClip


class Ears(Protocol):
    """A microphone and what hears it; see voice.listener.Listener."""

    def events(self) -> AsyncGenerator[ListenEvent, None]:
        """Everything that is heard, until it is closed. Raises VoiceError; closing it closes the device."""
        ...

    def press(self) -> None:
        """Push-to-talk: the key goes down."""
        ...

    def release(self) -> None:
        """Push-to-talk: the key goes up."""
        ...


class Mouth(Protocol):
    """A speaker; see voice.speak.playback.Player."""

    async def speak(self, clips: AsyncIterable[SpeechClip]) -> Heard:
        """Play clips as they come; return what was heard, at their end or when `stop` comes before the next.

        Cancelled, it leaves what is playing to `stop`. Raises what `clips` raises.
        """
        ...

    async def stop(self) -> Heard:
        """Silence within a tenth of a second; ends every `speak` that was called before. Returns what was heard."""
        ...

    def pause(self) -> None:
        """Fade out and wait in the middle."""
        ...

    def resume(self) -> None:
        """Go on after `pause`."""
        ...

    def cue(self) -> None:
        """Play the short sound that says: your turn was heard."""
        ...

    def set_volume(self, volume: float) -> None:
        """1.0 is as loud as the voice was made."""
        ...

    def ready(self) -> bool:
        """Whether there is a device to speak on. Returns at once; without one, it looks for one for the next time."""
        ...

    async def aclose(self) -> None:
        """Give the device back."""
        ...


class Mind(Protocol):
    """Answers questions and makes their sound; see agent.session.session.Session."""

    def events(
        self, question: Question, *, speak: bool, announce: bool, clarifier: Clarifier | None, run: str
    ) -> AsyncGenerator[SessionEvent, None]:
        """Every step to the answer, then its clips if it is to be spoken. Raises AgentError or VoiceError.

        run: see agent.ports.Reasoner.
        """
        ...

    def say(self, text: str) -> AsyncGenerator[SpeechClip, None]:
        """The clips of a written text. Raises VoiceError."""
        ...

    def prepare(self, question: str) -> None:
        """Begin ahead what answering this question begins with, in place of what was begun before. Returns at once.

        Harmless when it is never asked; empty: nothing is likely any more.
        """
        ...

    async def addressed(self, readings: Sequence[str], before: str) -> bool:
        """Whether speech was meant for hark. before: the question that was answered last. Raises AgentError."""
        ...

    async def aclose(self) -> None:
        """End what still runs."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose while hark runs. None is what the settings say.

    docs: answered from; empty: nothing yet. voice: a name of `hark voices`, or synthesizer:voice.
    microphone: a part of a name of `hark devices`. speed: 1.0 is the voice's own pace.
    """

    mode: Mode
    docs: tuple[Path, ...] = ()
    voice: str | None = None
    microphone: str | None = None
    speed: float = 1.0


class Workshop(Protocol):
    """Makes the parts of a conversation from what is chosen. Each call may take long; none blocks the loop."""

    async def mind(self, choice: Choice) -> Mind:
        """Index the documents and join them to the models. Raises AgentError or VoiceError."""
        ...

    async def revoice(self, mind: Mind, choice: Choice) -> None:
        """Give a mind another voice or pace. Raises VoiceError."""
        ...

    async def ears(self, choice: Choice) -> Ears:
        """Raises VoiceError."""
        ...

    async def mouth(self, tell: Callable[[SpeakerEvent], None]) -> Mouth:
        """tell: called on the loop with what happens to the speaker. Raises VoiceError."""
        ...

    async def aclose(self) -> None:
        """Give back what the parts share."""
        ...


class Commands(Protocol):
    """What an interface may tell a conversation. All return at once; what follows is told as events.

    A command that makes no sense in the present phase does nothing.
    """

    def events(self) -> AsyncGenerator[Told, None]:
        """Everything that happens, in order; for one consumer. Ends when the conversation is closed."""
        ...

    def listen(self) -> None:
        """Open the microphone (again); from text mode, hands-free."""
        ...

    @property
    def pressed(self) -> bool:
        """Whether push-to-talk's key is down."""
        ...

    def press(self) -> None:
        """Push-to-talk: the key goes down; interrupts hark."""
        ...

    def release(self) -> None:
        """Push-to-talk: the key goes up."""
        ...

    def ask(self, text: str) -> None:
        """A typed question: answered now, or after the turn that is being thought about. The reply when asked back."""
        ...

    def interrupt(self) -> None:
        """Stop speaking; the answer stays."""
        ...

    def cancel(self) -> None:
        """Drop the turn, whatever is being done, and the questions that wait."""
        ...

    def choose(self, index: int) -> None:
        """The reading that was meant: when asked back one of those offered, else one of what was heard last. From 0."""
        ...

    def edit(self, text: str) -> None:
        """What was meant by the last question: asked anew, in place of it."""
        ...

    def reply(self, text: str) -> None:
        """Answer a question back; without one it is nothing."""
        ...

    def repeat(self) -> None:
        """Say the last answer again."""
        ...

    def louder(self) -> None: ...
    def softer(self) -> None: ...
    def slower(self) -> None: ...
    def faster(self) -> None: ...

    def set_mode(self, mode: Mode) -> None:
        """Listen another way. Without a microphone it stays text, and that is told."""
        ...

    def set_voice(self, name: str) -> None:
        """Speak with another voice from the next answer on."""
        ...

    def set_microphone(self, name: str) -> None:
        """Listen to another device."""
        ...

    def set_docs(self, docs: Sequence[Path]) -> None:
        """Answer from other documents; Ready is told when they are indexed."""
        ...

    async def aclose(self) -> None:
        """End: devices, models and children are given back, and `events` ends."""
        ...
