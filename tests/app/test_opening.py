"""The first frame on a real terminal: it comes and goes, keys wait, and no signal leaves it behind."""

from __future__ import annotations

import signal

import pytest

from tests.fakes.terminal import Terminal

OPEN = "import sys; from agent.tui.opening import opening\nwith opening() as frame:\n"
ENTER, LEAVE, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


def test_shows_that_hark_starts_and_leaves_with_the_block() -> None:
    terminal = Terminal("-c", OPEN + "    frame.close()\nprint('after')")
    terminal.shows("hark is starting…".encode())
    assert terminal.ended() == 0
    shown = terminal.seen
    assert shown.index(ENTER) < shown.index(LEAVE) < shown.index(CURSOR) < shown.index(b"after")
    assert shown.count(LEAVE) == 1, "a second one would put the cursor back over what was printed"


def test_keys_pressed_meanwhile_wait_unseen_for_the_app() -> None:
    script = (
        OPEN
        + "    input_ = sys.stdin.readline\n    import time; time.sleep(0.5)\n    frame.hand_over(); print(input_())"
    )
    terminal = Terminal("-c", script)
    terminal.shows(b"starting")
    terminal.send(b"who\n")
    terminal.rest(0.2)
    assert b"who" not in terminal.seen
    terminal.shows(b"who")
    assert LEAVE not in terminal.seen, "handed over, the frame is the app's"
    assert terminal.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_meanwhile_restores_the_terminal(number: signal.Signals) -> None:
    terminal = Terminal("-c", OPEN + "    import time; time.sleep(60)")
    terminal.shows(b"starting")
    assert terminal.modes() != terminal.before, "keys are not echoed"
    terminal.signal(number)
    terminal.shows(CURSOR)
    assert LEAVE in terminal.seen
    assert terminal.modes() == terminal.before
    assert terminal.ended() == -number


def test_an_error_meanwhile_is_told_on_the_screen_before() -> None:
    terminal = Terminal("-m", "main", "tui", HARK_NONSENSE="1")
    terminal.shows(b"unknown environment variable HARK_NONSENSE")
    assert terminal.seen.index(LEAVE) < terminal.seen.index(b"hark: unknown")
    assert terminal.ended() == 1


@pytest.mark.parametrize(
    ("environ", "shown"), [({"PYTHONIOENCODING": "ascii"}, b"hark is starting..."), ({"TERM": "dumb"}, b"none")]
)
def test_draws_no_more_than_the_terminal_can_show(environ: dict[str, str], shown: bytes) -> None:
    terminal = Terminal("-c", OPEN + "    print('none' if frame is None else 'frame')", **environ)
    terminal.shows(shown)
    assert terminal.ended() == 0
    assert terminal.seen.isascii()
    assert (ENTER in terminal.seen) is (shown != b"none")
