"""A stored conversation as a document: Markdown to be read, JSON to be processed."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.text import safe

if TYPE_CHECKING:
    from agent.session.store.records import Transcript, TurnRecord
    from agent.types import Hop

FORMAT = "hark-conversation/1"
"""Told in the JSON form; its number changes when a field changes its meaning."""

_ENDED = {
    "interrupted": "interrupted while it was spoken",
    "cancelled": "cancelled",
    "superseded": "asked again in other words",
    "failed": "failed",
    "unfinished": "broken off",
}
# Every sign that can begin markup anywhere in CommonMark and GFM, links without brackets included; a backslash
# before punctuation is never shown (CommonMark 0.31, section 2.4).
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-=!|~&$^:@\"'])|(?<=www)(\.)|^(\d{1,9})([.)])", re.IGNORECASE)


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _MARKUP.sub(_with_backslash, safe(text))


def _with_backslash(match: re.Match[str]) -> str:
    sign, dot, number, end = match.groups()
    return f"{number}\\{end}" if number else f"\\{sign or dot}"


def moment(seconds: float) -> str:
    """A time since 1970 as a person writes it, in the local time zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def markdown(transcript: Transcript) -> str:
    """A heading for each question, then its readings, hops with their sources, and the answer."""
    info = transcript.info
    lines = [f"# {escaped(info.title) or 'Conversation'}", ""]
    documents = ", ".join(escaped(place) for place in info.docs)
    lines += [f"{moment(info.started)}{f', answered from {documents}' if documents else ''}", ""]
    for turn in transcript.turns:
        lines += _turn(turn)
    return "\n".join(lines).rstrip() + "\n"


def as_json(transcript: Transcript) -> dict[str, Any]:
    """Everything that is stored but the sound, under the names of agent.session.store.records; times in UTC."""
    turns = []
    for turn in transcript.turns:
        fields = asdict(turn)
        fields["asked"] = _utc(turn.asked)
        turns.append(fields)
    info = asdict(transcript.info) | {
        "started": _utc(transcript.info.started),
        "updated": _utc(transcript.info.updated),
    }
    return {"format": FORMAT, "conversation": info, "turns": turns}


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _turn(turn: TurnRecord) -> list[str]:
    lines = [f"## {escaped(turn.text) or '(nothing was understood)'}", ""]
    others = [each for each in turn.question.hypotheses if each.text != turn.text]
    if others:
        readings = "; ".join(f"“{escaped(each.text)}” {each.posterior:.0%}" for each in others)
        lines += [f"May also have been: {readings}", ""]
    for each in turn.clarified:
        told = f" and was told “{escaped(each.reply)}”" if each.reply else ""
        lines += [f"hark asked “{escaped(each.asked)}”{told}.", ""]
    for number, hop in enumerate(turn.steps, 1):
        lines += _hop(number, hop)
    if turn.steps:
        lines.append("")
    if turn.answer:
        lines += [f"**{escaped(turn.answer.short)}**", ""] if turn.answer.short else []
        lines += [escaped(turn.answer.text), ""]
    if turn.answer and turn.heard is not None and turn.outcome == "interrupted":
        lines += [f"Heard of it: “{escaped(turn.heard)}”", ""]
    if turn.outcome in _ENDED:
        why = f": {escaped(turn.error)}" if turn.error else ""
        lines += [f"*{_ENDED[turn.outcome]}{why}*", ""]
    return lines


def _hop(number: int, hop: Hop) -> list[str]:
    lines = [f"{number}. {escaped(hop.sub_question)} → {escaped(hop.answer) or 'not found in the documents'}"]
    for evidence in hop.evidence:
        line = f", line {evidence.line}" if evidence.line else ""
        lines.append(f"   - “{escaped(evidence.sentence)}” ({escaped(evidence.passage.source)}{line})")
    return lines
