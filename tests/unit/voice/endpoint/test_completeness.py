from __future__ import annotations

import pytest

from voice.endpoint import completeness

FINISHED = """
Where was Ada Lovelace born?
When did the husband of Clara Wieck die?
Which country is the director of Jaws from?
Who is Ludwig van Beethoven's paternal grandfather?
Are Paul Éluard and Georges Bataille from the same country?
The Northcap University was founded in what year?
"""
POSSIBLE = """
Who wrote the first novel?
Who was the wife of the composer of Kinderszenen?
Which river flows through the city where the astronomer who discovered Uranus was raised?
What body of water does the Toongabbie Creek flow into?
Which film came out first, Blind Shaft or The Mask Of Fu Manchu?
"""
UNFINISHED = """
who is the wife of the
Which river
which river flows through
who wrote
Who is the maternal
Where was the place of death of the director
Who is Bart's
Who was the man who
Which film came out first, Blind Shaft
Are both Target Zero and
Are both Target Zero
where did she grow up and
who wrote the, um
Who wrote the book...
who directed Jaws,
When did the state
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("text", lines(FINISHED))
def test_finished_questions(text: str) -> None:
    assert completeness(text) == "complete"


@pytest.mark.parametrize("text", lines(POSSIBLE))
def test_questions_that_could_go_on(text: str) -> None:
    assert completeness(text) == "possible"


@pytest.mark.parametrize("text", lines(UNFINISHED))
def test_plainly_unfinished(text: str) -> None:
    assert completeness(text) == "unfinished"


@pytest.mark.parametrize("text", ["", "  ", "?", "never mind", "I like old bridges"])
def test_no_question_or_not_yet_one(text: str) -> None:
    assert completeness(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "Which country does the river flow through that Clara lived at",
        "Who is the president of the organization that Avery Brundage is a member of",
        "What does Warsaw host and what did they do",
        "Which of the two was founded first",
        "What's the capital of the state that the Space Needle is in",
    ],
)
def test_questions_that_end_in_a_small_word_are_not_called_unfinished(text: str) -> None:
    assert completeness(text) != "unfinished"


@pytest.mark.parametrize("text", lines(FINISHED) + lines(UNFINISHED))
def test_punctuation_capitals_and_apostrophes_of_the_recogniser_do_not_matter(text: str) -> None:
    if text.endswith(("...", ",")):
        return
    assert completeness(text.rstrip("?").upper()) == completeness(text.rstrip("?").replace("'", "’") + "?")


def test_languages_without_rules_are_unclear() -> None:
    assert completeness("wer ist die Frau von", "de") == "unclear"
    assert completeness("who is the wife of the", "de") == "unclear"
