"""Small texts for the tests of linking."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import attrs

from itsm_core.linking import TicketIndex, TicketText

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

WORDS = [
    "mail",
    "printer",
    "login",
    "vpn",
    "slow",
    "timeout",
    "payroll",
    "invoice",
    "database",
    "gateway",
    "crash",
    "upload",
    "queue",
    "report",
    "password",
    "screen",
    "network",
    "export",
    "import",
    "batch",
    "session",
    "token",
    "cache",
    "replica",
    "storage",
]


def text(ticket_id: str, title: str = "", *, days: float = 0.0, **given: object) -> TicketText:
    """Return a text that occurred so many days after a Monday noon."""
    at = NOON + timedelta(days=days)
    return attrs.evolve(TicketText(ticket_id=ticket_id, at=at, title=title), at=at, **given)  # type: ignore[arg-type]


def index_of(*texts: TicketText) -> TicketIndex:
    """Return an index of these texts, added in this order."""
    index = TicketIndex()
    for each in texts:
        index.add(each)
    return index


def stream(rng: random.Random, number: int) -> list[TicketText]:
    """Return random tickets of a small vocabulary; some share their instant, some their item."""
    found = []
    for n in range(number):
        words = rng.choices(WORDS, k=rng.randint(1, 5))
        found.append(
            text(
                f"INC-{n:04}",
                " ".join(words),
                days=rng.randrange(number) / 2,
                body=" ".join(rng.choices(WORDS, k=rng.randint(0, 12))),
                configuration_item_id=rng.choice(("", "CI-1", "CI-2")),
                kind=rng.choice(("incident", "incident", "incident", "known_error")),
            )
        )
    return found
