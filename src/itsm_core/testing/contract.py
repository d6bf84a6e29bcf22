"""What the contract suites share: how a store is opened, capabilities, and small helpers.

A rule keeps its number for good; `CONTRACT_VERSION` rises with every rule that is added or made
stricter, so that "certified" can be said with a number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, Literal, Protocol, TypeVar, cast
from unittest import SkipTest

from itsm_core.ports import (
    AppendResult,
    DefinitionStore,
    EventStore,
    Outbox,
    OutboxMessage,
    StoredEvent,
    Timer,
    TimerStore,
)

__all__ = [
    "AT",
    "CONTRACT_VERSION",
    "ODD",
    "Capability",
    "Contract",
    "Store",
    "message",
    "refusal",
    "timer",
]

CONTRACT_VERSION: Final = 3
"""1: the 38 rules of event stores. 2: dense positions are a capability; outbox, timers,
definitions and 53 further rules of event stores. 3: texts and candidates."""

Capability = Literal["dense_positions", "messages_and_timers", "shared_words"]
"""`dense_positions`: positions count from 1 without gaps. `messages_and_timers`: a batch may carry
them, because the store is an `Outbox` and a `TimerStore` too. `shared_words`: candidates share a
word with what is asked about; a source that goes by meaning leaves it out."""

AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""An instant for whatever needs one."""

ODD: Final = "Ümläut, 漢字 🚒 'quote\" \\ %_* \n\t end "
"""A text with what databases get wrong; NUL is missing, no store keeps it in a name."""

_ERROR = TypeVar("_ERROR", bound=BaseException)


class Store(EventStore, Outbox, TimerStore, DefinitionStore, Protocol):
    """Be all four: what one transaction spans."""


def refusal(kind: type[_ERROR], call: Callable[[], object]) -> _ERROR:
    """Return the error of exactly this kind that the call must raise.

    Raises:
        AssertionError: it raises another one, or none.
    """
    try:
        result = call()
    except kind as error:
        if type(error) is kind:
            return error
        raise AssertionError(f"{type(error).__name__} raised, not {kind.__name__}") from error
    raise AssertionError(f"{kind.__name__} expected, but the call returned {result!r}")


def message(name: str = "1", *, source: str = "/desk", data: str = "null") -> OutboxMessage:
    """Return a message."""
    return OutboxMessage(
        message_id=name, source=source, type="ticket.opened", occurred_at=AT, data=data
    )


def timer(key: str = "t", minutes: int = 0, *, stream: str = "a", data: str = "") -> Timer:
    """Return a timer that is due some minutes after `AT`."""
    return Timer(key=key, stream=stream, due_at=AT + timedelta(minutes=minutes), data=data)


class Contract(ABC):
    """Open a store for every test and close it. A suite of one port adds the rules.

    It needs no test framework beyond something that runs methods called `test_*` between
    `setup_method` and `teardown_method` and takes `unittest.SkipTest` for a skip.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset({"dense_positions"})

    @abstractmethod
    def open_store(self) -> object:
        """Return a store that holds nothing yet."""

    def setup_method(self) -> None:
        """Open the store of one test."""
        self.opened: object = self.open_store()

    def teardown_method(self) -> None:
        """Close it."""
        self.facts.close()

    @property
    def facts(self) -> EventStore:
        """Return the open store as what every store is."""
        return cast("EventStore", self.opened)

    def reopen(self) -> None:
        """Close the store and open the same place again."""
        self.facts.close()
        self.opened = self.open_store()

    def need(self, capability: Capability) -> None:
        """Skip a rule that is about what the store does not claim to do."""
        if capability not in self.capabilities:
            raise SkipTest(f"the store does not declare {capability!r}")

    def everything(self) -> tuple[StoredEvent, ...]:
        """Return all events of the store."""
        return self.facts.read_all(limit=100_000)

    def rank(self, position: int) -> int:
        """Return how many events lie at or before a position: the position, if it is dense."""
        return sum(one.position <= position for one in self.everything())

    def figures(self, result: AppendResult) -> tuple[int, int, int, bool]:
        """Return what a result says, with the rank of its position."""
        rank = self.rank(result.position)
        return result.first_version, result.last_version, rank, result.repeated
