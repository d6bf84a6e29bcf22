"""The oracle of lifecycles, on answers written by hand from the page on lifecycles."""

from __future__ import annotations

import pytest

from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE
from itsm_core.testing.lifecycle_oracle import Question, expected_reasons

LEAD = frozenset({"lead"})


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(state="new", trigger="start", roles=LEAD), set()),
        (Question(state="new", trigger="start"), {("missing-role", "actor.roles")}),
        (
            Question(state="new", trigger="resolve", roles=LEAD),
            {("missing-field", "resolution_code")},
        ),
        (Question(state="closed", trigger="start", roles=LEAD), {("illegal-transition", "state")}),
        (Question(state="", trigger="start", roles=LEAD), {("ticket-missing", "ticket_id")}),
        (Question(state="new", trigger="open", roles=LEAD), {("ticket-exists", "ticket_id")}),
        (Question(state="new", trigger="fly", roles=LEAD), {("unknown-trigger", "trigger")}),
        (
            Question(
                state="resolved",
                trigger="reopen",
                roles=LEAD,
                command={"reason": "x"},
                ticket={"reopen_count": 10},
            ),
            {("guard-false", "reopen_count")},
        ),
        (
            Question(state="new", trigger="hold", roles=LEAD, command={"reason": "lunch"}),
            {("unknown-hold-reason", "reason")},
        ),
    ],
)
def test_oracle_says_what_the_page_says_when_asked(
    question: Question, expected: set[tuple[str, str]]
) -> None:
    """One example of each code."""
    assert expected_reasons(INCIDENT.to_json(), question) == expected


@pytest.mark.parametrize(
    ("approvers", "expected"),
    [((), True), (("a",), True), (("a", "rob"), True), (("a", "a"), True), (("a", "b"), False)],
)
def test_oracle_counts_people_when_approvals_are_wanted(
    approvers: tuple[str, ...], expected: bool
) -> None:
    """Distinct people, the requester left out."""
    question = Question(
        state="awaiting_approval",
        trigger="schedule",
        person="ola",
        roles=frozenset({"change_owner"}),
        ticket={"requester": "rob", "impact": "high"},
        approvers=approvers,
    )
    found = expected_reasons(NORMAL_CHANGE.to_json(), question)
    assert (("missing-approval", "approvers") in found) is expected


@pytest.mark.parametrize(
    ("test", "seen", "holds"),
    [
        ({"operator": "is_not", "value": "x"}, "y", True),
        ({"operator": "is_not", "value": "x"}, "", False),
        ({"operator": "in", "values": ["x"]}, "x", True),
        ({"operator": "not_in", "values": ["x"]}, "x", False),
        ({"operator": "<=", "value": 2}, 2, True),
        ({"operator": ">", "value": 2}, 2, False),
        ({"operator": ">=", "value": 2}, 2, True),
        ({"operator": "contains", "value": "ai"}, "mail", True),
        ({"operator": "is_missing"}, "", True),
        ({"operator": "is_present"}, None, False),
    ],
)
def test_oracle_evaluates_a_guard_when_given_as_json(
    test: dict[str, object], seen: object, holds: bool
) -> None:
    """Its operators are its own."""
    guard = {"any": [{"field": "group", **test}]}
    document = {
        "states": [{"name": "new", "category": "new"}],
        "hold_reasons": [],
        "transitions": [
            {
                "trigger": "x",
                "sources": ["new"],
                "target": "",
                "roles": [],
                "required": [],
                "guard": guard,
            }
        ],
    }
    question = Question(state="new", trigger="x", ticket={"group": seen})
    assert (expected_reasons(document, question) == set()) is holds
