"""Promises tried on the past in honest time order, and how often they came true (law D6)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio, whole
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._promises import Coverage, Promised, coverage
from itsm_core.metrics._promises_model import Lookback, PastCase, PromiseModel
from itsm_core.metrics._promises_totals import totals_interval

__all__ = ["Realised", "Trial", "promise_trials", "realised"]

_RATIOS: Final = (0.5, 0.8, 0.9)
_ALL: Final = "all"


@attrs.frozen(kw_only=True)
class Trial:
    """Hold one promise: when and for what share it was made, at which age, and what came of it.

    Its times are in the unit of the history, mostly hours.

    >>> from itsm_core.metrics import PastCase, promise_trials
    >>> cases = [PastCase(began=n, ended=n + 1 + n % 10) for n in range(300)]
    >>> first, *_ = promise_trials(cases, [203, 224], seen_at=400, ratios=[0.8])
    >>> f"told at {first.made_at:g}: {first.outcome.by:g} hours; took {first.outcome.duration:g}"
    'told at 203: 9 hours; took 4'
    """

    made_at: float
    kinds: tuple[str, ...] = ()
    age: float = 0.0
    ratio: float
    outcome: Promised


def promise_trials(
    cases: Iterable[PastCase],
    instants: Sequence[float],
    *,
    seen_at: float,
    ratios: Sequence[float] = _RATIOS,
    ages: Sequence[float] = (0.0,),
    lookback: Lookback | None = None,
) -> tuple[Trial, ...]:
    """Return the promises that would have been made between instants, and what came of them.

    At each instant a model is made from what was known then, and used until the next one: for
    cases that begin, and for those that come to one of the `ages` while they are open. Give
    mornings. Nothing is made from the last instant on. What came of them is as seen at `seen_at`.
    All times are in the unit of the cases, mostly hours.

    Raises:
        InvalidValue: fewer than two instants, instants that do not rise, a share outside (0, 1),
            a negative age, a `seen_at` before the last instant.

    >>> from itsm_core.metrics import PastCase, promise_trials, realised
    >>> cases = [PastCase(began=n, ended=n + 1 + n % 10) for n in range(300)]
    >>> trials = promise_trials(cases, [200, 224, 250], seen_at=400, ratios=[0.5, 0.8])
    >>> len(trials)
    100
    >>> [f"{line.ratio:.0%}: {line.coverage.kept_ratio:.0%} kept" for line in realised(trials)]
    ['50%: 56% kept', '80%: 90% kept']
    """
    times = [number(each, "an instant") for each in instants]
    if len(times) < 2 or any(one >= other for one, other in pairwise(times)):
        raise InvalidValue("instants do not rise", tuple(instants)[:4], "give mornings in order")
    if number(seen_at, "an instant") < times[-1]:
        raise InvalidValue("promises are judged before they are made", seen_at, "judge them later")
    shares = [ratio(each, "a share to be kept") for each in ratios]
    told = [number(each, "an age", least=0) for each in ages]
    every = sorted(cases, key=lambda case: case.began)
    found: list[Trial] = []
    for start, end in pairwise(times):
        model = PromiseModel.fitted(every, start, lookback=lookback)
        for age in told:
            made: dict[tuple[str, ...], list[float | None]] = {}
            for case in _coming_to(every, age, start, end):
                kinds = case.kinds
                if kinds not in made:
                    made[kinds] = [model.promise(p, kinds=kinds, age=age).by for p in shares]
                found += _promised(case, age, shares, made[kinds], seen_at)
    return tuple(found)


def _coming_to(
    cases: Sequence[PastCase], age: float, start: float, end: float
) -> Iterator[PastCase]:
    """Yield the cases, sorted, that come to an age between two instants, and are open then."""
    first, last = (bisect_left(cases, at - age, key=lambda case: case.began) for at in (start, end))
    for case in cases[first:last]:
        if not age or case.watched_until > case.began + age:
            yield case


def _promised(
    case: PastCase,
    age: float,
    shares: Sequence[float],
    promises: Sequence[float | None],
    seen_at: float,
) -> Iterator[Trial]:
    duration, has_ended = case.seen(seen_at)
    for share, by in zip(shares, promises, strict=True):
        yield Trial(
            made_at=case.began + age,
            kinds=case.kinds,
            age=age,
            ratio=share,
            outcome=Promised(by=by, duration=duration, has_ended=has_ended),
        )


@attrs.frozen(kw_only=True)
class Realised:
    """Hold how often the promises of one kind, share and age came true.

    `interval` is read from the differences between `periods`: weeks differ by more than chance
    within a week, so that the interval in `coverage` is too narrow for a comparison over weeks.
    Where no two of them differ it is that of `coverage`.

    >>> from itsm_core.metrics import PastCase, promise_trials, realised
    >>> cases = [PastCase(began=n, ended=n + (5 if n < 600 else 30)) for n in range(1000)]
    >>> (line,) = realised(promise_trials(cases, [500, 1000], seen_at=1100, ratios=[0.8]))
    >>> f"promised to {line.ratio:.0%}, kept for {line.coverage.kept_ratio:.0%}", line.is_off()
    ('promised to 80%, kept for 20%', True)
    """

    name: str
    ratio: float
    age: float
    coverage: Coverage
    periods: int
    interval: Interval

    def is_off(self, points: float = 3.0) -> bool:
        """Tell whether it is off by more than such percentage points, and more than weeks differ.

        Nothing promised is off: it says nothing.
        """
        miss = self.coverage.miss_points
        return miss is None or (abs(miss) > points and not self.interval.contains(self.ratio))


def realised(
    trials: Iterable[Trial], *, level: int | None = None, period: float = 168.0, least: int = 1
) -> tuple[Realised, ...]:
    """Return how often promises came true: for all, or for each kind at a level (0 is coarsest).

    In the order of ages, shares and names. Kinds with fewer than `least` promises are left out;
    what they would show is chance. `period` is that of the intervals, a week of hours.

    Raises:
        InvalidValue: a negative level, a period that is not above 0.

    >>> from itsm_core.metrics import PastCase, promise_trials, realised
    >>> cases = [
    ...     PastCase(began=n, ended=n + 1 + n * n % 23, kinds=("P3" if n % 2 else "P1",))
    ...     for n in range(600)
    ... ]
    >>> trials = promise_trials(cases, range(360, 560, 24), seen_at=700, ratios=[0.8])
    >>> for line in realised(trials, level=0):
    ...     print(f"{line.name}: {line.coverage.kept_ratio:.1%} of {line.coverage.promised} kept")
    P1: 81.3% of 96 kept
    P3: 83.3% of 96 kept
    """
    whole(level or 0, "a level")
    length = number(period, "a period", above=0)
    found: defaultdict[tuple[float, float, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        if level is None:
            found[trial.age, trial.ratio, _ALL].append(trial)
        elif level < len(trial.kinds):
            found[trial.age, trial.ratio, trial.kinds[level]].append(trial)
    lines = (_line(*key, told, length) for key, told in sorted(found.items()))
    return tuple(line for line in lines if line.coverage.promised >= least)


def _line(age: float, share: float, name: str, trials: Sequence[Trial], period: float) -> Realised:
    told = coverage((trial.outcome for trial in trials), share)
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for trial in trials:
        kept = _is_kept(trial.outcome)
        if kept is not None:
            line = counts[int(trial.made_at // period)]
            line[0] += kept
            line[1] += 1
    pairs = [(float(kept), float(made)) for kept, made in counts.values()]
    interval = totals_interval(pairs, most=1.0)
    if interval.low is not None and interval.low == interval.high:
        interval = told.interval  # two weeks of one kept promise each are no certainty
    return Realised(
        name=name, ratio=share, age=age, coverage=told, periods=len(counts), interval=interval
    )


def _is_kept(outcome: Promised) -> bool | None:
    """Return whether a promise was kept, or None while that is open or where none was made."""
    if outcome.by is None or (not outcome.has_ended and outcome.duration <= outcome.by):
        return None
    return outcome.has_ended and outcome.duration <= outcome.by
