"""What is legal in a roster and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from itsm_core.calendars import Finding
from itsm_core.rosters._shift import Shift
from itsm_core.rosters._values import Rotation
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.rosters._roster import Roster


def findings_of(roster: Roster, start: datetime, end: datetime) -> tuple[Finding, ...]:
    """Return what is probably not meant in `[start, end)`; the empty tuple is fine."""
    shifts = roster.schedule(start, end)
    low, high = micros(start), micros(end)
    return (
        *_gaps(shifts),
        *_without_effect(roster, low, high),
        *(found for layer in roster.layers for found in _lonely(layer)),
    )


def _gaps(shifts: tuple[Shift, ...]) -> Iterator[Finding]:
    for shift in shifts:
        if not shift.people:
            first, last = (instant(each).isoformat() for each in (shift.start_us, shift.end_us))
            message = (
                f"nobody is on call from {first} to {last}: {shift.why.removeprefix('nobody: ')}"
            )
            remedy = "add a layer below, an override, or a substitute"
            yield Finding("rotation-gap", message, remedy)


def _without_effect(roster: Roster, low: int, high: int) -> Iterator[Finding]:
    """Yield changes by hand that lie in the range and change nothing there."""
    for override in roster.overrides:
        if low <= override.start_us and override.end_us <= high:
            said = roster.schedule(override.start_at, override.end_at)
            if not any(shift.why.startswith(str(override)) for shift in said):
                message = f"{override} is covered by later overrides"
                yield Finding("change-without-effect", message, "remove it")
    for swap in roster.swaps:
        if low <= swap.start_us and swap.end_us <= high:
            said = roster.schedule(swap.start_at, swap.end_at)
            if not any(str(swap) in shift.why for shift in said):
                first, last = (instant(each).isoformat() for each in swap.pair)
                message = f"{swap}: {swap.giver} has no call from {first} to {last} to give away"
                yield Finding("change-without-effect", message, "correct its times, or remove it")
    for absence in roster.absences:
        if absence.person not in roster.people:
            message = f"{absence.person} is away and not on the roster"
            yield Finding("unknown-person", message, "correct the name, or remove the absence")


def _lonely(layer: Rotation) -> Iterator[Finding]:
    people = {person for crew in layer.people for person in crew}
    if len(people) == 1:
        message = f"rotation {layer.name!r} is {next(iter(people))} alone, without rest"
        yield Finding("rotation-of-one", message, "add people who take turns")
