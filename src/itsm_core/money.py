"""What work costs: hours, call-outs with their minimum charge, and money that knows its currency.

Amounts are decimal, never binary: three times 0.1 is 0.3. Nothing is rounded before it is shown.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.spans import instant

__all__ = ["Money", "Rates"]

_HOUR: Final = timedelta(hours=1)
_MOST: Final = Decimal(10) ** 15
_CODE_LENGTH: Final = 3
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Whoever calls may have set another precision for sums of their own; these do not hang on it."""


def _decimal(value: Decimal | int | str) -> Decimal:
    """Return an exact decimal; a float is refused, because it is not what was typed."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidValue("not an exact amount", value, "write Decimal('95.50') or '95.50'")
    try:
        number = Decimal(value)
    except ArithmeticError as error:
        raise InvalidValue("not an amount", value, "write digits and a point: '95.50'") from error
    # copy_abs, for abs() rounds in the caller's context, in which 1e999999999 overflows.
    if not number.is_finite() or number.copy_abs() > _MOST:
        raise InvalidValue("not an amount", value, f"use a finite one, up to {_MOST:,}")
    return number


@attrs.frozen(order=False)
class Money:
    """Hold an amount in one currency, exactly; `str` rounds to cents, half to even.

    Raises:
        InvalidValue: the amount is a float or not finite; the currency is no code of three
            capital letters; two currencies are added.

    >>> print(Money("95.50", "EUR") * 8 + Money(20, "EUR"))
    784.00 EUR
    """

    amount: Decimal = attrs.field(converter=_decimal)
    currency: str

    def __attrs_post_init__(self) -> None:
        code = self.currency
        is_code = isinstance(code, str) and len(code) == _CODE_LENGTH and code.isascii()
        if not (is_code and code.isalpha() and code.isupper()):
            raise InvalidValue("not a currency", code, "use the ISO 4217 code, such as 'EUR'")

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        if other.currency != self.currency:
            remedy = f"convert {other.currency} to {self.currency} first"
            raise InvalidValue("two currencies cannot be added", str(other), remedy)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __mul__(self, times: Decimal | int) -> Money:
        return Money(_EXACT.multiply(self.amount, _decimal(times)), self.currency)

    def __str__(self) -> str:
        cents = self.amount.quantize(Decimal("0.01"), context=_EXACT)
        return f"{cents:,} {self.currency}"


@attrs.frozen(kw_only=True)
class Rates:
    """Say what an hour of work costs, and what it costs to call somebody out.

    Work outside `working` costs `after_hours_ratio` times as much, and if it begins there, at
    least `minimum_hours` of it are charged: twenty minutes at two in the morning are two hours on
    the invoice. Without `working` every hour is alike and nobody is called out.

    Raises:
        InvalidValue: a price, a ratio or a minimum below zero, or a float.

    >>> from itsm_core.money import Money
    >>> Rates(hourly=Money("40", "EUR")).minimum_hours
    Decimal('0')
    """

    hourly: Money
    working: Calendar | None = None
    after_hours_ratio: Decimal = attrs.field(default=Decimal(1), converter=_decimal)
    minimum_hours: Decimal = attrs.field(default=Decimal(0), converter=_decimal)

    def __attrs_post_init__(self) -> None:
        if self.hourly.amount < 0:
            raise InvalidValue("an hour costs less than nothing", str(self.hourly), "use 0 or more")
        for name in ("after_hours_ratio", "minimum_hours"):
            value: Decimal = getattr(self, name)
            if value < 0:
                raise InvalidValue(f"{name} below zero", value, "use a decimal from 0 up")

    def is_call_out(self, start_us: int) -> bool:
        """Return whether work that starts then takes somebody out of bed or weekend."""
        return self.working is not None and not self.working.is_open(instant(start_us))

    def cost(self, start_us: int, worked_us: int) -> Money:
        """Return what work of `worked_us` microseconds without a break costs; no work is free."""
        if not worked_us:
            return self.hourly * 0
        worked = timedelta(microseconds=worked_us)
        if self.working is None:
            return self.hourly * _hours(worked)
        start = instant(start_us)
        inside = self.working.between(start, start + worked)
        outside = _hours(worked - inside)
        if self.is_call_out(start_us):
            outside = max(outside, self.minimum_hours)
        dearer = _EXACT.multiply(outside, self.after_hours_ratio)
        return self.hourly * _EXACT.add(_hours(inside), dearer)


def _hours(length: timedelta) -> Decimal:
    whole = Decimal(length // timedelta.resolution)
    return _EXACT.divide(whole, Decimal(_HOUR // timedelta.resolution))
