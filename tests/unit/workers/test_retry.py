"""Waits between tries: they double, have an end, and are checked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.workers import Retry


def test_delay_doubles_when_failures_go_on() -> None:
    """1, 2, 4, 8 seconds: a receiver that comes back is not kept waiting by the first failure."""
    retry = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
    assert [retry.delay(n) for n in (1, 2, 3, 4)] == [timedelta(seconds=n) for n in (1, 2, 4, 8)]


@pytest.mark.parametrize("failures", [7, 40, 41, 1_000_000])
def test_delay_is_the_longest_when_it_would_be_beyond(failures: int) -> None:
    """No number of failures makes the wait longer, nor a number too large to compute."""
    retry = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
    assert retry.delay(failures) == timedelta(minutes=1)


@pytest.mark.parametrize("first", [timedelta.resolution, timedelta(seconds=3), timedelta(days=7)])
def test_delay_never_falls_and_has_an_end_when_failures_rise(first: timedelta) -> None:
    """From the shortest wait to the longest, a thousand failures: no overflow, no step back."""
    retry = Retry(first=first, longest=timedelta(days=7))
    delays = [retry.delay(n) for n in range(1, 1001)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (first, timedelta(days=7))


@pytest.mark.parametrize("value", [timedelta(0), timedelta(days=8), 1.0, None])
def test_retry_is_refused_when_a_duration_is_not_usable(value: timedelta) -> None:
    """A wait of nothing would be a loop without rest."""
    with pytest.raises(InvalidValue, match="first of a Retry"):
        Retry(first=value)


@pytest.mark.parametrize("value", [0, 1001, True, 2.0])
def test_retry_is_refused_when_attempts_are_not_usable(value: int) -> None:
    """There is a bound, and it is a whole number."""
    with pytest.raises(InvalidValue, match="attempts of a Retry"):
        Retry(attempts=value)


def test_retry_is_refused_when_the_longest_is_shorter_than_the_first() -> None:
    """The waits grow."""
    with pytest.raises(InvalidValue, match="shorter than first"):
        Retry(first=timedelta(seconds=2), longest=timedelta(seconds=1))
