"""Questions taken apart by their grammar, in plain view."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.graph.checks import bad_plan
from agent.graph.comparisons import comparison_of
from agent.graph.relations import plainly
from agent.graph.unnest import unnest

NESTED = """
Where was the woman born who discovered radium? | Who discovered radium? | Where was #1 born?
Where was the man born that built the Thames Tunnel? | Which man built the Thames Tunnel? | Where was #1 born?
In which village was the man born who built the Thames Tunnel? | Who built the Thames Tunnel? | In which village was #1 born?
Which mountain did the man climb who wrote Walden? | Who wrote Walden? | Which mountain did #1 climb?
At which university did the man study who wrote The Name of the Rose? | Who wrote The Name of the Rose? | At which university did #1 study?
What did the woman win who discovered radium? | Who discovered radium? | What did #1 win?
Where was the man who painted The Night Watch born? | Who painted The Night Watch? | Where was #1 born?
In which city was the architect who designed the Rijksmuseum born? | Who designed the Rijksmuseum? | In which city was #1 born?
When did the man who built the Clifton Suspension Bridge die? | Who built the Clifton Suspension Bridge? | When did #1 die?
When did the film director who made Jaws die? | Which film director made Jaws? | When did #1 die?
Where was the man who discovered radium born? | Who discovered radium? | Where was #1 born?
In which year was the company that made the Apollo Guidance Computer founded? | Which company made the Apollo Guidance Computer? | In which year was #1 founded?
Who sings with the performer of "country road"? | Who is the performer of "country road"? | Who sings with #1?
Who leads the academy that Mary Anning is a member of? | Which academy is Mary Anning a member of? | Who leads #1?
Who was the teacher of the man that Cape Byron was named after? | Which man was Cape Byron named after? | Who was the teacher of #1?
Which sea does the river that Walden Creek flows into reach? | Which river does Walden Creek flow into? | Which sea does #1 reach?
Who founded the party Ada Byron belongs to? | Which party does Ada Byron belong to? | Who founded #1?
What is the tallest tower in the city where Ada Byron lived? | In which city did Ada Byron live? | What is the tallest tower in #1?
What is the tallest tower in the city where the Walden Brothers formed? | In which city was the Walden Brothers formed? | What is the tallest tower in #1?
What was the population of Ada Byron's city of birth in 1850? | What is the city of birth of Ada Byron? | What was the population of #1 in 1850?
Who did Ada Byron's father marry after the war? | Who is the father of Ada Byron? | Who did #1 marry after the war?
Who was Ada Byron's mother's spouse? | Who is the mother of Ada Byron? | Who was the spouse of #1?
When did the headquarters city of Night Watch's manufacturer elect a mayor? | Who is the manufacturer of Night Watch? | What is the headquarters city of #1? | When did #2 elect a mayor?
What is the birthplace of Mass in D Major's composer? | Who is the composer of Mass in D Major? | What is the birthplace of #1?
Who owns the record label of the Walden Again performer? | Who is the performer of Walden Again? | What is the record label of #1? | Who owns #2?
When did the 1979-80 Walden Cup winner win the Night Cup? | Who is the winner of 1979-80 Walden Cup? | When did #1 win the Night Cup?
Who is the Vice-President of the body that tested radium? | Which body tested radium? | Who is the Vice-President of #1?
When was the battle of the birthplace of the singer of Jaws? | Who is the singer of Jaws? | What is the birthplace of #1? | When was the battle of #2?
Where is the museum that holds The Night Watch? | Which museum holds The Night Watch? | Where is #1?
Who wrote the novel that inspired Blade Runner? | Which novel inspired Blade Runner? | Who wrote #1?
Who designed the museum which holds Guernica? | Which museum holds Guernica? | Who designed #1?
Who was the husband of the opera singer who taught Maria Callas? | Which opera singer taught Maria Callas? | Who was the husband of #1?
Who taught the man who taught Alexander the Great? | Who taught Alexander the Great? | Who taught #1?
Who was the husband of the pianist who was born in Leipzig? | Which pianist was born in Leipzig? | Who was the husband of #1?
Who was the wife of the man who wrote Walden and died in Concord? | Who wrote Walden and died in Concord? | Who was the wife of #1?
In which city lies the museum that was designed by Pierre Cuypers? | Which museum was designed by Pierre Cuypers? | In which city lies #1?
Who was the mother of the Dutch painter who painted The Night Watch? | Which Dutch painter painted The Night Watch? | Who was the mother of #1?
Who was the founder of the observatory where Pluto was discovered? | In which observatory was Pluto discovered? | Who was the founder of #1?
Who designed the museum where The Night Watch is kept? | In which museum is The Night Watch kept? | Who designed #1?
What is the capital of the country where Simón Bolívar was born? | In which country was Simón Bolívar born? | What is the capital of #1?
What language is spoken in the country where Nokia was founded? | In which country was Nokia founded? | What language is spoken in #1?
Who was the mother of the author of Frankenstein? | Who is the author of Frankenstein? | Who was the mother of #1?
Who was the wife of the composer of Kinderszenen? | Who is the composer of Kinderszenen? | Who was the wife of #1?
Which country is the home of the author of The Name of the Rose? | Who is the author of The Name of the Rose? | Which country is the home of #1?
Where did the painter of The Night Watch live? | Who is the painter of The Night Watch? | Where did #1 live?
Where was the inventor of the World Wide Web born? | Who is the inventor of the World Wide Web? | Where was #1 born?
Which city is the birthplace of the discoverer of Uranus? | Who is the discoverer of Uranus? | Which city is the birthplace of #1?
On which river lies the birthplace of Albert Einstein? | What is the birthplace of Albert Einstein? | On which river lies #1?
Which town was founded by the designer of the Brooklyn Bridge? | Who is the designer of the Brooklyn Bridge? | Which town was founded by #1?
When was the mother of the author of Frankenstein born? | Who is the author of Frankenstein? | Who is the mother of #1? | When was #2 born?
When was the composer of the opera that opened La Scala born? | Which opera opened La Scala? | Who is the composer of #1? | When was #2 born?
Where did the sister of the astronomer who discovered Uranus live? | Who discovered Uranus? | Who is the sister of #1? | Where did #2 live?
On which river lies the city where the director of Breathless was born? | Who is the director of Breathless? | In which city was #1 born? | On which river lies #2?
Which river flows through the city where the astronomer who discovered Uranus was born? | Who discovered Uranus? | In which city was #1 born? | Which river flows through #2?
Which sea lies beside the city where the founder of the company that made the Lumia was born? | Which company made the Lumia? | Who is the founder of #1? | In which city was #2 born? | Which sea lies beside #3?
Which was built first, the Eiffel Tower or the Brooklyn Bridge? | When was the Eiffel Tower built? | When was the Brooklyn Bridge built?
Which bridge was opened earlier, Tower Bridge or the Brooklyn Bridge? | When was Tower Bridge opened? | When was the Brooklyn Bridge opened?
Who died earlier: Mozart or Haydn? | When did Mozart die? | When did Haydn die?
Which film came out first, Jaws or The Birds? | When was Jaws released? | When was The Birds released?
Was Gandhi or Tagore born first? | When was Gandhi born? | When was Tagore born?
Which writer is younger, Zadie Smith or Ali Smith? | When was Zadie Smith born? | When was Ali Smith born?
Who lived longer, Bach or Handel? | When was Bach born? | When did Bach die? | When was Handel born? | When did Handel die?
Which film has the director who was born earlier, Jaws or Now, Voyager? | Who is the director of film Jaws? | Who is the director of film Now, Voyager? | When was #1 born? | When was #2 born?
Are the directors of the films Jaws and The Birds from the same country? | Who is the director of film Jaws? | Who is the director of film The Birds? | What is the nationality of #1? | What is the nationality of #2?
Are the films Love And Death and Life And Debt from the same country? | Which country is Love And Death from? | Which country is Life And Debt from?
Which film came out first, Now Or Never or Trick Or Treat? | When was Now Or Never released? | When was Trick Or Treat released?
Are Mount Etna and Mount Vesuvius located in the same country? | In which country is Mount Etna located? | In which country is Mount Vesuvius located?
Where was Ada Lovelace's mother born? | Who is the mother of Ada Lovelace? | Where was #1 born?
Who is the paternal grandfather of Ada Lovelace? | Who is the father of Ada Lovelace? | Who is the father of #1?
Who is Prince Philip's mother-in-law? | Who is the spouse of Prince Philip? | Who is the mother of #1?
When did the state where Cooper Lake is located abolish slavery? | In which state is Cooper Lake located? | When did #1 abolish slavery?
Which plague struck the birth city of the composer of La serva padrona? | Who is the composer of La serva padrona? | What is the birth city of #1? | Which plague struck #2?
Who was born later, Clara Schumann or Johannes Brahms? | When was Clara Schumann born? | When was Johannes Brahms born?
Was Clara Schumann born in the same city as Felix Mendelssohn? | In which city was Clara Schumann born? | In which city was Felix Mendelssohn born?
Were Clara Schumann and Robert Schumann born in the same city? | In which city was Clara Schumann born? | In which city was Robert Schumann born?
Were Brahms and Liszt both born in the same year? | In which year was Brahms born? | In which year was Liszt born?
"""  # noqa: E501 - a question and its steps read best in one line
ROWS = [[part.strip() for part in line.split("|")] for line in NESTED.strip().splitlines()]

LEFT_ALONE = [
    "",
    "?",
    "Who discovered Uranus?",
    "Who wrote The Name of the Rose?",
    "Who is the author of The Name of the Rose?",
    "Who was the president of the United States of America?",
    "Who was the daughter of Lord Byron?",
    "Which river flows through the city?",
    "Which of the Beatles was born first?",
    "Tell me about Paris.",
    "Who is married to the actor playing Bart's father?",
    "When is John Byron, 10th Earl of Rochdale's birthday?",
    "When did the Swiss author and painter die?",
    "Where was the Breathless director Jean-Luc Godard born?",
    "Who is the manager of the team that Ronaldo plays for in Spain?",
    "When was the school where Ada Byron studied law founded?",
    "What did Apple's founder say about Microsoft's founder?",
    "The man who wrote Walden was born in Concord.",
    "Who was the mother of the author of Frankenstein",
    # Broken by the recogniser.
    "Which river flows through the city worthy of astronomer who discovered Uranus was born?",
    "Who was the founder of the city of of Paris?",
    # The clause has a subject of its own, or singles one out: its words alone would ask something else.
    "How tall is the tower that Gustave Eiffel built?",
    "Who wrote the book which the film Blade Runner is based on?",
    "Where was the first woman born who won the Nobel Prize?",
    "Who was the last king who lived in Hanover?",
    # The outer verb cannot be told from the clause.
    "When did the man who discovered radium swim?",
    "Is the capital of France older than Rome?",
    "Are Paris and Lyon in the same country?",
    # A placeholder of its own would be taken for an answer.
    "Who is the founder of the company that made #7?",
]


@pytest.mark.parametrize(("question", "steps"), [(row[0], row[1:]) for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_nested_question_is_asked_from_the_inside_out(question: str, steps: list[str]) -> None:
    assert unnest(question) == steps
    assert comparison_of(question) or bad_plan(steps, plainly(question)) == ""


@pytest.mark.parametrize("question", LEFT_ALONE)
def test_other_questions_are_left_to_the_model(question: str) -> None:
    assert unnest(question) == []


@pytest.mark.parametrize(
    "repeated",
    [
        "the man who ",
        "the city where ",
        "the mother of ",
        "the party A belongs to ",
        "the A performer ",
        "A's father ",
        "A or ",
        "of the ",
        "A of ",
        "A ",
        "#1 ",
    ],
)
@pytest.mark.parametrize("times", [30, 10_000])
def test_no_question_takes_long(repeated: str, times: int) -> None:
    started = time.thread_time()
    for opening in ("", "Who was ", "Which was built first, "):
        unnest(f"{opening}{repeated * times}was born?")
    assert time.thread_time() - started < 1.0


WORDS = (
    "Who Which Where When In was is did born died wrote discovered the a of of the who that which where same city man "
    "mother first later earlier as or and in , Paris Uranus The Rose #1 #? Émile 's of the author"
)
QUESTIONS = st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join) | st.text(max_size=80)


@settings(max_examples=300, deadline=None)
@given(QUESTIONS)
def test_every_blank_refers_to_an_earlier_step(question: str) -> None:
    steps = unnest(f"{question}?")
    assert len(steps) != 1
    for number, step in enumerate(steps, 1):
        assert step.endswith("?")
        assert "#?" not in step
        assert all(1 <= int(ref) < number for ref in re.findall(r"#(\d+)", step))
