"""The picture of a chart is to scale, and says with shapes what it says with colours."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.report import ControlChart
from itsm_core.report._control import control_charts
from itsm_core.report._control_svg import control_svg
from tests.unit.report.cases import MONDAY
from tests.unit.report.monday import HOSTILE, weeks

UTC = ZoneInfo("UTC")
STEADY = [(19, 1), (18, 2)] * 5


def svg(told: ControlChart) -> str:
    """Return the picture in UTC."""
    return control_svg(told, UTC)


def test_picture_has_a_diamond_for_each_week_outside() -> None:
    """One of eleven; the others are dots, the last dot is larger."""
    picture = svg(control_charts(weeks([*STEADY, (4, 16), (19, 1)]))[0])

    assert picture.count("l6.5 6.5l-6.5 6.5") == 1
    assert picture.count('r="2.2"') == 10
    assert picture.count('r="3.6"') == 1


def test_picture_ends_with_the_last_value() -> None:
    """The figure that everybody asks for stands beside its point."""
    assert svg(control_charts(weeks(STEADY))[0]).endswith(">90.0%</text></svg>")


def test_picture_has_a_band_when_the_limits_are_known() -> None:
    """And none otherwise."""
    assert "fill-opacity:.13" in svg(control_charts(weeks(STEADY))[0])
    assert "fill-opacity:.13" not in svg(control_charts(weeks(STEADY[:5]))[0])


@pytest.mark.parametrize("number", [0, 1])
def test_picture_is_left_out_when_there_is_no_line(number: int) -> None:
    """One point is none."""
    told = control_charts(weeks(STEADY))[1]
    cut = attrs.evolve(told, weeks=told.weeks[:number], values=told.values[:number], chart=None)

    assert svg(cut) == ""


def test_scale_of_shares_ends_at_all_of_them() -> None:
    """From a round percentage below the least to 100."""
    assert re.findall(r">(\d+%)</text>", svg(control_charts(weeks(STEADY))[0]))[:3] == [
        *("70%", "85%", "100%")
    ]


@pytest.mark.parametrize(
    ("largest", "top"), [(0, "4"), (3, "4"), (5, "6"), (11, "12"), (125, "140")]
)
def test_scale_of_counts_has_whole_figures(largest: int, top: str) -> None:
    """Half of the top is whole too: nobody resolves half a ticket."""
    picture = svg(control_charts(weeks([(1, 0)] * 2, arrived=[0, largest]))[1])

    assert f">{top}</text>" in picture
    assert f">{int(top) // 2}</text>" in picture


def test_scale_has_a_zero_in_the_middle_when_values_are_negative() -> None:
    """Above it the pile grew, below it shrank."""
    picture = svg(control_charts(weeks([(1, 0)] * 3, arrived=[1, 9, 5], resolved=[9, 1, 5]))[2])

    assert re.findall(r'text-anchor="end" [^>]*>([^<]+)<', picture) == ["−8", "0", "8"]


def test_dates_below_include_the_last_week() -> None:
    """The last of eleven weeks, and as many others as have room."""
    picture = svg(control_charts(weeks([*STEADY, (19, 1)]))[0])
    named = re.findall(r'text-anchor="middle" [^>]*>([^<]+)<', picture)

    assert named[0] == "13 Apr"
    assert 3 <= len(named) <= 5


def test_picture_has_no_dots_when_they_would_touch() -> None:
    """A hundred weeks are a line with its last point."""
    assert svg(control_charts(weeks(STEADY * 10))[0]).count("<circle") == 1


def test_limits_share_a_corner_when_weeks_are_of_one_size() -> None:
    """Ten equal weeks: a straight edge of two points."""
    picture = svg(control_charts(weeks(STEADY))[0])
    edge = re.findall(r'd="(M[^"]+)" style="fill:none;stroke:var\(--counted\)', picture)[0]

    assert edge.count("L") == 1


def test_limits_have_steps_when_weeks_differ_in_size() -> None:
    """A week of five promises has wider limits than one of twenty."""
    picture = svg(control_charts(weeks([*STEADY, (5, 0)]))[0])
    edges = re.findall(r'd="(M[^"]+)" style="fill:none;stroke:var\(--counted\)', picture)

    assert max(edge.count("L") for edge in edges) == 3


def test_picture_is_harmless_when_its_subject_is_hostile() -> None:
    """A target can have any name."""
    told = ControlChart(subject=HOSTILE, is_share=False, weeks=(MONDAY, MONDAY), values=(1.0, 2.0))

    assert "<script" not in svg(told)
    assert "\x1b" not in svg(told)
