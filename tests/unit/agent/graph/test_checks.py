"""The checks by code: what they object to, and what they let pass."""

from __future__ import annotations

import pytest

from agent.graph.checks import (
    as_question,
    bad_plan,
    bad_step,
    comparison,
    fill,
    is_nothing,
    mentions,
    names_all,
    plain,
    repeats,
    simplified,
    stem,
    unrelated,
    unsupported,
    without_asked,
    wrong_kind,
)
from agent.types import Evidence
from tests.fakes.retriever import passage

NESTED = "Where was the mother of the author of Frankenstein born?"
STEPS = ["Who is the author of Frankenstein?", "Who is the mother of #1?", "Where was #2 born?"]


def evidence(sentence: str, title: str = "A Page") -> Evidence:
    return Evidence(passage(title, sentence), sentence)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("who wrote Walden.", "Who wrote Walden?"),
        ("Who wrote Walden", "Who wrote Walden?"),
        ("  who wrote Walden?  ", "Who wrote Walden?"),
        ("Who wrote Walden ?.", "Who wrote Walden?"),
        ("in which city was Bach born...", "In which city was Bach born?"),
        ("and where did he die.", "And where did he die?"),
        ("was Bach born in Eisenach.", "Was Bach born in Eisenach?"),
        ("Name the author of Walden.", "Name the author of Walden."),
        ("Whoever wrote Walden.", "Whoever wrote Walden."),
        ("Wasps fly.", "Wasps fly."),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_heard_question_is_written_as_one(heard: str, written: str) -> None:
    assert as_question(heard) == written
    assert as_question(written) == written


@pytest.mark.parametrize(
    ("step", "simple"),
    [
        ("Who was the astronomer who discovered Uranus?", "Who discovered Uranus?"),
        ("Who is the man that wrote Walden?", "Who wrote Walden?"),
        ("who was the man who wrote Walden?", "Who wrote Walden?"),
        ("Who was the mother of Mary Shelley?", "Who was the mother of Mary Shelley?"),
        ("Who directed The Man Who Knew Too Much?", "Who directed The Man Who Knew Too Much?"),
        ("Who was the Man Who Laughs?", "Who was the Man Who Laughs?"),
    ],
)
def test_a_detour_is_cut_short(step: str, simple: str) -> None:
    assert simplified(step) == simple


@pytest.mark.parametrize(
    ("step", "compares"),
    [
        ("Was #1 born before #2?", True),
        ("Is # 1 older than #2?", True),
        ("When was #1 born?", False),
        ("Did #1 write about #1?", False),
        ("When was Bach born?", False),
    ],
)
def test_comparisons_are_the_summarys_work(step: str, compares: bool) -> None:
    assert comparison(step) is compares


@pytest.mark.parametrize(
    ("steps", "question", "objection"),
    [
        ([], NESTED, "there are no steps"),
        (["Who is #1?", *STEPS[1:]], NESTED, "step 1 uses an answer that comes later"),
        ([STEPS[0], "Who is the mother of #3?", STEPS[2]], NESTED, "step 2 uses an answer that comes later"),
        ([*STEPS, NESTED.lower()], NESTED, "repeats the whole question"),
        ([NESTED], NESTED, "asks two things at once: first ask for the author of Frankenstein born"),
        (["Where is the city where Bach was born?"], "Where was Bach born?", "first ask for the one where Bach"),
        (["Who wrote the book?", "Where was #1 born?"], "Where was the author born?", "names nothing"),
        (["Who is it?", "Where was #1 born?"], "Where was the author born?", "names nothing"),
        ([*STEPS, "What is #3?"], NESTED, "'What is #3?' asks for no fact"),
        ([STEPS[0], "Where was #1 born?"], NESTED.replace("mother", "cousin's cat"), "the steps leave out 'cousin'"),
        (["Who wrote Walden?"], "Who wrote Walden in Concord?", "the steps leave out 'concord'"),
        (
            ["Who is the founder of Yale?", "Which school did #1?"],
            "Which school did the founder of Yale?",
            "'Which school did #1?' asks for no fact",
        ),
    ],
)
def test_a_bad_plan(steps: list[str], question: str, objection: str) -> None:
    assert objection in bad_plan(steps, question)


@pytest.mark.parametrize(
    ("steps", "question"),
    [
        (STEPS, NESTED),
        (["Who wrote Walden?"], "Who wrote Walden?"),
        (["Who discovered radium?", "Where was #1 born?"], "Where was the woman born who discovered radium?"),
        (["Which ship sank in 1912?", "Who built #1?"], "Who built the ship that sank in 1912?"),
        (["Which museum holds Guernica?", "Where is #1?"], "Where is the museum that holds Guernica?"),
        (["Who is the author of The Name of the Rose?"], "Who is the author of The Name of the Rose?"),
        (["Who directed The Man Who Knew Too Much?"], "Who directed The Man Who Knew Too Much?"),
        (["Who wrote Emma?", "From which city was #1?"], "From which city was the author of Emma?"),
        (["Who wrote Emma?", "To which queen did #1 write?"], "To which queen did the author of Emma write?"),
        (["Of which country is Paris the capital?"], "Of which country is Paris the capital?"),
        (["Which planet was discovered by Herschel?"], "Which planet did Herschel discover?"),
        (["When was Bach born?", "When was Scarlatti born?"], "Who was born earlier, Bach or Scarlatti?"),
    ],
)
def test_a_good_plan(steps: list[str], question: str) -> None:
    assert bad_plan(steps, question) == ""


@pytest.mark.parametrize(
    ("step", "objection"),
    [
        ("Paris?", "is not a question"),
        ("1 2 3 4?", "is not a question"),
        ("Where was #2 born?", "needs #2"),
        ("Where was he born?", "says 'he'"),
        ("where was Bach born", "was asked already"),
        ("Where did Bach live?", ""),
        ("Did Bach say where he was born?", ""),
    ],
)
def test_a_step_about_to_be_asked(step: str, objection: str) -> None:
    problem = bad_step(step, ["Where was Bach born?"])
    assert objection in problem
    assert bool(problem) == bool(objection)


def test_blanks_are_filled_and_unknown_ones_stay() -> None:
    assert fill("Did # 1 meet #2 or #3 or #0?", ("Bach", "#1")) == "Did Bach meet #1 or #3 or #0?"


@pytest.mark.parametrize(
    "answer", ["", "Unknown.", "N/A", "n.a.", "Not found", "none", "Not mentioned in the sentences"]
)
def test_answers_that_say_there_is_none(answer: str) -> None:
    assert is_nothing(answer)


@pytest.mark.parametrize("answer", ["Nonesuch", "no", "Nothing Hill", "0"])
def test_answers_that_only_look_empty(answer: str) -> None:
    assert not is_nothing(answer)


@pytest.mark.parametrize(
    "family",
    [
        "write wrote written writes writer writers author authors",
        "die dies died death",
        "lie lies",
        "born birth birthplace",
        "design designs designed designer designers designing",
        "discover discovers discovered discoverer discoverers discovering",
        "live lives lived",
        "build built builder builds",
        "found founded founder founders",
        "paint painted painter painters",
        "study studied studies",
        "city cities",
        "bridge bridges",
        "river rivers",
        "play plays played",
    ],
)
def test_words_of_one_family_meet(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["born died", "river rival", "found fund", "write read", "city cite", "tower town", "as is"]
)
def test_words_of_two_families_do_not(pair: str) -> None:
    one, other = pair.split()
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("sentence", "step", "away"),
    [
        ("Walden was written by Thoreau.", "Who wrote Walden?", False),
        ("His birthplace is Eisenach.", "Where was Bach born?", False),
        ("Bach was the eighth child of Ambrosius.", "Where was Bach born?", True),
        ("Herschel found Uranus from his garden.", "Who discovered Uranus?", True),
        ("Bach lived in Leipzig.", "Where is Bach?", False),
    ],
    ids=["verb", "noun", "other-fact", "synonym", "no-fact-asked"],
)
def test_whether_a_sentence_shares_a_word_with_the_step(sentence: str, step: str, away: bool) -> None:
    assert unrelated(evidence(sentence), step) is away


@pytest.mark.parametrize(
    ("answer", "step", "objection"),
    [
        ("Eisenach", "Where was Bach born?", ""),
        ("the town of EISENACH", "Where was Bach born?", "does not say 'the town of EISENACH'"),
        ("Leipzig", "Where was Bach born?", "does not say 'Leipzig'"),
        ("the", "Where was Bach born?", "does not say 'the'"),
        ("yes", "Was Bach born in Eisenach?", ""),
        ("Eisenach", "Where was Ada Lovelace born?", "is not about Ada Lovelace"),
    ],
)
def test_a_citation_carries_its_answer(answer: str, step: str, objection: str) -> None:
    problem = unsupported(answer, evidence("Bach was born in Eisenach.", "Bach"), step)
    assert objection in problem
    assert bool(problem) == bool(objection)


NOVEL = "Mary Shelley wrote The Last Man."


@pytest.mark.parametrize(
    ("sentence", "title", "objection"),
    [
        (NOVEL, "Mary Shelley", "the cited sentence is about Mary Shelley, not about Mary Wollstonecraft"),
        ("She wrote The Last Man.", "Mary Shelley", ""),
        (NOVEL, "Mary Wollstonecraft", ""),
        ("Mary Shelley and Mary Wollstonecraft wrote The Last Man.", "Mary Shelley", ""),
    ],
)
def test_a_sentence_about_its_own_title_says_nothing_of_another_name(sentence: str, title: str, objection: str) -> None:
    text = f"{sentence} Her mother was Mary Wollstonecraft."
    cited = Evidence(passage(title, text), sentence)
    assert unsupported("The Last Man", cited, "Which book did Mary Wollstonecraft write?") == objection


@pytest.mark.parametrize(
    ("answer", "step", "objection"),
    [
        ("the Lowell Observatory", "Which university did Percival Lowell attend?", "is no university"),
        ("Mountrail County", "What river flows through Stanley?", "is no river"),
        ("Lake Geneva", "Which river flows through Lyon?", "is no river"),
        ("Trinity College", "Which university did Newton attend?", ""),
        ("Harvard", "Which university did Percival Lowell attend?", ""),
        ("Fall River", "In which city was Lizzie Borden born?", ""),
        ("the Lowell Observatory", "Where did Percival Lowell work?", ""),
        ("", "Which university did Percival Lowell attend?", ""),
    ],
)
def test_what_calls_itself_something_else_is_no_answer(answer: str, step: str, objection: str) -> None:
    assert wrong_kind(answer, step).endswith(objection)
    assert bool(wrong_kind(answer, step)) == bool(objection)


@pytest.mark.parametrize(
    ("text", "name", "speaks"),
    [
        ("Walden was written by Henry David Thoreau.", "Henry David Thoreau", True),
        ("Dvorak was born in Bohemia.", "Dvořák", True),
        ("Arturo Tappin is a saxophonist.", "Saxophonic", False),
        ("Saxophonic is an album.", "Saxophonic", True),
        ("The town of Bathurst", "Bath", False),
    ],
)
def test_whether_a_text_speaks_of_a_name(text: str, name: str, speaks: bool) -> None:
    assert mentions(text, name) is speaks


def test_whether_a_sentence_has_every_name_asked_about() -> None:
    step = "Which bank bought FleetBoston Financial?"
    assert names_all(evidence("It announced the purchase of FleetBoston Financial."), step)
    assert names_all(evidence("It was bought in 2004.", title="FleetBoston Financial"), step)
    assert not names_all(evidence("It was bought in 2004."), step)
    assert not names_all(evidence("It was bought in 2004."), "Which bank was bought?"), "there is no name to have"


@pytest.mark.parametrize(
    ("answer", "step", "left"),
    [
        ("George Benson, Kenny G and Dave Koz", "Who was heard along with Kenny G and Dave Koz?", "George Benson"),
        ("Lennon and McCartney", "Who wrote Yesterday?", "Lennon and McCartney"),
        ("Kenny G, Dave Koz", "Who was heard, Kenny G or Dave Koz?", "Kenny G, Dave Koz"),
        ("Rimac", "On which river lies Lima?", "Rimac"),
        ("May 24, 1883", "When was it opened in 1883?", "May 24, 1883"),
    ],
)
def test_a_list_loses_what_the_step_names_itself(answer: str, step: str, left: str) -> None:
    assert without_asked(answer, step) == left


@pytest.mark.parametrize(
    ("answer", "step", "again"),
    [
        ("Haarlem", "Which river flows through Haarlem?", True),
        ("the Mountrail County", "What is the seat of Mountrail County?", True),
        ("the International Olympic Committee (IOC)", "Who leads the International Olympic Committee (IOC)?", True),
        ("University of Oxford", "Which university is in Oxford?", False),
        ("Spaarne", "Which river flows through Haarlem?", False),
        ("Jaws", "Which was released first, Jaws or Psycho?", False),
        ("New York", "In which state is New York City?", False),
        ("yes", "Is Lima in Peru?", False),
        ("", "Who wrote Walden?", False),
    ],
)
def test_whether_an_answer_says_what_was_asked(answer: str, step: str, again: bool) -> None:
    assert repeats(answer, step) is again


def test_a_text_is_folded_once() -> None:
    text = "The Élan of an Ärmel, nobody-else"
    assert plain(text) == "elan of armel nobody else"
    met = plain.cache_info().hits
    plain(text)
    assert plain.cache_info().hits == met + 1
