"""Compare a store with a model, call for call: hypothesis invents the calls (laws R1, R2).

The contract suites try one rule a test; the machine tries what nobody thought of: any calls in any
order, refused ones among them, and after each the whole store is compared with `StoreModel`. A
difference is shrunk to the shortest story that shows it. Point it at your own store::

    class MyMachine(StoreMachine):
        def open_store(self) -> Store:
            return MyStore()


    TestMyMachine = MyMachine.TestCase

It needs hypothesis: install `itsm_core[testing]`. One thread calls; what threads see of each other
is for the contract suites and `itsm_core.testing.linearizability`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from itsm_core.errors import AlreadyExists, Conflict, KeyReused, LeaseLost, NotFound
from itsm_core.ports import (
    ANY,
    NO_STREAM,
    AppendResult,
    Batch,
    Definition,
    ExpectedVersion,
    OutboxMessage,
    StoredEvent,
    Timer,
    TimerClaim,
)
from itsm_core.testing.contract import AT, Store
from itsm_core.testing.event_samples import sample
from itsm_core.testing.store_model import StoreModel

__all__ = ["BatchPlan", "StoreMachine"]

_RESULT = TypeVar("_RESULT")

_MINUTE: Final = timedelta(minutes=1)
_ALL: Final = 100_000

# Few names, that calls meet; some that databases take for one another.
STREAMS: Final = ("a", "A", "a ", "b/ä")
KEYS: Final = ("k", "K", "a k")
TIMERS: Final = ("t1", "t2", "T1", "t1 ")
POLICIES: Final = ("desk", "Desk")
_OFFSETS: Final = ("right", "any", "old", "new", "no stream")


def _timer(key: str, stream: str, late: int, data: str) -> Timer:
    return Timer(key=key, stream=stream, due_at=AT + late * _MINUTE, data=data)


def _message(name: str, data: str) -> OutboxMessage:
    return OutboxMessage(message_id=name, source="/machine", type="test", occurred_at=AT, data=data)


def _definition(name: str, version: str, document: str) -> Definition:
    return Definition(kind="policy", name=name, version=version, document=document)


streams: Final[st.SearchStrategy[str]] = st.sampled_from(STREAMS)
minutes_later: Final[st.SearchStrategy[int]] = st.integers(0, 8)
timers: Final[st.SearchStrategy[Timer]] = st.builds(
    _timer, st.sampled_from(TIMERS), streams, minutes_later, st.sampled_from(("", "ü"))
)
unlike_timers: Final[st.SearchStrategy[tuple[Timer, ...]]] = st.lists(
    timers, max_size=2, unique_by=lambda one: one.key
).map(tuple)
timer_keys: Final[st.SearchStrategy[tuple[str, ...]]] = st.lists(
    st.sampled_from((*TIMERS, "none")), max_size=2
).map(tuple)
messages: Final[st.SearchStrategy[OutboxMessage]] = st.builds(
    _message,
    st.sampled_from(("m1", "m2", "M1", "m3", "m4")),
    st.sampled_from(("1", "1", "1", "[2]")),
)
definitions: Final[st.SearchStrategy[Definition]] = st.builds(
    _definition,
    st.sampled_from(POLICIES),
    st.sampled_from(("9", "10", "1")),
    st.sampled_from(("{}", "{}", "[1]")),
)


@attrs.frozen(kw_only=True)
class BatchPlan:
    """Hold a batch before the versions are known: `expects` says how right the version is.

    Whoever expects an old version is refused, by the store and by the model:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> class MyMachine(StoreMachine):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> plan = BatchPlan(
    ...     stream="a",
    ...     events=2,
    ...     expects="right",
    ...     key=None,
    ...     intent=None,
    ...     messages=(),
    ...     schedule=(),
    ...     cancel=(),
    ... )
    >>> machine = MyMachine()
    >>> machine.begin()
    >>> machine.append([plan])
    >>> machine.append([attrs.evolve(plan, expects="old")])
    >>> machine.store.version("a"), len(machine.model.events("a"))
    (2, 2)
    >>> machine.teardown()
    """

    stream: str
    events: int
    expects: str
    key: str | None
    intent: str | None
    messages: tuple[OutboxMessage, ...]
    schedule: tuple[Timer, ...]
    cancel: tuple[str, ...]


def _plans(key: st.SearchStrategy[str | None]) -> st.SearchStrategy[BatchPlan]:
    return st.builds(
        BatchPlan,
        stream=streams,
        events=st.integers(0, 3),
        expects=st.sampled_from(("right", "right", *_OFFSETS)),
        key=key,
        intent=st.sampled_from((None, None, "close", "open")),
        messages=st.lists(messages, max_size=2).map(tuple),
        schedule=unlike_timers,
        cancel=timer_keys,
    )


keys: Final[st.SearchStrategy[str]] = st.sampled_from(KEYS)
plans: Final[st.SearchStrategy[BatchPlan]] = _plans(st.none() | keys)
effects: Final[st.SearchStrategy[BatchPlan]] = _plans(keys)


class StoreMachine(RuleBasedStateMachine):
    """Call a store that is all four ports, and the model, and compare what both say.

    `durable` adds a rule that closes the store and calls `open_store` again, which then has to open
    the same place. Nobody else may write there: every event is expected to be shown at once.

    >>> from hypothesis import Phase, settings
    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> class ShowsOthers(MemoryStore):
    ...     def waiting(self, *, stream=None, limit=1000):
    ...         return super().waiting(limit=limit)
    >>> class MyMachine(StoreMachine):
    ...     def open_store(self):
    ...         return ShowsOthers()
    >>> quick = settings(max_examples=5, derandomize=True, database=None, phases=[Phase.generate])
    >>> try:
    ...     run_state_machine_as_test(MyMachine, settings=quick)
    ... except AssertionError:
    ...     print("the store and the model differ")
    the store and the model differ
    """

    durable: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.model: StoreModel = StoreModel()
        self.now: datetime = AT
        self.made: int = 0
        self.claims: list[tuple[TimerClaim, int]] = []
        self.last_batches: tuple[Batch, ...] = ()
        self.cursor: int = 0
        self.seen: list[StoredEvent] = []
        self.store: Store

    @abstractmethod
    def open_store(self) -> Store:
        """Return a store that holds nothing yet; called again, one on the same place."""

    @initialize()
    def begin(self) -> None:
        """Open the store."""
        self.store = self.open_store()

    def teardown(self) -> None:
        """Close the store."""
        if hasattr(self, "store"):
            self.store.close()

    # --- facts -------------------------------------------------------------------------------

    @rule(planned=st.lists(plans, min_size=1, max_size=2))
    def append(self, planned: list[BatchPlan]) -> None:
        """Append one or two batches as one."""
        self.last_batches = tuple(self._batch(one) for one in planned)
        self._append(self.last_batches)

    @precondition(lambda self: bool(self.last_batches))
    @rule()
    def append_again(self) -> None:
        """Send the same batches again, as after an error."""
        self._append(self.last_batches)

    @rule(stream=streams, key=keys, intent=st.sampled_from((None, "close", "open")))
    def recall(self, stream: str, key: str, intent: str | None) -> None:
        """Ask what a key wrote."""
        self._same(
            lambda: self.store.recall(stream, key, intent=intent),
            lambda: self.model.recall(stream, key, intent),
            lambda found: None if found is None else self._ranked(found),
        )

    @rule(stream=streams, after=st.integers(0, 5))
    def read(self, stream: str, after: int) -> None:
        """Read a stream from a version on."""
        found = [_shown(one) for one in self.store.read(stream, after=after)]
        assert found == self.model.events(stream)[after:]
        assert self.store.version(stream) == len(self.model.events(stream))

    @rule(limit=st.integers(1, 4))
    def follow(self, limit: int) -> None:
        """Go on from the cursor, as a projection does: nothing may be missed for good."""
        page = self.store.read_all(after=self.cursor, limit=limit)
        assert len(page) <= limit
        self.seen += page
        self.cursor = page[-1].position if page else self.cursor
        shown = [_shown(one) for one in self.seen]
        assert shown == self.model.events()[: len(shown)]
        assert page or len(shown) == len(self.model.events())

    # --- outbox ------------------------------------------------------------------------------

    @rule(chosen=st.lists(st.integers(0, 5), max_size=3), limit=st.integers(1, 3))
    def mark_sent(self, chosen: list[int], limit: int) -> None:
        """Mark some of the unsent messages, and a number that stands for none."""
        records = self.store.unsent(limit=limit)
        assert [one.message for one in records] == self.model.unsent()[:limit]
        picked = {records[n % len(records)] for n in chosen if records}
        marked = self.store.mark_sent([*(one.number for one in picked), (1 << 62) + 1])
        assert marked == self.model.mark_sent(one.message for one in picked)

    # --- timers ------------------------------------------------------------------------------

    @rule(made=unlike_timers)
    def schedule(self, made: tuple[Timer, ...]) -> None:
        """Let timers wait."""
        assert self.store.schedule(made) == self.model.schedule(made)

    @rule(chosen=timer_keys)
    def cancel(self, chosen: tuple[str, ...]) -> None:
        """Let timers wait no more."""
        assert self.store.cancel(chosen) == self.model.cancel(chosen)

    @rule(later=minutes_later, lease=st.integers(1, 4), limit=st.integers(1, 3))
    def claim(self, later: int, lease: int, limit: int) -> None:
        """Lend what is due for `lease` minutes; the time goes on."""
        self.now += later * _MINUTE
        until = self.now + lease * _MINUTE
        lent = self.store.claim_due(as_of=self.now, lease=until - self.now, limit=limit)
        expected = self.model.claim_due(_micros(self.now), _micros(until), limit)
        told = [(one.timer, one.attempt, one.leased_until) for one in lent]
        assert told == [(one.timer, one.attempt, until) for _, one in expected]
        self.claims += [(one, loan) for one, (loan, _) in zip(lent, expected, strict=True)]

    @precondition(lambda self: bool(self.claims))
    @rule(number=st.integers(0, 5), planned=st.lists(effects, max_size=1), again=st.booleans())
    def complete(self, number: int, planned: list[BatchPlan], *, again: bool) -> None:
        """Complete a claim of now or of long ago, once or twice."""
        claim, loan = self.claims[-1 - number % len(self.claims)]
        batches = tuple(self._batch(one) for one in planned)
        for _ in range(1 + again):
            self._same(
                lambda: self.store.complete(claim, batches=batches),
                lambda: self.model.complete(claim.timer.key, loan, batches),
                lambda results: tuple(map(self._ranked, results)),
            )

    @precondition(lambda self: bool(self.claims))
    @rule(number=st.integers(0, 5), later=st.none() | minutes_later)
    def release(self, number: int, later: int | None) -> None:
        """Give a claim back, for later or at once."""
        claim, loan = self.claims[-1 - number % len(self.claims)]
        at = None if later is None else self.now + later * _MINUTE
        self._same(
            lambda: self.store.release(claim, retry_at=at),
            lambda: self.model.release(claim.timer.key, loan, None if at is None else _micros(at)),
        )

    # --- definitions -------------------------------------------------------------------------

    @rule(made=st.lists(definitions, max_size=2))
    def publish(self, made: list[Definition]) -> None:
        """Publish versions, some of them again, some with another document."""
        self._same(lambda: self.store.publish(made), lambda: self.model.publish(made))

    @rule(asked=definitions)
    def look_up(self, asked: Definition) -> None:
        """Ask for a version."""
        kind, name, version = asked.kind, asked.name, asked.version
        try:
            found = self.store.definition(kind, name, version).document
        except NotFound:
            found = None
        assert found == self.model.definition(kind, name, version)

    # --- the whole ---------------------------------------------------------------------------

    @precondition(lambda self: self.durable)
    @rule()
    def reopen(self) -> None:
        """Close the store and open it again: it holds what it held."""
        self.store.close()
        self.store = self.open_store()

    @invariant()
    def everything_is_alike(self) -> None:
        """Compare all that a store shows of itself."""
        if not hasattr(self, "store"):
            return
        everything = self.store.read_all(limit=_ALL)
        assert [_shown(one) for one in everything] == self.model.events()
        positions = [one.position for one in everything]
        assert positions == sorted(set(positions))
        waiting = self.model.waiting()
        assert self.store.waiting() == tuple(one.timer for one in waiting)
        for stream in STREAMS:
            own = tuple(one.timer for one in waiting if one.timer.stream == stream)
            assert self.store.waiting(stream=stream) == own
        first = min((one.available_us for one in waiting), default=None)
        next_due_at = self.store.next_due_at()
        assert (None if next_due_at is None else _micros(next_due_at)) == first
        unsent = self.store.unsent(limit=_ALL)
        assert [one.message for one in unsent] == self.model.unsent()
        numbers = [one.number for one in unsent]
        assert numbers == sorted(set(numbers))
        for name in POLICIES:
            versions = self.store.definition_versions("policy", name)
            assert versions == self.model.versions("policy", name)

    # --- helpers -----------------------------------------------------------------------------

    def _batch(self, plan: BatchPlan) -> Batch:
        version = len(self.model.events(plan.stream))
        expected: ExpectedVersion
        match plan.expects:
            case "any":
                expected = ANY
            case "no stream":
                expected = NO_STREAM
            case "old":
                expected = max(0, version - 1)
            case "new":
                expected = version + 1
            case _:
                expected = version
        first = self.made
        self.made += plan.events
        return Batch(
            stream=plan.stream,
            # Without a number `sample` makes one event.
            events=sample(plan.stream, *range(first, self.made)) if plan.events else (),
            expected_version=expected,
            key=plan.key,
            intent=plan.intent if plan.key is not None else None,
            messages=plan.messages,
            schedule=plan.schedule,
            cancel=plan.cancel,
        )

    def _append(self, batches: Sequence[Batch]) -> None:
        self._same(
            lambda: self.store.append_many(batches),
            lambda: self.model.append_many(batches),
            lambda results: tuple(map(self._ranked, results)),
        )

    def _ranked(self, result: AppendResult) -> AppendResult:
        """Return a result with the number of events up to its position in the place of it."""
        everything = self.store.read_all(limit=_ALL)
        rank = sum(one.position <= result.position for one in everything)
        return attrs.evolve(result, position=rank)

    def _same(
        self,
        call: Callable[[], _RESULT],
        modelled: Callable[[], _RESULT],
        shown: Callable[[_RESULT], object] = lambda result: result,
    ) -> None:
        """Check that both return the same, or refuse for the same reason."""
        found, refused = _outcome(call)
        expected, refusal = _outcome(modelled)
        assert refused == refusal, f"the store says {refused or found}, not {refusal or expected}"
        assert [shown(one) for one in found] == expected


def _outcome(call: Callable[[], _RESULT]) -> tuple[list[_RESULT], tuple[object, ...]]:
    """Return the result, or the refusal in what a caller goes by."""
    try:
        return [call()], ()
    except Conflict as error:
        return [], (Conflict, error.stream, error.actual)
    except KeyReused as error:
        return [], (KeyReused, error.stream, error.key)
    except AlreadyExists as error:
        return [], (AlreadyExists, error.kind, error.key)
    except LeaseLost as error:
        return [], (LeaseLost, error.timer)


def _shown(one: StoredEvent) -> tuple[str, int, str]:
    return one.stream, one.version, str(one.event.event_id)


def _micros(at: datetime) -> int:
    return Timer(key="t", stream="t", due_at=at).due_us
