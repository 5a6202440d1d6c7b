"""`hark bench llm`: language models compared for hark's use."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import click

from agent.cli.bench_table import finite, show_columns
from agent.cli.common import Exit, err, paths, print_json, safe, settings_of
from agent.cli.rejected import tell_rejected
from agent.errors import AgentError, ConfigError, DataError
from voice.errors import VoiceError

if TYPE_CHECKING:
    from agent.config import Settings
    from agent.evals.bench.llm import LLMScore, StreamingLLM, Task

EMBEDDED = "embedded"
_NO_KEY = "-"


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """A server or the embedded one, as settings. name: as the table heads it, without login."""

    name: str
    settings: Settings


@click.command("llm")
@click.option(
    "--base-url",
    "urls",
    multiple=True,
    metavar="URL|embedded",
    help="An OpenAI-compatible server up to /v1; may be repeated.  [default: what the settings say]",
)
@click.option("--model", "models", multiple=True, help="One for all, or one for each --base-url in order.")
@click.option(
    "--key-env",
    "variables",
    multiple=True,
    metavar="NAME|-",
    help="Environment variable that holds the key of each --base-url in order; - for none.",
)
@click.option("--data", default=None, help="Questions to answer: a file or a name of `hark eval list`.  [default: own]")
@click.option("--limit", type=click.IntRange(1), help="Only so many questions.")
@click.option("--system", default="fsm", show_default=True, help="Who answers them; see `hark eval list`.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Of the speed measurement.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, every round and question in it.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    urls: tuple[str, ...],
    models: tuple[str, ...],
    variables: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Measure language models: time to the first token cold and with the machine's prefix cached, tokens a second, how
    often a reply keeps to its JSON schema without repair, EM and F1 over a few questions.

    One endpoint after the other does the same; one that cannot be reached is told and passed over.
    """
    from agent.evals import systems
    from agent.evals.bench.llm import QUESTIONS, Task
    from agent.evals.datasets import LoadOptions, load

    settings = settings_of(ctx)
    systems.check(options["system"])
    endpoints = _endpoints(settings, urls, models, variables)
    dataset = load(options["data"] or QUESTIONS, LoadOptions(limit=options["limit"]), say=err().print)
    tell_rejected(dataset.rejected)
    task = Task(dataset, settings, paths(), options["system"], options["rounds"])
    scores = _measured(endpoints, task)
    if not scores:
        raise DataError("no language model could be measured: start a server, or run `hark models pull`")
    rows = [_row(score) for score in scores]
    if as_json:
        each = [{"rounds": score.rounds, "records": score.records} for score in scores]
        told = {"dataset": dataset.name, "n": len(dataset.samples), "rejected": dataset.rejected}
        print_json({**told, "endpoints": rows, "each": each})
    else:
        show_columns(rows, shares=_SHARES, title=("endpoint", "model"))
    return int(Exit.ANSWERED)


_SHARES = {"cached then", "valid at once", "EM", "F1", "prompt served from cache"}


def _endpoints(
    settings: Settings, urls: Sequence[str], models: Sequence[str], variables: Sequence[str]
) -> list[_Endpoint]:
    """Each endpoint to measure. Raises click.UsageError where the lists do not fit together."""
    asked = list(urls) or [settings.llm.base_url or EMBEDDED] * max(1, len(models))
    if len(models) > 1 and len(models) != len(asked):
        raise click.UsageError(f"{len(models)} --model for {len(asked)} --base-url: give one for all, or one for each")
    if variables and len(variables) != len(asked):
        raise click.UsageError(f"{len(variables)} --key-env for {len(asked)} --base-url: give one for each, - for none")
    named = list(models) * (len(asked) if len(models) == 1 else 1) or [settings.llm.model] * len(asked)
    keys = list(variables) or [""] * len(asked)
    return [_endpoint(settings, *each) for each in zip(asked, named, keys, strict=True)]


def _endpoint(settings: Settings, url: str, model: str, variable: str) -> _Endpoint:
    from pydantic import SecretStr

    if url == EMBEDDED:
        own = settings.llm.model_copy(update={"model": model, "base_url": None, "api_key": None})
        return _Endpoint(EMBEDDED, settings.model_copy(update={"llm": own}))
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"'{url}' is no address: give http://HOST:PORT/v1, or '{EMBEDDED}'")
    # A key goes to the server it was given for, and to no other.
    key = settings.llm.api_key if url == settings.llm.base_url else None
    if variable and variable != _NO_KEY:
        if variable not in os.environ:
            raise ConfigError(f"no environment variable {variable}: set it to the key of {_shown(url)}")
        key = SecretStr(os.environ[variable])
    own = settings.llm.model_copy(update={"model": model, "base_url": url, "api_key": key})
    return _Endpoint(_shown(url), settings.model_copy(update={"llm": own}))


def _shown(url: str) -> str:
    from voice.speak.server import shown

    return shown(url)


def _measured(endpoints: Sequence[_Endpoint], task: Task) -> list[LLMScore]:
    scores = []
    console = err()
    for endpoint in endpoints:
        label = safe(f"{endpoint.name} {endpoint.settings.llm.model}")
        with console.status(label) as status:

            def tell(what: str, label: str = label, show: Callable[[str], None] = status.update) -> None:
                show(f"{label}: {what}")

            try:
                scores.append(asyncio.run(_one(endpoint, task, tell)))
            except (AgentError, VoiceError) as error:
                if len(endpoints) == 1:
                    raise
                console.print(f"passed over {label}: {safe(str(error))}")
    return scores


async def _one(endpoint: _Endpoint, task: Task, tell: Callable[[str], None]) -> LLMScore:
    from agent.evals.bench.llm import measure
    from agent.factory import build_llm

    llm = build_llm(endpoint.settings, paths())
    try:
        if not hasattr(llm, "stream"):
            raise ConfigError(f"{llm.name} is a script, whose speed says nothing: name a model or a server")
        return await measure(endpoint.name, cast("StreamingLLM", llm), task, progress=tell)
    finally:
        await llm.aclose()


def _row(score: LLMScore) -> dict[str, Any]:
    from agent.evals.bench.llm import figures

    return {name: finite(value) if isinstance(value, float) else value for name, value in figures(score).items()}
