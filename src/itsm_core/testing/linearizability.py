"""Check that what threads saw of a store could have happened one call after the other.

A history is linearizable if its calls can be put into one order that respects real time (a call
that had returned before another began comes first) and in which every result is right. The search
is Wing and Gong's, with Lowe's memory of what was tried; `order` takes any model.

`stream_history` runs threads on one stream of a store and writes down what they saw:

>>> from itsm_core.adapters.memory import MemoryStore
>>> history = stream_history(MemoryStore(), workers=3, calls=5, seed=1)
>>> len(history), is_linearizable(history)
(15, True)

References:
    J. Wing, C. Gong: Testing and Verifying Concurrent Objects, 1993. G. Lowe: Testing for
    linearizability, 2017.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

import attrs

from itsm_core.errors import Conflict, InvalidValue
from itsm_core.ids import EventId
from itsm_core.ports import ANY, EventStore
from itsm_core.testing.event_samples import sample

__all__ = [
    "Operation",
    "StreamCall",
    "StreamResult",
    "is_linearizable",
    "order",
    "stream_history",
    "stream_step",
]

_CALL = TypeVar("_CALL")
_RESULT = TypeVar("_RESULT")
_STATE = TypeVar("_STATE", bound=Hashable)

_LONGEST: Final = 10_000  # calls: what is tried grows fast, and a shorter history shows the same


@attrs.frozen(kw_only=True)
class Operation(Generic[_CALL, _RESULT]):
    """Hold one call with its result; both instants are of one clock that all threads share.

    Only their order counts, in whatever unit; `stream_history` writes nanoseconds.

    `returned_at` is None for a call that never came back: it may have happened or not, at any
    time after it began.

    >>> append = StreamCall(event="a#1")
    >>> lost = Operation(worker=1, call=append, result=None, called_at=0, returned_at=None)
    >>> def read(*events):
    ...     found = StreamResult(events=events)
    ...     return Operation(worker=2, call=StreamCall(), result=found, called_at=7, returned_at=9)
    >>> is_linearizable([lost, read("a#1")]), is_linearizable([lost, read()])
    (True, True)
    """

    worker: int
    call: _CALL
    result: _RESULT | None
    called_at: int
    returned_at: int | None


def order(
    history: Sequence[Operation[_CALL, _RESULT]],
    initial: _STATE,
    step: Callable[[_STATE, Operation[_CALL, _RESULT]], _STATE | None],
) -> tuple[Operation[_CALL, _RESULT], ...] | None:
    """Return an order in which everything is right, or None if there is none.

    `step` returns the state after an operation, or None if its result is impossible in that state.

    Raises:
        InvalidValue: the history is longer than 10,000 calls.

    A counter of which two workers were told that they had made it 1: one of them lost an update.

    >>> def counted(state, one):
    ...     return state + 1 if one.result == state + 1 else None
    >>> def told(worker, result, called_at, returned_at):
    ...     return Operation(
    ...         worker=worker,
    ...         call="add 1",
    ...         result=result,
    ...         called_at=called_at,
    ...         returned_at=returned_at,
    ...     )
    >>> sound = order([told(1, 2, 0, 9), told(2, 1, 3, 5)], 0, counted)
    >>> [one.worker for one in sound]
    [2, 1]
    >>> order([told(1, 1, 0, 9), told(2, 1, 3, 5)], 0, counted) is None
    True
    """
    if len(history) > _LONGEST:
        raise InvalidValue("the history is too long", len(history), f"use up to {_LONGEST} calls")
    calls = sorted(history, key=lambda one: one.called_at)
    needed = sum(1 << n for n, one in enumerate(calls) if one.returned_at is not None)
    seen: set[tuple[int, _STATE]] = {(0, initial)}
    stack: list[tuple[int, _STATE, tuple[int, ...]]] = [(0, initial, ())]
    while stack:
        done, state, path = stack.pop()
        if done & needed == needed:
            return tuple(calls[n] for n in path)
        for number in reversed(_next(calls, done)):
            after = step(state, calls[number])
            if after is None:
                continue
            place = (done | 1 << number, after)
            if place not in seen:
                seen.add(place)
                stack.append((*place, (*path, number)))
    return None


def _next(calls: Sequence[Operation[_CALL, _RESULT]], done: int) -> list[int]:
    """Return the calls that may come next: none that is left had returned before they began."""
    found: list[int] = []
    deadline: int | None = None
    for number, one in enumerate(calls):
        if done >> number & 1:
            continue
        if deadline is not None and one.called_at > deadline:
            break  # the calls are sorted: all further ones began later still
        found.append(number)
        if one.returned_at is not None and (deadline is None or one.returned_at < deadline):
            deadline = one.returned_at
    return [n for n in found if deadline is None or calls[n].called_at <= deadline]


# --- a stream of events ------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class StreamCall:
    """Hold an append of one event, or without an event a reading of the stream.

    >>> append = StreamCall(event="a#1", expected=0)
    >>> store_says = Operation(
    ...     worker=1, call=append, result=StreamResult(version=1), called_at=0, returned_at=5
    ... )
    >>> stream_step((), store_says)
    ('a#1',)
    """

    event: str = ""
    expected: int | None = None


@attrs.frozen(kw_only=True)
class StreamResult:
    """Hold what came back: the new version, the version of a conflict, or the events.

    A conflict is right only where another one has written:

    >>> told = Operation(
    ...     worker=1,
    ...     call=StreamCall(event="a#2", expected=0),
    ...     result=StreamResult(conflict=1),
    ...     called_at=0,
    ...     returned_at=5,
    ... )
    >>> stream_step(("a#1",), told), stream_step((), told)
    (('a#1',), None)
    """

    version: int | None = None
    conflict: int | None = None
    events: tuple[str, ...] | None = None


StreamOperation = Operation[StreamCall, StreamResult]


def stream_step(state: tuple[str, ...], one: StreamOperation) -> tuple[str, ...] | None:
    """Return the events of a stream after an operation, None if its result is impossible.

    >>> read = Operation(
    ...     worker=1,
    ...     call=StreamCall(),
    ...     result=StreamResult(events=("a#1",)),
    ...     called_at=0,
    ...     returned_at=5,
    ... )
    >>> stream_step(("a#1",), read)
    ('a#1',)
    >>> stream_step(("a#1", "a#2"), read) is None
    True
    """
    call, result, version = one.call, one.result, len(state)
    if not call.event:
        return state if result is None or result.events == state else None
    matches = call.expected is None or call.expected == version
    if result is None:
        return (*state, call.event) if matches else state
    if result.conflict is not None:
        return state if not matches and result.conflict == version else None
    return (*state, call.event) if matches and result.version == version + 1 else None


def is_linearizable(history: Sequence[StreamOperation]) -> bool:
    """Say whether a history of one stream, which was empty at first, has an order.

    What was acknowledged at 5 was not read from 7 on, so that no order is right:

    >>> written = Operation(
    ...     worker=1,
    ...     call=StreamCall(event="a#1"),
    ...     result=StreamResult(version=1),
    ...     called_at=0,
    ...     returned_at=5,
    ... )
    >>> read = Operation(
    ...     worker=2,
    ...     call=StreamCall(),
    ...     result=StreamResult(events=()),
    ...     called_at=7,
    ...     returned_at=9,
    ... )
    >>> is_linearizable([written, read])
    False
    >>> is_linearizable([written, attrs.evolve(read, called_at=3)])
    True
    """
    nothing: tuple[str, ...] = ()
    return order(history, nothing, stream_step) is not None


def stream_history(
    store: EventStore, stream: str = "a", *, workers: int = 4, calls: int = 10, seed: int = 0
) -> tuple[StreamOperation, ...]:
    """Let threads read and append to a new stream, each by its own plan; return what they saw.

    The plans follow from `seed`; how the threads meet is up to the machine.

    Raises:
        BaseException: the first error of a thread that no rule of stores allows.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> store = MemoryStore()
    >>> history = stream_history(store, workers=2, calls=4, seed=3)
    >>> sorted((one.worker, one.call.event) for one in history if one.call.event)
    [(0, 'a#0'), (0, 'a#3'), (1, 'a#5')]
    >>> written = sum(one.result.version is not None for one in history)
    >>> written == store.version("a")
    True
    """
    start = threading.Barrier(workers)
    found: list[list[StreamOperation]] = [[] for _ in range(workers)]
    errors: list[BaseException] = []

    def work(worker: int) -> None:
        chance = random.Random(seed * 1_000 + worker)
        known = 0
        try:
            start.wait()
            for number in range(calls):
                call = _planned(chance, worker * calls + number, known)
                began = time.perf_counter_ns()
                result = _carried_out(store, stream, call)
                ended = time.perf_counter_ns()
                known = _known(result, known)
                found[worker].append(
                    Operation(
                        worker=worker,
                        call=call,
                        result=result,
                        called_at=began,
                        returned_at=ended,
                    )
                )
        except BaseException as error:  # noqa: BLE001 - raised again where the caller is
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return tuple(one for part in found for one in part)


def _planned(chance: random.Random, number: int, known: int) -> StreamCall:
    kind = chance.random()
    if kind < 0.4:
        return StreamCall()
    return StreamCall(event=f"a#{number}", expected=known if kind < 0.85 else None)


def _carried_out(store: EventStore, stream: str, call: StreamCall) -> StreamResult:
    if not call.event:
        return StreamResult(events=tuple(str(one.event.event_id) for one in store.read(stream)))
    (event,) = (attrs.evolve(one, event_id=EventId(call.event)) for one in sample(stream))
    try:
        expected = ANY if call.expected is None else call.expected
        done = store.append(stream, (event,), expected_version=expected)
    except Conflict as error:
        return StreamResult(conflict=error.actual)
    return StreamResult(version=done.last_version)


def _known(result: StreamResult, before: int) -> int:
    if result.events is not None:
        return len(result.events)
    known = result.version if result.version is not None else result.conflict
    return before if known is None else known
