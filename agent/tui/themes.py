"""Dark, light and high contrast. Nothing is told by colour alone: signs, underline and reverse say the same."""

from __future__ import annotations

from textual.theme import Theme

THEMES = (
    Theme(
        name="hark-dark",
        primary="#7aa2f7",
        secondary="#9aa5ce",
        accent="#ff9e64",
        warning="#e0af68",
        error="#f7768e",
        success="#9ece6a",
        foreground="#d5daf0",
        background="#16161e",
        surface="#1b1c27",
        panel="#24263a",
        variables={"footer-key-foreground": "#ff9e64", "text-muted": "#9098b8"},
    ),
    Theme(
        name="hark-light",
        primary="#2e5fbf",
        secondary="#57606a",
        accent="#a04000",
        warning="#8a5a00",
        error="#b3202c",
        success="#1f6b2c",
        foreground="#1c1f26",
        background="#fbfaf7",
        surface="#f2f0ea",
        panel="#e6e3da",
        dark=False,
        variables={"footer-key-foreground": "#a04000", "text-muted": "#5c6068"},
    ),
    Theme(
        name="hark-contrast",
        primary="#ffff00",
        secondary="#ffffff",
        accent="#00ffff",
        warning="#ffff00",
        error="#ff8080",
        success="#00ff00",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#303030",
        text_alpha=1.0,
        variables={"footer-key-foreground": "#ffff00", "text-muted": "#ffffff", "text-disabled": "#ffffff"},
    ),
)
NAMES = {"dark": "hark-dark", "light": "hark-light", "contrast": "hark-contrast"}
