"""`itsm-core demo`: a simulated desk, kept in a store, judged, and shown."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Final

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.bypass import DeskMap, Duty, Membership, find_bypasses
from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._problems import look
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import keep, without_collection
from itsm_core.cli._results import both_figures, show
from itsm_core.contacts import Channel, Channels
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateRules, Money, Rates
from itsm_core.policy import load_policy
from itsm_core.report import build_report, html, problems_text
from itsm_core.report.judged import judge_log
from itsm_core.routing import Side
from itsm_core.simulation import SimulatedDesk, simulate

__all__ = ["demo"]

_CHANNELS: Final = {
    "portal": True,
    "mail": True,
    "call": True,
    "chat": True,
    "walk-up": True,
    "direct": False,
}
"""The ways to the simulated desk, and which of them are official."""


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
        rules = _rules(desk)
        # A made-up desk has a few dozen titles for all its tickets: like words mean nothing there.
        found = look(histories, desk.as_of, rules, by_wording=False)
        report = build_report(
            judged,
            title=f"Simulated: {policy.title}",
            zone=rules.zone,
            problems=found,
            rules=rules,
            bypass=find_bypasses(histories.values(), _desk_map(desk)),
            figures=both_figures(histories, desk.as_of, rules.zone),
        )
        outputs.write(page, html(report))
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


def _desk_map(desk: SimulatedDesk) -> DeskMap:
    """Return who is first line at the simulated desk, when, and who is on call."""
    first = {site.desk: site for site in desk.sites}
    groups = dict.fromkeys((*first, *(person.group for person in desk.people)))
    return DeskMap(
        channels=Channels(
            channels=tuple(
                Channel(name=name, route=desk.sites[0].desk, hours="office", official=official)
                for name, official in _CHANNELS.items()
            )
        ),
        sides=tuple(
            Side(
                group=group,
                tier="first line" if group in first else "second line",
                hours=first[group].calendar if group in first else None,
            )
            for group in groups
        ),
        members=tuple(
            Membership(person_id=person.person_id, group=person.group) for person in desk.people
        ),
        duties=tuple(
            Duty(person_id=week.person_id, start_at=week.start_at, end_at=week.end_at)
            for week in desk.on_call
        ),
    )


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
