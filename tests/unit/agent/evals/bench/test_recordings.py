from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.errors import DataError
from agent.evals.bench.recordings import recordings
from tests.fakes.sounds import tone, write_sound
from voice.errors import AudioError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_text_beside_a_sound_file_says_what_is_said(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", tone(0.5))
    write_sound(tmp_path / "b.wav", tone(0.25))
    (tmp_path / "a.txt").write_text("who wrote it\n", "utf-8")

    first, second = recordings([tmp_path / "a.wav", tmp_path / "b.wav"])

    assert (first.said, second.said) == ("who wrote it", "")
    assert first.seconds == pytest.approx(0.5)


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_a_manifest_lists_files_and_texts(tmp_path: Path, suffix: str) -> None:
    write_sound(tmp_path / "a.wav", tone(0.5))
    rows = [{"audio": "a.wav", "question": "who wrote it"}, {"file": "a.wav"}]
    text = json.dumps(rows) if suffix == ".json" else "\n".join(map(json.dumps, rows))
    manifest = tmp_path / f"set{suffix}"
    manifest.write_text(text, "utf-8")

    assert [each.said for each in recordings([manifest])] == ["who wrote it", ""]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "cannot read"),
        ('{"a": 1}', "no list"),
        ("[1]", "no list"),
        ('[{"transcript": "x"}]', "row 1"),
        ('[{"file": "../../etc/passwd"}]', "outside its folder"),
        ("[]", "no recordings"),
    ],
)
def test_a_bad_manifest_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    manifest = tmp_path / "set.json"
    manifest.write_text(text, "utf-8")

    with pytest.raises(DataError, match=complaint) as caught:
        recordings([manifest])
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no sound file"):
        recordings([tmp_path / "none.wav"])
