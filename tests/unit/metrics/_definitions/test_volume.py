"""Volume: what came in, when it happened (law M3)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.contacts import Contact
from itsm_core.events import ContactReceived
from itsm_core.ids import TicketId
from itsm_core.metrics import METRICS, CaseLog, measure
from tests.unit.metrics._definitions.stories import Teller, at, log_of, story


def called(hours: float, channel: str, *, automatic: bool = False) -> Teller:
    """Tell that the requester got in touch."""
    return lambda name: ContactReceived(
        ticket_id=name, occurred_at=at(hours), channel=channel, automatic=automatic
    )


def test_tickets_are_counted_when_they_happened_not_when_they_were_typed_in() -> None:
    """One happened on the last evening and was registered next day; one the other way round."""
    log, window = log_of(
        story("T1", opened=-2, registered=1, channel="walk-up"),
        story("T2", opened=1),
        story("T3", opened=9, registered=30),
        hours=10,
        seen=99,
    )
    result = measure(log, METRICS["tickets-opened"], window)
    assert (result.honest.value, result.dashboard.value) == (2, 2)
    parts = {part.name: (part.honest.value, part.dashboard.value) for part in result.parts}
    assert parts == {"phone": (2, 1), "walk-up": (0, 1)}


def test_a_count_has_the_interval_of_the_rate_behind_it() -> None:
    """Ten: 4.8 to 18.4 by Garwood's table."""
    log, window = log_of(*(story(f"T{n}") for n in range(10)))
    interval = measure(log, METRICS["tickets-opened"], window).honest.interval
    assert interval is not None
    assert interval.ends == pytest.approx((4.7954, 18.3904), abs=1e-3)


def test_contacts_are_those_of_people_when_tickets_tell_of_them() -> None:
    """The first one opens the ticket; a third call is a contact, an auto-reply is none."""
    log, window = log_of(
        story("T1", called(1, "mail"), called(2, "mail"), called(3, "mail", automatic=True)),
        story("T2", called(0, "phone"), called(200, "phone")),
        story("T3", channel="monitoring", automatic=True),
        hours=10,
    )
    result = measure(log, METRICS["contacts-received"], window)
    assert (result.honest.value, result.dashboard.value) == (4, 2)
    assert [(part.name, part.honest.value) for part in result.parts] == [("mail", 2), ("phone", 2)]
    by_priority = measure(log, METRICS["contacts-received"].split_by("priority"), window)
    assert by_priority["P3"].honest.value == 4


def test_contacts_are_the_records_when_the_desk_keeps_them() -> None:
    """With or without a ticket; of two about one ticket the first opened it."""

    def contact(number: int, ticket: str = "", *, automatic: bool = False) -> Contact:
        return Contact(
            contact_id=TicketId(f"C{number}"),
            channel="phone",
            offered_at=at(number),
            registered_as=TicketId(ticket),
            automatic=automatic,
        )

    told = [contact(1, "T1"), contact(2, "T1"), contact(3), contact(4, automatic=True)]
    told += [contact(200, "T1")]
    log = CaseLog.of([story("T1", called(1, "mail"), called(5, "mail"))], contacts=told)
    _, window = log_of(story("T1"), hours=10)
    result = measure(log, METRICS["contacts-received"], window)
    assert (result.honest.value, result.dashboard.value) == (3, 1)
    about = attrs.evolve(result.metric, where=field("priority").is_("P3"))
    assert measure(log, about, window).honest.value == 2
    by_priority = measure(log, METRICS["contacts-received"].split_by("priority"), window)
    assert {part.name: part.honest.value for part in by_priority.parts} == {"P3": 2, "": 1}
