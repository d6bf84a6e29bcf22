"""Clocks for tests: one that stands still; `ManualClock` is the one that a test puts forward."""

from __future__ import annotations

from datetime import datetime

import attrs

from itsm_core.adapters.clocks import CountingIds, ManualClock
from itsm_core.spans import utc

__all__ = ["CountingIds", "FixedClock", "ManualClock"]


@attrs.frozen
class FixedClock:
    """Stand still for good: a value, equal to any other clock that stands at this instant.

    Raises:
        NaiveDatetime: the instant has no time zone (law T1).

    >>> from datetime import UTC
    >>> FixedClock(datetime(2026, 1, 5, 9, tzinfo=UTC)).now().isoformat()
    '2026-01-05T09:00:00+00:00'
    """

    at: datetime = attrs.field(converter=utc)

    def now(self) -> datetime:
        """Return the instant at which the clock stands, in UTC."""
        return self.at
