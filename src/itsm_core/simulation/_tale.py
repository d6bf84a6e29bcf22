"""The pen: writes one ticket's events in order, stamped with ids, places and recording times."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketLinked,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import EventId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, StateCategory
from itsm_core.priority import ITIL_MATRIX
from itsm_core.simulation._world import Service
from itsm_core.spans import micros

__all__ = ["Tale"]

_STATE = {state.category: state.name for state in reversed(INCIDENT.states)}
"""The first state of each category of the incident lifecycle."""

SYSTEM = PersonId("")


class _Head(TypedDict):
    ticket_id: TicketId
    occurred_at: int
    recorded_at: int | None
    actor: PersonId
    automatic: bool
    event_id: EventId
    sequence: int


class Tale:
    """Write the events of one ticket; `now` is how far the story has come.

    Until `registered_at` nobody tells the desk anything: what happens earlier is recorded then
    (law D2).
    """

    def __init__(self, ticket_id: TicketId, now: datetime, registered_at: datetime) -> None:
        self.ticket_id = ticket_id
        self.now = now
        self.events: list[TicketEvent] = []
        self.group = GroupId("")
        self.assignee = PersonId("")
        self.requester = PersonId("")
        self.channel = ""
        self.impact = self.urgency = self.priority = ""
        self._registered_us = micros(registered_at)
        self._last_us = 0
        self._sequence = 0

    def _head(self, at: datetime, actor: PersonId, *, automatic: bool = False) -> _Head:
        occurred = max(micros(at), self._last_us)
        self._sequence = self._sequence + 1 if occurred == self._last_us else 0
        self._last_us = occurred
        late = occurred < self._registered_us
        return {
            "ticket_id": self.ticket_id,
            "occurred_at": occurred,
            "recorded_at": self._registered_us if late else None,
            "actor": actor,
            "automatic": automatic,
            "event_id": EventId(f"{self.ticket_id}-{len(self.events) + 1:02d}"),
            "sequence": self._sequence,
        }

    def open(
        self,
        service: Service,
        *,
        title: str,
        requester: PersonId,
        registrar: PersonId,
        channel: str,
        impact: str,
        urgency: str,
        group: GroupId,
        configuration_item_id: str = "",
        automatic: bool = False,
    ) -> None:
        """Write the opening, by the requester, whoever registers on behalf, or a machine."""
        self.requester, self.channel, self.group = requester, channel, group
        self.impact, self.urgency = impact, urgency
        self.priority = ITIL_MATRIX.priority(impact, urgency)
        self.events.append(
            TicketOpened(
                **self._head(self.now, registrar, automatic=automatic),
                lifecycle=INCIDENT.name,
                lifecycle_version=INCIDENT.version,
                state=_STATE[StateCategory.NEW],
                title=title,
                requester=requester,
                channel=channel,
                service=service.service_id,
                category=service.category,
                configuration_item_id=configuration_item_id,
                impact=impact,
                urgency=urgency,
                priority=self.priority,
                group=group,
            )
        )

    def assign(self, at: datetime, group: GroupId, assignee: PersonId, actor: PersonId) -> None:
        """Write who holds the ticket from `at` on, unless nothing changes."""
        if (group, assignee) == (self.group, self.assignee):
            return
        self.group, self.assignee = group, assignee
        head = self._head(at, actor)
        self.events.append(TicketAssigned(**head, group=group, assignee=assignee))

    def route(self, at: datetime, group: GroupId) -> None:
        """Write that a rule of routing gave the ticket to a group."""
        self.group, self.assignee = group, SYSTEM
        head = self._head(at, SYSTEM, automatic=True)
        self.events.append(TicketAssigned(**head, group=group, assignee=SYSTEM))

    def link(self, at: datetime, link: str, other: TicketId, actor: PersonId) -> None:
        """Write that the ticket belongs with another one."""
        self.events.append(TicketLinked(**self._head(at, actor), link=link, other=other))

    def prioritise(self, at: datetime, impact: str, urgency: str, reason: str) -> None:
        """Write corrected inputs and the priority that follows from them (law P2)."""
        if (impact, urgency) == (self.impact, self.urgency):
            return
        self.impact, self.urgency = impact, urgency
        self.priority = ITIL_MATRIX.priority(impact, urgency)
        self.events.append(
            PriorityChanged(
                **self._head(at, self.assignee),
                impact=impact,
                urgency=urgency,
                priority=self.priority,
                reason=reason,
            )
        )

    def start(self, at: datetime) -> None:
        """Write that the holder began to work."""
        head = self._head(at, self.assignee)
        self.events.append(WorkStarted(**head, state=_STATE[StateCategory.ACTIVE]))

    def answer(self, at: datetime, *, automatic: bool = False) -> None:
        """Write an answer to the requester; an automatic one answers nothing (law L5)."""
        head = self._head(at, SYSTEM if automatic else self.assignee, automatic=automatic)
        self.events.append(AnswerSent(**head, channel=self.channel))

    def contact(self, at: datetime, *, automatic: bool = False) -> None:
        """Write that the requester, or the requester's mailbox, got in touch."""
        head = self._head(at, self.requester, automatic=automatic)
        self.events.append(ContactReceived(**head, channel="mail"))

    def hold(self, at: datetime, reason: str) -> None:
        """Write that work waits for `reason`."""
        head = self._head(at, self.assignee)
        state = _STATE[StateCategory.ON_HOLD]
        self.events.append(TicketPutOnHold(**head, state=state, reason=reason))

    def resume(self, at: datetime, actor: PersonId) -> None:
        """Write that the waiting is over."""
        head = self._head(at, actor)
        self.events.append(TicketResumed(**head, state=_STATE[StateCategory.ACTIVE]))

    def resolve(self, at: datetime, code: str) -> None:
        """Write that the holder offered a solution."""
        head = self._head(at, self.assignee)
        state = _STATE[StateCategory.RESOLVED]
        self.events.append(TicketResolved(**head, state=state, resolution_code=code))

    def reopen(self, at: datetime, reason: str) -> None:
        """Write that the requester did not accept the solution."""
        head = self._head(at, self.requester)
        state = _STATE[StateCategory.ACTIVE]
        self.events.append(TicketReopened(**head, state=state, reason=reason))

    def close(self, at: datetime) -> None:
        """Write that nobody objected for long enough; the desk's software does this."""
        head = self._head(at, SYSTEM, automatic=True)
        self.events.append(TicketClosed(**head, state=_STATE[StateCategory.CLOSED]))

    def cancel(self, at: datetime, reason: str) -> None:
        """Write that the requester withdrew the ticket."""
        head = self._head(at, self.requester)
        state = _STATE[StateCategory.CANCELLED]
        self.events.append(TicketCancelled(**head, state=state, reason=reason))
