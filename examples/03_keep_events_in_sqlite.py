"""Keep a desk's events in a SQLite file: write, lose a race, send twice, come back, read on."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, OpenTicket, ResolveTicket, SendAnswer, StartWork
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused, Conflict
from itsm_core.events import AnswerSent
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": timedelta(hours=4)}),),
)


@attrs.frozen
class Promises:
    """The smallest catalogue: everybody has the gold agreement."""

    lifecycle: str = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return what a ticket was promised."""
        return GOLD


INC = TicketId("INC-1")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst",))
BOB = Actor(person_id=PersonId("bob"), roles=("requester",))


def first_day(path: Path, clock: ManualClock) -> None:
    """Open a ticket, be refused, send an answer twice, lose a race."""
    with SqliteStore(path) as store:
        desk = ServiceDesk(store=store, catalogue=Promises(), clock=clock)
        opening = OpenTicket(ticket_id=INC, title="No mail", impact="high", urgency="high")
        ticket = desk.handle(opening, BOB).ticket
        print(f"opened {ticket.ticket_id} with priority {ticket.priority}")

        try:
            desk.handle(ResolveTicket(ticket_id=INC), BOB)
        except CommandRefused as refusal:
            print(f"refused, {len(refusal.reasons)} reasons:")
            for reason in refusal.reasons:
                print(f"  - {reason}")

        clock.advance(timedelta(minutes=20))
        for _ in range(2):  # the second time, the answer to the first was lost on its way
            handled = desk.handle(SendAnswer(ticket_id=INC, channel="mail"), ANN, key="click-1")
            print(f"answer: {len(handled.events)} event, repeated: {handled.repeated}")

        late = AnswerSent(ticket_id=INC, occurred_at=clock.now(), channel="phone")
        try:
            store.append(INC, [late], expected_version=1)
        except Conflict as conflict:
            print(f"conflict: {conflict}")


def second_day(path: Path, clock: ManualClock) -> None:
    """Come back, and find everything as it was left."""
    with SqliteStore(path) as store:
        desk = ServiceDesk(store=store, catalogue=Promises(), clock=clock)
        desk.handle(StartWork(ticket_id=INC), ANN)
        print(desk.evaluate(INC)["resolution"].explain())
        cursor = 0
        while page := store.read_all(after=cursor, limit=2):
            for one in page:
                what = type(one.event).__name__
                print(f"{one.position}. {one.stream} v{one.version} {what} {one.event.occurred_at}")
            cursor = page[-1].position


def main() -> None:
    """Use a file that is gone afterwards."""
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        first_day(path, clock)
        clock.advance(timedelta(days=1))
        second_day(path, clock)


if __name__ == "__main__":
    main()
