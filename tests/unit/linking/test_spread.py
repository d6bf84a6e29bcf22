"""Spread and cost: how visible a failure was, and what it takes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.linking import Money, Rates, Shift
from itsm_core.linking._spread import cost_of, spread_of
from itsm_core.spans import micros
from tests.unit.linking.desk import AS_OF, MONDAY, failure, occurrence

UTC_ZONE = ZoneInfo("UTC")


def shift(name: str, hours: str) -> Shift:
    """Return a shift on every day."""
    hours = f"Mo-Su {hours}"
    return Shift(name=name, calendar=BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(hours)))


def test_blindness_is_one_when_everybody_saw_it_once() -> None:
    """Four people, four occurrences: no two were seen by one person."""
    found = spread_of(failure(4), UTC_ZONE)
    assert (found.days, found.people, found.most_by_one) == (4, 4, 1)
    assert found.blindness_ratio == 1
    assert found.words == "4 people saw it, nobody more than once"


def test_blindness_counts_pairs_when_people_saw_it_again() -> None:
    """Twelve among four: 1 - 4 * 3 * 2 / (12 * 11)."""
    found = spread_of(failure(), UTC_ZONE)
    assert found.blindness_ratio == pytest.approx(1 - 24 / 132)
    assert found.words == "4 people saw it, nobody more than 3 times"


def test_blindness_is_zero_when_one_person_saw_it_all() -> None:
    """Whoever does not open a problem then knows of it."""
    same = [occurrence(str(n), MONDAY + timedelta(days=n), person="ann") for n in range(3)]
    assert spread_of(same, UTC_ZONE).blindness_ratio == 0


def test_nobody_is_said_when_nobody_is_recorded() -> None:
    """Unknown people are nobody's pattern."""
    found = spread_of([occurrence(str(n), MONDAY) for n in range(3)], UTC_ZONE)
    assert (found.people, found.blindness_ratio) == (0, 1)
    assert found.words == "nobody is recorded as having seen it"


def test_days_are_those_of_the_zone_when_counted() -> None:
    """Eleven in the evening and one in the morning are one day further west."""
    two = [
        occurrence("A", MONDAY - timedelta(hours=1)),
        occurrence("B", MONDAY + timedelta(hours=1)),
    ]
    assert spread_of(two, UTC_ZONE).days == 2
    assert spread_of(two, ZoneInfo("America/New_York")).days == 1


def test_shifts_are_counted_when_they_are_given() -> None:
    """All in the night; what lies in no shift is said to."""
    shifts = (shift("night", "22:00-06:00"), shift("day", "06:00-18:00"))
    assert spread_of(failure(3), UTC_ZONE, shifts).shifts == (("night", 3),)
    late = [occurrence("A", MONDAY + timedelta(hours=19))]
    assert spread_of(late, UTC_ZONE, shifts).shifts == (("no shift", 1),)


def test_shift_is_refused_when_nameless() -> None:
    """The page would show a blank."""
    with pytest.raises(InvalidValue, match="without a name"):
        shift("", "06:00-14:00")


def test_cost_is_that_of_call_outs_when_it_happens_at_night() -> None:
    """Twelve call-outs of one hour, two charged at one and a half of 100: 3,600."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
    rates = Rates(
        hourly=Money(100, "EUR"), working=office, after_hours_ratio="1.5", minimum_hours=2
    )
    found = cost_of(failure(), micros(AS_OF), rates)
    assert found.so_far == Money(3600, "EUR")
    assert (found.call_outs, found.hours) == (12, Decimal(12))


def test_month_is_the_rate_times_the_price_when_it_goes_on() -> None:
    """Eleven in the 80.9 days since the first: 4.14 a month, 300 each."""
    rates = Rates(hourly=Money(300, "EUR"))
    found = cost_of(failure(), micros(AS_OF), rates)
    days = (micros(AS_OF) - failure()[0].at_us) / 86_400_000_000
    monthly = 11 / (days / 30.4375) * 300
    assert found.monthly is not None
    assert found.yearly is not None
    assert found.monthly_interval is not None
    assert float(found.monthly.amount) == pytest.approx(monthly, rel=1e-5)
    assert float(found.yearly.amount) == pytest.approx(12 * monthly, rel=1e-5)
    low, high = (float(each.amount) for each in found.monthly_interval)
    # Garwood's bounds for 11 are 5.491 and 19.682.
    assert low == pytest.approx(monthly * 5.491 / 11, rel=1e-3)
    assert high == pytest.approx(monthly * 19.682 / 11, rel=1e-3)


def test_hours_are_told_when_there_are_no_rates() -> None:
    """Work without a price is still work."""
    found = cost_of(failure(), micros(AS_OF), None)
    assert (found.so_far, found.monthly, found.yearly, found.monthly_interval) == (None,) * 4
    assert float(found.hours_a_month) == pytest.approx(found.a_month)


def test_cost_is_nothing_when_nothing_occurred() -> None:
    """No division by nothing."""
    assert cost_of([], micros(AS_OF), None).hours == 0


def test_one_person_is_told_as_one_when_nobody_else_saw_it() -> None:
    """Not "1 people, nobody more than 3 times"."""
    seen = [occurrence(str(n), MONDAY + timedelta(days=n), person="ann") for n in range(3)]
    assert spread_of(seen, UTC_ZONE).words == "1 person saw it, 3 times"
    assert spread_of(seen[:1], UTC_ZONE).words == "1 person saw it, once"


def test_nobody_was_called_out_when_no_work_is_recorded() -> None:
    """A monitor's ticket at night, resolved in the morning without a start of work: no invoice."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
    rates = Rates(hourly=Money(100, "EUR"), working=office, minimum_hours=2)
    idle = [occurrence("A", MONDAY, hours=0), occurrence("B", MONDAY + timedelta(days=1))]
    found = cost_of(idle, micros(AS_OF), rates)
    assert found.so_far == Money(200, "EUR")
    assert found.call_outs == 1
