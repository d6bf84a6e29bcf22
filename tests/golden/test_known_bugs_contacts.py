"""What users of other systems met in area G, contacts and channels, as tests of ours.

A test is named after the reference it answers; the last one sees to it that none is left out. Area
F is about metrics and is answered beside them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, OpenTicket
from itsm_core.contacts import (
    Channel,
    Channels,
    Contact,
    Guarantee,
    both_views,
    contacts_of,
    register_late,
)
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.spans import hours
from tests.golden.field import ABSENT, items, load, record, text

FORM_OPENED = datetime(2026, 1, 5, 8, tzinfo=UTC)
SENT = datetime(2026, 1, 5, 11, tzinfo=UTC)
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})
DESK = Channels(channels=[Channel(name="form")])
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[ServiceLevelTarget(metric="response", goals=hours(2))],
)


def written_down(reported_at: datetime) -> tuple[TicketEvent, ...]:
    """Return a ticket registered at eleven of what was reported at an instant."""
    command = OpenTicket(
        ticket_id=TicketId("INC-1"),
        requester=PersonId("rob"),
        channel="form",
        impact="medium",
        urgency="medium",
    )
    events = register_late([(reported_at, command, ANN)], registered_at=SENT)
    assert not isinstance(events, CommandRefused)
    return events


def test_glpi_project_glpi_4150_the_clock_does_not_run_while_the_form_is_open() -> None:
    """A form opened at eight and sent at eleven: reported and registered are two instants.

    Which of them counts is the agreement's to say, and the promise cannot be broken before the
    ticket exists unless it says so.
    """
    history = written_down(FORM_OPENED)
    guarantee = Guarantee(official="registered")
    (agreement,) = guarantee.agreements(GOLD, DESK)[-1:]
    assert evaluate(history, agreement, as_of=SENT)["response"].started_at == SENT
    assert guarantee.entitlement(history, DESK).from_at == SENT
    views = both_views(history, GOLD, as_of=SENT)
    assert views.reported["response"].state.value == "breached"
    assert views.registered["response"].state.value == "running"


def test_glpi_project_glpi_4150_three_instants_are_kept_by_the_contact() -> None:
    """D2: when it began, when it was reported, when it was registered: none replaces another."""
    contact = Contact(
        contact_id=TicketId("C-1"),
        channel="form",
        began_at=FORM_OPENED,
        offered_at=SENT,
        registered_at=SENT + hours(1),
    )
    (read,) = contacts_of([contact.event()])
    assert (read.began_at, read.offered_at) == (FORM_OPENED, SENT)
    assert read.registered_at == SENT + hours(1)


def test_every_known_bug_of_the_area_has_a_test_when_the_list_is_there() -> None:
    """A reference is answered by a test whose name holds it."""
    bugs = load("known_bugs.json")
    if bugs is None:
        pytest.skip(ABSENT)
    own = Path(__file__).read_text(encoding="utf-8")
    refs = [text(bug["ref"]) for bug in map(record, items(bugs)) if bug["area"] == "G"]
    assert refs
    for ref in refs:
        plain = "".join(mark if mark.isalnum() else "_" for mark in ref.lower())
        assert f"def test_{plain}_" in own, ref
