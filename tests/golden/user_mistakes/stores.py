"""Wrong stores, as somebody writes them who has tried them alone on one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

import attrs

from itsm_core.adapters.memory import MemoryStore
from itsm_core.ports import ANY, AppendResult, Batch, EventStore, StoredEvent
from itsm_core.testing import check_store, lawful

Opener = Callable[[], EventStore]


class LostUpdate(MemoryStore):
    """Take every append, whatever the writer has seen."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Forget what version was expected."""
        return super().append_many(attrs.evolve(one, expected_version=ANY) for one in batches)


class NewestFirst(MemoryStore):
    """Order the feed by when things happened, as the table's index does."""

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Sort by the events' own instants, the latest first."""
        found = super().read_all(after=after, limit=limit)
        return tuple(sorted(found, key=attrgetter("event.occurred_us"), reverse=True))


class KeysForgotten(MemoryStore):
    """Append again when the same key comes again: the key was only logged."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Drop the keys."""
        return super().append_many(attrs.evolve(one, key=None) for one in batches)


class HalfABatch(MemoryStore):
    """Write the events of a batch one by one, so that a refusal leaves the first ones behind."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Commit batch by batch."""
        return tuple(super(HalfABatch, self).append_many([one])[0] for one in batches)


@lawful(check_store, suite="full")
def lost_update(mended: bool = False) -> Opener:
    """Two people resolve one ticket, and the second never learns of the first."""
    return MemoryStore if mended else LostUpdate


@lawful(check_store, suite="full")
def feed_in_another_order(mended: bool = False) -> Opener:
    """Whoever follows the feed misses what was written meanwhile."""
    return MemoryStore if mended else NewestFirst


@lawful(check_store, suite="full")
def append_twice_by_key(mended: bool = False) -> Opener:
    """A retry after a timeout writes everything twice."""
    return MemoryStore if mended else KeysForgotten


@lawful(check_store, suite="full")
def half_a_batch(mended: bool = False) -> Opener:
    """A parent is closed and its child is not."""
    return MemoryStore if mended else HalfABatch
