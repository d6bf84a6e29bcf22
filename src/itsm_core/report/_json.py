"""Every figure of the report as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from itsm_core.calendars import load_zone
from itsm_core.linking import Money, ProblemCandidate
from itsm_core.report import _problem_words as problem_words
from itsm_core.report._answers import answers
from itsm_core.report._control import beyond
from itsm_core.report._headline import cautions, headline, notes
from itsm_core.report._model import ControlChart, Promise, Repeats, Report, Waiter, Waiting, Worst

__all__ = ["as_json"]

_PLACES: Final = ("team", "channel")
"""Not by person: whoever needs that for a talk asks the bypass room, and is not a page."""


def as_json(report: Report) -> dict[str, object]:
    """Return the report as values that `json.dumps` takes: its sentences and every figure.

    Instants are ISO 8601 in UTC, spans in seconds, shares ratios from 0 to 1; what is not known is
    None. Texts from tickets are as they came: whoever puts them on a page escapes them.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import as_json, build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> told = as_json(report)
    >>> told["tickets"], told["as_of"]
    (200, '2026-03-02T00:00:00+00:00')
    >>> print(told["headline"])
    88.8% of response promises and 92.7% of resolution promises were kept. None is clearly the
        weakest: 5 are too close to tell apart.
    """
    return {
        "title": report.title,
        "zone": report.zone,
        "first_at": report.first_at.isoformat(),
        "as_of": report.as_of.isoformat(),
        "known_until": None if report.known_until is None else report.known_until.isoformat(),
        "headline": headline(report),
        "cautions": list(cautions(report)),
        "answers": [
            {
                "section": each.section,
                "title": each.title,
                "text": each.text,
                "is_pressing": each.is_pressing,
            }
            for each in answers(report)
        ],
        "findings": [
            {"what": each.what, "how_much": each.how_much, "note": each.note}
            for each in report.findings
        ],
        "tickets": report.tickets,
        "tickets_open": report.open_tickets,
        "tickets_without_agreement": report.without_agreement,
        "agreements": list(report.agreements),
        "promises": [_promise(each) for each in report.promises],
        "totals": [_promise(each) for each in report.totals],
        "unanswered": list(report.unanswered),
        "untold": sorted(report.untold),
        "charts": [_chart(each) for each in report.charts],
        "weeks": [
            {
                "start_at": week.start_at.isoformat(),
                "is_whole": week.is_whole,
                "arrived": week.arrived,
                "resolved": week.resolved,
                "promises": [_promise(each) for each in week.promises],
            }
            for week in report.weeks
        ],
        "worst": [_worst(each) for each in report.worst],
        **_open(report),
        "bypass": _bypass(report),
        "problems": _problems(report),
        "figures": [each.to_json() for each in report.figures],
        "reopenings": _repeats(report.reopenings),
        "bounces": _repeats(report.bounces),
        "notes": list(notes(report)),
    }


def _promise(promise: Promise) -> dict[str, object]:
    low, high = promise.interval
    return {
        "metric": promise.metric,
        "priority": promise.priority,
        "kept": promise.kept,
        "broken": promise.broken,
        "undecided": promise.undecided,
        "kept_ratio": promise.kept_ratio if promise.decided else None,
        "interval_95": [low, high] if promise.decided else None,
    }


def _chart(told: ControlChart) -> dict[str, object]:
    chart = told.chart
    return {
        "subject": told.subject,
        "unit": "ratio" if told.is_share else "tickets",
        "weeks": [week.isoformat() for week in told.weeks],
        "values": list(told.values),
        "sizes": list(told.sizes),
        "weeks_outside": told.outside,
        "limits": None
        if chart is None
        else {
            "kind": chart.kind,
            "centre": chart.centre,
            "low": list(chart.low),
            "high": list(chart.high),
            "weeks_beyond": [told.weeks[place].isoformat() for place in sorted(beyond(chart))],
            "runs": [
                {
                    "first": told.weeks[start].isoformat(),
                    "last": told.weeks[end].isoformat(),
                    "is_high": is_high,
                }
                for start, end, is_high in told.runs
            ],
        },
    }


def _worst(worst: Worst) -> dict[str, object]:
    ratio = worst.overrun_ratio
    return {
        "ticket": worst.ticket_id,
        "title": worst.title,
        "metric": worst.clock.name,
        "priority": worst.clock.priority,
        "late_seconds": _seconds(worst.late),
        "overrun_ratio": None if math.isinf(ratio) else ratio,
        "held_counted_seconds": [
            {"group": group, "seconds": _seconds(length)} for group, length in worst.holders
        ],
        "explanation": list(worst.explanation),
    }


def _open(report: Report) -> dict[str, object]:
    """Return what is said of open tickets."""
    return {
        "waiting": [_waiting("for", each) for each in report.waiting],
        "held_by": [_waiting("group", each) for each in report.held_by],
        "untouched": [_waiter(each) for each in report.untouched],
        "backlog": [
            {
                "age": band.label,
                "tickets": band.total,
                "by_priority": dict(zip(report.priorities, band.counts, strict=True)),
            }
            for band in report.backlog
        ],
    }


def _waiting(name: str, waiting: Waiting) -> dict[str, object]:
    return {
        name: waiting.name,
        "tickets": waiting.tickets,
        "half_at_least_seconds": _seconds(waiting.half),
        "longest_seconds": _seconds(waiting.longest),
    }


def _waiter(waiter: Waiter) -> dict[str, object]:
    return {
        "ticket": waiter.ticket_id,
        "title": waiter.title,
        "priority": waiter.priority,
        "group": waiter.group,
        "assignee": waiter.assignee,
        "for": waiter.waits_for,
        "age_seconds": _seconds(waiter.age),
        "untouched_seconds": _seconds(waiter.untouched),
    }


def _repeats(repeats: Iterable[Repeats]) -> list[dict[str, object]]:
    return [
        {"times": each.times, "or_more": each.or_more, "tickets": each.tickets} for each in repeats
    ]


def _bypass(report: Report) -> dict[str, object] | None:
    """Return what went past the desk, by team and channel; None where nobody has looked."""
    found = report.bypass
    if found is None:
        return None
    return {
        "requests": found.rate.trials,
        "bypasses": [
            {"ticket": each.ticket_id, "ways": list(each.ways), "at": each.at.isoformat()}
            for each in found.bypasses
        ],
        "excused": len(found.excused),
        "unknown_people": len(found.unknown),
        "places": [
            {
                "by": by,
                "name": each.name,
                "bypasses": each.rate.successes,
                "requests": each.rate.trials,
                "interval_95": [each.interval.low, each.interval.high],
                "is_small": each.is_small,
            }
            for by in _PLACES
            for each in found.rates(by)
        ],
    }


def _problems(report: Report) -> list[dict[str, object]] | None:
    """Return the candidates; None where nobody has looked."""
    if report.problems is None or report.rules is None:
        return None
    zone = load_zone(report.rules.zone)
    return [
        {
            "candidate": each.candidate_id,
            "subject": each.subject,
            "lead": problem_words.lead(each, zone),
            "occurrences": list(each.members),
            "confidence": each.confidence,
            **_cost(each),
        }
        for each in report.problems
    ]


def _cost(candidate: ProblemCandidate) -> dict[str, object]:
    cost = candidate.cost
    return {
        "times_a_month": cost.a_month,
        "hours_a_month": float(cost.hours_a_month),
        "cost_so_far": _money(cost.so_far),
        "cost_a_month": _money(cost.monthly),
    }


def _money(value: Money | None) -> dict[str, str] | None:
    return None if value is None else {"amount": str(value.amount), "currency": value.currency}


def _seconds(length: timedelta) -> float:
    return length / timedelta(seconds=1)
