"""`itsm-core metrics`: the named figures of a log, each beside the dashboard's."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import get_args

import attrs

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    load_zone,
    resolve_local,
    wall_time,
)
from itsm_core.cli._output import Outputs, harmless, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import hourly_of, hours_of, without_collection
from itsm_core.cli._results import untold_of
from itsm_core.errors import InvalidValue, NaiveDatetime, did_you_mean
from itsm_core.interop import load_mapping, mapping_path, read_log
from itsm_core.metrics import (
    METRICS,
    By,
    CaseLog,
    ContactShare,
    ContactTime,
    Cost,
    MeanUntil,
    Metric,
    Result,
    ShareWithin,
    TimeUntil,
    Window,
    measure_all,
)
from itsm_core.metrics._untold import Untold, withheld
from itsm_core.money import Rates
from itsm_core.spans import instant, micros

__all__ = ["Metrics", "metrics", "metrics_asked", "results_text"]

_MOST_PARTS = 20
_DAY = len("2026-01-05")


@attrs.frozen(kw_only=True)
class Metrics:
    """Hold the arguments of `metrics`."""

    log: Path
    mapping: str
    names: tuple[str, ...] = ()
    by: str = ""
    start: str | None = None
    end: str | None = None
    as_of: str | None = None
    working: str | None = None
    hourly: str | None = None
    json: Path | None = None


def metrics_asked(chosen: argparse.Namespace) -> Metrics:
    """Return the arguments as the command line read them."""
    return Metrics(
        log=chosen.log,
        mapping=chosen.mapping,
        names=tuple(chosen.names),
        by=chosen.by,
        start=chosen.start,
        end=chosen.end,
        as_of=chosen.as_of,
        working=chosen.working,
        hourly=chosen.hourly,
        json=chosen.json,
    )


def metrics(asked: Metrics) -> None:
    """Measure a log by the catalogue; print the figures, and write them as JSON if asked.

    Raises:
        ItsmError: the log, the mapping or an argument is wrong; nothing is written.
    """
    chosen = _chosen(asked.names, asked.by, is_priced=asked.hourly is not None)
    mapping = load_mapping(asked.mapping)
    calendar: Calendar = ALWAYS
    if asked.working is not None:
        calendar = BusinessCalendar(zone=mapping.zone, hours=hours_of(asked.working))
    rates = None
    if asked.hourly is not None:
        hours = None if asked.working is None else calendar
        rates = Rates(hourly=hourly_of(asked.hourly), working=hours)
    inputs = {"the log": asked.log, "the mapping": mapping_path(asked.mapping)}
    with Outputs.open(inputs) as outputs, without_collection():
        if asked.json is not None:
            outputs.reserve(asked.json, "--json")
        with progress("Reading the log") as tell:
            read = read_log(asked.log, mapping, progress=tell)
        log = CaseLog.of(read.histories.values())
        window = _window(asked, log.whole(zone=mapping.zone))
        with progress("Measuring"):
            found = measure_all(log, window, calendar=calendar, rates=rates, metrics=chosen)
        untold = untold_of(read)
        told = tuple(withheld(each, untold) for each in found.values())
        if asked.json is not None:
            document = [result.to_json() for result in told]
            outputs.write(asked.json, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        say(results_text(told, window, known_until=instant(log.last_us), untold=untold))
    tell_written([asked.json])


def _chosen(names: Sequence[str], by: str, *, is_priced: bool) -> Mapping[str, Metric]:
    """Return the metrics that are asked for, by default all that a log can tell, split if asked.

    Raises:
        InvalidValue: a name is not in the catalogue, or asks what the log does not tell.
    """
    known = {name: metric for name, metric in METRICS.items() if not _is_of_contacts(metric)}
    for name in names:
        if name not in METRICS:
            remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
            raise InvalidValue("no such metric", name, remedy)
        if name not in known:
            remedy = "a log of tickets has no contact records; give them to CaseLog.of"
            raise InvalidValue("nothing is known of contacts", name, remedy)
        if isinstance(METRICS[name].measure, Cost) and not is_priced:
            raise InvalidValue("a cost without a price", name, "say --hourly '95 EUR'")
    told = {name: known[name] for name in names or known}
    if not by:
        return told
    return {name: metric.split_by(_by(by)) for name, metric in told.items()}


def _is_of_contacts(metric: Metric) -> bool:
    return isinstance(metric.measure, ContactShare | ContactTime)


def _by(name: str) -> By:
    parts: dict[str, By] = {part: part for part in get_args(By) if part not in {"", "label"}}
    if name not in parts:
        remedy = f"use one of {', '.join(parts)}{did_you_mean(name, parts)}"
        raise InvalidValue("--by is nothing to split by", name, remedy)
    return parts[name]


def _window(asked: Metrics, whole: Window) -> Window:
    """Return the window between the arguments, or that of the whole log."""
    start, end, seen = (
        None if text is None else _instant(text, option, whole.zone)
        for option, text in (("--from", asked.start), ("--to", asked.end), ("--as-of", asked.as_of))
    )
    if seen is None and end is not None:
        seen = end
    return Window(
        start_at=start or whole.start_at,
        end_at=end or whole.end_at,
        seen_at=seen or whole.seen_at,
        zone=whole.zone,
    )


def _instant(text: str, option: str, zone: str) -> datetime:
    """Return the instant of an option: a day begins in the log's zone, an instant has its own.

    Raises:
        InvalidValue: the text is neither; `NaiveDatetime` if it is an instant without a zone.
    """
    remedy = "write a day, 2016-03-17, or an instant with its zone, 2016-03-17T08:00Z"
    try:
        if len(text) == _DAY:
            return resolve_local(date.fromisoformat(text), time(), zone)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{option} is not an instant", text, remedy) from error
    if at.tzinfo is None:
        raise NaiveDatetime(f"{option} is without a time zone", text, remedy)
    micros(at)
    return at


_LEFT_OUT: Mapping[Untold, str] = {
    "history": "earlier holders, waits that are over, reopenings",
    "answers": "answers of people",
    "owners": "owners",
}


def results_text(
    results: Sequence[Result],
    window: Window,
    *,
    known_until: datetime,
    untold: Collection[Untold] = (),
) -> str:
    """Return results as lines: the honest figure, the dashboard's, and why they differ.

    A window that is seen later than `known_until`, the end of the log, is said to be: what is open
    then counts as open ever since, although nobody knows. What the log leaves out is said first.
    """
    lines = [f"Window: {window}"]
    if micros(known_until) < window.seen_us:
        ends = f"{wall_time(micros(known_until), load_zone(window.zone)):%Y-%m-%d %H:%M}"
        lines.append(
            f"The log ends at {ends} ({window.zone}); nothing is known after it, and what is open "
            "then is taken for open until the window is seen."
        )
    left_out = [words for part, words in _LEFT_OUT.items() if part in untold]
    if left_out:
        lines.append(f"The log does not tell: {', '.join(left_out)}.")
    lines.append("")
    for result in results:
        nameless = _nameless(result.metric.by, untold)
        money = f" {result.currency}" if result.currency and result.honest.value is not None else ""
        lines.append(f"{result.metric.title}: {result.honest}{money}")
        lines.append(f"    {result.name}, {result.population.rule}: {_cases(result)}")
        if result.dashboard.value not in {None, result.honest.value}:
            lines.append(f"    on a dashboard: {result.dashboard}{money}. {result.differs}")
        lines.extend(f"    note: {note}" for note in result.population.notes)
        for part in result.parts[:_MOST_PARTS]:
            few = ", too few to tell" if part.is_small else ""
            name = harmless(part.name).replace("\n", " ") or nameless
            lines.append(f"    - {name}: {part.honest}{few}")
        more = len(result.parts) - _MOST_PARTS
        if more > 0:
            lines.append(f"    - and {more:,} more; --json has all of them")
    return "\n".join(lines)


def _nameless(by: By, untold: Collection[Untold]) -> str:
    """Return how a part without a name is told: nobody's, if the log would name somebody."""
    missing = {"group": "history", "person": "owners"}.get(by)
    return "not told" if missing is None or missing in untold else "nobody"


def _cases(result: Result) -> str:
    told = result.population
    left = "".join(f", {number:,} {why} left out" for why, number in told.left_out.items())
    is_wait = isinstance(result.metric.measure, ShareWithin | TimeUntil | MeanUntil)
    ended = f"; so far {told.ended:,} of them" if is_wait and told.open else ""
    return f"{told.cases:,}{ended}{left}"
