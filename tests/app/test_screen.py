"""Every key, by pressing it; and what the screen shows of a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from textual import events
from textual.screen import Screen

from agent.errors import ConversationError
from agent.session.events import Failed, NotForMe, Notice, PhaseChanged, Queued
from agent.session.phases import Phase
from agent.tui.board import TurnView
from agent.tui.deps import Look, Option, Start
from agent.tui.keys import KEYS
from agent.tui.panels import NoticeLine
from agent.tui.prompt import MOST, Prompt
from tests.app.stage import staged
from tests.fakes.conversations import (
    ANSWER,
    ASKED,
    READINGS,
    FakeShelf,
    answered,
    clarifying,
    heard,
    listening,
    phase,
    ready,
    thinking,
)
from voice.types import Utterance

WHOLE = [*ready(), *listening(), *heard(), *thinking(), *answered()]


async def test_a_conversation_from_the_first_word_to_the_answer() -> None:
    async with staged(ready()) as stage:
        await stage.shows("Ask a question: speak, or type. Answers come from documents.")
        stage.talk.say(listening())
        await stage.shows("Which town was founded by the design…")
        stage.talk.say(heard())
        await stage.shows(ASKED)
        await stage.shows("2 other readings: ^r")
        stage.talk.say(thinking())
        await stage.shows("John A. Roebling  brooklyn-bridge.md:8")
        assert "[search]" in stage.text
        stage.talk.say(answered())
        await stage.shows("confidence 93%")
        assert "heard 0.4 s · thought 28.5 s · spoke 0.1 s" in stage.text
        assert "[answered]" in stage.text


async def test_typing_asks_at_any_time() -> None:
    async with staged([*ready(), *heard()]) as stage:
        await stage.shows(ASKED)
        await stage.type("who then?")
        assert stage.log == [("ask", "who then?")]
        stage.talk.say([(0, Queued("who then?", 1))])
        await stage.shows("1 waiting")
        await stage.pilot.press("enter")
        assert stage.log == [("ask", "who then?")], "an empty line asks nothing"


async def test_what_is_typed_before_the_conversation_exists_is_kept() -> None:
    async with staged(ready()) as stage:
        stage.app._talk, talk = None, stage.app._talk
        await stage.type("early")
        stage.app._talk = talk
        assert len(stage.app._early) == 1


async def test_a_conversation_that_could_not_begin_is_begun_again_by_the_next_question() -> None:
    fails = [ConversationError("the disk is full")]

    async with staged(ready(), fails=fails) as stage:
        await stage.shows("hark could not begin to answer from documents.")
        await stage.shows("! the disk is full")
        await stage.type("early")
        await stage.shows("Ask a question: speak, or type")
        assert stage.log == [("ask", "early")]


async def test_a_clarification_takes_a_number_or_words() -> None:
    async with staged([*ready(), *clarifying()]) as stage:
        await stage.shows("2  the composer of Kindertotenlieder")
        await stage.type("2")
        for words in ("9", "00002", "neither"):
            await stage.type(words)
        assert stage.log == [("choose", 1), ("reply", "9"), ("reply", "00002"), ("reply", "neither")]


@pytest.mark.parametrize(
    ("now", "key", "told"),
    [
        (Phase.IDLE, "ctrl+t", ("listen", None)),
        (Phase.THINKING, "escape", ("cancel", None)),
        (Phase.SPEAKING, "escape", ("interrupt", None)),
        (Phase.PAUSED, "escape", ("interrupt", None)),
        (Phase.SPEAKING, "ctrl+c", ("interrupt", None)),
        (Phase.IDLE, "ctrl+l", ("repeat", None)),
        (Phase.SPEAKING, "ctrl+up", ("louder", None)),
        (Phase.SPEAKING, "ctrl+down", ("softer", None)),
        (Phase.SPEAKING, "shift+up", ("faster", None)),
        (Phase.SPEAKING, "shift+down", ("slower", None)),
    ],
)
async def test_keys_that_are_commands(now: Phase, key: str, told: tuple[str, object]) -> None:
    async with staged([*ready(), phase(Phase.IDLE, now, "test")]) as stage:
        await stage.until(lambda: stage.app.board.phase is now)
        await stage.pilot.press(key)
        assert stage.log == [told]


async def test_the_key_of_push_to_talk_begins_and_ends() -> None:
    async with staged(ready("push-to-talk")) as stage:
        await stage.until(lambda: stage.app.board.mode == "push-to-talk")
        await stage.pilot.press("ctrl+t")
        stage.talk.say([phase(Phase.IDLE, Phase.LISTENING, "listen")])
        await stage.until(lambda: stage.app.board.phase is Phase.LISTENING)
        await stage.pilot.press("ctrl+t")
        assert stage.log == [("press", None), ("release", None)]


@pytest.mark.parametrize("now", [Phase.TRANSCRIBING, Phase.THINKING])
async def test_the_key_of_push_to_talk_ends_what_it_began_whatever_hark_does(now: Phase) -> None:
    async with staged(ready("push-to-talk")) as stage:
        await stage.until(lambda: stage.app.board.mode == "push-to-talk")
        stage.talk.say([phase(Phase.IDLE, now, "asked")])
        await stage.until(lambda: stage.app.board.phase is now)
        await stage.pilot.press("ctrl+t", "ctrl+t")
        assert stage.log == [("press", None), ("release", None)]


async def test_a_misheard_question_is_put_right() -> None:
    async with staged(WHOLE) as stage:
        await stage.shows("confidence")
        await stage.pilot.press("up")
        await stage.shows("mend › Which town")
        await stage.pilot.press("escape")
        assert stage.app.main.query_one(Prompt).value == ""
        assert stage.log == [], "Escape leaves the line, and hark alone"
        await stage.pilot.press("up", "ctrl+u", *"Who?", "enter")
        assert stage.log == [("edit", "Who?")]


@pytest.mark.parametrize(
    ("key", "presses", "told"),
    [
        ("ctrl+r", ["down", "enter"], ("choose", 1)),
        ("f2", ["down", "enter"], ("set_mode", "push-to-talk")),
        ("f7", ["down", "enter"], ("set_voice", "espeak")),
    ],
)
async def test_keys_that_offer_a_choice(key: str, presses: list[str], told: tuple[str, object]) -> None:
    async with staged(WHOLE) as stage:
        await stage.shows("confidence")
        await stage.pilot.press(key)
        await stage.until(lambda: stage.app.screen.query("#choices:focus"))
        await stage.pilot.press(*presses)
        assert stage.log == [told]
        await stage.pilot.press(key, "escape")
        assert stage.log == [told], "Escape chooses nothing"


async def test_without_a_microphone_it_says_so() -> None:
    async with staged(ready("text")) as stage:
        await stage.pilot.press("f8")
        await stage.shows("no microphone is here")


async def test_other_documents(tmp_path: Path) -> None:
    kept: list[tuple[str, object]] = []
    async with staged(ready(), remember=lambda key, value: kept.append((key, value))) as stage:
        await stage.pilot.press("f5")
        field = stage.app.screen.query_one("#folder")
        field.value = str(tmp_path / "nowhere")  # type: ignore[attr-defined]
        await stage.pilot.press("enter")
        await stage.shows("there is no")
        field.value = str(tmp_path)  # type: ignore[attr-defined]
        await stage.pilot.press("enter")
        assert stage.log == [("set_docs", (tmp_path,))]
        assert kept == [("docs", [str(tmp_path)])]
        assert stage.app.docs == (tmp_path,)


async def test_an_earlier_conversation_goes_on() -> None:
    past = TurnView(1, question="What was before?", answer=ANSWER)
    async with staged(ready(), shelf=FakeShelf([past])) as stage:
        first = stage.talk
        await stage.pilot.press("f6")
        await stage.until(lambda: stage.app.screen.query("#choices:focus"))
        await stage.pilot.press("enter")
        await stage.until(lambda: len(stage.talks) == 2)
        assert ("aclose", None) in first.log
        assert stage.talk.log == [("start", Start((Path("documents"),), "s1"))]
        await stage.shows("What was before?")


@pytest.mark.parametrize(("presses", "start"), [(["enter"], ("s9", True)), (["down", "enter"], (None, False))])
async def test_a_question_that_broke_off_is_offered(presses: list[str], start: tuple[str | None, bool]) -> None:
    broken = Option("s9", "Who was it?", "yesterday")
    async with staged(ready(), shelf=FakeShelf(broken=broken)) as stage:
        await stage.shows("Who was it?")
        await stage.until(lambda: stage.app.screen.query("#choices:focus"))
        await stage.pilot.press(*presses)
        await stage.until(lambda: stage.talks)
        assert stage.talk.log == [("start", Start((Path("documents"),), *start))]


async def test_a_hop_opens_to_its_passage() -> None:
    async with staged(WHOLE) as stage:
        await stage.shows("confidence")
        await stage.pilot.press("shift+tab", "enter")
        await stage.shows("⟦With a group of other settlers")
        await stage.pilot.press("enter")
        await stage.until(lambda: "⟦" not in stage.text)
        await stage.type("and then?")
        assert stage.log == [("ask", "and then?")], "what is typed goes to the line, wherever one looks"


async def test_copying_takes_the_answer_and_its_sources() -> None:
    async with staged(ready()) as stage:
        await stage.pilot.press("ctrl+y")
        assert stage.app.clipboard == ""
        stage.talk.say(WHOLE)
        await stage.shows("confidence")
        await stage.pilot.press("ctrl+y")
        assert stage.app.clipboard.startswith("The town founded by John A. Roebling was Saxonburg.\n“The Brooklyn")
        assert "(john-roebling.md:6)" in stage.app.clipboard


async def test_a_source_that_cannot_be_opened_is_shown() -> None:
    async with staged(WHOLE) as stage:
        await stage.shows("confidence")
        await stage.pilot.press("ctrl+o")
        await stage.shows("⟦With a group of other settlers")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("f1", "what else may have been said"),
        ("f3", "85.8%  Which town"),
        ("f4", "3,379 prompt tokens, 77% of them from the cache"),
        ("f10", "no speaker"),
    ],
)
async def test_keys_that_show_something(key: str, text: str) -> None:
    async with staged([*WHOLE, (0, Notice("no speaker"))], size=(100, 40)) as stage:
        await stage.shows("confidence")
        await stage.pilot.press(key)
        await stage.shows(text)
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.app.main


async def test_the_theme_changes_and_is_remembered() -> None:
    kept: list[tuple[str, object]] = []
    async with staged(ready(), remember=lambda key, value: kept.append((key, value))) as stage:
        await stage.pilot.press("f9")
        await stage.until(lambda: stage.app.screen.query("#choices:focus"))
        await stage.pilot.press("down", "enter")
        assert stage.app.theme == "hark-light"
        assert kept == [("theme", "light")]


@pytest.mark.parametrize(("presses", "code"), [(["ctrl+q"], 0), (["ctrl+c", "ctrl+c"], 130)])
async def test_leaving(presses: list[str], code: int) -> None:
    async with staged(ready()) as stage:
        await stage.pilot.press(*presses)
        assert stage.app.return_value == code


async def test_keys_can_be_remapped() -> None:
    async with staged(ready(), look=Look(keys={"repeat": "f12", "readings": "ctrl+b"})) as stage:
        await stage.pilot.press("f12", "ctrl+l")
        assert stage.log == [("repeat", None)]
        stage.talk.say(WHOLE)
        await stage.shows("2 other readings: ^b")


async def test_the_palette_has_every_action() -> None:
    async with staged(ready()) as stage:
        names = [command.title for command in stage.app.get_system_commands(cast("Screen[object]", stage.app.main))]
        assert names == [key.label for key in KEYS]
        await stage.pilot.press("ctrl+p")
        await stage.shows("Search for commands")


async def test_speech_for_others_is_shown_and_noise_is_not() -> None:
    said = Utterance(READINGS[1:2], 2.0)
    script = [*ready(), (1, NotForMe(Utterance((), 0.2), "nothing was said")), (2, NotForMe(said, "only a murmur"))]
    async with staged(script) as stage:
        await stage.shows("(not for me: only a murmur)")
        assert "nothing was said" not in stage.text


async def test_a_failure_is_told_where_it_happened() -> None:
    async with staged([*ready(), *heard(), (1, Failed("the server is down: run `hark doctor`"))]) as stage:
        await stage.shows("! the server is down: run `hark doctor`")
        stage.talk.say([(0, Failed("the disk is full"))])
        await stage.shows("! the disk is full")
        stage.talk.say(listening(2))
        await stage.shows("Which town")
        assert "the disk is full" in stage.text, "too new to have been read"
        stage.app.main.query_one(NoticeLine).stands = 0.0
        stage.talk.say([phase(Phase.LISTENING, Phase.THINKING, "test")])
        await stage.until(lambda: "the disk is full" not in stage.text)
        stage.talk.say([(0, Failed("the disk is full"))])
        await stage.shows("! the disk is full")


async def test_without_motion_words_and_levels_are_drawn_seldom_and_answers_at_once() -> None:
    async with staged(ready(), look=Look(motion=False)) as stage:
        await stage.until(lambda: stage.app.main.drawn)
        stage.talk.say(listening()[1:])
        await stage.until(lambda: stage.app.board.turns)
        assert not stage.app.main.drawn
        stage.talk.say([*heard(), *answered()])
        await stage.shows("confidence")


async def test_a_paste_of_a_megabyte_is_cut_and_told() -> None:
    async with staged(ready()) as stage:
        prompt = stage.app.main.query_one(Prompt)
        prompt.post_message(events.Paste("a\x1b[31mb\n\u202e" + "x" * 1_000_000))
        await stage.until(lambda: prompt.value)
        assert prompt.value.startswith("a[31mb xxx")
        assert len(prompt.value) == MOST
        await stage.shows("were pasted")


async def test_a_tiny_terminal_loses_nothing() -> None:
    async with staged(WHOLE) as stage:
        await stage.shows("confidence")
        await stage.pilot.resize_terminal(20, 5)
        await stage.until(lambda: len(stage.text.splitlines()) == 5)
        await stage.pilot.press(*"hm")
        await stage.shows("› hm")
        await stage.pilot.resize_terminal(200, 60)
        await stage.shows("confidence 93%")
        await stage.shows("revise decomposition")
        assert stage.app.main.query_one(Prompt).value == "hm"


async def test_two_hundred_turns_leave_the_newest_on_the_screen() -> None:
    async with staged(ready()) as stage:
        for turn in range(1, 201):
            stage.talk.say([*heard(turn), *answered(turn)])
        await stage.until(lambda: 200 in stage.app.board.turns)
        await stage.until(lambda: len(stage.app.main.query(".turn")) == len(stage.app.board.turns) == 60)


async def test_every_phase_has_a_sign() -> None:
    async with staged(ready()) as stage:
        for each in Phase:
            stage.talk.say([(0, PhaseChanged(Phase.IDLE, each, "test"))])
            await stage.shows(f" {each} ")
