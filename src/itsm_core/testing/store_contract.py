"""The contracts of all four ports together, for a store that is all of them.

A store is certified in a few lines::

    class TestMyStore(FullStoreContract):
        def open_store(self) -> Store:
            return MyStore()
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from itsm_core.testing.contract import Capability, Store
from itsm_core.testing.definition_contract import DefinitionContract, DurableDefinitionContract
from itsm_core.testing.event_store_contract import DurableStoreContract, EventStoreContract
from itsm_core.testing.outbox_contract import DurableOutboxContract, OutboxContract
from itsm_core.testing.timer_contract import DurableTimerContract, TimerContract

__all__ = ["DurableFullStoreContract", "FullStoreContract"]


class FullStoreContract(EventStoreContract, OutboxContract, TimerContract, DefinitionContract):
    """Hold what a store must do that is all four ports.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestMine(FullStoreContract):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> print(certify(TestMine).explain())
    TestMine: certified, contract version 3: 182 kept, 0 skipped, 0 broken
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {"dense_positions", "messages_and_timers"}
    )

    @abstractmethod
    def open_store(self) -> Store:
        """Return a store that holds nothing yet."""


class DurableFullStoreContract(
    FullStoreContract,
    DurableStoreContract,
    DurableOutboxContract,
    DurableTimerContract,
    DurableDefinitionContract,
):
    """Add what it must do when it outlives the object.

    Within one test, `open_store` opens the same place every time.

    What a rule finds when it opens the place again:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.testing.event_samples import sample
    >>> class TestMine(DurableFullStoreContract):
    ...     def setup_method(self):
    ...         self.folder = TemporaryDirectory()
    ...         super().setup_method()
    ...
    ...     def open_store(self):
    ...         return SqliteStore(Path(self.folder.name) / "desk.db")
    ...
    ...     def teardown_method(self):
    ...         super().teardown_method()
    ...         self.folder.cleanup()
    >>> test = TestMine()
    >>> test.setup_method()
    >>> result = test.facts.append("INC-1", sample("INC-1", 1, 2), expected_version=0)
    >>> test.reopen()
    >>> test.facts.version("INC-1")
    2
    >>> test.teardown_method()
    """
