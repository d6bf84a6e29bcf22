"""The processes of `benchmarks.workers_scale`: what they do, and who starts and kills them.

A module of its own: the processes are forked of a server that has loaded it, and start at once.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from typing import Final, Protocol, cast

import attrs

from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.events import TicketAssigned
from itsm_core.ids import EventId, GroupId, TicketId
from itsm_core.ports import ANY, Batch, OutboxMessage, Timer
from itsm_core.workers import Retry, TimerWorker

__all__ = ["FAR", "NOTICE_SECONDS", "Crew", "Job", "append", "work"]

FAR: Final = datetime(2050, 1, 1, tzinfo=UTC)
"""When the open clocks ring that only make the table large."""

NOTICE_SECONDS: Final = 0.1
"""After how long at the latest workers notice timers that were written without them."""

_TICKETS: Final = 500  # of each process that appends
_READY: Final = "ready"
_LOADED: Final = ["benchmarks.workers_crew", "tests.servers"]


@attrs.frozen(kw_only=True)
class Job:
    """Hold what a process is told."""

    url: str
    prefix: str
    name: str
    lease_seconds: float = 60.0
    batch: int = 50
    effect_apart: bool = False
    seconds: float = 0.0  # how long to append


def _event(stream: str, name: str, at: datetime) -> TicketAssigned:
    return TicketAssigned(
        ticket_id=TicketId(stream),
        occurred_at=at,
        event_id=EventId(name),
        group=GroupId("second line"),
    )


def _batch(stream: str, key: str, at: datetime, schedule: Iterable[Timer] = ()) -> Batch:
    """Return one event with its message, under one name, and the key of whoever writes it."""
    name = f"{stream}|{key}"
    message = OutboxMessage(message_id=name, source="/scale", type="test.step", occurred_at=at)
    return Batch(
        stream=stream,
        events=(_event(stream, name, at),),
        expected_version=ANY,
        key=key,
        messages=(message,),
        schedule=tuple(schedule),
    )


def work(job: Job, said: Connection) -> None:
    """Do timers until asked to end; tell how much CPU it took."""
    steps = count()
    with closing(SqlAlchemyStore(job.url, prefix=job.prefix)) as store:

        def handle(timer: Timer, as_of: datetime) -> Iterable[Batch]:
            effect = _batch(timer.key, f"{job.name} {next(steps)}", as_of)
            if not job.effect_apart:
                return (effect,)
            store.append_many([effect])
            return ()

        worker = TimerWorker(
            store=store,
            handle=handle,
            clock=SystemClock(),
            lease=timedelta(seconds=job.lease_seconds),
            batch=job.batch,
            longest_sleep=timedelta(seconds=NOTICE_SECONDS),
            retry=Retry(attempts=1000),  # killed on purpose: that is no fault of the timer
        )
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        said.send(_READY)
        began = time.process_time()
        for _ in worker.run():
            pass
        said.send((0, time.process_time() - began))


def append(job: Job, said: Connection) -> None:
    """Append to tickets of its own, each time an event, a message and a timer, for some seconds."""
    done = 0
    with closing(SqlAlchemyStore(job.url, prefix=job.prefix)) as store:
        said.send(_READY)
        said.recv()  # when all are ready
        until, began = time.monotonic() + job.seconds, time.process_time()
        while time.monotonic() < until:
            stream = f"{job.name} {done % _TICKETS}"
            timer = Timer(key=f"{stream}|{done}", stream=stream, due_at=FAR)
            store.append_many([_batch(stream, f"{done}", datetime.now(UTC), (timer,))])
            done += 1
        said.send((done, time.process_time() - began))


class _Process(Protocol):
    """What is done with a process here, wherever it was forked."""

    def start(self) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...


@attrs.define
class Crew:
    """Start processes, kill some, and end them all."""

    body: Callable[[Job, Connection], None]
    jobs: list[Job]
    _running: dict[int, tuple[_Process, Connection]] = attrs.field(factory=dict, init=False)

    def start(self, place: int, number: int = 0) -> None:
        """Start the process of a place, under a name that no process had."""
        heard, said = multiprocessing.Pipe()
        job = attrs.evolve(self.jobs[place], name=f"w{place}n{number}")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LOADED)
        process = cast("_Process", context.Process(target=self.body, args=(job, said)))
        process.start()
        said.close()
        # Typed as the pipe of Windows, which has the same methods.
        self._running[place] = (process, heard)  # pyright: ignore[reportArgumentType]

    def ready(self) -> None:
        """Wait until all have begun."""
        for _, heard in self._running.values():
            heard.recv()
        for _, heard in self._running.values():
            heard.send(_READY)

    def replace(self, place: int, number: int) -> None:
        """Kill the process of a place with SIGKILL and start another."""
        process, heard = self._running[place]
        process.kill()
        process.join()
        heard.close()
        self.start(place, number)

    def end(self, *, ask: bool) -> tuple[int, float]:
        """Let all end; return the sums of what they said."""
        for process, _ in self._running.values():
            if ask:
                process.terminate()
        steps, seconds = 0, 0.0
        for process, heard in self._running.values():
            told: object = _READY
            while told == _READY:  # who was started after a kill says so, too
                try:
                    told = heard.recv()
                except EOFError:
                    told = (0, 0.0)  # and may have been asked to end before it had begun
            done, used = cast("tuple[int, float]", told)
            steps, seconds = steps + done, seconds + used
            process.join()
            heard.close()
        self._running.clear()
        return steps, seconds
