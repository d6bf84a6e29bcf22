"""A clock in words, in at most 12 lines (S2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.events import BreachExplained, TicketAssigned, TicketCancelled, TicketEvent
from itsm_core.ids import GroupId, PersonId
from itsm_core.sla import PauseLimit, evaluate
from itsm_core.sla._explain import text
from tests.unit.sla.berlin import (
    BEGUN,
    BERLIN,
    HANDED_OVER,
    REASONS,
    SOLVED,
    hold,
    in_berlin,
    local,
    resume,
)
from tests.unit.sla.ticket import (
    AGREEMENT,
    HOUR,
    ID,
    agreed,
    answered,
    assigned,
    at,
    cancelled,
    changed,
    clock,
    excluded,
    opened,
    target,
)


class TestExplain:
    """S2: in words, in at most 12 lines."""

    def test_kept_promise_is_told(self) -> None:
        """In the zone of the calendar, with the time that counted and who held it."""
        assert in_berlin(HANDED_OVER, SOLVED).explain().splitlines() == [
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
                (TicketCancelled(ticket_id=ID, occurred_at=local(10, 7), state="cancelled"),),
                11,
                "due: never, it was cancelled",
            ),
            (
                (TicketCancelled(ticket_id=ID, occurred_at=local(10, 7), state="cancelled"),),
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
        assert line in in_berlin(*events, hour=hour).explain()

    def test_explanation_has_at_most_twelve_lines(self) -> None:
        """Four reasons and five groups are summed up, the longest first."""
        events: list[TicketEvent] = []
        for n, reason in enumerate(REASONS):
            events += [hold(9 + n, reason), resume(9.25 + n + n / 10)]
        for n in range(5):
            group = GroupId(f"group {n}")
            events.append(
                TicketAssigned(ticket_id=ID, occurred_at=local(13 + n / 2, 7), group=group)
            )
        lines = in_berlin(*events).explain().splitlines()
        assert len(lines) <= 12
        assert "not counted, paused (change): 33 min" in lines
        assert "not counted, paused for 2 other reasons: 36 min" in lines
        assert lines[-1].count(",") == 2

    def test_ticket_that_nobody_held_is_held_by_nobody(self) -> None:
        """An empty group has a name in the explanation."""
        opened = attrs.evolve(BEGUN, group=GroupId(""))
        promise = target(goals={"P1": 4 * HOUR})
        clock = evaluate([opened, SOLVED], agreed(promise, calendar=BERLIN), as_of=local(18, 7))[
            "resolution"
        ]
        assert clock.explain().endswith("held while it counted: nobody 4 h")

    def test_nothing_is_held_when_nothing_counted(self) -> None:
        """At the opening."""
        assert "held" not in in_berlin(hour=16, day=5).explain()

    def test_text_of_a_clock_is_one_line(self) -> None:
        """Name, ticket, state."""
        assert str(in_berlin(SOLVED)) == "resolution of INC-1: met"


class TestRemarks:
    """What did not count, what counted all the same, and who said so."""

    def test_exclusion_is_told_with_its_author_and_what_would_be_without(self) -> None:
        """Half of Wednesday's first hour; solved half an hour after the raw due instant."""
        outage = excluded(8, 8.5, start_at=local(9, 7), end_at=local(9.5, 7))
        lines = in_berlin(outage, attrs.evolve(SOLVED, occurred_at=local(12.5, 7))).explain()
        assert "not counted, excluded (outage, by bob): 30 min; without that breached" in lines

    def test_exclusion_is_told_as_somebodys_when_its_author_is_unknown(self) -> None:
        """An import may hold who agreed, and not who asked."""
        outage = excluded(8, 8.5, start_at=local(9, 7), end_at=local(9.5, 7), actor=PersonId(""))
        told = in_berlin(outage, attrs.evolve(SOLVED, occurred_at=local(12.5, 7))).explain()
        assert "excluded (outage, by somebody): 30 min;" in told

    def test_exclusions_are_summed_up_with_two_of_their_reasons(self) -> None:
        """In the order of the alphabet; an author need not be known."""
        events = [
            excluded(0, 1, start_at=local(9 + n, 7), end_at=local(9.5 + n, 7), reason=reason)
            for n, reason in enumerate("cab")
        ]
        text_ = in_berlin(*events).explain()
        assert "excluded (a, by bob; b, by bob): 1 h 30 min; without that breached" in text_

    def test_hold_that_counted_is_told_with_its_reason(self) -> None:
        """No evidence was given for an hour on hold."""
        limits = (PauseLimit(reason="parts", needs_evidence=True),)
        lines = in_berlin(hold(10, "parts"), resume(11), hour=12, pause_limits=limits).explain()
        assert "counted although on hold (no evidence: parts): 1 h" in lines

    def test_two_pauses_have_a_line_each_when_exclusions_or_remarks_leave_room(self) -> None:
        """Only where both are told is there room for one of them alone."""
        pauses = [hold(9, "parts"), resume(9.5), hold(10, "supplier"), resume(10.25)]
        limits = (PauseLimit(reason="change", needs_evidence=True),)
        remarked = in_berlin(
            *pauses, hold(11, "change"), resume(11.5), hour=12, pause_limits=limits
        )
        outage = excluded(8, 8.5, start_at=local(11, 7), end_at=local(11.5, 7))
        for said in (remarked.explain(), in_berlin(*pauses, outage, hour=12).explain()):
            assert "not counted, paused (parts): 30 min" in said
            assert "not counted, paused (supplier): 15 min" in said

    def test_breach_is_told_with_the_reason_and_its_owner(self) -> None:
        """As somebody explained it; without an owner it is the reason alone."""
        told = BreachExplained(
            ticket_id=ID, occurred_at=at(13, 7), clock="resolution", reason="no spare part"
        )
        first, *_ = in_berlin(told).explain().splitlines()
        assert first.endswith("priority P1: breached (reason given: no spare part)")
        owned = attrs.evolve(told, owner="purchase")
        first, *_ = in_berlin(owned).explain().splitlines()
        assert first.endswith("(reason given: no spare part, owner purchase)")

    def test_later_cycle_is_numbered(self) -> None:
        """And a ticket without a priority has none to tell."""
        events = (opened(priority=""), answered(10), answered(11))
        first, *_ = clock(target(metric="update"), *events, hour=12).explain().splitlines()
        assert first == "update of ticket INC-1, cycle 2: running"

    def test_clock_cancelled_too_late_is_told_as_late(self) -> None:
        """Due at 12:00, cancelled at 13:00."""
        gone = attrs.evolve(cancelled(9), occurred_at=local(13, 7))
        assert "1 h of counted time late, 1 h on the wall" in in_berlin(gone).explain()

    def test_instant_is_told_in_utc_when_the_zone_shows_no_year(self) -> None:
        """T5: a log that says 9999 for "never" is judged, and told in words."""
        last = datetime.max.replace(tzinfo=UTC)
        evaluation = evaluate([opened()], attrs.evolve(AGREEMENT, calendar=BERLIN), as_of=last)
        assert "not stopped by Fri 9999-12-31 23:59:59 UTC" in evaluation["resolution"].explain()

    def test_worst_case_has_twelve_lines(self) -> None:
        """Nights, a holiday, four reasons, exclusions, holds that count, five holders."""
        events: list[TicketEvent] = [
            excluded(0, 1, start_at=local(9 + n, 8), end_at=local(9.5 + n, 8), reason=reason)
            for n, reason in enumerate("abc")
        ]
        for n, reason in enumerate(REASONS):
            events += [hold(9 + n, reason), resume(9.25 + n)]
        events += [hold(15, "parts"), resume(16)]
        events += [assigned(12 + n / 2, f"group {n}", day=7) for n in range(5)]
        limits = tuple(PauseLimit(reason=each, longest=HOUR / 6) for each in REASONS)
        lines = in_berlin(*events, hour=18, day=8, pause_limits=limits).explain().splitlines()
        assert len(lines) == 12
        assert [line.partition(":")[0] for line in lines[5:9]] == [
            "not counted, outside hours",
            "not counted, holiday",
            "not counted, paused (parts)",
            "not counted, paused for 3 other reasons",
        ]
        assert [line.split()[0] for line in lines[9:]] == ["not", "counted", "held"]


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


def test_reason_of_a_breach_is_left_out_when_the_promise_was_kept() -> None:
    """S10: there is nothing that it would explain."""
    told = BreachExplained(ticket_id=ID, occurred_at=at(20), clock="resolution", reason="vendor")
    history = (opened(), cancelled(10), told)
    ended = evaluate(history, agreed(target()), as_of=at(23))["resolution"]
    assert ended.breach_reason == "vendor"
    assert "vendor" not in ended.explain()


def test_due_line_tells_when_a_goal_that_came_too_late_was_broken() -> None:
    """A ticket of eight hours becomes one of four after five: due at 13:00, broken at 14:00."""
    history = (opened(priority="P2"), changed(14, "P1"))
    lines = evaluate(history, AGREEMENT, as_of=at(15))["resolution"].explain().splitlines()
    due = next(line for line in lines if line.startswith("due "))
    assert due.startswith("due Mon 2026-01-05 13:00:00 UTC and broken Mon 2026-01-05 14:00:00 UTC")
