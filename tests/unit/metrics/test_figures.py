"""Figures that refuse to be averaged (law M2)."""

from __future__ import annotations

import math
import operator
import pickle
import statistics
from collections.abc import Callable

import pytest

from itsm_core.errors import InvalidValue, NotAveraged
from itsm_core.metrics import Mean, Quantile, Rate

FIGURES = (
    Rate(successes=90, trials=100),
    Mean(total=10, count=4),
    Quantile.of([1, 2, 3], 0.5),
)
AVERAGES: dict[str, Callable[[list[object]], object]] = {
    "sum": sum,  # type: ignore[dict-item]
    "math.fsum": math.fsum,  # type: ignore[dict-item]
    "statistics.mean": statistics.mean,  # type: ignore[dict-item]
    "statistics.fmean": statistics.fmean,  # type: ignore[dict-item]
    "statistics.median": statistics.median,  # type: ignore[dict-item]
    "sorted": sorted,  # type: ignore[dict-item]
    "max": max,  # type: ignore[dict-item]
    "added": lambda two: two[0] + two[1],  # type: ignore[operator]
    "by a number": lambda two: two[0] / 2,  # type: ignore[operator]
    "from a number": lambda two: 1 - two[0],  # type: ignore[operator]
    "float": lambda two: float(two[0]),  # type: ignore[arg-type]
    "int": lambda two: operator.index(two[0]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: type(figure).__name__)
@pytest.mark.parametrize("way", AVERAGES)
def test_figure_is_refused_when_it_is_averaged(figure: object, way: str) -> None:
    """Whatever computes a mean of them meets one typed error that says what to do."""
    with pytest.raises(NotAveraged, match="pool"):
        AVERAGES[way]([figure, figure])


def test_refusal_is_a_type_error_when_caught_as_python_does() -> None:
    """Code that expects TypeError from arithmetic on strange values works."""
    with pytest.raises(TypeError):
        _ = FIGURES[0] + FIGURES[0]


def test_rates_are_pooled_by_their_counts_when_asked() -> None:
    """91 of 102, not the 70 % that averaging gives."""
    pooled = Rate.pooled([Rate(successes=90, trials=100), Rate(successes=1, trials=2)])
    assert pooled == Rate(successes=91, trials=102)


def test_means_are_pooled_by_their_totals_when_asked() -> None:
    """4 cases of 1 and one of 11 have the mean 3."""
    pooled = Mean.pooled([Mean.of([1, 1, 1, 1]), Mean.of([11])])
    assert (pooled.value, pooled.count) == (3, 5)


def test_figure_has_no_value_when_there_were_no_cases() -> None:
    """Nothing is not 0 % and not 0 hours."""
    assert Rate(successes=0, trials=0).ratio is None
    assert Mean.of([]).value is None
    assert Rate.pooled([]) == Rate(successes=0, trials=0)


def test_figure_is_refused_when_it_is_impossible() -> None:
    """More successes than trials, a total of no cases, a quantile of none."""
    with pytest.raises(InvalidValue):
        Rate(successes=2, trials=1)
    with pytest.raises(InvalidValue):
        Mean(total=1.0, count=0)
    with pytest.raises(InvalidValue):
        Quantile(value=1, p=0.5, kind=7, count=0)
    with pytest.raises(InvalidValue):
        Quantile.of([], 0.5)


@pytest.mark.parametrize("kind", [0, 10, True, "7"])
def test_quantile_is_refused_when_no_such_definition_exists(kind: object) -> None:
    """Hyndman and Fan have nine, whichever way the figure is made."""
    with pytest.raises(InvalidValue, match="no definition of a quantile"):
        Quantile(value=1, p=0.5, kind=kind, count=1)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="no definition of a quantile"):
        Quantile.of([1, 2], 0.5, kind=kind)  # type: ignore[arg-type]


def test_rate_has_either_interval_when_asked() -> None:
    """Wilson's unless the exact one is wanted (Newcombe 1998, table I)."""
    rate = Rate(successes=15, trials=148)
    assert rate.interval().low == pytest.approx(0.0624, abs=6e-5)
    assert rate.interval(exact=True).low == pytest.approx(0.0578, abs=6e-5)


def test_quantile_keeps_its_definition_when_made() -> None:
    """NIST's 90th percentile of 1 to 12 by kind 6 is at rank 11.7."""
    found = Quantile.of(range(1, 13), 0.9, kind=6)
    assert found.value == pytest.approx(11.7)
    assert (found.kind, found.count) == (6, 12)
    assert found.interval is not None
    assert found.interval.high is None


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: type(figure).__name__)
def test_figure_is_equal_when_pickled(figure: object) -> None:
    """Figures travel between processes, and equal ones are equal."""
    assert pickle.loads(pickle.dumps(figure)) == figure
