from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from filelock import FileLock

from agent.errors import IndexBusy, IndexDamaged, NoDocuments
from agent.ports import Retriever
from agent.retrieval.index import DocumentIndex
from agent.retrieval.sentences import sentences
from agent.retrieval.table import PassageTable, fused
from agent.types import Evidence
from tests.fakes.embedder import FailingEmbedder, HashingEmbedder
from voice.ports import HintSource


class Library:
    """A folder of documents and its index."""

    def __init__(self, root: Path) -> None:
        self.docs = root / "docs"
        self.docs.mkdir()
        self.root = root / "index"
        self.write("tower.md", "# Eiffel Tower\n\nThe tower was built by Gustave Eiffel in Paris.")
        self.write("bauhaus.txt", "Walter Gropius founded the Bauhaus in Weimar.")
        self.write(
            "seas.jsonl",
            '{"title": "Baltic Sea", "text": "It is brackish."}\n{"title": "Red Sea", "text": "It is salty."}\n',
        )

    def write(self, name: str, text: str) -> Path:
        path = self.docs / name
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text, encoding="utf-8")
        # Coarse clocks must not hide a change.
        os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))
        return path

    def open(self, embedder: HashingEmbedder | None = None) -> DocumentIndex:
        return DocumentIndex.open(self.root, embedder or HashingEmbedder())


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


async def titles(index: DocumentIndex, query: str, limit: int = 1) -> list[str]:
    return [passage.title for passage in await index.search(query, limit=limit)]


async def test_what_was_read_is_found_with_its_place(library: Library) -> None:
    index: DocumentIndex = library.open()
    as_port: Retriever = index
    report = index.update([library.docs])
    assert (report.read, report.unchanged, report.removed, report.passages) == (3, 0, 0, 4)
    (passage,) = await as_port.search("who built the tower in paris", limit=1)
    assert (passage.title, passage.source, passage.line) == ("Eiffel Tower", "tower.md", 3)
    assert passage.text == "The tower was built by Gustave Eiffel in Paris."
    (passage,) = await index.search("red sea", limit=1)
    assert (passage.title, passage.line) == ("Red Sea", 2)
    assert [match.entity for match in await as_port.entities("Gropeus", limit=1)] == ["Walter Gropius"]
    assert [match.entity for match in await index.entities("baltick see", limit=1)] == ["Baltic Sea"]


@pytest.mark.parametrize("mode", ["words", "vectors", "hybrid"])
async def test_scores_fall_and_ids_are_distinct(library: Library, mode: str) -> None:
    index = library.open()
    index.update([library.docs])
    found = await index.search("the tower of the sea", limit=4, mode=mode)  # type: ignore[arg-type]
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert len({p.id for p in found}) == len(found) >= 1


async def test_only_what_changed_is_embedded_again(library: Library) -> None:
    library.open().update([library.docs])
    library.write("bauhaus.txt", "Hannes Meyer led the Bauhaus in Dessau.")
    library.write("new.txt", "Lisbon lies on the Tagus.")
    (library.docs / "seas.jsonl").unlink()
    embedder = HashingEmbedder()
    index = library.open(embedder)
    report = index.update([library.docs])
    assert (report.read, report.unchanged, report.removed, report.passages) == (2, 1, 1, 3)
    assert sorted(embedder.texts) == [
        "bauhaus\nHannes Meyer led the Bauhaus in Dessau.",
        "new\nLisbon lies on the Tagus.",
    ]
    everything = await index.search("sea bauhaus tower lisbon founded", limit=50)
    assert {p.source for p in everything} == {"tower.md", "bauhaus.txt", "new.txt"}
    assert not any("Gropius" in p.text for p in everything)
    assert "Walter Gropius" not in [match.entity for match in await index.entities("Gropius")]


def test_a_touched_file_is_not_embedded_again_and_ids_stay(library: Library) -> None:
    index = library.open()
    index.update([library.docs])
    before = {p.id for p in asyncio.run(index.search("tower sea bauhaus", limit=50))}
    library.write("tower.md", (library.docs / "tower.md").read_text("utf-8"))
    embedder = HashingEmbedder()
    index = library.open(embedder)
    assert index.update([library.docs]).unchanged == 3
    assert embedder.texts == []
    assert {p.id for p in asyncio.run(index.search("tower sea bauhaus", limit=50))} == before


async def test_an_open_index_sees_its_own_update(library: Library) -> None:
    index = library.open()
    assert index.count() == 0
    assert await index.search("tower") == []
    assert await index.entities("tower") == []
    index.update([library.docs])
    assert index.count() == 4
    assert await titles(index, "eiffel tower") == ["Eiffel Tower"]


def test_names_near_what_was_heard_are_hints_also_after_an_update(library: Library) -> None:
    index = library.open()
    as_port: HintSource = index
    assert as_port.hints("Walter Gropeus") == []
    index.update([library.docs])
    assert index.hints("was it Walter Gropeus or Gustav Eye full", limit=2) == ["Walter Gropius", "Gustave Eiffel"]
    library.write("bauhaus.txt", "The school was led by Hannes Meyer.")
    index.update([library.docs])
    assert "Walter Gropius" not in index.hints("was it Walter Gropeus")
    assert "Hannes Meyer" in index.hints("was it Hannis Mayor")


async def test_a_killed_update_leaves_a_usable_index_and_goes_on(library: Library) -> None:
    library.open().update([library.docs])
    library.write("tower.md", "# Eiffel Tower\n\nA poisoned text about the tower.")
    library.write("zebra.txt", "Zebras are striped.")
    (library.docs / "bauhaus.txt").unlink()
    with pytest.raises(KeyboardInterrupt):
        library.open(FailingEmbedder("poisoned")).update([library.docs])
    index = library.open()
    (passage,) = await index.search("eiffel tower", limit=1)
    assert passage.text == "The tower was built by Gustave Eiffel in Paris."
    report = index.update([library.docs])
    assert (report.read, report.unchanged, report.passages) == (2, 1, 4)
    assert "poisoned" in (await index.search("eiffel tower", limit=1))[0].text


@pytest.mark.parametrize(
    "query",
    ['"', "'", "a+b -c:(d", "the", "NOT OR AND", "*", "~2", "title:x^3", "🎈", "", "   ", "\0", "\ud800x", "日本語",
     "SELECT * FROM t; --", " ".join(f"word{n}" for n in range(10_000)), "x" * 100_000],
)  # fmt: skip
async def test_any_query_is_plain_words(library: Library, query: str) -> None:
    index = library.open()
    index.update([library.docs])
    assert len(await index.search(query, limit=3)) <= 3
    assert len(await index.entities(query, limit=3)) <= 3


async def test_bad_files_are_told_and_good_ones_are_held(library: Library) -> None:
    (library.docs / "binary.txt").write_bytes(b"\0\1\2")
    (library.docs / "broken.pdf").write_bytes(b"%PDF-1.7")
    (library.docs / "latin.txt").write_bytes(b"Z\xfcrich is rich.")
    library.write("it's; DROP.txt", "Semicolons are harmless.")
    index = library.open()
    report = index.update([library.docs])
    assert {remark.source: remark.reason for remark in report.skipped} == {
        "binary.txt": "binary, not text",
        "broken.pdf": "damaged PDF",
    }
    assert [remark.source for remark in report.remarks] == ["latin.txt"]
    assert await titles(index, "semicolons harmless") == ["it's; DROP"]


async def test_a_file_that_turned_unreadable_is_no_longer_cited(library: Library) -> None:
    index = library.open()
    index.update([library.docs])
    library.write("tower.md", "\0")
    report = index.update([library.docs])
    assert (report.removed, report.passages) == (1, 3)
    assert await titles(index, "eiffel tower") != ["Eiffel Tower"]


def test_no_readable_document_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\0")
    with pytest.raises(NoDocuments, match=r"a\.txt: binary.*\.jsonl"):
        DocumentIndex.open(tmp_path / "index", HashingEmbedder()).update([tmp_path / "a.txt"])


async def test_the_last_document_goes_too_from_searches_and_from_the_disk(library: Library) -> None:
    index = library.open()
    index.update([library.docs])
    for path in library.docs.iterdir():
        path.unlink()
    with pytest.raises(NoDocuments, match="no document to read"):
        index.update([library.docs])
    assert index.count() == 0
    assert await index.search("eiffel tower") == []
    assert await library.open().entities("Gropius") == []
    left = [path for path in library.root.rglob("*") if path.is_file() and b"Gropius" in path.read_bytes()]
    assert left == []
    library.write("new.txt", "Lisbon lies on the Tagus.")
    assert index.update([library.docs]).passages == 1
    assert await titles(index, "tagus") == ["new"]


def test_a_folder_that_is_missing_costs_nothing(library: Library) -> None:
    index = library.open()
    index.update([library.docs])
    library.docs.rename(library.docs.with_name("unmounted"))
    with pytest.raises(NoDocuments, match="no file or folder"):
        index.update([library.docs])
    assert index.count() == 4


def test_nothing_to_read_leaves_no_index_behind(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(NoDocuments, match=r"no document to read in .*docs.*\.txt.*\.pdf.*\.jsonl"):
        DocumentIndex.open(tmp_path / "index", HashingEmbedder()).update([tmp_path / "docs"])
    assert not (tmp_path / "index").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has access lists instead of modes")
def test_the_index_is_closed_to_others_also_when_it_was_open(library: Library) -> None:
    library.open().update([library.docs])
    assert library.root.stat().st_mode & 0o777 == 0o700
    library.root.chmod(0o755)
    library.open().update([library.docs])
    assert library.root.stat().st_mode & 0o777 == 0o700


def test_a_table_another_process_made_is_seen(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    one, two = (PassageTable(tmp_path / "index", embedder="e", dimensions=8, mend="hark index") for _ in range(2))
    assert (one.version, two.version) == (0, 0)
    one.create()
    two.create()
    assert one.version == two.version == 1
    assert two.files() == {}


@pytest.mark.parametrize("name", ["note.txt", "note.md"])
async def test_each_sentence_is_cited_by_its_own_line(library: Library, name: str) -> None:
    text = "Intro line\n\nOne is here. Two\nruns on. Three is last.\n\n- four item\n- five item\n\nSix zebras graze."
    library.write(name, text)
    index = library.open()
    index.update([library.docs])
    (passage,) = [p for p in await index.search("six zebras graze", limit=9) if p.source == name]
    cited = {s: Evidence(passage, s).line for s in sentences(passage.text) if "Intro" not in s}
    assert list(cited.values()) == [3, 3, 4, 6, 7, 9]
    assert cited["Three is last."] == 4


async def test_another_embedder_makes_the_index_anew(library: Library) -> None:
    library.open().update([library.docs])
    index = library.open(HashingEmbedder("other", dimensions=32))
    with pytest.raises(IndexDamaged, match="hark index"):
        await index.search("tower")
    assert index.update([library.docs]).read == 3
    assert await titles(index, "eiffel tower") == ["Eiffel Tower"]


@pytest.mark.parametrize("harm", ["manifest", "data", "gone"])
async def test_a_damaged_index_names_the_command_that_mends_it(library: Library, harm: str) -> None:
    library.open().update([library.docs])
    table = library.root / "passages.lance"
    for path in (table / ("_versions" if harm == "manifest" else "data")).iterdir():
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(b"garbage" * 10)
    index = library.open()
    with pytest.raises(IndexDamaged, match="hark index DOCS --rebuild") as caught:
        await index.search("tower")
    assert "\n" not in str(caught.value)
    index = library.open()
    assert index.update([library.docs], rebuild=True).read == 3
    assert await titles(index, "eiffel tower") == ["Eiffel Tower"]


def test_two_writers_do_not_meet(library: Library) -> None:
    library.root.mkdir()
    index = DocumentIndex.open(library.root, HashingEmbedder(), patience=0.05)
    with FileLock(library.root / "update.lock"), pytest.raises(IndexBusy, match="wait"):
        index.update([library.docs])
    assert index.update([library.docs]).read == 3


def test_progress_rises_to_1(library: Library) -> None:
    seen: list[float] = []
    library.open().update([library.docs], progress=lambda share, _source: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_fusion_prefers_what_both_lists_hold() -> None:
    a, b, c = 1, 2, 3
    assert [place for place, _ in fused([(1.0, [a, b]), (1.0, [b, c])])] == [b, a, c]
    assert [place for place, _ in fused([(0.5, [a]), (1.0, [c])])] == [c, a]
