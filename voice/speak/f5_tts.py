"""F5-TTS: its package in this process, or its socket server.

Package: f5_tts.api.F5TTS.infer (f5-tts 1.1). It would fetch what it is not given and listen to the recording with
another model, so every file and the recording's words have to be named here; nothing is fetched.

Server: `python -m f5_tts.socket_server` (src/f5_tts/socket_server.py). UTF-8 text goes in, read 1,024 bytes at a time;
native float32 samples at 24,000 Hz come out, then the three bytes END. It serves one connection after the other.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, Field, model_validator

from voice.errors import SynthesisError, SynthesizerMissing
from voice.speak.clips import streamed_clips, whole_clips
from voice.speak.closing import Closing
from voice.speak.options import read_options
from voice.speak.pcm import BadAudio, PcmDecoder, PcmFormat
from voice.speak.server import Address, Connections, Deadline, Recording, ServerOptions, connect, one_line, unmarked
from voice.speak.text import pieces
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    import socket
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

RATE = 24_000
"""Hz of every published F5-TTS and E2-TTS model."""

_MESSAGE = 250
"""Characters of a message to the server: in no script more than the 1,024 bytes it reads as one."""

_END = b"END"


def _there(value: Path) -> Path:
    path = value.expanduser()
    if not path.exists():
        raise ValueError(f"there is no {path}")
    return path


def _safetensors(value: Path) -> Path:
    if value.suffix != ".safetensors":
        raise ValueError("must be a .safetensors file: other checkpoints would have to be unpickled")
    return _there(value)


class F5Options(ServerOptions):
    """The table [tts.f5-tts].

    address: of the socket server, which knows its own recording; or, for the package in this process:
    checkpoint: of the model, .safetensors. vocoder: folder of its Vocos. vocabulary: vocab.txt, if not the package's.
    reference_audio, reference_text: a recording of at most 12 s to speak like, and what is said in it.
    model: name of the package's configuration. device: as torch names it; empty lets the package choose.
    steps: of the flow, more is slower and cleaner. seed: the same seed, text and speed give the same samples.
    """

    address: Address | None = None
    checkpoint: Annotated[Path, AfterValidator(_safetensors)] | None = None
    vocoder: Annotated[Path, AfterValidator(_there)] | None = None
    vocabulary: Annotated[Path, AfterValidator(_there)] | None = None
    reference_audio: Recording | None = None
    reference_text: str = ""
    model: str = "F5TTS_v1_Base"
    device: str = ""
    steps: int = Field(32, ge=1, le=128)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        needed = ("checkpoint", "vocoder", "reference_audio", "reference_text")
        given = [name for name in needed if getattr(self, name)]
        if self.address and given:
            raise ValueError(f"address and {given[0]} exclude each other: the server has its own")
        if not self.address and len(given) < len(needed):
            raise ValueError(f"name the address of a server, or all of {', '.join(needed)}")
        return self


class F5Engine(Protocol):
    """As much of f5_tts.api.F5TTS as is used."""

    def infer(
        self,
        ref_file: str,
        ref_text: str,
        gen_text: str,
        *,
        show_info: Any,
        progress: Any,
        nfe_step: int,
        speed: float,
        seed: int,
    ) -> tuple[Any, int, Any]:
        """Samples of `gen_text` (None when there are none), their rate in Hz, and a spectrogram."""
        ...


class F5Synthesizer:
    """A Synthesizer over the package. engine: a loaded F5TTS; one call at a time. It follows the pace asked for."""

    capabilities = SynthesizerCapabilities(
        languages=("en", "zh"), sample_rate=RATE, cloning=True, speed=True, one_at_a_time=True
    )

    def __init__(self, engine: F5Engine, options: F5Options, *, speed: float = 1.0) -> None:
        self._engine: F5Engine | None = engine
        self._options = options
        self._speed = speed
        self._one_at_a_time = threading.Lock()
        self._closing = Closing("f5-tts")
        self.name = f"f5-tts:{options.model}"

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: a clip per sentence, several for a long one. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(whole_clips(sentence, self._speak, RATE))

    def close(self) -> None:
        """See Synthesizer; the model's memory goes with the engine."""
        self._closing.close()
        self._engine = None

    def _speak(self, text: str) -> Samples:
        import numpy as np

        engine, options = self._engine, self._options
        if engine is None:
            raise SynthesisError("f5-tts was closed: nothing is spoken any more")
        # the package prints what it does; standard output is where answers go
        with self._one_at_a_time, contextlib.redirect_stdout(sys.stderr):
            try:
                samples, rate, _ = engine.infer(
                    str(options.reference_audio),
                    options.reference_text,
                    unmarked(text),
                    show_info=_quiet,
                    progress=None,
                    nfe_step=options.steps,
                    speed=self._speed,
                    seed=options.seed,
                )
            except Exception as error:
                said = one_line(str(error))
                raise SynthesisError(f"f5-tts cannot speak {text[:60]!r} ({said}): shorten or reword it") from error
        if rate != RATE:
            raise SynthesisError(f"f5-tts made sound at {rate} Hz instead of {RATE}: name a published model")
        return np.zeros(0, np.float32) if samples is None else np.asarray(samples, np.float32).reshape(-1)


class F5SocketSynthesizer:
    """A Synthesizer over the socket server; a connection for each message.

    The server takes one connection after the other. Should a second stream speak while a first one is being listened
    to, the rest of the first one's message is fetched into memory before.
    """

    capabilities = SynthesizerCapabilities(sample_rate=RATE, streaming=True, one_at_a_time=True)

    def __init__(self, address: str, *, timeout: float = 30.0) -> None:
        self._address = address
        self._timeout = timeout
        self._connections = Connections()
        self._turn = threading.Lock()
        self._speaking: _Message | None = None
        self._closing = Closing("f5-tts")
        self.name = f"f5-tts:{address}"

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips as the server sends them. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, RATE))

    def close(self) -> None:
        """See Synthesizer; ends what other threads wait for."""
        self._closing.close()
        self._connections.cut()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        for message in pieces(unmarked(text), _MESSAGE):
            yield from self._say(message)

    def _say(self, text: str) -> Generator[Samples, None, None]:
        with self._explained(text):
            with self._turn:
                if self._speaking is not None:
                    self._speaking.fetch_rest()
                connection = connect("f5-tts", self._address, self._timeout, self._connections)
                message = self._speaking = _Message(connection, text, self._timeout)
            try:
                while (samples := self._next(message)) is not None:
                    yield samples
            finally:
                connection.close()
                if self._speaking is message:
                    self._speaking = None

    def _next(self, message: _Message) -> Samples | None:
        with self._turn:
            return message.read()

    @contextlib.contextmanager
    def _explained(self, text: str) -> Iterator[None]:
        where = f"the f5-tts server {self._address}"
        try:
            yield
        except (BadAudio, OSError) as error:
            if isinstance(error, TimeoutError):
                raise SynthesisError(f"{where} took more than {self._timeout:g} s: raise tts.f5-tts.timeout") from None
            said = error if isinstance(error, BadAudio) else f"broke off ({error.strerror or error})"
            raise SynthesisError(f"{where} {said}: see its log; it may have failed on {text[:60]!r}") from None


class _Message:
    """One text on its way: sent, and its samples read until END."""

    def __init__(self, connection: socket.socket, text: str, timeout: float) -> None:
        import socket

        self._connection = connection
        self._decoder: PcmDecoder | None = PcmDecoder(RATE, text, PcmFormat(RATE, "f32"))
        self._tail = b""
        self._fetched: list[Samples] = []
        self._deadline = Deadline(timeout)
        self._deadline.watch(connection)
        try:
            with self._deadline.waiting():
                connection.sendall(text.encode())
            # With nothing more to come the server hangs up after END: END cannot be taken for samples, or the reverse.
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            connection.close()
            raise

    def read(self) -> Samples | None:
        """The next samples; None after the last. Raises BadAudio, OSError."""
        if self._fetched:
            return self._fetched.pop(0)
        if self._decoder is None:
            return None
        with self._deadline.waiting():
            data = self._connection.recv(65_536)
        if data:
            data = self._tail + data
            self._tail = data[-len(_END) :]
            return self._decoder.feed(data[: -len(_END)])
        if self._tail != _END:
            raise BadAudio("hung up before the end")
        samples, self._decoder = self._decoder.finish(), None
        return samples

    def fetch_rest(self) -> None:
        """Read all that is still to come into memory. An error is left for the next `read` to meet."""
        fetched: list[Samples] = []
        with contextlib.suppress(BadAudio, OSError):
            while (samples := self.read()) is not None:
                fetched.append(samples)
        self._fetched = fetched


def _quiet(*_: object) -> None:
    return None


def _load(options: F5Options) -> F5Engine:
    try:
        from f5_tts.api import F5TTS
    except ImportError as error:
        raise SynthesizerMissing(
            f"f5-tts needs the package f5_tts ({one_line(str(error))}): pip install 'hark-voice[f5-tts]'"
        ) from None
    with contextlib.redirect_stdout(sys.stderr):
        try:
            engine: F5Engine = F5TTS(
                model=options.model,
                ckpt_file=str(options.checkpoint),
                vocab_file=str(options.vocabulary or ""),
                vocoder_local_path=str(options.vocoder),
                device=options.device or None,
            )
        except Exception as error:
            said = one_line(str(error))
            raise SynthesisError(f"cannot load {options.checkpoint} ({said}): check tts.f5-tts") from error
    return engine


def make(request: SynthesizerRequest) -> F5Synthesizer | F5SocketSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    options = read_options(F5Options, "f5-tts", request.options)
    if options.address:
        return F5SocketSynthesizer(options.address, timeout=options.timeout)
    return F5Synthesizer(_load(options), options, speed=request.speed)
