"""What the telephone system and the organisation chart of a simulated desk know (laws D1, D3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from itsm_core.bypass import DeskMap, Duty, Membership
from itsm_core.contacts import Channel, Channels, Contact
from itsm_core.events import TicketEvent, TicketOpened, WorkStarted
from itsm_core.ids import PersonId, TicketId
from itsm_core.routing import Side
from itsm_core.simulation._draws import Draws
from itsm_core.simulation._world import OPERATIONS
from itsm_core.spans import hours, seconds

if TYPE_CHECKING:
    from itsm_core.simulation import SimulatedDesk

__all__ = ["Telephone", "desk_map"]

_INFORMED, _GIVEN_UP = 0.12, 0.08
"""Calls that need no ticket, and calls that nobody answered in time, for one that led to one."""

_UNOFFICIAL: Final = ("direct", "manager's inbox", "team mailbox")
"""Ways past the desk that people write down."""

_KNOWS_TICKET: Final = 0.6
"""How often the record of a contact tells its ticket; otherwise somebody forgot to enter it."""


def desk_map(base: SimulatedDesk, moved: Iterable[Membership] = ()) -> DeskMap:
    """Return the groups, people and channels of a simulated desk, for `find_bypasses`.

    `moved` are memberships beyond those that everybody has from the start.

    >>> from itsm_core.simulation import desk_map, simulate
    >>> desk = desk_map(simulate(seed=1, tickets=200, weeks=8))
    >>> sorted(desk.first_line)
    ['service-desk-berlin', 'service-desk-lisbon', 'service-desk-sao-paulo']
    """
    lines = {site.desk: site.calendar for site in base.sites}
    channels = [
        Channel(name=name, route=base.sites[0].desk)
        for name in ("portal", "mail", "call", "chat", "walk-up")
    ]
    channels.append(Channel(name="monitoring", automatic=True))
    channels += [Channel(name=name, official=False) for name in _UNOFFICIAL]
    sides = [
        Side(group=group, tier="first line", hours=lines[group])
        if group in lines
        else Side(group=group, tier="second line")
        for group in dict.fromkeys(person.group for person in base.people)
    ]
    members = [Membership(person_id=p.person_id, group=p.group) for p in base.people]
    duties = [
        Duty(person_id=week.person_id, start_at=week.start_at, end_at=week.end_at)
        for week in base.on_call
    ]
    return DeskMap(
        channels=Channels(channels=channels),
        sides=sides,
        members=[*members, *moved],
        duties=duties,
    )


class Telephone:
    """Record the calls and chats of a desk, with and without tickets."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._contacts: list[Contact] = []

    def contacts(self) -> tuple[Contact, ...]:
        """Return every record, in the order of the offers."""
        return tuple(sorted(self._contacts, key=lambda each: (each.offered_us, each.contact_id)))

    def listen(self, histories: Iterable[tuple[TicketEvent, ...]]) -> None:
        """Give every call and chat of the tickets its record, and add some without a ticket."""
        for history in histories:
            opening = history[0]
            if not isinstance(opening, TicketOpened) or opening.channel not in ("call", "chat"):
                continue
            handler = next((e.actor for e in history if isinstance(e, WorkStarted)), PersonId(""))
            if handler and opening.group != OPERATIONS:
                self.record(opening, handler)
            if self._draws.chance(_INFORMED):
                self._answered(opening, handler)
            if self._draws.chance(_GIVEN_UP):
                self._given_up(opening)

    def record(self, opening: TicketOpened, handler: PersonId) -> None:
        """Record the contact that a ticket came from."""
        draws = self._draws
        answered = opening.occurred_at - seconds(10)
        parted = answered + draws.minutes(4, 0.6)
        held = draws.minutes(0.6, 0.5) if draws.chance(0.2) else timedelta(0)
        known = draws.chance(_KNOWS_TICKET)
        self._contacts.append(
            Contact(
                contact_id=self._next_id(),
                channel=opening.channel,
                requester=opening.requester,
                handler=handler,
                registrar=handler,
                group=opening.group,
                service=opening.service,
                registered_as=opening.ticket_id if known else TicketId(""),
                offered_at=answered - draws.minutes(0.7, 0.8),
                answered_at=answered,
                parted_at=parted,
                handled_at=parted + draws.minutes(1.5, 0.5),
                held=min(held, parted - answered),
            )
        )

    def _answered(self, opening: TicketOpened, handler: PersonId) -> None:
        """Record a call of somebody else, later on, that needed no ticket."""
        offered = opening.occurred_at + hours(1) + self._draws.minutes(90, 0.6)
        answered = offered + self._draws.minutes(0.7, 0.8)
        self._contacts.append(
            Contact(
                contact_id=self._next_id(),
                channel="call",
                requester=PersonId(f"caller-{200 + self._draws.below(800)}"),
                handler=handler,
                registrar=handler,
                group=opening.group,
                about="opening hours",
                offered_at=offered,
                answered_at=answered,
                parted_at=answered + self._draws.minutes(2, 0.5),
            )
        )

    def _given_up(self, opening: TicketOpened) -> None:
        """Record a call of somebody unknown, later on, that nobody answered in time."""
        offered = opening.occurred_at + hours(1) + self._draws.minutes(90, 0.6)
        self._contacts.append(
            Contact(
                contact_id=self._next_id(),
                channel="call",
                group=opening.group,
                offered_at=offered,
                parted_at=offered + self._draws.minutes(1.8, 0.6),
            )
        )

    def _next_id(self) -> TicketId:
        return TicketId(f"C{len(self._contacts) + 1:06d}")
