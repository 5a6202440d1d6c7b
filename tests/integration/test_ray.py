"""Runs on a real Ray cluster of two nodes on this machine, against the same runs on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent.config import Paths, load
from agent.errors import ConfigError, RunStopped
from agent.evals.datasets import load as load_set
from agent.evals.ray_hearing import HearingSpec, hear_on_ray
from agent.evals.ray_runner import RayEngine
from agent.evals.runner.asyncio_engine import AsyncioEngine
from agent.evals.runner.engines import Engine, WorkSpec
from agent.evals.runner.folder import RunFolder
from agent.evals.spoken.hearing import hear
from agent.evals.spoken.plan import SpeakPlan
from agent.evals.spoken.speaking import speak
from agent.evals.types import Cost, Dataset, Gold, Record, Sample
from agent.factory import build_recognizer, build_synthesizer
from tests.fakes.eval_sets import write_script, write_set
from tests.fakes.ray_cluster import RayCluster, running

# Not imported here: it reads the environment then, and the cluster's is not set yet.
pytestmark = pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="pip install 'hark-voice[ray]'")

SECRET = "sk-ray-secret-0123456789"
COUNT = 24
_QUESTIONS = ("Who was the wife of the composer of Kinderszenen?", "Where was Pluto discovered?")
_LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HARK_HOME of driver and workers, with a dataset and two scripts: one prompt, one that takes its time."""
    home = tmp_path_factory.mktemp("home")
    (home / "cache").mkdir()
    write_set(home / "set.jsonl", COUNT)
    write_script(home / "quick.jsonl")
    write_script(home / "slow.jsonl", delay=0.15)
    return home


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[RayCluster]:
    """Two nodes; this process can join them."""
    before = dict(os.environ)
    try:
        with running({"HARK_HOME": str(home)}) as cluster:
            os.environ.update(cluster.environment)
            yield cluster
    except TimeoutError as late:
        pytest.skip(str(late))
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def spec(home: Path) -> WorkSpec:
    """The quick script."""
    settings = load(flags={"llm": {"model": str(home / "quick.jsonl"), "api_key": SECRET}}, environ={})
    return WorkSpec(settings, Paths.standard({"HARK_HOME": str(home)}), "fsm", cache=False)


@pytest.fixture
def samples(home: Path) -> tuple[Sample, ...]:
    """What is asked."""
    return load_set(str(home / "set.jsonl")).samples


def _slow(spec: WorkSpec, home: Path) -> WorkSpec:
    llm = spec.settings.llm.model_copy(update={"model": str(home / "slow.jsonl")})
    return replace(spec, settings=spec.settings.model_copy(update={"llm": llm}))


async def _records(
    engine: Engine, spec: WorkSpec, samples: tuple[Sample, ...], after: Mapping[int, Callable[[], object]] | None = None
) -> list[Record]:
    """Every record; what `after` holds for their number is called in between."""
    found = []
    async with aclosing(engine.records(spec, samples)) as records:
        async for record in records:
            found.append(record)
            if act := (after or {}).get(len(found)):
                await asyncio.to_thread(act)
    return found


def _plain(records: list[Record], *, attempts: bool = True) -> dict[str, Record]:
    """By id, without what may differ from run to run: times, cache counts."""
    plain = {}
    for record in records:
        cost = replace(record.cost, cache_hits=0, cached_tokens=0, wall=0.0, seconds={})
        assert isinstance(cost, Cost)
        plain[record.id] = replace(record, cost=cost, attempts=record.attempts if attempts else 1)
    assert len(plain) == len(records), "a sample was answered twice"
    return plain


def _workers() -> list[psutil.Process]:
    """Ray's processes that answer samples, on all nodes of the machine."""
    return [each for each in psutil.process_iter(["cmdline"]) if "AnswerDesk" in " ".join(each.info["cmdline"] or ())]


def _gone(processes: list[psutil.Process], patience: float = 30.0) -> bool:
    return not psutil.wait_procs(processes, timeout=patience)[1]


async def test_records_are_those_of_one_event_loop(
    cluster: RayCluster, spec: WorkSpec, samples: tuple[Sample, ...]
) -> None:
    here = await _records(AsyncioEngine(4), spec, samples)
    seen: list[psutil.Process] = []
    there = await _records(
        RayEngine(4, address=cluster.address), spec, samples, {COUNT // 2: lambda: seen.extend(_workers())}
    )
    assert _plain(there) == _plain(here)
    assert len(here) == COUNT
    assert len(seen) == 2, "one on each node"
    assert _gone(seen), "nothing of the run is left"


async def test_what_a_killed_worker_had_in_hand_is_answered(
    cluster: RayCluster, spec: WorkSpec, samples: tuple[Sample, ...], home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = await _records(AsyncioEngine(8), spec, samples)
    slow = _slow(spec, home)
    kill = lambda: os.kill(_workers()[0].pid, signal.SIGKILL)  # noqa: E731
    there = await _records(RayEngine(4, address=cluster.address), slow, samples, {5: kill})
    assert _plain(there, attempts=False) == _plain(here)
    assert {record.attempts for record in there} == {1, 2}
    assert "died" not in "".join(capfd.readouterr()), "Ray's own words about it are not the run's output"


async def test_what_a_lost_node_had_in_hand_is_answered(
    cluster: RayCluster, spec: WorkSpec, samples: tuple[Sample, ...], home: Path
) -> None:
    here = await _records(AsyncioEngine(8), spec, samples)
    await asyncio.to_thread(cluster.tell, "add")
    engine = RayEngine(6, address=cluster.address, workers=3)
    there = await _records(engine, _slow(spec, home), samples, {6: lambda: cluster.tell("kill")})
    assert _plain(there, attempts=False) == _plain(here)


async def test_closing_early_leaves_no_worker(
    cluster: RayCluster, spec: WorkSpec, samples: tuple[Sample, ...], home: Path
) -> None:
    async with aclosing(RayEngine(4, address=cluster.address).records(_slow(spec, home), samples)) as records:
        async for _ in records:
            workers = _workers()
            break
    assert workers
    assert _gone(workers)


async def test_a_node_that_cannot_build_the_system_says_why(
    cluster: RayCluster, spec: WorkSpec, samples: tuple[Sample, ...], home: Path
) -> None:
    llm = spec.settings.llm.model_copy(update={"model": str(home / "none.jsonl")})
    lacking = replace(spec, settings=spec.settings.model_copy(update={"llm": llm}))
    with pytest.raises(RunStopped, match=r"no script .*none\.jsonl"):
        await _records(RayEngine(2, address=cluster.address), lacking, samples)


def test_a_run_whose_driver_was_killed_goes_on(cluster: RayCluster, home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "main", "eval", "run", "--out", str(tmp_path / "run"), "--no-cache"]
    command += ["--engine", "ray", "--address", cluster.address]
    environment = {**os.environ, "HARK_HOME": str(home), "HARK_LLM__MODEL": str(home / "slow.jsonl")}
    driver = subprocess.Popen([*command, str(home / "set.jsonl")], env=environment, stderr=subprocess.DEVNULL)
    records = tmp_path / "run" / "records.jsonl"
    until = time.monotonic() + 120
    while not (records.exists() and records.read_bytes().count(b"\n") >= 4) and time.monotonic() < until:
        assert driver.poll() is None
        time.sleep(0.05)
    workers = _workers()
    driver.kill()
    driver.wait()
    assert _gone(workers), "workers end with their driver"
    kept = len(list(RunFolder(tmp_path / "run").records()))
    assert 4 <= kept < COUNT

    done = subprocess.run([*command, "--resume"], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    ids = [record.id for record in RunFolder(tmp_path / "run").records()]
    assert sorted(ids) == sorted(f"sample-{number}" for number in range(COUNT))
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "complete"


def test_without_an_address_ray_runs_here_for_the_run_alone(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "main", "eval", "run", str(home / "set.jsonl"), "--out", str(tmp_path / "run")]
    command += ["--no-cache", "--engine", "ray", "--workers", "2"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"HARK_HOME": str(home), "HARK_LLM__MODEL": str(home / "slow.jsonl")}
    driver = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    seen: dict[int, psutil.Process] = {}
    folders: set[Path] = set()
    while driver.poll() is None:
        with contextlib.suppress(psutil.Error):
            for each in psutil.Process(driver.pid).children(recursive=True):
                seen[each.pid] = each
                folders |= {Path(found) for found in re.findall(r"/tmp/hark-ray-\w+", " ".join(each.cmdline()))}
        everywhere = [
            place
            for place in psutil.net_connections("inet")
            if place.status == psutil.CONN_LISTEN and place.pid in seen and not _LOOPBACK & {*place.laddr}
        ]
        assert not everywhere
        time.sleep(0.1)
    told = driver.stderr.read() if driver.stderr else ""
    if "timed out during startup" in told:
        pytest.skip("Ray has not started within the 30 s it allows itself: too much else is going on here")
    assert driver.returncode == 0, told
    assert len(list(RunFolder(tmp_path / "run").records())) == COUNT
    assert len(seen) > 5
    assert _gone(list(seen.values()))
    assert folders, "Ray had a folder of its own"
    assert not [each for each in folders if each.exists()]


def test_ctrl_c_stops_a_run_that_can_go_on(cluster: RayCluster, home: Path, tmp_path: Path) -> None:
    from tests.fakes.processes import hears_ctrl_c

    command = [sys.executable, "-m", "main", "eval", "run", str(home / "set.jsonl"), "--out", str(tmp_path / "run")]
    command += ["--no-cache", "--engine", "ray", "--address", cluster.address]
    environment = {**os.environ, "HARK_HOME": str(home), "HARK_LLM__MODEL": str(home / "slow.jsonl")}
    for number in (signal.SIGINT, signal.SIGTERM):
        folder = tmp_path / number.name
        command[command.index("--out") + 1] = str(folder)
        driver = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=hears_ctrl_c, start_new_session=True
        )
        until = time.monotonic() + 120
        while not (folder / "records.jsonl").exists() and time.monotonic() < until:
            assert driver.poll() is None
            time.sleep(0.05)
        workers = _workers()
        driver.send_signal(number)
        _, told = driver.communicate(timeout=60)
        assert driver.returncode == 130, told
        assert "--resume" in told
        assert _gone(workers)
        assert json.loads((folder / "run.json").read_text())["reason"] == "interrupted"


def test_keys_are_in_no_log(cluster: RayCluster) -> None:
    """After the tests above, whose settings held one."""
    files = [file for file in Path(cluster.logs).rglob("*") if file.is_file()]
    assert any("worker" in file.name for file in files)
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("address", "message"),
    [("127.0.0.1:1", "nothing answers at 127.0.0.1:1"), ("127.0.0.1:99999", "nothing answers at 127.0.0.1:99999")],
)
async def test_an_address_where_nothing_answers(
    spec: WorkSpec, samples: tuple[Sample, ...], address: str, message: str
) -> None:
    with pytest.raises(RunStopped, match=message):
        await _records(RayEngine(2, address=address), spec, samples)


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:port"])
async def test_what_is_no_address(spec: WorkSpec, samples: tuple[Sample, ...], address: str) -> None:
    with pytest.raises(ConfigError, match="host:port"):
        await _records(RayEngine(2, address=address), spec, samples)


@pytest.mark.models
@pytest.mark.usefixtures("whisper_folder")
async def test_what_is_heard_is_what_one_machine_hears(cluster: RayCluster, tmp_path: Path) -> None:
    questions = [Sample(f"q{number}", text, Gold(("x",))) for number, text in enumerate(_QUESTIONS)]
    settings, paths = load(environ={}), Paths.standard()
    plan = SpeakPlan(("hibari",), conditions=("clean", "white@5"))
    spec = HearingSpec(settings, paths, ())
    heard = []
    for place in ("here", "there"):
        folder = tmp_path / place
        speak(
            Dataset("questions", "plain", tuple(questions)),
            folder,
            plan,
            lambda _: build_synthesizer(settings, paths, silent=False),
        )
        if place == "here":
            file = await asyncio.to_thread(hear, folder, spec.ear, lambda: build_recognizer(settings, paths, None))
        else:
            file = await hear_on_ray(folder, spec, address=cluster.address)
        heard.append(file.read_bytes())
    assert heard[0] == heard[1]
    assert heard[0].count(b"\n") == 2 * len(_QUESTIONS)
