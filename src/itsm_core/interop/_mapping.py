"""What a foreign log means, declared as a value: columns, dates, zone, states, responses."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from itsm_core.calendars import load_zone
from itsm_core.documents import Table, read_document
from itsm_core.errors import CodecError, did_you_mean, shown
from itsm_core.lifecycle import INCIDENT, Lifecycle, StateCategory

__all__ = [
    "FORMATS",
    "PRIORITIES",
    "RESPONSES",
    "ROLES",
    "ROWS",
    "ChangeTable",
    "LogMapping",
    "MappedState",
    "bundled_mappings",
    "load_mapping",
    "mapping_path",
]

REQUIRED_ROLES: Final = ("ticket", "state", "updated_at", "opened_at")

ROLES: Final = (
    *REQUIRED_ROLES,
    "sequence",
    "actor",
    "recorded_at",
    "requester",
    "channel",
    "title",
    "service",
    "category",
    "configuration_item",
    "impact",
    "urgency",
    "priority",
    "group",
    "assignee",
    "resolution_code",
    "resolved_at",
    "closed_at",
    "resolved_by",
    "own_verdict",
    "reopen_count",
    "reassignment_count",
    "hold_reason",
    "answer",
    "contact",
)
"""Everything that a column can be to us; the first four must be mapped."""

PRIORITIES: Final = ("column", "matrix")
"""Where a ticket's priority comes from: the log's own column, or impact and urgency (law P2)."""

RESPONSES: Final = ("leaves_new", "first_assignee", "never")
"""Which change of a snapshot counts as the desk's first answer, where no column says so."""

FORMATS: Final = ("csv", "jsonl", "xes", "jira", "zendesk")
"""How a file is laid out. Jira's and Zendesk's JSON hold changes, of which snapshots are made."""

ROWS: Final = ("snapshots", "tickets", "changes")
"""What a row tells: how a ticket looked after an update, how it looks today, or one change."""

OPENINGS: Final = ("inserted", "first_change")
"""How the beginning of a ticket is told by a table of changes."""

_HOLDS_CHANGES: Final = frozenset({"jira", "zendesk"})
_GIVEN: Final = {"opened_at": "(opening)", "sequence": "(order)"}
"""What changes tell themselves, under names that are no column of anybody's."""

_NO_DELIMITERS: Final = frozenset('"\r\n\0')
_LONGEST_ENCODING: Final = 40
_NOT_FOR_FILES: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
_PLAIN: Final = "Ticket;1,2\r\n"
_LONGEST_FORMAT: Final = 100

_SAMPLE: Final = datetime(2003, 11, 22, 13, 14, 15, 123456, tzinfo=timezone(timedelta(hours=5)))
"""No two of its fields are equal, so that none can be taken for another; afternoon, for %p."""

_MOST_COLUMNS: Final = 40
"""More columns than this are not listed: who has a thousand finds one by its name."""

_MOST_COMPARED: Final = 1_000
_LONGEST_COLUMN: Final = 60

_SHORT_NAMES: Final = {"uci": "servicenow_uci"}
_MAPPED_VALUES: Final = ("impact", "urgency", "priority")


@attrs.frozen
class MappedState:
    """Say which state of the lifecycle a state of the log is, and what an on-hold one waits for.

    >>> from itsm_core.interop import load_mapping
    >>> load_mapping("jira_csv").states["Waiting for customer"].reason
    'awaiting_requester'
    """

    state: str
    category: StateCategory
    reason: str = ""


@attrs.frozen(kw_only=True)
class ChangeTable:
    """Name the columns of a table with a row a changed field, and how it tells an opening.

    `prefix` is taken off the ticket's id, as ServiceNow's metrics write `Incident: INC0010023`.
    `opening` is "inserted" (the first change of the state has no old value, or the log is refused)
    or "first_change" (whatever comes first counts as the opening).

    >>> from itsm_core.interop import load_mapping
    >>> table = load_mapping("servicenow_metrics").changes
    >>> table.field, table.prefix
    ('field', 'Incident: ')
    """

    field: str
    value: str
    previous: str = ""
    prefix: str = ""
    opening: str = "inserted"


@attrs.frozen(kw_only=True)
class LogMapping:
    """Hold a declared mapping; `load_mapping` reads and checks one.

    `zone` is the IANA zone in which the log's local times were written. `zone_assumed` says on
    what grounds it was chosen if the log itself does not state it; the data-quality report
    repeats it. `resolved_at` is "row" (a resolve happened when its snapshot was written) or
    "column" (when the declared column says). `priority` is "column" (the log's own) or "matrix"
    (derived from impact and urgency; a column of that role is then only compared).

    >>> from itsm_core.interop import load_mapping
    >>> mapping = load_mapping("jira_csv")
    >>> mapping.columns["ticket"], mapping.values["priority"]["Highest"], mapping.zone
    ('Issue key', 'P1', 'UTC')
    """

    name: str
    title: str = ""
    format: str = "csv"
    rows: str = "snapshots"
    changes: ChangeTable | None = None
    zone: str
    zone_assumed: str = ""
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    missing: tuple[str, ...] = ("",)
    date_format: str
    columns: Mapping[str, str]
    states: Mapping[str, MappedState]
    ignored_states: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict[str, Mapping[str, str]])
    lifecycle: Lifecycle = INCIDENT
    first_response: str = "never"
    priority: str = "column"
    automatic_actors: frozenset[str] = frozenset()
    resolved_at: str = "row"
    back_filled: tuple[str, ...] = ()


def bundled_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the package.

    >>> from itsm_core.interop import bundled_mappings
    >>> [name for name in bundled_mappings() if name.startswith("jira")]
    ['jira_csv', 'jira_issues']
    """
    folder = files("itsm_core.interop") / "mappings"
    names = (item.name for item in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_mapping(source: str | Path) -> LogMapping:
    """Read a mapping file, or a bundled mapping by its name (`servicenow_uci`).

    A text with a path separator or an ending is a path. The zone must be named: it is never
    guessed. Every fault of the file is listed at once.

    Raises:
        CodecError: there is no such file or bundled mapping, or it cannot be read.
        DefinitionError: the file is not a mapping; `faults` has key path, value and remedy.

    >>> from itsm_core.interop import load_mapping
    >>> load_mapping("zendesk_audits").states["pending"].reason
    'awaiting_requester'
    """
    path = mapping_path(source)
    top = read_document(path, "mapping")
    faults = top.faults
    mapping = _mapping(path.stem, top)
    top.finish()
    faults.refuse()
    return mapping


def mapping_path(source: str | Path) -> Path:
    """Return the file that `load_mapping` reads for a path or a bundled name.

    Raises:
        CodecError: there is no bundled mapping of this name.

    >>> from itsm_core.interop import mapping_path
    >>> mapping_path("jira_csv").name, mapping_path("ours.toml").name
    ('jira_csv.toml', 'ours.toml')
    >>> mapping_path("jira_cvs")
    Traceback (most recent call last):
    itsm_core.errors.CodecError: mapping: ...; did you mean 'jira_csv'? (got 'jira_cvs'); ...
    """
    path = Path(source)
    if isinstance(source, str) and path.name == source and not path.suffix:
        known = bundled_mappings()
        source = _SHORT_NAMES.get(source, source)
        if source not in known:
            raise CodecError(
                f"there is no bundled mapping of this name{did_you_mean(source, known)}",
                "mapping",
                source,
                f"bundled mappings: {', '.join(known)}; or give the path of a .toml file",
            )
        path = Path(str(files("itsm_core.interop") / "mappings" / f"{source}.toml"))
    return path


def _mapping(name: str, top: Table) -> LogMapping:
    """Return the mapping of a document; what is wrong is noted, not raised."""
    shape, happenings = top.table("file"), top.table("events")
    layout = shape.choice("format", FORMATS, "csv")
    usual = "changes" if layout in _HOLDS_CHANGES else "snapshots"
    rows = shape.choice("rows", ROWS, usual)
    given = dict(_GIVEN) if rows == "changes" else {}
    if layout == "jira":
        given.pop("opened_at", None)  # an issue names its creation date
    columns = _columns(top.table("columns", required=True), given)
    made = LogMapping(
        name=name,
        title=top.text("title", ""),
        format=layout,
        rows=rows,
        changes=_changes(top, layout, rows),
        zone=_zone(top),
        zone_assumed=top.text("zone_assumed", ""),
        delimiter=_delimiter(shape),
        encoding=_encoding(shape),
        missing=("", *shape.texts("missing", ())),
        date_format=_date_format(shape),
        columns=columns,
        states=_states(top.table("states", required=True)),
        ignored_states=top.texts("ignored_states", ()),
        values=_values(top.table("values")),
        first_response=happenings.choice("first_response", RESPONSES, "never"),
        priority=_priority(happenings, columns),
        automatic_actors=frozenset(happenings.texts("automatic_actors", ())),
        resolved_at=happenings.choice("resolved_at", ("row", "column"), "row"),
        back_filled=happenings.texts("back_filled", ()),
    )
    if made.resolved_at == "column" and "resolved_at" not in columns:
        top.faults.add(
            "missing-key",
            "events.resolved_at = 'column' needs a column of that role",
            "columns.resolved_at",
            remedy="name the column, or use resolved_at = 'row'",
        )
    if made.first_response != "never" and "answer" in columns:
        top.faults.add(
            "wrong-value",
            "answers are told by their own column",
            "events.first_response",
            value=made.first_response,
            remedy="remove first_response, or columns.answer",
        )
    shape.finish()
    happenings.finish()
    return made


def _changes(top: Table, layout: str, rows: str) -> ChangeTable | None:
    """Return how a table of changes is laid out, where there is one."""
    if layout in _HOLDS_CHANGES and rows != "changes":
        top.faults.add(
            "wrong-value",
            f"a file of format {layout!r} holds changes",
            "file.rows",
            value=rows,
            remedy="remove file.rows",
        )
    if layout in _HOLDS_CHANGES or rows != "changes":
        return None
    table = top.table("changes", required=True)
    made = ChangeTable(
        field=table.text("field"),
        value=table.text("value"),
        previous=table.text("previous", ""),
        prefix=table.text("prefix", ""),
        opening=table.choice("opening", OPENINGS, "inserted"),
    )
    table.finish()
    return made


def _priority(happenings: Table, columns: Mapping[str, str]) -> str:
    """Return where priorities come from: without a column of their own, from the matrix."""
    inputs = [role for role in ("impact", "urgency") if role in columns]
    usual = "matrix" if len(inputs) == 2 and "priority" not in columns else "column"
    chosen = happenings.choice("priority", PRIORITIES, usual)
    if chosen == "matrix" and len(inputs) < 2:
        happenings.faults.add(
            "missing-key",
            "events.priority = 'matrix' needs columns for impact and urgency",
            "columns.impact" if "impact" not in inputs else "columns.urgency",
            remedy="name the column, or use priority = 'column'",
        )
    return chosen


def _zone(top: Table) -> str:
    """Return the zone's name, checked against the tz database at hand."""
    if "zone" not in top:
        top.asked.add("zone")
        top.faults.add(
            "missing-key",
            "the zone of the log's times is not named, and it is never guessed",
            "zone",
            remedy="add zone = 'Europe/Berlin' or the IANA zone of the desk that wrote the log; "
            "if the log states none, say so in zone_assumed",
        )
        return "UTC"
    name = top.text("zone")
    if not name.strip():
        return "UTC"  # told already
    return "UTC" if top.faults.attempt("zone", partial(load_zone, name)) is None else name


def _delimiter(shape: Table) -> str:
    """Return the one character between two cells, which neither quotes nor ends a row."""
    value = shape.text("delimiter", ",")
    if len(value) != 1 or value.isalnum() or value in _NO_DELIMITERS:
        shape.faults.add(
            "wrong-value",
            f"must be one character that is no letter, figure, quote or line end, not "
            f"{shown(value, 40)}",
            shape.at("delimiter"),
            value=value,
            remedy="write ',' or ';' or '\\t'",
        )
        return ","
    return value


def _encoding(shape: Table) -> str:
    """Return the name of a text encoding that Python knows and that keeps plain text."""
    value = shape.text("encoding", "utf-8-sig")
    try:
        is_usable = len(value) <= _LONGEST_ENCODING and _reads_plain_text(value)
    except (LookupError, ValueError):  # unknown; or it refuses everything, as "undefined" does
        is_usable = False
    if not is_usable:
        shape.unknown(shape.at("encoding"), value, ("utf-8-sig", "utf-8", "cp1252", "latin-1"))
        return "utf-8-sig"
    return value


def _reads_plain_text(encoding: str) -> bool:
    """Return whether the encoding is one of files; punycode and its like are of names only."""
    if codecs.lookup(encoding).name in _NOT_FOR_FILES:
        return False
    data = _PLAIN.encode(encoding)
    return codecs.getincrementaldecoder(encoding)().decode(data, final=True) == _PLAIN


def _date_format(shape: Table) -> str:
    """Return the date format, which must tell year, month and day and read back what it writes."""
    value = shape.text("date_format")
    wrong = _wrong_with(value) if value.strip() else ""
    if wrong:
        shape.faults.add(
            "wrong-value",
            f"{wrong}: {shown(value, 80)}",
            shape.at("date_format"),
            value=value,
            remedy="write it as strptime does: '%d/%m/%Y %H:%M', '%Y-%m-%d %H:%M:%S'; an offset "
            "such as +0100 is %z; for the name of a zone, such as CET, remove %Z and declare zone",
        )
    return value


def _wrong_with(date_format: str) -> str:
    """Return what is wrong with a format: a sample is written by it, and read again."""
    date_format = in_figures(date_format)
    marks = re.findall(r"%.", date_format)
    if not {"%m", "%d"} <= set(marks) or not {"%Y", "%y"} & set(marks):
        return "must name %Y, %m and %d"
    if "%Z" in marks:
        return "%Z would be read without moving the clock"
    if len(date_format) > _LONGEST_FORMAT:
        return "is too long for a date"
    try:
        read = datetime.strptime(_SAMPLE.strftime(date_format), date_format)  # noqa: DTZ007
    except (ValueError, re.error):
        return "cannot be read by strptime"
    has_clock = {"%H", "%I"} & set(marks)
    expected = _SAMPLE if has_clock else _SAMPLE.replace(hour=0)
    if (read.date(), read.hour) != (expected.date(), expected.hour):
        return "does not read back the date and hour that it writes"
    if "%z" in marks and read.utcoffset() != _SAMPLE.utcoffset():
        return "does not read back the offset that it writes"
    return ""


def in_figures(date_format: str) -> str:
    """Return a format with the month in figures: a name would be read in the process's locale."""
    return date_format.replace("%b", "%m").replace("%B", "%m")


def _columns(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    """Return role -> column name; what is `given` need not be named."""
    found: dict[str, str] = {}
    for role in ROLES:
        name = table.text(role, given.get(role, None if role in REQUIRED_ROLES else ""))
        if name:
            found[role] = name
    table.finish()
    return found


def _states(table: Table) -> dict[str, MappedState]:
    """Return the log's state -> the lifecycle's, with the reason of those on hold."""
    known = {state.name: state for state in INCIDENT.states}
    found: dict[str, MappedState] = {}
    for name, row in table.named_tables():
        state = row.choice("state", known)
        reason = row.text("reason", "")
        row.finish()
        category = known[state].category
        held = category is StateCategory.ON_HOLD
        if held and reason not in INCIDENT.hold_reasons:
            row.unknown(row.at("reason"), reason or "(none)", sorted(INCIDENT.hold_reasons))
        elif reason and not held:
            row.faults.add(
                "wrong-value",
                f"only a state on hold has a reason; {state!r} is none",
                row.at("reason"),
                value=reason,
                remedy="remove the reason, or map to the on-hold state",
            )
        found[name] = MappedState(state, category, reason)
    if not found and not table.faults.found:
        table.faults.add(
            "missing-key",
            "no state is mapped",
            table.path,
            remedy='add a line such as "New" = { state = "new" }',
        )
    return found


def _values(table: Table) -> dict[str, dict[str, str]]:
    """Return role -> the log's value -> ours; a role without a table keeps the log's values."""
    found: dict[str, dict[str, str]] = {}
    for role in _MAPPED_VALUES:
        inner = table.table(role)
        if inner.values:
            found[role] = dict(inner.text_items())
    table.finish()
    return found


def column_fault(name: str, role: str, present: tuple[str, ...]) -> tuple[str, str]:
    """Return message and remedy for a mapped column that the file lacks, both bounded."""
    near = did_you_mean(name, present[:_MOST_COMPARED])
    what = f"the mapping's column {shown(name, 80)} ({role}) is not in the file{near}"
    listed = ", ".join(map(_plain, present[:_MOST_COLUMNS]))
    more = len(present) - _MOST_COLUMNS
    tail = f" and {more:,} more" if more > 0 else ""
    return what, f"export it, or correct or drop its line; columns present: {listed}{tail}"


def _plain(column: str) -> str:
    """Return a column's name as a terminal may show it."""
    if column.isprintable() and len(column) <= _LONGEST_COLUMN:
        return column
    return shown(column, _LONGEST_COLUMN)
