"""The ports of the voice package: what an ear, a voice and their ends must do.

Implementations live beside this file or in other packages; nothing here imports a model or a device.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from voice.events import SourceEvent
    from voice.types import AudioChunk, Partial, Samples, SpeechClip, SynthesizerCapabilities, Utterance


class AudioSource(Protocol):
    """Where sound comes from: a file, a pipe, a microphone."""

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield 16 kHz mono chunks in order until the source ends.

        Raises AudioError when the source cannot be read.
        """
        ...


class LiveSource(Protocol):
    """Sound as it happens: a microphone, or a file played in real time."""

    name: str

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """Yield 16 kHz mono chunks as they are recorded, and what happens to the device between them.

        Chunks are short (32 to 100 ms) and their starts never go back; after lost samples or a lost device they jump.
        Ends when the source does or `close` is called. Raises AudioError when it cannot be opened.
        """
        ...

    def close(self) -> None:
        """Stop; may be called from another thread, and twice."""
        ...


class Recognizer(Protocol):
    """Turns one stretch of speech into an n-best list. Calls block: run them off the event loop."""

    name: str

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """Recognise 16 kHz mono samples.

        samples: shape (n,), float32, in [-1, 1].
        n_best: how many distinct readings to return at most.
        token_scores: fill Hypothesis.tokens and words (one more pass over the distinct readings).
        hints: names and terms likely to be said, likeliest first; a recogniser that cannot use them passes them over.

        Returns an Utterance without hypotheses when nothing was said. Raises RecognitionError.
        """
        ...


class RecognitionStream(Protocol):
    """One utterance being heard while it is spoken. Used by one thread at a time."""

    def feed(self, samples: Samples) -> None:
        """Take in the next samples (16 kHz mono float32). Cheap: computes nothing."""
        ...

    def advance(self, *, silence: float = 0.0) -> Partial | None:
        """One pass over everything fed so far; None when it would say nothing new.

        silence: seconds of silence at the end of what was fed, as the endpoint detector sees it; words before are over.

        Blocks for about `cost` seconds. Raises RecognitionError.
        """
        ...

    def cost(self) -> float:
        """Seconds the next pass is expected to take, from those before it; a guess before the first."""
        ...

    def finish(self, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """The n-best list of the whole utterance, times counted from its first sample. Nothing is fed after this.

        Raises RecognitionError.
        """
        ...


class StreamingRecognizer(Protocol):
    """Turns speech into words while it is spoken. Calls of its streams block: run them off the event loop."""

    name: str

    def stream(self, *, hints: Sequence[str] = ()) -> RecognitionStream:
        """Begin an utterance. hints: names and terms likely to be said, likeliest first; see HintSource."""
        ...


@dataclass(frozen=True, slots=True)
class RecognizerRequest:
    """What a recogniser is to be made from.

    options: its own table of the settings, unchecked: its factory knows the keys.
    language: ISO 639-1 code; None asks for detection where the recogniser can.
    threads: CPU threads; 0 leaves it to the recogniser.
    models: root of the model store.
    """

    options: Mapping[str, object]
    language: str | None
    threads: int
    models: Path


class RecognizerFactory(Protocol):
    """What an entry point of the group `hark.recognizers` names; its own name is what the settings call it.

    What it makes may be a StreamingRecognizer as well: one that has `stream`.
    """

    def __call__(self, request: RecognizerRequest, /) -> Recognizer:
        """Make the recogniser. Raises OptionError, RecognitionError, StoreError."""
        ...


class HintSource(Protocol):
    """Knows which names may be said: titles and entities of the documents, people of the address book."""

    def hints(self, partial: str = "", *, limit: int = 50) -> Sequence[str]:
        """Names likely to be said, likeliest first.

        partial: what was heard of the utterance so far, or several readings of it on lines of their own; names that
            sound or look like a part of it come first. A source of many names gives none that do not.
        """
        ...


class Synthesizer(Protocol):
    """Turns sentences into sound. Calls block: run them off the event loop.

    Several streams may be open at once; an engine that can only do one thing at a time lets them take turns.
    """

    @property
    def name(self) -> str:
        """The backend's name and, after a colon, the voice."""
        ...

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """What is known of it before it speaks."""
        ...

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """Yield the clips of each sentence as they are made, in order; the last of a sentence says so.

        Sentences are taken one at a time, when the one before is done; those without words yield nothing. Text is
        text: markup and phoneme notation in it are spoken or dropped, never obeyed. All clips have one sample rate.
        Closing the generator between clips frees what it holds: a child process, a connection, a lock.

        Raises SynthesisError (Unspeakable when only this sentence is at fault); the sentence may have yielded clips.
        """
        ...

    def close(self) -> None:
        """Give models, children and connections back; ends a `stream` that another thread waits in.

        Nothing is spoken after: a stream that has words left raises SynthesisError. May be called twice.
        """
        ...


@dataclass(frozen=True, slots=True)
class SynthesizerRequest:
    """What a synthesizer is to be made from.

    options: its own table of the settings, unchecked: its factory knows the keys.
    speed: 1.0 is the voice's own pace, 0.5 to 2.0.
    models: root of the model store.
    """

    options: Mapping[str, object]
    speed: float
    models: Path


class SynthesizerFactory(Protocol):
    """What an entry point of the group `hark.synthesizers` names; its own name is what the settings call it."""

    def __call__(self, request: SynthesizerRequest, /) -> Synthesizer:
        """Make the synthesizer. Raises OptionError, SynthesisError, StoreError."""
        ...


class AudioSink(Protocol):
    """Where speech goes: a file, a speaker."""

    def write(self, clip: SpeechClip) -> None:
        """Take one clip; clips of one sink share a sample rate. Raises AudioError."""
        ...

    def close(self) -> None:
        """Finish: what was written is complete after this. Raises AudioError."""
        ...
