"""Errors as one line with the right exit code; text from outside made harmless; output for machines."""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of, print_json, safe
from agent.errors import ConfigError, LLMUnavailable
from agent.types import Evidence, Passage
from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable


def group(raises: Callable[[], object]) -> click.Group:
    """A command line with one command, `do`."""

    @click.group()
    @click.option("--debug", is_flag=True)
    def one(debug: bool) -> None:
        pass

    @one.command("do")
    def do() -> object:
        return raises()

    return one


def noted(error: BaseException, note: str) -> BaseException:
    error.add_note(note)
    return error


def raising(error: BaseException) -> Callable[[], NoReturn]:
    def run() -> NoReturn:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError("mend it"), Exit.FAILED, "mend it"),
        (LLMUnavailable("start it"), Exit.FAILED, "start it"),
        (AudioError("record it"), Exit.FAILED, "record it"),
        (click.UsageError("not so"), Exit.USAGE, "not so"),
        (KeyboardInterrupt(), Exit.STOPPED, "stopped"),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.wav"),
            Exit.FAILED,
            "the disk is full while writing a.wav",
        ),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "a.wav"), Exit.FAILED, "the disk is full while writing a.wav"),
        (noted(OSError(errno.ENOSPC, "Full"), "`hark go` goes on"), Exit.FAILED, "models take); `hark go` goes on"),
        (PermissionError(errno.EACCES, "Permission denied", "a.wav"), Exit.FAILED, "no permission for a.wav"),
        (OSError(errno.EIO, "Input/output error", "a.wav"), Exit.FAILED, "hark doctor"),
        (RuntimeError("two\nlines"), Exit.FAILED, "unexpected RuntimeError: two lines; run again with `hark --debug"),
        (LLMUnavailable("quoting\n\x1b[31mred\x07 [bold]"), Exit.FAILED, "quoting [31mred [bold]"),
    ],
)
def test_a_failure_is_one_line_and_a_code(
    error: BaseException, code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(group(raising(error)), ["do"]) == code
    captured = capsys.readouterr()
    (line,) = captured.err.strip("\n").splitlines()  # click ends the line on which the terminal shows ^C
    assert line.startswith("hark: ")
    assert said in line
    assert captured.out == ""


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(group(raising(ConfigError("mend it"))), ["--debug", "do"]) == Exit.FAILED
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("hark: mend it\n")


@pytest.mark.parametrize("code", [Exit.ANSWERED, Exit.ABSTAINED])
def test_a_command_decides_its_code(code: Exit) -> None:
    assert exit_code_of(group(lambda: int(code)), ["do"]) == code


def test_nothing_returned_is_done_and_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(group(lambda: None), ["do"]) == Exit.ANSWERED
    assert exit_code_of(group(lambda: None), ["--help"]) == Exit.ANSWERED
    assert exit_code_of(group(lambda: None), ["--nope"]) == Exit.USAGE
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize("args", [[], ["models"], ["config"]])
def test_a_group_alone_shows_its_help(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, args) == Exit.USAGE
    bare = capsys.readouterr()
    assert exit_code_of(cli, [*args, "--help"]) == Exit.ANSWERED
    assert bare.err == capsys.readouterr().out
    assert "\nCommands:\n" in bare.err
    assert bare.out == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ελλάδα 東京 naïve", "plain Ελλάδα 東京 naïve"),
        ("\x1b[31mred\x1b]0;title\x07", "[31mred]0;title"),
        ("a\u202eb\u200bc\u2066d", "abcd"),
        ("a\r\nb\tc\u2028d\x0be", "a b c d e"),
        ("\udcff\ud800", ""),
        ("\x9b31m", "31m"),
        ("[bold red]as it is[/]", "[bold red]as it is[/]"),
    ],
)
def test_safe_text(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_safe_text_is_one_printable_line(text: str) -> None:
    line = safe(text)
    assert len(line.splitlines()) <= 1
    assert safe(line) == line
    line.encode("utf-8")


def test_json_is_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass(frozen=True)
    class Thing:
        where: Path
        parts: tuple[int, ...]

    print_json({"thing": Thing(Path("a/b"), (1, 2)), "none": None})
    assert json.loads(capsys.readouterr().out) == {"thing": {"where": "a/b", "parts": [1, 2]}, "none": None}


def test_json_survives_half_a_character(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "caf\udce9", "city": "Zürich"})
    shown = capsys.readouterr().out
    assert "Zürich" in shown
    assert json.loads(shown)["city"] == "Zürich"


def test_evidence_is_written_with_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    passage = Passage("1", "Lima", "Lima is old.\nLima lies on the Rimac.", "lima.md", 3, 0.5, ((13, 7),))
    print_json(Evidence(passage, "Lima lies on the Rimac."))
    written = json.loads(capsys.readouterr().out)
    assert written["line"] == 7
    assert set(written["passage"]) == {"id", "title", "text", "source", "line", "score"}
