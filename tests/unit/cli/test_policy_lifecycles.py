"""Lifecycles as `policy explain` tells them: states, holds, approvals, who may do what."""

from __future__ import annotations

from itsm_core.cli._policy_lifecycles import lifecycle_lines, lifecycle_values, lifecycles_of
from itsm_core.policy import Policy, read_policy
from tests.unit.policy.lint_desk import OFFICE, STANDARD

CHANGE = """
[lifecycles.change]
states = { new = "new", asked = "active", waiting = "on_hold", done = "closed" }
hold_reasons = ["awaiting_requester"]
[[lifecycles.change.transitions]]
trigger = "open"
target = "new"
[[lifecycles.change.transitions]]
trigger = "start"
sources = ["new"]
target = "asked"
[[lifecycles.change.transitions]]
trigger = "approve"
sources = ["asked"]
roles = ["lead"]
separate_from = ["requester"]
[[lifecycles.change.transitions]]
trigger = "answer"
sources = ["asked"]
roles = ["agent"]
[[lifecycles.change.transitions]]
trigger = "hold"
sources = ["asked"]
target = "waiting"
[[lifecycles.change.transitions]]
trigger = "resume"
sources = ["waiting"]
target = "asked"
[[lifecycles.change.transitions]]
trigger = "close"
sources = ["asked"]
target = "done"
roles = ["agent", "lead"]
required = ["assignee"]
approvals = 2
guard = { field = "impact", operator = "is_present" }
[[lifecycles.change.transitions]]
trigger = "cancel"
sources = ["asked"]
target = "done"
approvals = 1
"""


def policy_of(text: str) -> Policy:
    """Return a policy, which must be sound."""
    policy = read_policy(text, format="toml").policy
    assert policy is not None
    return policy


def test_lifecycle_is_told_line_by_line_when_it_is_the_files_own() -> None:
    """Who may, what it needs, who must be another: in the words of the file."""
    policy = policy_of('lifecycle = "change"\n' + OFFICE + STANDARD + CHANGE)
    (change,) = lifecycles_of(policy)
    assert list(lifecycle_lines(policy, change)) == [
        "change version 1, of new tickets",
        "  states: new (new), asked (active), waiting (on_hold), done (closed)",
        "  holds for awaiting_requester",
        "  open: new, by anybody",
        "  start: new -> asked, by anybody",
        "  approve: while asked, by lead, who is not the requester",
        "  hold: asked -> waiting, by anybody",
        "  resume: waiting -> asked, by anybody",
        (
            "  close: asked -> done, by agent or lead, once 2 people have approved, "
            "with assignee, if impact is present"
        ),
        "  cancel: asked -> done, by anybody, once 1 person has approved",
        "  recorded without moving: answer (agent)",
    ]


def test_lifecycles_are_those_that_the_file_names_when_listed() -> None:
    """That of new tickets, its own, and those that it has timers for, each once."""
    timed = '[timed.task]\ncalendar = "office"\nclose_after = "1h"\n'
    policy = policy_of(OFFICE + timed + STANDARD + CHANGE)
    assert [each.name for each in lifecycles_of(policy)] == ["incident", "change", "task"]


def test_lifecycle_values_are_plain_when_asked() -> None:
    """The lifecycle's own JSON, and whether it is the file's."""
    policy = policy_of(OFFICE + STANDARD + CHANGE)
    told = [lifecycle_values(policy, each) for each in lifecycles_of(policy)]
    assert [(each["name"], each["is_shipped"], each["is_for_new_tickets"]) for each in told] == [
        ("incident", True, True),
        ("change", False, False),
    ]


def test_lifecycle_tells_its_types_when_each_has_its_own() -> None:
    """The types that are named, and every other one."""
    types = 'lifecycle = { change = "change", rfc = "change", incident = "incident", "*" = "task" }'
    policy = policy_of(f"{types}\n" + OFFICE + STANDARD + CHANGE)
    heads = [next(lifecycle_lines(policy, each)) for each in lifecycles_of(policy)]
    assert heads == [
        "change version 1, of new tickets of change and rfc",
        "incident version 1, shipped, of new tickets of incident",
        "task version 1, shipped, of new tickets of every other type",
    ]
    values = [lifecycle_values(policy, each) for each in lifecycles_of(policy)]
    assert [(each["is_for_new_tickets"], each["ticket_types"]) for each in values] == [
        (True, ["change", "rfc"]),
        (True, ["incident"]),
        (True, ["*"]),
    ]


def test_lifecycle_tells_no_types_when_new_tickets_follow_another() -> None:
    """One that is for every type says so, one that is only defined says nothing."""
    every = policy_of('lifecycle = { "*" = "task" }\n' + OFFICE + STANDARD + CHANGE)
    heads = [next(lifecycle_lines(every, each)) for each in lifecycles_of(every)]
    assert heads == [
        "task version 1, shipped, of new tickets of every type",
        "change version 1",
    ]
