"""The log as cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours
from itsm_core.contacts import Contact
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.metrics import METRICS, CaseLog, measure
from itsm_core.metrics._definitions._log import hours_in
from itsm_core.spans import micros
from tests.unit.metrics._definitions.stories import at, resolved, story


def test_log_knows_its_first_and_last_instant_when_read() -> None:
    """And gives a window over all of it, the last event included."""
    log = CaseLog.of([story("T1", resolved(9)), story("T2", opened=3)])
    whole = log.whole(zone="Europe/Berlin")
    assert (len(log), whole.start_at, whole.seen_at) == (2, at(0), at(9))
    assert whole.has(micros(at(9)))
    assert log.whole(seen_at=at(20)).seen_at == at(20)


def test_log_lasts_as_long_as_its_contacts_when_there_are_no_tickets() -> None:
    """A telephone is measured by itself; who still waits at the end has not given up."""
    calls = [
        Contact(contact_id=TicketId("C-1"), channel="phone", offered_at=at(5)),
        Contact(contact_id=TicketId("C-2"), channel="phone", offered_at=at(3), parted_at=at(6)),
    ]
    log = CaseLog.of([], contacts=calls)
    assert (len(log), log.whole().start_at, log.whole().seen_at) == (0, at(3), at(6))
    assert measure(log, METRICS["contacts-abandoned"], log.whole()).honest.value == 1
    assert measure(log, METRICS["tickets-opened"], log.whole()).honest.value == 0


def test_log_names_tickets_when_labels_are_given() -> None:
    """Those without one have none."""
    log = CaseLog.of([story("T1"), story("T2")], {TicketId("T2"): "problem 7"})
    assert [case.label for case in log] == ["", "problem 7"]


def test_log_is_refused_when_it_is_empty_or_tells_a_ticket_twice() -> None:
    """Half a history each would count it twice."""
    with pytest.raises(InvalidValue, match="without tickets"):
        CaseLog.of([])
    with pytest.raises(InvalidValue, match="two histories"):
        CaseLog.of([story("T1"), story("T1")])


def test_hours_are_those_of_the_calendar_when_one_is_given() -> None:
    """From Monday 9:00, ten hours: all of them, or those until five."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    start, end = micros(at(0)), micros(at(0) + timedelta(hours=10))
    assert (hours_in(ALWAYS)(start, end), hours_in(office)(start, end)) == (10, 8)
