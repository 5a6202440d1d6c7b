"""Who speech was meant for, by its words: the microphone of hands-free mode hears the whole room.

Rules over the whole n-best list decide what they can; a model is asked only where they leave a doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import prompts
from agent.graph.checks import asks
from agent.graph.toolbox import quoted
from agent.ports import Message
from voice.endpoint.completeness import completeness
from voice.recognize.nbest import reading_key
from voice.types import Hypothesis, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.ports import LLM


class Verdict(StrEnum):
    """What is to be done with speech."""

    MEANT = "meant"
    NOT_MEANT = "not meant"
    DOUBT = "doubt"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and a few words why."""

    verdict: Verdict
    reason: str


_SILENCE = Judgement(Verdict.NOT_MEANT, "nothing was said")
_MURMUR = Judgement(Verdict.NOT_MEANT, "only a murmur")
_TALK = Judgement(Verdict.NOT_MEANT, "neither a question nor a request")
_FORM = Judgement(Verdict.MEANT, "a question or a request")
_NAMED = Judgement(Verdict.MEANT, "spoken to by name")
_AWAITED = Judgement(Verdict.MEANT, "it was awaited")
_STOP = Judgement(Verdict.STOP, "asked to stop")
_DOUBT = Judgement(Verdict.DOUBT, "words that could be either")

_MURMURS = frozenset(
    "mm mmm mhm hm hmm mm-hm mm-hmm mhmm uh-huh uh huh um erm er ah oh aha ha haha okay ok yeah yes yep right sure wow"
    " nice great cool good thanks thank you i see all well really so and the a bye".split()
)
_STOPS = frozenset(
    (
        "stop",
        "stop it",
        "stop please",
        "please stop",
        "stop talking",
        "cancel",
        "cancel that",
        "never mind",
        "nevermind",
        "forget it",
        "be quiet",
        "quiet",
        "shut up",
        "enough",
        "that's enough",
        "hark stop",
    )
)
_REQUEST = re.compile(
    r"(?:(?:and|so|okay|ok|now|please|well) )*(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:tell me|show me|find|give me|explain|list|compare|search|look up|name the|describe|summari[sz]e|read me"
    r"|what about|how about|i (?:want|would like|need) to know|i'd like to know|i (?:wonder|was wondering)"
    r"|do you know|remember that|note that|keep in mind that)\b"
    r"|(?:(?:no|sorry|wait) )+i (?:meant|said)\b"
)
_NAME = re.compile(r"(?:(?:hey|okay|ok|hi|hello) )?(?:hark|harc|hack)\b(?= \w)")
# Who speaks so talks about themselves or to somebody in the room.
_PERSONAL = re.compile(r"\b(?:i|i'm|i'll|i've|i'd|we|we're|we'll|let's|you|you're|your|my|me|us|honey|mum|mom|dad)\b")
_SURE, _POSSIBLE = 0.5, 0.15


def judge(utterance: Utterance, *, language: str = "en", awaited: bool = False) -> Judgement:
    """Judge what was heard; each reading counts as much as it is likely.

    language: ISO 639-1 code; the rules are English, elsewhere whatever has more than two words is meant.
    awaited: it was certainly for hark: a key was held, or hark has asked back and waits for a reply.
    """
    readings = [(reading_key(one.text), one.posterior) for one in utterance.hypotheses]
    readings = [(text, share) for text, share in readings if text]
    if not readings:
        return _SILENCE
    best = readings[0][0]
    if best in _STOPS:
        return _STOP
    if awaited:
        return _AWAITED
    if _NAME.match(best):
        return _NAMED
    if set(best.split()) <= _MURMURS:
        return _MURMUR
    if language != "en":
        return _FORM if len(best.split()) > 2 else _DOUBT
    formed = sum(share for text, share in readings if _formed(text))
    if formed >= _SURE:
        return _FORM
    if formed >= _POSSIBLE:
        return _DOUBT
    if _PERSONAL.search(best) or len(best.split()) < 3:
        return _TALK
    return _DOUBT


def judge_words(text: str, *, language: str = "en", awaited: bool = False) -> Judgement:
    """The same for words while they are spoken; a doubt may be settled by those that follow."""
    return judge(Utterance((Hypothesis(text, 0.0, 1.0),), 0.0), language=language, awaited=awaited)


async def ask_model(llm: LLM, readings: Sequence[str], before: str) -> bool:
    """Where the rules are in doubt. Raises LLMError."""
    prompt = prompts.load("addressed")
    listed = "\n".join(f"{number}. {quoted(text)}" for number, text in enumerate(readings, 1))
    content = prompt.render(readings=listed, before=quoted(before) or "none")
    messages = (Message("system", prompts.system()), Message("user", content))
    completion = await llm.complete(messages, schema=prompt.schema, max_tokens=prompt.max_tokens)
    return bool((completion.data or {}).get("meant"))


def _formed(text: str) -> bool:
    """Whether a reading is a question for somebody who knows things, or asks to be told something."""
    if _REQUEST.match(text):
        return True
    words = text.split()
    if len(words) < 3 or re.search(r"\byou(?:r|'re|'ve|'ll|'d)?\b", text):
        return False
    return asks(" ".join(words[:2])) or completeness(f"{text}?") in ("complete", "possible")
