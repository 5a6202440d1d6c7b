"""`hark ask` as a user meets it: a process over real documents with the real embedder and a scripted model."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fakes.chat_server import ChatServer, Turn, refused
from tests.fakes.processes import hears_ctrl_c

pytestmark = pytest.mark.models

LIMA = "On which river lies Lima?"
PLAN = {"when": ['"steps"'], "reply": {"steps": [LIMA]}}
WHOLE = {"when": ["whole question"], "reply": {"reason": "Lima lies on the river Rimac.", "answer": "the Rimac"}}
READ = {"when": ['"citation"'], "reply": {"citation": 1, "answer": "the Rimac"}}
NOTHING = {"when": ['"citation"'], "reply": {"citation": 0, "answer": "not found"}}


class Desk:
    """A user's folders: models from the store, a document, a script for the model."""

    def __init__(self, root: Path, models: Path) -> None:
        self.root = root
        self.home = root / "home"
        (self.home / "cache").mkdir(parents=True)
        (self.home / "cache" / "models").symlink_to(models)
        self.docs = root / "docs"
        self.docs.mkdir()
        (self.docs / "lima.md").write_text("# Lima\n\nLima is old. Lima lies on the river Rimac.\n", encoding="utf-8")
        self.script(WHOLE)

    def script(self, *rules: dict[str, Any]) -> None:
        """What the model replies."""
        (self.root / "model.jsonl").write_text("\n".join(map(json.dumps, rules)), encoding="utf-8")

    def environ(self, **more: str) -> dict[str, str]:
        """No setting of the machine, this home, the scripted model."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("HARK_")}
        return clean | {"HARK_HOME": str(self.home), "HARK_LLM__MODEL": str(self.root / "model.jsonl")} | more

    def hark(self, *args: str | Path, stdin: str | bytes = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `hark ARGS` to its end."""
        done = subprocess.run(
            [sys.executable, "-c", "from main import main; main()", *map(str, args)],
            env=self.environ(**environ),
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def ask(self, *args: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run `hark ask ARGS --docs ...`."""
        return self.hark("ask", *args, "--docs", self.docs, **more)

    def start(self, *args: str | Path, **environ: str) -> subprocess.Popen[str]:
        """Start `hark ask ARGS --docs ...`."""
        return subprocess.Popen(
            [sys.executable, "-c", "from main import main; main()", "ask", *map(str, args), "--docs", str(self.docs)],
            env=self.environ(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hears_ctrl_c,
        )


@pytest.fixture
def desk(tmp_path: Path, models_root: Path) -> Desk:
    if not (models_root / "minilm").is_dir():
        pytest.skip("run `hark models pull minilm`")
    return Desk(tmp_path, models_root)


def one_line(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    """The command failed with this code and one line that says this."""
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("hark: ")
    assert said in lines[0]


def test_an_answer_with_its_source(desk: Desk) -> None:
    done = desk.ask(LIMA)
    assert done.returncode == 0, done.stderr
    assert "answer    the Rimac" in done.stdout
    assert "“Lima lies on the river Rimac.” (" in done.stdout
    assert "lima.md:3)" in done.stdout
    assert "->" not in done.stdout
    traced = desk.ask(LIMA, "--trace", "--no-speak")
    states = [line.split()[1] for line in traced.stdout.splitlines() if line.strip().startswith("->")]
    assert states == ["hear", "decompose", "search", "judge", "summarise", "answered"]


def test_what_it_was_told_before_comes_before_the_documents(desk: Desk) -> None:
    told = desk.ask("Remember that Lima lies on the river Lurin.")
    assert told.returncode == 0, told.stderr
    assert "I will remember that: Lima lies on the river Lurin." in told.stdout
    desk.script(WHOLE | {"reply": {"reason": "It was told.", "answer": "Lurin"}})
    done = desk.ask(LIMA)
    assert "“Lima lies on the river Lurin.” (you said so, " in done.stdout
    assert "You said so" in done.stdout
    assert "Lurin" in desk.hark("facts", "list").stdout
    desk.script(WHOLE)
    assert "you said so" not in desk.ask(LIMA, "--no-store").stdout, "where nothing is kept nothing is remembered"


def test_json_for_machines_and_the_question_from_standard_input(desk: Desk) -> None:
    done = desk.ask("-", "--json", stdin=f"{LIMA}\n")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["answer"]["short"] == "the Rimac"
    assert told["answer"]["outcome"] == "answered"
    assert told["answer"]["hops"][0]["evidence"][0]["sentence"] == "Lima lies on the river Rimac."
    assert told["answer"]["path"][-1] == "answered"
    assert told["utterance"] is None


def test_an_abstention_has_its_own_code(desk: Desk) -> None:
    desk.script(PLAN, NOTHING)
    done = desk.ask(LIMA)
    assert done.returncode == 3
    assert "abstains" in done.stdout


def test_no_documents(desk: Desk) -> None:
    empty = desk.root / "empty"
    empty.mkdir()
    one_line(desk.hark("ask", LIMA, "--docs", empty), 1, str(empty))
    one_line(desk.hark("ask", LIMA, "--docs", desk.root / "nowhere"), 1, "no file or folder")
    one_line(desk.hark("ask", LIMA), 2, "no documents")


def test_a_broken_script(desk: Desk) -> None:
    (desk.root / "model.jsonl").write_text("{", encoding="utf-8")
    one_line(desk.ask(LIMA), 1, "line 1")


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "no-samples", "folder", "cut"])
def test_a_bad_recording(desk: Desk, kind: str) -> None:
    audio = desk.root / "question.wav"
    match kind:
        case "empty":
            audio.touch()
        case "text":
            audio.write_text("I am no sound.\n" * 50, encoding="utf-8")
        case "no-samples":
            with wave.open(str(audio), "wb") as file:
                file.setparams((1, 2, 16_000, 0, "NONE", ""))
        case "folder":
            audio.mkdir()
        case "cut":
            audio.write_bytes(b"RIFF\x24\x00")
    one_line(desk.ask("--audio", audio), 1, str(audio))
    assert not list(desk.root.glob("*.answer.wav*")), "nothing is spoken about nothing"


def test_a_dead_server_a_wrong_key_and_a_server_that_says_no(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        dead = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
    one_line(desk.ask(LIMA, HARK_LLM__BASE_URL=dead, HARK_LLM__RETRIES="0"), 1, "cannot reach the language model")
    with ChatServer(refused(401, "bad key sk-secret")) as server:
        done = desk.ask(LIMA, HARK_LLM__BASE_URL=server.url, HARK_LLM__API_KEY="sk-secret")
    one_line(done, 1, "HARK_LLM__API_KEY")
    assert "sk-secret" not in done.stdout + done.stderr
    with ChatServer(Turn("<html>", headers={"Content-Type": "text/html"})) as server:
        one_line(desk.ask(LIMA, HARK_LLM__BASE_URL=server.url), 1, "up to and including /v1")
    with ChatServer(Turn(delay=30.0)) as server:
        one_line(desk.ask(LIMA, HARK_LLM__BASE_URL=server.url, HARK_LLM__TIMEOUT="0.5"), 1, "raise llm.timeout")


def test_a_damaged_model_is_a_failure_and_no_abstention(desk: Desk) -> None:
    damaged = desk.root / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + bytes(1000))
    one_line(desk.ask(LIMA, HARK_LLM__MODEL=str(damaged)), 1, "did not start")


def test_debug_shows_the_traceback(desk: Desk) -> None:
    done = desk.hark("--debug", "ask", LIMA, "--docs", desk.root / "nowhere")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_answer_is_spoken_into_a_file(desk: Desk) -> None:
    done = desk.ask(LIMA, "--speak", desk.root / "out.wav")
    assert done.returncode == 0, done.stderr
    with wave.open(str(desk.root / "out.wav"), "rb") as file:
        assert file.getnframes() > file.getframerate() / 2
    assert "spoken into" in done.stderr


@pytest.mark.parametrize(
    ("out", "said"),
    [("none/out.wav", "no folder"), ("pipe.wav", "a device or a pipe"), ("full.wav", "the disk is full")],
)
def test_a_place_that_cannot_be_written(desk: Desk, out: str, said: str) -> None:
    os.mkfifo(desk.root / "pipe.wav")
    (desk.root / "full.wav.partial").symlink_to("/dev/full")
    done = desk.ask(LIMA, "--speak", desk.root / out)
    one_line(done, 1, said)
    assert (desk.root / "pipe.wav").is_fifo()
    assert not (desk.root / "full.wav").exists()
    assert not [path for path in desk.root.rglob("*.partial") if not path.is_symlink()]


def test_documents_are_printed_as_what_they_are(desk: Desk) -> None:
    foul = "[bold red]\x1b]0;owned\x07\u202e"
    (desk.docs / "lima.md").unlink()
    name = "[bold red]lima\x1b[2J.md"
    (desk.docs / name).write_text(f"# Lima {foul}\n\nLima {foul} lies on the river Rimac.\n", encoding="utf-8")
    done = desk.ask(LIMA)
    assert done.returncode == 0, done.stderr
    assert "[bold red]lima[2J.md" in done.stdout
    assert not [c for c in done.stdout + done.stderr if c != "\n" and not c.isprintable()]


def test_names_and_questions_that_are_no_text(desk: Desk) -> None:
    (desk.docs / "lima.md").rename(desk.docs / os.fsdecode(b"lima-\xff.md"))
    done = desk.ask(LIMA, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answer"]["short"] == "the Rimac"
    done = desk.ask(os.fsdecode(b"On which river lies Lima\xff?"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("pause", [0.3, 1.5])
def test_ctrl_c_stops_with_its_code_and_leaves_nothing(desk: Desk, pause: float) -> None:
    with ChatServer(Turn(delay=60.0)) as server:
        run = desk.start(LIMA, "--speak", desk.root / "out.wav", HARK_LLM__BASE_URL=server.url)
        with run:
            if pause > 1:
                assert server.asked.wait(60)
            else:
                time.sleep(pause)
            run.send_signal(signal.SIGINT)
            _, err = run.communicate(timeout=20)
    assert run.returncode == 130 if pause > 1 else run.returncode in {130, -signal.SIGINT}, err
    if pause > 1:
        assert stopped_in_one_line(err)
        assert server.hung_up.wait(5)
    assert not list(desk.root.glob("out.wav*"))
    assert desk.ask(LIMA).returncode == 0, "the index is whole"


def stopped_in_one_line(err: str) -> bool:
    """How a question ends that can be gone on with."""
    return bool(re.fullmatch(r"hark: stopped; `hark ask --resume [0-9a-f]{8}` goes on with it", err.strip()))


def test_killed_it_goes_on_without_asking_the_model_again_what_it_had_replied(desk: Desk) -> None:
    question = "On which river lies the capital of Peru?"
    (desk.docs / "peru.md").write_text("# Peru\n\nThe capital of Peru is Lima.\n", encoding="utf-8")
    capital = {"when": ["What is the capital of Peru?\nReply"], "reply": {"citation": 1, "answer": "Lima"}}
    desk.script(capital, {**READ, "delay": 600})
    with desk.start(question, "--trace") as run:
        assert run.stdout
        for _ in range(2):
            while "-> search" not in run.stdout.readline():
                assert run.poll() is None
        time.sleep(1.0)
        run.kill()
    listed = desk.hark("sessions", "list").stdout
    assert "(unfinished)" in listed
    one_line(desk.hark("ask", LIMA, "--resume", "last"), 2, "one of the two, or --resume ID")
    desk.script(READ)
    again = desk.hark("ask", "--resume", "last")
    assert again.returncode == 0, again.stderr
    assert "“Lima lies on the river Rimac.” (" in again.stdout
    assert "answer    the Rimac" in again.stdout
    why = desk.hark("why").stdout
    assert f"You typed: “{question}”." in why
    assert desk.hark("sessions", "list").stdout.count("1 turn") == 1
    one_line(desk.hark("ask", "--resume", "last"), 2, "no question broke off")
    walks = desk.home / "data" / "conversations" / "walks.db"
    assert b"Rimac" not in walks.read_bytes(), "a walk that ended leaves nothing"


def test_a_failure_says_how_to_go_on_and_deleting_takes_the_walk_along(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        dead = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
    failed = desk.ask(LIMA, HARK_LLM__BASE_URL=dead, HARK_LLM__RETRIES="0")
    one_line(failed, 1, "` goes on with it")
    walks = desk.home / "data" / "conversations" / "walks.db"
    assert b"Lima" in walks.read_bytes() + b"".join(part.read_bytes() for part in walks.parent.glob("walks.db-*"))
    assert desk.hark("sessions", "delete", "last", "--yes").returncode == 0
    assert b"Lima" not in b"".join(part.read_bytes() for part in walks.parent.iterdir() if part.is_file())


def test_keeping_nothing_leaves_no_file(desk: Desk) -> None:
    done = desk.ask(LIMA, "--no-store", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["conversation"] is None
    assert not (desk.home / "data" / "conversations").exists()
    with (
        ChatServer(Turn(delay=60.0)) as server,
        desk.start(LIMA, "--no-store", HARK_LLM__BASE_URL=server.url) as run,
    ):
        assert server.asked.wait(60)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    assert err.strip() == "hark: stopped"
    assert not (desk.home / "data" / "conversations").exists()


def test_ctrl_c_ends_the_embedded_server_too(desk: Desk, small_model: Path) -> None:
    run = desk.start(LIMA, HARK_LLM__MODEL=str(small_model))
    with run:
        server = child_of(run.pid)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert stopped_in_one_line(err)
    assert server is not None
    server.wait(timeout=10)


def child_of(pid: int, patience: float = 60.0) -> psutil.Process | None:
    """The embedded server of a process, once it is there."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        for child in psutil.Process(pid).children():
            # other children come and go meanwhile
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(word.endswith("server_child.py") for word in child.cmdline()):
                    return child
        time.sleep(0.02)
    return None


def test_the_library_takes_text_and_recordings(
    desk: Desk, whisper_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent import ask
    from agent.config import Settings
    from voice.errors import AudioError

    monkeypatch.setenv("HARK_HOME", str(desk.home))
    settings = Settings.model_validate({"llm": {"model": str(desk.root / "model.jsonl")}})
    answer = ask(LIMA, docs=str(desk.docs), settings=settings)
    assert (answer.short, answer.outcome) == ("the Rimac", "answered")
    assert "listen" not in answer.seconds
    with pytest.raises(AudioError, match="no sound file"):
        ask(Path("none.wav"), docs=[desk.docs], settings=settings)
    with wave.open(str(desk.root / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    silent = ask(desk.root / "silence.wav", docs=desk.docs, settings=settings)
    assert silent.outcome == "abstained"
    assert "listen" in silent.seconds


def test_without_a_voice_it_says_that_nothing_was_spoken(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "q.answer.wav"
    out.write_bytes(b"of an earlier answer")
    done = desk.ask(LIMA, "--speak", out, "--json", HARK_TTS__SYNTHESIZER="none")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["spoken"] is None
    assert f"nothing was spoken, {out} was not written" in done.stderr
    assert "spoken into" not in done.stderr
    assert out.read_bytes() == b"of an earlier answer"
