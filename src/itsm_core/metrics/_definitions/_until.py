"""What is waited for in the life of a ticket: from which instant, and until which (law M1).

A wait that has not ended is watched as long as the ticket was looked at. Where something else
makes the end impossible, such as a second group for a resolution at first contact, the wait goes
on for ever: it did not end, and nobody stopped watching.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import timedelta, tzinfo
from enum import Enum
from typing import Final

import attrs

from itsm_core.calendars import wall_time
from itsm_core.errors import InvalidValue
from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions._case import Case

__all__ = ["FirstContact", "Until", "waiter"]

Wait = tuple[int, int | None]
"""When a wait began and when it ended, if it has, in microseconds since 1970 UTC."""


class Until(Enum):
    """Name what a ticket waits for; all of it from its opening on, but for REOPENED.

    ANSWERED is the first answer of a human. FIRST_RESOLVED is the first solution, whatever came of
    it; RESOLVED the one that still stands, CLOSED the end. TRANSFERRED is when another group than
    the first one gets it, BOUNCED when a group gets back what it gave to another. ESCALATED is when
    somebody asked for escalation, a ladder took a step, or a major incident was proposed. REOPENED
    is when work begins again after the first solution, counted from that solution.

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, TimeUntil, Until, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> for until in (Until.ANSWERED, Until.FIRST_RESOLVED, Until.RESOLVED):
    ...     metric = attrs.evolve(METRICS["response-median"], measure=TimeUntil(until=until))
    ...     print(until.value, measure(log, metric, log.whole()).honest)
    answered 58 min (40 min to 73 min)
    first_resolved 6.1 h (3.8 h to 17.1 h)
    resolved 12.9 h (4.1 h to 18.1 h)
    """

    ANSWERED = "answered"
    FIRST_RESOLVED = "first_resolved"
    RESOLVED = "resolved"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    BOUNCED = "bounced"
    ESCALATED = "escalated"
    REOPENED = "reopened"


@attrs.frozen(kw_only=True)
class FirstContact:
    """Say what counts as resolved at first contact; every part that is named must hold.

    There is no one definition: on one real log eight usual ones give from 7 to 61 percent. So each
    part is said. `one_group`: no second group until the solution. `within`: solved so soon.
    `same_day`: on the day of the opening, in the zone of the window. `never_waited`: not on hold
    before. `no_contact`: the requester, after reporting it, got in touch no more before the
    solution. `at_registration`: solved when it was registered. `not_reopened`: no work after that
    solution, as far as is known; with `follow_up` it counts only from then on.

    Raises:
        InvalidValue: nothing is asked for, or a length is not positive.

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, FirstContact, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> week = METRICS["resolution-rate-7d"]
    >>> for asked in (FirstContact(one_group=True), FirstContact(one_group=True, same_day=True)):
    ...     metric = attrs.evolve(week, measure=attrs.evolve(week.measure, until=asked))
    ...     print(f"{asked}: {measure(log, metric, log.whole()).honest}")
    one group: 64.7% (57.9% to 71.3%)
    one group, on the same day: 43.9% (37.3% to 51.2%)
    >>> FirstContact()
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a first contact of which nothing is asked: ...; say one_group
    """

    one_group: bool = False
    within: timedelta | None = None
    same_day: bool = False
    never_waited: bool = False
    no_contact: bool = False
    at_registration: bool = False
    not_reopened: bool = False
    follow_up: timedelta = timedelta(0)

    def __attrs_post_init__(self) -> None:
        if not any(getattr(self, name) for name in _ASKED):
            raise InvalidValue("a first contact of which nothing is asked", self, "say one_group")
        if self.follow_up < timedelta(0) or (self.within or _TICK) <= timedelta(0):
            told = (self.within, self.follow_up)
            raise InvalidValue("a length is not positive", told, "write e.g. hours(1)")
        if self.follow_up and not self.not_reopened:
            remedy = "say not_reopened, or leave follow_up out"
            raise InvalidValue("nothing is followed up", self.follow_up, remedy)

    def __str__(self) -> str:
        parts = [words for name, words in _ASKED.items() if getattr(self, name)]
        text = ", ".join(parts)
        if self.within is not None:
            text = text.replace("within", f"within {self.within}")
        return f"{text} for {self.follow_up}" if self.follow_up else text


_TICK: Final = timedelta.resolution
_ASKED: Final = {
    "one_group": "one group",
    "within": "within",
    "same_day": "on the same day",
    "never_waited": "never on hold",
    "no_contact": "no further contact",
    "at_registration": "when registered",
    "not_reopened": "not reopened",
}


def waiter(until: Until | FirstContact, zone: tzinfo) -> Callable[[Case, int], Wait | None]:
    """Return what tells the wait of a case as known at an instant; None if it has not begun.

    Made once for many cases: which wait it is, is asked once.
    """
    if isinstance(until, FirstContact):
        return lambda case, seen_us: (
            case.opened_us,
            _first_contact(until, case, seen_us, zone),
        )
    if until is Until.REOPENED:
        return _returned
    end = _ENDS[until]
    return lambda case, seen_us: (case.opened_us, end(case, seen_us))


def _returned(case: Case, seen_us: int) -> Wait | None:
    if not case.done_us or case.done_us[0] > seen_us:
        return None
    return case.done_us[0], _known(case.undone_us, seen_us)


def _known(instants_us: Sequence[int], seen_us: int) -> int | None:
    """Return the first instant, if it is known already."""
    return instants_us[0] if instants_us and instants_us[0] <= seen_us else None


def _closed(case: Case, seen_us: int) -> int | None:
    """Return when it was closed, if it is closed."""
    place = bisect_right(case.phases, seen_us, key=lambda phase: phase.since_us) - 1
    if place < 0 or case.phases[place].category is not StateCategory.CLOSED:
        return None
    return case.phases[place].since_us


def _moves(case: Case, seen_us: int) -> list[tuple[int, str]]:
    """Return since when which group had it, those that follow each other being different."""
    found: list[tuple[int, str]] = []
    for stint in case.stints:
        if stint.since_us > seen_us:
            break
        if stint.group and (not found or found[-1][1] != stint.group):
            found.append((stint.since_us, stint.group))
    return found


def _transferred(case: Case, seen_us: int) -> int | None:
    moves = _moves(case, seen_us) if len(case.stints) > 1 else []
    return moves[1][0] if len(moves) > 1 else None


def _bounced(case: Case, seen_us: int) -> int | None:
    moves = _moves(case, seen_us) if len(case.stints) > 2 else []
    returns = (
        later for earlier, later in zip(moves, moves[2:], strict=False) if earlier[1] == later[1]
    )
    return next((at for at, _ in returns), None)


_ENDS: Final[dict[Until, Callable[[Case, int], int | None]]] = {
    Until.ANSWERED: lambda case, seen_us: _known(case.answers_us, seen_us),
    Until.FIRST_RESOLVED: lambda case, seen_us: _known(case.done_us, seen_us),
    Until.RESOLVED: lambda case, seen_us: case.standing_us(seen_us),
    Until.CLOSED: _closed,
    Until.TRANSFERRED: _transferred,
    Until.BOUNCED: _bounced,
    Until.ESCALATED: lambda case, seen_us: _known(case.escalations_us, seen_us),
}


def _first_contact(asked: FirstContact, case: Case, seen_us: int, zone: tzinfo) -> int | None:
    """Return when a case was resolved at first contact, as far as it is known."""
    done = _known(case.done_us, seen_us)
    if done is None or not _holds(asked, case, done, zone):
        return None
    if not asked.not_reopened:
        return done
    again = _known(case.undone_us, seen_us)
    certain = done + asked.follow_up // _TICK
    # Reopened after the follow-up it was a new story; without one, every return counts.
    if again is not None and (not asked.follow_up or again <= certain):
        return None
    return certain if certain <= seen_us else None


def _holds(asked: FirstContact, case: Case, done: int, zone: tzinfo) -> bool:
    """Tell whether all that is asked was so when the solution was given."""
    start = case.opened_us
    if asked.within is not None and done - start > asked.within // _TICK:
        return False
    if asked.one_group and _transferred(case, done) is not None:
        return False
    if asked.never_waited and any(
        phase.category is StateCategory.ON_HOLD and phase.since_us <= done for phase in case.phases
    ):
        return False
    if asked.no_contact and any(start < at <= done for at, _ in case.contacts):
        return False
    if asked.at_registration and done > case.opened.recorded_us:
        return False
    return not asked.same_day or _day(start, zone) == _day(done, zone)


def _day(at_us: int, zone: tzinfo) -> int:
    return wall_time(at_us, zone).toordinal()
