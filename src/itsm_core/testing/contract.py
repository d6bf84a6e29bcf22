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
    """Be all four: what one transaction spans.

    What one call writes is there as a whole, in all of them:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch
    >>> from itsm_core.testing.event_samples import sample
    >>> store: Store = MemoryStore()
    >>> opened = Batch(
    ...     stream="INC-1",
    ...     events=sample("INC-1", 1, 2),
    ...     expected_version=ANY,
    ...     messages=(message(),),
    ...     schedule=(timer(),),
    ... )
    >>> results = store.append_many([opened])
    >>> store.version("INC-1"), len(store.unsent()), len(store.waiting())
    (2, 1, 1)
    """


def refusal(kind: type[_ERROR], call: Callable[[], object]) -> _ERROR:
    """Return the error of exactly this kind that the call must raise.

    Raises:
        AssertionError: it raises another one, or none.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.errors import Conflict
    >>> from itsm_core.testing.event_samples import sample
    >>> store, events = MemoryStore(), sample("INC-1")
    >>> refusal(Conflict, lambda: store.append("INC-1", events, expected_version=3)).actual
    0
    >>> refusal(Conflict, lambda: store.version("INC-1"))
    Traceback (most recent call last):
    AssertionError: Conflict expected, but the call returned 0
    """
    try:
        result = call()
    except kind as error:
        if type(error) is kind:
            return error
        raise AssertionError(f"{type(error).__name__} raised, not {kind.__name__}") from error
    raise AssertionError(f"{kind.__name__} expected, but the call returned {result!r}")


def message(name: str = "1", *, source: str = "/desk", data: str = "null") -> OutboxMessage:
    """Return a message.

    Messages are one if both `source` and name are:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch
    >>> told = (message("7"), message("7", source="/portal"), message("7"))
    >>> with MemoryStore() as store:
    ...     batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=told)
    ...     results = store.append_many([batch])
    ...     [f"{one.message.source} {one.message.message_id}" for one in store.unsent()]
    ['/desk 7', '/portal 7']
    """
    return OutboxMessage(
        message_id=name, source=source, type="ticket.opened", occurred_at=AT, data=data
    )


def timer(key: str = "t", minutes: int = 0, *, stream: str = "a", data: str = "") -> Timer:
    """Return a timer that is due some minutes after `AT`.

    >>> print(timer("call back").due_at)
    2026-01-05 09:00:00+00:00
    >>> print(timer("call back", 90).due_at)
    2026-01-05 10:30:00+00:00
    """
    return Timer(key=key, stream=stream, due_at=AT + timedelta(minutes=minutes), data=data)


class Contract(ABC):
    """Open a store for every test and close it. A suite of one port adds the rules.

    It needs no test framework beyond something that runs methods called `test_*` between
    `setup_method` and `teardown_method` and takes `unittest.SkipTest` for a skip.

    A suite of your own, for what your store promises beyond the ports:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestMyPromises(Contract):
    ...     def open_store(self):
    ...         return MemoryStore()
    ...
    ...     def test_rule_1_no_stream_has_a_version_before_its_first_event(self):
    ...         assert self.facts.version("INC-1") == 0
    ...
    ...     def test_rule_2_message_is_kept_with_its_events(self):
    ...         self.need("messages_and_timers")
    >>> print(certify(TestMyPromises).explain())
    TestMyPromises: certified, contract version 3: 1 kept, 1 skipped, 0 broken
    skipped test_rule_2_message_is_kept_with_its_events: the store does not declare
    'messages_and_timers'
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
