"""What can be wrong with a step that was taken, by the events before it (laws E2, E3).

The ticket is followed by hand, by the classes of its moves: this shares nothing with plans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from itsm_core.escalation import Coverage
from itsm_core.events import (
    EscalationStepTaken,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.spans import instant

__all__ = ["misdirected", "wrongs"]


def wrongs(before: Sequence[TicketEvent], taken: EscalationStepTaken) -> Iterator[str]:
    """Yield what is wrong with a step, by what was written before it and by nothing else.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> taken = EscalationStepTaken(
    ...     ticket_id="INC-1",
    ...     occurred_at=at.replace(hour=12),
    ...     key="INC-1:abc:resolution.1:1:1",
    ...     rule="late",
    ...     action="escalate to the manager",
    ...     due_at=at.replace(hour=13),
    ... )
    >>> print(*wrongs([opened], taken))
    before its time: INC-1:abc:resolution.1:1:1
    """
    if taken.occurred_us < taken.due_us:
        yield f"before its time: {taken.key}"
    subject = taken.key.split(":")[2].partition(".")[0]
    standing, reason = "active", ""
    moves = [event for event in before if type(event) in _STANDINGS]
    for event in sorted(moves, key=lambda each: (each.occurred_us, each.sequence)):
        if event.occurred_us <= taken.occurred_us:
            standing = _STANDINGS[type(event)]
            reason = event.reason if isinstance(event, TicketPutOnHold) else ""
        else:
            yield f"behind what was written before it: {taken.key}"
    if standing == "done" and subject != "commitment":
        yield f"after the end of its ticket: {taken.key}"
    waits = standing == "held" and reason == "awaiting_requester"
    if (waits and subject == "resolution") or (standing == "held" and subject == "silence"):
        yield f"inside a pause: {taken.key}"


def misdirected(
    before: Sequence[TicketEvent], taken: EscalationStepTaken, coverage: Coverage
) -> Iterator[str]:
    """Yield that a late message went to who is away, holds the ticket no more or is off call.

    What came due at ten and was done at twelve is for whoever held the ticket by then:

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, assignee="ana")
    >>> moved = TicketAssigned(ticket_id="INC-1", occurred_at=at.replace(hour=11), assignee="ben")
    >>> taken = EscalationStepTaken(
    ...     ticket_id="INC-1",
    ...     occurred_at=at.replace(hour=12),
    ...     key="INC-1:abc:resolution.1:1:1",
    ...     rule="late",
    ...     action="notify the assignee",
    ...     target="person ana",
    ...     due_at=at.replace(hour=10),
    ... )
    >>> print(*misdirected([opened, moved], taken, Coverage()))
    to somebody who does not hold the ticket: INC-1:abc:resolution.1:1:1
    """
    kind, _, name = taken.target.partition(" ")
    if kind != "person" or taken.occurred_us == taken.due_us:
        return
    at = taken.occurred_us
    away = {each.person for each in coverage.absences if each.start_us <= at < each.end_us}
    if name in away:
        yield f"to somebody who is away: {taken.key}"
    _, on_call, roster = taken.action.partition("notify who is on call in ")
    if on_call and name not in coverage[roster].on_call(instant(at)).people:
        yield f"to somebody who is not on call: {taken.key}"
    moves = [event for event in before if isinstance(event, TicketOpened | TicketAssigned)]
    *_, last = sorted(moves, key=lambda each: (each.occurred_us, each.sequence))
    holder = last.assignee
    if taken.action == "notify the assignee" and holder not in away and name != holder:
        yield f"to somebody who does not hold the ticket: {taken.key}"


_STANDINGS: Final[Mapping[type[TicketEvent], str]] = {
    TicketPutOnHold: "held",
    TicketResumed: "active",
    TicketReopened: "active",
    TicketResolved: "done",
    TicketClosed: "done",
    TicketCancelled: "done",
}
