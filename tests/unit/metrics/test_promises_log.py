"""From histories to the cases that promises are read from (law D6)."""

from __future__ import annotations

from datetime import datetime

import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import TicketCancelled, TicketMerged
from itsm_core.ids import TicketId
from itsm_core.metrics import CaseLog, PastCase, past_cases
from tests.unit.metrics._definitions.stories import (
    MONDAY,
    Teller,
    at,
    closed,
    reopened,
    resolved,
    story,
    worked,
)


def cancelled(hours: float) -> Teller:
    """Tell that nobody wants it any more."""
    return lambda name: TicketCancelled(
        ticket_id=name, occurred_at=at(hours), state="cancelled", reason="withdrawn"
    )


def merged(hours: float) -> Teller:
    """Tell that it goes on in another."""
    return lambda name: TicketMerged(ticket_id=name, occurred_at=at(hours), into=TicketId("other"))


def cases(*tellers: Teller, **told: str) -> PastCase:
    """Return the case of one ticket, opened two hours after Monday, nine o'clock."""
    log = CaseLog.of([story("T1", *tellers, opened=2, group=told.get("group", ""))])
    (found,) = past_cases(log, zero=MONDAY)
    return found


def test_case_ends_at_its_first_resolution_when_it_came_back() -> None:
    """That is known on the day; that it came back is not, and must not leak into the past."""
    found = cases(worked(3), resolved(5), reopened(9), resolved(40), closed(60), group="mail")
    assert found == PastCase(began=2, ended=5, kinds=("P3", "mail"))


def test_case_is_open_when_it_was_not_resolved() -> None:
    """Neither an end nor a departure."""
    found = cases(worked(3))
    assert (found.ended, found.left) == (None, None)


def test_case_left_when_it_was_cancelled_or_merged_before() -> None:
    """Watched until then; afterwards the resolution counts, whatever becomes of the ticket."""
    assert cases(cancelled(7)).left == 7
    assert cases(merged(6)).left == 6
    after = cases(resolved(5), reopened(6), cancelled(7))
    assert (after.ended, after.left) == (5, None)


def test_case_takes_no_time_when_the_log_ends_it_too_early() -> None:
    """Clocks of machines differ by minutes; a negative duration helps nobody."""
    assert cases(resolved(1)).ended == 2
    assert cases(cancelled(1)).left == 2


def test_hours_are_those_of_the_calendar_when_one_is_given() -> None:
    """Monday nine to Tuesday eleven is ten working hours of eight a day."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    log = CaseLog.of([story("T1", resolved(26), opened=-20)])
    (found,) = past_cases(log, zero=MONDAY, kinds=(), calendar=office)
    assert (found.began, found.ended, found.kinds) == (0, 10, ())


def test_kinds_are_as_the_ticket_was_opened_when_named() -> None:
    """What was learned later would be known to no promise at intake."""
    log = CaseLog.of([story("T1", resolved(3), channel="mail", service="printing")])
    (found,) = past_cases(log, zero=MONDAY, kinds=("service", "channel", "ticket_type"))
    assert found.kinds == ("printing", "mail", "incident")


def test_cases_are_refused_when_asked_for_what_comes_later() -> None:
    """Who resolves it is not known at intake, nor is a zero without a zone."""
    log = CaseLog.of([story("T1", resolved(3))])
    with pytest.raises(InvalidValue, match="did you mean 'group'"):
        past_cases(log, zero=MONDAY, kinds=("groups",))
    with pytest.raises(InvalidValue, match="known when a ticket is opened"):
        past_cases(log, zero=MONDAY, kinds=("resolved_by",))
    with pytest.raises(NaiveDatetime):
        past_cases(log, zero=datetime(2026, 1, 5))  # noqa: DTZ001
