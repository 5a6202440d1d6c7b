"""Run folders without a run: records drawn by a seeded generator that behave as records do.

Harder questions and noisier recordings are answered wrong more often, walks keep to the machine's table, costs follow
the walk. Questions are those of HotpotQA's file where it is given, else invented ones.
"""

from __future__ import annotations

import json
import random
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.evals import records
from agent.evals.runner.manifest import DatasetInfo, Manifest
from agent.evals.types import CitedSentence, Cost, Gold, Heard, HopRecord, InputMode, Prediction, Record, Rejected

# Share of words misheard, and how much of it a list of readings wins back.
NOISE = {"": 0.0, "clean": 0.06, "white@10": 0.14, "white@5": 0.26, "white@0": 0.45}
_SKILL = {"fsm": 0.62, "ircot": 0.52, "react": 0.4, "self-ask": 0.44, "cot": 0.38, "direct": 0.33}
_NAMES = "Ada Berg Calvino Dorset Ebro Farrow Glyn Haydn Ilse Joyce Kafka Lorca Moravia Nansen Orwell Pavese".split()
_SOUNDS = "a bow lan they were sun key and fair oh glen high den ill sir choice".split()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be answered by a made-up run."""

    id: str
    question: str
    gold: Gold


def questions(n: int, file: Path | None = None) -> list[Asked]:
    """The first n questions of a file in HotpotQA's schema; invented ones without a file."""
    if file is None:
        return [_invented(number) for number in range(n)]
    rows = json.loads(file.read_text("utf-8"))[:n]
    return [
        Asked(
            row["_id"],
            row["question"],
            Gold(
                (row["answer"],),
                supports=tuple((title, line) for title, line in row["supporting_facts"]),
                titles=tuple(dict.fromkeys(title for title, _ in row["supporting_facts"])),
                kind=row["type"],
                hops=2,
                scorer="hotpotqa",
            ),
        )
        for row in rows
    ]


def write_run(
    folder: Path,
    asked: Sequence[Asked],
    *,
    system: str = "fsm",
    input: InputMode = "gold",
    conditions: Sequence[str] = ("",),
    seed: int = 0,
    edit: Mapping[str, Record] | None = None,
) -> Path:
    """A complete run over some questions, each under every condition. edit: records by id, put in their places."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "spoken" / "manifest.jsonl"
    source.parent.mkdir(exist_ok=True)
    source.touch()
    lines = []
    for one in asked:
        for condition in conditions:
            record = _record(one, system, input, condition, seed)
            if condition:
                _tone(source.parent / record.audio, len(one.question))
            lines.append(records.dump((edit or {}).get(record.id, record)))
    random.Random(seed).shuffle(lines)  # records stand in order of completion
    (folder / "records.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8", errors="replace")
    manifest = Manifest(
        DatasetInfo(
            "hotpotqa-open", "spoken" if conditions[0] else "hotpotqa", source.name, "c0ffee" * 10, len(lines),
            (Rejected(17, "5ae0", "supporting_facts: no list"),),
        ),
        system,
        input,
        "paragraphs",
        {"set": str(source), "limit": len(asked), "max_tokens": None},
        {"name": "qwen2.5-coder-1.5b", "kind": "embedded", "temperature": 0.0},
        asr="whisper-base int8, beam 10" if conditions[0] else "",
        seed=seed,
        versions={"python": "3.11.7", "hark-voice": "0.1.0", "langgraph": "1.2.0"},
        started="2026-11-22T16:00:00+00:00",
        finished="2026-11-22T16:41:07+00:00",
        status="complete",
    )  # fmt: skip
    (folder / "run.json").write_text(json.dumps(manifest.plain(), ensure_ascii=False), "utf-8")
    return folder


def _invented(number: int) -> Asked:
    drawn = random.Random(number)
    first, second, third = drawn.sample(_NAMES, 3)
    kind = ("bridge", "comparison")[number % 2]
    hops = 2 + number % 3
    question = (
        f"In which year was the founder of {first} {second} born in the town of {third}?"
        if kind == "bridge"
        else f"Who was older, {first} {second} or {third} {number % 90 + 10}?"
    )
    titles = (f"{first} {second}", third)
    gold = Gold(
        (f"{1800 + number % 200}",), supports=tuple((t, 0) for t in titles), titles=titles, kind=kind, hops=hops
    )
    return Asked(f"q{number:05}", question, gold)


def _record(one: Asked, system: str, mode: InputMode, condition: str, seed: int) -> Record:
    # The same question is heard alike by every system, and as hard for all of them.
    hearing, luck = random.Random(f"{one.id}{condition}"), random.Random(f"{seed}{system}{one.id}{condition}{mode}")
    readings = _readings(one.question, condition, hearing)
    wrong = [_different(one.question, reading.text) for reading in readings] or [0]
    words = len(one.question.split())
    reached = {"gold": 0, "1best": wrong[0], "oracle": min(wrong), "nbest": (wrong[0] + 2 * min(wrong)) / 3}[mode]
    easy = 0.75 + 0.5 * random.Random(one.id).random()
    right = luck.random() < _SKILL.get(system, 0.4) * easy * max(0.1, 1 - 2.5 * reached / words)
    read = one.question if mode == "gold" or reached < 0.7 else readings[0].text
    path = tuple(_walk(system, right, luck))
    failed = not right and luck.random() < 0.03
    hops = _hops(one, right, path, luck) if system in {"fsm", "ircot", "react", "self-ask"} else ()
    abstained = path[-1] == "abstained" and not failed
    near = not right and luck.random() < 0.2
    guess = one.gold.answers[0] if right else f"{one.gold.answers[0]} or so" if near else luck.choice(_NAMES)
    f1 = 1.0 if right else 0.5 if near and not abstained else 0.0
    scores = {
        "em": float(right),
        "f1": 0.0 if failed else f1,
        "sp_f1": 0.4 + 0.5 * right,
        "recall@2": 0.5 + 0.5 * right,
    }
    if readings:
        best = min(wrong)
        scores |= {"wer_errors": wrong[0], "wer_words": words, "oracle_errors": best, "oracle_words": words}
        scores |= {"entity_errors": min(3, wrong[0]), "entity_words": 3.0, "wer": wrong[0] / words}
        scores |= {"asked_errors": reached, "asked_words": words}
    titles = one.gold.titles if right or luck.random() < 0.5 else one.gold.titles[: luck.randrange(2)]
    return Record(
        id=f"{one.id}#{condition}" if condition else one.id,
        status="failed" if failed else "abstained" if abstained else "answered",
        question=one.question,
        asked="" if failed else read,
        gold=one.gold,
        prediction=Prediction()
        if failed
        else Prediction(
            "" if abstained else guess,
            "I cannot tell." if abstained else f"It was {guess}.",
            retrieved=(*titles, "Something else"),
            confidence=round(min(0.99, max(0.05, luck.gauss(0.72 if right else 0.5, 0.18))), 3),
            answerable=not abstained,
        ),
        cost=_cost(path, luck),
        heard=readings,
        audio=f"audio/{one.id}.{condition}.wav" if condition else "",
        condition=condition,
        path=path[:-2] if failed else path,
        hops=() if failed else hops,
        scores=scores,
        error="the language model gave no valid JSON after 3 tries" if failed else "",
    )


def _readings(question: str, condition: str, drawn: random.Random) -> tuple[Heard, ...]:
    if not condition:
        return ()
    share = NOISE[condition]
    texts = {}
    for _ in range(5):
        words = [drawn.choice(_SOUNDS) if drawn.random() < share else word for word in question.split()]
        texts[" ".join(words)] = -sum(a != b for a, b in zip(words, question.split(), strict=True)) - drawn.random()
    scored = sorted(texts.items(), key=lambda each: -each[1] + 3 * drawn.random())
    weights = [0.6**place for place in range(len(scored))]
    return tuple(
        Heard(text, score, weight / sum(weights)) for (text, score), weight in zip(scored, weights, strict=True)
    )


def _different(question: str, reading: str) -> int:
    return sum(a != b for a, b in zip(question.split(), reading.split(), strict=True))


def _walk(system: str, right: bool, drawn: random.Random) -> Iterator[str]:
    if system != "fsm":
        yield from (
            ["retrieve", "reason"] * drawn.randint(1, 3) if system in {"ircot", "react", "self-ask"} else ["read"]
        )
        yield "answer"
        yield "answered" if right or drawn.random() < 0.8 else "abstained"
        return
    yield "hear"
    slip = 0.12 if right else 0.42
    for hop in range(drawn.randint(1, 4)):
        yield "decompose"
        if drawn.random() < slip:
            yield "revise_decomposition"
            if not right and drawn.random() < 0.2:
                break
        yield "search"
        if drawn.random() < slip:
            yield "revise_search"
            if not right and drawn.random() < 0.4:
                continue
        yield "judge"
        if hop and drawn.random() < 0.5:
            break
    else:
        # A budget ends the machine's walk between two sub-questions.
        yield "decompose"
    yield "summarise"
    yield "answered" if right or drawn.random() < 0.7 else "abstained"


def _hops(one: Asked, right: bool, path: Sequence[str], drawn: random.Random) -> tuple[HopRecord, ...]:
    steps = max(1, sum(state in {"search", "retrieve"} for state in path))
    titles = one.gold.titles or ("Nowhere",)
    found = [
        HopRecord(
            f"What is told of {titles[step % len(titles)]}?",
            one.gold.answers[0] if right and step == steps - 1 else drawn.choice(("", *_NAMES)),
            (CitedSentence(titles[step % len(titles)], f"{titles[step % len(titles)]} is where it is told.", line=1),),
        )
        for step in range(steps)
    ]
    return tuple(replace(hop, evidence=hop.evidence if hop.answer else ()) for hop in found)


def _cost(path: Sequence[str], drawn: random.Random) -> Cost:
    asked = [state for state in path if state not in {"hear", "answered", "abstained", "retrieve"}]
    prompt = sum(drawn.randint(350, 900) for _ in asked)
    seconds: dict[str, float] = {}
    for state in path:
        seconds[state] = seconds.get(state, 0.0) + drawn.expovariate(1 / (1.8 if state in asked else 0.05))
    hits = len(asked) if drawn.random() < 0.1 else 0
    cached = int(prompt * drawn.uniform(0.6, 0.9))
    return Cost(len(asked), hits, prompt, cached, 24 * len(asked), sum(seconds.values()), seconds)


def _tone(file: Path, frames: int) -> None:
    if file.is_file():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\0\0" * 10 * frames)
