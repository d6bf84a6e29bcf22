"""The side of the crash harness that kills: a process of its own that forks and kills workers.

It is a fresh interpreter with one thread, so that a fork is safe, and it never opens a store
itself. It reads a pickled `Campaign` from its standard input and writes what the killed processes
had acknowledged to its standard output, as JSON.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final, Literal, NoReturn, Protocol, cast

import attrs

from itsm_core.errors import ItsmError
from itsm_core.events import TicketAssigned
from itsm_core.ids import EventId, GroupId, TicketId
from itsm_core.ports import (
    ANY,
    Batch,
    EventStore,
    OutboxMessage,
    Timer,
    TimerStore,
)
from itsm_core.workers import Retry, TimerHandler, TimerWorker

__all__ = ["EVENTS", "SHARED", "Campaign", "Told", "batches_of", "effect_of", "work"]

EVENTS: Final = 3
"""The events of a batch: with one, nothing could be there in part."""

SHARED: Final = "shared"
"""The stream to which all writers append at the same time."""

_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PATIENCE_SECONDS: Final = 60.0
_EARLY_RATIO: Final = 0.25  # of the kills: while the store is being opened, or recovers


@attrs.frozen(kw_only=True)
class Campaign:
    """Hold what is to be killed, how often, and by which chance.

    `longest_ms` is how long a process lives at most after its first acknowledgement. `handler`
    makes what workers do with timers, from a store and a name; without it they write one event.
    """

    kind: Literal["writers", "workers", "workers, effect apart"]
    open_store: Callable[[], object]
    kills: int
    processes: int
    seed: int
    longest_ms: float
    facts_only: bool = False
    lease_ms: int = 40
    handler: Callable[[EventStore, str], TimerHandler] | None = None


@attrs.frozen(kw_only=True)
class Told:
    """Hold what the killed processes said: how many steps each had finished, by its name."""

    kills: int
    finished: dict[str, int]


# --- what is done between two kills --------------------------------------------------------------


def batches_of(name: str, number: int, *, facts_only: bool) -> tuple[Batch, ...]:
    """Return what a writer appends in one step: to two streams of its own, and to one of all.

    With each batch goes a message and a timer, and the timer of the step before is cancelled.
    """
    return tuple(
        _batch(stream, f"{name} {number}", number, facts_only=facts_only)
        for stream in (f"{name} a", f"{name} b", SHARED)
    )


def _batch(stream: str, step: str, number: int, *, facts_only: bool) -> Batch:
    events = tuple(_event(stream, f"{stream}|{step}|{n}", number) for n in range(EVENTS))
    if facts_only:
        return Batch(stream=stream, events=events, expected_version=ANY, key=step)
    owner, _, _ = step.rpartition(" ")
    return Batch(
        stream=stream,
        events=events,
        expected_version=ANY,
        key=step,
        messages=(_message(f"{stream}|{step}"),),
        schedule=(Timer(key=f"{stream}|{step}", stream=stream, due_at=_AT),),
        cancel=(f"{stream}|{owner} {number - 1}",),
    )


def _event(stream: str, event_id: str, number: int) -> TicketAssigned:
    return TicketAssigned(
        ticket_id=TicketId(stream),
        occurred_at=_AT + timedelta(minutes=number),
        event_id=EventId(event_id),
        group=GroupId("first line"),
    )


def _message(message_id: str) -> OutboxMessage:
    return OutboxMessage(
        message_id=message_id, source="/crash", type="test.step", occurred_at=_AT, subject="step"
    )


def effect_of(timer: Timer, worker: str, number: int) -> Batch:
    """Return the effect of a timer, under a key of this worker: only the lease keeps it single."""
    key = f"{worker} {number}"
    return Batch(
        stream=timer.key,
        events=(_event(timer.key, f"{timer.key}|{key}", number),),
        expected_version=ANY,
        key=key,
        messages=(_message(f"{timer.key}|{key}"),),
    )


class _MachineClock:
    """Tell the time; the adapters' clock would be another import in each killed process."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def _write_for_ever(campaign: Campaign, name: str) -> Iterator[None]:
    with closing(cast("EventStore", campaign.open_store())) as store:
        for number in count():
            store.append_many(batches_of(name, number, facts_only=campaign.facts_only))
            yield


def _work_for_ever(campaign: Campaign, name: str) -> Iterator[None]:
    """Do timers until there are none left."""
    with closing(cast("_Timed", campaign.open_store())) as store:
        worker = _worker(campaign, name, store)
        yield  # it is ready: nothing is acknowledged, the store is asked afterwards
        patience = time.monotonic() + _PATIENCE_SECONDS
        while store.next_due_at() is not None:
            if worker.run_once().claimed:
                patience = time.monotonic() + _PATIENCE_SECONDS
                yield
            elif time.monotonic() > patience:
                raise ItsmError(f"nothing was done for {_PATIENCE_SECONDS:.0f} s, and timers wait")
            else:
                time.sleep(0.001)  # they are lent, to somebody who may be dead


class _Timed(EventStore, TimerStore, Protocol):
    """Keep facts and timers."""


def _worker(campaign: Campaign, name: str, store: _Timed) -> TimerWorker:
    steps = count()

    def handle(timer: Timer, _as_of: datetime) -> Iterable[Batch]:
        effect = effect_of(timer, name, next(steps))
        if campaign.kind == "workers":
            return (effect,)
        store.append_many([effect])
        return ()

    return TimerWorker(
        store=store,
        handle=handle if campaign.handler is None else campaign.handler(store, name),
        clock=_MachineClock(),
        lease=timedelta(milliseconds=campaign.lease_ms),
        batch=7,
        retry=Retry(attempts=1000),
    )


def work(campaign: Campaign, name: str) -> Iterator[None]:
    """Do the work of one process; every step that was yielded is finished for good."""
    if campaign.kind == "writers":
        return _write_for_ever(campaign, name)
    return _work_for_ever(campaign, name)


# --- killing -----------------------------------------------------------------------------------


def _begin(campaign: Campaign, name: str) -> tuple[int, int]:
    """Fork a process that works and says so; return its id and where it is heard."""
    heard, said = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(heard)
        _speak(campaign, name, said)
    os.close(said)
    return process, heard


def _speak(campaign: Campaign, name: str, said: int) -> NoReturn:
    """Work, and acknowledge each step with a full stop; never return."""
    code = 1
    try:
        for _ in work(campaign, name):
            os.write(said, b".")
        code = 0
    except BaseException as error:  # noqa: BLE001 - told to the parent: there is nobody else here
        os.write(said, f"!{type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)


def _kill(campaign: Campaign, process: int, heard: int, chance: random.Random) -> tuple[int, bool]:
    """Kill a process somewhere in its work; return its finished steps, and whether it was killed.

    Raises:
        ItsmError: it ended by an error of its own, or did not begin to work.
    """
    said = b""
    if chance.random() >= _EARLY_RATIO:
        ready, _, _ = select.select([heard], [], [], _PATIENCE_SECONDS)
        if not ready:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            raise ItsmError(f"a process did nothing for {_PATIENCE_SECONDS:.0f} s")
        said = os.read(heard, 65_536)
    time.sleep(chance.uniform(0, campaign.longest_ms) / 1000)
    os.kill(process, signal.SIGKILL)
    while part := os.read(heard, 65_536):
        said += part
    os.close(heard)
    _, status = os.waitpid(process, 0)
    steps, mark, error = said.partition(b"!")
    if mark:
        raise ItsmError(f"a process ended by itself: {error.decode(errors='replace')}")
    return len(steps), os.WIFSIGNALED(status)


def _run(campaign: Campaign) -> Told:
    chance = random.Random(campaign.seed)
    finished: dict[str, int] = {}
    kills = 0
    for number in count():
        if kills >= campaign.kills:
            break
        names = [f"r{number}w{each}" for each in range(campaign.processes)]
        started = [(name, *_begin(campaign, name)) for name in names]
        ended = 0
        for name, process, heard in started:
            finished[name], was_killed = _kill(campaign, process, heard, chance)
            kills += was_killed
            ended += not was_killed
        if ended == len(started) and campaign.kind != "writers":
            break  # there is nothing left to do
    return Told(kills=kills, finished=finished)


def main() -> int:
    """Run the campaign that stands in the standard input."""
    campaign = cast("Campaign", pickle.load(sys.stdin.buffer))  # noqa: S301 - from our own parent
    try:
        told = _run(campaign)
    except ItsmError as error:
        sys.stderr.write(str(error))
        return 1
    sys.stdout.write(json.dumps(attrs.asdict(told)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
