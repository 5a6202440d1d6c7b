"""What reaches a real terminal, what is kept from it, and how it is given back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.fakes.terminal import Terminal

CHILD = ("-m", "tests.fakes.tui_child")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_restore_the_terminal_and_end_in_order(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "state" / "hark.log"
    terminal = Terminal(*CHILD, str(log))
    terminal.shows(b"confidence")
    terminal.signal(number)
    assert terminal.ended() == 128 + number
    assert b"\x1b[?1049l" in terminal.seen, "the alternate screen is left"
    assert b"\x1b[?25h" in terminal.seen, "the cursor is back"
    assert b"noise from below" not in terminal.seen
    kept = log.read_text("utf-8")
    assert "noise from below" in kept
    assert "closed in order" in kept
    assert log.stat().st_mode & 0o077 == 0, "the log is private"


def test_without_utf8_and_colour_the_screen_is_ascii(tmp_path: Path) -> None:
    plain = {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    terminal = Terminal(*CHILD, str(tmp_path / "hark.log"), **plain)
    terminal.shows(b"confidence")
    terminal.shows(b"John A. Roebling")
    terminal.send(b"\x11")
    assert terminal.ended() == 0
    assert terminal.seen.isascii()
    assert b"> 1 " in terminal.seen or b"+ 1 " in terminal.seen
    assert b"[answered]" in terminal.seen


@pytest.mark.parametrize("stopped", [b"\x1a", signal.SIGTSTP, signal.SIGSTOP], ids=["key", "SIGTSTP", "SIGSTOP"])
def test_stopped_and_gone_on_it_has_its_screen_and_keys_again(tmp_path: Path, stopped: bytes | signal.Signals) -> None:
    terminal = Terminal(*CHILD, str(tmp_path / "hark.log"))
    terminal.shows(b"confidence")
    terminal.forget()
    if isinstance(stopped, bytes):
        terminal.send(stopped)
    else:
        terminal.signal(stopped)
    terminal.is_stopped()
    terminal.rest(0.2)
    if stopped is not signal.SIGSTOP:
        assert b"\x1b[?1049l" in terminal.seen
        assert terminal.modes() == terminal.before
    terminal.forget()
    terminal.signal(signal.SIGCONT)
    # It takes the terminal anew, and with it drops what was typed before: keys count once it has drawn after that.
    terminal.shows(b"\x1b[?1049h")
    while terminal.seen.rfind(b"confidence") < terminal.seen.rfind(b"\x1b[?1049h"):
        terminal.rest(0.05)
    terminal.send(b"xyz")
    terminal.shows(b"xyz")
    terminal.send(b"\x11")
    assert terminal.ended() == 0


@pytest.mark.parametrize("stopped", [False, True])
def test_a_terminal_that_goes_away_takes_hark_with_it(tmp_path: Path, stopped: bool) -> None:
    terminal = Terminal(*CHILD, str(tmp_path / "hark.log"))
    terminal.shows(b"confidence")
    if stopped:
        terminal.signal(signal.SIGSTOP)
        terminal.is_stopped()
    # Where it is drawn to in vain, the loop may stand still: then it ends without its last words.
    assert terminal.vanishes() == 128 + signal.SIGHUP


def test_a_loop_that_stands_still_is_ended_all_the_same() -> None:
    run = (
        "import asyncio, os, queue, types\nfrom agent.tui.terminal import orderly_signals\n"
        "async def main():\n    with orderly_signals(types.SimpleNamespace(exit=lambda _: None)):\n"
        # In one write: the terminal may vanish as soon as it has been read.
        "        full = queue.Queue(1); full.put(0); os.write(1, b'stuck'); full.put(1)\n"
        "asyncio.run(main())"
    )
    terminal = Terminal("-c", run)
    terminal.shows(b"stuck")
    assert terminal.vanishes() == 128 + signal.SIGHUP


def test_standard_error_elsewhere_leaves_the_screen_where_it_is(tmp_path: Path) -> None:
    run = "import os, runpy, sys; os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 2);"
    run += "runpy.run_module('tests.fakes.tui_child', run_name='__main__')"
    terminal = Terminal("-c", run, str(tmp_path / "elsewhere"))
    terminal.shows(b"confidence")
    terminal.send(b"\x11")
    assert terminal.ended() == 0
