"""The official scorers' figures, to the digits they print, over predictions that hark did not make."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.evals.datasets import LoadOptions, load
from agent.evals.metrics import score, summary
from agent.evals.predictions import read_predictions
from agent.evals.types import Prediction, Record

NAMES = {"prec": "precision", "answer_em": "em", "answer_f1": "f1"} | {
    f"{part}_prec": f"{part}_precision" for part in ("sp", "evi", "joint")
}
GROUPS = {"group_answer_sufficiency_f1": "group_answer_f1", "group_support_sufficiency_f1": "group_support_f1"}


@pytest.fixture(scope="module")
def data() -> Path:
    root = os.environ.get("HARK_TEST_DATA")
    if not root or not Path(root, "metrics/expected_scores.json").is_file():
        pytest.skip("set HARK_TEST_DATA to the folder that holds metrics/expected_scores.json")
    return Path(root)


def expected(data: Path, begins: str) -> dict[str, float]:
    told = json.loads((data / "metrics/expected_scores.json").read_text("utf-8"))
    scores: dict[str, float] = next(scores for key, scores in told.items() if key.startswith(begins))
    return {(NAMES | GROUPS).get(name, name): value for name, value in scores.items()}


def figures(data: Path, dataset: str, predictions: str, **options: Any) -> dict[str, float]:
    loaded = load(data / dataset, LoadOptions(**options))
    records = read_predictions(data / "metrics" / predictions, loaded)
    return {name: figure.value for name, figure in summary(records).items()}


def test_hotpotqa(data: Path) -> None:
    answered = json.loads((data / "metrics/hotpotqa_open_dire_pred.json").read_text("utf-8"))["answer"]
    found = figures(data, "qa/hotpotqa_open.json", "hotpotqa_open_dire_pred.json", ids=tuple(answered))
    wanted = expected(data, "hotpotqa_open.json")
    assert {name: found[name] for name in wanted} == wanted
    # A question without a prediction counts 0.
    over_all = figures(data, "qa/hotpotqa_open.json", "hotpotqa_open_dire_pred.json")
    assert over_all["joint_f1"] == pytest.approx(wanted["joint_f1"] * 149 / 150)


def test_2wiki(data: Path) -> None:
    found = figures(data, "qa/2wiki_open.json", "2wiki_open_perturbed_pred.json")
    wanted = expected(data, "2wiki_open.json")
    assert {name: round(found[name] * 100, 2) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("dataset", "predictions", "key"),
    [
        ("qa/musique_open.jsonl", "musique_open_pred.jsonl", "musique_open.jsonl"),
        ("metrics/musique_synthetic_pairs_gold.jsonl", "musique_synthetic_pairs_pred.jsonl", "musique_synthetic_pairs"),
    ],
)
def test_musique(dataset: str, predictions: str, key: str, data: Path) -> None:
    found, wanted = figures(data, dataset, predictions), expected(data, key)
    assert {name: round(found[name], 3) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("noiseqa/xquad-context-en-question-en.json", "noiseqa/xquad-asr-natural.json", 0.219),
        ("heysquad/dev-common-original-1002.json", "heysquad/dev-common-human-transcribed-1002.json", 0.230),
    ],
)
def test_what_recognisers_made_of_questions(said: str, heard: str, rate: float, data: Path) -> None:
    folder = data / "spoken_qa"
    dataset = load(folder / said, LoadOptions(heard=folder / heard, limit=300, seed=1))
    records = []
    for sample in dataset.samples:
        record = Record(sample.id, "answered", sample.question, "", sample.gold, Prediction(), heard=sample.heard)
        records.append(replace(record, scores=score(record)))
    assert len(records) == 300
    assert summary(records)["wer"].value == pytest.approx(rate, abs=0.03)
