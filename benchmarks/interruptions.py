"""Barge-ins on a virtual sound card: how soon it is silent, and what the conversation then remembers.

    python -m benchmarks.interruptions [--turns N]

A person asks again in the middle of every answer. Ears, endpoint, player and microphone are the real ones; answers
come from a script, so that every moment is spent on what is measured. Needs the Debian packages that
`make soundcard-test` names.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.config import Paths, Settings
from agent.evals.bench.asr import percentile
from agent.factory import build_recognizer
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.events import Interrupted, SayingStarted, TurnEnded, TurnStarted
from agent.session.ports import Choice
from agent.session.session import Session
from agent.session.speaking import sentences_for
from agent.types import Answer, Answered, Question
from agent.workshop import HarkWorkshop
from tests.soundcard.card import RATE, SoundCard, missing
from voice.events import Endpoint, SpeechStarted
from voice.resample import resample
from voice.speak.hibari import HibariSynthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable, Sequence

    from agent.ports import Clarifier
    from agent.session.events import Told
    from agent.types import ReasonerEvent
    from tests.soundcard.card import Recording
    from voice.ports import Recognizer
    from voice.types import Samples, SpeechClip

ANSWER = (
    "The town founded by the designer of the Brooklyn Bridge was Saxonburg, in Pennsylvania. "
    "Robert Schumann wrote it, and his wife was the pianist Clara Schumann. "
    "The observatory where Pluto was discovered was founded by Percival Lowell."
)
QUESTIONS = ("Who founded Rome?", "Where was Chopin born?", "When did Mozart die?", "Which river flows through Paris?")
_SILENCE = 1e-4
"""Loudest sample of what counts as silence."""
_NEAR = 1
"""Seconds between the length of a recording and the place that it was cut off at: gaps, on a busy machine."""
EARLIEST, LATEST = 0.6, 7.0
"""Seconds into an answer at which somebody speaks."""


class Teller:
    """A Reasoner with one answer for everything."""

    name = "teller"

    async def walk(
        self,
        question: Question,
        *,
        clarifier: Clarifier | None = None,  # noqa: ARG002 - the port's
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner."""
        await asyncio.sleep(0.2)
        yield Answered(Answer(question, ANSWER, "", "answered"))


class Canned:
    """A voice that has said everything before, so that what is played is known to the sample."""

    name = "canned"

    def __init__(self) -> None:
        real = HibariSynthesizer()
        self.capabilities = real.capabilities
        self._real = real
        self._made: dict[str, list[SpeechClip]] = {}

    def clips(self, sentence: str) -> list[SpeechClip]:
        """Its clips, always the same."""
        if sentence not in self._made:
            self._made[sentence] = list(self._real.stream([sentence]))
        return self._made[sentence]

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer."""
        for sentence in sentences:
            yield from self.clips(sentence)

    def close(self) -> None:
        """Nothing to give back."""


class Workshop(HarkWorkshop):
    """Real ears and mouth; see Teller and Canned."""

    def __init__(self, settings: Settings, voice: Canned) -> None:
        super().__init__(settings, Paths.standard())
        self._voice = voice

    async def mind(self, _: Choice) -> Session:
        """See Workshop."""
        return Session(Teller(), recognizer=_unused, synthesizer=lambda: self._voice)


def _unused() -> Recognizer:
    raise AssertionError("questions come as they were heard")


@dataclass(slots=True)
class Cut:
    """An interruption. Times (time.monotonic): the answer began, somebody spoke, hark noticed, the endpoint."""

    began: float
    spoke: float
    noticed: float = 0.0
    endpoint: float = 0.0
    heard: str = ""


@dataclass(slots=True)
class Story:
    """What happened."""

    cuts: list[Cut] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    ended: list[tuple[int, str]] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)


async def converse(
    card: SoundCard, turns: int, canned: Canned, questions: Sequence[Samples]
) -> tuple[Story, Conversation]:
    """Interrupt every answer once; the last is heard to its end."""
    settings = Settings.model_validate({"speaker": {"duplex": "open"}})
    story, dice = Story(), random.Random(5)  # noqa: S311 - moments, no secrets
    talk = Conversation(Workshop(settings, canned), Choice("hands-free", (Path("documents"),)), ConversationOptions())
    speaking: list[asyncio.Task[None]] = []

    async def speak(began: float) -> None:
        await asyncio.sleep(dice.uniform(EARLIEST, LATEST))
        card.play_samples(questions[len(story.cuts) % len(questions)])
        story.cuts.append(Cut(began, time.monotonic()))

    async with talk, aclosing(talk.events()) as events:
        await asyncio.sleep(4.0)  # the ears open
        talk.ask("Which?")
        async for told in events:
            _note(story, told)
            match told.event:
                case SayingStarted(what="answer") if len(story.cuts) < turns:
                    speaking.append(asyncio.create_task(speak(time.monotonic())))
                case TurnEnded("answered" | "abstained" | "failed"):
                    return story, talk
    return story, talk


def _note(story: Story, told: Told) -> None:
    now, cut = time.monotonic(), story.cuts[-1] if story.cuts else None
    match told.event:
        case TurnStarted():
            story.started.append(told.turn)
        case TurnEnded(outcome):
            story.ended.append((told.turn, str(outcome)))
        case SayingStarted(what="answer"):
            story.delivered.append(told.turn)
        case SpeechStarted() if cut and not cut.noticed:
            cut.noticed = now
        case Endpoint() if cut and not cut.endpoint:
            cut.endpoint = now
        case Interrupted(heard) if cut:
            cut.heard = heard.text


def report(story: Story, talk: Conversation, recording: Recording, canned: Canned) -> None:
    """Print what came of it."""
    recognizer = build_recognizer(Settings(), Paths.standard())
    clips = [clip for sentence in sentences_for(canned, ANSWER) for clip in canned.clips(sentence)]
    ends = _word_ends(recognizer, clips)
    cuts = [cut for cut in story.cuts if cut.noticed]
    quiet, whole, off = [], [], []
    for cut in cuts:
        sounds = [at for at, block in recording.blocks(cut.began, cut.endpoint) if np.abs(block).max() > _SILENCE]
        last = max(sounds)
        quiet.append(max(0.0, last - cut.noticed))
        whole.append(max(0.0, last - cut.spoke))
        samples = np.concatenate([block for _, block in recording.blocks(cut.began, cut.endpoint)])
        place = _place_of_the_end(samples, clips)
        said = sum(end <= place for end in ends)
        off.append(len(cut.heard.split()) - said)
        assert ANSWER.startswith(cut.heard), cut.heard
    history = [exchange.heard for exchange in talk.history]
    print(f"{len(story.cuts)} barge-ins, {len(cuts)} heard as such")
    for what, values in (("speech noticed -> silence", quiet), ("question's first sample -> silence", whole)):
        p50, p90 = percentile(values, 0.5), percentile(values, 0.9)
        print(f"{what}: p50 {p50:.3f} s, p90 {p90:.3f} s, worst {max(values):.3f} s")
    print(f"silent within 0.15 s: {sum(value <= 0.15 for value in quiet)} of {len(quiet)}")
    print(f"words remembered, less words played: {dict(sorted(Counter(off).items()))}")
    # A conversation remembers its last turns, and the very last was heard whole.
    remembered = history[:-1] == [cut.heard for cut in cuts][1 - len(history) :]
    print(f"history, {len(history)} turns: as it was heard: {remembered}, the last whole: {history[-1] == ANSWER}")
    print(f"turns begun {len(story.started)}, different {len(set(story.started))}, spoken {len(story.delivered)}")
    print(f"outcomes: {dict(Counter(outcome for _, outcome in story.ended))}")


def _place_of_the_end(sound: Samples, clips: Sequence[SpeechClip]) -> float:
    """Seconds into the clips at which a recording of them breaks off."""
    speech = np.concatenate([resample(clip.samples, clip.sample_rate, RATE) for clip in clips])
    loud = np.flatnonzero(np.abs(sound) > _SILENCE)
    tail = sound[max(loud[0], loud[-1] - RATE) : loud[-1]]
    size = 1 << (len(speech) + len(tail)).bit_length()
    match = np.fft.irfft(np.fft.rfft(speech, size) * np.conj(np.fft.rfft(tail, size)), size)[: len(speech)]
    # Words occur twice: it broke off about as far into the clips as it had lasted.
    first = max(0, loud[-1] - loud[0] - len(tail) - _NEAR * RATE)
    return float(first + np.argmax(match[first : first + 2 * _NEAR * RATE]) + len(tail)) / RATE


def _word_ends(recognizer: Recognizer, clips: Sequence[SpeechClip]) -> list[float]:
    """Where each word of the clips ends, in seconds from the first clip's beginning."""
    ends: list[float] = []
    begin = 0.0
    for clip in clips:
        found = recognizer.transcribe(resample(clip.samples, clip.sample_rate, 16_000), token_scores=True)
        words = found.hypotheses[0].words
        assert len(words) == len(clip.text.split()), "the recogniser finds every word of a sentence"
        ends += [begin + word.end for word in words]
        begin += clip.duration
    return ends


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=50)
    turns = parser.parse_args().turns
    if reason := missing():
        raise SystemExit(reason)
    canned = Canned()
    said = [canned.clips(question)[0] for question in QUESTIONS]
    questions = [resample(clip.samples, clip.sample_rate, RATE) for clip in said]
    with SoundCard() as card:
        os.environ.update(card.environment)
        recording = card.record()
        story, talk = asyncio.run(converse(card, turns, canned, questions))
        recording.stop()
    report(story, talk, recording, canned)


if __name__ == "__main__":
    main()
