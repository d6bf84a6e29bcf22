"""Build a ticket's history, and judge it with all proofs: what the golden tests of clocks share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import attrs

from itsm_core.calendars import Calendar
from itsm_core.events import (
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.sla import (
    AWAITING_REQUESTER,
    Evaluation,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
    evaluate_regimes,
    verify,
)
from itsm_core.spans import micros

TICKET = TicketId("CASE-1")
REQUESTER = PersonId("requester")
AGENT = PersonId("agent")
ZERO = timedelta(0)
LATER = "comes with a later step"
"""Stands for our answer where a later step gives it; the answer's law says which."""


@attrs.frozen
class Answer:
    """Hold what a source says beside what we say; `law` is why we differ on purpose."""

    what: str
    published: object
    ours: object
    law: str = ""

    @property
    def agrees(self) -> bool:
        """Return whether both say the same."""
        return self.published == self.ours

    @property
    def is_later(self) -> bool:
        """Return whether the question is for a later step."""
        return self.ours == LATER

    def __str__(self) -> str:
        if self.agrees:
            return f"{self.what}: {_shown(self.ours)}"
        why = f" ({self.law})" if self.law else ""
        return f"{self.what}: published {_shown(self.published)}, ours {_shown(self.ours)}{why}"


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def promise(calendar: Calendar, *targets: ServiceLevelTarget) -> ServiceLevelAgreement:
    """Return an agreement on these targets."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("field"), calendar=calendar, targets=targets
    )


def story(
    start: datetime,
    *,
    pauses: Iterable[tuple[datetime, datetime]] = (),
    end: datetime | None = None,
    reason: str = AWAITING_REQUESTER,
) -> list[TicketEvent]:
    """Return a ticket opened at `start`, on hold in the pauses, and resolved at `end`.

    A pause that lasts to the end has no resumption: it is the resolution that ends it (law S6).
    """
    events: list[TicketEvent] = [
        TicketOpened(ticket_id=TICKET, occurred_at=start, requester=REQUESTER, actor=REQUESTER)
    ]
    for held, resumed in pauses:
        events.append(
            TicketPutOnHold(ticket_id=TICKET, occurred_at=held, state="on_hold", reason=reason)
        )
        if end is None or resumed < end:
            events.append(TicketResumed(ticket_id=TICKET, occurred_at=resumed, state="active"))
    if end is not None:
        events.append(TicketResolved(ticket_id=TICKET, occurred_at=end, state="resolved"))
    return events


def judged(
    history: Sequence[TicketEvent],
    agreement: ServiceLevelAgreement | Sequence[tuple[datetime, ServiceLevelAgreement | None]],
    as_of: datetime,
) -> Evaluation:
    """Return the evaluation; its ledgers add up and the independent checker accepts it."""
    if isinstance(agreement, ServiceLevelAgreement):
        evaluation = evaluate(history, agreement, as_of=as_of)
        verification = verify(evaluation, history, agreement)
    else:
        regimes = [(micros(since), each) for since, each in agreement]
        evaluation = evaluate_regimes(history, regimes, as_of=as_of)
        verification = verify(evaluation, history, regimes)
    assert verification.accepted, verification.explain()
    for clock in evaluation:
        assert sum((line.duration for line in clock.ledger), ZERO) == clock.wall_elapsed
        assert sum(counted(clock), ZERO) == clock.elapsed
    return evaluation


def counted(
    clock: SlaClock, start: datetime | None = None, end: datetime | None = None
) -> Iterator[timedelta]:
    """Yield the counted time of each line of the ledger, of its part between two instants."""
    for low, high in counted_spans(clock):
        first = low if start is None else max(low, start)
        last = high if end is None else min(high, end)
        if first < last:
            yield last - first


def counted_spans(clock: SlaClock) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of time that counted, each as one, whoever held the ticket."""
    last: tuple[datetime, datetime] | None = None
    for line in clock.ledger:
        if line.kind is not LedgerKind.COUNTED:
            continue
        if last is not None and last[1] == line.start:
            last = (last[0], line.end)
            continue
        if last is not None:
            yield last
        last = (line.start, line.end)
    if last is not None:
        yield last
