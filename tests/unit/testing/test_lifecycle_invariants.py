"""The rules are read from JSON; that each of them can fail, test_lifecycle_sequences.py shows."""

from __future__ import annotations

from itsm_core.commands import Actor, ResolveTicket
from itsm_core.ids import PersonId
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, Decision, Ticket, decide, evolve
from itsm_core.testing.lifecycle_alphabet import NINE, TICKET, Letter
from itsm_core.testing.lifecycle_invariants import Rules, Tried, broken_by, ways_of

ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})


def test_rules_hold_where_each_trigger_leads_when_read_from_json() -> None:
    """What guards choose between is one set of targets."""
    rules = Rules.of(NORMAL_CHANGE)
    assert rules.ways["revise", "scheduled"] == {"in_assessment"}
    assert rules.ways["open", ""] == {"new"}
    assert rules.approving == {"awaiting_approval"}
    assert rules.categories["rejected"] == "cancelled"


def test_rules_are_kept_when_a_ticket_is_resolved() -> None:
    """A usual command breaks none, decided again or not."""
    ticket = Ticket(ticket_id=TICKET, opened_at=NINE, impact="high", urgency="high", priority="P1")
    command = ResolveTicket(ticket_id=TICKET, resolution_code="fixed")
    letter = Letter("resolve", command, ANN, frozenset({"resolution_code"}))
    decision = decide(INCIDENT, ticket, command, actor=ANN, at=NINE)
    assert isinstance(decision, tuple)
    after = evolve(ticket, decision[0])
    tried = Tried(INCIDENT, letter, ticket, dict(ticket.__dict__), decision, after)

    def again(now: Ticket | None, _: Letter) -> Decision:
        return decide(INCIDENT, now, command, actor=ANN, at=NINE)

    ways = ways_of(INCIDENT, ticket, ANN)
    assert list(broken_by(Rules.of(INCIDENT), tried, ways, again)) == []


def test_rule_is_broken_when_what_was_refused_counts_as_done() -> None:
    """A decision that leads to no ticket is told as such."""
    letter = Letter("resolve", ResolveTicket(ticket_id=TICKET), ANN, frozenset())
    tried = Tried(INCIDENT, letter, None, None, (), None)
    found = list(broken_by(Rules.of(INCIDENT), tried, {}))
    assert "what is decided leads to a ticket" in found
