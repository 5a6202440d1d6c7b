"""`hark eval run`: answer a dataset with one system; what is answered is on the disk."""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.cli.eval_board import board, outage_line, show_figures
from agent.cli.rejected import tell_rejected
from agent.errors import RunStopped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.config import Settings
    from agent.evals.runner.engines import Engine
    from agent.evals.runner.folder import RunFolder
    from agent.evals.runner.manifest import Manifest
    from agent.evals.runner.plan import Plan
    from agent.evals.runner.run import Limits

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_RAY = ("address", "workers", "llm_per_worker")


@dataclass(frozen=True, slots=True)
class _Manner:
    """How this session of a run goes; nothing of it changes what is answered. told: as run.json keeps it."""

    resume: bool
    cache: bool
    as_json: bool
    told: dict[str, Any]


@click.command("run")
@click.argument("source", required=False, metavar="SET")
@click.option("--system", metavar="NAME", help="A name of `hark eval list`, as in direct:read=all.  [default: fsm]")
@click.option(
    "--input",
    type=click.Choice(("gold", "1best", "nbest", "oracle")),
    help="What is asked: the written question, or readings of the spoken one.  [default: gold]",
)
@click.option(
    "--context",
    type=click.Choice(("paragraphs", "gold", "distractors", "corpus")),
    help="What may be read: the sample's paragraphs, those that support its answer, the others, or --corpus.  "
    "[default: paragraphs]",
)
@click.option("--corpus", type=_FILE, help="Titles and texts (JSON or JSON lines) to search.")
@click.option("--hybrid/--words", default=None, help="Search a sample's paragraphs by meaning too.  [default: words]")
@click.option("--schema", help="How SET is written; told from its first rows.  [default: auto]")
@click.option("--heard", type=_FILE, help="A second file: the same questions as a recogniser wrote them down.")
@click.option("--facts", is_flag=True, default=None, help="Take the dataset's own facts as paragraphs (StrategyQA).")
@click.option("--limit", type=click.IntRange(1), help="Only so many samples.")
@click.option("--seed", type=int, help="Draw them at random, alike on every machine.  [default: the first ones]")
@click.option("--id", "ids", multiple=True, help="Only this sample; may be repeated.")
@click.option("--out", type=_FOLDER, help="The run's folder.  [default: runs/SET-SYSTEM-INPUT-TIME]")
@click.option("--resume", is_flag=True, help="Go on with the run in --out; options not given are the run's own.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=4, show_default=True, help="Samples at once.")
@click.option("--max-tokens", type=click.IntRange(1), help="Begin no further sample once so many are paid for.")
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), help="Nor after so long.")
@click.option("--no-cache", is_flag=True, help="Ask the language model anew, whatever it has answered before.")
@click.option("--engine", type=click.Choice(("asyncio", "ray")), default="asyncio", show_default=True)
@click.option("--address", help="Head of a Ray cluster, host:port.  [default: one on this machine, for this run]")
@click.option("--workers", type=click.IntRange(1), help="Ray processes.  [default: as many as the cluster has CPUs]")
@click.option("--llm-per-worker", is_flag=True, help="Every Ray process runs an embedded language model of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Answer the questions of a dataset with one system, and keep a record of each as it ends.

    SET is a file, a spoken set's folder, or a name of `hark eval list`. Whatever ends a run, at any moment, costs at
    most the samples in flight: --resume goes on. Replies of the language model are kept by request, and a sample that
    was answered with kept ones is left out of every table of times.

    Exit codes: 0 every sample has its record, 1 stopped or failed, 2 wrong usage, 130 interrupted.
    """
    from agent.evals.runner.run import Limits

    cache, ray = not given.pop("no_cache"), {name: given.pop(name) for name in _RAY}
    told = {"engine": given.pop("engine"), "concurrency": given.pop("concurrency"), "cache": cache}
    # The address of a cluster is nobody's business.
    told |= {name: value for name, value in ray.items() if value and name != "address"}
    manner = _Manner(given.pop("resume"), cache, given.pop("as_json"), told)
    limits = Limits(given.pop("max_tokens"), given.pop("max_seconds"))
    engine = _engine(told["engine"], told["concurrency"], ray)
    folder = _folder(given.pop("out"), given, manner)
    wanted = {name: value for name, value in given.items() if value is not None and value != ()}
    # A run that cannot begin leaves no folder behind.
    planned = None if manner.resume else _plan(wanted, manner, settings_of(ctx))
    with folder.hold():
        if planned is None:
            planned = _resumed(folder, wanted, manner, settings_of(ctx))
        elif folder.exists:
            raise click.UsageError(_begun(folder))
        planned = replace(planned, manifest=planned.manifest.session(manner.told))
        ended = _carry_out(folder, planned, limits, engine)
    return _tell(folder, ended, manner)


def _engine(name: str, concurrency: int, ray: Mapping[str, Any]) -> Engine:
    if name == "ray":
        from agent.evals.ray_runner import RayEngine

        return RayEngine(concurrency, **ray)
    if foreign := [option for option, value in ray.items() if value]:
        raise click.UsageError(f"--{foreign[0].replace('_', '-')} is Ray's: add --engine ray")
    from agent.evals.runner.asyncio_engine import AsyncioEngine

    return AsyncioEngine(concurrency)


def _folder(named: Path | None, given: Mapping[str, Any], manner: _Manner) -> RunFolder:
    """The run's folder, looked at before anything is made."""
    from agent.evals.runner.folder import RunFolder

    if manner.resume:
        if named is None:
            raise click.UsageError("--resume goes on with a run: name its folder with --out")
        if not (folder := RunFolder(named)).exists:
            raise click.UsageError(f"there is no run in {named}: leave --resume out to begin one")
        return folder
    if given["source"] is None:
        raise click.UsageError("name a SET to answer: a file, a folder, or a name of `hark eval list`")
    named = named or _default_folder(given["source"], given["system"] or "fsm", given["input"] or "gold")
    if (folder := RunFolder(named)).exists:
        raise click.UsageError(_begun(folder))
    return folder


def _begun(folder: RunFolder) -> str:
    return f"there is a run in {folder.path}: add --resume to go on with it, or name another --out"


def _default_folder(source: str, system: str, asked: str) -> Path:
    kept = "-".join((Path(source).stem or "set", system, asked))
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in kept)
    return Path("runs") / f"{name[:80]}-{datetime.now():%Y%m%d-%H%M%S}"


def _plan(wanted: Mapping[str, Any], manner: _Manner, settings: Settings, begun: Manifest | None = None) -> Plan:
    """begun: of a run to go on with, whose options hold where no others are given."""
    from agent.evals.runner.plan import RunRequest, plan

    request = RunRequest.of(begun) if begun else RunRequest(wanted["source"])
    console = err()
    return plan(
        request.changed(wanted), settings, paths(), cache=manner.cache, say=lambda line: console.print(safe(line))
    )


def _resumed(folder: RunFolder, wanted: Mapping[str, Any], manner: _Manner, settings: Settings) -> Plan:
    from agent.errors import DataError
    from agent.evals.runner.manifest import versions

    begun = folder.manifest()
    if torn := folder.mend():
        err().print(f"cut off a torn last line of {torn} bytes: its sample is answered again")
    planned = _plan(wanted, manner, settings, begun)
    if told := begun.differences(planned.manifest):
        raise DataError(
            f"{folder.path} is a run with other options: {'; '.join(told)}; resume with the same, or name another --out"
        )
    return replace(planned, manifest=begun.resumed(versions()))


def _carry_out(folder: RunFolder, planned: Plan, limits: Limits, engine: Engine) -> Manifest:
    from agent.evals.runner.run import RunSession

    console = err()
    tell_rejected(planned.dataset.rejected, "run.json lists them")

    async def work() -> Manifest:
        task = asyncio.current_task()
        assert task is not None
        # As Ctrl-C does it: what is in flight ends, and the run can be resumed.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with board(console, folder.path.name) as tell:
            session = RunSession(
                folder,
                planned.manifest,
                limits,
                tell,
                tell_outage=lambda outage: console.print(safe(outage_line(outage))),
            )
            return await session.carry_out(engine, planned.work, planned.dataset.samples)

    try:
        return asyncio.run(work())
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print(f"stopped; {_goes_on(folder)}")
        raise click.exceptions.Exit(int(Exit.STOPPED)) from None
    except RunStopped as stopped:
        raise RunStopped(f"{stopped}; {_goes_on(folder)}") from None
    except OSError as error:
        # On a full disk there may be no run.json to go on from.
        if folder.exists:
            error.add_note(_goes_on(folder))
        raise


def _goes_on(folder: RunFolder) -> str:
    return f"`hark eval run --out {shlex.quote(safe(str(folder.path)))} --resume` goes on"


def _tell(folder: RunFolder, ended: Manifest, manner: _Manner) -> int:
    from agent.evals.metrics import summary

    figures = summary(folder.records())
    if manner.as_json:
        print_json({"run": folder.path, "manifest": ended.plain(), "summary": figures})
    else:
        show_figures(figures)
        out().print(f"records: {safe(str(folder.path))}")
    if ended.status == "complete":
        return int(Exit.ANSWERED)
    raise RunStopped(f"{ended.reason}; {_goes_on(folder)}")
