"""Bytes of speech as they arrive from a server or a program -> samples at one rate.

WAV: RIFF chunks `fmt ` and `data` (Multimedia Programming Interface and Data Specifications 1.0); PCM and IEEE float.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from voice.resample import Resampler

if TYPE_CHECKING:
    from voice.types import Samples

Encoding = Literal["u8", "s16", "s24", "s32", "f32"]

_BYTES: dict[Encoding, int] = {"u8": 1, "s16": 2, "s24": 3, "s32": 4, "f32": 4}
_INTEGERS: dict[int, Encoding] = {8: "u8", 16: "s16", 24: "s24", 32: "s32"}
_RATES = range(4_000, 200_000)
_HEADER_LIMIT = 65_536
_LEAST = 0.02
"""Seconds of sound worth handing on; some servers send a few bytes at a time."""
# A header written before the sound is known says 0, or something near the largest number that fits.
_UNKNOWN_SIZE = 0x7FFF_0000
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b'{"', b"{\n", b'["')
_COMPRESSED = ("mpeg", "mp3", "ogg", "opus", "flac", "aac", "mp4", "webm")


class BadAudio(Exception):
    """What arrived is no speech that can be played. The message continues "the server ...": sent HTML, broke off."""


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """Sound without a header, little-endian. rate: Hz. channels: interleaved. Raises BadAudio for impossible ones."""

    rate: int
    encoding: Encoding = "s16"
    channels: int = 1

    def __post_init__(self) -> None:
        if self.rate not in _RATES or not 1 <= self.channels <= 8:
            raise BadAudio(f"sent sound of a kind hark does not read ({self.channels} x {self.rate} Hz)")

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return _BYTES[self.encoding] * self.channels


def longest(text: str) -> float:
    """Seconds of sound after which a server that speaks this text cannot be meant to go on."""
    return 10.0 + len(text)


class PcmDecoder:
    """Takes bytes of sound in any portions; gives float32 mono samples at `rate` Hz.

    text: what is spoken; no more sound than `longest` of it is taken.
    form: of sound without a header; None when only WAV will do. A WAV header is believed wherever the bytes begin
        with one, since servers send WAV when asked for PCM.
    content_type: of the HTTP response, which tells an error page from sound, and may hold the rate (audio/pcm;rate=).

    Both methods raise BadAudio.
    """

    def __init__(self, rate: int, text: str, form: PcmFormat | None = None, content_type: str = "") -> None:
        self._rate = rate
        self._most = longest(text)
        self._form = _with_rate(form, content_type)
        self._content_type = content_type
        self._buffer = bytearray()
        self._started = False
        self._left: int | None = None
        self._seconds = 0.0
        self._resampler: Resampler | None = None

    def feed(self, data: bytes) -> Samples:
        """Samples that are whole by now; may be none."""
        self._buffer += data
        if not self._started and not self._start(ended=False):
            return _none()
        return self._take(ended=False)

    def finish(self) -> Samples:
        """The last samples, once the server has sent everything."""
        import numpy as np

        if not self._started and not self._start(ended=True):
            raise BadAudio("sent no sound")
        samples = self._take(ended=True)
        if self._left or (self._left is None and self._buffer):
            raise BadAudio("broke off in the middle of the sound")
        assert self._resampler is not None
        return np.concatenate((samples, self._resampler.feed(_none(), last=True)))

    def _start(self, *, ended: bool) -> bool:
        """Whether the beginning is understood. Until then everything stays in the buffer."""
        if len(self._buffer) < 12 and not ended:
            return False
        if self._buffer[:4] == b"RIFF" and self._buffer[8:12] == b"WAVE":
            found = _parse_wav(self._buffer)
            if found is None:
                if ended or len(self._buffer) > _HEADER_LIMIT:
                    raise BadAudio("sent a WAV header without an end")
                return False
            self._form, begin, self._left = found
            del self._buffer[:begin]
        else:
            _reject_other(bytes(self._buffer[:12]), self._content_type)
            if self._form is None:
                raise BadAudio("sent something that is not WAV" if self._buffer else "sent no sound")
            if not self._buffer:
                return False
        assert self._form is not None
        self._resampler = Resampler(self._form.rate, self._rate, quality="HQ")
        self._started = True
        return True

    def _take(self, *, ended: bool) -> Samples:
        form, resampler = self._form, self._resampler
        assert form is not None
        assert resampler is not None
        available = len(self._buffer) if self._left is None else min(len(self._buffer), self._left)
        if not ended and available < form.frame * form.rate * _LEAST and available != self._left:
            return _none()
        whole = available - available % form.frame
        raw = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        if self._left is not None:
            self._left -= whole
            if self._left < form.frame:  # a padding byte, or chunks after the sound
                self._left = 0
                self._buffer.clear()
        self._seconds += whole / form.frame / form.rate
        if self._seconds > self._most:
            raise BadAudio(f"did not stop: it sent more than {self._most:.0f} s of sound")
        return resampler.feed(_samples(raw, form))


def _parse_wav(head: bytearray) -> tuple[PcmFormat, int, int | None] | None:
    """(format, where the sound begins, its bytes or None for all that comes); None when more bytes are needed."""
    form: PcmFormat | None = None
    at = 12
    while len(head) >= at + 8:
        name, size = bytes(head[at : at + 4]), struct.unpack_from("<I", head, at + 4)[0]
        at += 8
        if name == b"data":
            if form is None:
                raise BadAudio("sent a WAV header without a format")
            return form, at, None if size == 0 or size >= _UNKNOWN_SIZE else size
        if name == b"fmt ":
            if len(head) < at + min(size, 26):
                return None
            form = _wav_format(bytes(head[at : at + size]))
        at += size + size % 2
    return None


def _wav_format(chunk: bytes) -> PcmFormat:
    if len(chunk) < 16:
        raise BadAudio("sent a damaged WAV header")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == 0xFFFE and len(chunk) >= 26:  # WAVE_FORMAT_EXTENSIBLE: the real tag begins the sub-format's GUID
        tag = struct.unpack_from("<H", chunk, 24)[0]
    encoding = _INTEGERS.get(bits) if tag == 1 else "f32" if (tag, bits) == (3, 32) else None
    if encoding is None:
        raise BadAudio(f"sent WAV of a kind hark does not read (format {tag}, {bits} bits)")
    return PcmFormat(rate, encoding, channels)


def _reject_other(head: bytes, content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind.endswith(("json", "xml", "html")) or head.lower().startswith(_MARKUP):
        raise BadAudio(f"sent {kind or 'a page'} instead of sound")
    if any(name in kind for name in _COMPRESSED):
        raise BadAudio(f"sent {kind} instead of WAV or PCM")


def _with_rate(form: PcmFormat | None, content_type: str) -> PcmFormat | None:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.strip().lower().partition("=")
        if form and name == "rate" and value.isdecimal() and int(value) in _RATES:
            return PcmFormat(int(value), form.encoding, form.channels)
    return form


def _samples(raw: bytes, form: PcmFormat) -> Samples:
    import numpy as np

    values: Samples
    match form.encoding:
        case "u8":
            values = np.frombuffer(raw, np.uint8).astype(np.float32) / np.float32(2**7) - np.float32(1)
        case "s16":
            values = np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(2**15)
        case "s24":
            triples = np.frombuffer(raw, np.uint8).reshape(-1, 3)
            values = np.pad(triples, ((0, 0), (1, 0))).view("<i4").ravel().astype(np.float32) / np.float32(2**31)
        case "s32":
            values = np.frombuffer(raw, "<i4").astype(np.float32) / np.float32(2**31)
        case "f32":
            values = np.frombuffer(raw, "<f4").astype(np.float32)
    mixed: Samples = values.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    return mixed


def _none() -> Samples:
    import numpy as np

    return np.zeros(0, np.float32)
