"""Sleep until there is something to do, be woken, and stop when asked; in a thread or on a loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from datetime import timedelta
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, Protocol, TypeVar

from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports._at_once import at_once
from itsm_core.workers._retry import Retry

if TYPE_CHECKING:
    import asyncio

__all__ = ["AsyncLoop", "Loop", "called", "checked_batch", "checked_wait", "is_failure"]

_REPORT = TypeVar("_REPORT")
_RESULT = TypeVar("_RESULT")
_GIVEN = ParamSpec("_GIVEN")


def checked_batch(value: object) -> int:
    """Return how many to take at once.

    Raises:
        InvalidValue: it is not a whole number from 1 to 10,000.
    """
    if type(value) is not int or not 1 <= value <= 10_000:
        raise InvalidValue("batch is not usable", value, "use a whole number from 1 to 10000")
    return value


def checked_wait(what: str, value: object) -> timedelta:
    """Return how long to sleep at most.

    Raises:
        InvalidValue: it is no positive duration of up to a day.
    """
    if not isinstance(value, timedelta) or not timedelta(0) < value <= timedelta(days=1):
        raise InvalidValue(f"{what} is not usable", value, "use a timedelta of up to one day")
    return value


# --- what callers hand in ------------------------------------------------------------------------


def called(what: str, call: Callable[_GIVEN, _RESULT], remedy: str) -> Callable[_GIVEN, _RESULT]:
    """Return a call that refuses to return what has to be awaited.

    Raises:
        InvalidValue: it is a coroutine function, or an object that is called like one.
    """
    if iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__):
        raise InvalidValue(what, call, remedy)

    def checked(*args: _GIVEN.args, **kwargs: _GIVEN.kwargs) -> _RESULT:
        made = call(*args, **kwargs)
        if isawaitable(made):
            if iscoroutine(made):
                made.close()  # or it warns that nobody awaited it
            raise InvalidValue(what, call, remedy)
        return made

    return checked


def is_failure(error: BaseException) -> bool:
    """Tell whether an error is about what was tried, and not about whoever tried it.

    So is a cancellation of something that was waited for, as long as nobody cancels the task
    itself. The end of the process is not.
    """
    if isinstance(error, Exception):
        return True
    import asyncio  # deferred: whoever only calls needs none of it

    if not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:  # called, not awaited: there is no task that could be cancelled
        return True
    return task is None or not task.cancelling()


# --- bells ---------------------------------------------------------------------------------------


class _Bell(Protocol):
    """End a sleep, from wherever it is rung."""

    def ring(self) -> None:
        """End the sleep, or the next one."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until rung, at most so long."""
        ...


class _BlockingBell:
    """Let a thread sleep."""

    def __init__(self) -> None:
        # Unlike an Event, it may be rung from a signal handler: its `put` is reentrant.
        self._rung: Final[SimpleQueue[None]] = SimpleQueue()

    def ring(self) -> None:
        self._rung.put(None)

    async def sleep(self, seconds: float) -> None:
        try:
            self._rung.get(timeout=seconds)
        except Empty:
            return


class _AwaitedBell:
    """Let a task sleep; it may be rung from another thread and from a signal handler."""

    def __init__(self) -> None:
        self._is_rung = False
        self._sleeper: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def ring(self) -> None:
        self._is_rung = True
        sleeper = self._sleeper  # read once: the sleep may end in its own thread meanwhile
        if sleeper is not None:
            loop, event = sleeper
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:
                if not loop.is_closed():  # on a closed one nobody sleeps
                    raise

    async def sleep(self, seconds: float) -> None:
        import asyncio  # deferred: whoever only calls needs none of it

        event = asyncio.Event()
        self._sleeper = (asyncio.get_running_loop(), event)
        try:
            if not self._is_rung:  # asked after the place is taken: no ring falls in between
                # Not wait_for: in Python 3.11 it forgets a cancellation that follows a ring.
                async with asyncio.timeout(seconds):
                    await event.wait()
        except TimeoutError:
            return
        finally:
            self._sleeper, self._is_rung = None, False


# --- loops ---------------------------------------------------------------------------------------


class _Stoppable:
    """Be stopped and woken."""

    def __init__(self, retry: Retry, bell: _Bell) -> None:
        self._retry = retry
        self._is_stopped = False
        self._bell: Final = bell

    def stop(self) -> None:
        """End `run` after what it is at; from another thread or from a signal handler.

        It is for good: who wants to go on makes another one.
        """
        self._is_stopped = True
        self._bell.ring()

    def wake(self) -> None:
        """End the sleep of `run`: this process has given it something to do."""
        self._bell.ring()

    async def _reports(
        self, once: Callable[[], Awaitable[tuple[_REPORT, timedelta, bool]]]
    ) -> AsyncGenerator[_REPORT]:
        """Run `once`, sleep as long as it says, and run it again until stopped.

        It returns what was done, how long there will be nothing to do, and whether it is no news.
        """
        failures = 0
        while not self._is_stopped:
            try:
                report, rest, is_empty = await once()
            except StoreUnavailable:
                failures += 1
                if failures >= self._retry.attempts:
                    raise
                await self._sleep(self._retry.delay(failures))
                continue
            failures = 0
            if not is_empty:
                yield report
            await self._sleep(rest)

    async def _sleep(self, duration: timedelta) -> None:
        if not self._is_stopped and duration > timedelta(0):
            await self._bell.sleep(duration.total_seconds())


class Loop(_Stoppable, ABC, Generic[_REPORT]):
    """Run once, sleep, and run again until stopped."""

    def __init__(self, retry: Retry) -> None:
        super().__init__(retry, _BlockingBell())

    @abstractmethod
    def run_once(self) -> _REPORT:
        """Do what can be done now."""

    @abstractmethod
    def _rest(self, report: _REPORT) -> timedelta:
        """Return how long there will be nothing to do after this report."""

    @abstractmethod
    def _is_empty(self, report: _REPORT) -> bool:
        """Tell whether nothing happened."""

    def run(self) -> Iterator[_REPORT]:
        """Work until `stop` is called; yield what was done, each time that something was.

        Nothing runs before the first report is asked for: iterate over it.

            for report in worker.run():
                log.info("%s", report)

        A store that cannot answer is asked again after the waits of `retry`.

        Raises:
            StoreUnavailable: the store could not answer `retry.attempts` times in a row.
        """
        reports = self._reports(self._once)
        try:
            while True:
                try:
                    report = at_once(reports.__anext__())
                except StopAsyncIteration:
                    return
                yield report
        finally:
            at_once(reports.aclose())

    async def _once(self) -> tuple[_REPORT, timedelta, bool]:
        report = self.run_once()
        return report, self._rest(report), self._is_empty(report)


class AsyncLoop(_Stoppable, ABC, Generic[_REPORT]):
    """Run once, sleep, and run again until stopped, without holding an event loop up."""

    def __init__(self, retry: Retry) -> None:
        super().__init__(retry, _AwaitedBell())

    @abstractmethod
    async def run_once(self) -> _REPORT:
        """Do what can be done now."""

    @abstractmethod
    async def _rest(self, report: _REPORT) -> timedelta:
        """Return how long there will be nothing to do after this report."""

    @abstractmethod
    def _is_empty(self, report: _REPORT) -> bool:
        """Tell whether nothing happened."""

    async def run(self) -> AsyncGenerator[_REPORT]:
        """Work until `stop` is called; yield what was done, each time that something was.

            async for report in worker.run():
                log.info("%s", report)

        Cancel the task that iterates, or call `stop`: what was lent to a cancelled worker is free
        after its lease. A store that cannot answer is asked again after the waits of `retry`.

        Raises:
            StoreUnavailable: the store could not answer `retry.attempts` times in a row.
        """
        reports = self._reports(self._once)
        try:
            async for report in reports:
                yield report
        finally:
            await reports.aclose()

    async def _once(self) -> tuple[_REPORT, timedelta, bool]:
        report = await self.run_once()
        return report, await self._rest(report), self._is_empty(report)
