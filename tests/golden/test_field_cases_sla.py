"""The expected results of public ITSM systems, each through a clock: `field_sla` runs them.

Every case that concerns a clock is run. One whose answer we give differently on purpose stands in
`LISTED`, with the law; one that a later step answers in `LATER`. Nothing is left out in silence.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.golden import field_sla
from tests.golden.field import ABSENT, Json, Record, items, load, record, text
from tests.golden.field_sla import ELSEWHERE, RUNNERS, Outcome, coverage, outcome_of
from tests.golden.field_story import LATER as LATER_ANSWER

LISTED = {
    "zammad-13": "C5: used up exactly at closing is due at closing; theirs is the next opening",
    "biz-31": "C5: the same",
    "biz-05": "C5: a goal of nothing is used up where it starts, also while the desk is closed",
    "biz-16": "C9: working days that count back are no promise; the calendar answers them",
    "biz-17": "C9: the same",
    "biz-18": "C9: the same",
    "glpi-day-05": "C9: the same",
    "glpi-cal-03": "C9: the same",
    "redmine-20": "S4: the goal was used up at closing; a stop in the evening after it is late",
    "redmine-21": "S4: the same",
    "snow-04": "S4: 99.951 % of the goal is no breach, however it is rounded for display",
    "snow-07": "C9: no date is refused, a past one is broken when promised, not a second later",
    "zammad-pol-01": "S2: a cancelled clock keeps its ledger, so its elapsed time is not erased",
}
LATER = {"snow-05": "E1, E2: reminders before the next level are rules of escalation"}
PARTS_LATER = {"chatwoot-14": "E1, E2: whom a breach is told to is a rule of escalation"}


def _cases() -> list[Record]:
    data = load("cases.json")
    return [] if data is None else [record(case) for case in items(record(data)["cases"])]


CASES = _cases()


@cache
def found() -> dict[str, Outcome]:
    """Return what becomes of each case of the field's file."""
    return {text(case["id"]): outcome_of(case, CASES) for case in CASES}


def params() -> list[object]:
    """Return the cases that concern a clock, whatever becomes of them."""
    chosen: list[object] = [
        pytest.param(case, id=text(case["id"])) for case in CASES if case["kind"] not in ELSEWHERE
    ]
    return chosen or [pytest.param({}, id="absent", marks=pytest.mark.skip(reason=ABSENT))]


@pytest.mark.parametrize("case", params())
def test_published_answer_comes_out_when_a_case_is_told_as_a_ticket(case: Record) -> None:
    """Due, elapsed time, state and ledger of the clocks are the published ones, or listed."""
    outcome = found()[text(case["id"])]
    expected = "listed" if case["id"] in LISTED else "later" if case["id"] in LATER else "passes"
    assert outcome.status == expected, str(outcome)


def test_differences_are_none_but_the_listed_ones_when_all_cases_are_run() -> None:
    """Every case is run by a runner of its kind, or concerns no clock; the lists are not longer."""
    if not CASES:
        pytest.skip(ABSENT)
    assert {text(case["kind"]) for case in CASES} <= {*RUNNERS, *ELSEWHERE}
    assert {name for name, each in found().items() if each.status == "listed"} == set(LISTED)
    assert {name for name, each in found().items() if each.status == "later"} == set(LATER)
    assert {name for name, each in found().items() if each.status == "differs"} == set()
    parts = {
        name
        for name, each in found().items()
        if each.status == "passes" and any(answer.is_later for answer in each.answers)
    }
    assert parts == set(PARTS_LATER)


def test_listed_difference_names_the_law_that_the_runner_gives() -> None:
    """The reason in the list and the one found by the runner are of the same law."""
    if not CASES:
        pytest.skip(ABSENT)
    for name, why in LISTED.items():
        assert why.partition(":")[0] in found()[name].why, name


def test_coverage_counts_every_case_of_a_clock_once() -> None:
    """The numbers for the evidence add up to the cases that concern a clock."""
    if not CASES:
        pytest.skip(ABSENT)
    clocks = [case for case in CASES if case["kind"] not in ELSEWHERE]
    numbers = coverage()
    assert sum(numbers.values()) == len(clocks)
    assert numbers == {
        "passes": len(clocks) - len(LISTED) - len(LATER),
        "listed": len(LISTED),
        "later": len(LATER),
        "differs": 0,
    }


def test_coverage_is_empty_when_the_file_is_absent(tmp_path: Path) -> None:
    """Numbers that nobody could count are not given as zero."""
    assert coverage(tmp_path / "none.json") == {}


# --- the adapter itself: other files of the same format -------------------------------------------

OFFICE: Record = {
    "tz": "Europe/Madrid",
    "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": [],
}


def case_of(kind: str, given: Record, expected: Record, **more: Json) -> Record:
    """Return a case of a system that the field's file does not know."""
    return {
        "id": "other-1",
        "source": {"repo": "other/desk", "test": "worked out by hand"},
        "kind": kind,
        "calendar": OFFICE,
        "input": given,
        "expected": expected,
        **more,
    }


# Friday 16:00 in Madrid, two hours of goal: an hour is left for Monday.
FRIDAY: Record = {"start": "2026-01-09T15:00:00Z", "goal_seconds": 7200}
MONDAY_TEN = {"due": "2026-01-12T09:00:00Z"}


def run(case: Record) -> Outcome:
    """Return what becomes of a case that is alone in its file."""
    return outcome_of(case, [case])


def test_case_of_another_system_passes_when_its_answer_is_right() -> None:
    """Nothing is known of the system but the format."""
    assert run(case_of("due", FRIDAY, {**MONDAY_TEN})).status == "passes"


@pytest.mark.parametrize("wrong", ["2026-01-12T08:59:59Z", "2026-01-12T09:00:01Z"])
def test_case_differs_when_its_answer_is_wrong_by_a_second(wrong: str) -> None:
    """A published instant that is not ours is seen, and shown beside ours."""
    outcome = run(case_of("due", FRIDAY, {"due": wrong}))
    assert outcome.status == "differs"
    assert "ours 2026-01-12T09:00:00+00:00" in str(outcome)


def test_case_is_judged_by_its_corrected_answer_when_the_source_is_marked_wrong() -> None:
    """What a correct engine answers is compared, not the quirk."""
    quirk: Record = {"why": "rounded", "engine_without_quirk": MONDAY_TEN["due"]}
    wrong = {"due": "2026-01-12T09:15:00Z"}
    assert run(case_of("due", FRIDAY, {**wrong}, quirk=quirk)).status == "passes"


def test_case_is_listed_when_its_source_moves_to_the_next_opening() -> None:
    """The other convention is known by the case's own word for it, on any system (C5)."""
    given = {**FRIDAY, "goal_seconds": 3600}
    expected: Record = {"due": "2026-01-12T08:00:00Z"}
    assert run(case_of("due", given, expected, boundary="next_open")).status == "listed"
    assert run(case_of("due", given, {"due": "2026-01-09T16:00:00Z"})).status == "passes"


def test_case_of_two_clocks_differs_when_a_breach_is_wrong() -> None:
    """Only a stop after a goal used up at closing is a difference on purpose."""
    given: Record = {
        "created": "2026-01-09T15:00:00Z",
        "assigned": "2026-01-09T15:30:00Z",
        "resolved": "2026-01-12T09:00:00Z",
    }
    expected: Record = {
        "response_elapsed_s": 1800,
        "response_goal_s": 3600,
        "response_breached": False,
        "resolution_elapsed_s": 7200,
        "resolution_goal_s": 7200,
        "resolution_breached": False,
    }
    assert run(case_of("two_clocks", given, expected)).status == "passes"
    wrong = {**expected, "response_breached": True}
    assert run(case_of("two_clocks", given, wrong)).status == "differs"
    late = {**given, "resolved": "2026-01-12T09:00:01Z"}
    still = {**expected, "resolution_elapsed_s": 7201, "resolution_breached": True}
    assert run(case_of("two_clocks", late, still)).status == "passes"


def test_case_differs_when_it_uses_a_word_that_is_not_known() -> None:
    """What is not understood is said, never skipped."""
    events: Json = [{"t": "+0", "who": "agent", "do": "create"}, {"t": "+a", "do": "sing"}]
    given: Record = {"events": events}
    for case in (
        case_of("behaviour", given, {"response_due_after": [None, None]}),
        case_of("behaviour", given, {"applause": True}),
        case_of("telepathy", {}, {}),
        case_of("due", {"start": FRIDAY["start"]}, {**MONDAY_TEN}),
    ):
        outcome = run(case)
        assert outcome.status == "differs"
        assert "understood" in outcome.why


def test_story_of_another_system_passes_when_its_goals_are_stated() -> None:
    """Clocks of a first response and of the next reply, an internal note, a resolution."""
    steps: Json = [
        {"t": "+0", "who": "customer", "do": "create"},
        {"t": "+a", "who": "agent", "do": "internal_note"},
        {"t": "+b", "who": "agent", "do": "first_response"},
        {"t": "+c", "who": "customer", "do": "contact"},
        {"t": "+d", "who": "agent", "do": "resolve"},
    ]
    given: Record = {"events": steps, "goals": {"response": "3h", "next_reply": "1h"}}
    right: Json = ["+3h", "+3h (unchanged)", None, "c+1h", None]
    assert run(case_of("behaviour", given, {"response_due_after": right})).status == "passes"
    wrong: Json = ["+3h", "a+3h", None, "c+1h", None]
    assert run(case_of("behaviour", given, {"response_due_after": wrong})).status == "differs"


def test_case_differs_when_our_answer_is_a_refusal() -> None:
    """A calendar that never opens has no due date to compare."""
    never: Record = {**OFFICE, "weekly": {}}
    outcome = run({**case_of("due", FRIDAY, {**MONDAY_TEN}), "calendar": never})
    assert outcome.status == "differs"
    assert outcome.why.startswith("refused: ")


def test_adapter_ends_with_an_error_when_a_case_of_a_file_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints a line for each case and the numbers."""
    good = case_of("due", FRIDAY, {**MONDAY_TEN})
    bad = {**case_of("due", FRIDAY, {"due": "2026-01-12T10:00:00Z"}), "id": "other-2"}
    for cases, status in (([good], 0), ([good, bad], 1)):
        path = tmp_path / "cases.json"
        path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
        assert field_sla.main([str(path)]) == status
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "1 passes, 1 differs"
    assert printed[-2].startswith("other-2")


def test_numbers_are_those_of_the_file_when_it_is_given_to_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a file, the field's own is run."""
    if not CASES:
        pytest.skip(ABSENT)
    assert field_sla.main([]) == 0
    statuses = Counter(each.status for each in found().values())
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == ", ".join(f"{count} {status}" for status, count in statuses.items())


def test_answer_of_a_later_step_is_never_taken_for_a_published_one() -> None:
    """The word that stands for an answer to come is no answer of any source."""
    assert LATER_ANSWER not in json.dumps(CASES)
