from __future__ import annotations

from agent.retrieval.hints import corpus_hints


def test_titles_come_before_names_where_there_are_too_many() -> None:
    hints = corpus_hints(["Walter Gropius", "Baltic Sea (sea)"], ["Weimar", "Dessau"], most=3)
    assert len(hints) == 3
    assert hints.hints("Walter Gropeus", limit=1) == ["Walter Gropius"]
    assert hints.hints("the Baldick Sea", limit=1) == ["Baltic Sea"]
    assert hints.hints("a school in Wymar", limit=1) == ["Weimar"]
    assert hints.hints("a school in Desau") == []
