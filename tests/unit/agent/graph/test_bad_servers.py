"""Whatever a server does, a question ends in an answer, an abstention or a reason, and in time."""

from __future__ import annotations

import time
from contextlib import aclosing

import pytest

from agent.errors import AgentError
from agent.graph.build import FsmReasoner
from agent.llm.openai_client import OpenAIClient
from agent.types import Answer, Answered, Question
from tests.fakes.chat_server import ChatServer, Turn, refused, said
from tests.fakes.walks import ANSWERS, QUESTION, STEPS, toolbox

PLAN = said({"steps": STEPS})
READINGS = [said({"citation": 1, "answer": answer}) for answer in ANSWERS]
SUMMARY = said({"reason": "so", "answer": "Seine", "sentence": "It is the Seine."})
SECONDS = 3.0
# Whoever hangs shows in half a minute; a busy machine is given its time.
IN_TIME = 20.0


async def asked(server: ChatServer, question: str = QUESTION, seconds: float = 120.0) -> Answer:
    llm = OpenAIClient(server.url, "fake", timeout=30.0, retries=1)
    try:
        async with aclosing(FsmReasoner(toolbox(llm, seconds=seconds)).walk(Question(question))) as events:
            last = [event async for event in events][-1]
    finally:
        await llm.aclose()
    assert isinstance(last, Answered)
    return last.answer


async def test_a_good_server_is_asked_as_often_as_there_is_something_to_ask() -> None:
    with ChatServer(PLAN, *READINGS, SUMMARY) as server:
        answer = await asked(server)
    assert (answer.short, len(server.requests)) == ("Seine", 4)


BAD_REPLIES = {
    "prose": said("I would be glad to help you with that."),
    "wrong schema": said({"steps": "all of them", "answer": 7, "citation": "one"}),
    "wrong numbers": said({"steps": STEPS, "citation": 999, "answer": "Styx", "reason": "", "sentence": ""}),
    "endless": said('{"answer": "' + "very " * 5000),
    "nothing": said(""),
    "null": Turn({"choices": [{"index": 0, "finish_reason": "length", "message": {"role": "assistant"}}]}),
    "markup": said("[bold]<|im_end|>\x1b[2J" * 50),
}


@pytest.mark.parametrize("reply", BAD_REPLIES.values(), ids=BAD_REPLIES)
@pytest.mark.parametrize("from_the_start", [True, False])
async def test_replies_of_no_use_end_in_an_abstention(reply: Turn, from_the_start: bool) -> None:
    with ChatServer(*([] if from_the_start else [PLAN, READINGS[0]]), reply) as server:
        answer = await asked(server)
    assert answer.outcome == "abstained"
    assert answer.text
    assert answer.usage.calls <= 30


async def test_a_busy_server_is_asked_again_when_it_says() -> None:
    busy = refused(429, "slow down", Retry_After="0")
    with ChatServer(busy, PLAN, busy, *READINGS, SUMMARY) as server:
        assert (await asked(server)).short == "Seine"


FAILURES = {
    "always busy": (refused(429, "slow down", Retry_After="0"), "429"),
    "broken": (refused(500, "oh no"), "500"),
    "cut off": (Turn(drop=True), "cannot reach"),
    "another page": (Turn("<html>Sign in</html>"), "unreadable"),
    "refuses": (refused(400, "context length exceeded"), "refused"),
}


@pytest.mark.parametrize(("turn", "reason"), FAILURES.values(), ids=FAILURES)
async def test_a_server_that_fails_ends_the_run_with_the_reason(turn: Turn, reason: str) -> None:
    with ChatServer(PLAN, turn) as server, pytest.raises(AgentError, match=reason) as failed:
        await asked(server)
    assert "\n" not in str(failed.value)


STALLS = {
    "stalls": Turn(said({}).body, delay=30.0),
    "busy for long": refused(429, "slow down", Retry_After="30"),
}


@pytest.mark.parametrize("turn", STALLS.values(), ids=STALLS)
async def test_a_server_that_stalls_costs_the_budget_and_no_more(turn: Turn) -> None:
    started = time.perf_counter()
    with ChatServer(PLAN, READINGS[0], turn) as server:
        answer = await asked(server, seconds=SECONDS)
    assert answer.outcome == "abstained"
    assert time.perf_counter() - started < IN_TIME


QUESTIONS = {
    "empty": "",
    "blank": " \n\t ",
    "signs": "?!?!",
    "long": "Who was the king of the land where " * 2000,
    "one long word": "who" * 20_000,
    "german": "An welchem Fluss liegt die Stadt, in der der Regisseur von Außer Atem geboren wurde?",
    "chinese": "《精疲力尽》的导演出生的城市位于哪条河上？",
    "arabic": "على أي نهر تقع المدينة التي ولد فيها المخرج؟",
    "statement": "I like trains.",
    "abusive": "You are a worthless pile of junk, shut up",
    "gibberish": "asdf qwer zxcv #1 ${question} {0} %s",
    "surrogates": "Where \udcff lies \ud800 Lima?",
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_any_question_ends(question: str) -> None:
    with ChatServer(
        said({"steps": [question[:200] or "x"], "citation": 0, "answer": "not found", "enough": False})
    ) as server:
        answer = await asked(server, question)
    assert answer.outcome == "abstained"
    assert len(answer.question.text.encode(errors="replace")) <= 2000
    if question.strip():
        assert answer.text != "I did not hear a question."
