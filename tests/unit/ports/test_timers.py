"""Timers and claims: what is a timer, a key and a lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from itsm_core.errors import InstantOutOfRange, InvalidValue, NaiveDatetime
from itsm_core.ports import (
    LONGEST_LEASE,
    Timer,
    TimerClaim,
    checked_keys,
    checked_lease,
    checked_timers,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TIMER = Timer(key="t", stream="a", due_at=AT)


def test_timer_shows_instants_in_utc_when_asked() -> None:
    """Microseconds inside, pendulum outside."""
    claim = TimerClaim(timer=TIMER, token=1, attempt=1, leased_until_us=TIMER.due_us + 60_000_000)
    assert (TIMER.due_at, claim.leased_until) == (AT, AT + timedelta(minutes=1))
    assert TIMER.due_at.timezone_name == "UTC"


def test_timer_is_refused_when_a_part_is_unusable() -> None:
    """What no store could keep is no timer."""
    with pytest.raises(InvalidValue, match="key"):
        Timer(key="", stream="a", due_at=AT)
    with pytest.raises(InvalidValue, match="stream"):
        Timer(key="t", stream="a\0", due_at=AT)
    with pytest.raises(InvalidValue, match="data"):
        Timer(key="t", stream="a", due_at=AT, data="x" * 65_537)
    with pytest.raises(NaiveDatetime):
        Timer(key="t", stream="a", due_at=AT.replace(tzinfo=None))
    with pytest.raises(InstantOutOfRange):
        Timer(key="t", stream="a", due_at=1 << 62)


def test_timers_are_refused_when_they_are_none_or_double() -> None:
    """A series of timers, each key once."""
    assert checked_timers(iter([TIMER])) == (TIMER,)
    for wrong in (None, ["t"], [TIMER, TIMER]):
        with pytest.raises(InvalidValue, match=r"timers|Timer|twice"):
            checked_timers(cast("list[Timer]", wrong))


def test_keys_are_refused_when_they_are_one_text() -> None:
    """A text is a series of its letters, and never meant as one."""
    assert checked_keys(iter(["a", "b"])) == ("a", "b")
    for wrong in ("abc", [""], [1], 5):
        with pytest.raises(InvalidValue, match="key"):
            checked_keys(cast("list[str]", wrong))


def test_lease_ends_after_its_length_when_usable() -> None:
    """As of plus lease, in microseconds; the longest is a day."""
    now, end = checked_lease(AT, LONGEST_LEASE, 1)
    assert (now, end - now) == (TIMER.due_us, 86_400_000_000)


@pytest.mark.parametrize(
    "lease", [timedelta(0), timedelta(seconds=-1), timedelta(days=1, microseconds=1), 60, None]
)
def test_lease_is_refused_when_it_is_not_usable(lease: object) -> None:
    """A lease without an end would keep a dead worker's timers for ever."""
    with pytest.raises(InvalidValue, match="lease is not usable"):
        checked_lease(AT, cast("timedelta", lease), 1)


def test_lease_is_refused_when_it_ends_after_the_last_year() -> None:
    """Law T5."""
    with pytest.raises(InstantOutOfRange):
        checked_lease(datetime.max.replace(tzinfo=UTC), timedelta(hours=1), 1)
