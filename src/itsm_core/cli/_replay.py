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

from itsm_core.calendars import WeeklyHours
from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._results import (
    both_figures,
    figures_of,
    findings_of,
    quality_text,
    show,
    untold_of,
)
from itsm_core.errors import DefinitionError, InvalidValue, ItsmError, NaiveDatetime
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import DataQuality, ImportedLog, load_mapping, mapping_path, read_log
from itsm_core.linking import (
    CandidateRules,
    Money,
    ProblemCandidate,
    Rates,
    find_in_histories,
)
from itsm_core.metrics._definitions import Result
from itsm_core.policy import load_policy, policy_path
from itsm_core.report import Report, as_json, build_report, html, markdown, openmetrics
from itsm_core.report.judged import Judged, judge_log
from itsm_core.spans import micros

__all__ = [
    "Replay",
    "check_as_of",
    "hourly_of",
    "hours_of",
    "instant_of",
    "keep",
    "naming",
    "replay",
    "without_collection",
]


_CENTURY_US: Final = 36_525 * 24 * 3_600 * 1_000_000


@attrs.frozen(kw_only=True)
class Replay:
    """Hold the arguments of `replay`."""

    log: Path
    mapping: str
    policy: str
    report: Path | None = None
    json: Path | None = None
    markdown: Path | None = None
    openmetrics: Path | None = None
    store: Path | None = None
    hourly: str | None = None
    as_of: str | None = None

    @property
    def pages(self) -> tuple[tuple[str, Path], ...]:
        """Return the option and the path of each page and file of figures that was asked for."""
        asked = {
            "--report": self.report,
            "--json": self.json,
            "--markdown": self.markdown,
            "--openmetrics": self.openmetrics,
        }
        return tuple((option, path) for option, path in asked.items() if path is not None)


def replay(asked: Replay) -> None:
    """Judge a log; print data quality, then the result; write what was asked for.

    Raises:
        ItsmError: the log, the mapping, the policy or an argument is wrong; nothing is written.
    """
    mapping, policy = load_mapping(asked.mapping), load_policy(asked.policy)
    matrix = policy.matrix.policy.matrix  # a log tells impact and urgency, no more
    as_of = None if asked.as_of is None else instant_of(asked.as_of)
    rates = None if asked.hourly is None else Rates(hourly=hourly_of(asked.hourly))
    inputs = {
        "the log": asked.log,
        "the mapping": mapping_path(asked.mapping),
        "the policy": policy_path(asked.policy),
    }
    with Outputs.open(inputs) as outputs, without_collection():
        store = None if asked.store is None else outputs.reserve(asked.store, "--store", new=True)
        for option, path in asked.pages:
            outputs.reserve(path, option)
        with progress("Reading the log") as tell:
            log = read_log(asked.log, mapping, matrix=matrix, progress=tell)
        findings = findings_of(log.quality, policy)
        say(quality_text(log.quality, findings))
        check_as_of(as_of, log.quality)
        if store is not None:
            keep(store, log.histories)
        with progress("Judging tickets") as tell:
            judged = judge_log(log.histories, policy, as_of or log.last_at, progress=tell)
        title = policy.title or f"{asked.log.name} judged by {policy.name}"
        rules = CandidateRules(zone=mapping.zone, rates=rates)
        report = build_report(
            judged,
            title=title,
            zone=mapping.zone,
            known_until=log.last_at,
            problems=_recurring(asked, log, judged.as_of, rules),
            rules=rules,
            figures=_both(asked, log, judged.as_of),
            untold=untold_of(log),
        )
        # The quality has been printed, before any verdict; the pages show it first, too.
        _write(asked, outputs, judged, log, attrs.evolve(report, findings=findings))
        # Last, for it can fail, too: then nothing is published.
        show(report)
    tell_written((*(path for _, path in asked.pages), asked.store))


def _recurring(
    asked: Replay, log: ImportedLog, as_of: datetime, rules: CandidateRules
) -> tuple[ProblemCandidate, ...] | None:
    """Return what keeps coming back, by its timetable alone; None where no page will tell it.

    Wording takes minutes on a large log, and has a command of its own: `problems`.
    """
    if not asked.pages:
        return None
    with progress("Looking for what keeps coming back"):
        return find_in_histories(log.histories.values(), (), as_of=as_of, rules=rules)


def _both(asked: Replay, log: ImportedLog, as_of: datetime) -> tuple[Result, ...]:
    """Return dashboards' figures beside honest ones; none where no page will tell them."""
    if not asked.pages:
        return ()
    with progress("Measuring"):
        return both_figures(log.histories, as_of, log.mapping.zone)


def _write(
    asked: Replay, outputs: Outputs, judged: Judged, log: ImportedLog, whole: Report
) -> None:
    """Write each page that was asked for."""
    if asked.report is not None:
        outputs.write(asked.report, html(whole))
    if asked.markdown is not None:
        outputs.write(asked.markdown, markdown(whole))
    if asked.openmetrics is not None:
        outputs.write(asked.openmetrics, openmetrics(whole))
    if asked.json is not None:
        figures = {**figures_of(judged, log), "report": as_json(whole)}
        text = json.dumps(figures, indent=1, ensure_ascii=False, allow_nan=False)
        outputs.write(asked.json, text + "\n")


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


def hourly_of(text: str) -> Money:
    """Return the price of --hourly, an amount and a currency.

    Raises:
        InvalidValue: it is something else.
    """
    amount, _, currency = text.strip().partition(" ")
    if not currency:
        remedy = "write amount and currency: --hourly '95 EUR'"
        raise InvalidValue("--hourly is no price", text, remedy)
    with naming("--hourly", text):
        return Money(amount, currency.strip())


def hours_of(text: str) -> WeeklyHours:
    """Return the hours of --working.

    Raises:
        InvalidValue: they are not written as weekly hours are.
    """
    with naming("--working", text):
        return WeeklyHours.parse(text)


@contextmanager
def naming(option: str, text: str) -> Generator[None, None, None]:
    """Name the option, and what was written there, in what a value's constructor refuses.

    Raises:
        InvalidValue: instead of the refusal, which it tells.
    """
    try:
        yield
    except DefinitionError as error:
        faults = error.faults
        told = [f"{each.where}: {each.message}" if each.where else each.message for each in faults]
        why = "; ".join(told)
        raise InvalidValue(f"{option} cannot be used", text, why) from error
    except ItsmError as error:
        raise InvalidValue(f"{option} cannot be used", text, str(error)) from error


def check_as_of(as_of: datetime | None, quality: DataQuality) -> None:
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
