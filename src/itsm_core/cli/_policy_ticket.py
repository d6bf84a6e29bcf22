"""The ticket that `policy explain` is asked about: its options, checked all at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from itsm_core.calendars import load_zone, wall_time
from itsm_core.cli._policy_arguments import SKETCH
from itsm_core.errors import (
    DefinitionError,
    Fault,
    InvalidValue,
    NaiveDatetime,
    did_you_mean,
)
from itsm_core.policy import Policy
from itsm_core.policy._expect import on_the_wall
from itsm_core.spans import micros

__all__ = ["opening_of", "read_instant"]

_Read = TypeVar("_Read")


def opening_of(
    chosen: argparse.Namespace, policy: Policy
) -> tuple[dict[str, str], datetime] | None:
    """Return what the options say of a ticket, and when it is opened; None without any.

    Raises:
        DefinitionError: an option cannot be used, or two contradict each other; every fault is
            listed.
    """
    sketch = {key: text for key in SKETCH if (text := getattr(chosen, key))}
    faults: list[Fault] = []
    if chosen.zone:
        _tried("--zone", lambda: load_zone(chosen.zone), faults)
    if not sketch and not chosen.at:
        if chosen.zone:
            remedy = "add --at, such as --at 2026-03-27T16:50"
            faults.append(Fault("invalid-value", "stands without --at", "--zone", "", remedy))
        _refuse(faults)
        return None
    is_zoned = not faults
    faults += _priority_faults(sketch, policy)
    at = None
    if is_zoned:
        at = _tried("--at", lambda: read_instant("--at", chosen.at, chosen.zone), faults)
    _refuse(faults)
    return None if at is None else (sketch, at)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise DefinitionError("the ticket to explain", tuple(faults))


def _tried(option: str, read: Callable[[], _Read], faults: list[Fault]) -> _Read | None:
    """Return what an option says, or None once it is noted why it cannot be used."""
    try:
        return read()
    except InvalidValue as error:
        faults.append(Fault(error.code, error.what, option, str(error.value), error.remedy))
    return None


def _priority_faults(sketch: dict[str, str], policy: Policy) -> Iterable[Fault]:
    """Yield what contradicts itself among priority, impact and urgency, or is not known."""
    rules = policy.matrix.policy
    given = [key for key in ("impact", "urgency") if key in sketch]
    if "priority" in sketch and given:
        remedy = "give impact and urgency, or the priority that they lead to"
        what = f"says again what --{given[0]} says"
        yield Fault("wrong-value", what, "--priority", sketch["priority"], remedy)
    elif len(given) == 1:
        (other,) = {"impact", "urgency"} - set(given)
        known = rules.impacts if other == "impact" else rules.urgencies
        remedy = f"add --{other}, one of {', '.join(known)}"
        what = f"is missing beside --{given[0]}"
        yield Fault("missing-key", what, f"--{other}", "", remedy)
    levels = {"impact": rules.impacts, "urgency": rules.urgencies, "priority": rules.priorities}
    for key, known in levels.items():
        value = sketch.get(key)
        if value is not None and value not in known:
            what = f"{value!r} is not known{did_you_mean(value, known)}"
            yield Fault("unknown-name", what, f"--{key}", value, f"use one of {', '.join(known)}")


def read_instant(option: str, text: str, zone: str) -> datetime:
    """Return the instant of an option: with its own offset, or on the wall clock of --zone.

    Raises:
        InvalidValue: the text is no instant, or one that the clocks of the zone skip or show
            twice; `NaiveDatetime` if nothing names its zone.
    """
    remedy = f"write {option} 2026-03-27T16:50+01:00"
    if option == "--at":
        remedy += ", or name --zone Europe/Berlin and leave the offset out"
    if not text:
        what = f"{option} is missing: a ticket is opened at some instant"
        raise InvalidValue(what, text, remedy)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{option} is not an instant", text, remedy) from error
    if at.tzinfo is None and not zone:
        raise NaiveDatetime(f"{option} is without a time zone", text, remedy)
    at = on_the_wall(at, zone)
    return wall_time(micros(at), load_zone(zone)) if zone else at
