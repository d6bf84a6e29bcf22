"""Satisfaction beside its response rate: what those who answered said, and what silence hides.

Seven of ten who answered are content; if a hundred were asked, that is between 7 and 97 of them.
So the share never stands alone: the response rate is with it, the bounds that hold whatever the
silent ones think, and a comparison of those who answered with those who did not.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    in_order,
)
from itsm_core.ids import TicketId
from itsm_core.metrics import Interval, Rate, difference_interval
from itsm_core.spans import micros

__all__ = [
    "ResponderGap",
    "Satisfaction",
    "SatisfactionRules",
    "is_satisfied",
    "last_feedback",
    "satisfaction_of",
]

_US: Final = timedelta(microseconds=1)


def _wait(_: object, __: object, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise InvalidValue("how long to wait for an answer", value, "write e.g. hours(24 * 14)")


@attrs.frozen(kw_only=True)
class SatisfactionRules:
    """Hold what counts as satisfied, how long to wait for an answer, and when to warn.

    `satisfied_percent` is the least place on the scale: 75 is 4 of 5, or 4 of 5 steps of any
    scale; the scale's lowest step is 0, its best 100. A request without an answer is pending for
    `wait`, then silent.

    Raises:
        InvalidValue: a percentage is no whole number from 0 to 100, `wait` is negative, `fewest` is
            less than 1, or the level lies outside (0, 1).

    >>> from itsm_core.feedback import SatisfactionRules
    >>> from itsm_core.spans import hours
    >>> strict = SatisfactionRules(satisfied_percent=100, wait=hours(24 * 7))
    >>> f"only the best score counts, and silence begins after {strict.wait.days} days"
    'only the best score counts, and silence begins after 7 days'
    >>> SatisfactionRules(satisfied_percent=0.75)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: satisfied_percent is a whole number: 0.75; use 0 to 100
    """

    satisfied_percent: int = 75
    wait: timedelta = attrs.field(default=timedelta(days=14), validator=_wait)
    fewest: int = 10
    least_response_percent: int = 60
    level: float = 0.95

    def __attrs_post_init__(self) -> None:
        for name in ("satisfied_percent", "least_response_percent"):
            value: object = getattr(self, name)
            if type(value) is not int or not 0 <= value <= 100:
                raise InvalidValue(f"{name} is a whole number", value, "use 0 to 100")
        if type(self.fewest) is not int or self.fewest < 1:
            raise InvalidValue("fewest counts answers", self.fewest, "use 1 or more")
        if not isinstance(self.level, float) or not 0 < self.level < 1:
            raise InvalidValue("a level lies between 0 and 1", self.level, "write 95 % as 0.95")


_USUAL: Final = SatisfactionRules()


def is_satisfied(score: int, best: int, rules: SatisfactionRules) -> bool | None:
    """Return whether a score counts as satisfied; None of one that is not on its scale."""
    if best < 2 or not 1 <= score <= best:
        return None
    return 100 * (score - 1) >= rules.satisfied_percent * (best - 1)


def last_feedback(history: Iterable[TicketEvent]) -> FeedbackGiven | None:
    """Return what the requester said last, of a history in order; a program says nothing."""
    said = [e for e in history if isinstance(e, FeedbackGiven) and not e.automatic]
    return said[-1] if said else None


@attrs.frozen(kw_only=True)
class ResponderGap:
    """Compare those who answered with those who did not, by a fact that is known of both.

    Where the two differ, the answers stand for those who answered and for nobody else.

    >>> from itsm_core.feedback import ResponderGap
    >>> from itsm_core.metrics import Rate, difference_interval
    >>> gap = ResponderGap(
    ...     fact="came back",
    ...     answered=Rate(successes=2, trials=40),
    ...     silent=Rate(successes=40, trials=60),
    ...     interval=difference_interval((2, 40), (40, 60)),
    ... )
    >>> gap.is_shown
    True
    """

    fact: str
    answered: Rate
    silent: Rate
    interval: Interval

    @property
    def is_shown(self) -> bool:
        """Tell whether the difference is more than chance."""
        return not self.interval.contains(0.0)


@attrs.frozen(kw_only=True)
class Satisfaction:
    """Hold what requesters thought of the tickets of which they were asked in a window.

    `asked` counts tickets whose requester has answered or has had the time to; `pending` are the
    others. `satisfied` is of those who answered. `unasked` said something without having been
    asked, which tells nothing of the rest, and `invalid` gave a score that is not on its scale;
    neither is in any figure. `scores` counts the answers by their place on the scale in percent.

    `start_us` and `end_us` are in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import FeedbackAsked, FeedbackGiven
    >>> from itsm_core.feedback import satisfaction_of
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> asked = [[FeedbackAsked(ticket_id=f"INC-{n}", occurred_at=at)] for n in range(100)]
    >>> for number, told in enumerate(asked[:10]):
    ...     score = 5 if number < 7 else 1
    ...     told.append(FeedbackGiven(ticket_id=f"INC-{number}", occurred_at=at + day, score=score))
    >>> found = satisfaction_of(asked, start=at, end=at + day, as_of=at + 30 * day)
    >>> print(found.satisfied.ratio, found.response.ratio, found.bounds.low, found.bounds.high)
    0.7 0.1 0.07 0.97
    >>> found.warnings
    ('90 of 100 stayed silent: among all who were asked, 7 to 97 % are satisfied',)
    """

    start_us: int
    end_us: int
    asked: int
    pending: int
    satisfied: Rate
    unasked: int
    invalid: int
    scores: tuple[tuple[int, int], ...]
    gaps: tuple[ResponderGap, ...]
    rules: SatisfactionRules = attrs.field(repr=False)

    @property
    def response(self) -> Rate:
        """Return how many of those who were asked have answered."""
        return Rate(successes=self.satisfied.trials, trials=self.asked)

    @property
    def interval(self) -> Interval:
        """Return Wilson's interval of the satisfied among those who answered: chance alone."""
        return self.satisfied.interval(level=self.rules.level)

    @property
    def bounds(self) -> Interval:
        """Return the least and the greatest share among all who were asked.

        Every silent one is taken as not satisfied, then as satisfied; no assumption is made.
        """
        if not self.asked:
            return Interval(low=0.0, high=1.0, level=1.0, method="bounds")
        content, silent = self.satisfied.successes, self.asked - self.satisfied.trials
        return Interval(
            low=content / self.asked,
            high=(content + silent) / self.asked,
            level=1.0,
            method="bounds",
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what has to be said with the figure."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        answered, asked = self.satisfied.trials, self.asked
        if answered < self.rules.fewest:
            yield f"only {answered} answered: too few to say anything"
        if 100 * answered < self.rules.least_response_percent * asked:
            low, high = self.bounds.low or 0.0, self.bounds.high or 0.0
            yield (
                f"{asked - answered} of {asked} stayed silent: among all who were asked, "
                f"{100 * low:.0f} to {100 * high:.0f} % are satisfied"
            )
        for gap in self.gaps:
            if gap.is_shown:
                yield (
                    f"those who answered differ: {gap.fact} {_share(gap.answered)} of them, "
                    f"{_share(gap.silent)} of the silent ones"
                )

    def __str__(self) -> str:
        low, high = self.interval.low or 0.0, self.interval.high or 0.0
        told = f"satisfied {_share(self.satisfied)}"
        if self.satisfied.trials:
            told += f" ({100 * low:.0f} to {100 * high:.0f} %)"
        told += f"; answered {_share(self.response)}"
        return "\n".join((told, *(f"  {each}" for each in self.warnings)))


def _share(rate: Rate) -> str:
    return f"{rate.successes} of {rate.trials}"


@attrs.frozen
class _Asked:
    ticket_id: TicketId
    asked_us: int
    said: FeedbackGiven | None
    facts: tuple[bool, ...]


_FACTS: Final = ("came back", "was handed on")


def satisfaction_of(
    histories: Iterable[Iterable[TicketEvent]],
    *,
    start: datetime,
    end: datetime,
    as_of: datetime,
    rules: SatisfactionRules = _USUAL,
) -> Satisfaction:
    """Return what requesters thought of tickets of which they were first asked in `[start, end)`.

    Every ticket counts once, with what its requester said last, up to `as_of`. Words that came
    before the first asking do not answer it: with nothing after it the requester is silent.

    Raises:
        InvalidValue: the window is empty or backward.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import FeedbackAsked, FeedbackGiven
    >>> from itsm_core.feedback import satisfaction_of
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> asked = [[FeedbackAsked(ticket_id=f"INC-{number}", occurred_at=at)] for number in range(20)]
    >>> for number, told in enumerate(asked[:15]):
    ...     told.append(FeedbackGiven(ticket_id=f"INC-{number}", occurred_at=at + day, score=4))
    >>> print(satisfaction_of(asked, start=at, end=at + day, as_of=at + 30 * day))
    satisfied 15 of 15 (80 to 100 %); answered 15 of 20
    >>> satisfaction_of(asked, start=at, end=at + day, as_of=at + 2 * day).pending
    5
    """
    start_us, end_us, now_us = micros(start), micros(end), micros(as_of)
    if end_us <= start_us:
        raise InvalidValue("a window that ends before it starts", end, "give a later end")
    asked: list[_Asked] = []
    pending = unasked = invalid = 0
    for history in histories:
        known = [each for each in in_order(history) if each.occurred_us <= now_us]
        place = next((n for n, each in enumerate(known) if isinstance(each, FeedbackAsked)), None)
        request = None if place is None else known[place]
        # What was said before the asking is no answer to it.
        said = last_feedback(known[place or 0 :])
        at_us = said.occurred_us if request is None and said is not None else None
        at_us = request.occurred_us if request is not None else at_us
        if at_us is None or not start_us <= at_us < end_us:
            continue
        if said is not None and is_satisfied(said.score, said.best, rules) is None:
            invalid += 1
        elif request is None:
            unasked += 1
        elif said is None and now_us < at_us + rules.wait // _US:
            pending += 1
        else:
            asked.append(_Asked(request.ticket_id, at_us, said, _facts(known, at_us)))
    answers = [each.said for each in asked if each.said is not None]
    content = sum(bool(is_satisfied(each.score, each.best, rules)) for each in answers)
    return Satisfaction(
        start_us=start_us,
        end_us=end_us,
        asked=len(asked),
        pending=pending,
        satisfied=Rate(successes=content, trials=len(answers)),
        unasked=unasked,
        invalid=invalid,
        scores=_scores(answers),
        gaps=tuple(_gaps(asked, rules)),
        rules=rules,
    )


def _facts(known: list[TicketEvent], asked_us: int) -> tuple[bool, ...]:
    """Return what was so when the requester was asked; what came later is no reason to answer."""
    before = [each for each in known if each.occurred_us <= asked_us]
    groups = [each.group for each in before if isinstance(each, TicketOpened | TicketAssigned)]
    held = [group for group in groups if group]
    moved = any(one != other for one, other in pairwise(held))
    return any(isinstance(each, TicketReopened) for each in before), moved


def _scores(answers: Iterable[FeedbackGiven]) -> tuple[tuple[int, int], ...]:
    counted: dict[int, int] = {}
    for each in answers:
        place = 100 * (each.score - 1) // (each.best - 1)
        counted[place] = counted.get(place, 0) + 1
    return tuple(sorted(counted.items()))


def _gaps(asked: list[_Asked], rules: SatisfactionRules) -> Iterator[ResponderGap]:
    spoke = [each for each in asked if each.said is not None]
    silent = [each for each in asked if each.said is None]
    if min(len(spoke), len(silent)) < rules.fewest:
        return
    for place, name in enumerate(_FACTS):
        one = Rate(successes=sum(each.facts[place] for each in spoke), trials=len(spoke))
        other = Rate(successes=sum(each.facts[place] for each in silent), trials=len(silent))
        # Several facts are looked at: each has its share of the chance to be wrong.
        level = 1 - (1 - rules.level) / len(_FACTS)
        interval = difference_interval(
            (one.successes, one.trials), (other.successes, other.trials), level=level
        )
        yield ResponderGap(fact=name, answered=one, silent=other, interval=interval)
