"""Every key of the app: the one table behind its bindings, its help screen, its command palette and [tui.keys]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Key:
    """One action. action: its name in [tui.keys]. key: Textual's name of it. label: footer. does: help."""

    action: str
    key: str
    label: str
    does: str
    footer: bool = False


KEYS = (
    Key("talk", "ctrl+t", "Talk", "open the microphone; push-to-talk: begin and end", footer=True),
    Key("stop", "escape", "Stop", "stop speaking, or drop the question", footer=True),
    Key("readings", "ctrl+r", "Readings", "what else may have been said: choose one", footer=True),
    Key("mend", "up", "Mend", "put the last question right, ask it again", footer=True),
    Key("copy", "ctrl+y", "Copy", "copy the answer and its sources"),
    Key("source", "ctrl+o", "Source", "open the source at its line ($EDITOR or a pager)", footer=True),
    Key("why", "f3", "Why", "how the answer came about", footer=True),
    Key("repeat", "ctrl+l", "Repeat", "say the last answer again"),
    Key("louder", "ctrl+up", "Louder", "speak louder"),
    Key("softer", "ctrl+down", "Softer", "speak more softly"),
    Key("faster", "shift+up", "Faster", "speak faster"),
    Key("slower", "shift+down", "Slower", "speak more slowly"),
    Key("mode", "f2", "Mode", "hands-free, push-to-talk or text"),
    Key("figures", "f4", "Figures", "tokens, cache, where the seconds went"),
    Key("docs", "f5", "Documents", "answer from other documents"),
    Key("sessions", "f6", "Sessions", "go on with an earlier conversation"),
    Key("voice", "f7", "Voice", "speak with another voice"),
    Key("microphone", "f8", "Microphone", "listen to another microphone"),
    Key("theme", "f9", "Theme", "dark, light, high contrast"),
    Key("messages", "f10", "Messages", "what was told of devices, voices, documents"),
    Key("help", "f1", "Help", "this screen", footer=True),
    Key("suspend", "ctrl+z", "Suspend", "go back to the shell; its fg goes on here"),
    Key("leave", "ctrl+q", "Leave", "end hark"),
)


def keymap(chosen: Mapping[str, str]) -> dict[str, str]:
    """Textual's keymap for [tui.keys]: action -> key, or several separated by commas.

    Raises ConfigError for an action that does not exist, an empty key, or a key that two actions share.
    """
    known = {key.action: key.key for key in KEYS}
    for action, key in chosen.items():
        if action not in known:
            raise ConfigError(f"unknown action '{action}' in [tui.keys]: known are {', '.join(known)}")
        if not all(part.strip() for part in key.split(",")):
            raise ConfigError(f'no key for \'{action}\' in [tui.keys]: write one such as "ctrl+t" or "f2"')
    taken: dict[str, str] = {}
    for action, keys in {**known, **chosen}.items():
        for key in keys.split(","):
            if (other := taken.setdefault(key.strip(), action)) != action:
                raise ConfigError(
                    f"'{other}' and '{action}' share the key {key.strip()} in [tui.keys]: give one another"
                )
    return dict(chosen)


def shown_key(key: str) -> str:
    """A key as people write it: ^t, F3, ↑."""
    special = {"escape": "Esc", "up": "↑", "down": "↓", "ctrl+up": "^↑", "ctrl+down": "^↓"}
    special |= {"shift+up": "⇧↑", "shift+down": "⇧↓"}
    if key in special:
        return special[key]
    return "^" + key[5:] if key.startswith("ctrl+") else key.upper() if key[0] == "f" and key[1:].isdigit() else key
