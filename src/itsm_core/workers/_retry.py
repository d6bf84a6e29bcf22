"""When to try again: longer and longer, up to a bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

from itsm_core.errors import InvalidValue

__all__ = ["Retry"]

_NOTHING: Final = timedelta(0)
_LONGEST: Final = timedelta(days=7)


def _check_duration(_: object, attribute: attrs.Attribute[timedelta], value: object) -> None:
    if not isinstance(value, timedelta) or not _NOTHING < value <= _LONGEST:
        remedy = "use a timedelta of more than nothing and at most 7 days"
        raise InvalidValue(f"{attribute.name} of a Retry is not usable", value, remedy)


def _check_count(_: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or not 1 <= value <= 1000:
        remedy = "use a whole number from 1 to 1000"
        raise InvalidValue(f"{attribute.name} of a Retry is not usable", value, remedy)


@attrs.frozen(kw_only=True)
class Retry:
    """Hold how long to wait after each failure, and after how many it is somebody's business.

    The wait doubles from `first` to `longest`. There is no chance in it (law T4): workers that
    fail together try together again, and the lease keeps them apart.

    Raises:
        InvalidValue: a duration is not positive or longer than 7 days, `longest` is shorter than
            `first`, or `attempts` is not 1 to 1000.

    >>> retry = Retry(first=timedelta(seconds=1), longest=timedelta(seconds=5))
    >>> [retry.delay(failures).seconds for failures in (1, 2, 3, 4, 50)]
    [1, 2, 4, 5, 5]
    """

    first: timedelta = attrs.field(default=timedelta(seconds=1), validator=_check_duration)
    longest: timedelta = attrs.field(default=timedelta(minutes=5), validator=_check_duration)
    attempts: int = attrs.field(default=10, validator=_check_count)

    def __attrs_post_init__(self) -> None:
        if self.longest < self.first:
            remedy = f"use at least first={self.first}"
            raise InvalidValue("longest of a Retry is shorter than first", self.longest, remedy)

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after this many failures in a row, from 1."""
        doublings = max(failures, 1) - 1
        # As many doublings as the ratio has bits lead beyond the longest, or beyond any timedelta.
        if doublings >= (self.longest // self.first).bit_length():
            return self.longest
        return min(self.longest, self.first * (1 << doublings))
