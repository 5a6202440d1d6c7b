"""The speaker as an AudioSink: gapless, stopped within a moment, and knowing which words have been heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.clock import Clock, SystemClock
from voice.devices import Device, SoundStream, SoundSystem, choose
from voice.errors import AudioError
from voice.events import SpeakerEvent, SpeakerFound, SpeakerLost
from voice.resample import Resampler, resample
from voice.speak.cue import cue_sound
from voice.speak.heard import Heard, SpokenLog
from voice.speak.playout import Playout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    from voice.types import Samples, SpeechClip

_NAP = 0.005
"""Seconds between two looks at what the device's thread has done."""
_KEPT = 20
"""Accounts of what was stopped, for those who still wait for them."""


@dataclass(frozen=True, slots=True)
class PlayerOptions:
    """Durations in seconds.

    volume: 1.0 leaves the voice as loud as it was made; 0.0 is silence, more may clip.
    latency: asked of the device; less stops sooner, more stands a slower machine. fade: of stops and pauses.
    buffer: speech held ready; writing waits while it is full.
    stall: a device that has not asked for sound for so long counts as lost. retry: between two looks for a new one.
    """

    volume: float = 1.0
    latency: float = 0.08
    fade: float = 0.01
    buffer: float = 10.0
    stall: float = 1.0
    retry: float = 5.0


class Player:
    """An AudioSink that plays. Its methods may be called from any thread; `write` and `drain` wait.

    device: a name, a part of one, or a number of `hark devices`; None is the system's default, which is also taken
        when the named one goes away.
    tell: called with what happens to the device, by the thread that is waiting in the player then. Without any
        device, speech is passed over in silence, so that nothing waits for it.
    """

    def __init__(
        self,
        device: str | None = None,
        *,
        options: PlayerOptions | None = None,
        system: SoundSystem | None = None,
        clock: Clock | None = None,
        tell: Callable[[SpeakerEvent], None] = lambda _: None,
    ) -> None:
        if system is None:
            from voice.portaudio import system as portaudio

            system = portaudio()
        self._wanted = device
        self._options = options or PlayerOptions()
        self._system = system
        self._clock = clock or SystemClock()
        self._tell = tell
        self._stream: SoundStream | None = None
        self._playout: Playout | None = None
        self._log = SpokenLog()
        self._device_name = ""
        self._lost_at: float | None = None
        self._before = 0.0  # seconds of speech played on devices before this one
        self._base = 0  # the playout's frame at which the log begins
        self._underruns = 0
        self._volume = self._options.volume
        self._held = False
        self._generation = 0
        self._accounts: deque[tuple[int, Heard]] = deque(maxlen=_KEPT)
        self._resampler: tuple[int, int, Resampler] | None = None
        # one writes and one stops at a time; the third guards the device, and is never held while waiting
        self._writing = threading.Lock()
        self._stopping = threading.RLock()
        self._lock = threading.RLock()

    @property
    def volume(self) -> float:
        """See PlayerOptions."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = volume
        if self._playout:
            self._playout.volume = volume

    @property
    def underruns(self) -> int:
        """How often the speaker ran dry in the middle of a sentence."""
        return self._underruns + (self._playout.underruns if self._playout else 0)

    @property
    def speaking(self) -> bool:
        """Whether speech comes out of the speaker now; the silence between two sentences of an answer may count."""
        playout, stream = self._playout, self._stream
        if playout is None or stream is None:
            return False
        return playout.sounding or (playout.played > 0 and self._clock.now() < playout.filled_at + stream.latency)

    @property
    def silent(self) -> bool:
        """Whether there is no device to speak on."""
        return self._lost_at is not None

    def open(self) -> None:
        """Open the device now, so that the first clip finds it ready. Tells when there is none."""
        with self._lock:
            self._ready()

    def write(self, clip: SpeechClip) -> None:
        """Queue a clip; waits while the queue is full. Returns early, the clip dropped, when `stop` is called."""
        self._write(clip, self._generation)

    def speak(self, clips: Iterable[SpeechClip]) -> Heard:
        """Play clips as they are made, wait until all have been heard, and say how much it was.

        `stop` ends it, and nothing more is taken of `clips`; a generator is closed.
        """
        generation = self._generation
        try:
            for clip in clips:
                self._write(clip, generation)
                if self._generation != generation:
                    break
            return self._drain(generation)
        finally:
            if isinstance(clips, Generator):
                clips.close()

    def _write(self, clip: SpeechClip, generation: int) -> None:
        with self._writing:
            pieces = self._prepare(clip, generation)
            while pieces and self._generation == generation:
                with self._lock:
                    if self._generation != generation or not self._tend():
                        return
                    while pieces and self._playout and self._playout.ring.room >= len(pieces[0]):
                        self._playout.ring.write(pieces.pop(0)[:, None])
                if pieces:
                    self._clock.sleep(_NAP)
            if self._playout and self._generation == generation:
                self._playout.expecting = not clip.last

    def drain(self) -> Heard:
        """Wait until all that was written has been heard (or `stop`), say how much it was, and begin a new account."""
        return self._drain(self._generation)

    def _drain(self, generation: int) -> Heard:
        while self._generation == generation:
            with self._lock:
                if self._generation == generation and (not self._tend() or not (self._busy() or self.speaking)):
                    return self._settle()
            self._clock.sleep(_NAP)
        with self._stopping:
            return next((heard for stopped, heard in self._accounts if stopped == generation), Heard(complete=False))

    def stop(self) -> Heard:
        """Fade out, forget the rest, say what was heard, and begin a new account. Takes a few hundredths of a second.

        Ends every `write` and `drain` that waits. Where nothing was written yet, nothing was heard, and not all of it.
        """
        with self._stopping:
            with self._lock:
                generation, self._generation = self._generation, self._generation + 1
                playout = self._playout
                if playout:
                    playout.stop()
            until = self._clock.now() + 0.1
            while playout and playout.stopping and self._clock.now() < until:
                self._clock.sleep(_NAP)
            with self._lock:
                if playout and playout.stopping:
                    # the device no longer asks for sound
                    self._close_stream()
                self._resampler = None
                self.resume()
                heard = self._settle(leaving=True) if self._log.end else Heard(complete=False)
                self._accounts.append((generation, heard))
                return heard

    def pause(self) -> None:
        """Fade out and wait in the middle; `resume` goes on where it was."""
        self._hold(True)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._hold(False)

    def heard(self) -> Heard:
        """What has been heard so far, to about a word."""
        with self._lock:
            return self._log.heard(self._position())

    def cue(self) -> None:
        """Play the short sound that says: your turn was heard. Returns at once."""
        with self._lock:
            if self._ready() and self._playout:
                self._playout.cue(cue_sound(self._playout.rate))

    def play(self, samples: Samples, sample_rate: int) -> None:
        """Play a signal of no words (mono) at once, over whatever is playing."""
        with self._lock:
            if self._ready() and self._playout:
                self._playout.cue(resample(samples, sample_rate, self._playout.rate))

    def close(self) -> None:
        """Play everything out, also what a pause holds back, then give the device back."""
        self.resume()
        self.drain()
        self.abort()

    def abort(self) -> None:
        """Give the device back at once."""
        self.stop()
        with self._lock:
            self._close_stream()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _prepare(self, clip: SpeechClip, generation: int) -> list[Samples]:
        """The clip at the device's rate, cut to what the queue takes, and noted in the log."""
        with self._lock:
            if self._generation != generation:
                return []
            if not self._ready():
                self._log.add(clip.text, clip.samples, clip.sample_rate, last=clip.last, broken=clip.broken)
                return []
            playout = self._playout
            assert playout
            if self._resampler is None or self._resampler[:2] != (clip.sample_rate, playout.rate):
                self._resampler = (
                    clip.sample_rate,
                    playout.rate,
                    Resampler(clip.sample_rate, playout.rate, quality="HQ"),
                )
            samples = self._resampler[2].feed(clip.samples, last=clip.last)
            if clip.last:
                self._resampler = None
            self._log.add(clip.text, samples, playout.rate, last=clip.last, broken=clip.broken)
            playout.expecting = False
            size = max(1, playout.ring.capacity // 4)
            return [samples[at : at + size] for at in range(0, len(samples), size)]

    def _ready(self) -> bool:
        """Whether a device is open; opens one, but looks for a lost one only between answers, and now and then."""
        if self._stream:
            return self._tend()
        if self._lost_at is not None and (self._log.end or self._clock.now() - self._lost_at < self._options.retry):
            return False
        return self._open(anew=self._lost_at is not None)

    def _tend(self) -> bool:
        """Look after the device: whether there is one, if need be a new one."""
        stream, playout = self._stream, self._playout
        if stream is None or playout is None:
            return False
        stalled = self._clock.now() - playout.called_at > self._options.stall
        if stream.active and not stalled:
            return True
        stream.close()
        if stream.closed_by_refresh:
            return self._open(anew=False)
        self._tell(SpeakerLost(f"the speaker '{self._device_name}' went away"))
        return self._open(anew=True)

    def _open(self, *, anew: bool) -> bool:
        """Open the device, and take over what the one before has not played."""
        before, name = self._playout, self._device_name
        try:
            if anew and not self._system.refresh():
                raise AudioError("the sound system is in use")
            device = self._choose()
            self._start(device, before)
        except AudioError as error:
            if self._lost_at is None:
                self._tell(SpeakerLost(f"{error}; the answer is shown, not spoken"))
            self._lost_at = self._clock.now()
            self._close_stream()
            return False
        if self._lost_at is not None or (before is not None and name != device.name) or anew:
            self._tell(SpeakerFound(device.name))
        self._lost_at = None
        return True

    def _choose(self) -> Device:
        found = self._system.devices()
        try:
            return choose(found, self._wanted, "output")
        except AudioError:
            if self._playout is None and self._lost_at is None:
                raise
            # the one that was named is gone: better heard from the system's own than not at all
            return choose(found, None, "output")

    def _start(self, device: Device, before: Playout | None) -> None:
        opened: list[Playout] = []

        def fill(block: Samples, underflow: bool) -> None:
            if opened:
                opened[0].fill(block, underflow)
            else:
                block.fill(0.0)

        stream = self._system.open_output(device, fill, latency=self._options.latency, busy=self._busy)
        options = self._options
        playout = Playout(stream.sample_rate, capacity=options.buffer, fade=options.fade, clock=self._clock)
        playout.volume = self._volume
        playout.hold(self._held)
        if before:
            self._before += (before.played - self._base) / before.rate
            self._underruns += before.underruns
            rest, _ = before.ring.read(before.ring.capacity)
            playout.ring.write(resample(rest[:, 0], before.rate, playout.rate)[: playout.ring.capacity, None])
            playout.expecting = before.expecting
        self._base = 0
        self._stream, self._playout, self._device_name = stream, playout, device.name
        opened.append(playout)
        stream.start()

    def _close_stream(self) -> None:
        if self._stream:
            self._stream.close()
        if self._playout:
            self._underruns += self._playout.underruns
            self._before += (self._playout.played - self._base) / self._playout.rate
        self._stream = self._playout = None
        self._base = 0

    def _busy(self) -> bool:
        """Whether something is queued or playing; a pause counts, because it may end at any time."""
        playout = self._playout
        return playout is not None and (len(playout.ring) > 0 or playout.cueing)

    def _hold(self, held: bool) -> None:
        with self._lock:
            self._held = held
            if self._playout:
                self._playout.hold(held)

    def _position(self, *, leaving: bool = False) -> float:
        """Seconds of the log that have been heard. leaving: what the device holds is counted as heard."""
        playout, stream = self._playout, self._stream
        if playout is None or stream is None:
            return self._before
        played = self._before + (playout.played - self._base) / playout.rate
        if leaving:
            return played
        return max(0.0, played - max(0.0, playout.filled_at + stream.latency - self._clock.now()))

    def _settle(self, *, leaving: bool = False) -> Heard:
        """End the account: what was heard."""
        heard = self._log.heard(self._position(leaving=leaving))
        self._log.clear()
        self._before = 0.0
        self._base = self._playout.played if self._playout else 0
        return heard
