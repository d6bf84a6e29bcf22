"""The clock, its ledger, and both in words."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta

import attrs
import pendulum
import pytest

from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours
from itsm_core.errors import NotFound
from itsm_core.events import (
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.sla import (
    Evaluation,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
)
from itsm_core.sla._explain import text

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)
# Tuesday 2026-01-06 is a holiday; the 5th is a Monday.
OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
    holidays=[date(2026, 1, 6)],
)
REASONS = ("requester", "supplier", "parts", "change")


def agreement(goal: timedelta | WallTime = 4 * HOUR) -> ServiceLevelAgreement:
    """Return an agreement with one resolution target that pauses for every reason."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=OFFICE,
        targets=(
            ServiceLevelTarget(
                metric="resolution",
                goals={"P1": goal},
                pause_on=set(REASONS),
                warn_at_ratios=(0.5,),
            ),
        ),
    )


def at(hour: float, day: int = 5) -> datetime:
    """Return an instant by the clock in Berlin, January 2026, in UTC."""
    return datetime(2026, 1, day, tzinfo=UTC) + (hour - 1) * HOUR


OPENED = TicketOpened(ticket_id=ID, occurred_at=at(16), priority="P1", group=GroupId("first"))
ASSIGNED = TicketAssigned(ticket_id=ID, occurred_at=at(10, 7), group=GroupId("second"))
RESOLVED = TicketResolved(ticket_id=ID, occurred_at=at(12, 7), state="resolved")


def hold(hour: float, reason: str, day: int = 7) -> TicketPutOnHold:
    """Return a hold on Wednesday."""
    return TicketPutOnHold(ticket_id=ID, occurred_at=at(hour, day), state="hold", reason=reason)


def resume(hour: float, day: int = 7) -> TicketResumed:
    """Return the end of a hold on Wednesday."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour, day), state="work")


def judged(
    *events: TicketEvent, hour: float = 18, day: int = 7, goal: timedelta | WallTime = 4 * HOUR
) -> SlaClock:
    """Return the resolution clock."""
    return evaluate((OPENED, *events), agreement(goal), as_of=at(hour, day))["resolution"]


class TestLedger:
    """S2: adjacent spans that sum exactly."""

    def test_lines_are_labelled_and_add_up(self) -> None:
        """An hour on Monday, the holiday between two nights, three hours on Wednesday."""
        clock = judged(ASSIGNED, RESOLVED)
        hours = [(each.kind, each.duration / HOUR, str(each.group)) for each in clock.ledger]
        assert hours == [
            (LedgerKind.COUNTED, 1, "first"),
            (LedgerKind.OUTSIDE_HOURS, 16, "first"),
            (LedgerKind.HOLIDAY, 8, "first"),
            (LedgerKind.OUTSIDE_HOURS, 16, "first"),
            (LedgerKind.COUNTED, 1, "first"),
            (LedgerKind.COUNTED, 2, "second"),
        ]
        assert clock.elapsed == 4 * HOUR
        assert clock.wall_elapsed == 44 * HOUR
        assert clock.paused == timedelta(0)

    def test_pause_is_one_line_with_its_reason(self) -> None:
        """Nights inside a pause are part of the pause."""
        clock = judged(hold(16.5, "parts", 5), resume(10), RESOLVED)
        paused = [each for each in clock.ledger if each.kind is LedgerKind.PAUSED]
        assert [(each.reason, each.duration) for each in paused] == [("parts", 41.5 * HOUR)]
        assert clock.paused == 41.5 * HOUR

    def test_wall_time_counts_every_hour(self) -> None:
        """A goal in elapsed time has no nights and no holidays."""
        clock = judged(RESOLVED, goal=WallTime(48 * HOUR))
        assert [each.kind for each in clock.ledger] == [LedgerKind.COUNTED]
        assert clock.elapsed == clock.wall_elapsed == 44 * HOUR
        assert clock.remaining == 4 * HOUR

    def test_instants_are_pendulum_in_utc(self) -> None:
        """T1: what results expose is `pendulum.DateTime` in UTC."""
        clock = judged(RESOLVED)
        entry = clock.ledger[0]
        for instant in (entry.start, entry.end, clock.started_at, clock.stopped_at, clock.due_at):
            assert isinstance(instant, pendulum.DateTime)
            assert instant.timezone_name == "UTC"
        assert (entry.start, entry.end) == (at(16), at(17))
        assert clock.warnings == ((0.5, at(10, 7)),)
        assert (clock.projected_due_at, clock.breached_at) == (None, None)


class TestExplain:
    """S2: in words, in at most 12 lines."""

    def test_kept_promise_is_told(self) -> None:
        """In the zone of the calendar, with the time that counted and who held it."""
        assert judged(ASSIGNED, RESOLVED).explain().splitlines() == [
            "resolution of ticket INC-1, priority P1: met",
            "promised: 4 h working time",
            "started Mon 2026-01-05 16:00:00 CET, stopped Wed 2026-01-07 12:00:00 CET",
            "due Wed 2026-01-07 12:00:00 CET, 0 s left",
            "counted 4 h of 44 h on the wall",
            "not counted, outside hours: 32 h",
            "not counted, holiday: 8 h",
            "held while it counted: first 2 h, second 2 h",
        ]

    @pytest.mark.parametrize(
        ("events", "hour", "line"),
        [
            ((), 11, "due Wed 2026-01-07 12:00:00 CET, 1 h left"),
            ((), 11, "not stopped by Wed 2026-01-07 11:00:00 CET"),
            ((), 13.5, "1 h 30 min of counted time late, 1 h 30 min on the wall"),
            (
                (hold(10, "parts"),),
                11,
                "due: unknown while paused; Wed 2026-01-07 13:00:00 CET if work went on now",
            ),
            (
                (TicketCancelled(ticket_id=ID, occurred_at=at(10, 7), state="cancelled"),),
                11,
                "due: never, it was cancelled",
            ),
            (
                (TicketCancelled(ticket_id=ID, occurred_at=at(10, 7), state="cancelled"),),
                11,
                "cancelled Wed 2026-01-07 10:00:00 CET",
            ),
            ((hold(10, "parts"), resume(10.5)), 11, "not counted, paused (parts): 30 min"),
        ],
    )
    def test_line_says_how_it_stands(
        self, events: tuple[TicketEvent, ...], hour: float, line: str
    ) -> None:
        """Each way in which a clock can stand has its sentence."""
        assert line in judged(*events, hour=hour).explain()

    def test_explanation_has_at_most_twelve_lines(self) -> None:
        """Four reasons and five groups are summed up, the longest first."""
        events: list[TicketEvent] = []
        for n, reason in enumerate(REASONS):
            events += [hold(9 + n, reason), resume(9.25 + n + n / 10)]
        for n in range(5):
            group = GroupId(f"group {n}")
            events.append(TicketAssigned(ticket_id=ID, occurred_at=at(13 + n / 2, 7), group=group))
        lines = judged(*events).explain().splitlines()
        assert len(lines) <= 12
        assert "not counted, paused (change): 33 min" in lines
        assert "not counted, paused for 2 other reasons: 36 min" in lines
        assert lines[-1].count(",") == 2

    def test_ticket_that_nobody_held_is_held_by_nobody(self) -> None:
        """An empty group has a name in the explanation."""
        opened = attrs.evolve(OPENED, group=GroupId(""))
        clock = evaluate([opened, RESOLVED], agreement(), as_of=at(18, 7))["resolution"]
        assert clock.explain().endswith("held while it counted: nobody 4 h")

    def test_nothing_is_held_when_nothing_counted(self) -> None:
        """At the opening."""
        assert "held" not in judged(hour=16, day=5).explain()

    def test_text_of_a_clock_is_one_line(self) -> None:
        """Name, ticket, state."""
        assert str(judged(RESOLVED)) == "resolution of INC-1: met"


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(0), "0 s"),
        (timedelta(microseconds=999_999), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(hours=26, minutes=30), "26 h 30 min"),
        (timedelta(hours=1, seconds=5), "1 h"),
        (timedelta(hours=1, minutes=2, seconds=3), "1 h 02 min"),
        (-timedelta(minutes=90), "-1 h 30 min"),
        (timedelta(days=2), "48 h"),
        (timedelta(hours=10), "10 h"),
    ],
)
def test_duration_is_shown_in_hours_never_in_days(duration: timedelta, expected: str) -> None:
    """A working day is not 24 hours."""
    assert text(duration) == expected


class TestEvaluation:
    """All clocks of one ticket."""

    EVALUATION = evaluate([OPENED, RESOLVED], agreement(), as_of=at(18, 7))

    def test_clock_is_found_by_its_name(self) -> None:
        """As in a mapping."""
        assert "resolution" in self.EVALUATION
        assert "response" not in self.EVALUATION
        assert [clock.name for clock in self.EVALUATION] == ["resolution"]
        assert len(self.EVALUATION) == 1

    def test_unknown_clock_is_refused_with_the_known_ones(self) -> None:
        """A metric without a goal has no clock."""
        with pytest.raises(NotFound, match=r"clock 'response'.*ticket INC-1 has: resolution"):
            self.EVALUATION["response"]
        nothing = attrs.evolve(OPENED, priority="P9")
        with pytest.raises(NotFound, match="ticket INC-1 has: none"):
            evaluate([nothing], agreement(), as_of=at(18))["resolution"]

    def test_evaluation_names_what_it_rests_on(self) -> None:
        """S3: instant, priority, and the hash of the agreement."""
        assert self.EVALUATION.as_of == at(18, 7)
        assert self.EVALUATION.agreement_hash == agreement().content_hash
        assert (self.EVALUATION.ticket_id, self.EVALUATION.priority) == (ID, "P1")

    def test_evaluation_is_a_value(self) -> None:
        """It pickles, and equals another one of the same facts."""
        again = evaluate([RESOLVED, OPENED], agreement(), as_of=at(18, 7))
        assert again == self.EVALUATION
        travelled = pickle.loads(pickle.dumps(self.EVALUATION))
        assert isinstance(travelled, Evaluation)
        assert travelled == self.EVALUATION
        assert travelled["resolution"].explain() == again["resolution"].explain()
