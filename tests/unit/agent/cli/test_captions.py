from __future__ import annotations

import io

from rich.console import Console

from agent.cli.captions import Captions
from voice.events import (
    DeviceLost,
    Endpoint,
    FinalHeard,
    Lagging,
    Level,
    ListenEvent,
    PartialHeard,
    SamplesLost,
    SpeechStarted,
)
from voice.types import Hypothesis, Partial, Utterance, Word

PARTIAL = Partial((Word("who", 0, 0.3),), (Word("wrote", 0.3, 0.7),), 0.8)
UTTERANCE = Utterance((Hypothesis("Who wrote it?", -0.5, 0.8), Hypothesis("Who rode it?", -2.0, 0.2)), 1.5)


def shown(*events: ListenEvent, terminal: bool, width: int = 80) -> tuple[str, str]:
    """What stands on stdout and stderr, styles as ANSI codes on a terminal."""
    screen, remarks = io.StringIO(), io.StringIO()
    console = Console(
        file=screen,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        width=width,
        markup=False,
        highlight=False,
    )
    with Captions(console, Console(file=remarks, force_terminal=False, markup=False)) as captions:
        for event in events:
            captions.tell(event)
    return screen.getvalue(), remarks.getvalue()


def test_elsewhere_than_on_a_terminal_only_finished_turns_are_printed() -> None:
    screen, _ = shown(SpeechStarted(0.5), PartialHeard(PARTIAL, 0.2), FinalHeard(UTTERANCE, 0.2, 0.31), terminal=False)

    assert screen.splitlines() == [
        "heard 1    80.0%  log-prob   -0.50  Who wrote it?",
        "heard 2    20.0%  log-prob   -2.00  Who rode it?",
        "          0.31 s after the endpoint",
    ]


def test_on_a_terminal_committed_words_are_bold_and_tentative_ones_dim() -> None:
    screen, _ = shown(SpeechStarted(0.5), PartialHeard(PARTIAL, 0.2), terminal=True)

    assert "\x1b[1mwho\x1b[0m" in screen
    assert "\x1b[2mwrote\x1b[0m" in screen


def test_words_taken_back_are_named() -> None:
    screen, _ = shown(FinalHeard(UTTERANCE, 0.2, 0.31, (Word("how", 0, 0.3),)), terminal=False)

    assert "words taken back: how" in screen


def test_losses_and_outages_are_told_beside_the_results() -> None:
    screen, remarks = shown(
        SamplesLost(1.0, 0.25, 1.5), DeviceLost(2.0, "the microphone is gone"), Level(2.0, -30, -20), terminal=False
    )

    assert screen == ""
    assert "0.25 s of sound were lost (1.50 s so far)" in remarks
    assert "the microphone is gone" in remarks


def test_being_behind_is_shown_until_the_next_words() -> None:
    late, _ = shown(SpeechStarted(0.5), PartialHeard(PARTIAL, 0.2), Lagging(5.0, 4.2), terminal=True)

    assert "(4 s behind)" in late


def test_a_long_turn_shows_its_newest_words_on_one_line() -> None:
    words = tuple(Word(f"word{at}", at, at + 1) for at in range(60))
    screen, _ = shown(SpeechStarted(0.5), PartialHeard(Partial(words), 0.2), terminal=True, width=60)

    assert "word59" in screen
    assert "word0 " not in screen


def test_nothing_heard_is_said() -> None:
    screen, _ = shown(Endpoint(0.5, 0.9, "silence"), FinalHeard(Utterance((), 0.9), 0.2, 0.1), terminal=False)

    assert screen == "heard     (nothing was said)\n"


def test_control_characters_of_a_transcript_never_reach_the_terminal() -> None:
    evil = Partial((Word("\x1b[2Jwho\u202e", 0, 0.3),))
    screen, _ = shown(PartialHeard(evil, 0.0), terminal=True)

    assert "\x1b[2J" not in screen.replace("\x1b[2K", "")
    assert "\u202e" not in screen
