"""Turn audit snapshots into events: what differs from the row before is what happened.

A snapshot shows a ticket after an update. Its own time is when the update happened; columns that
were filled in later are never used to move an event earlier, unless the mapping says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.interop._dates import DateReader
from itsm_core.interop._mapping import LogMapping, MappedState
from itsm_core.interop._priorities import PriorityReader
from itsm_core.interop._rows import Row, Snapshot
from itsm_core.lifecycle import StateCategory

__all__ = ["SnapshotReader"]

_AS_IS: Final[Mapping[str, str]] = {}
_NEW: Final = StateCategory.NEW
_ACTIVE: Final = StateCategory.ACTIVE
_ON_HOLD: Final = StateCategory.ON_HOLD
_RESOLVED: Final = StateCategory.RESOLVED
_CLOSED: Final = StateCategory.CLOSED
_CANCELLED: Final = StateCategory.CANCELLED
_DONE: Final = frozenset({_RESOLVED, _CLOSED, _CANCELLED})


@attrs.define
class SnapshotReader:
    """Make the events of one ticket after another; what had to be bent is counted here."""

    mapping: LogMapping
    dates: DateReader
    priorities: PriorityReader
    held_times: int = 0
    tickets_with_held_times: int = 0
    active: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        states = self.mapping.lifecycle.states
        self.active = next(state.name for state in states if state.category is _ACTIVE)

    def events(self, ticket: str, rows: list[Row]) -> tuple[TicketEvent, ...]:
        """Return the history that a ticket's rows tell, in order.

        A row whose time lies before that of the row it follows takes effect at the time reached
        so far: the declared sequence is trusted more than the clock.
        """
        story = _Story(self, TicketId(ticket), rows[0])
        held = self.held_times
        for row in rows:
            story.add(row)
        if self.held_times > held:
            self.tickets_with_held_times += 1
        if self.mapping.resolved_at == "column":
            self._move_resolve(story, rows[-1])
        return tuple(story.events)

    def inputs(self, cells: Snapshot) -> tuple[str, str, str]:
        """Return impact, urgency and priority in our terms; what is missing stays empty.

        The table has been checked: a value that the mapping does not know is no longer here.
        """
        values = self.mapping.values
        impact = values.get("impact", _AS_IS).get(cells.impact, cells.impact)
        urgency = values.get("urgency", _AS_IS).get(cells.urgency, cells.urgency)
        if self.priorities.is_derived:
            return impact, urgency, self.priorities.derive(impact, urgency)
        priority = values.get("priority", _AS_IS).get(cells.priority, cells.priority)
        return impact, urgency, priority

    def _move_resolve(self, story: _Story, last: Row) -> None:
        """Let the last resolve happen when its column says, within what the rows allow."""
        if not last.cells.resolved_at:
            return
        at = self.dates.read(last.cells.resolved_at, last.line, "resolved_at").utc_us
        for n in range(len(story.events) - 1, 0, -1):
            event = story.events[n]
            if isinstance(event, TicketResolved):
                earliest = story.events[n - 1].occurred_us
                at = max(earliest, min(at, event.occurred_us))
                if at < event.occurred_us:
                    story.events[n] = attrs.evolve(
                        event, occurred_at=at, recorded_at=event.recorded_us
                    )
                return


class _Story:
    """Remember what the rows so far have told about one ticket."""

    __slots__ = (
        "_answered",
        "_automatic",
        "_category",
        "_now",
        "_previous",
        "_reader",
        "_reason",
        "_recorded",
        "_state",
        "_ticket",
        "_who",
        "events",
    )

    def __init__(self, reader: SnapshotReader, ticket: TicketId, first: Row) -> None:
        """Open the ticket as its first row shows it, at the time the ticket says it was opened."""
        cells, dates = first.cells, reader.dates
        initial = reader.mapping.lifecycle.initial
        self._reader = reader
        self._ticket = ticket
        self._state = initial
        self._reason = ""
        self._category = _NEW
        self._answered = reader.mapping.first_response == "never"
        self._now = dates.read(cells.opened_at, first.line, "opened_at").utc_us
        # Registered when the log says, but not before it happened nor after its first snapshot.
        written = first.at.utc_us
        told = (
            dates.read(cells.recorded_at, first.line, "recorded_at").utc_us
            if (cells.recorded_at)
            else written
        )
        self._recorded = max(self._now, min(told, written))
        self._who = ""
        self._automatic = False
        self._previous = first
        impact, urgency, priority = reader.inputs(cells)
        self.events: list[TicketEvent] = [
            TicketOpened(
                ticket_id=ticket,
                occurred_at=self._now,
                recorded_at=None if self._recorded == self._now else self._recorded,
                actor=PersonId(cells.requester),
                lifecycle=reader.mapping.lifecycle.name,
                lifecycle_version=reader.mapping.lifecycle.version,
                state=initial,
                title=cells.title,
                requester=PersonId(cells.requester),
                channel=cells.channel,
                service=ServiceId(cells.service),
                category=cells.category,
                configuration_item_id=cells.configuration_item,
                impact=impact,
                urgency=urgency,
                priority=priority,
                group=GroupId(cells.group),
                assignee=PersonId(cells.assignee),
            )
        ]

    def add(self, row: Row) -> None:
        """Add what a row tells that the one before did not."""
        reader, cells = self._reader, row.cells
        before = self._previous.cells
        at = row.at.utc_us
        if at < self._now:
            reader.held_times += 1
            at = self._now
        self._now = at
        self._who = cells.actor
        self._automatic = cells.actor in reader.mapping.automatic_actors
        if cells.group != before.group or cells.assignee != before.assignee:
            self._tell(TicketAssigned, group=cells.group, assignee=cells.assignee)
        if _inputs(cells) != _inputs(before):
            self._change_priority(reader.inputs(cells), reader.inputs(before))
        self._previous = row
        state = row.state
        if cells.contact:
            self._tell(ContactReceived)
        if cells.answer:
            self._tell(AnswerSent)
        if not (self._answered or self._automatic) and self._answers(cells.assignee, state):
            self._answered = True
            self._tell(AnswerSent)
        if state is not None and (state.state != self._state or state.reason != self._reason):
            self._move(state, cells.resolution_code)

    def _change_priority(self, now: tuple[str, str, str], before: tuple[str, str, str]) -> None:
        """Tell a change; a priority that is no longer told stays what it was."""
        impact, urgency, priority = now
        if priority and now != before:
            self._tell(PriorityChanged, impact=impact, urgency=urgency, priority=priority)

    def _answers(self, assignee: str, state: MappedState | None) -> bool:
        """Return whether a snapshot that a person wrote counts as the first response."""
        if self._reader.mapping.first_response == "first_assignee":
            return bool(assignee)
        return state is not None and state.category is not _NEW

    def _move(self, state: MappedState, resolution_code: str) -> None:
        """Tell the move to another state; the kinds of both ends decide which event it is."""
        before, after = self._category, state.category
        name = state.state
        self._state, self._reason, self._category = name, state.reason, after
        if after is _ON_HOLD:
            if before in _DONE:
                self._tell(TicketReopened, state=self._reader.active)
            self._tell(TicketPutOnHold, state=name, reason=state.reason)
        elif after is _RESOLVED and before not in _DONE:
            self._tell(TicketResolved, state=name, resolution_code=resolution_code)
        elif after is _CLOSED and before is not _CLOSED:
            self._tell(TicketClosed, state=name)
        elif after is _CANCELLED and before is not _CANCELLED:
            self._tell(TicketCancelled, state=name)
        elif after in _DONE:
            self._tell(TicketMoved, state=name)
        elif before in _DONE:
            self._tell(TicketReopened, state=name)
        elif before is _ON_HOLD:
            self._tell(TicketResumed, state=name)
        elif before is _NEW and after is _ACTIVE:
            self._tell(WorkStarted, state=name)
        else:
            self._tell(TicketMoved, state=name)

    def _tell(self, kind: Callable[..., TicketEvent], **fields: str) -> None:
        now = self._now
        self.events.append(
            kind(
                ticket_id=self._ticket,
                occurred_at=now,
                # Nobody can have known of it before the ticket was registered.
                recorded_at=self._recorded if self._recorded > now else None,
                actor=self._who,
                automatic=self._automatic,
                sequence=len(self.events),
                **fields,
            )
        )


def _inputs(cells: Snapshot) -> tuple[str, str, str]:
    return (cells.impact, cells.urgency, cells.priority)
