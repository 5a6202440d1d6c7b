from __future__ import annotations

import json

import pytest

from agent.errors import DocumentError
from agent.retrieval.readers import Block, Reading, read
from tests.fakes.pdfs import pdf


def only(reading: Reading) -> tuple[str, tuple[Block, ...]]:
    (document,) = reading.documents
    return document.title, document.blocks


def test_text_has_paragraphs_with_their_lines_and_the_first_line_as_title() -> None:
    title, blocks = only(read("x.txt", b"Gustave Eiffel\n\nHe was born\nin Dijon.\n\n\n- one\n- two\n"))
    assert title == "Gustave Eiffel"
    assert blocks == (Block("He was born in Dijon.", 3, (), ((12, 4),)), Block("- one\n- two", 7, (), ((6, 8),)))


def test_text_without_a_heading_is_called_by_its_file() -> None:
    title, blocks = only(read("gustave-eiffel_notes.txt", b"He was born in Dijon.\n\nHe died."))
    assert title == "gustave eiffel notes"
    assert [block.line for block in blocks] == [1, 3]


def test_a_long_line_is_a_paragraph() -> None:
    long = "word " * 60
    _, blocks = only(read("x.txt", f"{long}\n{long}\nshort.".encode()))
    assert [block.line for block in blocks] == [1, 2, 3]


def test_markdown_has_headings_lines_and_no_markup() -> None:
    text = (
        b"---\ntitle: ignored: no\ntags: [a]\n---\n# The *Tower*\n\nBuilt by **Eiffel** in\n[Paris](http://x.y).\n\n"
        b"## Size\n\n| part | m |\n|---|---|\n| top | 330 |\n\n- `first`\n- second\n\n"
        b"<div>raw <b>html</b><script>evil()</script></div>\n\n"
        b"# Other\n\nText.\n"
    )
    title, blocks = only(read("x.md", text))
    assert title == "ignored: no"
    assert blocks[0] == Block("Built by Eiffel in Paris.", 7, ("The Tower",), ((19, 8),))
    assert blocks[2] == Block("top; 330", 14, ("The Tower", "Size"))
    assert [block.text for block in blocks[3:5]] == ["first", "second"]
    assert blocks[5].text == "raw html"
    assert blocks[-1] == Block("Text.", 23, ("Other",))


def test_markdown_without_front_matter_is_called_by_its_first_heading() -> None:
    assert only(read("x.md", b"Intro.\n\n# Tower\n\nText."))[0] == "Tower"


def test_lines_of_code_in_markdown_keep_their_numbers() -> None:
    _, (block,) = only(read("x.md", b"```\none\n\nthree\n```\n"))
    assert block == Block("one\nthree", 2, (), ((4, 4),))
    assert [block.line_at(offset) for offset in (0, 3, 4)] == [2, 2, 4]


def test_html_keeps_what_is_read_and_drops_the_rest() -> None:
    page = """<html><head><title>Tower &amp; Co</title><style>p{}</style></head><body><nav>menu</nav>
<h1>The <i>Tower</i></h1>
<p>Built by <b>Eif</b>fel.<br>In Paris.</p>
<div>Loose <a href=x>words</a><p>Inner.</p>tail</div>
<h2>Size</h2><ul><li>330 m</li></ul><table><tr><th>part</th><td>top</td></tr></table><script>evil()</script>
<!-- a comment --></body></html>"""
    title, blocks = only(read("x.html", page.encode()))
    assert title == "Tower & Co"
    assert [(block.text, block.line, block.headings) for block in blocks] == [
        ("Built by Eiffel. In Paris.", 3, ("The Tower",)),
        ("Loose words", 4, ("The Tower",)),
        ("Inner.", 4, ("The Tower",)),
        ("tail", 4, ("The Tower",)),
        ("330 m", 5, ("The Tower", "Size")),
        ("part; top", 5, ("The Tower", "Size")),
    ]


def test_html_nested_without_end_is_read() -> None:
    assert only(read("x.html", b"<div>" * 20_000 + b"deep"))[1][0].text == "deep"


def test_pdf_has_pages_for_lines_and_joins_what_a_page_break_parts() -> None:
    data = pdf([["The tower was built by Gus-", "tave Eiffel. It stands"], ["in Paris. It is tall."]], title="Tower")
    title, blocks = only(read("x.pdf", data))
    assert title == "Tower"
    assert blocks == (
        Block("The tower was built by Gustave Eiffel. It stands in Paris.", 1),
        Block("It is tall.", 2),
    )


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.pdf", b"%PDF-1.4 nothing", "damaged PDF"),
        ("x.pdf", pdf([["hi"]], encrypted=True), "encrypted PDF"),
        ("x.pdf", pdf([[""]]), "no text layer in 1 pages"),
        ("x.txt", b"abc\0def", "binary"),
        ("x.md", b"\xff\xfe\xd8", "damaged utf-16"),
        ("x.txt", b" \n\n ", "holds no text"),
        ("x.html", b"<script>only()</script>", "holds no text"),
        ("x.docx", b"PK", "not an accepted kind of document (.txt"),
        ("x.jsonl", b"{\n[]\n", "2 malformed lines"),
    ],
)
def test_what_cannot_be_read_says_why_in_one_line(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(name, data)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "text", "remarks"),
    [
        ("Zürich.".encode(), "Zürich.", 0),
        (b"\xef\xbb\xbfZ\xc3\xbcrich.", "Zürich.", 0),
        ("Zürich.".encode("utf-16"), "Zürich.", 0),
        (b"Z\xfcrich \x93so\x94.", "Zürich “so”.", 1),
        (b"Z\xfcrich \x81.", "Zürich .", 1),
    ],
)
def test_encodings(data: bytes, text: str, remarks: int) -> None:
    reading = read("x.txt", data)
    assert reading.documents[0].blocks[0].text == text
    assert len(reading.remarks) == remarks


@pytest.mark.parametrize(
    "record",
    [
        {"title": "Paris", "text": "It is big."},
        {"_id": 1, "title": "Paris", "contents": "It is big."},
        {"title": "Paris", "text": ["It is", " big."]},
        {"title": "Paris", "sentences": [["It is big."]]},
        {"question": "?", "paragraphs": [{"title": "Paris", "paragraph_text": "It is big."}]},
        {"question": "?", "context": [["Paris", ["It is ", "big."]]]},
        {"title": "Paris\ud800", "text": "It is\u0000 big.\ud800"},
    ],
)
def test_jsonl_takes_the_fields_of_common_corpora(record: dict[str, object]) -> None:
    title, blocks = only(read("x.jsonl", b"\n" + json.dumps(record).encode()))
    assert title == "Paris"
    assert blocks == (Block("It is big.", 2),)


def test_jsonl_counts_and_numbers_malformed_lines() -> None:
    lines = [b'{"text": "fine."}', b"{", b"[1]", b'{"answer": 3}', b"nope", b"[" * 100_000]
    reading = read("facts.jsonl", b"\n".join(lines))
    assert reading.documents[0].title == "facts"
    (remark,) = reading.remarks
    assert remark.startswith("5 malformed lines passed over (line 2: not JSON, line 3: not an object, line 4: no title")
