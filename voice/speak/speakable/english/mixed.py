"""Numbers of every other kind, and letters mixed with digits."""

from __future__ import annotations

import re

from voice.speak.speakable.english.web import letters
from voice.speak.speakable.numbers import LEFT, NUM, SIGN, TO, digits, fraction, number, ordinal, pairs, spelled
from voice.speak.speakable.rules import rule

_LETTER = r"[A-Za-zÀ-ÖØ-öø-ɏ]"
_RUN = re.compile(rf"\d+(?:\.\d+)?|{_LETTER}+")
_OPERATOR = re.compile(r" ?[-−+=*/^)](?!\w*-)")
_SOFTWARE = "python|java|ubuntu|ios|macos|android|node|kernel|release|version|http"
_NUMBERED = "Boeing|Airbus|Flight|Highway|Route|Interstate|Fahrenheit|Room|Bus|Area|Porsche|Peugeot|BMW"
_FIXED = {"24/7": "twenty-four seven", "9/11": "nine eleven", "7/7": "seven seven", "50/50": "fifty-fifty"}


def _phone(match: re.Match[str]) -> str:
    plus = "plus " if match[0].lstrip().startswith("+") else ""
    return plus + ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))


def _points(written: str) -> str:
    return " point ".join(number(part) for part in written.split("."))


def _version(match: re.Match[str]) -> str:
    return ("version " if match[1] else "") + _points(match[2])


def _address(match: re.Match[str]) -> str:
    return " dot ".join(number(part) for part in match[0].split("."))


def _fraction(match: re.Match[str]) -> str:
    if match[0] in _FIXED:
        return _FIXED[match[0]]
    whole, above, below = match[1], int(match[2]), int(match[3])
    if not below:
        return match[0]
    said = fraction(above, below)
    if whole is None:
        return said
    return f"{number(whole)} and {'a' + said[3:] if said.startswith('one ') else said}"


def _range(match: re.Match[str]) -> str:
    first, last = match[1], match[2]
    if len(first) > 4 and len(last) < len(first) and first.isdecimal():
        return f"{digits(first)}, {digits(last)}"  # 12345-6789
    return f"{number(first)} to {number(last)}"


def _chain(match: re.Match[str]) -> str:
    """4-4-2, or 978-3-16-148410-0."""
    return ", ".join(number(part) if len(part) < 3 else digits(part) for part in match[0].split("-"))


def _mixed(match: re.Match[str]) -> str:
    """MP3 -> M.P three, COVID-19 -> COVID nineteen, A4 -> A-four, 2x -> two times."""
    runs = _RUN.findall(match[0])
    if len(runs) == 2 and runs[1] == "x":
        formula = _OPERATOR.match(match.string, match.end())
        return f"{number(runs[0])} {'x' if formula else 'times'}"
    if runs[-1] == "s" and len(runs) > 2:  # MP3s
        return f"{_mixed_runs(runs[:-1])}s"
    return _mixed_runs(runs)


def _mixed_runs(runs: list[str]) -> str:
    said = ""
    for run in runs:
        if run[0].isdigit():
            word = pairs(run) if len(run) == 3 and said else number(run)
            glue = "-" if said[-1:] == "A" and (len(said) == 1 or said[-2] == " ") else " "
        else:
            word = letters(run) if (run.isupper() and len(run) < 4) or len(run) == 1 else run
            glue = " "
        said += f"{glue if said else ''}{word}"
    return said


IDENTIFIERS = (
    rule(
        r"(?<![\w.,])(?<!\d )[1-9]\d{0,2}(?:(?: \d{3}){2,6}+| 000)(?!\w|[.,]\d| \d)",  # 1 000 000
        lambda m: m[0].replace(" ", ""),
    ),
    # 1.000.000, and no version
    rule(r"(?<![\w.])[1-9]\d{0,2}(?:\.000){2,5}+(?!\w|[.,]\d)", lambda m: m[0].replace(".", "")),
    rule(r"(?<=, [A-Z]{2} )\d{5}(?!\w|[.,]\d|-\d)", lambda m: digits(m[0])),  # CA 90210
    rule(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", _address),
    rule(r"(?<![\w.])(v|V|version (?=\d+\.))?(\d{1,5}(?:\.\d{1,5}){2,4})(?![\w]|\.\d)", _version),
    rule(r"(?<![\w.])([vV])(\d{1,4}(?:\.\d{1,4})?)(?![\w]|\.\d)", _version),
    rule(rf"(?i)\b({_SOFTWARE})[/ ](\d{{1,4}}\.\d{{1,4}})(?!\w|\.\d)", lambda m: f"{m[1]} {_points(m[2])}"),
    rule(r"(?<![\w.+-])\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){1,6}(?![\w-])", _phone),
    rule(r"(?<![\w.(-])\(\d{3,5}\)[ ]?\d{3,4}[ -]\d{3,4}(?![\w-])", _phone),
    rule(r"(?<![\w.-])(?:1-)?(?:\d{3}[-.])?\d{3}[-.]\d{4}(?![\w-]|\.\d)", _phone),
    rule(r"(?<![\w.-])0\d{2,4} \d{3,4} \d{3,4}(?![\w-]|\.\d)|(?<![\w.-])0\d{2,4} \d{5,8}(?![\w-]|\.\d)", _phone),
    rule(r"(?<!\w)#(?=\d)", "number "),
    rule(r"(?i)(?<=\bcall |\bdial )\d{3}(?!\w|[.,:]\d)", lambda m: digits(m[0])),
)
RULES = (
    rule(rf"\b({_NUMBERED}) (\d{{3}})\b(?![.,]\d)", lambda m: f"{m[1]} {pairs(m[2])}"),
    rule(r"(?<![\w./])(?:(\d{1,3})[ -])?(\d{1,3})[/⁄](\d{1,3})(?![\w/⁄]|\.\d)", _fraction),
    rule(r"(?<=\d)(st|nd|rd|th)[ ]?[-–—][ ]?(?=\d{1,4}(?:st|nd|rd|th)\b)", r"\1 to "),
    rule(r"\b(240|360|480|576|720|1080|1440|2160|4320)([pi])\b", lambda m: f"{pairs(m[1])} {m[2].upper()}"),
    rule(rf"{LEFT}((?:\d{{1,3}}(?:,\d{{3}})++|\d++))(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1].replace(",", "")))),
    rule(rf"{LEFT}({NUM})s\b", lambda m: f"{number(m[1])}s"),
    rule(rf"{LEFT}(\d{{1,3}}) ?: ?(\d{{1,3}})(?![\w:])", lambda m: f"{number(m[1])} to {number(m[2])}"),
    rule(rf"{LEFT}({NUM}) ?(?:\*|[×x✕](?= ?{NUM} ?=)) ?(?={NUM})", lambda m: f"{number(m[1])} times "),
    rule(rf"{LEFT}({NUM}) ?[×x✕] ?(?={NUM})", lambda m: f"{number(m[1])} by "),
    rule(rf"{LEFT}({SIGN}{NUM}) ([-−]) (?={NUM} ?=)", lambda m: f"{number(m[1])} minus "),
    rule(r"(?<![\w.-])\d{1,7}(?:-\d{1,7}){2,20}+(?![\w-])", _chain),
    rule(rf"{LEFT}({SIGN}{NUM}){TO}({NUM})(?![\w])", _range),
    rule(rf"(?<![\w.])(?=[^\W_]*\d)(?=[^\W_]*{_LETTER})(?:\d|{_LETTER}){{2,30}}+(?:-\d{{1,4}}(?!\w))?(?!\w)", _mixed),
    rule(r"(?<![\w.-])([A-Z][A-Za-z]{0,15})-(\d{1,4})(?![\w]|[.,]\d)", _mixed),
    rule(rf"{LEFT}{SIGN}{NUM}", lambda m: number(m[0])),
    rule(r"\d++", lambda m: f" {digits(m[0])} " if len(m[0]) > 4 else f" {spelled(int(m[0]))} "),
)
