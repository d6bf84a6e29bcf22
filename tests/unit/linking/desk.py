"""A small desk: tickets in office hours, and a failure that comes every Thursday night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.linking import Occurrence

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEKS = 12
AS_OF = MONDAY + timedelta(weeks=WEEKS)
HOUR_US = 3_600_000_000
PEOPLE = ("ann", "bob", "cem", "dora")


def occurrence(
    name: str,
    at: datetime,
    *,
    service: str = "mail",
    item: str = "",
    person: str = "",
    hours: float = 1.0,
) -> Occurrence:
    """Return an occurrence with an hour of work."""
    return Occurrence(
        ticket_id=TicketId(name),
        at=at,
        service=ServiceId(service),
        configuration_item_id=item,
        person=PersonId(person),
        worked_us=round(hours * HOUR_US),
    )


def background() -> list[Occurrence]:
    """Return ten tickets a week on working days from nine to four, over five services."""
    return [
        occurrence(
            f"B{week:02d}{number}",
            MONDAY
            + timedelta(weeks=week, days=number % 5, hours=9 + (number * 3 + week) % 8, minutes=7),
            service=("mail", "erp", "print", "vpn", "web")[(number + week) % 5],
            person=PEOPLE[number % 4],
        )
        for week in range(WEEKS)
        for number in range(10)
    ]


def failure(weeks: int = WEEKS, service: str = "export") -> list[Occurrence]:
    """Return a failure on Thursdays about ten past two, each week before another person."""
    return [
        occurrence(
            f"F{week:02d}",
            MONDAY + timedelta(weeks=week, days=3, hours=2, minutes=10 + week % 5),
            service=service,
            item="JOB-1" if week % 3 else "",
            person=PEOPLE[week % 4],
        )
        for week in range(weeks)
    ]
