"""Service levels: what was promised, and whether it was kept, with the ledger that shows why.

Values: `ServiceLevelAgreement`, `ServiceLevelTarget`, `ClockRules`; the fold: `evaluate`; what
comes out: `Evaluation`, `SlaClock`, `LedgerEntry`. Where does a clock pause? `_rules.METRICS` and
`ServiceLevelTarget.pause_on` say when, `_fold._Track._rest` notes it, `_judge.stops_of` bounds it.
"""

from itsm_core.sla._agreement import (
    ANY_PRIORITY,
    RESOLVED,
    Leg,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from itsm_core.sla._attribution import LegShare, attribution, explain_attribution
from itsm_core.sla._catalogue import AgreementCatalogue, evaluate_all
from itsm_core.sla._changes import Diff, FieldChange, Tally, TicketChange, Total
from itsm_core.sla._clock import Evaluation, SlaClock
from itsm_core.sla._diff import diff
from itsm_core.sla._evaluate import evaluate, evaluate_regimes
from itsm_core.sla._facts import Facts, facts_after
from itsm_core.sla._next import NextEvent, next_event
from itsm_core.sla._rules import (
    AWAITING_REQUESTER,
    FACTS,
    METRICS,
    ClockRules,
    Metric,
    held_by,
    on_hold_for,
    waiting_for,
)
from itsm_core.sla._selection import Candidate, KindSelection, Regime, Selection
from itsm_core.sla._values import ClockState, Deadline, LedgerEntry, LedgerKind
from itsm_core.sla._verdict import VERDICT_FORMAT, ClockVerdict, Verdict
from itsm_core.sla._verify import Discrepancy, Verification, verify

__all__ = [
    "ANY_PRIORITY",
    "AWAITING_REQUESTER",
    "FACTS",
    "METRICS",
    "RESOLVED",
    "VERDICT_FORMAT",
    "AgreementCatalogue",
    "Candidate",
    "ClockRules",
    "ClockState",
    "ClockVerdict",
    "Deadline",
    "Diff",
    "Discrepancy",
    "Evaluation",
    "Facts",
    "FieldChange",
    "KindSelection",
    "LedgerEntry",
    "LedgerKind",
    "Leg",
    "LegShare",
    "Metric",
    "NextEvent",
    "PauseLimit",
    "Regime",
    "Selection",
    "ServiceLevelAgreement",
    "ServiceLevelTarget",
    "SlaClock",
    "Tally",
    "TicketChange",
    "Total",
    "Verdict",
    "Verification",
    "attribution",
    "diff",
    "evaluate",
    "evaluate_all",
    "evaluate_regimes",
    "explain_attribution",
    "facts_after",
    "held_by",
    "next_event",
    "on_hold_for",
    "verify",
    "waiting_for",
]
