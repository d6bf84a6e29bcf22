"""Times to tell a requester: quantiles of history, and how often they came true (law D6).

"Usually in 26 hours" as a mean is kept for seven of ten. A promise names the share of cases for
which it is meant, and is checked against that share afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._percentiles import least_sample
from itsm_core.metrics._proportions import clopper_pearson
from itsm_core.metrics._survival import EQUAL, KaplanMeier

__all__ = ["Coverage", "Promise", "Promised", "coverage", "promise", "tightest_promise"]

_LEVEL: Final = 0.95


@attrs.frozen(kw_only=True)
class Promise:
    """Hold what to tell about a case that is open since `age`: ended by `by` with chance `ratio`.

    Both are counted from its start, in the unit of the history. `by` is None where history cannot
    tell, and `why` says so in words; there is then no promise to make.

    >>> from itsm_core.metrics import KaplanMeier, promise
    >>> history = KaplanMeier.of(range(1, 101), [True] * 100)
    >>> told = promise(history, 0.8)
    >>> f"{told.ratio:.0%} are done within {told.by:g} hours, read from {told.cases} cases"
    '80% are done within 80 hours, read from 100 cases'
    >>> promise(history, 0.8, age=95).why
    '5 cases were watched so long; 80% takes 14'
    """

    ratio: float
    age: float
    by: float | None
    cases: int
    """Past cases that were watched as long as this one has been."""
    why: str = ""


def promise(history: KaplanMeier, ratio_kept: float, *, age: float = 0.0) -> Promise:
    """Return the time by which such a share of cases like this one ends (law D6).

    At intake `age` is 0; it is in the unit of the history, mostly hours. Later it is asked among
    those that took as long already, so that the promise grows for a case that is late: what was
    said at intake is then no longer true.

    Raises:
        InvalidValue: a share outside (0, 1), a negative age.

    >>> from itsm_core.metrics import KaplanMeier, promise
    >>> history = KaplanMeier.of(range(1, 101), [True] * 100)
    >>> promise(history, 0.9).by, promise(history, 0.9, age=50).by
    (90.0, 95.0)
    """
    share, since = ratio(ratio_kept, "a share to be kept"), number(age, "an age", least=0)
    cases = _watched(history, since)
    fewest = least_sample(share, level=_LEVEL)
    if cases < fewest:
        why = "no case has ended after so long; the open ones tell no time"
        if cases:
            why = f"{cases} cases were watched so long; {share:.0%} takes {fewest}"
        return Promise(ratio=share, age=since, by=None, cases=cases, why=why)
    by = history.remaining(share, since) if since else history.quantile(share)
    why = "" if by is not None else f"fewer than {share:.0%} of cases have ended so far"
    return Promise(ratio=share, age=since, by=by, cases=cases, why=why)


def _watched(history: KaplanMeier, age: float) -> int:
    """Return how many cases were watched beyond an age: at risk at the next end after it.

    At intake nothing is past, not even what ends on the spot.
    """
    return next((step.at_risk for step in history.steps if step.time > age or not age), 0)


def tightest_promise(
    history: KaplanMeier, candidates: Sequence[float], *, kept_ratio: float = 0.95
) -> float | None:
    """Return the shortest of these targets that such a share of past cases kept, or None.

    The share must be kept by the curve itself, not by the upper end of its interval; try it on
    weeks that it was not chosen from (`coverage`) before it is promised.

    Raises:
        InvalidValue: no candidates, one that is not above 0, a share outside (0, 1).

    >>> from itsm_core.metrics import KaplanMeier, tightest_promise
    >>> history = KaplanMeier.of(range(1, 101), [True] * 100)
    >>> tightest_promise(history, [24, 48, 72, 96], kept_ratio=0.7)
    72.0
    >>> print(tightest_promise(history, [24, 48], kept_ratio=0.7))
    None
    """
    wanted = ratio(kept_ratio, "a share to be kept")
    targets = sorted(number(each, "a target", above=0) for each in candidates)
    if not targets:
        raise InvalidValue("no targets to choose from", candidates, "give 4, 8, 24 hours, say")
    shares = ((target, history.survival(target)) for target in targets)
    kept = (target for target, late in shares if late is not None and 1 - late >= wanted - EQUAL)
    return next(kept, None)


@attrs.frozen(kw_only=True)
class Promised:
    """Hold one promise that was made and what came of it, both counted from the start.

    `by` is None where none was made. A case that has not ended is watched for `duration` so far.
    Both are in the unit of the history, mostly hours.

    >>> from itsm_core.metrics import Promised, coverage
    >>> late = Promised(by=24, duration=30, has_ended=False)
    >>> kept = Promised(by=24, duration=20, has_ended=True)
    >>> unsaid = Promised(by=None, duration=20, has_ended=True)
    >>> told = coverage([late, kept, unsaid], 0.8)
    >>> told.kept_ratio, told.promised, told.withheld
    (0.5, 2, 1)
    """

    by: float | None
    duration: float
    has_ended: bool


@attrs.frozen(kw_only=True)
class Coverage:
    """Hold how often promises came true; `withheld` cases had none, for want of history.

    >>> from itsm_core.metrics import Promised, coverage
    >>> told = coverage((Promised(by=24, duration=n, has_ended=True) for n in range(30)), 0.9)
    >>> f"{told.kept_ratio:.0%} kept ({told.interval.low:.0%} to {told.interval.high:.0%})"
    '83% kept (68% to 94%)'
    >>> f"{told.miss_points:+.1f} points"
    '-6.7 points'
    """

    nominal_ratio: float
    kept_ratio: float | None
    interval: Interval
    promised: int
    withheld: int

    @property
    def miss_points(self) -> float | None:
        """How far the promises are off in percentage points; below 0 they were too bold."""
        return None if self.kept_ratio is None else 100 * (self.kept_ratio - self.nominal_ratio)


def _in_promises(duration: float, by: float) -> float:
    """Return a duration in units of its promise; "at once" is kept by what takes no time."""
    if by:
        return duration / by
    return 2.0 if duration else 0.0


def coverage(told: Iterable[Promised], nominal_ratio: float, *, level: float = 0.95) -> Coverage:
    """Return the share of promises that were kept, with its interval (law D6).

    Cases whose promise is still ahead are censored, not left out: each duration is measured in
    units of its own promise, and the share that ended within 1 is estimated by Kaplan and Meier.

    Raises:
        InvalidValue: a promise or a duration below 0, a ratio outside (0, 1).

    >>> from itsm_core.metrics import Promised, coverage
    >>> done = [Promised(by=24, duration=n, has_ended=True) for n in (3, 9, 20, 40)]
    >>> ahead = [Promised(by=24, duration=n, has_ended=False) for n in (2, 5)]
    >>> f"{coverage(done + ahead, 0.8).kept_ratio:.1%}"
    '73.3%'
    """
    every = tuple(told)
    made = [
        (
            _in_promises(
                number(each.duration, "a duration", least=0),
                number(each.by, "a promise", least=0),
            ),
            each.has_ended,
        )
        for each in every
        if each.by is not None
    ]
    nominal, method = ratio(nominal_ratio, "a nominal share"), "Greenwood, log-log"
    nothing = Interval(low=None, high=None, level=ratio(level, "a level"), method=method)
    kept, interval = None, nothing
    if made:
        # What is watched beyond its promise is broken, however long it takes.
        km = KaplanMeier.of((min(time, 2.0) for time, _ in made), (done for _, done in made))
        late = km.survival(1.0)
        if late is not None:
            found = km.interval(1.0, level=level)
            kept = 1 - late
            if late == 1:  # Greenwood would be certain from a single broken promise
                late_ones = sum(time >= 1 for time, _ in made)
                found = clopper_pearson(late_ones, late_ones, level=level)
            low, high = found.ends
            interval = attrs.evolve(found, low=1 - high, high=1 - low)
    return Coverage(
        nominal_ratio=nominal,
        kept_ratio=kept,
        interval=interval,
        promised=len(made),
        withheld=len(every) - len(made),
    )
