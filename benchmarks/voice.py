"""From an answer's text to its first sample, and what a recogniser reads back.

    HARK_TEST_DATA=... python -m benchmarks.voice [--answers 50] [--sentences 100] [--piper]

First sound: the texts are answers and their supporting sentences of HotpotQA; each is spoken as the session speaks it
(made speakable, cut into chunks, synthesized off the event loop), once beside an idle language model and once beside
one that generates without end, in alternating order. The time ends when the first clip reaches the sink.
Underruns: ten sentences played in real time; a clip that is not there when the one before has ended is one.
Read back: gold answers and supporting sentences by themselves, read by the default recogniser.
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
from typing import Any

from agent.config import Paths, Settings
from agent.evals.bench.asr import percentile
from agent.evals.bench.tts import measure
from agent.factory import build_llm, build_recognizer, build_synthesizer
from agent.ports import LLM, Message
from agent.session.speaking import Voice
from benchmarks.clips import data_folder, machine
from voice.ports import SynthesizerRequest
from voice.speak import registry


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--piper", action="store_true", help="read back Piper as well (needs the extra and piper-joe)")
    parser.add_argument("--only", choices=["first", "read-back"])
    args = parser.parse_args()
    print(machine())
    if args.only != "read-back":
        asyncio.run(_first_sounds(args.answers))
    if args.only != "first":
        _read_back(args.sentences, ["hibari", *(["piper"] if args.piper else [])])


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((data_folder() / "qa/hotpotqa_open.json").read_text("utf-8"))
    return rows


def _supporting(row: dict[str, Any]) -> list[str]:
    texts = dict(row["context"])
    return [texts[title][at].strip() for title, at in row["supporting_facts"] if at < len(texts.get(title, []))]


async def _first_sounds(count: int) -> None:
    settings, paths = Settings(), Paths.standard()
    answers = [f"{row['answer']}. {' '.join(_supporting(row))}" for row in _rows()[:count]]
    voice = Voice(partial(build_synthesizer, settings, paths))
    llm = build_llm(settings, paths)
    await llm.complete((Message("user", "Say yes."),), max_tokens=4)
    await _first(voice, "Ready.")
    idle: list[float] = []
    busy: list[float] = []
    for turn, answer in enumerate(answers):
        for state in ("idle", "busy") if turn % 2 else ("busy", "idle"):
            if state == "idle":
                idle.append(await _first(voice, answer))
                continue
            async with _working(llm):
                busy.append(await _first(voice, answer))
    for name, firsts in (("idle", idle), ("busy", busy)):
        print(
            f"language model {name}: text to first sample p50 {percentile(firsts, 0.5):.3f} s, "
            f"p95 {percentile(firsts, 0.95):.3f} s (n={len(firsts)})"
        )
    ten = " ".join(islice(chain.from_iterable(_supporting(row) for row in _rows()), 10))
    for name, work in (("idle", contextlib.nullcontext()), ("busy", _working(llm))):
        async with work:
            late, seconds = await _underruns(voice, ten)
        print(f"ten sentences ({seconds:.0f} s of speech), language model {name}: {late} underruns")
    await voice.aclose()
    await llm.aclose()


async def _first(voice: Voice, text: str) -> float:
    begun = time.perf_counter()
    async with contextlib.aclosing(voice.clips(text)) as clips:
        async for _ in clips:
            return time.perf_counter() - begun
    raise SystemExit(f"nothing was said of {text!r}")


async def _underruns(voice: Voice, text: str) -> tuple[int, float]:
    """How many clips came after the one before had ended, and how long all of them last."""
    ends, late, seconds = 0.0, 0, 0.0
    async for clip in voice.clips(text):
        now = time.perf_counter()
        late += bool(seconds) and now > ends
        ends = max(ends, now) + clip.duration
        seconds += clip.duration
    return late, seconds


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
    lines = list(islice(chain.from_iterable([f"{row['answer']}.", *_supporting(row)[:1]] for row in _rows()), count))
    recognizer = build_recognizer(settings, paths)
    for name in names:
        request = SynthesizerRequest(settings.tts.tables.get(name, {}), settings.tts.speed, paths.models)
        score = measure(name, partial(registry.make, name, request), lines, recognizer)
        print(
            f"{name}: read-back WER {score.errors.rate:.4f} over {score.errors.length} words of {len(lines)} lines; "
            f"{len(score.lost)} lost, {len(score.doubled)} doubled, real-time factor {score.rtf:.2f}"
        )
        for each in [*score.lost, *score.doubled]:
            print(f"  {each.text!r} -> {each.read or each.error!r}")


if __name__ == "__main__":
    main()
