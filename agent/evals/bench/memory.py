"""How much memory a measurement took."""

from __future__ import annotations

import contextlib
from pathlib import Path


def forget_peak() -> None:
    """Let the system count this process's peak from now on (Linux only)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> float | None:
    """Most resident memory since `forget_peak`, in MB; None where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return None
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmHWM"))
