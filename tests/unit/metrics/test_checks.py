"""What every figure checks of what it is given."""

from __future__ import annotations

import math

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import finite, number, ratio, series, whole


@pytest.mark.parametrize("value", [-1, 1.0, True, "1", None])
def test_count_is_refused_when_it_is_no_whole_number_from_zero(value: object) -> None:
    """A bool counts nothing, a float may be a rate already."""
    with pytest.raises(InvalidValue, match=r"a count is a whole number from 0.*count the cases"):
        whole(value, "a count")


@pytest.mark.parametrize("value", [math.nan, math.inf, True, "1", None, 10**400])
def test_number_is_refused_when_it_is_not_finite(value: object) -> None:
    """NaN from a missing cell must not travel into a mean."""
    with pytest.raises(InvalidValue, match="a load is a finite number"):
        number(value, "a load")


def test_number_is_refused_when_it_is_at_an_open_bound() -> None:
    """`above` leaves the bound out, `least` takes it in."""
    assert number(0, "a load", least=0) == 0
    with pytest.raises(InvalidValue, match="above 0"):
        number(0, "a load", above=0)
    with pytest.raises(InvalidValue, match="from 2"):
        number(1, "a load", least=2)


@pytest.mark.parametrize("value", [0, 1, 95, -0.1, math.nan, True, "0.5"])
def test_level_is_refused_when_it_is_not_between_zero_and_one(value: object) -> None:
    """95 for 95 % is the usual slip, and the message says how to write it."""
    with pytest.raises(InvalidValue, match=r"write 95 % as 0\.95"):
        ratio(value, "a level")


def test_share_may_be_an_end_when_it_is_closed() -> None:
    """A share of cases can be none or all of them."""
    assert (ratio(0, "a share", closed=True), ratio(1, "a share", closed=True)) == (0, 1)


def test_numbers_are_refused_when_one_is_below_the_least() -> None:
    """The one that is wrong is named."""
    assert finite([1, 2.5], "a duration", least=0) == (1.0, 2.5)
    with pytest.raises(InvalidValue, match=r"-3"):
        finite([1, -3], "a duration", least=0)


def test_series_is_refused_when_it_is_too_short() -> None:
    """A chart of one point has no spread."""
    with pytest.raises(InvalidValue, match="too few for this chart"):
        series([1.0], "values", fewest=2)


def test_count_is_refused_when_no_float_can_hold_it() -> None:
    """Ten to the four hundredth is a slip of the hand, not a number of cases (law T5)."""
    assert whole(2**53, "a count") == 2**53
    with pytest.raises(InvalidValue, match="15 digits"):
        whole(10**400, "a count")


def test_value_is_named_as_one_when_a_series_has_none() -> None:
    """What is wrong is one value, whatever the series is called."""
    with pytest.raises(InvalidValue, match="a value is a finite number"):
        series([1, math.nan], "values", fewest=2)


@pytest.mark.parametrize("value", [1e101, -1e308, 10**150])
def test_number_is_refused_when_sums_of_squares_would_overflow(value: float) -> None:
    """Beyond 1e100 either way, alone or among others whose sum is finite."""
    with pytest.raises(InvalidValue, match="a load is too large to reckon with"):
        number(value, "a load")
    with pytest.raises(InvalidValue, match="a load is too large to reckon with"):
        finite([float(value), -float(value)], "a load")
    assert finite([1e100, -1e100], "a load") == (1e100, -1e100)
