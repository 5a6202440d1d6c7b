"""What a run is asked to do, and the manifest and the work that follow from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import ConfigError
from agent.evals import systems
from agent.evals.datasets import load
from agent.evals.datasets.options import LoadOptions
from agent.evals.runner.asked import check_context, check_readings
from agent.evals.runner.engines import WorkSpec
from agent.evals.runner.manifest import DatasetInfo, Manifest, now, versions
from agent.evals.runner.models import described
from voice.store.disk import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.config import Paths, Settings
    from agent.evals.types import ContextMode, Dataset, InputMode


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What decides what is answered, settings apart. source: a dataset's path or name. See WorkSpec and LoadOptions."""

    source: str
    dataset: LoadOptions = field(default_factory=LoadOptions)
    system: str = "fsm"
    input: InputMode = "gold"
    context: ContextMode = "paragraphs"
    corpus: Path | None = None
    hybrid: bool = False

    @classmethod
    def of(cls, manifest: Manifest) -> RunRequest:
        """What was asked for when a run was begun."""
        options = manifest.options
        named = {each.name: options.get(each.name) for each in fields(LoadOptions)}
        dataset = LoadOptions(**_typed(named))
        return cls(
            options["set"],
            dataset,
            manifest.system,
            manifest.input,
            manifest.context,
            Path(options["corpus"]) if options["corpus"] else None,
            options["hybrid"],
        )

    def changed(self, given: Mapping[str, Any]) -> RunRequest:
        """With other values, by the names of this request's fields and of LoadOptions'."""
        own = {each.name for each in fields(self)} & given.keys()
        dataset = {each.name: given[each.name] for each in fields(LoadOptions) if each.name in given}
        return replace(
            self, dataset=replace(self.dataset, **dataset), **{name: given[name] for name in own if name != "dataset"}
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can begin."""

    dataset: Dataset
    manifest: Manifest
    work: WorkSpec


def plan(
    request: RunRequest,
    settings: Settings,
    paths: Paths,
    *,
    cache: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Read the dataset, and find what would only fail once the run is under way.

    cache: see WorkSpec. say: told one line when something is fetched.

    Raises ConfigError, DataError, StoreError.
    """
    systems.check(request.system)
    if (request.context == "corpus") != (request.corpus is not None):
        raise ConfigError(
            "--context corpus searches a corpus: name its file with --corpus, and none for another context"
        )
    llm = described(settings, paths)
    dataset = load(request.source, request.dataset, cache=paths.cache, say=say)
    check_readings(dataset, request.input)
    check_context(dataset, request.context)
    spoken = dataset.schema == "spoken"
    manifest = Manifest(
        DatasetInfo.of(dataset),
        request.system,
        request.input,
        request.context,
        _options(request, settings),
        llm,
        asr=Path(dataset.source).stem.removeprefix("heard-") if spoken and request.input != "gold" else "",
        seed=request.dataset.seed or 0,
        versions=versions(),
        started=now(),
    )
    work = WorkSpec(
        settings,
        paths,
        request.system,
        request.input,
        request.context,
        request.corpus,
        hybrid=request.hybrid,
        cache=cache,
    )
    return Plan(dataset, manifest, work)


def _options(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """Everything else that decides what is answered, in values that JSON gives back as they were."""
    options = {
        "set": _absolute(request.source),
        **asdict(request.dataset),
        "corpus": _absolute(str(request.corpus)) if request.corpus else None,
        "corpus's SHA-256": sha256_of(request.corpus) if request.corpus else None,
        "hybrid": request.hybrid,
        "embedder": settings.retrieval.embedder if request.hybrid or request.corpus else None,
        # Of the embedded one it stands with the model.
        "tokens of context": settings.llm.context if settings.llm.base_url else None,
        "passages": settings.retrieval.passages,
        **{f"budget.{name}": value for name, value in settings.budget.model_dump().items()},
    }
    options["ids"] = list(request.dataset.ids)
    options["heard"] = _absolute(str(request.dataset.heard)) if request.dataset.heard else None
    return options


def _absolute(source: str) -> str:
    """A path that means the same from any working folder; a name stays as it is."""
    path = Path(source)
    return str(path.resolve()) if path.exists() else source


def _typed(options: dict[str, Any]) -> dict[str, Any]:
    """LoadOptions' values from JSON."""
    heard = options["heard"]
    return {**options, "ids": tuple(options["ids"] or ()), "heard": Path(heard) if heard else None}
