"""Complaints: who was heard, what was decided, and whether it counts (law D5).

The lifecycle `COMPLAINT` lets nobody decide past a hearing. This is the other half: a fold that
reads from any history, also from one that another system wrote, whether both sides were heard in
the round that led to the decision. A decision without both is shown and counts for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

import attrs

from itsm_core.calendars import Calendar, Goal
from itsm_core.commands import MakeCommitment
from itsm_core.commitments import Commitment, commitments_of
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    ReasonRecorded,
    TicketCancelled,
    TicketEvent,
    TicketLinked,
    TicketMerged,
    TicketMoved,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketUnlinked,
    in_order,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.metrics import Rate
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "SHIPPED_COMPLAINTS",
    "Complaint",
    "ComplaintRules",
    "ComplaintTally",
    "Hearing",
    "complaint_of",
    "follow_up",
    "tally_complaints",
]

Side = Literal["complainant", "other side"]
ComplaintState = Literal["open", "upheld", "dismissed", "withdrawn"]

_FOLLOW_UP: Final = "follow-up"
_SIDES: Final[tuple[Side, ...]] = ("complainant", "other side")


@attrs.frozen(kw_only=True)
class ComplaintRules:
    """Hold how a lifecycle of complaints names its hearings (triggers) and decisions (states).

    `about` is the link by which a complaint names the tickets that it is about.

    Raises:
        InvalidValue: a name is empty, or two that must be told apart are one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.feedback import ComplaintRules, complaint_of
    >>> rules = ComplaintRules(upheld="berechtigt", dismissed="unbegründet")
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = [
    ...     TicketOpened(ticket_id="CMP-1", occurred_at=at, ticket_type="complaint"),
    ...     TicketResolved(ticket_id="CMP-1", occurred_at=at, state="berechtigt"),
    ... ]
    >>> complaint_of(told, at, rules=rules).state
    'upheld'
    """

    hears_complainant: str = "hear_complainant"
    hears_other_side: str = "hear_other_side"
    upheld: str = "upheld"
    dismissed: str = "dismissed"
    about: str = "related_to"

    def __attrs_post_init__(self) -> None:
        names = attrs.astuple(self)
        if not all(isinstance(each, str) and each.strip() for each in names):
            raise InvalidValue("a name of a complaint's lifecycle is empty", names, "name it")
        if self.hears_complainant == self.hears_other_side or self.upheld == self.dismissed:
            raise InvalidValue("two names of a complaint's lifecycle are one", names, "tell apart")


SHIPPED_COMPLAINTS: Final = ComplaintRules()
"""How `lifecycle.COMPLAINT` names them."""


@attrs.frozen(kw_only=True)
class Hearing:
    """Hold that one side was heard: when, by whom, and what it said.

    Of a side that was asked and stayed silent, the statement says that.

    `heard_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import ReasonRecorded, TicketOpened
    >>> from itsm_core.feedback import ComplaintRules, complaint_of
    >>> at, rules = datetime(2026, 1, 5, 9, tzinfo=UTC), ComplaintRules()
    >>> told = [
    ...     TicketOpened(ticket_id="CMP-1", occurred_at=at, ticket_type="complaint"),
    ...     ReasonRecorded(
    ...         ticket_id="CMP-1",
    ...         occurred_at=at,
    ...         actor="mei",
    ...         trigger=rules.hears_complainant,
    ...         reason="Nobody called back.",
    ...     ),
    ... ]
    >>> (hearing,) = complaint_of(told, at).hearings
    >>> f"{hearing.heard_by} heard the {hearing.side}: {hearing.statement}"
    'mei heard the complainant: Nobody called back.'
    """

    side: Side
    heard_us: int
    heard_by: PersonId
    statement: str

    @property
    def heard_at(self) -> pendulum.DateTime:
        """Return when it was heard, in UTC."""
        return in_pendulum(instant(self.heard_us))


@attrs.frozen(kw_only=True)
class Complaint:
    """Hold a complaint as it stands at `as_of`.

    `hearings` are those of the present round: an appeal is heard from the start. `round` counts
    from 1. `about` are the tickets that it names; `follow_ups` the promises made after it.

    `opened_us` and `decided_us` are in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.feedback import complaint_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> imported = [
    ...     TicketOpened(ticket_id="CMP-1", occurred_at=at, requester="rob"),
    ...     TicketResolved(ticket_id="CMP-1", occurred_at=at, actor="mei", state="upheld"),
    ... ]
    >>> complaint = complaint_of(imported, at)
    >>> complaint.is_decided, complaint.counts
    (True, False)
    >>> complaint.lacks
    ('the complainant was not heard', 'the other side was not heard', 'the decision has no
    reason', 'no follow-up is scheduled')
    """

    ticket_id: TicketId
    complainant: PersonId
    about: tuple[TicketId, ...]
    opened_us: int
    state: ComplaintState
    hearings: tuple[Hearing, ...]
    round: int
    decided_us: int | None
    decided_by: PersonId
    reason: str
    follow_ups: tuple[Commitment, ...]

    @property
    def unheard(self) -> tuple[Side, ...]:
        """Return the sides that were not heard in this round."""
        heard = {each.side for each in self.hearings}
        return tuple(side for side in _SIDES if side not in heard)

    @property
    def is_decided(self) -> bool:
        """Tell whether somebody upheld or dismissed it."""
        return self.state in ("upheld", "dismissed")

    @property
    def counts(self) -> bool:
        """Tell whether the decision counts: it was taken, and both sides were heard before."""
        return self.is_decided and not self.unheard

    @property
    def lacks(self) -> tuple[str, ...]:
        """Return what is still to be done, in words; nothing of one that was withdrawn."""
        if self.state == "withdrawn":
            return ()
        found = [f"the {side} was not heard" for side in self.unheard]
        if not self.is_decided:
            found.append("nobody has decided")
        elif not self.reason.strip():
            found.append("the decision has no reason")
        if self.is_decided and not _after(self):
            found.append("no follow-up is scheduled")
        found += [f"the follow-up is due: {each}" for each in self.follow_ups if _is_late(each)]
        return tuple(found)


def _after(complaint: Complaint) -> tuple[Commitment, ...]:
    """Return the follow-ups of the decision that stands; what was kept before an appeal is none."""
    at_us = complaint.decided_us or 0
    return tuple(e for e in complaint.follow_ups if e.made_us >= at_us or e.is_pending)


def _is_late(promise: Commitment) -> bool:
    return promise.state == "broken" and promise.is_pending


def complaint_of(
    history: Iterable[TicketEvent],
    as_of: datetime,
    *,
    rules: ComplaintRules = SHIPPED_COMPLAINTS,
) -> Complaint:
    """Return a complaint as its history tells it up to an instant.

    Raises:
        InvalidValue: the history has no opening up to then.
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import ReasonRecorded, TicketOpened
    >>> from itsm_core.feedback import complaint_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = [
    ...     TicketOpened(ticket_id="CMP-1", occurred_at=at, requester="rob"),
    ...     ReasonRecorded(
    ...         ticket_id="CMP-1", occurred_at=at, trigger="hear_complainant", reason="No answer."
    ...     ),
    ... ]
    >>> complaint_of(told, at).lacks
    ('the other side was not heard', 'nobody has decided')
    >>> complaint_of(told, datetime(2026, 1, 1, tzinfo=UTC))
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a complaint without its opening: 0; pass the whole history
    of one complaint, and an instant after its opening
    """
    now_us = micros(as_of)
    known = [each for each in in_order(history) if each.occurred_us <= now_us]
    opening = next((each for each in known if isinstance(each, TicketOpened)), None)
    if opening is None:
        remedy = "pass the whole history of one complaint, and an instant after its opening"
        raise InvalidValue("a complaint without its opening", len(known), remedy)
    found = Complaint(
        ticket_id=opening.ticket_id,
        complainant=opening.requester,
        about=(),
        opened_us=opening.occurred_us,
        state="open",
        hearings=(),
        round=1,
        decided_us=None,
        decided_by=PersonId(""),
        reason="",
        follow_ups=(),
    )
    for event in known:
        found = _evolve(found, event, rules)
    promised = commitments_of(known, as_of)
    after = tuple(each for each in promised if each.commitment_id.startswith(_FOLLOW_UP))
    return attrs.evolve(found, follow_ups=after)


def _evolve(complaint: Complaint, event: TicketEvent, rules: ComplaintRules) -> Complaint:
    """Return the complaint after one more event."""
    match event:
        case ReasonRecorded(trigger=rules.hears_complainant, reason=said):
            return _heard(complaint, "complainant", event, said)
        case ReasonRecorded(trigger=rules.hears_other_side, reason=said):
            return _heard(complaint, "other side", event, said)
        case ReasonRecorded(reason=said) if complaint.is_decided and not complaint.reason:
            return attrs.evolve(complaint, reason=said)
        case TicketResolved(state=state) | TicketMoved(state=state):
            return _decided(complaint, event, state, rules)
        case TicketReopened():
            return attrs.evolve(
                complaint,
                state="open",
                hearings=(),
                round=complaint.round + 1,
                decided_us=None,
                decided_by=PersonId(""),
                reason="",
            )
        case TicketCancelled() | TicketMerged():
            return attrs.evolve(complaint, state="withdrawn")
        case TicketLinked(link=rules.about, other=other) if other not in complaint.about:
            return attrs.evolve(complaint, about=(*complaint.about, other))
        case TicketUnlinked(link=rules.about, other=other):
            left = tuple(each for each in complaint.about if each != other)
            return attrs.evolve(complaint, about=left)
        case _:
            return complaint


def _heard(complaint: Complaint, side: Side, event: ReasonRecorded, said: str) -> Complaint:
    if complaint.is_decided or not said.strip():
        return complaint  # who is heard after the decision was not heard before it
    hearing = Hearing(side=side, heard_us=event.occurred_us, heard_by=event.actor, statement=said)
    return attrs.evolve(complaint, hearings=(*complaint.hearings, hearing))


def _decided(
    complaint: Complaint, event: TicketEvent, state: str, rules: ComplaintRules
) -> Complaint:
    decisions: dict[str, ComplaintState] = {rules.upheld: "upheld", rules.dismissed: "dismissed"}
    if state not in decisions:
        return complaint
    return attrs.evolve(
        complaint,
        state=decisions[state],
        decided_us=event.occurred_us,
        decided_by=event.actor,
        reason="",
    )


def follow_up(
    complaint: Ticket,
    goal: Goal,
    calendar: Calendar,
    *,
    at: datetime,
    text: str = "ask whether it is better now",
    owner: str = "",
) -> MakeCommitment:
    """Return the command that schedules the follow-up of a decided complaint.

    It is a promise to the complainant like any other: it is reminded of, handed over in absence,
    and counted as kept or broken (law D4). Without `owner` it is the actor's.

    Raises:
        InvalidValue: the complaint is not decided: nothing is to be followed up yet.
        NaiveDatetime: the instant has no time zone.
        CalendarExhausted: the calendar has no day that far ahead.

    >>> from datetime import UTC, datetime, time
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingDays
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.feedback import follow_up
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.spans import instant
    >>> hours = WeeklyHours.parse("Mo-Fr 08:00-18:00")
    >>> office = BusinessCalendar(zone="Europe/Berlin", hours=hours)
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = [TicketOpened(ticket_id="CMP-1", occurred_at=at, requester="rob")]
    >>> decided = fold([*told, TicketResolved(ticket_id="CMP-1", occurred_at=at, state="upheld")])
    >>> promise = follow_up(decided, WorkingDays(5, at=time(16)), office, at=at)
    >>> f"{promise.text} ({promise.beneficiary}), by {instant(promise.due_us):%Y-%m-%d %H:%M} UTC"
    'ask whether it is better now (rob), by 2026-01-12 15:00 UTC'
    >>> follow_up(fold(told), WorkingDays(5), office, at=at)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no decision to follow up: 'new'; decide it first, and
    schedule the follow-up before it is closed
    """
    if complaint.category.is_open or complaint.category.is_terminal:
        remedy = "decide it first, and schedule the follow-up before it is closed"
        raise InvalidValue("no decision to follow up", complaint.state, remedy)
    return MakeCommitment(
        ticket_id=complaint.ticket_id,
        commitment_id=f"{_FOLLOW_UP}-{complaint.reopen_count + 1}",
        text=text,
        owner=PersonId(owner),
        beneficiary=complaint.requester,
        due_at=calendar.due(at, goal),
    )


@attrs.frozen(kw_only=True)
class ComplaintTally:
    """Count complaints: `made` is open, withdrawn, upheld, dismissed and unheard together.

    `unheard` were decided without both sides; they count for nothing. `followed_up` are those of
    the decided ones whose follow-up was kept, `late` those whose last one was broken.

    >>> from itsm_core.feedback import ComplaintTally
    >>> tally = ComplaintTally(made=12, open=2, upheld=3, dismissed=5, unheard=2)
    >>> rate = tally.upheld_rate
    >>> f"{rate.successes} of {rate.trials} with both sides heard were upheld"
    '3 of 8 with both sides heard were upheld'
    """

    made: int = 0
    open: int = 0
    withdrawn: int = 0
    upheld: int = 0
    dismissed: int = 0
    unheard: int = 0
    followed_up: int = 0
    late: int = 0

    @property
    def upheld_rate(self) -> Rate:
        """Return the upheld ones among those whose decision counts; it has its interval."""
        return Rate(successes=self.upheld, trials=self.upheld + self.dismissed)


def tally_complaints(complaints: Iterable[Complaint]) -> ComplaintTally:
    """Return how many complaints came to what.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.feedback import complaint_of, tally_complaints
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> waits = [TicketOpened(ticket_id="CMP-1", occurred_at=at)]
    >>> rash = [
    ...     TicketOpened(ticket_id="CMP-2", occurred_at=at),
    ...     TicketResolved(ticket_id="CMP-2", occurred_at=at, state="dismissed"),
    ... ]
    >>> tally = tally_complaints(complaint_of(each, at) for each in (waits, rash))
    >>> tally.made, tally.open, tally.unheard, tally.dismissed
    (2, 1, 1, 0)
    """
    counts: Counter[str] = Counter()
    for each in complaints:
        counts["made"] += 1
        counts["unheard" if each.is_decided and each.unheard else each.state] += 1
        after = _after(each)
        if each.is_decided and after:
            last = after[-1].state
            counts["followed_up"] += last == "kept"
            counts["late"] += last == "broken"
    return ComplaintTally(**counts)
