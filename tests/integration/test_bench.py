"""The benchmarks with the real small models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from tests.unit.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.models

QUESTIONS = ROOT / "examples/questions"


def test_recognisers_that_cannot_hear_are_passed_over_unless_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "question.wav"
    recording.write_bytes((QUESTIONS / "kinderszenen-wife.wav").read_bytes())
    recording.with_suffix(".txt").write_text("Who was the wife of the composer of Kinderszenen?", encoding="utf-8")

    assert exit_code_of(cli, ["bench", "asr", str(recording), "--policy", "early", "--json"]) == Exit.ANSWERED

    told = capsys.readouterr()
    rows = {row["recogniser"]: row for row in json.loads(told.out)}
    assert "passed over openai: " in told.err
    assert "openai" not in rows
    assert rows["whisper-base"]["words"] > 5
    assert rows["whisper-base"]["committed WER"] < 0.5

    assert exit_code_of(cli, ["bench", "asr", str(recording), "--recognizer", "openai"]) == Exit.FAILED
    assert "base_url" in capsys.readouterr().err


def test_turns_are_held_and_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = [
        {"when": ["Ready?"], "reply": "Yes."},
        {"when": ['"citation"', "wife of Robert"], "reply": {"citation": 1, "answer": "Clara Schumann"}},
        {"when": ['"citation"', "composer of"], "reply": {"citation": 1, "answer": "Robert Schumann"}},
        {"when": ['"sentence"'], "reply": {"reason": "-", "answer": "Clara Schumann", "sentence": "It was Clara."}},
    ]
    (tmp_path / "model.jsonl").write_text("\n".join(map(json.dumps, script)), encoding="utf-8")
    monkeypatch.setenv("HARK_LLM__MODEL", str(tmp_path / "model.jsonl"))
    documents = [ROOT / "examples/documents" / name for name in ("kinderszenen.pdf", "robert-schumann.md")]
    docs = [part for path in documents for part in ("--docs", str(path))]
    question = str(QUESTIONS / "kinderszenen-wife.wav")

    code = exit_code_of(cli, ["bench", "session", question, *docs, "--arm", "no announcements", "--json"])

    assert code == Exit.ANSWERED
    told = json.loads(capsys.readouterr().out)
    (turn,) = told["turns"]["no announcements"]
    assert (turn["outcome"], turn["short"]) == ("answered", "Clara Schumann")
    assert 0 <= turn["cue"] <= turn["heard"] <= turn["first_hop"] <= turn["thought"] <= turn["spoken"]
    assert turn["first_news"] == turn["spoken"], "hops are not announced"
    assert told["summary"][0]["answer p50"] == pytest.approx(turn["thought"], abs=1e-3)


@pytest.mark.usefixtures("small_model")
def test_the_embedded_model_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["bench", "llm", "--model", "smollm2-135m", "--limit", "2", "--rounds", "1", "--system", "direct", "--json"]

    assert exit_code_of(cli, asked) == Exit.ANSWERED

    told = json.loads(capsys.readouterr().out)
    (row,) = told["endpoints"]
    assert (row["endpoint"], row["model"], row["questions"], row["failed"]) == ("embedded", "smollm2-135m", 2, 0)
    assert row["prompt tokens"] > 500
    assert row["cached then"] > 0.5, "the second prompt shares all but its last line"
    assert 0 < row["first token, prefix cached"] < row["first token, cold"]
    assert row["generated tokens/s"] > 0
    assert row["valid at once"] == 1.0, "the embedded server holds the model to the schema"
