"""Targets for an agreement, proposed from measured load and tried on later weeks (laws D6, M3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._percentiles import least_sample
from itsm_core.metrics._promises import Coverage, Promised, coverage, tightest_promise
from itsm_core.metrics._promises_model import PastCase
from itsm_core.metrics._survival import EQUAL, KaplanMeier

__all__ = ["TargetProposal", "TargetTrial", "propose_target", "target_trials"]

_LEVEL: Final = 0.95
_MOST_PERIODS: Final = 100_000
"""Eleven years of hours, or two thousand of weeks: beyond it the units differ."""


@attrs.frozen(kw_only=True)
class TargetProposal:
    """Hold the tightest of some targets that past cases kept often enough, and how sure that is.

    `target` was kept by such a share of them; `safe_target` by such a share even at the low end of
    the interval, and is what to sign. `by` is the time by which the share had ended, with its
    interval, for whoever wants another target. None comes with its reason in `why`.
    `arrivals` are the fewest and the most cases that came in a period: the load that was measured.

    >>> from itsm_core.metrics import PastCase, propose_target
    >>> cases = [PastCase(began=n, ended=n + 7 * n % 400 / 20) for n in range(400)]
    >>> told = propose_target(cases, [8, 19.2, 24], since=0, as_of=420)
    >>> told.target, told.safe_target, round(told.by, 1), told.arrivals
    (19.2, 24.0, 18.9, (148, 168))
    >>> propose_target(cases[:40], [8, 19.2, 24], since=0, as_of=420).why
    '40 cases; 95% takes 59'
    """

    kept_ratio: float
    target: float | None
    safe_target: float | None
    by: float | None
    interval: Interval
    cases: int
    ended: int
    arrivals: tuple[int, int]
    why: str = ""


def propose_target(
    cases: Iterable[PastCase],
    candidates: Sequence[float],
    *,
    since: float,
    as_of: float,
    kept_ratio: float = 0.95,
    period: float = 168.0,
) -> TargetProposal:
    """Return the tightest target that the cases begun since an instant kept so often.

    What was still open at `as_of` is censored. Fewer cases than `least_sample(kept_ratio)` (59 for
    95 %) propose nothing. `period` is that of the load: a week of hours.

    Raises:
        InvalidValue: no candidates, one that is not above 0, a share outside (0, 1), an `as_of`
            that is not after `since`, a period that is not above 0, or is so short that instants
            and period cannot be of one unit.

    >>> from itsm_core.metrics import PastCase, propose_target
    >>> cases = [PastCase(began=n, ended=n + 7 * n % 400 / 20) for n in range(400)]
    >>> propose_target(cases, [8, 12, 24], since=0, as_of=420).target
    24.0
    >>> strict = propose_target(cases, [8, 12], since=0, as_of=420)
    >>> strict.target, strict.why, round(strict.by, 1)
    (None, 'none of the targets was kept by 95%', 18.9)
    """
    start, now = number(since, "an instant"), number(as_of, "an instant", above=since)
    wanted, length = ratio(kept_ratio, "a share to be kept"), number(period, "a period", above=0)
    chosen = [case for case in cases if start <= case.began < now]
    fewest, nothing = least_sample(wanted, level=_LEVEL), "Brookmeyer-Crowley, log-log"
    load = _load((case.began for case in chosen), start, now, length)
    if len(chosen) < fewest:
        return TargetProposal(
            kept_ratio=wanted,
            target=None,
            safe_target=None,
            by=None,
            interval=Interval(low=None, high=None, level=_LEVEL, method=nothing),
            cases=len(chosen),
            ended=sum(case.seen(now)[1] for case in chosen),
            arrivals=load,
            why=f"{len(chosen)} cases; {wanted:.0%} takes {fewest}",
        )
    seen = [case.seen(now) for case in chosen]
    history = KaplanMeier.of((age for age, _ in seen), (ended for _, ended in seen))
    target = tightest_promise(history, candidates, kept_ratio=wanted)
    ordered = sorted(float(each) for each in candidates)
    safe = next((each for each in ordered if _is_safe(history, each, wanted)), None)
    why = "" if target is not None else f"none of the targets was kept by {wanted:.0%}"
    return TargetProposal(
        kept_ratio=wanted,
        target=target,
        safe_target=safe,
        by=history.quantile(wanted),
        interval=history.quantile_interval(wanted, level=_LEVEL),
        cases=history.count,
        ended=history.ended,
        arrivals=load,
        why=why,
    )


def _is_safe(history: KaplanMeier, target: float, wanted: float) -> bool:
    late = history.survival(target)
    high = history.interval(target, level=_LEVEL).high
    return late is not None and high is not None and 1 - high >= wanted - EQUAL


def _load(beginnings: Iterable[float], start: float, end: float, period: float) -> tuple[int, int]:
    """Return the fewest and the most that came in a whole period before the end."""
    length = (end - start) // period
    if length > _MOST_PERIODS:
        remedy = "give instants and period in one unit: hours, and a week of 168"
        raise InvalidValue("a period too short for this history", period, remedy)
    periods = max(1, int(length))
    first = end - periods * period
    counts = Counter(int((at - first) // period) for at in beginnings)
    each = [counts[n] for n in range(periods)]
    return min(each), max(each)


@attrs.frozen(kw_only=True)
class TargetTrial:
    """Hold a target as it would have been proposed at an instant, and how often it was kept later.

    `kept` is None where nothing was proposed. `arrivals` came in the busiest later period; beyond
    the load that the proposal was measured under (`is_new_load`) its promise is a guess.

    >>> from itsm_core.metrics import PastCase, target_trials
    >>> quiet = [PastCase(began=n, ended=n + 7 * n % 400 / 20) for n in range(336)]
    >>> busy = [PastCase(began=336 + n / 2, ended=346 + n / 2 + n % 20) for n in range(336)]
    >>> (told,) = target_trials(quiet + busy, [336, 504], [24, 48], history=336, seen_at=600)
    >>> f"{told.target:g} hours, kept by {told.kept.kept_ratio:.0%}"
    '24 hours, kept by 76%'
    >>> told.proposal.arrivals, told.arrivals, told.is_new_load
    ((168, 168), 336, True)
    """

    at: float
    proposal: TargetProposal
    target: float | None
    kept: Coverage | None
    arrivals: int

    @property
    def is_new_load(self) -> bool:
        """Tell whether more came than in any period that the target was measured in."""
        return self.arrivals > self.proposal.arrivals[1]


def target_trials(
    cases: Iterable[PastCase],
    instants: Sequence[float],
    candidates: Sequence[float],
    *,
    history: float,
    seen_at: float,
    kept_ratio: float = 0.95,
    safe: bool = True,
    period: float = 168.0,
) -> tuple[TargetTrial, ...]:
    """Propose a target at each instant from the `history` before it; try it until the next one.

    With `safe` it is the `safe_target` that is tried, else the `target`. What came of the later
    cases is as seen at `seen_at`; those still open within their target are censored. `period` is
    that of the load: a week of hours.

    Raises:
        InvalidValue: fewer than two instants, instants that do not rise, a history that is not
            above 0, a `seen_at` before the last instant; see `propose_target`.

    >>> from itsm_core.metrics import PastCase, target_trials
    >>> cases = [PastCase(began=n, ended=n + 7 * n % 500 / 20) for n in range(840)]
    >>> weeks = [336, 504, 672, 840]
    >>> for trial in target_trials(cases, weeks, [24, 48], history=336, seen_at=900, safe=False):
    ...     print(f"from {trial.at}: {trial.target:g} h, kept by {trial.kept.kept_ratio:.1%}")
    from 336.0: 24 h, kept by 95.2%
    from 504.0: 24 h, kept by 97.0%
    from 672.0: 24 h, kept by 96.4%
    """
    times = [number(each, "an instant") for each in instants]
    if len(times) < 2 or any(one >= other for one, other in pairwise(times)):
        raise InvalidValue("instants do not rise", tuple(instants)[:4], "give Mondays in order")
    if number(seen_at, "an instant") < times[-1]:
        raise InvalidValue("targets are judged before they are set", seen_at, "judge them later")
    length, every = number(history, "a history", above=0), tuple(cases)
    found: list[TargetTrial] = []
    for start, end in pairwise(times):
        told = propose_target(
            every,
            candidates,
            since=start - length,
            as_of=start,
            kept_ratio=kept_ratio,
            period=period,
        )
        target = told.safe_target if safe else told.target
        later = [case for case in every if start <= case.began < end]
        outcomes = (_outcome(case, target, seen_at) for case in later)
        kept = None if target is None else coverage(outcomes, told.kept_ratio)
        _, most = _load((case.began for case in later), start, end, min(period, end - start))
        found.append(TargetTrial(at=start, proposal=told, target=target, kept=kept, arrivals=most))
    return tuple(found)


def _outcome(case: PastCase, target: float | None, seen_at: float) -> Promised:
    duration, has_ended = case.seen(seen_at)
    return Promised(by=target, duration=duration, has_ended=has_ended)
