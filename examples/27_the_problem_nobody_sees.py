"""A failure comes back every week, each time before another of eight people: find it, price it,
and take it from the log to a problem, a workaround and a review.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from itsm_core import BusinessCalendar, WeeklyHours
from itsm_core.commands import (
    Actor,
    Command,
    OpenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketOpened, TicketResolved, WorkStarted
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.lifecycle import SHIPPED, Ticket, decide, evolve, fold
from itsm_core.linking import (
    PRACTICE_RULES,
    CandidateRules,
    Dependency,
    ItemGraph,
    Money,
    Rates,
    find_in_histories,
    impact_of,
    known_error_commands,
    outcome_of,
    problem_commands,
    review_of,
)
from itsm_core.links import Step, decide_linked
from itsm_core.report import problem_html, problems_text
from itsm_core.simulation import simulate

OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
RULES = CandidateRules(
    zone="Europe/Berlin",
    rates=Rates(hourly=Money(95, "EUR"), working=OFFICE, after_hours_ratio="1.5", minimum_hours=2),
)
ANN = Actor(person_id=PersonId("ann"), roles={"analyst", "problem_manager"})
BEN = Actor(person_id=PersonId("ben"), roles={"analyst"})
PROBLEM, KNOWN_ERROR = TicketId("PRB-1"), TicketId("KE-1")


def write_export(path: Path) -> None:
    """Write half a year of a desk as a tool exports it: one line a ticket, no list of problems."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("number", "opened", "title", "service", "item", "by", "started", "resolved"))
        for ticket_id, history in simulate(seed=1).histories.items():
            opened = next((e for e in history if isinstance(e, TicketOpened)), None)
            begun = next((e for e in history if isinstance(e, WorkStarted)), None)
            done = next((e for e in history if isinstance(e, TicketResolved)), None)
            if opened and begun and done:
                what = (opened.title, opened.service, opened.configuration_item_id, done.actor)
                when = (begun.occurred_at.isoformat(), done.occurred_at.isoformat())
                out.writerow((ticket_id, opened.occurred_at.isoformat(), *what, *when))


def read_export(path: Path) -> dict[TicketId, tuple[TicketOpened, WorkStarted, TicketResolved]]:
    """Return three events a ticket: that is all that the export tells."""
    found = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = TicketId(row["number"])
            found[name] = (
                TicketOpened(
                    ticket_id=name,
                    occurred_at=datetime.fromisoformat(row["opened"]),
                    title=row["title"],
                    service=ServiceId(row["service"]),
                    configuration_item_id=row["item"],
                ),
                WorkStarted(
                    ticket_id=name,
                    occurred_at=datetime.fromisoformat(row["started"]),
                    actor=PersonId(row["by"]),
                    state="in_progress",
                ),
                TicketResolved(
                    ticket_id=name,
                    occurred_at=datetime.fromisoformat(row["resolved"]),
                    actor=PersonId(row["by"]),
                    state="resolved",
                ),
            )
    return found


def main() -> None:
    """Import, find, price, open a problem, publish a workaround, review."""
    with TemporaryDirectory() as folder:
        export = Path(folder) / "export.csv"
        write_export(export)
        log = read_export(export)
        as_of = max(history[0].occurred_at for history in log.values())

        # 1. What keeps coming back? Nobody said that these tickets belong together.
        (candidate,) = find_in_histories(log.values(), as_of=as_of, rules=RULES)
        print(problems_text([candidate], RULES))
        titles = {log[each][0].title for each in candidate.members}
        print(f"in {len(titles)} different wordings, such as:")
        for title in sorted(titles)[:3]:
            print(f"  {title}")
        assert len(candidate.members) == 26
        assert candidate.spread.people == 8
        assert candidate.is_hidden

        # 2. What stops with it? One of two lifts is enough; the halls have one export.
        graph = ItemGraph(
            [
                Dependency(item="hall 2", any_of=("WI-EXP01",)),
                Dependency(item="lifts", any_of=("WI-EXP01", "WI-EXP02")),
            ]
        )
        stops = impact_of(graph, {"WI-EXP01"})
        print("stops with it:", ", ".join(each.item for each in stops))
        page = Path(folder) / "problem.html"
        page.write_text(problem_html(candidate, RULES, impacted=stops), encoding="utf-8")

    # 3. The meeting decides: open a problem. Let all of its incidents be open still.
    at = as_of
    tickets: dict[TicketId, Ticket | None] = {}
    for name in candidate.members:
        tickets[name] = do(tickets, OpenTicket(ticket_id=name, impact="medium", urgency="high"), at)
    opening, links = problem_commands(
        candidate, ticket_id=PROBLEM, impact="medium", urgency="high", title="Stock export hangs"
    )
    tickets[PROBLEM] = do(tickets, opening, at)
    for command in links:
        step(tickets, command, at)
    problem = tickets[PROBLEM]
    assert problem is not None
    print(f"{PROBLEM}: {len(problem.links)} incidents linked, {outcome_of(problem).value}")

    # 4. A workaround: written by Ann, released by Ben, and whoever waits is helped by it.
    for trigger in (StartWork(ticket_id=PROBLEM), cause()):
        step(tickets, trigger, at)
    problem = tickets[PROBLEM]
    assert problem is not None
    opening, links = known_error_commands(
        problem, ticket_id=KNOWN_ERROR, title="No pick lists in the morning"
    )
    tickets[KNOWN_ERROR] = do(tickets, opening, at)
    for command in links:
        step(tickets, command, at)
    publish = TriggerTransition(
        ticket_id=KNOWN_ERROR, name="publish", reason="Restart WI-EXP01 after the database backup"
    )
    done = step(tickets, publish, at, actor=BEN, ask=("known_error",))
    print(f"published: {len(done.events) - 1} incidents resolved by the workaround")
    assert len(done.events) == 1 + len(candidate.members)

    # 5. It is fixed. When may one believe that?
    step(tickets, ResolveTicket(ticket_id=PROBLEM, resolution_code="backup moved"), at)
    soon = review_of(candidate, at, as_of=at + timedelta(weeks=1))
    later = review_of(candidate, at, as_of=at + timedelta(weeks=5))
    days = (soon.convincing_at - at).days
    print(
        f"after a quiet week: {soon.verdict}; convincing after {days} days; then: {later.verdict}"
    )
    assert (soon.verdict, later.verdict) == ("too early", "gone")


def cause() -> Command:
    """Return what the analysis found."""
    reason = "the export starts while the database backup holds its tables"
    return TriggerTransition(ticket_id=PROBLEM, name="identify", reason=reason)


def do(tickets: dict[TicketId, Ticket | None], command: OpenTicket, at: datetime) -> Ticket:
    """Open a ticket."""
    lifecycle = next(each for each in SHIPPED if each.name == command.ticket_type)
    events = decide(lifecycle, tickets.get(command.ticket_id), command, actor=ANN, at=at)
    assert not isinstance(events, CommandRefused), events
    return fold(events)


def step(
    tickets: dict[TicketId, Ticket | None],
    command: Command,
    at: datetime,
    *,
    actor: Actor = ANN,
    ask: tuple[str, ...] = (),
) -> Step:
    """Let something happen among tickets that are linked, and keep what they are now."""
    decided = decide_linked(
        SHIPPED, tickets, command, actor=actor, at=at, rules=PRACTICE_RULES, ask=ask
    )
    assert isinstance(decided, Step), decided
    for name, events in decided.events.items():
        for event in events:
            tickets[name] = evolve(tickets[name], event)
    return decided


if __name__ == "__main__":
    main()
