"""Service levels: what was promised, and whether it was kept, with the ledger that shows why.

Values: `ServiceLevelAgreement`, `ServiceLevelTarget`; the fold: `evaluate`; what comes out:
`Evaluation`, `SlaClock`, `LedgerEntry`. Laws S1 to S4, S6 to S8 and S16 in their default form.
Where does a clock pause? `ServiceLevelTarget.pause_on`, applied in `_evaluate._until`.
"""

from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._clock import ClockState, Evaluation, LedgerEntry, LedgerKind, Period, SlaClock
from itsm_core.sla._evaluate import RESOLVED, evaluate

__all__ = [
    "RESOLVED",
    "ClockState",
    "Evaluation",
    "LedgerEntry",
    "LedgerKind",
    "Period",
    "ServiceLevelAgreement",
    "ServiceLevelTarget",
    "SlaClock",
    "evaluate",
]
