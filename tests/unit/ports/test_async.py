"""The asynchronous ports are twins: the same methods, arguments and answers, awaited."""

from __future__ import annotations

import inspect

import pytest

from itsm_core import ports
from itsm_core.desk import AsyncServiceDesk, ServiceDesk
from itsm_core.testing.async_bridge import BridgedStore
from itsm_core.testing.contract import Store

PAIRS: dict[type, type] = {
    ports.EventStore: ports.AsyncEventStore,
    ports.Outbox: ports.AsyncOutbox,
    ports.TimerStore: ports.AsyncTimerStore,
    ports.DefinitionStore: ports.AsyncDefinitionStore,
    ServiceDesk: AsyncServiceDesk,
}


def methods(port: type) -> dict[str, inspect.Signature]:
    """Return the public methods of a port, its bases included."""
    found = inspect.getmembers(port, inspect.isfunction)
    return {name: inspect.signature(each) for name, each in found if not name.startswith("_")}


@pytest.mark.parametrize(("port", "twin"), PAIRS.items(), ids=lambda one: one.__name__)
def test_twin_has_the_same_methods_when_compared(port: type, twin: type) -> None:
    """A method, an argument, a default or a type that only one of the two has is found here."""
    assert methods(twin) == methods(port)


@pytest.mark.parametrize("twin", PAIRS.values(), ids=lambda one: one.__name__)
def test_every_method_is_awaited_when_listed(twin: type) -> None:
    """Nothing of a twin answers without being awaited."""
    for name in methods(twin):
        assert inspect.iscoroutinefunction(getattr(twin, name)), name


def test_whole_store_has_what_the_contract_asks_for_when_compared() -> None:
    """`AsyncStore` is the twin of the suites' `Store`, and the bridge shows all of it."""
    assert methods(ports.AsyncStore) == methods(Store) == methods(BridgedStore)
