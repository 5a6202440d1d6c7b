"""The socket protocol of f5_tts.socket_server: text in, at most 1,024 bytes a message; float32 and END out."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.fakes.speech_server import Speak


class F5Server:
    """Serves one connection after the other, as the real one.

    texts: the messages that came. fail_on: a word that makes it hang up without END. pause: seconds between portions.
    cut_off: set when a client left before its END.
    """

    def __init__(self, speak: Speak, *, fail_on: str = "", pause: float = 0.0, silent: bool = False) -> None:
        self.texts: list[str] = []
        self.cut_off = threading.Event()
        self._speak, self._fail_on, self._pause, self._silent = speak, fail_on, pause, silent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> F5Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(ConnectionError):
                while data := connection.recv(1024):
                    self.texts.append(data.decode().strip())
                    if self._fail_on and self._fail_on in self.texts[-1]:
                        connection.sendall(b"\x00" * 4_001)
                        break
                    self._say(connection, self.texts[-1])

    def _say(self, connection: socket.socket, text: str) -> None:
        samples = np.frombuffer(self._speak(text), "<i2").astype(np.float32) / 2**15
        try:
            while self._silent and not self._stop.wait(0.02):
                pass
            for at in range(0, len(samples), 2048):
                connection.sendall(samples[at : at + 2048].tobytes())
                self._stop.wait(self._pause)
            connection.sendall(b"END")
        except ConnectionError:
            self.cut_off.set()
            raise
