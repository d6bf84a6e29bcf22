"""The rules of integrity find what they are for: broken stores break them (laws R5 and R8)."""

from __future__ import annotations

from collections.abc import Iterable
from unittest import SkipTest

import attrs
import pytest

from itsm_core.adapters.chain import LogCheck, LogHead
from itsm_core.adapters.erasure import Erased, Erasure
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import OutboxRecord, StoredEvent, Timer
from itsm_core.testing.integrity_contract import ChainedStore, IntegrityContract


class _InMemory(SqliteStore):
    """Be a store that breaks no rule, to be broken."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.asked = 0


class CountsOnly(_InMemory):
    """Tell how many events there are, not which."""

    def head(self) -> LogHead:
        """Leave the link out."""
        return attrs.evolve(super().head(), link=bytes(32))


class ChangesItsHead(_InMemory):
    """Make another head of the same log each time."""

    def head(self) -> LogHead:
        """Count the calls, not the erasures."""
        self.asked += 1
        return attrs.evolve(super().head(), erasures=self.asked)


class TrustsItself(_InMemory):
    """Check the chain against itself alone."""

    def check_log(self, heads: Iterable[LogHead] = ()) -> LogCheck:
        """Forget the heads, but count them."""
        return attrs.evolve(super().check_log(), heads=len(tuple(heads)))


class TrustsTheCount(_InMemory):
    """Compare how many events there were, not which."""

    def check_log(self, heads: Iterable[LogHead] = ()) -> LogCheck:
        """Look for missing events only."""
        found = super().check_log(heads)
        kept = tuple(fault for fault in found.faults if fault.code != "rewritten")
        return attrs.evolve(found, faults=kept)


class ErasesNothing(_InMemory):
    """Say that it is done."""

    def erase(self, erasure: Erasure) -> Erased:
        """Do nothing."""
        del erasure
        return Erased(number=1, parts=4)


class ErasesTheIdOnly(_InMemory):
    """Leave the names and the texts."""

    def erase(self, erasure: Erasure) -> Erased:
        """Forget by which other words the person is known."""
        return super().erase(attrs.evolve(erasure, names=(), texts_of=()))


class ErasesEveryText(_InMemory):
    """Take the texts of all tickets."""

    def erase(self, erasure: Erasure) -> Erased:
        """Name all tickets."""
        every = {one.stream for one in self.read_all()}
        return super().erase(attrs.evolve(erasure, texts_of=every))


class HidesTheRest(_InMemory):
    """Tell nothing of what cannot be taken."""

    def erase(self, erasure: Erasure) -> Erased:
        """Leave `left` out."""
        return attrs.evolve(super().erase(erasure), left=())


class RemembersMessages(_InMemory):
    """Send what was erased."""

    def __init__(self) -> None:
        super().__init__()
        self._before: tuple[OutboxRecord, ...] = ()

    def erase(self, erasure: Erasure) -> Erased:
        """Keep a copy of the outbox."""
        self._before = super().unsent()
        return super().erase(erasure)

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return the copy."""
        return self._before or super().unsent(limit=limit)


class RemembersTimers(_InMemory):
    """Wait for what was erased."""

    def __init__(self) -> None:
        super().__init__()
        self._before: tuple[Timer, ...] = ()

    def erase(self, erasure: Erasure) -> Erased:
        """Keep a copy of the timers."""
        self._before = super().waiting()
        return super().erase(erasure)

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return the copy."""
        return self._before or super().waiting(stream=stream, limit=limit)


class LosesEvents(_InMemory):
    """Drop the tickets of the erased person altogether."""

    def __init__(self) -> None:
        super().__init__()
        self._gone = False

    def erase(self, erasure: Erasure) -> Erased:
        """Remember to show nothing."""
        self._gone = True
        return super().erase(erasure)

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return all but the first event."""
        return super().read(stream, after=max(after, 1) if self._gone else after)


def _edited(store: SqliteStore, statement: str) -> None:
    connection = store._connection
    assert connection is not None
    connection.execute(statement)


class EditsInPlace(_InMemory):
    """Write over the events themselves, as one does who has not thought of the chain."""

    def erase(self, erasure: Erasure) -> Erased:
        """Put the placeholder into the column, and leave the proof."""
        changed = f"replace(personal, '{erasure.person}', '(erased person 1)')"
        _edited(self, f"UPDATE events SET personal = {changed}")
        return Erased(number=1, parts=4)


class ForgetsKeys(_InMemory):
    """Take the keys with the person."""

    def erase(self, erasure: Erasure) -> Erased:
        """Empty their table."""
        done = super().erase(erasure)
        _edited(self, "DELETE FROM idempotency_keys")
        return done


class ForgetsMessages(_InMemory):
    """Take the messages with the person: the same one is new again."""

    def erase(self, erasure: Erasure) -> Erased:
        """Empty the outbox."""
        done = super().erase(erasure)
        _edited(self, "DELETE FROM outbox")
        return done


class UsesOnePlaceholder(_InMemory):
    """Let everybody who was erased be the same."""

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Show the second as the first."""
        _edited(self, "UPDATE events SET personal = replace(personal, 'person 2', 'person 1')")
        return super().read(stream, after=after)


class RecordsEveryCall(_InMemory):
    """Write a record, whether there was anything to take or not."""

    def erase(self, erasure: Erasure) -> Erased:
        """Invent a number."""
        self.asked += 1
        return attrs.evolve(super().erase(erasure), number=self.asked)


BROKEN = (
    CountsOnly,
    ChangesItsHead,
    TrustsItself,
    TrustsTheCount,
    ErasesNothing,
    ErasesTheIdOnly,
    ErasesEveryText,
    HidesTheRest,
    RemembersMessages,
    RemembersTimers,
    LosesEvents,
    EditsInPlace,
    ForgetsKeys,
    ForgetsMessages,
    UsesOnePlaceholder,
    RecordsEveryCall,
)


def broken_rules(kind: type[_InMemory]) -> set[str]:
    """Return the names of the rules that a store breaks."""

    class Tried(IntegrityContract):
        def open_store(self) -> ChainedStore:
            return kind()

    found: set[str] = set()
    rules = sorted(name for name in dir(Tried) if name.startswith("test_"))
    for name in rules:
        suite = Tried()
        suite.setup_method()
        try:
            getattr(suite, name)()
        except SkipTest:
            continue
        except Exception:  # noqa: BLE001 - whatever a broken store does, the rule has noticed
            found.add(name)
        finally:
            suite.teardown_method()
    return found


def test_no_rule_is_broken_when_the_store_is_sound() -> None:
    """Otherwise the rest would prove nothing."""
    assert broken_rules(_InMemory) == set()


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_broken_store_is_found_when_tried(kind: type[_InMemory]) -> None:
    """Each breaks a rule at least."""
    assert broken_rules(kind)


def test_every_rule_is_broken_by_some_store_when_all_are_tried() -> None:
    """A rule that no store can break proves nothing."""
    found = set[str]().union(*map(broken_rules, BROKEN))
    rules = {name for name in dir(IntegrityContract) if name.startswith("test_")}
    assert rules == found
