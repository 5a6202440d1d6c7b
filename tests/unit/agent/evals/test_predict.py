"""An answer in the terms of the official scorers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.evals.metrics.facts import supporting_facts
from agent.evals.paragraphs import passage_of
from agent.evals.predict import bare, hop_records, predict
from agent.evals.types import CitedSentence, Gold, Paragraph
from agent.types import Answer, Evidence, Hop, Passage, Question
from tests.fakes.eval_samples import SAMPLE

RA, KON_TIKI, HEYERDAHL = (passage_of(paragraph) for paragraph in SAMPLE.paragraphs)
HOPS = (
    Hop("Who led the Kon-Tiki expedition?", "Thor Heyerdahl", (Evidence(KON_TIKI, KON_TIKI.text.split("\n")[1]),)),
    Hop("Where was he born?", "Larvik", (Evidence(HEYERDAHL, "Heyerdahl was born in Larvik."),)),
)
ANSWER = Answer(Question(SAMPLE.question), "The answer is Larvik.", "Larvik", "answered", 0.9, HOPS)


def citing(*evidence: Evidence) -> Answer:
    """An answer that stands on these."""
    return replace(ANSWER, hops=(Hop("?", "Larvik", evidence),))


def test_what_is_cited_is_told_as_the_dataset_counts() -> None:
    prediction = predict(ANSWER, SAMPLE, ("Ra II", "Thor Heyerdahl"))
    assert prediction.answer == "Larvik"
    assert prediction.supports == (("Kon-Tiki expedition", 1), ("Thor Heyerdahl", 2))
    assert prediction.paragraphs == (1, 4)
    assert prediction.retrieved == ("Ra II", "Thor Heyerdahl")
    assert (prediction.confidence, prediction.answerable, prediction.text) == (0.9, True, ANSWER.text)


def test_an_abstention_answers_nothing_and_keeps_what_it_stands_on() -> None:
    prediction = predict(replace(ANSWER, outcome="abstained", short=""), SAMPLE)
    assert (prediction.answer, prediction.answerable) == ("", False)
    assert prediction.paragraphs == (1, 4)


def test_a_hop_that_was_given_up_supports_nothing() -> None:
    hops = (replace(HOPS[0], answer=""), HOPS[1])
    assert predict(replace(ANSWER, hops=hops), SAMPLE).paragraphs == (4,)


def test_a_sentence_of_a_corpus_may_be_several_of_the_dataset() -> None:
    whole = Passage("c0ffee", "Kon-Tiki expedition", " ".join(KON_TIKI.text.split("\n")), "corpus")
    prediction = predict(citing(Evidence(whole, whole.text)), SAMPLE)
    assert prediction.supports == (("Kon-Tiki expedition", 0), ("Kon-Tiki expedition", 1))


def test_a_short_sentence_is_not_taken_for_a_longer_one_that_holds_it() -> None:
    film = Paragraph(0, "Film", ("It won in 1990 and in 1995.", "It won in 1990", "It ran in 1990."))
    read = passage_of(film)
    for number, said in ((1, "It won in 1990"), (0, "It won in 1990 and"), (2, "It ran in 1990.")):
        prediction = predict(citing(Evidence(read, said)), replace(SAMPLE, paragraphs=(film,)))
        assert prediction.supports == (("Film", number),)


@pytest.mark.parametrize(
    ("title", "text", "cited", "number"),
    [
        ("Larvik", "It is old. Larvik is a town.", "Larvik is a town.", 1),
        ("Larvik", "It is old. It is large.\nLarvik is a town.", "Larvik is a town.", 1),
        ("Thor Heyerdahl", "He sailed on.", "He sailed on.", 3),
    ],
)
def test_what_the_sample_does_not_hold_costs_precision(title: str, text: str, cited: str, number: int) -> None:
    foreign = Evidence(Passage("c0ffee", title, text, "corpus"), cited)
    prediction = predict(citing(*HOPS[0].evidence, foreign), SAMPLE)
    assert prediction.supports == (("Kon-Tiki expedition", 1), (title, number))
    assert prediction.paragraphs == (1,)
    right = Gold((), supports=(("Kon-Tiki expedition", 1), ("Thor Heyerdahl", 0)))
    assert supporting_facts(prediction.supports, right).precision == 0.5


def test_of_two_paragraphs_of_one_title_the_one_that_was_read_counts() -> None:
    twins = tuple(Paragraph(index, "Larvik", ("Larvik is a town.",)) for index in (7, 9))
    sample = replace(SAMPLE, paragraphs=twins)
    read = passage_of(twins[1])
    assert predict(citing(Evidence(read, read.text)), sample).paragraphs == (9,)


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        ("Are both in Norway?", "Yes, both are in Norway.", "yes"),
        ("Are both in Norway?", "No.", "no"),
        ("Did it win?", "no - it lost", "no"),
        ("Are both in Norway?", "Norway", "Norway"),
        ("Is it older?", "yesterday", "yesterday"),
        ("Which sitcom followed?", "Yes, Prime Minister", "Yes, Prime Minister"),
        ("Where was he born?", " Larvik ", "Larvik"),
    ],
)
def test_yes_and_no_are_bare(question: str, said: str, kept: str) -> None:
    assert bare(said, replace(ANSWER, question=Question(question))) == kept


@pytest.mark.parametrize(
    ("said", "text", "kept"),
    [
        ("6 October 1914", "He was born on October 6, 1914.", "October 6, 1914"),
        ("October 6th, 1914", "Born 6 October 1914 in Larvik.", "6 October 1914"),
        ("1914-10-06", "Born 6 October 1914 in Larvik.", "6 October 1914"),
        ("6 October 1914", "Born 6 October 1914 (October 6, 1914).", "6 October 1914"),
        ("6 October 1914", "Born in autumn.", "6 October 1914"),
        ("1914-13-06", "Born 6 October 1914.", "1914-13-06"),
        ("October 1914", "Born 6 October 1914.", "October 1914"),
    ],
)
def test_a_date_is_written_as_the_text_writes_it(said: str, text: str, kept: str) -> None:
    assert bare(said, citing(Evidence(Passage("1", "T", text, "p"), text))) == kept


@pytest.mark.parametrize(("retrieved", "kept"), [(("Larvik",), "October 6, 1914"), (("Oslo",), "6 October 1914")])
def test_a_system_that_cites_nothing_has_its_dates_written_as_what_it_read(
    retrieved: tuple[str, ...], kept: str
) -> None:
    sample = replace(SAMPLE, paragraphs=(Paragraph(0, "Larvik", ("He was born ", "on October 6, 1914.")),))
    answer = replace(ANSWER, short="6 October 1914", hops=())
    assert predict(answer, sample, retrieved).answer == kept


def test_hops_are_kept_with_their_sentences() -> None:
    assert hop_records(ANSWER)[1].evidence == (
        CitedSentence("Thor Heyerdahl", "Heyerdahl was born in Larvik.", "paragraph 4", 1),
    )
    assert [hop.answer for hop in hop_records(ANSWER)] == ["Thor Heyerdahl", "Larvik"]
