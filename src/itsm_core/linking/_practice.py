"""Problem practice: from a candidate to a problem, a known error, a workaround, a review (law K3).

All of it is commands on tickets, decided by `itsm_core.links.decide_linked` under
`PRACTICE_RULES`; nothing is decided here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.commands import LinkTicket, OpenTicket
from itsm_core.errors import InvalidValue
from itsm_core.ids import ServiceId, TicketId
from itsm_core.lifecycle import StateCategory, Ticket
from itsm_core.linking._candidates import ProblemCandidate
from itsm_core.linking._statistics import poisson_at_least
from itsm_core.links import LINK_RULES, LINK_TYPES, Effect, LinkRules, LinkType, Propagation
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "PRACTICE_RULES",
    "ProblemOutcome",
    "ProblemReview",
    "known_error_commands",
    "outcome_of",
    "problem_commands",
    "review_of",
]

_KNOWN: Final = "known_error"
_WORKAROUND: Final = "workaround"
_DONE: Final = StateCategory.RESOLVED
_CONVINCING: Final = 0.05
"""Silence convinces once it would be as unlikely as this if the failure still came as before."""


def _follow(on: StateCategory, effect: Effect, *, code: str = "") -> Propagation:
    asked = effect is Effect.RESOLVE
    return Propagation(link=_KNOWN, on=on, effect=effect, is_asked=asked, resolution_code=code)


PRACTICE_RULES: Final = LinkRules(
    types=(*LINK_TYPES, LinkType(name=_KNOWN, reverse="known_error_of", is_acyclic=True)),
    propagations=(
        *LINK_RULES.propagations,
        _follow(StateCategory.ACTIVE, Effect.INFORM),
        _follow(StateCategory.ACTIVE, Effect.RESOLVE, code=_WORKAROUND),
        _follow(_DONE, Effect.INFORM),
        _follow(_DONE, Effect.RESOLVE),
    ),
    blocks=LINK_RULES.blocks,
)
"""The usual links, and `known_error`: incidents hear when its workaround is published and when it
is resolved, and are resolved by either if `ask` names the link. Accepting a risk resolves nobody's
incident: without a resolution code their lifecycle refuses."""


def problem_commands(
    candidate: ProblemCandidate, *, ticket_id: TicketId, impact: str, urgency: str, title: str = ""
) -> tuple[OpenTicket, tuple[LinkTicket, ...]]:
    """Return what makes a problem of a candidate: its opening, and one link for each incident.

    A suspected change is linked as what caused it; unlink it once the analysis says otherwise. The
    title is the candidate's subject unless a better one is given: shared terms, no texts. Service
    and item are those of at least half of the incidents.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Occurrence, find_candidates, problem_commands
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export") for at in each_week]
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12))
    >>> opening, links = problem_commands(found, ticket_id="PRB-1", impact="high", urgency="low")
    >>> f"{opening.ticket_type} {opening.title!r}: {links[0].ticket_id} and {len(links) - 1} more"
    "problem 'export': INC-0108 and 11 more"
    """
    opening = OpenTicket(
        ticket_id=ticket_id,
        ticket_type="problem",
        title=title or candidate.subject,
        service=ServiceId(candidate.usual_service),
        configuration_item_id=candidate.usual_item,
        impact=impact,
        urgency=urgency,
    )
    links = [
        LinkTicket(ticket_id=member, link="problem", other=ticket_id)
        for member in candidate.members
    ]
    if candidate.change is not None:
        cause = candidate.change.change.change_id
        links.append(LinkTicket(ticket_id=ticket_id, link="caused_by", other=cause))
    return opening, tuple(links)


def known_error_commands(
    problem: Ticket, *, ticket_id: TicketId, title: str, incidents: Iterable[TicketId] = ()
) -> tuple[OpenTicket, tuple[LinkTicket, ...]]:
    """Return what makes a known error of a problem: its opening, and one link for each incident.

    `title` is the symptom as people report it, since that is what later incidents are matched by.
    The incidents are those linked to the problem unless others are named. Publishing its workaround
    is a command of its own, by somebody else (four eyes): `TriggerTransition(name="publish")`.

    Raises:
        InvalidValue: the symptom is empty.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketLinked, TicketOpened
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.linking import known_error_commands
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> problem = fold(
    ...     [
    ...         TicketOpened(ticket_id="PRB-1", occurred_at=at, service="export"),
    ...         TicketLinked(ticket_id="PRB-1", occurred_at=at, link="problem_of", other="INC-1"),
    ...     ]
    ... )
    >>> opening, links = known_error_commands(problem, ticket_id="KE-1", title="No export at night")
    >>> opening.service, [(each.ticket_id, each.link, each.other) for each in links]
    ('export', [('KE-1', 'problem', 'PRB-1'), ('INC-1', 'known_error', 'KE-1')])
    >>> known_error_commands(problem, ticket_id="KE-1", title=" ")
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a known error without a symptom: ' '; write the symptom as
    people report it
    """
    if not title.strip():
        remedy = "write the symptom as people report it"
        raise InvalidValue("a known error without a symptom", title, remedy)
    opening = OpenTicket(
        ticket_id=ticket_id,
        ticket_type=_KNOWN,
        title=title,
        service=problem.service,
        category=problem.category_name,
        configuration_item_id=problem.configuration_item_id,
        impact=problem.impact,
        urgency=problem.urgency,
    )
    linked = tuple(incidents) or tuple(e.other for e in problem.links if e.name == "problem_of")
    links = tuple(LinkTicket(ticket_id=each, link=_KNOWN, other=ticket_id) for each in linked)
    own = LinkTicket(ticket_id=ticket_id, link="problem", other=problem.ticket_id)
    return opening, (own, *links)


class ProblemOutcome(Enum):
    """Say what became of a problem; living with it is no solution, and is never counted as one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.lifecycle import PROBLEM, decide, fold
    >>> from itsm_core.linking import outcome_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ann = Actor(person_id="ann", roles={"problem_manager"})
    >>> opening = OpenTicket(ticket_id="PRB-1", ticket_type="problem", impact="high", urgency="low")
    >>> problem = fold(decide(PROBLEM, None, opening, actor=ann, at=at))
    >>> outcome_of(problem).value
    'open'
    """

    OPEN = "open"
    KNOWN_ERROR = "known error"
    RESOLVED = "resolved"
    RISK_ACCEPTED = "risk accepted"
    CANCELLED = "cancelled"


def outcome_of(problem: Ticket, *, accepted: bool = False) -> ProblemOutcome:
    """Return what became of a problem of the shipped lifecycle.

    A closed problem no longer shows whether it was resolved or lived with: `accepted` says so,
    read from its history (`TicketMoved` to `risk_accepted`).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketMoved, TicketOpened
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.linking import outcome_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = [TicketOpened(ticket_id="PRB-1", occurred_at=at, ticket_type="problem")]
    >>> outcome_of(fold(told)).value
    'open'
    >>> told.append(TicketMoved(ticket_id="PRB-1", occurred_at=at, state="known_error"))
    >>> outcome_of(fold(told)).value
    'known error'
    """
    category = problem.category
    if category is StateCategory.CANCELLED:
        return ProblemOutcome.CANCELLED
    if problem.state == "risk_accepted" or (accepted and not category.is_open):
        return ProblemOutcome.RISK_ACCEPTED
    if not category.is_open:
        return ProblemOutcome.RESOLVED
    is_known = problem.state in {"known_error", "error_on_hold"}
    return ProblemOutcome.KNOWN_ERROR if is_known else ProblemOutcome.OPEN


@attrs.frozen(kw_only=True)
class ProblemReview:
    """Hold what happened since a problem was resolved, against what would have.

    `expected` is how many occurrences there would be if nothing had changed, `chance` that of as
    few as were `observed`. Before `convincing_us` silence proves nothing: a failure that comes once
    a month is not gone because of a quiet week.

    `convincing_us` is in microseconds since 1970 (UTC).

    >>> from itsm_core.linking import ProblemReview
    >>> month = 1_772_323_200_000_000  # microseconds from 1970 to 2026-03-01
    >>> review = ProblemReview(observed=0, expected=4.2, chance=0.015, convincing_us=month)
    >>> f"{review.verdict}, as silence from {review.convincing_at:%Y-%m-%d} on says"
    'gone, as silence from 2026-03-01 on says'
    """

    observed: int
    expected: float
    chance: float
    convincing_us: int

    @property
    def convincing_at(self) -> pendulum.DateTime:
        """Return from when on silence is convincing, in UTC."""
        return in_pendulum(instant(self.convincing_us))

    @property
    def verdict(self) -> str:
        """Return `gone`, `rarer`, `came back` or `too early`."""
        if self.chance <= _CONVINCING:
            return "gone" if not self.observed else "rarer"
        return "came back" if self.observed else "too early"


def review_of(
    candidate: ProblemCandidate,
    resolved_at: datetime,
    *,
    as_of: datetime,
    later: Iterable[datetime] = (),
) -> ProblemReview:
    """Return whether a solution worked, judged by the rate before it.

    `later` are the instants at which the failure was seen again; those before `resolved_at` or
    after `as_of` do not count.

    Raises:
        InvalidValue: `as_of` is before `resolved_at`, or the candidate came only once before.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Occurrence, find_candidates, review_of
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export") for at in each_week]
    >>> solved = night + timedelta(weeks=12)
    >>> (found,) = find_candidates(seen, as_of=solved)
    >>> review_of(found, solved, as_of=solved + timedelta(weeks=1)).verdict
    'too early'
    >>> review_of(found, solved, as_of=solved + timedelta(weeks=4)).verdict
    'gone'
    >>> again = [night + timedelta(weeks=13)]
    >>> review_of(found, solved, as_of=solved + timedelta(weeks=2), later=again).verdict
    'came back'
    """
    resolved_us, until_us = micros(resolved_at), micros(as_of)
    if until_us < resolved_us:
        raise InvalidValue("a review before the solution", as_of, "review after it was resolved")
    before = [each.at_us for each in candidate.occurrences if each.at_us < resolved_us]
    if len(before) < 2:
        remedy = "give the candidate as it was before the solution"
        raise InvalidValue("no rate to compare with", len(before), remedy)
    rate = (len(before) - 1) / max(1, resolved_us - before[0])
    seen = {micros(each) for each in later}
    observed = sum(resolved_us < each <= until_us for each in seen)
    expected = rate * (until_us - resolved_us)
    return ProblemReview(
        observed=observed,
        expected=expected,
        chance=1 - poisson_at_least(observed + 1, expected),
        convincing_us=resolved_us + math.ceil(-math.log(_CONVINCING) / rate),
    )
