"""A certificate says what was kept, what was skipped and what was broken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.ports import AppendResult, Batch
from itsm_core.testing.certify import Certificate, certify
from itsm_core.testing.contract import CONTRACT_VERSION, Capability, Contract, Store
from itsm_core.testing.store_contract import FullStoreContract


class FoldsCase(MemoryStore):
    """Take upper and lower case for the same."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write to the folded name."""
        return super().append_many(
            attrs.evolve(one, stream=one.stream.casefold()) for one in batches
        )


class OnMemory(FullStoreContract):
    """A store that keeps all, and declares less."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset({"messages_and_timers"})

    def open_store(self) -> Store:
        """Return an empty store."""
        return MemoryStore()


class OnFolding(FullStoreContract):
    """A store that keeps nearly all."""

    def open_store(self) -> Store:
        """Return an empty store."""
        return FoldsCase()


class OnNothing(FullStoreContract):
    """A store that cannot be opened."""

    def open_store(self) -> Store:
        """Fail."""
        raise OSError("no such place")


class NoRules(Contract):
    """A suite without a rule."""

    def open_store(self) -> object:
        """Return an empty store."""
        return MemoryStore()


@pytest.fixture(scope="module")
def healthy() -> Certificate:
    """Return the certificate of a store that is right."""
    return certify(OnMemory)


def test_store_is_certified_when_it_keeps_every_rule(healthy: Certificate) -> None:
    """All rules are run, and named."""
    every = {name for name in dir(FullStoreContract) if name.startswith("test_rule_")}
    assert healthy.is_certified
    assert set(healthy.passed) | set(healthy.skipped) == every
    assert healthy.contract_version == CONTRACT_VERSION


def test_rule_is_skipped_when_the_store_does_not_declare_it(healthy: Certificate) -> None:
    """A skip is no pass, and the certificate says so."""
    assert dict(healthy.skipped) == {
        "test_rule_39_positions_are_dense_when_declared": (
            "the store does not declare 'dense_positions'"
        )
    }
    assert "1 skipped, 0 broken\nskipped test_rule_39" in healthy.explain()


def test_store_is_not_certified_when_it_breaks_a_rule() -> None:
    """The rule is told in words, with the place where it failed."""
    found = certify(OnFolding)
    assert not found.is_certified
    words = found.broken["test_rule_48_streams_are_apart_when_letters_differ_in_case"]
    assert words.startswith("Rule 48: names are compared exactly")
    assert "KeyReused" in words
    assert "OnFolding: NOT certified" in found.explain()


def test_every_rule_is_broken_when_the_store_does_not_open() -> None:
    """Whatever is raised is the finding."""
    found = certify(OnNothing)
    assert (found.passed, found.is_certified) == ((), False)
    assert "OSError: no such place" in next(iter(found.broken.values()))


def test_nothing_is_certified_when_there_are_no_rules() -> None:
    """An empty suite proves nothing."""
    assert not certify(NoRules).is_certified
