"""Norms of work and points for people: what they would have paid out, and how they are gamed.

Whoever pays for a number gets the number. Before a norm or a scheme is used on people, it is tried
on a log: what each would have been paid, and what the same hours would have paid had somebody
split tickets, picked easy ones, or closed and reopened. People are listed by their ids, never by
their figures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import fsum
from typing import Final, Literal, get_args

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics._checks import number, whole
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._percentiles import quantile, quantile_interval
from itsm_core.metrics._promises_totals import totals_interval

__all__ = [
    "POINT_SCHEMES",
    "TRICKS",
    "DoneWork",
    "Gaming",
    "Payout",
    "PointScheme",
    "Trick",
    "WorkNorm",
    "gaming",
    "payouts",
    "work_norms",
]

_FEW: Final = 20
"""Below so many cases a kind or a person has a figure of its own in name only."""

Trick = Literal["close-and-reopen", "pick-easy", "split"]
"""Resolve everything twice; take what pays best for its time; make two tickets of one request."""
TRICKS: Final[tuple[Trick, ...]] = get_args(Trick)
"""All of them, sorted."""


@attrs.frozen(kw_only=True)
class DoneWork:
    """Hold a ticket that somebody resolved: of what kind, and the hours of work that it took.

    `reopened` counts how often it came back afterwards. `request` names what it is a part of, where
    one request was split into tickets; empty, it is a request of its own.

    Raises:
        InvalidValue: hours that are negative or not finite, a negative number of reopenings.

    >>> from itsm_core.metrics import DoneWork
    >>> parts = [
    ...     DoneWork(ticket_id=name, person="ana", kind="mail", hours=1.5, request="REQ-7")
    ...     for name in ("INC-1", "INC-2")
    ... ]
    >>> sum(part.hours for part in parts), {part.request for part in parts}
    (3.0, {'REQ-7'})
    >>> DoneWork(ticket_id="INC-3", person="ana", kind="mail", hours=-1)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a number of hours of work is a finite number from 0: -1; leave
        out what is unknown
    """

    ticket_id: TicketId
    person: PersonId
    kind: str
    hours: float
    reopened: int = 0
    request: str = ""

    def __attrs_post_init__(self) -> None:
        number(self.hours, "a number of hours of work", least=0)
        whole(self.reopened, "a number of reopenings")


@attrs.frozen(kw_only=True)
class WorkNorm:
    """Hold the hours that a kind of work usually takes: its median, with interval and cases.

    A kind of fewer than 20 cases has the median of all kinds (`is_small`).

    >>> from itsm_core.metrics import DoneWork, work_norms
    >>> done = [
    ...     DoneWork(ticket_id=f"INC-{n}", person="ana", kind="mail", hours=1 + n % 5)
    ...     for n in range(30)
    ... ]
    >>> norm = work_norms(done)["mail"]
    >>> f"{norm.hours:g} hours ({norm.interval.low:g} to {norm.interval.high:g})", norm.cases
    ('3 hours (2 to 4)', 30)
    """

    kind: str
    hours: float
    interval: Interval
    cases: int
    is_small: bool


def work_norms(done: Iterable[DoneWork]) -> Mapping[str, WorkNorm]:
    """Return the norm of each kind of work, by its name.

    A median, because one case of a week must not make norms for all; and not a goal: half of the
    work takes longer, whoever does it.

    Raises:
        InvalidValue: no work at all.

    >>> from itsm_core.metrics import DoneWork, work_norms
    >>> kinds = [("mail", 1)] * 30 + [("network", 6)] * 20 + [("fax", 9)]
    >>> done = [
    ...     DoneWork(ticket_id=f"INC-{n}", person="ana", kind=kind, hours=hours)
    ...     for n, (kind, hours) in enumerate(kinds)
    ... ]
    >>> {kind: (norm.hours, norm.is_small) for kind, norm in work_norms(done).items()}
    {'fax': (1.0, True), 'mail': (1.0, False), 'network': (6.0, False)}
    """
    hours: defaultdict[str, list[float]] = defaultdict(list)
    for each in done:
        hours[each.kind].append(each.hours)
    every = [value for values in hours.values() for value in values]
    if not every:
        raise InvalidValue("no work to take a norm from", 0, "give the tickets of some months")
    found: dict[str, WorkNorm] = {}
    for kind, values in sorted(hours.items()):
        is_small = len(values) < _FEW
        taken = every if is_small else values
        found[kind] = WorkNorm(
            kind=kind,
            hours=quantile(taken, 0.5),
            interval=quantile_interval(taken, 0.5),
            cases=len(values),
            is_small=is_small,
        )
    return found


@attrs.frozen(kw_only=True)
class PointScheme:
    """Hold what earns points: each resolution, each ticket that stayed resolved, or each request.

    `by_norm` pays the norm of the kind in hours, else each earns 1 point. With "ticket" and
    "request", what came back earns nothing; with "request" the parts of one request earn once, as
    the first of them, shared among those who did them by their number of parts.

    Raises:
        InvalidValue: `earns` is none of the three.

    >>> from itsm_core.metrics import DoneWork, PointScheme, payouts, work_norms
    >>> done = [
    ...     DoneWork(ticket_id="INC-1", person="ana", kind="mail", hours=1),
    ...     DoneWork(ticket_id="INC-2", person="ana", kind="mail", hours=1, reopened=2),
    ... ]
    >>> for earns in ("resolution", "ticket"):
    ...     scheme = PointScheme(name=earns, earns=earns, by_norm=False)
    ...     print(earns, payouts(done, scheme, work_norms(done))[0].points)
    resolution 4.0
    ticket 1.0
    """

    name: str
    earns: Literal["resolution", "ticket", "request"]
    by_norm: bool

    def __attrs_post_init__(self) -> None:
        if self.earns not in ("resolution", "ticket", "request"):
            remedy = "use resolution, ticket or request"
            raise InvalidValue("nothing that earns points", self.earns, remedy)


POINT_SCHEMES: Final = (
    PointScheme(name="a point for each resolution", earns="resolution", by_norm=False),
    PointScheme(name="a point for each ticket that stays resolved", earns="ticket", by_norm=False),
    PointScheme(name="the norm of each ticket that stays resolved", earns="ticket", by_norm=True),
    PointScheme(name="the norm of each request that stays resolved", earns="request", by_norm=True),
)
"""Four schemes, from the one that is gamed most easily on."""


@attrs.frozen(kw_only=True)
class Payout:
    """Hold what a scheme would have paid a person, who is not compared with anybody.

    `norm_ratio` is the norm of the work over the hours that it took, with its interval by how the
    tickets differ: above 1, it took less than usual. A person with fewer than 20 tickets is
    `is_small`, and the figure says nothing about the person.

    >>> from itsm_core.metrics import POINT_SCHEMES, DoneWork, payouts, work_norms
    >>> fast = [DoneWork(ticket_id=f"A{n}", person="ana", kind="mail", hours=1) for n in range(30)]
    >>> slow = [DoneWork(ticket_id=f"B{n}", person="ben", kind="mail", hours=2) for n in range(20)]
    >>> for each in payouts(fast + slow, POINT_SCHEMES[0], work_norms(fast + slow)):
    ...     print(f"{each.person}: {each.points:g} points, norm over hours {each.norm_ratio:g}")
    ana: 30 points, norm over hours 1
    ben: 20 points, norm over hours 0.5
    """

    person: PersonId
    tickets: int
    hours: float
    points: float
    norm_ratio: float | None
    interval: Interval
    is_small: bool


def payouts(
    done: Iterable[DoneWork], scheme: PointScheme, norms: Mapping[str, WorkNorm]
) -> tuple[Payout, ...]:
    """Return what a scheme would have paid each person, in the order of their ids.

    It is no ranking, and there is none to be made of it: whoever takes the hard tickets has fewer.

    Raises:
        InvalidValue: work of a kind that has no norm.

    >>> from itsm_core.metrics import POINT_SCHEMES, DoneWork, payouts, work_norms
    >>> done = [DoneWork(ticket_id=f"A{n}", person="ana", kind="erp", hours=8) for n in range(20)]
    >>> done += [DoneWork(ticket_id=f"B{n}", person="ben", kind="vpn", hours=1) for n in range(99)]
    >>> for scheme in (POINT_SCHEMES[0], POINT_SCHEMES[-1]):
    ...     told = payouts(done, scheme, work_norms(done))
    ...     print(scheme.name, {each.person: each.points for each in told})
    a point for each resolution {'ana': 20.0, 'ben': 99.0}
    the norm of each request that stays resolved {'ana': 160.0, 'ben': 99.0}
    """
    every = tuple(done)
    earned = _points(every, scheme, norms)
    by_person: defaultdict[PersonId, list[int]] = defaultdict(list)
    for place, work in enumerate(every):
        by_person[work.person].append(place)
    found: list[Payout] = []
    for person, places in sorted(by_person.items()):
        pairs = [(_norm(norms, every[place]), every[place].hours) for place in places]
        hours = sum(spent for _, spent in pairs)
        found.append(
            Payout(
                person=person,
                tickets=len(places),
                hours=hours,
                points=fsum(earned[place] for place in places),
                norm_ratio=sum(norm for norm, _ in pairs) / hours if hours else None,
                interval=totals_interval(pairs),
                is_small=len(places) < _FEW,
            )
        )
    return tuple(found)


def _norm(norms: Mapping[str, WorkNorm], work: DoneWork) -> float:
    norm = norms.get(work.kind)
    if norm is None:
        remedy = "take the norms from work that has all kinds"
        raise InvalidValue("a kind of work without a norm", work.kind, remedy)
    return norm.hours


def _points(
    done: Sequence[DoneWork], scheme: PointScheme, norms: Mapping[str, WorkNorm]
) -> list[float]:
    """Return the points that each ticket earns."""
    worth = [_norm(norms, each) if scheme.by_norm else 1.0 for each in done]
    if scheme.earns == "resolution":
        return [value * (1 + each.reopened) for value, each in zip(worth, done, strict=True)]
    stays = [not each.reopened for each in done]
    if scheme.earns == "ticket":
        return [value if stayed else 0.0 for value, stayed in zip(worth, stays, strict=True)]
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(done):
        parts[each.request or each.ticket_id].append(place)
    earned = [0.0] * len(done)
    for places in parts.values():
        if all(stays[place] for place in places):
            for place in places:
                earned[place] = worth[places[0]] / len(places)
    return earned


@attrs.frozen(kw_only=True)
class Gaming:
    """Hold what a trick is worth under a scheme: points of the same hours, without and with it.

    It sums over all people, of whom each plays the trick alone while the others go on as they did.

    >>> from itsm_core.metrics import Gaming
    >>> told = Gaming(scheme="a point a ticket", trick="split", points=40, gamed_points=80)
    >>> f"{told.trick}: {told.gain_ratio:+.0%}"
    'split: +100%'
    """

    scheme: str
    trick: Trick
    points: float
    gamed_points: float

    @property
    def gain_ratio(self) -> float | None:
        """The share by which the trick raises the points; None where there are none."""
        return self.gamed_points / self.points - 1 if self.points else None


def gaming(
    done: Iterable[DoneWork],
    norms: Mapping[str, WorkNorm],
    *,
    schemes: Iterable[PointScheme] = POINT_SCHEMES,
) -> tuple[Gaming, ...]:
    """Return what each trick would have paid under each scheme, for not one hour more of work.

    A split makes two tickets of half the hours out of each; closing and reopening resolves each
    once more; picking fills a person's hours with the tickets of the desk that pay best for their
    time. That last trick pays under every scheme in which some work pays better for its time, and
    there always is some: choose who does what, not whom to pay.

    Raises:
        InvalidValue: work of a kind that has no norm.

    >>> from itsm_core.metrics import POINT_SCHEMES, DoneWork, gaming, work_norms
    >>> done = [DoneWork(ticket_id=f"A{n}", person="ana", kind="erp", hours=8) for n in range(20)]
    >>> done += [DoneWork(ticket_id=f"B{n}", person="ben", kind="vpn", hours=1) for n in range(99)]
    >>> for each in gaming(done, work_norms(done), schemes=[POINT_SCHEMES[0], POINT_SCHEMES[-1]]):
    ...     print(f"{each.scheme}: {each.trick} {each.gain_ratio:+.0%}")
    a point for each resolution: close-and-reopen +100%
    a point for each resolution: pick-easy +73%
    a point for each resolution: split +100%
    the norm of each request that stays resolved: close-and-reopen -100%
    the norm of each request that stays resolved: pick-easy +0%
    the norm of each request that stays resolved: split +0%
    """
    every = tuple(done)
    reopened, split = _reopened(every), _split(every)
    found: list[Gaming] = []
    for scheme in schemes:
        earned = _points(every, scheme, norms)
        points = fsum(earned)
        gamed: dict[Trick, float] = {
            "close-and-reopen": fsum(_points(reopened, scheme, norms)),
            "pick-easy": _picked(every, earned),
            "split": fsum(_points(split, scheme, norms)),
        }
        found += (
            Gaming(scheme=scheme.name, trick=trick, points=points, gamed_points=gamed[trick])
            for trick in TRICKS
        )
    return tuple(found)


def _reopened(done: Sequence[DoneWork]) -> list[DoneWork]:
    return [attrs.evolve(each, reopened=each.reopened + 1) for each in done]


def _split(done: Sequence[DoneWork]) -> list[DoneWork]:
    return [
        attrs.evolve(
            each,
            ticket_id=TicketId(f"{each.ticket_id}/{part}"),
            hours=each.hours / 2,
            request=each.request or each.ticket_id,
        )
        for each in done
        for part in (1, 2)
    ]


def _picked(done: Sequence[DoneWork], points: Sequence[float]) -> float:
    """Return what all would earn if each filled their hours with what pays best, alone.

    What takes no time pays best of all: everybody has it.
    """
    free = fsum(earned for each, earned in zip(done, points, strict=True) if not each.hours)
    best = sorted(
        ((each.hours, earned) for each, earned in zip(done, points, strict=True) if each.hours),
        key=lambda pair: pair[1] / pair[0],
        reverse=True,
    )
    spent = list(accumulate((hours for hours, _ in best), initial=0.0))
    earned = list(accumulate((points for _, points in best), initial=free))
    hours_of: defaultdict[PersonId, float] = defaultdict(float)
    for each in done:
        hours_of[each.person] += each.hours
    total = 0.0
    for hours in hours_of.values():
        place = bisect_right(spent, hours) - 1
        total += earned[place]
        if place < len(best):  # the last one is taken in part, so that no hour is added or lost
            total += best[place][1] * (hours - spent[place]) / best[place][0]
    return total
