"""Values of a conversation as styled text. Outside text is only ever content here, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from agent.graph.transitions import DOES, FINAL, State
from agent.session.phases import Phase
from agent.text import shown
from agent.tui.doubt import doubtful

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.session.events import Timings
    from agent.tui.board import Board, TurnView
    from agent.types import Answer, Evidence, Hop

_QUESTION, _ANSWER, _PASSAGE = 2_000, 4_000, 6_000
"""Most characters shown of a text; longer ones end in an ellipsis."""

Part = tuple[str, str]

METER = 6
"""Cells of the level meter."""

DIM = "$text-muted"
"""What matters less. The terminal's own dim would be unreadable in the theme of high contrast."""

SIGN = {
    Phase.IDLE: "○",
    Phase.LISTENING: "●",
    Phase.TRANSCRIBING: "◐",
    Phase.THINKING: "◆",
    Phase.CLARIFYING: "?",
    Phase.SPEAKING: "▶",
    Phase.PAUSED: "⏸",
    Phase.FAILED: "!",
}


def lines(*rows: Sequence[Part]) -> Content:
    """Rows of (text, style) as one content."""
    return Content("\n").join([Content.assemble(*row) for row in rows])


def you(turn: TurnView) -> Content:
    """What the person said or typed: committed normal, tentative dim; then the question, doubtful words underlined."""
    if turn.remark:
        heard = shown(turn.committed, _QUESTION)
        return Content.assemble((heard or "…", f"{DIM} italic"), (f"\n({shown(turn.remark, 200)})", DIM))
    if not turn.question:
        parts: list[Part] = [(shown(turn.committed, _QUESTION), "")]
        if turn.tentative:
            parts.append((f" {shown(turn.tentative, _QUESTION)}…", f"{DIM} italic"))
        return Content.assemble(*parts) if turn.committed or turn.tentative else Content.assemble(("…", DIM))
    doubts = doubtful(turn.question, turn.readings)
    parts = []
    for at, word in enumerate(turn.question[:_QUESTION].split()):
        parts += [(" " if at else "", ""), (shown(word, 80), "bold underline" if at in doubts else "bold")]
    return Content.assemble(*parts)


def heard_otherwise(turn: TurnView, key: str) -> Content | None:
    """The line under a question that says how many other readings there are, and which key shows them."""
    others = len(turn.readings) - 1
    if turn.remark or others < 1 or not turn.question:
        return None
    return Content.assemble((f"{others} other reading{'s' if others > 1 else ''}: {key}", DIM))


def hop_head(number: int, hop: Hop, *, open_: bool) -> Content:
    """Sub-question, answer and place of a hop."""
    mark = "▾" if open_ else "▸"
    row: list[Part] = [(f"{mark} {number}  ", DIM), (shown(hop.sub_question, 300), "")]
    if not hop.found:
        return lines(row, [("     ✗ not found in the documents", f"{DIM} italic")])
    below: list[Part] = [("     → ", DIM), (shown(hop.answer, 300), "bold $success")]
    if hop.evidence:
        below.append((f"  {place(hop.evidence[0])}", DIM))
    if len(hop.evidence) > 1:
        below.append((f" +{len(hop.evidence) - 1}", DIM))
    return lines(row, below)


def place(evidence: Evidence) -> str:
    """File and line of a cited sentence."""
    return shown(evidence.passage.source, 60) + (f":{evidence.line}" if evidence.line else "")


def passage(evidence: Evidence) -> Content:
    """A passage with its cited sentence between brackets, bold."""
    text, sentence = evidence.passage.text, evidence.sentence
    start = text.find(sentence)
    before, after = (text[:start], text[start + len(sentence) :]) if start >= 0 else ("", "")
    return Content.assemble(
        (f"{place(evidence)}  {shown(evidence.passage.title, 80)}\n", DIM),
        (shown(before, _PASSAGE) + " " if before.strip() else "", DIM),
        (f"⟦{shown(sentence, _PASSAGE)}⟧", "bold"),
        (" " + shown(after, _PASSAGE) if after.strip() else "", DIM),
    )


def answer_text(answer: Answer) -> Content:
    """The answer: short, in a sentence, how sure; or that hark abstains."""
    if answer.outcome == "abstained":
        return Content.assemble(("I cannot say. ", "bold $warning"), (shown(answer.text, _ANSWER), ""))
    sure = f"   confidence {answer.confidence:.0%}"
    head: list[Part] = [(shown(answer.short, 400), "bold $success"), (sure, DIM)]
    return lines(head, [(shown(answer.text, _ANSWER), "")])


def latency(timings: Timings) -> str:
    """The seconds of a turn, as Timings has them: heard, thought, spoke (until its first clip), first sound."""
    parts = [
        (timings.heard, "heard"),
        (timings.thought, "thought"),
        (timings.voice, "spoke"),
        (timings.first_sound, "first sound"),
    ]
    return " · ".join(f"{name} {seconds:.1f} s" for seconds, name in parts if seconds is not None)


def path_line(path: Sequence[str], width: int) -> Content:
    """The way through the machine in one line, newest state last and lit; its beginning gives way where it is long."""
    if not path:
        return Content.assemble(("the machine waits for a question", DIM))
    *before, current = (shown(state.replace("_", " "), 30) for state in path[-40:])
    trail = " › ".join([*before, ""])
    room = max(8, width - len(current) - 4)
    if len(trail) > room:
        trail = "… " + trail[-room + 2 :].partition("› ")[2]
    return Content.assemble((trail, DIM), (f"[{current}]", "bold reverse"))


def machine(path: Sequence[str]) -> Content:
    """Every state of the table, the current one lit, those that were visited with how often."""
    current = path[-1] if path else ""
    rows: list[list[Part]] = []
    for state in State:
        name, times = state.replace("_", " "), sum(one == state for one in path)
        if state == current:
            mark, style = ("✓" if state in FINAL else "▶"), "bold reverse"
        else:
            mark, style = ("·" if times else " "), ("" if times else DIM)
        count = f" ×{times}" if times > 1 else ""
        rows.append([(f"{mark} ", ""), (f"{name:<20}", style), (count, DIM)])
        if state == current:
            rows.append([(f"    {DOES[state]}", "italic")])
    return lines(*rows)


def meter(level: float, cells: int = 8) -> str:
    """A bar for dBFS: nothing at -60, full at 0."""
    share = min(1.0, max(0.0, (level + 60) / 60))
    whole, part = divmod(round(share * cells * 8), 8)
    bar = "█" * whole + (" ▏▎▍▌▋▊▉"[part] if part else "")
    return f"{bar:<{cells}}"[:cells]


def status(board: Board) -> Content:
    """Phase, mode, level and what waits."""
    phase = f"{SIGN[board.phase]} {board.phase}"
    parts: list[Part] = [(phase, "bold reverse" if board.ready else DIM), (" " * (15 - len(phase)), "")]
    parts.append((board.mode, ""))
    if board.mode != "text":
        parts.append((f" ▕{meter(board.level, METER)}▏", ""))
    if board.waiting:
        parts.append((f" {len(board.waiting)} waiting", "bold"))
    if board.lagging:
        parts.append((f" {board.lagging:.0f} s behind", "bold $warning"))
    return Content.assemble(*parts)
