"""The log as cases: every ticket read once, for as many metrics as one likes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.contacts import Contact
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.metrics._definitions._case import Case, case_of
from itsm_core.metrics._definitions._window import Window
from itsm_core.spans import instant

__all__ = ["CaseLog", "hours_in"]

_HOUR_US: Final = 3_600_000_000


@attrs.frozen
class CaseLog:
    """Hold a log, read for counting. Make it once and ask it for every metric.

    It keeps what it was given: about a kilobyte a ticket beside the events themselves.

    >>> from itsm_core.metrics import CaseLog
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> len(log)
    200
    >>> print(log.whole(zone="Europe/Berlin"))
    2026-01-05 10:11 to 2026-02-27 17:02, seen 2026-02-27 17:02 (Europe/Berlin)
    >>> CaseLog.of([])
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a log without tickets and contacts: 0; give histories of
        tickets or contacts; nothing has no figures
    """

    cases: tuple[Case, ...] = attrs.field(repr=False)
    contacts: tuple[Contact, ...] = attrs.field(repr=False)
    first_us: int
    last_us: int

    @classmethod
    def of(
        cls,
        histories: Iterable[Iterable[TicketEvent]],
        labels: Mapping[TicketId, str] | None = None,
        contacts: Iterable[Contact] = (),
    ) -> CaseLog:
        """Read the histories of all tickets, in any order.

        `labels` put a name on tickets by which figures can be split: the problem that a ticket
        recurs from, say, by any way of grouping. Tickets without one have an empty label.
        `contacts` are the contact records of the desk, with or without a ticket (`contacts_of`).
        The log lasts as long as its tickets; without any, as long as its contacts.

        Raises:
            InvalidValue: a history has no opening, two are of one ticket, or there is neither a
                ticket nor a contact.
        """
        named = labels or {}
        cases: dict[TicketId, Case] = {}
        for history in histories:
            case = case_of(history)
            if case.ticket_id in cases:
                remedy = "put all events of a ticket into one history"
                raise InvalidValue("two histories of one ticket", case.ticket_id, remedy)
            label = named.get(case.ticket_id, "")
            cases[case.ticket_id] = attrs.evolve(case, label=label) if label else case
        records = tuple(contacts)
        spans = [(case.opened_us, case.history[-1].occurred_us) for case in cases.values()]
        spans = spans or [_span(contact) for contact in records]
        if not spans:
            remedy = "give histories of tickets or contacts; nothing has no figures"
            raise InvalidValue("a log without tickets and contacts", 0, remedy)
        first_us, last_us = min(span[0] for span in spans), max(span[1] for span in spans)
        return cls(tuple(cases.values()), records, first_us, last_us)

    def __len__(self) -> int:
        return len(self.cases)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def whole(self, *, zone: str = "UTC", seen_at: datetime | None = None) -> Window:
        """Return the window of the whole log, up to and including its last event.

        Raises:
            NaiveDatetime: `seen_at` has no time zone.
            UnknownZone: the tz database does not know the zone.
        """
        seen = instant(self.last_us) if seen_at is None else seen_at
        end = instant(self.last_us + 1)
        return Window(start_at=instant(self.first_us), end_at=end, seen_at=seen, zone=zone)


def _span(contact: Contact) -> tuple[int, int]:
    """Return from when to when a contact is told."""
    told = (contact.offered_us, contact.answered_us, contact.parted_us, contact.handled_us)
    return contact.offered_us, max(at for at in told if at is not None)


def hours_in(calendar: Calendar) -> Callable[[int, int], float]:
    """Return what tells the hours of a calendar between two instants in microseconds."""
    if calendar == ALWAYS:
        return lambda start_us, end_us: (end_us - start_us) / _HOUR_US

    def hours(start_us: int, end_us: int) -> float:
        span = calendar.between(instant(start_us), instant(end_us))
        return (span // span.resolution) / _HOUR_US

    return hours
