"""Charts tell a signal from noise, and keep silent where they cannot (law M3)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.report._control import FEWEST_WEEKS, control_charts
from tests.unit.report.cases import MONDAY
from tests.unit.report.monday import weeks

STEADY = [(19, 1), (18, 2)] * 5


def test_charts_are_of_promises_arrivals_and_what_is_left() -> None:
    """One of each metric, then the two of the pile."""
    found = control_charts(weeks(STEADY))

    assert [each.subject for each in found] == [
        "Response promises kept",
        "Tickets arrived",
        "Arrived less resolved",
    ]


def test_share_is_that_of_the_week() -> None:
    """Nineteen of twenty, eighteen of twenty, and the size beside it."""
    share = control_charts(weeks(STEADY))[0]

    assert share.values[:2] == pytest.approx((0.95, 0.9))
    assert share.sizes == (20,) * 10
    assert share.is_share


def test_limits_are_those_of_a_p_chart_when_weeks_vary_as_chance_has_it() -> None:
    """185 of 200 kept: 0.925 and three times the root of 0.925 * 0.075 / 20 = 0.0589."""
    chart = control_charts(weeks(STEADY))[0].chart

    assert chart is not None
    assert chart.centre == pytest.approx(0.925)
    assert chart.low[0] == pytest.approx(0.925 - 3 * 0.05890, abs=1e-4)
    assert chart.high[0] == 1.0


def test_week_is_a_signal_when_it_lies_outside() -> None:
    """Four of twenty in the last week."""
    chart = control_charts(weeks([*STEADY, (4, 16)]))[0].chart

    assert chart is not None
    assert [(each.place, each.is_high) for each in chart.signals] == [(10, False)]


def test_run_is_a_signal_when_eight_weeks_lie_on_one_side() -> None:
    """Nine weeks about 20, then nine about 23: two runs."""
    arrived = [20, 21, 19, 20, 21, 19, 20, 21, 19, *([23, 24, 22] * 3)]
    told = control_charts(weeks([(1, 0)] * 18, arrived=arrived))[1]

    assert told.runs == ((0, 8, False), (9, 17, True))


def test_chart_has_no_limits_when_there_are_too_few_weeks() -> None:
    """Seven weeks are drawn, and nothing is said about them."""
    told = weeks(STEADY[: FEWEST_WEEKS - 1])

    assert all(each.chart is None for each in control_charts(told))
    assert all(len(each.values) == FEWEST_WEEKS - 1 for each in control_charts(told))


def test_charts_leave_out_weeks_in_part() -> None:
    """A week that is not over would look like a collapse."""
    told = weeks(STEADY)
    cut = (*told[:-1], attrs.evolve(told[-1], is_whole=False))

    assert control_charts(cut)[1].weeks[-1] == MONDAY + timedelta(weeks=8)
    assert control_charts((attrs.evolve(told[0], is_whole=False),)) == ()


def test_share_leaves_out_weeks_in_which_nothing_was_decided() -> None:
    """Christmas is no week of 100 % and none of 0 %."""
    told = weeks([*STEADY, (0, 0)])

    assert len(control_charts(told)[0].weeks) == 10
    assert len(control_charts(told)[1].weeks) == 11


def test_arrivals_are_never_expected_below_nothing() -> None:
    """Their lower limit ends at zero; that of the difference does not."""
    told = weeks([(1, 0)] * 10, arrived=[0, 9] * 5, resolved=[5] * 10)
    arrived, left = (each.chart for each in control_charts(told)[1:])

    assert arrived is not None
    assert left is not None
    assert min(arrived.low) == 0.0
    assert min(left.low) < 0


def test_chart_is_steady_when_every_promise_was_kept() -> None:
    """Nothing varies, so nothing is out of the ordinary."""
    chart = control_charts(weeks([(20, 0)] * 10))[0].chart

    assert chart is not None
    assert chart.is_steady


def test_one_bad_week_makes_no_run_of_the_good_ones() -> None:
    """Ten steady weeks lie above an average that the eleventh has drawn down."""
    assert control_charts(weeks([*STEADY, (4, 16)]))[0].runs == ()


def test_run_ends_at_a_week_on_the_average() -> None:
    """Seven above, one on it, seven below: no eight in a row."""
    arrived = [21] * 7 + [20] + [19] * 7

    assert control_charts(weeks([(1, 0)] * 15, arrived=arrived))[1].runs == ()


def test_chart_has_no_limits_when_the_desk_has_become_another_one() -> None:
    """Ten weeks of 20 and ten of 200: most would lie outside of limits between the two."""
    arrived = [20, 22] * 5 + [200, 205] * 5
    told = control_charts(weeks([(1, 0)] * 20, arrived=arrived))[1]

    assert told.chart is None
    assert told.outside > 5
    assert told.runs == ()
