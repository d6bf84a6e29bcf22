"""The checker of histories: known histories, planted bugs, and the shipped stores (law R1)."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterable
from pathlib import Path

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY, AppendResult, Batch, StoredEvent
from itsm_core.testing.linearizability import (
    Operation,
    StreamCall,
    StreamResult,
    is_linearizable,
    order,
    stream_history,
    stream_step,
)

Stream = Operation[StreamCall, StreamResult]


def appended(
    event: str, version: int | None, began: int, ended: int | None, expected: int | None = None
) -> Stream:
    """Return an append; without a version, one that never came back."""
    result = None if version is None else StreamResult(version=version)
    call = StreamCall(event=event, expected=expected)
    return Operation(worker=0, call=call, result=result, called_at=began, returned_at=ended)


def seen(events: str, began: int, ended: int) -> Stream:
    """Return a reading."""
    result = StreamResult(events=tuple(events))
    return Operation(worker=1, call=StreamCall(), result=result, called_at=began, returned_at=ended)


def refused(actual: int, expected: int, began: int, ended: int) -> Stream:
    """Return an append that was a conflict."""
    call = StreamCall(event="z", expected=expected)
    return Operation(
        worker=2,
        call=call,
        result=StreamResult(conflict=actual),
        called_at=began,
        returned_at=ended,
    )


@pytest.fixture(autouse=True)
def _quick_switches() -> Generator[None]:
    """Let threads take turns often, so that races happen."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# The histories and their verdicts follow from the definition, by hand.
RIGHT: dict[str, list[Stream]] = {
    "nothing happened": [],
    "one after the other": [appended("a", 1, 0, 1), seen("a", 2, 3)],
    "a reading beside an append saw it": [appended("a", 1, 0, 9), seen("a", 1, 2)],
    "a reading beside an append did not see it": [appended("a", 1, 0, 9), seen("", 1, 2)],
    "two appends at once, either order": [
        appended("a", 2, 0, 9),
        appended("b", 1, 1, 8),
        seen("ba", 10, 11),
    ],
    "an append without an answer happened": [appended("a", None, 0, None), seen("a", 5, 6)],
    "an append without an answer did not happen": [appended("a", None, 0, None), seen("", 5, 6)],
    "a conflict with what was there": [appended("a", 1, 0, 1), refused(1, 0, 2, 3)],
    "a conflict with what was written meanwhile": [appended("a", 1, 0, 9), refused(1, 0, 1, 10)],
}
WRONG: dict[str, list[Stream]] = {
    "a reading missed what had been acknowledged": [appended("a", 1, 0, 1), seen("", 2, 3)],
    "a reading saw what nobody wrote": [seen("a", 0, 1)],
    "two appends got one version": [appended("a", 1, 0, 1), appended("b", 1, 2, 3)],
    "two appends that knew one version": [
        appended("a", 1, 0, 9, expected=0),
        appended("b", 2, 1, 8, expected=0),
    ],
    "time ran back between two readings": [
        appended("a", 1, 0, 9),
        seen("a", 1, 2),
        seen("", 3, 4),
    ],
    "an event was lost": [appended("a", 1, 0, 1), appended("b", 2, 2, 3), seen("b", 4, 5)],
    "a conflict with nothing": [refused(1, 0, 0, 1)],
    "a conflict although the version was right": [appended("a", 1, 0, 1), refused(1, 1, 2, 3)],
    "an append without an answer was seen and then not": [
        appended("a", None, 0, None),
        seen("a", 1, 2),
        seen("", 3, 4),
    ],
}


@pytest.mark.parametrize("name", RIGHT)
def test_history_has_an_order_when_it_could_have_happened(name: str) -> None:
    """What calls at the same time may see, they may see."""
    assert is_linearizable(RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_history_has_no_order_when_it_could_not_have_happened(name: str) -> None:
    """Each of these is a bug that stores have had."""
    assert not is_linearizable(WRONG[name])


def test_order_is_one_that_explains_the_history_when_found() -> None:
    """What is returned can be read: the calls in an order in which all is right."""
    nothing: tuple[str, ...] = ()
    found = order(RIGHT["two appends at once, either order"], nothing, stream_step)
    assert found is not None
    assert [one.call.event for one in found] == ["b", "a", ""]


def test_history_is_refused_when_it_is_too_long() -> None:
    """A search without an end is no check."""
    with pytest.raises(InvalidValue, match="too long"):
        is_linearizable([seen("", 0, 1)] * 10_001)


def test_error_of_a_store_comes_out_when_a_thread_meets_it() -> None:
    """A history without the call that failed would prove nothing."""

    class Broken(MemoryStore):
        def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
            raise OSError(stream, after)

    with pytest.raises(OSError, match="a"):
        stream_history(Broken(), workers=2, calls=10)


# --- planted bugs --------------------------------------------------------------------------------


class ChecksThenActs(MemoryStore):
    """Compare the version first and write later, as without a transaction."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Let another thread in between."""
        kept = tuple(batches)
        for one in kept:
            one.check(self.version(one.stream))
        time.sleep(0)
        return super().append_many(attrs.evolve(one, expected_version=ANY) for one in kept)


class ReadsStale(MemoryStore):
    """Answer from a copy that is behind, as from a replica."""

    def __init__(self) -> None:
        super().__init__()
        self.copy: dict[str, tuple[StoredEvent, ...]] = {}

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return what the reading before has seen."""
        before = self.copy.get(stream, ())
        self.copy[stream] = super().read(stream, after=after)
        return before


class LosesEveryTenth(MemoryStore):
    """Acknowledge an append that was never written."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Forget one of ten."""
        kept = tuple(batches)
        version = self.version(kept[0].stream)
        if version % 10 == 9:
            kept[0].check(version)
            last = version + 1
            return (AppendResult(first_version=last, last_version=last, position=last),)
        return super().append_many(kept)


@pytest.mark.parametrize("kind", [ChecksThenActs, ReadsStale, LosesEveryTenth])
def test_broken_store_is_found_when_threads_use_it(kind: type[MemoryStore]) -> None:
    """Forty histories are enough for each of the planted bugs."""
    found = (
        not is_linearizable(stream_history(kind(), workers=4, calls=12, seed=seed))
        for seed in range(40)
    )
    assert any(found)


@pytest.mark.slow
def test_memory_store_is_linearizable_when_threads_use_it() -> None:
    """Law R1: 1,000 histories of four threads."""
    for seed in range(1000):
        history = stream_history(MemoryStore(), workers=4, calls=8, seed=seed)
        assert is_linearizable(history), f"seed {seed}"


@pytest.mark.slow
def test_sqlite_store_is_linearizable_when_threads_use_it(tmp_path: Path) -> None:
    """Law R1: group commit shows nothing before it is written."""
    with SqliteStore(tmp_path / "desk.db", synchronous="normal") as store:
        for seed in range(150):
            history = stream_history(store, f"s{seed}", workers=4, calls=8, seed=seed)
            assert is_linearizable(history), f"seed {seed}"
