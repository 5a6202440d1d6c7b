from __future__ import annotations

import json
import wave
from typing import TYPE_CHECKING

from agent.cli import cli
from agent.cli.common import exit_code_of
from tests.fakes.voices import program

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_no_text_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["say", "  ", "-o", str(tmp_path / "a.wav")]) == 2
    assert capsys.readouterr().err.startswith("hark: no text to speak: give some")


def test_a_voice_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["say", "hello", "-o", str(tmp_path / "a.wav"), "--voice", "emma"]) == 1
    assert "use heart" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_another_synthesizer_speaks_by_its_own_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "a.wav"
    command = [*program(tmp_path), "an argument"]
    file.write_text(f"[tts.exec]\ncommand = {json.dumps(command)}\nsample_rate = 8000\n")
    said = ["--config", str(file), "say", "One.\nTwo.", "-o", str(out), "--synthesizer", "exec", "--json"]
    assert exit_code_of(cli, said) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["synthesizer"].startswith("exec:python")
    assert told["sample_rate"] == 8_000
    with wave.open(str(out)) as written:
        assert written.getframerate() == 8_000
        assert written.getnframes() == 8_000 * 8 // 10


def test_the_next_takes_over_and_one_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "a.wav"
    tts = '[tts]\nsynthesizer = "exec"\nfallback = ["hibari", "none"]\n'
    file.write_text(f"{tts}[tts.exec]\ncommand = {json.dumps(program(tmp_path, 'fails'))}\n")
    assert exit_code_of(cli, ["--config", str(file), "say", "One.\nTwo.", "-o", str(out)]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2, told
    assert "CUDA out of memory" in told[0]
    assert told[0].endswith("hibari speaks instead")
    assert "s of speech" in told[1]


def test_nobody_left_to_speak_is_an_error_and_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "a.wav"
    file.write_text(f"[tts.exec]\ncommand = {json.dumps(program(tmp_path, 'fails'))}\n")
    assert exit_code_of(cli, ["--config", str(file), "say", "One.", "-o", str(out), "--synthesizer", "exec"]) == 1
    assert "CUDA out of memory" in capsys.readouterr().err
    assert not out.exists()


def test_an_option_that_the_synthesizer_does_not_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["say", "One.", "-o", str(tmp_path / "a.wav"), "--synthesizer", "none", "--voice", "x"]
    assert exit_code_of(cli, said) == 1
    assert "unknown setting 'tts.none.voice'" in capsys.readouterr().err


def test_the_text_is_read_in_the_language_of_the_settings_or_the_one_named(tmp_path: Path) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "a.wav"
    command = json.dumps(program(tmp_path))
    file.write_text(f'[asr]\nlanguage = "de"\n[tts]\nsynthesizer = "exec"\n[tts.exec]\ncommand = {command}\n')

    def seconds(*more: str) -> float:
        assert exit_code_of(cli, ["--config", str(file), "say", "3", "-o", str(out), *more]) == 0
        with wave.open(str(out)) as written:
            return float(written.getnframes() / written.getframerate())

    drei, three = seconds(), seconds("--language", "en")
    assert (round(drei, 2), round(three, 2)) == (0.4, 0.5)
