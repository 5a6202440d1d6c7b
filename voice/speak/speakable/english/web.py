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
# "the .com boom", ".co.uk", "a .pdf"; not the words in, it, at, be, us...
_BARE_ENDINGS = (*"co.uk ac.uk gov.uk com org net edu gov mil io ai uk de fr eu".split(), *_ENDINGS)
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


def _path(match: re.Match[str]) -> str:
    """docs/a_b.md:3-5 -> docs slash a b dot M.D lines three to five."""
    root = {"/": "slash ", "~": "tilde slash "}.get(match["root"] or "", "")
    folders = "".join(f"{folder} slash " for folder in match["folders"].split("/") if folder)
    said = root + _parted(folders + match["name"])
    if match["ending"]:
        said += f" dot {_ending(match['ending'])}"
    if match["line"]:
        last = f" to {match['last']}" if match["last"] else ""
        said += f" line{'s' * bool(last)} {match['line']}{last}"
    return said


def _parted(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _dot(match: re.Match[str]) -> str:
    *before, last = match[1].split(".")
    return "dot " + " dot ".join([*before, _ending(last)])


_FOLDERS = r"(?P<folders>(?:[\w-]{1,80}+/){0,20}+)"
RULES = (
    rule(URL, _url),
    rule(
        rf"(?i)(?<![\w.@])(?:mailto:)?([\w.+-]{{1,64}}+)@({_DOMAIN}|(?:{_LABEL}\.){{1,8}}[a-z]{{2,20}})(?![\w-])", _mail
    ),
    rule(
        rf"(?<![\w.@/-])({_DOMAIN})\b(?![\w-])"
        r"(?::\d{2,5}\b)?(?:/(?:[\w./?&=%#~+-]|\([\w.,-]{1,100}+\)){0,500}(?:(?<=[\w/)])))?",
        lambda m: _domain(m[1]),
    ),
    rule(
        rf"(?<![\w./-])(?:(?P<root>[~/])/?|\.{{1,2}}/)?{_FOLDERS}(?P<name>[\w-]{{1,80}}+)\.(?P<ending>{either(_ENDINGS)})\b"
        r"(?::(?P<line>\d{1,6})(?:[-–](?P<last>\d{1,6}))?(?::\d{1,6})?)?(?![\w.-]{0,80}\w@)",
        _path,
    ),
    # /etc/passwd, but no sounds between slashes
    rule(
        r"(?<![\w./:)-])(?P<root>[~/])/?(?P<folders>(?:[A-Za-z][\w.-]{0,80}+/){1,20}+)(?P<name>[A-Za-z][\w-]{0,80}+)/?"
        r"(?P<ending>)(?P<line>)(?P<last>)(?![\w.]*/)",
        _path,
    ),
    rule(rf"(?<![\w.])\.({either(_BARE_ENDINGS)})\b(?![\w-]|\.\w)", _dot),
)
