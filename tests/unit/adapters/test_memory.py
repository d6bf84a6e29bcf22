"""The memory store, beyond the contract that tests/contracts proves."""

from __future__ import annotations

import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import StoreUnavailable
from itsm_core.ports import ANY
from itsm_core.testing.event_store_contract import sample


def test_store_is_closed_when_the_with_block_ends() -> None:
    """A context manager, as every store."""
    with MemoryStore() as store:
        store.append("a", sample("a"), expected_version=ANY)
    with pytest.raises(StoreUnavailable, match="closed"):
        store.version("a")


def test_repr_counts_events_and_streams_when_shown() -> None:
    """What a debugger shows is short."""
    store = MemoryStore()
    store.append("a", sample("a", 1, 2), expected_version=ANY)
    assert repr(store) == "<MemoryStore: 2 events in 1 streams>"
