"""What events leave on the board."""

from __future__ import annotations

from agent.session.events import (
    Failed,
    Interrupted,
    Notice,
    NotReady,
    PhaseChanged,
    Queued,
    Ready,
    Replied,
    Said,
    SayingStarted,
    Told,
    TurnEnded,
    TurnStarted,
)
from agent.session.phases import Phase
from agent.tui.board import KEPT_NOTICES, KEPT_TURNS, Board
from agent.tui.doubt import doubtful
from agent.types import Question
from tests.fakes.conversations import (
    ANSWER,
    ASKED,
    HOPS,
    PATH,
    READINGS,
    TIMINGS,
    Script,
    answered,
    clarifying,
    heard,
    listening,
    ready,
    thinking,
)
from voice.events import Level, SamplesLost, SpeechStarted
from voice.speak.heard import Heard
from voice.types import Hypothesis


def after(*scripts: Script) -> Board:
    """The board after some events."""
    board = Board()
    for script in scripts:
        for turn, event in script:
            board.take(Told(turn, 0.0, event))  # type: ignore[arg-type]
    return board


def test_a_turn_is_folded_from_its_events() -> None:
    board = after(ready(), listening(), heard(), thinking())
    turn = board.turns[1]
    assert (turn.question, turn.readings, turn.hops) == (ASKED, READINGS, [HOPS[0]])
    assert turn.asking == HOPS[1].sub_question
    assert board.phase is Phase.THINKING
    for number, event in answered():
        board.take(Told(number, 0.0, event))  # type: ignore[arg-type]
    assert (turn.answer, turn.hops, turn.path, turn.timings) == (ANSWER, list(HOPS), list(PATH), TIMINGS)
    assert board.usage() == ANSWER.usage
    assert board.last_answer is turn


def test_a_noise_leaves_no_turn() -> None:
    board = after([(1, SpeechStarted(0.0)), (1, Level(0.0, -30, -20))])
    assert not board.turns
    assert board.level == -30
    assert after([(1, Level(0.0, -30, -20)), (1, Level(0.1, -31, -20))]).level == -30, "a room is never quite still"
    assert after([(1, Level(0.0, -30, -20)), (1, Level(0.1, -33, -20))]).level == -33
    assert after([(1, Level(0.0, -30, -20)), (0, PhaseChanged(Phase.LISTENING, Phase.IDLE, "close"))]).level == -120


def test_a_question_back_is_open_until_the_reply() -> None:
    board = after(clarifying())
    assert board.asked
    assert len(board.asked.readings) == 2
    board.take(Told(1, 0.0, Replied("the first")))
    assert board.asked is None
    assert board.turns[1].replies == ["the first"]


def test_a_question_that_waited_is_taken_off_the_queue() -> None:
    board = after(heard(), [(0, Queued("and then?", 1))])
    assert board.waiting == ["and then?"]
    board.take(Told(2, 0.0, TurnStarted(Question("and then?"), "typed")))
    assert board.waiting == []
    board.take(Told(0, 0.0, Queued("and then?", 1)))
    board.take(Told(0, 0.0, PhaseChanged(Phase.THINKING, Phase.IDLE, "cancel")))
    assert board.waiting == [], "dropping the turn drops what waits"


def test_an_interruption_keeps_what_was_heard() -> None:
    board = after(heard(), answered(), [(1, SayingStarted("The town …", "answer"))])
    assert board.turns[1].saying
    board.take(Told(1, 0.0, Interrupted(Heard((), "The town", complete=False), "voice")))
    board.take(Told(1, 0.0, Said(Heard((), "The town", complete=False), "answer")))
    board.take(Told(1, 0.0, TurnEnded("interrupted", TIMINGS)))
    assert (board.turns[1].saying, board.turns[1].cut) == (False, "The town")


def test_old_turns_leave() -> None:
    board = after(*(heard(turn) for turn in range(1, 200)))
    assert len(board.turns) == KEPT_TURNS
    assert max(board.turns) == 199


def test_lost_sound_is_counted() -> None:
    assert after([(0, SamplesLost(1.0, 0.1, 0.4))]).lost == 0.4


def test_doubtful_words_are_those_that_likely_readings_have_otherwise() -> None:
    words = ASKED.split()
    assert {words[at] for at in doubtful(ASKED, READINGS)} == {"Which", "town", "Brooklyn"}
    assert doubtful(ASKED, READINGS[:1]) == frozenset()
    assert doubtful(ASKED, [Hypothesis("quite another", -9, 0.001)]) == frozenset()
    assert doubtful("Who is it", [Hypothesis("who is it?", -1, 0.5)]) == frozenset()


def test_a_notice_that_is_told_again_is_the_newest_again() -> None:
    board = after([(0, Notice("first")), (0, Failed("second")), (0, Notice("first"))])
    assert list(board.notices.items()) == [("second", 2), ("first", 3)]
    assert len(after([(0, Notice(str(at))) for at in range(99)]).notices) == KEPT_NOTICES


def test_what_could_not_be_made_ready_is_stuck_until_it_is() -> None:
    assert after([(0, NotReady())]).stuck
    assert not after([(0, NotReady()), (0, Ready(("docs",)))]).stuck
