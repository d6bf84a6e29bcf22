"""Small desks for the tests of the report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.events import (
    AnswerSent,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.report import Report, build_report
from itsm_core.report.judged import Judged, judge_log
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, SlaClock, evaluate
from itsm_core.spans import hours

MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
AS_OF = datetime(2026, 2, 16, tzinfo=UTC)
CALENDAR = BusinessCalendar(
    zone="UTC",
    hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
    holidays=[datetime(2026, 2, 4, tzinfo=UTC).date()],
)
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    title="Gold <b>",
    calendar=CALENDAR,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P2": hours(1)}),
        ServiceLevelTarget(
            metric="resolution", goals={"P2": hours(8)}, pause_on=frozenset({"awaiting_requester"})
        ),
    ),
)


class OneAgreement:
    """Promise the same to everybody."""

    name = "test"

    @property
    def matrix(self) -> PriorityMatrix:
        """Return the sample matrix."""
        return ITIL_MATRIX

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the only agreement, which does not cover tickets of priority P4."""
        return None if ticket.priority == "P4" else AGREEMENT


def story(
    number: int,
    *,
    title: str = "Printer",
    priority: str = "P2",
    opened: datetime = MONDAY,
    resolved_after: timedelta | None = timedelta(hours=2),
    hold: bool = False,
    groups: Iterable[str] = ("first-line",),
) -> tuple[TicketEvent, ...]:
    """Return a history: opened, assigned, answered after half an hour, held, resolved."""
    key = TicketId(f"T{number}")
    events: list[TicketEvent] = [
        TicketOpened(
            ticket_id=key,
            occurred_at=opened,
            title=title,
            priority=priority,
            requester=PersonId("rob"),
        )
    ]
    events += [
        TicketAssigned(
            ticket_id=key,
            occurred_at=opened + timedelta(minutes=minute),
            group=GroupId(group),
            assignee=PersonId("ann"),
        )
        for minute, group in enumerate(groups, 5)
    ]
    events.append(AnswerSent(ticket_id=key, occurred_at=opened + timedelta(minutes=30)))
    if hold:
        start = opened + timedelta(hours=1)
        events.append(
            TicketPutOnHold(
                ticket_id=key, occurred_at=start, state="on_hold", reason="awaiting_requester"
            )
        )
        back = start + timedelta(hours=24)
        events.append(TicketResumed(ticket_id=key, occurred_at=back, state="in_progress"))
    if resolved_after is not None:
        end = opened + resolved_after
        events.append(TicketResolved(ticket_id=key, occurred_at=end, state="resolved"))
    return tuple(events)


def judged(*histories: tuple[TicketEvent, ...], as_of: datetime = AS_OF) -> Judged:
    """Return the judged log of these histories."""
    return judge_log({h[0].ticket_id: h for h in histories}, OneAgreement(), as_of)


def report(*histories: tuple[TicketEvent, ...], as_of: datetime = AS_OF) -> Report:
    """Return the report of these histories, in UTC."""
    return build_report(judged(*histories, as_of=as_of))


def clock(history: tuple[TicketEvent, ...], name: str = "resolution") -> SlaClock:
    """Return one clock of one history."""
    return evaluate(history, AGREEMENT, as_of=AS_OF)[name]


BROKEN = story(2, title="Broken <i>&\x1b[31m", resolved_after=timedelta(days=4))
"""Opened Monday 09:00, due Monday 17:00, resolved Friday 09:00: 8 hours each on
Tuesday and Thursday are late, and Wednesday is a holiday."""
