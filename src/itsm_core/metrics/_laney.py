"""The control chart of shares whose chance varies from week to week: Laney's p' (law M3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itsm_core.metrics._chart import BEYOND_LIMITS, Chart, RunRule, charted
from itsm_core.metrics._counted import p_chart
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._individuals import xmr_chart

__all__ = ["laney_chart"]


def laney_chart(rates: Iterable[Rate], *, rules: Sequence[RunRule] = BEYOND_LIMITS) -> Chart:
    """Return the chart of shares with limits as wide as the weeks really vary, never narrower.

    The limits of a `p_chart` hold if the chance is the same every week. With thousands of cases
    a week they are so narrow that every week signals. Here they are widened by how much
    neighbours differ, measured in the sigmas of the plain chart.

    Raises:
        InvalidValue: fewer than two rates, or one without trials.

    References:
        D. B. Laney, Improved control charts for attributes, Quality Engineering 14 (2002) 531-537.

    >>> weeks = [Rate(successes=round(1e5 * p), trials=10**5) for p in (0.9, 0.88, 0.91, 0.89)]
    >>> len(p_chart(weeks).signals), len(laney_chart(weeks).signals)
    (4, 0)
    """
    plain = p_chart(rates)
    wider = 1.0
    if all(plain.sigma):  # where all succeed, or none does, nothing varies
        pairs = zip(plain.values, plain.sigma, strict=True)
        scores, _ = xmr_chart([(value - plain.centre) / sigma for value, sigma in pairs])
        wider = max(1.0, scores.sigma[0])
    sigma = [each * wider for each in plain.sigma]
    return charted("p'", plain.values, plain.centre, sigma, within=(0.0, 1.0), rules=rules)
