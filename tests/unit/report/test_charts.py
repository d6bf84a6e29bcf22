"""Charts draw the figures to scale."""

from __future__ import annotations

import re

from itsm_core.report import AgeBand, Promise
from itsm_core.report._charts import age_bar, rate_bar, whole_bar


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
