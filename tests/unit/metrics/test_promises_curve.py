"""Curves of a period: each case counts for the ages it went through, and kinds borrow."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import exp, log

import pytest

from itsm_core.metrics import KaplanMeier
from itsm_core.metrics._promises_curve import START, BorrowedCurve, Exposure, PeriodCurve, Watched


def ended(*ages: float, entry: float = START) -> list[Exposure]:
    """Return cases that ended at these ages."""
    return [Exposure(entry, age, has_ended=True) for age in ages]


def counted(
    exposures: Sequence[Exposure],
    ages: Sequence[float],
    above: Mapping[float, float] | None = None,
    weight: float = 0.0,
) -> dict[float, float]:
    """Return the cumulative hazard at each age, counted case by case."""
    hazard = before = 0.0
    found: dict[float, float] = {}
    for age in ages:
        watched = sum(each.entry < age <= each.leaving for each in exposures)
        ends = sum(each.has_ended and each.leaving == age for each in exposures)
        if above is None:
            left = watched - ends or 1 / (1 + 1 / watched) if watched else 1
            hazard += log(watched / left) if ends else 0.0
        else:
            mass = watched + weight
            hazard += log(mass / (mass - ends)) + weight / mass * (above[age] - before)
            before = above[age]
        found[age] = hazard
    return found


def test_watched_counts_who_came_before_and_left_later_or_then() -> None:
    """By hand: one from the start to 5, one from 2 to 5, one from 5 to 7."""
    watched = Watched.of([Exposure(START, 5, True), Exposure(2, 5, True), Exposure(5, 7, False)])
    assert [watched.at(age) for age in (0, 2, 3, 5, 6, 8)] == [1, 1, 2, 2, 1, 0]
    assert [watched.after(age) for age in (0, 2, 5, 7)] == [1, 2, 1, 0]


def lasting(curve: PeriodCurve | BorrowedCurve, *ages: float) -> list[float]:
    """Return the shares that last longer than ages."""
    return [exp(-curve.hazard(age)) for age in ages]


def test_curve_is_that_of_kaplan_and_meier_when_all_are_watched_from_the_start() -> None:
    """By hand: 3/4 last longer than 1, two of three of them than 2; then one drops out."""
    cases = [*ended(1, 2, 4), Exposure(START, 3, has_ended=False)]
    assert lasting(PeriodCurve.of(cases), 0, 1, 2, 3) == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2])


def test_curve_is_that_of_kaplan_and_meier_when_cases_are_random() -> None:
    """The same estimate, made by another module of the library."""
    rng = random.Random(11)
    cases = [Exposure(START, float(rng.randint(1, 30)), rng.random() < 0.7) for _ in range(300)]
    km = KaplanMeier.of((each.leaving for each in cases), (each.has_ended for each in cases))
    curve = PeriodCurve.of(cases)
    assert lasting(curve, *range(30)) == pytest.approx([km.survival(age) for age in range(30)])


def test_case_counts_from_its_entry_when_it_was_watched_late() -> None:
    """By hand: at 1 two are watched, at 5 the one that went on and two that came in at 3."""
    curve = PeriodCurve.of([*ended(1, 5), *ended(6, 7, entry=3)])
    assert lasting(curve, 1, 5) == pytest.approx([1 / 2, 1 / 2 * 2 / 3])


def test_last_end_leaves_a_share_when_all_have_ended() -> None:
    """By hand: of four that end at 8 a fifth is left; of the last of three, half of a third."""
    assert lasting(PeriodCurve.of(ended(8, 8, 8, 8)), 8) == pytest.approx([1 / 5])
    assert lasting(PeriodCurve.of(ended(1, 2, 3)), 3) == pytest.approx([1 / 6])


def test_end_at_once_counts_when_it_is_at_age_zero() -> None:
    """A ticket that was solved on the phone takes no time at all."""
    assert lasting(PeriodCurve.of(ended(0, 1)), 0) == pytest.approx([1 / 2])
    assert PeriodCurve.of(ended(0, 1)).age_at(0.4) == 0


def test_age_is_unknown_when_the_curve_never_comes_so_far() -> None:
    """Nothing ended beyond the last: no promise."""
    curve = PeriodCurve.of(ended(1, 2))
    assert (curve.age_at(log(4)), curve.age_at(log(4) + 0.01)) == (2, None)
    assert PeriodCurve.of([]).age_at(0.1) is None
    assert PeriodCurve.of([]).hazard(5) == 0


def test_kind_without_cases_is_the_one_above_when_it_borrows() -> None:
    """It has nothing of its own to say."""
    above = PeriodCurve.of(ended(1, 2, 3))
    kind = BorrowedCurve.of([], above, 10)
    assert [kind.hazard(age) for age in (0, 1, 2.5, 3)] == [
        above.hazard(age) for age in (0, 1, 2.5, 3)
    ]
    assert (kind.age_at(0.5), kind.age_at(9)) == (2, None)


def test_kind_is_nearly_its_own_when_it_borrows_little() -> None:
    """With a weight of next to nothing the curve above is not heard while its own are watched."""
    kind = BorrowedCurve.of(ended(1, 2, 3), PeriodCurve.of(ended(5, 6, 7)), 1e-9)
    assert lasting(kind, 1, 2) == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("seed", range(40))
def test_curves_agree_with_counting_when_cases_are_random(seed: int) -> None:
    """Three kinds, one within the other: hazards and ages as counted at every half."""
    rng = random.Random(seed)
    cases: list[Exposure] = []
    for _ in range(20):
        entry = rng.choice((START, START, float(rng.randint(0, 5))))
        leaving = max(entry + 1, 0.0) + rng.randint(0, 6)
        cases.append(Exposure(entry, leaving, rng.random() < 0.6))
    ages = [half / 2 for half in range(30)]
    kind, part = cases[: rng.randint(0, 8)], cases[: rng.randint(0, 3)]
    all_curve = PeriodCurve.of(cases)
    kind_curve = BorrowedCurve.of(kind, all_curve, 2.5)
    part_curve = BorrowedCurve.of(part, kind_curve, 1.5)
    every = counted(cases, ages)
    of_kind = counted(kind, ages, every, 2.5)
    of_part = counted(part, ages, of_kind, 1.5)
    for curve, truth in ((all_curve, every), (kind_curve, of_kind), (part_curve, of_part)):
        assert [curve.hazard(age) for age in ages] == pytest.approx([truth[age] for age in ages])
        for asked in (0.05, 0.3, 0.9, 1.7, *truth.values()):
            if asked:
                wanted = next((age for age in ages if truth[age] >= asked - 1e-9), None)
                assert curve.age_at(asked) == wanted
