"""What to promise for a case of its kind, at any age, from what lately happened (law D6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import exp, inf, log1p
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio, whole
from itsm_core.metrics._percentiles import least_sample
from itsm_core.metrics._promises import Promise
from itsm_core.metrics._promises_curve import START, BorrowedCurve, Curve, Exposure, PeriodCurve

__all__ = ["Lookback", "PastCase", "PromiseModel"]

_LEVEL: Final = 0.95
_Kinds = tuple[str, ...]


@attrs.frozen(kw_only=True)
class PastCase:
    """Hold when a case began and ended, as numbers on one axis: hours since any instant.

    An axis of working time serves as well: put every instant on it by `calendar.between(zero,
    instant)`. `left` is when a case dropped out without having ended, such as one that was
    withdrawn; with neither it is still open. `kinds` go from coarse to fine, as they were known
    when it began: priority, then group. What was learned later must not be in them.

    Raises:
        InvalidValue: an instant that is not finite, an end before the beginning, a case that ended
            and left, kinds as one text.

    >>> from itsm_core.metrics import PastCase
    >>> case = PastCase(began=100, ended=130, kinds=("P3", "mail"))
    >>> case.seen(as_of=120), case.seen(as_of=200)
    ((20, False), (30, True))
    >>> PastCase(began=100, ended=90)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a case ends before it begins: (100, 90); swap the two, or
        leave the case out
    """

    began: float
    ended: float | None = None
    left: float | None = None
    kinds: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        number(self.began, "a case's beginning")
        for end in (self.ended, self.left):
            if end is not None and number(end, "a case's end") < self.began:
                remedy = "swap the two, or leave the case out"
                raise InvalidValue("a case ends before it begins", (self.began, end), remedy)
        if self.ended is not None and self.left is not None:
            both = (self.ended, self.left)
            raise InvalidValue("a case that ended and left", both, "keep what came first")
        if isinstance(self.kinds, str):
            raise InvalidValue("kinds are a tuple of texts", self.kinds, f"use ({self.kinds!r},)")

    @property
    def watched_until(self) -> float:
        """The instant after which nothing more is seen of it; infinite while it is open."""
        if self.ended is not None:
            return self.ended
        return inf if self.left is None else self.left

    def seen(self, as_of: float) -> tuple[float, bool]:
        """Return its age as it was known at an instant, and whether it had ended by then."""
        until = min(self.watched_until, as_of)
        return until - self.began, self.ended is not None and self.ended <= as_of


@attrs.frozen(kw_only=True)
class Lookback:
    """Hold how far back promises are read from: the latest `span`s that saw `enough` cases end.

    A `span` is a week, in the unit of the cases (168 hours; 40 where a week has 40 working hours),
    because weekdays differ. At most `most` of them are read. A kind counts `weight` cases of the
    kind above it as its own at every age, so that few cases do not speak alone.

    Raises:
        InvalidValue: a span or a weight that is not above 0, a number below 1.

    >>> from itsm_core.metrics import Lookback, PastCase, PromiseModel
    >>> slow = [PastCase(began=n, ended=n + 20) for n in range(400)]
    >>> fast = [PastCase(began=n, ended=n + 5) for n in range(400, 600)]
    >>> for most in (1, 4):
    ...     model = PromiseModel.fitted(slow + fast, 600, lookback=Lookback(most=most, enough=500))
    ...     print(f"{most} weeks: {model.promise(0.8).by:g} hours")
    1 weeks: 5 hours
    4 weeks: 20 hours
    """

    span: float = 168.0
    most: int = 4
    enough: int = 50
    weight: float = 5.0

    def __attrs_post_init__(self) -> None:
        number(self.span, "a span", above=0)
        whole(self.most, "a number of spans", least=1)
        whole(self.enough, "a number of ends", least=1)
        number(self.weight, "a weight", above=0)


@attrs.frozen
class PromiseModel:
    """Hold what can be promised at an instant, by kinds. Make it anew each morning.

    Only what had begun and ended by `as_of` is read: a model of last year from today's log is the
    one that would have been made last year.

    >>> cases = [PastCase(began=n, ended=n + 1 + n % 10) for n in range(100)]
    >>> PromiseModel.fitted(cases, 110).promise(0.8).by
    8
    """

    as_of: float
    _whole: PeriodCurve
    _kinds: Mapping[tuple[str, ...], BorrowedCurve]

    @classmethod
    def fitted(
        cls, cases: Iterable[PastCase], as_of: float, *, lookback: Lookback | None = None
    ) -> PromiseModel:
        """Read the curves of all kinds from what happened up to an instant.

        Raises:
            InvalidValue: an instant that is not finite.
        """
        back, now = lookback or Lookback(), number(as_of, "an instant")
        first = now - back.most * back.span
        by_kinds: defaultdict[_Kinds, list[PastCase]] = defaultdict(list)
        recent = [case for case in cases if case.began < now and case.watched_until > first]
        for case in recent:
            for depth in range(1, len(case.kinds) + 1):
                by_kinds[case.kinds[:depth]].append(case)
        whole_curve = PeriodCurve.of(_exposures(recent, now, back))
        curves: dict[_Kinds, BorrowedCurve] = {}
        for kinds in sorted(by_kinds, key=len):
            above: Curve = curves.get(kinds[:-1], whole_curve)
            seen = _exposures(by_kinds[kinds], now, back)
            curves[kinds] = BorrowedCurve.of(seen, above, back.weight)
        return cls(now, whole_curve, curves)

    def _curve(self, kinds: Sequence[str]) -> PeriodCurve | BorrowedCurve:
        """Return the curve of the finest of the kinds that was seen."""
        if isinstance(kinds, str):
            raise InvalidValue("kinds are a tuple of texts", kinds, f"use ({kinds!r},)")
        path = tuple(kinds)
        while path and path not in self._kinds:
            path = path[:-1]
        return self._kinds[path] if path else self._whole

    def promise(self, ratio_kept: float, *, kinds: Sequence[str] = (), age: float = 0.0) -> Promise:
        """Return the time by which such a share of cases of these kinds ends (law D6).

        It counts from the beginning of the case, at intake (`age` 0) and later, when it is asked
        among those that took as long. A kind that was never seen is answered by the one above it.
        `Promise.cases` are those of the finest kind that were watched beyond the age.

        Raises:
            InvalidValue: a share outside (0, 1), a negative age, kinds as one text.
        """
        share, since = ratio(ratio_kept, "a share to be kept"), number(age, "an age", least=0)
        curve = self._curve(kinds)
        cases, all_cases = (_watched(each, since) for each in (curve, self._whole))
        fewest = least_sample(share, level=_LEVEL)
        if all_cases < fewest:
            why = f"{all_cases} cases were watched so long; {share:.0%} takes {fewest}"
            return Promise(ratio=share, age=since, by=None, cases=cases, why=why)
        by = curve.age_at(_survived(curve, since) - log1p(-share))
        why = "" if by is not None else f"fewer than {share:.0%} of cases have ended so far"
        return Promise(ratio=share, age=since, by=by, cases=cases, why=why)

    def kept_ratio(self, by: float, *, kinds: Sequence[str] = (), age: float = 0.0) -> float | None:
        """Return the share of cases of these kinds that end by a time; None where none was seen.

        With an `age`, among those that took as long.

        Raises:
            InvalidValue: a time before the age, a negative age, kinds as one text.
        """
        since = number(age, "an age", least=0)
        until, curve = number(by, "a time", least=since), self._curve(kinds)
        if not self._whole.watched.at(until):
            return None
        return 1 - exp(_survived(curve, since) - curve.hazard(until))


def _survived(curve: PeriodCurve | BorrowedCurve, age: float) -> float:
    """Return the hazard that is past at an age; at intake none, not even that of the first instant.

    What is solved on the spot ends at age 0, and is one of those to whom a time is promised.
    """
    return curve.hazard(age) if age else 0.0


def _watched(curve: PeriodCurve | BorrowedCurve, age: float) -> int:
    """Return how many were watched beyond an age; at intake all who came."""
    return curve.watched.after(age) if age else curve.watched.at(age)


def _exposures(cases: Sequence[PastCase], now: float, back: Lookback) -> list[Exposure]:
    """Return the ages that cases went through within the shortest lookback that saw enough."""
    ends = sorted((case.ended for case in cases if case.ended is not None), reverse=True)
    past = [end for end in ends if end <= now]
    spans = back.most
    if len(past) >= back.enough:
        nth = now - past[back.enough - 1]
        spans = min(back.most, int(nth // back.span) + 1)
    first = now - spans * back.span
    found: list[Exposure] = []
    for case in cases:
        if case.watched_until > first:
            leaving, has_ended = case.seen(now)
            entry = START if case.began >= first else first - case.began
            found.append(Exposure(entry, leaving, has_ended))
    return found
