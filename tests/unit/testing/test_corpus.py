"""The hard cases: enough of them, each with its reason; the library answers them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.testing import CaseBroken, HardCase, check_hard_cases, hard_cases
from itsm_core.testing.corpus import KINDS, Answer, ClockAnswer, Refused


def one(case_id: str) -> HardCase:
    """Return the case of an id."""
    (found,) = [case for case in hard_cases() if case.case_id == case_id]
    return found


@pytest.mark.parametrize("case", hard_cases(), ids=lambda case: case.case_id)
def test_library_answers_when_asked_a_hard_case(case: HardCase) -> None:
    """What was reckoned by hand comes out."""
    assert check_hard_cases(cases=[case]) == 1


def test_cases_are_many_and_different_when_counted() -> None:
    """At least sixty, of every kind, each named once and with a reason of its own."""
    cases = hard_cases()
    assert len(cases) >= 60
    assert {case.kind for case in cases} == set(KINDS)
    for part in ("case_id", "reason"):
        values = [getattr(case, part) for case in cases]
        assert len(set(values)) == len(values)


def test_every_law_is_explained_when_a_case_names_it(root: Path) -> None:
    """The numbers are those of the page of the laws."""
    page = (root / "docs" / "explanation" / "laws.md").read_text(encoding="utf-8")
    assert {case.law for case in hard_cases() if f"### {case.law}\n" not in page} == set()


def test_cases_are_chosen_when_kind_and_law_are_given() -> None:
    """Both narrow the list."""
    chosen = hard_cases("between", law="C2")
    assert {(case.kind, case.law) for case in chosen} == {("between", "C2")}
    assert len(hard_cases("between")) > len(chosen) > 5


def test_cases_are_refused_when_their_kind_is_unknown() -> None:
    """A slip would otherwise check nothing and pass."""
    with pytest.raises(InvalidValue, match="did you mean 'between'"):
        hard_cases("betwen")
    with pytest.raises(InvalidValue):
        check_hard_cases(kind="ad")


def test_function_of_ones_own_is_told_what_it_gets_wrong_when_checked() -> None:
    """Elapsed time is no working time; the story names law, reason, question and both answers."""

    def elapsed(case: HardCase) -> Answer:
        return case.instant("end") - case.instant("start")

    with pytest.raises(CaseBroken) as caught:
        check_hard_cases(elapsed, cases=[one("between-weekend"), one("between-short-day")])
    assert str(caught.value).splitlines() == [
        "1 hard case(s) answered otherwise:",
        f"between-weekend (law C5): {one('between-weekend').reason}",
        "  asked: between hours Mo-Fr 09:00-17:00, start 2026-01-02T16:00Z, end 2026-01-05T10:00Z",
        "  expected: 2:00:00",
        "  answered: 2 days, 18:00:00",
    ]


def test_refusal_is_any_value_error_when_the_function_is_ones_own() -> None:
    """Whoever refuses what is to be refused is right, whatever the words."""

    def refuses(_: HardCase) -> Answer:
        raise ValueError("no")

    assert check_hard_cases(refuses, cases=[one("refused-overlap")]) == 1
    with pytest.raises(CaseBroken, match=r"answered: refused \(no\)"):
        check_hard_cases(refuses, cases=[one("open-at-opening")])


def test_other_errors_pass_when_the_function_is_broken() -> None:
    """A defect of the function is no answer, and is not hidden."""

    def broken(case: HardCase) -> Answer:
        return {"x": True}[case.case_id]

    with pytest.raises(KeyError):
        check_hard_cases(broken, cases=[one("open-at-opening")])


@pytest.mark.parametrize(
    ("case_id", "answer"),
    [
        ("open-at-closing", True),
        ("open-at-opening", 1),
        ("between-same-instant", False),
        ("add-nothing", datetime.fromisoformat("2026-01-03T12:00:01Z")),
        ("on-call-swapped", ()),
        ("clock-cancelled", {}),
        ("clock-cancelled", timedelta(0)),
        ("clock-told-late", {"resolution": ClockAnswer("met", None, timedelta(hours=3))}),
        ("refused-zone", True),
        ("refused-zone", Refused("not-a-time")),
        ("clock-cancelled", Refused("not-found")),
    ],
)
def test_answer_is_refused_when_it_is_not_the_one(case_id: str, answer: Answer) -> None:
    """Each kind of answer is compared: a truth is no number, half a clock is none."""
    with pytest.raises(CaseBroken) as caught:
        check_hard_cases(lambda _: answer, cases=[one(case_id)])
    assert caught.value.stories[0].startswith(case_id)


def test_story_of_a_clock_tells_the_events_when_printed() -> None:
    """Two or three lines of a ticket, and what was expected of it."""
    lines = one("clock-told-late").story({}).splitlines()
    assert "    2026-01-05T12:00Z resolve" in lines
    assert lines[-2:] == [
        "  expected: resolution met, due 2026-01-05T13:00:00+00:00, elapsed 3:00:00",
        "  answered: no clock",
    ]
    assert one("on-call-swapped").story(()).endswith("expected: ben\n  answered: nobody")


def test_question_is_plain_data_when_given() -> None:
    """For an engine that is not ours: texts as the file has them, and a calendar made of them."""
    case = one("between-half-day")
    assert case.given["exceptions"] == {"2026-12-24": "09:00-12:00"}
    assert case.text("hours") == "Mo-Fr 09:00-17:00"
    assert str(case.calendar.hours) == "Mo-Fr 09:00-17:00"


def test_naive_instant_is_given_as_it_is_when_a_case_has_one() -> None:
    """The question has no zone, on purpose; the calendar refuses it."""
    case = one("add-naive-start")
    assert case.instant().tzinfo is None
    with pytest.raises(NaiveDatetime):
        case.calendar.is_open(case.instant())


TWICE = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
"""An instant in a repeated hour, which equals no datetime of another zone (PEP 495)."""


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (TWICE.astimezone(UTC), TWICE),
        ({"x": ClockAnswer("met", TWICE.astimezone(UTC))}, {"x": ClockAnswer("met", TWICE)}),
    ],
    ids=["instant", "clock"],
)
def test_answer_is_the_one_when_its_hour_is_repeated(expected: Answer, answer: Answer) -> None:
    """Instants are compared in UTC; the first of the two, and one without a zone, are others."""
    case = attrs.evolve(one("add-nothing"), expected=expected)
    assert check_hard_cases(lambda _: answer, cases=[case]) == 1
    for other in (TWICE.replace(fold=0), TWICE.replace(tzinfo=None)):
        wrong: Answer = other if answer is TWICE else {"x": ClockAnswer("met", other)}
        with pytest.raises(CaseBroken):
            check_hard_cases(partial(_always, wrong), cases=[case])


def _always(answer: Answer, _: HardCase) -> Answer:
    return answer
