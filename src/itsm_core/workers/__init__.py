"""Loops that do what is due: a worker over timers, a relay over the outbox (law R2).

Both are safe to kill at any instant and to start again. What they keep in memory is when to try
again; everything else is in the store. Their twins for event loops run the same code.
"""

from __future__ import annotations

from itsm_core.workers._async_planning import AsyncPlannedStore, Planner
from itsm_core.workers._async_relay import (
    AsyncDelivery,
    AsyncOutboxRelay,
    DeliveryFailure,
    RelayReport,
)
from itsm_core.workers._async_timers import AsyncTimerHandler, AsyncTimerWorker, TimerReport
from itsm_core.workers._digests import AsyncDigestHandler, DigestHandler
from itsm_core.workers._escalation import (
    AsyncEscalationHandler,
    EscalationHandler,
    Escalations,
)
from itsm_core.workers._failures import (
    FAILURES,
    TimerFailure,
    async_timer_failures,
    async_try_again,
    timer_failures,
    try_again,
)
from itsm_core.workers._planning import AsyncTimerSwitch, PlannedStore, TimerSwitch
from itsm_core.workers._relay import Delivery, OutboxRelay
from itsm_core.workers._reminders import AsyncReminderHandler, ReminderHandler
from itsm_core.workers._retry import Retry
from itsm_core.workers._timers import TimerHandler, TimerWorker

__all__ = [
    "FAILURES",
    "AsyncDelivery",
    "AsyncDigestHandler",
    "AsyncEscalationHandler",
    "AsyncOutboxRelay",
    "AsyncPlannedStore",
    "AsyncReminderHandler",
    "AsyncTimerHandler",
    "AsyncTimerSwitch",
    "AsyncTimerWorker",
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
    "async_timer_failures",
    "async_try_again",
    "timer_failures",
    "try_again",
]
