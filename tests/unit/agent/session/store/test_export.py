"""Exports hold what was said, and what was said never becomes markup."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.session.store.export import as_json, escaped, markdown
from agent.session.store.records import ConversationInfo, Transcript
from agent.text import safe
from tests.contract.session_stores import NASTY, turn

EVIL = [
    "# heading", "- item", "1. item", "12) item", "> quote", "*em* **strong** __x__", "`code`", "[a](http://b)",
    "![i](x.png)", "<script>alert(1)</script>", "&lt;b&gt; &amp;", "http://a.example/b", "www.a.example", "a@b.example",
    "| a | b |", "---", "===", "    code", "\n\n# new", "~~gone~~", "[ref]: http://x", "\\*", "$x$", "```sh", "+ plus",
    "mailto:a@b.example", "ftp://x.example", "HTTPS://X.example", "WWW.x.example", "line  \nbreak", "a\\", "<!-- x -->",
    "[^1]: note", "Term\n: definition", "\u202egnp.exe", NASTY,
]  # fmt: skip


def shown(text: str) -> tuple[str, set[str]]:
    """What a strict and what a generous reader show of a text, and which kinds of tokens they see in it."""
    seen, kinds = "", set()
    for preset in ("commonmark", "js-default"):
        tokens = MarkdownIt(preset, {"html": True}).parse(f"- {text}")
        leaves = [child for token in tokens for child in token.children or ()]
        kinds |= {token.type for token in tokens} | {leaf.type for leaf in leaves}
        seen = "".join(leaf.content for leaf in leaves)
    return seen, kinds


PLAIN = {
    "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special", "paragraph_close",
    "list_item_close", "bullet_list_close",
}  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_markup_is_shown_as_it_is(text: str) -> None:
    assert shown(escaped(text)) == (safe(text), shown(escaped(text))[1])
    assert shown(escaped(text))[1] <= PLAIN


@given(st.text(alphabet=st.sampled_from("ab1 .)(*_`#>-+=[]!<&|~\\:/@w\n\"'"), max_size=30))
def test_no_text_becomes_markup(text: str) -> None:
    seen, kinds = shown(escaped(text))
    assert seen == safe(text)
    assert kinds <= PLAIN


def test_addresses_do_not_become_links() -> None:
    for text in ("http://a.example/b", "www.a.example", "a@b.example", "mailto:a@b.example"):
        assert not any(part in escaped(text) for part in ("http://", "www.", "a@", "mailto:"))


def transcript(*turns: object) -> Transcript:
    whole = (turn(1), *turns)
    return Transcript(ConversationInfo("abcd1234", "Bridges # 1", 0.0, 60.0, len(whole), ("/notes",)), whole)  # type: ignore[arg-type]


def test_markdown_tells_everything() -> None:
    text = markdown(transcript())
    for part in (
        *("# Bridges \\# 1\n", "## Who founded Saxonburg?\n", "“Who found Saxon Berg?” 10%", "**Roebling**"),
        *("1. Who founded it? → Roebling\n", "   - “Roebling founded it.” (a/b.md, line 4)"),
        *("hark asked “This or that?” and was told “this”", "It was Roebling."),
    ):
        assert part in text


def test_markdown_tells_how_a_turn_ended() -> None:
    broken = turn(2, outcome="unfinished", answer=None)
    cut = turn(3, outcome="interrupted")
    failed = replace(broken, outcome="failed", error="no *model*: run it")
    text = markdown(transcript(broken, cut, failed))
    assert "*broken off*" in text
    assert "Heard of it: “It was”" in text
    assert "*failed: no \\*model\\*\\: run it*" in text


@pytest.mark.parametrize("text", EVIL)
def test_markdown_keeps_its_shape(text: str) -> None:
    evil = markdown(transcript(turn(2, text)))
    tame = markdown(transcript(turn(2, "tame")))
    reader = MarkdownIt("js-default")
    assert [token.type for token in reader.parse(evil)] == [token.type for token in reader.parse(tame)]


def test_json_is_whole_and_says_its_format() -> None:
    told = json.loads(json.dumps(as_json(transcript())))
    assert told["format"] == "hark-conversation/1"
    assert told["conversation"]["started"] == "1970-01-01T00:00:00.000+00:00"
    assert told["turns"][0]["question"]["hypotheses"][1]["text"] == "Who found Saxon Berg?"
    assert told["turns"][0]["answer"]["hops"][0]["evidence"][0]["sentence"] == "Roebling founded it."
