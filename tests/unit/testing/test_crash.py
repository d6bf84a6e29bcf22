"""The crash harness finds what it is for: stores broken on purpose do not pass (law R6)."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.ports import (
    AppendResult,
    Batch,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
)
from itsm_core.testing.crash import CrashReport, kill_workers, kill_writers
from itsm_core.testing.faults import WithoutTransactions

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")


class Forgetful(SqliteStore):
    """Acknowledge every fifth step without writing it."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write, or pretend to."""
        found = tuple(batches)
        if found[0].key is not None and found[0].key.endswith(("4", "9")):
            return tuple(AppendResult(first_version=1, last_version=1, position=1) for _ in found)
        return super().append_many(found)


class Keyless(SqliteStore):
    """Know no key again."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write without the key."""
        return super().append_many(attrs.evolve(one, key=None) for one in batches)


class Speechless(SqliteStore):
    """Lose the messages of some appends."""

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Leave the first one out."""
        return super().unsent(limit=limit)[1:]


class Timeless(SqliteStore):
    """Show no timers."""

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Leave all of them out."""
        return super().waiting(stream=stream, limit=limit)[:0]


class Skipping(SqliteStore):
    """Lose an event on the way to its reader."""

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Leave the second one out."""
        found = super().read_all(after=after, limit=limit)
        return found[:1] + found[2:]


class Effectless(SqliteStore):
    """Mark timers as done, and forget what they were for."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Write no effect of the first timer; what the worker itself keeps is left alone."""
        is_first = claim.timer.key == "t0"
        kept = tuple(each for each in batches if not (is_first and each.events))
        return super().complete(claim, batches=kept)


class Clumsy(SqliteStore):
    """Raise in the middle of the work."""

    numbers = count()

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write three times, then no more."""
        if next(self.numbers) > 2:
            raise ItsmError("the disk has gone")
        return super().append_many(batches)


def killed(store: type[SqliteStore], folder: Path, kills: int = 4) -> CrashReport:
    """Kill writers of a store, one at a time."""
    return kill_writers(
        partial(store, folder / "desk.db", synchronous="normal"), kills=kills, processes=1
    )


def test_report_has_no_violation_when_the_store_is_sound(tmp_path: Path) -> None:
    """The counts are those of what was done."""
    report = killed(SqliteStore, tmp_path)
    assert (report.violations, report.details) == (0, ())
    assert report.kills == 4
    assert report.found >= report.acknowledged > 0


def test_steps_are_lost_when_a_store_acknowledges_what_it_did_not_write(tmp_path: Path) -> None:
    """Lost, and a gap in what its process did."""
    report = killed(Forgetful, tmp_path)
    assert report.lost > 0
    assert report.gaps > 0


def test_steps_are_doubled_when_a_store_forgets_its_keys(tmp_path: Path) -> None:
    """The last step of each process is sent again: it must not be written again."""
    assert killed(Keyless, tmp_path).doubled > 0


def test_messages_are_stray_when_a_store_loses_them(tmp_path: Path) -> None:
    """An event without its message is found."""
    report = killed(Speechless, tmp_path)
    assert report.stray == 1
    assert "message False" in report.details[0]


def test_timers_are_stray_when_a_store_loses_them(tmp_path: Path) -> None:
    """The timer of the last step of each stream has to wait."""
    report = killed(Timeless, tmp_path)
    assert report.stray > 0
    assert any("expected True, waits False" in text for text in report.details)


def test_places_have_gaps_when_a_store_skips_an_event(tmp_path: Path) -> None:
    """A position and a version are missing, and the step is there in part."""
    report = killed(Skipping, tmp_path)
    assert report.gaps >= 2
    assert report.partial == 1


def test_timer_is_lost_when_it_is_done_without_its_effect(tmp_path: Path) -> None:
    """Done is not enough: the effect has to be there."""
    opener = partial(Effectless, tmp_path / "desk.db", busy_seconds=60, synchronous="normal")
    report = kill_workers(opener, kills=2, timers=40)
    assert (report.lost, report.details) == (1, ("lost: timer t0 took no effect",))


def test_effect_is_stray_when_its_message_is_lost(tmp_path: Path) -> None:
    """Effect and message are one."""
    opener = partial(Speechless, tmp_path / "desk.db", busy_seconds=60, synchronous="normal")
    assert kill_workers(opener, kills=2, timers=40).stray == 1


def test_steps_are_partial_when_a_store_has_no_transactions(tmp_path: Path) -> None:
    """The control: each statement for itself, some are there and some not."""
    report = killed(WithoutTransactions, tmp_path, kills=20)
    assert report.partial > 0
    assert len(report.details) <= 20
    assert "partial:" in str(report)


def test_everything_is_lost_when_the_store_is_in_memory() -> None:
    """Each process had a memory of its own."""
    report = kill_writers(MemoryStore, kills=2, processes=1)
    assert report.lost == report.acknowledged > 0


def test_writers_are_checked_when_the_store_keeps_facts_only(tmp_path: Path) -> None:
    """Neither messages nor timers are asked for."""
    report = kill_writers(partial(SqliteStore, tmp_path / "desk.db"), kills=2, facts_only=True)
    assert report.violations == 0
    with SqliteStore(tmp_path / "desk.db") as store:
        assert store.unsent() == ()
        assert store.waiting() == ()


def test_campaign_is_refused_when_a_process_ends_by_itself(tmp_path: Path) -> None:
    """A store that raises was not killed: what it said is told."""
    with pytest.raises(ItsmError, match="ended by itself: ItsmError: the disk has gone"):
        kill_writers(partial(Clumsy, tmp_path / "desk.db"), kills=50, longest_ms=200)


def test_campaign_is_refused_when_the_store_cannot_be_sent_to_a_process() -> None:
    """A lambda has no name under which another process could find it."""
    with pytest.raises(InvalidValue, match=r"functools\.partial"):
        kill_writers(lambda: MemoryStore(), kills=1)  # noqa: PLW0108 - that is the point


@pytest.mark.parametrize("kills", [0, -1, True])
def test_campaign_is_refused_when_a_number_is_not_usable(kills: int) -> None:
    """No kills would prove nothing."""
    with pytest.raises(InvalidValue, match="kills is not usable"):
        kill_writers(MemoryStore, kills=kills)


@pytest.mark.parametrize("kills", [0, -1, True])
def test_workers_are_refused_when_the_number_of_kills_is_not_usable(kills: int) -> None:
    """A report of 0 kills without a violation would be one of a store that was never tried."""
    with pytest.raises(InvalidValue, match="kills is not usable"):
        kill_workers(MemoryStore, kills=kills)


def test_workers_report_has_no_violation_when_the_store_is_sound(tmp_path: Path) -> None:
    """A few kills; the many are in tests/integration."""
    opener = partial(SqliteStore, tmp_path / "desk.db", busy_seconds=60, synchronous="normal")
    report = kill_workers(opener, kills=2, timers=40)
    assert report.violations == 0
    assert report.acknowledged == report.found >= 40
