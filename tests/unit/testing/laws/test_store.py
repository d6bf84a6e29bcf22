"""`check_store`: a contract suite as a law, with the calls of the rule that was broken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import AppendResult, Batch, StoredEvent
from itsm_core.testing.laws import LawBroken, StoreCase, check_store, keeps_the_contract
from itsm_core.testing.laws._store import shown_value
from itsm_core.testing.store_contract import FullStoreContract

SHORT = "test_rule_01_append_counts_from_one_when_the_stream_is_new"


class Forgets(MemoryStore):
    """A wrong store: it reads one event less."""

    depth = 1

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Forget the last."""
        return super().read_all(after=after, limit=limit)[:-1]


class Breaks(MemoryStore):
    """A wrong store: it fails with an error of its own."""

    def append_many(self, batches: Iterable[Batch]) -> NoReturn:
        """Fail."""
        raise OSError(f"the disk is on fire, {len(list(batches))} are lost")


class Twice(MemoryStore):
    """A wrong store: whatever is appended is appended twice."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append again."""
        told = tuple(batches)
        super().append_many(told)
        return super().append_many(told)


def test_store_is_accepted_when_it_keeps_every_rule() -> None:
    """All four ports."""
    check_store(MemoryStore, suite="full")


@pytest.mark.parametrize("kind", [Forgets, Breaks, Twice])
def test_store_is_told_when_it_breaks_a_rule(kind: type[MemoryStore]) -> None:
    """The rule, its sentence, the calls, and code that tries the rule again."""
    with pytest.raises(LawBroken) as caught:
        check_store(kind, suite="full")
    error = caught.value
    assert error.law.startswith("R5, rule ")
    assert error.subject == f"store {kind.__name__}"
    assert "(" in error.ledger[0]
    assert f"open_store={kind.__name__}" in error.example
    assert f"import {kind.__name__}" in error.example or f"{kind.__name__}," in error.example


def test_call_is_told_with_its_error_when_it_fails() -> None:
    """What was raised is in the ledger, whoever raised it."""
    with pytest.raises(LawBroken) as caught:
        check_store(Breaks, suite="full")
    assert any("raises OSError" in line for line in caught.value.ledger)


def test_rule_is_left_out_when_named() -> None:
    """By the name of its test; another name is refused."""
    with pytest.raises(InvalidValue, match="no such rule: 'rule_1'"):
        check_store(MemoryStore, suite="full", without=["rule_1"])
    names = [name for name in dir(FullStoreContract) if name.startswith("test_")]
    check_store(Breaks, suite="full", without=names)


def test_rule_is_skipped_when_the_store_does_not_declare_it() -> None:
    """Dense positions are a capability."""
    check_store(MemoryStore, suite="full", capabilities={"messages_and_timers"})


def test_law_tries_one_rule_or_all() -> None:
    """As the example of an error does."""
    one = StoreCase(open_store=MemoryStore, suite="full", rule=SHORT)
    assert list(keeps_the_contract(one)) == []
    found = list(keeps_the_contract(StoreCase(open_store=Breaks, suite="full")))
    assert len(found) > 100


def test_suite_is_refused_when_there_is_none_of_its_name() -> None:
    """Those that there are, are named."""
    with pytest.raises(InvalidValue, match="no such suite: 'all'; use one of events"):
        check_store(MemoryStore, suite="all")  # type: ignore[arg-type]


def test_value_is_cut_when_it_is_long() -> None:
    """A line has an end."""
    assert shown_value("a" * 200).endswith("a...")
    assert shown_value("short") == "short"
