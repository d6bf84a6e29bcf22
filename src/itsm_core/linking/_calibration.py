"""Probabilities that mean what they say, learned from what people accepted and rejected."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.linking._values import probability_of

__all__ = ["ENOUGH_JUDGEMENTS", "UNCALIBRATED", "Calibration", "Judgement"]

ENOUGH_JUDGEMENTS: Final = 50
"""Fewer say more about who judged than about the desk."""

_TRUST: Final = 2.0
"""How firmly the scale is believed to be right before anybody judged: the weight of its squared
change. At 50 judgements a few oddities cannot turn it over."""
_ROUNDS: Final = 50
_CLOSE: Final = 1e-9


@attrs.frozen(kw_only=True)
class Judgement:
    """Hold what a person said of a suggestion: its log-odds when shown, without calibration."""

    log_odds: float
    is_accepted: bool

    def __attrs_post_init__(self) -> None:
        if not math.isfinite(self.log_odds):
            raise InvalidValue("log-odds are no number", self.log_odds, "use those of a suggestion")


@attrs.frozen(kw_only=True)
class Calibration:
    """Turn the model's log-odds into the desk's own: `offset + slope * log_odds`.

    With fewer than 50 judgements nothing is changed, and `is_calibrated` is false.
    """

    slope: float = 1.0
    offset: float = 0.0
    judgements: int = 0

    @property
    def is_calibrated(self) -> bool:
        """Return whether enough people judged for probabilities to be believed."""
        return self.judgements >= ENOUGH_JUDGEMENTS

    @classmethod
    def learned(cls, judgements: Iterable[Judgement]) -> Calibration:
        """Return the calibration under which the judgements are the likeliest.

        Only what was shown is judged, and mostly the best of it: the calibration holds for such
        pairs. The order of suggestions never changes. Any order of judgements gives the same.

        References:
            Platt: Probabilistic Outputs for Support Vector Machines, 1999; regularised towards no
            change.
        """
        told = sorted(judgements, key=lambda each: (each.log_odds, each.is_accepted))
        if len(told) < ENOUGH_JUDGEMENTS:
            return cls(judgements=len(told))
        slope, offset = 1.0, 0.0
        for _ in range(_ROUNDS):
            step = _newton(told, slope, offset)
            slope, offset = max(slope - step[0], 0.0), offset - step[1]
            if abs(step[0]) + abs(step[1]) < _CLOSE:
                break
        return cls(slope=slope, offset=offset, judgements=len(told))


def _newton(told: list[Judgement], slope: float, offset: float) -> tuple[float, float]:
    """Return the step of Newton's method on the regularised log-loss."""
    by_slope, by_offset = _TRUST * (slope - 1.0), 0.0
    # A trace of ridge on the offset keeps unanimous judgements finite.
    curve = [_TRUST, 0.0, 0.01]
    by_offset += 0.01 * offset
    for each in told:
        chance = probability_of(offset + slope * each.log_odds)
        miss, spread = chance - each.is_accepted, chance * (1.0 - chance)
        by_slope += miss * each.log_odds
        by_offset += miss
        curve[0] += spread * each.log_odds**2
        curve[1] += spread * each.log_odds
        curve[2] += spread
    determinant = curve[0] * curve[2] - curve[1] ** 2
    return (
        (curve[2] * by_slope - curve[1] * by_offset) / determinant,
        (curve[0] * by_offset - curve[1] * by_slope) / determinant,
    )


UNCALIBRATED: Final = Calibration()
