"""Programs that speak: started without a shell, given time, and ended together with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from typing import IO, TYPE_CHECKING, cast

from voice.errors import SynthesisError, SynthesizerMissing
from voice.speak.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_SAID = 200


class Children:
    """Starts the children of one synthesizer. name: in errors. timeout: seconds that one may take."""

    def __init__(self, name: str, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._running: set[Child] = set()
        self._lock = threading.Lock()
        self._closing = Closing(name)

    def run(self, command: Sequence[str], text: str = "", *, folder: Path | None = None, listen: bool = True) -> Child:
        """Start a program with `text` as its standard input. Use it in a `with`; at its end the child is gone.

        folder: where it runs. listen: its standard output is read with `blocks`; otherwise it counts as remarks.

        Raises SynthesizerMissing when there is no such program, SynthesisError once they were closed.
        """
        self._closing.check()
        child = Child(self, command, text, folder, listen)
        with self._lock:
            self._running.add(child)
            closed = self._closing.closed
        if closed:  # while it was being started
            with child:
                self._closing.check()
        return child

    def close(self) -> None:
        """End every child that is running; none is started after."""
        with self._lock:
            self._closing.close()
            running = list(self._running)
        for child in running:
            child.kill()

    def forget(self, child: Child) -> None:
        """Called by a child that has ended."""
        with self._lock:
            self._running.discard(child)


class Child:
    """One running program, the leader of its own process group."""

    def __init__(self, family: Children, command: Sequence[str], text: str, folder: Path | None, listen: bool) -> None:
        self._family = family
        self._late = False
        # Files, not pipes: a child that writes much to stderr must not wait for somebody to read it.
        self._remarks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        with tempfile.TemporaryFile() as stdin:
            stdin.write(text.encode("utf-8", "replace"))
            stdin.seek(0)
            try:
                self._process = subprocess.Popen(
                    list(command),
                    stdin=stdin,
                    stdout=subprocess.PIPE if listen else self._remarks,
                    stderr=self._remarks,
                    cwd=folder,
                    # hark's own settings may hold keys of servers
                    env={name: value for name, value in os.environ.items() if not name.startswith("HARK_")},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                self._remarks.close()
                reason = error.strerror if isinstance(error, OSError) and error.strerror else error
                where = f" in {folder}" if folder else ""
                raise SynthesizerMissing(
                    f"cannot start {command[0]}{where} for {family.name} ({reason}): install it, or mend its settings"
                ) from None
        self._timer = threading.Timer(family.timeout, self._too_late)
        self._timer.daemon = True
        self._timer.start()

    def blocks(self, size: int) -> Iterator[bytes]:
        """What it writes, in portions of at most `size` bytes as they come, until it ends."""
        output = cast("BufferedReader", self._process.stdout)
        while block := output.read1(size):
            yield block

    def check(self) -> None:
        """Wait for its end. Raises SynthesisError with its last words when it failed or was ended for its time."""
        code = self._process.wait()
        name, took = self._family.name, self._family.timeout
        if self._late:
            raise SynthesisError(
                f"{name} took more than {took:g} s and was stopped: raise its `timeout`, or use a faster voice"
            )
        if code:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            raise SynthesisError(f"{name} {how} ({self._last_words()}): run its command by hand to see more")

    def kill(self) -> None:
        """End it and everything it started; may be called from another thread."""
        if self._process.returncode is None:
            self._kill_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._family.forget(self)
        # also when the leader has ended: what it left behind is of its group
        self._kill_group()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._remarks.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _too_late(self) -> None:
        self._late = True
        self.kill()

    def _last_words(self) -> str:
        size = self._remarks.seek(0, os.SEEK_END)
        self._remarks.seek(max(0, size - 4_096))
        lines = self._remarks.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:_SAID] for line in reversed(lines) if line.strip()), "it said nothing")
