"""Simulate half a year of a desk, judge its promises, and draw the worst breach."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

from itsm_core.calendars import BusinessCalendar, WeeklyHours, public_holidays
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.report import build_report, html, ledger_svg, terminal
from itsm_core.report.judged import judge_log
from itsm_core.simulation import simulate
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("standard"),
    title="Everybody",
    calendar=BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
        holidays=public_holidays("DE", subdivision="BE"),
    ),
    targets=(
        ServiceLevelTarget(
            metric="response",
            goals={"P1": minutes(30), "P2": hours(1), "P3": hours(4), "P4": hours(8)},
        ),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": hours(4), "P2": hours(8), "P3": hours(24), "P4": hours(40)},
            pause_on=frozenset({"awaiting_requester", "awaiting_supplier"}),
        ),
    ),
)


class OneForAll:
    """Promise the same to everybody; `load_policy` reads finer promises from a file."""

    name = "one for all"

    @property
    def matrix(self) -> PriorityMatrix:
        """Return the matrix that orders the priorities."""
        return ITIL_MATRIX

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the only agreement, but nothing for who bypasses the desk."""
        return None if ticket.channel == "direct" else AGREEMENT


def main() -> None:
    """Print the summary and write the page and one strip beside each other."""
    desk = simulate(seed=1, tickets=2000)
    judged = judge_log(desk.histories, OneForAll(), desk.as_of)
    report = build_report(judged, title="A simulated desk", zone="Europe/Berlin")
    print(terminal(report))

    worst = report.worst[0]
    folder = Path(gettempdir())
    page, strip = folder / "simulated-desk.html", folder / "worst-breach.svg"
    page.write_text(html(report), encoding="utf-8")
    strip.write_text(ledger_svg(worst.clock, label=worst.ticket_id), encoding="utf-8")
    print(f"written: {page.name} and {strip.name}, in the folder for temporary files")


if __name__ == "__main__":
    main()
