"""Strategies of people: what they draw holds what they promise."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from itsm_core.contacts import Contact
from itsm_core.escalation import EscalationRule, Ladder, Notify, Storm
from itsm_core.rosters import Responder
from itsm_core.testing import strategies as own

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(ladder=own.ladders())
def test_ladder_has_each_trigger_once_when_drawn(ladder: Ladder) -> None:
    """Two rules with one trigger are refused, so they are not drawn."""
    triggers = [rule.trigger for rule in ladder.rules]
    assert len(triggers) == len(set(triggers)) <= 4


@FEW
@given(rule=own.rules("night"))
def test_rule_of_a_storm_is_told_once_when_drawn(rule: EscalationRule) -> None:
    """Rules bear the name asked for; those about storms neither repeat nor wait."""
    assert rule.name == "night"
    if isinstance(rule.trigger, Storm):
        assert (rule.repeat_every, rule.acknowledge_within) == (None, None)


@FEW
@given(action=own.actions(Notify))
def test_action_is_of_one_kind_when_asked_for(action: object) -> None:
    """A kind narrows the draw."""
    assert isinstance(action, Notify)


@FEW
@given(responder=own.responders("ana"))
def test_responder_is_the_person_when_named(responder: Responder) -> None:
    """The name asked for, and never quiet for a whole week."""
    assert responder.person == "ana"
    assert responder.quiet is None or responder.quiet.duration_seconds < 7 * 86_400


def test_contacts_are_of_every_kind_when_many_are_drawn() -> None:
    """Answered, abandoned, still waiting, and registered late."""
    kinds: set[str] = set()

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(contact=own.contacts())
    def rule(contact: Contact) -> None:
        state = "abandoned" if contact.is_abandoned else "open" if contact.is_open else "done"
        kinds.update((state, "late" if contact.late else "at once"))

    rule()
    assert kinds == {"abandoned", "open", "done", "late", "at once"}
