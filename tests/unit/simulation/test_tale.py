"""The pen: events in order, numbered, and recorded no earlier than the desk knew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.events import AnswerSent, TicketAssigned, TicketLinked, TicketResolved, WorkStarted
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.simulation._tale import Tale
from itsm_core.simulation._world import SERVICES

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = PersonId("ann")


def tale(registered_after: timedelta = timedelta(0)) -> Tale:
    """Return a tale in which Ann takes a ticket, answers, and resolves it after an hour."""
    made = Tale(TicketId("T1"), NINE, NINE + registered_after)
    made.assign(NINE, GroupId("desk"), ANN, ANN)
    made.start(NINE + timedelta(minutes=5))
    made.answer(NINE + timedelta(minutes=10))
    made.resolve(NINE + timedelta(hours=1), "solved")
    return made


def test_tale_tells_events_in_order_with_one_id_each() -> None:
    """Two facts never share an id."""
    events = tale().events
    assert [type(event) for event in events] == [
        *(TicketAssigned, WorkStarted, AnswerSent, TicketResolved)
    ]
    assert len({event.event_id for event in events}) == 4
    assert [event.sequence for event in events] == sorted(event.sequence for event in events)


def test_tale_records_at_registration_what_happened_before_it() -> None:
    """Help in the corridor is written down half an hour later (law D2)."""
    half_hour = timedelta(minutes=30)
    events = tale(half_hour).events
    assert [event.recorded_at for event in events] == [
        *[NINE + half_hour] * 3,
        NINE + timedelta(hours=1),
    ]


def test_tale_tells_of_machines_and_links_when_asked() -> None:
    """An alarm opens, a rule assigns to a group alone, and a link says what it follows."""
    made = Tale(TicketId("T2"), NINE, NINE)
    made.open(
        SERVICES[0],
        title="disk full",
        requester=PersonId(""),
        registrar=PersonId(""),
        channel="monitoring",
        impact="low",
        urgency="low",
        group=GroupId("desk"),
        automatic=True,
    )
    made.route(NINE + timedelta(minutes=1), GroupId("network"))
    made.link(NINE + timedelta(minutes=2), "follow_up_of", TicketId("T1"), ANN)
    opened, routed, linked = made.events
    assert opened.automatic
    assert isinstance(routed, TicketAssigned)
    assert (routed.group, routed.assignee, routed.automatic) == ("network", "", True)
    assert isinstance(linked, TicketLinked)
    assert (linked.link, linked.other, linked.actor) == ("follow_up_of", "T1", "ann")
