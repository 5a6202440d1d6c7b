"""What the report tells: the figures in its tables, not how they look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.evals.report import report
from agent.evals.report.costs import costs
from agent.evals.report.hearing import hearing
from agent.evals.report.markdown import write
from agent.evals.report.report import Report
from agent.evals.report.results import differences, results
from agent.evals.report.runs import Row, Run, read
from agent.evals.report.samples import lines
from agent.evals.report.setup import common
from agent.evals.report.tables import DASH, Section, Table
from agent.evals.types import Cost, InputMode, Record
from tests.fakes.reported_runs import questions, write_run
from tests.unit.agent.evals.report.rows import row

ASKED = questions(12)
NOISES = ("clean", "white@0")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, ...]:
    """Runs over the written questions and over what was heard of them."""
    folder = tmp_path_factory.mktemp("spoken")
    modes: tuple[InputMode, ...] = ("gold", "1best", "nbest", "oracle")
    return read([write_run(folder / mode, ASKED, input=mode, conditions=NOISES) for mode in modes])


@pytest.fixture(scope="module")
def told(spoken: tuple[Run, ...]) -> Report:
    """The report about them, built once."""
    return report.build(spoken)


def section(told: Report, name: str) -> Section:
    return next(each for each in told.sections if each.name == name)


def table(part: Section, caption: str) -> Table:
    return next(each for each in part.tables if each.caption.startswith(caption))


def records_of(run: Run) -> list[Record]:
    return list(run.records(run.rows))


def test_every_section_is_there(told: Report) -> None:
    names = [each.name for each in told.sections]
    assert names == [
        "results",
        "differences",
        "hearing",
        "questions",
        "costs",
        "trust",
        "failures",
        "automaton",
        "setup",
    ]
    charts = [chart.name for each in told.sections for chart in each.charts]
    assert len(charts) == len(set(charts))
    for each in told.sections:
        for one in each.tables:
            assert all(len(cells) == len(one.columns) for cells in one.rows), one.caption


def test_results_count_and_average(told: Report) -> None:
    rows = table(section(told, "results"), "How right").rows
    for run, cells in zip(told.runs, rows, strict=True):
        exact = [record.scores["em"] for record in records_of(run)]
        assert str(cells[2]).startswith(f"{100 * sum(exact) / len(exact):.1f} [")
        assert sum(int(str(cell)) for cell in cells[-3:]) == len(run.rows) == 24


def test_hearing_sets_errors_against_scores(told: Report) -> None:
    part = section(told, "hearing")
    clean, noisy = table(part, "What was heard").rows
    assert (clean[0], noisy[0]) == NOISES
    held = [record.scores for record in records_of(told.runs[1]) if record.condition == "white@0"]
    rate = sum(s["wer_errors"] for s in held) / sum(s["wer_words"] for s in held)
    assert str(noisy[2]).startswith(f"{100 * rate:.1f} [")
    assert table(part, "EM by condition").columns == ("condition", "n", "gold", "oracle", "nbest", "1best")
    assert [chart.name for chart in part.charts] == ["wer", "own-wer"]


def test_written_runs_have_no_section_on_hearing(tmp_path: Path) -> None:
    (run,) = read([write_run(tmp_path / "run", ASKED)])
    names = {each.name for each in report.build([run]).sections}
    assert not names & {"hearing", "differences"}


def test_paired_tests_take_each_condition_by_itself(told: Report) -> None:
    rows = table(section(told, "differences"), "Paired").rows
    assert [cells[:4] for cells in rows[:2]] == [("gold", "1best", "clean", "12"), ("gold", "1best", "white@0", "12")]
    assert len(rows) == 6 * len(NOISES)


def test_cached_replies_enter_no_time(tmp_path: Path) -> None:
    quick = {one.id: Cost(3, 3, 100, 50, 9, 0.001, {"search": 0.001}) for one in ASKED[:5]}
    slow = Cost(3, 0, 100, 50, 9, 2.0, {"search": 2.0})
    plain = records_of(read([write_run(tmp_path / "plain", ASKED)])[0])
    edit = {one.id: replace(one, status="answered", cost=quick.get(one.id, slow)) for one in plain}
    runs = read([write_run(tmp_path / "run", ASKED, edit=edit)])
    part = costs(runs)
    times = dict(zip(table(part, "Seconds").columns, table(part, "Seconds").rows[0], strict=True))
    assert times["samples timed"] == "7 of 12"
    assert str(times["mean"]) == "2.00 [2.00, 2.00]"
    assert times["search"] == "2.00"
    tokens = dict(zip(table(part, "Calls").columns, table(part, "Calls").rows[0], strict=True))
    assert tokens["replies from the response cache"] == "15"
    assert str(tokens["of them cached, %"]) == "50.0 [50.0, 50.0]"


def test_a_run_all_from_the_cache_has_no_times(tmp_path: Path) -> None:
    plain = records_of(read([write_run(tmp_path / "plain", ASKED)])[0])
    edit = {one.id: replace(one, cost=Cost(2, 2, 10, 0, 1, 0.1, {"search": 0.1})) for one in plain}
    part = costs(read([write_run(tmp_path / "run", ASKED, edit=edit)]))
    assert table(part, "Seconds").rows[0][1] == "0 of 12"
    assert part.charts == ()


def test_failures_count_each_wrong_sample_once(told: Report) -> None:
    rows = table(section(told, "failures"), "Wrong samples").rows
    for place, run in enumerate(told.runs):
        counted = sum(int(str(cells[2 + place]).split(" ")[0]) for cells in rows)
        assert counted == sum(not row.right for row in run.rows)


def test_rejected_rows_and_status_are_told(told: Report) -> None:
    facts = dict(told.facts)
    assert (facts["rejected rows"], facts["status"], facts["language model"]) == ("1", "complete", "qwen2.5-coder-1.5b")
    rejected = table(section(told, "setup"), "Rejected rows").rows
    assert rejected[0][1:] == ("17", "5ae0", "supporting_facts: no list")


def test_markdown_has_every_table_and_no_markup_of_others(tmp_path: Path) -> None:
    asked = [replace(one, gold=replace(one.gold, kind="a|b <img src=x> [c](http://d)")) for one in ASKED[:3]] + ASKED[
        3:
    ]
    told = report.build(read([write_run(tmp_path / "run", asked)]))
    text = write(told)
    assert text.count("### ") == sum(len(each.tables) for each in told.sections)
    assert r"a\|b \<img src=x\> \[c\](http\://d)" in text
    widths: set[int] = set()
    for line in text.splitlines():
        if line.startswith("|"):
            widths.add(line.replace(r"\|", "").count("|"))
        elif widths:
            assert len(widths) == 1
            widths = set()


def test_medians_lie_in_the_middle(tmp_path: Path) -> None:
    plain = records_of(read([write_run(tmp_path / "plain", ASKED)])[0])
    edit = {
        one.id: replace(one, status="answered", cost=Cost(wall=float(second)))
        for second, one in enumerate(plain[:4], 1)
    }
    edit |= {one.id: replace(one, status="failed") for one in plain[4:]}
    part = costs(read([write_run(tmp_path / "run", ASKED, edit=edit)]))
    times = dict(zip(table(part, "Seconds").columns, table(part, "Seconds").rows[0], strict=True))
    assert (times["samples timed"], times["median"], times["95th percentile"]) == ("4 of 12", "2.50", "4.00")


def run_of(name: str, rows: list[Row], *, asr: str = "") -> Run:
    told = {"system": "fsm", "input": "nbest" if asr else "gold", "asr": asr}
    return Run(Path(name), told, tuple(rows), name)


def test_each_recogniser_has_its_own_error_rates() -> None:
    def heard(errors: float) -> list[Row]:
        scores = {"em": 1.0, "f1": 1.0, "wer_errors": errors, "wer_words": 10.0}
        return [row(f"1#{noise}", scores=scores, condition=noise) for noise in NOISES]

    part = hearing([run_of("good", heard(1), asr="large"), run_of("bad", heard(5), asr="tiny")])
    assert part is not None
    rows = table(part, "What was heard").rows
    assert [(cells[0], cells[1], str(cells[3])[:4]) for cells in rows] == [
        ("clean", "large", "10.0"),
        ("white@0", "large", "10.0"),
        ("clean", "tiny", "50.0"),
        ("white@0", "tiny", "50.0"),
    ]


def test_what_has_no_f1_does_not_thin_its_difference() -> None:
    def rows(f1: float) -> list[Row]:
        told = [row(f"{n}", scores={"em": 0.0, "f1": f1}) for n in range(4)]
        return [*told, *(row(f"{n}-none", scores={}, answerable=False) for n in range(4))]

    part = differences([run_of("one", rows(0.0)), run_of("two", rows(0.5))])
    assert part is not None
    told = dict(zip(table(part, "Paired").columns, table(part, "Paired").rows[0], strict=True))
    assert (told["n"], told["F1: n"], str(told["F1: second less first"])[:5]) == ("8", "4", "+50.0")


def test_a_run_that_looked_nothing_up_has_no_recall() -> None:
    scores = {"em": 1.0, "f1": 1.0, "recall@2": 0.0}
    looked = replace(row(scores=scores), retrieved=True)
    told = table(results([run_of("search", [looked]), run_of("all", [row(scores=scores)])]), "Further").rows
    assert str(told[0][1]).startswith("0.0")
    assert str(told[1][1]) == DASH


def test_how_the_sessions_went_is_told(spoken: tuple[Run, ...]) -> None:
    first = {"engine": "asyncio", "concurrency": 4, "cache": True}
    then = {"engine": "ray", "concurrency": 8, "cache": False, "workers": 2}
    manifest = {**spoken[0].manifest, "sessions": [first, first, then]}
    facts = dict(common([replace(spoken[0], manifest=manifest)]))
    assert facts["sessions"] == (
        "asyncio, 4 at once, cache of replies used; then ray, 2 workers, 8 at once, no cache of replies"
    )


def test_other_questions_of_the_same_ids_are_not_paired() -> None:
    ours = [row("1"), row("2")]
    theirs = [replace(row("1"), question="Where?"), replace(row("2"), question="When?")]
    one, two = run_of("one", ours), run_of("two", theirs)
    part = differences([one, two])
    assert part is not None
    assert part.lead.startswith("The runs share no samples")
    assert not part.parts
    half = differences([one, two, run_of("three", [ours[0], theirs[1]])])
    assert half is not None
    (tests,) = half.tables
    assert [cells[3] for cells in tests.rows] == ["1", "1"]
    assert tests.note.endswith("no samples are shared by one and two")
    assert [(line.id, line.question, line.outcomes) for line in lines([one, two])] == [
        ("1", "Where?", ("", "right")),
        ("1", "Who?", ("right", "")),
        ("2", "When?", ("", "right")),
        ("2", "Who?", ("right", "")),
    ]
