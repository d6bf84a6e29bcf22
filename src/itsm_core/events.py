"""Facts about tickets, in the past tense: the only truth there is.

Everything else (state, clocks, due dates, reports) is a fold over these. An event has two
instants: `occurred_at`, when it happened, and `recorded_at`, when the desk learned of it
(law S14). Both are kept as whole microseconds and shown as `pendulum.DateTime` in UTC.

Events that move a ticket carry `state`, the name of the lifecycle state that they lead to; what
kind of move it is (put on hold, resolved, reopened ...) is the class of the event. So service
levels understand any lifecycle, also one that somebody else has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.ids import AgreementId, EventId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.spans import as_micros, in_pendulum, instant, optional_micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "EVENT_TYPES",
    "AgreementAssigned",
    "AnswerSent",
    "BreachExplained",
    "CommitmentKept",
    "CommitmentMade",
    "CommitmentWithdrawn",
    "ContactReceived",
    "PriorityChanged",
    "PriorityOverridden",
    "PriorityOverrideEnded",
    "TicketAssigned",
    "TicketCancelled",
    "TicketClosed",
    "TicketEvent",
    "TicketMoved",
    "TicketOpened",
    "TicketPutOnHold",
    "TicketReclassified",
    "TicketReopened",
    "TicketResolved",
    "TicketResumed",
    "TimeExcluded",
    "WorkStarted",
    "history_hash",
    "in_order",
    "known_kind",
    "opened_first",
]


@attrs.frozen(kw_only=True, repr=False)
class TicketEvent:
    """Hold what every event has.

    `actor` is the person who did it, empty for the system itself. `automatic` marks what no
    human wrote (an auto-reply, a timer): it never answers, resumes or reopens (law L5).
    `event_id` names the fact: the same id told twice is one event (law S14). `sequence` is the
    place among events of one instant, as their source told them.
    """

    ticket_id: TicketId
    occurred_us: int = attrs.field(alias="occurred_at", converter=as_micros)
    told_us: int | None = attrs.field(alias="recorded_at", converter=optional_micros, default=None)
    actor: PersonId = PersonId("")
    automatic: bool = False
    event_id: EventId = EventId("")
    sequence: int = 0

    @property
    def recorded_us(self) -> int:
        """Return when the desk learned of it; unless told otherwise, when it happened."""
        return self.occurred_us if self.told_us is None else self.told_us

    @property
    def occurred_at(self) -> pendulum.DateTime:
        """Return when it happened, in UTC."""
        return in_pendulum(instant(self.occurred_us))

    @property
    def recorded_at(self) -> pendulum.DateTime:
        """Return when the desk learned of it, in UTC."""
        return in_pendulum(instant(self.recorded_us))

    def __lt__(self, other: object) -> bool:
        """Return whether this event comes before the other one; see `in_order`."""
        if not isinstance(other, TicketEvent):
            return NotImplemented
        mine, others = _key(self)[:-1], _key(other)[:-1]
        # The content is put into words only where nothing else tells the two apart.
        return mine < others if mine != others else _content(self) < _content(other)

    def __repr__(self) -> str:
        shown: list[str] = []
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            if field.name.endswith("_us"):
                shown.append(f"{field.alias}=datetime.fromisoformat('{instant(value)}')")
            else:
                shown.append(f"{field.alias}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


@attrs.frozen(kw_only=True, repr=False)
class TicketOpened(TicketEvent):
    """Record that a ticket came to be, with what was known of it then."""

    ticket_type: str = "incident"
    lifecycle: str = "incident"
    lifecycle_version: int = 1
    state: str = "new"
    title: str = ""
    requester: PersonId = PersonId("")
    channel: str = ""
    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""
    impact: str = ""
    urgency: str = ""
    priority: str = ""
    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class TicketAssigned(TicketEvent):
    """Record who holds the ticket from now on; empty means nobody in particular."""

    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class PriorityChanged(TicketEvent):
    """Record new priority inputs and the priority that the domain derived from them (law P2)."""

    impact: str = ""
    urgency: str = ""
    priority: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AnswerSent(TicketEvent):
    """Record that the desk answered the requester; the first human one is the first response."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ContactReceived(TicketEvent):
    """Record that the requester got in touch about the ticket."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class WorkStarted(TicketEvent):
    """Record the first move from a new to an active state."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketMoved(TicketEvent):
    """Record a move between two states of one category, which no clock cares about."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketPutOnHold(TicketEvent):
    """Record that work waits, and for what: `reason` decides which clocks pause.

    `evidence` shows why it must wait (a question sent, a supplier's order number); an agreement
    can demand it (law S9).
    """

    state: str
    reason: str
    evidence: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketResumed(TicketEvent):
    """Record that work goes on after a hold."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketResolved(TicketEvent):
    """Record that a solution was given; the requester may still disagree."""

    state: str
    resolution_code: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketReopened(TicketEvent):
    """Record that a resolved or closed ticket needs work again."""

    state: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketClosed(TicketEvent):
    """Record that the ticket is done with."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketCancelled(TicketEvent):
    """Record that the ticket is not wanted any more; its clocks are cancelled."""

    state: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketReclassified(TicketEvent):
    """Record what the ticket turned out to be about; every field is as it is from now on."""

    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AgreementAssigned(TicketEvent):
    """Record that somebody chose the ticket's agreement by hand; empty ends that choice."""

    agreement_id: AgreementId = AgreementId("")
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class PriorityOverridden(TicketEvent):
    """Record a priority set by hand over the derived one (law P3).

    `actor` is its author. It ends by itself at `expires_at`, if there is one.
    """

    priority: str
    reason: str
    approver: PersonId = PersonId("")
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )

    @property
    def expires_at(self) -> pendulum.DateTime | None:
        """Return when the derived priority holds again, in UTC; None if that is open."""
        return None if self.expires_us is None else in_pendulum(instant(self.expires_us))


@attrs.frozen(kw_only=True, repr=False)
class PriorityOverrideEnded(TicketEvent):
    """Record that the derived priority holds again, because somebody said so."""

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TimeExcluded(TicketEvent):
    """Record that a span shall not count, whoever was to blame (law S10).

    `actor` is its author, `approver` another person who agreed; without one it has no effect.
    `clock` names the clock that it concerns, empty for all of them.
    """

    start_us: int = attrs.field(alias="start_at", converter=as_micros)
    end_us: int = attrs.field(alias="end_at", converter=as_micros)
    reason: str
    approver: PersonId = PersonId("")
    clock: str = ""

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return the first excluded instant, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return the instant from which time counts again, in UTC."""
        return in_pendulum(instant(self.end_us))


@attrs.frozen(kw_only=True, repr=False)
class BreachExplained(TicketEvent):
    """Record why a promise was broken, by the agreement's own list of reasons, and who owns that.

    `cycle` counts the cycles of a clock from 1; 0 is the last one.
    """

    clock: str
    reason: str
    owner: str = ""
    note: str = ""
    cycle: int = 0


@attrs.frozen(kw_only=True, repr=False)
class CommitmentMade(TicketEvent):
    """Record a promise to one person, such as to call back by three (law D4)."""

    commitment_id: str
    text: str = ""
    owner: PersonId = PersonId("")
    beneficiary: PersonId = PersonId("")
    due_us: int = attrs.field(alias="due_at", converter=as_micros)

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return the last instant at which the promise is kept, in UTC."""
        return in_pendulum(instant(self.due_us))


@attrs.frozen(kw_only=True, repr=False)
class CommitmentKept(TicketEvent):
    """Record that what was promised was done; whether in time is for the clock to say."""

    commitment_id: str


@attrs.frozen(kw_only=True, repr=False)
class CommitmentWithdrawn(TicketEvent):
    """Record that a promise was taken back, and why."""

    commitment_id: str
    reason: str = ""


EVENT_TYPES: Final[tuple[type[TicketEvent], ...]] = (
    TicketOpened,
    TicketAssigned,
    TicketReclassified,
    AgreementAssigned,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TimeExcluded,
    CommitmentMade,
    AnswerSent,
    ContactReceived,
    WorkStarted,
    TicketMoved,
    TicketPutOnHold,
    TicketResumed,
    CommitmentKept,
    CommitmentWithdrawn,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    TicketCancelled,
    BreachExplained,
)
"""Every event class, in the order in which events of one instant take effect.

Opening comes before all else; who holds the ticket and how urgent it is are known before the
desk acts; a pause is over before the stop that ends it (law S6).
"""

_RANK: Final[dict[type, int]] = {kind: rank for rank, kind in enumerate(EVENT_TYPES)}


def history_hash(events: Iterable[TicketEvent]) -> str:
    """Return the SHA-256 of a history, in hex: the same facts give the same hash, however told."""
    lines = (repr(_content(event)) for event in in_order(events))
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def known_kind(kind: type) -> type[TicketEvent] | None:
    """Return an event class of `EVENT_TYPES`, or the nearest base there of a class of one's own."""
    return next((base for base in kind.__mro__ if base in _RANK), None)


def in_order(events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    """Return the events as they happened, each told once (law S14).

    Sorted by `occurred_at`. At one instant, the order in which the desk learned of them counts,
    then `sequence`, then the order of `EVENT_TYPES` (a class of your own has the place of its
    nearest base there, or the last), then the event id, then the content, by the name of the class
    and the fields as texts: what order that is means nothing, it only is the same however the
    events were told. Of events with one id the first is kept; without ids, events that are equal
    in every field are one.
    """
    told = tuple(events)
    if _is_plain(told):
        return told
    unique: dict[object, TicketEvent] = {}
    for event in sorted(told, key=_key):
        unique.setdefault(event.event_id or event, event)
    return tuple(unique.values())


def opened_first(events: Sequence[TicketEvent]) -> Sequence[TicketEvent]:
    """Return events that are in order with the opening first.

    What was told before the opening is taken as happening right after it, at its instant. Events
    without an opening are returned as they are.
    """
    if not events or isinstance(events[0], TicketOpened):
        return events
    opening = next((event for event in events if isinstance(event, TicketOpened)), None)
    if opening is None:
        return events
    at = opening.occurred_us
    rest = (event for event in events if event is not opening)
    moved = (
        attrs.evolve(event, occurred_at=at) if event.occurred_us < at else event for event in rest
    )
    return (opening, *moved)


def _is_plain(events: tuple[TicketEvent, ...]) -> bool:
    """Tell whether there is nothing to sort or to leave out: each event after the last."""
    last: TicketEvent | None = None
    at, ids = 0, 0
    for event in events:
        before, at = at, event.occurred_us
        if last is not None and at <= before and (at < before or not _key(last) < _key(event)):
            return False
        last = event
        if event.event_id:
            ids += 1
    return ids < 2 or len({event.event_id for event in events if event.event_id}) == ids


def _key(event: TicketEvent) -> tuple[int, int, int, int, str, TicketEvent]:
    # The event itself is compared, by `__lt__`, only on a tie of all before it.
    kind = type(event)
    try:
        rank = _RANK[kind]
    except KeyError:  # a class of somebody's own
        known = known_kind(kind)
        rank = len(_RANK) if known is None else _RANK[known]
    return (event.occurred_us, event.recorded_us, event.sequence, rank, event.event_id, event)


def _content(event: TicketEvent) -> tuple[str, ...]:
    kind = type(event)
    values = (repr(getattr(event, field.name)) for field in attrs.fields(kind))
    return (kind.__module__, kind.__qualname__, *values)
