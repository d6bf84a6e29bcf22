"""Contacts: who got through, and what the answered ones do not tell (law M3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from itsm_core.contacts import Contact
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.metrics import METRICS, By, CaseLog, Window, measure
from itsm_core.metrics._definitions._contacts import contact_part
from tests.unit.metrics._definitions.stories import MONDAY, at, story


def second(number: float) -> datetime:
    """Return the instant so many seconds after Monday, nine o'clock."""
    return MONDAY + timedelta(seconds=number)


def call(
    offered: float,
    answered: float | None = None,
    parted: float | None = None,
    handled: float | None = None,
    *,
    ticket: str = "",
    official: bool = True,
    automatic: bool = False,
    held: float = 0,
    channel: str = "phone",
) -> Contact:
    """Return a contact, its instants as seconds after Monday, nine o'clock."""
    told = (None if each is None else second(each) for each in (answered, parted, handled))
    answered_at, parted_at, handled_at = told
    return Contact(
        contact_id=TicketId(f"C{offered}"),
        channel=channel,
        official=official,
        automatic=automatic,
        offered_at=second(offered),
        answered_at=answered_at,
        parted_at=parted_at,
        handled_at=handled_at,
        held=timedelta(seconds=held),
        registered_as=TicketId(ticket),
        handler=PersonId("ann"),
        group=GroupId("desk"),
        service=ServiceId("mail"),
    )


def told(*contacts: Contact, seen: float = 3_600) -> tuple[CaseLog, Window]:
    """Return a log with these contacts and the window of their first hour."""
    window = Window(start_at=MONDAY, end_at=second(3_600), seen_at=second(seen))
    return CaseLog.of([story("T1")], contacts=contacts), window


FIVE = (
    call(0, answered=10, parted=70),
    call(1, answered=41, parted=60),
    call(2, parted=7),  # gave up after five seconds
    call(3, parted=63),
    call(4, answered=5, automatic=True),
)


def test_answered_is_of_all_when_some_gave_up() -> None:
    """One of four within 20 seconds; dashboards say one of two."""
    log, window = told(*FIVE)
    result = measure(log, METRICS["contacts-answered-20s"], window)
    assert (result.honest.value, result.dashboard.value) == (0.25, 0.5)
    assert result.honest.interval is not None
    assert (result.population.cases, dict(result.population.left_out)) == (
        4,
        {"sent by machines": 1},
    )


def test_abandoned_is_of_all_when_some_gave_up_at_once() -> None:
    """Two of four; dashboards forget the one of five seconds: one of three."""
    log, window = told(*FIVE)
    result = measure(log, METRICS["contacts-abandoned"], window)
    assert result.honest.value == 0.5
    assert result.dashboard.value == pytest.approx(1 / 3)


def test_contact_is_not_decided_when_it_still_rings() -> None:
    """Seen at 15 seconds: nobody knows yet; at 30 it was not answered within 20."""
    contacts = (call(0), call(1, answered=2, parted=9))
    for seen, value in ((15, 1.0), (30, 0.5)):
        log, window = told(*contacts, seen=seen)
        assert measure(log, METRICS["contacts-answered-20s"], window).honest.value == value
        assert measure(log, METRICS["contacts-abandoned"], window).honest.value == 0


def test_contact_is_as_it_was_known_when_seen_before_its_answer() -> None:
    """Answered at 41: at 30 it was ringing, and still open."""
    log, window = told(call(1, answered=41, parted=60), seen=30)
    result = measure(log, METRICS["contacts-answered-20s"], window)
    assert (result.honest.value, result.population.open) == (0, 1)


def test_unofficial_contacts_are_seen_when_no_ticket_came_of_them() -> None:
    """Two of three came past the desk, none of which dashboards know."""
    log, window = told(
        call(0, ticket="T1"), call(1, official=False), call(2, official=False, channel="corridor")
    )
    result = measure(log, METRICS["contacts-unofficial"].split_by("channel"), window)
    assert result.honest.value == pytest.approx(2 / 3)
    assert result.dashboard.value == 0
    parts = {part.name: part for part in result.parts}
    assert (parts["corridor"].honest.value, parts["phone"].honest.value) == (1, 0.5)
    assert parts["corridor"].is_small
    assert parts["corridor"].shrunk is not None


def test_wait_is_longer_when_those_who_gave_up_are_not_forgotten() -> None:
    """Answered after 10 and 40 seconds, given up after 5 and 60: by Kaplan and Meier, half by 40.

    By hand: at 10 of three at risk one is answered, 2/3; at 40 of two one, 1/3.
    """
    log, window = told(*FIVE)
    result = measure(log, METRICS["contact-wait-median"], window)
    assert result.honest.value == pytest.approx(40 / 3_600)
    assert result.dashboard.value == pytest.approx(25 / 3_600)
    assert measure(log, METRICS["contact-wait-p90"], window).honest.why == (
        "fewer than 90% have ended so far"
    )


def test_talk_hold_and_handling_are_told_apart_when_known() -> None:
    """Answered at 10, parted at 70 with 20 seconds on hold, done at 100."""
    log, window = told(call(0, answered=10, parted=70, handled=100, held=20))
    seconds = {
        name: 3_600 * (measure(log, METRICS[f"contact-{name}"], window).honest.value or 0)
        for name in ("talk-median", "hold-p90", "handle-median")
    }
    assert seconds == pytest.approx({"talk-median": 40, "hold-p90": 20, "handle-median": 90})


def test_talk_goes_on_when_nobody_has_parted() -> None:
    """Watched for a minute and not over; the one that is over took ten seconds."""
    log, window = told(call(0, answered=0), call(1, answered=1, parted=11), seen=60)
    result = measure(log, METRICS["contact-talk-median"], window)
    assert result.honest.value == pytest.approx(10 / 3_600)
    assert result.honest.cases == 2


def test_holds_are_not_known_before_it_is_over() -> None:
    """Half an hour on hold, looked at after a minute: nobody could have said so then."""
    log, window = told(call(0, answered=10, parted=3_000, held=1_800), seen=60)
    for name in ("contact-hold-p90", "contact-talk-median"):
        result = measure(log, METRICS[name], window)
        assert (result.honest.value, result.honest.cases) == (None, 1)
        assert result.dashboard.value is None


def test_times_are_unknown_when_nobody_called() -> None:
    """Of shares as well."""
    log, window = told()
    for name in ("contact-talk-median", "contacts-abandoned", "contacts-unofficial"):
        result = measure(log, METRICS[name], window)
        assert (result.honest.value, result.honest.why) == (None, "no such contacts in the window")
        assert result.dashboard.value is None


def test_contacts_outside_the_window_are_another_windows() -> None:
    """Offered at its end."""
    log, window = told(call(3_600), seen=4_000)
    assert measure(log, METRICS["contacts-abandoned"], window).population.cases == 0


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("channel", "phone"),
        ("group", "desk"),
        ("person", "ann"),
        ("service", "mail"),
        ("priority", ""),
    ],
)
def test_part_is_the_contacts_own_when_split(by: By, name: str) -> None:
    """Its channel, not its ticket's; a call has no priority."""
    assert contact_part(call(0), by) == name


def test_times_are_split_when_asked() -> None:
    """A part of few says so."""
    log, window = told(*FIVE)
    result = measure(log, METRICS["contact-wait-median"].split_by("person"), window)
    assert [(part.name, part.is_small, part.mature) for part in result.parts] == [
        ("ann", True, None)
    ]
    assert at(0) == MONDAY
