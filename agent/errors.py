"""Everything that can go wrong between a question and its answer. Each message says what to do next.

AgentError
├── ConfigError           a setting is unknown or out of range
├── DocumentError         a document or a folder cannot be read
│   └── NoDocuments       nothing to search: no folder, or an empty one
├── DataError             a data set or a list of recordings cannot be used
├── RunStopped            a run of the evaluation cannot go on now (retryable)
├── IndexDamaged          the index on disk cannot be opened
├── IndexBusy             another process is writing the index (retryable)
├── ConversationError     stored conversations cannot be read or written
│   ├── NoConversation    there is none of that id
│   ├── ConversationInUse another hark has it open (retryable)
│   ├── StoreBusy         another hark is writing (retryable)
│   └── StoreFull         the disk is full (retryable)
└── LLMError              the language model gave no usable reply
    ├── LLMUnavailable    the server is down or unreachable (retryable)
    ├── LLMRefused        the server rejected the key or the model
    └── LLMTimeout        no reply in time (retryable)
"""

from __future__ import annotations


class AgentError(Exception):
    """Base of the tree. `retryable` says whether the same call may succeed later."""

    retryable: bool = False


class ConfigError(AgentError):
    """A setting is unknown or out of range."""


class DocumentError(AgentError):
    """A document or a folder cannot be read."""


class NoDocuments(DocumentError):
    """There is nothing to search."""


class DataError(AgentError):
    """A data set or a list of recordings cannot be used."""


class RunStopped(AgentError):
    """A run of the evaluation cannot go on now."""

    retryable = True


class IndexDamaged(AgentError):
    """The index on disk cannot be opened."""


class IndexBusy(AgentError):
    """Another process is writing the index."""

    retryable = True


class ConversationError(AgentError):
    """Stored conversations cannot be read or written."""


class NoConversation(ConversationError):
    """There is no conversation of that id."""


class ConversationInUse(ConversationError):
    """Another hark has the conversation open."""

    retryable = True


class StoreBusy(ConversationError):
    """Another hark is writing conversations."""

    retryable = True


class StoreFull(ConversationError):
    """The disk that holds conversations is full."""

    retryable = True


class LLMError(AgentError):
    """The language model gave no usable reply."""


class LLMUnavailable(LLMError):
    """The server is down or unreachable."""

    retryable = True


class LLMRefused(LLMError):
    """The server rejected the key, the model or the request."""


class LLMTimeout(LLMError):
    """No reply in time."""

    retryable = True
