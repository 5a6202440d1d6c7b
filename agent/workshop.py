"""The parts of a real conversation, made from the settings and what a person chose since."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.factory import (
    build_finality,
    build_hearing,
    build_index,
    build_llm,
    build_microphone,
    build_player,
    build_session,
    build_store,
    build_streaming_recognizer,
    build_synthesizer,
)
from agent.session.devices import ListenerEars, PlayerMouth
from agent.session.ports import Choice
from agent.session.session import Session
from voice.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agent.config import Paths, Settings
    from agent.ports import LLM
    from agent.retrieval.index import DocumentIndex
    from agent.session.events import Mode
    from agent.session.ports import Ears, Mind, Mouth
    from agent.session.store.ports import SessionStore
    from voice.endpoint import Finality
    from voice.events import SpeakerEvent
    from voice.ports import LiveSource, StreamingRecognizer, Synthesizer
    from voice.speak.playback import Player

    Microphone = Callable[[Settings, Callable[[], bool]], LiveSource]


def first_choice(settings: Settings, docs: Sequence[Path], mode: Mode) -> Choice:
    """What is chosen when a conversation begins: what the settings say."""
    chosen = tuple(docs) or ((settings.retrieval.docs,) if settings.retrieval.docs else ())
    return Choice(mode, docs=chosen, microphone=settings.mic.device, speed=settings.tts.speed)


class HarkWorkshop:
    """See agent.session.ports.Workshop. Models that several parts or several choices share are loaded once.

    remark: told one line, from any thread, of what is passed over: a document, a voice.
    microphone: makes the sound that is listened to.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Paths,
        *,
        remark: Callable[[str], None] = lambda _: None,
        microphone: Microphone = build_microphone,
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._remark = remark
        self._microphone = microphone
        self._llm: LLM | None = None
        self._facts: SessionStore | None = None
        self._index: DocumentIndex | None = None
        self._player: Player | None = None
        self._ear: tuple[StreamingRecognizer, Finality | None] | None = None

    async def mind(self, choice: Choice) -> Session:
        """See agent.session.ports.Workshop."""
        # The model first: one that is missing is told before a long indexing, not after it.
        llm = self._llm = self._llm or await asyncio.to_thread(build_llm, self._settings, self._paths)
        index = await asyncio.to_thread(self._indexed, choice)
        self._index = index
        chosen = settings_for(self._settings, choice)
        facts = self._facts = self._facts or await asyncio.to_thread(build_store, self._settings, self._paths)

        def work() -> Session:
            return build_session(
                chosen, self._paths, index, hints=index, on_fallback=self._remark, llm=llm, facts=facts
            )

        # Off the loop: the imports behind a reasoner take seconds on a slow machine, and the screen would stand still.
        session = await asyncio.to_thread(work)
        session.start()
        return session

    async def revoice(self, mind: Mind, choice: Choice) -> None:
        """See agent.session.ports.Workshop."""
        assert isinstance(mind, Session), "every mind of a conversation comes from its workshop"
        settings = settings_for(self._settings, choice)

        def work() -> Synthesizer:
            return build_synthesizer(settings, self._paths, on_fallback=self._remark)

        # Made here, so that one that cannot be made leaves the one before.
        voice = await asyncio.to_thread(work)
        await mind.use_voice(lambda: voice)

    async def ears(self, choice: Choice) -> Ears:
        """See agent.session.ports.Workshop."""
        return ListenerEars(await asyncio.to_thread(self._listener, settings_for(self._settings, choice)))

    async def mouth(self, tell: Callable[[SpeakerEvent], None]) -> Mouth:
        """See agent.session.ports.Workshop."""
        loop = asyncio.get_running_loop()

        def work() -> Player:
            def pass_on(event: SpeakerEvent) -> None:
                loop.call_soon_threadsafe(tell, event)

            player = build_player(self._settings, pass_on)
            player.open()
            return player

        self._player = await asyncio.to_thread(work)
        return PlayerMouth(self._player)

    async def aclose(self) -> None:
        """See agent.session.ports.Workshop."""
        if self._llm:
            await self._llm.aclose()
        if self._facts:
            await asyncio.to_thread(self._facts.close)

    def _indexed(self, choice: Choice) -> DocumentIndex:
        index = build_index(self._settings, self._paths, choice.docs)
        for skipped in index.update(choice.docs).skipped:
            self._remark(f"skipped {skipped.source}: {skipped.reason}")
        return index

    def _listener(self, settings: Settings) -> Listener:
        source = self._microphone(settings, self._speaking)
        if self._ear is None:
            self._ear = build_streaming_recognizer(settings, self._paths), build_finality(settings, self._paths)
        recognizer, finality = self._ear
        return Listener(source, build_hearing(settings, recognizer, self, finality=finality))

    def _speaking(self) -> bool:
        # Asked anew each time: the speaker may be opened after the microphone.
        return self._player is not None and self._player.speaking

    def hints(self, partial: str = "", *, limit: int = 50) -> Sequence[str]:
        """Names of the present documents; see voice.ports.HintSource."""
        return self._index.hints(partial, limit=limit) if self._index else ()


def settings_for(settings: Settings, choice: Choice) -> Settings:
    """The settings, with what was chosen since in their place."""
    name, _, voice = (choice.voice or "").partition(":")
    name = name or settings.tts.synthesizer
    tts = {"synthesizer": name, "speed": choice.speed}
    if voice:
        tts[name] = {**settings.tts.tables.get(name, {}), "voice": voice}
    endpoint = "push-to-talk" if choice.mode == "push-to-talk" else "auto"
    return settings.model_copy(
        update={
            "tts": settings.tts.model_copy(update=tts),
            "mic": settings.mic.model_copy(update={"device": choice.microphone}),
            "endpoint": settings.endpoint.model_copy(update={"mode": endpoint}),
        }
    )
