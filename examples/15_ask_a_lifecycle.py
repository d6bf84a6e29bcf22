"""Ask what can happen to a ticket before one lives by these rules, and read the shortest story."""

from __future__ import annotations

import attrs

from itsm_core import BusinessCalendar, WeeklyHours, hours, minutes
from itsm_core.commands import Actor
from itsm_core.conditions import field
from itsm_core.explore import World, can, can_always, can_for_ever
from itsm_core.ids import AgreementId, PersonId
from itsm_core.lifecycle import INCIDENT
from itsm_core.sla import PauseLimit, ServiceLevelAgreement, ServiceLevelTarget, held_by

OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
RESPONSE = ServiceLevelTarget(metric="response", goals={"P1": minutes(30), "*": hours(4)})
RESOLUTION = ServiceLevelTarget(
    metric="resolution",
    goals={"P1": hours(4), "*": hours(24)},
    pause_on=("awaiting_requester",),
)
FIRST_LINE = ServiceLevelTarget(
    metric="ola", name="first line", goals=hours(2), rules=held_by("first")
)

CLOSED = field("state").is_("closed")
PAUSED = field("resolution_state").is_("paused")


def desk(*targets: ServiceLevelTarget) -> World:
    """Return the incident lifecycle under an agreement, one person a role.

    No story excludes time or chooses another agreement, and no override of a priority ends by
    itself: only where nobody ever does that is a no a proof.
    """
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("standard"), calendar=OFFICE, targets=targets
    )
    never = ("assign_agreement", "exclude_time", "override")
    return World(lifecycle=INCIDENT, agreement=agreement, never=never)


def main() -> None:
    """Ask what people ask, and print what they get."""
    ours = desk(RESPONSE, RESOLUTION)

    print("Can a P1 be closed without a response in time?")
    answer = can(ours, CLOSED & field("priority").is_("P1") & ~field("response_state").is_("met"))
    print(answer, "\n")
    assert answer.is_yes

    print("Can a ticket be resolved while its clock is paused?")
    answer = can(ours, field("state").is_("resolved") & PAUSED)
    print(answer, "\n")
    assert answer.is_no

    print("Can a breach be hidden, by cancelling or by another priority?")
    was_broken = field("resolution_was_broken").is_(True)
    answer = can(ours, was_broken & field("resolution_is_broken").is_(False))
    print(answer, "\n")
    assert answer.is_no

    print("Can the resolution clock be paused for ever? And with at most two hours a pause?")
    answer = can_for_ever(desk(RESOLUTION), PAUSED)
    print(answer, "\n")
    assert answer.is_yes
    two_hours = PauseLimit(reason="awaiting_requester", longest=hours(2))
    one_goal = attrs.evolve(RESOLUTION, goals=hours(8), pause_limits=(two_hours,))
    answer = can_for_ever(desk(one_goal), PAUSED)
    print(answer, "\n")
    assert answer.is_no

    print("Is there a way to stay below the target by bouncing?")
    answer = can(
        desk(FIRST_LINE),
        field("first_line_is_exceeded").is_(True) & field("first_line_met_in_time").is_(True),
    )
    print(answer, "\n")
    assert answer.is_yes

    print("Who can close what they resolved?")
    kim = Actor(person_id=PersonId("kim"), roles={"analyst", "requester"})
    with_kim = World(lifecycle=INCIDENT, people=(*World(lifecycle=INCIDENT).people, kim))
    for person in (each.person_id for each in with_kim.people if each.person_id):
        own = field("closed_by_resolver").is_(True) & field("closed_by").is_(person)
        print(f"  {person}: {can(with_kim, own).outcome}")

    print("\nCan a child stay open when its parent is closed?")
    family = World(lifecycle=INCIDENT, neighbours=("parent_of",))
    answer = can(family, CLOSED & field("neighbours_open").is_above(0))
    print(answer, "\n")
    assert answer.is_no

    print("Is there always a way to an end, in at most three steps?")
    ended = field("category").is_in("closed", "cancelled")
    answer = can_always(World(lifecycle=INCIDENT), ended, within=3)
    print(answer)
    assert answer.is_yes


if __name__ == "__main__":
    main()
