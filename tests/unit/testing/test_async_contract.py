"""The rules of asynchronous stores find what they are for (law R5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

import attrs
import pytest

from itsm_core.adapters._async_base import AsyncFull
from itsm_core.adapters.async_threads import ThreadedStore
from itsm_core.adapters.memory import MemoryStore
from itsm_core.events import TicketEvent
from itsm_core.ports import ANY, AppendResult, AsyncStore, Batch, ExpectedVersion
from itsm_core.testing.async_contract import AsyncContract
from itsm_core.testing.store_contract import FullStoreContract

_RESULT = TypeVar("_RESULT")


class Healthy(ThreadedStore):
    """Keep every rule."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), 4)


class Blocks(AsyncFull):
    """Do the work in the loop itself, as a store with `async` written before each method does."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())

    async def _run(self, call: Callable[[], _RESULT]) -> _RESULT:
        return call()

    async def _close(self) -> None:
        self._store.close()


class ForgetsTheVersion(Healthy):
    """Check the version, give way, and write."""

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Let other tasks in between."""
        batch = Batch(stream=stream, events=events, expected_version=expected_version)
        batch.check(await self.version(stream))
        await asyncio.sleep(0.001)
        return await super().append(
            stream, batch.events, expected_version=ANY, key=key, intent=intent
        )


class LosesUnderLoad(Healthy):
    """Refuse what comes while it is busy, without a word."""

    busy = False

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Drop the second of two calls at once."""
        kept = tuple(events)
        if self.busy:
            return AppendResult(first_version=1, last_version=len(kept), position=1)
        self.busy = True
        try:
            return await super().append(
                stream, kept, expected_version=expected_version, key=key, intent=intent
            )
        finally:
            self.busy = False


class WritesOneByOne(Healthy):
    """Write the events of a batch apart."""

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Give way after each."""
        del expected_version, key, intent
        results = [
            await super(WritesOneByOne, self).append(stream, (event,), expected_version=ANY)
            for event in events
        ]
        return attrs.evolve(results[-1], first_version=results[0].first_version)


class LeaksWhenCancelled(Healthy):
    """Take one of three places for each call, and give it back only when all goes well."""

    def __init__(self) -> None:
        super().__init__()
        self.places = asyncio.Semaphore(3)

    async def _run(self, call: Callable[[], _RESULT]) -> _RESULT:
        await asyncio.wait_for(self.places.acquire(), 0.5)
        result = await super()._run(call)
        self.places.release()
        return result


BROKEN: dict[Callable[[], AsyncStore], set[int]] = {
    Blocks: {401},
    ForgetsTheVersion: {402},
    LosesUnderLoad: {403},
    WritesOneByOne: {404, 405},
    LeaksWhenCancelled: {404, 406},
}
"""Broken stores, each with rules that must find it out."""


class OnKind(AsyncContract, FullStoreContract):
    """Run single rules on a store."""

    def __init__(self, made: Callable[[], AsyncStore] = Healthy) -> None:
        self.made = made

    async def open_async(self) -> AsyncStore:
        """Return a store of the kind."""
        return self.made()


def rules() -> dict[int, str]:
    """Return the names of the asynchronous rules by number."""
    names = [name for name in dir(AsyncContract) if name.startswith("test_rule_")]
    return {int(name.split("_")[2]): name for name in names}


def holds(number: int, made: Callable[[], AsyncStore]) -> bool:
    """Say whether a store keeps a rule."""
    suite = OnKind(made)
    suite.setup_method()
    try:
        getattr(suite, rules()[number])()
    except (AssertionError, TimeoutError):
        return False
    else:
        return True
    finally:
        suite.loop.close()


@pytest.mark.parametrize(
    ("kind", "number"),
    [(kind, number) for kind, numbers in BROKEN.items() for number in sorted(numbers)],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_rule_finds_a_broken_store_when_it_should(
    kind: Callable[[], AsyncStore], number: int
) -> None:
    """A rule that no broken store breaks would prove nothing."""
    assert holds(number, Healthy)
    assert not holds(number, kind)


def test_rules_are_numbered_without_gaps_when_listed() -> None:
    """Every asynchronous rule is broken by some store above."""
    assert sorted(rules()) == list(range(401, 407))
    assert set().union(*BROKEN.values()) == set(rules())


def test_docstrings_begin_with_the_number_when_read() -> None:
    """A failure names the rule in words."""
    for number, name in rules().items():
        assert str(getattr(AsyncContract, name).__doc__).startswith(f"Rule {number}: ")


def test_suite_holds_all_rules_when_put_before_another() -> None:
    """The synchronous rules are not hidden by the asynchronous ones."""
    names = {name for name in dir(OnKind) if name.startswith("test_rule_")}
    assert names > {name for name in dir(FullStoreContract) if name.startswith("test_rule_")}
