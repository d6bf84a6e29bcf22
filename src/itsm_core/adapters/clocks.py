"""Clocks and sources of ids: the machine's, and those that a test turns by hand."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from threading import Lock

from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.spans import utc

__all__ = ["CountingIds", "ManualClock", "RandomIds", "SystemClock"]


class SystemClock:
    """Tell the time of the machine, in UTC.

    >>> from itsm_core.adapters.clocks import SystemClock
    >>> SystemClock().now().tzinfo  # aware, whatever the machine's zone
    datetime.timezone.utc
    """

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def __repr__(self) -> str:
        return "SystemClock()"


class ManualClock:
    """Stand still until told to go on: time for tests, demos and replays.

    `advance` goes forward only; `set` puts it back too, as the clocks of machines are.

    >>> clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    >>> clock.advance(timedelta(minutes=5))
    >>> clock.now().isoformat()
    '2026-01-05T09:05:00+00:00'

    Raises:
        NaiveDatetime: the instant has no time zone (law T1).
    """

    def __init__(self, at: datetime) -> None:
        self._at = utc(at)
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the instant at which the clock stands, in UTC."""
        return self._at

    def set(self, at: datetime) -> None:
        """Put the clock to `at`, forward or back."""
        self._at = utc(at)

    def advance(self, by: timedelta) -> None:
        """Put the clock forward by elapsed time.

        Raises:
            InvalidValue: `by` is negative; the clock stands where it stood.
            InstantOutOfRange: the clock would leave the year 9999 (law T5).
        """
        if by < timedelta(0):
            remedy = "pass a positive duration, or put it back with set(instant)"
            raise InvalidValue("a clock cannot advance by negative time", by, remedy)
        with self._lock:
            try:
                self._at += by
            except OverflowError as error:
                what = "the clock cannot advance beyond the year 9999"
                raise InstantOutOfRange(what, by, "pass a shorter duration") from error

    def __repr__(self) -> str:
        return f"ManualClock(datetime.datetime.fromisoformat('{self._at.isoformat()}'))"


class RandomIds:
    """Make up ids from 122 random bits each: unique on any number of machines.

    >>> from itsm_core.adapters.clocks import RandomIds
    >>> ids = RandomIds()
    >>> len(ids.new_id()), ids.new_id() == ids.new_id()
    (32, False)
    """

    def new_id(self) -> str:
        """Return 32 hexadecimal digits."""
        return uuid.uuid4().hex

    def __repr__(self) -> str:
        return "RandomIds()"


class CountingIds:
    """Count: `prefix1`, `prefix2`, ...; unique within one object, the same in every run.

    Raises:
        InvalidValue: `start` is not a whole number.

    >>> from itsm_core.adapters.clocks import CountingIds
    >>> ids = CountingIds("INC-", start=41)
    >>> ids.new_id(), ids.new_id()
    ('INC-41', 'INC-42')
    """

    def __init__(self, prefix: str = "", start: int = 1) -> None:
        if type(start) is not int:
            raise InvalidValue("ids are counted in whole numbers", start, "use an int")
        self._prefix = prefix
        self._numbers = itertools.count(start)

    def new_id(self) -> str:
        """Return the next id."""
        return f"{self._prefix}{next(self._numbers)}"

    def __repr__(self) -> str:
        return f"CountingIds({self._prefix!r})"
