"""Whether the fields of a definition hold what their types promise; every fault is told at once.

A converter must not refuse: it would hide the other faults. What it cannot convert it leaves as it
is, and the checks here name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from decimal import Decimal
from numbers import Real
from typing import cast

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import Fault, did_you_mean, shown


class FrozenGoals(Mapping[str, Goal]):
    """Hold goals by priority; nothing can be put in or taken out."""

    __slots__ = ("_goals",)

    def __init__(self, goals: Mapping[str, Goal]) -> None:
        self._goals = dict(goals)

    def __getitem__(self, priority: str) -> Goal:
        return self._goals[priority]

    def __iter__(self) -> Iterator[str]:
        return iter(self._goals)

    def __len__(self) -> int:
        return len(self._goals)

    def __contains__(self, priority: object) -> bool:
        return priority in self._goals

    def __repr__(self) -> str:
        return repr(self._goals)

    def __reduce__(self) -> tuple[object, ...]:
        return FrozenGoals, (self._goals,)


def many(value: object) -> object:
    """Return the members of a list as a tuple; what is no list, a text or a mapping, unchanged."""
    return tuple(cast("Iterable[object]", value)) if is_many(value) else value


def is_many(value: object) -> bool:
    """Tell whether a value can be read as a list; a text is not its letters, nor a mapping keys."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def many_unique(value: object) -> object:
    """Return the members as a frozenset, in a tuple if they do not hash; no list unchanged."""
    members = many(value)
    try:
        return frozenset(cast("tuple[object, ...]", members)) if _is_list(members) else members
    except TypeError:
        return members


def shares(value: object) -> object:
    """Return shares in order; exact numbers (Fraction, Decimal) become the nearest float."""
    members = many(value)
    if not _is_list(members):
        return members
    found = tuple(_share(each) for each in cast("tuple[object, ...]", members))
    if not all(isinstance(each, int | float) for each in found):
        return found
    return tuple(sorted(cast("tuple[float, ...]", found)))


def _share(value: object) -> object:
    if isinstance(value, int) or not isinstance(value, Real | Decimal):
        return value
    try:
        return float(value)
    except (OverflowError, ValueError):  # too large, or a signalling NaN
        return value


def text_faults(where: str, value: object) -> Iterator[Fault]:
    """Yield that a value is no text, or an empty one."""
    if not isinstance(value, str):
        yield _wrong(where, value, "a text", f"write {str(value)!r}" if _is_plain(value) else "")
    elif not value.strip():
        yield Fault("empty", "is empty", where, shown(value), "write what it is called")


def kind_faults(
    where: str, value: object, kind: type | tuple[type, ...], meant: str, remedy: str = ""
) -> Iterator[Fault]:
    """Yield that a value is of none of these types; `meant` says what it should be, in words."""
    if not isinstance(value, kind):
        yield _wrong(where, value, meant, remedy)


def calendar_faults(value: object) -> Iterator[Fault]:
    """Yield that a value is no calendar."""
    remedy = "use a calendar, such as BusinessCalendar(...) or ALWAYS"
    yield from kind_faults("calendar", value, Calendar, "a calendar", remedy)


def number_faults(where: str, value: object, least: int | None = None) -> Iterator[Fault]:
    """Yield that a value is no whole number, or too small a one; True is no number."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield _wrong(where, value, "a whole number", "write 1, without quotes")
    elif least is not None and value < least:
        message, remedy = f"{shown(value)} is less than {least}", f"count from {least}"
        yield Fault("version-number", message, where, shown(value), remedy)


def list_faults(
    where: str, value: object, kind: type, meant: str, remedy: str = ""
) -> Iterator[Fault]:
    """Yield that a value is no list, or which of its members are of another type or empty texts."""
    if not _is_list(value):
        if isinstance(value, kind):
            text = shown(value, 40) if isinstance(value, str | float) else "it"
            remedy = f"write {where}=({text},)"
            if where == "pause_on":
                remedy = f"write {where}={{{text}}}, with braces"
        yield _wrong(where, value, f"a list of {meant}s", remedy or "put it in brackets")
        return
    members = cast("Iterable[object]", value)
    ordered = sorted(members, key=repr) if isinstance(members, frozenset) else members
    for n, each in enumerate(ordered):
        place = f"{where}[{n}]"
        if kind is str:
            yield from text_faults(place, each)
        else:
            yield from kind_faults(place, each, kind, f"a {meant}", remedy)


def choice_faults(where: str, value: object, choices: tuple[str, ...]) -> Iterator[Fault]:
    """Yield that a value is none of the known words, with the nearest one."""
    if not isinstance(value, str) or value not in choices:
        remedy = f"use one of {', '.join(map(repr, choices))}{did_you_mean(value, choices)}"
        name = where.replace("_", " ")
        message = f"{shown(value)} is not a{'n' * (where == 'anchor')} {name}"
        yield Fault(f"unknown-{name.replace(' ', '-')}", message, where, shown(value), remedy)


def _wrong(where: str, value: object, meant: str, remedy: str) -> Fault:
    text = shown(value)
    return Fault("wrong-type", f"{text} is not {meant}", where, text, remedy or f"use {meant}")


def _is_list(value: object) -> bool:
    return isinstance(value, tuple | frozenset)


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float)


def goal_to_json(goal: Goal) -> dict[str, object]:
    """Return a goal as JSON-ready data; a goal of one's own gives its repr."""
    if isinstance(goal, WorkingTime | WallTime):
        kind = "working_time" if isinstance(goal, WorkingTime) else "wall_time"
        return {"kind": kind, "microseconds": goal.duration // timedelta.resolution}
    if isinstance(goal, WorkingDays):
        return {
            "kind": "working_days",
            "days": goal.days,
            "at": goal.at.isoformat() if isinstance(goal.at, time) else goal.at,
            "cut_off": None if goal.cut_off is None else goal.cut_off.isoformat(),
            "snap": goal.snap,
        }
    return {"kind": type(goal).__name__, "repr": repr(goal)}
