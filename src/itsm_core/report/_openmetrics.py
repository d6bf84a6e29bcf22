"""The report as OpenMetrics text, for whoever keeps figures in a time series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

import attrs

from itsm_core.metrics._definitions import Unit
from itsm_core.report._control import beyond
from itsm_core.report._control_words import latest
from itsm_core.report._markup import MOST_ROWS
from itsm_core.report._model import Report
from itsm_core.report._words import clean
from itsm_core.spans import micros

__all__ = ["openmetrics"]

_LONGEST: Final = 100
"""A label value of more is an accident; it is cut, as on the page."""


@attrs.frozen
class _Family:
    """Hold one gauge: its name, its unit, what it is, and a sample for each set of labels."""

    name: str
    unit: str
    told: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def openmetrics(report: Report) -> str:
    """Return the figures of the report as OpenMetrics text, every one a gauge.

    Samples carry no instant of their own: `itsm_report_as_of_timestamp_seconds` says as of when
    they are. Ratios run from 0 to 1, spans are in seconds. Label values are escaped as the format
    asks and free of control characters; a family has at most a few hundred samples.
    A share with nothing decided has no sample: it is not 1 and not 0.

    References:
        OpenMetrics 1.0, Cloud Native Computing Foundation, 2020.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report, openmetrics
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for line in openmetrics(report).splitlines():
    ...     if line.startswith("itsm_promises_kept_ratio") and "resolution" in line:
    ...         print(line)
    itsm_promises_kept_ratio{metric="resolution",priority="P1"} 1
    itsm_promises_kept_ratio{metric="resolution",priority="P2"} 1
    itsm_promises_kept_ratio{metric="resolution",priority="P3"} 0.8260869565217391
    itsm_promises_kept_ratio{metric="resolution",priority="P4"} 0.9495798319327731
    """
    lines: list[str] = []
    for family in _families(report):
        if not family.samples:
            continue
        lines += [f"# TYPE {family.name} gauge"]
        lines += [f"# UNIT {family.name} {family.unit}"] if family.unit else []
        lines += [f"# HELP {family.name} {_escaped(family.told)}"]
        # Two texts that are cut to the same would be one sample told twice, which readers refuse.
        seen: dict[str, float] = {}
        for labels, value in family.samples:
            seen.setdefault(_labels(labels), value)
        lines += [f"{family.name}{labels} {_number(value)}" for labels, value in seen.items()]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _families(report: Report) -> Iterator[_Family]:
    as_of = micros(report.as_of) / 1_000_000
    told = "Instant as of which the report was judged."
    yield _one("itsm_report_as_of_timestamp_seconds", "seconds", told, as_of)
    yield _one("itsm_tickets", "", "Tickets in the log.", report.tickets)
    yield _one("itsm_tickets_open", "", "Tickets still open.", report.open_tickets)
    yield from _promises(report)
    yield from _waiting(report)
    repeated = (("reopened", report.reopenings), ("bounced", report.bounces))
    for name, repeats in repeated if "history" not in report.untold else ():
        number = sum(entry.tickets for entry in repeats)
        yield _one(f"itsm_tickets_{name}", "", f"Tickets that were {name}.", number)
    yield from _weeks(report)
    yield from _problems(report)
    if report.bypass is not None:
        rate = report.bypass.rate
        yield _one("itsm_requests", "", "Requests of people that were judged.", rate.trials)
        yield _one("itsm_requests_past_desk", "", "Those past the desk.", rate.successes)
    yield from _figures(report)


def _one(name: str, unit: str, told: str, value: float) -> _Family:
    return _Family(name, unit, told, (({}, value),))


def _promises(report: Report) -> Iterator[_Family]:
    rows = report.promises[:MOST_ROWS]
    yield _Family(
        "itsm_promises",
        "",
        "Promises by what became of them; undecided ones are in no ratio.",
        tuple(
            ({"metric": each.metric, "priority": each.priority, "outcome": outcome}, number)
            for each in rows
            for outcome, number in (
                ("kept", each.kept),
                ("broken", each.broken),
                ("undecided", each.undecided),
            )
        ),
    )
    decided = [each for each in rows if each.decided]
    for name, told, values in (
        ("kept", "Share kept of the promises decided.", [each.kept_ratio for each in decided]),
        ("kept_low", "Lower end of its 95% interval.", [each.interval[0] for each in decided]),
        ("kept_high", "Upper end of its 95% interval.", [each.interval[1] for each in decided]),
    ):
        labels = ({"metric": each.metric, "priority": each.priority} for each in decided)
        samples = tuple(zip(labels, values, strict=True))
        yield _Family(f"itsm_promises_{name}_ratio", "ratio", told, samples)


def _waiting(report: Report) -> Iterator[_Family]:
    named = [({"for": each.name}, each) for each in report.waiting]
    yield _Family(
        "itsm_tickets_waiting",
        "",
        "Open tickets by what they wait for.",
        tuple((labels, each.tickets) for labels, each in named),
    )
    yield _Family(
        "itsm_tickets_held",
        "",
        "Open tickets by the group that has them.",
        tuple(({"group": each.name}, each.tickets) for each in report.held_by),
    )
    yield _Family(
        "itsm_waiting_longest_seconds",
        "seconds",
        "Elapsed time of the longest wait of that kind.",
        tuple((labels, each.longest / timedelta(seconds=1)) for labels, each in named),
    )


def _weeks(report: Report) -> Iterator[_Family]:
    """Yield the figures of the last whole week, and whether each is more than chance."""
    last = latest(report)
    charts = [each for each in report.charts if each.weeks and each.weeks[-1] == last]
    if last is None:
        return
    told = "Monday of the last whole week in the log."
    yield _one("itsm_week_start_timestamp_seconds", "seconds", told, micros(last) / 1_000_000)
    yield _Family(
        "itsm_week_value",
        "",
        "Figure of the last whole week: a ratio for promises, else tickets.",
        tuple(({"chart": each.subject}, each.values[-1]) for each in charts),
    )
    yield _Family(
        "itsm_week_signal",
        "",
        "1 if that week lies outside of what may be chance, else 0.",
        tuple(
            ({"chart": each.subject}, float(len(each.weeks) - 1 in beyond(each.chart)))
            for each in charts
            if each.chart is not None
        ),
    )


def _problems(report: Report) -> Iterator[_Family]:
    if report.problems is None:
        return
    yield _one("itsm_problem_candidates", "", "Failures that recur.", len(report.problems))
    hours = ({"problem": each.candidate_id} for each in report.problems[:MOST_ROWS])
    work = (float(each.cost.hours_a_month) * 3600 for each in report.problems[:MOST_ROWS])
    yield _Family(
        "itsm_problem_work_monthly_seconds",
        "seconds",
        "Work that a recurring failure costs a month if it goes on.",
        tuple(zip(hours, work, strict=True)),
    )
    yield _Family(
        "itsm_problem_cost_monthly",
        "",
        "Money that a recurring failure costs a month if it goes on.",
        tuple(
            ({"problem": each.candidate_id, "currency": price.currency}, float(price.amount))
            for each in report.problems[:MOST_ROWS]
            if (price := each.cost.monthly) is not None
        ),
    )


def _figures(report: Report) -> Iterator[_Family]:
    """Yield both numbers of each figure that has one, by unit; money is left to the JSON."""
    units: tuple[tuple[Unit, str, float], ...] = (
        ("ratio", "ratio", 1),
        ("hours", "seconds", 3600),
        ("count", "", 1),
    )
    for unit, name, factor in units:
        yield _Family(
            f"itsm_figure_{name or 'count'}",
            name,
            "Figures as dashboards show them, and as the log supports them.",
            tuple(
                ({"figure": each.name, "view": view}, told.value * factor)
                for each in report.figures
                for view, told in (("dashboard", each.dashboard), ("honest", each.honest))
                if told.value is not None and told.unit == unit
            ),
        )


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inside = ",".join(
        f'{name}="{_escaped(clean(value, _LONGEST))}"' for name, value in labels.items()
    )
    return f"{{{inside}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    """Return a number so that reading it gives the same one; whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(value)
