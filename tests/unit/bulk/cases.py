"""Calendars and columns for the tests of `bulk`: the odd ones, and the questions about them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from itsm_core.bulk._table import Ints
from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    public_holidays,
)
from itsm_core.events import TicketEvent, TicketOpened, TicketResolved, WorkStarted
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.spans import micros

OFFICE: Final = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE"),
)
NIGHT: Final = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Su 22:00-06:00"))
MINUTES: Final = BusinessCalendar(
    zone="America/New_York",
    hours=WeeklyHours.parse("Mo-Fr 09:00-09:01, 09:02-09:03, 09:04-09:05, 12:00-18:00"),
)
CALENDARS: Final[dict[str, Calendar]] = {
    "office": OFFICE,
    "night": NIGHT,
    "minutes": MINUTES,
    "always": ALWAYS,
    "outside": ~OFFICE,
    "both": OFFICE | NIGHT,
}
FROM: Final = micros(datetime(2018, 1, 1, tzinfo=UTC))
TO: Final = micros(datetime(2024, 1, 1, tzinfo=UTC))
HOUR: Final = 3_600_000_000


def instants(size: int, seed: int = 1) -> Ints:
    """Return instants: any microsecond, and as many exactly at openings and closings."""
    rng = np.random.default_rng(seed)
    loose = rng.integers(FROM, TO, size)
    edges = rng.integers(FROM // (HOUR // 2), TO // (HOUR // 2), size) * (HOUR // 2)
    return np.where(rng.random(size) < 0.5, loose, edges)


def incidents() -> list[list[TicketEvent]]:
    """Return half a year of a small desk on which two things come back.

    On `erp` something fails on Mondays about 02:10 in other words each time; on `print` one failure
    comes back in the same words at odd hours. The rest is noise, and one ticket is a request.
    """
    rng = random.Random(10)
    monday = datetime(2026, 1, 5, 2, 10, tzinfo=UTC)
    found: list[list[TicketEvent]] = []

    def add(service: str, item: str, title: str, at: datetime, kind: str = "incident") -> None:
        name = TicketId(f"INC-{len(found):03}")
        opened = TicketOpened(
            ticket_id=name,
            occurred_at=at,
            service=ServiceId(service),
            configuration_item_id=item,
            title=title,
            ticket_type=kind,
            assignee=PersonId(f"p{len(found) % 5}"),
        )
        begun = WorkStarted(ticket_id=name, occurred_at=at + timedelta(minutes=10), state="work")
        solved = TicketResolved(ticket_id=name, occurred_at=at + timedelta(hours=1), state="done")
        found.append([opened, begun, solved])

    for week in range(18):
        at = monday + timedelta(weeks=week, minutes=rng.randint(-9, 9))
        add("erp", "db-7", rng.choice(["", "slow", "nothing goes", "please help"]), at)
    for day in (3, 24, 41, 66, 87, 109, 124):
        at = monday + timedelta(days=day, minutes=rng.randint(0, 1400))
        add("print", "prn-12", "Spooler crashed with error 0x7e on PRN-12", at)
    for _ in range(40):
        at = monday + timedelta(minutes=rng.randint(0, 180_000))
        add(rng.choice(["erp", "mail"]), f"pc-{rng.randint(1, 90)}", f"w{rng.random()}", at)
    add("mail", "pc-1", "A new mailbox", monday, "service_request")
    return found
