"""Exports of ServiceNow, Jira and Zendesk, each a small one in its documented shape.

The files under `exports` tell one ticket's day: opened at 08:00 UTC, taken up at 08:10, waiting for
the requester from 09:00 to 10:30 (in Zendesk from 08:10 to 09:30), handed over at 11:00 (10:00),
resolved at 12:00. What each must become is written here by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs
import pytest

from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import ImportedLog, bundled_mappings, load_mapping, read_log
from itsm_core.lifecycle import StateCategory, fold

FOLDER: Final = Path(__file__).parent / "exports"

Told = tuple[str, str, dict[str, object]]
"""Class, time of the day, and the fields that are not empty."""

BETH, DON, ABEL = "5b109f2e9729b51b54dc274d", "5b10ac8d82e05b22cc7d4ef5", "5b10a2844c20165700ede21g"


def imported(file: str, mapping: str) -> ImportedLog:
    """Return a sample as read by a bundled mapping."""
    return read_log(FOLDER / file, load_mapping(mapping))


def told(events: tuple[TicketEvent, ...]) -> list[Told]:
    """Return what events say, without what they all have."""
    found: list[Told] = []
    for event in events:
        values = {
            field.name: getattr(event, field.name)
            for field in attrs.fields(type(event))
            if field.name not in {"ticket_id", "occurred_us", "told_us", "sequence"}
            and getattr(event, field.name) not in ("", False, None)
        }
        if values.get("lifecycle") == "incident":
            for name in ("lifecycle", "lifecycle_version", "ticket_type", "state"):
                del values[name]
        found.append((type(event).__name__, f"{event.occurred_at:%H:%M}", values))
    return found


DESK, NETWORK = "d625dccec0a8016700a222a0f7900d06", "287ebd7da9fe198100f92cc8d1d2154e"
BETH_ID, DON_ID = "46d44a23a9fe19810012d100cca80666", "9ee1b13dc6112271007f9d0efdb69cd0"

AUDIT: list[Told] = [
    (
        "TicketOpened",
        "08:00",
        {"title": "VPN drops, every hour", "priority": "P2", "group": DESK},
    ),
    ("TicketAssigned", "08:10", {"actor": "beth.anglin", "group": DESK, "assignee": BETH_ID}),
    ("AnswerSent", "08:10", {"actor": "beth.anglin"}),
    ("WorkStarted", "08:10", {"actor": "beth.anglin", "state": "in_progress"}),
    (
        "TicketPutOnHold",
        "09:00",
        {"actor": "beth.anglin", "state": "on_hold", "reason": "awaiting_requester"},
    ),
    ("TicketResumed", "10:30", {"actor": "beth.anglin", "state": "in_progress"}),
    ("TicketAssigned", "11:00", {"actor": "beth.anglin", "group": NETWORK, "assignee": DON_ID}),
    (
        "TicketResolved",
        "12:00",
        {
            "actor": "don.goodliffe",
            "state": "resolved",
            "resolution_code": "Solved (Permanently)",
        },
    ),
]
METRICS: list[Told] = [
    ("TicketOpened", "08:00", {"group": "Service Desk"}),
    ("TicketAssigned", "08:10", {"group": "Service Desk", "assignee": "Beth Anglin"}),
    ("AnswerSent", "08:10", {}),
    ("WorkStarted", "08:10", {"state": "in_progress"}),
    ("TicketPutOnHold", "09:00", {"state": "on_hold", "reason": "awaiting_requester"}),
    ("TicketResumed", "10:30", {"state": "in_progress"}),
    ("TicketAssigned", "11:00", {"group": "Network", "assignee": "Don Goodliffe"}),
    ("TicketResolved", "12:00", {"state": "resolved"}),
]
JIRA: list[Told] = [
    (
        "TicketOpened",
        "08:00",
        {
            "actor": ABEL,
            "title": "VPN drops, every hour",
            "requester": ABEL,
            "category": "[System] Incident",
            "priority": "P4",
        },
    ),
    ("TicketAssigned", "08:10", {"actor": BETH, "assignee": BETH}),
    (
        "TicketPutOnHold",
        "09:00",
        {"actor": BETH, "state": "on_hold", "reason": "awaiting_requester"},
    ),
    ("AnswerSent", "09:00", {"actor": BETH}),
    ("ContactReceived", "10:30", {"actor": ABEL}),
    ("TicketAssigned", "11:00", {"actor": BETH, "assignee": DON}),
    ("PriorityChanged", "11:00", {"actor": BETH, "priority": "P2"}),
    ("TicketResumed", "11:00", {"actor": BETH, "state": "in_progress"}),
    ("TicketResolved", "12:00", {"actor": DON, "state": "resolved", "resolution_code": "Done"}),
]
ZENDESK: list[Told] = [
    (
        "TicketOpened",
        "08:00",
        {
            "actor": "501",
            "title": "VPN drops, every hour",
            "requester": "501",
            "channel": "email",
            "category": "incident",
            "priority": "P4",
            "group": "9001",
        },
    ),
    ("TicketAssigned", "08:10", {"actor": "500", "group": "9001", "assignee": "500"}),
    ("AnswerSent", "08:10", {"actor": "500"}),
    (
        "TicketPutOnHold",
        "08:10",
        {"actor": "500", "state": "on_hold", "reason": "awaiting_requester"},
    ),
    ("ContactReceived", "09:30", {"actor": "501"}),
    ("TicketResumed", "09:30", {"actor": "501", "state": "in_progress"}),
    ("TicketAssigned", "10:00", {"actor": "500", "group": "9002", "assignee": "502"}),
    ("PriorityChanged", "10:00", {"actor": "500", "priority": "P1"}),
    ("AnswerSent", "12:00", {"actor": "502"}),
    ("TicketResolved", "12:00", {"actor": "502", "state": "resolved"}),
    ("TicketClosed", "12:00", {"actor": "-1", "automatic": True, "state": "closed"}),
]
ZENDESK_EVENTS: list[Told] = [
    (
        "TicketOpened",
        "08:00",
        {
            "actor": "501",
            "title": "VPN drops, every hour",
            "requester": "501",
            "channel": "Mail",
        },
    ),
    ("TicketAssigned", "08:10", {"actor": "500", "assignee": "500"}),
    ("AnswerSent", "08:10", {"actor": "500"}),
    (
        "TicketPutOnHold",
        "08:10",
        {"actor": "500", "state": "on_hold", "reason": "awaiting_requester"},
    ),
    ("ContactReceived", "09:30", {"actor": "501"}),
    ("TicketResumed", "09:30", {"actor": "501", "state": "in_progress"}),
    ("AnswerSent", "12:00", {"actor": "500"}),
    ("TicketResolved", "12:00", {"actor": "500", "state": "resolved"}),
]


@pytest.mark.parametrize(
    ("file", "mapping", "ticket", "expected"),
    [
        ("servicenow_audit.csv", "servicenow_audit", "9d385017c611228701d22104cc95c371", AUDIT),
        ("servicenow_metrics.csv", "servicenow_metrics", "INC0010023", METRICS),
        ("jira_issues.json", "jira_issues", "HELP-23", JIRA),
        ("zendesk_audits.json", "zendesk_audits", "35", ZENDESK),
        ("zendesk_events.jsonl", "zendesk_audits", "35", ZENDESK_EVENTS),
    ],
    ids=["servicenow audit", "servicenow metrics", "jira", "zendesk audits", "zendesk events"],
)
def test_day_is_told_when_an_export_holds_its_changes(
    file: str, mapping: str, ticket: str, expected: list[Told]
) -> None:
    """The same day from five forms, each with what its system knows."""
    log = imported(file, mapping)
    assert list(log.histories) == [ticket]
    assert told(log.histories[TicketId(ticket)]) == expected


def test_list_tells_opening_and_end_when_a_row_is_a_ticket() -> None:
    """ServiceNow's list has no history: who held the ticket before its end is not made up."""
    log = imported("servicenow_incidents.csv", "servicenow_incidents")
    opened, *rest = told(log.histories[TicketId("INC0010023")])
    assert opened[:2] == ("TicketOpened", "09:00")
    assert "assignee" not in opened[2]
    assert rest == [
        (
            "TicketAssigned",
            "13:00",
            {"actor": "Don Goodliffe", "group": "Network", "assignee": "Don Goodliffe"},
        ),
        (
            "TicketResolved",
            "13:00",
            {
                "actor": "Don Goodliffe",
                "state": "resolved",
                "resolution_code": "Solved (Permanently)",
            },
        ),
        ("TicketClosed", "13:00", {"state": "closed"}),
    ]


def test_list_is_in_the_zone_of_its_user_when_the_mapping_names_it() -> None:
    """The same export, made by somebody in Berlin: one hour earlier in January."""
    mapping = attrs.evolve(load_mapping("servicenow_incidents"), zone="Europe/Berlin")
    log = read_log(FOLDER / "servicenow_incidents.csv", mapping)
    opening = log.histories[TicketId("INC0010023")][0]
    assert opening.occurred_at == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    assert opening.recorded_at == datetime(2026, 1, 5, 8, 2, 10, tzinfo=UTC)


def test_hold_has_its_reason_when_that_is_in_a_column_of_its_own() -> None:
    """ServiceNow writes "On Hold" and, beside it, for what."""
    log = imported("servicenow_incidents.csv", "servicenow_incidents")
    state = fold(log.histories[TicketId("INC0010024")])
    assert (state.category, state.hold_reason) == (StateCategory.ON_HOLD, "awaiting_supplier")


def test_resolve_date_is_no_resolve_when_the_ticket_was_reopened() -> None:
    """The date that is left from a resolve that did not last."""
    log = imported("servicenow_incidents.csv", "servicenow_incidents")
    names = [name for name, _, _ in told(log.histories[TicketId("INC0010025")])]
    assert names == ["TicketOpened", "TicketAssigned", "WorkStarted"]


def test_repeated_columns_are_no_matter_when_none_is_mapped() -> None:
    """Jira's CSV has Labels three times and Comment twice; months are English words."""
    log = imported("jira.csv", "jira_csv")
    last = log.histories[TicketId("HELP-24")][-1]
    assert last.occurred_at == datetime(2026, 5, 6, 8, 30, tzinfo=UTC)
    assert [name for name, _, _ in told(log.histories[TicketId("HELP-23")])] == [
        "TicketOpened",
        "TicketAssigned",
        "TicketResolved",
    ]


def test_every_bundled_mapping_has_a_sample_when_listed() -> None:
    """A mapping that nobody has tried is a guess; the UCI log is another test's."""
    tried = {
        *("servicenow_audit", "servicenow_incidents", "servicenow_metrics", "servicenow_uci"),
        *("jira_issues", "jira_csv", "zendesk_audits"),
    }
    assert set(bundled_mappings()) == tried


def test_quality_says_what_a_form_cannot_tell_when_it_is_poor() -> None:
    """A list of tickets is less than a history, and says so first of all."""
    poor = imported("servicenow_incidents.csv", "servicenow_incidents").quality.findings()
    rich = imported("zendesk_audits.json", "zendesk_audits").quality.findings()
    assert ("one row a ticket", "3 in all") in [finding[:2] for finding in poor]
    assert ("first response", "answer", "the log tells each answer") in rich
