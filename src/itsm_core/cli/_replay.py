"""`itsm-core replay`: import, data quality, verdicts, results."""

from __future__ import annotations

import gc
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import attrs

from itsm_core.cli._output import Outputs
from itsm_core.cli._progress import progress
from itsm_core.cli._results import as_json, quality_text, show
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, read_log
from itsm_core.policy import load_policy
from itsm_core.report import build_report, html
from itsm_core.report.judged import judge_log
from itsm_core.spans import micros

__all__ = ["Replay", "keep", "replay", "without_collection"]


@attrs.frozen(kw_only=True)
class Replay:
    """Hold the arguments of `replay`."""

    log: Path
    mapping: str
    policy: str
    report: Path | None = None
    json: Path | None = None
    store: Path | None = None
    as_of: str | None = None


def replay(asked: Replay) -> None:
    """Judge a log; print data quality, then the result; write what was asked for.

    Raises:
        ItsmError: the log, the mapping, the policy or an argument is wrong; nothing is written.
    """
    mapping, policy = load_mapping(asked.mapping), load_policy(asked.policy)
    as_of = None if asked.as_of is None else _instant(asked.as_of)
    with Outputs.open() as outputs, without_collection():
        store = None if asked.store is None else outputs.reserve(asked.store, "--store", new=True)
        for path, option in ((asked.report, "--report"), (asked.json, "--json")):
            if path is not None:
                outputs.reserve(path, option)
        with progress("Reading the log") as tell:
            log = read_log(asked.log, mapping, progress=tell)
        print(quality_text(log.quality))
        if store is not None:
            keep(store, log.histories)
        with progress("Judging tickets") as tell:
            judged = judge_log(log.histories, policy, as_of or log.last_at, progress=tell)
        title = policy.title or f"{asked.log.name} judged by {policy.name}"
        # The quality has been printed, before any verdict; the page shows it first, too.
        show(build_report(judged, title=title, zone=mapping.zone))
        if asked.report is not None:
            told = log.quality.findings()
            page = build_report(judged, title=title, zone=mapping.zone, findings=told)
            outputs.write(asked.report, html(page))
        if asked.json is not None:
            figures = json.dumps(as_json(judged, log), indent=1, ensure_ascii=False)
            outputs.write(asked.json, figures + "\n")
    for path in (asked.report, asked.json, asked.store):
        if path is not None:
            print(f"written: {path}")


def keep(path: Path, histories: Mapping[TicketId, tuple[TicketEvent, ...]]) -> None:
    """Write all histories into a new store, in one transaction."""
    from itsm_core.adapters.sqlite import SqliteStore
    from itsm_core.ports import NO_STREAM, Batch

    with progress("Keeping the events") as tell, SqliteStore(path) as store:
        batches = (
            Batch(stream=ticket_id, events=events, expected_version=NO_STREAM)
            for ticket_id, events in histories.items()
        )
        store.append_many(batches)
        if tell is not None:
            tell(1, 1)


@contextmanager
def without_collection() -> Generator[None, None, None]:
    """Keep the cycle collector from walking a million immutable values again and again.

    None of them is part of a cycle; this saves a third of the time of an import.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _instant(text: str) -> datetime:
    """Return the instant of --as-of, which must name its zone.

    Raises:
        InvalidValue: the text is no ISO 8601 instant; `NaiveDatetime` if it names no zone.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        remedy = "write it as 2016-06-01T00:00Z or 2016-06-01T00:00+02:00"
        raise InvalidValue("--as-of is not an instant", text, remedy) from error
    micros(at)
    return at
