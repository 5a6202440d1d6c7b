"""Texts of the dialogs: help, why, figures, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from agent.graph.transitions import DOES, State
from agent.text import shown
from agent.tui import painting
from agent.tui.keys import KEYS, shown_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.tui.board import Board, TurnView
    from agent.tui.deps import Facts
    from agent.tui.painting import Part


def help_text(chosen: Mapping[str, str]) -> Content:
    """Every key with what it does. chosen: those of [tui.keys]."""
    rows: list[list[Part]] = [
        [("Type a question and press Enter, at any time: while hark thinks, it waits its turn.", "")],
        [("Or talk: what is heard appears as you speak; words that may still change are dim.", "")],
        [("Underlined words of a question were heard with doubt. ⟦Brackets⟧ mark a cited sentence.", "")],
        [("", "")],
    ]
    rows += [
        [(f"{', '.join(shown_key(one.strip()) for one in chosen.get(key.action, key.key).split(',')):>8}  ", "bold $accent"),
         (f"{key.label:<11}", "bold"), (key.does, "")]
        for key in KEYS
    ]  # fmt: skip
    rows += [
        [(f"{'Tab':>8}  ", "bold $accent"), (f"{'Hops':<11}", "bold"), ("walk through the hops; Enter opens a passage", "")],
        [(f"{'PgUp':>8}  ", "bold $accent"), (f"{'Scroll':<11}", "bold"), ("and PgDn: through the conversation", "")],
        [(f"{'^p':>8}  ", "bold $accent"), (f"{'Palette':<11}", "bold"), ("every command by name", "")],
        [("", "")],
        [("Other keys go into the settings: [tui.keys] of hark.toml, such as talk = \"f12\". ", "dim"),
         ("`hark chat --plain` is for screen readers.", "dim")],
    ]  # fmt: skip
    return painting.lines(*rows)


def why_text(turn: TurnView | None) -> Content:
    """How an answer came about."""
    if turn is None:
        return Content("Nothing was asked yet.")
    rows: list[list[Part]] = []
    if turn.readings:
        rows.append([("heard", "bold")])
        rows += [[(f"  {one.posterior:6.1%}  ", "dim"), (shown(one.text, 300), "")] for one in turn.readings]
    rows += [[("question", "bold")], [("  ", ""), (shown(turn.question, 600), "")], [("steps", "bold")]]
    for at, state in enumerate(turn.path, 1):
        does = DOES.get(State(state), "") if state in list(State) else ""
        rows.append([(f"  {at:>2}  ", "dim"), (f"{state.replace('_', ' '):<21}", ""), (does, "dim")])
    for number, hop in enumerate(turn.hops, 1):
        rows.append([(f"hop {number}  ", "bold"), (shown(hop.sub_question, 300), "")])
        rows.append([("  → ", "dim"), (shown(hop.answer, 300) if hop.found else "not found in the documents", "bold")])
        rows += [[(f"  {painting.place(one)}  ", "dim"), (f"⟦{shown(one.sentence, 600)}⟧", "")] for one in hop.evidence]
    if answer := turn.answer:
        rows.append([("answer", "bold")])
        rows.append([("  ", ""), (shown(answer.short or answer.text, 600), "bold")])
        rows.append(
            [(f"  {answer.confidence:.0%} sure: how far the hops and the hearing carry it; no probability", "dim")]
        )
    return painting.lines(*rows)


def figures_text(board: Board, facts: Facts) -> Content:
    """Tokens, cache and seconds of the last answer and of the conversation."""
    rows: list[list[Part]] = []
    if (turn := board.last_answer) and turn.answer:
        usage = turn.answer.usage
        rows.append([("last answer", "bold")])
        rows.append([(f"  {usage.calls} calls, {usage.prompt_tokens:,} prompt tokens, ", "")])
        rows[-1].append((f"{usage.cached_share:.0%} of them from the cache; {usage.completion_tokens:,} generated", ""))
        if turn.timings:
            rows.append([(f"  {painting.latency(turn.timings)}", "")])
        longest = max(turn.answer.seconds.values(), default=0.0)
        for stage, seconds in turn.answer.seconds.items():
            bar = "█" * round(24 * seconds / longest) if longest else ""
            rows.append([(f"  {shown(stage, 20):<21}", ""), (f"{seconds:6.1f} s  ", ""), (bar, "dim")])
    total = board.usage()
    rows.append([("conversation", "bold")])
    rows.append(
        [(f"  {total.calls} calls, {total.prompt_tokens:,} prompt tokens, {total.cached_share:.0%} cached, ", "")]
    )
    rows[-1].append((f"{total.completion_tokens:,} generated, {total.seconds:.1f} s in the model", ""))
    rows.append([("hark", "bold"), (f" {facts.version}", "")])
    rows += [[("  ", ""), (shown(model, 100), "")] for model in facts.models]
    rows.append([(f"  volume {board.volume:.0%}, pace {board.speed:.2g}", "")])
    if board.lost:
        rows.append([(f"  {board.lost:.1f} s of sound were lost: the machine is too slow for its recogniser", "bold")])
    if facts.log:
        rows.append([("  log  ", "dim"), (shown(str(facts.log), 300), "dim")])
    return painting.lines(*rows)


def messages_text(board: Board) -> Content:
    """What was told, oldest first."""
    if not board.notices:
        return Content("Nothing was told.")
    return painting.lines(*([("! ", "bold $warning"), (shown(one, 1_000), "")] for one in board.notices))
