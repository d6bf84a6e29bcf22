"""The contracts of four ports find what they are for: broken stores break their rules (law R5)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from unittest import SkipTest

import attrs
import pytest

from itsm_core.adapters._engine import CANCELLED, DONE, WAITING, Known, Rows, TimerRow
from itsm_core.adapters.memory import MemoryStore, _MemoryRows
from itsm_core.errors import ItsmError, LeaseLost
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ports import (
    ANY,
    AppendResult,
    Batch,
    Definition,
    EventStore,
    OutboxRecord,
    StoredEvent,
    TimerClaim,
)
from itsm_core.testing.contract import CONTRACT_VERSION, Capability, Store
from itsm_core.testing.event_store_contract import EventStoreContract
from itsm_core.testing.store_contract import DurableFullStoreContract, FullStoreContract

# --- facts ---------------------------------------------------------------------------------------


class FoldsCase(MemoryStore):
    """Take upper and lower case for the same, as many databases do."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write to the folded name."""
        return super().append_many(
            attrs.evolve(one, stream=one.stream.casefold()) for one in batches
        )


class PadsNames(MemoryStore):
    """Ignore blanks at the end, as MySQL's comparisons do."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write to the stripped name."""
        return super().append_many(
            attrs.evolve(one, stream=one.stream.rstrip(" ")) for one in batches
        )


class JoinsNames(MemoryStore):
    """Remember keys under stream and key in one text."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = _JoinedKeys()


class _JoinedKeys(_MemoryRows):
    def known(self, stream: str, key: str) -> Known | None:
        return super().known("", stream + key)

    def remember(self, stream: str, key: str, known: Known) -> None:
        self.keys["", stream + key] = known


class CutsTexts(MemoryStore):
    """Keep 60,000 characters of a text, as a column of fixed width does."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Cut every title."""
        return super().append_many(
            attrs.evolve(one, events=tuple(map(self._cut, one.events))) for one in batches
        )

    @staticmethod
    def _cut(event: TicketEvent) -> TicketEvent:
        if isinstance(event, TicketOpened):
            return attrs.evolve(event, title=event.title[:60_000])
        return event


class SkipsLateCommits(MemoryStore):
    """Show a higher position before a lower one, as a serial column under several writers does."""

    def __init__(self) -> None:
        super().__init__()
        self.late: set[int] = set()

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Leave every third event out the first time that it would be shown."""
        found = super().read_all(after=after, limit=limit)
        hidden = {one.position for one in found if one.position % 3 == 0} - self.late
        self.late |= hidden
        return tuple(one for one in found if one.position not in hidden)


class LosesUpdates(MemoryStore):
    """Check the version, wait, and write whatever came in between."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Let another thread in."""
        kept = tuple(batches)
        for one in kept:
            one.check(self.version(one.stream))
        time.sleep(0.002)
        return super().append_many(attrs.evolve(one, expected_version=ANY) for one in kept)


class ShowsParts(MemoryStore):
    """Write the events of a batch one by one."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Pause between two events."""
        results: list[AppendResult] = []
        for batch in batches:
            for event in batch.events:
                (last,) = super().append_many((attrs.evolve(batch, events=(event,)),))
                time.sleep(0.001)
                results.append(last)
        return tuple(results[-1:])


# --- outbox --------------------------------------------------------------------------------------


class SendsFirst(MemoryStore):
    """Write the messages in a transaction of their own, before the events."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Send, then write."""
        kept = tuple(batches)
        for one in kept:
            alone = Batch(stream="outbox", events=(), expected_version=ANY, messages=one.messages)
            super().append_many((alone,))
        return super().append_many(attrs.evolve(one, messages=()) for one in kept)


class ForgetsWhatWasSent(MemoryStore):
    """Delete a message when it is sent, and so send it again when it is written again."""

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Forget the messages."""
        kept = set(numbers)
        for number in kept:
            text = self._rows.to_send.get(number)
            places = [place for place, found in self._rows.messages.items() if found == text]
            for place in places:
                del self._rows.messages[place]
        return super().mark_sent(kept)


class SendsTwice(MemoryStore):
    """Keep no list of what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = _NoPlaces()


class _NoPlaces(_MemoryRows):
    def message(self, place: bytes) -> str | None:
        del place
        return None

    def add_message(self, place: bytes, text: str) -> bool:
        return super().add_message(place + str(len(self.messages)).encode(), text)


class MarksNothing(MemoryStore):
    """Count what is marked and go on sending it."""

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Count."""
        wanted = set(numbers)
        return sum(one.number in wanted for one in self.unsent())


class SortsMessages(MemoryStore):
    """Send in the order of the ids."""

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Sort by name."""
        found = super().unsent(limit=limit)
        return tuple(sorted(found, key=lambda one: one.message.message_id))


# --- timers --------------------------------------------------------------------------------------


class DropsOverdue(MemoryStore):
    """Skip what is overdue by more than a second, as schedulers do by default."""

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Leave out what came late."""
        found = super().claim_due(as_of=as_of, lease=lease, limit=limit)
        return tuple(one for one in found if as_of - one.timer.due_at <= timedelta(seconds=1))


class LendsToMany(MemoryStore):
    """Hand out what is due without noting to whom."""

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Give it back at once."""
        found = super().claim_due(as_of=as_of, lease=lease, limit=limit)
        for one in found:
            row = self._rows.timers[one.timer.key]
            self._rows.put_timer(row._replace(available_us=one.timer.due_us))
        return found


class KeepsLeases(MemoryStore):
    """Lend for ever: the timers of a dead worker never come back."""

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Forget the end of the lease."""
        found = super().claim_due(as_of=as_of, lease=lease, limit=limit)
        for one in found:
            row = self._rows.timers[one.timer.key]
            self._rows.put_timer(row._replace(available_us=1 << 60))
        return found


class HasNoFence(MemoryStore):
    """Let whoever had a timer once complete it."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Take every claim for the present one."""
        row = self._rows.timers.get(claim.timer.key)
        token = claim.token if row is None else row.token
        return super().complete(attrs.evolve(claim, token=token), batches=batches)


class ActsFirst(MemoryStore):
    """Write the effect, and then mark the timer done."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Use two transactions."""
        results = self.append_many(batches)
        super().complete(claim)
        return results


class MarksFirst(MemoryStore):
    """Mark the timer done, and then write the effect."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Use two transactions."""
        kept = tuple(batches)
        super().complete(claim)
        return self.append_many(kept)


class ForgetsDone(MemoryStore):
    """Delete what is done, so that a plan that is made again does it again."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Forget the key."""
        results = super().complete(claim, batches=batches)
        self._rows._set_timer(claim.timer.key, None)
        return results


class ReadsTheClock(MemoryStore):
    """Compare leases with the machine's time."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Refuse what is late by the machine's clock."""
        if claim.leased_until < datetime.now(UTC):
            raise LeaseLost(claim.timer.key)
        return super().complete(claim, batches=batches)


class RevivesClaims(MemoryStore):
    """Count tokens from nothing when a cancelled timer comes back."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = _FreshTokens()


class _FreshTokens(_MemoryRows):
    def timer(self, key: str) -> TimerRow | None:
        row = super().timer(key)
        return None if row is not None and row.state == CANCELLED else row


class SchedulesApart(MemoryStore):
    """Schedule in a transaction of its own, before the events."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Schedule and cancel, then write."""
        kept = tuple(batches)
        for one in kept:
            self.cancel(one.cancel)
            self.schedule(one.schedule)
        return super().append_many(attrs.evolve(one, schedule=(), cancel=()) for one in kept)


class WakesLate(MemoryStore):
    """Say the due instant although the timer is lent."""

    def next_due_at(self) -> datetime | None:
        """Leave leases out."""
        found = self.waiting(limit=1)
        return found[0].due_at if found else None


# --- definitions ---------------------------------------------------------------------------------


class Overwrites(MemoryStore):
    """Let the last document win."""

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Replace what is there."""
        kept = tuple(definitions)
        for one in kept:
            self._rows.definitions.pop((one.kind, one.name, one.version), None)
        return super().publish(kept)


class SortsVersions(MemoryStore):
    """List versions by name: '10' before '9'."""

    def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Sort."""
        return tuple(sorted(super().definition_versions(kind, name)))


class PublishesOneByOne(MemoryStore):
    """Keep the definitions before the one that is refused."""

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Use one transaction each."""
        return sum(super(PublishesOneByOne, self).publish([one]) for one in definitions)


BROKEN: dict[type[MemoryStore], set[int]] = {
    FoldsCase: {48},
    PadsNames: {49},
    JoinsNames: {58},
    CutsTexts: {59},
    SkipsLateCommits: {32},
    LosesUpdates: {31},
    ShowsParts: {87},
    SendsFirst: {102, 103},
    ForgetsWhatWasSent: {114, 115},
    SendsTwice: {106, 107, 116},
    MarksNothing: {110, 112},
    SortsMessages: {104},
    DropsOverdue: {213},
    LendsToMany: {216, 253},
    KeepsLeases: {217, 244},
    HasNoFence: {223, 235, 236, 240},
    ActsFirst: {223, 224},
    MarksFirst: {221, 222, 231},
    ForgetsDone: {226, 229},
    ReadsTheClock: {225},
    RevivesClaims: {235},
    SchedulesApart: {246, 248, 250},
    WakesLate: {244},
    Overwrites: {303},
    SortsVersions: {305},
    PublishesOneByOne: {304, 312},
}
"""Broken stores, each with rules that must find it out. It may break further ones."""


class OnMemory(FullStoreContract):
    """Run single rules on a store."""

    kind: type[MemoryStore] = MemoryStore

    def open_store(self) -> Store:
        """Return a store of the kind."""
        return self.kind()


def rules() -> dict[int, str]:
    """Return the names of all rules by their number."""
    names = [name for name in dir(DurableFullStoreContract) if name.startswith("test_rule_")]
    assert len({name.split("_")[2] for name in names}) == len(names)
    return {int(name.split("_")[2]): name for name in names}


def holds(number: int, kind: type[MemoryStore]) -> bool:
    """Say whether a store keeps a rule."""
    suite = OnMemory()
    suite.kind = kind
    suite.setup_method()
    try:
        getattr(suite, rules()[number])()
    except (AssertionError, ItsmError):
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
    """A rule keeps its number; a new one gets the next of its port."""
    expected = [*range(1, 94), *range(101, 128), *range(201, 260), *range(301, 317)]
    assert sorted(rules()) == expected
    assert len(expected) == 195


def test_docstrings_begin_with_the_number_when_read() -> None:
    """A failure names the rule in words."""
    for number, name in rules().items():
        doc = getattr(DurableFullStoreContract, name).__doc__
        assert doc is not None
        assert doc.startswith(f"Rule {number}: ")


def test_contract_has_a_version_when_asked() -> None:
    """A certificate names it."""
    assert CONTRACT_VERSION == 3


def test_rule_39_is_skipped_when_positions_have_gaps() -> None:
    """What a store does not declare is not asked of it; nobody takes the skip for a pass."""

    class Sparse(OnMemory):
        capabilities: ClassVar[frozenset[Capability]] = frozenset({"messages_and_timers"})

    suite = Sparse()
    suite.setup_method()
    with pytest.raises(SkipTest, match="dense_positions"):
        suite.test_rule_39_positions_are_dense_when_declared()


class FactsOnly(MemoryStore):
    """Keep facts and lose the rest without a word."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Throw messages and timers away."""
        return super().append_many(
            attrs.evolve(one, messages=(), schedule=(), cancel=()) for one in batches
        )


def test_rule_84_finds_a_store_that_loses_messages_when_it_keeps_facts_only() -> None:
    """A store of facts must refuse what it cannot keep."""

    class Suite(EventStoreContract):
        def open_store(self) -> EventStore:
            return FactsOnly()

    suite = Suite()
    suite.setup_method()
    with pytest.raises(AssertionError, match="InvalidValue expected"):
        suite.test_rule_84_messages_and_timers_are_refused_when_not_kept()


def test_states_of_timers_are_what_the_schemas_say_when_compared() -> None:
    """The partial indexes of the databases name the number 0."""
    assert (WAITING, DONE, CANCELLED) == (0, 1, 2)


def test_rows_of_memory_are_rows_when_checked_by_type() -> None:
    """The protocol is kept."""
    rows: Rows = _MemoryRows()
    found: Sequence[TimerRow] = rows.due(0, 1)
    assert found == []
