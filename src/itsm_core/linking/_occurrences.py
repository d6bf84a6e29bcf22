"""What happened once: when, on what, by whom, for how long; read from the events of a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    TicketAssigned,
    TicketCancelled,
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
from itsm_core.linking._values import TicketText
from itsm_core.spans import END_OF_TIME, as_micros, instant

__all__ = ["Occurrence", "occurrence_of", "text_of"]


@attrs.frozen(kw_only=True)
class Occurrence:
    """Hold the facts of one incident that a problem manager asks for; no words of it.

    `person` is who solved it, by id. `worked_us` is the work it took, in microseconds, from
    `start_us` on, when work began. Unknown facts are empty.

    Raises:
        InvalidValue: the work is no whole number or negative, or goes on after the year 9999.
        NaiveDatetime: an instant has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import Occurrence
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> hour_us = 3_600_000_000
    >>> seen = Occurrence(ticket_id="INC-1", at=night, service="export", worked_us=2 * hour_us)
    >>> f"{seen.service} failed at {seen.at:%H:%M}"
    'export failed at 02:10'
    >>> Occurrence(ticket_id="INC-2", at=night, worked_us=-1)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: work of less than nothing: 'INC-2'; use microseconds >= 0
    """

    ticket_id: TicketId
    at_us: int = attrs.field(alias="at", converter=as_micros)
    service: ServiceId = ServiceId("")
    configuration_item_id: str = ""
    person: PersonId = PersonId("")
    worked_us: int = 0
    start_us: int = attrs.field(
        alias="start",
        default=attrs.Factory(lambda self: self.at_us, takes_self=True),
        converter=as_micros,
    )

    def __attrs_post_init__(self) -> None:
        if type(self.worked_us) is not int:
            remedy = "count microseconds: timedelta(hours=1) // timedelta(microseconds=1)"
            raise InvalidValue(f"work on {self.ticket_id}", self.worked_us, remedy)
        if self.worked_us < 0:
            raise InvalidValue("work of less than nothing", self.ticket_id, "use microseconds >= 0")
        if self.start_us + self.worked_us > END_OF_TIME:
            remedy = "give the work in microseconds"
            raise InvalidValue(f"endless work on {self.ticket_id}", self.worked_us, remedy)

    @property
    def at(self) -> datetime:
        """Return when it happened, in UTC."""
        return instant(self.at_us)


@attrs.define
class _Work:
    """Follow one ticket: who holds it, since when work goes on, how much there was."""

    calendar: Calendar | None
    assignee: PersonId = PersonId("")
    solver: PersonId = PersonId("")
    service: ServiceId = ServiceId("")
    item: str = ""
    first_us: int | None = None
    since_us: int | None = None
    worked_us: int = 0

    def see(self, event: TicketEvent) -> None:
        """Take in the next event."""
        match event:
            case TicketOpened():
                self.service, self.item = event.service, event.configuration_item_id
                self.assignee = event.assignee
            case TicketReclassified():
                self.service = event.service or self.service
                self.item = event.configuration_item_id or self.item
            case TicketAssigned():
                self.assignee = event.assignee
            case WorkStarted() | TicketResumed() | TicketReopened():
                self._begin(event.occurred_us)
            case TicketPutOnHold() | TicketClosed() | TicketCancelled():
                self._end(event.occurred_us)
            case TicketResolved():
                self._end(event.occurred_us)
                self.solver = self.solver or self.assignee or event.actor
            case _:
                pass

    def _begin(self, at_us: int) -> None:
        if self.since_us is None:
            self.since_us = at_us
            self.first_us = at_us if self.first_us is None else self.first_us

    def _end(self, at_us: int) -> None:
        if self.since_us is None:
            return
        start, end = instant(self.since_us), instant(at_us)
        elapsed = end - start
        if self.calendar is not None and self.calendar.is_open(start):
            elapsed = self.calendar.between(start, end)
        self.worked_us += elapsed // elapsed.resolution
        self.since_us = None


def occurrence_of(
    history: Iterable[TicketEvent], *, calendar: Calendar | None = None
) -> Occurrence:
    """Return what a ticket's history, in order, says about one occurrence.

    Work is the time from its start to the solution without holds: within `calendar` if it began in
    it, since nobody works on it overnight; by the clock if it began outside, because then somebody
    was called out. It is an upper bound: who worked on something else meanwhile did not say so.

    Raises:
        InvalidValue: the history does not begin with `TicketOpened`.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import TicketOpened, TicketResolved, WorkStarted
    >>> from itsm_core.linking import occurrence_of
    >>> at = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> begun, done = at + timedelta(minutes=20), at + timedelta(minutes=65)
    >>> seen = occurrence_of(
    ...     [
    ...         TicketOpened(ticket_id="INC-1", occurred_at=at, service="export"),
    ...         WorkStarted(ticket_id="INC-1", occurred_at=begun, state="in_progress"),
    ...         TicketResolved(ticket_id="INC-1", occurred_at=done, state="resolved", actor="ann"),
    ...     ]
    ... )
    >>> f"{seen.person} worked {timedelta(microseconds=seen.worked_us)} on {seen.service}"
    'ann worked 0:45:00 on export'
    """
    events = tuple(history)
    if not events or not isinstance(events[0], TicketOpened):
        began = type(events[0]).__name__ if events else "nothing"
        raise InvalidValue("a history must begin with TicketOpened", began, "use in_order")
    work = _Work(calendar)
    for event in events:
        work.see(event)
    first = events[0]
    return Occurrence(
        ticket_id=first.ticket_id,
        at=first.occurred_us,
        service=work.service,
        configuration_item_id=work.item,
        person=work.solver or work.assignee,
        worked_us=work.worked_us,
        start=first.occurred_us if work.first_us is None else work.first_us,
    )


def text_of(history: Iterable[TicketEvent]) -> TicketText:
    """Return what linking reads of a ticket with this history, as it was at its opening.

    Later corrections are left out on purpose: what is known at the end is not known at intake, and
    a figure measured with it promises too much.

    Raises:
        InvalidValue: the history does not begin with `TicketOpened`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.linking import text_of
    >>> at = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, title="No mail", requester="rob")
    >>> text = text_of([opened])
    >>> text.title, text.requester, text.kind
    ('No mail', 'rob', 'incident')
    >>> text_of([])
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a history must begin with TicketOpened: None; use in_order
    """
    first = next(iter(history), None)
    if not isinstance(first, TicketOpened):
        raise InvalidValue("a history must begin with TicketOpened", first, "use in_order")
    return TicketText(
        ticket_id=first.ticket_id,
        at=first.occurred_us,
        kind=first.ticket_type,
        title=first.title,
        service=first.service,
        configuration_item_id=first.configuration_item_id,
        category=first.category,
        group=first.group,
        requester=first.requester,
        assignee=first.assignee,
    )


def by_ticket(occurrences: Iterable[Occurrence]) -> Mapping[TicketId, Occurrence]:
    """Return occurrences by ticket, refusing the same ticket twice."""
    found: dict[TicketId, Occurrence] = {}
    for each in occurrences:
        if found.setdefault(each.ticket_id, each) is not each:
            raise InvalidValue("a ticket occurs twice", each.ticket_id, "pass each once")
    return found
