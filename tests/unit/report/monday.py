"""A report with every section in it, made by hand: charts, waiting, bypass, problems, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from itsm_core.bypass import Bypass, BypassReport, Request
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.metrics import Interval
from itsm_core.metrics._definitions import METRICS, Figure, Population, Result, Unit, Window
from itsm_core.report import Finding, Promise, Report, Week, build_report
from itsm_core.report._control import control_charts
from tests.unit.report.cases import BROKEN, MONDAY, judged, story
from tests.unit.report.problem import RULES, candidate

HOSTILE = '<script>alert("x")</script>|`*_[a](http://b)\n\r\x1b[31m\u202e& "q" \\ {{x}}'
"""Breaks out of HTML, SVG, Markdown, OpenMetrics and a terminal, where it is let."""

WINDOW = Window(start_at=datetime(2026, 2, 2, tzinfo=UTC), end_at=datetime(2026, 2, 16, tzinfo=UTC))


def weeks(
    kept: Sequence[tuple[int, int]],
    *,
    arrived: Sequence[int] = (),
    resolved: Sequence[int] = (),
    metric: str = "response",
) -> tuple[Week, ...]:
    """Return whole weeks with these (kept, broken) promises, and twenty tickets unless told."""
    return tuple(
        Week(
            start_at=MONDAY + timedelta(weeks=n),
            arrived=arrived[n] if arrived else 20,
            resolved=resolved[n] if resolved else 20,
            promises=(Promise(metric=metric, priority="", kept=k, broken=b),),
        )
        for n, (k, b) in enumerate(kept)
    )


def result(
    name: str,
    dashboard: float | None,
    honest: float | None,
    *,
    unit: Unit = "hours",
    low: float | None = None,
    high: float | None = None,
    currency: str = "",
) -> Result:
    """Return a result with these two numbers; the honest one has an interval if it is given."""
    told = None
    if low is not None or high is not None:
        told = Interval(low=low, high=high, level=0.95, method="by hand")
    why = "" if honest is not None else "too young"
    return Result(
        metric=METRICS[name],
        window=WINDOW,
        calendar="24x7",
        calendar_hash="",
        population=Population(rule="all", cases=9, ended=6, open=3),
        honest=Figure(value=honest, unit=unit, cases=9, interval=told, why=why),
        dashboard=Figure(value=dashboard, unit=unit, cases=6),
        currency=currency,
    )


MEDIAN = result("resolution-median", 6.5, 47.1, low=40.0, high=50.0)
"""The pair that was published for a real log, its interval made up."""
WITHIN = result("resolved-within-24h", 0.608, 0.423, unit="ratio", low=0.40, high=0.45)
SAME = result("response-median", 1.0, 1.2, low=0.9, high=1.4)


def bypass(
    *, past: int = 2, of: int = 40, team: str = "network", channel: str = "direct", people: int = 3
) -> BypassReport:
    """Return so many bypasses among so many requests, the others by phone at another team."""
    found = tuple(
        Bypass(
            ticket_id=TicketId(f"B{n}"),
            at_us=0,
            ways=("direct_contact",),
            requester=PersonId("rob"),
            specialist=PersonId(f"secret-eve-{n % people}"),
            team=GroupId(team),
            channel=channel,
        )
        for n in range(past)
    )
    asked = tuple(
        Request(
            ticket_id=TicketId(f"B{n}"),
            at_us=0,
            requester=PersonId("rob"),
            channel=channel if n < past else "phone",
            specialists=(
                (PersonId(f"secret-eve-{n % people}"), GroupId(team if n < past else "mail")),
            ),
        )
        for n in range(of)
    )
    return BypassReport(bypasses=found, requests=asked)


def monday(text: str = "Printer") -> Report:
    """Return a report with something in every section; `text` is what people wrote."""
    told = judged(
        BROKEN,
        story(3, title=text, hold=True, resolved_after=timedelta(days=9), groups=("a", text, "a")),
        story(4, title=text, resolved_after=None, groups=(text,)),
    )
    made = build_report(
        told,
        title=text,
        findings=[("time zone", "UTC", "named"), (text, "3 rows", text)],
        problems=[candidate(item=text, person=text)],
        rules=RULES,
        bypass=bypass(team=text, channel=text),
        figures=(MEDIAN, WITHIN, SAME),
    )
    return with_weeks(made, weeks([(19, 1), (18, 2)] * 5 + [(4, 16)]))


def with_weeks(report: Report, told: Iterable[Week]) -> Report:
    """Return the report with other weeks, and the charts of these."""
    found = tuple(told)
    return attrs.evolve(report, weeks=found, charts=control_charts(found))


def with_findings(report: Report, number: int) -> Report:
    """Return the report with so many findings that are not zero."""
    findings = tuple(Finding(what=f"finding {n}", how_much="1 row") for n in range(number))
    return attrs.evolve(report, findings=findings)
