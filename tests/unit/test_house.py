"""Rules of the house that no other tool watches: quick help, cheap imports, whole packages, clean files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import prompts
from agent.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")

HEAVY = {
    "asyncio", "av", "bs4", "ctranslate2", "faster_whisper", "hibari", "huggingface_hub", "jellyfish", "lancedb",
    "langchain_core", "langgraph", "langsmith", "numpy", "onnxruntime", "openai", "pyarrow", "pydantic",
    "pydantic_settings", "pypdfium2", "rapidfuzz", "rich", "sounddevice", "textual", "tokenizers", "transitions",
    "xllamacpp",
}  # fmt: skip
IMPORTS = {
    "help": "import sys, main; sys.argv[1:] = ['--help']\ntry: main.main()\nexcept SystemExit: pass",
    "main": "import main",
    "the library": "import agent, voice, prompts",
    "its values": "import agent.types, agent.ports, agent.errors, voice.types, voice.ports, voice.errors",
    "the command line": "import agent.cli, agent.cli.common",
    "its commands": "import importlib\nfrom agent.cli import COMMANDS\n"
    "for module, _ in COMMANDS.values(): importlib.import_module(module)",
}
ALLOWED = {"its values": {"asyncio"}, "its commands": {"asyncio"}}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control; outside a checkout there is nothing to look at."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> list[tuple[Path, str]]:
    """Every tracked text file with its content."""
    binary = {".wav", ".flac", ".pdf", ".png"}
    return [(path, path.read_text("utf-8")) for path in tracked() if path.suffix not in binary]


@pytest.mark.parametrize("what", IMPORTS)
def test_nothing_heavy_is_imported(what: str, tmp_path: Path) -> None:
    tell = "\nimport sys\nprint(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    child = subprocess.run(
        [sys.executable, "-c", IMPORTS[what] + tell], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(child.stderr.splitlines()[-1].split())
    assert "sys" in loaded
    assert loaded & (HEAVY - ALLOWED.get(what, set())) == set()


def test_every_command_is_listed_and_exists(tmp_path: Path) -> None:
    names = "\n".join(COMMANDS)
    child = subprocess.run([sys.executable, "-m", "main", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 0
    assert all(re.search(rf"^ +{name} ", child.stdout, re.MULTILINE) for name in COMMANDS), names
    for module, _ in COMMANDS.values():
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


def test_main_only_calls_the_command_line() -> None:
    tree = ast.parse((ROOT / "main.py").read_text("utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module for node in imported if isinstance(node, ast.ImportFrom)} - {"__future__"}
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert modules == {"agent.cli"}
    assert not [node for node in imported if isinstance(node, ast.Import)]
    assert called == {"run", "main"}


def test_what_the_code_reads_is_packaged() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    for target in ("wheel", "sdist"):
        assert {"agent", "prompts", "voice", "main.py"} <= set(build[target]["only-include"])
    assert "system" in prompts.names()
    assert {path.stem for path in (ROOT / "prompts").glob("*.md")} == set(prompts.names())
    assert (ROOT / "voice" / "models.toml").is_file()


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) > 50
    assert all(re.match(r"[\w.-]+==[\w.+!-]+", block) and "--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted-host", text)


def test_the_locks_agree() -> None:
    runtime, dev = (set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text("utf-8"), re.M)) for name in LOCKS)
    assert runtime < dev


def test_locks_name_what_the_project_requires() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / LOCKS[0]).read_text("utf-8"), re.M))
    assert {re.split(r"[<>=!~;\[ ]", line)[0].lower() for line in wanted} <= locked


def test_no_package_registry_is_named() -> None:
    # Spelled in halves, so that this file does not name them either.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "huggingface" + ".co/"]
    assert [(str(path), host) for path, text in texts() for host in hosts if host in text] == []


def test_no_file_leads_out_of_the_project() -> None:
    outside = ["shared" + "/", "/wo" + "rk/", "/tm" + "p/w"]
    found = {str(path.relative_to(ROOT)) for path, text in texts() for place in outside if place in text}
    assert found <= {".ci/run"}


def test_source_files_stay_small() -> None:
    sizes = {path: text.count("\n") for path, text in texts() if path.suffix == ".py"}
    assert {str(path): size for path, size in sizes.items() if size >= 400} == {}
