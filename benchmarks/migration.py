"""How many tickets a migration strands: random tickets of every shipped lifecycle, led over (L4).

A ticket is stranded if the new lifecycle does not know its state or hold reason, if its category
changed, or if nobody could do anything with it any more although it is not over. For each ticket
two ways must lead to one place: migrate at the end, or tell the whole history under the new names;
and a ticket that is migrated in the middle of its life goes on as if it had been born there, but
for the approvals that it had: they were given by the old rules.

    python -m benchmarks.migration [--count 100000] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from itsm_core import commands
from itsm_core.commands import Actor, Command, MigrateTicket, OpenTicket, TriggerTransition
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    SHIPPED,
    Lifecycle,
    Migration,
    State,
    Ticket,
    allowed,
    decide,
    decide_migration,
    evolve,
    fold,
)

__all__ = ["Stranded", "migration_of", "random_history", "stranded"]

_NINE: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_ID: Final = TicketId("T-1")
_KINDS: Final = {
    kind.trigger: kind
    for kind in (
        commands.StartWork,
        commands.ResumeTicket,
        commands.CloseTicket,
        commands.SendAnswer,
        commands.ReceiveContact,
        commands.ApproveTicket,
    )
}


@attrs.frozen
class Stranded:
    """Hold the history of a ticket that did not come over, and what is wrong."""

    history: tuple[TicketEvent, ...]
    what: str


def migration_of(lifecycle: Lifecycle) -> Migration:
    """Return a migration to the next version, in which every state and reason has another name."""
    states = {state.name: f"{state.name}_2" for state in lifecycle.states}
    reasons = {reason: f"{reason}_2" for reason in lifecycle.hold_reasons}
    new = attrs.evolve(
        lifecycle,
        version=lifecycle.version + 1,
        states=[
            State(name=states[state.name], category=state.category) for state in lifecycle.states
        ],
        hold_reasons=reasons.values(),
        resume_on_contact=[reasons[each] for each in lifecycle.resume_on_contact],
        transitions=[
            attrs.evolve(
                each,
                sources=[states[name] for name in each.sources],
                target=states.get(each.target, ""),
            )
            for each in lifecycle.transitions
        ],
    )
    return Migration(
        lifecycle_from=lifecycle, lifecycle_to=new, states=states, hold_reasons=reasons
    )


def _command(lifecycle: Lifecycle, trigger: str, rng: random.Random) -> Command:
    if trigger == "hold":
        return commands.HoldTicket(ticket_id=_ID, reason=rng.choice(lifecycle.hold_reasons))
    if trigger == "resolve":
        return commands.ResolveTicket(ticket_id=_ID, resolution_code="fixed")
    if trigger == "reopen":
        return commands.ReopenTicket(ticket_id=_ID, reason="again")
    if trigger == "cancel":
        return commands.CancelTicket(ticket_id=_ID, reason="gone")
    kind = _KINDS.get(trigger)
    if kind is not None:
        return kind(ticket_id=_ID)
    return TriggerTransition(ticket_id=_ID, name=trigger, reason="because")


def random_history(lifecycle: Lifecycle, rng: random.Random) -> tuple[TicketEvent, ...]:
    """Return what a ticket went through: up to a dozen legal commands by all sorts of people."""
    roles = {role for each in lifecycle.transitions for role in each.roles}
    opening = OpenTicket(
        ticket_id=_ID,
        requester=PersonId("rob"),
        impact=rng.choice(("high", "low")),
        urgency="low",
        assignee=PersonId("ann"),
    )
    people = [Actor(person_id=PersonId(name), roles=roles) for name in ("bea", "cid", "dan")]
    history: list[TicketEvent] = []
    ticket: Ticket | None = None
    command: Command = opening
    for step in range(rng.randint(1, 12)):
        at = _NINE + timedelta(hours=step)
        decision = decide(lifecycle, ticket, command, actor=rng.choice(people), at=at)
        if not isinstance(decision, CommandRefused):
            for event in decision:
                ticket = evolve(ticket, event)
            history += decision
        if ticket is not None:
            moves = [
                name
                for name in lifecycle.triggers
                for way in lifecycle.choices(name, ticket.state)
                if way.target not in ("", "cancelled") or name in {*_KINDS, "cancel"}
            ]
            command = _command(lifecycle, rng.choice(moves or ["contact"]), rng)
    return tuple(history)


def _wrong(migration: Migration, history: tuple[TicketEvent, ...], cut: int) -> Iterator[str]:
    """Yield what is wrong with a ticket that is migrated after so many of its events."""
    new = migration.lifecycle_to
    command = MigrateTicket(ticket_id=_ID, lifecycle=new.name, lifecycle_version=new.version)
    lea = Actor(roles={"lead"})
    before, at = fold(history[:cut]), history[-1].occurred_at
    decision = decide_migration(migration, before, command, actor=lea, at=at)
    if isinstance(decision, CommandRefused):
        yield f"refused: {decision}"
        return
    after = evolve(before, *decision)
    if new.categories.get(after.state) is not before.category:
        yield f"{after.state} is no {before.category.value} state"
    if after.hold_reason and after.hold_reason not in new.hold_reasons:
        yield f"unknown hold reason {after.hold_reason}"
    everybody = Actor(
        person_id=PersonId("zoe"), roles={r for each in new.transitions for r in each.roles}
    )
    ways = [each for each in allowed(new, after, everybody) if each.target != after.state]
    if not after.category.is_terminal and not ways:
        yield "no way out"
    for event in history[cut:]:
        after = evolve(after, migration.image_of(event))
    born = fold(migration.image_of(event) for event in history)
    if not {*after.approvers, *after.endorsers} <= {*born.approvers, *born.endorsers}:
        yield "it has approvals that nobody gave"
    born = attrs.evolve(born, approvers=after.approvers, endorsers=after.endorsers)
    if after != attrs.evolve(born, version=born.version + 1):
        yield "it differs from the ticket that was born there"


def stranded(count: int, seed: int) -> tuple[Stranded, ...]:
    """Return the tickets that do not come over, of so many random ones."""
    rng = random.Random(f"migration:{seed}")
    migrations = [migration_of(lifecycle) for lifecycle in SHIPPED]
    found: list[Stranded] = []
    for number in range(count):
        migration = migrations[number % len(migrations)]
        history = random_history(migration.lifecycle_from, rng)
        cut = rng.randint(1, len(history))
        found += [Stranded(history, what) for what in _wrong(migration, history, cut)]
    return tuple(found)


def main() -> int:
    """Print how many tickets were stranded; the exit code says whether any was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    found = stranded(chosen.count, chosen.seed)
    for one in found[:10]:
        print(one.what, *one.history, sep="\n  ")
    print(f"{chosen.count} tickets of {len(SHIPPED)} lifecycles: {len(found)} stranded")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
