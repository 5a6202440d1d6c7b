"""Datasets that are fetched by name: one file each of a hub's repository, at a commit that does not move.

CACHE/datasets/NAME/FILE      the file as the hub has it
CACHE/datasets/NAME/pulled.json   where it came from and its SHA-256; a file without it is fetched again
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from agent.errors import DataError
from voice.errors import PullFailed
from voice.store.disk import RECORD, Record, SeenFile, sha256_of
from voice.store.hub import HuggingFaceHub

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class HubSet:
    """A dataset of a hub.

    repo, commit, path: the file. sha256: of the file; "" where it is taken from the first fetch.
    schema: of its rows. licence: of the dataset. summary: one line for people.
    """

    repo: str
    commit: str
    path: str
    schema: str
    licence: str
    summary: str
    sha256: str = ""

    @property
    def filename(self) -> str:
        """What the file is called in the cache."""
        return PurePosixPath(self.path).name


_HOTPOT = ("hotpotqa/hotpot_qa", "1908d6afbbead072334abe2965f91bd2709910ab")
_MUSIQUE = ("bdsaglam/musique", "22873a405dd809893b22ada0b499299fb612d2df")

SETS = {
    "hotpotqa": HubSet(
        *_HOTPOT,
        "distractor/validation-00000-of-00001.parquet",
        "hotpotqa",
        "CC BY-SA 4.0",
        "7,405 questions, each with ten paragraphs",
        "c20b638ca82b21d04fe12e14ff417ad05153d4d215a65de54497fca4e972f7c6",
    ),
    "hotpotqa-fullwiki": HubSet(
        *_HOTPOT,
        "fullwiki/validation-00000-of-00001.parquet",
        "hotpotqa",
        "CC BY-SA 4.0",
        "the same questions with retrieved paragraphs; to be asked over a corpus",
        "78933c0a31a5f7b420d4effdf4cd4eed573b28c6a3da6179dcf7a02b39e51d03",
    ),
    "2wikimultihopqa": HubSet(
        "xanhho/2WikiMultihopQA",
        "612bc5039a457880d9e7d84c3b0a4cf154b70e4f",
        "dev.parquet",
        "2wiki",
        "Apache-2.0",
        "12,576 questions with evidence triples",
        "c0d8b60b9026b728fb07ad74c5252a0f188f6942e8ba5c02df4dfa369502ea8d",
    ),
    "musique": HubSet(
        *_MUSIQUE,
        "musique_ans_v1.0_dev.jsonl",
        "musique",
        "CC BY 4.0",
        "2,417 answerable questions of two to four hops",
        "15fa63794d18a94ce12411aca6e2327e65b6e83b0b1490efab3f1962e48abf3b",
    ),
    "musique-full": HubSet(
        *_MUSIQUE,
        "musique_full_v1.0_dev.jsonl",
        "musique",
        "CC BY 4.0",
        "the same, each with an unanswerable twin",
    ),
    "bamboogle": HubSet(
        "chiayewken/bamboogle",
        "5787baaae24a33baee4cf57a4cc743e8a02cd548",
        "data/test-00000-of-00001-fd9def31e0acf72c.parquet",
        "bamboogle",
        "MIT",
        "125 two-hop questions without paragraphs",
    ),
    "strategyqa": HubSet(
        "ChilleD/StrategyQA",
        "705562638fe1d8ca6bb98c66fc8f94d45fda8c83",
        "test.json",
        "strategyqa",
        "MIT",
        "687 yes-or-no questions whose steps are not said",
    ),
}
"""Development splits, since test splits have no answers. Commits are whole, so that nobody's push changes a figure."""


def fetch(
    name: str,
    cache: Path,
    *,
    sets: dict[str, HubSet] = SETS,
    endpoint: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """The file of a dataset, from the cache or brought into it.

    cache: hark's cache folder. endpoint: another hub that speaks the same protocol. say: told when a fetch begins.
    Raises DataError when it cannot be fetched or is not what it should be, OSError.
    """
    from filelock import FileLock

    wanted, folder = sets[name], cache / "datasets" / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "datasets" / f"{name}.lock"):
        if (kept := _kept(wanted, folder)) is not None:
            return kept
        say(f"fetching {name} from {wanted.repo} under this licence: {wanted.licence}")
        arrived = _download(name, wanted, folder / "partial", endpoint)
        sha256 = sha256_of(arrived)
        if wanted.sha256 and sha256 != wanted.sha256:
            shutil.rmtree(folder / "partial")
            raise DataError(
                f"{wanted.path} of {wanted.repo} is not the file hark knows (SHA-256 differs) and was thrown away: "
                "name a file you trust instead"
            )
        target = folder / wanted.filename
        arrived.replace(target)
        files = {wanted.filename: SeenFile.of(target, sha256)}
        Record(source=wanted.repo, commit=wanted.commit, files=files).write(folder)
        shutil.rmtree(folder / "partial", ignore_errors=True)
        return target


def _kept(wanted: HubSet, folder: Path) -> Path | None:
    """The file of an earlier fetch, if it is the wanted one and whole."""
    record, path = Record.read(folder), folder / wanted.filename
    seen = record.files.get(wanted.filename) if record and record.commit == wanted.commit else None
    if seen is None or not path.is_file():
        return None
    if not seen.unchanged(path) and sha256_of(path) != seen.sha256:
        raise DataError(
            f"{path} is not what was fetched (SHA-256 differs, {RECORD} has the right one): delete {folder}"
        )
    return path


def _download(name: str, wanted: HubSet, folder: Path, endpoint: str | None) -> Path:
    hub = HuggingFaceHub(endpoint, kind="dataset")
    try:
        return hub.fetch(wanted.repo, wanted.commit, wanted.path, folder, lambda _: None)
    except PullFailed as error:
        raise DataError(
            f"dataset '{name}' is not here and could not be fetched: {error}; or name a file of it instead"
        ) from None
