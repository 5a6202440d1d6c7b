"""The listener's threads: order, errors, closing, a watcher that stalls. Nothing here depends on how fast they run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.fakes.listening import LoudIsSpeech, ScriptedStreams, sound
from voice.endpoint import TurnDetector
from voice.errors import AudioError, RecognitionError
from voice.events import Endpoint, FinalHeard, Lagging, Level, PartialHeard, SpeechStarted
from voice.listener import Hearing, Listener
from voice.listener.outbox import Outbox
from voice.types import Partial, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voice.events import SourceEvent
    from voice.types import AudioChunk


class Played:
    """A LiveSource that yields what it is given; `closed` tells that the listener let go of it."""

    name = "played"

    def __init__(self, items: Iterable[AudioChunk | SourceEvent], error: Exception | None = None) -> None:
        self.closed = threading.Event()
        self.taken = 0
        self._items = items
        self._error = error

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        for item in self._items:
            if self.closed.is_set():
                return
            self.taken += 1
            yield item
        if self._error:
            raise self._error

    def close(self) -> None:
        self.closed.set()


def listener(source: Played, recognizer: ScriptedStreams) -> Listener:
    return Listener(source, Hearing(TurnDetector(LoudIsSpeech()), recognizer))


def test_every_turn_of_the_source_is_told_in_order() -> None:
    source = Played(sound(0.5, 1.2, 3.0, 1.2, 2.0))

    events = list(listener(source, ScriptedStreams("one two three four", "five six seven eight")).events())

    milestones = [event for event in events if isinstance(event, SpeechStarted | Endpoint | FinalHeard)]
    assert [type(event) for event in milestones if not isinstance(event, FinalHeard)] == [
        SpeechStarted,
        Endpoint,
        SpeechStarted,
        Endpoint,
    ]
    finals = [event.utterance.text for event in milestones if isinstance(event, FinalHeard)]
    assert finals == ["one two three four", "five six seven eight"]
    assert milestones.index(next(e for e in milestones if isinstance(e, FinalHeard))) > 1
    assert source.closed.is_set()


def test_a_source_that_fails_raises_after_what_it_gave_was_told() -> None:
    source = Played(sound(0.5), error=AudioError("the microphone is gone"))

    with pytest.raises(AudioError, match="gone"):
        list(listener(source, ScriptedStreams()).events())


def test_a_recogniser_that_fails_ends_the_listening() -> None:
    class Broken(ScriptedStreams):
        def stream(self, *, hints: object = ()) -> object:  # type: ignore[override]
            raise RecognitionError("no model")

    source = Played(sound(0.5, 1.2, 2.0))

    with pytest.raises(RecognitionError, match="no model"):
        list(listener(source, Broken("x")).events())
    assert source.closed.is_set()


def test_closing_the_iterator_closes_the_source() -> None:
    source = Played(sound(0.5, 1.2, 600.0))
    events = listener(source, ScriptedStreams("one two three four")).events()
    assert next(events)

    events.close()

    assert source.closed.is_set()


def test_close_from_another_thread_ends_the_events() -> None:
    gate = threading.Event()

    def endless() -> Iterator[AudioChunk]:
        yield from sound(0.5)
        gate.wait(30.0)

    source = Played(endless())
    ears = listener(source, ScriptedStreams())
    seen: list[object] = []
    watcher = threading.Thread(target=lambda: seen.extend(ears.events()))
    watcher.start()

    gate.set()
    ears.close()
    watcher.join(30.0)

    assert not watcher.is_alive()


def test_a_watcher_that_stalls_stops_the_source_and_not_the_memory() -> None:
    utterances = 400
    source = Played(sound(*([0.5, 0.3] * utterances), 2.0, chunk=0.1))
    ears = listener(source, ScriptedStreams(*["a b"] * utterances))
    events = ears.events()
    next(events)

    for thread in ears._threads:
        thread.join(0.2)  # the watcher sleeps: the threads run into the limit and wait
    assert len(ears._outbox) < 300
    told = sum(isinstance(event, FinalHeard) for event in events)

    assert told >= 1


def test_the_outbox_keeps_the_newest_of_what_only_the_newest_matters_of() -> None:
    outbox = Outbox()
    word = (Word("a", 0, 1),)
    for event in (
        Level(0.1, -20, -10),
        PartialHeard(Partial(()), 0.0),
        Level(0.2, -21, -10),
        PartialHeard(Partial(word), 0.0),
        Lagging(0.2, 3.0),
        Endpoint(0.3, 0.4, "silence"),
        Level(0.4, -22, -10),
    ):
        outbox.put(event)

    told = [outbox.get() for _ in range(len(outbox))]

    assert told == [
        Level(0.2, -21, -10),
        PartialHeard(Partial(word), 0.0),
        Lagging(0.2, 3.0),
        Endpoint(0.3, 0.4, "silence"),
        Level(0.4, -22, -10),
    ]
