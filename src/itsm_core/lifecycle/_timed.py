"""Timed rules: what a ticket may do, or does by itself, as time goes by; all of it data (law L5).

Every length is a goal on one calendar, so that a reminder, a closing and a reopening window count
the same days: three working days are three working days.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, cast

import attrs

from itsm_core.calendars import Calendar, Goal
from itsm_core.commands import Actor
from itsm_core.errors import (
    CalendarExhausted,
    DefinitionError,
    Fault,
    InvalidValue,
    did_you_mean,
)
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle
from itsm_core.spans import instant, micros

TIMER: Final = Actor(roles={"system"}, automatic=True)
"""Who acts when time alone does: a program in the role `system`, never a person."""

_MOST_NUDGES: Final = 100  # a bound, so that a plan is finite; a person gave up long before


def _check_goal(_: object, field: attrs.Attribute[Goal], value: Goal) -> None:
    if not isinstance(value, Goal):
        remedy = "use WorkingDays(3), WorkingTime(timedelta(hours=8)) or WallTime(...)"
        raise InvalidValue(f"{field.name} is no goal", value, remedy)


def _check_optional_goal(
    _: object, field: attrs.Attribute[Goal | None], value: Goal | None
) -> None:
    if value is not None and not isinstance(value, Goal):
        remedy = "use a goal such as WorkingDays(3), or None for never"
        raise InvalidValue(f"{field.name} is no goal", value, remedy)


def _check_reason(_: object, __: object, value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue("not a hold reason", value, "name one of the lifecycle's")


@attrs.frozen(kw_only=True)
class Nudge:
    """Remind whoever is waited for: first `after` the hold began, then `every`, `at_most` so often.

    Raises:
        InvalidValue: a part is of another type, or `at_most` is not from 1 to 100, or several are
            wanted without saying how often.

    >>> from datetime import timedelta
    >>> from itsm_core.calendars import WallTime
    >>> Nudge(reason="awaiting_requester", after=WallTime(timedelta(days=2))).at_most
    1
    """

    reason: str = attrs.field(validator=_check_reason)
    after: Goal = attrs.field(validator=_check_goal)
    every: Goal | None = attrs.field(default=None, validator=_check_optional_goal)
    at_most: int = 1

    def __attrs_post_init__(self) -> None:
        if type(self.at_most) is not int or not 1 <= self.at_most <= _MOST_NUDGES:
            remedy = f"use a whole number from 1 to {_MOST_NUDGES}"
            raise InvalidValue("how often at most to nudge", self.at_most, remedy)
        if self.at_most > 1 and self.every is None:
            remedy = "say every=WorkingDays(2), for example, or at_most=1"
            raise InvalidValue("several nudges without a distance", self.at_most, remedy)


@attrs.frozen(kw_only=True)
class Silence:
    """End a wait that nobody answers: `after` the desk's last contact by a person, fire `trigger`.

    By default the ticket is resolved with a code that says why, so that the requester can still
    reopen it; `close` and `cancel` are for lifecycles that allow them from a hold. What is counted
    begins with the hold or with the last answer of a person in it, whichever is later, and is
    broken off when the requester gets in touch. Reminders and auto-replies begin nothing anew.

    Raises:
        InvalidValue: a part is of another type than it should be, or the trigger is another.

    >>> from datetime import timedelta
    >>> from itsm_core.calendars import WallTime
    >>> Silence(reason="awaiting_requester", after=WallTime(timedelta(days=2))).trigger
    'resolve'
    """

    reason: str = attrs.field(validator=_check_reason)
    after: Goal = attrs.field(validator=_check_goal)
    trigger: Literal["resolve", "close", "cancel"] = "resolve"
    resolution_code: str = "no_answer"

    def __attrs_post_init__(self) -> None:
        if self.trigger not in ("resolve", "close", "cancel"):
            remedy = "use 'resolve', 'close' or 'cancel'"
            raise InvalidValue("a silence cannot end in this", self.trigger, remedy)


def _nudges(values: Iterable[Nudge]) -> tuple[Nudge, ...]:
    return cast("tuple[Nudge, ...]", _all_of(Nudge, values))


def _silences(values: Iterable[Silence]) -> tuple[Silence, ...]:
    return cast("tuple[Silence, ...]", _all_of(Silence, values))


def _all_of(kind: type, values: object) -> tuple[object, ...]:
    remedy = f"write [{kind.__name__}(...), ...]"
    if not isinstance(values, Iterable):
        raise InvalidValue(f"no list of {kind.__name__}", values, remedy)
    found = tuple(cast("Iterable[object]", values))
    for one in found:
        if not isinstance(one, kind):
            raise InvalidValue(f"not a {kind.__name__}", one, remedy)
    return found


def _check_calendar(_: object, __: object, value: Calendar) -> None:
    if not isinstance(value, Calendar):
        raise InvalidValue("not a Calendar", value, "use BusinessCalendar(...) or ALWAYS")


@attrs.frozen(kw_only=True)
class TimedRules:
    """Say what time alone does to tickets, on one calendar (law L5); what is left out never is.

    `reopen_within` runs from the standing solution, or from the cancelling where there is none; at
    its last instant a ticket may still be reopened, afterwards a follow-up is due. `close_after`
    closes what stays resolved so long. `waiting_for_requester` names the hold reasons in which a
    contact of the requester is the answer that is waited for; it ends their nudges and silences.

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: two nudges, or two silences, are for one reason.

    >>> from itsm_core.calendars import ALWAYS
    >>> TimedRules(calendar=ALWAYS).waiting_for_requester
    ('awaiting_requester',)
    """

    calendar: Calendar = attrs.field(validator=_check_calendar)
    reopen_within: Goal | None = attrs.field(default=None, validator=_check_optional_goal)
    close_after: Goal | None = attrs.field(default=None, validator=_check_optional_goal)
    nudges: tuple[Nudge, ...] = attrs.field(default=(), converter=_nudges)
    silences: tuple[Silence, ...] = attrs.field(default=(), converter=_silences)
    waiting_for_requester: tuple[str, ...] = ("awaiting_requester",)

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []
        for where, rules in (("nudges", self.nudges), ("silences", self.silences)):
            reasons = [rule.reason for rule in rules]
            faults += [
                Fault("duplicate-name", f"two for {name!r}", where, name, "keep one of them")
                for name in dict.fromkeys(reasons)
                if reasons.count(name) > 1
            ]
        if faults:
            raise DefinitionError("timed rules", tuple(faults))

    def faults_in(self, lifecycle: Lifecycle) -> tuple[Fault, ...]:
        """Return which reasons the lifecycle does not know, and what the timer may not do there.

        A rule for a reason that no ticket can wait for would never fire, and nobody would notice.
        """
        known = lifecycle.hold_reasons
        faults = [
            Fault(
                "unknown-hold-reason",
                f"unknown hold reason {rule.reason!r}",
                where,
                rule.reason,
                f"use one of {', '.join(known) or 'none'}{did_you_mean(rule.reason, known)}",
            )
            for where, rules in (("nudges", self.nudges), ("silences", self.silences))
            for rule in rules
            if rule.reason not in known
        ]
        holds = [name for name, each in lifecycle.categories.items() if each.value == "on_hold"]
        rests = [name for name, each in lifecycle.categories.items() if each.value == "resolved"]
        asked = [("close", rests)] if self.close_after is not None else []
        asked += [("nudge", holds)] if self.nudges else []
        asked += [(rule.trigger, holds) for rule in self.silences]
        for trigger, states in dict.fromkeys((one, tuple(many)) for one, many in asked):
            faults += [
                Fault(
                    "timer-may-not",
                    f"the timer cannot {trigger!r} from {state!r}",
                    "lifecycle",
                    state,
                    f"let the role 'system' {trigger!r} from there",
                )
                for state in states
                if not any(_may(each.roles) for each in lifecycle.choices(trigger, state))
            ]
        return tuple(faults)


def _may(roles: tuple[str, ...]) -> bool:
    return not roles or not TIMER.roles.isdisjoint(roles)


def window_faults(rules: TimedRules, ticket: Ticket, occurred_us: int) -> tuple[Fault, ...]:
    """Return why a ticket at rest cannot go back into work: its window is over (law L5)."""
    stands = (ticket.resolved_us, ticket.closed_us, ticket.cancelled_us)
    since_us = next((each for each in stands if each is not None), None)
    if rules.reopen_within is None or since_us is None:
        return ()
    shown = instant(occurred_us).isoformat()
    try:
        last = rules.calendar.due(instant(since_us), rules.reopen_within)
    except CalendarExhausted as error:
        message = f"until when it may be reopened cannot be told: {error}"
        remedy = "give the timed rules a calendar with open time; or open a follow-up"
        return (Fault("reopen-window-unknown", message, "at", shown, remedy),)
    if occurred_us <= micros(last):
        return ()
    message = f"it could be reopened until {last.isoformat()} ({rules.reopen_within})"
    remedy = "open a follow-up: OpenFollowUp(ticket_id=..., into=...), a new ticket linked to it"
    return (
        Fault(
            "reopen-window-over",
            message,
            "at",
            shown,
            remedy,
        ),
    )
