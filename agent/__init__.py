"""hark: multi-hop questions over your own documents, asked out loud or typed.

    from agent import ask
    answer = ask(Path("question.wav"), docs="notes/")

The names below are loaded on first use (PEP 562), so importing this package loads no model and no library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.api import aask, ask, open_session

__all__ = ["aask", "ask", "open_session"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from agent import api

        return getattr(api, name)
    raise AttributeError(f"module 'agent' has no attribute {name!r}; it exports {', '.join(__all__)}")
