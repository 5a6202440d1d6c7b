"""The table of keys and its remapping."""

from __future__ import annotations

import pytest

from agent.errors import ConfigError
from agent.tui.keys import KEYS, keymap, shown_key


def test_no_two_actions_share_a_key() -> None:
    assert keymap({}) == {}
    assert len({key.key for key in KEYS}) == len({key.action for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"talkk": "f12"}, "unknown action 'talkk'.*known are talk, stop"),
        ({"talk": " "}, "no key for 'talk'"),
        ({"talk": "f1"}, "share the key f1"),
        ({"talk": "f12", "stop": "f12"}, "'talk' and 'stop' share"),
    ],
)
def test_a_wrong_keymap_is_told(chosen: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        keymap(chosen)


def test_keys_may_swap() -> None:
    assert keymap({"help": "f3", "why": "f1"}) == {"help": "f3", "why": "f1"}


@pytest.mark.parametrize(("key", "shown"), [("ctrl+t", "^t"), ("f10", "F10"), ("escape", "Esc"), ("f", "f")])
def test_keys_are_shown_as_people_write_them(key: str, shown: str) -> None:
    assert shown_key(key) == shown
