"""Wrong agreements, priorities and lifecycles, as somebody in a hurry writes them."""

from __future__ import annotations

from datetime import timedelta

import attrs

from itsm_core.calendars import BusinessCalendar, Goal, WallTime, WeeklyHours
from itsm_core.commands import Actor
from itsm_core.conditions import field
from itsm_core.ids import AgreementId, PersonId
from itsm_core.lifecycle import INCIDENT, Lifecycle, State, StateCategory, Transition
from itsm_core.priority import (
    ITIL_MATRIX,
    Lower,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    Raise,
)
from itsm_core.sla import ClockRules, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.testing import check_agreement, check_lifecycle, check_matrix, lawful

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RESOLUTION = ServiceLevelTarget(
    metric="resolution",
    goals={"P1": 4 * HOUR, "P2": 8 * HOUR, "P3": 24 * HOUR},
    pause_on={"awaiting_requester"},
)


def gold(*targets: ServiceLevelTarget) -> ServiceLevelAgreement:
    """Return an agreement in office hours."""
    return ServiceLevelAgreement(agreement_id=AgreementId("gold"), calendar=OFFICE, targets=targets)


# -- agreements -----------------------------------------------------------------------------------


@lawful(check_agreement, max_examples=10)
def gravest_is_slower(mended: bool = False) -> ServiceLevelAgreement:
    """Four hours sound shorter than twenty-four, but these four are office hours."""
    first: timedelta | Goal = WallTime(4 * HOUR) if mended else 4 * HOUR
    goals = {"P1": first, "P2": WallTime(24 * HOUR)}
    return gold(attrs.evolve(RESOLUTION, goals=goals))


@lawful(check_agreement, max_examples=10)
def answer_after_solution(mended: bool = False) -> ServiceLevelAgreement:
    """The answer to a P1 was copied from the row of P3."""
    answer = {"P1": (1 if mended else 8) * HOUR, "P2": 8 * HOUR, "P3": 8 * HOUR}
    return gold(RESOLUTION, ServiceLevelTarget(metric="response", goals=answer))


@lawful(check_agreement, max_examples=10)
def clock_never_stops(mended: bool = False) -> ServiceLevelAgreement:
    """The event that is to stop the clock has a name of the old tool."""
    stop = "TicketResolved" if mended else "TicketSolved"
    rules = ClockRules(start=field("event").is_("TicketOpened"), stop=field("event").is_(stop))
    return gold(ServiceLevelTarget(metric="resolution", rules=rules, goals=8 * HOUR))


@lawful(check_agreement, max_examples=10)
def warning_at_the_end(mended: bool = False) -> ServiceLevelAgreement:
    """A warning at 100 % is no warning."""
    return gold(attrs.evolve(RESOLUTION, warn_at_ratios=(0.75, 0.9 if mended else 1.0)))


@lawful(check_agreement, lifecycle=INCIDENT, max_examples=10)
def pause_for_unknown_reason(mended: bool = False) -> ServiceLevelAgreement:
    """The lifecycle calls it awaiting_requester, the old tool called it pending_customer."""
    reason = "awaiting_requester" if mended else "pending_customer"
    return gold(attrs.evolve(RESOLUTION, pause_on={reason}))


# -- priorities -----------------------------------------------------------------------------------


@lawful(check_matrix)
def matrix_turned_round(mended: bool = False) -> PriorityMatrix:
    """Two cells of a row were swapped while typing."""
    swapped = {("high", "medium"): "P3", ("high", "low"): "P2"}
    return attrs.evolve(ITIL_MATRIX, cells={**ITIL_MATRIX.cells, **({} if mended else swapped)})


@lawful(check_matrix)
def modifier_lowers_the_gravest(mended: bool = False) -> PriorityPolicy:
    """What was to raise outages of a critical service lowers them, and only where they are high."""
    rule = field("service_criticality").is_("high") & field("impact").is_("high")
    effect = Raise(1) if mended else Lower(2)
    modifier = PriorityModifier(name="critical service", when=rule, effect=effect)
    return PriorityPolicy(matrix=ITIL_MATRIX, modifiers=[modifier])


# -- lifecycles -----------------------------------------------------------------------------------


def desk(*more: Transition, waiting: bool = True) -> Lifecycle:
    """Return a lifecycle of four states and a way through them."""
    states = [
        State(name="new", category=StateCategory.NEW),
        State(name="work", category=StateCategory.ACTIVE),
        State(name="closed", category=StateCategory.CLOSED),
    ]
    if waiting:
        states.insert(2, State(name="waiting", category=StateCategory.ON_HOLD))
    return Lifecycle(
        name="desk",
        states=states,
        hold_reasons=("awaiting_requester",) if waiting else (),
        transitions=(
            Transition(trigger="open", target="new"),
            Transition(trigger="start", sources=("new",), target="work", roles=("agent",)),
            *more,
        ),
    )


HOLD = Transition(
    trigger="hold", sources=("work",), target="waiting", roles=("agent",), required=("reason",)
)
RESUME = Transition(trigger="resume", sources=("waiting",), target="work", roles=("agent",))
CLOSE = Transition(trigger="close", sources=("work",), target="closed", roles=("agent",))


@lawful(check_lifecycle, depth=2)
def pause_without_exit(mended: bool = False) -> Lifecycle:
    """Tickets are put on hold, and nothing resumes them."""
    return desk(HOLD, CLOSE, *((RESUME,) if mended else ()))


AGENT = Actor(person_id=PersonId("ann"), roles={"agent"})
MANAGER = Actor(person_id=PersonId("max"), roles={"manager"})


@lawful(check_lifecycle, people=(AGENT, MANAGER), depth=2)
def role_that_nobody_has(mended: bool = False) -> Lifecycle:
    """Only the manger may close."""
    role = "manager" if mended else "manger"
    return desk(HOLD, RESUME, attrs.evolve(CLOSE, roles=(role,)))


@lawful(check_lifecycle, people=(AGENT, MANAGER), depth=2)
def four_eyes_and_one_manager(mended: bool = False) -> Lifecycle:
    """Two managers must approve before a ticket is closed, and the desk has one."""
    approve = Transition(trigger="approve", sources=("work",), roles=("manager",))
    return desk(approve, attrs.evolve(CLOSE, approvals=1 if mended else 2), waiting=False)


@lawful(check_lifecycle, depth=2)
def two_ways_at_once(mended: bool = False) -> Lifecycle:
    """Tickets of P1 are closed by the lead, all others by the agent, and P1 twice over."""
    urgent = field("priority").is_("P1")
    by_lead = attrs.evolve(CLOSE, roles=("lead",), guard=urgent)
    return desk(by_lead, attrs.evolve(CLOSE, guard=~urgent if mended else None), waiting=False)
