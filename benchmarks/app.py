"""The app's own figures: first screen, keystroke to screen, lag of the event loop, idle CPU, memory over 200 turns.

    python benchmarks/app.py [RUNS]

A scripted conversation takes the models' place: what is measured is the app alone, in a pseudo-terminal of 100x30.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agent.tui.app import make_app  # noqa: E402 - run from a checkout
from tests.fakes.conversations import FakeConversation, answered, deps_of, heard, listening, ready, thinking  # noqa: E402
from voice.events import Level  # noqa: E402

LEVELS_A_SECOND, KEYS, TURNS = 30, 100, 200


class Terminal:
    """A command on a pseudo-terminal."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.begun = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, "TERM": "xterm-256color", **environ})  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def until(self, text: bytes) -> float:
        """Seconds until it is drawn."""
        start, seen = time.perf_counter(), b""
        while text not in seen:
            if time.perf_counter() - start > 30:
                raise SystemExit(f"{text!r} was never drawn")
            if select.select([self._fd], [], [], 0.05)[0]:
                seen += os.read(self._fd, 65_536)
        return time.perf_counter() - start

    def read(self, seconds: float) -> None:
        """Take what is drawn meanwhile."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                os.read(self._fd, 65_536)

    def end(self) -> None:
        """Leave the app."""
        os.write(self._fd, b"\x11")
        try:
            while os.read(self._fd, 65_536):
                pass
        except OSError:  # Linux's way to say that the other side is closed
            pass
        os.waitpid(self.pid, 0)


def first_screen(runs: int) -> None:
    """From the start of `hark` to its first screen; models and documents are still to come then."""
    with tempfile.TemporaryDirectory() as home:
        state = Path(home, "state")
        state.mkdir()
        (state / "app.json").write_text('{"welcomed": true}')
        taken = []
        for _ in range(runs):
            app = Terminal("-m", "main", "tui", "--text", HARK_HOME=home)
            taken.append(app.until(b"ype a question"))  # the cursor stands on the first letter
            app.end()
    print(f"first screen: median {statistics.median(taken):.2f} s, best {min(taken):.2f} s (n={runs})")


def idle(seconds: float = 10) -> None:
    """CPU while nobody does anything and the answer stands."""
    with tempfile.TemporaryDirectory() as home:
        app = Terminal("-m", "tests.fakes.tui_child", str(Path(home, "log")))
        app.until(b"confidence")
        app.read(2)
        process = psutil.Process(app.pid)
        before = process.cpu_times()
        app.read(seconds)
        after = process.cpu_times()
        app.end()
    spent = after.user + after.system - before.user - before.system
    print(f"idle CPU: {spent / seconds:.1%} over {seconds:.0f} s")


async def busy() -> None:
    """Keys and the event loop while levels and words arrive; then memory over many turns."""
    talks: list[FakeConversation] = []

    def converse() -> FakeConversation:
        talks.append(FakeConversation(ready()))
        return talks[-1]

    app = make_app(deps_of(converse))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.5)
        done, lags = asyncio.Event(), []

        async def talk() -> None:
            while not done.is_set():
                talks[0].say([(1, Level(0.0, -20.0, -10.0)), *listening()])
                await asyncio.sleep(1 / LEVELS_A_SECOND)

        async def watch() -> None:
            while not done.is_set():
                start = time.perf_counter()
                await asyncio.sleep(0.005)
                lags.append(time.perf_counter() - start - 0.005)

        tasks = [asyncio.create_task(talk()), asyncio.create_task(watch())]
        taken = []
        prompt = app.main.query_one("#prompt")
        for at in range(KEYS):
            drawn = asyncio.Event()
            start = time.perf_counter()
            app.simulate_key("abcdefghij"[at % 10])
            prompt.call_after_refresh(drawn.set)
            await drawn.wait()
            taken.append(time.perf_counter() - start)
            await asyncio.sleep(0.02)
        done.set()
        await asyncio.gather(*tasks)
        lags.sort()
        taken.sort()
        print(f"event-loop lag: p99 {1e3 * lags[int(0.99 * len(lags))]:.0f} ms (n={len(lags)})")
        print(f"keystroke to screen: p95 {1e3 * taken[int(0.95 * KEYS)]:.0f} ms (n={KEYS})")

        memory = []
        for turn in range(2, TURNS + 2):
            talks[0].say([*heard(turn), *thinking(turn), *answered(turn)])
            if turn % 50 == 1:
                await pilot.pause(1.0)
                memory.append(psutil.Process().memory_info().rss / 1e6)
        shown = ", ".join(f"{one:.0f}" for one in memory)
        print(f"memory after 50, 100, 150, {TURNS} turns: {shown} MB")
        await app.end_conversation()


if __name__ == "__main__":
    first_screen(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    idle()
    asyncio.run(busy())
