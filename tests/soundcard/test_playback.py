"""The speaker, recorded from a real sound server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.sounds import tone
from tests.soundcard.card import RATE, SoundCard
from voice.duplex import DuplexMode, DuplexOptions, DuplexSource
from voice.echo import measure_echo
from voice.events import SpeakerEvent, SpeakerFound, SpeakerLost
from voice.microphone import Microphone
from voice.resample import resample
from voice.speak.playback import Player
from voice.types import AudioChunk, SpeechClip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.speak.heard import Heard
    from voice.types import Samples, Word

SENTENCES = [
    "The town founded by the designer of the Brooklyn Bridge was Saxonburg, in Pennsylvania.",
    "Robert Schumann wrote it, and his wife was the pianist Clara Schumann.",
    "The observatory where Pluto was discovered was founded by Percival Lowell.",
]


@pytest.fixture
def told() -> list[SpeakerEvent]:
    """What the player tells."""
    return []


@pytest.fixture
def player(card: SoundCard, told: list[SpeakerEvent]) -> Iterator[Player]:
    """A player on the default speaker, already open."""
    player = Player(tell=told.append)
    player.open()
    yield player
    player.abort()


@pytest.fixture(scope="session")
def spoken() -> list[SpeechClip]:
    """The sentences, in hark's own voice."""
    from voice.speak.hibari import HibariSynthesizer

    return list(HibariSynthesizer().stream(SENTENCES))


class Speaking:
    """A player speaking in a thread."""

    def __init__(self, player: Player, clips: list[SpeechClip]) -> None:
        self.result: list[Heard] = []
        self._thread = threading.Thread(target=lambda: self.result.append(player.speak(clips)))
        self._thread.start()

    def end(self) -> Heard:
        """Wait for it."""
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()
        return self.result[0]


def test_what_is_played_is_what_is_heard(card: SoundCard, player: Player, told: list[SpeakerEvent]) -> None:
    recording = card.record()
    whole = tone(3.0, rate=24_000, hertz=500.0)
    heard = player.speak([SpeechClip(whole[at : at + 5_000], 24_000, str(at)) for at in range(0, 72_000, 5_000)])
    time.sleep(0.3)
    recording.stop()
    loud = np.flatnonzero(np.abs(recording.samples) > 0.01)
    played = recording.samples[loud[0] : loud[-1] + 1]
    assert heard.complete
    assert len(played) / RATE == pytest.approx(3.0, abs=0.05)
    # one pure tone from beginning to end: a gap or a repeat would spread it over the spectrum
    spectrum = np.abs(np.fft.rfft(played * np.hanning(len(played)))) ** 2
    line = np.argmax(spectrum)
    assert line / len(played) * RATE == pytest.approx(500.0, abs=1.0)
    assert spectrum[line - 5 : line + 6].sum() > 0.999 * spectrum.sum()
    assert (player.underruns, told) == (0, [])


def test_ten_sentences_play_without_a_gap_while_they_are_made(card: SoundCard, player: Player) -> None:
    from voice.speak.clips import prompt
    from voice.speak.hibari import HibariSynthesizer

    made: list[SpeechClip] = []

    def clips() -> Iterator[SpeechClip]:
        for clip in prompt(HibariSynthesizer().stream(SENTENCES * 4)):
            made.append(clip)
            yield clip
            if len(made) == 10:
                return

    recording = card.record()
    heard = player.speak(clips())
    time.sleep(0.3)
    recording.stop()

    loud = np.flatnonzero(np.abs(recording.samples) > 0.003)
    played = (loud[-1] - loud[0]) / RATE
    last = made[-1]
    silence_after = 1 - np.flatnonzero(np.abs(last.samples) > 0.003)[-1] / len(last.samples)
    whole = sum(clip.duration for clip in made) - silence_after * last.duration - 0.03
    assert heard.complete
    assert player.underruns == 0
    # a speaker that runs dry takes longer than its speech is
    assert played == pytest.approx(whole, abs=0.1)


def test_barge_in_is_silent_within_150_ms(card: SoundCard, player: Player, spoken: list[SpeechClip]) -> None:
    recording = card.record()
    for after in (0.9, 1.7, 2.6):
        speaking = Speaking(player, spoken)
        time.sleep(after)
        called = time.monotonic()
        player.stop()
        speaking.end()
        time.sleep(0.6)
        last = recording.last_sound()
        assert last is not None
        assert 0.0 < last - called <= 0.15
    recording.stop()
    # no click: speech never steps so far, and a cut in the middle of it would
    assert np.abs(np.diff(recording.samples)).max() <= np.abs(np.diff(spoken[0].samples)).max() * 1.5


@pytest.mark.models
def test_the_words_heard_are_remembered_within_one(
    card: SoundCard, player: Player, spoken: list[SpeechClip], recognizer: FasterWhisperRecognizer
) -> None:
    ends = [_word_ends(recognizer, clip) for clip in spoken]
    speech = np.concatenate([resample(clip.samples, clip.sample_rate, RATE) for clip in spoken])
    off = []
    for after in (0.8, 1.9, 3.1, 5.0, 7.3):
        recording = card.record()
        speaking = Speaking(player, spoken)
        time.sleep(after)
        player.stop()
        heard = speaking.end()
        time.sleep(0.4)
        recording.stop()
        played = _place_of_the_end(recording.samples, speech)
        said = 0
        for clip, words in zip(spoken, ends, strict=True):
            said += sum(word.end <= played for word in words)
            played -= clip.duration
        off.append(len(heard.text.split()) - said)
    assert max(map(abs, off)) <= 1, off


def _place_of_the_end(recorded: Samples, speech: Samples) -> float:
    """Seconds into the speech at which the recording breaks off; gaps on the way, on a busy machine, do not matter."""
    loud = np.flatnonzero(np.abs(recorded) > 1e-4)
    tail = recorded[max(loud[0], loud[-1] - RATE) : loud[-1]]
    size = 1 << (len(speech) + len(tail)).bit_length()
    match = np.fft.irfft(np.fft.rfft(speech, size) * np.conj(np.fft.rfft(tail, size)), size)
    return float(np.argmax(match[: len(speech)]) + len(tail)) / RATE


def _word_ends(recognizer: FasterWhisperRecognizer, clip: SpeechClip) -> tuple[Word, ...]:
    utterance = recognizer.transcribe(resample(clip.samples, clip.sample_rate, 16_000), token_scores=True)
    words = utterance.hypotheses[0].words
    assert len(words) == len(clip.text.split())
    return words


def test_pause_and_resume(card: SoundCard, player: Player) -> None:
    recording = card.record()
    speaking = Speaking(player, [SpeechClip(tone(1.5, rate=24_000), 24_000, "one two three")])
    time.sleep(0.7)
    player.pause()
    time.sleep(1.0)
    player.resume()
    assert speaking.end().complete
    time.sleep(0.3)
    recording.stop()
    loud = np.abs(recording.samples) > 0.01
    assert loud.sum() / RATE == pytest.approx(1.5, abs=0.1)
    span = np.flatnonzero(loud)
    assert (span[-1] - span[0]) / RATE == pytest.approx(2.5, abs=0.25)


def test_the_speaker_vanishes_in_a_sentence(card: SoundCard, player: Player, told: list[SpeakerEvent]) -> None:
    speaking = Speaking(player, [SpeechClip(tone(4.0, rate=24_000), 24_000, "one two three four")])
    time.sleep(1.0)
    card.unplug()
    heard = speaking.end()
    assert not heard.complete
    assert heard.words.split()[:1] == ["one"]
    assert all(isinstance(event, SpeakerLost) for event in told)
    assert "shown, not spoken" in told[-1].message  # type: ignore[union-attr]
    card.plug()
    time.sleep(5.5)
    recording = card.record()
    assert player.speak([SpeechClip(tone(0.5, rate=24_000), 24_000, "again")]).complete
    assert isinstance(told[-1], SpeakerFound)
    assert recording.first_sound() is not None
    recording.stop()


def test_speech_moves_on_when_its_speaker_goes(card: SoundCard, player: Player) -> None:
    card.add_sink("headphones")
    card.pactl("set-default-sink", "headphones")
    recording = card.record("speaker.monitor")
    speaking = Speaking(player, [SpeechClip(tone(4.0, rate=24_000), 24_000, "one two three four")])
    time.sleep(1.0)
    for line in card.pactl("list", "short", "modules").splitlines():
        if "sink_name=headphones" in line:
            card.pactl("unload-module", line.split("\t")[0])
    assert speaking.end().complete
    assert recording.first_sound() is not None
    recording.stop()


@pytest.mark.parametrize("milliseconds", [20, 150])
def test_an_echo_is_measured(card: SoundCard, player: Player, milliseconds: int) -> None:
    with card.echo(milliseconds):
        time.sleep(1.0)
        echo = measure_echo(player, Microphone())
    assert echo.level == pytest.approx(0.0, abs=3.0)
    assert echo.delay is not None
    assert milliseconds / 1000 < echo.delay < milliseconds / 1000 + 0.5
    assert not echo.harmless


def test_headphones_have_no_echo(card: SoundCard, player: Player) -> None:
    echo = measure_echo(player, Microphone())
    assert (echo.delay, echo.harmless) == (None, True)
    assert echo.noise < -90


def test_the_cue_is_heard_within_a_tenth_of_a_second(card: SoundCard, player: Player) -> None:
    recording = card.record()
    time.sleep(0.2)
    called = time.monotonic()
    player.cue()
    time.sleep(0.6)
    recording.stop()
    first = recording.first_sound(called)
    assert first is not None
    assert first - called < 0.2
    assert 0.02 < np.abs(recording.samples).max() < 0.2


def test_the_doctor_measures_the_echo(card: SoundCard) -> None:
    from agent.cli.checks import State, check_echo
    from agent.config import Paths, Settings

    def check(duplex: str) -> tuple[State, str]:
        settings = Settings.model_validate({"speaker": {"duplex": duplex}})
        (found,) = check_echo(settings, Paths.standard())
        return found.state, found.detail + found.mend

    state, detail = check("open")
    assert (state, "does not hear the speaker" in detail) == (State.OK, True)
    with card.echo():
        time.sleep(1.0)
        state, detail = check("open")
        assert (state, "gated" in detail) == (State.WARN, True)
        state, detail = check("gated")
        assert (state, "keeps it out" in detail) == (State.OK, True)
    card.unplug()
    state, detail = check("gated")
    assert (state, "not needed" in detail) == (State.WARN, True)


@pytest.mark.parametrize("mode", ["gated", "open"])
def test_hark_hears_itself_only_when_told_to(card: SoundCard, player: Player, mode: DuplexMode) -> None:
    source = DuplexSource(Microphone(), lambda: player.speaking, DuplexOptions(mode))
    heard: list[AudioChunk] = []

    def listen() -> None:
        heard.extend(item for item in source.listen() if isinstance(item, AudioChunk))

    with card.echo():
        time.sleep(1.0)
        thread = threading.Thread(target=listen)
        thread.start()
        player.speak([SpeechClip(tone(1.5, rate=24_000), 24_000, "one two three")])
        time.sleep(0.8)
        source.close()
        thread.join(timeout=10)
    loudest = max(np.abs(chunk.samples).max() for chunk in heard)
    assert loudest > 0.4 if mode == "open" else loudest < 0.001
