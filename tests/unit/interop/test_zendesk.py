"""Zendesk audits and ticket events: in any order, messages, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import TicketOpened
from itsm_core.ids import TicketId
from tests.unit.interop.exports import ASKED_BY, CREATE, audit, lines, names, read

FIRST = audit(1, CREATE, ASKED_BY)


def comment(author: int | None, *, public: bool = True) -> dict[str, object]:
    """Return a comment."""
    told: dict[str, object] = {} if author is None else {"author_id": author}
    return {"type": "Comment", "public": public, **told}


def test_ticket_is_opened_by_its_first_audit_when_read(tmp_path: Path) -> None:
    """What is created then is what it was opened with; the channel is that of the audit."""
    (opened,) = read(tmp_path, lines(FIRST), "zendesk_audits").histories[TicketId("35")]
    assert isinstance(opened, TicketOpened)
    assert (opened.requester, opened.channel, opened.actor) == ("501", "email", "501")


def test_order_is_that_of_time_when_the_newest_comes_first(tmp_path: Path) -> None:
    """Audits of one second are ordered by their number."""
    opened = {"type": "Change", "field_name": "status", "value": "open"}
    solved = {"type": "Change", "field_name": "status", "value": "solved"}
    text = lines(audit(9, solved, at="09:00"), audit(8, opened, at="09:00"), FIRST)
    assert names(read(tmp_path, text, "zendesk_audits")) == [
        ["TicketOpened", "WorkStarted", "TicketResolved"]
    ]


def test_audit_counts_once_when_it_is_on_two_pages(tmp_path: Path) -> None:
    """Pages of the incremental export overlap."""
    answered = audit(2, comment(500), at="09:00")
    log = read(tmp_path, lines(FIRST, answered, answered), "zendesk_audits")
    assert names(log) == [["TicketOpened", "AnswerSent"]]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([comment(501)], ["ContactReceived"]),
        ([comment(500)], ["AnswerSent"]),
        ([comment(None)], ["ContactReceived"]),  # the audit's author is the requester
        ([comment(500, public=False)], []),
        ([{"type": "Notification"}], []),
        ([comment(501), comment(500)], ["ContactReceived", "AnswerSent"]),
    ],
)
def test_comment_is_a_message_when_public(
    tmp_path: Path, events: list[dict[str, object]], expected: list[str]
) -> None:
    """Of the requester a contact, of anybody else an answer."""
    text = lines(FIRST, audit(2, *events, at="09:00"))
    assert names(read(tmp_path, text, "zendesk_audits")) == [["TicketOpened", *expected]]


def test_requester_is_the_present_one_when_it_was_changed(tmp_path: Path) -> None:
    """An agent who opens a ticket for somebody names them afterwards."""
    changed = {"type": "Change", "field_name": "requester_id", "value": "777"}
    text = lines(FIRST, audit(2, changed, at="09:00"), audit(3, comment(777), at="10:00"))
    assert names(read(tmp_path, text, "zendesk_audits")) == [["TicketOpened", "ContactReceived"]]


def test_first_comment_is_the_ticket_when_it_is_public(tmp_path: Path) -> None:
    """The description is no second contact, and no answer when an agent writes it down."""
    for author in (501, 500):
        text = lines(audit(1, CREATE, ASKED_BY, comment(author)))
        assert names(read(tmp_path, text, "zendesk_audits")) == [["TicketOpened"]]


def test_list_valued_field_is_left_alone_when_not_mapped(tmp_path: Path) -> None:
    """Tags are lists, goals are objects."""
    tags = {"type": "Create", "field_name": "tags", "value": ["a", "b"]}
    assert names(read(tmp_path, lines(audit(1, CREATE, tags)), "zendesk_audits"))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (audit(1, ticket_id=None), "an update needs ticket_id"),
        (audit(1, id="x"), "an update needs ticket_id"),
        (audit(1, id=None), "an update needs ticket_id"),
        (audit(1, created_at=None), "an update needs ticket_id"),
        (audit(1, events=7), "an update needs ticket_id"),
        (audit(1, events=[7]), "an event is no object"),
        (audit(1), "the update that made the ticket is not in the file"),
        (audit(1, CREATE, at="8"), "does not follow the format"),
        ({"ticket_id": 1, "id": 1, "timestamp": "now", "child_events": []}, "no Unix time"),
        ({"ticket_id": 1, "id": 1, "timestamp": 1e12, "child_events": []}, "no Unix time"),
        ({"ticket_id": 1, "id": 1, "timestamp": 10**12, "child_events": []}, "no Unix time"),
        ({"ticket_id": 1, "id": 1, "timestamp": True, "child_events": []}, "no Unix time"),
    ],
)
def test_update_is_refused_when_it_is_not_whole(
    tmp_path: Path, made: dict[str, object], message: str
) -> None:
    """With its line."""
    with pytest.raises(LogError, match=rf"log:1.*{message}"):
        read(tmp_path, lines(made), "zendesk_audits")


def test_audits_are_read_when_they_are_a_page(tmp_path: Path) -> None:
    """As the API gives them."""
    page = json.dumps({"audits": [FIRST], "next_page": None, "count": 1})
    assert names(read(tmp_path, page, "zendesk_audits")) == [["TicketOpened"]]


def test_field_is_the_key_when_the_export_is_incremental(tmp_path: Path) -> None:
    """Times are in seconds, and how it came is a word."""
    created = {"event_type": "Create", "status": "new", "via": "Mail"}
    update = {"id": 1, "ticket_id": 35, "timestamp": 1_767_600_000, "updater_id": 501}
    text = lines({**update, "via": "Mail", "child_events": [created]})
    (opened,) = read(tmp_path, text, "zendesk_audits").histories[TicketId("35")]
    assert isinstance(opened, TicketOpened)
    assert (opened.channel, f"{opened.occurred_at:%F %R}") == ("Mail", "2026-01-05 08:00")


def test_updates_are_refused_when_one_number_tells_two_things(tmp_path: Path) -> None:
    """The later line would silently replace the earlier one."""
    opened = {"type": "Change", "field_name": "status", "value": "open"}
    solved = {"type": "Change", "field_name": "status", "value": "solved"}
    text = lines(FIRST, audit(8, opened, at="09:00"), audit(8, solved, at="09:00"))
    with pytest.raises(LogError, match="log:3: two updates of one number differ"):
        read(tmp_path, text, "zendesk_audits")


def test_two_updates_are_refused_when_one_number_has_two_times(tmp_path: Path) -> None:
    """Numbers are of one update each, whatever the time."""
    with pytest.raises(LogError, match="two updates of one number differ"):
        read(tmp_path, lines(FIRST, audit(1, comment(500), at="09:00")), "zendesk_audits")
