"""`itsm-core export` and `itsm-core schema`: events for other programs, and what they look like."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import without_collection
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import (
    command_schema,
    event_schema,
    load_mapping,
    mapping_path,
    read_log,
    read_ocel,
    read_xes,
    write_cloud_events,
    write_events_csv,
    write_ocel,
    write_xes,
)
from itsm_core.policy import load_policy, policy_path

__all__ = ["Export", "export", "schema"]

Histories = dict[TicketId, tuple[TicketEvent, ...]]

_SQLITE: Final = b"SQLite format 3\0"
_PAGE: Final = 5_000
SCHEMAS: Final[dict[str, Callable[[], dict[str, object]]]] = {
    "events": event_schema,
    "commands": command_schema,
}
"""What `itsm-core schema` prints, by the name it is asked for."""


@attrs.frozen(kw_only=True)
class Export:
    """Hold the arguments of `export`."""

    log: Path
    mapping: str | None = None
    policy: str | None = None
    ocel: Path | None = None
    xes: Path | None = None
    csv: Path | None = None
    cloud_events: Path | None = None
    source: str = ""


def schema(name: str) -> None:
    """Print the JSON Schema of events or of commands."""
    say(json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False))


def export(asked: Export) -> None:
    """Read events and write them in every form that was asked for: all files, or none.

    Raises:
        ItsmError: the log, the mapping or an argument is wrong; nothing is written.
    """
    wanted = _wanted(asked)
    inputs = {"the log": asked.log}
    if asked.mapping is not None:
        inputs["the mapping"] = mapping_path(asked.mapping)
    if asked.policy is not None:
        inputs["the policy"] = policy_path(asked.policy)
    with Outputs.open(inputs) as outputs, without_collection():
        parts = [(outputs.reserve(path, option), path, write) for option, path, write in wanted]
        histories = _histories(asked)
        number = sum(map(len, histories.values()))
        for part, path, write in parts:
            with progress(f"Writing {path.name}"):
                write(part, histories)
        say(f"{number:,} events of {len(histories):,} tickets")
    tell_written(path for _, path, _ in parts)


_Write = Callable[[Path, Histories], object]


def _wanted(asked: Export) -> list[tuple[str, Path, _Write]]:
    """Return option, file and writer of each form.

    Raises:
        InvalidValue: none was asked for, or CloudEvents without a source.
    """

    def cloud_events(path: Path, histories: Histories) -> int:
        return write_cloud_events(path, histories, source=asked.source)

    forms: tuple[tuple[str, Path | None, _Write], ...] = (
        ("--ocel", asked.ocel, write_ocel),
        ("--xes", asked.xes, write_xes),
        ("--csv", asked.csv, write_events_csv),
        ("--cloud-events", asked.cloud_events, cloud_events),
    )
    wanted: list[tuple[str, Path, _Write]] = [
        (option, path, write) for option, path, write in forms if path is not None
    ]
    if not wanted:
        options = ", ".join(option for option, _, _ in forms)
        raise InvalidValue(
            "nothing to write of the log", str(asked.log), f"give one or more of {options}"
        )
    if asked.cloud_events is not None and not asked.source:
        remedy = "name the desk, such as --source /desks/berlin: with the id it names an event"
        raise InvalidValue("--cloud-events without --source", str(asked.cloud_events), remedy)
    return wanted


def _histories(asked: Export) -> Histories:
    """Return the events of the log: foreign by its mapping, else of a store, OCEL or XES.

    Raises:
        ItsmError: the log cannot be read as what it is taken for.
    """
    if asked.mapping is not None:
        mapping = load_mapping(asked.mapping)
        matrix = None
        if asked.policy is not None:
            matrix = load_policy(asked.policy).matrix.policy.matrix
        with progress("Reading the log") as tell:
            return dict(read_log(asked.log, mapping, matrix=matrix, progress=tell).histories)
    begin = _begin(asked.log)
    if begin == _SQLITE:
        return _kept(asked.log)
    name = asked.log.name.removesuffix(".gz")
    if name.endswith(".xes"):
        return read_xes(asked.log)
    if name.endswith((".json", ".jsonocel")):
        return read_ocel(asked.log)
    remedy = (
        "a foreign log needs --mapping; without one a SQLite store, an .xes file or an OCEL file "
        "(.json) that itsm_core wrote is read"
    )
    raise InvalidValue("it is not said how the log is to be read", str(asked.log), remedy)


def _begin(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE))
    except OSError as error:
        remedy = "check the path"
        what = f"the log cannot be read: {error.strerror}"
        raise InvalidValue(what, str(path), remedy) from error


def _kept(path: Path) -> Histories:
    """Return the events of a SQLite store, each stream a ticket."""
    from itsm_core.adapters.sqlite import SqliteStore

    found: dict[TicketId, list[TicketEvent]] = {}
    after = 0
    with SqliteStore(path) as store:
        while page := store.read_all(after=after, limit=_PAGE):
            for stored in page:
                found.setdefault(stored.event.ticket_id, []).append(stored.event)
            after = page[-1].position
    return {ticket: tuple(events) for ticket, events in found.items()}
