"""What is remembered of failed timers: in the store itself, and void when it should be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.ports import NAME_LENGTH, TEXT_LENGTH, Timer
from itsm_core.ports._at_once import TimersAtOnce, at_once
from itsm_core.workers import FAILURES, timer_failures, try_again
from itsm_core.workers._failures import Record, digest, forgetting, remember

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def waits(store: MemoryStore, timer: Timer, *, failures: int = 3) -> Timer:
    """Let a timer wait that has failed."""
    store.schedule([timer])
    record = Record(
        key=timer.key,
        stream=timer.stream,
        timer=digest(timer),
        failures=failures,
        failed_us=timer.due_us,
        error="RuntimeError: no",
        is_set_aside=True,
    )
    at_once(remember(TimersAtOnce(store), record))
    return timer


def timer(key: str = "t", data: str = "") -> Timer:
    """Return a timer that is due at nine."""
    return Timer(key=key, stream="INC-1", due_at=AT, data=data)


def test_failures_are_listed_by_key_when_there_are_several() -> None:
    """With timer, count, instant and words."""
    store = MemoryStore()
    for key in ("b", "a"):
        waits(store, timer(key))
    first, second = timer_failures(store)
    assert (first.timer.key, second.timer.key) == ("a", "b")
    assert (first.failures, first.error, first.failed_at) == (3, "RuntimeError: no", AT)


def test_failure_is_kept_when_its_timer_is_as_large_as_timers_can_be() -> None:
    """Longest key, longest data, an error without end: the record still fits."""
    store = MemoryStore()
    large = timer("k" * NAME_LENGTH, "d" * TEXT_LENGTH)
    store.schedule([large])
    record = Record(
        key=large.key,
        stream=large.stream,
        timer=digest(large),
        failures=1,
        failed_us=0,
        error="漢" * 1_000_000,
        is_set_aside=True,
    )
    at_once(remember(TimersAtOnce(store), record))
    (failure,) = timer_failures(store)
    assert failure.timer == large
    assert failure.error.startswith("漢漢")


@pytest.mark.parametrize("what", ["cancelled", "scheduled anew"])
def test_failure_is_listed_no_more_when_its_timer_is(what: str) -> None:
    """The record alone says nothing: the timer has to wait as it was."""
    store = MemoryStore()
    waits(store, timer())
    if what == "cancelled":
        store.cancel(["t"])
    else:
        store.schedule([timer(data="other")])
    assert timer_failures(store) == ()


def test_try_again_makes_a_timer_due_when_it_was_set_aside() -> None:
    """Due now, and its record is gone."""
    store = MemoryStore()
    waits(store, timer())
    assert try_again(store, ["t", "t"], as_of=LATER) == 1
    (claim,) = store.claim_due(as_of=LATER, lease=timedelta(minutes=1))
    assert (claim.timer.due_at, claim.attempt) == (LATER, 1)
    assert store.waiting(stream=FAILURES) == ()


def test_try_again_makes_a_timer_due_when_it_was_due_at_that_very_instant() -> None:
    """The same due instant would be no change; a microsecond is one, and it is due."""
    store = MemoryStore()
    waits(store, timer())
    try_again(store, ["t"], as_of=AT)
    (claim,) = store.claim_due(as_of=AT, lease=timedelta(minutes=1))
    assert claim.timer.due_at == AT - timedelta.resolution


def test_try_again_is_refused_when_a_key_has_not_failed() -> None:
    """A mistyped key must not look like a repair; the others are left alone."""
    store = MemoryStore()
    waits(store, timer())
    with pytest.raises(NotFound, match="failed timer 'T' does not exist"):
        try_again(store, ["t", "T"], as_of=LATER)
    assert timer_failures(store)[0].timer == timer()


def test_try_again_is_refused_when_one_text_is_given() -> None:
    """A text is a series of letters, which nobody means."""
    with pytest.raises(InvalidValue, match="no series of keys"):
        try_again(MemoryStore(), "t", as_of=LATER)


def test_record_is_gone_when_its_timer_is_completed_with_the_forgetting() -> None:
    """In the transaction of the effect: a kill cannot leave a record of a timer that is done."""
    store = MemoryStore()
    waits(store, timer())
    (claim,) = store.claim_due(as_of=LATER, lease=timedelta(minutes=1))
    store.complete(claim, batches=[forgetting(claim)])
    assert store.waiting() == ()
    assert store.read_all() == ()
