"""A foreign log checked against a lifecycle (law L8). Expected counts are worked by hand."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import attrs
import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import TicketClosed, TicketOpened, TicketResolved
from itsm_core.ids import TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    CaseConformance,
    Conformance,
    Deviation,
    DeviationKind,
    Lifecycle,
    LogNames,
    State,
    StateCategory,
    Transition,
    conformance,
    conformance_of_cases,
    discover,
)
from itsm_core.lifecycle._conformance import CasesEnd

Event = tuple[str, str, int]
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TRIGGERS = LogNames(
    triggers={trigger: trigger for trigger in INCIDENT.triggers}, ignored=("comment",)
)


def case_of(*names: str) -> list[Event]:
    """Return the events of one case, one a microsecond."""
    return [("A", name, place) for place, name in enumerate(names)]


def judged(*names: str, mapping: LogNames | None = None) -> CaseConformance:
    """Return what comes of one case on the shipped incident lifecycle."""
    (case,) = conformance_of_cases(INCIDENT, case_of(*names), names=mapping)
    return case


def codes(case: CaseConformance) -> list[tuple[str, str, str]]:
    """Return code, place and name of each deviation of a case."""
    return [(each.code, each.place, each.came) for each in case.deviations]


def test_case_fits_when_it_follows_the_lifecycle() -> None:
    """Four moves and the end: five tokens made and used up."""
    case = judged("new", "in_progress", "resolved", "closed")
    assert (case.produced, case.consumed, case.missing, case.remaining) == (5, 5, 0, 0)
    assert case.fits
    assert case.place == "closed"


def test_move_is_named_when_the_lifecycle_does_not_have_it() -> None:
    """The deviation says where the case stood, what came and what would have led on."""
    case = judged("new", "closed")
    (found,) = case.deviations
    assert (found.code, found.place, found.came) == ("illegal-move", "new", "closed")
    assert found.expected == ("in_progress", "on_hold", "resolved", "cancelled")
    assert (found.position, found.at_us, found.case_id) == (2, 1, "A")
    assert (case.missing, case.remaining) == (1, 1)


def test_beginning_is_named_when_it_is_not_the_first_state() -> None:
    """The token before the beginning is never taken."""
    case = judged("resolved", "closed")
    assert codes(case) == [("wrong-beginning", "", "resolved")]
    assert case.fitness_ratio == pytest.approx(1 - 1 / 3)


def test_end_is_named_when_the_case_rests_in_an_open_state() -> None:
    """The instant is the one of the last event."""
    case = judged("new", "in_progress")
    (found,) = case.deviations
    assert (found.code, found.place, found.came) == ("not-ended", "in_progress", "")
    assert found.expected == ("closed", "cancelled")
    assert found.at_us == 1


def test_end_is_sound_when_the_caller_adds_the_ending() -> None:
    """A log that was cut while tickets were alive."""
    log = case_of("new", "in_progress")
    assert conformance(INCIDENT, log, endings=["closed", "in_progress"]).fits


def test_name_is_a_deviation_when_nobody_has_mapped_it() -> None:
    """It moves no token, so fitness by tokens stays 1, and the case does not fit."""
    case = judged("new", "triage", "resolved", "closed")
    assert codes(case) == [("unknown-name", "new", "triage")]
    assert (case.fits, case.fitness_ratio) == (False, 1.0)


def test_state_is_no_move_when_it_is_told_again() -> None:
    """Audit snapshots repeat the state on every row."""
    found = conformance(INCIDENT, case_of("new", "new", "resolved", "resolved", "closed"))
    assert (found.moves, found.repeats, found.fits) == (3, 2, True)


def test_token_left_behind_is_taken_when_a_later_move_starts_there() -> None:
    """Token replay lends one token for two jumps; by name both are told."""
    case = judged("new", "closed", "in_progress", "resolved", "closed")
    assert (case.missing, case.remaining, case.consumed) == (1, 1, 6)
    assert codes(case) == [
        ("illegal-move", "new", "closed"),
        ("illegal-move", "closed", "in_progress"),
    ]


def test_end_costs_no_token_when_one_lies_in_an_ending() -> None:
    """The case was closed once and went on: one token missing, and two deviations by name."""
    case = judged("new", "resolved", "closed", "in_progress")
    assert case.missing == 1
    assert [each.code for each in case.deviations] == ["illegal-move", "not-ended"]


def test_tokens_add_up_when_one_place_lends_twice() -> None:
    """Two tokens of one place are two: closed twice from new, then started twice from there."""
    case = judged("new", "closed", "new", "closed", "in_progress", "cancelled", "in_progress")
    # Closed, new and closed again find no token; both in_progress find one that was left in new.
    assert case.missing == 3
    assert case.remaining == 3


def test_token_is_taken_once_when_one_was_left_behind() -> None:
    """Closed from new leaves one token there; the second start of work from the end finds none."""
    case = judged("new", "closed", "in_progress", "cancelled", "in_progress", "cancelled")
    assert (case.missing, case.remaining, case.consumed) == (2, 2, 7)


def test_trigger_moves_the_case_when_names_are_activities() -> None:
    """Comments are ignored; assigning stays where it is and counts."""
    case = judged(
        "open", "comment", "assign", "start", "hold", "hold", "resume", "resolve", "close",
        mapping=TRIGGERS,
    )  # fmt: skip
    assert case.fits
    assert case.consumed == 9
    assert case.place == "closed"


def test_trigger_leads_on_when_it_was_not_allowed() -> None:
    """A forced trigger goes where it leads; the next one starts from there."""
    case = judged("open", "close", "reopen", "resolve", "close", mapping=TRIGGERS)
    assert codes(case) == [("illegal-move", "new", "close"), ("illegal-move", "closed", "reopen")]
    assert case.missing == 2


def test_trigger_stays_when_it_records_without_moving() -> None:
    """Assigning a closed ticket is a deviation, and the ticket stays closed."""
    case = judged("open", "resolve", "close", "assign", mapping=TRIGGERS)
    assert codes(case) == [("illegal-move", "closed", "assign")]
    assert (case.place, case.missing, case.remaining) == ("closed", 1, 1)


def test_trigger_takes_a_token_left_behind_when_it_stays_there() -> None:
    """Closed from new, then assigned: the token left in new allows it, the name is told."""
    case = judged("open", "close", "assign", mapping=TRIGGERS)
    assert codes(case) == [("illegal-move", "new", "close"), ("illegal-move", "closed", "assign")]
    assert (case.place, case.missing) == ("closed", 1)


def test_states_and_triggers_mix_when_both_are_mapped() -> None:
    """Some logs tell the state, and reopening as an activity."""
    mapping = LogNames(
        states={"New": "new", "Done": "resolved", "End": "closed"}, triggers={"again": "reopen"}
    )
    assert judged("New", "Done", "again", "Done", "End", mapping=mapping).fits


def test_case_is_none_when_only_ignored_names_were_told() -> None:
    """Nothing of it was to be judged."""
    found = conformance(INCIDENT, case_of("comment"), names=TRIGGERS)
    assert (found.cases, found.ignored, found.fits) == (0, 1, True)


def test_case_never_began_when_only_unknown_names_were_told() -> None:
    """One token before the beginning remains, one at the end is missing: fitness 0."""
    case = judged("what")
    assert [each.code for each in case.deviations] == ["unknown-name", "not-ended"]
    assert case.fitness_ratio == 0.0


def test_ticket_events_are_judged_when_they_are_the_log() -> None:
    """Their states are the lifecycle's own names."""
    ticket = TicketId("INC-1")
    found = conformance(
        INCIDENT,
        [
            TicketOpened(ticket_id=ticket, occurred_at=NINE),
            TicketResolved(ticket_id=ticket, occurred_at=NINE, state="resolved"),
            TicketClosed(ticket_id=ticket, occurred_at=NINE, state="closed"),
        ],
    )
    assert (found.cases, found.moves, found.fits) == (1, 3, True)


def test_late_event_is_counted_when_it_is_told_after_its_successor() -> None:
    """It is judged as told: order is the log's promise, and the count says where it is broken."""
    log = [("A", "new", 2), ("A", "resolved", 1), ("A", "closed", 3)]
    found = conformance(INCIDENT, log)
    assert (found.late_events, found.fits) == (1, True)


def test_kinds_come_in_order_of_count_when_there_are_several() -> None:
    """Three tickets closed from new, one cancelled from resolved; the first case is the example."""
    log: list[Event] = []
    for case_id in "ABC":
        log += [(case_id, "new", 1), (case_id, "closed", 2)]
    log += [("D", "new", 1), ("D", "resolved", 2), ("D", "cancelled", 3)]
    found = conformance(INCIDENT, log)
    assert [(each.place, each.came, each.count, each.cases) for each in found.deviations] == [
        ("new", "closed", 3, 3),
        ("resolved", "cancelled", 1, 1),
    ]
    assert found.deviations[0].example.case_id == "A"
    assert [case.case_id for case in found.worst] == ["A", "B", "C", "D"]


def test_worst_cases_are_ten_when_there_are_more() -> None:
    """Twenty cases lack their end, and the shorter they are, the more it weighs."""
    log = [(f"C{size}", ("in_progress", "new")[at == 0], at) for size in range(20) for at in (0, 1)]
    log = [event for event in log if event[2] == 0 or event[0] in {"C3", "C7"}]
    found = conformance(INCIDENT, log)
    assert len(found.worst) == 10
    assert {case.case_id for case in found.worst}.isdisjoint({"C3", "C7"})


def test_deviations_of_a_case_are_kept_up_to_a_hundred_when_there_are_more() -> None:
    """All of them are counted, and the kind counts one case, also where it came late."""
    names = ["new", *(f"x{number}" for number in range(150)), "x149", "resolved", "closed"]
    case = judged(*names)
    assert (len(case.deviations), case.deviation_count) == (100, 151)
    found = conformance(INCIDENT, case_of(*names))
    (last,) = [each for each in found.deviations if each.came == "x149"]
    assert (last.count, last.cases) == (2, 1)


def test_kinds_are_bounded_when_a_column_of_free_text_is_read() -> None:
    """The 10,000 first are named, the others counted."""
    log = [(f"C{number}", f"text {number}", number) for number in range(10_050)]
    found = conformance(INCIDENT, log, endings=["new"])
    assert len(found.deviations) == 10_000
    assert found.unnamed_deviations + sum(each.count for each in found.deviations) == 20_100


# --- how long a case is held --------------------------------------------------------------------


MODES: tuple[CasesEnd, ...] = ("with_log", "with_next_case", "in_final_state")


@pytest.mark.parametrize("mode", MODES)
def test_result_is_the_same_when_the_log_is_grouped_and_nothing_follows_the_end(
    mode: CasesEnd,
) -> None:
    """How long cases are held is a matter of memory."""
    log = [("A", "new", 0), ("A", "resolved", 1), ("A", "closed", 2), ("B", "new", 0)]
    found = conformance(INCIDENT, log, cases_end=mode)
    assert (found.cases, found.fitting_cases, found.missing, found.moves) == (2, 1, 1, 4)


def test_case_begins_anew_when_it_was_forgotten_in_its_final_state() -> None:
    """What comes after all cannot be told from another case: it is judged as one."""
    log = case_of("new", "resolved", "closed", "in_progress")
    found = conformance(INCIDENT, log, cases_end="in_final_state")
    assert (found.cases, found.fitting_cases) == (2, 1)
    assert found.deviations[0].code == "not-ended"
    assert found.deviations[1].code == "wrong-beginning"


def test_cases_come_at_once_when_they_are_over() -> None:
    """A stream without an end can be watched."""
    told: list[str] = []

    def stream() -> Any:
        for event in [*case_of("new", "resolved", "closed"), ("B", "new", 1)]:
            told.append(event[1])
            yield event

    first = next(conformance_of_cases(INCIDENT, stream(), cases_end="in_final_state"))
    assert (first.case_id, told) == ("A", ["new", "resolved", "closed"])


def test_mode_is_refused_when_it_is_unknown() -> None:
    """The choices are named."""
    with pytest.raises(InvalidValue, match="with_next_case"):
        conformance(INCIDENT, [], cases_end=cast("CasesEnd", "never"))


@pytest.mark.parametrize("mode", ["with_next_case", "in_final_state"])
def test_memory_does_not_grow_when_cases_are_let_go(mode: CasesEnd) -> None:
    """Twenty thousand cases, spoiled or not, take no more than two hundred do."""

    def peak(cases: int) -> int:
        names: Sequence[str] = ("new", "closed", "in_progress", "resolved", "closed")
        log = ((f"C{number}", name, 0) for number in range(cases) for name in names[number % 2 :])
        tracemalloc.start()
        try:
            conformance(INCIDENT, log, cases_end=mode)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20_000) < peak(200) + 50_000


# --- what cannot be followed by name ------------------------------------------------------------


def test_trigger_is_refused_when_it_leads_to_several_states() -> None:
    """A guard would decide, and the log does not hold what guards look at."""
    moves = [("", "open", "a"), ("a", "go", "b"), ("a", "go", "c")]

    class Two(Lifecycle):
        """A lifecycle whose construction is not checked, as one with guards would pass."""

        def __attrs_post_init__(self) -> None: ...

    lifecycle = Two(
        name="two",
        states=[State(name=name, category=StateCategory.CLOSED) for name in "abc"],
        transitions=[
            Transition(trigger=trigger, sources=(source,) if source else (), target=target)
            for source, trigger, target in moves
        ],
    )
    with pytest.raises(InvalidValue, match="'go' leads from 'a' to several states"):
        conformance(lifecycle, [], names=LogNames(triggers={"go": "go"}))
    assert conformance(lifecycle, [("A", "a", 0), ("A", "c", 1)]).fits


# --- whole results, counted by hand ---------------------------------------------------------------


def deviation(code: str, case_id: str, place: str, came: str, **more: Any) -> Deviation:
    """Return a deviation of the mapped log below; what is expected follows from the place."""
    from_new = ("in_progress", "on_hold", "resolved", "cancelled")
    expected = {"": ("new",), "new": from_new}
    ends = ("closed", "cancelled")
    return Deviation(
        code=code,
        case_id=case_id,
        place=place,
        came=came,
        expected=ends if code == "not-ended" else expected[place],
        **more,
    )


def worst(case_id: str, place: str, moves: int, *deviations: Deviation) -> CaseConformance:
    """Return a case that lacks one token: one for each move, one for the end."""
    return CaseConformance(
        case_id=case_id,
        place=place,
        produced=moves + 1,
        consumed=moves + 1,
        missing=1,
        remaining=1,
        deviations=deviations,
        deviation_count=len(deviations),
    )


def test_result_is_as_counted_by_hand_when_cases_are_mixed() -> None:
    """Six case ids told in turn, one of them of ignored names alone."""
    names = LogNames(states={each.name: each.name for each in INCIDENT.states}, ignored=["mail"])
    log = [
        ("E", "mail", 0),
        ("A", "new", 0),
        ("B", "new", 1),
        ("C", "closed", 7),
        ("A", "new", 2),
        ("A", "resolved", 2),
        ("D", "new", 8),
        ("B", "closed", 5),
        ("D", "what", 9),
        ("F", "what", 4),
        ("A", "closed", 3),
        ("D", "in_progress", 7),
    ]
    illegal = deviation("illegal-move", "B", "new", "closed", position=2, at_us=5)
    wrong = deviation("wrong-beginning", "C", "", "closed", position=1, at_us=7)
    unknown = deviation("unknown-name", "D", "new", "what", position=1, at_us=9)
    rests = deviation("not-ended", "D", "in_progress", "", position=2, at_us=7)
    unbegun = deviation("unknown-name", "F", "", "what", position=1, at_us=4)
    never = deviation("not-ended", "F", "", "", position=1, at_us=4)
    found = conformance(INCIDENT, log, names=names)
    assert found.mean_case_fitness_ratio == pytest.approx((1 + 2 / 3 + 1 / 2 + 2 / 3 + 0) / 5)
    assert attrs.evolve(found, mean_case_fitness_ratio=0.0) == Conformance(
        lifecycle="'incident' version 1",
        cases=5,
        fitting_cases=1,
        moves=8,
        repeats=1,
        ignored=1,
        unknown=2,
        late_events=1,
        produced=13,
        consumed=13,
        missing=4,
        remaining=4,
        mean_case_fitness_ratio=0.0,
        deviation_count=6,
        unnamed_deviations=0,
        deviations=tuple(
            DeviationKind(
                code=each.code,
                place=each.place,
                came=each.came,
                expected=each.expected,
                count=1,
                cases=1,
                example=each,
            )
            for each in (illegal, never, rests, unbegun, unknown, wrong)
        ),
        worst=(
            worst("F", "", 0, unbegun, never),
            worst("C", "closed", 1, wrong),
            worst("B", "closed", 2, illegal),
            worst("D", "in_progress", 2, unknown, rests),
        ),
    )


def test_kind_counts_a_case_once_when_it_happens_in_it_twice() -> None:
    """Two times in one case, also beyond the hundred that are kept; each kind by its own."""
    found = conformance(INCIDENT, case_of("new", "what", "what", "resolved", "closed"))
    assert [(each.count, each.cases) for each in found.deviations] == [(2, 1)]
    many = [f"x{number}" for number in range(120)]
    found = conformance(INCIDENT, case_of("new", *many, "x110", "resolved", "closed"))
    assert {each.came: (each.count, each.cases) for each in found.deviations} == {
        **dict.fromkeys(many, (1, 1)),
        "x110": (2, 1),
    }


def test_worst_cases_give_way_when_a_worse_one_comes_last() -> None:
    """Ten that rest open after 2 to 10 and after 30 moves; one after 20 takes the last place."""
    log = [
        (f"after {moves}", "new" if not at else ("on_hold", "in_progress")[at % 2], at)
        for moves in (*range(2, 11), 30, 20)
        for at in range(moves)
    ]
    found = conformance(INCIDENT, log)
    assert [each.case_id for each in found.worst] == [f"after {n}" for n in (*range(2, 11), 20)]


def test_token_is_put_back_when_a_trigger_that_stays_did_not_find_it() -> None:
    """Assigning looked for its token in new: work that starts there finds it, one is missing."""
    case = judged(
        "open", "resolve", "close", "assign", "start", "resolve", "close", mapping=TRIGGERS
    )
    assert codes(case) == [
        ("illegal-move", "closed", "assign"),
        ("illegal-move", "closed", "start"),
    ]
    assert (case.place, case.missing, case.consumed) == ("closed", 1, 8)


def test_result_names_the_proposal_when_a_log_is_checked_against_it() -> None:
    """A proposal has no version."""
    log = case_of("new", "closed")
    assert conformance(discover(log, name="desk"), log).lifecycle == "'desk' (proposed)"


def test_refusal_tells_every_choice_when_the_mode_is_unknown() -> None:
    """Value and remedy."""
    with pytest.raises(InvalidValue) as caught:
        conformance_of_cases(INCIDENT, [], cases_end=cast("CasesEnd", "never"))
    assert str(caught.value) == (
        "not an end of cases: 'never'; use one of ('with_log', 'with_next_case', 'in_final_state')"
    )


@pytest.mark.parametrize("mode", MODES)
def test_event_is_refused_when_it_cannot_be_read(mode: CasesEnd) -> None:
    """A naive instant, two values for three, numbers after datetimes: none is passed over."""
    naive = NINE.replace(tzinfo=None)
    with pytest.raises(NaiveDatetime):
        conformance(INCIDENT, [("A", "new", naive)], cases_end=mode)
    with pytest.raises(InvalidValue, match=r"an event of a log is \(case id, name, instant\)"):
        conformance(INCIDENT, cast("Any", [("A", "new")]), cases_end=mode)
    mixed: Any = [("A", "new", NINE), ("A", "resolved", 3)]
    with pytest.raises(InvalidValue, match="the instants of one case are either all"):
        conformance(INCIDENT, mixed, cases_end=mode)
