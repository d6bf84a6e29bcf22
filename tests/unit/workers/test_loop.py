"""The loop of workers and relays: sleep, wake, stop, and outlive a store that is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import timedelta
from threading import Thread, Timer

import pytest

from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.workers import Retry
from itsm_core.workers._loop import (
    AsyncLoop,
    Loop,
    _AwaitedBell,
    called,
    checked_batch,
    checked_wait,
    is_failure,
)

LONG = timedelta(hours=1)


class Echo(Loop[str]):
    """Report what it is given, and rest for an hour after each."""

    def __init__(self, reports: Iterable[str | StoreUnavailable], attempts: int = 3) -> None:
        super().__init__(Retry(first=timedelta(microseconds=1), attempts=attempts))
        self.reports = list(reports)
        self.rest = timedelta(0)

    def run_once(self) -> str:
        """Return the next report; the last one stays."""
        report = self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
        if isinstance(report, StoreUnavailable):
            raise report
        return report

    def _rest(self, report: str) -> timedelta:
        del report
        return self.rest

    def _is_empty(self, report: str) -> bool:
        return not report


def away() -> StoreUnavailable:
    """Return what a store says that cannot answer."""
    return StoreUnavailable("desk.db", "is locked", "try again")


def ended_early(loop: Echo, end: Callable[[], None]) -> bool:
    """Let a loop rest for an hour, end that from outside, and tell whether it was over at once."""
    loop.rest = LONG
    Timer(0.02, end).start()
    began = time.monotonic()
    thread = Thread(target=lambda: list(loop.run()))
    thread.start()
    thread.join(20)
    return not thread.is_alive() and time.monotonic() - began < 20


def test_run_yields_what_was_done_when_something_was() -> None:
    """An empty report is no news."""
    loop, seen = Echo(["", "a", "", "b", "end"]), list[str]()
    for report in loop.run():
        seen.append(report)
        if report == "end":
            loop.stop()
    assert seen == ["a", "b", "end"]


def test_run_ends_when_stopped_in_its_sleep() -> None:
    """Nobody waits for the next timer to stop a worker."""
    loop = Echo([""])
    assert ended_early(loop, loop.stop)


def test_run_does_nothing_when_stopped_before() -> None:
    """A stop is not forgotten."""
    loop = Echo(["a"])
    loop.stop()
    assert list(loop.run()) == []


def test_run_goes_on_at_once_when_woken() -> None:
    """Who has just scheduled something need not wait either."""
    loop = Echo(["", "woken"])

    def take() -> None:
        loop.wake()

    loop.rest = LONG
    Timer(0.02, take).start()
    began = time.monotonic()
    assert next(loop.run()) == "woken"
    assert time.monotonic() - began < 20


def test_run_goes_on_when_the_store_comes_back_in_time() -> None:
    """Two refusals of three: the worker has not noticed much."""
    assert next(Echo([away(), away(), "back"]).run()) == "back"


def test_run_raises_when_the_store_stays_away() -> None:
    """The third in a row is for a person: the process ends, whoever watches it starts another."""
    with pytest.raises(StoreUnavailable, match="is locked"):
        next(Echo([away(), away(), away(), "late"]).run())


def test_refusals_are_counted_anew_when_the_store_answered_between() -> None:
    """Once a day is not three times in a row."""
    loop = Echo([away(), away(), "", away(), away(), "back"])
    assert next(loop.run()) == "back"


class AwaitedEcho(AsyncLoop[str]):
    """Report what it is given, awaited."""

    def __init__(self, reports: Iterable[str | StoreUnavailable]) -> None:
        super().__init__(Retry(first=timedelta(microseconds=1), attempts=3))
        self.echo = Echo(reports)

    async def run_once(self) -> str:
        """Return the next report; the last one stays."""
        await asyncio.sleep(0)
        return self.echo.run_once()

    async def _rest(self, report: str) -> timedelta:
        return self.echo._rest(report)

    def _is_empty(self, report: str) -> bool:
        return not report


async def seen_until(loop: AwaitedEcho, end: str) -> list[str]:
    """Return the reports up to one."""
    seen: list[str] = []
    async for report in loop.run():
        seen.append(report)
        if report == end:
            loop.stop()
    return seen


def test_run_yields_what_was_done_when_awaited() -> None:
    """As when it is called: an empty report is no news, two refusals of three are outlived."""
    loop = AwaitedEcho(["", "a", "", away(), away(), "end"])
    assert asyncio.run(seen_until(loop, "end")) == ["a", "end"]


def test_run_raises_when_awaited_and_the_store_stays_away() -> None:
    """The third refusal in a row is for a person."""
    loop = AwaitedEcho([away(), away(), away(), "late"])
    with pytest.raises(StoreUnavailable, match="is locked"):
        asyncio.run(seen_until(loop, "late"))


@pytest.mark.parametrize("end", ["stop", "wake"])
def test_awaited_sleep_ends_when_another_thread_says_so(end: str) -> None:
    """It would last for an hour."""
    loop = AwaitedEcho(["", "woken"])
    loop.echo.rest = LONG

    async def first() -> list[str]:
        Timer(0.02, getattr(loop, end)).start()
        return [report async for report in _until_one(loop)]

    began = time.monotonic()
    assert asyncio.run(first()) == (["woken"] if end == "wake" else [])
    assert time.monotonic() - began < 20


async def _until_one(loop: AwaitedEcho) -> AsyncGenerator[str]:
    """Yield the first report, and stop."""
    async for report in loop.run():
        yield report
        loop.stop()


def test_awaited_sleep_is_none_when_it_was_woken_before() -> None:
    """A ring is not lost because nobody slept yet; it counts once."""
    loop = AwaitedEcho(["", "", "woken"])
    loop.wake()
    began = time.monotonic()
    asyncio.run(loop._sleep(LONG))
    asyncio.run(loop._sleep(timedelta(milliseconds=1)))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("value", [0, 10_001, True, 1.5, "1"])
def test_batch_is_refused_when_it_is_no_usable_number(value: object) -> None:
    """What is taken at once has a bound."""
    with pytest.raises(InvalidValue, match="batch"):
        checked_batch(value)


@pytest.mark.parametrize("value", [timedelta(0), timedelta(days=2), 5])
def test_wait_is_refused_when_it_is_no_usable_duration(value: object) -> None:
    """A sleep has an end."""
    with pytest.raises(InvalidValue, match="longest_sleep"):
        checked_wait("longest_sleep", value)


def test_awaited_sleep_is_cancelled_when_it_was_rung_just_before() -> None:
    """Neither is forgotten: who cancels a worker that was woken ends it."""

    async def is_cancelled() -> bool:
        bell = _AwaitedBell()
        task = asyncio.create_task(bell.sleep(60))
        await asyncio.sleep(0)
        bell.ring()
        await asyncio.sleep(0)  # the ring has ended the sleep, the task does not know yet
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(is_cancelled())


class _EndsMeanwhile(_AwaitedBell):
    """Let the sleep end as soon as somebody has looked who sleeps."""

    def __getattribute__(self, name: str) -> object:
        found: object = super().__getattribute__(name)
        if name == "_sleeper":
            self._sleeper = None
        return found


def test_ring_is_harmless_when_the_sleep_ends_meanwhile() -> None:
    """Whoever stops a worker from its own thread does not get the loop's errors."""
    loop, bell = asyncio.new_event_loop(), _EndsMeanwhile()
    bell._sleeper = (loop, asyncio.Event())
    bell.ring()
    loop.close()


def test_ring_is_harmless_when_the_loop_is_closed() -> None:
    """Nobody sleeps on it any longer."""
    loop, bell = asyncio.new_event_loop(), _AwaitedBell()
    bell._sleeper = (loop, asyncio.Event())
    loop.close()
    bell.ring()
    assert bell._is_rung


def test_ring_raises_when_an_open_loop_refuses_it() -> None:
    """Only the closed one is known to have no sleeper."""

    class Refusing(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(self, *_: object, **_named: object) -> asyncio.Handle:
            raise RuntimeError("another reason")

    loop, bell = Refusing(), _AwaitedBell()
    bell._sleeper = (loop, asyncio.Event())
    with pytest.raises(RuntimeError, match="another reason"):
        bell.ring()
    loop.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(), True), (asyncio.CancelledError(), True), (KeyboardInterrupt(), False)],
)
def test_error_is_a_failure_when_it_does_not_end_the_process(
    error: BaseException, expected: bool
) -> None:
    """Where nothing is awaited, a cancellation is somebody else's."""
    assert is_failure(error) is expected


class _Awaited:
    """Be called like a coroutine function."""

    async def __call__(self) -> None:
        """Wait for nothing."""


async def _waits() -> None:
    """Wait for nothing."""


@pytest.mark.parametrize("call", [_waits, _Awaited()])
def test_call_is_refused_when_it_has_to_be_awaited(call: Callable[[], object]) -> None:
    """The caller learns which form is for it, before anything is done."""
    with pytest.raises(InvalidValue, match=r"it waits: .*; await it"):
        called("it waits", call, "await it")


def test_call_is_refused_when_what_it_returns_has_to_be_awaited() -> None:
    """That can be known by then only; what returns at once is returned as it is."""

    def later() -> object:
        return _waits()

    assert called("it waits", lambda given: given, "await it")(5) == 5
    with pytest.raises(InvalidValue, match=r"it waits: .*; await it"):
        called("it waits", later, "await it")()
    loop = asyncio.new_event_loop()
    with pytest.raises(InvalidValue, match="it waits"):
        called("it waits", loop.create_future, "await it")()
    loop.close()
