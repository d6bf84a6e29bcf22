"""Where a rule may act: the spans in which what its trigger is about goes on (law E2).

A trigger becomes windows. Each lies in one epoch: the time between two events that may move what
has been reached already (another priority, an exclusion agreed on, a reopening). What is reached
in an epoch is judged by what was known in it, so that nothing that comes later changes what was
due before: the answer does not depend on when one asks (law E3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, assert_never

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.escalation import _triggers as on
from itsm_core.escalation._coverage import Coverage
from itsm_core.escalation._timeline import DONE, Moment, Timeline
from itsm_core.escalation._triggers import Trigger
from itsm_core.events import (
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TimeExcluded,
)
from itsm_core.sla import Evaluation, ServiceLevelAgreement, SlaClock, evaluate
from itsm_core.sla._judge import Ruling
from itsm_core.spans import END_OF_TIME, Pair, instant, micros

_TURNS: Final = frozenset(
    {PriorityChanged, PriorityOverridden, PriorityOverrideEnded, TicketReopened, TimeExcluded}
)
_MICRO: Final = 1


class Window(NamedTuple):
    """Hold a span in which a trigger may act: from `low_us`, once `reached_us` has come.

    `blocked` are the spans within it in which nothing acts, in order: pauses and excluded time.
    """

    low_us: int
    high_us: int
    reached_us: int
    blocked: tuple[Pair, ...] = ()

    def first(self, at_us: int) -> int | None:
        """Return the first instant in it at or after one, None if there is none."""
        at = max(at_us, self.low_us)
        for low, high in self.blocked:
            if low <= at < high:
                at = high
        return at if at < self.high_us else None


class Cause(NamedTuple):
    """Hold what a rule is about, and its windows in order."""

    subject: str
    windows: tuple[Window, ...]
    what: str
    """What is told of it: the name of a person, a number, a commitment."""


class World:
    """Answer what triggers ask of one ticket's history, up to an instant."""

    def __init__(
        self,
        events: Sequence[TicketEvent],
        agreement: ServiceLevelAgreement | None,
        coverage: Coverage,
        until_us: int,
    ) -> None:
        """Take events that are in order, the opening first, none of them after `until_us`."""
        self.events = events
        self.agreement = agreement
        self.coverage = coverage
        self.until_us = until_us
        self.opened_us = events[0].occurred_us
        self._timeline: Timeline | None = None
        self._epochs: list[tuple[int, int, Evaluation]] | None = None
        self._lives: dict[str, list[tuple[str, SlaClock, Window]]] = {}
        opening = events[0]
        self.holders: list[tuple[int, str, str]] = []
        self.asker = ""
        if isinstance(opening, TicketOpened):
            self.asker = opening.requester
            self.holders.append((self.opened_us, opening.group, opening.assignee))
        self.holders += [
            (each.occurred_us, each.group, each.assignee)
            for each in events
            if isinstance(each, TicketAssigned)
        ]

    @property
    def timeline(self) -> Timeline:
        """Return the facts over time; made when the first rule asks for them."""
        if self._timeline is None:
            self._timeline = Timeline(self.events, self.until_us)
        return self._timeline

    @property
    def calendar(self) -> Calendar:
        """Return the calendar of triggers that speak of no clock."""
        return ALWAYS if self.agreement is None else self.agreement.calendar

    def holder(self, at_us: int) -> tuple[str, str]:
        """Return the group and the person who hold the ticket at an instant."""
        group = person = ""
        for since, held_by, assignee in self.holders:
            if since > at_us:
                break
            group, person = held_by, assignee
        return group, person

    def next_change(self, after_us: int, until_us: int) -> int:
        """Return when another person is asked for next, by the holder or an absence, or the end."""
        changes = [since for since, _, _ in self.holders]
        changes += [at for absence in self.coverage.absences for at in absence.pair]
        return min((at for at in changes if after_us < at < until_us), default=until_us)

    def causes(self, trigger: Trigger) -> Iterator[Cause]:
        """Yield what a trigger is about, each with its windows."""
        match trigger:
            case on.ShareUsed() | on.OffsetFromDue() | on.Breached():
                yield from self._clock_causes(trigger)
            case on.CommitmentMissed():
                yield from self._commitments()
            case on.Silence():
                yield from self._silences(trigger)
            case on.OwnerAbsent():
                yield from self._absences(trigger)
            case on.PriorityReached():
                for low, high in self._open(lambda m: m.facts.priority in trigger.priorities):
                    priority = self.timeline.at(low).facts.priority
                    window = Window(low, high, low)
                    yield Cause(f"priority.{low}", (window,), priority)
            case on.Bounced() | on.Reopened() | on.EscalationRequested():
                yield from self._counts(trigger)
            case on.Storm():
                return  # it is about many tickets: see `storms`
            case _:
                assert_never(trigger)

    # -- clocks -----------------------------------------------------------------------------------

    def _clock_causes(self, trigger: on.ShareUsed | on.OffsetFromDue | on.Breached) -> list[Cause]:
        found: dict[str, list[Window]] = {}
        for subject, clock, life in self._lives_of(trigger.clock):
            reached = max(_reached(trigger, clock), life.low_us)
            window = Window(life.low_us, life.high_us, reached, life.blocked)
            found.setdefault(subject, []).append(window)
        return [Cause(subject, tuple(each), trigger.clock) for subject, each in found.items()]

    def _lives_of(self, name: str) -> list[tuple[str, SlaClock, Window]]:
        """Return the cycles of a clock in each epoch, with the spans in which they go on."""
        known = self._lives.get(name)
        if known is None:
            known = self._lives[name] = [
                (f"{name}.{clock.subject or clock.cycle}", clock, life)
                for low, high, evaluation in self.epochs
                for clock in evaluation.clocks
                if clock.name == name and (life := _life(clock, low, high)) is not None
            ]
        return known

    @property
    def epochs(self) -> list[tuple[int, int, Evaluation]]:
        """Return the epochs: from when to before when, and the clocks as known at its end."""
        if self._epochs is None:
            self._epochs = [] if self.agreement is None else list(self._evaluated(self.agreement))
        return self._epochs

    def _evaluated(self, agreement: ServiceLevelAgreement) -> Iterator[tuple[int, int, Evaluation]]:
        cuts = self._cuts(agreement)
        low = self.opened_us
        for high in (*cuts, END_OF_TIME):
            if high == END_OF_TIME:
                events, as_of = self.events, self.until_us
            else:
                events, as_of = self._before(high), high - _MICRO
            yield low, high, evaluate(events, agreement, as_of=instant(as_of))
            low = high

    def _before(self, at_us: int) -> Sequence[TicketEvent]:
        return [event for event in self.events if event.occurred_us < at_us]

    def _cuts(self, agreement: ServiceLevelAgreement) -> list[int]:
        # A clock that starts later and counts from the opening may be late when it comes to be.
        is_late = any(target.anchor == "opened" for target in agreement.targets)
        if not is_late and _TURNS.isdisjoint(map(type, self.events)):
            return []
        cuts: set[int] = set()
        for event in self.events:
            if is_late or isinstance(event, tuple(_TURNS)):
                cuts.add(event.occurred_us)
            if isinstance(event, PriorityOverridden) and event.expires_us is not None:
                cuts.add(event.expires_us)
        return sorted(cut for cut in cuts if self.opened_us < cut <= self.until_us)

    # -- people -----------------------------------------------------------------------------------

    def _commitments(self) -> Iterator[Cause]:
        ended = {
            event.commitment_id: event.occurred_us
            for event in reversed(self.events)
            if isinstance(event, CommitmentKept | CommitmentWithdrawn)
        }
        for event in self.events:
            if isinstance(event, CommitmentMade):
                end = ended.get(event.commitment_id, END_OF_TIME)
                late = max(event.due_us + _MICRO, event.occurred_us)
                window = Window(event.occurred_us, end, late)
                yield Cause(f"commitment.{event.commitment_id}", (window,), event.commitment_id)

    def _silences(self, trigger: on.Silence) -> Iterator[Cause]:
        signs = self.timeline.signs[trigger.by]
        working = self._open(lambda moment: moment.facts.category != "on_hold")
        amount = trigger.after // trigger.after.resolution
        for number, sign in enumerate(signs):
            end = signs[number + 1] if number + 1 < len(signs) else END_OF_TIME
            reached = self._add(sign, amount)
            windows = tuple(
                Window(max(low, sign), min(high, end), reached)
                for low, high in working
                if max(low, sign) < min(high, end)
            )
            if windows:
                yield Cause(f"silence.{trigger.by}.{sign}", windows, trigger.by)

    def _absences(self, trigger: on.OwnerAbsent) -> Iterator[Cause]:
        amount = trigger.after // trigger.after.resolution
        for number, (since, _, person) in enumerate(self.holders):
            last = number + 1 == len(self.holders)
            until = END_OF_TIME if last else self.holders[number + 1][0]
            for absence in self.coverage.absences:
                low, high = max(since, absence.start_us), min(until, absence.end_us)
                if absence.person != person or low >= high:
                    continue
                reached = self._add(low, amount)
                windows = tuple(
                    Window(max(low, start), min(high, end), max(reached, start))
                    for start, end in self._open(_always)
                    if max(low, start) < min(high, end)
                )
                yield Cause(f"absence.{person}.{low}", windows, person)

    def _counts(
        self, trigger: on.Bounced | on.Reopened | on.EscalationRequested
    ) -> Iterator[Cause]:
        kind, count = _COUNTS[type(trigger)]
        opened, last = self._open(_always), 0
        for moment in self.timeline.moments:
            number = count(moment)
            if number <= last:
                continue
            last = number
            if number >= trigger.times:
                at = moment.at_us
                windows = tuple(Window(at, high, at) for low, high in opened if low <= at < high)
                yield Cause(f"{kind}.{number}", windows, str(number))

    def _open(self, holds: Callable[[Moment], bool]) -> list[Pair]:
        """Return when the ticket is open and a condition on its moments holds."""
        return self.timeline.spans(lambda m: m.facts.category not in DONE and holds(m))

    def _add(self, start_us: int, amount: int) -> int:
        try:
            return self.calendar.add_micros(start_us, amount)
        except (CalendarExhausted, InstantOutOfRange):
            return END_OF_TIME


def _always(_: Moment) -> bool:
    return True


_COUNTS: Final[Mapping[type[Trigger], tuple[str, Callable[[Moment], int]]]] = {
    on.Bounced: ("bounced", lambda moment: moment.bounces),
    on.Reopened: ("reopened", lambda moment: moment.facts.reopen_count),
    on.EscalationRequested: ("asked", lambda moment: moment.asked),
}


def _life(clock: SlaClock, low_us: int, high_us: int) -> Window | None:
    """Return the span in which a cycle goes on within an epoch, None if there is none."""
    run, stops = clock.run, clock.stops
    low = max(run.start_us, low_us)
    high = high_us if run.end_us is None else min(run.end_us, high_us)
    if low >= high:
        return None
    blocked = tuple((each.start_us, each.end_us) for each in stops.blocked)
    if stops.has_pause:  # nobody knows its end, whatever instant was asked about
        blocked = (*blocked, (clock.as_of_us, END_OF_TIME))
    return Window(low, high, low, blocked)


def _reached(trigger: on.ShareUsed | on.OffsetFromDue | on.Breached, clock: SlaClock) -> int:
    """Return when a clock reaches what a trigger waits for, if it goes on; see `Window`."""
    if isinstance(trigger, on.Breached):
        return max(clock.found_due_us + _MICRO, clock.ruling.since_us)
    if isinstance(trigger, on.ShareUsed):
        amount = round(clock.allowance_us * trigger.ratio)
    else:
        amount = clock.allowance_us + trigger.offset // trigger.offset.resolution
        if amount <= 0:
            return clock.started_us
    promise, start = clock.ruling.promise, clock.started_us
    try:
        first = promise.add(start, amount)
        due = Ruling(promise, start, first, start).due(clock.stops.blocked)
        if amount < clock.allowance_us and isinstance(trigger, on.OffsetFromDue):
            # Two hours before ten, where the desk opens at eight, is eight and not last closing.
            due = due if promise.is_wall else micros(promise.calendar.next_open(instant(due)))
    except (CalendarExhausted, InstantOutOfRange):
        return END_OF_TIME
    return due
