"""The embedded model: llama.cpp's server in a child process of our own.

A child, because a crash in native code then costs one restart instead of the program, and because its memory goes
back to the system when it ends. The child ends with its parent (see server_child).
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import threading
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import LLMUnavailable
from agent.llm.openai_client import OpenAIClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from agent.ports import Completion, Message
    from agent.types import Usage

# Tokens per prefill step. A cancelled call frees its slot between steps: 64 tokens take about 1.3 s on two slow cores.
_BATCH = 64
_CHILD = Path(__file__).with_name("server_child.py")
_CACHE_MIB = 256
_START_SECONDS = 120.0
# How often a thread of llama.cpp looks for its next work before it sleeps (libgomp's default is some 300,000 looks).
# Where the recogniser wants the cores too, waiting threads hold them from those that work: beside a second server
# prompts were read at 36 tokens a second with the default and 76 so; alone both are as fast (benchmarks/RESULTS.md).
_SPINS = {"GOMP_SPINCOUNT": "1000"}


class EmbeddedLLM:
    """A GGUF model served on loopback with a random port and key.

    model: the .gguf file. log: the server's own output goes there, never to the terminal.
    The server starts with the first call, or with start(); a server that dies is restarted once per call.
    """

    def __init__(
        self,
        model: Path,
        log: Path,
        *,
        name: str = "",
        context: int = 8192,
        threads: int = 0,
        timeout: float = 120.0,
        retries: int = 2,
    ) -> None:
        self.name = name or model.stem
        self._model = model
        self._log = log
        self._context = context
        self._threads = threads or os.cpu_count() or 1
        self._timeout = timeout
        self._retries = retries
        self._starting = asyncio.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._client: OpenAIClient | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running server, for memory figures and tests."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        async with self._starting:
            if self._client and self._child and self._child.poll() is None:
                return
            await self._stop()
            key = secrets.token_urlsafe(24)
            self._child = child = self._spawn()
            try:
                url = await asyncio.to_thread(self._load, child, key)
            except asyncio.CancelledError:
                # The thread cannot be cancelled; its read ends with the child.
                child.kill()
                raise
            self._client = OpenAIClient(f"{url}/v1", self.name, key, timeout=self._timeout, retries=self._retries)

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        await self.start()
        assert self._client is not None
        child = self._child
        try:
            return await self._client.complete(messages, schema=schema, max_tokens=max_tokens)
        except LLMUnavailable:
            # The child of this call, for another call may have started the next one meanwhile.
            if child and child.poll() is None:
                raise
        # The server died under the call: bring it up once more. A second death is the user's to know.
        await self.start()
        try:
            return await self._client.complete(messages, schema=schema, max_tokens=max_tokens)
        except LLMUnavailable:
            raise LLMUnavailable(
                f"the embedded language model died twice; its log is {self._log}: run `hark doctor`, "
                "or set a smaller llm.model"
            ) from None

    async def stream(self, messages: Sequence[Message], *, max_tokens: int = 256) -> AsyncGenerator[str | Usage, None]:
        """See OpenAIClient.stream. A server that dies under it is not started again."""
        await self.start()
        assert self._client is not None
        async with aclosing(self._client.stream(messages, max_tokens=max_tokens)) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Stop the server and give its memory back."""
        async with self._starting:
            await self._stop()

    def _spawn(self) -> subprocess.Popen[str]:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        # 0600 from the start: what the server logs may quote the documents.
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as log:
            return subprocess.Popen(
                # By its path and with -P: `-m` would import what lies in the folder the user happens to be in.
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_SPINS | os.environ,
                # Ctrl-C in the terminal must reach the parent alone, which then closes the pipe.
                start_new_session=True,
            )

    def _load(self, child: subprocess.Popen[str], key: str) -> str:
        """Hand the child its options and wait until it serves; returns its address."""
        options = {
            "model": str(self._model),
            "alias": self.name,
            "key": key,
            "context": self._context,
            "slots": 1,
            "batch": _BATCH,
            "cache_mib": _CACHE_MIB,
            "threads": self._threads,
        }
        assert child.stdin is not None
        assert child.stdout is not None
        # A model that hangs while loading must not hang its parent.
        watchdog = threading.Timer(_START_SECONDS, child.kill)
        watchdog.start()
        try:
            child.stdin.write(json.dumps(options) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watchdog.cancel()
        try:
            reply = json.loads(line)
        except json.JSONDecodeError:
            reply = {}
        if "url" not in reply:
            child.kill()
            raise LLMUnavailable(
                f"the embedded language model did not start ({reply.get('error', 'see ' + str(self._log))}): "
                "run `hark models verify`, or set another llm.model"
            )
        return str(reply["url"])

    async def _stop(self) -> None:
        if self._client:
            await self._client.aclose()
            self._client = None
        if self._child:
            child, self._child = self._child, None
            await asyncio.to_thread(_end, child)


def _end(child: subprocess.Popen[str]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
