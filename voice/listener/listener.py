"""Listening for real: one thread takes the sound in, one recognises, the caller gets the events."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from voice.errors import RecognitionError
from voice.listener.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from voice.events import ListenEvent, SourceEvent
    from voice.listener.hearing import Hearing, Job
    from voice.ports import LiveSource
    from voice.types import AudioChunk, Partial, Utterance

# Seconds. New sound wakes the recogniser; a pass that only waits for its time to come is found so much later at most.
_NAP = 0.02
# Seconds that closing waits for a pass that is being computed.
_PATIENCE = 5.0


class Listener:
    """Hears one source from its beginning to its end, or until it is closed. Used once, and its hearing with it.

    clock: seconds; only differences of it are looked at.
    """

    def __init__(
        self,
        source: LiveSource,
        hearing: Hearing,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._hearing = hearing
        self._clock = clock
        self._outbox = Outbox()
        self._changed = threading.Condition()
        self._source_ended = False
        self._finished = False
        self._closed = False
        self._error: BaseException | None = None
        self._source_error: Exception | None = None
        self._threads: list[threading.Thread] = []

    def events(self) -> Generator[ListenEvent, None, None]:
        """Everything that happens, in order; blocks between. Closing the iterator closes the listener.

        Raises AudioError when the source cannot be opened or read, after the turn that it cut off was told;
        RecognitionError when a final fails. A pass that fails costs its partial only.
        """
        for name, work in (("hark-hearing", self._hear), ("hark-recognising", self._recognise)):
            thread = threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)
        try:
            while (event := self._next()) is not None:
                yield event
        finally:
            self.close()

    def press(self) -> None:
        """Push-to-talk: the key goes down. From any thread."""
        with self._changed:
            self._tell(self._hearing.press(self._clock()))

    def release(self) -> None:
        """Push-to-talk: the key goes up. From any thread."""
        with self._changed:
            self._tell(self._hearing.release(self._clock()))

    def close(self) -> None:
        """Stop: the source is closed, what is being computed is waited for. From any thread, and twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._source.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=_PATIENCE)

    def _next(self) -> ListenEvent | None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._outbox) or self._finished or self._closed)
            if self._closed and not self._error:
                return None
            if len(self._outbox):
                self._changed.notify_all()
                return self._outbox.get()
            if error := self._error or self._source_error:
                raise error
            return None

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        # Whatever ends one thread must end the other and reach the caller, who waits for events.
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._closed = True
                self._changed.notify_all()
            self._source.close()

    def _hear(self) -> None:
        with contextlib.closing(self._source):
            for item in self._items():
                with self._changed:
                    self._changed.wait_for(self._may_take_more)
                    if self._closed:
                        return
                    self._tell(self._hearing.take(item, self._clock()))
        with self._changed:
            self._source_ended = True
            self._tell(self._hearing.ended(self._clock()))

    def _items(self) -> Iterator[AudioChunk | SourceEvent]:
        """What the source yields, to its end or its failure."""
        try:
            yield from self._source.listen()
        # What was said before is still to be recognised, so the failure waits until that is told.
        except Exception as error:
            self._source_error = error

    def _recognise(self) -> None:
        while (job := self._next_job()) is not None:
            result = _outcome(job)
            with self._changed:
                self._tell(self._hearing.done(job, result, self._clock()))
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def _next_job(self) -> Job | None:
        """The next job, once there is one; None when there will be none."""
        with self._changed:
            while not self._closed:
                if self._outbox.has_room and (job := self._hearing.job(self._clock())):
                    return job
                if self._source_ended and self._hearing.idle:
                    return None
                # nothing falls due while nobody speaks, and what begins then is told
                self._changed.wait(None if self._hearing.idle else _NAP)
            return None

    def _may_take_more(self) -> bool:
        return self._closed or (self._outbox.has_room and not self._hearing.backlogged)

    def _tell(self, events: Iterable[ListenEvent]) -> None:
        """Hand events over. Sound of silence that brings none wakes nobody."""
        told = False
        for event in events:
            self._outbox.put(event)
            told = True
        if told or self._source_ended or not self._hearing.idle:
            self._changed.notify_all()


def _outcome(job: Job) -> Partial | Utterance | None:
    """What a job brings. A pass that fails brings nothing: the next one, or the final, hears the same sound."""
    try:
        return job.run()
    except RecognitionError:
        if job.kind == "final":
            raise
        return None
