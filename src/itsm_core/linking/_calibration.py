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

_FURTHEST: Final = 1e6
"""No suggestion comes near; squares of more would overflow."""

_TRUST: Final = 2.0
"""How firmly the scale is believed to be right before anybody judged: the weight of its squared
change. At 50 judgements a few oddities cannot turn it over."""
_EVEN: Final = 0.01
"""A trace of trust in the offset keeps the curvature above 0 where all chances are 0 or 1."""
_FLATTEST: Final = 0.05
"""A slope of 0 would make all suggestions equal, and their order that of their ids."""
_ROUNDS: Final = 100
_CLOSE: Final = 1e-9


@attrs.frozen(kw_only=True)
class Judgement:
    """Hold what a person said of a suggestion: its log-odds when shown, without calibration.

    Once a calibration is in use, `calibration.without(suggestion.log_odds)` are those.

    Raises:
        InvalidValue: the log-odds are no number from -1,000,000 to 1,000,000, or `is_accepted` is
            neither true nor false.

    >>> from itsm_core.linking import Calibration, Judgement, probability_of
    >>> said = [Judgement(log_odds=2.0, is_accepted=number % 2 == 0) for number in range(60)]
    >>> desk = Calibration.learned(said)
    >>> shown, learned = probability_of(2.0), probability_of(desk.offset + desk.slope * 2.0)
    >>> f"shown as {shown:.0%}, accepted half of the time, shown as {learned:.0%} from now on"
    'shown as 88%, accepted half of the time, shown as 50% from now on'
    """

    log_odds: float
    is_accepted: bool

    def __attrs_post_init__(self) -> None:
        if not abs(self.log_odds) <= _FURTHEST:
            raise InvalidValue("log-odds are no number", self.log_odds, "use those of a suggestion")
        if type(self.is_accepted) is not bool:
            raise InvalidValue("accepted or not", self.is_accepted, "use True or False")


@attrs.frozen(kw_only=True)
class Calibration:
    """Turn the model's log-odds into the desk's own: `offset + slope * log_odds`.

    With fewer than 50 judgements nothing is changed, and `is_calibrated` is false.

    Raises:
        InvalidValue: the slope is not above 0 (it would turn the order round), a number is not
            finite, or there are less than no judgements.
    """

    slope: float = 1.0
    offset: float = 0.0
    judgements: int = 0

    def __attrs_post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.offset) and self.slope > 0):
            numbers = (self.slope, self.offset)
            raise InvalidValue("a calibration cannot be used", numbers, "use Calibration.learned")
        if self.judgements < 0:
            raise InvalidValue("less than no judgements", self.judgements, "count them")

    @property
    def is_calibrated(self) -> bool:
        """Return whether enough people judged for probabilities to be believed."""
        return self.judgements >= ENOUGH_JUDGEMENTS

    def without(self, log_odds: float) -> float:
        """Return what log-odds were before this calibration: what a `Judgement` is to hold.

        >>> from itsm_core.linking import Calibration
        >>> calibration = Calibration(slope=0.5, offset=1.0)
        >>> calibration.without(2.0)
        2.0
        """
        return (log_odds - self.offset) / self.slope

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
        pairs = _targets(told)
        slope, offset = _fitted(pairs, is_flattest=False)
        if slope < _FLATTEST:
            slope, offset = _fitted(pairs, is_flattest=True)
        return cls(slope=slope, offset=offset, judgements=len(told))


def _targets(told: list[Judgement]) -> list[tuple[float, float]]:
    """Return log-odds with the probability that a verdict stands for: never 0 or 1 (Platt).

    Fifty of fifty accepted say 98 %, not certainty.
    """
    accepted = sum(each.is_accepted for each in told)
    yes = (accepted + 1) / (accepted + 2)
    no = 1 / (len(told) - accepted + 2)
    return [(each.log_odds, yes if each.is_accepted else no) for each in told]


def _fitted(told: list[tuple[float, float]], *, is_flattest: bool) -> tuple[float, float]:
    """Return slope and offset of the smallest loss; `is_flattest` keeps the flattest slope allowed.

    Newton's method with halved steps: the loss never grows. Whole steps leap from one flank of the
    curve to the other and back if all judgements say the same.
    """
    slope, offset = _FLATTEST if is_flattest else 1.0, 0.0
    loss = _loss(told, slope, offset)
    for _ in range(_ROUNDS):
        by_slope, by_offset, share = *_newton(told, slope, offset, is_flattest=is_flattest), 1.0
        while True:
            tried = slope - share * by_slope, offset - share * by_offset
            found = _loss(told, *tried)
            if found <= loss or share < _CLOSE:
                break
            share /= 2
        gained = loss - found
        if gained <= 0.0:
            break
        (slope, offset), loss = tried, found
        if gained < _CLOSE:
            break
    return slope, offset


def _loss(told: list[tuple[float, float]], slope: float, offset: float) -> float:
    """Return the regularised log-loss."""
    total = _TRUST / 2 * (slope - 1.0) ** 2 + _EVEN / 2 * offset**2
    for shown, target in told:
        log_odds = offset + slope * shown
        # The cross-entropy, written so that neither side overflows.
        total += max(log_odds, 0.0) - target * log_odds + math.log1p(math.exp(-abs(log_odds)))
    return total


def _newton(
    told: list[tuple[float, float]], slope: float, offset: float, *, is_flattest: bool
) -> tuple[float, float]:
    """Return the step of Newton's method on the regularised log-loss."""
    by_slope, by_offset = _TRUST * (slope - 1.0), _EVEN * offset
    curve = [_TRUST, 0.0, _EVEN]
    for shown, target in told:
        chance = probability_of(offset + slope * shown)
        miss, spread = chance - target, chance * (1.0 - chance)
        by_slope += miss * shown
        by_offset += miss
        curve[0] += spread * shown**2
        curve[1] += spread * shown
        curve[2] += spread
    if is_flattest:
        return 0.0, by_offset / curve[2]
    determinant = curve[0] * curve[2] - curve[1] ** 2
    return (
        (curve[2] * by_slope - curve[1] * by_offset) / determinant,
        (curve[0] * by_offset - curve[1] * by_slope) / determinant,
    )


UNCALIBRATED: Final = Calibration()
"""The default: the order of suggestions can be trusted, their percentages not yet."""
