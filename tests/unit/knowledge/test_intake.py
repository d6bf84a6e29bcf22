"""What is offered and asked when a ticket comes in: through the port, with evidence (law K2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from itsm_core.commands import AskQuestion, OfferKnowledge
from itsm_core.conditions import field
from itsm_core.errors import DefinitionError
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.knowledge import Checklist, Intake, Question
from itsm_core.lifecycle import Ticket
from itsm_core.linking import Evidence, KnowledgeBase, KnowledgeMatch, Suggestion, TicketText

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = Ticket(
    ticket_id=TicketId("INC-1"),
    title="VPN drops",
    service=ServiceId("network"),
    category_name="access",
    configuration_item_id="VPN-1",
    group=GroupId("first"),
    requester=PersonId("rob"),
    opened_at=AT,
)
VPN = Checklist(checklist_id="CL-VPN", symptom="VPN drops", questions=[Question(name="device")])
MAIL = Checklist(
    checklist_id="CL-MAIL",
    symptom="mail is late",
    questions=[Question(name="sender")],
    applies_to=field("service").is_("network"),
)


def match(entry: str, kind: str) -> KnowledgeMatch:
    """Return one entry with a piece of evidence."""
    suggestion = Suggestion(
        ticket_id=TicketId(entry), kind=kind, evidence=(Evidence(name="title", contribution=1.0),)
    )
    return KnowledgeMatch(suggestion=suggestion, used=0, helped=0)


class Source:
    """A source that notes what it was asked and answers what it was given."""

    def __init__(self, *matches: KnowledgeMatch) -> None:
        self.matches = matches
        self.asked: list[tuple[TicketText, int, float]] = []

    def match(self, text: TicketText, *, limit: int, least: float) -> tuple[KnowledgeMatch, ...]:
        """Return the matches."""
        self.asked.append((text, limit, least))
        return self.matches


def test_source_is_asked_with_all_that_is_known_when_a_ticket_comes_in() -> None:
    """Its words, its classification, and what was said beside."""
    source = Source()
    Intake(source=source, limit=2, least=0.5).advise(TICKET, body="since Friday")
    text = TicketText(
        ticket_id=TicketId("INC-1"),
        at=AT,
        title="VPN drops",
        body="since Friday",
        service=ServiceId("network"),
        configuration_item_id="VPN-1",
        category="access",
        group=GroupId("first"),
        requester=PersonId("rob"),
    )
    assert source.asked == [(text, 2, 0.5)]


def test_commands_offer_in_order_and_then_ask_when_entries_are_found() -> None:
    """The best fit has place 1; a checklist that was found is asked."""
    source = Source(match("KB-7", "article"), match("CL-VPN", "checklist"))
    advice = Intake(source=source, checklists=(VPN,)).advise(TICKET)
    assert advice.commands == (
        OfferKnowledge(ticket_id=TICKET.ticket_id, entry_id="KB-7", kind="article", place=1),
        OfferKnowledge(ticket_id=TICKET.ticket_id, entry_id="CL-VPN", kind="checklist", place=2),
        AskQuestion(ticket_id=TICKET.ticket_id, question="device", checklist_id="CL-VPN"),
    )
    assert [each.checklist_id for each in advice.checklists] == ["CL-VPN"]


def test_checklist_is_asked_when_its_condition_holds() -> None:
    """Also if no words led to it; one that neither finds is not asked."""
    advice = Intake(source=Source(), checklists=(VPN, MAIL)).advise(TICKET)
    assert [each.checklist_id for each in advice.checklists] == ["CL-MAIL"]


def test_advice_says_why_when_shown() -> None:
    """Evidence, then questions; or that nothing is known."""
    shown = str(Intake(source=Source(match("KB-7", "article")), checklists=[MAIL]).advise(TICKET))
    assert "offer article KB-7" in shown
    assert shown.endswith("ask CL-MAIL: mail is late\n  sender")
    nothing = Intake(source=Source()).advise(TICKET)
    assert (nothing.commands, str(nothing)) == ((), "nothing is known of this symptom")


def test_knowledge_base_is_a_source_when_it_holds_entries() -> None:
    """K2: the search of linking is the port's first engine."""
    base = KnowledgeBase()
    base.add(VPN.entry(AT))
    advice = Intake(source=base, checklists=(VPN,), least=0.0).advise(TICKET)
    assert [each.suggestion.ticket_id for each in advice.matches] == ["CL-VPN"]
    assert advice.checklists == (VPN,)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"checklists": ("x",)}, "checklists[0]"),
        ({"checklists": 7}, "checklists"),
        ({"checklists": (VPN, VPN)}, "checklists"),
        ({"limit": 0}, "limit"),
        ({"limit": True}, "limit"),
        ({"least": 1.5}, "least"),
        ({"least": "much"}, "least"),
    ],
)
def test_intake_is_refused_when_a_setting_is_wrong(given: dict[str, Any], place: str) -> None:
    """The fault names the setting."""
    with pytest.raises(DefinitionError) as caught:
        Intake(source=Source(), **given)
    assert [each.where for each in caught.value.faults] == [place]


def test_intake_is_refused_when_its_source_answers_nothing() -> None:
    """What has no `match` would fail with the first call."""
    nothing: Any = None
    with pytest.raises(DefinitionError, match="pass a KnowledgeBase"):
        Intake(source=nothing)
