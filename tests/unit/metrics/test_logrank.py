"""The log-rank test; expected values are those of lifelines 0.30 and statsmodels 0.15 (law M2)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Sample, log_rank

A = (8.0, 3.1, 5.3, 2.2, 0.2, 1.8, 2.7, 0.6, 0.3, 4.1, 4.5, 4.8)
B = (2.2, 4.3, 7.2, 0.4, 10.7, 0.1, 13.0, 5.7, 1.9, 4.3, 7.9, 3.2)
C = (0.9, 11.3, 9.2, 7.1, 5.5, 12.8, 3.0, 3.7, 23.4, 11.6, 12.0, 1.2)
FLAGS = {"a": "001111110110", "b": "111011011110", "c": "111111011010"}
TIMES = {"a": A, "b": B, "c": C}


def group(name: str, start: int = 0, step: int = 1) -> Sample:
    """Return a group's cases, or every second of them."""
    return TIMES[name][start::step], [flag == "1" for flag in FLAGS[name]][start::step]


def test_statistic_is_that_of_lifelines_when_of_three_groups() -> None:
    """Two degrees of freedom; observed and expected have one total."""
    found = log_rank({name: group(name) for name in "abc"})
    assert found.chi_square == pytest.approx(5.276779611586082)
    assert found.degrees == 2
    assert found.chance == pytest.approx(0.07147626761898751)
    assert sum(found.expected.values()) == pytest.approx(sum(found.observed.values()))


@pytest.mark.parametrize(
    ("names", "statistic"), [("abc", 6.179281820202913), ("ab", 1.0873755947082566)]
)
def test_statistic_is_that_of_statsmodels_when_stratified(names: str, statistic: float) -> None:
    """Compared within two halves only."""
    even, odd = ({name: group(name, start, 2) for name in names} for start in (0, 1))
    assert log_rank(even, odd).chi_square == pytest.approx(statistic)


def test_groups_are_alike_when_they_are_the_same() -> None:
    """Nothing to tell apart, and the chance of that is 1."""
    found = log_rank({"one": group("a"), "other": group("a")})
    assert found.chi_square == pytest.approx(0)
    assert found.chance == pytest.approx(1)


def test_groups_are_refused_when_there_is_nothing_to_compare() -> None:
    """One group, groups in which nothing ended, a stratum of strangers, flags missing."""
    idle: Sample = ((1.0, 2.0), (False, False))
    with pytest.raises(InvalidValue, match="at least two"):
        log_rank({"one": group("a")})
    with pytest.raises(InvalidValue, match="told apart"):
        log_rank({"one": idle, "other": idle})
    with pytest.raises(InvalidValue, match="first stratum lacks"):
        log_rank({"one": group("a"), "other": group("b")}, {"third": group("c")})
    with pytest.raises(InvalidValue, match="flags"):
        log_rank({"one": group("a"), "other": ((1.0,), ())})
