from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from agent.cli import cli
from agent.cli.bench_llm import _endpoints
from agent.cli.common import exit_code_of
from agent.config import LlmSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

A, B = "http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"


def test_each_server_gets_its_model_or_all_the_same() -> None:
    own = Settings()
    pairs = _endpoints(own, [A, "embedded"], ["m", "n"], [])
    assert [(each.name, each.settings.llm.base_url, each.settings.llm.model) for each in pairs] == [
        (A, A, "m"),
        ("embedded", None, "n"),
    ]
    assert [each.settings.llm.model for each in _endpoints(own, [A, B], ["m"], [])] == ["m", "m"]
    assert [each.settings.llm.model for each in _endpoints(own, [], ["m", "n"], [])] == ["m", "n"]
    assert [each.name for each in _endpoints(own, [], [], [])] == ["embedded"]


def test_a_key_goes_to_the_server_it_was_given_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "theirs")
    own = Settings(llm=LlmSettings(base_url=A, api_key="mine"))
    keys = [each.settings.llm.api_key for each in _endpoints(own, [A, B], [], [])]
    assert keys[0] is not None
    assert keys[0].get_secret_value() == "mine"
    assert keys[1] is None
    told = [each.settings.llm.api_key for each in _endpoints(own, [A, B], [], ["-", "OTHER_KEY"])]
    assert [key.get_secret_value() if key else None for key in told] == ["mine", "theirs"]


def test_a_login_in_an_address_is_not_shown() -> None:
    assert _endpoints(Settings(), ["http://me:secret@127.0.0.1:9/v1"], [], [])[0].name == A


def test_lists_that_do_not_fit_are_wrong_usage() -> None:
    for urls, models, variables in (([A], ["m", "n"], []), ([A, B], [], ["X"]), (["localhost"], [], [])):
        with pytest.raises(click.UsageError):
            _endpoints(Settings(), urls, models, variables)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--base-url", A], 1, "cannot reach the language model at http://127.0.0.1:9/v1"),
        (["--base-url", A, "--base-url", B], 1, "no language model could be measured"),
        (["--base-url", A, "--key-env", "NOBODY_SET_THIS"], 1, "no environment variable NOBODY_SET_THIS"),
        (["--system", "oracle"], 1, "unknown system 'oracle': known are fsm"),
        (["--data", "nowhere.json"], 1, "there is no file nowhere.json"),
        (["--model", "script.jsonl"], 1, "no script script.jsonl"),
        ([], 1, "run `hark models pull"),
    ],
)
def test_bad_input_is_one_line(
    options: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "own.toml"
    config.write_text("[llm]\nretries = 0\n")
    assert exit_code_of(cli, ["--config", str(config), "bench", "llm", *options]) == code
    assert told in capsys.readouterr().err


def test_rejected_rows_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config, data = tmp_path / "own.toml", tmp_path / "own.jsonl"
    config.write_text("[llm]\nretries = 0\n")
    data.write_text('{"question": "Who?", "answer": "Ada"}\n{"id": "odd", "question": "Who?"}\n')
    asked = ["bench", "llm", "--base-url", A, "--data", str(data)]
    assert exit_code_of(cli, ["--config", str(config), *asked]) == 1
    assert "rejected line 2 (odd): no 'answer' and no 'answers'" in capsys.readouterr().err
