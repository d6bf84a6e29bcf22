"""Names in ladders and rosters: who is told, what is waited for, who stands in for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from itsm_core.documents import KeyPath
from itsm_core.errors import did_you_mean
from itsm_core.escalation import Breached, Ladder, Notify, OffsetFromDue, ShareUsed
from itsm_core.policy._notes import Notes
from itsm_core.rosters import Roster
from itsm_core.rosters._faults import circles


def check_ladders(
    ladders: Mapping[str, Ladder],
    rosters: Mapping[str, Any],
    clocks: Collection[str] | None,
    notes: Notes,
) -> None:
    """Note rosters and clocks that there are not; `clocks` None if some could not be read.

    `rosters` are those that the file has, whether they could be made or not.
    """
    for name, ladder in ladders.items():
        for n, rule in enumerate(ladder.rules):
            path: KeyPath = ("ladders", name, "rules", n)
            trigger = rule.trigger
            if clocks is not None and isinstance(trigger, ShareUsed | OffsetFromDue | Breached):
                _check_clock(trigger.clock, clocks, rule.name, (*path, "trigger", "clock"), notes)
            for number, action in enumerate(rule.actions):
                if isinstance(action, Notify) and action.target == "roster":
                    at = (*path, "actions", number, "name")
                    _check_roster(action.name, rosters, at, notes)


def check_absences(rosters: Mapping[str, Roster], notes: Notes) -> None:
    """Note substitutes who lead back to each other over several rosters.

    Absences of all rosters hold for everybody, so that one desk knows who is there.
    """
    places = [
        (name, n, absence)
        for name, roster in rosters.items()
        for n, absence in enumerate(roster.absences)
    ]
    for number, circle in circles(tuple(absence for _, _, absence in places)):
        name, n, absence = places[number]
        notes.add(
            "absence-circle",
            f"substitutes of several rosters lead back: {' -> '.join((*circle, circle[0]))}",
            ("rosters", name, "absences", n, "substitute"),
            value=absence.substitute,
            remedy="name somebody who is there at that time",
            rule="a chain of substitutes ends with somebody who is there",
        )


def _check_clock(clock: str, clocks: Collection[str], rule: str, at: KeyPath, notes: Notes) -> None:
    if not clocks or clock in clocks:
        return
    notes.add(
        "unreachable-rule",
        f"{rule!r} waits for a clock {clock!r} that no agreement has{did_you_mean(clock, clocks)}",
        at,
        value=clock,
        remedy=f"use one of {', '.join(clocks)}",
        rule="an escalation waits for a clock of the file",
    )


def _check_roster(name: str, rosters: Mapping[str, Any], at: KeyPath, notes: Notes) -> None:
    if name in rosters:
        return
    notes.add(
        "unknown-recipient",
        f"there is no roster {name!r}{did_you_mean(name, rosters)}",
        at,
        value=name,
        remedy=f"use one of {', '.join(rosters)}" if rosters else f"define [rosters.{name}]",
        rule="who is told is defined in this file",
    )
