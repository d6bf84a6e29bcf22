"""Windows: where what a trigger is about goes on, and from when it may act (E2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.conditions import field
from itsm_core.escalation import (
    Bounced,
    Breached,
    CommitmentMissed,
    Coverage,
    OffsetFromDue,
    OwnerAbsent,
    Reopened,
    ShareUsed,
    Storm,
    Trigger,
)
from itsm_core.escalation._world import Window, World
from itsm_core.events import (
    CommitmentKept,
    CommitmentMade,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Absence, Roster
from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import END_OF_TIME, hours, micros

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
NINE, HOUR = micros(AT), 3_600_000_000
OPENED = TicketOpened(
    ticket_id=TICKET, occurred_at=AT, priority="P2", group=GroupId("a"), assignee=PersonId("ana")
)
AWAY = Absence(person="ana", start=AT + hours(2), end=AT + hours(6))
COVERAGE = Coverage(rosters=(Roster(name="desk", absences=(AWAY,)),))
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(
            metric="resolution", goals={"P1": WorkingTime(hours(1)), "*": WorkingTime(hours(4))}
        ),
    ),
)


def windows(trigger: Trigger, *events: TicketEvent) -> dict[str, list[tuple[float, float, float]]]:
    """Return subjects with their windows: from, to and reached, in hours after nine."""
    world = World((OPENED, *events), AGREEMENT, COVERAGE, NINE + 48 * HOUR)
    return {
        cause.subject: [
            tuple(  # type: ignore[misc]
                float("inf") if at == END_OF_TIME else (at - NINE) / HOUR
                for at in (each.low_us, each.high_us, each.reached_us)
            )
            for each in cause.windows
        ]
        for cause in world.causes(trigger)
    }


FOR_EVER = float("inf")


@pytest.mark.parametrize(
    ("at", "first"), [(0, 5), (5, 5), (10, 10), (20, 30), (29, 30), (40, None)]
)
def test_window_gives_the_first_instant_outside_its_blocks_when_asked(
    at: int, first: int | None
) -> None:
    """Half-open: the end of a block is free, the end of the window is not in it."""
    assert Window(5, 40, 5, ((20, 25), (25, 30))).first(at) == first


def test_clock_has_a_window_for_each_epoch_when_its_goal_changes() -> None:
    """What an epoch reaches is judged by what was known in it (E3)."""
    urgent = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(2), priority="P1")
    found = windows(ShareUsed(clock="resolution", ratio=0.5), urgent)
    assert found == {"resolution.1": [(0, 2, 2), (2, FOR_EVER, 2)]}


def test_breach_is_reached_a_microsecond_after_due_when_the_goal_came_in_time() -> None:
    """At the due instant the promise can still be kept (S4)."""
    found = windows(Breached(clock="resolution"))
    assert found == {"resolution.1": [(0, FOR_EVER, 4 + 1 / HOUR)]}


def test_clock_has_no_window_when_nothing_was_promised() -> None:
    """Without an agreement there is no clock."""
    world = World((OPENED,), None, COVERAGE, NINE)
    assert list(world.causes(Breached(clock="resolution"))) == []
    assert world.calendar_at(NINE) is ALWAYS


def test_share_is_never_reached_when_the_calendar_has_not_so_much_time() -> None:
    """The end of time, not an error in the middle of a plan."""
    never = ServiceLevelAgreement(
        agreement_id=AgreementId("x"),
        calendar=NEVER,
        targets=(
            ServiceLevelTarget(
                metric="resolution", goals={"*": WorkingTime(hours(1))}, calendar=ALWAYS
            ),
        ),
    )
    world = World((OPENED,), never, COVERAGE, NINE + HOUR)
    (cause,) = world.causes(OwnerAbsent(after=timedelta(hours=1)))
    assert [each.reached_us for each in cause.windows] == [END_OF_TIME]


def test_offset_is_never_reached_when_the_desk_closes_for_good_before_it() -> None:
    """Open on one day, 09:00 to 17:00: an hour is due at ten, twelve more there are not."""
    fair = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={AT.date(): "09:00-17:00"}
    )
    target = ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(1))})
    agreed = ServiceLevelAgreement(
        agreement_id=AgreementId("fair"), calendar=fair, targets=(target,)
    )
    world = World((OPENED,), agreed, COVERAGE, NINE)
    (cause,) = world.causes(OffsetFromDue(clock="resolution", offset=hours(12)))
    assert [each.reached_us for each in cause.windows] == [END_OF_TIME]


def test_hours_are_those_of_the_agreement_in_force_when_a_catalogue_says() -> None:
    """The desk's until eleven, round the clock from the rise to P1 on."""
    desk = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    urgent = attrs.evolve(AGREEMENT, applies_to=field("priority").is_("P1"), precedence=2)
    plain = attrs.evolve(AGREEMENT, agreement_id=AgreementId("plain"), calendar=desk)
    raised = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(2), priority="P1")
    catalogue = AgreementCatalogue(agreements=(urgent, plain))
    world = World((OPENED, raised), catalogue, COVERAGE, NINE + 9 * HOUR)
    assert [world.calendar_at(NINE + number * HOUR) for number in (1, 2)] == [desk, ALWAYS]


def test_promise_has_a_window_until_it_is_kept_when_it_is_made() -> None:
    """Late a microsecond after its deadline; also on a ticket that is solved."""
    made = CommitmentMade(
        ticket_id=TICKET, occurred_at=AT, commitment_id="c1", due_at=AT + hours(1)
    )
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT, state="resolved")
    kept = CommitmentKept(ticket_id=TICKET, occurred_at=AT + hours(3), commitment_id="c1")
    found = windows(CommitmentMissed(), made, solved, kept)
    assert found == {"commitment.c1": [(0, 3, 1 + 1 / HOUR)]}


def test_absence_has_a_window_while_its_owner_holds_the_ticket_when_away() -> None:
    """From the later of holding and leaving, to the earlier of giving away and coming back."""
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(4), assignee=PersonId("ben"))
    found = windows(OwnerAbsent(after=hours(1)), moved)
    assert found == {f"absence.ana.{NINE + 2 * HOUR}": [(2, 4, 3)]}


def test_each_count_is_a_subject_of_its_own_when_it_is_high_enough() -> None:
    """Twice, and again the third time: a rule is not used up (E1)."""
    events = [
        event
        for number in range(3)
        for event in (
            TicketResolved(
                ticket_id=TICKET, occurred_at=AT + hours(2 * number + 1), state="resolved"
            ),
            TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(2 * number + 2), state="x"),
        )
    ]
    found = windows(Reopened(times=2), *events)
    assert found == {"reopened.2": [(4, 5, 4)], "reopened.3": [(6, FOR_EVER, 6)]}


def test_storm_has_no_window_when_one_ticket_is_looked_at() -> None:
    """It is about many."""
    assert windows(Storm(tickets=5, within=hours(1))) == {}
    assert windows(Bounced()) == {}


def test_holder_is_nobody_when_the_ticket_was_not_opened_yet() -> None:
    """Asked about a time before."""
    world = World((OPENED,), AGREEMENT, COVERAGE, NINE)
    assert world.holder(NINE - 1) == ("", "")
    assert world.holder(NINE) == ("a", "ana")


def test_next_change_is_a_handing_over_or_an_absence_when_there_is_one() -> None:
    """Else the end that was given."""
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(4), assignee=PersonId("ben"))
    world = World((OPENED, moved), AGREEMENT, COVERAGE, NINE)
    assert world.next_change(NINE, NINE + 9 * HOUR) == NINE + 2 * HOUR
    assert world.next_change(NINE + 2 * HOUR, NINE + 9 * HOUR) == NINE + 4 * HOUR
    assert world.next_change(NINE + 7 * HOUR, NINE + 9 * HOUR) == NINE + 9 * HOUR
