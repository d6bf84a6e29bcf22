"""Histories to write and read: every type of event, and texts that no format likes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from hypothesis import strategies as st

from itsm_core.events import TicketEvent, TicketLinked, TicketOpened, TicketUnlinked
from itsm_core.ids import PersonId, TicketId
from itsm_core.testing.event_samples import one_of_each

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
NASTY = " a\x00b\n\t\r\"'<&>]]>\x1f\x7f\x85\u2028\ufffe\uffff\U0001f600 =1+1 "
"""Controls, marks of XML, JSON and CSV, two code points that XML has no way to write."""

Histories = dict[TicketId, tuple[TicketEvent, ...]]


def by_ticket(events: Iterable[TicketEvent]) -> Histories:
    """Return events by ticket, in their order."""
    found: dict[TicketId, list[TicketEvent]] = {}
    for event in events:
        found.setdefault(event.ticket_id, []).append(event)
    return {ticket: tuple(told) for ticket, told in found.items()}


def opened(ticket: str = "INC-1", **fields: str) -> TicketOpened:
    """Return an opening."""
    return TicketOpened(ticket_id=TicketId(ticket), occurred_at=AT, **fields)  # type: ignore[arg-type]


def every_type() -> Histories:
    """Return one event of each type, and tickets whose very names are hostile."""
    nasty = opened('we<ird>&"#\x01', title=NASTY, requester=NASTY)
    return by_ticket([*one_of_each(), nasty])


def linked() -> Histories:
    """Return a ticket with a link that holds and one that was taken away."""
    ticket = TicketId("INC-1")
    return by_ticket(
        [
            opened(actor="ann"),
            TicketLinked(
                ticket_id=ticket, occurred_at=AT, link="child_of", other=TicketId("INC-2")
            ),
            TicketLinked(ticket_id=ticket, occurred_at=AT, link="related", other=TicketId("INC-3")),
            TicketUnlinked(
                ticket_id=ticket, occurred_at=AT, link="related", other=TicketId("INC-3")
            ),
        ]
    )


def any_histories() -> st.SearchStrategy[Histories]:
    """Return histories with any text, instant and number that a payload can hold."""
    texts = st.text(max_size=20)
    tickets = st.text(min_size=1, max_size=8).filter(
        lambda text: bool(text.strip()) and "\0" not in text
    )
    event = st.builds(
        TicketOpened,
        ticket_id=tickets.map(TicketId),
        occurred_at=st.datetimes(timezones=st.just(UTC)),
        recorded_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        actor=texts.map(PersonId),
        automatic=st.booleans(),
        sequence=st.integers(-(2**63), 2**63 - 1),
        title=texts,
        priority=texts,
    )
    return st.lists(event, max_size=6).map(by_ticket)
