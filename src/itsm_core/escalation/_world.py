"""Where a rule may act: the spans in which what its trigger is about goes on (law E2).

A trigger becomes windows. Each lies in one epoch: the time between two events that may move what
has been reached already (another priority, an exclusion agreed on, a reopening). What is reached
in an epoch is judged by what was known in it, so that nothing that comes later changes what was
due before: the answer does not depend on when one asks (law E3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias, assert_never

import attrs

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.escalation import _triggers as on
from itsm_core.escalation._actions import Notify
from itsm_core.escalation._coverage import Coverage, Reached
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
from itsm_core.sla import (
    AgreementCatalogue,
    Evaluation,
    Regime,
    ServiceLevelAgreement,
    SlaClock,
    evaluate,
    evaluate_all,
)
from itsm_core.sla._judge import NO_STOPS, Ruling
from itsm_core.spans import END_OF_TIME, Pair, instant, micros

_TURNS: Final = frozenset(
    {PriorityChanged, PriorityOverridden, PriorityOverrideEnded, TicketReopened, TimeExcluded}
)
_MICRO: Final = 1

Agreements: TypeAlias = ServiceLevelAgreement | AgreementCatalogue
"""What was promised: one agreement, or all of a desk, of which one holds at a time."""


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


class Life(NamedTuple):
    """Hold one cycle of a clock within one epoch: the span in which it goes on, and what blocks it.

    `allowance_us` is the counted time that its promise allows.
    """

    subject: str
    clock: SlaClock
    low_us: int
    high_us: int
    blocked: tuple[Pair, ...]
    allowance_us: int


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
        agreement: Agreements | None,
        coverage: Coverage,
        until_us: int,
    ) -> None:
        """Take events that are in order, the opening first, none of them after `until_us`."""
        self.events = events
        self.agreement = agreement
        self.coverage = coverage
        self.until_us = until_us
        self.opened_us = events[0].occurred_us
        self.kinds = frozenset(map(type, events))
        self._timeline: Timeline | None = None
        self._epochs: list[tuple[int, int, Evaluation]] | None = None
        self._regimes: tuple[Regime, ...] | None = None
        self._lives: dict[str, list[Life]] = {}
        openings = (each for each in events if isinstance(each, TicketOpened))
        self.asker: str = next(each.requester for each in openings)
        self.holders: list[tuple[int, str, str]] = [
            (each.occurred_us, each.group, each.assignee)
            for each in events
            if isinstance(each, TicketOpened | TicketAssigned)
        ]

    @property
    def timeline(self) -> Timeline:
        """Return the facts over time; made when the first rule asks for them."""
        if self._timeline is None:
            self._timeline = Timeline(self.events, self.until_us)
        return self._timeline

    def calendar_at(self, at_us: int) -> Calendar:
        """Return the calendar of triggers that speak of no clock: of the agreement in force."""
        if not isinstance(self.agreement, AgreementCatalogue):
            return ALWAYS if self.agreement is None else self.agreement.calendar
        if self._regimes is None:
            kinds = self.agreement.regimes(self.events, instant(self.until_us))
            self._regimes = next(iter(kinds.values()), ())
        held = [each.agreement for each in self._regimes if each.since_us <= at_us]
        return ALWAYS if not held or held[-1] is None else held[-1].calendar

    def holder(self, at_us: int) -> tuple[str, str]:
        """Return the group and the person who hold the ticket at an instant."""
        group = person = ""
        for since, held_by, assignee in self.holders:
            if since > at_us:
                break
            group, person = held_by, assignee
        return group, person

    def reach(self, action: Notify, at_us: int) -> Reached:
        """Return when and to whom a message goes that is due at an instant."""
        group, person = self.holder(at_us)
        return self.coverage.reach(action, at_us, holder=person, group=group, asker=self.asker)

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
        for life in self.lives_of(trigger.clock):
            reached = max(reached_us(trigger, life), life.low_us)
            window = Window(life.low_us, life.high_us, reached, life.blocked)
            found.setdefault(life.subject, []).append(window)
        return [Cause(subject, tuple(each), trigger.clock) for subject, each in found.items()]

    def lives_of(self, name: str) -> Sequence[Life]:
        """Return the cycles of a clock in each epoch, with the spans in which they go on."""
        known = self._lives.get(name)
        if known is None:
            known = self._lives[name] = [
                life
                for low, high, evaluation in self.epochs
                for clock in evaluation.clocks
                if clock.target.name == name and (life := _life(clock, low, high)) is not None
            ]
        return known

    @property
    def epochs(self) -> list[tuple[int, int, Evaluation]]:
        """Return the epochs: from when to before when, and the clocks as known at its end."""
        if self._epochs is None:
            self._epochs = [] if self.agreement is None else list(self._evaluated(self.agreement))
        return self._epochs

    def _evaluated(self, agreement: Agreements) -> Iterator[tuple[int, int, Evaluation]]:
        low = self.opened_us
        if isinstance(agreement, AgreementCatalogue):
            for high in (*self._turns(agreement), END_OF_TIME):
                events, as_of = self._known_at(high)
                for evaluation in _by_kind(evaluate_all(events, agreement, as_of=as_of)):
                    yield low, high, evaluation
                low = high
            return
        for high in (*self._cuts(agreement), END_OF_TIME):
            events, as_of = self._known_at(high)
            yield low, high, evaluate(events, agreement, as_of=as_of)
            low = high

    def _known_at(self, high_us: int) -> tuple[Sequence[TicketEvent], datetime]:
        """Return what is known at the end of an epoch, and its last instant."""
        if high_us == END_OF_TIME:
            return self.events, instant(self.until_us)
        known = [event for event in self.events if event.occurred_us < high_us]
        return known, instant(high_us - _MICRO)

    def _turns(self, catalogue: AgreementCatalogue) -> list[int]:
        """Return when another agreement or version may take over: with any event, and in time."""
        turns = {event.occurred_us for event in self.events}
        turns.update(catalogue.turns_after(instant(self.opened_us)))
        turns.update(
            event.expires_us
            for event in self.events
            if isinstance(event, PriorityOverridden) and event.expires_us is not None
        )
        return sorted(turn for turn in turns if self.opened_us < turn <= self.until_us)

    def _cuts(self, agreement: ServiceLevelAgreement) -> list[int]:
        # A clock that starts later and counts from the opening may be late when it comes to be.
        is_late = "opened" in [target.anchor for target in agreement.targets]
        if not is_late and _TURNS.isdisjoint(self.kinds):
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
        # As the ledger has it: a promise is the first of its id, its end the first one after it.
        made: dict[str, CommitmentMade] = {}
        ended: dict[str, int] = {}
        for event in self.events:
            if isinstance(event, CommitmentMade):
                made.setdefault(event.commitment_id, event)
            elif isinstance(event, CommitmentKept | CommitmentWithdrawn) and (
                event.commitment_id in made
            ):
                ended.setdefault(event.commitment_id, event.occurred_us)
        for name, event in made.items():
            late = max(event.due_us + _MICRO, event.occurred_us)
            window = Window(event.occurred_us, ended.get(name, END_OF_TIME), late)
            yield Cause(f"commitment.{name}", (window,), name)

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
        for since, until, person in self._held():
            for start_us, end_us in self.coverage.away(person):
                low, high = max(since, start_us), min(until, end_us)
                if low >= high:
                    continue
                reached = self._add(low, amount)
                windows = tuple(
                    Window(max(low, start), min(high, end), reached)
                    for start, end in self._open(_always)
                    if max(low, start) < min(high, end)
                )
                yield Cause(f"absence.{person}.{low}", windows, person)

    def _held(self) -> Iterator[tuple[int, int, str]]:
        """Yield from when to before when who held the ticket, in whatever groups."""
        held = [(next(same)[0], person) for person, same in groupby(self.holders, key=_person)]
        ends = (*(since for since, _ in held[1:]), END_OF_TIME)
        for (since, person), until in zip(held, ends, strict=True):
            yield since, until, person

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
            return self.calendar_at(start_us).add_micros(start_us, amount)
        except (CalendarExhausted, InstantOutOfRange):
            return END_OF_TIME


def _person(held: tuple[int, str, str]) -> str:
    return held[2]


def _by_kind(evaluations: Iterable[Evaluation]) -> Iterator[Evaluation]:
    """Yield the evaluations of each kind; of one name the clock of the first kind is meant."""
    known: set[str] = set()
    for evaluation in evaluations:
        clocks = tuple(clock for clock in evaluation.clocks if clock.name not in known)
        known.update(evaluation.names)
        yield attrs.evolve(evaluation, clocks=clocks)


def _always(_: Moment) -> bool:
    return True


_COUNTS: Final[Mapping[type[Trigger], tuple[str, Callable[[Moment], int]]]] = {
    on.Bounced: ("bounced", lambda moment: moment.bounces),
    on.Reopened: ("reopened", lambda moment: moment.facts.reopen_count),
    on.EscalationRequested: ("asked", lambda moment: moment.asked),
}


def _life(clock: SlaClock, low_us: int, high_us: int) -> Life | None:
    """Return the life of a cycle within an epoch, None if it has none."""
    run, stops = clock.run, clock.stops
    low, high, end = run.start_us, high_us, run.end_us
    low = max(low, low_us)
    if end is not None and end < high:
        high = end
    if low >= high:
        return None
    blocked: tuple[Pair, ...] = ()
    if stops is not NO_STOPS:
        blocked = tuple((each.start_us, each.end_us) for each in stops.blocked)
        if stops.has_pause:  # nobody knows its end, whatever instant was asked about
            blocked = (*blocked, (clock.as_of_us, END_OF_TIME))
    subject = f"{clock.target.name}.{clock.subject or clock.cycle}"
    return Life(subject, clock, low, high, blocked, clock.ruling.allowance_us)


def reached_us(trigger: on.ShareUsed | on.OffsetFromDue | on.Breached, life: Life) -> int:
    """Return when a clock reaches what a trigger waits for, if it goes on; see `Window`."""
    clock, allowance, is_offset = life.clock, life.allowance_us, False
    if isinstance(trigger, on.Breached):
        return max(clock.found_due_us + _MICRO, clock.ruling.since_us)
    promise, start = clock.ruling.promise, clock.run.start_us
    if isinstance(trigger, on.ShareUsed):
        amount = round(allowance * trigger.ratio)
    else:
        is_offset, amount = True, allowance + trigger.offset // trigger.offset.resolution
        if amount <= 0:
            return start
    try:
        due = promise.add(start, amount)
        if life.blocked:
            due = Ruling(promise, start, due, start).due(clock.stops.blocked)
        if is_offset and amount < allowance and not promise.is_wall:
            # Two hours before ten, where the desk opens at eight, is eight and not last closing.
            due = micros(promise.calendar.next_open(instant(due)))
    except (CalendarExhausted, InstantOutOfRange):
        return END_OF_TIME
    return due
