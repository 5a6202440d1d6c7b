"""Unit tests see none of the user's own settings, models or documents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HARK_HOME below tmp_path and no other HARK_* setting; subprocesses inherit both."""
    for key in [key for key in os.environ if key.startswith("HARK_") and key != "HARK_TEST_DATA"]:
        monkeypatch.delenv(key)
    home = tmp_path / "hark-home"
    monkeypatch.setenv("HARK_HOME", str(home))
    return home
