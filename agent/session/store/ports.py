"""The port of the store. Calls block, for seconds at worst: keep them off the event loop. Any thread may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agent.ports import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.session.store.records import ConversationInfo, Hit, Transcript, TurnRecord


class SessionStore(Facts, Protocol):
    """Keeps conversations, and the facts that were told in them: those outlive the conversation.

    Every call raises ConversationError: StoreBusy when another hark writes for too long, StoreFull when the disk is
    full, NoConversation for an id that is not there.
    """

    def create(self, docs: Sequence[str] = (), id: str = "") -> str:
        """A new conversation, held by this process; its id. id: wanted for it, eight hex digits; unless it is taken."""
        ...

    def hold(self, conversation: str) -> None:
        """Make it this process's own until `release` or the process's end. Raises ConversationInUse."""
        ...

    def release(self, conversation: str) -> None:
        """Let others have it."""
        ...

    def save(self, conversation: str, turn: TurnRecord) -> None:
        """Keep a turn, in place of what was kept of it before."""
        ...

    def save_audio(self, conversation: str, number: int, opus: bytes) -> None:
        """Keep the sound of a turn that is kept: Opus in Ogg."""
        ...

    def audio(self, conversation: str, number: int) -> bytes | None:
        """The sound of a turn, if it is kept."""
        ...

    def resolve(self, id: str) -> str:
        """The whole id of the only one that begins so, or of the newest for "last". Raises NoConversation."""
        ...

    def conversations(self) -> list[ConversationInfo]:
        """All of them, newest first."""
        ...

    def load(self, conversation: str) -> Transcript:
        """A conversation with its turns."""
        ...

    def search(self, text: str) -> list[Hit]:
        """Turns and titles that have every word of the text, or longer ones that begin so; newest first."""
        ...

    def unfinished(self) -> Transcript | None:
        """The newest conversation that no process holds, if its last turn never ended."""
        ...

    def rename(self, conversation: str, title: str) -> None:
        """Give it another title; an empty one gives back the first question."""
        ...

    def delete(self, *conversations: str) -> None:
        """Forget them and all that belongs to them, for good. Raises ConversationInUse: then none is forgotten."""
        ...

    def close(self) -> None:
        """Release what is held and close the database."""
        ...
