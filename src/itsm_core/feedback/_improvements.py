"""The register of improvements: a measure, who owns it, by when, its review, and what it changed.

An improvement is a ticket with a lifecycle of its own. That it was done is one thing, that it
worked another: it is closed only after somebody else than its owner has said which, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import attrs

from itsm_core.commands import AssignTicket, MakeCommitment, OpenTicket
from itsm_core.commitments import Commitment, commitments_of
from itsm_core.errors import InvalidValue
from itsm_core.events import ReasonRecorded, TicketEvent, in_order
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Lifecycle, StateCategory, Transition, fold
from itsm_core.lifecycle._shipped import _common as common
from itsm_core.spans import micros

__all__ = ["IMPROVEMENT", "Improvement", "improvement_commands", "improvement_of"]

_WORKERS: Final = ("analyst", "lead")
_STATES: Final = common.states(
    proposed="new",
    in_work="active",
    in_review="active",
    effective="resolved",
    not_effective="resolved",
    closed="closed",
    cancelled="cancelled",
)


def _judged(trigger: str, target: str) -> Transition:
    """Return a judgement of the effect, with its figures; the owner does not give it."""
    return Transition(
        trigger=trigger,
        sources=("in_review",),
        target=target,
        roles=_WORKERS,
        required=("reason",),
        separate_from=("assignee",),
    )


IMPROVEMENT: Final = Lifecycle(
    name="improvement",
    states=_STATES,
    transitions=(
        *common.records(_STATES, _WORKERS, required=("title",)),
        # Nobody works on what nobody owns.
        Transition(
            trigger="start",
            sources=("proposed",),
            target="in_work",
            roles=_WORKERS,
            required=("assignee",),
        ),
        Transition(
            trigger="done",
            sources=("in_work",),
            target="in_review",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="redo",
            sources=("in_review",),
            target="in_work",
            roles=_WORKERS,
            required=("reason",),
        ),
        _judged("confirm", "effective"),
        _judged("refute", "not_effective"),
        common.reopen(("effective", "not_effective"), "in_work", _WORKERS, times=5),
        Transition(
            trigger="close",
            sources=("effective", "not_effective"),
            target="closed",
            roles=("lead", common.SYSTEM),
        ),
        common.cancel(("proposed", "in_work", "in_review"), _WORKERS),
    ),
)
"""Improvements: proposed, in work, in review, effective or not, closed."""

_MEASURE: Final = "measure"
_REVIEW: Final = "review"


def improvement_commands(
    ticket_id: str,
    measure: str,
    *,
    owner: str,
    due_at: datetime,
    review_at: datetime,
    impact: str = "medium",
    urgency: str = "medium",
) -> tuple[OpenTicket | AssignTicket | MakeCommitment, ...]:
    """Return what enters a measure into the register: opening, owner, and two promises.

    Both promises are the owner's: to have it done by `due_at`, and to have it reviewed by
    `review_at`. They are reminded of and counted like any other (law D4).

    Raises:
        InvalidValue: no measure, no owner, or a review that is not after the measure is due.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.feedback import improvement_commands
    >>> from itsm_core.spans import instant
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> _, owned, due, review = improvement_commands(
    ...     "IMP-1",
    ...     "a substitute for every queue",
    ...     owner="ana",
    ...     due_at=at + 20 * day,
    ...     review_at=at + 80 * day,
    ... )
    >>> [f"{instant(each.due_us):%Y-%m-%d} {each.text}" for each in (due, review)]
    ['2026-01-25 a substitute for every queue', '2026-03-26 review: a substitute for every queue']
    >>> improvement_commands("IMP-2", "more staff", owner="", due_at=at, review_at=at + day)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: an improvement without measure or owner: ('more staff', '');
    say what is done, and by whom
    """
    if not measure.strip() or not owner.strip():
        remedy = "say what is done, and by whom"
        raise InvalidValue("an improvement without measure or owner", (measure, owner), remedy)
    if micros(review_at) <= micros(due_at):
        remedy = "leave time for the effect to show"
        raise InvalidValue("a review before the measure is due", review_at, remedy)
    name, person = TicketId(ticket_id), PersonId(owner)
    opening = OpenTicket(
        ticket_id=name,
        ticket_type="improvement",
        title=measure,
        requester=person,
        impact=impact,
        urgency=urgency,
    )
    promises = (
        MakeCommitment(
            ticket_id=name,
            commitment_id=promise,
            text=text,
            owner=person,
            beneficiary=person,
            due_at=at,
        )
        for promise, text, at in (
            (_MEASURE, measure, due_at),
            (_REVIEW, f"review: {measure}", review_at),
        )
    )
    return (opening, AssignTicket(ticket_id=name, assignee=person), *promises)


ImprovementState = Literal[
    "proposed", "in work", "in review", "effective", "not effective", "cancelled"
]


@attrs.frozen(kw_only=True)
class Improvement:
    """Hold one line of the register as it stands at `as_of`.

    `due` is the promise to have it done, `review` the one to judge it; `finding` the words and
    figures of whoever judged.

    >>> from itsm_core.feedback import Improvement
    >>> print(
    ...     Improvement(
    ...         ticket_id="IMP-1",
    ...         measure="a substitute for every queue",
    ...         owner="",
    ...         state="proposed",
    ...         due=None,
    ...         review=None,
    ...         finding="",
    ...     )
    ... )
    IMP-1 a substitute for every queue (nobody): proposed; nobody owns it, the measure has no
    date, the review has no date
    """

    ticket_id: TicketId
    measure: str
    owner: PersonId
    state: ImprovementState
    due: Commitment | None
    review: Commitment | None
    finding: str

    @property
    def is_judged(self) -> bool:
        """Tell whether somebody said that it worked, or that it did not."""
        return self.state in ("effective", "not effective")

    @property
    def lacks(self) -> tuple[str, ...]:
        """Return what is missing or late, in words; nothing of one that was cancelled."""
        if self.state == "cancelled":
            return ()
        found = [] if self.owner else ["nobody owns it"]
        if self.state in ("proposed", "in work"):
            found += _late("the measure", self.due)
        if not self.is_judged:
            found += _late("the review", self.review)
        elif not self.finding.strip():
            found.append("no finding says what changed")
        return tuple(found)

    def __str__(self) -> str:
        lacking = f"; {', '.join(self.lacks)}" if self.lacks else ""
        return f"{self.ticket_id} {self.measure} ({self.owner or 'nobody'}): {self.state}{lacking}"


def _late(what: str, promise: Commitment | None) -> list[str]:
    if promise is None:
        return [f"{what} has no date"]
    return [f"{what} is late"] if promise.state == "broken" and promise.is_pending else []


def improvement_of(history: Iterable[TicketEvent], as_of: datetime) -> Improvement:
    """Return one line of the register, read from the history of an improvement.

    Raises:
        InvalidValue: the history has no opening up to then, or is of another kind of ticket.
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.commands import Actor
    >>> from itsm_core.feedback import IMPROVEMENT, improvement_commands, improvement_of
    >>> from itsm_core.lifecycle import decide, fold
    >>> at, ana = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ana", roles={"lead"})
    >>> due, review = at + timedelta(days=20), at + timedelta(days=80)
    >>> plan = improvement_commands("IMP-1", "shifts", owner="ana", due_at=due, review_at=review)
    >>> told = []
    >>> for command in plan:
    ...     told += decide(IMPROVEMENT, fold(told) if told else None, command, actor=ana, at=at)
    >>> print(improvement_of(told, at))
    IMP-1 shifts (ana): proposed
    >>> print(improvement_of(told, due + timedelta(days=1)))
    IMP-1 shifts (ana): proposed; the measure is late
    """
    now_us = micros(as_of)
    known = [each for each in in_order(history) if each.occurred_us <= now_us]
    ticket = fold(known)
    promised = {each.commitment_id: each for each in commitments_of(known, as_of)}
    state, finding = "proposed", ""
    for event in known:
        found: object = getattr(event, "state", None)
        if isinstance(found, str) and found != "closed":
            state, finding = found.replace("_", " "), ""
        elif isinstance(event, ReasonRecorded) and event.trigger in ("confirm", "refute"):
            finding = event.reason
    if ticket.category is StateCategory.CANCELLED:
        state = "cancelled"
    return Improvement(
        ticket_id=ticket.ticket_id,
        measure=ticket.title,
        owner=ticket.assignee,
        state=_known_state(state),
        due=promised.get(_MEASURE),
        review=promised.get(_REVIEW),
        finding=finding,
    )


_KNOWN: Final[tuple[ImprovementState, ...]] = (
    "proposed",
    "in work",
    "in review",
    "effective",
    "not effective",
    "cancelled",
)


def _known_state(text: str) -> ImprovementState:
    for each in _KNOWN:
        if each == text:
            return each
    remedy = "pass the history of a ticket with the lifecycle IMPROVEMENT"
    raise InvalidValue("no state of an improvement", text, remedy)
