"""The shipped incident lifecycle, against a table written by hand."""

from __future__ import annotations

import pytest

from itsm_core.lifecycle import INCIDENT

# Trigger: from which states to which, for whom. A dash stays where it is;
# A is an analyst, L a lead, R a requester, S the system.
TABLE = """
open       > -                                                       > new         : A L R S
assign     > new in_progress on_hold                                 > -           : A L S
prioritise > new in_progress on_hold                                 > -           : A L S
reclassify > new in_progress on_hold                                 > -           : A L S
override   > new in_progress on_hold                                 > -           : A L
end_override > new in_progress on_hold                               > -           : A L
answer     > new in_progress on_hold resolved                        > -           : A L S
contact    > new in_progress on_hold resolved closed cancelled       > -           : A L R S
start      > new                                                     > in_progress : A L
hold       > new in_progress on_hold                                 > on_hold     : A L
resume     > on_hold                                                 > in_progress : A L S
resolve    > new in_progress on_hold                                 > resolved    : A L S
reopen     > resolved                                                > in_progress : A L R
close      > resolved                                                > closed      : L R S
cancel     > new in_progress on_hold                                 > cancelled   : A L R
merge      > new in_progress on_hold                                 > cancelled   : A L
assign_agreement > new in_progress on_hold resolved                  > -           : L
exclude_time > new in_progress on_hold resolved closed cancelled     > -           : L
explain_breach > new in_progress on_hold resolved closed cancelled   > -           : A L
commit     > new in_progress on_hold resolved                        > -           : A L
keep_commitment > new in_progress on_hold resolved closed cancelled  > -           : A L
withdraw_commitment > new in_progress on_hold resolved closed cancelled > -        : A L
nudge      > on_hold                                                 > -           : A L S
link       > new in_progress on_hold resolved closed cancelled       > -           : A L S
unlink     > new in_progress on_hold resolved closed cancelled       > -           : A L S
split      > new in_progress on_hold resolved closed cancelled       > -           : A L
follow_up  > resolved closed cancelled                               > -           : A L R S
acknowledge > new in_progress on_hold resolved                       > -           : A L
ask_escalation > new in_progress on_hold resolved                    > -           : A L R
hand_over  > new in_progress on_hold resolved closed cancelled       > -           : A L S
suggest_major > new in_progress on_hold resolved                     > -           : A L S
accept_major > new in_progress on_hold resolved                      > -           : L
reject_major > new in_progress on_hold resolved                      > -           : L
demote_major > new in_progress on_hold resolved                      > -           : L
"""
ROLES = {"A": "analyst", "L": "lead", "R": "requester", "S": "system"}
ROWS = [row for row in TABLE.splitlines() if row]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split()[0])
def test_transition_is_as_in_the_table_when_compared(row: str) -> None:
    """Sources, target and roles are those that the page on lifecycles promises."""
    left, roles = row.split(":")
    trigger, sources, target = (part.strip() for part in left.split(">"))
    (found,) = INCIDENT.transitions_of(trigger)
    named = [ROLES[letter] for letter in roles.split()]
    expected = (sources.replace("-", "").split(), target.replace("-", ""), named)
    assert (list(found.sources), found.target, list(found.roles)) == expected


def test_table_is_complete_when_compared() -> None:
    """No transition goes untested."""
    assert [row.split()[0] for row in ROWS] == list(INCIDENT.triggers)


def test_required_fields_are_those_of_a_reason_when_listed() -> None:
    """Who overrides, holds, reopens or cancels says why; who resolves says how."""
    required = {each.trigger: each.required for each in INCIDENT.transitions if each.required}
    assert required == {
        "override": ("priority", "reason"),
        "hold": ("reason",),
        "resolve": ("resolution_code",),
        "reopen": ("reason",),
        "cancel": ("reason",),
        "assign_agreement": ("reason",),
        "exclude_time": ("reason", "approver"),
        "explain_breach": ("clock", "reason"),
        "commit": ("commitment_id", "text"),
        "keep_commitment": ("commitment_id",),
        "withdraw_commitment": ("commitment_id", "reason"),
        "link": ("link",),
        "unlink": ("link",),
        "ask_escalation": ("reason",),
        "hand_over": ("person", "to"),
        "suggest_major": ("reason",),
        "reject_major": ("reason",),
        "demote_major": ("reason",),
    }


def test_categories_are_the_six_when_listed() -> None:
    """Each category has exactly one state."""
    assert {name: category.value for name, category in INCIDENT.categories.items()} == {
        "new": "new",
        "in_progress": "active",
        "on_hold": "on_hold",
        "resolved": "resolved",
        "closed": "closed",
        "cancelled": "cancelled",
    }
