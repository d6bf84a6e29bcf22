"""The contract of event stores finds what it is for: each broken store breaks its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import Conflict, ItsmError, KeyReused, RepositoryError
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.ports import (
    ANY,
    AppendResult,
    Batch,
    EventStore,
    ExpectedVersion,
    StoredEvent,
)
from itsm_core.testing.event_store_contract import (
    DurableStoreContract,
    EventStoreContract,
    one_of_each,
    sample,
)


class IgnoresVersions(MemoryStore):
    """Append whatever was expected: the last writer wins."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Forget the expectation."""
        return super().append_many(attrs.evolve(one, expected_version=ANY) for one in batches)


class ForgetsKeys(MemoryStore):
    """Write again when a key comes again."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Forget the key."""
        return super().append_many(attrs.evolve(one, key=None, intent=None) for one in batches)


class TrustsKeys(MemoryStore):
    """Take any payload for the first one of its key."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Replace what the key stands for by the key."""
        return super().append_many(
            attrs.evolve(one, intent=one.key) if one.key else one for one in batches
        )


class WritesOneByOne(MemoryStore):
    """Write the events before the one that is refused."""

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Append every event but the last by itself."""
        kept = tuple(events)
        for event in kept[:-1]:
            super().append(stream, (event,), expected_version=expected_version)
            expected_version = ANY
        return super().append(
            stream, kept[-1:], expected_version=expected_version, key=key, intent=intent
        )


class WritesBatchByBatch(MemoryStore):
    """Keep the first batches of a call whose last one is refused."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Use one transaction a batch."""
        return tuple(super(WritesBatchByBatch, self).append_many((one,))[0] for one in batches)


class ReadsFromTheCursor(MemoryStore):
    """Return the event at the cursor again."""

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Begin one too early."""
        return super().read_all(after=max(after - 1, 0) if after else 0, limit=limit)


class ReadsPerStream(MemoryStore):
    """Return all streams one after the other, as a plain directory of files would."""

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Sort by name."""
        found = super().read_all(after=after, limit=limit)
        return tuple(sorted(found, key=lambda one: (one.stream, one.version)))


class LeaksErrors(MemoryStore):
    """Let the error of the driver out."""

    def version(self, stream: str) -> int:
        """Translate nothing."""
        try:
            return super().version(stream)
        except RepositoryError as error:
            raise OSError("connection is closed") from error


class SwallowsConflicts(MemoryStore):
    """Try again by itself, with events that were decided on something else."""

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Append until it works."""
        kept = tuple(events)
        try:
            return super().append(
                stream, kept, expected_version=expected_version, key=key, intent=intent
            )
        except Conflict:
            return super().append(stream, kept, expected_version=ANY, key=key, intent=intent)


class TakesAnyIntent(MemoryStore):
    """Make a text of whatever an intent is."""

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Ask by the text."""
        return super().recall(stream, key, intent=None if intent is None else str(intent))


class SharesKeys(MemoryStore):
    """Keep keys for all streams together."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, str] = {}

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Refuse a key that another stream has used."""
        kept = tuple(batches)
        for one in kept:
            if one.key and self.owners.setdefault(one.key, one.stream) != one.stream:
                raise KeyReused(one.stream, one.key)
        return super().append_many(kept)


BROKEN: dict[type[MemoryStore], set[int]] = {
    IgnoresVersions: {4, 5, 6, 7, 21, 27, 31},
    ForgetsKeys: {15, 16, 17, 18, 19, 22, 23, 24, 28, 33},
    TrustsKeys: {17, 19},
    WritesOneByOne: {25},
    WritesBatchByBatch: {27},
    ReadsFromTheCursor: {13, 32},
    ReadsPerStream: {12, 26},
    LeaksErrors: {34},
    SwallowsConflicts: {4, 5, 6, 7, 21, 31},
    SharesKeys: {20},
    TakesAnyIntent: {38},
}
"""Broken stores, each with rules that must find it out. It may break further ones."""


def rules() -> dict[int, str]:
    """Return the names of all rules by their number."""
    names = [name for name in dir(DurableStoreContract) if name.startswith("test_rule_")]
    return {int(name.split("_")[2]): name for name in names}


def holds(number: int, open_store: Callable[[], EventStore]) -> bool:
    """Say whether a store keeps a rule."""

    class Suite(EventStoreContract):
        def open_store(self) -> EventStore:
            return open_store()

    suite = Suite()
    suite.setup_method()
    try:
        getattr(suite, rules()[number])()
    except (AssertionError, ItsmError, OSError):
        return False
    else:
        return True
    finally:
        suite.teardown_method()


@pytest.mark.parametrize(
    ("kind", "number"),
    [(kind, number) for kind, numbers in BROKEN.items() for number in sorted(numbers)],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_rule_finds_a_broken_store_when_it_should(kind: type[MemoryStore], number: int) -> None:
    """A rule that no broken store breaks would prove nothing (law R5)."""
    assert holds(number, MemoryStore)
    assert not holds(number, kind)


def test_rules_are_numbered_without_gaps_when_listed() -> None:
    """A rule keeps its number; a new one gets the next."""
    assert sorted(rules()) == list(range(1, 94))


def test_docstrings_begin_with_the_number_when_read() -> None:
    """A failure names the rule in words."""
    for number, name in rules().items():
        doc = getattr(DurableStoreContract, name).__doc__
        assert doc.startswith(f"Rule {number}: ")


def test_one_of_each_holds_every_type_when_made() -> None:
    """Rule 9 is about all events, those of tomorrow included."""
    assert {type(one) for one in one_of_each()} == set(EVENT_TYPES)


def test_sample_makes_distinct_events_when_given_numbers() -> None:
    """One event a number; without numbers, one."""
    assert len(set(sample("a", 1, 2, 3))) == 3
    assert sample("a") == sample("a", 1)
