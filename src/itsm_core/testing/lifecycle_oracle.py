"""A slow, obviously right judge of commands: it reads a lifecycle's JSON and shares no code (L2).

`expected_reasons` says which reasons a refusal must hold, as pairs of code and place, from the
plain data that `Lifecycle.to_json` writes. It walks over lists where the library has tables, and
evaluates guards on its own. Compare it with `decide` on a lifecycle of your own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

__all__ = ["Question", "Reasons", "expected_reasons"]

Reasons = frozenset[tuple[str, str]]
"""Code and place of each reason; none means that the command is legal."""

# Plain JSON, as it was written down: its shape is what `from_json` accepts.
_Json = Mapping[str, Any]

_ON_TICKET: Final = {
    "assignee",
    "category_name",
    "channel",
    "configuration_item_id",
    "group",
    "impact",
    "requester",
    "service",
    "title",
    "urgency",
}


@attrs.frozen(kw_only=True)
class Question:
    """Hold what is asked: a command on a ticket that no earlier command has moved.

    `state` is empty before there is a ticket. `command` and `ticket` hold their fields by name,
    as far as they are filled; `approvers` who approved in this state, `endorsers` who did in one
    before it.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> asked = Question(
    ...     state="resolved", trigger="hold", person="ann", roles=frozenset({"analyst"})
    ... )
    >>> sorted(expected_reasons(INCIDENT.to_json(), asked))
    [('illegal-transition', 'state'), ('missing-field', 'reason')]
    """

    state: str
    trigger: str
    person: str = ""
    roles: frozenset[str] = frozenset()
    automatic: bool = False
    command: Mapping[str, str] = attrs.field(factory=dict[str, str])
    ticket: Mapping[str, object] = attrs.field(factory=dict[str, object])
    approvers: tuple[str, ...] = ()
    endorsers: tuple[str, ...] = ()


def expected_reasons(lifecycle: Mapping[str, object], question: Question) -> Reasons:
    """Return the reasons against a command by the JSON of a lifecycle, without the library.

    Only rules of lifecycles are judged: the levels of the priority, the rule for overrides and
    the identity of the ticket must be in order.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> asked = Question(state="in_progress", trigger="hold", person="ann")
    >>> for code, place in sorted(expected_reasons(INCIDENT.to_json(), asked)):
    ...     print(code, place)
    missing-field reason
    missing-role actor.roles
    """
    document = cast("_Json", lifecycle)
    named = [each for each in document["transitions"] if each["trigger"] == question.trigger]
    here = [each for each in named if _starts(each, question.state)]
    if not named:
        found = {("unknown-trigger", "trigger")}
        return frozenset(found if question.state else {*found, ("ticket-missing", "ticket_id")})
    if not here:
        return frozenset(_elsewhere(document, named, question))
    open_ways = [each for each in here if _holds(each.get("guard"), question)]
    judged = [_against(document, each, question) for each in open_ways or here]
    # Where no guard holds, the way against which the least speaks; of equal ones the first.
    nearest = min(judged, key=len)
    return frozenset(nearest)


def _starts(transition: _Json, state: str) -> bool:
    return state in transition["sources"] or (not state and not transition["sources"])


def _elsewhere(document: _Json, named: list[_Json], question: Question) -> list[tuple[str, str]]:
    """Judge a trigger that does not start here: by what all its transitions have in common."""
    if question.trigger == "open":
        found = [("ticket-exists", "ticket_id")]
    elif question.state:
        found = [("illegal-transition", "state")]
    else:
        found = [("ticket-missing", "ticket_id")]
    if all(each["roles"] and not question.roles & set(each["roles"]) for each in named):
        found.append(("missing-role", "actor.roles"))
    for field in named[0]["required"]:
        if all(field in each["required"] for each in named) and not _filled(field, question):
            found.append(("missing-field", field))
    return _with_data(document, named, question, found)


def _against(document: _Json, transition: _Json, question: Question) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if transition["roles"] and not question.roles & set(transition["roles"]):
        found.append(("missing-role", "actor.roles"))
    if question.state:
        found += _people(transition, question)
        found += _workers(document, transition, question)
        found += [("guard-false", place) for place in _false_parts(transition, question)]
        wanted = transition.get("approvals", 0)
        if wanted > len(set(question.approvers) - _barred(document, question)):
            found.append(("missing-approval", "approvers"))
    found += [
        ("missing-field", field) for field in transition["required"] if not _filled(field, question)
    ]
    return _with_data(document, [transition], question, found)


def _with_data(
    document: _Json, ways: list[_Json], question: Question, found: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Add what commands of one trigger ask for in any lifecycle."""
    if question.trigger == "assign" and not set(question.command) & {"group", "assignee"}:
        found.append(("missing-field", "group"))
    holding = {each["name"] for each in document["states"] if each["category"] == "on_hold"}
    if any(each["target"] in holding for each in ways):
        reason = question.command.get("reason")
        if reason is None:
            found.append(("missing-field", "reason"))
        elif reason not in document["hold_reasons"]:
            found.append(("unknown-hold-reason", "reason"))
    return list(dict.fromkeys(found))


def _filled(field: str, question: Question) -> bool:
    if question.command.get(field):
        return True
    return bool(question.state) and field in _ON_TICKET and bool(question.ticket.get(field))


def _people(transition: _Json, question: Question) -> list[tuple[str, str]]:
    """Judge who acts: duties are separated, and a program approves nothing (law L7)."""
    approving = question.trigger == "approve"
    separate = transition.get("separate_from", [])
    if question.automatic and not question.person and not approving:
        return []
    found: list[tuple[str, str]] = []
    if approving and question.automatic:
        found.append(("automatic-approver", "actor.automatic"))
    if not question.person and (approving or separate):
        found.append(("missing-person", "actor.person_id"))
    for field in separate:
        named = question.ticket.get(field)
        # Every ticket is asked for by somebody, every solution given by somebody.
        hidden = {"requester", "resolver"} if question.ticket.get("resolved_at") else {"requester"}
        if not named and field in hidden:
            found.append(("person-not-known", field))
        elif named and named == question.person:
            found.append(("same-person", "actor.person_id"))
    return found


def _workers(document: _Json, transition: _Json, question: Question) -> list[tuple[str, str]]:
    """Judge who works: not whoever approved, and nobody unknown where that is asked later (L7)."""
    parted = {
        (each["trigger"] == "approve", field)
        for each in document["transitions"]
        for field in each.get("separate_from", [])
    }
    solutions = {each["name"] for each in document["states"] if each["category"] == "resolved"}
    found: list[tuple[str, str]] = []
    if transition["target"] in solutions and question.state not in solutions:
        if not question.person and {(True, "resolver"), (False, "resolver")} & parted:
            found.append(("missing-person", "actor.person_id"))
        if (True, "assignee") in parted and question.person in question.endorsers:
            found.append(("approver-at-work", "actor.person_id"))
    if (True, "assignee") in parted:
        given = {"assign": "assignee", "hand_over": "to"}.get(question.trigger, "")
        gets = question.command.get(given)
        gives = question.command.get("person") if given == "to" else ""
        has = question.ticket.get("assignee")
        if gets in question.endorsers and (gives == has if given == "to" else gets != has):
            found.append(("approver-at-work", given))
    return found


def _barred(document: _Json, question: Question) -> set[object]:
    """Return the people of the ticket whose approval would not count in this state."""
    return {
        question.ticket.get(field)
        for each in document["transitions"]
        if each["trigger"] == "approve" and question.state in each["sources"]
        for field in each.get("separate_from", [])
    }


# --- guards --------------------------------------------------------------------------------------


def _false_parts(transition: _Json, question: Question) -> list[str]:
    """Return the fields of each part of a guard that does not hold."""
    if _holds(transition.get("guard"), question):
        return []
    guard: _Json = transition["guard"]
    parts = guard.get("all") or [guard]
    return [", ".join(_names(part)) for part in parts if not _holds(part, question)]


def _names(rule: _Json) -> list[str]:
    """Return the fields that a rule looks at, each once."""
    if "field" in rule:
        return [rule["field"]]
    parts = rule["not"] if "not" in rule else rule.get("all", rule.get("any"))
    listed = [parts] if "not" in rule else parts
    return list(dict.fromkeys(name for part in listed for name in _names(part)))


def _holds(rule: Any, question: Question) -> bool:  # noqa: ANN401 - plain JSON, or nothing
    if rule is None:
        return True
    if "all" in rule:
        return all(_holds(part, question) for part in rule["all"])
    if "any" in rule:
        return any(_holds(part, question) for part in rule["any"])
    if "not" in rule:
        return not _holds(rule["not"], question)
    return _answer(rule, question.ticket.get(rule["field"]))


def _answer(test: _Json, seen: Any) -> bool:  # noqa: ANN401 - a ticket's field of any kind
    operator, wanted = test["operator"], test.get("value")
    if operator in {"is_missing", "is_present"}:
        return (seen is None or seen == "") is (operator == "is_missing")
    if seen is None or seen == "":
        return False
    match operator:
        case "is":
            return bool(seen == wanted)
        case "is_not":
            return bool(seen != wanted)
        case "in":
            return seen in test["values"]
        case "not_in":
            return seen not in test["values"]
        case "<":
            return bool(seen < wanted)
        case "<=":
            return bool(seen <= wanted)
        case ">":
            return bool(seen > wanted)
        case ">=":
            return bool(seen >= wanted)
        case _:
            return wanted in seen
