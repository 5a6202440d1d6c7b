"""What holds for every test: none reaches a network but this machine, none fails for being slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_socket
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes says nothing where other work shares the machine.
settings.register_profile("hark", deadline=None)
settings.load_profile("hark")


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Loopback and unix sockets only; the plugin lifts the guard after each test."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
    yield
    pytest_socket._remove_restrictions()
