"""Stores that answer before they are waited for: every call of three ports arrives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch, Timer
from itsm_core.ports._at_once import AtOnce, OutboxAtOnce, TimersAtOnce, at_once
from itsm_core.testing.contract import message
from itsm_core.testing.event_samples import sample

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_every_call_about_facts_reaches_the_store_when_it_never_waits() -> None:
    """The whole port is shown, whatever a desk makes of it."""
    store = MemoryStore()
    shown = AtOnce(store)
    assert at_once(shown.append("a", sample("a", 1), expected_version=0)).last_version == 1
    assert at_once(shown.append_many(())) == ()
    assert at_once(shown.recall("a", "k")) is None
    assert at_once(shown.read("a")) == at_once(shown.read_all()) == store.read("a")
    assert at_once(shown.version("a")) == 1
    at_once(shown.close())
    with pytest.raises(StoreUnavailable):
        store.version("a")


def test_every_call_about_messages_reaches_the_store_when_it_never_waits() -> None:
    """What is unsent is marked as sent."""
    store = MemoryStore()
    told = Batch(stream="a", events=(), expected_version=ANY, messages=[message()])
    store.append_many([told])
    shown = OutboxAtOnce(store)
    (record,) = at_once(shown.unsent())
    assert record.message == message()
    assert at_once(shown.mark_sent([record.number])) == 1
    assert store.unsent() == ()


def test_every_call_about_timers_reaches_the_store_when_it_never_waits() -> None:
    """A timer is scheduled, lent, given back, lent again and done; another is cancelled."""
    store = MemoryStore()
    shown = TimersAtOnce(store)
    timers = [Timer(key=key, stream="a", due_at=AT) for key in ("t", "u")]
    assert at_once(shown.schedule(timers)) == 2
    assert at_once(shown.cancel(["u"])) == 1
    (claim,) = at_once(shown.claim_due(as_of=AT, lease=MINUTE))
    at_once(shown.release(claim, retry_at=AT + MINUTE))
    assert at_once(shown.next_due_at()) == AT + MINUTE
    assert at_once(shown.waiting(stream="a")) == (timers[0],)
    (again,) = at_once(shown.claim_due(as_of=AT + MINUTE, lease=MINUTE))
    assert at_once(shown.complete(again)) == ()
    assert at_once(shown.waiting()) == ()


def test_coroutine_is_refused_when_it_waits() -> None:
    """There is no loop that it could wait in."""
    with pytest.raises(InvalidValue, match="event loop"):
        at_once(asyncio.sleep(0))
