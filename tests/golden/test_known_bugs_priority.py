"""Priorities of the field: published tables, and bugs that other systems had (laws P1, P2).

A test is named after the reference that it answers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product

import attrs
import pytest

from itsm_core.commands import Actor, ChangePriorityInputs, OpenTicket, ReclassifyTicket
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.events import PriorityChanged
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, evolve, fold
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    PriorityFacts,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
)
from tests.golden.field import ABSENT, Record, items, load, number, record, text

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEA = Actor(person_id=PersonId("lea"), roles={"lead"})
# The sample table of the ServiceNow documentation, read by eye: rows are impact, columns urgency.
SERVICENOW = PriorityMatrix(
    name="servicenow",
    impacts=("1", "2", "3"),
    urgencies=("1", "2", "3"),
    priorities=("1", "2", "3", "4", "5"),
    cells={
        (impact, urgency): priority
        for impact, row in zip("123", ("123", "234", "345"), strict=True)
        for urgency, priority in zip("123", row, strict=True)
    },
)


def _cases() -> list[Record]:
    data = load("cases.json")
    found = [] if data is None else [record(case) for case in items(record(data)["cases"])]
    return [case for case in found if case["kind"] == "priority"]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: text(case["id"]))
def test_priority_is_the_published_one_when_derived(case: Record) -> None:
    """The field's table comes out of a matrix, and out of a policy on it, cell by cell."""
    impact, urgency = (str(number(record(case["input"])[name])) for name in ("impact", "urgency"))
    expected = str(number(record(case["expected"])["priority"]))
    facts = PriorityFacts(impact=impact, urgency=urgency)
    assert SERVICENOW.priority(impact, urgency) == expected
    assert SERVICENOW.policy.derive(facts).priority == expected


def test_every_published_priority_is_tried_when_the_data_is_there() -> None:
    """The whole table: three by three."""
    if not _cases():
        pytest.skip(ABSENT)
    assert len(_cases()) == len(list(product("123", repeat=2)))


def opened(number_: int) -> Ticket:
    """Return one of many tickets, with low impact and urgency."""
    command = OpenTicket(
        ticket_id=TicketId(f"INC-{number_}"), impact="low", urgency="low", service=ServiceId("chat")
    )
    decision = decide(INCIDENT, None, command, actor=LEA, at=NINE)
    assert not isinstance(decision, CommandRefused)
    return fold(decision)


def test_glpi_project_glpi_3706_mass_update_recomputes_every_priority() -> None:
    """A change of urgency goes through the domain, be it for one ticket or for a hundred (P2).

    What a mass update changes beside urgency is an input too: a service, by a modifier.
    """
    core = PriorityModifier(name="core", when=field("service").is_("mail"), effect=AtLeast("P2"))
    policy = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=(core,))
    none = TicketId("none")
    updates = (
        (ChangePriorityInputs(ticket_id=none, impact="low", urgency="high"), "P3"),
        (ReclassifyTicket(ticket_id=none, service=ServiceId("mail")), "P2"),
    )
    for update, expected in updates:
        for ticket in map(opened, range(100)):
            command = attrs.evolve(update, ticket_id=ticket.ticket_id)
            decision = decide(INCIDENT, ticket, command, actor=LEA, at=NINE, matrix=policy)
            assert not isinstance(decision, CommandRefused)
            assert any(isinstance(event, PriorityChanged) for event in decision)
            updated = ticket
            for event in decision:
                updated = evolve(updated, event)
            assert (ticket.priority, updated.priority) == ("P4", expected)


def test_glpi_project_glpi_4026_every_cell_says_which_rule_gave_it() -> None:
    """No priority is always High: it follows from its cell, and `explain` names it (P2)."""
    found = set[str]()
    for impact, urgency in product(ITIL_MATRIX.impacts, ITIL_MATRIX.urgencies):
        derived = ITIL_MATRIX.policy.derive(PriorityFacts(impact=impact, urgency=urgency))
        told = derived.explain()
        assert told.startswith(f"priority {derived.priority!r}")
        assert f"impact {impact!r}" in told
        assert f"urgency {urgency!r}" in told
        found.add(derived.priority)
    assert found == {"P1", "P2", "P3", "P4"}


def test_every_known_bug_of_the_area_has_a_test_when_the_list_is_there() -> None:
    """Area B of the field's list: priority."""
    bugs = load("known_bugs.json")
    if bugs is None:
        pytest.skip(ABSENT)
    area = [text(record(bug)["ref"]) for bug in items(bugs) if record(bug)["area"] == "B"]
    assert area
    for ref in area:
        name = re.sub(r"\W+", "_", ref).lower()
        assert any(each.startswith(f"test_{name}_") for each in globals()), ref
