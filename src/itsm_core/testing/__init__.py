"""What a user of itsm_core tests with: an oracle, laws, and (with the `testing` extra) strategies.

`strategies` and `sla_strategies` need hypothesis and are imported only by name:
`from itsm_core.testing import strategies`.
"""

from __future__ import annotations

from itsm_core.testing.laws import LawBroken, calendar_law_violations, check_calendar_laws
from itsm_core.testing.lifecycle_sequences import SequenceReport, check_sequences
from itsm_core.testing.oracle import MinuteOracle, OutsideWindow
from itsm_core.testing.schedules import Schedule
from itsm_core.testing.sla_laws import check_sla_laws
from itsm_core.testing.sla_oracle import oracle_evaluate
from itsm_core.testing.sla_trials import SlaLawBroken

__all__ = [
    "LawBroken",
    "MinuteOracle",
    "OutsideWindow",
    "Schedule",
    "SequenceReport",
    "SlaLawBroken",
    "calendar_law_violations",
    "check_calendar_laws",
    "check_sequences",
    "check_sla_laws",
    "oracle_evaluate",
]
