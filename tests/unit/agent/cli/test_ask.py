"""`hark ask` where no model is needed: what is refused, and with what words."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from tests.fakes.processes import hears_ctrl_c
from tests.fakes.sounds import tone, write_sound

if TYPE_CHECKING:
    from pathlib import Path

ASKING = """
import asyncio, sys
import click
from agent.cli.ask import prompted
from agent.cli.common import exit_code_of

@click.group
def cli(): pass

@cli.command
def ask():
    print("took", asyncio.run(prompted("Which did you mean?", ("Lima", "Lille"))))

sys.exit(exit_code_of(cli, ["ask"]))
"""
LIMA = "On which river lies Lima?"


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    code = exit_code_of(cli, ["ask", *args])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("hark: ")
    return code, captured.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "give a QUESTION or --audio FILE, one of the two, or --resume ID (see `hark ask --help`)"),
        ((LIMA, "--audio", "q.wav"), "give a QUESTION or --audio FILE, one of the two"),
        ((LIMA, "--speak", "a.wav", "--no-speak"), "exclude each other"),
        ((LIMA,), "no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS"),
        (("  ", "--docs", "."), "the question is empty"),
        ((LIMA, "--resume", "last"), "give a QUESTION or --audio FILE, one of the two, or --resume ID"),
        (("--resume", "last", "--no-store"), "--resume and --no-store exclude each other"),
        ((LIMA, "--docs"), "requires an argument"),
        ((LIMA, "--speek", "a.wav"), "No such option"),
        ((LIMA, "too", "many"), "unexpected extra argument"),
    ],
)
def test_wrong_usage(args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, *args)
    assert code == 2
    assert said in err


def test_nothing_to_resume(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, "--resume", "last")
    assert (code, "no question broke off" in err) == (2, True)


def test_an_empty_question_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    assert refused(capsys, "-", "--docs", str(tmp_path))[0] == 2


def test_documents_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, LIMA, "--docs", str(tmp_path / "nowhere"))
    assert code == 1
    assert "no file or folder" in err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.wav", "no sound file"),
        (".", "is a folder"),
        ("empty.wav", "is empty (0 bytes)"),
        ("text.wav", "text.wav"),
        ("tone.wav", "run `hark models pull whisper"),
    ],
)
def test_a_recording_is_looked_at_before_the_documents(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("This is no sound.", encoding="utf-8")
    write_sound(tmp_path / "tone.wav", tone(0.2))
    code, err = refused(capsys, "--audio", str(tmp_path / name), "--docs", str(tmp_path / "nowhere"))
    assert code == 1
    assert said in err


def test_the_settings_name_the_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_RETRIEVAL__DOCS", str(tmp_path / "elsewhere"))
    assert f"no file or folder {tmp_path / 'elsewhere'}" in refused(capsys, LIMA)[1]


def test_models_that_were_not_pulled(tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lima.txt").write_text("Lima lies on the Rimac.", encoding="utf-8")
    code, err = refused(capsys, LIMA, "--docs", str(tmp_path / "lima.txt"))
    assert code == 1
    assert "hark models pull" in err
    assert not (own_home / "data").exists(), "nothing is left behind"


def test_a_setting_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_LLM__MODLE", "x")
    code, err = refused(capsys, LIMA, "--docs", str(tmp_path))
    assert code == 1
    assert "unknown setting 'llm.modle'" in err


def on_a_terminal(keys: bytes) -> tuple[int, str]:
    """Ask back on a terminal of its own, press the keys once asked; the exit code and what was shown."""
    pty = pytest.importorskip("pty", reason="terminals of this kind are a Unix matter")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ASKING],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: own_terminal(theirs),
    )
    os.close(theirs)
    shown = b""
    with child:
        try:
            while not shown.endswith(b"[1]: "):
                shown += os.read(ours, 4096)
            time.sleep(0.1)  # the prompt stands before the read begins
            os.write(ours, keys)
            code = child.wait(timeout=20)
        finally:
            child.kill()
    try:
        while more := os.read(ours, 4096):
            shown += more
    except OSError:  # how Linux tells that the other side has closed
        pass
    finally:
        os.close(ours)
    return code, shown.decode()


def own_terminal(fd: int) -> None:
    """Let Ctrl-C typed on this terminal reach the child."""
    import fcntl
    import termios

    hears_ctrl_c()
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize(("keys", "reply"), [(b"2\n", "2"), (b"\n", "1"), (" Löwe \n".encode(), "Löwe")])
def test_a_reply_to_the_question_back(keys: bytes, reply: str) -> None:
    code, shown = on_a_terminal(keys)
    assert code == 0, shown
    assert shown.count("Which did you mean?") == 1
    assert "  2. Lille" in shown
    assert shown.rstrip().endswith(f"took {reply}")


@pytest.mark.parametrize("keys", [b"\x03", b"\x04"])
def test_one_ctrl_c_or_the_end_of_input_stops_the_question_back(keys: bytes) -> None:
    code, shown = on_a_terminal(keys)
    assert code == 130, shown
    assert shown.rstrip().endswith("hark: stopped")
    assert "Traceback" not in shown
    assert "Fatal" not in shown
