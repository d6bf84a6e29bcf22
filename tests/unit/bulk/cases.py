"""Calendars and columns for the tests of `bulk`: the odd ones, and the questions about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from itsm_core.bulk._table import Ints
from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    public_holidays,
)
from itsm_core.spans import micros

OFFICE: Final = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE"),
)
NIGHT: Final = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Su 22:00-06:00"))
MINUTES: Final = BusinessCalendar(
    zone="America/New_York",
    hours=WeeklyHours.parse("Mo-Fr 09:00-09:01, 09:02-09:03, 09:04-09:05, 12:00-18:00"),
)
CALENDARS: Final[dict[str, Calendar]] = {
    "office": OFFICE,
    "night": NIGHT,
    "minutes": MINUTES,
    "always": ALWAYS,
    "outside": ~OFFICE,
    "both": OFFICE | NIGHT,
}
FROM: Final = micros(datetime(2018, 1, 1, tzinfo=UTC))
TO: Final = micros(datetime(2024, 1, 1, tzinfo=UTC))
HOUR: Final = 3_600_000_000


def instants(size: int, seed: int = 1) -> Ints:
    """Return instants: any microsecond, and as many exactly at openings and closings."""
    rng = np.random.default_rng(seed)
    loose = rng.integers(FROM, TO, size)
    edges = rng.integers(FROM // (HOUR // 2), TO // (HOUR // 2), size) * (HOUR // 2)
    return np.where(rng.random(size) < 0.5, loose, edges)
