"""`check_sequences` finds each flaw that is planted into `decide` or `evolve`, and counts right."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import (
    AnswerSent,
    ApprovalGiven,
    PriorityChanged,
    PriorityOverridden,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import PersonId
from itsm_core.lifecycle import (
    EMERGENCY_CHANGE,
    INCIDENT,
    TASK,
    Decision,
    Lifecycle,
    Ticket,
    decide,
    evolve,
)
from itsm_core.testing import check_sequences
from itsm_core.testing.lifecycle_alphabet import NINE, Letter, letters_of
from itsm_core.testing.lifecycle_sequences import Decide


def deciding(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Decide as the library does."""
    return decide(lifecycle, ticket, letter.command, actor=letter.actor, at=NINE)


# --- planted into evolve -------------------------------------------------------------------------


def changed(kind: type[TicketEvent], **fields: object) -> Callable[..., Ticket]:
    """Return an `evolve` that spoils some fields after events of a class."""

    def evolving(ticket: Ticket | None, event: TicketEvent) -> Ticket:
        after = evolve(ticket, event)
        if not isinstance(event, kind):
            return after
        spoilt = attrs.evolve(after)
        spoilt.__dict__.update(fields)
        return spoilt

    return evolving


SPOILT = {
    "the state is one of the lifecycle's, with its category": changed(
        TicketResolved, state="nowhere"
    ),
    "a ticket pins its lifecycle": changed(TicketResolved, lifecycle_version=2),
    "a hold reason stands while on hold and only then": changed(TicketPutOnHold, hold_reason=""),
    "the closing stands while closed and only then": changed(TicketClosed, closed_us=None),
    "no solution stands while open": changed(TicketReopened, resolution_code="fixed"),
    "a solution stands while resolved": changed(TicketResolved, resolved_us=None),
    "approvals stand only where they can be given": changed(TicketResolved, approvers=("ann",)),
    "the priority is one of the matrix": changed(PriorityChanged, priority="P9"),
    "the derived priority follows from impact and urgency": changed(
        PriorityChanged, derived_priority="P4", priority="P4"
    ),
    "without an override the derived priority is in force": changed(PriorityChanged, priority="P4"),
    "the version counts the events": changed(TicketResolved, version=1),
    "reopenings count the ways back into work, and nothing else": changed(
        TicketReopened, reopen_count=0
    ),
    "one command gives a ticket away at most once": changed(TicketResolved, reassignment_count=9),
    "counts begin at nothing": changed(TicketOpened, reopen_count=1),
    "no program gives the first response": changed(AnswerSent, first_response_us=1),
    "the first response stays": changed(TicketResolved, first_response_us=None),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", SPOILT)
def test_rule_is_broken_when_evolve_is_spoilt(rule: str) -> None:
    """Each rule about tickets finds what breaks it, with a story that ends there."""
    report = check_sequences(INCIDENT, 4, evolve=SPOILT[rule])
    assert rule in {each.rule for each in report.violations}
    assert not report.is_sound


def test_rule_is_broken_when_an_approver_is_counted_twice() -> None:
    """A person who approves once is one approver."""
    twice = changed(ApprovalGiven, approvers=("ann", "ann"))
    report = check_sequences(EMERGENCY_CHANGE, 4, evolve=twice)
    assert "each approver counts once and has a name" in {each.rule for each in report.violations}


# --- planted into decide -------------------------------------------------------------------------


def jumping(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Close whatever is started."""
    decision = deciding(lifecycle, ticket, letter)
    if letter.trigger == "start" and isinstance(decision, tuple) and decision:
        first = decision[0]
        return (
            TicketClosed(
                ticket_id=first.ticket_id,
                occurred_at=first.occurred_us,
                actor=first.actor,
                automatic=first.automatic,
                sequence=first.sequence,
                state="closed",
            ),
        )
    return decision


def open_to_all(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Let everybody do everything."""
    everything = {role for each in lifecycle.transitions for role in each.roles}
    actor = attrs.evolve(letter.actor, roles=everything)
    return decide(lifecycle, ticket, letter.command, actor=actor, at=NINE)


def silent(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Refuse without a reason."""
    decision = deciding(lifecycle, ticket, letter)
    if isinstance(decision, CommandRefused):
        return CommandRefused(decision.command, decision.ticket_id, ())
    return decision


def meddling(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Change the ticket that was to be looked at."""
    if ticket is not None:
        ticket.__dict__["title"] = letter.trigger
    return deciding(lifecycle, ticket, letter)


def unsigned(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Forget who did it."""
    decision = deciding(lifecycle, ticket, letter)
    if isinstance(decision, tuple):
        return tuple(attrs.evolve(each, actor=PersonId("")) for each in decision)
    return decision


def disordered(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Give every event the same place."""
    decision = deciding(lifecycle, ticket, letter)
    if isinstance(decision, tuple):
        return tuple(attrs.evolve(each, sequence=7) for each in decision)
    return decision


class Wavering:
    """Decide otherwise every second time."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
        """Decide."""
        self.times += 1
        return () if self.times % 2 else deciding(lifecycle, ticket, letter)


def repeating(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Resolve again what is resolved."""
    decision = deciding(lifecycle, ticket, letter)
    if letter.trigger == "resolve" and decision == () and ticket is not None:
        return (
            TicketResolved(
                ticket_id=ticket.ticket_id,
                occurred_at=NINE,
                actor=letter.actor.person_id,
                automatic=letter.actor.automatic,
                sequence=ticket.version,
                state=ticket.state,
            ),
        )
    return decision


def reviving(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Let an auto-reply reopen what is resolved."""
    decision = deciding(lifecycle, ticket, letter)
    is_contact = letter.trigger == "contact" and letter.actor.automatic
    if is_contact and ticket is not None and ticket.state == "resolved":
        return (
            TicketReopened(
                ticket_id=ticket.ticket_id,
                occurred_at=NINE,
                actor=letter.actor.person_id,
                automatic=True,
                sequence=ticket.version,
                state="in_progress",
            ),
        )
    return decision


def unreasoned(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    """Forget why a priority was set."""
    decision = deciding(lifecycle, ticket, letter)
    if isinstance(decision, tuple):
        return tuple(
            attrs.evolve(each, reason="") if isinstance(each, PriorityOverridden) else each
            for each in decision
        )
    return decision


PLANTED: dict[str, Decide] = {
    "a ticket goes only where a transition of the trigger leads": jumping,
    "what may be done is what allowed says": open_to_all,
    "a refusal has reasons with codes": silent,
    "deciding changes no ticket": meddling,
    "an event says which ticket, when and by whom": unsigned,
    "events of one instant are in their order": disordered,
    "deciding twice gives the same": Wavering(),
    "a move that was made is not made again": repeating,
    "what a program sends moves no ticket": reviving,
    "an override has a reason": unreasoned,
}


@pytest.mark.parametrize("rule", PLANTED)
def test_rule_is_broken_when_decide_is_spoilt(rule: str) -> None:
    """Each rule about decisions finds what breaks it."""
    report = check_sequences(INCIDENT, 3, decide=PLANTED[rule])
    assert rule in {each.rule for each in report.violations}


def test_story_is_the_shortest_when_a_rule_is_broken() -> None:
    """A flaw of closing shows after open, resolve and close."""
    report = check_sequences(TASK, 5, evolve=changed(TicketClosed, closed_us=None))
    story = report.violations[0].story
    assert [each.split(" by ")[0] for each in story] == ["open", "resolve", "close"]
    assert "closing" in str(report)


# --- counts --------------------------------------------------------------------------------------


def test_sequences_are_counted_when_reported() -> None:
    """Every letter at every place: letters to the power of the depth."""
    report = check_sequences(TASK, 2)
    assert report.letters == len(letters_of(TASK))
    assert report.sequences == report.letters**2
    assert report.is_sound


def test_kinds_grow_with_the_depth_when_there_is_more_to_come() -> None:
    """One command only opens; the second can do all that starts in the first state."""
    assert check_sequences(TASK, 1).kinds < check_sequences(TASK, 2).kinds


def test_check_is_refused_when_the_arguments_cannot_be_meant() -> None:
    """Neither a name for a lifecycle nor a depth of nothing."""
    with pytest.raises(InvalidValue, match="Lifecycle"):
        check_sequences("incident")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="depth"):
        check_sequences(TASK, 0)
