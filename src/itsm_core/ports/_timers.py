"""The port of timers: durable, keyed, leased; their effect happens once (law R2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, cast

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ports._checks import checked_name, checked_number, checked_text, series
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

    from itsm_core.ports._events import AppendResult, Batch

__all__ = [
    "LONGEST_LEASE",
    "Timer",
    "TimerClaim",
    "TimerStore",
    "checked_keys",
    "checked_lease",
    "checked_timers",
]

LONGEST_LEASE: Final = timedelta(days=1)
"""The longest lease: what a dead worker holds is back after a day at the latest."""


@attrs.frozen(kw_only=True)
class Timer:
    """Hold one thing to do at an instant.

    `key` names what is to be done, for ever: once it is done, scheduling the key again does
    nothing. `stream` says whose it is, `data` is for whoever does it.

    Raises:
        InvalidValue: a name or the data cannot be stored.
        NaiveDatetime: `due_at` has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.ports import Timer
    >>> two_days = datetime(2026, 5, 14, 9, tzinfo=UTC)
    >>> str(Timer(key="nudge INC-1", stream="INC-1", due_at=two_days).due_at)
    '2026-05-14 09:00:00+00:00'
    >>> Timer(key="", stream="INC-1", due_at=two_days)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: the key of a timer cannot be stored: ''; use 1 to 500 ...
    """

    key: str
    stream: str
    due_us: int = attrs.field(alias="due_at", converter=as_micros)
    data: str = ""

    def __attrs_post_init__(self) -> None:
        checked_name("the key of a timer", self.key)
        checked_name("the stream of a timer", self.stream)
        checked_text("the data of a timer", self.data)
        instant(self.due_us)  # a whole number may lie outside the years 1 to 9999

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return when it is due, in UTC."""
        return in_pendulum(instant(self.due_us))


@attrs.frozen(kw_only=True)
class TimerClaim:
    """Hold a timer that was lent to one worker.

    `token` tells this loan from every other of the same timer. `attempt` counts the loans since
    the timer was scheduled as it is now, from 1: a timer that kills its workers shows.
    `leased_until_us` is in microseconds since 1970.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> store, nine = MemoryStore(), datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> store.schedule([Timer(key="nudge", stream="INC-1", due_at=nine)])
    1
    >>> (claim,) = store.claim_due(as_of=nine, lease=timedelta(minutes=1))
    >>> claim.timer.key, claim.attempt, f"{claim.leased_until:%H:%M}"
    ('nudge', 1, '09:01')
    """

    timer: Timer
    token: int
    attempt: int
    leased_until_us: int

    @property
    def leased_until(self) -> pendulum.DateTime:
        """Return when another worker may have it, in UTC."""
        return in_pendulum(instant(self.leased_until_us))


class TimerStore(Protocol):
    """Keep timers until they are done (law R2).

    A timer waits, is lent to one worker for the time of a lease, and is done when that worker
    completes it. `complete` marks it done and writes its effect in one transaction, and refuses a
    worker whose lease went to somebody else: the effect in the store happens once, however many
    workers are killed. `as_of` is an argument: a store reads no clock (law T4).

    A timer that is overdue waits like any other: nothing is dropped after downtime.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer, TimerStore
    >>> def finish(store: TimerStore, as_of: datetime) -> list[str]:
    ...     claims = store.claim_due(as_of=as_of, lease=timedelta(minutes=1))
    ...     for claim in claims:
    ...         store.complete(claim)
    ...     return [claim.timer.key for claim in claims]
    >>> store, nine = MemoryStore(), datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> store.schedule([Timer(key="nudge", stream="INC-1", due_at=nine)])
    1
    >>> finish(store, nine - timedelta(hours=1)), finish(store, nine), finish(store, nine)
    ([], ['nudge'], [])
    """

    def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed.

        A key that waits with other content is replaced, also while it is lent: its worker will
        get `LeaseLost`. A key that is done stays done. `Batch.schedule` does the same in the
        transaction of events.
        """
        ...

    def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did. `Batch.cancel` does it with events.

        A timer that is lent is cancelled too: its worker will get `LeaseLost`.
        """
        ...

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Lend what is due at `as_of` and not lent, at most `limit`, what waits longest first.

        A lease ends at `as_of` plus `lease`; from that instant on, the timer can be claimed.
        """
        ...

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Mark a timer done and append its effect: both or, on any error, neither.

        Every batch has a key. Completing again with the same claim returns the first results, so
        that a worker may ask after an error.

        A lease that ran out counts as long as nobody else has claimed the timer.

        Raises:
            LeaseLost: the timer was claimed again, scheduled anew, cancelled or is done.
            InvalidValue: a batch has no key.
            Conflict: an effect was decided on an old version; the timer stays lent.
        """
        ...

    def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Give a timer back undone, to be claimed from `retry_at` on, or at once if it is None.

        Raises:
            LeaseLost: the timer was claimed again, scheduled anew, cancelled or is done.
        """
        ...

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return timers that are not done, lent ones included, the first due first."""
        ...

    def next_due_at(self) -> datetime | None:
        """Return when `claim_due` will have something: a due instant or the end of a lease."""
        ...


def checked_timers(timers: Iterable[Timer]) -> tuple[Timer, ...]:
    """Return timers, read once.

    Raises:
        InvalidValue: it is no series, something else is in it, or a key comes twice.

    >>> from itsm_core.ports import Timer, checked_timers
    >>> nudge = Timer(key="nudge", stream="INC-1", due_at=0)
    >>> checked_timers([nudge, nudge])
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: a timer is scheduled twice in one call: 'nudge'; keep one
    """
    if type(timers) is tuple and not timers:  # nearly every batch
        return ()
    found = tuple(series(cast("object", timers), "no series of timers"))
    keys: set[str] = set()
    for one in found:
        if not isinstance(one, Timer):
            raise InvalidValue("not a Timer", one, "schedule timers only")
        if one.key in keys:
            raise InvalidValue("a timer is scheduled twice in one call", one.key, "keep one")
        keys.add(one.key)
    return cast("tuple[Timer, ...]", found)


def checked_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys of timers, read once.

    Raises:
        InvalidValue: it is no series, a single text, or holds what cannot be a key.

    >>> from itsm_core.ports import checked_keys
    >>> checked_keys(["nudge", "warn"])
    ('nudge', 'warn')
    >>> checked_keys("nudge")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: one text is no series of keys: 'nudge'; pass a list of keys
    """
    if isinstance(keys, str):
        raise InvalidValue("one text is no series of keys", keys, "pass a list of keys")
    found = series(keys, "no series of keys")
    return tuple(checked_name("the key of a timer", key) for key in found)


def checked_lease(as_of: datetime, lease: timedelta, limit: int) -> tuple[int, int]:
    """Return `as_of` and the end of a lease in microseconds.

    Raises:
        InvalidValue: the lease is not positive or longer than `LONGEST_LEASE`, or a limit below 1.
        NaiveDatetime: `as_of` has no time zone (law T1).
        InstantOutOfRange: the lease ends after the year 9999 (law T5).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.ports import checked_lease
    >>> start, end = checked_lease(datetime(2026, 5, 12, 9, tzinfo=UTC), timedelta(minutes=1), 100)
    >>> end - start
    60000000
    >>> checked_lease(datetime(2026, 5, 12, 9, tzinfo=UTC), timedelta(days=2), 100)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: a lease is not usable: ...; use a timedelta of up to one day
    """
    checked_number("limit", limit, least=1)
    _check_lease(lease)
    now = as_micros(as_of)
    end = now + lease // timedelta(microseconds=1)
    instant(end)
    return now, end


def _check_lease(lease: object) -> None:
    if not isinstance(lease, timedelta) or not timedelta(0) < lease <= LONGEST_LEASE:
        raise InvalidValue("a lease is not usable", lease, "use a timedelta of up to one day")
