"""Cost: what work on tickets cost, and what a recurrence costs (law M3)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.metrics import METRICS, CaseLog, Cost, measure
from itsm_core.money import Money, Rates
from tests.unit.metrics._definitions.stories import (
    held,
    log_of,
    resolved,
    resumed,
    story,
    worked,
)

HUNDRED = Rates(hourly=Money(100, "EUR"))
SO_FAR = METRICS["cost-so-far"]


def up_to(hours: float) -> Cost:
    """Return the mean cost of a ticket in its first hours."""
    return Cost(limit=timedelta(hours=hours))


def test_cost_is_of_work_alone_when_it_waited() -> None:
    """An hour new, two at work, three on hold, one at work: three hours."""
    log, window = log_of(story("T1", worked(1), held(3), resumed(6), resolved(7)), hours=10)
    result = measure(log, SO_FAR, window, rates=HUNDRED)
    assert (result.honest.value, result.honest.unit, result.currency) == (300, "money", "EUR")


def test_cost_includes_the_open_ones_when_dashboards_do_not() -> None:
    """One resolved after an hour of work, one at work for nine."""
    log, window = log_of(story("T1", worked(1), resolved(2)), story("T2", worked(1)), hours=10)
    result = measure(log, SO_FAR, window, rates=HUNDRED)
    assert (result.honest.value, result.dashboard.value) == (1_000, 100)
    assert (result.population.ended, result.population.open) == (1, 1)


def test_cost_of_a_recurrence_is_that_of_its_label() -> None:
    """Labelled by the problem: three tickets, two of them one failure."""
    tickets = [story(f"T{n}", worked(0), resolved(n)) for n in (1, 2, 3)]
    log = CaseLog.of(tickets, {TicketId("T1"): "problem 7", TicketId("T3"): "problem 7"})
    _, window = log_of(story("T1"), hours=10)
    result = measure(log, SO_FAR.split_by("label"), window, rates=HUNDRED)
    assert {part.name: part.honest.value for part in result.parts} == {"problem 7": 400, "": 200}


def test_mean_cost_is_of_those_old_enough_when_some_are_young() -> None:
    """Up to four hours, seen at ten: 100 and 400, the one of two hours ago is left out."""
    log, window = log_of(
        story("T1", worked(0), resolved(1)),
        story("T2", worked(0)),
        story("T3", worked(8), opened=8),
        hours=10,
    )
    metric = attrs.evolve(METRICS["cost-per-ticket-7d"], measure=up_to(4))
    result = measure(log, metric, window, rates=HUNDRED)
    assert (result.honest.value, result.honest.cases) == (250, 2)
    assert dict(result.population.left_out) == {"too young": 1}
    assert (result.dashboard.value, result.dashboard.interval) == (100, None)
    assert result.honest.interval is not None
    # The standard error of 100 and 400 is 150: 1.96 of them, and no cost is below nothing.
    assert result.honest.interval.ends == pytest.approx((0, 250 + 1.96 * 150), abs=0.1)


def test_mean_cost_is_unknown_when_nobody_is_old_enough() -> None:
    """With its reason; and a part of few is small."""
    log, window = log_of(story("T1", worked(0)), hours=10)
    metric = attrs.evolve(METRICS["cost-per-ticket-7d"], measure=up_to(24))
    result = measure(log, metric, window, rates=HUNDRED)
    assert (result.honest.value, result.honest.why) == (None, "no ticket is old enough")
    parts = attrs.evolve(metric, measure=up_to(4), by="channel")
    assert measure(log, parts, window, rates=HUNDRED)["phone"].is_small


def test_work_does_not_go_on_overnight_when_the_desk_has_hours() -> None:
    """From Monday 16:00 to Tuesday 10:00: two hours. At night it is dearer, two hours at least."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    rates = Rates(
        hourly=Money(100, "EUR"), working=office, after_hours_ratio="1.5", minimum_hours=2
    )
    log, window = log_of(story("T1", worked(7), resolved(25), opened=7), hours=48)
    assert measure(log, SO_FAR, window, rates=rates).honest.value == 200
    log, window = log_of(story("T1", worked(15), resolved(15.5)), hours=48)
    assert measure(log, SO_FAR, window, rates=rates).honest.value == 300


def test_cost_is_refused_when_an_hour_has_no_price() -> None:
    """There is no default for what people earn."""
    log, window = log_of(story("T1"), hours=10)
    with pytest.raises(InvalidValue, match="price of an hour"):
        measure(log, SO_FAR, window)


def test_cost_is_of_the_tickets_of_the_window() -> None:
    """Opened before it: another window's."""
    log, window = log_of(story("T1", worked(1), opened=-1), story("T2", worked(1)), hours=10)
    assert measure(log, SO_FAR, window, rates=HUNDRED).population.cases == 1


def test_cost_notes_the_resolved_when_no_work_was_told_of_them() -> None:
    """An export of dates alone knows no state of work: 0 EUR is what it tells, not what it cost."""
    log, window = log_of(
        story("T1", resolved(5)), story("T2", worked(0), resolved(1)), story("T3"), hours=10
    )
    result = measure(log, SO_FAR, window, rates=HUNDRED)
    assert result.honest.value == 100
    assert result.population.notes == (
        "1 of 2 resolved without any state of work: free of cost here",
    )
