"""`itsm-core demo`: a simulated desk, kept in a store, judged, and shown."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._problems import look
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import keep, without_collection
from itsm_core.cli._results import show
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateRules, Money, Rates
from itsm_core.policy import load_policy
from itsm_core.report import build_report, html, problems_text
from itsm_core.report.judged import judge_log
from itsm_core.simulation import SimulatedDesk, simulate

__all__ = ["demo"]


def demo(*, seed: int, tickets: int, page: Path, file: Path | None) -> None:
    """Simulate a desk, write its events to SQLite, judge what is read back, write the page.

    Raises:
        ItsmError: an argument is wrong; nothing is written.
    """
    policy = load_policy("demo")
    with (
        Outputs.open() as outputs,
        tempfile.TemporaryDirectory(prefix="itsm-core-") as folder,
        without_collection(),
    ):
        outputs.reserve(page, "--report")
        store = Path(folder) / "demo.db"
        if file is not None:
            store = outputs.reserve(file, "--store", new=True)
        desk = simulate(seed=seed, tickets=tickets)
        keep(store, desk.histories)
        histories = _read_back(store)
        with progress("Judging tickets") as tell:
            judged = judge_log(histories, policy, desk.as_of, progress=tell)
        report = build_report(judged, title=f"Simulated: {policy.title}", zone="Europe/Berlin")
        rules = _rules(desk)
        # A made-up desk has a few dozen titles for all its tickets: like words mean nothing there.
        found = look(histories, desk.as_of, rules, by_wording=False)
        outputs.write(page, html(report, problems=found, rules=rules))
        show(report)
        say(f"\n{problems_text(found, rules)}")
    tell_written((page, file))


def _rules(desk: SimulatedDesk) -> CandidateRules:
    """Return what an hour costs at the simulated desk: made up, like all of it, and said so."""
    berlin = desk.sites[0]
    rates = Rates(
        hourly=Money(95, "EUR"),
        working=berlin.calendar,
        after_hours_ratio=Decimal("1.5"),
        minimum_hours=2,
    )
    return CandidateRules(zone=berlin.zone, rates=rates)


def _read_back(path: Path) -> dict[TicketId, tuple[TicketEvent, ...]]:
    """Return every history as the store has it, in the order in which tickets came to be."""
    found: dict[TicketId, list[TicketEvent]] = {}
    with SqliteStore(path) as store:
        position = 0
        while stored := store.read_all(after=position, limit=10_000):
            for item in stored:
                found.setdefault(TicketId(item.stream), []).append(item.event)
            position = stored[-1].position
    return {ticket_id: tuple(events) for ticket_id, events in found.items()}
