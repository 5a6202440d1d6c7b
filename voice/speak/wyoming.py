"""Servers of the Wyoming protocol (Home Assistant): wyoming-piper, wyoming-kokoro and others.

Protocol: OHF-Voice/wyoming, README. A `synthesize` event per text; `audio-start`, `audio-chunk`s and `audio-stop`
answer it. The streaming of text (`synthesize-start`, `-chunk`, `-stop`) is not used: the server would cut sentences
anew, and the answer would no longer say which sentence a chunk belongs to; the sound streams either way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from pydantic import Field, model_validator

from voice.errors import SynthesisError
from voice.speak.clips import streamed_clips
from voice.speak.closing import Closing
from voice.speak.options import read_options
from voice.speak.pcm import BadAudio, Encoding, PcmDecoder, PcmFormat
from voice.speak.server import Address, Connections, Deadline, ServerOptions, connect, one_line, unmarked
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    import socket
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

_WIDTHS: dict[int, Encoding] = {1: "u8", 2: "s16", 3: "s24", 4: "s32"}
_LINE_LIMIT, _PAYLOAD_LIMIT = 65_536, 16_777_216


class WyomingOptions(ServerOptions):
    """The table [tts.wyoming].

    voice, speaker, language: as the server names them; empty for its own default. sample_rate: Hz of the clips.
    """

    address: Address = "127.0.0.1:10200"
    voice: str = ""
    speaker: str = ""
    language: str = ""
    sample_rate: int = Field(22_050, ge=8_000, le=192_000)

    @model_validator(mode="after")
    def _speaker_of_voice(self) -> Self:
        if self.speaker and not self.voice:
            raise ValueError("speaker is one of a voice's: name the voice as well")
        return self


class WyomingSynthesizer:
    """A Synthesizer over a Wyoming server; a connection for each text."""

    def __init__(self, options: WyomingOptions) -> None:
        self._options = options
        self._connections = Connections()
        self._closing = Closing("wyoming")
        self.name = f"wyoming:{options.voice or options.language or options.address}"
        self.capabilities = SynthesizerCapabilities(
            languages=(options.language,) if options.language else (),
            sample_rate=options.sample_rate,
            streaming=True,
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips as the server sends them. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._options.sample_rate))

    def close(self) -> None:
        """See Synthesizer; ends what other threads wait for."""
        self._closing.close()
        self._connections.cut()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        options = self._options
        connection = connect("wyoming", options.address, options.timeout, self._connections)
        try:
            yield from self._ask(connection, unmarked(text))
        except BadAudio as error:
            raise self._error(f"{error}: see the server's log") from None
        except TimeoutError:
            raise self._error(
                f"took more than {options.timeout:g} s: raise tts.wyoming.timeout, or use a faster voice"
            ) from None
        except OSError as error:
            raise self._error(f"broke off ({error.strerror or error}): see its log, then try again") from None
        finally:
            connection.close()

    def _ask(self, connection: socket.socket, text: str) -> Generator[Samples, None, None]:
        from wyoming.audio import AudioChunk, AudioStart, AudioStop
        from wyoming.error import Error
        from wyoming.event import write_event
        from wyoming.tts import Synthesize, SynthesizeVoice

        options = self._options
        wanted = options.voice or options.language
        voice = SynthesizeVoice(options.voice or None, options.language or None, options.speaker or None)
        request = Synthesize(text, voice if wanted else None, text_format="text")
        decoder: PcmDecoder | None = None
        deadline = Deadline(options.timeout)
        deadline.watch(connection)
        with deadline.waiting(), connection.makefile("wb") as pipe:
            write_event(request.event(), pipe)
        with connection.makefile("rb") as pipe:
            while (event := _next_event(pipe, deadline)) is not None:
                if AudioStart.is_type(event.type) or AudioChunk.is_type(event.type):
                    decoder = decoder or PcmDecoder(options.sample_rate, text, _format(event.data))
                    yield decoder.feed(event.payload or b"")
                elif AudioStop.is_type(event.type):
                    if decoder is not None:
                        yield decoder.finish()
                    return
                elif Error.is_type(event.type):
                    said = one_line(str(event.data.get("text", "")))
                    raise self._error(f"failed ({said}): see its log, or check tts.wyoming.voice")
        raise self._error("broke off, or speaks another protocol: see its log, or check tts.wyoming.address")

    def _error(self, what: str) -> SynthesisError:
        return SynthesisError(f"the wyoming server {self._options.address} {what}")


class _Reader:
    """As much of a pipe as read_event asks for, with bounds on a line and on a payload."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def readline(self) -> bytes:
        line = self._pipe.readline(_LINE_LIMIT)
        if len(line) >= _LINE_LIMIT:
            raise BadAudio("sent a line without an end: it speaks another protocol")
        return line

    def read(self, size: int) -> bytes:
        if size > _PAYLOAD_LIMIT:
            raise BadAudio(f"announced {size} bytes at once")
        return self._pipe.read(size)


def _next_event(pipe: BinaryIO, deadline: Deadline) -> Any:
    from wyoming.event import read_event

    reader: Any = _Reader(pipe)
    try:
        with deadline.waiting():
            event = read_event(reader)
        if event is None or isinstance(event.data, dict):
            return event
    except (AttributeError, KeyError, TypeError):  # what JSON can be besides an event
        pass
    raise BadAudio("sent JSON that is no event: it speaks another protocol")


def _format(data: dict[str, Any]) -> PcmFormat:
    rate, width, channels = (data.get(name) for name in ("rate", "width", "channels"))
    encoding = _WIDTHS.get(width) if isinstance(width, int) else None
    if encoding is None or not isinstance(rate, int) or not isinstance(channels, int):
        raise BadAudio(f"sent sound of a kind hark does not read ({width} bytes, {channels} x {rate} Hz)")
    return PcmFormat(rate, encoding, channels)


def make(request: SynthesizerRequest) -> WyomingSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return WyomingSynthesizer(read_options(WyomingOptions, "wyoming", request.options))
