"""Any OpenAI-compatible chat server: OpenAI, vLLM, SGLang, Ollama, llama.cpp.

Protocol: POST {base_url}/chat/completions with response_format json_schema. Servers that refuse the schema are asked
for a JSON object, then for plain text; the reply is checked against the schema here in every case.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from agent.llm.structured import parse
from agent.ports import Completion, Message
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from openai.types.chat import ChatCompletion, ChatCompletionChunk

# Strictest first; a server that answers 400 to one is asked with the next from then on.
_FORMATS = ("json_schema", "json_object", "text")

SAMPLING: dict[str, Any] = {"temperature": 0.0, "seed": 0}
"""How every reply is drawn: the likeliest tokens, so that the same request gives the same reply."""


class OpenAIClient:
    """A chat model behind an OpenAI-compatible server.

    base_url: up to and including /v1. api_key: sent to that server only; OPENAI_* variables are never read.
    timeout: seconds for one complete() call, retries included.
    retries: further tries on 429 (Retry-After is honoured), 5xx and dropped connections.
    A server on this machine is reached directly: no proxy of the environment sees the traffic.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        timeout: float = 120.0,
        retries: int = 2,
    ) -> None:
        import openai

        self.name = model
        self._where = _without_login(base_url)
        self._key = api_key
        self._timeout = timeout
        self._format = 0
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            admin_api_key="none",
            timeout=timeout,
            max_retries=retries,
            default_headers=_own_headers(api_key),
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=openai.Timeout(timeout, connect=10.0), trust_env=not _is_here(base_url)
            ),
        )
        self._client.organization = self._client.project = None

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM. An invalid reply is sent back once with what is wrong about it."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                first = await self._request(messages, schema, max_tokens)
                if schema is None:
                    return _completion(first, None, started)
                try:
                    return _completion(first, parse(_text(first), schema), started)
                except ValueError as problem:
                    return await self._repair(messages, schema, max_tokens, first, str(problem), started)
        except TimeoutError:
            raise self._late() from None

    async def stream(self, messages: Sequence[Message], *, max_tokens: int = 256) -> AsyncGenerator[str | Usage, None]:
        """The pieces of a plain reply as the server sends them, then what it cost, where the server tells.

        Raises as `complete` does. Closing the generator ends the reply.
        """
        started = time.perf_counter()
        create: Any = self._client.chat.completions.create  # its overloads do not see through `_asked`
        try:
            with self._told():
                asked = self._asked(messages, max_tokens)
                async with await create(**asked, stream=True, stream_options={"include_usage": True}) as pieces:
                    async for piece in pieces:
                        if piece.choices and (text := piece.choices[0].delta.content):
                            yield text
                        if piece.usage:
                            yield _usage(piece, time.perf_counter() - started)
        except TimeoutError:
            raise self._late() from None

    def _late(self) -> LLMTimeout:
        return LLMTimeout(
            f"no reply from {self.name} at {self._where} within {self._timeout:g} s: "
            "raise llm.timeout or use a smaller model"
        )

    async def _repair(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
        bad: ChatCompletion,
        problem: str,
        started: float,
    ) -> Completion:
        again = [
            *messages,
            Message("assistant", _text(bad)[:2000]),
            Message(
                "user", f"That reply cannot be used: {problem}. Reply with one valid JSON object and nothing else."
            ),
        ]
        # A reply cut off at the limit is the commonest cause, so the second try gets more room.
        second = await self._request(again, schema, max_tokens * 2)
        try:
            data = parse(_text(second), schema)
        except ValueError as still:
            raise LLMError(f"{self.name} gave no valid JSON in two tries ({still}): try a larger model") from None
        completion = _completion(second, data, started)
        return Completion(completion.text, completion.usage + _usage(bad, 0.0), data)

    async def _request(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int
    ) -> ChatCompletion:
        import openai

        while True:
            kwargs: dict[str, Any] = {}
            if schema is not None and (kind := _FORMATS[self._format]) != "text":
                kwargs["response_format"] = {"type": kind}
                if kind == "json_schema":
                    kwargs["response_format"]["json_schema"] = {"name": "reply", "schema": dict(schema), "strict": True}
            with self._told():
                try:
                    response: ChatCompletion = await self._client.chat.completions.create(
                        **self._asked(messages, max_tokens), **kwargs
                    )
                except openai.BadRequestError as error:
                    if "response_format" not in kwargs or not _speaks_of_format(error.message):
                        raise
                    self._format = max(self._format, _FORMATS.index(kind) + 1)
                    continue
            # The library passes through whatever came with status 200: a proxy's web page, an error object.
            if not getattr(response, "choices", None):
                raise self._unreadable("there is no completion in it")
            return response

    def _asked(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        said = [{"role": m.role, "content": m.content} for m in messages]
        return {"model": self.name, "messages": said, "max_tokens": max_tokens, **SAMPLING}

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever the library raises, as one line that says what to do."""
        import openai

        try:
            yield
        except openai.BadRequestError as error:
            raise LLMRefused(f"{self._where} refused the request: {self._reason(error.message)}") from None
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise LLMRefused(
                f"{self._where} refused the key: set HARK_LLM__API_KEY or llm.api_key in hark.toml"
            ) from None
        except openai.NotFoundError as error:
            raise LLMRefused(
                f"{self._where} has no model '{self.name}' ({self._reason(error.message)}): set HARK_LLM__MODEL"
            ) from None
        except openai.APITimeoutError:
            raise TimeoutError from None
        except openai.APIConnectionError:
            raise LLMUnavailable(
                f"cannot reach the language model at {self._where}: start it, "
                "or unset llm.base_url to use the embedded one"
            ) from None
        except openai.APIStatusError as error:
            raise LLMUnavailable(
                f"{self._where} answered {error.status_code} ({self._reason(error.message)}): try again later"
            ) from None
        except (openai.APIError, ValueError) as error:
            raise self._unreadable(str(error)) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _unreadable(self, reason: str) -> LLMUnavailable:
        return LLMUnavailable(
            f"{self._where} gave an unreadable reply ({self._reason(reason)}): "
            "is llm.base_url an OpenAI-compatible server, up to and including /v1?"
        )

    def _reason(self, text: str) -> str:
        """The first line of what a server said. Servers quote the key they refuse, so it is blacked out."""
        line = (text.strip().splitlines() or ["no reason given"])[0]
        return (line.replace(self._key, "***") if self._key else line)[:200]


def _speaks_of_format(message: str) -> bool:
    lowered = message.lower()
    return any(word in lowered for word in ("response_format", "json_schema", "json_object", "schema", "grammar"))


def _own_headers(api_key: str) -> dict[str, Any]:
    """Headers that undo OPENAI_CUSTOM_HEADERS, which openai adds to every request: they may be for another server."""
    import openai

    own = {"authorization": f"Bearer {api_key or 'none'}", "content-type": "application/json", "accept": "*/*"}
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
    ambient = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return {"Authorization": own["authorization"]} | {name: own.get(name.lower(), openai.omit) for name in ambient}


def _is_here(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _without_login(base_url: str) -> str:
    """The address as it may be shown: a user name and password in it are left out."""
    parts = urlsplit(base_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _text(response: ChatCompletion) -> str:
    message = response.choices[0].message
    return (message.content or "") if message else ""


def _usage(response: ChatCompletion | ChatCompletionChunk, seconds: float) -> Usage:
    """Figures a server leaves out count as 0."""
    usage = response.usage
    details = usage.prompt_tokens_details if usage else None
    return Usage(
        1,
        (usage.prompt_tokens or 0) if usage else 0,
        (details.cached_tokens or 0) if details else 0,
        (usage.completion_tokens or 0) if usage else 0,
        seconds,
    )


def _completion(response: ChatCompletion, data: dict[str, Any] | None, started: float) -> Completion:
    return Completion(_text(response), _usage(response, time.perf_counter() - started), data)
