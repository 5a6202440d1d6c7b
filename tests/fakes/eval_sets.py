"""A dataset in HotpotQA's schema made from a seed, and a script that answers its questions in two hops."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILM, DIRECTOR, CITY = "Silver Lantern", "Jean Moreau", "Lyon"
_ASK = "\nReply as JSON"
_WORDS = (
    "river valley council painter railway archive novel harbour village orchestra minister festival bridge climate "
    "museum journal border forest winter market engine parliament castle teacher island treaty season factory"
).split()
_DIRECTED = f"{FILM} was directed by {DIRECTOR}."
_BORN = f"{DIRECTOR} was born in the city of {CITY}."
QUESTION = f"In which city was the director of {FILM} born?"
_LINES = 60
"""Most sentences that a walk shows."""


def rules(delay: float = 0.0) -> list[dict[str, Any]]:
    """The script's lines. A reading cites the number its sentence was shown under. delay: seconds of a reply."""
    told: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (('"steps"',), {"steps": [f"Who directed {FILM}?", "In which city was #1 born?"]}),
        (('"enough"',), {"enough": True}),
        (('"sentence"',), {"reason": "The steps say so.", "answer": CITY, "sentence": f"It is {CITY}."}),
    ]
    numbers = range(1, _LINES + 1)
    told += [((f"born?{_ASK}", f"[{n}] {DIRECTOR}: {_BORN}"), {"citation": n, "answer": CITY}) for n in numbers]
    # However the machine words its first step.
    told += [(('"citation"', f"[{n}] {FILM}: {_DIRECTED}"), {"citation": n, "answer": DIRECTOR}) for n in numbers]
    told.append((('"citation"',), {"citation": 0, "answer": "not found"}))
    return [{"when": list(when), "reply": reply, "delay": delay} for when, reply in told]


def rows(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Rows as large as HotpotQA's: ten paragraphs of about four sentences. Every tenth has another gold answer."""
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        context = [
            [FILM, [f"{FILM} is a film of {1930 + number % 80}.", f" {_DIRECTED}"]],
            [DIRECTOR, [f"{DIRECTOR} made films.", f" {_BORN}"]],
            *([_title(chance), [_sentence(chance) for _ in range(chance.randint(2, 6))]] for _ in range(8)),
        ]
        chance.shuffle(context)
        yield {
            "_id": f"sample-{number}",
            "question": QUESTION,
            "answer": "Marseille" if number % 10 == 9 else CITY,
            "type": "bridge",
            "level": "medium",
            "supporting_facts": [[FILM, 1], [DIRECTOR, 1]],
            "context": context,
        }


def write_set(path: Path, count: int, seed: int = 0) -> Path:
    """The dataset as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows(count, seed))
    return path


def write_script(path: Path, *, delay: float = 0.0) -> Path:
    """The language model that answers it; name the file as llm.model. delay: see `rules`."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in rules(delay)), encoding="utf-8")
    return path


def _title(chance: random.Random) -> str:
    return " ".join(chance.sample(_WORDS, 2)).title()


def _sentence(chance: random.Random) -> str:
    words = chance.choices(_WORDS, k=chance.randint(12, 26))
    return f" The {' '.join(words)}."
