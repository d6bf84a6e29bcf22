"""Charts draw the figures to scale."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.report import AgeBand, Promise, Week
from itsm_core.report._charts import age_bar, rate_bar, weeks_chart, whole_bar
from tests.unit.report.cases import MONDAY

UTC = ZoneInfo("UTC")


def weeks(*counts: tuple[int, int]) -> tuple[Week, ...]:
    """Return whole weeks with these arrivals and resolvings."""
    return tuple(
        Week(start_at=MONDAY + timedelta(weeks=n), arrived=a, resolved=r)
        for n, (a, r) in enumerate(counts)
    )


def test_rate_bar_is_as_long_as_the_share() -> None:
    """Three of four fill three quarters."""
    svg = rate_bar(Promise(metric="m", priority="P1", kept=3, broken=1))

    assert 'width="75.00" height="14" style="fill:var(--kept)"' in svg


def test_rate_bar_is_grey_when_nothing_is_decided() -> None:
    """No share, no green."""
    svg = rate_bar(Promise(metric="m", priority="P1", kept=0, broken=0, undecided=4))

    assert "nothing decided yet" in svg
    assert "--kept" not in svg


def test_age_bar_stacks_to_the_total() -> None:
    """1 + 3 of at most 8: an eighth, then three eighths beside it."""
    svg = age_bar(AgeBand(label="new", counts=(1, 0, 3)), 8, ("P1", "P2", ""))

    assert re.findall(r'x="([\d.]+)" y="2" width="([\d.]+)"', svg) == [
        ("0.00", "12.50"),
        ("12.50", "37.50"),
    ]
    assert "<title>new: 4 tickets (P1: 1, none: 3)</title>" in svg


def test_whole_bar_is_empty_when_there_is_nothing() -> None:
    """Zero of zero divides nothing."""
    assert 'width="0.00"' in whole_bar(0, 0, "none")


def test_weeks_chart_reaches_its_top_at_the_largest_figure() -> None:
    """The scale ends at a round figure no smaller than the largest."""
    svg = weeks_chart(weeks((10, 0), (97, 3)), UTC)

    assert ">100</text>" in svg
    assert ">50</text>" in svg


@pytest.mark.parametrize(
    ("largest", "top"), [(0, "4"), (3, "4"), (5, "6"), (11, "12"), (125, "140")]
)
def test_weeks_chart_has_whole_figures_on_its_scale(largest: int, top: str) -> None:
    """Half of the top is whole too: nobody resolves half a ticket."""
    svg = weeks_chart(weeks((0, 0), (largest, 0)), UTC)

    assert f">{top}</text>" in svg
    assert f">{int(top) // 2}</text>" in svg


def test_weeks_chart_is_left_out_when_there_is_one_whole_week() -> None:
    """One point is no line."""
    assert weeks_chart(weeks((1, 1)), UTC) == ""
