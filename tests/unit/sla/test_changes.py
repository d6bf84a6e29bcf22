"""What a diff says: totals, a page of words, JSON (law S13)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, WeeklyHours
from itsm_core.events import (
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import (
    Diff,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    diff,
)

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RESPONSE = ServiceLevelTarget(metric="response", goals={"P1": HOUR, "P2": 2 * HOUR})
RESOLUTION = ServiceLevelTarget(metric="resolution", goals={"P1": 4 * HOUR, "P2": 8 * HOUR})
OLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"), calendar=OFFICE, targets=(RESPONSE, RESOLUTION)
)


def at(hour: float) -> datetime:
    """Return an instant, in hours from Monday 5 January 2026."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


NOW = at(17)


def changed(
    calendar: Calendar = OFFICE, response: dict[str, object] | None = None, **more: object
) -> ServiceLevelAgreement:
    """Return the second version, with another resolution."""
    targets = (
        attrs.evolve(RESPONSE, **(response or {})),  # type: ignore[arg-type]
        attrs.evolve(RESOLUTION, **more),  # type: ignore[arg-type]
    )
    return attrs.evolve(OLD, version=2, targets=targets, calendar=calendar)


def ticket(name: str, *events: TicketEvent, priority: str = "P1") -> tuple[TicketEvent, ...]:
    """Return a history opened at 09:00."""
    ticket_id = TicketId(name)
    opened = TicketOpened(ticket_id=ticket_id, occurred_at=at(9), priority=priority)
    return (opened, *(attrs.evolve(each, ticket_id=ticket_id) for each in events))


ANY = TicketId("")


def resolved(hour: float) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(ticket_id=ANY, occurred_at=at(hour), state="resolved")


def held(hour: float) -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=ANY, occurred_at=at(hour), state="on_hold", reason="awaiting_supplier"
    )


def resumed(hour: float) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ANY, occurred_at=at(hour), state="in_progress")


def shown(found: Diff) -> list[str]:
    """Return every change in words."""
    return [str(change) for change in found]


class TestTotals:
    """Kept and broken before and after, each clock and priority."""

    def test_totals_count_both_sides(self) -> None:
        """Three tickets of P1, resolved after one, three and five hours; one still open."""
        new = changed(goals={"P1": 2 * HOUR, "P2": 8 * HOUR})
        histories = [ticket(str(n), resolved(9 + n)) for n in (1, 3, 5)]
        found = diff(OLD, new, [*histories, ticket("B", priority="P2")], as_of=at(16))
        counts = {
            (each.clock, each.priority): (attrs.astuple(each.before), attrs.astuple(each.after))
            for each in found.totals
        }
        # kept, broken, cancelled, undecided; a human solution is an answer
        assert counts == {
            ("response", "P1"): ((1, 2, 0, 0), (1, 2, 0, 0)),
            ("response", "P2"): ((0, 1, 0, 0), (0, 1, 0, 0)),
            ("resolution", "P1"): ((2, 1, 0, 0), (1, 2, 0, 0)),
            ("resolution", "P2"): ((0, 0, 0, 1), (0, 0, 0, 1)),
        }

    def test_explain_is_short_and_says_the_rest_by_numbers(self) -> None:
        """A thousand tickets, at most twenty lines."""
        new = changed(
            goals={"P1": 2 * HOUR, "P2": HOUR}, response={"goals": {"P1": 3 * HOUR, "P2": HOUR}}
        )
        many = (ticket(str(n), resolved(9 + n % 7), priority=f"P{n % 2 + 1}") for n in range(1000))
        lines = diff(OLD, new, many, as_of=NOW).explain().splitlines()
        assert len(lines) <= 20
        assert lines[0] == "'gold' version 1 -> 'gold' version 2, as of 2026-01-05 17:00 UTC"
        assert lines[1] == "1,000 of 1,000 tickets would change"
        assert lines[-1].endswith("more changes")

    def test_explain_of_one_change_reads_well(self) -> None:
        """Everything on six lines."""
        new = changed(goals={"P1": 2 * HOUR, "P2": 8 * HOUR})
        found = diff(OLD, new, [ticket("A", resolved(12))], as_of=NOW)
        assert found.explain().splitlines() == [
            "'gold' version 1 -> 'gold' version 2, as of 2026-01-05 17:00 UTC",
            "1 of 1 ticket would change",
            "  gold version 1 -> gold version 2",
            "  resolution: goal of P1: 4 h working time -> 2 h working time",
            "resolution: kept 1 -> 0, broken 0 -> 1",
            "response: kept 0, broken 1, as before",
            "1 x state met -> breached",
            "1 x due earlier",
            shown(found)[0],
        ]

    def test_json_holds_everything(self) -> None:
        """Ready to be written, with the versions of the data used (C10)."""
        new = changed(goals={"P1": 2 * HOUR, "P2": 8 * HOUR})
        data = diff(OLD, new, [ticket("A", resolved(12))], as_of=NOW).to_json()
        assert json.loads(json.dumps(data)) == data
        assert data["as_of"] == "2026-01-05T17:00:00+00:00"
        assert data["old"] == {"name": "'gold' version 1", "content_hash": OLD.content_hash}
        assert set(data) == {
            "old",
            "new",
            "as_of",
            "data_versions",
            "tickets",
            "not_opened",
            "definitions",
            "changes",
            "totals",
        }
        assert '"changes": [{"field": "state", "old": "met", "new": "breached"}' in json.dumps(data)
