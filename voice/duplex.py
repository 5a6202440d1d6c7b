"""Not hearing oneself: the microphone is closed while the speaker speaks, or stays open where that does no harm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from voice.clock import Clock, SystemClock
from voice.types import AudioChunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice.events import SourceEvent
    from voice.ports import LiveSource

DuplexMode = Literal["gated", "open"]


@dataclass(frozen=True, slots=True)
class DuplexOptions:
    """How microphone and speaker get along.

    mode: gated drops what the microphone hears while hark speaks, so a key interrupts; open lets it through, for
        headphones and echo cancellation, and the voice interrupts.
    hold_off: seconds after the last word in which the room still rings and the microphone's own delay passes.
    """

    mode: DuplexMode = "gated"
    hold_off: float = 0.3


class DuplexSource:
    """A LiveSource that hears nothing of what hark says.

    speaking: whether sound comes out of the speaker now (Player.speaking). In gated mode its chunks are dropped then
    and for the hold-off; the starts of those after jump, as they do after lost samples. Events always pass.
    """

    def __init__(
        self,
        source: LiveSource,
        speaking: Callable[[], bool],
        options: DuplexOptions | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.name = source.name
        self._source = source
        self._speaking = speaking
        self._options = options or DuplexOptions()
        self._clock = clock or SystemClock()

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """Yield what the source does, less what hark says itself. Raises AudioError as the source does."""
        if self._options.mode == "open":
            yield from self._source.listen()
            return
        spoke = -math.inf
        for item in self._source.listen():
            now = self._clock.now()
            if self._speaking():
                spoke = now
            if not isinstance(item, AudioChunk) or now - spoke >= self._options.hold_off:
                yield item

    def close(self) -> None:
        """Stop the source."""
        self._source.close()
