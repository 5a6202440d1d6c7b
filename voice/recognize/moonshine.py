"""Moonshine by moonshine-voice: small English models for CPUs, and streaming ones for several languages.

Package: moonshine-voice (MIT). Models: MIT, but the older non-streaming ones for other languages than English are under
the Moonshine Community License, which allows no commercial use. docs/recognizers.md says where each comes from.
"""

from __future__ import annotations

import math
import threading
import weakref
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from voice.endpoint import speech_spans
from voice.errors import RecognitionError, RecognizerMissing
from voice.options import Options, read_options
from voice.recognize.native import NativeStream, Snapshot, spread
from voice.recognize.nbest import reading_key
from voice.recognize.samples import check_samples
from voice.recognize.windows import cut
from voice.types import ASR_SAMPLE_RATE, Hypothesis, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from voice.ports import RecognizerRequest
    from voice.types import Samples

Arch = Literal["tiny", "base", "tiny-streaming", "base-streaming", "small-streaming", "medium-streaming"]

_FILES = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
_STREAMING_FILES = ("streaming_config.json", "tokenizer.bin")
_WORD_TIMES = ("decoder_with_attention.ort", "decoder_kv_with_attention.ort")
_MOST_TERMS = 100
_ROLL_AFTER = 15.0
"""Seconds: each pass of a non-streaming model hears its whole line again, so a long one is closed in the next pause."""
_ROLL_SILENCE = 0.4
_NEVER = 1e9


class MoonshineOptions(Options):
    """The table [asr.moonshine].

    model: a name of `hark models list`, or a folder that `python -m moonshine_voice.download` wrote.
    arch: what the folder holds. agreement: passes in a row that must agree before a word is committed.
    """

    model: str = "moonshine-tiny-en"
    arch: Arch = "tiny"
    agreement: int = Field(2, ge=1, le=5)


class MoonshineRecognizer:
    """A Recognizer and a StreamingRecognizer. Its n-best list has one reading: Moonshine decodes greedily.

    transcriber: moonshine_voice's Transcriber, or what behaves like it. name: of the model. language: of the model.
    biased: whether it takes key terms (streaming architectures only); hints are passed over where it does not.

    Words of models without word times are given theirs by their letters, and log-probability 0. Scores per token are
    not to be had. One object serves several threads, one at a time.
    """

    def __init__(
        self, transcriber: Any, name: str, *, language: str = "en", biased: bool = False, agreement: int = 2
    ) -> None:
        self.name = f"moonshine:{name}"
        self._transcriber = transcriber
        self._language = language
        self._biased = biased
        self._agreement = agreement
        # a dropped stream may be freed by the thread that holds it
        self._lock = threading.RLock()

    @classmethod
    def load(
        cls, folder: Path, *, arch: Arch = "tiny", language: str = "en", agreement: int = 2
    ) -> MoonshineRecognizer:
        """Load a model folder. Raises RecognizerMissing (no package), RecognitionError (no such model)."""
        try:
            from moonshine_voice.moonshine_api import ModelArch
            from moonshine_voice.transcriber import Transcriber
        # the package opens PortAudio when it is imported, and the loader's errors have no common base
        except (ImportError, OSError) as error:
            raise RecognizerMissing(
                f"moonshine-voice does not load ({error}): run `pip install 'hark-voice[moonshine]'` and `hark doctor`"
            ) from None
        streaming = arch.endswith("-streaming")
        for file in _STREAMING_FILES if streaming else _FILES:
            if not (folder / file).is_file():
                raise RecognitionError(
                    f"no {file} in {folder}: set asr.moonshine.arch ('{arch}') to what the folder holds"
                )
        # hark finds where speech starts and ends; a second opinion inside cuts questions into sentences
        options = {"vad_threshold": "0.0", "return_audio_data": "false"}
        if any((folder / file).is_file() for file in _WORD_TIMES):
            options["word_timestamps"] = "true"
        try:
            transcriber = Transcriber(
                str(folder), ModelArch[arch.upper().replace("-", "_")], update_interval=_NEVER, options=options
            )
        except Exception as error:
            raise RecognitionError(f"Moonshine cannot load {folder} ({error}): run `hark models verify`") from None
        return cls(transcriber, folder.name, language=language, biased=streaming, agreement=agreement)

    def transcribe(
        self,
        samples: Samples,
        *,
        n_best: int = 5,  # noqa: ARG002 - there is one reading
        token_scores: bool = False,  # noqa: ARG002 - nor are there token scores
        hints: Sequence[str] = (),
    ) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer. Longer than 28 s is read window by window."""
        check_samples(samples)
        duration = len(samples) / ASR_SAMPLE_RATE
        words: list[Word] = []
        texts: list[str] = []
        for at in cut(speech_spans(samples)):
            with self._lock:
                self._bias(hints)
                transcript = self._call(self._transcriber.transcribe_without_streaming, samples[at], ASR_SAMPLE_RATE)
            heard = _heard(transcript, at.start / ASR_SAMPLE_RATE)
            words += heard.words
            texts += [heard.text] if heard.text else []
        text = " ".join(texts)
        if not reading_key(text):
            return Utterance((), duration, self._language, no_speech_probability=1.0)
        reading = Hypothesis(text, _logprob(words), 1.0, words=tuple(words))
        return Utterance((reading,), duration, self._language)

    def stream(self, *, hints: Sequence[str] = ()) -> NativeStream:
        """Begin an utterance. See voice.ports.StreamingRecognizer. Hints count for every stream of this object."""
        with self._lock:
            self._bias(hints)
        return NativeStream(_Engine(self), language=self._language, agreement=self._agreement)

    def _bias(self, hints: Sequence[str]) -> None:
        if self._biased:
            self._call(self._transcriber.set_keyterms, [hint.replace(",", " ") for hint in hints[:_MOST_TERMS]])

    def _call(self, method: Any, *args: Any) -> Any:
        # ctypes, Unicode and the package's own errors have no common base
        try:
            return method(*args)
        except Exception as error:
            raise RecognitionError(f"Moonshine failed ({error}): run `hark models verify`, then try again") from error


class _Engine:
    """One utterance in Moonshine's stream; long ones go through several streams, one after the other."""

    def __init__(self, ear: MoonshineRecognizer) -> None:
        self._ear = ear
        self._stream: Any = None
        self._start = 0.0
        self._until = 0.0
        self._done: list[Snapshot] = []
        self._events: list[Any] = []

    def take(self, samples: Samples, silence: float) -> Snapshot:
        """See voice.recognize.native.Engine."""
        with self._ear._lock:
            self._add(samples)
            force = self._ear._transcriber.MOONSHINE_FLAG_FORCE_UPDATE
            now = _heard(self._ear._call(self._stream.update_transcription, force), self._start)
            if silence >= _ROLL_SILENCE and self._until - self._start >= _ROLL_AFTER:
                self._close()
                return _joined(self._done)
        return _joined([*self._done, now], len(self._done))

    def end(self, samples: Samples) -> Snapshot:
        """See voice.recognize.native.Engine."""
        with self._ear._lock:
            self._add(samples)
            self._close()
        return _joined(self._done)

    def _add(self, samples: Samples) -> None:
        if self._stream is None:
            self._start = self._until
            self._stream = self._ear._call(self._ear._transcriber.create_stream)
            self._events.clear()
            self._stream.add_listener(self._events.append)
            # the package does not free a stream that is simply dropped, as one is when its speaker is interrupted
            self._free = weakref.finalize(self, _freed, self._ear._lock, self._stream)
            self._ear._call(self._stream.start)
        if len(samples):
            self._ear._call(self._stream.add_audio, samples, ASR_SAMPLE_RATE)
            self._until += len(samples) / ASR_SAMPLE_RATE

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        transcript = self._ear._call(stream.stop)
        self._free()
        if transcript is None:
            # stop() swallows errors and tells them to the listeners only
            errors = "; ".join(str(event.error) for event in self._events if hasattr(event, "error"))
            raise RecognitionError(f"Moonshine failed ({errors}): run `hark models verify`, then try again")
        self._done.append(_heard(transcript, self._start))


def _freed(lock: AbstractContextManager[bool], stream: Any) -> None:
    with lock:
        stream.close()


def _heard(transcript: Any, start: float) -> Snapshot:
    """What a Transcript says; a line that is complete will not change any more."""
    words: list[Word] = []
    fixed = 0
    for line in transcript.lines:
        if not line.text.strip():
            continue
        if line.words:
            words += [
                Word(each.word.strip(), start + each.start, start + each.end, math.log(max(each.confidence, 1e-10)))
                for each in line.words
            ]
        else:
            words += spread(line.text, start + line.start_time, start + line.start_time + line.duration)
        if line.is_complete:
            fixed = len(words)
    text = " ".join(line.text.strip() for line in transcript.lines if line.text.strip())
    return Snapshot(tuple(words), text, fixed, _logprob(words))


def _joined(parts: Sequence[Snapshot], fixed_parts: int | None = None) -> Snapshot:
    """Streams one after the other; the first `fixed_parts` of them (all, when None) are closed."""
    words = tuple(word for part in parts for word in part.words)
    closed = len(parts) if fixed_parts is None else fixed_parts
    fixed = sum(len(part.words) for part in parts[:closed])
    if closed < len(parts):
        fixed += parts[closed].fixed
    return Snapshot(words, " ".join(part.text for part in parts if part.text), fixed, _logprob(words))


def _logprob(words: Sequence[Word]) -> float:
    return sum(word.logprob for word in words)


def make(request: RecognizerRequest) -> MoonshineRecognizer:
    """The factory of this backend; see RecognizerFactory."""
    from voice.store import ModelStore

    options = read_options(MoonshineOptions, "asr.moonshine", request.options, "docs/recognizers.md")
    folder = ModelStore(request.models).path(options.model)
    return MoonshineRecognizer.load(
        folder, arch=options.arch, language=request.language or "en", agreement=options.agreement
    )
