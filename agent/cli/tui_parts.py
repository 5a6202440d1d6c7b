"""What the app is made from, out of the settings: real conversations, what can be chosen, the first run."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli import checks
from agent.tui.board import TurnView
from agent.tui.deps import Deps, Facts, Finding, Look, Option, Start, Talk
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from agent.config import Paths, Settings
    from agent.session.store.ports import SessionStore
    from agent.session.store.records import ConversationInfo
    from voice.store import Progress

_REMEMBERED = "app.json"


@contextlib.contextmanager
def parts_of(settings: Settings, places: Paths, docs: Sequence[Path], *, welcome: bool) -> Iterator[Deps]:
    """Everything the app needs, until the block ends.

    docs: answered from; none: those of the settings, or what was chosen last in the app. welcome: begin with it again.
    Raises AgentError.
    """
    memory = Memory(places.state / _REMEMBERED)
    chosen = tuple(docs) or ((settings.retrieval.docs,) if settings.retrieval.docs else memory.docs())
    store = _Store(settings, places)
    try:
        yield Deps(
            converse=_Conversations(settings, places, store).begin,
            shelf=SettingsShelf(settings, places, store),
            docs=chosen,
            facts=_facts(settings, places),
            look=Look(settings.tui.theme or memory.theme(), settings.tui.motion, dict(settings.tui.keys)),
            setup=FirstRun(settings, places) if welcome or not memory.read("welcomed") else None,
            remember=memory.remember,
        )
    finally:
        store.close()


class _Store:
    """The stored conversations, opened by the first who asks: never on the way to the first screen."""

    def __init__(self, settings: Settings, places: Paths) -> None:
        self._settings = settings
        self._places = places
        self._opened: SessionStore | None = None

    def get(self) -> SessionStore:
        """Blocks. Raises ConversationError."""
        from agent.factory import build_store

        self._opened = self._opened or build_store(self._settings, self._places)
        return self._opened

    def close(self) -> None:
        """Give it back."""
        if self._opened:
            self._opened.close()


@dataclass(frozen=True, slots=True)
class _Conversations:
    settings: Settings
    places: Paths
    store: _Store

    async def begin(self, start: Start, remark: Callable[[str], None]) -> Talk:
        """See Deps.converse."""
        import asyncio

        # Behind the first screen: these imports take longer than it may.
        return await (await asyncio.to_thread(self._prepare, start, remark))()

    def _prepare(self, start: Start, remark: Callable[[str], None]) -> Callable[[], Awaitable[Talk]]:
        from agent.conversing import conversation_of
        from agent.workshop import first_choice

        settings, store = self.settings, self.store.get()
        earlier = store.load(start.session) if start.session else None
        unfinished = earlier.unfinished if earlier and start.again else None
        # A conversation goes on over the documents that it was about, as far as they are still there.
        own = tuple(place for place in map(Path, earlier.info.docs) if place.exists()) if earlier else ()
        docs = own or start.docs

        async def begin() -> Talk:
            conversation, events = await conversation_of(
                *(settings, self.places, store, first_choice(settings, docs, settings.session.mode)),
                earlier=earlier,
                again=unfinished is not None,
                remark=remark,
            )
            await conversation.__aenter__()
            if unfinished:
                conversation.take_up(unfinished.question, unfinished.origin, unfinished.run)
            return Talk(conversation, events)

        return begin


@dataclass(frozen=True, slots=True)
class SettingsShelf:
    """See agent.tui.deps.Shelf."""

    settings: Settings
    places: Paths
    store: _Store

    def voices(self) -> Sequence[Option]:
        """Every voice that is ready to speak."""
        from voice.ports import SynthesizerRequest
        from voice.speak import registry

        tts = self.settings.tts
        found: list[Option] = []
        for name in registry.names():
            request = SynthesizerRequest(tts.tables.get(name, {}), tts.speed, self.places.models)
            with contextlib.suppress(VoiceError):
                # a server at its usual address may not be there: one that is wanted has a table
                if registry.need(name, request) or (registry.server_of(name, request.options) and not request.options):
                    continue
                about = registry.BACKENDS.get(name)
                found.append(Option(name, name, about.summary if about else "", chosen=name == tts.synthesizer))
                ready = [one for one in registry.voices(name, request) if not one.need]
                found += [Option(f"{name}:{one.name}", f"{name} {one.name}", one.about) for one in ready]
        return found

    def microphones(self) -> Sequence[Option]:
        """Every microphone."""
        from voice.devices import devices

        wanted = self.settings.mic.device
        return [
            Option(str(one.index), one.name, chosen=wanted is None and one.default_input)
            for one in devices()
            if one.inputs
        ]

    def sessions(self) -> Sequence[Option]:
        """Every stored conversation, newest first."""
        return [_option(info) for info in self.store.get().conversations()]

    def unfinished(self) -> Option | None:
        """See Shelf."""
        transcript = self.store.get().unfinished()
        if transcript is None or transcript.unfinished is None:
            return None
        return Option(transcript.info.id, transcript.unfinished.text, _option(transcript.info).detail)

    def turns(self, session: str) -> Sequence[TurnView]:
        """See Shelf."""
        return [
            TurnView(
                turn.number,
                question=turn.text,
                readings=turn.question.hypotheses,
                typed=turn.origin != "voice",
                path=list(turn.answer.path) if turn.answer else [],
                hops=list(turn.steps),
                replies=[one.reply for one in turn.clarified if one.reply],
                answer=turn.answer,
                cut=turn.heard if turn.outcome == "interrupted" else None,
                failure=turn.error,
                outcome=turn.outcome,
                timings=turn.timings,
            )
            for turn in self.store.get().load(session).turns
        ]


class FirstRun:
    """See agent.tui.deps.Setup."""

    def __init__(self, settings: Settings, places: Paths) -> None:
        self._settings = settings
        self._places = places

    def findings(self) -> Iterator[Finding]:
        """What `hark doctor --quick` finds of sound and folders."""
        found = [checks.check_sound(), *checks.check_folders(self._places)]
        for check in found:
            if check.name == "sound" or check.state is not checks.State.OK:
                yield Finding(check.name, check.state is checks.State.OK, check.detail, check.mend)
        disk = checks.check_disk([option.id for option in self.missing()], self._places)
        yield Finding(disk.name, disk.state is checks.State.OK, disk.detail, disk.mend)

    def missing(self) -> Sequence[Option]:
        """Models that the settings ask for, and those that come with them, as far as they are in the manifest."""
        from voice.store import ModelStore

        store = ModelStore(self._places.models)
        wanted = {*store.manifest.defaults, *checks.models_in_use(self._settings)}
        if self._settings.llm.base_url:
            wanted -= {model.name for model in store.manifest.models if model.task == "llm"}
        return [
            Option(entry.model.name, entry.model.name, f"{entry.model.size / 1e6:,.0f} MB, {entry.model.licence}")
            for entry in store.list()
            if entry.model.name in wanted and entry.state not in ("pulled", "bundled")
        ]

    def pull(self, name: str, progress: Callable[[float, str], None]) -> None:
        """See Setup."""
        from voice.store import ModelStore

        def watch(told: Progress) -> None:
            progress(
                told.done / told.total if told.total else 0.0, f"{told.done / 1e6:,.0f} of {told.total / 1e6:,.0f} MB"
            )

        ModelStore(self._places.models).pull(name, watch)


class Memory:
    """What was chosen in the app, in a small private file. One that cannot be read is as good as empty."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, key: str) -> Any:
        """A value, or None."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return kept.get(key) if isinstance(kept, dict) else None

    def docs(self) -> tuple[Path, ...]:
        """The documents chosen last, as far as they still exist."""
        kept = self.read("docs")
        names = [name for name in kept if isinstance(name, str)] if isinstance(kept, list) else []
        return tuple(path for name in names if (path := Path(name)).exists())

    def theme(self) -> Any:
        """The colours chosen last."""
        kept = self.read("theme")
        return kept if kept in ("dark", "light", "contrast") else "dark"

    def remember(self, key: str, value: object) -> None:
        """Keep a value. A disk that is full keeps the one before."""
        kept = {name: old for name in ("docs", "theme", "welcomed") if (old := self.read(name)) is not None}
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump({**kept, key: value}, out)
            new.replace(self._file)


def _facts(settings: Settings, places: Paths) -> Facts:
    from importlib.metadata import version

    asr, llm, tts = settings.asr, settings.llm, settings.tts
    ear = asr.model if asr.recognizer == "faster-whisper" else asr.recognizer
    names = tuple(Path(name).name for name in (ear, llm.model, tts.synthesizer))
    return Facts(names, version("hark-voice"), places.state / "hark.log")


def _option(info: ConversationInfo) -> Option:
    when = datetime.fromtimestamp(info.updated).strftime("%Y-%m-%d %H:%M")
    turns = "1 question" if info.turns == 1 else f"{info.turns} questions"
    return Option(info.id, info.title, f"{when}, {turns}{', broken off' if info.unfinished else ''}")
