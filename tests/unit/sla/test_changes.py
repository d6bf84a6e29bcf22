"""What a diff says: totals, a page of words, JSON (law S13)."""

from __future__ import annotations

import json

import attrs

from itsm_core.calendars import data_versions
from itsm_core.sla import (
    diff,
)
from tests.unit.sla.versions import HOUR, NOW, OLD, at, changed, resolved, shown, ticket


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
        assert data["new"] == {"name": "'gold' version 2", "content_hash": new.content_hash}
        assert data["data_versions"] == dict(data_versions())
        assert (data["tickets"], data["not_opened"]) == (1, 0)
        said = {"clock": "resolution", "priority": "P1"}
        goal = "goal of P1: 4 h working time -> 2 h working time"
        assert data["definitions"] == [
            {
                "part": "agreement",
                "clock": "",
                "priority": "",
                "text": "gold version 1 -> gold version 2",
            },
            {"part": "goal", **said, "text": goal},
        ]
        dues = (at(13).isoformat(), at(11).isoformat())
        assert data["changes"] == [
            {
                "ticket_id": "A",
                "kind": "sla",
                "cycle": 1,
                **said,
                "changes": [
                    {"field": "state", "old": "met", "new": "breached"},
                    {"field": "due", "old": dues[0], "new": dues[1]},
                ],
                "why": [goal],
            }
        ]
        none = {"kept": 0, "broken": 0, "cancelled": 0, "undecided": 0}
        late = none | {"broken": 1}
        assert data["totals"] == [
            {"kind": "sla", **said, "before": none | {"kept": 1}, "after": late},
            {"kind": "sla", **said, "clock": "response", "before": late, "after": late},
        ]
        assert len(data) == 9
