"""`hark transcribe`: what recordings say, with the other readings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from voice.errors import AudioError

if TYPE_CHECKING:
    from rich.table import Table

    from voice.types import Hypothesis, Utterance


@click.command("transcribe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@click.option("--n-best", type=click.IntRange(1, 20), help="Most readings to show.  [default: asr.n_best, 5]")
@click.option("--language", metavar="CODE", help="Language spoken, such as en or de; `auto` detects it.")
@click.option("--translate", is_flag=True, default=None, help="Write down in English what is said in another language.")
@click.option("--tokens", is_flag=True, help="Score every token of every reading.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list with one object per file, in order.")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    n_best: int | None,
    language: str | None,
    translate: bool | None,
    tokens: bool,
    as_json: bool,
) -> int:
    """Write down what recordings say, with the readings the recogniser holds possible.

    FILE is a wav, flac, mp3, ogg, opus, m4a or raw (16 kHz, 16 bit, mono) file, or - for standard input.
    """
    from agent.factory import build_recognizer
    from voice.capture import read_audio

    detect = language == "auto"
    flags = {"n_best": n_best, "language": None if detect else language, "translate": translate}
    settings = settings_of(ctx, {"asr": flags})
    if detect:
        settings = settings.model_copy(update={"asr": settings.asr.model_copy(update={"language": None})})
    recognizer = None
    results: list[dict[str, object]] = []
    failed = False
    for file in files:
        try:
            samples = read_audio(sys.stdin.buffer if str(file) == "-" else file)
        except AudioError as error:
            # one bad file of many must not cost the others
            click.echo(f"hark: {safe(str(error))}", err=True)
            results.append({"file": str(file), "error": str(error)})
            failed = True
            continue
        if recognizer is None:
            # loaded after the first file could be read: a wrong name is told at once
            with err().status("loading the recogniser"):
                recognizer = build_recognizer(settings, paths())
        with err().status(f"listening to {safe(str(file))}"):
            utterance = recognizer.transcribe(samples, n_best=settings.asr.n_best, token_scores=tokens)
        if as_json:
            results.append({"file": str(file), "text": utterance.text, "utterance": utterance})
        else:
            _show(file, utterance, named=len(files) > 1)
    if as_json:
        print_json(results)
    return int(Exit.FAILED if failed else Exit.ANSWERED)


def _show(file: Path, utterance: Utterance, *, named: bool) -> None:
    console = out()
    if named:
        console.print(f"{safe(str(file))}:")
    if not utterance.hypotheses:
        console.print("(nothing was said)")
        return
    console.print(safe(utterance.text))
    console.print(_readings(utterance))
    for rank, hypothesis in enumerate(utterance.hypotheses, 1):
        if hypothesis.tokens:
            console.print(f"tokens of {rank}:")
            console.print(_tokens(hypothesis))
    console.print(
        f"{utterance.duration:.1f} s, language {utterance.language} ({utterance.language_probability:.0%}), "
        f"no speech {utterance.no_speech_probability:.0%}"
    )


def _readings(utterance: Utterance) -> Table:
    table = _table("", "posterior", "log-prob", "reading")
    for rank, hypothesis in enumerate(utterance.hypotheses, 1):
        table.add_row(str(rank), f"{hypothesis.posterior:.3f}", f"{hypothesis.logprob:.2f}", safe(hypothesis.text))
    return table


def _tokens(hypothesis: Hypothesis) -> Table:
    table = _table("start", "log-prob", "token")
    for token in hypothesis.tokens:
        table.add_row(f"{token.start:.2f} s", f"{token.logprob:.2f}", safe(token.text))
    return table


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns[:-1]:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table
