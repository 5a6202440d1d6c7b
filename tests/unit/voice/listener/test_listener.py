"""The listener's threads: order, errors, closing, a watcher that stalls. Nothing here depends on how fast they run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.fakes.listening import LoudIsSpeech, ScriptedStream, ScriptedStreams, sound
from voice.endpoint import TurnDetector
from voice.errors import AudioError, RecognitionError
from voice.events import Endpoint, FinalHeard, Lagging, Level, PartialHeard, SpeechStarted
from voice.listener import Hearing, Listener
from voice.listener.outbox import Outbox
from voice.types import Partial, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from voice.events import ListenEvent, SourceEvent
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


def put(events: Iterable[ListenEvent], told: list[ListenEvent]) -> None:
    """Collect events one by one, so that those before an error are kept."""
    for event in events:
        told.append(event)


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
    source = Played(sound(0.5, 1.2), error=AudioError("the microphone is gone"))
    events = listener(source, ScriptedStreams("one two three four")).events()
    told: list[ListenEvent] = []

    with pytest.raises(AudioError, match="gone"):
        put(events, told)

    turn = [event for event in told if isinstance(event, SpeechStarted | Endpoint | FinalHeard)]
    assert [type(event) for event in turn] == [SpeechStarted, Endpoint, FinalHeard]
    assert isinstance(turn[-1], FinalHeard)
    assert turn[-1].utterance.text == "one two three four"
    assert source.closed.is_set()


def test_a_source_that_cannot_be_opened_raises() -> None:
    with pytest.raises(AudioError, match="no microphone"):
        list(listener(Played([], error=AudioError("no microphone")), ScriptedStreams()).events())


def test_a_recogniser_that_cannot_begin_ends_the_listening() -> None:
    class Broken(ScriptedStreams):
        def stream(self, *, hints: object = ()) -> object:  # type: ignore[override]
            raise RecognitionError("no model")

    source = Played(sound(0.5, 1.2, 2.0))

    with pytest.raises(RecognitionError, match="no model"):
        list(listener(source, Broken("x")).events())
    assert source.closed.is_set()


class Overloaded(ScriptedStreams):
    """Every pass fails, and every final if `finals`."""

    def __init__(self, *sentences: str, finals: bool) -> None:
        super().__init__(*sentences)
        self._finals = finals
        self.failed = threading.Event()

    def stream(self, *, hints: Sequence[str] = ()) -> ScriptedStream:
        made = super().stream(hints=hints)

        def fail(**_: object) -> NoReturn:
            self.failed.set()
            raise RecognitionError("the server answers 503")

        made.advance = fail  # type: ignore[method-assign]
        if self._finals:
            made.finish = fail  # type: ignore[method-assign]
        return made


def test_a_pass_that_fails_costs_its_partial_and_not_the_turn() -> None:
    recognizer = Overloaded("one two three four", "five six", finals=False)

    def spoken() -> Iterator[AudioChunk]:
        for chunk in sound(0.5, 1.2, 3.0, 0.8, 2.0):
            if chunk.start > 1.2:  # in the middle of the first turn
                recognizer.failed.wait(30.0)
            yield chunk

    events = list(listener(Played(spoken()), recognizer).events())

    assert recognizer.failed.is_set()
    assert not any(isinstance(event, PartialHeard) for event in events)
    finals = [event.utterance.text for event in events if isinstance(event, FinalHeard)]
    assert finals == ["one two three four", "five six"]


def test_a_final_that_fails_ends_the_listening() -> None:
    source = Played(sound(0.5, 1.2, 3.0))
    told: list[ListenEvent] = []

    with pytest.raises(RecognitionError, match="503"):
        put(listener(source, Overloaded("one two three four", finals=True)).events(), told)

    assert any(isinstance(event, Endpoint) for event in told)
    assert source.closed.is_set()


def test_closing_the_iterator_closes_the_source() -> None:
    source = Played(sound(0.5, 1.2, 600.0))
    events = listener(source, ScriptedStreams("one two three four")).events()
    assert next(events)

    events.close()

    assert source.closed.is_set()


def test_close_from_another_thread_ends_the_events() -> None:
    def endless() -> Iterator[AudioChunk]:
        yield from sound(0.5)
        # only closing the source ends the wait
        source.closed.wait(60.0)

    source = Played(endless())
    ears = listener(source, ScriptedStreams())
    begun = threading.Event()

    def watch() -> None:
        for _ in ears.events():
            begun.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert begun.wait(30.0)

    ears.close()
    watcher.join(5.0)

    assert source.closed.is_set()
    assert not watcher.is_alive()


def test_a_watcher_that_stalls_stops_the_source_and_not_the_memory() -> None:
    utterances = 120
    source = Played(sound(*([3.0, 0.3] * utterances), 3.0, chunk=0.1))
    ears = listener(source, ScriptedStreams(*["a b"] * utterances))
    events = ears.events()
    next(events)

    # the watcher sleeps: what is made fills the outbox, and then nothing more is taken in
    with ears._changed:
        assert ears._changed.wait_for(lambda: len(ears._outbox) >= 256 or ears._source_ended, 30.0)
        taken = source.taken
    ears._threads[0].join(0.5)
    assert source.taken <= taken + 1
    assert len(ears._outbox) < 270

    finals = sum(isinstance(event, FinalHeard) for event in events)
    assert finals == utterances


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
