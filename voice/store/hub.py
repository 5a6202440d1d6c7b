"""Models of a hub: the first pull resolves commit and hashes, later ones hold to what was recorded."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from voice.errors import ModelDamaged, PullFailed
from voice.store.disk import DISK_FULL, sha256_of, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from voice.store.disk import Record
    from voice.store.manifest import HubSource

COMMIT = "commit.txt"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository. size: bytes. sha256: as the hub states it; None for small files."""

    path: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one commit."""

    commit: str
    files: dict[str, HubFile]


class Hub(Protocol):
    """A model hub."""

    def resolve(self, repo: str, revision: str, paths: Iterable[str]) -> Snapshot:
        """What the repository holds under these paths. Raises PullFailed."""
        ...

    def fetch(self, repo: str, commit: str, path: str, folder: Path, report: Callable[[int], None]) -> Path:
        """Bring one file below the folder, going on where an earlier try stopped, and return its path.

        report: told the bytes of this file that arrived so far. Raises PullFailed, or OSError when the disk is full.
        """
        ...


class HuggingFaceHub:
    """The hub that huggingface_hub is configured for, or another endpoint that speaks its protocol.

    kind: of the repositories that `fetch` takes files from; `resolve` knows models only.
    """

    def __init__(self, endpoint: str | None = None, *, kind: Literal["model", "dataset"] = "model") -> None:
        self._endpoint, self._kind = endpoint, kind

    def resolve(self, repo: str, revision: str, paths: Iterable[str]) -> Snapshot:
        """Ask for commit, sizes and hashes. Raises PullFailed."""
        hub = _library()
        try:
            info = hub.HfApi(endpoint=self._endpoint).model_info(repo, revision=revision, files_metadata=True)
        except Exception as error:  # the library's own, its HTTP client's and its validators' errors share no base
            raise _explain(error, repo) from None
        there = {file.rfilename: file for file in info.siblings or []}
        if missing := [path for path in paths if path not in there]:
            raise PullFailed(f"{repo} has no {missing[0]}: update hark, its manifest may be behind")
        files = {
            path: HubFile(path, there[path].size or 0, there[path].lfs.sha256 if there[path].lfs else None)
            for path in paths
        }
        return Snapshot(str(info.sha), files)

    def fetch(self, repo: str, commit: str, path: str, folder: Path, report: Callable[[int], None]) -> Path:
        """Download one file of one commit. Raises PullFailed, or OSError when the disk is full."""
        hub = _library()
        try:
            found = hub.hf_hub_download(
                repo,
                path,
                repo_type=self._kind,
                revision=commit,
                local_dir=folder,
                endpoint=self._endpoint,
                tqdm_class=_reporting_bar(report),
            )
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                raise
            raise _explain(error, repo) from None
        return Path(found)


def _library() -> Any:
    """huggingface_hub, imported when a hub is really asked, with its usage reports off."""
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.utils import logging

    constants.HF_HUB_DISABLE_TELEMETRY = True
    # Its remarks on retries would cut through the progress bar; what matters reaches the person as an error.
    # By its own switch: the library sets its logger's level itself, once it is first used.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    return huggingface_hub


def _reporting_bar(report: Callable[[int], None]) -> type:
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._arrived = int(kwargs.get("initial") or 0)
            super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> bool | None:
            self._arrived += int(n or 0)
            report(self._arrived)
            return None

    return Bar


def _explain(error: Exception, repo: str) -> PullFailed:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in {401, 403, 404}:
        return PullFailed(
            f"the hub has no {repo}, or not for you (HTTP {status}): update hark or log in with `hf auth login`"
        )
    if status is not None:
        return PullFailed(f"the hub answered HTTP {status} for {repo}")
    return PullFailed(f"cannot reach the model hub for {repo} ({type(error).__name__}): check the network")


def pull_hub(
    source: HubSource,
    work: Path,
    hub: Hub,
    kept: Record | None,
    report: Callable[[int, int, str], None],
    *,
    update: bool = False,
) -> tuple[str, dict[str, str]]:
    """Fill `work` with a `NAME.partial` per file; returns the commit and each file's SHA-256.

    kept: the record of an earlier pull: its commit is fetched and its hashes must come out again.
    update: look up the revision's commit anew instead.
    report: told bytes done, bytes in all, and what is being fetched. Raises PullFailed, ModelDamaged, OSError.
    """
    # An interrupted pull goes on with the commit it began with, whatever was pushed since.
    begun = (work / COMMIT).read_text("utf-8").strip() if (work / COMMIT).is_file() else ""
    held = kept if kept and kept.commit and not update else None
    wanted = held.commit if held and held.commit else source.revision if update else begun or source.revision
    snapshot = hub.resolve(source.repo, wanted, source.files)
    if begun and begun != snapshot.commit:
        _empty(work)
    write_text(work / COMMIT, snapshot.commit)
    total = sum(file.size for file in snapshot.files.values())
    done, hashes = 0, {}
    for path, name in source.files.items():
        file, target = snapshot.files[path], work / f"{name}.partial"

        def arrived(count: int, base: int = done, what: str = path) -> None:
            report(base + count, total, what)

        arrived(0)
        if not target.is_file():
            hub.fetch(source.repo, snapshot.commit, path, work / "hub", arrived).replace(target)
        hashes[name] = sha256_of(target)
        expected = held.files[name].sha256 if held and name in held.files else file.sha256
        if expected and hashes[name] != expected:
            target.unlink()
            raise ModelDamaged(
                f"{path} of {source.repo} is not the recorded file (SHA-256 differs): "
                "pull with --update to take what the hub has now"
            )
        done += file.size
    report(total, total, "checking")
    return snapshot.commit, hashes


def _empty(work: Path) -> None:
    for path in work.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
