"""Control charts of counts: shares (p), counts per unit (u), plain counts (c) (law M3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, sqrt

from itsm_core.errors import InvalidValue
from itsm_core.metrics._chart import BEYOND_LIMITS, Chart, RunRule, charted
from itsm_core.metrics._checks import number, whole
from itsm_core.metrics._checks import ratio as checked_ratio
from itsm_core.metrics._figures import Rate

__all__ = ["c_chart", "p_chart", "u_chart"]


def p_chart(
    rates: Iterable[Rate],
    *,
    centre: float | None = None,
    rules: Sequence[RunRule] = BEYOND_LIMITS,
) -> Chart:
    """Return the chart of shares, such as promises kept each week; limits by the week's size.

    `centre` is the pooled share unless given. Limits hold for one chance throughout; of thousands
    of cases a week every real week signals, because chances do vary: then chart the shares
    themselves with `xmr_chart`.

    Raises:
        InvalidValue: no rates, one without trials, a centre outside [0, 1].

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3.2.

    >>> from itsm_core.metrics import Rate, p_chart
    >>> weeks = [Rate(successes=kept, trials=40) for kept in (37, 36, 38, 35, 24, 37)]
    >>> chart = p_chart(weeks)
    >>> f"{chart.centre:.1%} kept, from {chart.low[0]:.1%} may be chance"
    '86.2% kept, from 69.9% may be chance'
    >>> [f"week {signal.place + 1}: {chart.values[signal.place]:.0%}" for signal in chart.signals]
    ['week 5: 60%']
    """
    told = tuple(rates)
    if not told or any(rate.trials == 0 for rate in told):
        raise InvalidValue("a chart of shares needs trials", told, "leave out weeks without any")
    pooled = Rate.pooled(told)
    middle = pooled.successes / pooled.trials
    if centre is not None:
        middle = checked_ratio(centre, "a centre", closed=True)
    sigma = [sqrt(middle * (1 - middle) / rate.trials) for rate in told]
    values = [rate.successes / rate.trials for rate in told]
    return charted("p", values, middle, sigma, within=(0.0, 1.0), rules=rules)


def u_chart(
    counts: Iterable[int],
    exposures: Iterable[float],
    *,
    centre: float | None = None,
    rules: Sequence[RunRule] = BEYOND_LIMITS,
) -> Chart:
    """Return the chart of counts per unit of exposure: incidents per hundred users, say.

    Raises:
        InvalidValue: no counts, a negative one, an exposure that is not above 0, not as many
            exposures as counts, a negative centre.

    >>> u_chart([3, 4, 5], [1, 1, 2]).centre
    3.0
    """
    return _charted("u", counts, exposures, centre, rules)


def c_chart(
    counts: Iterable[int],
    *,
    centre: float | None = None,
    rules: Sequence[RunRule] = BEYOND_LIMITS,
) -> Chart:
    """Return the chart of plain counts over equal periods.

    Raises:
        InvalidValue: no counts, a negative one, a negative centre.

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3.1.

    >>> c_chart([3, 4, 5]).centre
    4.0
    """
    seen = tuple(counts)
    return _charted("c", seen, [1.0] * len(seen), centre, rules)


def _charted(
    kind: str,
    counts: Iterable[int],
    exposures: Iterable[float],
    centre: float | None,
    rules: Sequence[RunRule],
) -> Chart:
    seen = [whole(count, "a count") for count in counts]
    over = [number(each, "an exposure", above=0) for each in exposures]
    if not seen or len(seen) != len(over):
        told = (len(seen), len(over))
        raise InvalidValue("not as many exposures as counts", told, "give each count its own")
    middle = sum(seen) / fsum(over) if centre is None else number(centre, "a centre", least=0)
    values = [count / each for count, each in zip(seen, over, strict=True)]
    sigma = [sqrt(middle / each) for each in over]
    return charted(kind, values, middle, sigma, within=(0.0, None), rules=rules)
