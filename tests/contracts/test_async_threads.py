"""Stores in threads keep the contracts: the store's own, and that of the event loop."""

from __future__ import annotations

import tempfile
from pathlib import Path

from itsm_core.adapters.async_threads import ThreadedStore, in_threads
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.async_contract import AsyncContract
from itsm_core.testing.store_contract import DurableFullStoreContract, FullStoreContract


class TestMemoryInThreads(AsyncContract, FullStoreContract):
    """Every rule, on a store in memory."""

    async def open_async(self) -> ThreadedStore:
        """Return an empty store."""
        return in_threads(MemoryStore())


class TestSqliteInThreads(AsyncContract, DurableFullStoreContract):
    """Every rule, durable ones included, on a file."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    async def open_async(self) -> ThreadedStore:
        """Open the one file of this test."""
        return in_threads(SqliteStore(Path(self.folder.name) / "desk.db"))
