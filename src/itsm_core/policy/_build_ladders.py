"""Names in ladders: rosters that are told, clocks that are waited for; each must be in the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from itsm_core.documents import KeyPath
from itsm_core.errors import did_you_mean
from itsm_core.escalation import Breached, Ladder, Notify, OffsetFromDue, ShareUsed
from itsm_core.policy._notes import Notes


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
