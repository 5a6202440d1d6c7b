"""The scores of one record: which there are, and what a failure or an abstention makes of them."""

from __future__ import annotations

import pytest

from agent.evals.metrics import METRICS
from agent.evals.metrics.hearing import names_of
from agent.evals.types import Gold, Prediction
from tests.unit.agent.evals.metrics.records import heard, record

HOTPOT = Gold(("France",), supports=(("Ouche", 0),), titles=("Ouche",), scorer="hotpotqa")
MUSIQUE = Gold(("France",), paragraphs=(0, 2), titles=("Ouche",), group="g", scorer="musique")
NO_ANSWER = Gold((), answerable=False, paragraphs=(0,), group="g", scorer="musique")
SQUAD_NO_ANSWER = Gold((), answerable=False, scorer="squad")
RIGHT = Prediction("France", supports=(("Ouche", 0),), paragraphs=(0, 2), retrieved=("Lyon", "Ouche"))


def test_a_right_hotpotqa_sample() -> None:
    scores = record(HOTPOT, RIGHT).scores
    assert {name for name, value in scores.items() if value == 1} == {
        *("em", "f1", "precision", "recall", "sub_em", "sp_em", "sp_f1", "sp_precision", "sp_recall"),
        *("joint_em", "joint_f1", "joint_precision", "joint_recall", "recall@2", "recall@5", "recall@10"),
    }
    assert scores["abstain_false"] == 0


def test_2wiki_joins_three_parts() -> None:
    gold = Gold(("France",), supports=(("Ouche", 0),), triples=(("a", "b", "c"),), scorer="2wiki")
    scores = record(gold, RIGHT).scores
    assert (scores["em"], scores["sp_em"], scores["evi_em"], scores["joint_em"]) == (1, 1, 0, 0)


def test_musique_scores_paragraphs_and_not_facts() -> None:
    scores = record(MUSIQUE, RIGHT).scores
    assert (scores["support_f1"], scores["sufficiency"]) == (1, 1)
    assert not {"sp_em", "joint_em"} & scores.keys()


def test_an_unanswerable_musique_sample_is_scored_for_leaving_it() -> None:
    left = record(NO_ANSWER, Prediction(answerable=False), "abstained")
    assert left.scores == {"abstain_caught": 1, "sufficiency": 1}
    assert record(NO_ANSWER, RIGHT).scores == {"abstain_caught": 0, "sufficiency": 0}


def test_squad_takes_no_answer_for_the_answer() -> None:
    assert record(SQUAD_NO_ANSWER, Prediction(answerable=False), "abstained").scores["em"] == 1
    assert record(SQUAD_NO_ANSWER, RIGHT).scores["f1"] == 0


def test_abstaining_from_what_could_be_answered() -> None:
    scores = record(HOTPOT, Prediction(answerable=False), "abstained").scores
    assert (scores["abstain_false"], scores["em"], scores["joint_f1"]) == (1, 0, 0)


@pytest.mark.parametrize("gold", [HOTPOT, MUSIQUE, NO_ANSWER, SQUAD_NO_ANSWER])
def test_a_failed_sample_scores_nothing_but_keeps_its_metrics(gold: Gold) -> None:
    failed = record(gold, Prediction(), "failed").scores
    assert failed.keys() == record(gold, RIGHT).scores.keys()
    assert set(failed.values()) == {0.0}


def test_what_was_heard_comes_as_counts_and_rates() -> None:
    said = "Who founded the observatory at which Pluto was found?"
    readings = heard(
        "who found the observatory at which Blue Toe was found", "who founded the observatory pluto was found"
    )
    scores = record(
        HOTPOT, RIGHT, question=said, asked="who founded the observatory at which Pluto was found", heard=readings
    ).scores
    assert (scores["wer_errors"], scores["wer_words"]) == (3, 9)
    assert scores["wer"] == pytest.approx(1 / 3)
    assert (scores["oracle_errors"], scores["asked_errors"]) == (2, 0)
    assert (scores["entity_errors"], scores["entity_words"]) == (1, 1)
    assert scores["cer_chars"] == len("who founded the observatory at which pluto was found")


def test_a_question_without_names_or_words_has_no_such_rate() -> None:
    scores = record(HOTPOT, RIGHT, question="which is larger?", heard=heard("which is larger")).scores
    assert "entity_wer" not in scores
    assert scores["wer"] == 0
    assert "wer" not in record(HOTPOT, RIGHT, question="?", heard=heard("uh")).scores


def test_a_failed_sample_was_heard_all_the_same() -> None:
    assert record(HOTPOT, Prediction(), "failed", heard=heard("who was he")).scores["wer_errors"] == 1


def test_names_are_those_of_the_question_and_of_its_sources() -> None:
    gold = Gold(("Bolan",), titles=("T-Bolan", "T. Rex (band)", "Tomomi Ogawa"))
    names = names_of("Was the band T-Bolan named after T. Rex or after Bolan?", gold)
    assert {"T-Bolan", "T. Rex", "Bolan"} <= set(names)
    assert "Tomomi Ogawa" not in names


def test_every_score_is_told_or_is_a_count() -> None:
    scores = record(HOTPOT, RIGHT, heard=heard("who was it")).scores
    counts = {name for name in scores if name.endswith(("_errors", "_words", "_chars"))}
    assert scores.keys() - counts <= METRICS.keys()
