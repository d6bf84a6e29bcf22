"""Dates as people write them: the one that was meant, and days that there are not."""

from __future__ import annotations

import pytest

from itsm_core.documents._dates import date_meant, missing_day


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("24.12.2026", "2026-12-24"),
        ("12/24/2026", "2026-12-24"),
        ("24/12/2026", "2026-12-24"),
        ("05/06/2026", ""),
        ("20261224", "2026-12-24"),
        ("2026-1-5", "2026-01-05"),
        ("2026/12/24", "2026-12-24"),
        ("2026-24-12", "2026-12-24"),
        ("2026/1/5", "2026-01-05"),
        ("31.02.2026", ""),
        ("2026-02-30", ""),
        ("Christmas", ""),
    ],
)
def test_date_is_suggested_when_there_is_one_to_mean(text: str, meant: str) -> None:
    """Month and day are told apart only where one of them is above 12."""
    assert date_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30", "February 2026 has 28 days"),
        ("2028-02-30", "February 2028 has 29 days"),
        ("2026-04-31", "April 2026 has 30 days"),
        ("2026-02-28", ""),
        ("2026-13-01", ""),
        ("tomorrow", ""),
    ],
)
def test_missing_day_is_explained_when_its_month_is_shorter(text: str, why: str) -> None:
    """The month's own length is what helps."""
    assert missing_day(text) == why
