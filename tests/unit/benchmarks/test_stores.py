"""The named tasks of the stores: what they count, and that each check is able to fail."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks import kill_relays, stores_flood, stores_try
from benchmarks.kill_relays import RelayFigures
from benchmarks.stores_flood import FloodReport, flood
from itsm_core.adapters.memory import MemoryStore
from itsm_core.ports import AppendResult, Batch, StoredEvent
from itsm_core.testing.contract import Store
from tests.unit.testing.test_store_contract import LosesUpdates, SendsTwice, SkipsLateCommits

SOUND = FloodReport(events=9, conflicts=1, seconds=1.0, missed=0, disordered=0, lost=0)
BROKEN = FloodReport(events=9, conflicts=1, seconds=1.0, missed=2, disordered=0, lost=0)


def test_flood_finds_nothing_when_the_store_is_sound() -> None:
    """Every acknowledged event is seen once; writers of one stream run into each other."""
    report = flood(MemoryStore(), 4_000)
    assert (report.is_sound, report.missed, report.disordered, report.lost) == (True, 0, 0, 0)
    assert report.events >= 4_000


def test_flood_finds_misses_when_commits_come_late() -> None:
    """An event that is shown behind the cursor is never seen."""
    assert flood(SkipsLateCommits(), 2_000).missed > 0


def test_flood_finds_lost_updates_when_versions_are_not_held() -> None:
    """What was decided on an old version is written all the same."""
    assert flood(LosesUpdates(), 1_600).lost > 0


def test_flood_finds_disorder_when_an_event_is_shown_twice() -> None:
    """A cursor that is given again."""

    class Repeats(MemoryStore):
        """Show the event at the cursor again."""

        def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
            """Begin one too early, if there is more."""
            found = super().read_all(after=after, limit=limit)
            return super().read_all(after=max(0, after - 1), limit=limit) if found else found

    assert flood(Repeats(), 500).disordered > 0


def test_error_of_a_store_comes_out_when_a_writer_meets_it() -> None:
    """A flood that stops half-way is no pass."""

    class Broken(MemoryStore):
        """Refuse everything."""

        def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
            """Raise."""
            raise OSError(len(tuple(batches)))

    with pytest.raises(OSError, match="1"):
        flood(Broken(), 100)


@pytest.mark.parametrize(("report", "code"), [(SOUND, 0), (BROKEN, 1)])
def test_flood_task_fails_when_an_event_was_missed(
    monkeypatch: pytest.MonkeyPatch, report: FloodReport, code: int
) -> None:
    """On any store; the price of order is measured where PostgreSQL is asked for."""

    @contextmanager
    def opened(_name: str) -> Iterator[Store]:
        yield MemoryStore()

    monkeypatch.setattr(stores_flood, "opened", opened)
    monkeypatch.setattr(stores_flood, "flood", lambda *_: report)
    assert stores_flood.main(["--stores", "sqlite,redis"]) == code


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_every_message_arrives_in_order_when_relays_are_killed() -> None:
    """Law R2: at least once, and the receiver tells."""
    found = kill_relays.kill_relays(12, 1, messages=300)
    assert (found.lost, found.disordered) == (0, 0)
    assert found.kills >= 12


@pytest.mark.parametrize(("lost", "lost_by_control", "code"), [(0, 3, 0), (1, 3, 1), (0, 0, 1)])
def test_relay_task_fails_when_a_message_is_lost_or_the_control_passes(
    monkeypatch: pytest.MonkeyPatch, lost: int, lost_by_control: int, code: int
) -> None:
    """The control is part of the verdict."""

    def kill(*_: int, mark_first: bool = False) -> RelayFigures:
        count = lost_by_control if mark_first else lost
        return RelayFigures(kills=1, messages=9, lost=count, repeated=1, disordered=0)

    monkeypatch.setattr(kill_relays, "kill_relays", kill)
    assert kill_relays.main([]) == code


def test_machine_raises_when_a_store_differs_from_the_model() -> None:
    """And is silent when it does not."""
    held: dict[int, MemoryStore] = {}
    stores_try.agree(lambda number: _Kept(held.setdefault(number, MemoryStore())), 3)
    with pytest.raises(AssertionError):
        stores_try.agree(lambda _: SendsTwice(), 60)


class _Kept(MemoryStore):
    """Outlive a close, as a file does."""

    def __init__(self, before: MemoryStore) -> None:
        super().__init__()
        self._rows = before._rows
