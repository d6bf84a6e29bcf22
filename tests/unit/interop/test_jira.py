"""Jira issues: fields, changelog and comments, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import PriorityChanged, TicketAssigned, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, mapping_path, read_log
from tests.unit.interop.exports import history, issue, lines, names, read

KEY = TicketId("HELP-1")
STARTED = {"field": "status", "fromString": "Open", "toString": "In Progress"}


def test_issue_is_opened_as_it_was_when_it_has_changed(tmp_path: Path) -> None:
    """What it was before its first change is the old value, not today's."""
    made = issue(
        status={"name": "In Progress"},
        priority={"name": "High"},
        changelog={
            "histories": [
                history(STARTED, {"field": "priority", "fromString": "Low", "toString": "High"})
            ]
        },
    )
    opened, *rest = read(tmp_path, lines(made), "jira_issues").histories[KEY]
    assert isinstance(opened, TicketOpened)
    assert (opened.priority, opened.requester, opened.actor) == ("P4", "abel", "abel")
    assert [type(event).__name__ for event in rest] == ["PriorityChanged", "WorkStarted"]
    assert [event.priority for event in rest if isinstance(event, PriorityChanged)] == ["P2"]


def test_field_is_found_by_its_id_when_its_name_was_changed(tmp_path: Path) -> None:
    """A custom field has an id for ever and a name for now."""
    text = mapping_path("jira_issues").read_text(encoding="utf-8")
    mapping = text.replace("[states]", 'group = "customfield_10050"\n[states]')
    made = issue(
        customfield_10050={"value": "Network"},
        changelog={
            "histories": [
                history(
                    {
                        "field": "Team",
                        "fieldId": "customfield_10050",
                        "fromString": "Desk",
                        "toString": "Network",
                    }
                )
            ]
        },
    )
    opened, assigned = read(tmp_path, lines(made), mapping).histories[KEY]
    assert isinstance(opened, TicketOpened)
    assert isinstance(assigned, TicketAssigned)
    assert (opened.group, assigned.group) == ("Desk", "Network")


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"accountId": "a1", "displayName": "Ann"}, "a1"),
        ({"key": "JIRAUSER1", "name": "ann", "displayName": "Ann"}, "JIRAUSER1"),
        ({"name": "ann", "displayName": "Ann"}, "ann"),
        ({"displayName": "Ann"}, "Ann"),
        ({}, ""),
        (None, ""),
    ],
)
def test_person_is_their_account_when_the_issue_has_it(
    tmp_path: Path, person: object, expected: str
) -> None:
    """Cloud has accounts, Server keys and names; the name that is shown is the last resort."""
    opened = read(tmp_path, lines(issue(assignee=person)), "jira_issues").histories[KEY][0]
    assert isinstance(opened, TicketOpened)
    assert opened.assignee == expected


def test_several_values_are_joined_when_a_field_is_a_list(tmp_path: Path) -> None:
    """Components and labels."""
    text = mapping_path("jira_issues").read_text(encoding="utf-8")
    mapping = text.replace('category = "issuetype"', 'category = "components"')
    made = issue(components=[{"name": "VPN"}, {"name": "Mail"}, 7, True, 1.5])
    opened = read(tmp_path, lines(made), mapping).histories[KEY][0]
    assert isinstance(opened, TicketOpened)
    assert opened.category == "VPN, Mail, 7, true, 1.5"


def comment(author: str, **more: object) -> dict[str, object]:
    """Return a comment of an hour after the opening."""
    at = "2026-01-05T10:00:00.000+0100"
    return {"author": {"accountId": author}, "created": at, **more}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (comment("abel"), ["ContactReceived"]),
        (comment("beth"), ["AnswerSent"]),
        (comment("beth", jsdPublic=True), ["AnswerSent"]),
        (comment("beth", jsdPublic=False), []),
        (comment("beth", visibility={"type": "role", "value": "Agents"}), []),
    ],
)
def test_comment_is_a_message_when_the_requester_can_read_it(
    tmp_path: Path, made: dict[str, object], expected: list[str]
) -> None:
    """By the reporter a contact, by others an answer, between agents nothing."""
    log = read(tmp_path, lines(issue(comment={"comments": [made]})), "jira_issues")
    assert names(log) == [["TicketOpened", *expected]]


def test_comments_are_not_asked_for_when_no_role_wants_them(tmp_path: Path) -> None:
    """Who exports without comments maps none."""
    text = mapping_path("jira_issues").read_text(encoding="utf-8")
    mapping = text.replace('answer = "comment"\n', "").replace('contact = "(comment)"\n', "")
    assert names(read(tmp_path, lines(issue(comment=None)), mapping)) == [["TicketOpened"]]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (issue(key=None), "the issue has no key or no creation date"),
        (issue(created=None), "the issue has no key or no creation date"),
        (issue(fields=None), "fields is missing"),
        (issue(changelog=None), "changelog is missing"),
        (issue(comment=None), "fields.comment is missing"),
        (issue(changelog={"histories": 7}), "histories is no list"),
        (issue(changelog={"histories": [7]}), "a history is missing, or no object"),
        (issue(changelog={"histories": [history()], "total": 120}), "1 of 120 histories"),
        (issue(comment={"comments": [], "total": 3}), "0 of 3 comments"),
        (issue(changelog={"histories": [history(7)]}), "an item is missing, or no object"),  # type: ignore[arg-type]
        (issue(status={"name": "Blocked"}), "values that the mapping does not know"),
        (issue(created="5 January"), "does not follow the format"),
    ],
)
def test_issue_is_refused_when_it_is_not_whole(
    tmp_path: Path, made: dict[str, object], message: str
) -> None:
    """A changelog of which a part is on another page would be read as a shorter life."""
    with pytest.raises(LogError, match=rf"log:1.*{message}"):
        read(tmp_path, lines(made), "jira_issues")


def test_cut_off_changelog_names_its_issue_when_all_stand_on_one_line(tmp_path: Path) -> None:
    """A search is one line of JSON; its number helps nobody."""
    whole = issue(key="HELP-1")
    cut = issue(key="HELP-7", changelog={"histories": [], "total": 3})
    page = {"issues": [whole, cut]}
    with pytest.raises(LogError, match=r":1, issue HELP-7: 0 of 3 histories"):
        read(tmp_path, json.dumps(page), "jira_issues")


def test_issues_are_read_when_pages_of_a_search_follow_each_other(tmp_path: Path) -> None:
    """As the API gives them, fifty at a time."""
    pages = [{"startAt": n, "issues": [issue(key=f"HELP-{n}")]} for n in range(3)]
    path = tmp_path / "log"
    path.write_text("\n".join(map(json.dumps, pages)), encoding="utf-8")
    log = read_log(path, load_mapping("jira_issues"))
    assert [*log.histories] == ["HELP-0", "HELP-1", "HELP-2"]


def test_change_is_passed_over_when_no_role_wants_its_field(tmp_path: Path) -> None:
    """A changelog has a hundred fields; of an update with none of ours nothing is told."""
    sprint = {"field": "Sprint", "fromString": "", "toString": "7"}
    made = issue(changelog={"histories": [history(sprint), history(sprint, STARTED)]})
    assert names(read(tmp_path, lines(made), "jira_issues")) == [["TicketOpened", "WorkStarted"]]


def test_changes_of_one_instant_are_in_the_order_of_their_ids_when_the_newest_come_first(
    tmp_path: Path,
) -> None:
    """An automation moves a ticket twice within a millisecond; Cloud lists the second move first.

    Read as listed, work would have begun at the opening and the solved ticket would be reopened.
    """
    done = {"field": "status", "fromString": "In Progress", "toString": "Done"}
    told = [history(done) | {"id": "100"}, history(STARTED) | {"id": "99"}]
    made = issue(status={"name": "Done"}, changelog={"histories": told})
    assert names(read(tmp_path, lines(made), "jira_issues")) == [
        ["TicketOpened", "WorkStarted", "TicketResolved"]
    ]


def test_fault_names_the_creation_date_when_it_cannot_be_read(tmp_path: Path) -> None:
    """And not the date of a change, which has the same format."""
    with pytest.raises(LogError, match=r"column 'created': the date does not follow"):
        read(tmp_path, lines(issue(created="yesterday")), "jira_issues")
