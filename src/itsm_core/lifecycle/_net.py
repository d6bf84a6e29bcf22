"""A lifecycle as linked tables, and what the names of a log mean in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import attrs

from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.lifecycle._checks import OPEN
from itsm_core.lifecycle._discovery import ProposedLifecycle
from itsm_core.lifecycle._values import Lifecycle

__all__ = ["LogNames", "Net", "Table", "compiled"]


def _mapped(value: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return dict(value)
    except (TypeError, ValueError) as error:
        raise InvalidValue("not a mapping of names", value, "write {'Closed': 'closed'}") from error


def _name_set(value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        raise InvalidValue("names must be a list", value, f"write [{value!r}]")
    return frozenset(value)


@attrs.frozen(kw_only=True)
class LogNames:
    """Declare what the names of a log mean.

    `states` maps a name to the state that a case enters with it, `triggers` a name to a trigger
    of the lifecycle; what `ignored` lists means nothing here. A name in none of them is a
    deviation, never guessed.

    Raises:
        InvalidValue: a part is no mapping, or a name has two meanings.

    >>> from itsm_core.lifecycle import INCIDENT, LogNames, conformance
    >>> names = LogNames(
    ...     states={"Open": "new", "Solved": "resolved", "Closed": "closed"}, ignored=["Mailed"]
    ... )
    >>> log = [("A", "Open", 0), ("A", "Mailed", 1), ("A", "Solved", 2), ("A", "Closed", 3)]
    >>> found = conformance(INCIDENT, log, names=names)
    >>> found.fits, found.moves, found.ignored
    (True, 3, 1)
    """

    states: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_mapped)
    triggers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_mapped)
    ignored: frozenset[str] = attrs.field(default=frozenset(), converter=_name_set)

    def __attrs_post_init__(self) -> None:
        twice = (
            (self.states.keys() & self.triggers.keys())
            | (self.states.keys() & self.ignored)
            | (self.triggers.keys() & self.ignored)
        )
        if twice:
            what = "a name of the log has two meanings"
            raise InvalidValue(what, min(twice), "keep it in one of states, triggers, ignored")


class Table(dict[str, "Table"]):
    """Lead from one place, by a name of the log, to the table of the next place."""

    __slots__ = ("expected", "is_ending", "is_final", "place")

    def __init__(self, place: str, *, is_ending: bool) -> None:
        super().__init__()
        self.place = place
        self.is_ending = is_ending
        self.is_final = False
        self.expected: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Net:
    """Hold the tables of every place, and what the names mean where no table has them.

    `forced` says where a name leads that no token allows, empty for one that moves nothing;
    `sources` where a trigger would have found its token.
    """

    start: Table
    tables: Mapping[str, Table]
    endings: tuple[str, ...]
    forced: Mapping[str, str]
    sources: Mapping[str, str]
    triggers: frozenset[str]
    ignored: frozenset[str]


_Moves: TypeAlias = list[tuple[str, str, str]]


def _moves_of(lifecycle: object) -> tuple[list[str], list[str], _Moves]:
    """Return states, endings and moves (trigger, source, target); the start is the empty source."""
    if isinstance(lifecycle, ProposedLifecycle):
        moves = [("", each.source, each.target) for each in lifecycle.moves]
        moves += [(OPEN, "", each.target) for each in lifecycle.beginnings]
        endings = [each.source for each in lifecycle.endings]
        return [each.name for each in lifecycle.states], endings, moves
    if not isinstance(lifecycle, Lifecycle):
        remedy = "pass a Lifecycle, or what discover() returned"
        raise InvalidValue("not a lifecycle", lifecycle, remedy)
    found = [
        (each.trigger, source, each.target or source)
        for each in lifecycle.transitions
        for source in (each.sources or ("",))
    ]
    final = [each.name for each in lifecycle.states if each.category.is_terminal]
    return [each.name for each in lifecycle.states], final, found


def compiled(lifecycle: object, names: LogNames | None, endings: Iterable[str] | None) -> Net:
    states, final, moves = _moves_of(lifecycle)
    mapping = LogNames(states={name: name for name in states}) if names is None else names
    if not isinstance(mapping, LogNames):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue("not LogNames", names, "write LogNames(states={...})")
    ends = tuple(final) if endings is None else tuple(dict.fromkeys(_name_set(endings)))
    _refuse_unknown("a state", mapping.states.values(), states)
    _refuse_unknown("an ending", ends, states)
    triggers = list(dict.fromkeys(trigger for trigger, _, _ in moves if trigger))
    _refuse_unknown("a trigger", mapping.triggers.values(), triggers)
    start = Table("", is_ending=False)
    tables = {name: Table(name, is_ending=name in ends) for name in states}
    every = {"": start, **tables}
    _link_states(every, mapping.states, moves)
    forced = dict(mapping.states)
    sources: dict[str, str] = {}
    _link_triggers(every, mapping.triggers, moves, forced, sources)
    left = {source for _, source, target in moves if source != target}
    for table in every.values():
        table.expected = tuple(name for name, after in table.items() if after is not table)
        table.is_final = table.is_ending and table.place not in left
    return Net(
        start=start,
        tables=every,
        endings=tuple(name for name in states if name in ends),
        forced=forced,
        sources=sources,
        triggers=frozenset(mapping.triggers),
        ignored=mapping.ignored,
    )


def _refuse_unknown(what: str, found: Iterable[str], known: list[str]) -> None:
    for name in found:
        if name not in known:
            remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
            raise InvalidValue(f"{what} that the lifecycle does not have", name, remedy)


def _link_states(every: Mapping[str, Table], states: Mapping[str, str], moves: _Moves) -> None:
    reached = {(source, target) for _, source, target in moves}
    for name, target in states.items():
        for place, table in every.items():
            # A state told again leads to itself, which is what makes it no move.
            if place == target or (place, target) in reached:
                table[name] = every[target]


def _link_triggers(
    every: Mapping[str, Table],
    triggers: Mapping[str, str],
    moves: _Moves,
    forced: dict[str, str],
    sources: dict[str, str],
) -> None:
    for name, wanted in triggers.items():
        leads: dict[str, str] = {}
        for trigger, source, target in moves:
            if trigger != wanted:
                continue
            if leads.setdefault(source, target) != target:
                remedy = "map names of the states instead, which say where the case went"
                what = f"trigger {wanted!r} leads from {source!r} to several states"
                raise InvalidValue(what, name, remedy)
            every[source][name] = every[target]
        leaving = [each for each in leads.items() if each[0] != each[1]]
        forced[name] = leaving[0][1] if leaving else ""
        sources[name] = (leaving or list(leads.items()))[0][0]
