"""`hark eval report`: one page about a run, or about several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import err, safe

if TYPE_CHECKING:
    from agent.evals.report.samples import AudioMode


@click.command("report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page.  [default: RUN/report.html, of several runs report.html]",
)
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the words and tables as Markdown, too."
)
@click.option("--no-page", is_flag=True, help="Markdown alone; needs no plots and no extra package.")
@click.option("--title", default="", help="Above the page.  [default: what the runs have in common]")
@click.option(
    "--audio",
    type=click.Choice(("auto", "inline", "link", "none")),
    default="auto",
    show_default=True,
    help="Recordings inside the page, as links to their files, or not at all; auto puts a few inside.",
)
def command(
    runs: tuple[Path, ...], out: Path | None, markdown: Path | None, no_page: bool, title: str, audio: AudioMode
) -> None:
    """Compare runs: scores with intervals, tests, errors of hearing, costs, calibration, failures, every question.

    RUN is a folder that `hark eval run` wrote; a run that is under way is told as far as it came.
    """
    if no_page and not markdown:
        raise click.UsageError("--no-page leaves nothing to write: add --markdown FILE")
    from agent.evals.report import report
    from agent.evals.report.runs import read

    if no_page:
        written: tuple[Path, ...] = ()
        told = report.build(read(runs), title=title)
    else:
        from agent.evals.report import page
        from agent.evals.report.svg import require_matplotlib

        require_matplotlib()
        told = report.build(read(runs), title=title)
        written = page.write(told, out or (runs[0] if len(runs) == 1 else Path()) / "report.html", audio=audio)
    if markdown:
        from agent.evals.report.markdown import write

        markdown.write_text(write(told), "utf-8", errors="replace")
        written = (*written[:1], markdown, *written[1:])
    for file in written[:2] if markdown else written[:1]:
        click.echo(safe(str(file)))
    if len(written) > 2:
        pages = len(written) - 1 - bool(markdown)
        err().print(f"and {pages} pages of questions beside it")
