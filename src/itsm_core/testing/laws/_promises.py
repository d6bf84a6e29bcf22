"""What a desk promises with an agreement, over and above what every agreement keeps (Y4 to Y7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from itsm_core.errors import CalendarExhausted
from itsm_core.events import (
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
)
from itsm_core.sla import ANY_PRIORITY, RESOLVED, ServiceLevelTarget, SlaClock
from itsm_core.spans import instant
from itsm_core.testing.laws._law import law
from itsm_core.testing.laws._tickets import AgreementCase, name_of, shown
from itsm_core.testing.sla_histories import leaves_of
from itsm_core.testing.sla_possible import impossible_rules

PRIORITY_EVENTS: Final = (PriorityChanged, PriorityOverridden, PriorityOverrideEnded)
_ANY_REASON: Final = frozenset({ANY_PRIORITY, RESOLVED, "on_hold"})
"""Labels of pauses that no lifecycle has to list."""


def opened_us(case: AgreementCase) -> int:
    """Return when the ticket was opened."""
    return next(e.occurred_us for e in case.history if isinstance(e, TicketOpened))


def last_due(clock: SlaClock) -> int | None:
    """Return when a clock is due; while it is paused, when it would be if resumed now."""
    return clock.projected_due_us if clock.due_us is None else clock.due_us


@law("Y6")
def every_clock_can_start_and_stop(case: AgreementCase) -> Iterator[str]:
    """Every clock can start and stop: some ticket makes its rules true."""
    yield from impossible_rules(case.agreement)


@law("Y7")
def pauses_are_of_the_lifecycle(case: AgreementCase) -> Iterator[str]:
    """A clock pauses for hold reasons that its tickets can have."""
    if not case.hold_reasons:
        return
    known = ", ".join(case.hold_reasons)
    for target in case.agreement.targets:
        for reason in sorted(_reasons(target) - _ANY_REASON - set(case.hold_reasons)):
            yield f"{target.name} pauses for {reason!r}, the lifecycle has {known}"


def _reasons(target: ServiceLevelTarget) -> set[str]:
    found = set(target.pause_on or ()) | {each.reason for each in target.pause_limits}
    if target.metric != "commitment" and target.pause is not None:
        for test in leaves_of(target.pause):
            if test.field == "hold_reason":
                found |= {value for value in test.values if isinstance(value, str)}
    return found


@law("Y5")
def answer_is_never_due_after_solution(case: AgreementCase) -> Iterator[str]:
    """The first answer to a ticket is never due after its solution."""
    opening = next(e for e in case.history if isinstance(e, TicketOpened))
    for priority in dict.fromkeys((opening.priority, *case.order)):
        told = attrs.evolve(opening, priority=priority)
        judged = case.judged([told], instant(opening.occurred_us))
        metrics = {each.name: each.metric for each in case.agreement.targets}
        solutions = [each for each in judged if metrics.get(each.name) == "resolution"]
        for answer in (each for each in judged if metrics.get(each.name) == "response"):
            for solution in solutions:
                one, two = last_due(answer), last_due(solution)
                if one is not None and two is not None and one > two:
                    yield (
                        f"{priority}: {answer.name} ({answer.goal}) is due {shown(one)}, "
                        f"after {solution.name} ({solution.goal}), due {shown(two)}"
                    )


@law("Y4")
def graver_priority_is_never_due_later(case: AgreementCase) -> Iterator[str]:
    """With one history, a graver priority is never due later than a milder."""
    history = [event for event in case.history if not isinstance(event, PRIORITY_EVENTS)]
    judged = [
        (priority, {(clock.name, clock.cycle): clock for clock in case.judged(told)})
        for priority in case.order
        for told in [[_with_priority(event, priority) for event in history]]
    ]
    for (graver, first), (milder, second) in (
        (one, two) for place, one in enumerate(judged) for two in judged[place + 1 :]
    ):
        for key in sorted(first.keys() & second.keys()):
            one, two = last_due(first[key]), last_due(second[key])
            if one is not None and two is not None and one > two:
                yield (
                    f"{name_of(first[key])}: {graver} ({first[key].goal}) is due {shown(one)}, "
                    f"later than {milder} ({second[key].goal}), due {shown(two)}"
                )


def _with_priority(event: TicketEvent, priority: str) -> TicketEvent:
    return attrs.evolve(event, priority=priority) if isinstance(event, TicketOpened) else event


@law("Y6")
def every_goal_can_be_reached(case: AgreementCase) -> Iterator[str]:
    """Whenever a ticket comes, each of its goals is due within the horizon."""
    start = instant(opened_us(case))
    for target in case.agreement.targets:
        calendar = case.agreement.calendar_of(target)
        for priority, goal in target.goals.items():
            try:
                goal.due(calendar, start, "close")
            except CalendarExhausted as error:
                yield f"{target.name}, {priority}: {goal} from {start.isoformat()}: {error}"
