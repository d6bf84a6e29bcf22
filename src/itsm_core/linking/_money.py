"""What work costs: hours, call-outs with their minimum charge, and money that knows its currency.

Amounts are decimal, never binary: three times 0.1 is 0.3. Nothing is rounded before it is shown.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.spans import instant

__all__ = ["Money", "Rates"]

_HOUR: Final = timedelta(hours=1)
_MOST: Final = Decimal(10) ** 15
_CODE_LENGTH: Final = 3


def _decimal(value: Decimal | int | str) -> Decimal:
    """Return an exact decimal; a float is refused, because it is not what was typed."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidValue("not an exact amount", value, "write Decimal('95.50') or '95.50'")
    try:
        number = Decimal(value)
    except ArithmeticError as error:
        raise InvalidValue("not an amount", value, "write digits and a point: '95.50'") from error
    if not number.is_finite() or abs(number) > _MOST:
        raise InvalidValue("not an amount", value, f"use a finite one, up to {_MOST:,}")
    return number


@attrs.frozen(order=False)
class Money:
    """Hold an amount in one currency, exactly; `str` rounds to cents, half to even.

    Raises:
        InvalidValue: the amount is a float or not finite; the currency is no code of three
            letters; two currencies are added.

    >>> print(Money("95.50", "EUR") * 8 + Money(20, "EUR"))
    784.00 EUR
    """

    amount: Decimal = attrs.field(converter=_decimal)
    currency: str

    def __attrs_post_init__(self) -> None:
        code = self.currency
        if not isinstance(code, str) or len(code) != _CODE_LENGTH or not code.isalpha():
            raise InvalidValue("not a currency", code, "use the ISO 4217 code, such as 'EUR'")

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        if other.currency != self.currency:
            remedy = f"convert {other.currency} to {self.currency} first"
            raise InvalidValue("two currencies cannot be added", str(other), remedy)
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, times: Decimal | int) -> Money:
        return Money(self.amount * _decimal(times), self.currency)

    def __str__(self) -> str:
        cents = self.amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
        return f"{cents:,} {self.currency}"


@attrs.frozen(kw_only=True)
class Rates:
    """Say what an hour of work costs, and what it costs to call somebody out.

    Work outside `working` costs `after_hours_ratio` times as much, and if it begins there, at
    least `minimum_hours` of it are charged: twenty minutes at two in the morning are two hours on
    the invoice. Without `working` every hour is alike and nobody is called out.

    Raises:
        InvalidValue: a ratio or a minimum below zero, or a float.
    """

    hourly: Money
    working: Calendar | None = None
    after_hours_ratio: Decimal = attrs.field(default=Decimal(1), converter=_decimal)
    minimum_hours: Decimal = attrs.field(default=Decimal(0), converter=_decimal)

    def __attrs_post_init__(self) -> None:
        for name in ("after_hours_ratio", "minimum_hours"):
            value: Decimal = getattr(self, name)
            if value < 0:
                raise InvalidValue(f"{name} below zero", value, "use a decimal from 0 up")

    def is_call_out(self, start_us: int) -> bool:
        """Return whether work that starts then takes somebody out of bed or weekend."""
        return self.working is not None and not self.working.is_open(instant(start_us))

    def cost(self, start_us: int, worked_us: int) -> Money:
        """Return what work of `worked_us` microseconds without a break costs."""
        worked = timedelta(microseconds=worked_us)
        if self.working is None:
            return self.hourly * _hours(worked)
        start = instant(start_us)
        inside = self.working.between(start, start + worked) if worked_us else timedelta(0)
        outside = _hours(worked - inside)
        if self.is_call_out(start_us):
            outside = max(outside, self.minimum_hours)
        return self.hourly * (_hours(inside) + outside * self.after_hours_ratio)


def _hours(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / Decimal(_HOUR // timedelta.resolution)
