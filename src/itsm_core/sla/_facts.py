"""The facts of a ticket after each event: what the conditions of clocks may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeVar, cast

from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
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
    known_kind,
    opened_first,
)
from itsm_core.spans import END_OF_TIME

DONE: Final = frozenset({"resolved", "closed", "cancelled"})
"""The categories of a ticket that nobody works on any more."""

_FROM_OUTSIDE: Final = frozenset({"TicketOpened", "ContactReceived"})
_Event = TypeVar("_Event", bound=TicketEvent)
if TYPE_CHECKING:
    Step = Callable[["Facts", TicketEvent], None]
_STEPS: Final[dict[type[TicketEvent], tuple[str, Step | None]]] = {}


class Facts:
    """Hold the facts of `FACTS` after one event; "" is a missing value. Changed in place.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import AnswerSent, TicketOpened
    >>> from itsm_core.sla import Facts
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> facts = Facts(TicketOpened(ticket_id="INC-1", occurred_at=at, requester="rob"))
    >>> facts.awaiting_answer, facts.answered
    (True, False)
    >>> facts.take(AnswerSent(ticket_id="INC-1", occurred_at=at, actor="ana"))
    'AnswerSent'
    >>> facts.awaiting_answer, facts.answered
    (False, True)
    """

    __slots__ = (
        "answered",
        "assignee",
        "automatic",
        "awaiting_answer",
        "category",
        "category_name",
        "channel",
        "configuration_item_id",
        "derived_priority",
        "event",
        "evidence",
        "group",
        "hold_reason",
        "impact",
        "override_until_us",
        "priority",
        "reopen_count",
        "requester",
        "service",
        "source",
        "ticket_type",
        "urgency",
    )

    def __init__(self, opening: TicketOpened) -> None:
        """Take what the opening tells; its own effect as an event comes with `take`."""
        self.event: str = ""
        self.source: TicketEvent = opening
        self.evidence: str = ""
        self.hold_reason: str = ""
        self.automatic: bool = False
        self.answered: bool = False
        self.awaiting_answer: bool = True  # whoever opened it, somebody waits
        self.category: str = "new"
        self.reopen_count: int = 0
        self.ticket_type: str = opening.ticket_type
        self.requester: str = opening.requester
        self.channel: str = opening.channel
        self.service: str = opening.service
        self.category_name: str = opening.category
        self.configuration_item_id: str = opening.configuration_item_id
        self.impact: str = opening.impact
        self.urgency: str = opening.urgency
        self.priority: str = opening.priority
        self.derived_priority: str = opening.priority
        self.override_until_us: int | None = None
        self.group: str = opening.group
        self.assignee: str = opening.assignee

    @property
    def by_requester(self) -> bool:
        """Tell whether the requester did it; a contact by somebody unknown is taken as theirs."""
        actor = self.source.actor
        if self.automatic or self.event not in _FROM_OUTSIDE:
            return bool(actor) and actor == self.requester
        return not actor or not self.requester or actor == self.requester

    @property
    def requester_is_assignee(self) -> bool:
        """Tell whether the requester works on the ticket."""
        return bool(self.requester) and self.requester == self.assignee

    def take(self, event: TicketEvent) -> str:
        """Take in one more event and return the name of its class, or of the nearest known one."""
        kind = type(event)
        name, step = _STEPS.get(kind) or _nearest(kind)
        self.event = name
        self.automatic = event.automatic
        self.source = event
        until = self.override_until_us
        if until is not None and event.occurred_us >= until:
            _end_override(self)
        if step is not None:
            step(self, event)
        return name


def facts_after(events: Iterable[TicketEvent]) -> Iterator[tuple[TicketEvent, int, Facts]]:
    """Yield each event with its instant and the facts after it; always the same facts object.

    Events are in order; those told before the opening happen at it, after it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> [facts.category for _, _, facts in facts_after([opened])]
    ['new']
    """
    told = tuple(events)
    opening = opening_of(told)
    facts = Facts(opening)
    for event in opened_first(told):
        if event is opening or not isinstance(event, TicketOpened):
            facts.take(event)
            yield event, event.occurred_us, facts


def opening_of(events: Sequence[TicketEvent]) -> TicketOpened:
    """Return the opening of the one ticket that the events are about.

    Raises:
        NotFound: no event opens a ticket.
        InvalidValue: events of several tickets.
    """
    for event in events:
        if isinstance(event, TicketOpened):
            break
    else:
        ticket = events[0].ticket_id if events else ""
        raise NotFound("opening of ticket", ticket, "no TicketOpened up to the instant asked for")
    ticket = event.ticket_id
    for each in events:
        if each.ticket_id is not ticket and each.ticket_id != ticket:
            what = f"event of another ticket than {ticket!r}"
            raise InvalidValue(what, each.ticket_id, "pass the history of one ticket")
    return event


def _nearest(kind: type[TicketEvent]) -> tuple[str, Step | None]:
    """Return what an event class of somebody's own is to the facts: its nearest known base."""
    known = known_kind(kind)
    found: tuple[str, Step | None] = (kind.__name__, None)
    if known is not None:
        found = _STEPS.get(known, (known.__name__, None))
    _STEPS[kind] = found
    return found


def _on(*kinds: type[_Event]) -> Callable[[Callable[[Facts, _Event], None]], None]:
    """Enter a function as what event classes do to the facts."""

    def enter(step: Callable[[Facts, _Event], None]) -> None:
        for kind in kinds:
            # The table is read by the event's own class, so the step gets what it asks for.
            _STEPS[kind] = (kind.__name__, cast("Step", step))

    return enter


def _turned(category: str) -> Callable[[Facts, TicketEvent], None]:
    def step(facts: Facts, _: TicketEvent) -> None:
        facts.category = category
        facts.hold_reason = facts.evidence = ""

    return step


_on(WorkStarted, TicketResumed)(_turned("active"))
_on(TicketClosed)(_turned("closed"))
_on(TicketCancelled)(_turned("cancelled"))


@_on(TicketReopened)
def _reopened(facts: Facts, _: TicketReopened) -> None:
    facts.category = "active"
    facts.hold_reason = facts.evidence = ""
    facts.reopen_count += 1


@_on(TicketPutOnHold)
def _put_on_hold(facts: Facts, event: TicketPutOnHold) -> None:
    facts.category = "on_hold"
    facts.hold_reason = event.reason
    facts.evidence = event.evidence


@_on(TicketResolved)
def _resolved(facts: Facts, event: TicketResolved) -> None:
    facts.category = "resolved"
    facts.hold_reason = facts.evidence = ""
    _answer(facts, event)


@_on(AnswerSent)
def _answered(facts: Facts, event: AnswerSent) -> None:
    _answer(facts, event)


def _answer(facts: Facts, event: TicketEvent) -> None:
    if not event.automatic:
        facts.answered = True
        facts.awaiting_answer = False


@_on(ContactReceived)
def _contacted(facts: Facts, event: ContactReceived) -> None:
    if not event.automatic:
        facts.awaiting_answer = True


@_on(TicketAssigned)
def _assigned(facts: Facts, event: TicketAssigned) -> None:
    facts.group, facts.assignee = event.group, event.assignee


@_on(TicketReclassified)
def _reclassified(facts: Facts, event: TicketReclassified) -> None:
    facts.service = event.service
    facts.category_name = event.category
    facts.configuration_item_id = event.configuration_item_id


@_on(PriorityChanged)
def _priority_changed(facts: Facts, event: PriorityChanged) -> None:
    facts.impact = event.impact or facts.impact
    facts.urgency = event.urgency or facts.urgency
    facts.derived_priority = event.priority
    if facts.override_until_us is None:
        facts.priority = event.priority


@_on(PriorityOverridden)
def _overridden(facts: Facts, event: PriorityOverridden) -> None:
    if event.expires_us is not None and event.expires_us <= event.occurred_us:
        _end_override(facts)  # over before it began; what it replaced is over too
        return
    facts.priority = event.priority
    facts.override_until_us = END_OF_TIME if event.expires_us is None else event.expires_us


@_on(PriorityOverrideEnded)
def _override_ended(facts: Facts, _: PriorityOverrideEnded) -> None:
    _end_override(facts)


def _end_override(facts: Facts) -> None:
    facts.priority = facts.derived_priority
    facts.override_until_us = None


_STEPS[TicketOpened] = ("TicketOpened", None)
