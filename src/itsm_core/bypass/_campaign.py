"""Did it help? The share of bypasses before and after, with an honest interval (laws D3, M2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.bypass._report import BypassReport, Request
from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import Interval, Rate, difference_interval
from itsm_core.spans import END_OF_TIME, in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = ["CampaignEffect", "campaign_effect"]

_FEW_REQUESTERS: Final = 20
"""With fewer, how much requesters differ is itself hardly known."""


@attrs.frozen(kw_only=True)
class CampaignEffect:
    """Hold the share of bypasses before and after a campaign, and what the difference may be.

    `difference` is after minus before. People who bypass do so again and again, so tickets are no
    independent trials: `before_weight` and `after_weight` say how many tickets count as one, and
    the interval is as much wider. `is_small` says that too few requesters were seen to trust it.
    `at_us` is in microseconds since 1970 (UTC).

    >>> from itsm_core.bypass import CampaignEffect
    >>> from itsm_core.metrics import Rate, difference_interval
    >>> effect = CampaignEffect(
    ...     at_us=0,
    ...     before=Rate(successes=25, trials=100),
    ...     after=Rate(successes=5, trials=100),
    ...     difference=difference_interval((5, 100), (25, 100)),
    ...     before_weight=1.0,
    ...     after_weight=1.0,
    ...     is_small=False,
    ... )
    >>> effect.verdict
    'fell'
    """

    at_us: int
    before: Rate
    after: Rate
    difference: Interval
    before_weight: float
    after_weight: float
    is_small: bool

    @property
    def at(self) -> pendulum.DateTime:
        """Return when the campaign began, in UTC."""
        return in_pendulum(instant(self.at_us))

    @property
    def verdict(self) -> str:
        """Return "fell", "rose", or "not told apart from chance"."""
        if self.difference.high is not None and self.difference.high < 0:
            return "fell"
        if self.difference.low is not None and self.difference.low > 0:
            return "rose"
        return "not told apart from chance"

    def explain(self) -> str:
        """Return the comparison in words, and what it does not say."""
        low, high = self.difference.low or 0.0, self.difference.high or 0.0
        shares = " to ".join(f"{each.ratio or 0.0:.1%}" for each in (self.before, self.after))
        counts = " and ".join(f"{each.successes} of {each.trials}" for each in self._rates)
        lines = [
            f"bypasses went from {shares} ({counts} tickets): {self.verdict}",
            f"the difference is between {low * 100:+.1f} and {high * 100:+.1f} percentage points",
        ]
        if self.is_small:
            lines.append(f"fewer than {_FEW_REQUESTERS} requesters on one side: ask again later")
        lines.append("what else changed on that day is not known to this comparison")
        return "\n".join(lines)

    @property
    def _rates(self) -> tuple[Rate, Rate]:
        return self.before, self.after


def campaign_effect(
    report: BypassReport,
    *,
    at: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    settle_until: datetime | None = None,
    level: float = 0.95,
) -> CampaignEffect:
    """Return how the share of bypasses changed with a campaign that began at an instant.

    A ticket belongs to the side on which it was reported. `since` and `until` bound what is
    compared; take as much before as after, or whole weeks. Tickets from `at` to `settle_until` are
    left out: people need a while to hear of it. Choose all of them before you look.

    The interval is Newcombe's, each side with the number of tickets that its requesters are worth
    (design effect of a ratio over clusters; never below one ticket a ticket).

    Raises:
        InvalidValue: a side has no tickets, the instants are not in their order, or a level
            outside (0, 1).
        NaiveDatetime: an instant has no time zone.

    References:
        L. Kish, Survey Sampling (1965), on design effects; R. G. Newcombe, Stat. Med. 17
        (1998) 873-890.

    >>> from itsm_core.bypass import Bypass, BypassReport, Request, campaign_effect
    >>> from itsm_core.spans import instant
    >>> asked = tuple(
    ...     Request(ticket_id=f"INC-{n}", at_us=n, requester=f"person-{n}", channel="portal")
    ...     for n in range(200)
    ... )
    >>> taken = tuple(
    ...     Bypass(
    ...         ticket_id=f"INC-{n}",
    ...         at_us=n,
    ...         ways=("self_assigned",),
    ...         requester=f"person-{n}",
    ...         specialist="ben",
    ...         team="network",
    ...         channel="portal",
    ...     )
    ...     for n in (*range(0, 100, 4), 150)
    ... )
    >>> report = BypassReport(bypasses=taken, requests=asked)
    >>> print(campaign_effect(report, at=instant(100)).explain())
    bypasses went from 25.0% to 1.0% (25 of 100 and 1 of 100 tickets): fell
    ...
    """
    at_us = micros(at)
    start_us = None if since is None else micros(since)
    settled_us = at_us if settle_until is None else micros(settle_until)
    end_us = END_OF_TIME if until is None else micros(until)
    if (start_us is not None and start_us > at_us) or not at_us <= settled_us <= end_us:
        remedy = "let since <= at <= settle_until <= until"
        raise InvalidValue("a campaign's instants out of order", at, remedy)
    bypassed = frozenset(each.ticket_id for each in report.bypasses)
    sides = (
        [
            e
            for e in report.requests
            if e.at_us < at_us and (start_us is None or e.at_us >= start_us)
        ],
        [e for e in report.requests if settled_us <= e.at_us < end_us],
    )
    if not all(sides):
        remedy = "compare two spans in which tickets were opened"
        raise InvalidValue("a side of a campaign without tickets", [len(s) for s in sides], remedy)
    (before, early, old), (after, late, new) = (_side(each, bypassed) for each in sides)
    return CampaignEffect(
        at_us=at_us,
        before=before,
        after=after,
        difference=difference_interval(_worth(after, late), _worth(before, early), level=level),
        before_weight=early,
        after_weight=late,
        is_small=min(old, new) < _FEW_REQUESTERS,
    )


def _side(requests: Iterable[Request], bypassed: frozenset[TicketId]) -> tuple[Rate, float, int]:
    """Return the rate of one side, how many tickets count as one, and of how many requesters."""
    trials: Counter[PersonId] = Counter()
    hits: Counter[PersonId] = Counter()
    for each in requests:
        trials[each.requester] += 1
        hits[each.requester] += each.ticket_id in bypassed
    rate = Rate(successes=sum(hits.values()), trials=sum(trials.values()))
    return rate, _weight(rate, hits, trials), len(trials)


def _weight(rate: Rate, hits: Counter[PersonId], trials: Counter[PersonId]) -> float:
    """Return the design effect: the variance over requesters by that of independent tickets."""
    share, total, people = rate.ratio or 0.0, rate.trials, len(trials)
    alone = share * (1 - share) / total
    if people in (1, total) or not alone:
        return 1.0  # nobody asked twice, or there is nothing to tell people apart by
    squares = sum((hits[each] - share * trials[each]) ** 2 for each in trials)
    return max(1.0, squares * people / (people - 1) / total**2 / alone)


def _worth(rate: Rate, weight: float) -> tuple[int, int]:
    """Return successes and trials of as many independent tickets as these are worth."""
    trials = max(1, int(rate.trials / weight))
    return round((rate.ratio or 0.0) * trials), trials
