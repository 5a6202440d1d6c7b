"""Texts of the dialogs: help, why, figures, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from agent.graph.transitions import DOES, State
from agent.text import shown
from agent.tui import painting
from agent.tui.keys import KEYS, shown_key
from agent.tui.painting import DIM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.tui.board import Board, TurnView
    from agent.tui.deps import Facts
    from agent.tui.painting import Part


def help_text(chosen: Mapping[str, str]) -> Content:
    """Every key with what it does. chosen: those of [tui.keys]."""
    rows: list[list[Part]] = [
        [("Type a question at any time; while hark thinks, it waits its turn.", "")],
        [("Or talk: words that may still change are dim.", "")],
        [("Underlined words were heard with doubt. ⟦Brackets⟧ mark a cited sentence.", "")],
        [("", "")],
    ]
    for key in KEYS:
        names = ", ".join(shown_key(one.strip()) for one in chosen.get(key.action, key.key).split(","))
        rows.append(_key(names, key.label, key.does))
    rows.append(_key("Tab", "Hops", "walk through the hops; Enter opens a passage"))
    rows.append(_key("PgUp PgDn", "Scroll", "through the conversation"))
    rows.append(_key("^p", "Palette", "every command by name"))
    rows += [
        [("", "")],
        [('Other keys: [tui.keys] of hark.toml, such as talk = "f12".', DIM)],
        [("For screen readers: `hark chat --plain`.", DIM)],
    ]
    return painting.lines(*rows)


def _key(names: str, label: str, does: str) -> list[Part]:
    return [(f"{names:>9}  ", "bold $accent"), (f"{label:<10} ", "bold"), (does, "")]


def why_text(turn: TurnView | None) -> Content:
    """How an answer came about."""
    if turn is None:
        return Content("Nothing was asked yet.")
    rows: list[list[Part]] = []
    if turn.readings:
        rows.append([("heard", "bold")])
        rows += [[(f"  {one.posterior:6.1%}  ", DIM), (shown(one.text, 300), "")] for one in turn.readings]
    rows += [[("question", "bold")], [("  ", ""), (shown(turn.question, 600), "")], [("steps", "bold")]]
    for at, state in enumerate(turn.path, 1):
        does = DOES.get(State(state), "") if state in list(State) else ""
        rows.append([(f"  {at:>2}  ", DIM), (f"{shown(state.replace('_', ' '), 21):<21}", ""), (does, DIM)])
    for number, hop in enumerate(turn.hops, 1):
        rows.append([(f"hop {number}  ", "bold"), (shown(hop.sub_question, 300), "")])
        rows.append([("  → ", DIM), (shown(hop.answer, 300) if hop.found else "not found in the documents", "bold")])
        rows += [[(f"  {painting.place(one)}  ", DIM), (f"⟦{shown(one.sentence, 600)}⟧", "")] for one in hop.evidence]
    if answer := turn.answer:
        rows.append([("answer", "bold")])
        rows.append([("  ", ""), (shown(answer.short or answer.text, 600), "bold")])
        rows.append(
            [(f"  {answer.confidence:.0%} sure: how far the hops and the hearing carry it; no probability", DIM)]
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
            rows.append([(f"  {shown(stage, 20):<21}", ""), (f"{seconds:6.1f} s  ", ""), (bar, DIM)])
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
        rows.append([("  log  ", DIM), (shown(str(facts.log), 300), DIM)])
    return painting.lines(*rows)


def messages_text(board: Board) -> Content:
    """What was told, oldest first."""
    if not board.notices:
        return Content("Nothing was told.")
    return painting.lines(*([("! ", "bold $warning"), (shown(one, 1_000), "")] for one in board.notices))
