"""From an answer's text to its first sample and from a stop to the last one, and what a recogniser reads back.

    HARK_TEST_DATA=... python -m benchmarks.voice [--answers 50] [--only first|read-back] [--piper]

The texts are answers and their supporting sentences of HotpotQA, each spoken as the session speaks it: made speakable,
cut into chunks, synthesized off the event loop, written to the player; the speaker asks for sound in real time
(benchmarks.speaker). Once beside an idle language model and once beside one that generates without end, in alternating
order.
First sound: until the first sample that is not zero is handed to the speaker. Stop: a moment into the speech, from the
call until the last such sample. Underruns: what the player counts over ten sentences played to their end.
Read back: the same answers whole, read by the default recogniser; each of their sentences has to be there, once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from itertools import chain, islice
from typing import Any, Self

from agent.config import Paths, Settings
from agent.evals.bench.asr import percentile
from agent.evals.bench.tts import doubled, lost, measure
from agent.factory import build_llm, build_recognizer, build_synthesizer
from agent.ports import LLM, Message
from agent.session.speaking import Voice
from benchmarks.clips import data_folder, machine
from benchmarks.speaker import TimedSystem
from voice.ports import SynthesizerRequest
from voice.speak import registry
from voice.speak.playback import Player

_PATIENCE = 60.0
_MOMENT = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--piper", action="store_true", help="read back Piper as well (needs the extra and piper-joe)")
    parser.add_argument("--only", choices=["first", "read-back"])
    args = parser.parse_args()
    print(machine())
    if args.only != "read-back":
        asyncio.run(_first_sounds(args.answers))
    if args.only != "first":
        _read_back(args.answers, ["hibari", *(["piper"] if args.piper else [])])


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((data_folder() / "qa/hotpotqa_open.json").read_text("utf-8"))
    return rows


def _supporting(row: dict[str, Any]) -> list[str]:
    texts = dict(row["context"])
    return [texts[title][at].strip() for title, at in row["supporting_facts"] if at < len(texts.get(title, []))]


def _sentences(row: dict[str, Any]) -> list[str]:
    """An answer as hark gives one: what was asked for, and what it rests on."""
    return [f"{row['answer']}.", *_supporting(row)]


async def _first_sounds(count: int) -> None:
    settings, paths = Settings(), Paths.standard()
    answers = [" ".join(_sentences(row)) for row in _rows()[:count]]
    voice = Voice(partial(build_synthesizer, settings, paths))
    llm = build_llm(settings, paths)
    await llm.complete((Message("user", "Say yes."),), max_tokens=4)
    with Speaker(voice) as speaker:
        await speaker.begin_and_stop("Ready.")
        taken: dict[str, list[tuple[float, float]]] = {"idle": [], "busy": []}
        for turn, answer in enumerate(answers):
            for state in ("idle", "busy") if turn % 2 else ("busy", "idle"):
                async with _working(llm) if state == "busy" else contextlib.nullcontext():
                    taken[state].append(await speaker.begin_and_stop(answer))
        for name, times in taken.items():
            print(f"language model {name} (n={len(times)}):")
            for label, values in zip(
                ("text to first sample", "stop to last sample"), zip(*times, strict=True), strict=True
            ):
                print(
                    f"  {label:20} p50 {percentile(values, 0.5):.3f} s, p95 {percentile(values, 0.95):.3f} s, "
                    f"worst {max(values):.3f} s"
                )
        ten = " ".join(islice(chain.from_iterable(_supporting(row) for row in _rows()), 10))
        for name, work in (("idle", contextlib.nullcontext()), ("busy", _working(llm))):
            async with work:
                underruns, seconds = await speaker.play(ten)
            print(f"ten sentences ({seconds:.0f} s of speech), language model {name}: {underruns} underruns")
    await voice.aclose()
    await llm.aclose()


class Speaker:
    """A voice and the player it is written to. A context manager, which gives the speaker back."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._system = TimedSystem()
        self._player = Player(system=self._system)

    def __enter__(self) -> Self:
        self._player.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._player.abort()

    async def begin_and_stop(self, text: str) -> tuple[float, float]:
        """Speak, and stop a moment later. Seconds from here to the first sample, from the stop to the last one."""
        stream = self._system.stream
        assert stream
        stream.forget()
        begun = time.perf_counter()
        writing = asyncio.create_task(self._write(text))
        if not await asyncio.to_thread(stream.sounded.wait, _PATIENCE):
            raise SystemExit(f"nothing was said of {text!r}")
        await asyncio.sleep(_MOMENT)
        first, stopped = stream.first, time.perf_counter()
        await asyncio.to_thread(self._player.stop)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        # a clip that was under way when the writing ended
        await asyncio.to_thread(self._player.stop)
        await asyncio.sleep(_MOMENT)
        assert first
        assert stream.last
        return first - begun, max(0.0, stream.last - stopped)

    async def play(self, text: str) -> tuple[int, float]:
        """Speak to the end. How often the speaker ran dry, and seconds of speech."""
        before = self._player.underruns
        seconds = await self._write(text)
        await asyncio.to_thread(self._player.drain)
        return self._player.underruns - before, seconds

    async def _write(self, text: str) -> float:
        seconds = 0.0
        async with contextlib.aclosing(self._voice.clips(text)) as clips:
            async for clip in clips:
                await asyncio.to_thread(self._player.write, clip)
                seconds += clip.duration
        return seconds


@contextlib.asynccontextmanager
async def _working(llm: LLM) -> AsyncIterator[None]:
    """A language model that generates for as long as the block lasts."""

    async def generate() -> None:
        while True:
            await llm.complete((Message("user", "Tell a long story about a river."),), max_tokens=400)

    work = asyncio.create_task(generate())
    await asyncio.sleep(0.3)  # past the prompt, into generation
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def _read_back(count: int, names: list[str]) -> None:
    settings, paths = Settings(), Paths.standard()
    answers = {" ".join(parts): parts for parts in map(_sentences, _rows()[:count])}
    recognizer = build_recognizer(settings, paths)
    for name in names:
        request = SynthesizerRequest(settings.tts.tables.get(name, {}), settings.tts.speed, paths.models)
        score = measure(name, partial(registry.make, name, request), list(answers), recognizer)
        gone = [(part, each) for each in score.spoken for part in lost(answers[each.text], each.read or "")]
        twice = [(part, each) for each in score.spoken for part in doubled(answers[each.text], each.read or "")]
        print(
            f"{name}: read-back WER {score.errors.rate:.4f} over {score.errors.length} words of {len(answers)} answers "
            f"({sum(map(len, answers.values()))} sentences); {len(gone)} lost, {len(twice)} doubled, "
            f"{len(score.sentences) - len(score.spoken)} answers failed, real-time factor {score.rtf:.2f}"
        )
        for what, found in (("lost", gone), ("doubled", twice)):
            for part, each in found:
                print(f"  {what}: {part!r} in {each.read!r}")


if __name__ == "__main__":
    main()
