from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from agent.errors import DataError
from agent.evals.datasets import load
from agent.evals.lines import read_lines
from tests.unit.agent.evals.spoken.conftest import Studio, sample
from voice.capture import read_audio
from voice.errors import SynthesisError, Unspeakable

MANY = [sample(f"q{number}", f"Who built mill number {number}?") for number in range(6)]


def rows(studio: Studio) -> list[dict[str, object]]:
    return list(read_lines(studio.folder / "manifest.jsonl"))


def test_every_question_is_recorded_under_every_condition(studio: Studio) -> None:
    done = studio.speak(*MANY)
    assert (done.recordings, done.made, done.passed_over) == (12, 12, ())
    assert [row["id"] for row in rows(studio)[:3]] == ["q0#clean", "q0#white@5", "q1#clean"]
    first, noisy = (read_audio(studio.folder / str(row["audio"])) for row in rows(studio)[:2])
    assert len(first) == len(noisy) == pytest.approx(16_000 * 2.7, rel=0.05)
    assert np.std(first[4000:-4000]) < 0.01 < np.std(noisy[4000:-4000])
    assert done.seconds == pytest.approx(12 * 2.7, rel=0.05)
    assert studio.voice.closed == len(studio.made)


def test_the_folder_is_a_dataset(studio: Studio) -> None:
    studio.speak(sample("2hop/1", group="pair"))
    dataset = load(studio.folder)
    assert (dataset.schema, dataset.rejected) == ("spoken", ())
    clean, noisy = dataset.samples
    assert (clean.id, clean.condition, clean.gold.group) == ("2hop/1#clean", "clean", "pair#clean")
    assert (noisy.question, noisy.paragraphs) == ("Who built it?", sample("").paragraphs)
    assert (studio.folder / noisy.audio).is_file()


def test_said_again_it_makes_nothing_new(studio: Studio) -> None:
    studio.speak(*MANY)
    before = (studio.folder / "manifest.jsonl").read_bytes()
    studio.made.clear()
    assert studio.speak(*MANY).made == 0
    assert (studio.folder / "manifest.jsonl").read_bytes() == before
    assert studio.made == []


def test_further_questions_and_noises_are_added(studio: Studio) -> None:
    studio.speak(*MANY[:2], conditions=("clean",))
    assert studio.speak(*MANY, conditions=("clean", "hum@3")).made == 10
    assert len(rows(studio)) == 12


def test_it_comes_out_alike_in_pieces_and_at_once(studio: Studio, tmp_path: Path) -> None:
    studio.speak(*MANY[3:])
    studio.speak(*MANY)
    whole = Studio(tmp_path / "whole")
    whole.speak(*MANY)
    by_id = {row["id"]: row for row in rows(studio)}
    assert by_id == {row["id"]: row for row in rows(whole)}


def test_a_recording_that_is_gone_or_changed_is_made_anew(studio: Studio) -> None:
    studio.speak(*MANY[:2])
    before = {row["id"]: row for row in rows(studio)}
    (studio.folder / str(rows(studio)[0]["audio"])).unlink()
    (studio.folder / str(rows(studio)[3]["audio"])).write_bytes(b"torn")
    assert studio.speak(*MANY[:2]).made == 2
    assert {row["id"]: row for row in rows(studio)} == before


def test_other_voices_or_data_are_refused_and_told(studio: Studio) -> None:
    studio.speak(*MANY[:1])
    with pytest.raises(DataError, match=r"seed was 0 and is now 7\): say the same again, or name another folder"):
        studio.speak(*MANY[:1], seed=7)


def test_two_at_once_are_refused(studio: Studio) -> None:
    studio.folder.mkdir()
    with FileLock(studio.folder / "speak.lock"), pytest.raises(DataError, match="another hark is writing"):
        studio.speak(*MANY[:1])


def test_what_no_voice_can_say_is_passed_over_and_told(studio: Studio) -> None:
    studio.voice.fails["Quo?"] = (0, Unspeakable("no sound for it"))
    done = studio.speak(MANY[0], sample("bad", "Quo?"), sample("empty", "…"), MANY[1], conditions=("clean",))
    assert done.recordings == 2
    assert [(one.line, one.id) for one in done.passed_over] == [(2, "bad"), (3, "empty")]


def test_a_voice_that_fails_stops_it_and_what_was_said_stays(studio: Studio) -> None:
    studio.voice.fails["Quo?"] = (0, SynthesisError("the server is gone"))
    with pytest.raises(SynthesisError, match="the server is gone"):
        studio.speak(MANY[0], MANY[1], sample("bad", "Quo?"), MANY[2], conditions=("clean",))
    assert [row["id"] for row in rows(studio)] == ["q0#clean", "q1#clean"]
    studio.voice.fails.clear()
    assert studio.speak(MANY[0], MANY[1], sample("bad", "Quo?"), MANY[2], conditions=("clean",)).made == 2


def test_ids_are_no_paths(studio: Studio) -> None:
    studio.speak(sample("../../../etc/x\n"), sample("/abs"), conditions=("clean",))
    for row in rows(studio):
        assert (studio.folder / str(row["audio"])).resolve().parent == (studio.folder / "audio").resolve()


def test_a_manifest_that_points_outside_is_refused(studio: Studio) -> None:
    studio.speak(*MANY[:1])
    manifest = studio.folder / "manifest.jsonl"
    row = {**rows(studio)[0], "audio": "../../secret.flac"}
    manifest.write_text(json.dumps(row) + "\n")
    with pytest.raises(DataError, match="points outside its folder"):
        studio.speak(*MANY[:1])
    with pytest.raises(DataError, match="points outside the set's folder"):
        load(studio.folder)
