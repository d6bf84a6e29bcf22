"""What the domain asks of the world: facts, timers, messages, definitions, a clock, ids.

Nothing else touches the world (law T4). A port is a Protocol: an adapter needs not inherit
anything, it has to pass the port's contract suite in `itsm_core.testing`. One object may be
several of them, and must be where one transaction spans them: `Batch` carries messages and
timers, `TimerStore.complete` carries batches. The ports of facts, outbox, timers and definitions
have twins for event loops.
"""

from __future__ import annotations

from itsm_core.ports._async import (
    AsyncDefinitionStore,
    AsyncEventStore,
    AsyncOutbox,
    AsyncStore,
    AsyncTimerStore,
)
from itsm_core.ports._checks import (
    NAME_LENGTH,
    TEXT_LENGTH,
    checked_intent,
    checked_name,
    checked_number,
    checked_text,
    series,
)
from itsm_core.ports._definitions import DOCUMENT_LENGTH, Definition, DefinitionStore
from itsm_core.ports._events import (
    ANY,
    NO_STREAM,
    AppendResult,
    Batch,
    EventStore,
    Expected,
    ExpectedVersion,
    StoredEvent,
    checked_batches,
)
from itsm_core.ports._outbox import Outbox, OutboxMessage, OutboxRecord, checked_sent
from itsm_core.ports._search import TextStore, checked_texts, checked_tickets
from itsm_core.ports._timers import (
    LONGEST_LEASE,
    Timer,
    TimerClaim,
    TimerStore,
    checked_keys,
    checked_lease,
    checked_timers,
)
from itsm_core.ports._world import Catalogue, Clock, IdSource, LifelongCatalogue

__all__ = [
    "ANY",
    "DOCUMENT_LENGTH",
    "LONGEST_LEASE",
    "NAME_LENGTH",
    "NO_STREAM",
    "TEXT_LENGTH",
    "AppendResult",
    "AsyncDefinitionStore",
    "AsyncEventStore",
    "AsyncOutbox",
    "AsyncStore",
    "AsyncTimerStore",
    "Batch",
    "Catalogue",
    "Clock",
    "Definition",
    "DefinitionStore",
    "EventStore",
    "Expected",
    "ExpectedVersion",
    "IdSource",
    "LifelongCatalogue",
    "Outbox",
    "OutboxMessage",
    "OutboxRecord",
    "StoredEvent",
    "TextStore",
    "Timer",
    "TimerClaim",
    "TimerStore",
    "checked_batches",
    "checked_intent",
    "checked_keys",
    "checked_lease",
    "checked_name",
    "checked_number",
    "checked_sent",
    "checked_text",
    "checked_texts",
    "checked_tickets",
    "checked_timers",
    "series",
]
