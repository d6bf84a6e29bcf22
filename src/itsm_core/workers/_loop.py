"""Sleep until there is something to do, be woken, and stop when asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.workers._retry import Retry

__all__ = ["Loop", "checked_batch", "checked_wait"]

_REPORT = TypeVar("_REPORT")


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


class Loop(ABC, Generic[_REPORT]):
    """Run once, sleep, and run again until stopped."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._is_stopped = False
        # Unlike an Event, it may be rung from a signal handler: its `put` is reentrant.
        self._bell: SimpleQueue[None] = SimpleQueue()

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
        failures = 0
        while not self._is_stopped:
            try:
                report = self.run_once()
                rest = self._rest(report)
            except StoreUnavailable:
                failures += 1
                if failures >= self._retry.attempts:
                    raise
                self._sleep(self._retry.delay(failures))
                continue
            failures = 0
            if not self._is_empty(report):
                yield report
            self._sleep(rest)

    def stop(self) -> None:
        """End `run` after what it is at; from another thread or from a signal handler."""
        self._is_stopped = True
        self._bell.put(None)

    def wake(self) -> None:
        """End the sleep of `run`: this process has given it something to do."""
        self._bell.put(None)

    def _sleep(self, duration: timedelta) -> None:
        if self._is_stopped or duration <= timedelta(0):
            return
        try:
            self._bell.get(timeout=duration.total_seconds())
        except Empty:
            return
