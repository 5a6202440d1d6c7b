"""What is published: the built wheel and source archive, and a hark that runs from the wheel alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import prompts

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = {"agent", "prompts", "voice", "main.py"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source archive, built as a publisher would, without network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True)
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the wheel; the packages it requires come from this environment."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*command, str(built[0])], check=True)
    return folder


def hark(installed: Path, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed console script, which sees its own folder before the checkout."""
    environ = {**os.environ, "PYTHONPATH": str(installed), "HARK_HOME": str(cwd / "home")}
    return subprocess.run(
        [sys.executable, str(installed / "bin" / "hark"), *args], cwd=cwd, env=environ, capture_output=True, text=True
    )


def test_the_wheel_holds_the_program_and_nothing_else(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[0]).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGED
    assert {f"prompts/{name}.md" for name in prompts.names()} <= names
    assert "voice/models.toml" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_source_archive_builds_the_same_wheel(built: tuple[Path, Path], tmp_path: Path) -> None:
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    own = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert {path.name for path in source.iterdir()} == PACKAGED | own
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=source, check=True)
    (again,) = (tmp_path / "again").glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(built[0]).namelist())


def test_it_runs_elsewhere(installed: Path, tmp_path: Path) -> None:
    where = "import agent, voice, prompts, main; print(agent.__file__, voice.__file__, prompts.__file__, main.__file__)"
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    child = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert child.stdout.count(str(installed)) == 4, "the checkout was imported, not the wheel"

    version = hark(installed, "--version", cwd=tmp_path)
    assert (version.returncode, version.stdout.strip()) == (0, "hark, version 0.1.0")


def test_its_data_files_are_found(installed: Path, tmp_path: Path) -> None:
    listed = hark(installed, "models", "list", "--json", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    states = {model["name"]: model["state"] for model in json.loads(listed.stdout)}
    assert states["whisper-base"] == "missing"
    assert states["hibari"] == "bundled"

    asked = hark(installed, "ask", "Who?", "--docs", "nowhere", cwd=tmp_path)
    assert asked.returncode == 1
    assert "hark models pull minilm" in asked.stderr or "nowhere" in asked.stderr
    assert "Traceback" not in asked.stderr
