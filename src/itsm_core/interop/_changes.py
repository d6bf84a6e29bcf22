"""Change logs as snapshots: what a ticket looked like after each of its changes.

Most systems keep no snapshots but changes: field, value before, value after. Told in order, they
give the rows that `SnapshotReader` reads. What a ticket was before its first change of a field is
that change's old value; a field that never changed is what the ticket shows today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from itsm_core.errors import LogError
from itsm_core.interop._dates import DateReader
from itsm_core.interop._mapping import ChangeTable, LogMapping

__all__ = ["BESIDE", "Change", "Chunk", "Story", "header_of", "snapshots_of", "stories_in_table"]

Chunk = list[tuple[int, list[str]]]

BESIDE: Final = frozenset(
    {"ticket", "updated_at", "opened_at", "sequence", "actor", "answer", "contact"}
)
"""Roles that say of a change who made it and when; every other role is a field that can change."""


@attrs.frozen(kw_only=True)
class Change:
    """Hold what one person changed at one instant: new values by role, and messages sent with it.

    `before` are the old values, where the log has them.
    """

    at: str
    line: int
    actor: str = ""
    values: Mapping[str, str] = attrs.field(factory=dict[str, str])
    before: Mapping[str, str] = attrs.field(factory=dict[str, str])
    answer: str = ""
    contact: str = ""


@attrs.frozen(kw_only=True)
class Story:
    """Hold one ticket: when it was opened, how it looks today, and its changes in any order.

    `today` are values by role, `""` for `opened_at` if the first change is the opening.
    """

    ticket: str
    line: int
    opened_at: str = ""
    actor: str = ""
    today: Mapping[str, str] = attrs.field(factory=dict[str, str])
    changes: tuple[Change, ...] = ()


def header_of(mapping: LogMapping) -> tuple[str, ...]:
    """Return the header under which stories become rows: the mapped names, in their order."""
    return tuple(mapping.columns.values())


def snapshots_of(stories: Iterable[Story], dates: DateReader) -> Iterator[Chunk]:
    """Yield the rows of each ticket, one more than it has instants with changes.

    Raises:
        LogError: a date cannot be read.
    """
    roles = [*dates.mapping.columns]
    for story in stories:
        yield [*_rows(story, roles, dates)]


def _rows(story: Story, roles: list[str], dates: DateReader) -> Iterator[tuple[int, list[str]]]:
    changes = sorted(
        story.changes, key=lambda each: dates.read(each.at, each.line, "updated_at").utc_us
    )
    now = dict(story.today)
    for change in reversed(changes):
        now.update(change.before)
    opened_at = story.opened_at or changes[0].at
    first = Change(at=opened_at, line=story.line, actor=story.actor)
    if story.opened_at:  # a row's time is read as `updated_at`; a fault names the column it is in
        dates.read(opened_at, story.line, "opened_at")
    else:  # its first change is the opening
        first, *changes = changes
    for number, change in enumerate([first, *changes]):
        now.update(change.values)
        told = {
            **now,
            "ticket": story.ticket,
            "opened_at": opened_at,
            "updated_at": change.at,
            "sequence": str(number),
            "actor": change.actor,
            "answer": change.answer,
            "contact": change.contact,
        }
        yield change.line, [told.get(role, "") for role in roles]


# --- a table of changes --------------------------------------------------------------------------


def stories_in_table(
    header: tuple[str, ...], chunks: Iterable[Chunk], dates: DateReader, shape: ChangeTable
) -> Iterator[Story]:
    """Yield the tickets of a table with a row a changed field, such as ServiceNow's sys_audit.

    The whole table is held: its rows may come in any order.

    Raises:
        LogError: a column is missing, a row has another width, or a ticket's beginning is not in
            the table although the mapping says that it is.
    """
    table = _Table(header, dates, shape)
    for chunk in chunks:
        for line, row in chunk:
            table.add(line, row)
    yield from table.stories()


class _Table:
    """Gather the rows of a table of changes by ticket."""

    def __init__(self, header: tuple[str, ...], dates: DateReader, shape: ChangeTable) -> None:
        mapping = dates.mapping
        wanted = {
            "ticket": mapping.columns["ticket"],
            "at": mapping.columns["updated_at"],
            "actor": mapping.columns.get("actor", ""),
            "field": shape.field,
            "value": shape.value,
            "previous": shape.previous,
        }
        lost = [name for name in wanted.values() if name and name not in header]
        if lost:
            what = f"columns of the mapping are not in the file: {', '.join(lost)}"
            remedy = f"columns present: {', '.join(header[:40])}"
            raise LogError(what, f"{dates.path}:1", None, remedy)
        self._places = {key: header.index(name) for key, name in wanted.items() if name}
        self._width = len(header)
        self._dates = dates
        self._shape = shape
        self._roles = {name: role for role, name in mapping.columns.items() if role not in BESIDE}
        missing = dict.fromkeys(mapping.missing, "")
        self._missing = missing
        self._tickets: dict[str, dict[tuple[str, str], _Gathered]] = {}

    def add(self, line: int, row: list[str]) -> None:
        """Take one row: one field of one ticket."""
        if len(row) != self._width:
            what = f"the row has {len(row)} cells, the header {self._width}"
            remedy = "check file.delimiter in the mapping and the quoting of this row"
            raise LogError(what, f"{self._dates.path}:{line}", None, remedy)
        told = {
            key: self._missing.get(row[place], row[place]) for key, place in self._places.items()
        }
        ticket = told["ticket"].removeprefix(self._shape.prefix)
        if not ticket:
            remedy = "correct the row, or map another column as ticket"
            raise LogError("the row names no ticket", f"{self._dates.path}:{line}", None, remedy)
        sets = self._tickets.setdefault(ticket, {})
        key = (told["at"], told.get("actor", ""))
        gathered = sets.setdefault(key, _Gathered(line))
        role = self._roles.get(told["field"])
        if role is not None:
            gathered.told.append((role, told.get("previous", ""), told["value"]))

    def stories(self) -> Iterator[Story]:
        """Yield each ticket; what happened in one instant, in the order of the file."""
        turned = self._is_newest_first()
        for ticket, sets in self._tickets.items():
            gathered = [*sets.items()]
            if turned:
                gathered.reverse()
            changes = tuple(each.change(at, actor, turned=turned) for (at, actor), each in gathered)
            story = Story(ticket=ticket, line=min(each.line for each in changes), changes=changes)
            self._check_beginning(story)
            yield story

    def _is_newest_first(self) -> bool:
        """Tell whether more tickets go back in time than forward, as lists of the newest do."""
        forward = 0
        for sets in self._tickets.values():
            ends = [
                self._dates.read(at, sets[at, actor].line, "updated_at").utc_us
                for at, actor in (next(iter(sets)), next(reversed(sets)))
            ]
            forward += (ends[0] < ends[1]) - (ends[0] > ends[1])
        return forward < 0

    def _check_beginning(self, story: Story) -> None:
        if self._shape.opening == "first_change":
            return
        first = min(
            (each for each in story.changes if "state" in each.before),
            key=lambda each: self._dates.read(each.at, each.line, "updated_at").utc_us,
            default=None,
        )
        if first is None or first.before["state"]:
            line = story.line if first is None else first.line
            remedy = (
                "export the log from the ticket's insertion on, or say changes.opening = "
                "'first_change' in the mapping: then the first change counts as the opening"
            )
            what = "the ticket's beginning is not in the log"
            raise LogError(what, f"{self._dates.path}:{line}", story.ticket, remedy)


@attrs.define
class _Gathered:
    """Gather the fields that one person changed at one instant: role, old value, new value."""

    line: int
    told: list[tuple[str, str, str]] = attrs.field(factory=list[tuple[str, str, str]])

    def change(self, at: str, actor: str, *, turned: bool) -> Change:
        """Return them as one change. Twice in it: the first old value and the last new one stay."""
        values: dict[str, str] = {}
        before: dict[str, str] = {}
        for role, old, new in reversed(self.told) if turned else self.told:
            before.setdefault(role, old)
            values[role] = new
        return Change(at=at, line=self.line, actor=actor, values=values, before=before)
