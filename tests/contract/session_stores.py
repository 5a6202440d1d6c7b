"""What every store of conversations must do. Import `SessionStoreContract` and say how a store is opened."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from agent.errors import ConversationInUse, NoConversation
from agent.session.events import Timings
from agent.session.store.records import Clarified, TurnRecord
from agent.types import Answer, Evidence, Hop, Passage, Question, Usage
from voice.types import Hypothesis, TokenScore, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.session.store.ports import SessionStore

    OpenStore = Callable[[], SessionStore]

NASTY = "Who?\x00 \ud800 \u202eevil\u2066 'quote' \"double\"; DROP TABLE turns; -- % %s ? [bold]x[/bold] \U0001f600 é"


def turn(number: int = 1, text: str = "Who founded Saxonburg?", **changes: object) -> TurnRecord:
    """A whole turn, with every field filled."""
    passage = Passage("p1", "Saxonburg", "A town. Roebling founded it.", "a/b.md", 3, 0.5, ((0, 3), (8, 4)))
    hop = Hop("Who founded it?", "Roebling", (Evidence(passage, "Roebling founded it."),))
    hypotheses = (
        Hypothesis(text, -0.5, 0.9, (TokenScore(" Who", -0.1, 0.0),), (Word("Who", 0.0, 0.2, -0.1),)),
        Hypothesis("Who found Saxon Berg?", -3.0, 0.1),
    )
    question = Question(text, hypotheses)
    answer = Answer(
        *(question, "It was Roebling.", "Roebling", "answered", 0.8, (hop,), ("hear", "search")),
        usage=Usage(2, 100, 70, 9, 1.5),
        seconds={"hear": 0.5},
    )
    whole = TurnRecord(
        *(number, 1000.5, question, "voice"),
        outcome="answered",
        answer=answer,
        clarified=(Clarified("This or that?", "this"),),
        heard="It was",
        timings=Timings(0.4, 0.3, 5.0, 0.1, {"hear": 0.5}),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def asked(number: int, text: str) -> TurnRecord:
    """A typed question without an answer yet."""
    return TurnRecord(number, 1000.0 + number, Question(text), "typed")


class SessionStoreContract:
    """Subclasses give `open_store`: each call opens the same conversations, as another hark would.

    Its stores forget walks by adding their names to `forgotten`.
    """

    @pytest.fixture
    def forgotten(self) -> list[object]:
        """What `forget_walks` was called with."""
        return []

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[SessionStore]:
        store = open_store()
        yield store
        store.close()

    def test_a_turn_comes_back_as_it_was(self, store: SessionStore) -> None:
        conversation = store.create(["/notes"])
        store.save(conversation, turn())
        transcript = store.load(conversation)
        assert transcript.turns == (turn(),)
        assert transcript.info.title == "Who founded Saxonburg?"
        assert transcript.info.docs == ("/notes",)
        assert transcript.info.turns == 1

    def test_facts_are_remembered_and_forgotten(self, store: SessionStore) -> None:
        first = store.remember(NASTY)
        second = store.remember("Lima is big.", "abcd1234")
        assert store.facts() == [second, first]
        assert second.conversation == "abcd1234"
        again = store.remember(NASTY)
        assert [fact.text for fact in store.facts()] == [NASTY, "Lima is big."], "told again is told anew"
        assert again.told > first.told
        store.forget(again.id, "nothing")
        assert store.facts() == [second]

    def test_facts_outlive_their_conversation(self, store: SessionStore) -> None:
        conversation = store.create()
        fact = store.remember("Lima is big.", conversation)
        store.delete(conversation)
        assert store.facts() == [fact]

    def test_walks_are_forgotten_with_their_turns(self, open_store: OpenStore, forgotten: list[object]) -> None:
        store = open_store()
        first, second = store.create(), store.create()
        store.save(first, turn(1, outcome="unfinished", run="r1"))
        store.save(first, turn(2, run="r2"))
        store.save(second, asked(1, "no walk"))
        assert forgotten == [], "a walk that ended is not kept, one that broke off may go on"
        store.save(first, turn(3, outcome="cancelled", run="r3"))
        assert forgotten == [("r3",)]
        store.delete(first)
        assert forgotten[1:] == [["r1", "r2", "r3"]]
        store.delete(second)
        assert forgotten[2:] == [None], "where nothing is kept, no walk is"
        store.close()

    def test_a_turn_is_saved_over_and_over(self, store: SessionStore) -> None:
        conversation = store.create()
        store.save(conversation, asked(1, "first words"))
        assert store.load(conversation).unfinished is not None
        store.save(conversation, turn(1))
        assert store.load(conversation).turns == (turn(1),)
        assert not store.conversations()[0].unfinished
        assert store.search("first") == []

    def test_whatever_is_said_can_be_kept_and_found(self, store: SessionStore) -> None:
        conversation = store.create([NASTY])
        store.save(conversation, asked(1, NASTY))
        assert store.load(conversation).turns[0].question.text == NASTY
        assert store.load(conversation).info.docs == (NASTY,)
        assert [hit.info.id for hit in store.search("evil quote")] == [conversation]
        store.rename(conversation, NASTY)
        assert "\x00" not in store.load(conversation).info.title

    @pytest.mark.parametrize(
        "query",
        ["roebling", "ROEB", "found saxon berg", "it was roebling", "Röebling", '"roebling"', "roebling*", "this"],
    )
    def test_search_finds(self, query: str, store: SessionStore) -> None:
        other = store.create()
        store.save(other, asked(1, "What is the tallest tree?"))
        conversation = store.create()
        store.save(conversation, asked(1, "Something else"))
        store.save(conversation, turn(2))
        hits = store.search(query)
        assert [(hit.info.id, hit.turn.number if hit.turn else 0) for hit in hits] == [(conversation, 2)]

    @pytest.mark.parametrize(
        "query", ["", "  ", "nowhere", "roebling nowhere", "NOT roebling", '"', "' OR 1=1", "oebling"]
    )
    def test_search_finds_nothing(self, query: str, store: SessionStore) -> None:
        store.save(store.create(), turn())
        assert store.search(query) == []

    def test_a_title_is_found_and_given_back(self, store: SessionStore) -> None:
        conversation = store.create()
        store.save(conversation, turn())
        store.rename(conversation, "Bridges\nof the east")
        assert store.load(conversation).info.title == "Bridges of the east"
        assert [(hit.info.id, hit.turn) for hit in store.search("bridges east")] == [(conversation, None)]
        store.rename(conversation, "")
        assert store.load(conversation).info.title == "Who founded Saxonburg?"
        assert store.search("bridges") == []

    def test_the_newest_comes_first(self, store: SessionStore) -> None:
        first, second = store.create(), store.create()
        store.save(second, turn())
        store.save(first, turn())
        assert [info.id for info in store.conversations()] == [first, second]
        assert store.resolve("last") == first

    def test_ids_may_be_cut_short(self, store: SessionStore) -> None:
        ids = [store.create() for _ in range(17)]
        assert all(store.resolve(id) == id for id in ids)
        lone = next(id for id in ids if sum(other.startswith(id[:3]) for other in ids) == 1)
        assert store.resolve(lone[:3]) == lone
        twice = next(id[0] for at, id in enumerate(ids) if any(other[0] == id[0] for other in ids[:at]))
        with pytest.raises(NoConversation, match="give more of it"):
            store.resolve(twice)

    @pytest.mark.parametrize("id", ["", "nope", "last", "%", "_" * 8])
    def test_an_unknown_id_names_the_command(self, id: str, store: SessionStore) -> None:
        with pytest.raises(NoConversation, match="hark sessions list"):
            store.resolve(id)

    def test_everything_of_a_deleted_conversation_goes(self, store: SessionStore) -> None:
        conversation, other = store.create(), store.create()
        for each in (conversation, other):
            store.save(each, turn())
            store.save_audio(each, 1, b"sound")
        store.rename(conversation, "Bridges")
        store.delete(conversation)
        assert [info.id for info in store.conversations()] == [other]
        assert [hit.info.id for hit in store.search("roebling")] == [other]
        assert store.search("bridges") == []
        assert (store.audio(conversation, 1), store.audio(other, 1)) == (None, b"sound")
        for use in (store.load, store.delete, store.hold, lambda id: store.save(id, turn())):
            with pytest.raises(NoConversation):
                use(conversation)

    def test_sound_is_kept_with_its_turn(self, store: SessionStore) -> None:
        conversation = store.create()
        store.save(conversation, turn(1))
        store.save(conversation, turn(2))
        store.save_audio(conversation, 2, b"\x00\xffOgg")
        assert [each.audio for each in store.load(conversation).turns] == [False, True]
        assert store.audio(conversation, 2) == b"\x00\xffOgg"

    def test_what_another_hark_has_open_is_its_own(self, open_store: OpenStore) -> None:
        one, two = open_store(), open_store()
        conversation = one.create()
        one.save(conversation, asked(1, "Who?"))
        for use in (two.hold, two.delete):
            with pytest.raises(ConversationInUse, match="another hark"):
                use(conversation)
        assert two.unfinished() is None
        free = two.create()
        with pytest.raises(ConversationInUse):
            two.delete(free, conversation)
        assert {info.id for info in two.conversations()} == {free, conversation}, "all or none"
        one.release(conversation)
        two.hold(conversation)
        two.close()
        one.hold(conversation)
        one.close()

    def test_an_unfinished_turn_is_offered_once_nobody_has_it(self, open_store: OpenStore) -> None:
        one, two = open_store(), open_store()
        old, conversation = one.create(), one.create()
        one.save(old, asked(1, "Old?"))
        one.save(conversation, turn(1))
        one.save(conversation, asked(2, "And then?"))
        one.close()
        found = two.unfinished()
        assert found
        assert found.unfinished
        assert (found.info.id, found.unfinished.text) == (conversation, "And then?")
        newer = two.create()
        two.save(newer, turn(1))
        two.release(newer)
        assert two.unfinished() is None, "whoever began another one does not want it"
        two.close()

    def test_conversations_outlive_the_program(self, open_store: OpenStore) -> None:
        one = open_store()
        conversation = one.create()
        one.save(conversation, turn())
        one.close()
        two = open_store()
        assert two.load(conversation).turns == (turn(),)
        two.close()


def ticking() -> Callable[[], float]:
    """A clock that goes one second further each time it is looked at."""
    seconds = count(1_000_000)
    return lambda: float(next(seconds))
