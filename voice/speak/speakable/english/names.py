"""Roman numerals, titles, abbreviations and acronyms."""

from __future__ import annotations

import re

from voice.sentences import STARTERS
from voice.speak.speakable.english.web import letters
from voice.speak.speakable.numbers import ordinal, spelled, year
from voice.speak.speakable.rules import either, rule

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN = r"(?=[XVIL]+\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
# Numerals behind these are cardinals ("Chapter Four"), also a single I, V or X.
_PARTS = (
    "Chapter Part Act Scene Section Volume Book Phase Article Title Figure Table Appendix Episode Grade Stage Type "
    "Class Mark Level Round Schedule Division Rule War Bowl Apollo Gemini Saturn Symphony Concerto Sonata Quartet Opus "
    "Sura Psalm Canto Annex Category Group Zone Schedule Vatican"
).split()
_MONARCHS = (
    "Albert Alexander Alexandra Alfonso Amenhotep Anne Antiochus Athelstan Augustus Baldwin Benedict Boniface Bolesław "
    "Carl Carlos Casimir Catherine Celestine Charles Christian Clement Cleopatra Constantine Cyrus Darius David Edward "
    "Elizabeth Emmanuel Eric Ferdinand Francis Franz Frederick Friedrich George Gregory Gustaf Gustav Haakon Harald "
    "Harold Henri Henry Honorius Hussein Innocent Isabella Ivan James Jean João John Joseph Juan Julius Justinian Karl "
    "Konrad Leo Leopold Louis Ludwig Magnus Margaret Margrethe Maria Mary Matilda Maximilian Mehmed Murad "
    "Napoleon Nicholas Olaf Oscar Osman Otto Paul Pedro Peter Philip Philippe Pius Ptolemy Rama Ramesses Ramses "
    "Richard Robert Rudolf Rudolph Selim Seti Sigismund Sixtus Stephen Suleiman Sweyn Theodosius Thutmose Umberto "
    "Urban Valentinian Victoria Vittorio Wilhelm William Władysław Wenceslaus Xerxes"
).split()
_NUMBERED_PARTS = either((*_PARTS, *map(str.lower, _PARTS), "page", "pages"))


def roman(written: str) -> int:
    """XIV -> 14."""
    values = [_VALUES[ch] for ch in written.upper()]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "St": "Saint", "Ste": "Sainte",
    "Mt": "Mount", "Ft": "Fort", "Gen": "General", "Col": "Colonel", "Capt": "Captain", "Lt": "Lieutenant",
    "Sgt": "Sergeant", "Maj": "Major", "Cmdr": "Commander", "Adm": "Admiral", "Rev": "Reverend", "Hon": "Honorable",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President", "Fr": "Father", "Br": "Brother",
    "Msgr": "Monsignor", "Sr": "Sister", "Supt": "Superintendent", "Messrs": "Messieurs",
}  # fmt: skip
_BEHIND_NAMES = {
    "St": "Street", "Dr": "Drive", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Sq": "Square",
    "Hwy": "Highway", "Jr": "Junior", "Sr": "Senior", "Inc": "Incorporated", "Ltd": "Limited", "Co": "Company",
    "Corp": "Corporation", "Bros": "Brothers", "Dept": "Department", "Univ": "University", "Assn": "Association",
    "Mts": "Mountains", "Esq": "Esquire",
}  # fmt: skip
_WITH_DOT = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "cf": "compare", "et al": "and others",
    "viz": "namely", "approx": "approximately", "incl": "including", "resp": "respectively", "govt": "government",
    "dept": "department", "misc": "miscellaneous", "Assoc": "Association", "Univ": "University", "Jan": "January",
    "Feb": "February", "Aug": "August", "Sept": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_BEFORE_NUMBER = {
    "No": "number", "no": "number", "Nos": "numbers", "nos": "numbers", "№": "number", "p": "page", "pp": "pages",
    "vol": "volume", "Vol": "Volume", "vols": "volumes", "ch": "chapter", "Ch": "Chapter", "chap": "chapter",
    "fig": "figure", "Fig": "Figure", "figs": "figures", "sec": "section", "Sec": "Section", "art": "article",
    "Art": "Article", "Op": "Opus", "op": "opus", "c": "circa", "ca": "circa", "b": "born", "d": "died",
    "r": "reigned", "fl": "flourished", "eq": "equation", "Eq": "Equation", "ver": "version",
}  # fmt: skip
# What espeak (Piper) or misaki's lexicon (hibari, Kokoro) reads as a word, or spells out, and should not.
_SPELLED = (
    "ACLU AI ATM DIY EPA ESA ETA FAQ GDP ICU IMF IMO IQ IRA IRS ISS KGB LED MVP NGO NHS NSA NYC OECD PBS POW PR RAF "
    "ROM RPG SUV UAE UHF USSR VAT VIP VPN VR WTO WWF YMCA"
).split()
_SAID_AS_WORD = {"IKEA": "Ikea", "MoMA": "Moma", "MOMA": "Moma", "SQL": "S.Q.L", "WWI": "World War One",
                 "WWII": "World War Two", "PhD": "P.H.D", "N/A": "not applicable", "AT&T": "A.T and T"}  # fmt: skip


def _stop(match: re.Match[str]) -> str:
    """The full stop of an abbreviation, where it ends the sentence as well."""
    if "." not in match[0][-2:]:
        return ""
    rest = match.string[match.end() : match.end() + 30].lstrip(" \"'”’)")
    after = re.match(r"[A-Z][a-z]*", rest)
    return "." if not rest or rest[0] == "\n" or (after and after[0].lower() in STARTERS) else ""


def _regnal(match: re.Match[str]) -> str:
    return f"{match[1]} the {ordinal(roman(match[2])).capitalize()}"


def _numbered(match: re.Match[str]) -> str:
    return f"{match[1]} {spelled(roman(match[2])).capitalize()}"


def _initials(match: re.Match[str]) -> str:
    joined = ".".join(re.findall(r"[A-Z]", match[1]))
    following = re.compile(r"[A-Z][a-z]*").match(match.string, match.end())
    if following and following[0].lower() in STARTERS:  # "in the U.S. He"
        return match[0]
    return f"{joined} " if len(joined) > 1 or joined != "A" else match[0]


def _initialism(match: re.Match[str]) -> str:
    return ".".join(re.findall(r"[A-Za-z]", match[1])) + _stop(match)


def _century(match: re.Match[str]) -> str:
    return f"{ordinal(roman(match[1]))} "


RULES = (
    rule(rf"\b({either(_BEFORE_NUMBER)})(?:\. ?|(?<=№)) ?(?=\d|[IVX]+\b|[ivxl]{{2,8}}\b)",
         lambda m: f"{_BEFORE_NUMBER[m[1]]} "),
    rule(rf"\b({either(_PARTS)}) ({_ROMAN})\b(?![.’']\w)", _numbered),
    rule(rf"\b({either(one.lower() for one in _PARTS)}) ({_ROMAN})(?<=[IVX][IVX])\b", _numbered),
    rule(rf"\b({_NUMBERED_PARTS}) ({_ROMAN.lower()})(?<=[ivx][ivx])\b", _numbered),
    rule(rf"\b(Act|Scene|Chapter) ({_ROMAN.lower()})(?<=[ivx])\b", _numbered),
    rule(r"\b(?=[MDCLXVI]{4})M{1,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b",
         lambda m: year(roman(m[0]))),
    rule(rf"\b({either(_MONARCHS)}) ({_ROMAN})\b(?!\.\w)", _regnal),
    rule(rf"\b([A-Z]\. [A-Z]\w+) ({_ROMAN})(?<=[IVX][IVX])\b", _regnal),
    rule(rf"\b([A-Z][a-z]\w*) ({_ROMAN})(?<=[IVX][IVX])\b(?!\.\w)", _numbered),
    rule(rf"\b(?!I\b)({_ROMAN})(?:th|st|nd|rd)? (?=centur(?:y|ies)\b)", _century),
    rule(r"\b(?:c|ca)\.? ?(?=1\d\d\d\b)", "circa "),
    rule(rf"(?<=[A-Z]\. )({either(_BEHIND_NAMES)})\b(?:\.|(?=,))", lambda m: _BEHIND_NAMES[m[1]] + _stop(m)),
    rule(rf"(?<=\w )({either(('Jr', 'Sr'))})\b\.?(?! ?[A-Z][a-z])", lambda m: _BEHIND_NAMES[m[1]] + _stop(m)),
    rule(r"(?<=[a-z] )(St|Dr)\.(?= (?:in|and|at|on|is|was|to|near|from|by|with|of)\b|[,;)]|\s*\Z|\n)",
         lambda m: _BEHIND_NAMES[m[1]] + _stop(m)),
    rule(r"\b(Mr|Mrs|Ms)\.", lambda m: _TITLES[m[1]]),
    rule(rf"\b({either(_TITLES)})\b\.?[ ](?=[A-Z“\"])", lambda m: f"{_TITLES[m[1]]} "),
    rule(rf"(?<=[\w.,] )({either(_BEHIND_NAMES)})\.", lambda m: _BEHIND_NAMES[m[1]] + _stop(m)),
    rule(r"(?<= )v\.? (?=[A-Z])", "versus "),
    rule(r"\bvs\b(?!\.)", "versus"),
    rule(rf"(?<![\w.])({either(_WITH_DOT)})\.(?!\w)", lambda m: _WITH_DOT[m[1]] + _stop(m)),
    rule(r"(?<![\w.])Ph\.? ?D\.?(?!\w)", lambda m: "P.H.D" + _stop(m)),
    rule(r"(?<![\w.])((?:[A-Z]\. ?){1,5})(?=[A-Z][a-z])", _initials),
    rule(r"(?<![\w.])((?:[A-Za-z]\.){2,6})(?!\w)", _initialism),
    rule(rf"\b({either(_SAID_AS_WORD)})\b", lambda m: _SAID_AS_WORD[m[1]]),
    rule(rf"\b({either(_SPELLED)})(?=s?\b)", lambda m: letters(m[1])),
)  # fmt: skip
