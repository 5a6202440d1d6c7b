"""The only place real objects are built. Everything else receives them. Heavy imports happen inside, when called."""

from __future__ import annotations

import logging
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.config import Paths, Settings
    from agent.graph.savers import Keep
    from agent.ports import LLM, Facts, Retriever
    from agent.retrieval.embed import Embedder
    from agent.retrieval.index import DocumentIndex
    from agent.session.session import Session
    from agent.session.store.ports import SessionStore
    from voice.endpoint import Finality
    from voice.events import SpeakerEvent
    from voice.listener import Hearing, Listener
    from voice.ports import HintSource, LiveSource, Recognizer, StreamingRecognizer, Synthesizer
    from voice.speak.playback import Player

_log = logging.getLogger(__name__)


def build_recognizer(settings: Settings, paths: Paths, hints: HintSource | None = None) -> Recognizer:
    """The ear of these settings. Raises OptionError (unknown name or option), RecognitionError, StoreError.

    hints: what it hears is heard again with the names near to it, unless asr.hints is 0.
    """
    from voice.ports import RecognizerRequest
    from voice.recognize import registry

    asr = settings.asr
    registry.check_names((asr.recognizer, *asr.tables))
    options = asr.tables.get(asr.recognizer, {})
    if asr.recognizer == registry.DEFAULT:
        options = {**asr.model_dump(include={"model", "beam_size", "compute_type", "device", "translate"}), **options}
    recognizer = registry.make(asr.recognizer, RecognizerRequest(options, asr.language, asr.threads, paths.models))
    if not hints or not asr.hints:
        return recognizer
    from voice.recognize.hints import HintedRecognizer

    return HintedRecognizer(recognizer, hints, limit=asr.hints)


def build_streaming_recognizer(settings: Settings, paths: Paths) -> StreamingRecognizer:
    """The ear of these settings for speech as it is spoken. Raises as build_recognizer does."""
    from voice.recognize.streaming.build import streaming
    from voice.recognize.streaming.options import StreamingOptions

    asr = settings.asr
    options = StreamingOptions(asr.policy, margin=asr.partial_margin, sure_margin=asr.sure_margin, n_best=asr.n_best)
    return streaming(build_recognizer(settings, paths), options)


def build_microphone(settings: Settings, speaking: Callable[[], bool] | None = None) -> LiveSource:
    """The microphone of these settings, not opened yet; it raises AudioError when it is.

    speaking: whether hark speaks now (Player.speaking); with it, speaker.duplex decides what is heard then.
    """
    from voice.duplex import DuplexOptions, DuplexSource
    from voice.microphone import Microphone

    microphone = Microphone(settings.mic.device)
    if speaking is None:
        return microphone
    return DuplexSource(microphone, speaking, DuplexOptions(settings.speaker.duplex, settings.speaker.hold_off))


def build_player(settings: Settings, tell: Callable[[SpeakerEvent], None] = lambda _: None) -> Player:
    """The speaker of these settings, not opened yet. tell: what happens to it; without any device it stays silent."""
    from voice.speak.playback import Player, PlayerOptions

    return Player(settings.speaker.device, options=PlayerOptions(volume=settings.speaker.volume), tell=tell)


def build_finality(settings: Settings, paths: Paths) -> Finality | None:
    """What hears that somebody has finished; none where it is not pulled, or settings.endpoint never asks it.

    Raises ModelDamaged.
    """
    from voice.endpoint import SmartTurn
    from voice.errors import ModelMissing
    from voice.store import ModelStore

    if settings.endpoint.finality >= 1.0:
        return None
    try:
        return SmartTurn(ModelStore(paths.models).file("smart-turn", "model.onnx"))
    except ModelMissing:
        return None


def build_hearing(
    settings: Settings,
    recognizer: StreamingRecognizer,
    hints: HintSource | None = None,
    *,
    finality: Finality | None = None,
) -> Hearing:
    """What `build_listener` runs, without its threads: for simulated time.

    finality: judges by the sound whether somebody has finished; without it only the words shorten a wait.
    hints: the final reading of a turn is told the names near its last partial, unless asr.hints is 0.
    """
    from voice.endpoint import EndpointOptions, NoiseFloor, StreamingVad, TurnDetector
    from voice.listener import Hearing, ListenOptions

    asr = settings.asr
    judged = EndpointOptions(**settings.endpoint.model_dump())
    detector = TurnDetector(StreamingVad(), judged, voice=finality, room=NoiseFloor())
    options = ListenOptions(
        n_best=asr.n_best,
        token_scores=True,
        partial_interval=asr.partial_interval,
        language="en" if asr.translate else asr.language or "",
    )
    if hints and asr.hints:
        from voice.recognize.hints import HintedStreaming

        recognizer = HintedStreaming(recognizer, hints, limit=asr.hints)
    return Hearing(detector, recognizer, options)


def build_listener(settings: Settings, paths: Paths, source: LiveSource, hints: HintSource | None = None) -> Listener:
    """Ears on a source; loads the recogniser. Raises OptionError, StoreError or RecognitionError."""
    from voice.listener import Listener

    recognizer, finality = build_streaming_recognizer(settings, paths), build_finality(settings, paths)
    return Listener(source, build_hearing(settings, recognizer, hints, finality=finality))


def build_synthesizer(
    settings: Settings, paths: Paths, *, silent: bool = True, on_fallback: Callable[[str], None] | None = None
) -> Synthesizer:
    """The voice of these settings, with those that take over where it fails.

    silent: "none" among them counts; otherwise what no voice can speak is an error.
    on_fallback: told in one line who takes over and why; by default it is logged as a warning.

    Raises OptionError (unknown name or option), SynthesisError, StoreError.
    """
    from voice.ports import SynthesizerRequest
    from voice.speak import registry
    from voice.speak.chain import FallbackSynthesizer, Link

    tts = settings.tts
    registry.check_names((tts.synthesizer, *tts.fallback, *tts.tables))
    names = [name for name in dict.fromkeys((tts.synthesizer, *tts.fallback)) if silent or name != "none"]
    links = [
        Link(name, partial(registry.make, name, SynthesizerRequest(tts.tables.get(name, {}), tts.speed, paths.models)))
        for name in names or [tts.synthesizer]
    ]
    return FallbackSynthesizer(links, on_fallback or _log.warning) if len(links) > 1 else links[0].make()


def build_other_voice(settings: Settings, paths: Paths, language: str) -> Synthesizer | None:
    """A voice for a language that the chosen one does not speak: of tts.fallback, or espeak-ng; None without either.

    language: ISO 639-1 code. Raises OptionError.
    """
    from voice.errors import OptionError
    from voice.ports import SynthesizerRequest
    from voice.speak import registry
    from voice.speak.espeak import EspeakOptions, speaking
    from voice.speak.options import read_options
    from voice.speak.tongue import speaks

    tts = settings.tts
    for name in tts.fallback:
        try:
            voice = registry.make(name, SynthesizerRequest(tts.tables.get(name, {}), tts.speed, paths.models))
        except OptionError:
            raise
        except Exception as error:  # as in the chain: a voice that is not there is passed over
            _log.info("%s speaks no other language: %s", name, error)
            continue
        if speaks(voice.capabilities.languages, language):
            return voice
        voice.close()
    options = read_options(EspeakOptions, "espeak", tts.tables.get("espeak", {}))
    return speaking(language, options, speed=tts.speed)


def build_embedder(settings: Settings, paths: Paths) -> Embedder:
    """What turns texts into vectors. Raises StoreError (not pulled, damaged)."""
    from agent.retrieval.embed import MiniLM
    from voice.store import ModelStore

    name = settings.retrieval.embedder
    return MiniLM(ModelStore(paths.models).path(name), name=name)


def build_index(settings: Settings, paths: Paths, docs: Sequence[Path]) -> DocumentIndex:
    """The index of these documents, opened and not yet brought up to date. Raises StoreError, NoDocuments."""
    from agent.retrieval.files import index_folder
    from agent.retrieval.index import DocumentIndex

    root = index_folder(paths.indexes, docs)
    mend = f"hark index {shlex.join(str(path) for path in docs)} --rebuild"
    return DocumentIndex.open(
        root, build_embedder(settings, paths), max_file_mb=settings.retrieval.max_file_mb, mend=mend
    )


def build_llm(settings: Settings, paths: Paths) -> LLM:
    """The language model of these settings; the embedded one starts with its first call. Raises StoreError."""
    llm = settings.llm
    if llm.base_url:
        from agent.llm.openai_client import OpenAIClient

        key = llm.api_key.get_secret_value() if llm.api_key else ""
        return OpenAIClient(llm.base_url, llm.model, key, timeout=llm.timeout, retries=llm.retries)
    if llm.model.endswith(".jsonl"):
        from agent.llm.scripted import ScriptedLLM

        return ScriptedLLM.from_file(Path(llm.model))
    from agent.llm.embedded import EmbeddedLLM
    from voice.store import ModelStore

    return EmbeddedLLM(
        ModelStore(paths.models).file(llm.model, "model.gguf"),
        paths.state / "llama-server.log",
        name=llm.model if "/" not in llm.model else "",
        context=llm.context,
        threads=llm.threads,
        timeout=llm.timeout,
        retries=llm.retries,
    )


def build_store(settings: Settings, paths: Paths) -> SessionStore:
    """Where conversations are kept: as `session` says, or in memory. Raises ConversationError."""
    if settings.session.keep and settings.session.url:
        from agent.graph.savers import forget_in_postgres
        from agent.session.store.postgres import PostgresStore

        url = settings.session.url.get_secret_value()
        return PostgresStore(url, forget_walks=partial(forget_in_postgres, url))
    from agent.session.store.sqlite import SqliteStore

    if not settings.session.keep:
        return SqliteStore()
    from agent.graph.savers import forget_in_sqlite

    return SqliteStore(paths.conversations, forget_walks=partial(forget_in_sqlite, paths.walks))


def _walks_kept(settings: Settings, paths: Paths) -> Keep | None:
    """What keeps walks until they end: where the conversations are; none where nothing is kept."""
    from agent.graph.savers import postgres_saver, sqlite_saver

    if not settings.session.keep:
        return None
    url = settings.session.url
    return partial(postgres_saver, url.get_secret_value()) if url else partial(sqlite_saver, paths.walks)


def build_session(
    settings: Settings,
    paths: Paths,
    retriever: Retriever,
    *,
    hints: HintSource | None = None,
    on_fallback: Callable[[str], None] | None = None,
    llm: LLM | None = None,
    facts: Facts | None = None,
) -> Session:
    """A session over documents that are indexed already. Models load when they are first needed.

    hints: see build_recognizer. on_fallback: see build_synthesizer.
    llm: one that sessions share, and its owner closes; without it the session has its own.
    facts: what the person told comes before the documents, and more can be told; its owner closes it.
    """
    from agent.graph.build import FsmReasoner
    from agent.graph.toolbox import Toolbox
    from agent.retrieval.facts import TaughtRetriever
    from agent.session.ahead import Ahead
    from agent.session.meant import ask_model
    from agent.session.session import Session
    from agent.session.teaching import Teachable
    from agent.session.tongues import Tongues

    model = llm or build_llm(settings, paths)
    known = TaughtRetriever(retriever, facts) if facts else retriever

    def reasoner(asked: LLM, keep: Keep | None = None) -> FsmReasoner:
        tools = Toolbox(
            asked,
            known,
            settings.budget,
            passages=settings.retrieval.passages,
            context=settings.llm.context,
            slots=settings.llm.slots if settings.llm.base_url else 1,
            sure=settings.answer.sure,
            examples=settings.llm.examples,
            numbers=settings.llm.numbers,
        )
        return FsmReasoner(tools, keep)

    ahead = Ahead(partial(reasoner, keep=_walks_kept(settings, paths)), model, early=reasoner)
    return Session(
        Teachable(ahead, facts) if facts else ahead,
        recognizer=partial(build_recognizer, settings, paths, hints),
        synthesizer=partial(build_synthesizer, settings, paths, on_fallback=on_fallback),
        warm=reasoner(model).warm,
        close=None if llm else model.aclose,
        n_best=settings.asr.n_best,
        progress=settings.tts.progress,
        language=settings.asr.language or "en",
        tongues=Tongues(partial(build_other_voice, settings, paths), on_fallback or _log.warning),
        prepare=ahead.prepare,
        addressed=partial(ask_model, model),
    )
