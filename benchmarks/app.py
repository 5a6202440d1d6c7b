"""The app's own figures: first screen, keystroke to screen, lag of the event loop, idle CPU, memory over 200 turns.

    python benchmarks/app.py [RUNS]

A scripted conversation takes the models' place: what is measured is the app alone, in a pseudo-terminal.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agent.tui.app import make_app  # noqa: E402 - run from a checkout
from tests.fakes.conversations import FakeConversation, answered, deps_of, heard, listening, ready, thinking  # noqa: E402
from tests.fakes.terminal import Terminal  # noqa: E402
from voice.events import Level  # noqa: E402

BARE = {"python -c pass": "", "python -c 'import textual.app'": "import textual.app"}
LEVELS_A_SECOND, KEYS, TURNS = 30, 100, 200


def first_screen(runs: int) -> None:
    """From the start of `hark` to its first frame and to the app, beside what no app in Textual could undercut."""
    with tempfile.TemporaryDirectory() as home:
        state = Path(home, "state")
        state.mkdir()
        (state / "app.json").write_text('{"welcomed": true}')
        taken: dict[str, list[float]] = {}

        def note(name: str, seconds: float) -> None:
            taken.setdefault(name, []).append(seconds)

        for run in range(runs + 1):
            if run == 1:
                taken.clear()  # the first one filled the file system's cache
            for name, code in BARE.items():
                bare = Terminal("-c", f"{code}\nprint('done', flush=True)")
                note(name, bare.shows(b"done"))
                bare.ended()
            hark = Terminal("-m", "main", "tui", "--text", HARK_HOME=home)
            note("first frame of hark", hark.shows(b"hark is starting"))
            # the cursor stands on the first letter
            note("the app, taking keys", hark.shows(b"ype a question"))
            leave(hark)
    for name, seconds in taken.items():
        print(f"{name}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s (n={runs})")


def leave(app: Terminal) -> None:
    app.send(b"\x11")
    app.ended()


def idle(seconds: float = 10) -> None:
    """CPU while nobody does anything and the answer stands."""
    with tempfile.TemporaryDirectory() as home:
        app = Terminal("-m", "tests.fakes.tui_child", str(Path(home, "log")))
        app.shows(b"confidence")
        app.rest(2)
        process = psutil.Process(app.pid)
        before = process.cpu_times()
        app.rest(seconds)
        after = process.cpu_times()
        leave(app)
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
