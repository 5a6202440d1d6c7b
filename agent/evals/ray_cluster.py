"""A Ray cluster to work on: one that runs already, or one on this machine for as long as it is needed.

Usage reporting and uploads of the working folder are switched off. Ray unpickles what it carries between its own
processes: join only a cluster of your own, in a network of your own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import ConfigError, RunStopped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_OBJECT_STORE = 80 * 1024 * 1024
"""Bytes, about the least that Ray takes: samples and records are small and soon gone."""

_REACHABLE, _JOINED, _STARTED = 5.0, 60.0, 120.0
"""Seconds until an address answers at all, until Ray has joined its cluster, and until it has started one. Ray itself
would ask a server of another kind for ever."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What one is connected to. cpus: of all nodes together."""

    ray: Any
    cpus: int


@contextlib.asynccontextmanager
async def connected(address: str | None) -> AsyncIterator[Cluster]:
    """Connect to the cluster at `address` ("host:port" of its head, or "auto"), or start one on this machine.

    A cluster started here listens on loopback only, with a key of its own, and ends with the context. A program that is
    connected to Ray already stays so.

    Raises ConfigError (ray is not installed, no such form of address), RunStopped (nothing there).
    """
    if address:
        await asyncio.to_thread(_check, address)
    ray = _imported(local=not address)
    if ray.is_initialized():
        yield Cluster(ray, _cpus(ray))
        return
    folder = None if address else _short_folder()
    over = threading.Event()
    try:
        await _in_thread(lambda: _init(ray, address, folder), over, _JOINED if address else _STARTED, address)
        _take_back_signals()
        try:
            yield Cluster(ray, _cpus(ray))
        finally:
            ray.shutdown()
    finally:
        over.set()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def one_line(error: BaseException, limit: int = 200) -> str:
    """What Ray says of an error, without its tracebacks and tables of ids."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("File ", "Traceback", "class_name:", "actor_id:"))]
    text = " ".join(" ".join(told).split()) or type(error).__name__
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _short_folder() -> str:
    """A new folder for this user alone. Ray's sockets lie deep in it, and their paths have 107 characters at most."""
    usual = Path("/tmp")  # noqa: S108 - mkdtemp makes a folder of its own in it
    return tempfile.mkdtemp(prefix="hark-ray-", dir=usual if usual.is_dir() else None)


def _imported(*, local: bool) -> Any:
    """The ray package. It reads these variables when it is imported, and its processes inherit them."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Under `uv run` Ray would pack the working folder and send it to every node.
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    # What it tells of dead workers would go to standard output, which may be somebody's JSON.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "(?s).")
    if local:
        # "No cluster of several machines", as where firewalls ask about every port: the node's address is loopback.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        # Other users of this machine could run code here otherwise; Ray would keep a key of its own in the home folder.
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        # Workers yield to all else by default, and would answer slower than the same in this process.
        os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray
    except ImportError:
        raise ConfigError("the Ray engine needs ray: run `pip install 'hark-voice[ray]'`") from None
    return ray


async def _in_thread(work: Callable[[], None], over: threading.Event, patience: float, address: str | None) -> None:
    """Do it in a thread: the event loop goes on, and Ray leaves the signal handlers of the main thread alone.

    over: set when Ray is not needed any more. The thread lives until then: Linux ends the processes that Ray has
    started together with the thread that started them. One that hangs is left behind, and nothing waits for it.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if not ended.done():
            ended.set_exception(error) if error else ended.set_result(None)

    def run() -> None:
        problem: BaseException | None = None
        try:
            work()
        except BaseException as error:  # handed to the loop, which raises it
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, problem)
        over.wait()

    threading.Thread(target=run, name="hark-ray", daemon=True).start()
    try:
        await asyncio.wait_for(ended, patience)
    except TimeoutError:
        where = f"what answers at {address} is no Ray head of this version" if address else "Ray has not started"
        raise RunStopped(f"{where}, or too busy: gave up after {patience:g} s") from None


def _take_back_signals() -> None:
    """Ray's core catches SIGTERM to print a native stack and die of it; Python's own handlers take it again."""
    if threading.current_thread() is threading.main_thread() and (handler := signal.getsignal(signal.SIGTERM)):
        signal.signal(signal.SIGTERM, handler)


def _init(ray: Any, address: str | None, folder: str | None) -> None:
    own = {"include_dashboard": False, "object_store_memory": _OBJECT_STORE, "_temp_dir": folder} if folder else {}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="CRITICAL", **own)
    except Exception as error:  # whatever kind Ray raises: the cluster cannot be used
        where = f"at {address}" if address else "on this machine"
        raise RunStopped(f"no Ray cluster {where} ({one_line(error)})") from None


def _check(address: str) -> None:
    """Raises ConfigError for what is no address, RunStopped where nothing listens."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal():
        raise ConfigError(f"{address!r} is no address of a Ray head: give host:port, as `ray start --head` prints it")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHABLE).close()
    except (OSError, OverflowError) as error:
        raise RunStopped(
            f"nothing answers at {address} ({error}): run `ray start --head` there, or leave --address out"
        ) from None


def _cpus(ray: Any) -> int:
    return int(ray.cluster_resources().get("CPU", 0))
