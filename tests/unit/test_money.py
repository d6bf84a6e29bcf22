"""Money and rates: exact amounts, call-outs with their minimum charge."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, localcontext

import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.money import Money, Rates
from itsm_core.spans import micros

OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
HOUR_US = 3_600_000_000
MONDAY_10, MONDAY_17, MONDAY_02 = (
    micros(datetime(2026, 1, 5, hour, tzinfo=UTC)) for hour in (10, 17, 2)
)


def rates(**other: object) -> Rates:
    """Return 100 EUR an hour, half as much again after hours, two hours at least."""
    given = {"working": OFFICE, "after_hours_ratio": "1.5", "minimum_hours": 2} | other
    return Rates(hourly=Money(100, "EUR"), **given)  # type: ignore[arg-type]


def test_amounts_stay_exact_when_added() -> None:
    """Ten times 0.10 is 1, which binary numbers miss."""
    total = Money(0, "EUR")
    for _ in range(10):
        total += Money("0.10", "EUR")
    assert total.amount == 1
    assert str(total) == "1.00 EUR"


def test_cents_are_rounded_half_to_even_when_shown() -> None:
    """As banks do it; the amount itself stays as it is."""
    assert [str(Money(text, "CHF")) for text in ("0.125", "0.135")] == ["0.12 CHF", "0.14 CHF"]
    assert str(Money("1234567.5", "EUR")) == "1,234,567.50 EUR"


@pytest.mark.parametrize("amount", [0.1, True, "ten", "NaN", "Infinity", "1e16"])
def test_amount_is_refused_when_it_is_not_exact(amount: object) -> None:
    """A float is not what was typed; a text must be a number."""
    with pytest.raises(InvalidValue):
        Money(amount, "EUR")  # type: ignore[arg-type]


def test_amount_is_taken_up_to_the_limit_when_it_is_large() -> None:
    """A thousand billions either way; a cent more is a slip of the keyboard."""
    for sign in (1, -1):
        assert Money(sign * 10**15, "EUR").amount == sign * 10**15
        with pytest.raises(InvalidValue, match="not an amount"):
            Money(sign * (10**15 + Decimal("0.01")), "EUR")


@pytest.mark.parametrize("currency", ["", "€", "EURO", "E1R", "eur", "ЕUR", None, 978])
def test_currency_is_refused_when_it_is_no_code(currency: str) -> None:
    """Three letters, as in ISO 4217."""
    with pytest.raises(InvalidValue, match="not a currency"):
        Money(1, currency)


def test_two_currencies_are_refused_when_added() -> None:
    """Nobody converts silently; something that is no money is no summand at all."""
    with pytest.raises(InvalidValue, match="convert USD to EUR"):
        _ = Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(TypeError):
        _ = Money(1, "EUR") + 1  # type: ignore[operator]


def test_work_costs_its_hours_when_the_desk_is_open() -> None:
    """Ninety minutes on Monday morning."""
    assert rates().cost(MONDAY_10, HOUR_US * 3 // 2) == Money(150, "EUR")


def test_call_out_costs_its_minimum_when_it_is_short() -> None:
    """Twenty minutes at two in the morning are two hours at one and a half."""
    found = rates()
    assert found.is_call_out(MONDAY_02)
    assert found.cost(MONDAY_02, HOUR_US // 3) == Money(300, "EUR")


def test_call_out_costs_its_hours_when_it_is_longer_than_the_minimum() -> None:
    """Four hours at one and a half."""
    assert rates().cost(MONDAY_02, 4 * HOUR_US) == Money(600, "EUR")


def test_only_the_rest_is_dearer_when_work_runs_past_closing() -> None:
    """An hour before six, half an hour after: no call-out, hence no minimum."""
    found = rates()
    assert not found.is_call_out(MONDAY_17)
    assert found.cost(MONDAY_17, HOUR_US * 3 // 2) == Money(175, "EUR")


def test_nothing_is_dearer_when_only_the_hours_are_told() -> None:
    """An hour at night costs an hour, and a minute no more than a minute."""
    plain = Rates(hourly=Money(60, "EUR"), working=OFFICE)
    assert plain.cost(MONDAY_02, HOUR_US) == Money(60, "EUR")
    assert plain.cost(MONDAY_02, HOUR_US // 60) == Money(1, "EUR")


def test_sixty_digits_are_kept_when_a_third_has_no_end() -> None:
    """Twenty minutes are a third of an hour: nothing that is ever shown hangs on the last digit."""
    third = Rates(hourly=Money(1, "EUR")).cost(MONDAY_10, HOUR_US // 3)
    assert third == Money(Decimal(f"0.{'3' * 60}"), "EUR")


def test_every_hour_is_alike_when_there_are_no_working_hours() -> None:
    """Nobody is called out either."""
    found = Rates(hourly=Money(60, "EUR"), after_hours_ratio=Decimal(3), minimum_hours=4)
    assert not found.is_call_out(MONDAY_02)
    assert found.cost(MONDAY_02, HOUR_US // 2) == Money(30, "EUR")


@pytest.mark.parametrize("name", ["after_hours_ratio", "minimum_hours"])
def test_rates_are_refused_when_below_zero(name: str) -> None:
    """Work that pays back is a fault of the file."""
    with pytest.raises(InvalidValue, match="below zero"):
        rates(**{name: "-1"})


def test_amounts_are_the_same_whatever_precision_the_caller_has_set() -> None:
    """Decimal's context belongs to a thread; prices do not (law T4)."""
    with localcontext(prec=3):
        total = Money("1234.56", "EUR") * 3 + Money("0.01", "EUR")
        cost = rates().cost(MONDAY_17, HOUR_US * 5 // 3)
        assert (str(total), str(cost)) == ("3,703.69 EUR", "200.00 EUR")


@pytest.mark.parametrize("price", ["0", "0.50"])
def test_hour_is_taken_when_it_costs_little(price: str) -> None:
    """Colleagues may work for nothing."""
    assert Rates(hourly=Money(price, "EUR"), after_hours_ratio="0.5").hourly == Money(price, "EUR")


def test_hour_is_refused_when_it_costs_less_than_nothing() -> None:
    """Candidates are ordered by price: the dearest would come last."""
    with pytest.raises(InvalidValue, match="less than nothing"):
        Rates(hourly=Money(-1, "EUR"))


def test_no_work_is_free_when_it_would_have_been_a_call_out() -> None:
    """The least that a call-out is charged is for one that took place."""
    assert rates().cost(MONDAY_02, 0) == Money(0, "EUR")
    assert rates().cost(MONDAY_02, 1) == Money(300, "EUR")


def test_amount_is_refused_when_its_exponent_overflows_the_callers_context() -> None:
    """Which has room for 999,999."""
    with pytest.raises(InvalidValue, match="not an amount: '1e999999999'"):
        Money("1e999999999", "EUR")
