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


def test_a_signal_in_the_middle_of_drawing_restores_the_terminal() -> None:
    kill = (
        "import os\nwrite = os.write\ndef killed(fd, data):\n    os.write = write\n"
        "    drawn = write(fd, data[:20])\n    os.kill(os.getpid(), 15)\n    return drawn\nos.write = killed\n"
    )
    terminal = Terminal("-c", kill + OPEN + "    import time; time.sleep(60)")
    terminal.shows(CURSOR)
    assert terminal.ended() == -signal.SIGTERM
    assert terminal.seen.rindex(LEAVE) > terminal.seen.index(ENTER)
    assert b"Traceback" not in terminal.seen


def test_an_error_meanwhile_is_told_on_the_screen_before() -> None:
    terminal = Terminal("-m", "main", "tui", HARK_NONSENSE="1")
    terminal.shows(b"unknown environment variable HARK_NONSENSE")
    assert terminal.seen.index(LEAVE) < terminal.seen.index(b"hark: unknown")
    assert terminal.ended() == 1


def test_where_there_is_no_unicode_it_is_ascii() -> None:
    terminal = Terminal("-c", OPEN + "    pass", PYTHONIOENCODING="ascii")
    terminal.shows(b"hark is starting...")
    assert terminal.ended() == 0
    assert terminal.seen.isascii()


def test_a_terminal_that_cannot_draw_is_shown_the_way_to_the_plain_mode() -> None:
    terminal = Terminal("-m", "main", TERM="dumb")
    terminal.shows(b"`hark chat --plain`")
    assert terminal.ended() == 2
    assert ENTER not in terminal.seen
