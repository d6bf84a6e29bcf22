"""The bridge from tests that call to stores that are awaited."""

from __future__ import annotations

import threading

import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import Conflict
from itsm_core.ports import ANY
from itsm_core.testing.async_bridge import BridgedStore, LoopThread
from itsm_core.testing.event_samples import sample


async def whose() -> str:
    """Return the name of the thread that runs the loop."""
    return threading.current_thread().name


async def fail() -> None:
    """Fail."""
    raise LookupError("on the loop")


def test_coroutine_runs_in_the_loops_thread_when_run() -> None:
    """Not in the caller's."""
    with LoopThread() as loop:
        assert loop.run(whose()) == "itsm-loop"


def test_error_reaches_the_caller_when_raised_on_the_loop() -> None:
    """With its class and text."""
    with LoopThread() as loop, pytest.raises(LookupError, match="on the loop"):
        loop.run(fail())


def test_thread_is_gone_when_closed() -> None:
    """Closing twice is harmless."""
    loop = LoopThread()
    loop.close()
    loop.close()
    assert "itsm-loop" not in {one.name for one in threading.enumerate()}


def test_store_answers_through_the_bridge_when_called() -> None:
    """Results and refusals are those of the store."""
    inner = MemoryStore()
    with LoopThread() as loop:
        store = BridgedStore(in_threads(inner), loop)
        assert store.append("a", sample("a"), expected_version=0).last_version == 1
        with pytest.raises(Conflict):
            store.append("a", sample("a"), expected_version=0)
        assert store.read("a") == inner.read("a")
        assert store.append("a", sample("a", 2), expected_version=ANY).last_version == 2
        store.close()
