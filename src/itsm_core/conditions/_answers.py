"""What a test answers on one value: the meaning of every operator, in one place."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from itsm_core.conditions._reading import Seen
from itsm_core.conditions._values import MICROSECOND, Constant, Operator
from itsm_core.spans import micros


def plain_constant(value: Constant) -> str | int | Decimal | bool:
    """Return a constant in the plain form in which values are read."""
    match value:
        case datetime():
            return micros(value)
        case timedelta():
            return value // MICROSECOND
        case _:
            return value


def answer(
    operator: Operator, seen: Seen, constants: tuple[str | int | Decimal | bool, ...]
) -> bool:
    """Return what an operator says about a value; on a missing one only `is_missing` is true."""
    if operator is Operator.IS_MISSING or operator is Operator.IS_PRESENT:
        return (seen is None) is (operator is Operator.IS_MISSING)
    if seen is None:
        return False
    match operator:
        case Operator.IS | Operator.IN:
            return seen in constants
        case Operator.IS_NOT | Operator.NOT_IN:
            return seen not in constants
        case Operator.CONTAINS:
            # Checked at definition: the field is a text or a set of texts, the constant a text.
            return cast("str", constants[0]) in cast("str", seen)
        case _:
            return _ordered(operator, cast("int", seen), cast("int", constants[0]))


def _ordered(operator: Operator, seen: int | Decimal, bound: int | Decimal) -> bool:
    match operator:
        case Operator.BELOW:
            return seen < bound
        case Operator.AT_MOST:
            return seen <= bound
        case Operator.ABOVE:
            return seen > bound
        case _:
            return seen >= bound
