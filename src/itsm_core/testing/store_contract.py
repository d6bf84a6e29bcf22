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
    """Hold what a store must do that is all four ports."""

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
    """
