"""Promises to people: the ledger of what became of them, reminders, and who inherits (law D4).

"I will call you back by three" has an owner, somebody who waits, and a deadline. The ledger is a
fold over the events of tickets, so it cannot lose one: kept, broken, withdrawn, handed over and
open are always as many as were taken on.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.escalation import Coverage
from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    in_order,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import StateCategory, fold
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "Commitment",
    "CommitmentTally",
    "Holding",
    "Reminder",
    "commitments_of",
    "handover",
    "reminders",
    "tally",
]

CommitmentState = Literal["open", "kept", "broken", "withdrawn"]
"""What became of a promise. Kept too late is broken, and so is withdrawn too late (law S4)."""

_GONE: Final = frozenset({StateCategory.CLOSED, StateCategory.CANCELLED})


@attrs.frozen(kw_only=True)
class Holding:
    """Hold who answered for a promise, since when, and until when; None is to this day.

    >>> Holding(owner="ana", since_us=0).until_us is None
    True
    """

    owner: PersonId
    since_us: int
    until_us: int | None = None


@attrs.frozen(kw_only=True)
class Commitment:
    """Hold one promise as it stands at `as_of`.

    `ended_us` is when it was kept or withdrawn; a broken one may have none, or one that came too
    late. `broken_us` is the deadline that went by. `holdings` are its owners in turn, the last one
    answers for it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commitments import commitments_of
    >>> from itsm_core.events import CommitmentMade
    >>> three = datetime(2026, 5, 12, 15, tzinfo=UTC)
    >>> call = CommitmentMade(
    ...     ticket_id="INC-1",
    ...     occurred_at=three.replace(hour=9),
    ...     commitment_id="c-1",
    ...     text="call back by three",
    ...     owner="ana",
    ...     beneficiary="rob",
    ...     due_at=three,
    ... )
    >>> (found,) = commitments_of([call], as_of=three.replace(hour=16))
    >>> print(found)
    ana to rob: call back by three (broken)
    >>> found.broken_by
    'ana'
    """

    ticket_id: TicketId
    commitment_id: str
    text: str
    beneficiary: PersonId
    made_us: int
    due_us: int
    state: CommitmentState
    ended_us: int | None
    holdings: tuple[Holding, ...]

    @property
    def owner(self) -> PersonId:
        """Return who answers for it now."""
        return self.holdings[-1].owner

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return the last instant at which it is kept, in UTC."""
        return in_pendulum(instant(self.due_us))

    @property
    def broken_us(self) -> int | None:
        """Return the deadline that went by, None if none did."""
        return self.due_us if self.state == "broken" else None

    @property
    def broken_by(self) -> PersonId | None:
        """Return who answered for it when its deadline went by; None if none did."""
        if self.state != "broken":
            return None
        return self.answering[-1].owner

    @property
    def answering(self) -> tuple[Holding, ...]:
        """Return who answered for it while it could be kept: whoever made it, and who took it over.

        Who takes it over after its deadline has to do what is still to be done, and broke nothing.
        """
        later = (each for each in self.holdings[1:] if each.since_us <= self.due_us)
        return (self.holdings[0], *later)

    @property
    def is_pending(self) -> bool:
        """Tell whether somebody still has to do something: also if it is too late already."""
        return self.ended_us is None

    def __str__(self) -> str:
        text = self.text or self.commitment_id
        return f"{self.owner or 'nobody'} to {self.beneficiary}: {text} ({self.state})"


def commitments_of(history: Iterable[TicketEvent], as_of: datetime) -> tuple[Commitment, ...]:
    """Return every promise made on a ticket up to an instant, in the order of their making.

    Events after `as_of` are not there yet. A promise made twice under one id is the first one; an
    end is the first one told; what was never made is neither kept nor handed over.

    Raises:
        InvalidValue: the events are of several tickets, whose promises may have the same ids.
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.events import CommitmentMade
    >>> made = CommitmentMade(
    ...     ticket_id="INC-1", occurred_at=at, commitment_id="c-1", due_at=at.replace(hour=17)
    ... )
    >>> [each.state for each in commitments_of([opened, made], at)]
    ['open']
    """
    now_us = micros(as_of)
    history = tuple(history)
    tickets = sorted({event.ticket_id for event in history})
    if len(tickets) > 1:
        remedy = "ask ticket by ticket, and count what comes of all with tally"
        raise InvalidValue("a history of several tickets", ", ".join(tickets[:3]), remedy)
    made: dict[str, CommitmentMade] = {}
    ends: dict[str, TicketEvent] = {}
    owners: dict[str, list[Holding]] = {}
    for event in in_order(history):
        if event.occurred_us > now_us:
            break
        if isinstance(event, CommitmentMade) and event.commitment_id not in made:
            made[event.commitment_id] = event
            first = Holding(owner=event.owner, since_us=event.occurred_us)
            owners[event.commitment_id] = [first]
        elif isinstance(event, CommitmentKept | CommitmentWithdrawn):
            if event.commitment_id in made:
                ends.setdefault(event.commitment_id, event)
        elif isinstance(event, CommitmentHandedOver) and event.commitment_id in made:
            _hand_on(owners[event.commitment_id], event, ended=event.commitment_id in ends)
    return tuple(
        _commitment(each, ends.get(name), tuple(owners[name]), now_us)
        for name, each in made.items()
    )


def _hand_on(holdings: list[Holding], event: CommitmentHandedOver, *, ended: bool) -> None:
    if ended or holdings[-1].owner == event.owner:
        return
    holdings[-1] = attrs.evolve(holdings[-1], until_us=event.occurred_us)
    holdings.append(Holding(owner=event.owner, since_us=event.occurred_us))


def _commitment(
    made: CommitmentMade, end: TicketEvent | None, holdings: tuple[Holding, ...], now_us: int
) -> Commitment:
    state: CommitmentState
    if (now_us if end is None else end.occurred_us) > made.due_us:
        state = "broken"
    elif end is None:
        state = "open"
    else:
        state = "kept" if isinstance(end, CommitmentKept) else "withdrawn"
    return Commitment(
        ticket_id=made.ticket_id,
        commitment_id=made.commitment_id,
        text=made.text,
        beneficiary=made.beneficiary,
        made_us=made.occurred_us,
        due_us=made.due_us,
        state=state,
        ended_us=None if end is None else end.occurred_us,
        holdings=holdings,
    )


@attrs.frozen(kw_only=True)
class CommitmentTally:
    """Count promises: `made` is kept, broken, withdrawn, handed over and open together.

    Of a person, `made` counts what they promised and what they inherited while it could be kept,
    `handed_over` what they gave away while it could. Whoever held it when its deadline went by has
    broken it, and gives that away no more; who takes it over afterwards has not. Of a desk nothing
    is handed over: it stays a promise of the desk.

    >>> from itsm_core.commitments import CommitmentTally
    >>> CommitmentTally(made=10, kept=6, broken=2, open=2).kept_ratio
    0.75
    >>> CommitmentTally(made=2, open=2).kept_ratio is None
    True
    """

    made: int = 0
    kept: int = 0
    broken: int = 0
    withdrawn: int = 0
    handed_over: int = 0
    open: int = 0

    @property
    def kept_ratio(self) -> float | None:
        """Return the kept ones among those that were kept or broken; None if there are none."""
        judged = self.kept + self.broken
        return self.kept / judged if judged else None


def tally(commitments: Iterable[Commitment], owner: str | None = None) -> CommitmentTally:
    """Return how many promises came to what: of the desk, or of one person with `owner`.

    >>> kept = tally([])
    >>> kept.kept, kept.broken
    (0, 0)
    """
    counts: Counter[str] = Counter()
    for each in commitments:
        if owner is None:
            counts["made"] += 1
            counts[each.state] += 1
            continue
        *before, last = each.answering
        for holding in (*before, last):
            if holding.owner == owner:
                counts["made"] += 1
                counts[each.state if holding is last else "handed_over"] += 1
    return CommitmentTally(**counts)


# --- reminders -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Reminder:
    """Hold that an owner is to be reminded of a promise at an instant; `key` names it for ever.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.commitments import reminders
    >>> from itsm_core.events import CommitmentMade
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> made = CommitmentMade(
    ...     ticket_id="INC-1",
    ...     occurred_at=nine,
    ...     commitment_id="c-1",
    ...     owner="ana",
    ...     due_at=nine.replace(hour=15),
    ... )
    >>> before = [timedelta(minutes=30)]
    >>> (found,) = reminders([made], before, ALWAYS, since=nine, until=nine.replace(hour=18))
    >>> found.owner, str(found.at), found.key
    ('ana', '2026-05-12 14:30:00+00:00', 'INC-1:commitment.c-1:reminder:30')
    """

    at_us: int
    key: str
    commitment: Commitment
    owner: PersonId

    @property
    def at(self) -> pendulum.DateTime:
        """Return when to remind, in UTC."""
        return in_pendulum(instant(self.at_us))


def reminders(
    history: Iterable[TicketEvent],
    before: Sequence[timedelta],
    calendar: Calendar,
    *,
    since: datetime,
    until: datetime,
) -> tuple[Reminder, ...]:
    """Return the reminders after `since`, up to and including `until`, in their order.

    Each is `before` much working time ahead of its promise's deadline, on a calendar; one that
    lies before the promise was made is left out, because whoever promises for in ten minutes needs
    no reminder an hour ahead. Nobody is reminded of what has ended at that instant or before. With
    `since` now it is a plan, with `until` now what is due; the keys do not depend on when you ask.

    Raises:
        InvalidValue: `until` is before `since`, or a length is not positive.
        NaiveDatetime: an instant has no time zone.
        CalendarExhausted: the calendar has not so much open time before a deadline.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.commitments import reminders
    >>> from itsm_core.events import CommitmentMade
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> made = CommitmentMade(
    ...     ticket_id="INC-1", occurred_at=nine, commitment_id="c-1", due_at=nine.replace(hour=15)
    ... )
    >>> before = [timedelta(hours=2), timedelta(minutes=30), timedelta(days=1)]
    >>> plan = reminders([made], before, ALWAYS, since=nine, until=made.due_at)
    >>> [f"{each.at:%H:%M}" for each in plan]
    ['13:00', '14:30']
    """
    since_us, until_us = micros(since), micros(until)
    if until_us < since_us:
        raise InvalidValue("until is before since", until, "give them in their order")
    for length in before:
        if not isinstance(length, timedelta) or length <= timedelta(0):
            raise InvalidValue("not a length before a deadline", length, "write e.g. minutes(30)")
    told = tuple(history)
    found: list[Reminder] = []
    for each in commitments_of(told, until):
        for length in before:
            at_us = micros(calendar.subtract(instant(each.due_us), length))
            if not max(since_us, each.made_us) < at_us <= until_us:
                continue
            if each.ended_us is not None and each.ended_us <= at_us:
                continue
            owner = next(h.owner for h in reversed(each.holdings) if h.since_us <= at_us)
            key = f"{each.ticket_id}:commitment.{each.commitment_id}:reminder:{_name(length)}"
            found.append(Reminder(at_us=at_us, key=key, commitment=each, owner=owner))
    return tuple(sorted(found, key=lambda each: (each.at_us, each.key)))


def _name(length: timedelta) -> str:
    """Return a length in minutes, as keys name it; one of no whole minutes in microseconds."""
    minutes, rest = divmod(length, timedelta(minutes=1))
    return f"{length // timedelta(microseconds=1)}us" if rest else str(minutes)


# --- handover ------------------------------------------------------------------------------------


def handover(
    histories: Iterable[Iterable[TicketEvent]],
    person: str,
    coverage: Coverage,
    *,
    at: datetime,
    fallback: str,
    actor: str = "",
    reason: str = "",
) -> Mapping[TicketId, tuple[TicketEvent, ...]]:
    """Return what hands over everything of a person in one step, by ticket (law E5).

    Their tickets that are not closed or cancelled go to whoever stands in at that instant, at the
    end of the chain of substitutes; their promises that are still to be kept, on any ticket, go to
    the same person. Where nobody stands in, the ticket goes back to its group, and the promise, or
    a ticket without a group, to `fallback`. Steps of escalations follow by themselves, because they
    look for the holder, and whoever is away is replaced; an acknowledgement of somebody who gave
    the ticket away holds nothing back any more. No clock begins anew.

    Write all of it with one `append_many`. Tickets that are not concerned are left out. A clock may
    be behind, but what happened has happened: where a ticket has a later event than `at`, it is
    handed over at the instant of that event.

    Raises:
        InvalidValue: no person is named, `fallback` is away, too, or is the person; or a history
            has no opening.
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commitments import handover
    >>> from itsm_core.escalation import Coverage
    >>> from itsm_core.events import TicketOpened
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P2", assignee="ana")
    >>> found = handover([[opened]], "ana", Coverage(), at=nine.replace(hour=17), fallback="lea")
    >>> [event.assignee for event in found["INC-1"]]
    ['lea']
    """
    at_us = micros(at)
    if not person:
        remedy = "name who gives everything away; what nobody has needs no handover"
        raise InvalidValue("nobody to hand over from", person, remedy)
    if not fallback or fallback == person or coverage.stand_in_us(fallback, at_us) != fallback:
        remedy = "name somebody who is there, such as the lead of the desk"
        raise InvalidValue("nobody to fall back on", fallback, remedy)
    stand_in = coverage.stand_in_us(person, at_us)
    if stand_in == person:
        stand_in = ""  # not away: they leave, or hand over by themselves
    found: dict[TicketId, tuple[TicketEvent, ...]] = {}
    for history in histories:
        known = in_order(history)
        if not known or not isinstance(known[0], TicketOpened):
            remedy = "pass the whole history of each ticket"
            raise InvalidValue("a history without its opening", len(known), remedy)
        now = instant(max(at_us, known[-1].occurred_us))
        events = _handed_over(known, person, (stand_in, fallback), now, (actor, reason))
        if events:
            found[known[0].ticket_id] = events
    return found


def _handed_over(
    history: tuple[TicketEvent, ...],
    person: str,
    to: tuple[str, str],
    at: datetime,
    by: tuple[str, str],
) -> tuple[TicketEvent, ...]:
    ticket, (stand_in, fallback), (actor, reason) = fold(history), to, by
    events: list[TicketEvent] = []
    if ticket.assignee == person and ticket.category not in _GONE:
        assignee = stand_in or ("" if ticket.group else fallback)
        moved = TicketAssigned(
            ticket_id=ticket.ticket_id,
            occurred_at=at,
            actor=PersonId(actor),
            automatic=not actor,
            group=ticket.group,
            assignee=PersonId(assignee),
        )
        events.append(moved)
    for each in commitments_of(history, at):
        if each.is_pending and each.owner == person:
            given = CommitmentHandedOver(
                ticket_id=ticket.ticket_id,
                occurred_at=at,
                actor=PersonId(actor),
                automatic=not actor,
                commitment_id=each.commitment_id,
                owner=PersonId(stand_in or fallback),
                reason=reason,
            )
            events.append(given)
    # After what is told of that very instant, also where the desk learned of it later.
    same = [each for each in history if each.occurred_us == micros(at)]
    last = max((each.sequence for each in same), default=0)
    told = max((each.recorded_us for each in same), default=micros(at))
    recorded = None if told <= micros(at) else told
    return tuple(
        attrs.evolve(event, sequence=last + n, recorded_at=recorded)
        for n, event in enumerate(events, 1)
    )
