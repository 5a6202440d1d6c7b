"""A real conversation, written down while it goes on: what every interface begins with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.factory import build_microphone
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.store.recorder import Recorder
from agent.workshop import HarkWorkshop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from agent.config import Paths, Settings
    from agent.session.events import Told
    from agent.session.ports import Choice
    from agent.session.store.ports import SessionStore
    from agent.session.store.records import Transcript
    from voice.ports import LiveSource

_TAIL = 10.0
"""Seconds of sound remembered beyond the longest turn: its n-best list comes a little later."""


async def conversation_of(
    settings: Settings,
    paths: Paths,
    store: SessionStore,
    choice: Choice,
    *,
    earlier: Transcript | None = None,
    again: bool = False,
    speak: bool = True,
    remark: Callable[[str], None] = lambda _: None,
) -> tuple[Conversation, AsyncGenerator[Told, None]]:
    """A conversation, not entered yet, and what it tells: to be read to its end, for reading it writes it down.

    choice: what it begins with. earlier: goes on with that one; again: its unfinished question is what is asked first.
    speak: answers are spoken where there is a speaker. remark: see HarkWorkshop.

    Raises ConversationError when the earlier one cannot be gone on with.
    """
    tape = None
    if settings.session.keep and settings.session.audio:
        from agent.session.store.audio import AudioTape

        tape = AudioTape(settings.endpoint.max_turn + _TAIL)

    def microphone(settings: Settings, speaking: Callable[[], bool]) -> LiveSource:
        source = build_microphone(settings, speaking)
        return tape.around(source) if tape else source

    recorder = Recorder(store, [str(path) for path in choice.docs], sound=tape)
    if earlier:
        await asyncio.to_thread(recorder.resume, earlier, again=again)
    workshop = HarkWorkshop(settings, paths, remark=remark, microphone=microphone)
    options = replace(options_of(settings, speak=speak), name=recorder.conversation)
    conversation = Conversation(workshop, choice, options)
    return conversation, recorder.watch(conversation.events())


def options_of(settings: Settings, *, speak: bool = True) -> ConversationOptions:
    """How a conversation goes by these settings. speak: answers are spoken where there is a speaker."""
    return ConversationOptions(
        speak=speak,
        cue=settings.speaker.cue,
        speculate=settings.session.speculate,
        language=settings.asr.language or "en",
    )
