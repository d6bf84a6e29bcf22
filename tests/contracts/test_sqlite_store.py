"""The SQLite store keeps the contract of event stores, on a disk and in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import EventStore
from itsm_core.testing.event_store_contract import DurableStoreContract, EventStoreContract


class TestSqliteFile(DurableStoreContract):
    """Every rule, durable ones included, on a file as users have it."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> EventStore:
        """Open the one file of this test."""
        return SqliteStore(Path(self.folder.name) / "desk.db")


class TestSqliteInMemory(EventStoreContract):
    """Every rule of a store that ends with its object."""

    def open_store(self) -> EventStore:
        """Return an empty store."""
        return SqliteStore(":memory:")
