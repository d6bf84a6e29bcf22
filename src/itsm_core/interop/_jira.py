"""Read Jira issues with their changelog: `/search?expand=changelog`, or one issue a line.

What Jira calls a field is found by its id (`status`, `customfield_10050`) or, in a changelog, by
its name. Of people the account is taken, never the name that is shown: two people may share one,
and it can be changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from itsm_core.errors import LogError
from itsm_core.interop._changes import BESIDE, Change, Story
from itsm_core.interop._json_stream import Record
from itsm_core.interop._mapping import LogMapping

__all__ = ["SECTIONS", "stories_in_jira"]

SECTIONS: Final = ("issues",)

_PEOPLE: Final = frozenset({"requester", "assignee", "actor", "resolved_by"})
_PERSON: Final = ("accountId", "key", "name", "displayName")
_THING: Final = ("name", "value", "displayName", "key", "id")
_YES: Final = "yes"
_MOST_DIGITS: Final = 18

Json = dict[str, object]


def stories_in_jira(records: Iterator[Record], mapping: LogMapping, name: str) -> Iterator[Story]:
    """Yield the tickets of a Jira export.

    Raises:
        LogError: an issue has no key, no fields or no creation date, or its changelog or comments
            are cut short, as they are where Jira pages them.
    """
    for record in records:
        yield _Issue(record, mapping, f"{name}:{record.line}").story()


class _Issue:
    """Read one issue."""

    def __init__(self, record: Record, mapping: LogMapping, where: str) -> None:
        self._record = record
        self._columns = mapping.columns
        # Issues stand on one line as often as not, so a fault names the issue as well.
        key = _text(record.values.get(mapping.columns["ticket"]), _THING)
        self._where = f"{where}, issue {key[:60]}" if key else where
        self._fields = self._object(record.values.get("fields"), "fields")
        self._roles = {name: role for role, name in mapping.columns.items() if role not in BESIDE}

    def story(self) -> Story:
        """Return the issue as a story."""
        key = _text(self._record.values.get(self._columns["ticket"]), _THING)
        opened_at = _text(self._fields.get(self._columns["opened_at"]), _THING)
        if not key or not opened_at:
            remedy = "export the issues with the fields key and created"
            raise LogError("the issue has no key or no creation date", self._where, None, remedy)
        today = {
            role: _text(self._fields.get(name), _PERSON if role in _PEOPLE else _THING)
            for name, role in self._roles.items()
        }
        author = self._fields.get("creator") or self._fields.get("reporter")
        return Story(
            ticket=key,
            line=self._record.line,
            opened_at=opened_at,
            actor=_text(author, _PERSON),
            today=today,
            changes=(*self._changes(), *self._comments(today.get("requester", ""))),
        )

    def _changes(self) -> Iterator[Change]:
        log = self._object(self._record.values.get("changelog"), "changelog")
        listed = self._whole(log, "histories", "expand=changelog")
        histories = [self._object(each, "a history") for each in listed]
        # The newest come first on Cloud and last on Server; those of one instant tell by their ids.
        for history in sorted(histories, key=_number):
            values: dict[str, str] = {}
            before: dict[str, str] = {}
            for item in self._list(history.get("items"), "items"):
                told = self._object(item, "an item")
                names = (_text(told.get("fieldId"), ()), _text(told.get("field"), ()))
                role = next((self._roles[name] for name in names if name in self._roles), None)
                if role is None:
                    continue
                old, new = ("from", "to") if role in _PEOPLE else ("fromString", "toString")
                before.setdefault(role, _text(told.get(old), ()))
                values[role] = _text(told.get(new), ())
            if values:
                yield Change(
                    at=_text(history.get("created"), ()),
                    line=self._record.line,
                    actor=_text(history.get("author"), _PERSON),
                    values=values,
                    before=before,
                )

    def _comments(self, requester: str) -> Iterator[Change]:
        """Yield public comments: of the requester contacts, of anybody else answers."""
        if not {"answer", "contact"} & self._columns.keys():
            return
        page = self._object(self._fields.get("comment"), "fields.comment")
        for each in self._whole(page, "comments", "the field comment"):
            comment = self._object(each, "a comment")
            if comment.get("jsdPublic") is False or comment.get("visibility") is not None:
                continue  # between agents
            author = _text(comment.get("author"), _PERSON)
            is_theirs = author == requester
            yield Change(
                at=_text(comment.get("created"), ()),
                line=self._record.line,
                actor=author,
                contact=_YES if is_theirs else "",
                answer="" if is_theirs else _YES,
            )

    def _whole(self, page: Json, section: str, how: str) -> list[object]:
        listed = self._list(page.get(section), section)
        total = page.get("total", len(listed))
        if isinstance(total, int) and total > len(listed):
            what = f"{len(listed)} of {total} {section}: the rest is on later pages"
            remedy = f"ask for all of them ({how} gives the first page) and put them in one list"
            raise LogError(what, self._where, None, remedy)
        return listed

    def _object(self, value: object, what: str) -> Json:
        if not isinstance(value, dict):
            remedy = "export with fields, expand=changelog and, if mapped, the field comment"
            raise LogError(f"{what} is missing, or no object", self._where, value, remedy)
        return cast("Json", value)

    def _list(self, value: object, what: str) -> list[object]:
        if not isinstance(value, list):
            raise LogError(f"{what} is no list", self._where, value, "export the issues again")
        return cast("list[object]", value)


def _number(history: Json) -> int:
    """Return the id of a history as a number, 0 where it is none."""
    told = _text(history.get("id"), ())
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS else 0


def _text(value: object, keys: tuple[str, ...]) -> str:
    """Return a value as Jira means it: of an object the first of the keys that it has."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(_text(each, keys) for each in cast("list[object]", value))
    members = cast("Json", value)
    return next((_text(members[key], ()) for key in keys if members.get(key)), "")
