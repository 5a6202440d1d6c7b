"""The microphone as a LiveSource: the device's own rate and channels in, 16 kHz mono out, losses and outages told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.clock import Clock, SystemClock
from voice.devices import Device, SoundStream, SoundSystem, choose
from voice.errors import AudioError
from voice.events import DeviceFound, DeviceLost, SamplesLost
from voice.resample import Resampler
from voice.ring import Ring
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.events import SourceEvent
    from voice.types import Samples


@dataclass(frozen=True, slots=True)
class MicrophoneOptions:
    """Durations in seconds.

    chunk: length of the chunks yielded. latency: asked of the device; more stands a slower machine.
    buffer: sound kept while nobody takes it; what comes after that is lost, and told.
    stall: without a block for so long, the device counts as lost; `first` is the same for its first block.
    retry: between two looks for a lost device.
    """

    chunk: float = 0.032
    latency: float = 0.08
    buffer: float = 10.0
    stall: float = 1.0
    first: float = 3.0
    retry: float = 0.5


class Microphone:
    """A LiveSource that records.

    device: a name, a part of one, or a number of `hark devices`; None is the system's default. A device that is named
        is waited for when it goes away; the default is followed.
    system: PortAudio unless given.

    One thread iterates `listen`; the device's thread only copies into a ring. A microphone listens once.
    """

    def __init__(
        self,
        device: str | None = None,
        *,
        options: MicrophoneOptions | None = None,
        system: SoundSystem | None = None,
        clock: Clock | None = None,
    ) -> None:
        if system is None:
            from voice.portaudio import system as portaudio

            system = portaudio()
        self.name = device or "default microphone"
        self._wanted = device
        self._options = options or MicrophoneOptions()
        self._system = system
        self._clock = clock or SystemClock()
        self._closed = False
        self._heard = 0  # samples at 16 kHz since the beginning, those lost included
        self._lost = 0.0
        self._began = 0.0

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """Yield 16 kHz mono chunks of `options.chunk` seconds and what happens to the device.

        The first item is the DeviceFound of the microphone that was opened. Samples are finite, in [-1, 1] and
        without DC offset. Raises AudioError when it cannot be opened; later outages are events.
        """
        # devices that were plugged in since the program began
        self._system.refresh(unused_only=True)
        recording = self._open()
        self._began = self._clock.now()
        try:
            yield self._found(recording)
            while not self._closed:
                yield from self._take(recording)
                if (outage := recording.outage()) is None:
                    self._clock.sleep(self._options.chunk / 2)
                    continue
                recording.close()
                if not recording.closed_by_refresh:
                    yield DeviceLost(self._seconds, outage)
                reopened = self._reopen(recording)
                if reopened is None:
                    return
                interrupted, recording = recording.closed_by_refresh, reopened
                gap = self._catch_up()
                if interrupted:
                    self._lost += gap
                    yield SamplesLost(self._seconds, gap, self._lost)
                else:
                    yield self._found(recording)
        finally:
            recording.close()

    def close(self) -> None:
        """Stop: `listen` ends within one chunk."""
        self._closed = True

    @property
    def _seconds(self) -> float:
        return self._heard / ASR_SAMPLE_RATE

    def _catch_up(self) -> float:
        """Let the time of the chunks jump to that of the clock; the seconds it jumped."""
        now = round((self._clock.now() - self._began) * ASR_SAMPLE_RATE)
        gap = max(0, now - self._heard)
        self._heard += gap
        return gap / ASR_SAMPLE_RATE

    def _found(self, recording: _Recording) -> DeviceFound:
        self.name = recording.device.name
        return DeviceFound(self._seconds, self.name)

    def _take(self, recording: _Recording) -> Iterator[AudioChunk | SourceEvent]:
        """Everything that has been recorded so far."""
        while True:
            lost, chunks, more = recording.read()
            if lost:
                self._heard += round(lost * ASR_SAMPLE_RATE)
                self._lost += lost
                yield SamplesLost(self._seconds, lost, self._lost)
            for samples in chunks:
                start = self._seconds
                self._heard += len(samples)
                yield AudioChunk(samples, ASR_SAMPLE_RATE, start)
            if unusable := recording.unusable():
                self._lost += unusable
                yield SamplesLost(self._seconds, unusable, self._lost)
            if not more or self._closed:
                return

    def _open(self) -> _Recording:
        device = choose(self._system.devices(), self._wanted, "input")
        return _Recording(self._system, device, self._options, self._clock)

    def _reopen(self, lost: _Recording) -> _Recording | None:
        """Wait for a microphone; None when closed meanwhile."""
        anew = lost.closed_by_refresh
        while not self._closed:
            try:
                if anew or self._system.refresh():
                    return self._open()
            except AudioError:
                # it is told already that the device is away
                pass
            anew = False
            self._clock.sleep(self._options.retry)
        return None


class _Recording:
    """One device, open: what its thread writes, made into chunks."""

    def __init__(self, system: SoundSystem, device: Device, options: MicrophoneOptions, clock: Clock) -> None:
        self.device = device
        self._options = options
        self._clock = clock
        self._ring: Ring | None = None
        self._stream: SoundStream = system.open_input(device, self._copy, latency=options.latency)
        rate = self._stream.sample_rate
        self._ring = Ring(round(options.buffer * rate), self._stream.channels)
        self._resampler = Resampler(rate, ASR_SAMPLE_RATE)
        self._offset = _OffsetRemover(rate)
        self._block = max(1, round(options.chunk * rate))
        self._chunk = round(options.chunk * ASR_SAMPLE_RATE)
        self._pending: list[Samples] = []
        self._held = 0
        self._bad = 0
        self._seen = 0
        self._last_sound = clock.now()
        self._stream.start()

    def _copy(self, block: Samples, overflow: bool) -> None:
        if self._ring is not None:
            if overflow:
                # PortAudio does not say how much it lost: a block is the least
                self._ring.lose(len(block))
            self._ring.write(block)

    def read(self) -> tuple[float, list[Samples], bool]:
        """Seconds lost just before, the chunks that are complete, and whether more is waiting."""
        import numpy as np

        assert self._ring is not None
        frames, lost = self._ring.read(self._block)
        if not len(frames):
            return lost / self._stream.sample_rate, [], False
        if not np.isfinite(frames).all():
            finite = np.isfinite(frames)
            self._bad += int(np.count_nonzero(~finite.all(axis=1)))
            frames = np.where(finite, frames, np.float32(0))
        mono = frames.clip(-1.0, 1.0).mean(axis=1, dtype=np.float32)
        ready = self._resampler.feed(self._offset.feed(mono))
        self._pending.append(ready)
        self._held += len(ready)
        chunks: list[Samples] = []
        if self._held >= self._chunk:
            joined = np.concatenate(self._pending).clip(-1.0, 1.0)
            whole = self._held - self._held % self._chunk
            chunks = [joined[at : at + self._chunk] for at in range(0, whole, self._chunk)]
            self._pending, self._held = [joined[whole:]], self._held - whole
        return lost / self._stream.sample_rate, chunks, len(self._ring) > 0

    def unusable(self) -> float:
        """Seconds of samples that were no numbers and became silence, since the last call."""
        bad, self._bad = self._bad, 0
        return bad / self._stream.sample_rate

    def outage(self) -> str | None:
        """Why nothing more comes, or None while all is well."""
        assert self._ring is not None
        now = self._clock.now()
        if self._ring.written != self._seen:
            self._seen = self._ring.written
            self._last_sound = now
        if not self._stream.active:
            return f"the microphone '{self.device.name}' went away"
        if now - self._last_sound > (self._options.stall if self._seen else self._options.first):
            return f"the microphone '{self.device.name}' no longer sends sound"
        return None

    @property
    def closed_by_refresh(self) -> bool:
        """Whether somebody else had devices looked for anew, which closes every stream."""
        return self._stream.closed_by_refresh

    def close(self) -> None:
        """Give the device back."""
        self._stream.close()


class _OffsetRemover:
    """Takes the DC offset of cheap converters away: the mean over about half a second, moved without a step."""

    def __init__(self, rate: int, *, seconds: float = 0.5) -> None:
        self._span = rate * seconds
        self._mean: float | None = None

    def feed(self, samples: Samples) -> Samples:
        import numpy as np

        mean = float(samples.mean())
        before = mean if self._mean is None else self._mean
        after = before + (mean - before) * min(1.0, len(samples) / self._span)
        self._mean = after
        ramp = np.arange(len(samples), dtype=np.float32) * np.float32((after - before) / len(samples))
        return samples - (ramp + np.float32(before))
