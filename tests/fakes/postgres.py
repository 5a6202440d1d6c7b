"""A PostgreSQL server of one's own: from the system's packages, below a temporary folder, over a unix socket only."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def missing() -> str:
    """Why there can be no server; empty when there can."""
    if _programs() is None:
        return "no PostgreSQL server here: apt-get install postgresql"
    if os.geteuid() == 0 and not _has_user():
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database; the server ends with the block."""
    programs = _programs()
    assert programs
    # not pytest's own folder: the server's user must get in
    root = Path(tempfile.mkdtemp(prefix="hark-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(root, user)

    def run(program: str, *args: str) -> None:
        command = [str(programs / program), "-D", str(root / "data"), *args]
        subprocess.run(command, user=user, cwd=root, check=True, capture_output=True, timeout=120)

    try:
        run("initdb", "-U", "hark", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        quiet = f"-c listen_addresses='' -c fsync=off -c unix_socket_directories='{root}'"
        run("pg_ctl", "-w", "-o", quiet, "-l", str(root / "log"), "start")
        try:
            yield f"postgresql://hark@/postgres?host={root}"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _programs() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = installed[-1] if installed else shutil.which("initdb")
    return Path(found).parent if found else None


def _has_user() -> bool:
    import pwd

    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam("postgres"))
    return False
