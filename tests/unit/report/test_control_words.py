"""What a chart says: what is usual, what was not, and whether last week was."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.report._control import beyond, control_charts
from itsm_core.report._control_words import (
    figure,
    latest,
    signals_told,
    steadiness,
    usual,
)
from tests.unit.report.cases import report, story
from tests.unit.report.monday import weeks, with_weeks

UTC = ZoneInfo("UTC")
STEADY = [(19, 1), (18, 2)] * 5


@pytest.mark.parametrize(("place", "value", "words"), [(0, 0.925, "92.5%"), (1, 31.4, "31")])
def test_figure_has_its_unit(place: int, value: float, words: str) -> None:
    """Shares in percent, tickets as whole numbers."""
    assert figure(control_charts(weeks(STEADY))[place], value) == words


def test_figure_has_a_real_minus_when_negative() -> None:
    """A hyphen is no sign."""
    assert figure(control_charts(weeks(STEADY))[2], -6.2) == "−6"


def test_usual_tells_average_and_limits() -> None:
    """185 of 200; three sigmas are 17.7 points."""
    told = control_charts(weeks(STEADY))[0]

    assert usual(told) == "92.5% on average; from 74.8% to 100% may be chance."


def test_usual_says_so_when_there_are_too_few_weeks() -> None:
    """Nobody knows yet."""
    told = control_charts(weeks(STEADY[:3]))[0]

    assert usual(told) == "3 whole weeks with decisions: too few to know what is usual."


def test_signals_name_week_value_size_and_limit() -> None:
    """189 of 220 kept: sigma is 0.0778 for twenty, and neighbours differ by 1.31 of that.

    The mean moving range is (9 x 0.05 + 0.7) / 10 = 0.115; over 1.128 that is 0.10195, and three of
    it below 0.8591 are 0.5532.
    """
    told = control_charts(weeks([*STEADY, (4, 16)]))[0]
    (words,) = signals_told(told, UTC)

    assert words == "Week of 13 Apr 2026: 20.0% of 20, below 55.3%."


def test_signals_are_empty_when_there_are_no_limits() -> None:
    """Seven weeks tell nothing."""
    assert signals_told(control_charts(weeks(STEADY[:7]))[0], UTC) == ()


def test_run_is_told_once_with_its_weeks() -> None:
    """Nine weeks above: two points complete the run, and it is one sentence."""
    arrived = [20, 21, 19, 20, 21, 19, 20, 21, 19, *([23, 24, 22] * 3)]
    told = control_charts(weeks([(1, 0)] * 18, arrived=arrived))[1]
    said = [words for words in signals_told(told, UTC) if "in a row above" in words]

    assert said == ["9 weeks in a row above average, 6 Apr 2026 to 1 Jun 2026."]


def test_signals_are_bounded_when_there_are_many() -> None:
    """The last three and how many came before."""
    calm = [(19, 1), (18, 2)] * 20
    told = control_charts(weeks([*calm, *([(2, 18), *calm[:12]] * 5)]))[0]
    said = signals_told(told, UTC)

    assert len(said) == 4
    assert said[-1].endswith("earlier signals.")
    assert len(beyond(told.chart)) == 5 if told.chart else False


def test_steadiness_names_what_was_unusual_in_the_last_week() -> None:
    """The page's first line about weeks."""
    found = with_weeks(report(story(1)), weeks([*STEADY, (4, 16)]))

    assert steadiness(found, UTC) == (
        (
            "Out of the ordinary in the week of 13 Apr 2026: response promises kept 20.0% of 20, "
            "below 55.3%."
        ),
        True,
    )


def test_steadiness_names_a_run_that_goes_on_when_no_point_lies_outside() -> None:
    """Nine weeks of more work is a signal of today, whatever single week is chance."""
    arrived = [20, 21, 19, 20, 21, 19, 20, 21, 19, *([23, 24, 22] * 3)]
    on, over = weeks([(1, 0)] * 18, arrived=arrived), weeks([(1, 0)] * 19, arrived=[*arrived, 20])
    words, is_pressing = steadiness(with_weeks(report(story(1)), on), UTC)

    assert is_pressing
    assert "tickets arrived above average for 9 weeks in a row" in words
    words, is_pressing = steadiness(with_weeks(report(story(1)), over), UTC)
    assert "tickets arrived" not in words


def test_steadiness_counts_earlier_signals_when_last_week_was_usual() -> None:
    """They are there, and nobody has to act today."""
    found = with_weeks(report(story(1)), weeks([*STEADY, (4, 16), (19, 1)]))

    assert steadiness(found, UTC) == (
        "Nothing was out of the ordinary in the week of 20 Apr 2026. 1 signal in the weeks before.",
        False,
    )


def test_steadiness_says_so_when_there_are_too_few_weeks() -> None:
    """Also where there is no week at all."""
    told = "Too few whole weeks to tell a signal from noise."
    plain = report(story(1))

    assert steadiness(with_weeks(plain, weeks(STEADY[:2])), UTC) == (told, False)
    assert steadiness(with_weeks(plain, ()), UTC) == (told, False)
    assert latest(with_weeks(plain, ())) is None


def test_steadiness_is_silent_about_a_chart_that_ends_earlier() -> None:
    """Promises were last decided two weeks ago: that signal is an earlier one."""
    found = with_weeks(report(story(1)), weeks([*STEADY, (4, 16), (0, 0)]))
    words, is_pressing = steadiness(found, UTC)

    assert not is_pressing
    assert words.endswith("1 signal in the weeks before.")


def test_limits_of_tickets_are_whole_numbers_within() -> None:
    """Mean 15.5 and mean range 10.67: three sigmas are 28.4, so up to 43.9 may be chance."""
    told = control_charts(weeks([(1, 0)] * 10, arrived=[10, 21, 10, 21, 10, 21, 10, 21, 11, 20]))

    assert usual(told[1]) == "16 on average; from 0 to 43 may be chance."


def test_usual_says_so_when_the_weeks_are_of_two_kinds() -> None:
    """No average is told, and no week is a signal."""
    arrived = [20, 22] * 5 + [200, 205] * 5
    told = control_charts(weeks([(1, 0)] * 20, arrived=arrived))[1]

    assert usual(told) == "20 of 20 weeks would lie outside: something has changed for good."
    assert signals_told(told, UTC) == ()


def test_steadiness_says_so_when_no_figure_has_a_usual_range() -> None:
    """Another thing than too few weeks."""
    told = weeks([(1, 0)] * 20, arrived=[20, 22] * 5 + [200, 205] * 5)
    found = with_weeks(report(story(1)), told)
    only = attrs.evolve(found, charts=found.charts[1:2])

    assert steadiness(only, UTC) == (
        "These weeks are not of one kind: no figure has a usual range.",
        False,
    )
