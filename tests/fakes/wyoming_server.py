"""A Wyoming speech server, made with the protocol's own package, on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import Synthesize

if TYPE_CHECKING:
    from wyoming.event import Event

    from tests.fakes.speech_server import Speak


@dataclass(frozen=True)
class Manner:
    """How it behaves. width: bytes of a sample. error: sent instead of sound. pause: seconds before each chunk.

    hang_up: after the first chunk. endless: the first chunk again and again. raw: bytes sent instead of events.
    """

    rate: int = 22_050
    chunk: int = 1_024
    error: str = ""
    pause: float = 0.0
    hang_up: bool = False
    endless: bool = False
    raw: bytes = b""


class WyomingServer:
    """asked: the requests that came. left: set when a client went away before its audio-stop."""

    def __init__(self, speak: Speak, manner: Manner = Manner()) -> None:
        self.asked: list[Synthesize] = []
        self.left = threading.Event()
        self.speak, self.manner = speak, manner
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.address = ""

    def __enter__(self) -> WyomingServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.cancel)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = AsyncTcpServer("127.0.0.1", 0)
        await server.start(partial(_Handler, self))
        listener = server._server
        assert isinstance(listener, asyncio.Server)
        self.address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._ready.set()
        try:
            await self._done
        finally:
            listener.close()


class _Handler(AsyncEventHandler):
    def __init__(self, server: WyomingServer, *streams: Any) -> None:
        super().__init__(*streams)
        self._server = server

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(Info().event())
        elif Synthesize.is_type(event.type):
            self._server.asked.append(Synthesize.from_event(event))
            try:
                return await self._say(self._server.asked[-1].text)
            except ConnectionError:
                self._server.left.set()
                return False
        return True

    async def _say(self, text: str) -> bool:
        manner = self._server.manner
        if manner.raw:
            self.writer.write(manner.raw)
            await self.writer.drain()
            return False
        if manner.error:
            await self.write_event(Error(manner.error, "RuntimeError").event())
            return True
        await self.write_event(AudioStart(manner.rate, 2, 1).event())
        pcm = self._server.speak(text)
        size = 2 * manner.chunk
        for at in range(0, len(pcm), size):
            again = True
            while again:
                await asyncio.sleep(manner.pause)
                await self.write_event(AudioChunk(manner.rate, 2, 1, pcm[at : at + size]).event())
                again = manner.endless
            if manner.hang_up:
                return False
        await self.write_event(AudioStop().event())
        return True
