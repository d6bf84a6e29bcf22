"""Share a desk between two companies: who is likelier in time, explicit rules, and exploring."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from itsm_core import BusinessCalendar, WeeklyHours
from itsm_core.conditions import field
from itsm_core.events import TicketOpened
from itsm_core.ids import ServiceId, TicketId
from itsm_core.routing import Experience, Outcome, Routing, RoutingRule, Side, Work
from itsm_core.sla import facts_after

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
DESK = Routing(
    sides=(
        Side(
            group="own desk",
            languages=("de", "en"),
            hours=BusinessCalendar(
                zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00")
            ),
            capacity=30,
        ),
        Side(group="partner", languages=("en",), skills=("network",)),
    ),
    rules=(
        RoutingRule(
            name="payroll stays here", when=field("service").is_("payroll"), group="own desk"
        ),
    ),
    explore_ratio=0.05,
)


def history() -> list[Outcome]:
    """Return a month of tickets: the partner is better at networks, we are at everything else."""
    rng = random.Random(2026)  # noqa: S311 - chance, no secret
    chances = {
        ("own desk", "network"): 0.6,
        ("own desk", "mail"): 0.9,
        ("partner", "network"): 0.85,
        ("partner", "mail"): 0.7,
    }
    return [
        Outcome(
            group=group,
            kind=kind,
            is_in_time=rng.random() < chance,
            ended_at=MONDAY - timedelta(hours=number + 1),
        )
        for (group, kind), chance in chances.items()
        for number in range(150)
    ]


def main() -> None:
    """Route by experience, by hours, by a rule, and a few for the sake of learning."""
    known = Experience.of(history(), before=MONDAY)
    network = DESK.route(Work(at=MONDAY, kind="network", skills=("network",)), known)
    print(network.explain())
    assert network.group == "partner"
    assert DESK.route(Work(at=MONDAY, kind="mail"), known).group == "own desk"

    # In the night the own desk is closed; a German caller then waits for the morning.
    night = MONDAY + timedelta(hours=14)
    assert DESK.route(Work(at=night, kind="mail"), known).group == "partner"
    waits = DESK.route(Work(at=night, kind="mail", language="de"), known)
    print(waits.explain())
    assert waits.group == ""

    # A contract is a contract, whoever is likelier.
    opened = TicketOpened(
        ticket_id=TicketId("INC-1"), occurred_at=MONDAY, service=ServiceId("payroll")
    )
    ((_, _, facts),) = facts_after((opened,))
    print(DESK.route(Work(at=MONDAY, kind="network"), known, facts=facts).why)

    # One in twenty goes to whom less is known of: the caller's seed decides, and replays it.
    draws = random.Random(7)  # noqa: S311 - chance, no secret
    some = [
        *history(),
        *(
            Outcome(
                group="own desk", kind="mail", is_in_time=True, ended_at=MONDAY - timedelta(days=1)
            )
            for _ in range(50)
        ),
    ]
    now = Experience.of(some, before=MONDAY)
    shares: Counter[str] = Counter(
        DESK.route(Work(at=MONDAY, kind="mail"), now, draw=draws.random()).group
        for _ in range(1_000)
    )
    print(dict(shares))
    assert 25 <= shares["partner"] <= 80


if __name__ == "__main__":
    main()
