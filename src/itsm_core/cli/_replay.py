"""`itsm-core replay`: import, data quality, verdicts, results."""

from __future__ import annotations

import gc
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._results import as_json, quality_text, show
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import DataQuality, load_mapping, mapping_path, read_log
from itsm_core.policy import load_policy, policy_path
from itsm_core.report import Finding, build_report, html
from itsm_core.report.judged import judge_log
from itsm_core.spans import micros

__all__ = ["Replay", "instant_of", "keep", "replay", "without_collection"]


_CENTURY_US: Final = 36_525 * 24 * 3_600 * 1_000_000


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
    matrix = policy.matrix.policy.matrix  # a log tells impact and urgency, no more
    as_of = None if asked.as_of is None else instant_of(asked.as_of)
    inputs = {
        "the log": asked.log,
        "the mapping": mapping_path(asked.mapping),
        "the policy": policy_path(asked.policy),
    }
    with Outputs.open(inputs) as outputs, without_collection():
        store = None if asked.store is None else outputs.reserve(asked.store, "--store", new=True)
        for path, option in ((asked.report, "--report"), (asked.json, "--json")):
            if path is not None:
                outputs.reserve(path, option)
        with progress("Reading the log") as tell:
            log = read_log(asked.log, mapping, matrix=matrix, progress=tell)
        say(quality_text(log.quality))
        _check_as_of(as_of, log.quality)
        if store is not None:
            keep(store, log.histories)
        with progress("Judging tickets") as tell:
            judged = judge_log(log.histories, policy, as_of or log.last_at, progress=tell)
        title = policy.title or f"{asked.log.name} judged by {policy.name}"
        # The quality has been printed, before any verdict; the page shows it first, too.
        report = build_report(judged, title=title, zone=mapping.zone, known_until=log.last_at)
        if asked.report is not None:
            findings = tuple(map(_finding, log.quality.findings()))
            outputs.write(asked.report, html(attrs.evolve(report, findings=findings)))
        if asked.json is not None:
            figures = json.dumps(as_json(judged, log), indent=1, ensure_ascii=False)
            outputs.write(asked.json, figures + "\n")
        # Last, for it can fail, too: then nothing is published.
        show(report)
    tell_written((asked.report, asked.json, asked.store))


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


def instant_of(text: str) -> datetime:
    """Return the instant of --as-of, which must name its zone.

    Raises:
        InvalidValue: the text is no ISO 8601 instant; `NaiveDatetime` if it names no zone.
    """
    remedy = "write it as 2016-06-01T00:00Z (UTC) or 2016-06-01T00:00+02:00"
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue("--as-of is not an instant", text, remedy) from error
    if at.tzinfo is None:
        raise NaiveDatetime("--as-of is without a time zone", text, remedy)
    micros(at)
    return at


def _finding(told: tuple[str, str, str]) -> Finding:
    what, how_much, note = told
    return Finding(what=what, how_much=how_much, note=note)


def _check_as_of(as_of: datetime | None, quality: DataQuality) -> None:
    """Refuse an instant at which the log had not begun, or of which it can know nothing.

    Raises:
        InvalidValue: `as_of` is before the first instant in the log, or a century after its last.
    """
    if as_of is not None and micros(as_of) - quality.last_us > _CENTURY_US:
        what = (
            f"--as-of is more than 100 years after the log ends, {quality.last_at:%Y-%m-%dT%H:%MZ}"
        )
        remedy = "name an instant nearer to its end, or leave it out"
        raise InvalidValue(what, as_of.isoformat(), remedy)
    if as_of is not None and as_of < quality.first_at:
        last = f"{quality.last_at:%Y-%m-%dT%H:%MZ}"
        what = f"--as-of is before the log begins, at {quality.first_at:%Y-%m-%dT%H:%MZ}"
        remedy = f"no ticket existed then; name an instant up to its end, {last}, or leave it out"
        raise InvalidValue(what, as_of.isoformat(), remedy)
