"""A ranking that shows ties: who is better, as far as the counts can tell (law M2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import ratio, whole
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._shrinkage import BetaPrior

__all__ = ["Standing", "scorecard"]


@attrs.frozen(kw_only=True)
class Standing:
    """Hold one line of a scorecard.

    `rank` is shared by all whose intervals hang together, and None for one whose counts are too
    few to say anything (`is_small`); `interval` is Wilson's, of their own counts; `shrunk` is the
    figure to show, with its own interval.

    >>> from itsm_core.metrics import Rate, scorecard
    >>> teams = {"mail": (186, 200), "web": (90, 100), "vpn": (60, 100), "erp": (3, 3)}
    >>> rates = {name: Rate(successes=k, trials=n) for name, (k, n) in teams.items()}
    >>> for line in scorecard(rates):
    ...     print(f"{line.rank} {line.name}{' (tied)' * line.is_tied}: {line.shrunk:.0%}")
    1 mail (tied): 93%
    1 web (tied): 89%
    3 vpn: 62%
    None erp: 87%
    """

    name: str
    rate: Rate
    rank: int | None
    is_tied: bool
    is_small: bool
    interval: Interval
    shrunk: float
    shrunk_interval: Interval


def scorecard(
    rates: Mapping[str, Rate],
    *,
    prior: BetaPrior | None = None,
    level: float = 0.95,
    small: int = 10,
) -> tuple[Standing, ...]:
    """Rank groups or persons by a share, the highest first, with ties where intervals overlap.

    Overlap is passed on: where A overlaps B and B overlaps C, all three tie. Who has fewer than
    `small` cases would tie with everybody, and so comes last, without a rank. Within a tie those
    come first whose interval begins higher, so that one of one never stands above 523 of 543,
    also where `small` is 1 and everybody is ranked.
    The prior is learned from `rates` unless given. Who has no cases has no line. For a share that
    should be low, count the failures.

    Raises:
        InvalidValue: nothing to rank, a level outside (0, 1), or no prior to learn.

    >>> lines = scorecard(
    ...     {"ann": Rate(successes=1, trials=1), "ben": Rate(successes=523, trials=543)},
    ...     prior=BetaPrior(a=6.1, b=1.7),
    ... )
    >>> [(line.name, line.rank, line.is_small, round(line.shrunk, 3)) for line in lines]
    [('ben', 1, False, 0.961), ('ann', None, True, 0.807)]
    """
    told = {name: rate for name, rate in rates.items() if rate.trials}
    if not told:
        raise InvalidValue("nothing to rank", tuple(rates), "show that there are no cases")
    wanted, few = ratio(level, "a level"), whole(small, "a least number of cases")
    known = prior or BetaPrior.fitted(told.values())
    spans = {name: rate.interval(level=wanted) for name, rate in told.items()}
    ranks = _ranks({name: spans[name] for name in told if told[name].trials >= few})
    sizes = Counter(ranks.values())
    lines = [
        Standing(
            name=name,
            rate=rate,
            rank=ranks.get(name),
            is_tied=name in ranks and sizes[ranks[name]] > 1,
            is_small=name not in ranks,
            interval=spans[name],
            shrunk=known.mean(rate),
            shrunk_interval=known.interval(rate, level=wanted),
        )
        for name, rate in told.items()
    ]
    return tuple(sorted(lines, key=_place))


def _place(line: Standing) -> tuple[bool, int, float, float, str]:
    span = line.interval
    return line.is_small, line.rank or 0, -(span.low or 0.0), -(span.high or 0.0), line.name


def _ranks(spans: Mapping[str, Interval]) -> dict[str, int]:
    """Return the rank of each: 1 and the number of those that are wholly above its tie."""
    ranks: dict[str, int] = {}
    reach, rank = None, 0
    for name in sorted(spans, key=lambda name: -(spans[name].high or 0.0)):
        span = spans[name]
        low, high = span.low or 0.0, span.high or 0.0
        if reach is None or high < reach:
            rank, reach = len(ranks) + 1, low
        ranks[name], reach = rank, min(reach, low)
    return ranks
