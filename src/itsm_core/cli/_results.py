"""What a replay tells: the data quality as text, the result on the terminal, figures as JSON."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from itsm_core.cli._output import say
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import NOT_YET_COVERED, DataQuality, ImportedLog
from itsm_core.metrics._definitions import CaseLog, Result, measure_all
from itsm_core.metrics._untold import Untold
from itsm_core.policy import Policy
from itsm_core.report import Finding, Report, terminal
from itsm_core.report.judged import Judged, WorstBreach
from itsm_core.spans import micros

__all__ = [
    "both_figures",
    "figures_of",
    "findings_of",
    "quality_text",
    "show",
    "untold_of",
]

_WIDEST = 120

_BUILT_IN: Final = ("always", "never")
"""Calendars that every policy has."""

_MOST_LINES = 1_000
"""A working year of a clock has about as many; a date of 1900 would make hundreds of megabytes."""


def findings_of(quality: DataQuality, policy: Policy | None = None) -> tuple[Finding, ...]:
    """Return what is to be known of a log before its verdicts, and whether the zones agree.

    A log in UTC has no wall clock of its own: it goes with every calendar.
    """
    told = [Finding(what=what, how_much=much, note=note) for what, much, note in quality.findings()]
    zones = set[str]() if policy is None else _own_zones(policy)
    if zones and quality.zone not in zones | {"UTC"}:
        note = f"the log is read in {quality.zone}, as its mapping says: is that right?"
        other = Finding(what="zones of calendars", how_much=", ".join(sorted(zones)), note=note)
        told.insert(1, other)
    return tuple(told)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _own_zones(policy: Policy) -> set[str]:
    """Return the zones of a policy's calendars, without those that every policy has."""
    return {each.zone for name, each in policy.calendars.items() if name not in _BUILT_IN}


def quality_text(quality: DataQuality, told: tuple[Finding, ...] = ()) -> str:
    """Return the data-quality report as a table in plain text; what is zero shares a line."""
    told = told or findings_of(quality)
    rows = [(each.what, each.how_much, each.note) for each in told if not each.is_zero]
    nothing = ", ".join(each.what for each in told if each.is_zero)
    first = max(len(what) for what, _, _ in rows)
    second = max(len(how_much) for _, how_much, _ in rows)
    head = (
        f"Data quality of {quality.path}, read by mapping {quality.mapping!r}: "
        f"{_many(quality.rows, 'row')}, {_many(quality.tickets, 'ticket')}, "
        f"{_many(quality.columns, 'column')}"
    )
    lines = [f"  {what:<{first}}  {how_much:<{second}}  {note}" for what, how_much, note in rows]
    if nothing:
        lines.append(f"  nothing found of: {nothing}")
    return "\n".join([head, *lines])


def untold_of(log: ImportedLog) -> frozenset[Untold]:
    """Return what the log leaves out, by its data quality and its columns."""
    found: set[Untold] = set()
    if log.quality.row_kind == "tickets":
        found |= {"answers", "history"}
    if log.quality.first_response == "never":
        found.add("answers")
    if "assignee" not in log.mapping.columns:
        found.add("owners")
    return frozenset(found)


def show(report: Report) -> None:
    """Print the summary, as wide as the terminal and in its colours."""
    width = min(_WIDEST, max(40, shutil.get_terminal_size((96, 24)).columns))
    say(terminal(report, color=sys.stdout.isatty(), width=width), end="")


def both_figures(
    histories: Mapping[TicketId, tuple[TicketEvent, ...]], as_of: datetime, zone: str
) -> tuple[Result, ...]:
    """Return each figure of the catalogue as dashboards show it, and as the log supports it.

    All of the log is in them, as seen at `as_of`. Money is not: a log tells how long somebody had
    a ticket, and not how long he worked on it. Where no ticket had been opened by then there is
    nothing to measure.
    """
    log = CaseLog.of(histories.values())
    if micros(as_of) < log.first_us:
        return ()
    window = log.whole(zone=zone, seen_at=as_of)
    return tuple(measure_all(log, window).values())


def figures_of(judged: Judged, log: ImportedLog) -> dict[str, object]:
    """Return every figure of a replay as plain JSON values; instants in UTC, spans in seconds."""
    return {
        "log": log.quality.path,
        "mapping": log.mapping.name,
        "policy": judged.policy,
        "as_of": instant_text(judged),
        "data_quality": log.quality.to_json(),
        "facts": dict(log.facts),
        "facts_not_yet_covered": list(NOT_YET_COVERED),
        "tickets": judged.tickets,
        "events": judged.events,
        "agreements": dict(judged.agreements),
        "tickets_without_agreement": judged.without_agreement,
        "tickets_without_promise": [
            {
                "metric": each.metric,
                "priority": each.priority,
                "reason": each.reason,
                "tickets": each.tickets,
            }
            for each in judged.unpromised
        ],
        "log_ends_at": log.last_at.isoformat(),
        "is_judged_after_end_of_log": judged.as_of > log.last_at,
        "after_as_of": {"tickets": judged.later_tickets, "events": judged.later_events},
        "promises": [
            {
                "metric": tally.metric,
                "priority": tally.priority,
                "kept": tally.kept,
                "broken": tally.broken,
                "undecided": tally.undecided,
                "cancelled": tally.cancelled,
            }
            for tally in judged.tallies
        ],
        "worst_breaches": [_worst(breach) for breach in judged.worst],
        "backlog": {
            "tickets": len(judged.backlog),
            "by_priority": dict(Counter(ticket.priority for ticket in judged.backlog)),
            "by_hold_reason": dict(Counter(ticket.hold_reason for ticket in judged.backlog)),
        },
        "reopenings": {
            "tickets": len(judged.reopened),
            "times": sum(judged.reopened.values()),
        },
        "bounces": {"tickets": len(judged.bounced), "times": sum(judged.bounced.values())},
    }


def instant_text(judged: Judged) -> str:
    """Return the instant of judging as ISO 8601 in UTC."""
    return judged.as_of.isoformat()


def _worst(breach: WorstBreach) -> dict[str, object]:
    """Return one breach; of a ledger of years the first lines, the rest counted and summed."""
    clock = breach.clock
    ledger = clock.ledger
    rest = ledger[_MOST_LINES:]
    return {
        "ticket": breach.ticket_id,
        "title": breach.title,
        "agreement": breach.agreement_id,
        "metric": clock.name,
        "priority": clock.priority,
        "goal": str(clock.goal),
        "late_seconds": _seconds(breach.late),
        "explanation": clock.explain().splitlines(),
        "ledger": [
            {
                "start": entry.start.isoformat(),
                "end": entry.end.isoformat(),
                "kind": entry.kind.value,
                "reason": entry.reason,
                "group": entry.group,
                "assignee": entry.assignee,
                "seconds": _seconds(entry.duration),
            }
            for entry in ledger[:_MOST_LINES]
        ],
        "ledger_rest": {
            "lines": len(rest),
            "seconds": _seconds(sum((entry.duration for entry in rest), timedelta(0))),
        },
    }


def _seconds(span: timedelta) -> float:
    return span / timedelta(seconds=1)
