"""Addresses of the web and of mail, and names of files."""

from __future__ import annotations

import re

from voice.speak.speakable.cleaning import URL, host
from voice.speak.speakable.rules import either, rule

_TOP = (
    "com org net edu gov mil int info io ai app dev uk de fr eu us ca au nz jp ch at es it nl se no dk fi pl be ie in"
).split()
_ENDINGS = (
    "pdf txt md html htm jsonl json csv xml yaml toml py js ts wav mp3 mp4 png jpg jpeg gif zip docx xlsx exe sh"
).split()
_SAID_AS_WORD = {"com", "org", "net", "edu", "gov", "mil", "int", "info", "app", "dev", "zip", "gif", "wav", "exe"}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.){{1,8}}(?:{either(_TOP)})"


def letters(name: str) -> str:
    """FBI -> F.B.I: what every engine tried reads letter by letter; "F B I" turns an A among them into an article."""
    return ".".join(name.upper())


def _domain(name: str) -> str:
    labels = name.lower().removeprefix("www.").split(".")
    said = [label.replace("-", " dash ") for label in labels[:-1]]
    return " dot ".join([*said, _ending(labels[-1])]) if said else labels[0]


def _ending(name: str) -> str:
    return name if name in _SAID_AS_WORD else letters(name)


def _mail(match: re.Match[str]) -> str:
    local = match[1].replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ").replace("+", " plus ")
    return f"{local} at {_domain(match[2])}"


def _url(match: re.Match[str]) -> str:
    name, stop = host(match[1])
    return _domain(name) + stop


RULES = (
    rule(URL, _url),
    rule(
        rf"(?i)(?<![\w.@])(?:mailto:)?([\w.+-]{{1,64}}+)@({_DOMAIN}|(?:{_LABEL}\.){{1,8}}[a-z]{{2,20}})(?![\w-])", _mail
    ),
    rule(rf"(?<![\w.@/-])({_DOMAIN})\b(?![\w-])(?:/[\w./?&=%#~+-]{{0,500}}[\w/])?", lambda m: _domain(m[1])),
    rule(
        rf"\b([\w-]{{1,80}}+)\.({either(_ENDINGS)})\b(?![\w.-]*\w@)",
        lambda m: f"{m[1].replace('_', ' ').replace('-', ' ')} dot {_ending(m[2])}",
    ),
)
