"""What a foreign log means, declared as a value: columns, dates, zone, states, responses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from itsm_core.calendars import load_zone
from itsm_core.documents import Table, read_document
from itsm_core.errors import CodecError, did_you_mean
from itsm_core.lifecycle import INCIDENT, Lifecycle, StateCategory

__all__ = [
    "RESPONSES",
    "ROLES",
    "LogMapping",
    "MappedState",
    "bundled_mappings",
    "load_mapping",
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
)
"""Everything that a column can be to us; the first four must be mapped."""

RESPONSES: Final = ("leaves_new", "first_assignee", "never")
"""Which change of a snapshot counts as the desk's first answer, where no column says so."""

_SHORT_NAMES: Final = {"uci": "servicenow_uci"}
_MAPPED_VALUES: Final = ("impact", "urgency", "priority")


@attrs.frozen
class MappedState:
    """Say which state of the lifecycle a state of the log is, and what an on-hold one waits for."""

    state: str
    category: StateCategory
    reason: str = ""


@attrs.frozen(kw_only=True)
class LogMapping:
    """Hold a declared mapping; `load_mapping` reads and checks one.

    `zone` is the IANA zone in which the log's local times were written. `zone_assumed` says on
    what grounds it was chosen if the log itself does not state it; the data-quality report
    repeats it. `resolved_at` is "row" (a resolve happened when its snapshot was written) or
    "column" (when the declared column says).
    """

    name: str
    title: str = ""
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
    automatic_actors: frozenset[str] = frozenset()
    resolved_at: str = "row"
    back_filled: tuple[str, ...] = ()


def bundled_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the package."""
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
    top = read_document(path, "mapping")
    faults = top.faults
    mapping = _mapping(path.stem, top)
    top.finish()
    faults.refuse()
    return mapping


def _mapping(name: str, top: Table) -> LogMapping:
    """Return the mapping of a document; what is wrong is noted, not raised."""
    shape, happenings = top.table("file"), top.table("events")
    columns = _columns(top.table("columns", required=True))
    made = LogMapping(
        name=name,
        title=top.text("title", ""),
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
    shape.finish()
    happenings.finish()
    return made


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
    return "UTC" if top.faults.attempt("zone", partial(load_zone, name)) is None else name


def _delimiter(shape: Table) -> str:
    """Return the one character between two cells."""
    value = shape.text("delimiter", ",")
    if len(value) != 1:
        shape.faults.add(
            "wrong-value",
            f"must be one character, not {value!r}",
            shape.at("delimiter"),
            value=value,
            remedy="write ',' or ';' or '\\t'",
        )
        return ","
    return value


def _encoding(shape: Table) -> str:
    """Return the name of a text encoding that Python knows."""
    value = shape.text("encoding", "utf-8-sig")
    try:
        "".encode(value)
    except LookupError:
        shape.unknown(shape.at("encoding"), value, ("utf-8-sig", "utf-8", "cp1252", "latin-1"))
        return "utf-8-sig"
    return value


def _date_format(shape: Table) -> str:
    """Return the date format, which must at least tell year, month and day."""
    value = shape.text("date_format")
    if value and not all(mark in value for mark in ("%Y", "%m", "%d")):
        shape.faults.add(
            "wrong-value",
            f"must name %Y, %m and %d, not {value!r}",
            shape.at("date_format"),
            value=value,
            remedy="write it as strptime does: '%d/%m/%Y %H:%M', '%Y-%m-%d %H:%M:%S'",
        )
    return value


def _columns(table: Table) -> dict[str, str]:
    """Return role -> column name."""
    found: dict[str, str] = {}
    for role in ROLES:
        name = table.text(role, None if role in REQUIRED_ROLES else "")
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
    """Return message and remedy for a mapped column that the file lacks."""
    what = f"the mapping's column {name!r} ({role}) is not in the file{did_you_mean(name, present)}"
    return what, f"columns present: {', '.join(present)}"
