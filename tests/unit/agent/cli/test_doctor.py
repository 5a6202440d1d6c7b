"""`hark doctor`: each finding, what it says to do, the exit code. The real models are tried in tests/integration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import cli
from agent.cli.checks import (
    Check,
    State,
    check_disk,
    check_folders,
    check_llm,
    check_model,
    check_packages,
    check_python,
    check_sound,
    models_in_use,
)
from agent.cli.common import Exit, exit_code_of
from agent.cli.doctor import examine, guarded
from agent.config import Paths, Settings
from agent.errors import ConfigError


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths.standard({"HARK_HOME": str(tmp_path / "home")})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def settings(**groups: dict[str, Any]) -> Settings:
    return Settings.model_validate(groups)


def test_this_installation_is_sound() -> None:
    assert check_python().state is State.OK
    assert check_packages().state is State.OK


def test_missing_models_fail_and_name_the_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["doctor", "--json"]) == Exit.FAILED
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"] is False
    found = {check["name"]: check for check in report["checks"]}
    for name in ("whisper-base", "minilm", "qwen2.5-coder-1.5b"):
        assert found[name]["state"] == "FAIL"
        assert found[name]["mend"] == f"run `hark models pull {name}`"
    assert found["hibari"]["state"] == "ok", "it comes with its package"
    assert not home.exists(), "looking leaves nothing behind"


def test_one_line_per_finding(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["doctor", "--quick"]) == Exit.FAILED
    lines = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in {"ok", "warn", "FAIL"} for line in lines)
    assert sum("run `hark models pull minilm`" in line for line in lines) == 1


def test_a_wrong_setting_is_a_finding(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_ASR__N_BEST", "many")
    assert exit_code_of(cli, ["doctor"]) == Exit.FAILED
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("FAIL  settings")
    assert "asr.n_best" in last


def test_without_settings_the_rest_is_left_out(places: Paths) -> None:
    def broken() -> Settings:
        raise ConfigError("unknown setting 'ear': known here are asr")

    names = [check.name for check in examine(broken, places, quick=True)]
    assert names == ["python", "packages", "data folder", "cache folder", "state folder", "settings"]


def test_a_key_is_never_shown(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARK_LLM__API_KEY", "sk-very-secret")
    monkeypatch.setenv("HARK_LLM__BASE_URL", "http://me:hunter2@llm.invalid/v1")
    for args in (["doctor", "--quick"], ["doctor", "--json"]):
        exit_code_of(cli, args)
        shown = capsys.readouterr()
        assert "sk-very-secret" not in shown.out + shown.err
        assert "hunter2" not in shown.out + shown.err


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    checks = list(check_folders(Paths.standard({"HARK_HOME": str(tmp_path / "file")})))
    assert [check.state for check in checks] == [State.FAIL] * 3
    assert all("HARK_HOME" in check.mend for check in checks)


def test_disk(places: Paths) -> None:
    assert check_disk([], places).state in {State.OK, State.WARN}
    assert check_disk(["no such model"], places) == check_disk([], places)


def test_only_models_in_use_are_asked_for() -> None:
    assert models_in_use(settings()) == ["whisper-base", "minilm", "qwen2.5-coder-1.5b", "hibari"]
    on_a_server = settings(llm={"base_url": "http://localhost:8000/v1", "model": "gpt"})
    assert models_in_use(on_a_server) == ["whisper-base", "minilm", "hibari"]
    assert models_in_use(settings(tts={"synthesizer": "piper"}))[-1] == "piper-joe"
    assert models_in_use(settings(tts={"synthesizer": "piper", "piper": {"voice": "piper-alba"}}))[-1] == "piper-alba"
    assert models_in_use(settings(tts={"synthesizer": "none"})) == ["whisper-base", "minilm", "qwen2.5-coder-1.5b"]


def test_a_model_given_by_path(places: Paths, tmp_path: Path) -> None:
    assert check_model(str(tmp_path), places).state is State.OK
    assert check_model(str(tmp_path / "gone"), places).state is State.FAIL
    unknown = check_model("whisper-bass", places)
    assert unknown.state is State.FAIL
    assert unknown.mend


def test_a_damaged_model(places: Paths) -> None:
    folder = places.models / "minilm"
    folder.mkdir(parents=True)
    wanted = {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"}
    wanted["tokenizer.json"] = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    seen = {name: {"sha256": digest, "size": 1, "mtime_ns": 1} for name, digest in wanted.items()}
    (folder / "pulled.json").write_text(json.dumps({"source": "wheels", "files": seen}))
    (folder / "model.onnx").write_bytes(b"cut off")
    check = check_model("minilm", places)
    assert check.state is State.FAIL
    assert check.detail.startswith("damaged")
    assert "hark models pull minilm --force" in check.mend


def test_a_language_model_that_replies(places: Paths, tmp_path: Path) -> None:
    script = tmp_path / "llm.jsonl"
    script.write_text('{"reply": {"ready": true}}\n')
    (check,) = check_llm(settings(llm={"model": str(script)}), places)
    assert check.state is State.OK
    assert "llm.jsonl" in check.detail


def test_a_language_model_that_does_not(places: Paths, tmp_path: Path) -> None:
    script = tmp_path / "llm.jsonl"
    script.write_text('{"when": ["something else"], "reply": "no"}\n')
    (check,) = guarded("llm", check_llm, settings(llm={"model": str(script)}), places)
    assert (check.name, check.state) == ("llm", State.FAIL)


def test_whatever_a_check_raises_is_a_finding(places: Paths) -> None:
    def broken(_settings: Settings, _places: Paths) -> Iterator[Check]:
        yield Check("first", State.OK, "fine")
        raise RuntimeError("libsomething.so: cannot open")

    first, second = guarded("second", broken, settings(), places)
    assert first.state is State.OK
    assert (second.name, second.state) == ("second", State.FAIL)
    assert "libsomething" in second.detail
    assert second.mend


def test_sound_is_never_needed() -> None:
    assert check_sound().state in {State.OK, State.WARN}
