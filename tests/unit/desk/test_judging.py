"""What a desk judges a ticket by: every agreement that held, each for its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypedDict

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS
from itsm_core.commands import (
    Actor,
    OpenTicket,
    OverridePriority,
    ReclassifyTicket,
    ResolveTicket,
    StartWork,
)
from itsm_core.desk import ServiceDesk
from itsm_core.desk._judging import _asked, judged
from itsm_core.errors import NotFound
from itsm_core.events import (
    AgreementAssigned,
    PriorityChanged,
    PriorityOverridden,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketReclassified,
    TicketReopened,
)
from itsm_core.events import TicketResolved as Resolved
from itsm_core.ids import AgreementId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.policy import Policy, read_policy
from itsm_core.ports import Catalogue, LifelongCatalogue
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ClockState, ServiceLevelAgreement, ServiceLevelTarget, evaluate_all
from itsm_core.spans import hours, micros

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
INC = TicketId("INC-1")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst", "lead"))
FILE = """
[[agreements]]
id = "mail"
calendar = "always"
when = { service = ["mail*"] }
resolution = { goals = { "*" = "wall 4h" } }

[[agreements]]
id = "rest"
calendar = "always"
resolution = { goals = { "*" = "wall 40h" } }
"""
LATER = """
[[agreements]]
id = "gold"
calendar = "always"
valid_until = 2026-01-05T11:00:00Z
version_rule = "latest"
resolution = { goals = { "*" = "wall 40h" } }

[[agreements]]
id = "gold"
version = 2
calendar = "always"
valid_from = 2026-01-05T11:00:00Z
version_rule = "latest"
resolution = { goals = { "*" = "wall 4h" } }
"""


def agreement(name: str, goal: int) -> ServiceLevelAgreement:
    """Return an agreement with a goal in hours."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId(name),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"*": hours(goal)}),),
    )


MAIL, REST, URGENT = agreement("mail", 4), agreement("rest", 40), agreement("urgent", 1)


@attrs.define
class Plain:
    """A catalogue that answers for a ticket as it stands, and remembers what it was asked."""

    lifecycle: str = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX
    asked: list[tuple[str, str]] = attrs.field(factory=list)

    def agreement_for(self, ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return what is promised for the service, or for the gravest of its priorities."""
        self.asked.append((ticket.service, ticket.priority))
        if ticket.priority == "P1":
            return URGENT
        return {"mail": MAIL, "rest": REST}.get(ticket.service)


def from_file(text: str) -> Policy:
    """Return the policy of a text."""
    policy = read_policy(text, format="toml").policy
    assert policy is not None
    return policy


def desk_with(catalogue: Catalogue, clock: ManualClock, service: str = "mail") -> ServiceDesk:
    """Return a desk with a ticket of a service."""
    desk = ServiceDesk(store=MemoryStore(), catalogue=catalogue, clock=clock)
    opening = OpenTicket(ticket_id=INC, impact="low", urgency="low", service=ServiceId(service))
    desk.handle(opening, ANN)
    return desk


@pytest.mark.parametrize("catalogue", [Plain(), from_file(FILE)], ids=["plain", "policy"])
def test_breach_stays_when_the_ticket_is_reclassified_later(catalogue: Catalogue) -> None:
    """Four hours were promised and not kept; that forty hold now undoes nothing (law S4)."""
    clock = ManualClock(NINE)
    desk = desk_with(catalogue, clock)
    clock.advance(hours(5))
    desk.handle(ReclassifyTicket(ticket_id=INC, service=ServiceId("rest")), ANN)
    clock.advance(hours(1))
    clocked = desk.evaluate(INC)["resolution"]
    assert clocked.state is ClockState.BREACHED
    assert clocked.breached_at == NINE + hours(4)


@pytest.mark.parametrize("catalogue", [Plain(), from_file(FILE)], ids=["plain", "policy"])
def test_due_instant_is_the_new_promise_when_reclassified_in_time(catalogue: Catalogue) -> None:
    """Law S7: what elapsed is kept, the target is another one."""
    clock = ManualClock(NINE)
    desk = desk_with(catalogue, clock)
    clock.advance(hours(1))
    desk.handle(ReclassifyTicket(ticket_id=INC, service=ServiceId("rest")), ANN)
    assert desk.evaluate(INC)["resolution"].due_at == NINE + hours(40)
    assert desk.evaluate(INC, NINE)["resolution"].due_at == NINE + hours(4)


def test_verdict_is_that_of_the_catalogue_when_anybody_else_judges() -> None:
    """One choice: `evaluate_all` with the policy's catalogue says the same (laws S11, S13)."""
    clock = ManualClock(NINE)
    policy = from_file(FILE)
    desk = desk_with(policy, clock)
    clock.advance(hours(2))
    desk.handle(ReclassifyTicket(ticket_id=INC, service=ServiceId("rest")), ANN)
    assert isinstance(policy, LifelongCatalogue)
    (whole,) = evaluate_all(desk.history(INC), policy.catalogue, as_of=clock.now())
    assert desk.evaluate(INC) == whole


def test_version_takes_over_when_its_rule_says_latest() -> None:
    """At eleven the second version comes into force, and the evaluation knows it before."""
    clock = ManualClock(NINE)
    desk = desk_with(from_file(LATER), clock)
    before = desk.evaluate(INC)
    assert before["resolution"].due_at == NINE + hours(40)
    assert before.turning_us == (int((NINE + hours(2)).timestamp()) * 1_000_000,)
    clock.advance(hours(3))
    assert desk.evaluate(INC)["resolution"].due_at == NINE + hours(4)


def test_promise_ends_when_no_agreement_is_for_the_ticket_any_more() -> None:
    """The clock is cancelled, the verdict of before is there (law S7)."""
    clock = ManualClock(NINE)
    desk = desk_with(Plain(), clock)
    clock.advance(hours(1))
    desk.handle(ReclassifyTicket(ticket_id=INC, service=ServiceId("other")), ANN)
    assert desk.evaluate(INC)["resolution"].state is ClockState.CANCELLED


def test_evaluation_is_refused_when_nothing_was_ever_promised() -> None:
    """It says so in words."""
    with pytest.raises(NotFound, match="nothing was promised"):
        desk_with(Plain(), ManualClock(NINE), service="other").evaluate(INC)


def test_promise_changes_when_an_override_ends_by_itself() -> None:
    """For two hours the ticket is a P1, for which one hour is promised (law P3)."""
    clock = ManualClock(NINE)
    desk = desk_with(Plain(), clock)
    override = OverridePriority(
        ticket_id=INC, priority="P1", reason="a fair", expires_at=NINE + hours(2)
    )
    desk.handle(override, ANN)
    clock.advance(timedelta(minutes=30))
    assert desk.evaluate(INC)["resolution"].due_at == NINE + hours(1)
    clock.advance(hours(3))
    desk.handle(StartWork(ticket_id=INC), ANN)
    assert desk.evaluate(INC)["resolution"].state is ClockState.BREACHED
    desk.handle(ResolveTicket(ticket_id=INC, resolution_code="solved"), ANN)
    assert desk.evaluate(INC)["resolution"].breached_at == NINE + hours(1)


def test_catalogue_is_not_asked_when_the_ticket_is_at_rest() -> None:
    """What comes after the solution takes effect at a reopening."""
    history = (
        TicketOpened(ticket_id=INC, occurred_at=NINE, service=ServiceId("mail"), priority="P4"),
        Resolved(ticket_id=INC, occurred_at=NINE + hours(1), state="resolved"),
        TicketReclassified(ticket_id=INC, occurred_at=NINE + hours(2), service=ServiceId("rest")),
        TicketClosed(ticket_id=INC, occurred_at=NINE + hours(3), state="closed"),
    )
    plain = Plain()
    assert judged(history, plain, NINE + hours(9))["resolution"].due_at == NINE + hours(4)
    assert plain.asked == [("mail", "P4")]
    again = TicketReopened(
        ticket_id=INC, occurred_at=NINE + hours(4), state="in_progress", reason="x"
    )
    judged((*history, again), plain, NINE + hours(9))
    assert plain.asked[-1] == ("rest", "P4")


def test_evaluation_is_refused_when_the_ticket_was_opened_later() -> None:
    """There is nothing to judge yet, by whatever catalogue."""
    for catalogue in (Plain(), from_file(FILE)):
        desk = desk_with(catalogue, ManualClock(NINE))
        with pytest.raises(NotFound, match="opening of ticket"):
            desk.evaluate(INC, NINE - hours(1))


def test_evaluation_is_refused_when_nothing_opens_the_ticket() -> None:
    """A log may hold the rest of a story alone."""
    lone = TicketReclassified(ticket_id=INC, occurred_at=NINE, service=ServiceId("mail"))
    with pytest.raises(NotFound, match="opening of ticket"):
        judged((lone,), Plain(), NINE)


GUARDED = """
[channels.phone]
route = "desk"
[guarantee]
emergency = { field = "priority", operator = "is", value = "P1" }
"""


def drawn_policy(random: Random) -> Policy:
    """Return a policy of one to five agreements that ask by patterns, values or not at all."""
    text = GUARDED if random.random() < 0.5 else ""
    for number in range(random.randint(1, 5)):
        asked = [f'service = ["{random.choice(("mail", "m*", "erp", "*", "e?p"))}"]']
        asked += ['priority = ["P1", "P2"]'] if random.random() < 0.3 else []
        when = f"when = {{ {', '.join(asked)} }}\n" if random.random() < 0.7 else ""
        text += f'[[agreements]]\nid = "a{number}"\ncalendar = "always"\n{when}'
        text += f"precedence = {random.choice((0, 0, 1))}\n"
        text += f'resolution = {{ goals = {{ "*" = "{random.randint(1, 9)}h" }} }}\n'
    return from_file(text)


def drawn_history(random: Random) -> tuple[TicketEvent, ...]:
    """Return a life in which services, priorities and choices by hand come and go."""
    services = [ServiceId(each) for each in ("mail", "erp", "print", "")]
    opening = TicketOpened(
        ticket_id=INC,
        occurred_at=NINE,
        service=random.choice(services),
        priority=random.choice(("P1", "P2", "P3")),
        channel=random.choice(("phone", "corridor")),
    )
    events: list[TicketEvent] = [opening]
    at = NINE
    for number in range(1, random.randint(1, 7)):
        at += random.choice((timedelta(0), timedelta(minutes=30), hours(2)))
        head = Head(ticket_id=INC, occurred_at=at, sequence=number)
        match random.randrange(6):
            case 0:
                events.append(TicketReclassified(**head, service=random.choice(services)))
            case 1:
                events.append(PriorityChanged(**head, priority=random.choice(("P1", "P4"))))
            case 2:
                ends = at + timedelta(minutes=random.choice((20, 200)))
                events.append(
                    PriorityOverridden(**head, priority="P1", reason="a fair", expires_at=ends)
                )
            case 3:
                events.append(Resolved(**head, state="resolved"))
            case 4:
                events.append(TicketReopened(**head, state="in_progress", reason="again"))
            case _:
                events.append(AgreementAssigned(**head, agreement_id=AgreementId("a0")))
    return tuple(events)


class Head(TypedDict):
    """What every event of a drawn life has."""

    ticket_id: TicketId
    occurred_at: datetime
    sequence: int


@pytest.mark.parametrize("seed", range(60))
def test_choice_is_one_when_asked_over_a_life_or_at_each_of_its_instants(seed: int) -> None:
    """What the catalogue says of a life is what it says of the ticket whenever something changed.

    The one goes by the facts of service levels and what was compiled of them, the other by the
    ticket of the lifecycle: a desk may ask either.
    """
    random = Random(seed)
    policy, history = drawn_policy(random), drawn_history(random)
    end = history[-1].occurred_at + hours(4)
    whole = policy.catalogue.regimes(history, end)["sla"]
    asked = _asked(history, policy.agreement_for, micros(end))
    assert [(each.since_us, each.agreement) for each in whole] == [
        (each.since_us, each.agreement) for each in asked
    ]
