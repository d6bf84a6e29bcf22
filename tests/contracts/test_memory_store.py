"""The memory store keeps the contracts of all four ports."""

from __future__ import annotations

from itsm_core.adapters.memory import MemoryStore
from itsm_core.testing.contract import Store
from itsm_core.testing.store_contract import FullStoreContract


class TestMemoryStore(FullStoreContract):
    """Every rule, on a store in memory."""

    def open_store(self) -> Store:
        """Return an empty store."""
        return MemoryStore()
