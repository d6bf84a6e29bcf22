"""What the killed processes do: steps that can be told apart, acknowledged one by one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import Timer
from itsm_core.testing._campaign import EVENTS, SHARED, Campaign, batches_of, effect_of, work


def test_step_goes_to_three_streams_when_it_is_made() -> None:
    """Two of its own and the one of all, each with several events, under one key."""
    batches = batches_of("r0w0", 7, facts_only=False)
    assert [one.stream for one in batches] == ["r0w0 a", "r0w0 b", SHARED]
    assert {len(one.events) for one in batches} == {EVENTS}
    assert {one.key for one in batches} == {"r0w0 7"}


def test_step_cancels_the_timer_of_the_one_before_when_it_is_made() -> None:
    """So at any instant the timer of exactly one step of a stream waits."""
    before, after = batches_of("r0w0", 1, facts_only=False), batches_of("r0w0", 2, facts_only=False)
    assert [one.cancel for one in after] == [tuple(t.key for t in one.schedule) for one in before]


def test_step_has_facts_only_when_the_store_keeps_no_more() -> None:
    """Neither a message nor a timer."""
    for one in batches_of("r0w0", 1, facts_only=True):
        assert (one.messages, one.schedule, one.cancel) == ((), (), ())


def test_steps_are_the_same_when_made_again() -> None:
    """The check sends them again and expects to be known."""
    assert batches_of("a", 1, facts_only=False) == batches_of("a", 1, facts_only=False)


def test_effects_differ_when_two_workers_do_the_same_timer() -> None:
    """Nothing but the lease keeps them single."""
    timer = Timer(key="t", stream="a", due_at=0)
    first, second = effect_of(timer, "w0", 1), effect_of(timer, "w1", 1)
    assert first.stream == second.stream == "t"
    assert first.key != second.key
    assert first.messages != second.messages


def test_writer_has_written_when_a_step_is_yielded(tmp_path: Path) -> None:
    """What is acknowledged is in the store."""
    path = tmp_path / "desk.db"

    def opened() -> SqliteStore:
        return SqliteStore(path, synchronous="normal")

    campaign = Campaign(
        kind="writers", open_store=opened, kills=1, processes=1, seed=1, longest_ms=1
    )
    for _ in islice(work(campaign, "w"), 3):
        pass
    with opened() as store:
        assert store.version("w a") == store.version(SHARED) == 3 * EVENTS


def test_worker_ends_when_no_timer_is_left(tmp_path: Path) -> None:
    """And each has its effect."""
    path = tmp_path / "desk.db"

    def opened() -> SqliteStore:
        return SqliteStore(path, synchronous="normal")

    with opened() as store:
        store.schedule(Timer(key=f"t{n}", stream="a", due_at=0) for n in range(9))
    campaign = Campaign(
        kind="workers", open_store=opened, kills=1, processes=1, seed=1, longest_ms=1
    )
    assert len(list(work(campaign, "w"))) == 3  # ready, seven, two
    with opened() as store:
        assert [store.version(f"t{n}") for n in range(9)] == [1] * 9
