"""Find the tickets that went past the desk, by what their events say (law D3).

One principle: a specialist acted before anybody of the first line, or what stands in for it, had
seen the ticket. What stands in: a rule that assigned it, whoever is on call while the first line is
closed, a contact on an official channel that somebody answered, an earlier ticket that this one
follows from. Everything else in here only says by which way it went, so that the answer fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from itsm_core.bypass._desk import BypassRules, DeskMap
from itsm_core.bypass._report import Bypass, BypassReport, Request, Way
from itsm_core.contacts import Contact
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    ContactReceived,
    ContactRecorded,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    in_order,
)
from itsm_core.ids import GroupId, PersonId, TicketId, same_form
from itsm_core.spans import micros

__all__ = ["find_bypasses"]

_NO_ACT: Final = (ContactReceived, ContactRecorded, TicketCancelled, TicketReopened, TicketOpened)
"""Events that are no work on a ticket, whoever wrote them; an opening is looked at apart."""

_FOLLOWS: Final = frozenset({"child_of", "duplicate_of", "follow_up_of", "split_from"})
"""Links by which a ticket comes from another one, which the desk had seen; being merely related is
none of them."""

_SECOND: Final = 1_000_000


class _Act(NamedTuple):
    """The first act of a specialist: when, who holds the ticket then, who gave it to him."""

    at_us: int
    specialist: PersonId
    team: GroupId
    actor: PersonId
    is_assignment: bool


def find_bypasses(
    histories: Iterable[Iterable[TicketEvent]],
    desk: DeskMap,
    *,
    contacts: Iterable[Contact] = (),
    rules: BypassRules | None = None,
    as_of: datetime | None = None,
) -> BypassReport:
    """Return which tickets of a log went past the desk, with the evidence, and how often.

    `contacts` are what telephone, chat and counter recorded; the more channels keep records, the
    fewer honest helpers are suspected. A ticket without a requester, of a machine, or of whoever
    solves it himself cannot bypass anybody and is left out; what a machine takes in and passes on
    from a mailbox that is not official is judged. Events after `as_of` have not happened.

    The order of the histories changes nothing; bypasses come in the order of their instants.

    Raises:
        InvalidValue: a history does not open a ticket.
        NaiveDatetime: `as_of` has no time zone.

    >>> from itsm_core.bypass import DeskMap, Membership, find_bypasses
    >>> from itsm_core.contacts import Channel, Channels
    >>> from itsm_core.events import TicketAssigned, TicketOpened
    >>> from itsm_core.routing import Side
    >>> from itsm_core.spans import EPOCH, hours
    >>> desk = DeskMap(
    ...     channels=Channels(channels=[Channel(name="portal")]),
    ...     sides=[Side(group="service desk", tier="first line"), Side(group="network")],
    ...     members=[Membership(person_id="ben", group="network")],
    ... )
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1",
    ...     occurred_at=EPOCH,
    ...     actor="rob",
    ...     requester="rob",
    ...     channel="portal",
    ...     group="service desk",
    ... )
    >>> taken = TicketAssigned(
    ...     ticket_id="INC-1",
    ...     occurred_at=EPOCH + hours(1),
    ...     actor="ben",
    ...     group="network",
    ...     assignee="ben",
    ... )
    >>> print(find_bypasses([[opened, taken]], desk).bypasses[0].explain())
    INC-1: self assigned, 1970-01-01 01:00:00 UTC
      ben of network took it himself
      nobody of the first line, and no rule of routing, had seen it before
    """
    until = None if as_of is None else micros(as_of)
    told = [
        [each for each in history if until is None or each.occurred_us <= until]
        for history in histories
    ]
    known = frozenset(history[0].ticket_id for history in told if history)
    found = _Detector(desk, rules or BypassRules(), _Contacts(contacts), known)
    for history in told:
        if history:
            found.judge(in_order(history))
    return found.report()


class _Contacts:
    """Keep the contacts that somebody answered on an official channel, by ticket and requester."""

    def __init__(self, contacts: Iterable[Contact]) -> None:
        self.by_ticket: dict[TicketId, list[Contact]] = {}
        self.by_requester: dict[PersonId, list[Contact]] = {}
        self.count = 0
        for each in sorted(contacts, key=lambda one: (one.offered_us, one.contact_id)):
            self.count += 1
            if each.registered_as:
                self.by_ticket.setdefault(each.registered_as, []).append(each)
                continue
            for person in {same_form(each.requester), same_form(each.for_whom)} - {""}:
                self.by_requester.setdefault(PersonId(person), []).append(each)

    def of(self, opening: TicketOpened, window_us: int) -> Iterator[Contact]:
        """Yield what is on file for a ticket: under its id, or what its registrar answered then.

        A call about something else, answered by somebody else, explains nothing.
        """
        yield from self.by_ticket.get(opening.ticket_id, ())
        for each in self.by_requester.get(same_form(opening.requester), ()):
            near = abs(each.offered_us - opening.occurred_us) <= window_us
            if near and each.handler and each.handler == opening.actor:
                yield each


class _Detector:
    """Judge one history after another, and keep what was found."""

    def __init__(
        self, desk: DeskMap, rules: BypassRules, contacts: _Contacts, known: frozenset[TicketId]
    ) -> None:
        self._desk = desk
        self._rules = rules
        self._contacts = contacts
        self._known = known
        self._grace_us = rules.grace // timedelta.resolution
        self._window_us = rules.contact_window // timedelta.resolution
        self._bypasses: list[Bypass] = []
        self._excused: list[Bypass] = []
        self._requests: list[Request] = []
        self._requesters: set[PersonId] = set()
        self._actors: set[PersonId] = set()

    def report(self) -> BypassReport:
        """Return everything, each list in the order of its instants."""
        members = {member.person_id for member in self._desk.members}
        unknown = sorted(self._actors - self._requesters - members)
        return BypassReport(
            bypasses=tuple(sorted(self._bypasses, key=lambda each: (each.at_us, each.ticket_id))),
            requests=tuple(sorted(self._requests, key=lambda each: (each.at_us, each.ticket_id))),
            excused=tuple(sorted(self._excused, key=lambda each: (each.at_us, each.ticket_id))),
            unknown=tuple(unknown),
            contact_count=self._contacts.count,
        )

    def judge(self, history: tuple[TicketEvent, ...]) -> None:
        """Take one ticket in."""
        opening = next((each for each in history if isinstance(each, TicketOpened)), None)
        if opening is None:
            remedy = "pass the histories of tickets; contacts go into contacts=contacts_of(log)"
            raise InvalidValue("a history without its opening", history[0].ticket_id, remedy)
        if not opening.requester or (opening.automatic and not self._is_side_door(opening)):
            return
        self._requesters.add(opening.requester)
        acts = list(self._acts(opening, history))
        if acts and all(act.specialist == opening.requester for act in acts):
            return
        people = [(act.specialist, act.team) for act in acts]
        people += self._given(opening, history)
        self._requests.append(
            Request(
                ticket_id=opening.ticket_id,
                at_us=opening.occurred_us,
                requester=opening.requester,
                channel=opening.channel,
                specialists=tuple(dict.fromkeys(people)),
            )
        )
        if not acts:
            return
        first = min(acts, key=lambda act: act.at_us)
        if self._was_seen(opening, history, first):
            return
        ways = tuple(self._ways(opening, first))
        bypass = self._bypass(opening, first, ways)
        excused = "afterwards" in ways and opening.priority in self._rules.emergencies
        (self._excused if excused else self._bypasses).append(bypass)

    # --- acts ------------------------------------------------------------------------------------

    def _acts(self, opening: TicketOpened, history: tuple[TicketEvent, ...]) -> Iterator[_Act]:
        """Yield what specialists did, or had done to them, in order."""
        for event in history:
            at, actor = event.occurred_us, event.actor
            if event.automatic or not actor:
                continue
            self._actors.add(actor)
            if event is opening:
                if actor != opening.requester and self._is_specialist(actor, opening, at):
                    # Who registers for somebody else was asked by him.
                    yield _Act(at, actor, self._team(actor, opening.group, at), actor, False)
            elif isinstance(event, TicketAssigned):
                holder = event.assignee
                if holder and self._is_specialist(holder, opening, at):
                    if self._may_assign(actor, opening, at):
                        continue
                    yield _Act(at, holder, self._team(holder, event.group, at), actor, True)
            elif not isinstance(event, _NO_ACT) and self._is_specialist(actor, opening, at):
                yield _Act(at, actor, self._team(actor, opening.group, at), actor, False)

    def _given(
        self, opening: TicketOpened, history: tuple[TicketEvent, ...]
    ) -> Iterator[tuple[PersonId, GroupId]]:
        """Yield the specialists who were given the ticket, by whomever: they have had it."""
        for event in history:
            if isinstance(event, TicketAssigned) and event.assignee:
                holder, at = event.assignee, event.occurred_us
                if self._is_specialist(holder, opening, at):
                    yield holder, self._team(holder, event.group, at)

    def _is_specialist(self, person: PersonId, opening: TicketOpened, at_us: int) -> bool:
        desk = self._desk
        return desk.is_specialist(person, at_us) and not desk.stands_in(
            person, opening.group, at_us, opening.occurred_us
        )

    def _may_assign(self, person: PersonId, opening: TicketOpened, at_us: int) -> bool:
        """Tell whether somebody passes tickets on for the desk."""
        desk = self._desk
        return desk.is_first_line(person, at_us) or desk.stands_in(
            person, opening.group, at_us, opening.occurred_us
        )

    def _team(self, person: PersonId, group: GroupId, at_us: int) -> GroupId:
        groups = self._desk.groups_of(person, at_us)
        return group if group in groups else (groups[0] if groups else GroupId(""))

    # --- seen by the desk ------------------------------------------------------------------------

    def _was_seen(
        self, opening: TicketOpened, history: tuple[TicketEvent, ...], first: _Act
    ) -> bool:
        """Tell whether the desk had seen the ticket when the specialist first acted."""
        latest = first.at_us + self._grace_us
        return any(seen <= latest for seen in self._sights(opening, history))

    def _sights(self, opening: TicketOpened, history: tuple[TicketEvent, ...]) -> Iterator[int]:
        """Yield the instants at which the desk, or what stands in for it, saw the ticket."""
        for event in history:
            at, actor = event.occurred_us, event.actor
            if event is opening:
                # Who writes it down later saw it later, whenever it was reported.
                if actor and self._may_assign(actor, opening, event.recorded_us):
                    yield event.recorded_us
            elif isinstance(event, TicketAssigned):
                by_rule = (event.automatic or not actor) and not self._is_side_door(opening)
                if by_rule or (actor and self._may_assign(actor, opening, at)):
                    yield at
            elif isinstance(event, TicketLinked):
                near = at - opening.occurred_us <= self._grace_us
                if near and event.link in _FOLLOWS and event.other in self._known:
                    yield at
            elif not event.automatic and actor and self._may_assign(actor, opening, at):
                yield at
        for contact in self._contacts.of(opening, self._window_us):
            if contact.answered_us is not None and self._is_official(contact):
                yield contact.answered_us

    def _is_side_door(self, opening: TicketOpened) -> bool:
        """Tell whether it came by a channel known as not official, such as a team's own mailbox.

        What a machine does with it there is part of the way past the desk.
        """
        channels = self._desk.channels
        return opening.channel in channels and not channels.is_official(opening.channel)

    def _is_official(self, contact: Contact) -> bool:
        official = contact.official and self._desk.channels.is_official(contact.channel)
        return official and not contact.automatic

    # --- by which way ----------------------------------------------------------------------------

    def _ways(self, opening: TicketOpened, first: _Act) -> list[Way]:
        found: list[Way] = []
        if first.is_assignment and first.actor != first.specialist:
            found.append("passed_down")
        if self._unofficial(opening):
            found.append("direct_contact")
        if opening.actor != opening.requester and self._desk.is_specialist(
            opening.actor, opening.occurred_us
        ):
            found.append("no_contact")
        if opening.recorded_us - first.at_us > self._grace_us:
            found.append("afterwards")
        if not found:
            found.append("self_assigned")
        return found

    def _unofficial(self, opening: TicketOpened) -> str:
        """Return the channel by which it came if that is not official; empty if it is."""
        channels = self._desk.channels
        if opening.channel and not channels.is_official(opening.channel):
            return opening.channel
        contacts = self._contacts.by_ticket.get(opening.ticket_id, ())
        return next((each.channel for each in contacts if not self._is_official(each)), "")

    def _bypass(self, opening: TicketOpened, first: _Act, ways: tuple[Way, ...]) -> Bypass:
        stranger = first.actor if "passed_down" in ways else PersonId("")
        return Bypass(
            ticket_id=opening.ticket_id,
            at_us=first.at_us,
            ways=ways,
            requester=opening.requester,
            specialist=first.specialist,
            team=first.team,
            channel=opening.channel,
            passed_by=stranger,
            evidence=tuple(self._evidence(opening, first, ways)),
        )

    def _evidence(self, opening: TicketOpened, first: _Act, ways: tuple[Way, ...]) -> Iterator[str]:
        who = f"{first.specialist} of {first.team or 'no team'}"
        if "passed_down" in ways:
            yield f"{first.actor}, who is not of the first line, gave it to {who}"
        elif first.is_assignment:
            yield f"{who} took it himself"
        else:
            yield f"{who} was the first to act on it"
        if "direct_contact" in ways:
            yield f"it came by {self._unofficial(opening)!r}, which is no official channel"
        if "no_contact" in ways:
            names = f"{opening.actor} registered it for {opening.requester}"
            yield f"{names}, and no contact is on file"
        if "afterwards" in ways:
            late = (opening.recorded_us - first.at_us) / (60 * _SECOND)
            yield f"it was registered {late:.0f} minutes after work on it had begun"
        yield "nobody of the first line, and no rule of routing, had seen it before"
