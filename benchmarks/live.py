"""The whole of `hark` on a virtual sound card: spoken questions in, what a person hears and sees out.

    python -m benchmarks.live [QUESTION...]

QUESTION: the name of a recording in examples/questions, without .wav; all of them unless some are named.

The app runs with the real models over examples/documents. Questions are played into the microphone, the speaker is
recorded; meanwhile keys are pressed and the event loop is watched. Needs the Debian packages that
`make soundcard-test` names.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from agent.cli.tui import spare_what_stays
from agent.cli.tui_parts import parts_of
from agent.config import Paths, load
from agent.evals.bench.asr import percentile
from agent.evals.bench.recordings import recordings
from agent.session.events import CuePlayed, NotForMe, PhaseChanged, Ready, SayingStarted, TurnEnded
from agent.session.phases import Phase
from agent.tui.app import make_app
from agent.tui.deps import Talk
from tests.soundcard.card import RATE, SoundCard, missing
from voice.events import Endpoint
from voice.resample import resample

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from agent.evals.bench.recordings import Recording as Question
    from agent.session.events import Told
    from agent.tui.app import HarkApp
    from agent.tui.deps import Deps, Start
    from tests.soundcard.card import Recording

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LOUD = 1e-3
LONGEST = 240.0
"""Seconds that a question may take."""
IDLE = 15.0
"""Seconds over which it is watched doing nothing."""
WARM = 0.3
"""Share of a core above which models are still loading or warming up."""


@dataclass(slots=True)
class Moments:
    """Of one question (time.monotonic): its last loud sample, and what was told afterwards."""

    ended: float
    told: list[tuple[float, object]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def first(self, fits: Callable[[object], bool], since: float = 0.0) -> float | None:
        """When the first of a kind was told."""
        return next((at for at, event in self.told if at >= since and fits(event)), None)


class Witness:
    """Watches a conversation on its way to the app."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.phase = Phase.IDLE
        self.now: Moments | None = None

    def around(self, deps: Deps) -> Deps:
        """The same parts, watched."""

        async def converse(start: Start, remark: Callable[[str], None]) -> Talk:
            talk = await deps.converse(start, remark)
            return Talk(talk.commands, self._watched(talk))

        return replace(deps, converse=converse)

    async def _watched(self, talk: Talk) -> AsyncGenerator[Told, None]:
        async for told in talk.events:
            if self.now:
                self.now.told.append((time.monotonic(), told.event))
            match told.event:
                case PhaseChanged(phase=phase, trigger=trigger):
                    self.phase = phase
                    if trigger == "clarify":
                        talk.commands.choose(0)
                case Ready():
                    self.ready.set()
                case NotForMe() if self.now:
                    self.now.over.set()
                case TurnEnded(outcome) if self.now and outcome != "superseded":
                    self.now.over.set()
            yield told


@dataclass(slots=True)
class Watch:
    """What the app's loop did, by phase: lags and keystroke times in seconds."""

    lags: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


async def watch_loop(watch: Watch, witness: Witness) -> None:
    """How much later than asked for the loop comes back, until cancelled."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.005)
        watch.lags[witness.phase].append(time.perf_counter() - start - 0.005)


async def press_keys(watch: Watch, witness: Witness, app: HarkApp) -> None:
    """Type and delete, and wait each time until it is drawn, until cancelled."""
    prompt = app.main.query_one("#prompt")
    for at in range(1_000_000):
        drawn = asyncio.Event()
        start, phase = time.perf_counter(), witness.phase
        app.simulate_key("a" if at % 2 == 0 else "backspace")
        prompt.call_after_refresh(drawn.set)
        await drawn.wait()
        watch.keys[phase].append(time.perf_counter() - start)
        await asyncio.sleep(0.25)


async def hold(card: SoundCard, speaker: Recording, names: Sequence[str]) -> None:
    """Ask the questions one after the other and print what came of them."""
    witness, watch = Witness(), Watch()
    folder = EXAMPLES / "questions"
    questions = recordings([folder / f"{name}.wav" for name in names] or [folder / "questions.jsonl"])
    settings = load(flags={"session": {"keep": False}})
    rows: dict[str, list[float]] = defaultdict(list)
    with parts_of(settings, Paths.standard(), [EXAMPLES / "documents"], welcome=False) as deps:
        app = make_app(replace(witness.around(deps), setup=None, standing=spare_what_stays))
        async with app.run_test(size=(100, 30)):
            await asyncio.wait_for(witness.ready.wait(), LONGEST)
            while await _share_of_cpu(3.0) > WARM:
                pass
            print(f"CPU while it listens to silence: {await _share_of_cpu(IDLE):.1%} of a core", flush=True)
            watching = (watch_loop(watch, witness), press_keys(watch, witness, app))
            tasks = [asyncio.create_task(one) for one in watching]
            for question in questions:
                line = await _asked(question, card, speaker, witness)
                for name, seconds in line.items():
                    rows[name].append(seconds)
                print(question.name, {name: round(seconds, 2) for name, seconds in line.items()}, flush=True)
            for task in tasks:
                task.cancel()
            await app.end_conversation()
    _report(rows, watch)


async def _asked(question: Question, card: SoundCard, speaker: Recording, witness: Witness) -> dict[str, float]:
    room = card.record("mic.monitor")
    # Counted from here on only what is told about this question.
    moments = witness.now = Moments(0.0)
    card.play_samples(resample(question.samples, 16_000, RATE))
    try:
        await asyncio.wait_for(moments.over.wait(), LONGEST)
    except TimeoutError:
        print(f"{question.name}: not over within {LONGEST:g} s")
    await asyncio.sleep(1.0)
    room.stop()
    moments.ended = room.last_sound(threshold=0.01) or 0.0
    return _heard(moments, speaker)


def _heard(moments: Moments, speaker: Recording) -> dict[str, float]:
    """Seconds from the last word to the endpoint, and to what was heard at the speaker."""
    ends = [at for at, event in moments.told if isinstance(event, Endpoint)]
    if not ends:
        return {}
    told = {
        "cue": moments.first(lambda event: isinstance(event, CuePlayed), ends[-1]),
        "first hop or answer": moments.first(lambda event: isinstance(event, SayingStarted), ends[-1]),
        "answer": moments.first(lambda event: isinstance(event, SayingStarted) and event.what == "answer", ends[-1]),
    }
    found = {"endpoint": ends[-1] - moments.ended}
    for name, at in told.items():
        sound = speaker.first_sound(at, threshold=LOUD) if at else None
        if sound is not None:
            found[name] = sound - moments.ended
    if "cue" in found:
        found["cue, counted from the endpoint"] = found["cue"] - found["endpoint"]
    return found


async def _share_of_cpu(seconds: float) -> float:
    """What all of hark takes of one core meanwhile."""
    spent, began = _seconds_of_cpu(), time.monotonic()
    await asyncio.sleep(seconds)
    return (_seconds_of_cpu() - spent) / (time.monotonic() - began)


def _seconds_of_cpu() -> float:
    """Of this process and its children."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _report(rows: dict[str, list[float]], watch: Watch) -> None:
    for name, values in rows.items():
        p50, p90 = percentile(values, 0.5), percentile(values, 0.9)
        print(f"last word to {name}: p50 {p50:.2f} s, p90 {p90:.2f} s (n={len(values)})")
    _report_loop("event-loop lag, p99", watch.lags, 0.99)
    _report_loop("keystroke to screen, p95", watch.keys, 0.95)


def _report_loop(title: str, found: dict[str, list[float]], share: float) -> None:
    for phase, values in found.items():
        print(f"{title}, {phase}: {1e3 * percentile(values, share):.0f} ms (n={len(values)})")
    joined = [value for values in found.values() for value in values]
    print(f"{title}, all: {1e3 * percentile(joined, share):.0f} ms, worst {1e3 * max(joined):.0f} ms (n={len(joined)})")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], metavar="QUESTION")
    names = parser.parse_args().names
    if reason := missing():
        raise SystemExit(reason)
    with SoundCard() as card:
        os.environ.update(card.environment)
        speaker = card.record()
        asyncio.run(hold(card, speaker, names))
        speaker.stop()


if __name__ == "__main__":
    main()
