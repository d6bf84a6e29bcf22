"""Loops that do what is due: a worker over timers, a relay over the outbox (law R2).

Both are safe to kill at any instant and to start again. What they keep in memory is when to try
again; everything else is in the store.
"""

from __future__ import annotations

from itsm_core.workers._digests import DigestHandler
from itsm_core.workers._escalation import EscalationHandler, Escalations
from itsm_core.workers._failures import FAILURES, TimerFailure, timer_failures, try_again
from itsm_core.workers._planning import PlannedStore, Planner, TimerSwitch
from itsm_core.workers._relay import Delivery, DeliveryFailure, OutboxRelay, RelayReport
from itsm_core.workers._reminders import ReminderHandler
from itsm_core.workers._retry import Retry
from itsm_core.workers._timers import TimerHandler, TimerReport, TimerWorker

__all__ = [
    "FAILURES",
    "Delivery",
    "DeliveryFailure",
    "DigestHandler",
    "EscalationHandler",
    "Escalations",
    "OutboxRelay",
    "PlannedStore",
    "Planner",
    "RelayReport",
    "ReminderHandler",
    "Retry",
    "TimerFailure",
    "TimerHandler",
    "TimerReport",
    "TimerSwitch",
    "TimerWorker",
    "timer_failures",
    "try_again",
]
