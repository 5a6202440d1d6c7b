"""The demo: every spoken question of examples/questions, answered from examples/documents and spoken again.

Run it with `make demo`, or `python examples/demo.py [ID ...]` for some of the questions. It ends with exit code 1 when
fewer questions come out right than --at-least says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from agent import open_session
from agent.cli.common import err, out
from agent.cli.render import Narrator
from agent.errors import AgentError
from agent.session.session import Session
from agent.types import Answer, Answered, Spoken, Usage
from voice.capture import FileSource
from voice.errors import VoiceError
from voice.speak.sink import FileSink

HERE = Path(__file__).resolve().parent


class PeakMemory(threading.Thread):
    """Watches what this process and its children hold. peak: bytes resident, summed."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._process = psutil.Process(os.getpid())

    def run(self) -> None:
        while True:
            total = 0
            for process in (self._process, *self._process.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, total)
            time.sleep(0.5)


async def main(only: list[str], at_least: int) -> int:
    """Answer the questions; say how many came out right."""
    memory = PeakMemory()
    memory.start()
    lines = (HERE / "questions" / "questions.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if not only or row["id"] in only]
    console, usage, started = out(), Usage(), time.perf_counter()
    wrong: list[dict[str, Any]] = []
    async with open_session(docs=HERE / "documents") as session:
        for number, row in enumerate(rows, 1):
            console.print(f"\n[{number}/{len(rows)}] {row['audio']}  ({row['kind']})", style="bold")
            answer = None
            try:
                answer = await answered(session, HERE / "questions" / row["audio"], Narrator(console))
                usage += answer.usage
            except (AgentError, VoiceError) as error:
                # One question that fails (a reply that did not come in time) must not cost the others.
                console.print(f"failed    {error}", style="bold red")
            good = answer is not None and is_right(answer, row)
            if not good:
                wrong.append(row)
            console.print(f"expected  {row['answer'] or '(abstains)'}: {'right' if good else 'WRONG'}")
    unanswerable = sum(row["kind"] == "unanswerable" for row in rows)
    rash = sum(row["kind"] == "unanswerable" for row in wrong)
    total, solved = len(rows) - unanswerable, len(rows) - unanswerable - len(wrong) + rash
    console.print(
        f"\n{solved} of {total} answerable questions right, abstained on {unanswerable - rash} of {unanswerable}"
    )
    console.print(f"wrong: {', '.join(row['id'] for row in wrong) or 'none'}")
    cost = f"{usage.calls} model calls, {usage.prompt_tokens} prompt tokens, {usage.completion_tokens} generated"
    console.print(f"{cost}; {usage.cached_share:.0%} of the prompt tokens came from the prefix cache")
    console.print(f"wall time {time.perf_counter() - started:.0f} s, peak memory {memory.peak / 1e9:.2f} GB resident")
    if not only and (solved < at_least or rash):
        err().print(f"hark demo: expected at least {at_least} right, and abstention on every unanswerable question")
        return 1
    return 0


async def answered(session: Session, recording: Path, narrator: Narrator) -> Answer:
    """Ask one recorded question, tell every step, and write the spoken answer beside the recording."""
    answer: Answer | None = None
    with FileSink(recording.with_suffix(".answer.wav")) as sink:
        async for event in session.events(FileSource(recording), speak=True):
            narrator.tell(event)
            match event:
                case Answered(told):
                    answer = told
                case Spoken(clip):
                    sink.write(clip)
    assert answer is not None
    return answer


def is_right(answer: Answer, row: dict[str, Any]) -> bool:
    """Whether the short answer names the expected one, whole words, case aside; or abstains where it should."""
    if row["kind"] == "unanswerable":
        return answer.outcome == "abstained"
    said = re.findall(r"\w+", answer.short.casefold())
    wanted = [re.findall(r"\w+", name.casefold()) for name in (row["answer"], *row["aliases"])]
    return any(f" {' '.join(name)} " in f" {' '.join(said)} " for name in wanted if name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", metavar="ID", help="ids of questions.jsonl; all without one")
    parser.add_argument("--at-least", type=int, default=0, help="answerable questions that must come out right")
    options = parser.parse_args()
    try:
        sys.exit(asyncio.run(main(options.only, options.at_least)))
    except (AgentError, VoiceError) as error:
        sys.exit(f"hark demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
