"""Which recognisers the streaming benchmark compares, and what each is compared with."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.config import Paths, Settings
from agent.evals.bench.asr import Offline
from agent.evals.bench.recordings import Recording
from agent.evals.bench.runs import Contender, contenders, offline_pass, run
from tests.unit.test_house import ROOT
from voice.capture import read_audio
from voice.errors import OptionError, RecognizerMissing
from voice.recognize import registry
from voice.types import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICIES = ("early", "local-agreement")
QUESTION = "Who was the wife of the composer of Kinderszenen?"


@pytest.fixture(autouse=True)
def parrot(tmp_path: Path) -> Iterator[None]:
    """An installed package with a recogniser that hears one reading in everything, and tells no times offline."""
    (tmp_path / "parrot_ears.py").write_text(
        "from tests.fakes.listening import ScriptedStreams\n"
        "from tests.fakes.speech import FakeRecognizer, utterance\n"
        "class Parrot(FakeRecognizer, ScriptedStreams):\n"
        "    def __init__(self, request):\n"
        "        FakeRecognizer.__init__(self, utterance(request.options['says']))\n"
        "        ScriptedStreams.__init__(self, *[request.options['says']] * 9, cost=0.0)\n"
    )
    about = tmp_path / "parrot_ears-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot-ears\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\nparrot = parrot_ears:Parrot\n")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    registry.plugins.cache_clear()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("parrot_ears", None)
    registry.plugins.cache_clear()


def settings(says: str = QUESTION) -> Settings:
    return Settings.model_validate({"asr": {"parrot": {"says": says}}})


def compared(*recognizers: str, models: tuple[str, ...] = ()) -> list[Contender]:
    return list(contenders(settings(), Paths.standard(), recognizers, models, POLICIES))


def question() -> Recording:
    return Recording("wife.wav", read_audio(ROOT / "examples/questions/kinderszenen-wife.wav"), QUESTION)


def reference(recording: Recording) -> Offline:
    """Whisper's words, evenly spread over the recording."""
    words = QUESTION.split()
    each = recording.seconds / len(words)
    return Offline(QUESTION, tuple(Word(word, at * each, (at + 1) * each) for at, word in enumerate(words)))


def test_every_installed_recogniser_is_compared_unless_some_are_named() -> None:
    found = compared()

    assert {one.policies[0][1].asr.recognizer for one in found} == {
        name for name in registry.names() if not registry.missing(name)
    }
    assert {"whisper-base", "openai", "parrot"} <= {one.name for one in found}
    assert not any(one.named for one in found)
    assert [(one.name, one.named) for one in compared("parrot", "parrot")] == [("parrot", True)]


def test_each_model_is_a_contender_of_its_own() -> None:
    found = compared("faster-whisper", models=("whisper-base", "whisper-tiny"))

    assert [one.name for one in found] == ["whisper-base", "whisper-tiny"]
    assert [policy for policy, _ in found[0].policies] == list(POLICIES)
    assert [own.asr.policy for _, own in found[0].policies] == list(POLICIES)
    assert {one.name for one in compared(models=("whisper-tiny",)) if one.named} == {"whisper-tiny"}


def test_a_recogniser_that_streams_has_only_its_own_policy() -> None:
    streams = [name for name, backend in registry.BACKENDS.items() if backend.streams and not registry.missing(name)]
    if not streams:
        pytest.skip("no recogniser with partials of its own is installed")

    [contender] = compared(streams[0])

    assert [policy for policy, _ in contender.policies] == ["its own"]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(OptionError, match="unknown recogniser 'parot': known are"):
        compared("parrot", "parot")


def test_one_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(registry.BACKENDS["sherpa"], modules=("hark_has_no_such_module",))
    monkeypatch.setitem(registry.BACKENDS, "sherpa", absent)

    with pytest.raises(RecognizerMissing, match=r"pip install 'hark-voice\[sherpa\]'"):
        compared("sherpa")
    assert "sherpa" not in {one.name for one in compared()}


def test_each_contender_is_measured_against_what_it_hears_itself() -> None:
    recording = question()
    known = reference(recording)
    [contender] = contenders(settings("who was the knife"), Paths.standard(), ["parrot"], (), POLICIES)

    [own] = offline_pass(contender, [recording], [known], Settings())

    assert own == Offline("who was the knife", known.words)
    [early, agreed], _ = run(contender, [recording], [own])
    assert (early.name, early.policy, agreed.policy) == ("parrot", *POLICIES)
    assert early.offline.count == 6
    # what it commits is what it hears offline, and its words are late by the reference's times
    assert early.final.count == 6
    assert len(early.delays) == len(known.words)


def test_a_recogniser_that_tells_no_times_can_be_caught_cutting_off() -> None:
    recording = question()
    late = replace(reference(recording), words=(Word("Kinderszenen?", 60.0, 61.0),))
    [contender] = compared("parrot")

    [score, _], _ = run(contender, [recording], offline_pass(contender, [recording], [late], Settings()))

    assert score.cut_off == 1


def test_the_configured_model_is_not_heard_twice(tmp_path: Path) -> None:
    known = [reference(question())]
    paths = replace(Paths.standard(), cache=tmp_path)
    [contender] = contenders(Settings(), paths, ["faster-whisper"], (), POLICIES)

    assert offline_pass(contender, [question()], known, Settings()) == known
