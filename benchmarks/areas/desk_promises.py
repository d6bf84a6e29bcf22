"""Evidence for the area `desk`: promises to requesters, targets, norms and points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final

from benchmarks.areas import Point, guarded
from benchmarks.promises import (
    AGES,
    LOG,
    LOG_END,
    WEEK,
    done_work,
    mornings,
    past_cases,
    rolling,
)
from itsm_core.metrics import (
    POINT_SCHEMES,
    Lookback,
    Realised,
    TargetTrial,
    Trial,
    gaming,
    payouts,
    promise_trials,
    realised,
    target_trials,
    work_norms,
)

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

_POINTS: Final = 3.0
_LEAST: Final = 100
"""Promises that a group must have had to be told apart from chance at all."""
_LARGE: Final = 1_067
"""Promises for which chance alone moves a share of one half by three points or less (95 %)."""


def points(quick: bool) -> Iterator[Point]:
    """Yield every point; `quick` asks at intake and at one age."""
    if not LOG.exists():
        yield Point("promises", "measured", "the data is not beside the repository", ok=False)
        return
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _misses(lines: Iterable[Realised]) -> str:
    """Return the misses by share, in points."""
    return ", ".join(f"P{line.ratio * 100:.0f} {line.coverage.miss_points:+.1f}" for line in lines)


def _ages(quick: bool) -> tuple[float, ...]:
    return (0.0, 72.0) if quick else AGES


def _rolling(quick: bool) -> tuple[Trial, ...]:
    return rolling(24.0, _ages(quick))


def _pooled(quick: bool) -> Iterator[Point]:
    lines = realised(_rolling(quick))
    for age in _ages(quick):
        found = [line for line in lines if line.age == age]
        worst = max(abs(line.coverage.miss_points or 100.0) for line in found)
        held = sum(line.coverage.withheld for line in found)
        where = "at intake" if not age else f"at the age of {age:.0f} h"
        made = found[0].coverage.promised + found[0].coverage.withheld
        yield Point(
            f"UCI log, 8 weeks, promises {where} ({made:,} tickets)",
            "realised coverage within 3 points",
            f"{_misses(found)}; {held / (3 * made):.1%} withheld",
            worst <= _POINTS,
        )


def _groups(quick: bool) -> Iterator[Point]:
    for level, what in ((0, "priority"), (1, "group")):
        lines = list(realised(_rolling(quick), level=level, least=_LEAST))
        intake = [line for line in lines if not line.age]
        names = sorted({line.name for line in intake}, key=lambda name: -_made(intake, name))
        for name in names:
            found = [line for line in intake if line.name == name]
            if found[0].coverage.promised >= _LARGE or level == 0:
                yield Point(
                    f"{what} {name} at intake ({found[0].coverage.promised:,} promises)",
                    "within 3 points, or no further than its weeks differ",
                    _misses(found),
                    not any(line.is_off(_POINTS) for line in found),
                )
        off = [line for line in lines if line.is_off(_POINTS)]
        near = sum(abs(line.coverage.miss_points or 100.0) <= _POINTS for line in lines)
        told = "; ".join(
            f"{line.name} P{line.ratio * 100:.0f} at {line.age:.0f} h "
            f"{line.coverage.miss_points:+.1f}"
            for line in off
        )
        yield Point(
            f"each {what} of {_LEAST} promises or more, at every age: {len(lines)} figures",
            "95 % within 3 points, or no further than their weeks differ",
            f"{near} within 3 points, {len(lines) - len(off)} as wanted; off: {told or 'none'}",
            len(off) <= 0.05 * len(lines),
        )


def _made(lines: Iterable[Realised], name: str) -> int:
    return sum(line.coverage.promised for line in lines if line.name == name)


def _blind(_quick: bool) -> Iterator[Point]:
    """Show that kinds matter: one model for all is right for all, and for no group."""
    alike = Lookback(weight=1e9)  # borrows everything from all
    trials = promise_trials(
        past_cases(),
        mornings(5, 13, every=WEEK),
        seen_at=LOG_END,
        ratios=(0.8,),
        lookback=alike,
    )
    told = max(realised(trials, level=1), key=lambda line: line.coverage.promised)
    miss = told.coverage.miss_points or 0.0
    name = "one promise for all groups, looked at in the largest one"
    yield Point(name, "off, so that the check can fail", f"P80 {miss:+.1f} points", miss > 5)


@cache
def _target_trials(safe: bool) -> tuple[TargetTrial, ...]:
    hours = [24.0 * days for days in (1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42, 56)]
    return target_trials(
        past_cases(),
        mornings(5, 13, every=WEEK),
        hours,
        history=8 * WEEK,
        seen_at=LOG_END,
        safe=safe,
    )


def _targets(_quick: bool) -> Iterator[Point]:
    trials = _target_trials(safe=True)
    tried = [trial for trial in trials if trial.kept is not None]
    kept = [trial.kept.kept_ratio or 0.0 for trial in tried if trial.kept is not None]
    told = ", ".join(
        f"{trial.target / 24:.0f} d {share:.1%}"
        for trial, share in zip(tried, kept, strict=True)
        if trial.target is not None
    )
    yield Point(
        f"targets kept in 95 % of cases, from 8 weeks, tried on the next: {len(trials)} Mondays",
        "each proposed target kept by 95 % or more of the next week",
        f"{len(tried)} proposed: {told}" if tried else "none proposed",
        len(tried) > 4 and min(kept) >= 0.95,
    )


def _points(_quick: bool) -> Iterator[Point]:
    done = done_work()
    norms = work_norms(done)
    found = {(each.scheme, each.trick): each.gain_ratio or 0.0 for each in gaming(done, norms)}
    for scheme in POINT_SCHEMES:
        told = {trick: gain for (name, trick), gain in found.items() if name == scheme.name}
        shown = ", ".join(f"{trick} {gain:+.0%}" for trick, gain in told.items())
        reopening, splitting = told["close-and-reopen"], told["split"]
        if scheme.earns == "resolution":
            shows = reopening > 0 and splitting > 0
        else:
            shows = reopening < 0 and (splitting > 0) == (scheme.earns == "ticket")
        yield Point(f"gaming of {scheme.name}, UCI log", "its gaps are shown", shown, shows)
    people = payouts(done, POINT_SCHEMES[-1], norms)
    small = sum(each.is_small for each in people)
    in_order = [each.person for each in people] == sorted(each.person for each in people)
    name = "what norms would have paid people"
    told_people = f"{len(people)} people, {small} with too few tickets to say"
    yield Point(name, "listed by id, no ranking", told_people, in_order)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("promises", _pooled),
    ("promises by group", _groups),
    ("promises to all alike", _blind),
    ("targets", _targets),
    ("norms and points", _points),
)
