"""The laws of service levels in their default form, each class quoting the sentence it proves.

Histories are drawn: overlapping holds, reopenings, changes of priority and of hands, events of
one instant, around both clock changes of 2026 in Berlin, under calendars with nights and holidays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import attrs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
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
from itsm_core.ids import AgreementId, EventId, GroupId, TicketId
from itsm_core.sla import (
    ClockState,
    Evaluation,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
)
from itsm_core.spans import micros

ID = TicketId("INC-1")
PAUSING, OTHER = "awaiting_requester", "awaiting_supplier"
EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
MICROSECOND = timedelta(microseconds=1)

CALENDARS: tuple[Calendar, ...] = (
    BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
        holidays=[date(2026, 3, 30), date(2026, 10, 26)],
    ),
    BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse("Mo-Su 22:00-06:00"),
        holidays=[date(2026, 3, 29), date(2026, 10, 25)],
        holiday_scope="shift_start",
    ),
    BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("24/7")),
    ALWAYS,
)
STARTS = (datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 10, 23, 8, tzinfo=UTC))

# Whole half hours often, so that events meet one another and the edges of opening hours.
offsets = st.integers(0, 240).map(lambda n: n * timedelta(minutes=30)) | st.integers(
    0, 432_000_000_000
).map(lambda n: n * MICROSECOND)


def _event(kind: int, at: datetime, number: int) -> TicketEvent:
    """Return an event of a drawn kind."""
    fields = {"ticket_id": ID, "occurred_at": at, "event_id": EventId(f"e{number}")}
    makers = (
        lambda: TicketPutOnHold(**fields, state="hold", reason=PAUSING),  # type: ignore[arg-type]
        lambda: TicketPutOnHold(**fields, state="hold", reason=OTHER),  # type: ignore[arg-type]
        lambda: TicketResumed(**fields, state="work"),  # type: ignore[arg-type]
        lambda: TicketResolved(**fields, state="resolved"),  # type: ignore[arg-type]
        lambda: TicketReopened(**fields, state="work"),  # type: ignore[arg-type]
        lambda: TicketClosed(**fields, state="closed"),  # type: ignore[arg-type]
        lambda: AnswerSent(**fields, automatic=number % 2 == 0),  # type: ignore[arg-type]
        lambda: TicketAssigned(**fields, group=GroupId(f"g{number % 3}")),  # type: ignore[arg-type]
        lambda: PriorityChanged(**fields, priority=f"P{number % 4 + 1}"),  # type: ignore[arg-type]
        lambda: TicketCancelled(**fields, state="cancelled"),  # type: ignore[arg-type]
    )
    return makers[kind]()


@st.composite
def histories(draw: st.DrawFn) -> tuple[TicketEvent, ...]:
    """Return an opening and up to ten events within five days of it; a cancellation is rare."""
    start = draw(st.sampled_from(STARTS)) + draw(offsets) / 5
    opened = TicketOpened(
        ticket_id=ID, occurred_at=start, priority="P1", event_id=EventId("opening")
    )
    kinds = st.sampled_from((0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9))
    drawn = draw(st.lists(st.tuples(kinds, offsets), max_size=10))
    return (opened, *(_event(kind, start + after, n) for n, (kind, after) in enumerate(drawn)))


goals: st.SearchStrategy[Goal] = st.one_of(
    st.integers(0, 80).map(lambda n: WorkingTime(n * timedelta(minutes=30))),
    st.integers(0, 80).map(lambda n: WallTime(n * timedelta(minutes=30))),
    st.integers(0, 3).map(WorkingDays),
)


def promise(calendar: Calendar, goal: Goal, other: Goal | None = None) -> ServiceLevelAgreement:
    """Return both targets with one goal for P1, another for P2, none for the rest."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("a"),
        calendar=calendar,
        targets=(
            ServiceLevelTarget(metric="response", goals={"P1": goal, "P2": other or goal}),
            ServiceLevelTarget(
                metric="resolution",
                goals={"P1": goal, "P2": other or goal},
                pause_on={PAUSING},
                warn_at_ratios=(0.5, 0.8),
            ),
        ),
    )


agreements = st.builds(promise, st.sampled_from(CALENDARS), goals, goals)


def later(history: Sequence[TicketEvent], after: timedelta) -> datetime:
    """Return an instant after the opening."""
    return history[0].occurred_at.add(microseconds=after // MICROSECOND)


def judged(
    history: Sequence[TicketEvent], agreement: ServiceLevelAgreement, after: timedelta
) -> Evaluation:
    """Return the evaluation some time after the opening."""
    return evaluate(history, agreement, as_of=later(history, after))


class TestS1PureFold:
    """S1: a clock is a pure fold over the ticket's events."""

    @EXAMPLES
    @given(history=histories(), agreement=agreements, after=offsets, data=st.data())
    def test_order_of_arrival_and_repetition_change_nothing(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        after: timedelta,
        data: st.DataObject,
    ) -> None:
        """S14 in its default form: late, out-of-order and repeated events give the same verdict."""
        shuffled = data.draw(st.permutations(history + history[::2]))
        at = later(history, after)
        assert evaluate(shuffled, agreement, as_of=at) == evaluate(history, agreement, as_of=at)

    @EXAMPLES
    @given(history=histories(), agreement=agreements, after=offsets)
    def test_verdict_does_not_depend_on_what_happens_later(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        after: timedelta,
    ) -> None:
        """Events after the instant have not happened yet."""
        at = later(history, after)
        known = [event for event in history if event.occurred_at <= at]
        assert evaluate(history, agreement, as_of=at) == evaluate(known, agreement, as_of=at)


class TestS2Ledger:
    """S2: the ledger's spans are adjacent and sum exactly to wall time; the counted to elapsed."""

    @EXAMPLES
    @given(history=histories(), agreement=agreements, after=offsets)
    def test_ledger_is_adjacent_and_sums_exactly(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        after: timedelta,
    ) -> None:
        """To the microsecond, for every clock; and the story has at most 12 lines."""
        for clock in judged(history, agreement, after):
            ledger = clock.ledger
            assert all(a.end_us == b.start_us for a, b in pairwise(ledger))
            assert all(entry.start_us < entry.end_us for entry in ledger)
            if ledger:
                assert ledger[0].start_us == clock.started_us
                ends = (clock.stopped_us, clock.cancelled_us, clock.as_of_us)
                assert ledger[-1].end_us == next(each for each in ends if each is not None)
            assert sum((each.duration for each in ledger), timedelta(0)) == clock.wall_elapsed
            for kind, total in (
                (LedgerKind.COUNTED, clock.elapsed),
                (LedgerKind.PAUSED, clock.paused),
            ):
                parts = (each.duration for each in ledger if each.kind is kind)
                assert sum(parts, timedelta(0)) == total
            assert len(clock.explain().splitlines()) <= 12


class TestS3Hashes:
    """S3: a verdict carries the hash of the agreement."""

    @EXAMPLES
    @given(history=histories(), agreement=agreements)
    def test_verdict_names_the_agreement_by_its_hash(
        self, history: tuple[TicketEvent, ...], agreement: ServiceLevelAgreement
    ) -> None:
        """Another version has another hash, whatever the history."""
        other = attrs.evolve(agreement, version=2)
        hour = timedelta(hours=1)
        first, second = judged(history, agreement, hour), judged(history, other, hour)
        assert first.agreement_hash == agreement.content_hash != second.agreement_hash
        assert first.clocks == second.clocks


class TestS4Verdict:
    """S4: met if and only if the stop is at or before `due_at`; nothing breaks inside a pause."""

    @EXAMPLES
    @given(history=histories(), agreement=agreements, after=offsets)
    def test_state_follows_from_stop_and_due(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        after: timedelta,
    ) -> None:
        """Every clock, every state."""
        for clock in judged(history, agreement, after):
            self.check(clock)

    def check(self, clock: SlaClock) -> None:
        """Hold the state against stop, due and now."""
        ends = (clock.stopped_us, clock.cancelled_us, clock.as_of_us)
        stop = next(each for each in ends if each is not None)
        if clock.state is ClockState.CANCELLED:
            assert (clock.due_us, clock.stopped_us, clock.remaining) == (None, None, None)
            return
        if clock.state is ClockState.PAUSED:
            assert clock.due_us is None
            assert clock.breached_us is None
            assert clock.projected_due_us is not None
            # At the very instant of the hold the pause has no length yet.
            assert clock.paused or clock.projected_due_us >= clock.as_of_us
            return
        assert clock.due_us is not None
        on_time = stop <= clock.due_us
        assert clock.cancelled_us is None or not on_time
        assert (clock.state in (ClockState.MET, ClockState.RUNNING)) is on_time
        assert (clock.state is ClockState.MET) is (on_time and clock.stopped_us is not None)
        assert clock.breached_us == (None if on_time else clock.due_us)

    @EXAMPLES
    @given(history=histories(), agreement=agreements, after=offsets)
    def test_no_breach_and_no_warning_lies_inside_a_pause(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        after: timedelta,
    ) -> None:
        """A pause may begin or end at such an instant, never enclose it."""
        for clock in judged(history, agreement, after):
            instants = [at for _, at in clock.warnings_us]
            instants += [] if clock.breached_us is None else [clock.breached_us]
            for entry in clock.ledger:
                if entry.kind is LedgerKind.PAUSED:
                    assert not any(entry.start_us < at < entry.end_us for at in instants)


def paused(start: datetime, end: datetime, sequence: int) -> tuple[TicketEvent, ...]:
    """Return a hold and its end; `sequence` says that it comes after a pause that ends with it."""
    return (
        TicketPutOnHold(
            ticket_id=ID, occurred_at=start, sequence=sequence, state="hold", reason=PAUSING
        ),
        TicketResumed(ticket_id=ID, occurred_at=end, sequence=sequence + 1, state="work"),
    )


class TestS5Updates:
    """S5: no update deadline runs while the desk waits for the requester, unless it says so."""

    def test_update_runs_on_while_the_requester_is_awaited_when_its_target_says_so(self) -> None:
        """Answered at nine, on hold from ten, asked at one: an hour has counted, or all four.

        A target that lists no reasons pauses for none; without a list the metric's own holds.
        """
        start = datetime(2026, 1, 5, 9, tzinfo=UTC)
        hour = timedelta(hours=1)
        history = (
            TicketOpened(ticket_id=ID, occurred_at=start, priority="P1"),
            AnswerSent(ticket_id=ID, occurred_at=start, sequence=1),
            TicketPutOnHold(ticket_id=ID, occurred_at=start + hour, state="h", reason=PAUSING),
        )

        def update(pause_on: frozenset[str] | None) -> SlaClock:
            target = ServiceLevelTarget(
                metric="update", goals=WorkingTime(2 * hour), pause_on=pause_on
            )
            agreement = ServiceLevelAgreement(
                agreement_id=AgreementId("a"), calendar=ALWAYS, targets=(target,)
            )
            return evaluate(history, agreement, as_of=start + 4 * hour)["update"]

        usual, strict = update(None), update(frozenset())
        assert (usual.state, usual.elapsed) == (ClockState.PAUSED, hour)
        assert (strict.state, strict.elapsed) == (ClockState.BREACHED, 4 * hour)
        assert strict.breached_at == start + 2 * hour


class TestS16Pauses:
    """S16: adding a pause never moves `due_at` earlier, and moves it by exactly its working time
    if it ends before due; a longer target is never due earlier; polling changes nothing.
    """

    @EXAMPLES
    @given(
        calendar=st.sampled_from(CALENDARS),
        goal=goals,
        start=st.sampled_from(STARTS),
        spans=st.lists(st.tuples(offsets, offsets), min_size=1, max_size=4),
    )
    def test_added_pause_moves_due_by_its_working_time(
        self,
        calendar: Calendar,
        goal: Goal,
        start: datetime,
        spans: list[tuple[timedelta, timedelta]],
    ) -> None:
        """Pauses one after the other, each added to those before it."""
        agreement, zero = promise(calendar, goal), timedelta(0)
        history: tuple[TicketEvent, ...] = (
            TicketOpened(ticket_id=ID, occurred_at=start, priority="P1"),
        )
        now, end = start, datetime(2027, 1, 1, tzinfo=UTC)
        for gap, length in spans:
            assume(length > zero)
            before = evaluate(history, agreement, as_of=end)["resolution"].due_us
            opens, now = now + gap, now + gap + length
            history = (*history, *paused(opens, now, len(history)))
            after = evaluate(history, agreement, as_of=end)["resolution"].due_us
            assert before is not None
            assert after is not None
            assert after >= before
            if micros(now) < before:
                wall = isinstance(goal, WallTime)
                worked = length if wall else calendar.between(opens, now)
                moved = after - before if wall else calendar.between_micros(before, after)
                assert moved * MICROSECOND == worked

    @EXAMPLES
    @given(
        history=histories(),
        calendar=st.sampled_from(CALENDARS),
        first=st.integers(0, 80),
        more=st.integers(0, 80),
        wall=st.booleans(),
    )
    def test_longer_target_is_never_due_earlier(
        self,
        history: tuple[TicketEvent, ...],
        calendar: Calendar,
        first: int,
        more: int,
        wall: bool,
    ) -> None:
        """Whatever the history, at its end and after it."""
        kind = WallTime if wall else WorkingTime
        half_hour = timedelta(minutes=30)
        short = promise(calendar, kind(first * half_hour))
        long = promise(calendar, kind((first + more) * half_hour))
        for after in (timedelta(days=5), timedelta(days=50)):
            for one, other in zip(
                judged(history, short, after), judged(history, long, after), strict=True
            ):
                for a, b in (
                    (one.due_us, other.due_us),
                    (one.projected_due_us, other.projected_due_us),
                ):
                    assert a is None or b is None or a <= b

    @EXAMPLES
    @given(history=histories(), agreement=agreements, polls=st.lists(offsets, max_size=5))
    def test_verdict_does_not_depend_on_polling_times(
        self,
        history: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement,
        polls: list[timedelta],
    ) -> None:
        """Asked in between or not: nothing is remembered from one question to the next."""
        last = timedelta(days=6)
        alone = judged(history, agreement, last)
        for after in polls:
            judged(history, agreement, after)
        assert judged(history, agreement, last) == alone
