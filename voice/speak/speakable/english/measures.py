"""Amounts: money, units, temperatures, percentages, powers of ten."""

from __future__ import annotations

import re

from voice.speak.speakable.english.web import letters
from voice.speak.speakable.numbers import LEFT, NUM, SIGN, TO, attributive, is_one, number, spelled
from voice.speak.speakable.rules import either, rule

_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₺": ("lira", "lira", "kurus", "kurus"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "฿": ("baht", "baht", "satang", "satang"),
    "₫": ("dong", "dong", "", ""),
}
_CODES = {
    "USD": ("U.S dollar", "U.S dollars"), "EUR": ("euro", "euros"), "GBP": ("pound", "pounds"), "JPY": ("yen", "yen"),
    "CHF": ("Swiss franc", "Swiss francs"), "INR": ("rupee", "rupees"), "CNY": ("yuan", "yuan"),
    "CAD": ("Canadian dollar", "Canadian dollars"), "AUD": ("Australian dollar", "Australian dollars"),
    "SEK": ("Swedish krona", "Swedish kronor"), "NOK": ("Norwegian krone", "Norwegian kroner"),
    "DKK": ("Danish krone", "Danish kroner"), "PLN": ("zloty", "zloty"),
}  # fmt: skip
_WHOSE = {"US": "U.S ", "A": "Australian ", "AU": "Australian ", "C": "Canadian ", "CA": "Canadian ",
          "NZ": "New Zealand ", "HK": "Hong Kong ", "S": "Singapore "}  # fmt: skip
_SCALES = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million", "b": "billion", "B": "billion",
    "bn": "billion", "T": "trillion", "tn": "trillion", "trn": "trillion",
}  # fmt: skip
_SCALE_WORDS = r"hundred|thousand|million|billion|trillion"

_PREFIXES = {"k": "kilo", "c": "centi", "m": "milli", "µ": "micro", "μ": "micro", "n": "nano", "h": "hecto",
             "d": "deci", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta"}  # fmt: skip
_METRIC = {
    ("m", "meter"): "kcmµμn", ("g", "gram"): "kmµμ", ("l", "liter"): "cmdh", ("L", "liter"): "cm",
    ("s", "second"): "mµμn", ("Hz", "hertz"): "kMGT", ("W", "watt"): "kMGTm", ("Wh", "watt hour"): "kMGT",
    ("V", "volt"): "km", ("eV", "electron volt"): "kMGT", ("B", "byte"): "kKMGTP", ("bit", "bit"): "kMG",
    ("Pa", "pascal"): "khMG", ("J", "joule"): "kMG", ("cal", "calorie"): "k", ("mol", "mole"): "m", ("Ω", "ohm"): "kM",
}  # fmt: skip
_OTHER = {
    "mph": "mile per hour", "kph": "kilometer per hour", "kmh": "kilometer per hour", "rpm": "revolution per minute",
    "bpm": "beat per minute", "fps": "frame per second", "Mbps": "megabit per second", "Gbps": "gigabit per second",
    "kbps": "kilobit per second", "ft": "foot", "mi": "mile", "yd": "yard", "lb": "pound", "lbs": "pound",
    "oz": "ounce", "gal": "gallon", "ha": "hectare", "acres": "acre", "t": "ton", "min": "minute", "mins": "minute",
    "sec": "second", "secs": "second", "h": "hour", "hr": "hour", "hrs": "hour", "yr": "year", "yrs": "year",
    "dB": "decibel", "ly": "light year", "AU": "astronomical unit", "px": "pixel", "psi": "pound per square inch",
    "sq mi": "square mile", "sq ft": "square foot", "sq km": "square kilometer", "cu ft": "cubic foot",
    "K": "kelvin", "″": "inch", "′": "foot", "people": "people", "tsp": "teaspoon", "tbsp": "tablespoon",
}  # fmt: skip
_IRREGULAR = {"foot": "feet", "inch": "inches", "people": "people"}
UNITS = (
    dict(_METRIC.keys())
    | {p + base: _PREFIXES[p] + name for (base, name), prefixes in _METRIC.items() for p in prefixes}
    | _OTHER
)
"""Symbol -> name in the singular. Bare B (also "billion") and letters that mean too much else are left out."""
del UNITS["B"]
_POWERS = {"²": "square", "2": "square", "³": "cubic", "3": "cubic"}
_UNIT = rf"(?:{either(UNITS)})"
_POWER = r"(?:\^?[²³23])?"
# What is counted by the million and never follows a length: 5m people
_COUNTED = (
    "people|users|copies|inhabitants|residents|visitors|viewers|views|listeners|readers|subscribers|followers|customers|"
    "members|citizens|voters|votes|speakers|passengers|dollars|euros|pounds|downloads|records|books|homes|jobs|children"
)
_EVERY = "day|week|month|year|person|hour|minute|second|night|head"
_MEASURE = rf"(?P<unit>{_UNIT})(?P<power>{_POWER})(?:/(?P<per>{_UNIT}|{_EVERY})(?P<below>{_POWER}))?(?![\w²³]|['’]\w)"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_UP = r"(?:\^[({]?(?P<up>[-−+]?\d{1,4})[)}]?|(?P<sup>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))"
_SPAN = rf"(?P<a>{SIGN}{NUM})(?:{TO}(?P<b>{NUM}))?"


def _span(match: re.Match[str]) -> str:
    first = number(match["a"])
    return f"{first} to {number(match['b'])}" if match["b"] else first


def _single(match: re.Match[str]) -> bool:
    return (is_one(match["a"]) and not match["b"]) or attributive(match)


def _plural(name: str) -> str:
    """square foot -> square feet, mile per hour -> miles per hour."""
    head, per, below = name.partition(" per ")
    before, _, last = head.rpartition(" ")
    said = _IRREGULAR.get(last) or (last if last.endswith("hertz") else f"{last}s")
    return (f"{before} {said}" if before else said) + per + below


def _money(match: re.Match[str]) -> str:
    one, many, cent, cents = _CURRENCIES[match["symbol"]]
    groups = match.groupdict()
    whose = _WHOSE.get(groups.get("whose") or "", "")
    minus = "minus " if groups.get("minus") else ""
    scale = _scale(match)
    whole, _, part = match["a"].replace(",", "").partition(".")
    if len(part) == 2 and not scale and not match["b"] and cent:
        said = f"{number(whole)} {whose}{one if whole == '1' else many}" if whole.strip("0") else ""
        small = f"{spelled(int(part))} {cent if int(part) == 1 else cents}" if int(part) else ""
        return minus + (" and ".join(filter(None, (said, small))) or f"zero {many}")
    name = one if (_single(match) and not scale) or attributive(match) else many
    return f"{minus}{_span(match)}{scale} {whose}{name}"


def _scale(match: re.Match[str]) -> str:
    written = match["scale"]
    return f" {_SCALES.get(written, written)}" if written else ""


def _coded(match: re.Match[str]) -> str:
    scale = _scale(match)
    return f"{_span(match)}{scale} {_CODES[match['code']][not _single(match) or bool(scale)]}"


def _powered(name: str, power: str) -> str:
    if power and name == "second":
        return f"second {'squared' if _POWERS[power[-1]] == 'square' else 'cubed'}"
    return f"{_POWERS[power[-1]]} {name}" if power else name


def _measure(match: re.Match[str]) -> str:
    return f"{_span(match)} {_unit(match, one=_single(match) or match['hyphen'] == '-')}"


def _unit(match: re.Match[str], *, one: bool) -> str:
    name = _powered(UNITS[match["unit"]], match["power"])
    said = name if one else _plural(name)
    per = match["per"]
    return f"{said} per {_powered(UNITS.get(per, per), match['below'])}" if per else said


def _per(match: re.Match[str]) -> str:
    return f" per {_powered(UNITS.get(match['unit'], match['unit']), match['power'])}"


_DIRECTIONS = {"N": " north", "S": " south", "E": " east", "W": " west"}


def _degrees(match: re.Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit", None: ""} | _DIRECTIONS
    return f"{_span(match)} degree{'s' * (not is_one(match['a']) or bool(match['b']))}{scale[match['scale']]}"


def _coordinate(match: re.Match[str]) -> str:
    parts = [f"{number(match[1])} degrees", f"{number(match[2])} minutes"]
    if match[3]:
        parts.append(f"{number(match[3])} seconds")
    return " ".join(parts) + _DIRECTIONS[match[4]]


def _exponent(match: re.Match[str]) -> str:
    value = int((match["up"] or match["sup"]).translate(_SUPERSCRIPTS).replace("−", "-"))
    return f"{'minus ' if value < 0 else ''}{spelled(abs(value))}"


def _power_of_ten(match: re.Match[str]) -> str:
    said = f"{number(match['a'])} times ten to the power of {_exponent(match)}"
    return f"{said} {_unit(match, one=False)}" if match["unit"] else said


def _power(match: re.Match[str]) -> str:
    base, said = match["base"], _exponent(match)
    if UNITS.get(base, "").endswith("meter") and said in {"two", "three"}:
        each = match.string.endswith("per ", 0, match.start())
        return f"{'square' if said == 'two' else 'cubic'} {UNITS[base]}{'' if each else 's'}"
    base = (
        (base if len(base) == 1 else letters(base) if base.isupper() else " ".join(base))
        if base.isalpha()
        else number(base)
    )
    return base + {"two": " squared", "three": " cubed"}.get(said, f" to the power of {said}")


_DASH = r"[ ]?[-–—−][ ]?"
_CURRENCY = f"[{''.join(_CURRENCIES)}]"
# 5%-10%, 2°C-5°C, 5 km–10 km, $5 million–$10 million
_RANGES = (
    rule(rf"(?<=\d)([ ]?)(%|‰|℃|℉|° ?[CF]?|{_UNIT}){_DASH}(?=-?(?:\d[\d,.]{{0,20}}+|\.\d++)[ ]?\2(?!\w))", r"\1\2 to "),
    rule(
        rf"(?<=\d)([ ]?(?:{_SCALE_WORDS}|{either(_SCALES)})){_DASH}"
        rf"(?={_CURRENCY}\d|\d[\d,.]{{0,20}}+[ ]?(?:{_SCALE_WORDS}|{either(_SCALES)})\b)",
        r"\1 to ",
    ),
)
RULES = (
    *_RANGES,
    rule(rf"(?<=[A-Za-z])/(?=\d{{1,4}} ?{_UNIT}(?!\w))", " per "),
    rule(
        rf"(?<![\w.])(?P<minus>(?<![\w)])[-−])?(?P<whose>{either(_WHOSE)})?(?P<symbol>[{''.join(_CURRENCIES)}])[ ]?"
        rf"(?P<a>{NUM})(?:{TO}[$£€]?(?P<b>{NUM}))?(?:[ ]?-?(?P<scale>(?:{_SCALE_WORDS}|{either(_SCALES)})\b))?",
        _money,
    ),
    rule(
        rf"{LEFT}(?P<a>{NUM})(?:{TO}(?P<b>{NUM}))?(?:[ ]?(?P<scale>{_SCALE_WORDS}))?[ ]?"
        rf"(?P<symbol>[{''.join(_CURRENCIES)}])(?!\d)",
        _money,
    ),
    rule(
        rf"\b(?P<code>{either(_CODES)}) ?(?P<a>{NUM})(?:{TO}(?P<b>{NUM}))?(?:[ ]?(?P<scale>{_SCALE_WORDS}|m|bn)\b)?",
        _coded,
    ),
    rule(
        rf"{LEFT}(?P<a>{NUM})(?:{TO}(?P<b>{NUM}))?(?:[ ]?(?P<scale>{_SCALE_WORDS}))? ?(?P<code>{either(_CODES)})\b",
        _coded,
    ),
    rule(rf"{LEFT}({NUM})m(?= (?:{_COUNTED})\b)", lambda m: f"{number(m[1])} million"),
    rule(
        rf"{LEFT}({NUM})(k|K|M|B|bn|mn)\b(?:(?<=[bm]n)|(?<=\.\d.)|(?<=\.\d\d.)|(?= [a-z]{{2,20}}s\b|(?= people\b)))",
        lambda m: f"{number(m[1])} {_SCALES[m[2]]}",
    ),
    rule(rf"{LEFT}({NUM})[ ]?¢", lambda m: f"{number(m[1])} cent{'s' * (m[1] != '1')}"),
    rule(rf"{LEFT}(\d{{1,2}})p\b(?!\.)", lambda m: f"{number(m[1])} {'penny' if m[1] == '1' else 'pence'}"),
    rule(rf"{LEFT}(?P<a>{SIGN}{NUM}) ?[×x·*] ?10{_UP}(?: {_MEASURE})?(?!\w)", _power_of_ten),
    rule(rf"{LEFT}(?P<a>{SIGN}{NUM})[eE](?P<up>[-−+]?\d{{1,3}})(?P<sup>)(?: {_MEASURE})?(?!\w)", _power_of_ten),
    rule(r"(?<![\d.])(\d{1,3})° ?(\d{1,2})[′’'] ?(?:(\d{1,2})[″”\"] ?)?([NSEW])\b", _coordinate),
    rule(rf"{LEFT}(\d)['′’] ?(\d{{1,2}})(?:[\"″”]|'')", lambda m: f"{number(m[1])} foot {number(m[2])}"),
    rule(
        rf"{LEFT}(\d)-? ?(?:ft|feet|foot)\.? ?(\d{{1,2}})-? ?(?:in|inches)\b\.?(?! [a-z])",
        lambda m: f"{number(m[1])} feet {number(m[2])} inches",
    ),
    rule(
        rf"{LEFT}{_SPAN} in\.(?= (?:of|long|wide|tall|high|deep|thick|by)\b|[,;)])",
        lambda m: f"{_span(m)} inch{'es' * (not _single(m))}",
    ),
    rule(rf"{LEFT}{_SPAN} ?(?:°|degrees? )[ ]?(?P<scale>[CFNSEW])?(?![A-Za-z])", _degrees),
    rule(rf"{LEFT}{_SPAN}(?:℃|℉)", lambda m: f"{_span(m)} degrees {'Celsius' if m[0].endswith('℃') else 'Fahrenheit'}"),
    rule(rf"{LEFT}{_SPAN}[ ]?(?:%|per ?cent\b)", lambda m: f"{_span(m)} percent"),
    rule(rf"{LEFT}{_SPAN}[ ]?‰", lambda m: f"{_span(m)} per mille"),
    rule(rf"{LEFT}{_SPAN}(?P<hyphen>[ -]?)(?!(?:(?<! )K|s|(?<! )B)\b){_MEASURE}", _measure),
    rule(rf"{LEFT}{_SPAN}(?P<hyphen> )(?P<unit>s)(?P<power>)(?P<per>)(?P<below>)\b", _measure),
    rule(rf"(?<=[a-z])/(?P<unit>{_UNIT}|{_EVERY})(?P<power>{_POWER})(?![\w²³/])", _per),
    rule(rf"(?<![\w.])(?P<base>[A-Za-z]{{1,3}}|{NUM}){_UP}(?!\w)", _power),
)
