"""Two numbers side by side: which differ, by how much, and why."""

from __future__ import annotations

import pytest

from itsm_core.metrics import METRICS, CaseLog, measure
from itsm_core.metrics._definitions import Result
from itsm_core.metrics._untold import withheld
from itsm_core.report._figure_words import (
    agreeing,
    differing,
    figure_rows,
    figures_answer,
    told,
    untold_words,
    window_words,
)
from tests.unit.report.cases import story
from tests.unit.report.monday import MEDIAN, SAME, WITHIN, result


@pytest.mark.parametrize(
    ("told", "differs"),
    [
        (MEDIAN, True),
        (SAME, False),
        (result("resolution-median", None, 47.1), True),
        (result("resolution-median", 6.5, None), True),
        (result("resolution-median", None, None), False),
        (result("backlog-count", 4, 9, unit="count"), True),
        (result("backlog-count", 9, 9, unit="count"), False),
        (result("resolution-p90", 60.0, 50.0, low=40.0), False),
    ],
)
def test_figures_differ_when_the_interval_does_not_hold_the_dashboards(
    told: Result, differs: bool
) -> None:
    """Without an interval, when they read differently; an unknown end holds everything."""
    assert (differing([told]) == (told,)) is differs
    assert (agreeing([told]) == (told,)) is not differs


def test_rows_have_both_numbers_and_the_reason() -> None:
    """The honest one with its interval."""
    (row,) = figure_rows([MEDIAN])

    assert row == (
        *("Half are resolved within", "6.5 h", "47.1 h", "40.0 h to 50.0 h"),
        MEDIAN.differs,
    )


def test_rows_have_no_interval_when_there_is_none() -> None:
    """A number that was counted, one that cannot be told; one end may be unknown."""
    cases = (
        result("backlog-count", 4, 9, unit="count"),
        result("resolution-p90", 4.0, None, low=1.0),
        result("resolution-p90", 4.0, 9.0, low=5.0),
    )

    assert [row[3] for row in figure_rows(cases)] == ["", "", "5.0 h to ?"]


def test_rows_name_the_currency_when_it_is_about_money() -> None:
    """A number of what?"""
    (row,) = figure_rows([result("cost-so-far", 10.0, 20.0, unit="money", currency="EUR")])

    assert row[1:3] == ("10.00 EUR", "20.00 EUR")


def test_rows_say_unknown_when_a_number_cannot_be_told() -> None:
    """With the reason, and without a currency."""
    (row,) = figure_rows([result("cost-so-far", 10.0, None, unit="money", currency="EUR")])

    assert row[2] == "unknown (too young)"


def test_answer_tells_the_pair_that_lies_furthest_apart() -> None:
    """6.5 to 47.1 is seven times; the odds of 60.8 % and 42.3 % twice."""
    assert figures_answer((WITHIN, MEDIAN, SAME)) == (
        "Half are resolved within: 47.1 h, where a dashboard would show 6.5 h. 2 of 3 figures "
        "differ by more than chance."
    )


def test_answer_is_in_the_singular_when_one_figure_differs() -> None:
    """One of two."""
    assert figures_answer((MEDIAN, SAME)).endswith("1 of 2 figures differs by more than chance.")


def test_answer_says_so_when_nothing_differs() -> None:
    """Honest dashboards are possible."""
    assert figures_answer((SAME,)) == "No dashboard would show anything else but for chance."


@pytest.mark.parametrize(
    "told",
    [
        result("backlog-count", 0, 9, unit="count"),
        result("resolved-within-24h", 1.0, 0.9, unit="ratio"),
        result("resolution-median", None, 9.0),
    ],
)
def test_answer_prefers_pairs_that_have_a_ratio(told: Result) -> None:
    """Nothing and all are infinitely far from anything."""
    assert figures_answer((told, MEDIAN)).startswith("Half are resolved within")


def test_window_words_tell_which_time_is_meant() -> None:
    """From when to when, and that an hour is one of 24 a day."""
    assert window_words((MEDIAN,)) == (
        "Of 2026-02-02 00:00 to 2026-02-16 00:00, seen at its end (UTC); hours on the clock. "
        "Below an honest figure its 95% interval."
    )


def test_ends_are_in_one_unit_when_one_is_short_and_one_is_long() -> None:
    """That of the figure beside them."""
    (row,) = figure_rows([result("resolution-p90", 60.0, 80.0, low=56.0, high=134.4)])
    assert row[2:4] == ("3.3 days", "2.3 days to 5.6 days")


def test_figures_are_in_no_count_when_the_log_does_not_tell_them() -> None:
    """Two unknown figures do not agree; they are named as unknown, once."""
    log = CaseLog.of([story(1)])
    result = withheld(measure(log, METRICS["reopened-within-7d"], log.whole()), ["history"])

    assert (told([result]), agreeing([result]), differing([result])) == ((), (), ())
    name = "Reopened within a week of the first solution"
    assert untold_words([result]) == f"Unknown, for the log does not tell it: {name}."
    assert untold_words([]) == ""
