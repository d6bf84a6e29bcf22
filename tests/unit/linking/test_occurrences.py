"""Occurrences: who solved it, when work began, how much there was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.linking import Occurrence, occurrence_of, text_of
from itsm_core.linking._occurrences import by_ticket
from itsm_core.spans import hours, micros
from tests.unit.linking.desk import HOUR_US, occurrence

ID = TicketId("INC-1")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
ANN, BOB = PersonId("ann"), PersonId("bob")


def story(start_hour: float) -> list[TicketEvent]:
    """Return a ticket: opened, taken by ann half an hour later, on hold for an hour, solved."""
    at = MONDAY + hours(start_hour)
    head = {"ticket_id": ID}
    return [
        TicketOpened(
            **head,  # type: ignore[arg-type]
            occurred_at=at,
            title="export hangs",
            service=ServiceId("erp"),
            requester=BOB,
        ),
        TicketAssigned(ticket_id=ID, occurred_at=at + hours(0.5), assignee=ANN),
        WorkStarted(ticket_id=ID, occurred_at=at + hours(0.5), state="in_progress"),
        TicketReclassified(
            ticket_id=ID, occurred_at=at + hours(0.6), configuration_item_id="JOB-1"
        ),
        TicketPutOnHold(ticket_id=ID, occurred_at=at + hours(1), state="on_hold", reason="x"),
        TicketResumed(ticket_id=ID, occurred_at=at + hours(2), state="in_progress"),
        TicketResolved(ticket_id=ID, occurred_at=at + hours(3), state="resolved", actor=BOB),
    ]


def test_work_is_without_holds_when_counted() -> None:
    """Half an hour and an hour; the hour on hold is none."""
    found = occurrence_of(story(9))
    assert found.worked_us == HOUR_US * 3 // 2
    assert found.start_us == micros(MONDAY + hours(9.5))
    assert (found.at, found.person, found.service) == (MONDAY + hours(9), ANN, "erp")


def test_later_item_counts_when_the_ticket_was_reclassified() -> None:
    """What the analysis found is what a problem manager asks for."""
    assert occurrence_of(story(9)).configuration_item_id == "JOB-1"


def test_night_between_counts_nothing_when_work_began_in_office_hours() -> None:
    """From 16:30 to 17:00, then from 18:00 on, outside the calendar but from its closing on."""
    found = occurrence_of(story(16), calendar=OFFICE)
    # The second stretch begins at 18:00, when the office is closed: by the clock.
    assert found.worked_us == HOUR_US // 2 + HOUR_US
    long = [
        *story(9)[:3],
        TicketResolved(ticket_id=ID, occurred_at=MONDAY + hours(33), state="resolved"),
    ]
    assert occurrence_of(long, calendar=OFFICE).worked_us == round(9.5 * HOUR_US)


def test_call_out_counts_by_the_clock_when_it_begins_at_night() -> None:
    """At two in the morning nobody works by the calendar."""
    assert occurrence_of(story(2), calendar=OFFICE).worked_us == HOUR_US * 3 // 2


def test_unfinished_work_counts_nothing_when_nobody_resolved_it() -> None:
    """What is not over has no length; who holds it is known."""
    found = occurrence_of(story(9)[:3])
    assert (found.worked_us, found.person) == (0, ANN)


def test_solver_is_the_actor_when_nobody_held_it() -> None:
    """Solved on the telephone."""
    opened, *_, resolved = story(9)
    found = occurrence_of([opened, resolved])
    assert (found.person, found.worked_us, found.start_us) == (BOB, 0, found.at_us)


def test_text_is_that_of_the_opening_when_read() -> None:
    """What is known at the end is not known at intake."""
    found = text_of(story(9))
    assert (found.title, found.configuration_item_id, found.kind) == (
        "export hangs",
        "",
        "incident",
    )
    assert (found.requester, found.at) == (BOB, MONDAY + hours(9))


def test_history_is_refused_when_it_has_no_beginning() -> None:
    """Of a ticket that never was opened nothing is known."""
    with pytest.raises(InvalidValue, match="must begin with TicketOpened"):
        occurrence_of(story(9)[1:])
    with pytest.raises(InvalidValue, match="must begin with TicketOpened"):
        occurrence_of([])
    with pytest.raises(InvalidValue, match="must begin with TicketOpened"):
        text_of([])


def test_occurrence_is_refused_when_work_is_negative() -> None:
    """Time does not run backwards."""
    with pytest.raises(InvalidValue, match="less than nothing"):
        Occurrence(ticket_id=ID, at=MONDAY, worked_us=-1)


def test_occurrence_is_refused_when_work_never_ends() -> None:
    """It could not be priced: no calendar goes on after the year 9999."""
    with pytest.raises(InvalidValue, match="endless work on INC-1"):
        Occurrence(ticket_id=ID, at=MONDAY, worked_us=10**18)


def test_ticket_is_refused_when_it_occurs_twice() -> None:
    """It would count twice and cost twice."""
    twice = [occurrence("A", MONDAY), occurrence("A", MONDAY + timedelta(days=1))]
    with pytest.raises(InvalidValue, match="a ticket occurs twice"):
        by_ticket(twice)


def test_text_is_of_the_type_of_the_ticket_when_the_lifecycle_is_of_the_desk() -> None:
    """A desk's own lifecycle of incidents makes incidents."""
    opened = TicketOpened(ticket_id=ID, occurred_at=MONDAY, lifecycle="incident-with-approval")
    assert text_of([opened]).kind == "incident"


def test_work_after_a_reopening_counts_when_it_was_solved_again() -> None:
    """An hour and a half, and two hours more; the person is who solved it first."""
    again = [
        TicketReopened(ticket_id=ID, occurred_at=MONDAY + hours(13), state="in_progress"),
        TicketResolved(ticket_id=ID, occurred_at=MONDAY + hours(15), state="resolved", actor=BOB),
    ]
    assert occurrence_of([*story(9), *again]).worked_us == HOUR_US * 7 // 2


def test_work_ends_when_the_ticket_is_closed_without_a_solution() -> None:
    """Some logs tell the closing only."""
    closed = TicketClosed(ticket_id=ID, occurred_at=MONDAY + hours(12), state="closed")
    assert occurrence_of([*story(9)[:-1], closed]).worked_us == HOUR_US * 3 // 2


@pytest.mark.parametrize("worked", [timedelta(hours=1), 1.5, None, True])
def test_occurrence_is_refused_when_its_work_is_no_count(worked: object) -> None:
    """Microseconds, and the error says how to count them."""
    with pytest.raises(InvalidValue, match=r"INC-1.*timedelta"):
        Occurrence(ticket_id=ID, at=MONDAY, worked_us=worked)  # type: ignore[arg-type]
