"""The chart of individual values and their moving ranges: XmR (law M3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum
from typing import Final

from itsm_core.metrics._chart import BEYOND_LIMITS, Chart, RunRule, charted
from itsm_core.metrics._checks import series, whole

__all__ = ["xmr_chart"]

_D2: Final = 1.128
"""The mean range of two normal values in sigmas, as it is printed in every table."""
_D3: Final = 0.853
"""The standard deviation of that range, as printed; their quotient gives the factor 3.267."""


def xmr_chart(
    values: Iterable[float],
    *,
    baseline: int | None = None,
    rules: Sequence[RunRule] = BEYOND_LIMITS,
) -> tuple[Chart, Chart]:
    """Return the chart of single values, one a week say, and that of their moving ranges.

    Sigma comes from the differences of neighbours, so a shift in the middle does not hide itself
    by widening the limits. With `baseline` the first so many values alone set centre and limits.
    Values that follow each other slowly (a backlog) signal too often: chart their differences.

    Raises:
        InvalidValue: fewer than two values or a baseline of fewer, or a value that is not finite.

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2.

    >>> values, ranges = xmr_chart([10, 12, 11, 13, 12])
    >>> round(values.centre, 2)
    11.6
    """
    told = series(values, "values", fewest=2)
    ranges = [abs(after - before) for before, after in pairwise(told)]
    number = len(told)
    if baseline is not None:
        number = min(number, whole(baseline, "a baseline", least=2))
    centre = fsum(told[:number]) / number
    mean_range = fsum(ranges[: number - 1]) / (number - 1)
    sigma = mean_range / _D2
    single = charted("X", told, centre, [sigma] * len(told), rules=rules)
    spread = [mean_range * _D3 / _D2] * len(ranges)
    return single, charted("mR", ranges, mean_range, spread, within=(0.0, None))
