"""Probabilities learned from what people said."""

from __future__ import annotations

import math
import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.linking import UNCALIBRATED, Calibration, Judgement, probability_of


def judgements(number: int, *, slope: float, offset: float, seed: int = 1) -> list[Judgement]:
    """Return judgements of a desk whose truth is a logistic curve."""
    rng = random.Random(seed)
    told = []
    for _ in range(number):
        log_odds = rng.uniform(-6.0, 2.0)
        chance = probability_of(offset + slope * log_odds)
        told.append(Judgement(log_odds=log_odds, is_accepted=rng.random() < chance))
    return told


def test_calibration_changes_nothing_until_fifty_judgements() -> None:
    """Forty-nine are counted, and that is all."""
    found = Calibration.learned(judgements(49, slope=0.5, offset=3.0))
    assert (found.slope, found.offset, found.judgements) == (1.0, 0.0, 49)
    assert not found.is_calibrated
    assert not UNCALIBRATED.is_calibrated


def test_calibration_holds_from_fifty_judgements_on() -> None:
    """The fiftieth makes it."""
    assert Calibration.learned(judgements(50, slope=1.0, offset=0.0)).is_calibrated


def test_calibration_finds_the_curve_behind_many_judgements() -> None:
    """The parameters with which the judgements were drawn, within their error."""
    found = Calibration.learned(judgements(5_000, slope=0.8, offset=2.5))
    assert found.slope == pytest.approx(0.8, abs=0.1)
    assert found.offset == pytest.approx(2.5, abs=0.2)


def test_calibration_is_the_same_in_any_order() -> None:
    """Who judged first does not matter."""
    told = judgements(200, slope=0.8, offset=1.0)
    assert Calibration.learned(told) == Calibration.learned(reversed(told))


@pytest.mark.parametrize("verdict", [True, False])
def test_calibration_stays_finite_when_all_say_the_same(verdict: bool) -> None:
    """A desk that accepts everything is no certainty."""
    told = [Judgement(log_odds=n / 10, is_accepted=verdict) for n in range(60)]
    found = Calibration.learned(told)
    assert math.isfinite(found.slope + found.offset)
    assert (found.offset + found.slope * 3.0 > 0) is verdict


def test_calibration_never_turns_the_order_round() -> None:
    """Even if the worst suggestions were the ones accepted."""
    told = [Judgement(log_odds=n / 10, is_accepted=n < 100) for n in range(200)]
    assert Calibration.learned(told).slope >= 0.0


def test_judgement_is_refused_when_its_log_odds_are_no_number() -> None:
    """One NaN would spoil all."""
    with pytest.raises(InvalidValue):
        Judgement(log_odds=math.nan, is_accepted=True)


@pytest.mark.parametrize("shown", [-20.0, -8.0, -3.0, 0.0, 5.0, 9.0])
@pytest.mark.parametrize("verdict", [True, False])
def test_calibration_believes_fifty_of_one_mind(shown: float, verdict: bool) -> None:
    """Whatever the model thought: fifty of fifty are 98 % in Platt's count."""
    told = [Judgement(log_odds=shown + n / 100, is_accepted=verdict) for n in range(50)]
    found = Calibration.learned(told)
    chance = probability_of(found.offset + found.slope * shown)
    believed = chance if verdict else 1.0 - chance
    assert 0.9 < believed < 1.0


def test_calibration_keeps_the_order_when_people_say_the_opposite() -> None:
    """A slope of 0 would leave the order to the ids."""
    told = [Judgement(log_odds=n / 10, is_accepted=n < 30) for n in range(60)]
    assert Calibration.learned(told).slope == pytest.approx(0.05)


def test_calibration_is_taken_off_when_asked() -> None:
    """What a judgement holds is what the model said before it."""
    learned = Calibration(slope=0.8, offset=-1.5)
    assert learned.without(learned.offset + learned.slope * 2.25) == pytest.approx(2.25)


@pytest.mark.parametrize("given", [{"slope": 0.0}, {"slope": -1.0}, {"slope": math.nan},
                                   {"offset": math.inf}, {"judgements": -1}])  # fmt: skip
def test_calibration_is_refused_when_it_cannot_be_used(given: dict[str, float]) -> None:
    """It would turn the order round, or make every chance a NaN."""
    with pytest.raises(InvalidValue):
        Calibration(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("log_odds", [math.nan, math.inf, -2e6])
def test_judgement_is_refused_when_no_suggestion_can_have_had_it(log_odds: float) -> None:
    """Squares of it would overflow."""
    with pytest.raises(InvalidValue, match="no number"):
        Judgement(log_odds=log_odds, is_accepted=True)


@pytest.mark.parametrize("accepted", ["no", None, 1])
def test_judgement_is_refused_when_it_is_neither_yes_nor_no(accepted: object) -> None:
    """A "no" from a form would count as a yes."""
    with pytest.raises(InvalidValue, match="accepted"):
        Judgement(log_odds=1.0, is_accepted=accepted)  # type: ignore[arg-type]
