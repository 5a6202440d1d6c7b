"""Text from outside as it may stand in a prompt: data on one line, of bounded length, that speaks as nobody."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 8000
"""Most UTF-8 bytes of one quoted text. A byte is one token at most, and four letters mostly are one."""
LONGEST_QUESTION = 2000
LONGEST_SENTENCE = 600
LONGEST_TITLE = 200

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# <|im_start|>, <start_of_turn>, <<SYS>>, </think>, <｜User｜>: servers read such marks as special tokens wherever they
# stand. The small and the full-width forms are the same to a model, and DeepSeek's own marks have full-width bars.
_ANGLE = re.compile(r"([<＜﹤])(?=\S)")
_BAR = re.compile(r"([|｜])(?=[>＞﹥])")
# [INST], [/INST], [TOOL_CALLS], [gMASK]
_BRACKET = re.compile(r"([\[［])(?=[/／]?[A-Za-z]\w*[\]］])")
# ### Instruction:
_HEADING = re.compile(r"[#＃]{2,}")
_LETTERS = re.compile(r"[A-Za-z ]+")
_SIGN = re.compile(r"[!-@\[-`{-~\n]")


def quoted(text: str, longest: int = LONGEST) -> str:
    """Text from documents, transcripts or replies, as it may stand in a prompt: one line, no chat-template marks.

    Line breaks would let a document write lines of the log, and marks such as <|im_start|>, which servers read as
    special tokens, would let it speak as another role. What is longer than so many UTF-8 bytes ends in an ellipsis.
    """
    # Of a document without a full stop only the beginning is looked at.
    if len(text) > 4 * longest:
        text = f"{text[: 4 * longest]} …"
    # Printable is what holds neither separators, the blank aside, nor any of what is dropped.
    kept = text if text.isprintable() else "".join(" " if c.isspace() else c for c in text if c.isspace() or _kept(c))
    line = " ".join(kept.split())
    for mark in (_ANGLE, _BAR, _BRACKET):
        line = mark.sub(r"\1 ", line)
    return cut(_HEADING.sub("#", line), longest)


def cut(line: str, longest: int) -> str:
    """The line, or as many whole words of it as so many UTF-8 bytes hold, with an ellipsis."""
    if len(line) <= longest // 4 or len(_bytes(line)) <= longest:
        return line
    room = _bytes(line)[: longest - len(_bytes(" …"))].decode(errors="ignore")
    words, _, half = room.rpartition(" ")
    # A single endless word, or a language without blanks, is cut within.
    return f"{(words if len(words) > len(half) else room).rstrip()} …"


def _kept(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED


def rough_tokens(text: str) -> int:
    """About how many tokens a text costs, rather too many than too few.

    Digits and signs are mostly a token each, letters stand three or more to a token, and what is not ASCII takes about
    one for two bytes.
    """
    letters = sum(map(len, _LETTERS.findall(text)))
    beyond = len(_bytes(text)) - len(text.encode("ascii", "ignore"))
    return letters // 3 + len(_SIGN.findall(text)) + beyond // 2


def _bytes(text: str) -> bytes:
    # A command line that was no text has lone surrogates.
    return text.encode(errors="surrogatepass")
