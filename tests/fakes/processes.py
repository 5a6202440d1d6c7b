"""Child processes as a terminal would start them."""

from __future__ import annotations

import signal


def hears_ctrl_c() -> None:
    """For Popen's preexec_fn: a shell's background jobs, and some runners, start their children with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
