"""Small worlds of which the answers are known by construction."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

from itsm_core import BusinessCalendar, WeeklyHours, hours, minutes
from itsm_core.conditions import FieldTest, field
from itsm_core.explore import World
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import INCIDENT, Lifecycle, State, StateCategory, Transition
from itsm_core.sla import PauseLimit, ServiceLevelAgreement, ServiceLevelTarget, held_by

OFFICE: Final = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
STATES: Final = (
    State(name="new", category=StateCategory.NEW),
    State(name="busy", category=StateCategory.ACTIVE),
    State(name="parked", category=StateCategory.ON_HOLD),
    State(name="solved", category=StateCategory.RESOLVED),
    State(name="done", category=StateCategory.CLOSED),
    State(name="dropped", category=StateCategory.CANCELLED),
)
OPEN: Final = Transition(trigger="open", target="new")
START: Final = Transition(trigger="start", sources=("new",), target="busy")
HOLD: Final = Transition(trigger="hold", sources=("busy",), target="parked", required=("reason",))
RESUME: Final = Transition(trigger="resume", sources=("parked",), target="busy")
RESOLVE: Final = Transition(trigger="resolve", sources=("busy",), target="solved")
REOPEN: Final = Transition(
    trigger="reopen",
    sources=("solved",),
    target="busy",
    guard=field("reopen_count").is_below(2),
)
CLOSE: Final = Transition(trigger="close", sources=("solved",), target="done")
ANSWER: Final = Transition(trigger="answer", sources=("new", "busy", "parked", "solved"))
PLAIN: Final = (OPEN, START, HOLD, RESUME, RESOLVE, REOPEN, CLOSE, ANSWER)


def lifecycle(*transitions: Transition) -> Lifecycle:
    """Return the small lifecycle, with some of its transitions replaced by others."""
    changed = {each.trigger for each in transitions}
    kept = [each for each in PLAIN if each.trigger not in changed]
    reached = {each.target for each in (*kept, *transitions)}
    return Lifecycle(
        name="small",
        states=tuple(each for each in STATES if each.name in reached),
        hold_reasons=("supplier", "weather"),
        transitions=(*kept, *transitions),
    )


def agreement(*targets: ServiceLevelTarget) -> ServiceLevelAgreement:
    """Return an agreement on office hours."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("standard"), calendar=OFFICE, targets=targets
    )


RESPONSE: Final = ServiceLevelTarget(metric="response", goals=minutes(30))
RESOLUTION: Final = ServiceLevelTarget(metric="resolution", goals=hours(8), pause_on=("supplier",))
BY_PRIORITY: Final = ServiceLevelTarget(
    metric="resolution", goals={"P1": hours(4), "P2": hours(8), "P3": hours(24), "P4": hours(40)}
)
OFTEN: Final = attrs.evolve(
    RESOLUTION, pause_limits=(PauseLimit(reason="supplier", longest=hours(2)),)
)
SELDOM: Final = attrs.evolve(
    RESOLUTION, pause_limits=(PauseLimit(reason="supplier", budget=timedelta(hours=2)),)
)
FIRST_LINE: Final = ServiceLevelTarget(
    metric="ola", name="first line", goals=hours(2), rules=held_by("first")
)


def small(*transitions: Transition, targets: tuple[ServiceLevelTarget, ...] = ()) -> World:
    """Return a world of the small lifecycle, with an agreement if there are targets."""
    return World(
        lifecycle=lifecycle(*transitions), agreement=agreement(*targets) if targets else None
    )


DESK: Final = World(lifecycle=INCIDENT)


def in_state(name: str) -> FieldTest:
    """Return the question whether a ticket is in a state."""
    return field("state").is_(name)
