"""Who saw it: over how many days, people and shifts a failure is spread, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.linking._occurrences import Occurrence
from itsm_core.linking._rhythm import wall_time
from itsm_core.metrics import poisson_interval
from itsm_core.money import Money, Rates
from itsm_core.spans import instant

__all__ = ["EXACT", "Cost", "Shift", "Spread", "cost_of", "spread_of"]

_MONTH_US: Final = 2_629_800_000_000
"""A twelfth of a year of 365.25 days."""

_MONTHS_A_YEAR: Final = 12
EXACT: Final = Context(prec=60)
"""Whoever calls may have set another precision; what is told here does not hang on it."""


@attrs.frozen(kw_only=True)
class Shift:
    """Name a shift and the hours in which it works.

    Raises:
        InvalidValue: the name is empty.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours
    >>> from itsm_core.linking import CandidateRules, Occurrence, Shift, find_candidates
    >>> hours = WeeklyHours.parse("Mo-Su 22:00-06:00")
    >>> night = Shift(name="night", calendar=BusinessCalendar(zone="UTC", hours=hours))
    >>> at = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [at + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{on:%m%d}", at=on, service="export") for on in each_week]
    >>> rules = CandidateRules(shifts=(night,))
    >>> (found,) = find_candidates(seen, as_of=at + timedelta(weeks=12), rules=rules)
    >>> found.spread.shifts
    (('night', 12),)
    """

    name: str
    calendar: Calendar

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InvalidValue("a shift without a name", self.name, "call it 'night'")


@attrs.frozen(kw_only=True)
class Spread:
    """Hold over how many days, people and shifts the occurrences are spread.

    `blindness_ratio` is the chance that two of them, drawn at random, were seen by different
    people; `most_by_one` how often the person who saw it most saw it. Nobody is named: this is
    about how visible a failure is, not about who worked on it.

    >>> from itsm_core.linking import Spread
    >>> seen = Spread(days=12, people=4, shifts=(), blindness_ratio=0.82, most_by_one=3)
    >>> seen.words
    '4 people saw it, nobody more than 3 times'
    """

    days: int
    people: int
    shifts: tuple[tuple[str, int], ...]
    blindness_ratio: float
    most_by_one: int

    @property
    def words(self) -> str:
        """Return how visible it was, in one sentence."""
        if self.people == 0:
            return "nobody is recorded as having seen it"
        often = "once" if self.most_by_one == 1 else f"{self.most_by_one} times"
        if self.people == 1:
            return f"1 person saw it, {often}"
        return f"{self.people} people saw it, nobody more than {often}"


def spread_of(
    occurrences: Sequence[Occurrence], zone: ZoneInfo, shifts: Sequence[Shift] = ()
) -> Spread:
    """Return the spread; days are those of the wall clock in `zone`.

    An occurrence belongs to the first shift that is open at its instant, to "no shift" if none is.
    Whoever is not known counts as seen by a person of its own: nobody can have noticed the same.
    """
    days = {wall_time(each.at_us, zone).date() for each in occurrences}
    people = Counter(each.person for each in occurrences if each.person)
    number = len(occurrences)
    same = sum(count * (count - 1) for count in people.values())
    named = Counter(_shift(each.at_us, shifts) for each in occurrences if shifts)
    return Spread(
        days=len(days),
        people=len(people),
        shifts=tuple(sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))),
        blindness_ratio=1 - same / (number * (number - 1)) if number > 1 else 1.0,
        most_by_one=max(people.values(), default=0),
    )


def _shift(at_us: int, shifts: Sequence[Shift]) -> str:
    at = instant(at_us)
    return next((shift.name for shift in shifts if shift.calendar.is_open(at)), "no shift")


@attrs.frozen(kw_only=True)
class Cost:
    """Hold what a failure has taken so far, and what it will take each month if nothing is done.

    `a_month` is how often it comes, with the 95 % interval of that rate: the time before its first
    occurrence is left out, and so is that occurrence. Money is None without rates.

    >>> from decimal import Decimal
    >>> from itsm_core.linking import Cost, Money
    >>> cost = Cost(
    ...     hours=Decimal(6),
    ...     call_outs=0,
    ...     a_month=2.0,
    ...     a_month_low=0.8,
    ...     a_month_high=4.1,
    ...     each=Money("160", "EUR"),
    ...     occurrences=3,
    ... )
    >>> print(cost.hours_a_month, "hours and", cost.monthly, "a month,", cost.yearly, "a year")
    4 hours and 320.00 EUR a month, 3,840.00 EUR a year
    >>> print("between", *cost.monthly_interval)
    between 128.00 EUR 656.00 EUR
    """

    hours: Decimal
    call_outs: int
    a_month: float
    a_month_low: float
    a_month_high: float
    so_far: Money | None = None
    each: Money | None = None

    @property
    def hours_a_month(self) -> Decimal:
        """Return the hours that a month takes if it goes on."""
        worked = EXACT.multiply(self.hours, _as_decimal(self.a_month))
        return EXACT.divide(worked, Decimal(max(1, self._occurrences)))

    _occurrences: int = attrs.field(alias="occurrences", default=1, repr=False)

    @property
    def monthly(self) -> Money | None:
        """Return what a month costs if nothing is done."""
        return None if self.each is None else self.each * _as_decimal(self.a_month)

    @property
    def monthly_interval(self) -> tuple[Money, Money] | None:
        """Return the 95 % interval of a month's cost; only the rate is taken as uncertain."""
        if self.each is None:
            return None
        low, high = _as_decimal(self.a_month_low), _as_decimal(self.a_month_high)
        return self.each * low, self.each * high

    @property
    def yearly(self) -> Money | None:
        """Return what a year costs if nothing is done."""
        return None if self.monthly is None else self.monthly * _MONTHS_A_YEAR


def _as_decimal(number: float) -> Decimal:
    """Return a measured rate as a decimal, of as many digits as it can claim."""
    return Decimal(f"{number:.6g}")


def cost_of(occurrences: Sequence[Occurrence], until_us: int, rates: Rates | None) -> Cost:
    """Return the cost of occurrences, in order of time, up to `until_us`."""
    number = len(occurrences)
    worked = sum(each.worked_us for each in occurrences)
    span = max(until_us - occurrences[0].at_us, 1) / _MONTH_US if occurrences else 1.0
    low, high = poisson_interval(max(0, number - 1), exposure=span).ends
    so_far = None
    call_outs = 0
    if rates is not None and occurrences:
        so_far = rates.hourly * 0
        for each in occurrences:
            so_far += rates.cost(each.start_us, each.worked_us)
            call_outs += bool(each.worked_us) and rates.is_call_out(each.start_us)
    return Cost(
        hours=EXACT.divide(Decimal(worked), Decimal(3_600_000_000)),
        call_outs=call_outs,
        a_month=max(0, number - 1) / span,
        a_month_low=low,
        a_month_high=high,
        so_far=so_far,
        each=None if so_far is None else so_far * EXACT.divide(Decimal(1), Decimal(number)),
        occurrences=number,
    )
