from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agent.errors import DocumentError, NoDocuments
from agent.retrieval.files import find, index_folder, private_folder, read_bytes


def write(path: Path, text: str = "Some text.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(*docs: Path, max_bytes: int = 1000) -> list[str]:
    return [file.source for file in find(docs, max_bytes=max_bytes).files]


def test_folders_are_listed_in_order_without_hidden_and_other_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/y.HTML", ".hidden.txt", ".git/x.txt", "picture.png", "a/b/c.pdf"):
        write(tmp_path / name)
    result = find([tmp_path], max_bytes=1000)
    assert [file.source for file in result.files] == ["b.txt", "a/y.HTML", "a/z.md", "a/b/c.pdf"]
    assert result.ignored == 1


def test_a_file_is_called_by_its_name_and_several_by_what_tells_them_apart(tmp_path: Path) -> None:
    one, two = write(tmp_path / "x/docs/a.txt"), write(tmp_path / "y/docs/a.txt")
    assert found(one) == ["a.txt"]
    assert found(one.parent, two.parent, one) == ["x/docs/a.txt", "y/docs/a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
def test_links_loops_and_pipes_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside/secret.txt")
    docs = tmp_path / "docs"
    write(docs / "a.txt")
    (docs / "loop").symlink_to(docs, target_is_directory=True)
    (docs / "away").symlink_to(tmp_path / "outside", target_is_directory=True)
    (docs / "away.txt").symlink_to(tmp_path / "outside/secret.txt")
    os.mkfifo(docs / "pipe.txt")
    result = find([docs], max_bytes=1000)
    assert [file.source for file in result.files] == ["a.txt"]
    assert {remark.source: remark.reason for remark in result.skipped} == {
        "loop": "symbolic link, not followed",
        "away": "symbolic link, not followed",
        "away.txt": "symbolic link, not followed",
        "pipe.txt": "not a regular file",
    }


def test_empty_and_large_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "empty.txt", "")
    write(tmp_path / "large.txt", "x" * 2000)
    reasons = {remark.source: remark.reason for remark in find([tmp_path], max_bytes=1000).skipped}
    assert reasons["empty.txt"] == "empty"
    assert "HARK_RETRIEVAL__MAX_FILE_MB" in reasons["large.txt"]


def test_a_file_that_grew_or_went_away_meanwhile_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    (file,) = find([path], max_bytes=1000).files
    write(path, "x" * 2000)
    with pytest.raises(DocumentError, match="more than"):
        read_bytes(file, max_bytes=1000)
    path.unlink()
    with pytest.raises(DocumentError, match="cannot be read"):
        read_bytes(file, max_bytes=1000)


def test_a_place_without_documents_is_not_one_that_is_missing(tmp_path: Path) -> None:
    assert find([tmp_path], max_bytes=1000).files == ()
    (skipped,) = find([write(tmp_path / "a.docx")], max_bytes=1000).skipped
    assert "not an accepted kind" in skipped.reason
    with pytest.raises(NoDocuments, match="no file or folder"):
        find([tmp_path / "nowhere"], max_bytes=1000)
    with pytest.raises(NoDocuments, match="no documents given"):
        find([], max_bytes=1000)


def test_each_set_of_documents_has_a_readable_folder_of_its_own(tmp_path: Path) -> None:
    notes, other = tmp_path / "My Notes (2)", tmp_path / "b/My Notes (2)"
    notes.mkdir()
    other.mkdir(parents=True)
    folder = index_folder(tmp_path, [notes])
    assert folder.parent == tmp_path
    assert folder.name.startswith("my-notes-2-")
    assert index_folder(tmp_path, [notes / ".." / notes.name]) == folder
    assert index_folder(tmp_path, [other]) != folder
    assert index_folder(tmp_path, [notes, other]) == index_folder(tmp_path, [other, notes]) != folder
    (tmp_path / "文").mkdir()
    assert index_folder(tmp_path, [tmp_path / "文"]).name.startswith("documents-")


@pytest.mark.skipif(os.name != "posix", reason="Windows has access lists instead of modes")
def test_a_private_folder_is_closed_to_others_also_when_it_was_open(tmp_path: Path) -> None:
    for folder in (tmp_path / "a/new", tmp_path):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
        private_folder(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
    private_folder(tmp_path / "b/new")
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes exist on Linux only")
def test_a_file_name_that_is_no_text_is_shown_as_text(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.txt", os.O_CREAT | os.O_WRONLY))
    (skipped,) = find([tmp_path, write(tmp_path / "a.txt")], max_bytes=9999).skipped
    assert skipped.source.endswith("\ufffd.txt")
