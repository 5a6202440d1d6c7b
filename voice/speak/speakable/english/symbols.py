"""What is left: signs between words, brackets, marks that nobody says."""

from __future__ import annotations

from voice.speak.speakable.rules import rule

_WORDS = {
    "&": "and", "@": "at", "%": "percent", "=": "equals", "≈": "is about", "≤": "is at most", "≥": "is at least",
    "≠": "is not", "±": "plus or minus", "×": "times", "÷": "divided by", "√": "the square root of", "∞": "infinity",
    "°": "degrees", "→": "to", "⇒": "so", "↔": "and", "§": "section", "№": "number", "∑": "the sum of",
    "π": "pi", "µ": "micro", "Δ": "delta", "€": "euros", "£": "pounds", "$": "dollars", "∈": "in", "∪": "or",
}  # fmt: skip


RULES = (
    rule(r"\b([CF])#(?!\w)", r"\1 sharp"),
    rule(r"\bC\+\+(?!\w)", "C plus plus"),
    rule(r"(?<!\w)#(?=[A-Za-z])", "hashtag "),
    rule(r"(?<=[A-Za-z])\$(?=[A-Za-z])", lambda m: "S" if m.string[m.end()].isupper() else "s"),  # Ke$ha, A$AP
    rule(r"\$(?=\{?[A-Za-z_])", ""),  # a variable, $HOME
    rule(r"(?<![^\s.,!?])[:;]-?[()D](?=\s|\Z)", ""),
    rule(r"(?i)\band/or\b", "and or"),
    rule(r"\bw/o\b", "without"),
    rule(r"\bw/ ", "with "),
    rule(r"(?<=[a-z])/(?=[a-z])", " or "),
    rule(r"[/\\|]", " "),
    rule(r"(?<=\w)--(?=\w)|(?<= )--(?= )", "—"),
    rule(r"(?<![\w)])[~≈∼] ?(?=\w)", "about "),
    rule(r"(?<=[\w)]) ?\+ ?(?=[\w(])|(?<= )\+(?= )", " plus "),
    rule(r"\+(?=\s|\Z|[,.;])", " plus"),
    rule(r"(?<=[\w)]) < (?=[\w(])", " is less than "),
    rule(r"(?<=[\w)]) > (?=[\w(])", " is more than "),
    rule(r"(?<!\w)[<>](?= ?\w)", lambda m: "less than " if m[0] == "<" else "more than "),
    rule(r"(?<![\w)] )(?<![\w)])[≤≥] ?", lambda m: "at least " if m[0][0] == "≥" else "at most "),
    rule(f"[{''.join(_WORDS)}]", lambda m: f" {_WORDS[m[0]]} "),
    rule(r"[\[\]{}<>^*_`#~+©®™¶←†‡•·¦¬¢|]", " "),
)  # fmt: skip
