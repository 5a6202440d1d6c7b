"""Names of the documents as hints: word and entity errors with and without, and names hallucinated from wrong hints.

    HARK_TEST_DATA=... python -m benchmarks.biasing [--half held-out] [--limit 10] [--details]

Questions as in benchmarks.questions, each by two voices, clean and at 10 dB (babble and white noise in turn). Hints
come from all titles and names of the questions' paragraphs. "wrong hints": the same without the names that the question
holds, so that every name handed over is one that was not said; a false name is one of them that stands in the best
reading and in neither the reference nor the best reading without hints. Half of the questions chose the settings.
Needs `hark models pull piper-joe` and hark-voice[piper].
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.config import Paths
from agent.retrieval.entities import names_in
from benchmarks.clips import clips, machine
from benchmarks.questions import SpokenQuestion, Voices, material
from voice.metrics import Errors, entity_errors, normalise, oracle_errors, total, word_errors
from voice.noise import Noise
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.hints import HintedRecognizer, NameHints
from voice.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples, Utterance


class Remembering:
    """A Recognizer that hears each recording without hints only once."""

    name = "remembering"

    def __init__(self, recognizer: FasterWhisperRecognizer) -> None:
        self._recognizer = recognizer
        self._last: tuple[Samples, Utterance] | None = None

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        if hints:
            return self._recognizer.transcribe(samples, n_best=n_best, token_scores=token_scores, hints=hints)
        if self._last is None or self._last[0] is not samples:
            heard = self._recognizer.transcribe(samples, n_best=n_best, token_scores=token_scores)
            self._last = (samples, heard)
        return self._last[1]


@dataclass(slots=True)
class Noting:
    """A HintSource that leaves some names out, and notes what it handed over and how long it took."""

    source: NameHints
    without: frozenset[str] = frozenset()
    given: Sequence[str] = ()
    seconds: list[float] = field(default_factory=list)

    def hints(self, partial: str = "", *, limit: int = 50) -> Sequence[str]:
        started = time.perf_counter()
        found = self.source.hints(partial, limit=limit + 50 * bool(self.without))
        self.seconds.append(time.perf_counter() - started)
        self.given = [name for name in found if not self._said(name)][:limit]
        return self.given

    def _said(self, name: str) -> bool:
        """Whether the name is one of those left out, holds one or is in one."""
        plain = f" {normalise(name)} "
        return any(f" {other} " in plain or plain in f" {other} " for other in self.without)


@dataclass(slots=True)
class Tally:
    """What one system made of the recordings of one condition."""

    words: list[Errors] = field(default_factory=list)
    entities: list[Errors] = field(default_factory=list)
    oracle: list[Errors] = field(default_factory=list)
    false_names: int = 0

    def add(self, question: SpokenQuestion, heard: Utterance) -> None:
        self.words.append(word_errors(question.text, heard.text))
        self.entities.append(entity_errors(question.text, heard.text, question.names))
        self.oracle.append(oracle_errors(question.text, [one.text for one in heard.hypotheses]))

    def line(self) -> str:
        return (
            f"WER {total(self.words).rate:.3f}  entity WER {total(self.entities).rate:.3f}  "
            f"oracle WER of 5 {total(self.oracle).rate:.3f}  false names {self.false_names}  (n={len(self.words)})"
        )


def false_names(given: Sequence[str], question: str, plain: str, hinted: str) -> list[str]:
    """Hints that are in the hinted reading and were neither said nor heard before."""
    said, before, after = (f" {normalise(text)} " for text in (question, plain, hinted))
    keys = {name: f" {normalise(name)} " for name in given}
    return [name for name, key in keys.items() if key in after and key not in said and key not in before]


def main() -> None:
    """Hear every question in each way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["both", "settings", "held-out"], default="both")
    parser.add_argument("--limit", type=int, default=10, help="most names handed over")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth question")
    parser.add_argument("--details", action="store_true", help="print readings that hints made worse")
    args = parser.parse_args()
    data, voices = material(), Voices()
    names = NameHints(
        [*(title for title, _ in data.documents), *(n for _, text in data.documents for n in names_in(text))]
    )
    ear = Remembering(FasterWhisperRecognizer(ModelStore(Paths.standard().models).path("whisper-base")))
    talk = [clip.samples for clip in clips() if clip.seconds > 3]
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    right = Noting(names)
    second: list[float] = []
    chosen = [q for q in data.questions if args.half == "both" or q.held_out == (args.half == "held-out")]
    for number, question in enumerate(chosen[:: args.every]):
        wrong = Noting(names, frozenset(normalise(name) for name in question.names))
        for voice in voices.names:
            clean = voices.recording(voice, question.text)
            for condition in ("clean", ("babble@10", "white@10")[number % 2]):
                samples = clean
                if condition != "clean":
                    samples = Noise.parse(condition).applied(clean, seed=number, material=talk)
                plain = ear.transcribe(samples)
                tallies[condition, "no hints"].add(question, plain)
                for system, source in (("hints", right), ("wrong hints", wrong)):
                    started = time.perf_counter()
                    heard = HintedRecognizer(ear, source, limit=args.limit).transcribe(samples)
                    if system == "hints":
                        second.append(time.perf_counter() - started)
                    tally = tallies[condition, system]
                    tally.add(question, heard)
                    made_up = false_names(source.given, question.text, plain.text, heard.text)
                    tally.false_names += len(made_up)
                    if args.details and tally.words[-1].count > tallies[condition, "no hints"].words[-1].count:
                        print(f"{condition} {system}: {question.text}\n   {plain.text}\n   {heard.text}\n   {made_up}")
    print(f"{machine()}; half: {args.half}; {len(names)} names; {args.limit} hints at most")
    for (condition, system), tally in sorted(tallies.items()):
        print(f"{condition:10} {system:12} {tally.line()}")
    print(f"looking the names up: median {statistics.median(right.seconds) * 1000:.0f} ms")
    print(f"that and the second hearing: median {statistics.median(second):.2f} s")


if __name__ == "__main__":
    main()
