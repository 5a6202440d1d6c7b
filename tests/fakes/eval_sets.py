"""A dataset in HotpotQA's schema made from a seed, and a script that answers its questions in two hops."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIRECTOR, CITY = "Jean Moreau", "Lyon"
_WORDS = (
    "river valley council painter railway archive novel harbour village orchestra minister festival bridge climate "
    "museum journal border forest winter market engine parliament castle teacher island treaty season factory"
).split()
_RULES = (
    ('"steps"', {"steps": ["Who directed the film?", "In which city was #1 born?"]}),
    ("Who directed the film?", {"citation": 1, "answer": DIRECTOR}),
    ("In which city was", {"citation": 1, "answer": CITY}),
    ('"enough"', {"enough": True}),
    ('"sentence"', {"reason": "The steps say so.", "answer": CITY, "sentence": f"It is {CITY}."}),
)


def rows(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Rows as large as HotpotQA's: ten paragraphs of about four sentences. Every tenth has another gold answer."""
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        film = f"Silver Lantern {number}"
        context = [
            [film, [f"{film} is a film of {1930 + number % 80}.", f" {film} was directed by {DIRECTOR}."]],
            [DIRECTOR, [f"{DIRECTOR} made films.", f" {DIRECTOR} was born in the city of {CITY}."]],
            *([_title(chance), [_sentence(chance) for _ in range(chance.randint(2, 6))]] for _ in range(8)),
        ]
        chance.shuffle(context)
        yield {
            "_id": f"sample-{number}",
            "question": f"In which city was the director of the film {film} born?",
            "answer": "Marseille" if number % 10 == 9 else CITY,
            "type": "bridge",
            "level": "medium",
            "supporting_facts": [[film, 1], [DIRECTOR, 1]],
            "context": context,
        }


def write_set(path: Path, count: int, seed: int = 0) -> Path:
    """The dataset as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows(count, seed))
    return path


def write_script(path: Path, *, delay: float = 0.0) -> Path:
    """The language model that answers it; name the file as llm.model. delay: seconds before each reply."""
    lines = ({"when": [when], "reply": reply, "delay": delay} for when, reply in _RULES)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def _title(chance: random.Random) -> str:
    return " ".join(chance.sample(_WORDS, 2)).title()


def _sentence(chance: random.Random) -> str:
    words = chance.choices(_WORDS, k=chance.randint(12, 26))
    return f" The {' '.join(words)}."
