"""The log-rank test: whether groups' durations differ, with open cases counted (law M2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import finite
from itsm_core.metrics._special import chi_square_tail

__all__ = ["LogRank", "Sample", "log_rank"]

Sample = tuple[Sequence[float], Sequence[bool]]
"""Durations and whether each ended."""

Matrix = list[list[float]]


@attrs.frozen(kw_only=True)
class LogRank:
    """Hold the answer: the statistic, its degrees of freedom, and the chance of as much by chance.

    `observed` and `expected` are the cases that ended, by group.

    >>> from itsm_core.metrics import log_rank
    >>> day, night = ([1, 2, 2, 3], [True] * 4), ([4, 6, 7, 9], [True, True, True, False])
    >>> told = log_rank({"day": day, "night": night})
    >>> told.observed, {name: round(value, 2) for name, value in told.expected.items()}
    ({'day': 4, 'night': 3}, {'day': 1.56, 'night': 5.44})
    """

    chi_square: float
    degrees: int
    chance: float
    observed: Mapping[str, int]
    expected: Mapping[str, float]


def log_rank(groups: Mapping[str, Sample], *strata: Mapping[str, Sample]) -> LogRank:
    """Compare groups by their durations; each further mapping is a stratum of the same groups.

    Strata are compared within themselves only: two teams within each priority, so that the one
    with the harder work does not lose by it. A group may be missing from a stratum. The test is
    about the whole curves, and weak where they cross.

    Raises:
        InvalidValue: fewer than two groups, a stratum with a group that the first lacks, a
            duration that is negative, or nothing from which to tell groups apart.

    References:
        N. Mantel, Cancer Chemother. Rep. 50 (1966) 163-170.

    >>> from itsm_core.metrics import log_rank
    >>> mail = ([1, 2, 2, 3, 5], [True] * 5)
    >>> network = ([4, 6, 7, 9, 9], [True, True, True, False, False])
    >>> told = log_rank({"mail": mail, "network": network})
    >>> f"chi-square {told.chi_square:.2f}: {told.chance:.1%} by chance"
    'chi-square 7.39: 0.7% by chance'
    >>> log_rank({"mail": mail})
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: nothing to compare: ('mail',); give at least two groups
    """
    names = tuple(groups)
    if len(names) < 2:
        raise InvalidValue("nothing to compare", names, "give at least two groups")
    differences, covariance = [0.0] * len(names), [[0.0] * len(names) for _ in names]
    observed, expected = [0] * len(names), [0.0] * len(names)
    for stratum in (groups, *strata):
        unknown = set(stratum) - set(names)
        if unknown:
            raise InvalidValue("a group that the first stratum lacks", unknown, f"use {names}")
        _add(_cases(names, stratum), observed, expected, covariance)
    for place in range(len(names)):
        differences[place] = observed[place] - expected[place]
    reduced = [row[:-1] for row in covariance[:-1]]
    solved = _solved(reduced, differences[:-1])
    chi_square = sum(a * b for a, b in zip(solved, differences[:-1], strict=True))
    return LogRank(
        chi_square=chi_square,
        degrees=len(names) - 1,
        chance=chi_square_tail(chi_square, len(names) - 1),
        observed=dict(zip(names, observed, strict=True)),
        expected=dict(zip(names, expected, strict=True)),
    )


def _cases(names: Sequence[str], groups: Mapping[str, Sample]) -> list[tuple[float, int, bool]]:
    cases: list[tuple[float, int, bool]] = []
    for place, name in enumerate(names):
        durations, ended = groups.get(name, ((), ()))
        times = finite(durations, f"a duration of {name!r}", least=0)
        if len(times) != len(ended):
            told = (name, len(times), len(ended))
            raise InvalidValue("not as many flags as durations", told, "give each one flag")
        cases += [(time, place, flag) for time, flag in zip(times, ended, strict=True)]
    return sorted(cases)


def _add(
    cases: Sequence[tuple[float, int, bool]],
    observed: list[int],
    expected: list[float],
    covariance: Matrix,
) -> None:
    """Add a stratum: at each time, what would end in each group if they were alike."""
    at_risk = [0] * len(observed)
    for _, place, _ in cases:
        at_risk[place] += 1
    for told in _by_time(cases):
        ended = [0] * len(observed)
        for _, place, flag in told:
            ended[place] += flag
        deaths, everybody = sum(ended), sum(at_risk)
        if deaths:
            _add_time(deaths, everybody, at_risk, expected, covariance)
            for place, number in enumerate(ended):
                observed[place] += number
        for _, place, _ in told:
            at_risk[place] -= 1


def _by_time(
    cases: Sequence[tuple[float, int, bool]],
) -> Iterable[Sequence[tuple[float, int, bool]]]:
    start = 0
    for end in range(1, len(cases) + 1):
        if end == len(cases) or cases[end][0] != cases[start][0]:
            yield cases[start:end]
            start = end


def _add_time(
    deaths: int, everybody: int, at_risk: Sequence[int], expected: list[float], covariance: Matrix
) -> None:
    factor = deaths * (everybody - deaths) / (everybody - 1) if everybody > 1 else 0.0
    for row, number in enumerate(at_risk):
        share = number / everybody
        expected[row] += deaths * share
        for column, other in enumerate(at_risk):
            own = 1.0 if row == column else 0.0
            covariance[row][column] += factor * share * (own - other / everybody)


def _solved(matrix: Matrix, right: Sequence[float]) -> list[float]:
    """Return the solution of a symmetric system, by elimination with the largest pivot."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        best = max(range(place, size), key=lambda row: abs(rows[row][place]))
        rows[place], rows[best] = rows[best], rows[place]
        if abs(rows[place][place]) < 1e-12:
            remedy = "leave out groups in which nothing was watched while others ended"
            raise InvalidValue("the groups cannot be told apart", size + 1, remedy)
        for row in range(place + 1, size):
            factor = rows[row][place] / rows[place][place]
            for column in range(place, size + 1):
                rows[row][column] -= factor * rows[place][column]
    solution = [0.0] * size
    for place in reversed(range(size)):
        known = sum(rows[place][k] * solution[k] for k in range(place + 1, size))
        solution[place] = (rows[place][size] - known) / rows[place][place]
    return solution
