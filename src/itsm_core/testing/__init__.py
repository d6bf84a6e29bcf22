"""What a user of itsm_core tests with: an oracle, laws, and (with the `testing` extra) strategies.

`strategies` needs hypothesis and is imported only by name:
`from itsm_core.testing import strategies`.
"""

from __future__ import annotations

from itsm_core.testing.laws import LawBroken, calendar_law_violations, check_calendar_laws
from itsm_core.testing.oracle import MinuteOracle, OutsideWindow
from itsm_core.testing.schedules import Schedule

__all__ = [
    "LawBroken",
    "MinuteOracle",
    "OutsideWindow",
    "Schedule",
    "calendar_law_violations",
    "check_calendar_laws",
]
