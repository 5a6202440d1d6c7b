"""A reader of passes that hears what a script says is spoken, as far as the sound goes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice.types import ASR_SAMPLE_RATE, Hypothesis, Utterance, Word

if TYPE_CHECKING:
    from voice.recognize.streaming.passes import Ask
    from voice.types import Samples


def spoken(text: str, *, each: float = 0.4, start: float = 0.2, logprob: float = -0.01) -> tuple[Word, ...]:
    """Words one after the other, `each` seconds long."""
    return tuple(
        Word(word, round(start + at * each, 3), round(start + (at + 1) * each, 3), logprob)
        for at, word in enumerate(text.split())
    )


@dataclass
class ScriptedPasses:
    """Hears the script's words that begin before the window's end; one that is cut off comes out as its half.

    asked: every pass, with the window's place in the utterance. finals: seconds of sound of every final.
    took: seconds a pass takes on `clock`.
    """

    script: tuple[Word, ...]
    took: float = 0.1
    now: float = 0.0
    asked: list[Ask] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)
    stood: int = 0

    def clock(self) -> float:
        return self.now

    def read(self, ask: Ask) -> tuple[Word, ...]:
        """See PassReader."""
        self.asked.append(ask)
        self.now += self.took
        place = self.place(ask)
        edge = place + len(ask.samples) / ASR_SAMPLE_RATE
        done = ask.committed[-1].end + place if ask.committed else place
        heard = []
        for word in self.script:
            if word.start >= edge - 1e-6 or word.end <= done + 1e-6:
                continue
            if word.end > edge + 1e-6:
                word = replace(word, text=word.text[: max(1, len(word.text) // 2)], end=edge)
            heard.append(replace(word, start=word.start - place, end=word.end - place))
        return tuple(heard)

    def place(self, ask: Ask) -> float:
        """Seconds at which the window begins: found by what stands in it, since samples do not say."""
        if not ask.committed:
            return 0.0 if not ask.before else self._after(ask.before)
        first = next(word for word in self.script if word.text == ask.committed[0].text)
        return first.start - ask.committed[0].start

    def _after(self, before: str) -> float:
        last = before.split()[-1]
        return next(word.end for word in self.script if word.text == last)

    def final(self, samples: Samples, *, n_best: int, token_scores: bool) -> Utterance:
        """See PassReader."""
        seconds = len(samples) / ASR_SAMPLE_RATE
        self.finals.append(seconds)
        self.now += self.took
        words = tuple(word for word in self.script if word.end <= seconds + 1e-6)
        if not words:
            return Utterance((), seconds)
        text = " ".join(word.text for word in words)
        readings = tuple(
            Hypothesis(f"{text}{' again' * at}", -1.0 - at, share, (), words)
            for at, share in enumerate((0.5, 0.3, 0.2)[:n_best])
        )
        return Utterance(readings, seconds)
