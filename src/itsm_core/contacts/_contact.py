"""One contact: who got in touch, how, for whom, and what became of it (laws D1, D2)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from itsm_core.errors import Fault, InvalidValue
from itsm_core.events import ContactRecorded, TicketEvent
from itsm_core.ids import EventId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.rosters import _fields as check
from itsm_core.spans import (
    as_micros,
    in_pendulum,
    instant,
    micros,
    optional_micros,
    written,
)

if TYPE_CHECKING:
    import pendulum

__all__ = ["Contact", "contacts_of"]


def _plain(value: timedelta) -> timedelta:
    """Return a plain duration of a pendulum one, whose own division is another; else as it is."""
    given: object = value
    if isinstance(given, timedelta):
        return timedelta(0, 0, timedelta.__floordiv__(given, timedelta.resolution))
    return value


def _at_once(contact: Contact) -> int:
    return contact.offered_us


_TEXTS = ("requester", "on_behalf_of", "registrar", "handler", "group", "service", "about")


@attrs.frozen(kw_only=True)
class Contact:
    """Hold one contact as it is known: a call, a mail, a chat, somebody at the counter.

    `offered_at` is when it reached anybody: the instant at which the matter was reported.
    `registered_at` is when it was written down (without it, at once), `began_at` when what it is
    about began. `answered_at` is when a person took it, `parted_at` when the line was released or
    the requester gave up, `handled_at` when the work after it was done. `held` is the time on hold
    between answer and parting. Whoever parts without an answer has abandoned.

    `requester` got in touch, for `on_behalf_of` if the need is somebody else's; `registrar` wrote
    it down; `handler` of `group` answered. An `automatic` one was sent by a machine.
    `registered_as` is the ticket, empty as long as there is none. Given as instants, the times are
    kept in microseconds since 1970 (UTC): `offered_us` and so on.

    Raises:
        DefinitionError: a text is none, the id or channel is empty, the instants are out of order,
            the hold is longer than the talk; every fault is listed.
        NaiveDatetime: an instant has no time zone.

    >>> from itsm_core.contacts import Contact
    >>> from itsm_core.spans import EPOCH, minutes
    >>> call = Contact(
    ...     contact_id="C-1",
    ...     channel="phone",
    ...     requester="rob",
    ...     handler="ann",
    ...     offered_at=EPOCH,
    ...     answered_at=EPOCH + minutes(2),
    ...     parted_at=EPOCH + minutes(7),
    ...     held=minutes(1),
    ... )
    >>> print(call)
    C-1: rob by phone, answered by ann, no ticket
    >>> str(call.waited), str(call.talked)
    ('0:02:00', '0:04:00')
    """

    contact_id: TicketId
    channel: str
    official: bool = True
    automatic: bool = False
    requester: PersonId = PersonId("")
    on_behalf_of: PersonId = PersonId("")
    registrar: PersonId = PersonId("")
    handler: PersonId = PersonId("")
    group: GroupId = GroupId("")
    service: ServiceId = ServiceId("")
    about: str = ""
    registered_as: TicketId = TicketId("")
    began_us: int | None = attrs.field(alias="began_at", converter=optional_micros, default=None)
    offered_us: int = attrs.field(alias="offered_at", converter=as_micros)
    registered_us: int = attrs.field(
        alias="registered_at",
        converter=as_micros,
        default=attrs.Factory(_at_once, takes_self=True),
    )
    answered_us: int | None = attrs.field(
        alias="answered_at", converter=optional_micros, default=None
    )
    parted_us: int | None = attrs.field(alias="parted_at", converter=optional_micros, default=None)
    handled_us: int | None = attrs.field(
        alias="handled_at", converter=optional_micros, default=None
    )
    held: timedelta = attrs.field(converter=_plain, default=timedelta(0))

    def __attrs_post_init__(self) -> None:
        check.refuse(f"contact {self.contact_id!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        for name in ("contact_id", "channel"):
            yield from check.text_faults(name, getattr(self, name))
        for name in (*_TEXTS, "registered_as"):
            yield from check.text_faults(name, getattr(self, name), optional=True)
        for name in ("official", "automatic"):
            value: object = getattr(self, name)
            yield from check.kind_faults(name, value, bool, "true or false", "write True or False")
        order = list(self._order())
        yield from order
        kind = list(check.kind_faults("held", self.held, timedelta, "a duration"))
        yield from kind
        if not kind and not order:
            yield from self._hold_faults()

    def _order(self) -> Iterator[Fault]:
        """Yield which instant lies before the one that it has to follow."""
        pairs = (
            ("began_at", self.began_us, "offered_at", self.offered_us),
            ("offered_at", self.offered_us, "registered_at", self.registered_us),
            ("offered_at", self.offered_us, "answered_at", self.answered_us),
            ("offered_at", self.offered_us, "parted_at", self.parted_us),
            ("answered_at", self.answered_us, "parted_at", self.parted_us),
            ("answered_at", self.answered_us, "handled_at", self.handled_us),
            ("parted_at", self.parted_us, "handled_at", self.handled_us),
        )
        for first, start, later, end in pairs:
            if start is not None and end is not None and end < start:
                message = f"{later} is before {first}"
                given = instant(end).isoformat()
                yield Fault("wrong-order", message, later, given, f"correct it, or {first}")
        if self.handled_us is not None and self.answered_us is None:
            message = "was handled, but nobody answered it"
            yield Fault("wrong-order", message, "handled_at", "", "tell answered_at, or neither")

    def _hold_faults(self) -> Iterator[Fault]:
        end = self.parted_us if self.parted_us is not None else self.handled_us
        talk = None if self.answered_us is None or end is None else end - self.answered_us
        longest = 0 if self.answered_us is None else talk
        held = self.held // timedelta.resolution
        if held < 0 or (longest is not None and held > longest):
            message = "is longer than from answer to parting" if held > 0 else "is negative"
            yield Fault("wrong-value", message, "held", str(self.held), "add up the holds alone")

    # --- what it says ----------------------------------------------------------------------------

    @property
    def for_whom(self) -> PersonId:
        """Return whose need it is."""
        return self.on_behalf_of or self.requester

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on: nobody has parted, and nothing is done with."""
        return self.parted_us is None and self.handled_us is None

    @property
    def is_answered(self) -> bool:
        """Tell whether a person took it."""
        return self.answered_us is not None

    @property
    def is_abandoned(self) -> bool:
        """Tell whether the requester gave up before anybody answered."""
        return self.parted_us is not None and self.answered_us is None and not self.automatic

    @property
    def waited(self) -> timedelta | None:
        """Return from the offer to the answer or to the giving up; None while it waits."""
        end = self.parted_us if self.answered_us is None else self.answered_us
        return None if end is None else timedelta(0, 0, end - self.offered_us)

    @property
    def talked(self) -> timedelta | None:
        """Return from the answer to the parting, without holds; None unless both are known."""
        if self.answered_us is None or self.parted_us is None:
            return None
        return timedelta(0, 0, self.parted_us - self.answered_us) - self.held

    @property
    def handled(self) -> timedelta | None:
        """Return from the answer to the end of the work after it, holds included.

        Where no work after it was told, it ended with the parting. None unless both are known.
        """
        end = self.parted_us if self.handled_us is None else self.handled_us
        if self.answered_us is None or end is None:
            return None
        return timedelta(0, 0, end - self.answered_us)

    @property
    def late(self) -> timedelta:
        """Return how long after the report it was registered."""
        return timedelta(0, 0, self.registered_us - self.offered_us)

    @property
    def began_at(self) -> pendulum.DateTime | None:
        """Return when what it is about began, in UTC: the first instant of law D2, if told."""
        return None if self.began_us is None else in_pendulum(instant(self.began_us))

    @property
    def offered_at(self) -> pendulum.DateTime:
        """Return when it was reported, in UTC: the second instant of law D2."""
        return in_pendulum(instant(self.offered_us))

    @property
    def registered_at(self) -> pendulum.DateTime:
        """Return when it was written down, in UTC: the third instant of law D2."""
        return in_pendulum(instant(self.registered_us))

    def event(self, *, recorded_at: datetime | None = None, event_id: str = "") -> ContactRecorded:
        """Return the event that tells of it, for the stream of the contact's own id.

        A contact that is told again, with more known of it, is told at `recorded_at`; without one
        it is told when it was registered.

        Raises:
            InvalidValue: it would be told before it was offered.
            NaiveDatetime: `recorded_at` has no time zone.
        """
        told_us = self.registered_us if recorded_at is None else micros(recorded_at)
        if told_us < self.offered_us:
            remedy = "tell it when it was offered, or later"
            raise InvalidValue("a contact told before it was offered", recorded_at, remedy)
        return ContactRecorded(
            ticket_id=self.contact_id,
            occurred_at=self.offered_us,
            recorded_at=told_us,
            actor=self.registrar,
            automatic=self.automatic,
            event_id=EventId(event_id),
            channel=self.channel,
            official=self.official,
            requester=self.requester,
            on_behalf_of=self.on_behalf_of,
            handler=self.handler,
            group=self.group,
            service=self.service,
            about=self.about,
            registered_as=self.registered_as,
            began_at=self.began_us,
            answered_at=self.answered_us,
            parted_at=self.parted_us,
            handled_at=self.handled_us,
            held_micros=self.held // timedelta.resolution,
        )

    def __repr__(self) -> str:
        return written(self)

    def __str__(self) -> str:
        who = self.requester or "somebody"
        other = f" for {self.on_behalf_of}" if self.on_behalf_of else ""
        end = "abandoned" if self.is_abandoned else f"answered by {self.handler or 'somebody'}"
        state = end if self.is_abandoned or self.is_answered else "waiting"
        ticket = f", {self.registered_as}" if self.registered_as else ", no ticket"
        return f"{self.contact_id}: {who}{other} by {self.channel}, {state}{ticket}"


def contacts_of(
    events: Iterable[TicketEvent], *, known_at: datetime | None = None
) -> tuple[Contact, ...]:
    """Return the contacts that a log tells of, in the order in which they were offered.

    Of a contact told several times, what was recorded last holds, and it was registered when it was
    first told. Other events are passed over, so a whole log may be given. `known_at` leaves out
    what was recorded later (law S14).

    Raises:
        DefinitionError: a record means nothing; the contact is named.
        NaiveDatetime: `known_at` has no time zone.

    >>> import attrs
    >>> from itsm_core.contacts import Contact, contacts_of
    >>> from itsm_core.spans import EPOCH, hours
    >>> call = Contact(contact_id="C-1", channel="phone", requester="rob", offered_at=EPOCH)
    >>> more = attrs.evolve(call, registered_as="INC-1")
    >>> log = [call.event(), more.event(recorded_at=EPOCH + hours(2))]
    >>> print(contacts_of(log)[0])
    C-1: rob by phone, waiting, INC-1
    >>> print(contacts_of(log, known_at=EPOCH + hours(1))[0])
    C-1: rob by phone, waiting, no ticket
    """
    until = None if known_at is None else micros(known_at)
    told = (each for each in events if isinstance(each, ContactRecorded))
    known = [each for each in told if until is None or each.recorded_us <= until]
    known.sort(key=lambda each: (each.recorded_us, each.sequence, each))
    first: dict[TicketId, int] = {}
    last: dict[TicketId, ContactRecorded] = {}
    for each in known:
        first.setdefault(each.ticket_id, each.recorded_us)
        last[each.ticket_id] = each
    found = (_contact(each, first[key]) for key, each in last.items())
    return tuple(sorted(found, key=lambda each: (each.offered_us, each.contact_id)))


def _contact(event: ContactRecorded, registered_us: int) -> Contact:
    return Contact(
        contact_id=event.ticket_id,
        channel=event.channel,
        official=event.official,
        automatic=event.automatic,
        requester=event.requester,
        on_behalf_of=event.on_behalf_of,
        registrar=event.actor,
        handler=event.handler,
        group=event.group,
        service=event.service,
        about=event.about,
        registered_as=event.registered_as,
        began_at=event.began_us,
        offered_at=event.occurred_us,
        # Corrected to a later offer than the first telling: it cannot have been told before it.
        registered_at=max(registered_us, event.occurred_us),
        answered_at=event.answered_us,
        parted_at=event.parted_us,
        handled_at=event.handled_us,
        held=timedelta(0, 0, event.held_micros),
    )
