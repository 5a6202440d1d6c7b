"""Which systems can be compared, and how one is made over a sample's documents.

A system is named with its options behind a colon: "direct", "direct:read=all,readings=all". Those of other packages are
entry points of the group `hark.systems`, each naming a SystemFactory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal, Protocol, cast

from agent.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from agent.config import Budget
    from agent.graph.baselines.single import SingleName
    from agent.graph.toolbox import Toolbox
    from agent.ports import LLM, Reasoner, Retriever

GROUP = "hark.systems"


@dataclass(frozen=True, slots=True)
class SystemRequest:
    """What all systems of a comparison share.

    llm: the language model. budget: most one question may cost. passages: passages read for each query.
    context: tokens that the model can read and write at once.
    """

    llm: LLM
    budget: Budget
    passages: int = 4
    context: int = 8192


class SystemFactory(Protocol):
    """Makes a system over one retriever; called once per sample, so it is quick."""

    def __call__(self, request: SystemRequest, retriever: Retriever, options: Mapping[str, str], /) -> Reasoner:
        """options: those given behind the system's name. Raises ConfigError for one it does not know."""
        ...


@dataclass(frozen=True, slots=True)
class System:
    """A system as it is known before anything of it is imported.

    summary: one line about it. options: the values each may have; the first is what it has when it is not given.
    """

    make: SystemFactory
    summary: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _fsm(request: SystemRequest, retriever: Retriever, options: Mapping[str, str]) -> Reasoner:
    from agent.graph.build import FsmReasoner

    tools = _tools(request, retriever)
    numbers: Literal["plain", "triadic"] = "triadic" if options.get("numbers") == "triadic" else "plain"
    grammar, examples = options.get("plan") != "model", options.get("examples") != "none"
    return FsmReasoner(replace(tools, numbers=numbers, grammar=grammar, examples=examples))


def _single(name: SingleName, request: SystemRequest, retriever: Retriever, options: Mapping[str, str]) -> Reasoner:
    from agent.graph.baselines.single import SingleCall

    shown = {option: options.get(option) == "all" for option in _SHOWN}
    return SingleCall(name, _tools(request, retriever), all_passages=shown["read"], all_readings=shown["readings"])


def _self_ask(request: SystemRequest, retriever: Retriever, _: Mapping[str, str]) -> Reasoner:
    from agent.graph.baselines.self_ask import SelfAsk

    return SelfAsk(_tools(request, retriever))


def _ircot(request: SystemRequest, retriever: Retriever, _: Mapping[str, str]) -> Reasoner:
    from agent.graph.baselines.ircot import IRCoT

    return IRCoT(_tools(request, retriever))


def _react(request: SystemRequest, retriever: Retriever, _: Mapping[str, str]) -> Reasoner:
    from agent.graph.baselines.react import ReAct

    return ReAct(_tools(request, retriever))


def _tools(request: SystemRequest, retriever: Retriever) -> Toolbox:
    from agent.graph.toolbox import Toolbox

    return Toolbox(request.llm, retriever, request.budget, passages=request.passages, context=request.context)


_FSM = {"numbers": ("plain", "triadic"), "plan": ("form", "model"), "examples": ("some", "none")}
_SHOWN = {"read": ("top", "all"), "readings": ("first", "all")}

SYSTEMS: dict[str, System] = {
    "fsm": System(_fsm, "hark's state machine: one checked sub-question at a time", _FSM),
    "direct": System(partial(_single, "direct"), "one call, nothing but the answer written", _SHOWN),
    "cot": System(partial(_single, "cot"), "one call with a chain of thought (Wei et al. 2022)", _SHOWN),
    "self-ask": System(_self_ask, "follow-up questions, each answered from what is retrieved (Press et al. 2022)"),
    "ircot": System(_ircot, "retrieval interleaved with a chain of thought (Trivedi et al. 2022)"),
    "react": System(_react, "thoughts and actions: search, look up, finish (Yao et al. 2022)"),
}


@cache
def plugins() -> dict[str, EntryPoint]:
    """Systems of other packages by name. hark's own names cannot be taken over."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in SYSTEMS}


def names() -> tuple[str, ...]:
    """Every system that can be named."""
    return (*SYSTEMS, *sorted(plugins()))


def check(system: str) -> None:
    """Raise ConfigError unless this names a system there is, with options and values it knows."""
    _parsed(system)


def make(system: str, request: SystemRequest, retriever: Retriever) -> Reasoner:
    """Make the system over a retriever; quick enough to be done for every sample.

    Raises ConfigError where name, option or value is unknown (listing the known), or a plugin does not load.
    """
    name, options = _parsed(system)
    factory = SYSTEMS[name].make if name in SYSTEMS else _load(name)
    return factory(request, retriever, options)


@cache
def _parsed(system: str) -> tuple[str, Mapping[str, str]]:
    name, _, rest = system.partition(":")
    if name not in SYSTEMS and name not in plugins():
        raise ConfigError(f"unknown system '{name}': known are {', '.join(names())}")
    options: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        option, equals, value = part.partition("=")
        if not equals or not value:
            raise ConfigError(f"'{part}' is no option: write {name}:option=value")
        options[option] = value
    if name in SYSTEMS:
        _check_options(name, options)
    return name, options


def _check_options(name: str, options: Mapping[str, str]) -> None:
    known = SYSTEMS[name].options
    for option, value in options.items():
        if option not in known:
            has = f"known are {', '.join(known)}" if known else "it has none"
            raise ConfigError(f"unknown option '{option}' of system '{name}': {has}")
        if value not in known[option]:
            raise ConfigError(
                f"option '{option}' of system '{name}' may be {' or '.join(known[option])}, not '{value}'"
            )


@cache
def _load(name: str) -> SystemFactory:
    point = plugins()[name]
    try:
        return cast("SystemFactory", point.load())
    # whatever another package raises while it is imported
    except Exception as error:
        package = point.dist.name if point.dist else point.value
        raise ConfigError(f"the system '{name}' of {package} does not load ({error}): mend it") from error
