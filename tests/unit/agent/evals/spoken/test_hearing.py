from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config import AsrSettings, Settings
from agent.errors import DataError
from agent.evals.datasets import load
from agent.evals.lines import read_lines
from agent.evals.spoken.hearing import Ear, hear, hint_source, names_of_set
from agent.evals.spoken.summary import by_condition
from agent.evals.types import Heard
from tests.fakes.speech import FakeRecognizer, utterance
from tests.unit.agent.evals.spoken.conftest import Studio, sample
from voice.errors import RecognitionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice.types import Samples, Utterance

EAR = Ear.of(Settings())


class StopsAfter(FakeRecognizer):
    """Hears so many recordings, then fails."""

    def __init__(self, count: int) -> None:
        super().__init__(utterance(("who built it", 0.7), ("who build it", 0.3)))
        self.left = count

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        if not self.left:
            raise RecognitionError("out of memory")
        self.left -= 1
        return super().transcribe(samples, n_best=n_best)


def lines(path: Path) -> list[dict[str, object]]:
    return list(read_lines(path))


def test_each_recording_is_heard_once_and_read_back(studio: Studio) -> None:
    studio.speak(sample("a"), sample("b"))
    ear = FakeRecognizer(utterance(("who built it", 0.7), ("who build it", 0.3)))
    path = hear(studio.folder, EAR, lambda: ear, jobs=2)
    assert len(ear.heard) == 4
    assert hear(studio.folder, EAR, lambda: pytest.fail("nothing is left to hear")) == path
    first = load(studio.folder).samples[0]
    assert first.heard == (Heard("who built it", -1.0, 0.7), Heard("who build it", -1.0, 0.3))
    assert load(path).samples == load(studio.folder).samples


def test_recordings_that_came_later_are_missed(studio: Studio) -> None:
    studio.speak(sample("a"))
    hear(studio.folder, EAR, lambda: FakeRecognizer(utterance("one")))
    studio.speak(sample("a"), sample("b"))
    with pytest.raises(DataError, match="is not heard to its end"):
        load(studio.folder)
    hear(studio.folder, EAR, lambda: FakeRecognizer(utterance("two")))
    assert [one.heard[0].text for one in load(studio.folder).samples] == ["one", "one", "two", "two"]


def test_silence_is_one_empty_reading_so_that_it_is_not_taken_for_unheard(studio: Studio) -> None:
    studio.speak(sample("a"))
    hear(studio.folder, EAR, lambda: FakeRecognizer(utterance()))
    assert load(studio.folder).samples[0].heard == (Heard(""),)


def test_a_failure_keeps_what_was_heard_before(studio: Studio) -> None:
    studio.speak(*(sample(f"q{number}") for number in range(4)), conditions=("clean",))
    with pytest.raises(RecognitionError, match="out of memory"):
        hear(studio.folder, EAR, lambda: StopsAfter(2), jobs=1)
    with pytest.raises(DataError, match="is not heard to its end: run its `hark eval speak` again"):
        load(studio.folder)
    ear = StopsAfter(2)
    path = hear(studio.folder, EAR, lambda: ear, jobs=1)
    assert ear.left == 0
    assert [row["id"] for row in lines(path)] == [f"q{number}#clean" for number in range(4)]


def test_a_recording_made_anew_is_heard_anew(studio: Studio) -> None:
    studio.speak(sample("a"), conditions=("clean",))
    path = hear(studio.folder, EAR, lambda: FakeRecognizer(utterance("one")))
    (row,) = lines(studio.folder / "manifest.jsonl")
    (studio.folder / str(row["audio"])).unlink()
    studio.voice.level = 0.3
    studio.speak(sample("a"), conditions=("clean",))
    assert hear(studio.folder, EAR, lambda: FakeRecognizer(utterance("two"))) == path
    assert [row["heard"] for row in lines(path)] == [[{"text": "two", "score": -1.0, "posterior": 1.0}]]


def test_every_ear_has_lists_of_its_own(studio: Studio) -> None:
    studio.speak(sample("a"), conditions=("clean",))
    names = names_of_set(studio.folder)
    assert names[:2] == ("The Mill", "Ada Brown")
    told = Ear.of(Settings(), names)
    assert told.file_name.startswith("heard-whisper-base-hints-")
    paths = {hear(studio.folder, ear, lambda: FakeRecognizer(utterance("x"))) for ear in (EAR, told)}
    with pytest.raises(DataError, match=r"was heard in several ways: name one of .*heard-whisper-base-"):
        load(studio.folder)
    assert {load(path).samples[0].heard[0].text for path in paths} == {"x"}
    source = hint_source(names)
    assert source is not None
    assert "Ada Brown" in source.hints("aida braun built the mill")


@pytest.mark.parametrize("change", [{"n_best": 3}, {"beam_size": 2}, {"model": "large"}, {"language": None}])
def test_what_changes_what_is_heard_makes_another_ear(change: dict[str, object]) -> None:
    assert Ear.of(Settings(asr=AsrSettings(**change))) != EAR


@pytest.mark.parametrize("change", [{"threads": 2}, {"policy": "local-agreement"}, {"hints": 3}])
def test_what_does_not_is_the_same_ear(change: dict[str, object]) -> None:
    assert Ear.of(Settings(asr=AsrSettings(**change))) == EAR


def test_an_ear_keeps_no_secret(studio: Studio) -> None:
    settings = Settings(asr=AsrSettings(recognizer="openai", openai={"api_key": "hush", "model": "a/../b"}))
    ear = Ear.of(settings)
    assert "hush" not in repr(ear)
    assert ear.file_name.startswith("heard-a-..-b-")
    assert (studio.folder / ear.file_name).parent == studio.folder


def test_a_set_without_recordings_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no recording: run `hark eval speak DATASET"):
        hear(tmp_path, EAR, lambda: FakeRecognizer(utterance("x")))
    with pytest.raises(DataError, match="is no spoken set"):
        load(tmp_path)


def test_rates_are_pooled_by_condition(studio: Studio) -> None:
    studio.speak(sample("a"), sample("b", "Was it Ada Brown who built the mill?"))
    path = hear(studio.folder, EAR, lambda: FakeRecognizer(utterance(("who build it", 0.7), ("Who built it", 0.3))))
    clean, noisy = by_condition(path)
    assert (clean["condition"], clean["recordings"], noisy["condition"]) == ("clean", 2, "white@5")
    assert clean["WER"] == round((1 + 7) / (3 + 8), 4)
    assert clean["oracle WER"] == round((0 + 6) / (3 + 8), 4)
    assert clean["entity WER"] == 1.0
    assert clean["readings"] == 2
