"""What another agreement would change: every ticket, both values, and why (law S13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar, WallTime
from itsm_core.conditions import field
from itsm_core.errors import AmbiguousAgreement, InvalidValue, NaiveDatetime
from itsm_core.events import (
    AgreementAssigned,
    AnswerSent,
    PriorityChanged,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketReopened,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import (
    METRICS,
    AgreementCatalogue,
    PauseLimit,
    diff,
    evaluate,
    evaluate_all,
)
from tests.unit.sla.versions import (
    ANY,
    HOUR,
    NOW,
    OFFICE,
    OLD,
    RESOLUTION,
    RESPONSE,
    at,
    changed,
    held,
    resolved,
    resumed,
    shown,
    ticket,
)


class TestChanges:
    """Named with both values and the reason."""

    def test_shorter_goal_breaks_a_promise_that_was_kept(self) -> None:
        """Resolved after three hours: kept with four, broken with two."""
        new = changed(goals={"P1": 2 * HOUR, "P2": 8 * HOUR})
        found = diff(OLD, new, [ticket("A", resolved(12))], as_of=NOW)
        assert shown(found) == [
            (
                "A resolution: state met -> breached, due 2026-01-05T13:00:00+00:00 -> "
                "2026-01-05T11:00:00+00:00 (goal of P1: 4 h working time -> 2 h working time)"
            )
        ]

    def test_ticket_of_another_priority_does_not_change(self) -> None:
        """Its goal is the same."""
        new = changed(goals={"P1": 2 * HOUR, "P2": 8 * HOUR})
        found = diff(OLD, new, [ticket("A", priority="P2"), ticket("B")], as_of=NOW)
        assert found.ticket_ids == (TicketId("B"),)
        assert found.tickets == 2

    def test_same_agreement_changes_nothing(self) -> None:
        """Also when it was built again."""
        again = attrs.evolve(OLD, targets=(attrs.evolve(RESPONSE), RESOLUTION))
        found = diff(OLD, again, [ticket("A", resolved(12))], as_of=NOW)
        assert (len(found), found.old_hash) == (0, found.new_hash)

    def test_new_number_alone_changes_nothing(self) -> None:
        """Every ticket has another version then; that is said once."""
        found = diff(OLD, attrs.evolve(OLD, version=2), [ticket("A")], as_of=NOW)
        assert shown(found) == []
        assert [str(each) for each in found.definitions] == ["gold version 1 -> gold version 2"]

    @pytest.mark.parametrize(
        ("more", "events", "why"),
        [
            (
                {
                    "calendar": BusinessCalendar(
                        zone="UTC", hours=OFFICE.hours, holidays=[date(2026, 1, 5)]
                    )
                },
                [resolved(12)],
                "calendar: holidays",
            ),
            (
                {"pause_on": {"awaiting_supplier"}},
                [held(10), resumed(12), resolved(14)],
                "pauses while: never -> hold_reason in (awaiting_supplier)",
            ),
            (
                {"retarget": "keep"},
                [
                    PriorityChanged(ticket_id=ANY, occurred_at=at(10), priority="P2"),
                    resolved(16),
                ],
                "retarget: from_start -> keep",
            ),
            (
                {"reopen": "include_closed"},
                [
                    resolved(10),
                    TicketReopened(ticket_id=ANY, occurred_at=at(12), state="in_progress"),
                    resolved(14),
                ],
                "reopen: exclude_closed -> include_closed",
            ),
            ({"warn_at_ratios": (0.5,)}, [resolved(12)], "warnings at: none -> 0.5"),
            (
                {"goals": {"P1": WallTime(4 * HOUR), "P2": 8 * HOUR}},
                [held(16)],
                None,
            ),
        ],
    )
    def test_reason_is_what_bears_on_the_ticket(
        self, more: dict[str, object], events: list[TicketEvent], why: str | None
    ) -> None:
        """Each kind of difference is named where it had an effect, and only there."""
        new = changed(**more)  # type: ignore[arg-type]
        found = [
            each
            for each in diff(OLD, new, [ticket("A", *events)], as_of=NOW)
            if each.clock == "resolution"
        ]
        assert [each.why for each in found] == ([] if why is None else [(why,)])

    def test_differences_that_the_ticket_never_met_are_no_reason(self) -> None:
        """It was neither paused nor reopened, and had one priority."""
        new = changed(
            goals={"P1": 2 * HOUR, "P2": HOUR},
            pause_on={"awaiting_supplier"},
            retarget="keep",
            reopen="ignore",
        )
        (change,) = diff(OLD, new, [ticket("A", resolved(12))], as_of=NOW)
        assert change.why == ("goal of P1: 4 h working time -> 2 h working time",)

    def test_limited_pause_is_a_reason(self) -> None:
        """An hour of the two counts again."""
        old = attrs.evolve(changed(pause_on={"awaiting_supplier"}), version=1)
        limit = PauseLimit(reason="awaiting_supplier", longest=HOUR)
        new = changed(pause_on={"awaiting_supplier"}, pause_limits=(limit,))
        history = ticket("A", held(10), resumed(12), resolved(14.5))
        (change,) = diff(old, new, [history], as_of=NOW)
        assert change.why == ("limits of pauses",)
        assert [each.field for each in change.changes] == ["state", "due"]

    def test_clock_that_is_new_or_dropped_is_a_change(self) -> None:
        """From nothing to something, and back."""
        only = attrs.evolve(OLD, targets=(RESOLUTION,))
        history = [ticket("A", AnswerSent(ticket_id=ANY, occurred_at=at(9.5)))]
        (new,) = diff(only, OLD, history, as_of=NOW)
        (gone,) = diff(OLD, only, history, as_of=NOW)
        assert (new.why, gone.why) == (("new clock",), ("clock dropped",))
        assert [(each.old, each.new) for each in new.changes] == [
            (None, "met"),
            (None, "2026-01-05T10:00:00+00:00"),
        ]

    def test_paused_clock_is_compared_by_its_projection(self) -> None:
        """Its due instant is unknown; if work went on now, it would be another one."""
        old = attrs.evolve(changed(pause_on={"awaiting_supplier"}), version=1)
        new = changed(pause_on={"awaiting_supplier"}, goals={"P1": 5 * HOUR, "P2": 8 * HOUR})
        (change,) = diff(old, new, [ticket("A", held(10))], as_of=at(11))
        assert [(each.field, each.old) for each in change.changes] == [
            ("due", "2026-01-05T14:00:00+00:00")
        ]

    def test_every_cycle_is_compared(self) -> None:
        """A cycle that only one side has is a change of its own."""
        events = (
            resolved(10),
            TicketReopened(ticket_id=ANY, occurred_at=at(12), state="in_progress"),
            resolved(14),
        )
        found = diff(OLD, changed(reopen="new_cycle"), [ticket("A", *events)], as_of=NOW)
        assert [(each.cycle, each.changes[0].old, each.changes[0].new) for each in found] == [
            (1, "2026-01-05T15:00:00+00:00", "2026-01-05T13:00:00+00:00"),
            (2, None, "met"),
        ]

    def test_goal_for_any_other_priority_is_a_reason_where_it_judged(self) -> None:
        """`*` stood for P2 on one side."""
        old = attrs.evolve(changed(goals={"P1": 4 * HOUR, "*": 8 * HOUR}), version=1)
        new = changed(goals={"P1": 4 * HOUR, "*": 2 * HOUR})
        histories = [ticket("A"), ticket("B", priority="P2")]
        (change,) = diff(old, new, histories, as_of=at(10))
        assert (change.ticket_id, change.why) == (
            "B",
            ("goal of other priorities: 8 h working time -> 2 h working time",),
        )

    def test_other_anchor_and_other_rules_are_reasons(self) -> None:
        """The anchor only where the start is another one."""
        late = TicketOpened(
            ticket_id=TicketId("L"), occurred_at=at(9), recorded_at=at(10), priority="P1"
        )
        histories = [(late,), ticket("A")]
        (change,) = diff(OLD, changed(anchor="registered"), histories, as_of=at(11))
        assert (change.ticket_id, change.why) == ("L", ("anchor: occurred -> registered",))
        rules = attrs.evolve(METRICS["resolution"], stop=field("category").is_("closed"))
        (change,) = diff(OLD, changed(rules=rules), [ticket("A", resolved(12))], as_of=NOW)
        assert change.why == ("stop when: category in (resolved, closed) -> category is closed",)


SILVER = attrs.evolve(OLD, agreement_id=AgreementId("silver"))
VIP = attrs.evolve(
    changed(goals={"P1": 2 * HOUR}),
    agreement_id=AgreementId("vip"),
    precedence=5,
    applies_to=field("priority").is_("P1"),
)


class TestCatalogues:
    """Other agreements may be chosen."""

    def test_change_of_agreement_is_named_with_its_reason(self) -> None:
        """The ticket first, then its clocks."""
        new = AgreementCatalogue(agreements=(SILVER, VIP))
        old = AgreementCatalogue(agreements=(SILVER,))
        found = diff(old, new, [ticket("A", resolved(12)), ticket("B", priority="P2")], as_of=NOW)
        assert shown(found) == [
            (
                "A: agreement 'silver' version 1 -> 'vip' version 2 "
                "(opened: it applies, with the highest precedence (5))"
            ),
            (
                "A resolution: state met -> breached, due 2026-01-05T13:00:00+00:00 -> "
                "2026-01-05T11:00:00+00:00 (agreement 'silver' version 1 -> 'vip' version 2; "
                "goal of P1: 4 h working time -> 2 h working time)"
            ),
        ]
        assert [str(each) for each in found.definitions] == [
            "'vip' version 2 is new, in force always"
        ]

    def test_agreement_that_comes_into_being_is_a_change(self) -> None:
        """From none to one, with all its clocks."""
        none = AgreementCatalogue(agreements=())
        some = AgreementCatalogue(agreements=(SILVER,))
        found = diff(none, some, [ticket("A")], as_of=NOW)
        assert [(each.clock, each.changes[0].old) for each in found] == [
            ("", None),
            ("response", None),
            ("resolution", None),
        ]
        back = diff(some, none, [ticket("A")], as_of=NOW)
        assert back.changes[0].why == ("the catalogue has no agreement of this kind",)

    def test_agreement_can_be_compared_with_a_catalogue(self) -> None:
        """One for all, then a choice."""
        found = diff(SILVER, AgreementCatalogue(agreements=(SILVER, VIP)), [ticket("A")], as_of=NOW)
        assert found.changes[0].changes[0].new == "'vip' version 2"

    def test_catalogue_can_be_compared_with_an_agreement(self) -> None:
        """A choice, then one for all: the ticket loses its better promise."""
        found = diff(AgreementCatalogue(agreements=(SILVER, VIP)), SILVER, [ticket("A")], as_of=NOW)
        assert found.changes[0].kind == "sla"
        assert found.changes[0].changes[0].old == "'vip' version 2"

    def test_ticket_whose_agreement_changes_on_the_way_is_judged_by_both(self) -> None:
        """Chosen by hand at ten: the resolution changes from then on."""
        iron = changed(goals={"P1": 3 * HOUR})
        iron = attrs.evolve(iron, agreement_id=AgreementId("iron"), precedence=-1)
        old = AgreementCatalogue(agreements=(SILVER, iron))
        new = AgreementCatalogue(
            agreements=(SILVER, attrs.evolve(iron, targets=changed(goals={"P1": HOUR}).targets))
        )
        choice = AgreementAssigned(
            ticket_id=ANY, occurred_at=at(10), agreement_id=AgreementId("iron")
        )
        found = diff(old, new, [ticket("A", choice, resolved(11))], as_of=NOW)
        assert shown(found) == [
            (
                "A resolution: state met -> breached, due 2026-01-05T12:00:00+00:00 -> "
                "2026-01-05T10:00:00+00:00 (goal of P1: 3 h working time -> 1 h working time)"
            )
        ]

    def test_agreement_that_held_at_another_time_is_the_reason(self) -> None:
        """Under both it is the important one's in the end, but since nine or since ten."""
        targets = (attrs.evolve(RESOLUTION, goals=2 * HOUR, retarget="from_change"),)
        late = attrs.evolve(VIP, targets=targets)
        early = attrs.evolve(late, applies_to=None)
        told = ticket(
            "A",
            PriorityChanged(ticket_id=ANY, occurred_at=at(10), priority="P1"),
            priority="P2",
        )
        response, change = diff(
            AgreementCatalogue(agreements=(SILVER, late)),
            AgreementCatalogue(agreements=(SILVER, early)),
            [told],
            as_of=NOW,
        )
        assert (response.clock, response.changes[0].old) == ("response", "cancelled")
        assert change.clock == "resolution"
        assert change.why == ("the agreement held at another time",)

    def test_warnings_that_come_or_go_are_counted_in_words(self) -> None:
        """Set, other, dropped."""
        one, other = (changed(warn_at_ratios=(ratio,)) for ratio in (0.5, 0.6))
        for before, after, move in (
            (OLD, one, "1 x warnings set"),
            (one, OLD, "1 x warnings dropped"),
            (one, other, "1 x other warnings"),
        ):
            told = diff(before, after, [ticket("A")], as_of=NOW).explain()
            assert move in told.splitlines()

    def test_sides_are_named_by_what_they_are(self) -> None:
        """An agreement by its id and version, a catalogue by its size and its hash."""
        one = AgreementCatalogue(agreements=(SILVER,))
        two = AgreementCatalogue(agreements=(SILVER, VIP))
        assert diff(SILVER, one, [], as_of=NOW).old == "'silver' version 1"
        found = diff(one, two, [], as_of=NOW)
        assert found.old == f"catalogue of 1 agreement {one.content_hash[:8]}"
        assert found.new == f"catalogue of 2 agreements {two.content_hash[:8]}"

    def test_definitions_of_catalogues_are_told_agreement_by_agreement(self) -> None:
        """What is gone, what is new, and what differs, with the agreement's name."""
        iron = attrs.evolve(OLD, agreement_id=AgreementId("iron"))
        other = attrs.evolve(SILVER, targets=(RESPONSE, attrs.evolve(RESOLUTION, reopen="ignore")))
        old = AgreementCatalogue(agreements=(SILVER, VIP))
        new = AgreementCatalogue(agreements=(other, iron))
        told = [
            (each.part, each.clock, each.text) for each in diff(old, new, [], as_of=NOW).definitions
        ]
        assert told == [
            ("reopen", "silver resolution", "reopen: exclude_closed -> ignore"),
            ("agreement", "", "'vip' version 2 is gone"),
            ("agreement", "", "'iron' version 1 is new, in force always"),
        ]

    def test_same_catalogue_changes_nothing(self) -> None:
        """In another order, too."""
        one = AgreementCatalogue(agreements=(SILVER, VIP))
        other = AgreementCatalogue(agreements=(VIP, SILVER))
        found = diff(one, other, [ticket("A"), ticket("B", priority="P2")], as_of=NOW)
        assert (shown(found), found.old_hash) == ([], found.new_hash)

    def test_tie_is_refused(self) -> None:
        """Neither side may guess."""
        tied = AgreementCatalogue(agreements=(SILVER, OLD))
        with pytest.raises(AmbiguousAgreement, match="ticket A"):
            diff(SILVER, tied, [ticket("A")], as_of=NOW)


class TestSides:
    """Of which kind, and which clocks, on which side."""

    def test_kind_is_that_of_the_agreements(self) -> None:
        """Two agreements with a group: no customer was promised anything."""
        old = attrs.evolve(OLD, kind="ola")
        new = attrs.evolve(changed(goals={"P1": 2 * HOUR}), kind="ola")
        found = diff(old, new, [ticket("A", resolved(12))], as_of=NOW)
        assert [(each.kind, each.clock) for each in found] == [("ola", "resolution")]
        assert {each.kind for each in found.totals} == {"ola"}

    def test_agreement_is_compared_with_those_of_its_kind(self) -> None:
        """A catalogue's agreement with a group is another matter: it comes, or it goes."""
        group = attrs.evolve(OLD, agreement_id=AgreementId("net"), kind="ola", targets=(RESPONSE,))
        catalogue = AgreementCatalogue(agreements=(SILVER, group))
        for old, new, values in (
            (SILVER, catalogue, (None, "'net' version 1")),
            (catalogue, SILVER, ("'net' version 1", None)),
        ):
            found = diff(old, new, [ticket("A", resolved(12))], as_of=NOW)
            told = [
                (each.kind, each.clock, each.changes[0].field, each.changes[0].old)
                for each in found
            ]
            state = "breached" if values[0] else None
            assert told == [
                ("ola", "", "agreement", values[0]),
                ("ola", "response", "state", state),
            ]
            assert found.changes[0].changes[0].new == values[1]
            assert [(each.kind, each.clock) for each in found.totals] == [
                ("ola", "response"),
                ("sla", "resolution"),
                ("sla", "response"),
            ]

    def test_ticket_that_had_no_agreement_gets_one_or_loses_it(self) -> None:
        """P2 is no important one's priority, and the kind is there on both sides."""
        some = AgreementCatalogue(agreements=(VIP,))
        every = AgreementCatalogue(agreements=(SILVER,))
        history = [ticket("B", priority="P2")]
        for old, new, values in (
            (some, every, (None, "'silver' version 1")),
            (every, some, ("'silver' version 1", None)),
        ):
            found = diff(old, new, history, as_of=at(10))
            first = found.changes[0].changes[0]
            assert (first.old, first.new) == values
            assert [each.clock for each in found] == ["", "response", "resolution"]

    def test_ticket_that_was_cancelled_is_counted_as_such(self) -> None:
        """Neither kept nor broken, nor waiting for a verdict; one on hold is waiting for it."""
        gone = TicketCancelled(ticket_id=ANY, occurred_at=at(9.5), state="cancelled")
        old = attrs.evolve(changed(pause_on={"awaiting_supplier"}), version=1)
        found = diff(old, old, [ticket("A", gone), ticket("B", held(9.5))], as_of=at(11))
        totals = {each.clock: attrs.astuple(each.before) for each in found.totals}
        assert totals == {"resolution": (0, 0, 1, 1), "response": (0, 1, 1, 0)}
        assert all(each.before == each.after for each in found.totals)

    def test_only_clocks_that_differ_are_changes_when_others_are_the_same(self) -> None:
        """The response is defined alike: it was broken before and is now."""
        old = attrs.evolve(OLD, legs=())
        new = changed(goals={"P1": HOUR, "P2": HOUR})
        found = diff(old, new, [ticket("A"), ticket("B", priority="P2")], as_of=NOW)
        assert [(each.ticket_id, each.clock, each.priority) for each in found] == [
            ("A", "resolution", "P1"),
            ("B", "resolution", "P2"),
        ]
        assert [attrs.astuple(each.after) for each in found.totals] == [
            (0, 1, 0, 0),
            (0, 1, 0, 0),
            (0, 1, 0, 0),
            (0, 1, 0, 0),
        ]


class TestWarnings:
    """All of a live clock; those that came of one that has ended."""

    @pytest.mark.parametrize(
        ("events", "hour", "text"),
        [
            ((), 10, "50% 2026-01-05T11:00:00+00:00, 75% 2026-01-05T12:00:00+00:00"),
            ((resolved(10),), 12, None),
            ((resolved(11.5),), 12, "50% 2026-01-05T11:00:00+00:00"),
            (
                (resolved(12.5),),
                13,
                "50% 2026-01-05T11:00:00+00:00, 75% 2026-01-05T12:00:00+00:00",
            ),
        ],
    )
    def test_warnings_are_told_with_share_and_instant(
        self, events: tuple[TicketEvent, ...], hour: float, text: str | None
    ) -> None:
        """Half of four hours from nine is eleven."""
        new = changed(warn_at_ratios=(0.5, 0.75))
        for old, other, values in ((OLD, new, (None, text)), (new, OLD, (text, None))):
            found = diff(old, other, [ticket("A", *events)], as_of=at(hour))
            told = [(field.field, field.old, field.new) for each in found for field in each.changes]
            assert told == ([] if text is None else [("warnings", *values)])


class TestHistories:
    """Any number, any order, nothing is kept."""

    def test_histories_are_read_one_at_a_time(self) -> None:
        """The next is asked for when the last one is done."""
        alive: list[int] = []

        def stream() -> Iterator[list[TicketEvent]]:
            for n in range(5):
                alive.append(n)
                yield list(ticket(str(n)))

        assert diff(OLD, OLD, stream(), as_of=NOW).tickets == len(alive) == 5

    def test_ticket_that_is_not_opened_yet_is_counted_apart(self) -> None:
        """It did not exist as of then."""
        found = diff(OLD, OLD, [ticket("A"), ()], as_of=at(8))
        assert (found.tickets, found.not_opened, found.as_of) == (0, 2, at(8))

    def test_events_count_up_to_the_instant_itself(self) -> None:
        """Opened or resolved at that very microsecond."""
        assert diff(OLD, OLD, [ticket("A")], as_of=at(9)).tickets == 1
        new = changed(goals={"P1": HOUR, "P2": HOUR})
        (change,) = diff(OLD, new, [ticket("A", resolved(12))], as_of=at(12))
        assert change.changes[0].old == "met"
        (change,) = diff(OLD, new, [ticket("A", resolved(12))], as_of=at(11.999))
        assert change.changes[0].old == "running"

    def test_events_of_two_tickets_are_refused(self) -> None:
        """A history is about one."""
        with pytest.raises(InvalidValue, match="another ticket"):
            diff(OLD, OLD, [(*ticket("A"), *ticket("B"))], as_of=NOW)

    def test_naive_instant_is_refused(self) -> None:
        """T1."""
        with pytest.raises(NaiveDatetime):
            diff(OLD, OLD, [], as_of=NOW.replace(tzinfo=None))


steps = st.lists(
    st.tuples(st.sampled_from((held, resumed, resolved)), st.integers(0, 60)), max_size=6
)


@settings(max_examples=100)
@given(
    told=st.lists(st.tuples(st.sampled_from(("P1", "P2", "P3")), steps), max_size=4),
    goal=st.integers(1, 12),
    pauses=st.booleans(),
    catalogue=st.booleans(),
)
def test_diff_equals_two_evaluations_side_by_side(
    told: list[tuple[str, list[tuple[object, int]]]], goal: int, pauses: bool, catalogue: bool
) -> None:
    """However clocks are skipped: the changes and totals are those of judging all twice."""
    histories = [
        ticket(str(n), *(make(9 + half / 2) for make, half in events), priority=priority)  # type: ignore[operator]
        for n, (priority, events) in enumerate(told)
    ]
    new = changed(
        goals={"P1": goal * HOUR, "P2": 8 * HOUR},
        pause_on={"awaiting_supplier"} if pauses else None,
    )
    sides = (AgreementCatalogue(agreements=(OLD,)), AgreementCatalogue(agreements=(new,)))
    as_of = at(40)
    found = (
        diff(sides[0], sides[1], histories, as_of=as_of)
        if catalogue
        else diff(OLD, new, histories, as_of=as_of)
    )
    expected = set[tuple[str, str, int]]()
    states: list[dict[tuple[str, str], int]] = [{}, {}]
    for history in histories:
        judged = []
        for side, agreement in enumerate((OLD, new)):
            evaluation = (
                evaluate_all(history, sides[side], as_of=as_of)[0]
                if catalogue
                else evaluate(history, agreement, as_of=as_of)
            )
            judged.append({(each.name, each.cycle): each for each in evaluation})
            for each in evaluation:
                said_of = (each.name, each.state.value)
                states[side][said_of] = states[side].get(said_of, 0) + 1
        for key in {*judged[0], *judged[1]}:
            said = [
                None
                if (one := side.get(key)) is None
                else (one.state, one.due_us, one.projected_due_us)
                for side in judged
            ]
            if said[0] != said[1]:
                expected.add((history[0].ticket_id, *key))
    assert {(each.ticket_id, each.clock, each.cycle) for each in found if each.clock} == expected
    for side, name in enumerate(("before", "after")):
        kept = sum(getattr(each, name).kept for each in found.totals)
        broken = sum(getattr(each, name).broken for each in found.totals)
        assert kept == sum(n for (_, state), n in states[side].items() if state == "met")
        assert broken == sum(n for (_, state), n in states[side].items() if state == "breached")
