"""A lifecycle proposed from a log (law L8). Expected values are counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import attrs
import pytest

from itsm_core.errors import Fault, InvalidValue
from itsm_core.lifecycle import StateCategory, conformance, discover
from itsm_core.lifecycle._discovery import MOST_STATES

Event = tuple[str, str, int]


def log_of(*cases: str) -> list[Event]:
    """Return the events of cases, each written as its states with blanks between them."""
    return [
        (f"C{number}", name, place)
        for number, case in enumerate(cases)
        for place, name in enumerate(case.split())
    ]


DESK = log_of(
    "new working resolved closed",
    "new working waiting working resolved closed",
    "new working resolved working resolved closed",
    "new cancelled",
)


def test_proposal_counts_moves_with_their_shares_when_a_log_is_read() -> None:
    """Five moves leave working, four of them lead to resolved and one to waiting."""
    found = discover(DESK)
    shares = {(each.source, each.target): (each.count, each.share_ratio) for each in found.moves}
    assert shares["new", "working"] == (3, 0.75)
    assert shares["new", "cancelled"] == (1, 0.25)
    assert shares["working", "resolved"] == (4, 0.8)
    assert shares["working", "waiting"] == (1, 0.2)
    assert shares["resolved", "closed"] == (3, 0.75)
    assert [str(each) for each in found.beginnings] == ["(beginning) -> new: 4 times, 100.0%"]
    assert [(each.source, each.count) for each in found.endings] == [
        ("closed", 3),
        ("cancelled", 1),
    ]
    assert (found.cases, found.events) == (4, 18)


def test_state_is_no_move_when_it_is_told_again() -> None:
    """Systems write a line for each edit: two in `new` are one visit and no move."""
    found = discover(log_of("new new working resolved closed"))
    assert [(each.source, each.target) for each in found.moves] == [
        ("new", "working"),
        ("resolved", "closed"),
        ("working", "resolved"),
    ]


def test_proposal_passes_the_checks_when_the_log_is_of_a_sound_desk() -> None:
    """The lifecycle is there, opens where cases begin, and the log fits it."""
    found = discover(DESK, name="desk")
    assert found.lifecycle is not None
    assert found.lifecycle.name == "desk"
    assert found.lifecycle.initial == "new"
    assert found.faults == ()
    assert conformance(found.lifecycle, DESK).fits


def test_categories_are_guessed_when_nothing_is_declared() -> None:
    """Each guess says what it rests on."""
    found = {each.name: (each.category, each.why) for each in discover(DESK).states}
    assert found == {
        "new": (StateCategory.NEW, "guessed: most cases begin here"),
        "working": (
            StateCategory.ACTIVE,
            "guessed: cases come and go, and its name says nothing else",
        ),
        "waiting": (StateCategory.ON_HOLD, "guessed: its name holds 'wait'"),
        "resolved": (StateCategory.RESOLVED, "guessed: its name holds 'resolv'"),
        "closed": (StateCategory.CLOSED, "guessed: its name holds 'clos'"),
        "cancelled": (StateCategory.CANCELLED, "guessed: its name holds 'cancel'"),
    }


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Pending-Customer", StateCategory.ON_HOLD),
        ("On_Hold", StateCategory.ON_HOLD),
        ("Solved", StateCategory.RESOLVED),
        ("Closed/Cancelled", StateCategory.CANCELLED),
        ("Disclosed", StateCategory.ACTIVE),
        ("Threshold", StateCategory.ACTIVE),
    ],
)
def test_category_follows_the_name_when_a_word_begins_in_it(
    name: str, category: StateCategory
) -> None:
    """A word in the middle of another says nothing."""
    found = discover(log_of(f"new {name} other", f"new other {name} other"))
    (state,) = [each for each in found.states if each.name == name]
    assert state.category is category


@pytest.mark.parametrize(
    ("category", "names"),
    [
        (StateCategory.CANCELLED, "cancel withdrawn rejected aborted declined"),
        (StateCategory.ON_HOLD, "awaiting waiting hold pending pend suspended paused"),
        (StateCategory.RESOLVED, "resolved solved fixed fulfilled answered"),
        (StateCategory.CLOSED, "closing done archived finished completed"),
    ],
    ids=lambda value: value.value if isinstance(value, StateCategory) else "",
)
def test_category_is_that_of_the_word_when_a_name_speaks_english(
    category: StateCategory, names: str
) -> None:
    """Each word is known, in the middle of a case as well as at its end."""
    for name in names.split():
        found = discover(log_of(f"new {name} other", f"new other {name} other"))
        assert {each.name: each.category for each in found.states}[name] is category, name


def test_category_of_a_name_with_two_words_is_the_one_that_decides() -> None:
    """What was cancelled is over, whatever it waited for or was closed as."""
    for name, category in (
        ("cancelled_by_user_closed", StateCategory.CANCELLED),
        ("pending_closure", StateCategory.ON_HOLD),
        ("solved_closed", StateCategory.RESOLVED),
    ):
        found = discover(log_of(f"new {name} other", f"new other {name} other"))
        assert {each.name: each.category for each in found.states}[name] is category


def test_state_is_closed_when_nobody_ever_leaves_it() -> None:
    """An end by its place in the log, whatever it is called."""
    (state,) = [each for each in discover(log_of("new aus")).states if each.name == "aus"]
    assert (state.category, state.why) == (
        StateCategory.CLOSED,
        "guessed: no case ever leaves it",
    )


def test_category_is_taken_when_it_is_declared() -> None:
    """What a person says goes before any guess, and is asked no more."""
    hints = {"neu": StateCategory.NEW, "aus": StateCategory.CANCELLED}
    found = discover(log_of("neu aus"), categories=hints)
    assert [(each.name, each.category, each.why) for each in found.states] == [
        ("neu", StateCategory.NEW, "declared"),
        ("aus", StateCategory.CANCELLED, "declared"),
    ]
    assert [each.code for each in found.decisions] == ["unknown-roles"]


def test_faults_are_listed_when_the_checks_refuse_the_log() -> None:
    """Tickets that are put back to new: the lifecycle's own check says so, with its remedy."""
    found = discover(log_of("new working new working closed"))
    assert found.lifecycle is None
    assert [each.code for each in found.faults] == ["return-to-new"]
    assert "1 faults to settle" in found.explain()
    assert conformance(found, log_of("new working new working closed")).fits


def test_decisions_name_what_no_log_can_say_when_there_is_more_than_one_answer() -> None:
    """Another beginning, an open end, guesses, reasons to wait, roles."""
    found = discover(log_of("new working waiting closed", "new working", "working closed"))
    assert [each.code for each in found.decisions] == [
        "several-beginnings",
        "rests-open",
        "guessed-category",
        "unknown-hold-reasons",
        "unknown-roles",
    ]
    assert [(each.where, each.value) for each in found.decisions] == [
        ("beginnings", "working (1)"),
        ("endings", "working (1)"),
        ("states", "new, working, waiting, closed"),
        ("hold_reasons", "unspecified"),
        ("transitions", ""),
    ]
    assert "1 cases begin elsewhere: working (1)" in str(found.decisions[0])
    assert "1 cases rest in a state that is not final: working (1)" in str(found.decisions[1])


def test_move_is_left_out_when_it_is_rarer_than_the_threshold() -> None:
    """One in ten leaves new for odd; below 11 % it goes, and odd with it."""
    log = log_of(*["new working closed"] * 9, "new odd closed")
    found = discover(log, noise_ratio=0.11)
    assert [each.name for each in found.states] == ["new", "working", "closed"]
    assert {(each.source, each.target) for each in found.left_out} == {
        ("new", "odd"),
        ("odd", "closed"),
    }
    (lost,) = [each for each in found.decisions if each.code == "left-out-states"]
    assert (lost.where, lost.value) == ("left_out", "odd")
    assert [each.name for each in discover(log, noise_ratio=0.1).states][-1] == "closed"
    assert len(discover(log, noise_ratio=0.1).states) == 4
    assert conformance(found, log).fitting_cases == 9


def test_commonest_beginning_stays_when_every_beginning_is_rare() -> None:
    """A proposal begins somewhere; of equally common ones, the first by name."""
    found = discover(log_of("b z", "a z", "c z"), noise_ratio=0.5)
    assert [each.target for each in found.beginnings] == ["a"]


def test_proposal_is_the_same_when_the_cases_are_told_in_another_order() -> None:
    """Ties are broken by name, not by who came first."""
    assert discover(DESK) == discover(sorted(DESK, key=lambda event: event[0], reverse=True))


def test_explain_stays_within_twelve_lines_when_there_are_many_faults() -> None:
    """The rest is counted."""
    back = [f"new s{number} new s{number}" for number in range(20)]
    lines = discover(log_of(*back)).explain().splitlines()
    assert len(lines) == 12
    assert lines[-1].startswith("- and ")
    assert lines[1].endswith(" and 13 more")


def test_explain_says_what_was_left_out_when_there_is_a_threshold() -> None:
    """A threshold hides nothing in silence."""
    text = discover(log_of(*["new closed"] * 9, "new odd closed"), noise_ratio=0.2).explain()
    assert "left out below 20.0%: 2 moves" in text


def test_names_are_all_shown_when_they_are_eight() -> None:
    """A ninth is counted: nobody reads longer lists."""
    eight = " ".join(f"s{number}" for number in range(7))
    line = discover(log_of(f"new {eight}")).explain().splitlines()[1]
    assert line.endswith("s6 (closed)") or line.count("(") == 8
    assert " more" not in line
    assert discover(log_of(f"new {eight} s7")).explain().splitlines()[1].endswith(" and 1 more")


def test_proposal_waits_for_something_when_states_are_on_hold() -> None:
    """The reason is a blank to be filled in; without holds there is none."""
    held, plain = discover(DESK).lifecycle, discover(log_of("new closed")).lifecycle
    assert held is not None
    assert plain is not None
    assert (held.hold_reasons, plain.hold_reasons) == (("unspecified",), ())


def test_way_back_from_rest_is_bounded_when_proposed() -> None:
    """Into work from resolved: fewer than a hundred times, as every lifecycle has a bound."""
    found = discover(DESK).lifecycle
    assert found is not None
    back = found.transition("to working", "resolved")
    free = found.transition("to working", "new")
    assert back is not None
    assert free is not None
    assert str(back.condition) == "reopen_count < 100"
    assert free.condition is None


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [-0.1, 1.0, 2, True, float("nan")])
def test_threshold_is_refused_when_it_is_no_share(noise: float) -> None:
    """1 would leave nothing, and 5 was meant as per cent."""
    with pytest.raises(InvalidValue, match="a share from 0 to below 1"):
        discover(DESK, noise_ratio=noise)


def test_log_is_refused_when_it_is_empty() -> None:
    """Nothing can be proposed from nothing."""
    with pytest.raises(InvalidValue, match="a log without events"):
        discover([])


@pytest.mark.parametrize("name", ["", 7])
def test_event_is_refused_when_its_state_has_no_name(name: object) -> None:
    """An empty name would be the place before the beginning."""
    with pytest.raises(InvalidValue, match="a state of a log has a name"):
        discover([("A", cast("Any", name), 0)])


def test_event_is_refused_when_it_is_no_triple() -> None:
    """The same words as when a log is checked."""
    with pytest.raises(InvalidValue, match=r"\(case id, name, instant\)"):
        discover(cast("Any", [("A", "new")]))


def test_log_is_refused_when_its_names_are_free_text() -> None:
    """No lifecycle has a thousand states."""
    log = [("A", f"text {number}", number) for number in range(MOST_STATES + 1)]
    assert len(discover(log[:-1]).states) == 1_000
    with pytest.raises(InvalidValue, match="more than 1000 states"):
        discover(log)


def test_category_is_refused_when_its_state_is_not_in_the_log() -> None:
    """A slip of the pen must not fall back to a guess."""
    with pytest.raises(InvalidValue, match="did you mean 'waiting'"):
        discover(DESK, categories={"waitin": StateCategory.ON_HOLD})


def test_category_is_refused_when_it_is_a_text() -> None:
    """The refusal says what to write."""
    with pytest.raises(InvalidValue, match=r"write StateCategory\.ON_HOLD"):
        discover(DESK, categories={"waiting": cast("Any", "on_hold")})


# --- by hand, to the letter ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "cancel",
        "withdraw",
        "reject",
        "abort",
        "declin",
        "await",
        "wait",
        "hold",
        "pending",
        "pend",
        "suspend",
        "paus",
        "resolv",
        "solv",
        "fixed",
        "fulfil",
        "answered",
        "clos",
        "done",
        "archiv",
        "finish",
        "complet",
    ],
)
def test_guess_names_the_word_when_a_name_begins_with_it(word: str) -> None:
    """The reader sees what the guess rests on."""
    found = discover(log_of(f"new {word} other", f"new other {word} other"))
    assert {each.name: each.why for each in found.states}[word] == (
        f"guessed: its name holds {word!r}"
    )


def test_moves_read_as_sentences_when_shown() -> None:
    """The place before the beginning and the one after the end have words."""
    found = discover(DESK)
    assert [str(each) for each in (*found.beginnings, *found.endings)] == [
        "(beginning) -> new: 4 times, 100.0%",
        "closed -> (end): 3 times, 75.0%",
        "cancelled -> (end): 1 times, 25.0%",
    ]
    assert str(found.moves[0]) == "working -> resolved: 4 times, 80.0%"
    assert (found.name, found.noise_ratio) == ("discovered", 0.0)


def test_questions_are_all_shown_when_they_fit_in_twelve_lines() -> None:
    """Four lines of counts and eight questions; of nine, seven and how many more."""
    plain = discover(DESK)
    one = Fault("x", "something is odd")
    for number, last in ((8, "- something is odd"), (9, "- and 2 more"), (20, "- and 13 more")):
        faults = (one,) * number
        lines = attrs.evolve(plain, lifecycle=None, faults=faults, decisions=()).explain()
        assert len(lines.splitlines()) == 12
        assert lines.splitlines()[-1] == last
        assert lines.splitlines()[-2] == "- something is odd"


def test_states_of_one_category_stand_by_visits_and_name_when_listed() -> None:
    """The commonest first; of equally common ones by name, whichever was met first."""
    found = discover(log_of("new c b a d b closed"))
    active = [each.name for each in found.states if each.category is StateCategory.ACTIVE]
    assert active == ["b", "a", "c", "d"]


def test_share_stays_when_it_is_the_threshold_itself() -> None:
    """A quarter begins, goes and ends otherwise: below a quarter it would be left out."""
    log = log_of(*["a m z"] * 3, "b m y")
    found = discover(log, noise_ratio=0.25)
    assert [each.target for each in found.beginnings] == ["a", "b"]
    assert [each.source for each in found.endings] == ["z", "y"]
    assert found.left_out == ()
    less = discover(log, noise_ratio=0.26)
    assert [str(each) for each in less.left_out] == [
        "(beginning) -> b: 1 times, 25.0%",
        "b -> m: 1 times, 100.0%",
        "m -> y: 1 times, 25.0%",
        "y -> (end): 1 times, 25.0%",
    ]
    assert [each.target for each in less.beginnings] == ["a"]


def test_end_is_left_out_when_it_can_no_longer_be_reached() -> None:
    """Every case ends there, each by a way of its own that is too rare."""
    found = discover(log_of(*[f"new x{number} end" for number in range(10)]), noise_ratio=0.2)
    assert [each.name for each in found.states] == ["new"]
    assert (found.moves, found.endings, len(found.left_out)) == ((), (), 21)


def test_every_decision_tells_its_remedy_when_a_log_leaves_much_open() -> None:
    """What is asked, with the numbers, and what to do."""
    log = log_of(*["new working waiting closed"] * 8, "new odd", "working odd", "working closed")
    found = discover(log, noise_ratio=0.15, categories={"closed": StateCategory.CLOSED})
    told = [(each.code, each.message, each.value, each.remedy) for each in found.decisions]
    assert told[0] == (
        "several-beginnings",
        "2 cases begin elsewhere: working (2)",
        "working (2)",
        "a lifecycle has one opening; decide whether these rows lack their beginning",
    )
    assert told[1:] == [
        (
            "guessed-category",
            "the category of 3 states is guessed: new, working, waiting",
            "new, working, waiting",
            "confirm each by categories={...}",
        ),
        (
            "left-out-states",
            "1 states are met in left-out moves only: odd",
            "odd",
            "lower noise_ratio, or leave them out",
        ),
        (
            "unknown-hold-reasons",
            "a log of states does not say what was waited for",
            "unspecified",
            "list the reasons",
        ),
        (
            "unknown-roles",
            "a log does not say who may do what, nor which fields are needed",
            "",
            "add roles and fields",
        ),
    ]


def test_way_back_leads_from_where_cases_came_when_proposed() -> None:
    """Nothing is added to what the log holds: nobody came back from closed."""
    found = discover(DESK).lifecycle
    assert found is not None
    assert found.transition("to working", "closed") is None
    assert [each.sources for each in found.transitions_of("to working")] == [
        ("new", "waiting"),
        ("resolved",),
    ]


NAIVE = datetime(2026, 1, 5, 9)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("log", "options", "message"),
    [
        ([], {}, "a log without events: ''; tell at least one event"),
        ([("A", "", 0)], {}, "a state of a log has a name: ''; map or drop the event"),
        ([("A", "new", 0), ("A", None, 1)], {}, "a state of a log has a name: None; map or drop"),
        (
            [("A", "new", NAIVE)],
            {},
            "datetime without a time zone: datetime.datetime(2026, 1, 5, 9, 0)",
        ),
        ([("A", "new")], {}, "an event of a log is (case id, name, instant): ('A', 'new'); tell"),
        ([("A", ["new"], 0)], {}, "an event of a log is (case id, name, instant): ('A', ['new']"),
        (
            DESK,
            {"noise_ratio": False},
            (
                "a noise threshold is a share from 0 to below 1: False; "
                "write 0.01 for one in a hundred, 0 for none"
            ),
        ),
        (
            log_of("new closed"),
            {"categories": {"zzz": StateCategory.NEW}},
            "a category for a state that the log does not hold: 'zzz'; the log holds new, closed",
        ),
    ],
)
def test_refusal_tells_value_and_remedy_when_a_log_or_an_option_is_unusable(
    log: Any, options: dict[str, Any], message: str
) -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        discover(log, **options)
    assert message in str(caught.value)


def test_refusal_tells_the_state_when_there_are_too_many() -> None:
    """The first that is one too many."""
    log = [("A", f"text {number}", number) for number in range(1_001)]
    with pytest.raises(InvalidValue) as caught:
        discover(log)
    assert str(caught.value) == (
        "more than 1000 states in one log: 'text 1000'; "
        "name the column of states, not one of free text"
    )
