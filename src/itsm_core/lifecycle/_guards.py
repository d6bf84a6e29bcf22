"""Guards of a lifecycle: whether they are known, can hold, exclude each other, leave a way (L3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Final

from itsm_core.conditions import Condition, Predicate, any_of, field
from itsm_core.conditions._overlap import find_example
from itsm_core.errors import DefinitionError, Fault, InvalidValue
from itsm_core.lifecycle._fields import ANY_TICKET, TICKET_SCHEMA
from itsm_core.lifecycle._findings import Finding
from itsm_core.lifecycle._possible import COUNTS, example

if TYPE_CHECKING:
    from itsm_core.lifecycle._graph import Graph
    from itsm_core.lifecycle._values import Transition

_OFTEN: Final = 1_000_000
"""More reopenings than any ticket has: a guard that still holds then is no bound."""


def guard_faults(graph: Graph) -> Iterator[Finding]:
    """Yield guards that look at what no ticket has, and guards that hold for no ticket."""
    for place, transition in enumerate(graph.lifecycle.transitions):
        guard, condition, trigger = transition.guard, transition.condition, transition.trigger
        if guard is None:
            continue
        where, state = f"transitions[{place}] {trigger!r}.guard", _start(transition)
        for fault in _faults_of(guard):
            message = f"{fault.where}: {fault.message}"
            yield graph.finding(
                "unknown-guard", message, state, trigger, remedy=fault.remedy, where=where
            )
        if condition is not None and example((condition,), {}) is None:
            message = f"holds for no ticket at all: {condition}"
            remedy = "say what can be true, or drop the transition"
            yield graph.finding(
                "guard-never-holds", message, state, trigger, remedy=remedy, where=where
            )


def _faults_of(guard: Predicate) -> tuple[Fault, ...]:
    try:
        Condition(schema=TICKET_SCHEMA, rule=guard)
    except DefinitionError as error:
        return error.faults
    return ()


def _start(transition: Transition) -> str:
    return transition.sources[0] if transition.sources else transition.target


def ambiguity_faults(graph: Graph) -> Iterator[Finding]:
    """Yield two transitions of one trigger and state of which both could fire."""
    starts: dict[tuple[str, str], list[Transition]] = {}
    for each in graph.lifecycle.transitions:
        for source in dict.fromkeys(each.sources):
            starts.setdefault((each.trigger, source), []).append(each)
    for (trigger, source), several in starts.items():
        bare = sum(each.guard is None for each in several)
        if bare > 1:
            message = f"{bare} transitions {trigger!r} start in {source!r} without a guard"
            remedy = "keep one, give them guards that exclude each other, or other triggers"
            yield graph.finding(
                "ambiguous-transition",
                message,
                source,
                trigger,
                remedy=remedy,
                where="transitions",
            )
            continue
        for one, other in combinations(several, 2):
            yield from _overlap_faults(graph, source, one, other)


def _overlap_faults(
    graph: Graph, source: str, one: Transition, other: Transition
) -> Iterator[Finding]:
    first, second = _condition(one), _condition(other)
    if first is None or second is None:
        return  # what is wrong with the guard itself is told already
    pair = f"two transitions {one.trigger!r} start in {source!r}, "
    pair += f"to {one.target!r} when {first} and to {other.target!r} when {second}"
    known = (first, second, *graph.possible.facts_of(source, first, second))
    try:
        both = find_example(known, counts=COUNTS)
    except InvalidValue as error:
        yield graph.finding(
            "undecidable-guards",
            f"{pair}; whether both can hold is not known: {error}",
            source,
            one.trigger,
            remedy="test with is or in, on fewer fields",
            where="transitions",
        )
        return
    if both is not None:
        yield graph.finding(
            "overlapping-guards",
            f"{pair}; both hold when {told(both)}",
            source,
            one.trigger,
            remedy="let the guards exclude each other",
            where="transitions",
        )


def _condition(transition: Transition) -> Condition | None:
    return ANY_TICKET if transition.guard is None else transition.condition


def told(values: Mapping[str, object]) -> str:
    """Return an example as words: `impact is high, group is missing`."""
    shown = (
        f"{name} is {'missing' if value is None or value == '' else value}"
        for name, value in values.items()
    )
    return ", ".join(shown) or "any ticket"


def all_shut(graph: Graph, ways: Sequence[Transition], source: str) -> str:
    """Return an example of a ticket for which no way leads out of a state; empty if there is none.

    A required field counts like a guard where nobody can fill it after the opening.
    """
    asked = [graph.possible.demand(each, always=True) for each in ways]
    rules = [each.rule for each in asked if each is not None]
    if not ways or len(rules) < len(ways):
        return ""  # one way asks for nothing, or its fault is told already
    try:
        none = Condition(schema=TICKET_SCHEMA, rule=~any_of(*rules))
    except DefinitionError:
        return ""  # beyond the budget of one condition
    values = example((none, *graph.possible.facts_of(source, none)), {})
    if values is None:
        return ""
    return told(values) if values else "its guards are false"


def bounds_reopening(transition: Transition) -> bool:
    """Return whether a guard stops holding once a ticket has been reopened often enough."""
    guard = _condition(transition)
    if guard is None:
        return True  # its own fault is told already
    often = Condition(schema=TICKET_SCHEMA, rule=field("reopen_count").is_at_least(_OFTEN))
    return example((guard, often), {}) is None
