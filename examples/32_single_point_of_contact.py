"""One morning at the door: calls with and without tickets, three instants, and what each earns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, OpenTicket, ResolveTicket, StartWork
from itsm_core.conditions import field
from itsm_core.contacts import (
    Asked,
    Channel,
    Channels,
    Contact,
    Guarantee,
    HistoryShelf,
    TicketNumbers,
    both_views,
    contacts_of,
    find_tickets,
    register_late,
)
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.ports import ANY, NO_STREAM
from itsm_core.sla import (
    AgreementCatalogue,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate_all,
)
from itsm_core.spans import hours, minutes

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
NUMBERS = TicketNumbers(prefix="INC")
DESK = Channels(
    channels=[
        Channel(name="phone", route=GroupId("first line"), hours="office"),
        Channel(name="portal", route=GroupId("first line"), hours="always"),
        Channel(name="direct", official=False, route=GroupId("network")),
    ]
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[ServiceLevelTarget(metric="resolution", goals=hours(2))],
)
GUARANTEE = Guarantee(unofficial="registered", emergency=field("priority").is_("P1"))


def calls() -> list[Contact]:
    """Return three calls: one became a ticket, one needed none, one was given up."""
    rob, eve = PersonId("rob"), PersonId("eve")
    return [
        Contact(
            contact_id=TicketId("C-1"),
            channel="phone",
            requester=rob,
            handler=PersonId("ann"),
            offered_at=NINE,
            answered_at=NINE + minutes(1),
            parted_at=NINE + minutes(5),
            handled_at=NINE + minutes(7),
            held=minutes(1),
            registered_as=NUMBERS.format(1),
        ),
        Contact(
            contact_id=TicketId("C-2"),
            channel="phone",
            requester=eve,
            handler=PersonId("ann"),
            about="opening hours",
            offered_at=NINE + minutes(10),
            answered_at=NINE + minutes(11),
            parted_at=NINE + minutes(12),
        ),
        Contact(
            contact_id=TicketId("C-3"),
            channel="phone",
            offered_at=NINE + minutes(20),
            parted_at=NINE + minutes(23),
        ),
    ]


def worked_first(number: int, impact: str) -> tuple[TicketEvent, ...]:
    """Return a ticket that was reported and solved in the corridor, and written down at noon."""
    key = NUMBERS.format(number)
    command = OpenTicket(
        ticket_id=key,
        requester=PersonId("rob"),
        channel="direct",
        title="VPN drops every ten minutes",
        impact=impact,
        urgency="high",
    )
    events = register_late(
        [
            (NINE, command, ANA),
            (NINE + minutes(2), StartWork(ticket_id=key), ANA),
            (NINE + minutes(150), ResolveTicket(ticket_id=key, resolution_code="solved"), ANA),
        ],
        registered_at=NINE + hours(3),
    )
    if isinstance(events, CommandRefused):
        raise events
    return events


def main() -> None:
    """Tell the morning."""
    store = MemoryStore()
    for call in calls():
        store.append(call.contact_id, [call.event()], expected_version=ANY)
    for call in contacts_of(stored.event for stored in store.read_all()):
        print(f"{call}; waited {call.waited}, handled {call.handled}")

    catalogue = AgreementCatalogue(agreements=GUARANTEE.agreements(GOLD, DESK))
    histories = [worked_first(2, "low"), worked_first(3, "high")]
    as_of = NINE + timedelta(days=1)
    for history in histories:
        key = history[0].ticket_id
        store.append(key, history, expected_version=NO_STREAM)
        print(f"{key}: {GUARANTEE.entitlement(history, DESK)}")
        for judged in evaluate_all(history, catalogue, as_of=as_of):
            print(f"  {judged.agreement_id}: {judged['resolution'].state.value}")
        views = both_views(history, GOLD, as_of=as_of)
        for line in views.explain().splitlines():
            print(f"  {line}")

    asked = Asked(requester=PersonId("rob"), words="the VPN again")
    for found in find_tickets(asked, HistoryShelf(histories), as_of=as_of):
        print(f"do you mean {found}?")

    print(NUMBERS.parse("inc 3 " + NUMBERS.format(3)[-2:]))
    try:
        NUMBERS.parse("INC-000030-" + NUMBERS.format(3)[-2:])
    except InvalidValue as error:
        print(error)


if __name__ == "__main__":
    main()
