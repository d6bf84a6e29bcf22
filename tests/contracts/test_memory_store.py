"""The memory store keeps the contract of event stores."""

from __future__ import annotations

from itsm_core.adapters.memory import MemoryStore
from itsm_core.ports import EventStore
from itsm_core.testing.event_store_contract import EventStoreContract


class TestMemoryStore(EventStoreContract):
    """Every rule, on a store in memory."""

    def open_store(self) -> EventStore:
        """Return an empty store."""
        return MemoryStore()
