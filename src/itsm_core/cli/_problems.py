"""`itsm-core problems`: what keeps coming back in a log, with its evidence and its price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar
from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import hourly_of, hours_of, instant_of, naming, without_collection
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, mapping_path, read_log
from itsm_core.linking import (
    CandidateRules,
    ProblemCandidate,
    Rates,
    find_in_histories,
)
from itsm_core.report import problem_html, problem_markdown, problems_text

__all__ = ["Problems", "problems"]

_MOST_PAGES: Final = 100
_AS_DEAR: Final = "1"
_NO_MINIMUM: Final = "0"


@attrs.frozen(kw_only=True)
class Problems:
    """Hold the arguments of `problems`."""

    log: Path
    mapping: str
    pages: Path | None = None
    hourly: str | None = None
    working: str | None = None
    after_hours: str = _AS_DEAR
    minimum_hours: str = _NO_MINIMUM
    as_of: str | None = None


def problems(asked: Problems) -> None:
    """Find problem candidates in a log; print them, and write a page for each if asked.

    Raises:
        ItsmError: the log, the mapping or an argument is wrong; nothing is written.
    """
    mapping = load_mapping(asked.mapping)
    rules = CandidateRules(zone=mapping.zone, rates=_rates(asked, mapping.zone))
    as_of = None if asked.as_of is None else instant_of(asked.as_of)
    inputs = {"the log": asked.log, "the mapping": mapping_path(asked.mapping)}
    written: list[Path] = []
    with Outputs.open(inputs) as outputs, without_collection():
        with progress("Reading the log") as tell:
            log = read_log(asked.log, mapping, progress=tell)
        found = look(log.histories, as_of or log.last_at, rules, by_wording=True)
        if asked.pages is not None:
            written = _write_pages(outputs, asked.pages, found, rules)
        say(problems_text(found, rules))
    tell_written(written)


def look(
    histories: Mapping[TicketId, tuple[TicketEvent, ...]],
    as_of: datetime,
    rules: CandidateRules,
    *,
    by_wording: bool,
) -> tuple[ProblemCandidate, ...]:
    """Return the candidates of a whole log, telling that it takes a moment."""
    with progress("Looking for what keeps coming back"):
        groups = None if by_wording else ()
        return find_in_histories(histories.values(), groups, as_of=as_of, rules=rules)


def _write_pages(
    outputs: Outputs,
    folder: Path,
    found: tuple[ProblemCandidate, ...],
    rules: CandidateRules,
) -> list[Path]:
    written: list[Path] = []
    for number, each in enumerate(found[:_MOST_PAGES], 1):
        for suffix, page in (("html", problem_html), ("md", problem_markdown)):
            path = folder / f"problem-{number:02d}.{suffix}"
            outputs.reserve(path, "--pages")
            outputs.write(path, page(each, rules))
            written.append(path)
    return written


def _rates(asked: Problems, zone: str) -> Rates | None:
    """Return what the arguments say of prices; None without an hourly one.

    Raises:
        InvalidValue: the hourly price is not an amount and a currency, or an argument tells
            nothing for want of another one.
    """
    dearer = (asked.after_hours, asked.minimum_hours)
    if asked.working is None and dearer != (_AS_DEAR, _NO_MINIMUM):
        remedy = "add --working 'Mo-Fr 08:00-18:00'"
        raise InvalidValue("no hours are dearer without working hours", dearer, remedy)
    if asked.hourly is None:
        if asked.working is None:
            return None
        remedy = "add --hourly '95 EUR'"
        raise InvalidValue("working hours without a price", asked.working, remedy)
    hours: Calendar | None = None
    if asked.working is not None:
        hours = BusinessCalendar(zone=zone, hours=hours_of(asked.working))
    rates = Rates(hourly=hourly_of(asked.hourly), working=hours)
    with naming("--after-hours", asked.after_hours):
        rates = attrs.evolve(rates, after_hours_ratio=asked.after_hours)
    with naming("--minimum-hours", asked.minimum_hours):
        return attrs.evolve(rates, minimum_hours=asked.minimum_hours)
