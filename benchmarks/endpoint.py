"""When a turn is judged to be over: questions cut off, and how long after the last word the endpoint is decided.

    HARK_TEST_DATA=... python -m benchmarks.endpoint [words|sound] [--questions 20] [--held-out] [--late 0.3] [--cuts]

`words` judges real questions and all their beginnings. `sound` streams questions, said by two voices with faint noise
around them, through the turn detector. The words are those of a perfect recogniser that is `--late` seconds behind.
Every take is run with words and voice, with words alone, and with neither (a fixed silence). Nothing depends on the
speed of the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.config import Paths
from benchmarks.clips import data_folder, machine
from benchmarks.pauses import KINDS, Spoken, Studio, open_questions
from voice.endpoint import EndpointOptions, Finality, SmartTurn, StreamingVad, TurnDetector, completeness
from voice.events import Endpoint
from voice.noise import white
from voice.store import ModelStore
from voice.types import ASR_SAMPLE_RATE

_STEP = ASR_SAMPLE_RATE // 50
_LEAD, _TAIL = 0.5, 2.5
_NOISE = 0.001
"""Root mean square: -60 dB below full scale, a quiet room."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one take. delay: seconds from the last word's end to the endpoint; cut: it came before that."""

    take: Spoken
    delay: float
    cut: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["words", "sound", "both"], default="both")
    parser.add_argument("--questions", type=int, default=20, help="spoken questions")
    parser.add_argument("--held-out", action="store_true", help="questions that no setting was chosen on")
    parser.add_argument("--late", type=float, default=0.3, help="seconds the words come after they were said")
    parser.add_argument("--cuts", action="store_true", help="print the questions that were cut off")
    args = parser.parse_args()
    data_folder()
    if args.what != "sound":
        measure_words()
    if args.what != "words":
        measure_sound(args)


def measure_words() -> None:
    """Print the share of finished questions, and of their proper beginnings, that get each judgement."""
    for name, files in (
        ("rules made on these", ("qa/hotpotqa_open.json", "qa/2wiki_open.json", "qa/musique_open.jsonl")),
        ("rules mended on these", ("qa/hotpotqa_more.json", "qa/2wiki_more.json", "qa/bamboogle.json")),
        ("rules mended on these", ("qa/strategyqa_dev.json", "spoken_qa/heysquad/dev-common-original-1002.json")),
        ("held out", ("spoken_qa/noiseqa/xquad-context-en-question-en.json",)),
    ):
        whole: Counter[str] = Counter()
        begun: Counter[str] = Counter()
        for question in _questions(files):
            words = [bare for word in question.split() if (bare := word.strip('?,.!;:"“”()'))]
            for count in range(1, len(words) + 1):
                judged = completeness(" ".join(words[:count]))
                (whole if count == len(words) else begun)[judged] += 1
        print(f"{name}: {whole.total()} questions, {begun.total()} proper beginnings")
        for label, counts in (("questions", whole), ("beginnings", begun)):
            shares = ", ".join(f"{verdict} {counts[verdict] / counts.total():.2%}" for verdict in sorted(counts))
            print(f"  {label:10} {shares}")


def _questions(files: Sequence[str]) -> Iterator[str]:
    for name in files:
        text = (data_folder() / name).read_text("utf-8")
        rows = [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)
        if "data" in rows:  # SQuAD's schema
            rows = [row for topic in rows["data"] for part in topic["paragraphs"] for row in part["qas"]]
        for row in rows:
            yield row.get("question") or row["Question"]


def measure_sound(args: argparse.Namespace) -> None:
    """Print cut-offs and delays of every kind of take, for each way of judging."""
    smart = SmartTurn(ModelStore(Paths.standard().models).file("smart-turn", "model.onnx"))
    vad = StreamingVad()
    takes = list(_takes(args.questions, held_out=args.held_out))
    print(f"{machine()}; {args.questions} questions, {len(takes)} takes, words {args.late:g} s late")
    ways: list[tuple[str, Finality | None, bool]] = [
        ("words and voice", smart, True),
        ("words alone", None, True),
        ("silence alone", None, False),
    ]
    for name, voice, words in ways:
        outcomes = [_run(take, vad, voice, late=args.late if words else None) for take in takes]
        print(name)
        for kind in KINDS:
            _print(kind, [one for one in outcomes if one.take.kind == kind])
        inserted = [one for one in outcomes if one.take.kind != "at a comma"]
        _print("all but commas", inserted)
        for speaker in sorted({one.take.voice for one in outcomes}):
            _print(f"  of {speaker}", [one for one in inserted if one.take.voice == speaker])
        for one in outcomes if args.cuts else ():
            if one.cut and one.take.pause is not None:
                print(f"    {one.take.voice:6} {one.take.kind:16} {one.take.words_by(one.take.pause)} |")


def _takes(count: int, *, held_out: bool) -> Iterator[Spoken]:
    studio = Studio()
    for number, question in enumerate(open_questions(count, held_out=held_out)):
        for voice in studio.voices.names:
            yield from studio.takes(question, voice, number)


def _run(take: Spoken, vad: StreamingVad, voice: Finality | None, *, late: float | None) -> Outcome:
    """Stream one take. late: None tells the detector no words."""
    vad.reset()
    detector = TurnDetector(vad, EndpointOptions(), voice=voice)
    lead, tail = (np.zeros(round(seconds * ASR_SAMPLE_RATE), np.float32) for seconds in (_LEAD, _TAIL))
    sound = np.concatenate([lead, take.samples, tail])
    sound = sound + white(len(sound) / ASR_SAMPLE_RATE, level=_NOISE)[: len(sound)]
    endpoints: list[Endpoint] = []
    for at in range(0, len(sound), _STEP):
        events = detector.feed(sound[at : at + _STEP])
        endpoints += [event for event in events if isinstance(event, Endpoint)]
        if late is not None and detector.speaking:
            known = detector.heard - late
            detector.hint(take.words_by(known - _LEAD), heard=known)
    end = _LEAD + take.end
    if not endpoints:
        raise SystemExit(f"no endpoint after {' '.join(take.words)!r}")
    return Outcome(take, endpoints[-1].decided - end, cut=endpoints[0].decided < end)


def _print(kind: str, outcomes: Sequence[Outcome]) -> None:
    delays = sorted(one.delay for one in outcomes)
    cut = sum(one.cut for one in outcomes)
    soon = sum(delay <= 0.5 for delay in delays) / len(delays)
    print(
        f"  {kind:16} {len(outcomes):4} takes, cut off {cut:3} ({cut / len(outcomes):.1%}); decided after "
        f"p50 {statistics.median(delays):.2f} s, p90 {delays[int(0.9 * (len(delays) - 1))]:.2f} s, "
        f"within 0.5 s: {soon:.0%}"
    )


if __name__ == "__main__":
    main()
