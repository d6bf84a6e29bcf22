"""What became of a promise: one cycle of a clock, and all clocks of a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import Calendar, Goal
from itsm_core.errors import NotFound
from itsm_core.events import TicketEvent, history_hash
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla._agreement import ServiceLevelTarget
from itsm_core.sla._explain import explained
from itsm_core.sla._judge import Ruling, Stops, counted_outside
from itsm_core.sla._ledger import ledger_of
from itsm_core.sla._story import Cycle, Story
from itsm_core.sla._values import ClockState, Deadline, LedgerEntry, LedgerKind
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

    from itsm_core.sla._verdict import Verdict


_WITHOUT_DUE: Final = (ClockState.PAUSED, ClockState.CANCELLED)


# Without slots, so that what is worked out on demand is worked out once.
@attrs.frozen(slots=False, eq=False, repr=False)
class SlaClock:
    """Hold one cycle of one promise about one ticket, judged at `as_of`.

    Met if and only if the stop is at or before `due_at`; a clock past its due instant is
    breached, whether or not it was stopped later (law S4). While paused, `due_at` is unknown and
    `projected_due_at` says what it would be if work went on at `as_of`. Fields that end in `_us`
    are microseconds: of instants since 1970 in UTC; `allowance_us` is the counted time that the
    goal allows. `raw_state` and `raw_due_at` leave approved exclusions out of account (law S10).
    Cycles are numbered from 1; `subject` is the commitment's id where that is what was promised.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate
    >>> clock = evaluate([opened], gold, as_of=later)["resolution"]
    >>> print(clock.state.value, clock.remaining)
    running 1:00:00
    """

    target: ServiceLevelTarget
    cycle: int
    subject: str
    state: ClockState
    found_due_us: int
    run: Cycle
    ruling: Ruling
    stops: Stops
    raw: tuple[ClockState, int]
    story: Story
    breach_reason: str = ""
    breach_owner: str = ""

    @property
    def name(self) -> str:
        """Return the name of the target, which is its metric unless given."""
        return self.target.name

    @property
    def metric(self) -> str:
        """Return what is measured: response, resolution and so on."""
        return self.target.metric

    @property
    def ticket_id(self) -> TicketId:
        """Return the ticket that the promise is about."""
        return self.story.ticket_id

    @property
    def priority(self) -> str:
        """Return the priority whose goal judges the cycle."""
        return self.ruling.promise.priority

    @property
    def goal(self) -> Goal | Deadline:
        """Return the goal that judges the cycle."""
        return self.ruling.promise.goal

    @property
    def calendar(self) -> Calendar:
        """Return the calendar on which time counts."""
        return self.ruling.promise.calendar

    @property
    def started_us(self) -> int:
        """Return `started_at` in microseconds."""
        return self.run.start_us

    @property
    def as_of_us(self) -> int:
        """Return the instant of the judgement, in microseconds."""
        return self.story.now_us

    @property
    def due_us(self) -> int | None:
        """Return `due_at` in microseconds."""
        return None if self.state in _WITHOUT_DUE else self.found_due_us

    @property
    def projected_due_us(self) -> int | None:
        """Return `projected_due_at` in microseconds."""
        return self.found_due_us if self.state is ClockState.PAUSED else None

    @property
    def stopped_us(self) -> int | None:
        """Return `stopped_at` in microseconds."""
        return self.run.end_us if self.run.ended == "stopped" else None

    @property
    def cancelled_us(self) -> int | None:
        """Return `cancelled_at` in microseconds."""
        return self.run.end_us if self.run.ended == "cancelled" else None

    @property
    def breached_us(self) -> int | None:
        """Return `breached_at` in microseconds."""
        if self.state is not ClockState.BREACHED:
            return None
        # A goal that came later than its due instant was broken when it came, not before.
        return max(self.found_due_us, self.ruling.since_us)

    @property
    def raw_state(self) -> ClockState:
        """Return `state` as it would be without approved exclusions."""
        return self.raw[0]

    @property
    def raw_due_us(self) -> int | None:
        """Return `raw_due_at` in microseconds."""
        return None if self.raw[0] in _WITHOUT_DUE else self.raw[1]

    @cached_property
    def allowance_us(self) -> int:
        """Return the counted time that the goal allows, in microseconds."""
        return self.ruling.allowance_us

    @property
    def started_at(self) -> pendulum.DateTime:
        """Return the anchor: the instant from which time counts."""
        return in_pendulum(instant(self.started_us))

    @property
    def due_at(self) -> pendulum.DateTime | None:
        """Return the last instant at which a stop keeps the promise; None while paused."""
        return _shown(self.due_us)

    @property
    def raw_due_at(self) -> pendulum.DateTime | None:
        """Return `due_at` as it would be without approved exclusions."""
        return _shown(self.raw_due_us)

    @property
    def projected_due_at(self) -> pendulum.DateTime | None:
        """Return when it would be due if a paused clock went on at `as_of`."""
        return _shown(self.projected_due_us)

    @property
    def stopped_at(self) -> pendulum.DateTime | None:
        """Return when the promise was fulfilled, kept or not."""
        return _shown(self.stopped_us)

    @property
    def cancelled_at(self) -> pendulum.DateTime | None:
        """Return when nobody waited for it any more, without its being fulfilled."""
        return _shown(self.cancelled_us)

    @property
    def breached_at(self) -> pendulum.DateTime | None:
        """Return the due instant that went by without a stop."""
        return _shown(self.breached_us)

    @cached_property
    def warnings_us(self) -> tuple[tuple[float, int], ...]:
        """Return the share of the goal and the instant of each warning up to the end."""
        return tuple(pair for pair in self.all_warnings_us if pair[1] <= self.ended_us)

    @cached_property
    def all_warnings_us(self) -> tuple[tuple[float, int], ...]:
        """Return the warnings, those to come included; none whose instant a pause keeps open."""
        result: list[tuple[float, int]] = []
        promise = self.ruling.promise
        for ratio in self.target.warn_at_ratios:
            first = promise.add(self.started_us, round(self.allowance_us * ratio))
            share = Ruling(promise, self.started_us, first, self.started_us)
            at = share.due(self.stops.blocked)
            if not self.stops.has_pause or at < self.as_of_us:
                result.append((ratio, at))
        return tuple(result)

    @property
    def warnings(self) -> tuple[tuple[float, pendulum.DateTime], ...]:
        """Return the share of the goal and the instant of each warning up to the end."""
        return tuple((ratio, in_pendulum(instant(at))) for ratio, at in self.warnings_us)

    @property
    def is_live(self) -> bool:
        """Tell whether the cycle has neither stopped nor been cancelled."""
        return self.run.end_us is None

    @property
    def ended_us(self) -> int:
        """Return the end of the cycle or, while it is live, the instant of the judgement."""
        end = self.run.end_us
        return self.story.now_us if end is None else end

    @cached_property
    def elapsed_us(self) -> int:
        """Return `elapsed` in microseconds."""
        start, end = self.started_us, self.ended_us
        if start >= end:
            return 0
        return counted_outside(self.ruling.promise, start, end, self.stops.blocked)

    @property
    def wall_us(self) -> int:
        """Return `wall_elapsed` in microseconds."""
        return max(self.ended_us - self.started_us, 0)

    @property
    def elapsed(self) -> timedelta:
        """Return the time that counted: the sum of the ledger's counted lines."""
        return timedelta(0, 0, self.elapsed_us)

    @property
    def wall_elapsed(self) -> timedelta:
        """Return the time by the clock on the wall: the sum of all lines of the ledger."""
        return timedelta(0, 0, self.wall_us)

    @property
    def paused(self) -> timedelta:
        """Return the time by the clock on the wall during which the clock was paused."""
        return sum(
            (line.duration for line in self.ledger if line.kind is LedgerKind.PAUSED), timedelta(0)
        )

    @property
    def remaining(self) -> timedelta | None:
        """Return what the goal allows minus what has counted; negative when late.

        Zero for a breached clock that was stopped before any more time counted, such as in the
        evening of a day at whose closing it was due. None for a cancelled clock.
        """
        if self.state is ClockState.CANCELLED:
            return None
        return timedelta(0, 0, self.allowance_us - self.elapsed_us)

    @cached_property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Return every stretch of time from the anchor to the stop, or to `as_of`.

        Lines are adjacent; their durations add up to `wall_elapsed`, those of the counted lines
        to `elapsed`, to the microsecond (law S2).
        """
        promise = self.ruling.promise
        return ledger_of(self.story, promise, self.stops, self.started_us, self.ended_us)

    def explain(self) -> str:
        """Return the verdict and how it came about, in at most 12 lines of plain words."""
        return "\n".join(explained(self))

    def __str__(self) -> str:
        number = f" (cycle {self.cycle})" if self.cycle > 1 else ""
        return f"{self.name} of {self.ticket_id}{number}: {self.state.value}"

    def __repr__(self) -> str:
        due = None if self.due_us is None else str(instant(self.due_us))
        return f"<SlaClock {self}, due {due}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SlaClock):
            return NotImplemented
        return self is other or self._said() == other._said()

    def __hash__(self) -> int:
        return hash((self.ticket_id, self.name, self.cycle, self.as_of_us))

    def _said(self) -> tuple[object, ...]:
        """Return all that the clock says; the ledger and the sums follow from it."""
        run, ruling = self.run, self.ruling
        return (
            (self.ticket_id, self.target, self.cycle, self.subject, self.state, self.raw),
            (run.start_us, run.end_us, run.ended, self.as_of_us, self.found_due_us),
            (ruling.promise.goal, ruling.promise.priority, ruling.since_us, self.allowance_us),
            (self.stops, self.story.holders, self.breach_reason, self.breach_owner),
        )


def _shown(at: int | None) -> pendulum.DateTime | None:
    return None if at is None else in_pendulum(instant(at))


@attrs.frozen(kw_only=True, slots=False)
class Evaluation:
    """Hold all clocks of one ticket under one agreement at one instant.

    `evaluation["resolution"]` is a clock's last cycle, `evaluation.cycles("next_reply")` are all
    of them; a clock that has not started, or a metric without a goal for the ticket's priority,
    has none. Going through an evaluation gives every cycle. The hashes name what it rests on.
    `known_at_us` is the instant of what was believed, None for all that is known (law S14).
    `starting_us` are the instants after `as_of` at which clocks will start by time alone,
    `turning_us` those at which another version of the agreement takes over.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate
    >>> [clock.name for clock in evaluate([opened], gold, as_of=later)]
    ['resolution']
    """

    ticket_id: TicketId
    agreement_id: AgreementId
    agreement_hash: str
    as_of_us: int
    known_at_us: int | None = None
    priority: str
    clocks: tuple[SlaClock, ...]
    starting_us: tuple[int, ...] = ()
    turning_us: tuple[int, ...] = ()
    events: Sequence[TicketEvent] = attrs.field(repr=False)
    names: tuple[str, ...] = attrs.field(repr=False)

    @property
    def as_of(self) -> pendulum.DateTime:
        """Return the instant of the judgement, in UTC."""
        return in_pendulum(instant(self.as_of_us))

    @cached_property
    def history_hash(self) -> str:
        """Return the SHA-256 of the events that the judgement rests on."""
        return history_hash(self.events)

    def verdict(self) -> Verdict:
        """Return all of it as plain data that others can read and verify (law S3)."""
        from itsm_core.sla._verdict import Verdict  # deferred: verdicts are made of clocks

        return Verdict.of(self)

    def cycles(self, name: str) -> tuple[SlaClock, ...]:
        """Return every cycle of a clock, the first one first; none if it has not started."""
        return tuple(clock for clock in self.clocks if clock.name == name)

    def state(self, name: str) -> ClockState:
        """Return the state of a clock's last cycle, or that it has not started.

        Raises:
            NotFound: the agreement has no such clock.
        """
        for clock in reversed(self.clocks):
            if clock.name == name:
                return clock.state
        if name in self.names:
            return ClockState.NOT_STARTED
        raise NotFound("clock", name, f"the agreement has: {', '.join(self.names)}")

    def __getitem__(self, name: str) -> SlaClock:
        for clock in reversed(self.clocks):
            if clock.name == name:
                return clock
        names = ", ".join(dict.fromkeys(clock.name for clock in self.clocks)) or "none"
        has = f"ticket {self.ticket_id} has: {names}"
        if name in self.names:
            has += f"; {name!r} has not started, or its priority has no goal"
        raise NotFound("clock", name, has)

    def __contains__(self, name: str) -> bool:
        return any(clock.name == name for clock in self.clocks)

    def __iter__(self) -> Iterator[SlaClock]:
        return iter(self.clocks)

    def __len__(self) -> int:
        return len(self.clocks)
