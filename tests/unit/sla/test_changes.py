"""What a diff says: totals, a page of words, JSON (law S13)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.calendars import data_versions
from itsm_core.ids import TicketId
from itsm_core.sla import (
    Diff,
    FieldChange,
    Tally,
    TicketChange,
    Total,
    diff,
)
from itsm_core.sla._definitions import DefinitionChange
from tests.unit.sla.versions import ANY, HOUR, NOW, OLD, at, changed, resolved, shown, ticket


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


class TestExplain:
    """Twenty lines at most: the first of each kind, and how many more there are."""

    def of(self, definitions: int, clocks: int, moves: int, tickets: int) -> list[str]:
        """Return the page of a diff with so many of each."""
        names = [f"c{n}" for n in range(clocks)]
        return (
            Diff(
                old="a",
                new="b",
                old_hash="",
                new_hash="",
                as_of_us=0,
                tickets=tickets,
                not_opened=0,
                definitions=tuple(
                    DefinitionChange(part="agreement", text=f"d{n}") for n in range(definitions)
                ),
                changes=tuple(
                    TicketChange(
                        ticket_id=TicketId(f"T{n}"),
                        kind="sla",
                        clock="c0",
                        changes=(FieldChange(field="state", old="met", new=f"s{n % moves}"),),
                        why=("x",),
                    )
                    for n in range(tickets)
                ),
                totals=tuple(
                    Total(
                        kind="sla", clock=name, priority="P1", before=Tally(kept=1), after=Tally()
                    )
                    for name in names
                ),
            )
            .explain()
            .splitlines()
        )

    def test_everything_is_told_when_there_is_little(self) -> None:
        """Five of each, two tickets by name."""
        assert self.of(5, 5, 1, 2) == [
            "a -> b, as of 1970-01-01 00:00 UTC",
            "2 of 2 tickets would change",
            *(f"  d{n}" for n in range(5)),
            *(f"c{n}: kept 1 -> 0, broken 0 -> 0" for n in range(5)),
            "2 x state met -> s0",
            "T0 c0: state met -> s0 (x)",
            "T1 c0: state met -> s0 (x)",
        ]

    def test_rest_is_counted_when_there_is_much(self) -> None:
        """Four of six, and two more."""
        assert self.of(6, 6, 6, 6)[2:] == [
            *(f"  d{n}" for n in range(4)),
            "  ... and 2 more of these",
            *(f"c{n}: kept 1 -> 0, broken 0 -> 0" for n in range(4)),
            "  ... and 2 more of these",
            *(f"1 x state met -> s{n}" for n in range(4)),
            "  ... and 2 more of these",
            "T0 c0: state met -> s0 (x)",
            "T1 c0: state met -> s1 (x)",
            "  ... and 4 more changes",
        ]

    def test_one_is_not_many(self) -> None:
        """A ticket, a change; what happens more often comes first."""
        assert self.of(0, 0, 2, 3)[1:] == [
            "3 of 3 tickets would change",
            "2 x state met -> s0",
            "1 x state met -> s1",
            "T0 c0: state met -> s0 (x)",
            "T1 c0: state met -> s1 (x)",
            "  ... and 1 more change",
        ]


def page(changes: tuple[TicketChange, ...] = (), totals: tuple[Total, ...] = ()) -> Diff:
    """Return a diff of so much."""
    return Diff(
        old="a",
        new="b",
        old_hash="1",
        new_hash="2",
        as_of_us=60_000_000,
        tickets=1_234,
        not_opened=5,
        definitions=(),
        changes=changes,
        totals=totals,
    )


def change_of(name: str, *fields: tuple[str, str | None, str | None]) -> TicketChange:
    """Return a change of a ticket."""
    return TicketChange(
        ticket_id=TicketId(name),
        kind="sla",
        clock="c",
        changes=tuple(FieldChange(field=each, old=old, new=new) for each, old, new in fields),  # type: ignore[arg-type]
        why=("x",),
    )


class TestPage:
    """What comes first, and what is added up."""

    def test_totals_are_those_of_each_clock_then_of_priorities_where_most_changes(self) -> None:
        """A clock of one priority has one line; what is kept, broken and cancelled adds up."""
        totals = (
            ("resolution", "", Tally(kept=1), Tally(kept=1, cancelled=1)),
            ("resolution", "P1", Tally(kept=1_005, broken=1), Tally(kept=1_004, broken=2)),
            ("resolution", "P2", Tally(kept=2, broken=4), Tally(kept=5, broken=1)),
            ("resolution", "P3", Tally(kept=1, broken=7), Tally(kept=1, broken=7)),
            ("response", "P1", Tally(kept=3, broken=1), Tally(kept=3, broken=1)),
        )
        found = page(
            totals=tuple(
                Total(kind="sla", clock=clock, priority=priority, before=before, after=after)
                for clock, priority, before, after in totals
            )
        )
        assert found.explain().splitlines() == [
            "a -> b, as of 1970-01-01 00:01 UTC",
            "0 of 1,234 tickets would change",
            "resolution: kept 1,009 -> 1,011, broken 12 -> 10",
            "response: kept 3, broken 1, as before",
            "  resolution P2: kept 2 -> 5, broken 4 -> 1",
            "  resolution P1: kept 1,005 -> 1,004, broken 1 -> 2",
            "  resolution no priority: kept 1 -> 1, broken 0 -> 0",
        ]

    def test_clocks_of_one_name_are_told_apart_by_kind(self) -> None:
        """Each kind has its own sum."""
        totals = tuple(
            Total(kind=kind, clock="c", priority="P1", before=Tally(kept=n), after=Tally(broken=n))
            for n, kind in ((1, "ola"), (2, "sla"))
        )
        assert page(totals=totals).explain().splitlines()[2:4] == [
            "c: kept 1 -> 0, broken 0 -> 1",
            "c: kept 2 -> 0, broken 0 -> 2",
        ]

    def test_verdicts_come_first_then_what_is_frequent(self) -> None:
        """Instants are not counted one by one: later, earlier, set or dropped."""
        found = page(
            (
                change_of("A", ("due", "2026-01", "2026-02"), ("warnings", "50% x", None)),
                change_of("B", ("due", "2026-01", "2026-03")),
                change_of("C", ("due", "2026-03", "2026-01")),
                change_of("D", ("state", "met", "breached"), ("due", None, "2026-01")),
            )
        )
        assert found.explain().splitlines()[1:] == [
            "4 of 1,234 tickets would change",
            "1 x state met -> breached",
            "2 x due later",
            "1 x warnings dropped",
            "1 x due earlier",
            "1 x due set",
            "D c: state met -> breached, due none -> 2026-01 (x)",
            "A c: due 2026-01 -> 2026-02, warnings 50% x -> none (x)",
            "  ... and 2 more changes",
        ]

    def test_other_warnings_and_other_agreements_are_counted(self) -> None:
        """An agreement by its name."""
        found = page(
            (
                change_of("A", ("agreement", None, "'a' version 1")),
                change_of("B", ("agreement", None, "'a' version 1"), ("warnings", "1", "2")),
            )
        )
        assert found.explain().splitlines()[2:4] == [
            "2 x agreement none -> 'a' version 1",
            "1 x other warnings",
        ]

    def test_diff_is_a_list_of_changes(self) -> None:
        """A ticket that changes twice is one ticket."""
        changes = (
            change_of("A", ("due", None, "x")),
            change_of("B", ("due", None, "x")),
            change_of("A", ("state", None, "met")),
        )
        found = page(changes)
        assert (len(found), tuple(found), found.ticket_ids) == (3, changes, ("A", "B"))
        assert (found.as_of, found.as_of.timezone_name) == (
            datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
            "UTC",
        )

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            (FieldChange, ("due", None, "x")),
            (TicketChange, ("A", "sla", "c", 1, "P1", (), ())),
            (Tally, (1, 2, 3, 4)),
            (Total, ("sla", "c", "P1", Tally(), Tally())),
            (Diff, ("a", "b", "", "", 0, 0, 0, (), (), ())),
        ],
    )
    def test_value_is_refused_when_its_fields_are_not_named(
        self, kind: type, values: tuple[object, ...]
    ) -> None:
        """Before and after are easily mixed up."""
        with pytest.raises(TypeError, match="positional"):
            kind(*values)

    def test_tally_is_of_nothing_when_nothing_is_said(self) -> None:
        """Every count from zero."""
        assert attrs.astuple(Tally()) == (0, 0, 0, 0)


class TestTicketChange:
    """What changes for one ticket, in one line."""

    def test_change_names_no_clock_when_only_the_agreement_is_another(self) -> None:
        """Nor a cycle or a priority, which are those of a clock."""
        field = FieldChange(field="agreement", old="'a' version 1", new=None)
        found = TicketChange(ticket_id=ANY, kind="sla", changes=(field,), why=("it ended", "x"))
        assert (found.clock, found.cycle, found.priority) == ("", 0, "")
        assert str(attrs.evolve(found, ticket_id="INC-1")) == (  # type: ignore[arg-type]
            "INC-1: agreement 'a' version 1 -> none (it ended; x)"
        )

    def test_change_names_its_cycle_from_the_second_on(self) -> None:
        """The first one is the clock."""
        field = FieldChange(field="due", old=None, new="2026")
        told = [
            str(
                TicketChange(
                    ticket_id=ANY, kind="sla", clock="update", cycle=n, changes=(field,), why=("x",)
                )
            )
            for n in (1, 2)
        ]
        assert told == [" update: due none -> 2026 (x)", " update cycle 2: due none -> 2026 (x)"]
