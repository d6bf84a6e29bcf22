"""Draw the pictures of docs/gallery.md, from the seeded simulation and the library's own drawings.

`make gallery` writes them into docs/gallery; a test draws them again and compares, so
that the page never shows what the library no longer draws. Nothing is needed but the package.
"""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from itsm_core import BusinessCalendar, WeeklyHours, public_holidays
from itsm_core.calendars import week_svg, year_svg
from itsm_core.lifecycle import INCIDENT, fold
from itsm_core.linking import CandidateRules, Money, Rates, find_in_histories
from itsm_core.policy import Policy, load_policy
from itsm_core.report import build_report, html, ledger_svg, timeline_svg
from itsm_core.report.judged import judge_log
from itsm_core.rosters import Roster, roster_svg
from itsm_core.simulation import SimulatedDesk, simulate
from itsm_core.sla import ClockState, LedgerKind, evaluate

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "gallery"
ZONE: Final = "Europe/Berlin"
SEED: Final = 1
TICKETS: Final = 600

_OPENING: Final = re.compile(r"<svg\b[^>]*>")
_VARIABLE: Final = re.compile(r"var\(--([a-z]+)(?:,([^()]*))?\)")
_CHART: Final = re.compile(r'<svg class="chart" .*?</svg>', re.DOTALL)


def pictures() -> dict[str, str]:
    """Return every picture of the gallery as an SVG that stands alone, by the name of its file."""
    plain = {**_definitions(), **_results()}
    return {name: svg if _has_ground(svg) else _alone(svg) for name, svg in plain.items()}


def _definitions() -> dict[str, str]:
    """Return what is drawn of a calendar, a lifecycle and a roster."""
    office = BusinessCalendar(
        zone=ZONE,
        hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
        holidays=public_holidays("DE", subdivision="BE"),
        exceptions={date(2026, 12, 24): "09:00-12:00", date(2026, 12, 31): "09:00-12:00"},
    )
    nights = BusinessCalendar(zone=ZONE, hours=WeeklyHours.parse("Sa-Su 22:00-06:00"))
    roster = runpy.run_path(str(ROOT / "examples" / "16_on_call.py"))["DESK"]
    if not isinstance(roster, Roster):
        raise TypeError("examples/16_on_call.py no longer defines the roster DESK")
    return {
        "week.svg": week_svg(office | nights, date(2026, 3, 23)),
        "year.svg": year_svg(office, 2026),
        "lifecycle.svg": INCIDENT.to_svg(),
        "roster.svg": roster_svg(roster, date(2026, 3, 16), days=7, zone=ZONE),
    }


def _results() -> dict[str, str]:
    """Return what is drawn of a judged log: the time of one promise, weeks, a recurring failure."""
    desk = simulate(seed=SEED, tickets=TICKETS)
    policy = load_policy("demo")
    judged = judge_log(desk.histories, policy, desk.as_of)
    report = build_report(judged, title="Simulated desk", zone=ZONE)
    rates = Rates(
        hourly=Money(95, "EUR"),
        working=desk.sites[0].calendar,
        after_hours_ratio=Decimal("1.5"),
        minimum_hours=2,
    )
    rules = CandidateRules(zone=ZONE, rates=rates)
    # A made-up desk has few titles: only the timetable is looked at, as in the demo.
    found = find_in_histories(desk.histories.values(), (), as_of=desk.as_of, rules=rules)
    page = html(report)
    charts = [_resolved(chart, _colours(page)) for chart in _CHART.findall(page)]
    return {
        "strip.svg": _strip(desk, policy),
        "weeks.svg": charts[0],
        "recurring.svg": _resolved(timeline_svg(found[0], ZONE), _colours(page)),
    }


def _strip(desk: SimulatedDesk, policy: Policy) -> str:
    """Return the time of the first broken promise that has one of everything to be seen."""
    wanted = {LedgerKind.COUNTED, LedgerKind.OUTSIDE_HOURS, LedgerKind.PAUSED}
    for ticket_id, history in desk.histories.items():
        agreement = policy.agreement_for(fold(history))
        evaluation = () if agreement is None else evaluate(history, agreement, as_of=desk.as_of)
        for clock in evaluation:
            seen = {line.kind for line in clock.ledger}
            holders = {line.assignee for line in clock.ledger}
            if clock.state is ClockState.BREACHED and wanted <= seen and len(holders) > 2:
                return ledger_svg(clock, label=ticket_id)
    raise LookupError(f"no broken promise with a pause in the desk of seed {desk.seed}")


def _colours(page: str) -> Mapping[str, str]:
    """Return the light colours of a report's page, which its pictures name as variables."""
    first = page[page.index(":root{") : page.index("}", page.index(":root{"))]
    return dict(re.findall(r"--([a-z]+):([^;]+)", first))


def _resolved(svg: str, colours: Mapping[str, str]) -> str:
    """Return a picture with colours in the place of variables: a file has no page around it."""
    return _VARIABLE.sub(lambda found: colours.get(found[1], found[2] or "#1b2330"), svg)


def _has_ground(svg: str) -> bool:
    return "fill='#ffffff'" in svg


def _alone(svg: str) -> str:
    """Return a picture that can be a file: named as SVG, with a font, on white paper."""
    opening = _OPENING.match(svg)
    if opening is None:
        raise ValueError(f"not an SVG: it begins with {svg[:40]!r}")
    head = opening[0]
    _, _, width, height = re.findall(r"[\d.]+", head[head.index("viewBox=") :])[:4]
    for attribute, value in (
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("font-family", "system-ui, sans-serif"),
        ("width", width),
        ("height", height),
    ):
        if f" {attribute}=" not in head:
            head = f'{head[:-1]} {attribute}="{value}">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    # An image cannot take the colour of the text around it.
    body = svg[opening.end() :].replace("currentColor", "#1b2330")
    return _resolved(f"{head}{ground}{body}\n", {})


def main() -> int:
    """Write the pictures; name each with its size."""
    FOLDER.mkdir(exist_ok=True)
    drawn = pictures()
    for stale in FOLDER.glob("*.svg"):
        if stale.name not in drawn:
            stale.unlink()
    for name, svg in drawn.items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print(f"docs/gallery/{name}: {len(svg):,} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
