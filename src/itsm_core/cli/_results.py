"""What a replay tells: the data quality as text, the result on the terminal, figures as JSON."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from datetime import timedelta

from itsm_core.interop import NOT_YET_COVERED, DataQuality, ImportedLog
from itsm_core.report import Report, terminal
from itsm_core.report.judged import Judged, WorstBreach

__all__ = ["as_json", "quality_text", "show"]

_WIDEST = 120


def quality_text(quality: DataQuality) -> str:
    """Return the data-quality report as a table in plain text."""
    rows = quality.findings()
    first = max(len(what) for what, _, _ in rows)
    second = max(len(how_much) for _, how_much, _ in rows)
    head = (
        f"Data quality of {quality.path}, read by mapping {quality.mapping!r}: "
        f"{quality.rows:,} rows, {quality.tickets:,} tickets, {quality.columns} columns"
    )
    lines = [f"  {what:<{first}}  {how_much:<{second}}  {note}" for what, how_much, note in rows]
    return "\n".join([head, *lines])


def show(report: Report) -> None:
    """Print the summary, as wide as the terminal and in its colours."""
    width = min(_WIDEST, max(40, shutil.get_terminal_size((96, 24)).columns))
    print(terminal(report, color=sys.stdout.isatty(), width=width), end="")


def as_json(judged: Judged, log: ImportedLog) -> dict[str, object]:
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
    clock = breach.clock
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
            for entry in clock.ledger
        ],
    }


def _seconds(span: timedelta) -> float:
    return span / timedelta(seconds=1)
