"""L4: migrate then replay == replay then migrate; nobody is stranded, and no verdict changes."""

from __future__ import annotations

import random
from datetime import timedelta

import attrs
import pytest

from benchmarks.migration import migration_of, random_history, stranded
from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, MigrateTicket
from itsm_core.events import TicketEvent, in_order
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import INCIDENT, SERVICE_REQUEST, TASK, Lifecycle, decide_migration, fold
from itsm_core.sla import Evaluation, ServiceLevelAgreement, ServiceLevelTarget, evaluate

GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[
        ServiceLevelTarget(metric="response", goals=timedelta(hours=2)),
        ServiceLevelTarget(
            metric="resolution", goals=timedelta(hours=5), pause_on={"awaiting_requester"}
        ),
    ],
)


class TestMigration:
    """L4. A ticket pins `(lifecycle, version)`. Migration is an event with a mapping whose
    totality is checked.
    """

    @pytest.mark.parametrize("seed", [1, 2])
    def test_no_ticket_is_stranded_when_random_ones_are_led_over(self, seed: int) -> None:
        """Three thousand tickets of every shipped lifecycle, cut anywhere; the bench has more."""
        assert stranded(1_500, seed) == ()

    @pytest.mark.parametrize("lifecycle", [INCIDENT, SERVICE_REQUEST, TASK])
    def test_verdict_stays_when_a_ticket_is_migrated(self, lifecycle: Lifecycle) -> None:
        """A hold goes on to pause by the name with which it began; nothing else is touched."""
        migration, rng = migration_of(lifecycle), random.Random(lifecycle.name)
        new, held = migration.lifecycle_to, 0
        command = MigrateTicket(
            ticket_id=fold(random_history(lifecycle, rng)).ticket_id,
            lifecycle=new.name,
            lifecycle_version=new.version,
        )
        for _ in range(200):
            history = random_history(lifecycle, rng)
            cut = rng.randint(1, len(history))
            ticket, at = fold(history[:cut]), history[cut - 1].occurred_at
            decision = decide_migration(
                migration, ticket, command, actor=Actor(roles={"system"}), at=at
            )
            assert isinstance(decision, tuple)
            held += bool(ticket.hold_reason)
            # What follows is told as before, so that only the migration itself can matter.
            later = [attrs.evolve(each, sequence=each.sequence + 1) for each in history[cut:]]
            moved = in_order((*history[:cut], *decision, *later))
            assert clocks(moved) == clocks(history)
        assert held > 5


def clocks(history: tuple[TicketEvent, ...]) -> list[object]:
    """Return all that is judged of a ticket."""
    found: Evaluation = evaluate(history, GOLD, as_of=history[-1].occurred_at + timedelta(hours=9))
    return [(each.name, each.state, each.due_at, each.elapsed, each.stopped_at) for each in found]
