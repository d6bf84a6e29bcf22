"""Waits: the open ones are censored, and the dashboard's number beside (laws M1, M2)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.events import TicketCancelled, TicketEvent
from itsm_core.ids import TicketId
from itsm_core.metrics import (
    METRICS,
    CaseLog,
    Dashboard,
    FirstContact,
    MeanUntil,
    Metric,
    ShareWithin,
    TimeUntil,
    Until,
    Window,
    measure,
    wilson,
)
from tests.unit.metrics._definitions.stories import (
    MONDAY,
    assigned,
    at,
    log_of,
    reopened,
    resolved,
    story,
)

HOUR = timedelta(hours=1)


def within(hours: float, dashboard: Dashboard = Dashboard.OF_ENDED) -> Metric:
    """Return the share that is resolved within so many hours."""
    told = ShareWithin(until=Until.RESOLVED, within=hours * HOUR, dashboard=dashboard)
    return attrs.evolve(METRICS["resolved-within-24h"], measure=told)


# Four tickets, seen at ten: two resolved (after 1 and 4 hours), one open for 8, one for 2.
FOUR = (
    story("T1", resolved(1)),
    story("T2", resolved(5), opened=1),
    story("T3", opened=2),
    story("T4", resolved(30), opened=8),
)


def test_share_censors_the_open_when_some_are_young() -> None:
    """By hand: of 4 one ends at 1; of the 2 watched for 4 hours one ends: 1 - 3/4 * 1/2."""
    log, window = log_of(*FOUR, hours=10)
    result = measure(log, within(4), window)
    assert result.honest.value == pytest.approx(0.625)
    assert (result.dashboard.value, result.dashboard.cases) == (1, 2)
    assert (result.population.ended, result.population.open) == (2, 2)
    assert result.honest.interval is not None
    low, high = result.honest.interval.ends
    assert 0 < low < 0.625 < high < 1


def test_share_is_the_truth_when_all_are_old_enough() -> None:
    """Seen a month later: three of four within 22 hours, and T3 never."""
    log, window = log_of(*FOUR, hours=10, seen=720)
    assert measure(log, within(22), window).honest.value == pytest.approx(0.75)
    assert measure(log, within(21), window).honest.value == pytest.approx(0.5)


def test_share_counts_an_end_exactly_at_the_limit() -> None:
    """Met if and only if at or before it (law S4)."""
    log, window = log_of(story("T1", resolved(4)), story("T2"), hours=10)
    assert measure(log, within(4), window).honest.value == pytest.approx(0.5)


def test_share_is_unknown_when_nobody_was_watched_so_long() -> None:
    """None, and what to do; never a guess."""
    log, window = log_of(*FOUR, hours=10)
    honest = measure(log, within(9), window).honest
    assert honest.value is None
    assert "watched for 9 hours; look at it later" in honest.why


def test_share_of_nothing_seen_has_an_upper_bound() -> None:
    """None of ten within an hour: 31 % is possible still (Clopper-Pearson), not 0 to 0."""
    log, window = log_of(*(story(f"T{n}") for n in range(10)), hours=10)
    interval = measure(log, within(1), window).honest.interval
    assert interval is not None
    assert interval.low == 0
    assert interval.high == pytest.approx(0.3085, abs=1e-4)


def test_share_of_dashboards_is_made_as_they_make_it() -> None:
    """Of those that ended; of all so far; what ended this week by what began this week."""
    log, window = log_of(*FOUR, story("T5", resolved(3), opened=-50), hours=10)
    told = {
        each: measure(log, within(2, each), window).dashboard
        for each in (Dashboard.OF_ENDED, Dashboard.SO_FAR, Dashboard.FLOW)
    }
    assert {each: (figure.value, figure.cases) for each, figure in told.items()} == {
        Dashboard.OF_ENDED: (0.5, 2),
        Dashboard.SO_FAR: (0.25, 4),
        Dashboard.FLOW: (0.75, 4),
    }


def test_share_at_first_contact_forgets_the_follow_up_on_dashboards() -> None:
    """Two solutions, one of them by the first group: half. Nobody had the time to object yet."""
    metric = METRICS["fcr-first-group"]
    log, window = log_of(
        story("T1", resolved(1), group="a"),
        story("T2", assigned(1, "b"), resolved(2), group="a"),
        story("T3", group="a"),
        hours=10,
    )
    early = measure(log, metric, window)
    assert (early.dashboard.value, early.dashboard.cases) == (0.5, 2)
    assert (early.honest.value, early.population.ended) == (None, 0)
    late = measure(log, metric, attrs.evolve(window, seen_at=at(24 * 40)))
    assert late.honest.value == pytest.approx(1 / 3)


def test_share_at_first_contact_needs_no_follow_up() -> None:
    """Without one a dashboard counts the same."""
    metric = METRICS["fcr-one-hour"]
    assert metric.measure == ShareWithin(
        until=FirstContact(within=HOUR), within=HOUR, dashboard=Dashboard.OF_DONE
    )
    log, window = log_of(story("T1", resolved(1)), story("T2", resolved(2)), hours=10)
    assert measure(log, metric, window).dashboard.value == 0.5


def test_median_is_later_when_the_open_ones_are_not_forgotten() -> None:
    """Of five, two ended after 1 and 2 hours and three wait for 10: half are not done yet."""
    told = (story("T1", resolved(1)), story("T2", resolved(2)), *(story(f"O{n}") for n in "abc"))
    log, window = log_of(*told, hours=10)
    result = measure(log, METRICS["resolution-median"], window)
    assert (result.honest.value, result.honest.why) == (None, "fewer than 50% have ended so far")
    assert result.dashboard.value == 1.5
    third = attrs.evolve(result.metric, measure=TimeUntil(until=Until.RESOLVED, share=0.3))
    assert measure(log, third, window).honest.value == 2


def test_mean_is_up_to_its_limit_when_some_are_open() -> None:
    """One ends after 2 hours, one waits: (2 + 8) / 2 up to eight; dashboards say two."""
    log, window = log_of(story("T1", resolved(2)), story("T2"), hours=10)
    metric = attrs.evolve(
        METRICS["resolution-mean-7d"], measure=MeanUntil(until=Until.RESOLVED, limit=8 * HOUR)
    )
    result = measure(log, metric, window)
    assert (result.honest.value, result.dashboard.value) == (5, 2)
    longer = attrs.evolve(metric, measure=MeanUntil(until=Until.RESOLVED, limit=11 * HOUR))
    assert measure(log, longer, window).honest.value is None


def test_first_solution_stands_beside_the_last_when_reopened() -> None:
    """Solved after an hour, again after nine: whoever asks for one date gets the later."""
    log, window = log_of(story("T1", resolved(1), reopened(5), resolved(9)), hours=10)
    first, last = (
        measure(log, METRICS[name], window).honest.value
        for name in ("first-resolution-median", "resolution-median")
    )
    assert (first, last) == (1, 9)


def test_figures_are_unknown_when_nothing_began_in_the_window() -> None:
    """Opened before it, or at its end."""
    log = CaseLog.of([story("T1", resolved(50), opened=-1), story("T2", opened=10)])
    window = Window(start_at=MONDAY, end_at=at(10))
    for name in ("resolution-median", "resolved-within-24h", "resolution-mean-7d"):
        result = measure(log, METRICS[name], window)
        assert (result.honest.value, result.honest.why) == (None, "no such cases in the window")
        assert result.dashboard.value is None


def test_dashboards_say_nothing_when_nothing_has_ended() -> None:
    """A mean, a median and a share of none."""
    log, window = log_of(story("T1"), hours=10)
    for name in ("resolution-median", "resolved-within-24h", "resolution-mean-7d"):
        shown = measure(log, METRICS[name], window).dashboard
        assert (shown.value, shown.why) == (None, "none has ended")


def test_cancelled_tickets_are_left_out_and_counted() -> None:
    """Nobody waits for them, and who cancels what takes too long is seen."""

    def cancelled(name: TicketId) -> TicketEvent:
        return TicketCancelled(ticket_id=name, occurred_at=at(4), state="cancelled")

    log, window = log_of(story("T1", resolved(2)), story("T2", cancelled), hours=10)
    result = measure(log, METRICS["resolution-median"], window)
    assert (result.population.cases, dict(result.population.left_out)) == (1, {"cancelled": 1})


def test_work_outside_the_hours_is_no_time_and_is_said() -> None:
    """Opened at six in the evening, solved at seven: none of the office's hours, not one second."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    log, window = log_of(story("T1", resolved(10), opened=9), hours=24)
    result = measure(log, METRICS["resolution-median"], window, calendar=office)
    assert result.honest.value == 0
    assert result.population.notes == (
        "1 of 1 that ended took no time of the calendar: outside its hours",
    )
    assert result.calendar == "working hours in UTC"


def test_hours_are_those_of_the_calendar_when_one_is_given() -> None:
    """From Monday 16:00 to Tuesday 10:00: two hours of an office."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    log, window = log_of(story("T1", resolved(25), opened=7), hours=48)
    assert measure(log, METRICS["resolution-median"], window, calendar=office).honest.value == 2


def test_parts_are_those_of_the_opening_when_it_was_given_away() -> None:
    """Both were opened at the first line; that one went on does not move it to the second."""
    log, window = log_of(
        story("T1", resolved(1), group="first"),
        story("T2", assigned(1, "second"), resolved(9), group="first"),
        hours=10,
    )
    result = measure(log, METRICS["resolution-median"].split_by("group"), window)
    assert [(part.name, part.honest.cases) for part in result.parts] == [("first", 2)]


def test_parts_carry_what_a_scorecard_needs_when_it_is_a_share() -> None:
    """Of those old enough: twenty solved of forty, one of one; the small one is drawn further."""
    tickets = [story(f"A{n}", *([resolved(1)] * (n < 20)), group="a") for n in range(40)]
    tickets += [story("B1", resolved(1), group="b"), story("C1", resolved(2), group="c", opened=9)]
    log, window = log_of(*tickets, hours=10)
    result = measure(log, within(4).split_by("group"), window)
    parts = {part.name: part for part in result.parts}
    assert parts["a"].mature is not None
    assert (parts["a"].mature.successes, parts["a"].mature.trials) == (20, 40)
    assert parts["a"].mature.interval() == wilson(20, 40)
    assert (parts["a"].is_small, parts["b"].is_small) == (False, True)
    assert parts["b"].shrunk is not None
    assert 0.5 < parts["b"].shrunk < 1
    assert parts["c"].mature is not None
    assert (parts["c"].mature.trials, parts["c"].shrunk) == (0, None)


def test_parts_of_a_high_percentile_are_small_when_a_guess() -> None:
    """A 90th percentile takes 29 values; a median is told of ten."""
    tickets = [story(f"T{n}", resolved(1 + n / 10), group="a") for n in range(20)]
    log, window = log_of(*tickets)
    for name, is_small in (("resolution-p90", True), ("resolution-median", False)):
        (part,) = measure(log, METRICS[name].split_by("group"), window).parts
        assert (part.is_small, part.mature) == (is_small, None)


def test_wait_ends_when_it_was_solved_and_not_when_that_was_recorded() -> None:
    """Solved after two hours, typed in after ninety, seen at ten: it took two."""
    opening, solution = story("T1", resolved(2))
    late = attrs.evolve(solution, recorded_at=at(90))
    log, window = log_of((opening, late), hours=10)
    assert measure(log, METRICS["resolution-median"], window).honest.value == 2


def test_wait_goes_on_when_only_what_was_recorded_is_given() -> None:
    """What the desk knew at ten: the events recorded by then."""
    opening, solution = story("T1", resolved(2))
    late = attrs.evolve(solution, recorded_at=at(90))
    known = [event for event in (opening, late) if event.recorded_at <= at(10)]
    log, window = log_of(tuple(known), hours=10)
    assert measure(log, METRICS["resolution-median"], window).honest.value is None
