"""Programs that speak: real child processes, without a shell."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.contract.synthesizers import SynthesizerContract, ended
from tests.fakes.voices import program
from voice.errors import OptionError, SynthesisError, SynthesizerMissing
from voice.ports import SynthesizerRequest
from voice.speak.children import Children
from voice.speak.exec import ExecSynthesizer, make

if TYPE_CHECKING:
    from voice.ports import Synthesizer


def speaking(command: list[str], **options: Any) -> ExecSynthesizer:
    return make(SynthesizerRequest({"command": command, **options}, 1.0, Path()))


class TestExec(SynthesizerContract):
    @pytest.fixture
    def voice(self, tmp_path: Path) -> Synthesizer:
        return speaking(program(tmp_path), sample_rate=8_000)


def test_the_program_gets_files_the_pace_and_the_text_as_they_are(tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    code = (
        "import sys, os, wave\n"
        "open(sys.argv[1], 'w').write('\\n'.join([open(sys.argv[2]).read().strip(), *sys.argv[4:], os.getcwd()]))\n"
        "f = wave.open(sys.argv[3], 'wb'); f.setparams((1, 2, 8000, 0, 'NONE', '')); f.writeframes(bytes(1600))"
    )
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        code,
        str(seen),
        "{text_file}",
        "{out}",
        "{speed}",
        "--text={text}",
        "{}",
    ]
    folder = tmp_path / "checkout"
    folder.mkdir()
    speaks = make(SynthesizerRequest({"command": command, "folder": folder, "sample_rate": 8_000}, 1.5, tmp_path))
    text = '$(touch x); -f {out} {text_file} `id` "quoted"'
    (clip, end) = speaks.stream([text])
    assert (len(clip.samples), end.last) == (800, True)
    assert seen.read_text().split("\n") == [text, "1.5", f"--text={text}", "{}", str(folder)]
    assert list(folder.iterdir()) == []


def test_an_output_folder_will_do(tmp_path: Path) -> None:
    command = [*program(tmp_path)[:-2], "{out_dir}/gen_0.wav", "speaks"]
    assert ended(list(speaking(command).stream(["One."]))) == ["One."]


def test_a_program_that_cannot_be_told_where_to_write(tmp_path: Path) -> None:
    results = tmp_path / "output" / "result"
    results.mkdir(parents=True)
    (results / "older.wav").write_bytes(b"not taken")
    command = [*program(tmp_path)[:-2], "output/result/LJSpeech.wav", "speaks"]
    speaks = speaking(command, folder=str(tmp_path), written_to="output/result")
    assert ended(list(speaks.stream(["One.", "One."]))) == ["One.", "One."]
    assert [path.name for path in results.iterdir()] == ["older.wav"]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("fails", r"python\S* ended with code 1 \(CUDA out of memory\): run its command by hand"),
        ("silent", r"wrote no WAV file: look at \{out\}"),
        ("html", "it has to write WAV"),
    ],
)
def test_what_goes_wrong_is_one_line(tmp_path: Path, what: str, told: str) -> None:
    with pytest.raises(SynthesisError, match=told) as caught:
        list(speaking(program(tmp_path, what)).stream(["One."]))
    assert "\n" not in str(caught.value)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SynthesizerMissing, match=r"cannot start no-such-program .*: install it"):
        list(speaking(["no-such-program", "{text_file}", "{out}"]).stream(["One."]))
    with pytest.raises(SynthesizerMissing, match=r"cannot start .* in .*none"):
        list(speaking(program(tmp_path), folder=str(tmp_path / "none")).stream(["One."]))


def test_one_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child.pid"
    speaks = speaking([*program(tmp_path, "hangs"), str(child)], timeout=3, name="slow")
    with pytest.raises(SynthesisError, match="slow took more than 3 s and was stopped: raise its `timeout`"):
        list(speaks.stream(["One."]))
    assert gone(int(child.read_text()))


def test_closing_from_another_thread_ends_it(tmp_path: Path) -> None:
    child = tmp_path / "child.pid"
    speaks = speaking([*program(tmp_path, "hangs"), str(child)], timeout=60)
    raised: list[Exception] = []

    def speak() -> None:
        try:
            list(speaks.stream(["One."]))
        except SynthesisError as error:
            raised.append(error)

    thread = threading.Thread(target=speak)
    thread.start()
    deadline = time.monotonic() + 30
    while not (child.exists() and child.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.01)
    speaks.close()
    thread.join(30)
    assert "was closed: nothing is spoken any more" in str(raised[0])
    assert gone(int(child.read_text()))


def test_a_program_that_was_being_started_while_it_was_closed_is_ended() -> None:
    family = Children("slow", 60)

    class ClosesAtTheStart(os.PathLike[str]):
        """Stands in the command; looking it up is the last thing before the program starts."""

        def __fspath__(self) -> str:
            family.close()
            return sys.executable

    before = set(psutil.Process().children())
    with pytest.raises(SynthesisError, match="slow was closed"):
        family.run([ClosesAtTheStart(), "-I", "-S", "-c", "import time; time.sleep(600)"])  # type: ignore[list-item]
    assert set(psutil.Process().children()) == before
    with pytest.raises(SynthesisError, match="slow was closed"):
        family.run([sys.executable, "-c", ""])


def test_keys_of_servers_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARK_LLM__API_KEY", "secret")
    monkeypatch.setenv("KEPT", "yes")
    seen = tmp_path / "seen.txt"
    code = "import os, sys; open(sys.argv[1], 'w').write(str(sorted(os.environ)))"
    with pytest.raises(SynthesisError, match="no WAV file"):
        list(speaking([sys.executable, "-I", "-S", "-c", code, str(seen), "{text_file}", "{out}"]).stream(["One."]))
    assert "HARK_LLM__API_KEY" not in seen.read_text()
    assert "KEPT" in seen.read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "'tts.exec.command': Field required"),
        ({"command": []}, "tts.exec.command"),
        ({"command": "sh -c {text}"}, "tts.exec.command"),
        ({"command": ["a", "{out}"]}, r"no \{text_file\}"),
        ({"command": ["a", "{text_file}"]}, r"no \{out\}"),
        ({"command": ["a", "{text}", "{out}"]}, "may not begin an argument"),
        ({"command": ["{text_file}", "{out}"]}, "program's own name"),
        ({"comand": ["a"]}, "tts.exec"),
        ({"command": ["a", "{text_file}", "{out}"], "timeout": 0}, "tts.exec.timeout"),
    ],
)
def test_settings_that_cannot_work_are_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        make(SynthesizerRequest(options, 1.0, Path()))


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds; one that nobody has collected yet counts as ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    os.kill(pid, 9)
    return False
