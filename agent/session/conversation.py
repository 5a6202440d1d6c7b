"""A conversation: commands and speech go in, everything that happens comes out as events.

It joins the ears, the mind and the mouth that a workshop makes, and decides with the machine what follows from what.
Everything lives on one event loop; commands return at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from agent.session.answering import Answering
from agent.session.events import DeliveryChanged, ModeChanged
from agent.session.listening import Listening
from agent.session.minding import Minding
from agent.session.phases import Guard, Phase
from agent.session.stage import Stage
from agent.session.turns import Turn
from agent.types import Question
from voice.errors import AudioError, VoiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path
    from types import TracebackType

    from agent.session.events import Mode, Origin, Told
    from agent.session.ports import Choice, Ears, Mouth, Workshop
    from agent.session.turns import Exchange

_LOUDER, _FASTER = 1.25, 1.15
_VOLUMES, _SPEEDS = (0.1, 2.0), (0.5, 2.0)
_LONGEST_QUESTION = 2000
"""Characters; more was pasted by mistake, and would fill the model's context."""


@dataclass(frozen=True, slots=True)
class ConversationOptions:
    """How a conversation goes.

    speak: answers are spoken where there is a speaker. cue: a short sound says that a turn was heard.
    speculate: what will probably be asked is begun while it is still being said.
    language: ISO 639-1 code of what is spoken. name: of the conversation, where it is kept.
    """

    speak: bool = True
    cue: bool = True
    speculate: bool = True
    language: str = "en"
    name: str = ""


class Conversation:
    """See agent.session.ports.Commands for what it can be told. Use it as an async context manager.

    choice: documents, voice, microphone and mode to begin with.
    """

    def __init__(self, workshop: Workshop, choice: Choice, options: ConversationOptions | None = None) -> None:
        self._answering: Answering
        self._workshop = workshop
        self._choice = choice
        self._options = options or ConversationOptions()
        guards = {
            Guard.ASKED_BACK: lambda: self._answering.asked is not None,
            Guard.NOT_ASKED_BACK: lambda: self._answering.asked is None,
            Guard.AUDIBLE: lambda: self._answering.aloud,
            Guard.SILENT: lambda: not self._answering.aloud,
        }
        self._stage = Stage(guards, self._changed)
        self._mind = Minding(
            self._stage, workshop, lambda: self._answering.rest(), lambda: self._answering.turn is not None
        )
        asked, aloud, cues = self._asked_back, self._options.speak, self._options.cue
        name = self._options.name
        self._answering = Answering(self._stage, self._mind.get, asked, aloud=aloud, cues=cues, name=name)
        self._listening = Listening(self._stage, self._answering, self._mind.get, self)
        self._mouth: Mouth | None = None
        self._volume = 1.0
        self._ears: Ears | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._deaf: int | None = None
        self.pressed = False
        self._closed = False

    @property
    def phase(self) -> Phase:
        """What is being done now."""
        return self._stage.phase

    @property
    def mode(self) -> Mode:
        """How hark listens."""
        return self._choice.mode

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        return self._choice

    @property
    def language(self) -> str:
        """See ConversationOptions."""
        return self._options.language

    @property
    def speculate(self) -> bool:
        """See ConversationOptions."""
        return self._options.speculate

    @property
    def history(self) -> tuple[Exchange, ...]:
        """The last turns that were answered, oldest first, each with what was heard of its answer."""
        return tuple(self._answering.history)

    async def __aenter__(self) -> Self:
        self._stage.tell(0, ModeChanged(self.mode))
        if self._choice.docs:
            self._mind.load(self._choice)
        if self._options.speak:
            self._stage.spawn(self._open_mouth())
        self._open_ears()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def events(self) -> AsyncGenerator[Told, None]:
        """See Commands."""
        return self._stage.outlet.events()

    async def aclose(self) -> None:
        """See Commands."""
        if self._closed:
            return
        self._closed = True
        self.cancel()
        await self._answering.settle()
        await self._stage.aclose()
        if self._mouth:
            await self._mouth.aclose()
        await self._mind.aclose()
        await self._workshop.aclose()

    def listen(self) -> None:
        """See Commands."""
        if self.mode == "text":
            self.set_mode("hands-free")
        elif self._hearing is None:
            self._open_ears()

    def press(self) -> None:
        """See Commands."""
        if self.mode != "push-to-talk" or self.pressed:
            return
        self.pressed = True
        match self.phase:
            case Phase.SPEAKING | Phase.PAUSED:
                self._answering.hush("command")
                self._stage.fire("barge_in")
            case Phase.IDLE | Phase.CLARIFYING:
                self._answering.stop_asking()
                self._stage.fire("listen")
            case Phase.THINKING:
                self._answering.quieten()
        if self._ears:
            self._ears.press()
        elif self._hearing is None:
            self._open_ears()

    def release(self) -> None:
        """See Commands."""
        if not self.pressed:
            return
        self.pressed = False
        if self._ears:
            self._ears.release()
        elif self.phase is Phase.LISTENING:
            self._stage.fire("close")

    def ask(self, text: str) -> None:
        """See Commands."""
        self._let_go()
        if self._answering.asked:
            self.reply(text)
        else:
            self._ask(text, "typed")

    def _let_go(self) -> None:
        """Whoever types or cancels has no key of push-to-talk down any more; what was said so far is not meant."""
        if self.pressed:
            self.release()
            self._listening.forget()

    def take_up(self, question: Question, origin: Origin, run: str) -> None:
        """Go on with a question that broke off when the program died. run: the name of its walk."""
        self._answering.submit(Turn(self._stage.new_turn(), question, origin, run=run, began=self._stage.now))

    def interrupt(self) -> None:
        """See Commands."""
        if self.phase in (Phase.SPEAKING, Phase.PAUSED):
            self._answering.hush("command")
            self._stage.fire("stop")
        else:
            self._answering.stop_asking()
            self._answering.quieten()
            self._asked_back()

    def cancel(self) -> None:
        """See Commands."""
        self._let_go()
        self._listening.forget()
        self._answering.drop()
        self._stage.fire("cancel")

    def choose(self, index: int) -> None:
        """See Commands."""
        asked, heard = self._answering.asked, self._answering.readings
        if asked:
            if 0 <= index < len(asked.readings):
                self.reply(asked.readings[index])
        elif 0 <= index < len(heard):
            self._ask(heard[index].text, "chosen")

    def edit(self, text: str) -> None:
        """See Commands."""
        self._ask(text, "edited")

    def reply(self, text: str) -> None:
        """See Commands."""
        text = " ".join(text[:_LONGEST_QUESTION].split())
        if text and self._answering.reply(text):
            self._listening.forget()
            self._stage.fire("reply")

    def repeat(self) -> None:
        """See Commands."""
        if self.phase in (Phase.SPEAKING, Phase.PAUSED):
            self._answering.hush("command")
            self._stage.fire("stop")
        self._answering.repeat()

    def louder(self) -> None:
        """See Commands."""
        self._deliver(self._volume * _LOUDER, self._choice.speed)

    def softer(self) -> None:
        """See Commands."""
        self._deliver(self._volume / _LOUDER, self._choice.speed)

    def faster(self) -> None:
        """See Commands."""
        self._deliver(self._volume, self._choice.speed * _FASTER)

    def slower(self) -> None:
        """See Commands."""
        self._deliver(self._volume, self._choice.speed / _FASTER)

    def set_mode(self, mode: Mode) -> None:
        """See Commands."""
        if mode != self.mode:
            self._listening.forget()
            self.pressed = False
            self._choice = replace(self._choice, mode=mode)
            self._stage.tell(0, ModeChanged(mode))
            self._deaf = None
            self._open_ears()

    def set_microphone(self, name: str) -> None:
        """See Commands."""
        self._choice = replace(self._choice, microphone=name)
        self._deaf = None
        self._open_ears()

    def set_voice(self, name: str) -> None:
        """See Commands."""
        self._choice = replace(self._choice, voice=name)
        self._answering.use_voice()
        self._mind.revoice(self._choice)

    def set_docs(self, docs: Sequence[Path]) -> None:
        """See Commands."""
        self._choice = replace(self._choice, docs=tuple(docs))
        self._mind.load(self._choice)

    # What follows

    def _ask(self, text: str, origin: Origin) -> None:
        text = " ".join(text[:_LONGEST_QUESTION].split())
        if not text:
            return
        answering, last = self._answering, self._answering.last
        replaces = last.id if last and origin != "typed" else 0
        if self.phase in (Phase.SPEAKING, Phase.PAUSED):
            answering.hush("command")
            self._stage.fire("stop")
        turn = Turn(self._stage.new_turn(), Question(text), origin, replaces, began=self._stage.now)
        if replaces and answering.supersede(replaces):
            self._listening.forget()
            answering.start(turn, "ask" if self.phase is Phase.LISTENING else "edit")
        else:
            answering.submit(turn)

    def _changed(self, before: Phase, phase: Phase, trigger: str) -> None:
        """Do what belongs to a step of the machine."""
        match phase:
            case Phase.PAUSED:
                self._answering.pause()
            case Phase.SPEAKING if before is Phase.PAUSED:
                self._answering.resume()
            case Phase.SPEAKING if self._listening.speaking and trigger == "answer":
                self._stage.fire("pause")
            case Phase.CLARIFYING if trigger == "dismiss":
                self._asked_back()
            case Phase.FAILED:
                self._stage.fire("recover")
            case Phase.IDLE if not self._closed:
                if not self._answering.next() and self.mode == "hands-free" and self._ears:
                    self._stage.fire("listen")

    def _asked_back(self) -> None:
        """A question back has been asked: the reply may be spoken."""
        if self.phase is Phase.CLARIFYING and self.mode == "hands-free" and self._ears:
            self._stage.fire("listen")

    def _deliver(self, volume: float, speed: float) -> None:
        volume = min(max(volume, _VOLUMES[0]), _VOLUMES[1])
        speed = min(max(speed, _SPEEDS[0]), _SPEEDS[1])
        if volume != self._volume and self._mouth:
            self._mouth.set_volume(volume)
        changed, self._volume = speed != self._choice.speed, volume
        self._choice = replace(self._choice, speed=speed)
        if changed:
            self._mind.revoice(self._choice)
        self._stage.tell(0, DeliveryChanged(volume, speed))

    async def _open_mouth(self) -> None:
        try:
            self._mouth = await self._workshop.mouth(lambda event: self._stage.tell(0, event))
        except VoiceError as error:
            self._stage.notice(f"{error}; answers are shown, not spoken")
        else:
            self._answering.use_mouth(self._mouth)

    def _open_ears(self) -> None:
        """Listen as it is chosen now, once the ears of before are closed."""
        before, self._hearing = self._hearing, None
        self._ears = None
        if before:
            before.cancel()
        if self.phase is Phase.TRANSCRIBING:
            # Its final will not come.
            self._listening.forget()
            self._stage.fire("dismiss")
        else:
            self._hear_no_more()
        if self.mode != "text":
            self._hearing = self._stage.spawn(self._hear(before))

    async def _hear(self, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait([before])
        me = asyncio.current_task()
        try:
            self._ears = ears = await self._workshop.ears(self._choice)
            if self.pressed:
                ears.press()
            if self.mode == "hands-free" and self.phase is Phase.IDLE:
                self._stage.fire("listen")
            await self._listening.hear(ears)
        except VoiceError as error:
            self._failed_to_hear(error)
        finally:
            if self._hearing is me:
                self._ears = self._hearing = None
                self._hear_no_more()

    def _hear_no_more(self) -> None:
        if self.phase is Phase.PAUSED:
            self._stage.fire("resume")
        elif self.phase is Phase.LISTENING and not self.pressed:
            self._stage.fire("close")

    def _failed_to_hear(self, error: VoiceError) -> None:
        """Try again, but not where there is no microphone, nor twice in a row without having heard a turn."""
        self._ears = self._hearing = None
        again, self._deaf = self._deaf != self._listening.finals, self._listening.finals
        if isinstance(error, AudioError) or not again:
            self._stage.notice(f"{error}; type your questions")
            self.set_mode("text")
            return
        if self.phase in (Phase.LISTENING, Phase.TRANSCRIBING) and not self._answering.turn:
            self._stage.fail(0, error)
        else:
            self._stage.failed(0, error)
        self._open_ears()
