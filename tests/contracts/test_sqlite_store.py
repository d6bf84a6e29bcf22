"""The SQLite store keeps the contracts of all four ports, on a disk and in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.contract import Store
from itsm_core.testing.integrity_contract import ChainedStore, IntegrityContract
from itsm_core.testing.store_contract import DurableFullStoreContract, FullStoreContract


class TestSqliteFile(DurableFullStoreContract):
    """Every rule, durable ones included, on a file as users have it."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> Store:
        """Open the one file of this test."""
        return SqliteStore(Path(self.folder.name) / "desk.db")


class TestSqliteInMemory(FullStoreContract):
    """Every rule of a store that ends with its object."""

    def open_store(self) -> Store:
        """Return an empty store."""
        return SqliteStore(":memory:")


class TestSqliteIntegrity(IntegrityContract):
    """Every rule of the chain and of erasure, on a file."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> ChainedStore:
        """Open the one file of this test."""
        return SqliteStore(Path(self.folder.name) / "desk.db")


class TestSqliteIntegrityInMemory(IntegrityContract):
    """The same rules without a file."""

    def open_store(self) -> ChainedStore:
        """Return an empty store."""
        return SqliteStore(":memory:")
