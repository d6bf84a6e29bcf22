"""The one interval that the report needs."""

from __future__ import annotations

from math import sqrt
from typing import Final

from itsm_core.errors import InvalidValue

__all__ = ["wilson"]

_Z_95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""


def wilson(successes: int, trials: int, *, z: float = _Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a rate, both ends in `[0, 1]` (law M2).

    It stays inside the unit interval and is honest for few trials, where the textbook's
    "plus or minus two standard errors" claims certainty from two cases. No trials tell nothing:
    (0, 1).

    Raises:
        InvalidValue: negative counts, or more successes than trials.

    References:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        JASA 22 (1927) 209-212.
    """
    if trials < 0 or not 0 <= successes <= trials:
        raise InvalidValue(
            "successes must lie between 0 and the number of trials",
            (successes, trials),
            "count the successes among the trials",
        )
    if trials == 0:
        return (0.0, 1.0)
    rate = successes / trials
    scale = 1 + z * z / trials
    centre = (rate + z * z / (2 * trials)) / scale
    half = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return (low, high)
