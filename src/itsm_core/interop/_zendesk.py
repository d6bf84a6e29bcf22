"""Read Zendesk ticket audits, or the incremental export of ticket events.

An audit is one update of a ticket: who, when, and what changed. The first one sets every field
(`Create`), later ones change some (`Change`). Public comments are messages: of the requester
contacts, of anybody else answers; the first audit's comment is the ticket itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import attrs

from itsm_core.errors import LogError
from itsm_core.interop._changes import BESIDE, Change, Story
from itsm_core.interop._json_stream import Record
from itsm_core.interop._mapping import LogMapping

__all__ = ["SECTIONS", "stories_in_zendesk"]

SECTIONS: Final = ("audits", "ticket_events")

_YES: Final = "yes"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
_LATEST: Final = 253_402_300_799
"""Seconds: the end of the year 9999."""

Json = dict[str, object]


def stories_in_zendesk(
    records: Iterator[Record], mapping: LogMapping, name: str
) -> Iterator[Story]:
    """Yield the tickets of a Zendesk export. All updates are held: they may come in any order.

    Raises:
        LogError: an update has no ticket, no number or no time, two of one number differ, or the
            first update of a ticket is not in the file.
    """
    tickets: dict[str, list[_Update]] = {}
    for record in records:
        update = _update(record, mapping, f"{name}:{record.line}")
        tickets.setdefault(update.ticket, []).append(update)
    for ticket, updates in tickets.items():
        yield _story(ticket, updates, name)


@attrs.frozen
class _Update:
    """Hold one audit, ready to be put in order."""

    ticket: str
    place: tuple[str, int]
    change: Change
    creates: bool
    public_by: tuple[str, ...]


def _story(ticket: str, updates: list[_Update], name: str) -> Story:
    first, *rest = sorted(_each_once(updates, name), key=_place)
    if not first.creates:
        remedy = "export from before the oldest ticket, or leave this ticket out"
        where = f"{name}:{first.change.line}"
        raise LogError("the update that made the ticket is not in the file", where, ticket, remedy)
    requester = first.change.values.get("requester", "")
    changes = [first.change]
    for each in rest:
        requester = each.change.values.get("requester", requester)
        answers = any(author != requester for author in each.public_by)
        contacts = any(author == requester for author in each.public_by)
        changes.append(
            attrs.evolve(
                each.change, answer=_YES if answers else "", contact=_YES if contacts else ""
            )
        )
    return Story(ticket=ticket, line=first.change.line, changes=tuple(changes))


def _each_once(updates: list[_Update], name: str) -> Iterable[_Update]:
    """Return the updates without repeats: an audit that is on two pages of an export is one.

    Raises:
        LogError: two updates of one number tell different things.
    """
    found: dict[int, _Update] = {}
    for each in updates:
        known = found.setdefault(each.place[1], each)
        if attrs.evolve(each, change=attrs.evolve(each.change, line=known.change.line)) != known:
            what = "two updates of one number differ"
            where = f"{name}:{each.change.line}"
            raise LogError(what, where, str(each.place[1]), "export them again")
    return found.values()


def _place(update: _Update) -> tuple[str, int]:
    return update.place


def _update(record: Record, mapping: LogMapping, where: str) -> _Update:
    values = record.values
    ticket, number = _text(values.get("ticket_id")), values.get("id")
    is_audit = "events" in values
    at = _text(values.get("created_at")) if is_audit else _instant(values.get("timestamp"), where)
    listed = values.get("events" if is_audit else "child_events")
    if not ticket or not at or not isinstance(listed, list) or type(number) is not int:
        what = "an update needs ticket_id, id, events and created_at, or child_events and timestamp"
        raise LogError(what, where, None, "export ticket audits, or incremental ticket events")
    author = _text(values.get("author_id" if is_audit else "updater_id"))
    beside = BESIDE | {"channel"}  # every event has a `via`; the ticket's is that of the first
    roles = {name: role for role, name in mapping.columns.items() if role not in beside}
    told: dict[str, str] = {}
    public: list[str] = []
    creates = False
    for each in cast("list[object]", listed):
        if not isinstance(each, dict):
            raise LogError("an event is no object", where, each, "export it again")
        event = cast("Json", each)
        kind = event.get("type" if is_audit else "event_type")
        if kind in {"Create", "Change"}:
            found = _fields(event, roles, is_audit=is_audit)
            told |= found
            creates = creates or (kind == "Create" and "state" in found)
        elif kind == "Comment" and event.get("public" if is_audit else "comment_public") is True:
            public.append(_text(event.get("author_id")) or author)
    if creates and "channel" in mapping.columns:
        told.setdefault("channel", _channel(values.get("via")))
    change = Change(at=at, line=record.line, actor=author, values=told)
    return _Update(ticket, (at, number), change, creates, tuple(public))


def _fields(event: Json, roles: dict[str, str], *, is_audit: bool) -> dict[str, str]:
    """Return what an event sets, by role; the incremental export has the field as a key."""
    if is_audit:
        role = roles.get(_text(event.get("field_name")))
        return {} if role is None else {role: _text(event.get("value"))}
    return {role: _text(event[name]) for name, role in roles.items() if name in event}


def _channel(via: object) -> str:
    """Return how the ticket came: an audit says `{"channel": "email"}`, an event "Mail"."""
    return _text(cast("Json", via).get("channel")) if isinstance(via, dict) else _text(via)


def _instant(seconds: object, where: str) -> str:
    if type(seconds) is not int or not 0 <= seconds <= _LATEST:
        raise LogError("timestamp is no Unix time in seconds", where, seconds, "export it again")
    return (_EPOCH + timedelta(seconds=seconds)).strftime(_FORMAT)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    # Ids are numbers; what is a list or an object (tags, a goal) is never mapped to a role.
    return str(value) if type(value) is int else ""
