"""The page: whole, safe and without anything from elsewhere. What a browser makes of it is tested with one."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.evals.report import page, report
from agent.evals.report.report import Report
from agent.evals.report.runs import Run, read
from agent.evals.types import CitedSentence, Heard, HopRecord, InputMode, Prediction, Record
from tests.fakes.reported_runs import questions, write_run

ASKED = questions(7)
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{ 7*7 }}\x00\x1b[31m'\"&amp;--><!--]]>"
LONG = "word " * 20_000


class Elements(HTMLParser):
    """Tags with their attributes, and the text of styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in self.inside:
            self.inside[self._in].append(data)


def bare(runs: tuple[Run, ...]) -> Report:
    """A report of the questions alone: no chart has to be drawn."""
    return Report("Questions", runs, (), ())


def hostile(record: Record) -> Record:
    """The record with what a dataset, a recogniser and a model could do to a page."""
    cited = (CitedSentence(EVIL, LONG), CitedSentence(LONG, EVIL))
    return replace(
        record,
        question=EVIL + LONG,
        asked=EVIL,
        heard=(Heard(EVIL), Heard(LONG, posterior=0.2)),
        audio="../../../../etc/passwd",
        path=(*record.path, EVIL),
        hops=(HopRecord(EVIL, LONG, cited), HopRecord(LONG, EVIL)) * 20,
        prediction=Prediction(EVIL, LONG, retrieved=(EVIL, LONG), confidence=7.0),
        gold=replace(record.gold, answers=(EVIL, LONG), kind=EVIL, titles=(EVIL,)),
        error=EVIL,
        scores={"em": float("nan"), "f1": 0.0},
        status="answered",
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, ...]:
    """Two runs, one hostile record in each."""
    folder = tmp_path_factory.mktemp("runs")
    plain = read([write_run(folder / "plain", ASKED)])[0]
    evil = hostile(next(plain.records(plain.rows)))
    modes: tuple[InputMode, ...] = ("gold", "nbest")
    return read([write_run(folder / mode, ASKED, input=mode, edit={evil.id: evil}) for mode in modes])


@pytest.fixture(scope="module")
def told(runs: tuple[Run, ...]) -> Report:
    """The report about them."""
    return report.build(runs, EVIL)


@pytest.fixture(scope="module")
def written(told: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its page."""
    (file,) = page.write(told, tmp_path_factory.mktemp("page") / "report.html")
    return file.read_text("utf-8")


def test_nothing_from_outside_is_markup(written: str) -> None:
    found = Elements(written)
    count = Counter(tag for tag, _ in found.tags)
    assert (count["script"], count["style"], count["img"], count["meta"]) == (1, 1, 0, 5)
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on") or name == "style"]
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in written
    assert "{{ 7*7 }}" in written
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", written)


def test_enormous_strings_are_cut(written: str) -> None:
    assert len(written) < 900_000
    assert "word " * 400 not in written


def test_nothing_is_fetched(written: str) -> None:
    for tag, attributes in Elements(written).tags:
        for name in ("src", "href", "action", "srcset", "data"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)
    # Namespaces are no addresses; charts have none.
    assert not re.search(r"@import|url\((?!#)|http", "".join(Elements(written).inside["style"]))


def test_the_policy_knows_style_and_script_by_their_hashes(written: str) -> None:
    found = Elements(written)
    policy = next(a["content"] or "" for tag, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        digest = hashlib.sha256("".join(found.inside[tag]).encode()).digest()
        assert f"{tag}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_charts_are_drawn_and_have_words(written: str, told: Report) -> None:
    found = Elements(written)
    drawn = [a for tag, a in found.tags if tag == "svg"]
    wanted = [chart.name for part in told.sections for chart in part.charts]
    assert [(a["aria-labelledby"] or "").split("-title")[0] for a in drawn] == wanted
    ids = [a["id"] for _, a in found.tags if a.get("id")]
    assert [key for key, count in Counter(ids).items() if count > 1] == []
    for attributes in drawn:
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)
    used = set(re.findall(r"url\(#([^)]+)\)", written)) | {
        (a["href"] or "").removeprefix("#") for tag, a in found.tags if tag in {"use", "a"} and a.get("href")
    }
    assert used <= set(ids)


def test_many_questions_go_into_pages_of_their_own(
    runs: tuple[Run, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "A_PAGE", 3)
    stale = tmp_path / "report-samples" / "0009.html"
    stale.parent.mkdir()
    for name in ("0009.html", "mine.html"):
        stale.with_name(name).write_text("", "utf-8")
    files = page.write(bare(runs), tmp_path / "report.html", inside=5)
    assert [file.name for file in files] == ["report.html", "0001.html", "0002.html", "0003.html"]
    assert sorted(file.name for file in stale.parent.iterdir()) == ["0001.html", "0002.html", "0003.html", "mine.html"]
    links = re.findall(r'href="(report-samples/[^"#]+)#(sample-\d+)"', files[0].read_text("utf-8"))
    assert len(links) == len(ASKED)
    for file, anchor in links:
        assert f'id="{anchor}"' in (tmp_path / file).read_text("utf-8")


def test_recordings_are_inside_or_linked_and_never_from_elsewhere(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", ASKED[:2], input="nbest", conditions=("clean",))
    told = bare(read([folder]))
    inside = page.write(told, tmp_path / "in.html")[0].read_text("utf-8")
    assert inside.count('src="data:audio/wav;base64,') == 2
    linked = page.write(told, tmp_path / "out" / "link.html", audio="link")[0].read_text("utf-8")
    for address in re.findall(r'<audio[^>]* src="([^"]+)"', linked):
        assert (tmp_path / "out" / address).resolve().is_file()
    assert linked.count("<audio") == 2
    assert "<audio" not in page.write(told, tmp_path / "none.html", audio="none")[0].read_text("utf-8")
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"RIFF")
    (record,) = (each for each in told.runs[0].records(told.runs[0].rows[:1]))
    for place, name in enumerate(("../secret.wav", str(secret), "a\0.wav", f"{'x' * 5_000}.wav")):
        edit = {record.id: replace(record, audio=name)}
        outside = write_run(tmp_path / f"{place}", ASKED[:1], input="nbest", conditions=("clean",), edit=edit)
        (file,) = page.write(bare(read([outside])), tmp_path / "outside.html")
        assert "<audio" not in file.read_text("utf-8")


def test_nothing_half_written_stays(runs: tuple[Run, ...], tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.mkdir()
    with pytest.raises(IsADirectoryError):
        page.write(bare(runs), out)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.html"]
