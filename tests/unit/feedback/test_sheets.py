"""Where the facts of a review sheet come from, and whose they are (D5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    FeedbackGiven,
    QuestionAnswered,
    QuestionAsked,
    ReasonRecorded,
    TicketAssigned,
    TicketEvent,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.feedback import ReviewLine, ReviewRules, ReviewSheet, review_sheet
from itsm_core.ids import GroupId, PersonId, TicketId

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ReviewRules(fewest=2, fewest_others=1, stands_for=5 * DAY)
ANA, BEN = PersonId("ana"), PersonId("ben")


def at(day: float) -> datetime:
    """Return an instant so many days after the opening."""
    return AT + day * DAY


def opened(number: int = 1, group: str = "desk", *, kind: str = "incident") -> TicketEvent:
    """Return an opening."""
    return TicketOpened(
        ticket_id=TicketId(f"T-{number}"),
        occurred_at=AT,
        group=GroupId(group),
        ticket_type=kind,
        lifecycle=kind,
        requester=PersonId("rob"),
    )


def resolved(
    day: float, who: str = "ana", number: int = 1, *, program: bool = False
) -> TicketEvent:
    """Return a solution."""
    return TicketResolved(
        ticket_id=TicketId(f"T-{number}"),
        occurred_at=at(day),
        actor=PersonId(who),
        automatic=program,
        state="resolved",
    )


def reopened(day: float, number: int = 1) -> TicketEvent:
    """Return that a ticket came back."""
    ticket = TicketId(f"T-{number}")
    return TicketReopened(ticket_id=ticket, occurred_at=at(day), state="in_progress")


def sheet(*histories: tuple[TicketEvent, ...], as_of: float = 100, who: str = "ana") -> ReviewSheet:
    """Return a sheet of thirty days."""
    return review_sheet(histories, who, start=AT, end=at(30), as_of=at(as_of), rules=RULES)


def facts(line: ReviewLine) -> list[tuple[str, bool]]:
    """Return text and worth of each fact."""
    return [(each.text, each.is_good) for each in line.facts]


# --- solutions -----------------------------------------------------------------------------------


def test_solution_stands_when_the_ticket_does_not_come_back_in_time() -> None:
    """Within five days it came back; on the fifth it had stood."""
    told = sheet(
        (opened(1), resolved(1, number=1)),
        (opened(2), resolved(1, number=2), reopened(5.9, 2), resolved(7, "ben", 2)),
        (opened(3), resolved(1, number=3), reopened(6, 3)),
    )["solutions"]
    assert facts(told) == [("stood", True), ("came back", False), ("stood", True)]
    assert (told.others.successes, told.others.trials, told.colleagues) == (1, 1, 1)


def test_solution_is_left_out_when_it_is_too_young() -> None:
    """Also one that came back already: else only the bad young ones would be counted."""
    told = sheet(
        (opened(1), resolved(1, number=1)),
        (opened(2), resolved(1, number=2), reopened(2, 2)),
        as_of=5,
    )["solutions"]
    assert (facts(told), told.left_out) == ([], 2)


def test_solution_is_nobodys_when_a_program_gave_it() -> None:
    """Nor when nobody is named, nor outside the window, nor after the instant."""
    told = sheet(
        (opened(1), resolved(1, number=1, program=True)),
        (opened(2), resolved(1, "", 2)),
        (opened(3), resolved(30, number=3)),
        (opened(4), resolved(99, number=4)),
    )["solutions"]
    assert (told.own.trials, told.others.trials, told.left_out) == (0, 0, 0)


def test_person_is_one_when_written_with_blanks() -> None:
    """L7: ids are compared in one form."""
    told = sheet((opened(1), resolved(1, "ana ", 1)), who=" ana")["solutions"]
    assert told.own.trials == 1


def test_others_are_those_who_do_the_same_work_when_compared() -> None:
    """Second line has the harder tickets; and Ben counts for what he did here."""
    told = sheet(
        (opened(1, "net"), resolved(1, "ana", 1)),
        (opened(2, "net"), resolved(1, "ben", 2), reopened(2, 2)),
        (opened(3, "desk"), resolved(1, "ben", 3)),
        (opened(4, "desk"), resolved(1, "cid", 4)),
    )["solutions"]
    assert (told.others.successes, told.others.trials, told.colleagues) == (0, 1, 1)


def test_history_is_left_out_when_it_has_no_opening() -> None:
    """What it is the history of is not known."""
    assert sheet((resolved(1),))["solutions"].own.trials == 0


# --- promises ------------------------------------------------------------------------------------


def made(name: str, due: float, owner: PersonId = ANA) -> TicketEvent:
    """Return a promise."""
    return CommitmentMade(
        ticket_id=TicketId("T-1"),
        occurred_at=AT,
        commitment_id=name,
        text=f"call {name}",
        owner=owner,
        due_at=at(due),
    )


def test_promise_counts_when_it_was_kept_or_broken() -> None:
    """An open or a withdrawn one is no fact; an inherited one is left out."""
    ticket = TicketId("T-1")
    told = sheet(
        (
            opened(),
            *(made(name, 2) for name in "abc"),
            made("d", 200),
            made("e", 2, BEN),
            CommitmentKept(ticket_id=ticket, occurred_at=at(1), commitment_id="a"),
            CommitmentWithdrawn(ticket_id=ticket, occurred_at=at(1), commitment_id="c"),
            CommitmentHandedOver(ticket_id=ticket, occurred_at=at(1), commitment_id="e", owner=ANA),
        )
    )["promises"]
    assert facts(told) == [("call a (kept)", True), ("call b (broken)", False)]
    assert (told.left_out, told.others.trials) == (1, 0)


# --- handing on ----------------------------------------------------------------------------------


def asked(name: str, *, required: bool = True) -> TicketEvent:
    """Return that a question was asked."""
    return QuestionAsked(
        ticket_id=TicketId("T-1"), occurred_at=at(0.1), question=name, is_required=required
    )


def answered(name: str, answer: str, day: float = 0.2) -> TicketEvent:
    """Return an answer."""
    return QuestionAnswered(
        ticket_id=TicketId("T-1"), occurred_at=at(day), question=name, answer=answer
    )


def assigned(day: float, group: str, who: str = "ana", *, program: bool = False) -> TicketEvent:
    """Return that somebody gave the ticket to a group."""
    return TicketAssigned(
        ticket_id=TicketId("T-1"),
        occurred_at=at(day),
        actor=PersonId(who),
        group=GroupId(group),
        automatic=program,
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((asked("a"), answered("a", "x"), assigned(1, "net")), [("with every answer", True)]),
        ((asked("a"), asked("b"), assigned(1, "net")), [("without: a, b", False)]),
        ((asked("a"), answered("a", " "), assigned(1, "net")), [("without: a", False)]),
        ((asked("a"), assigned(1, "net"), answered("a", "x", 2)), [("without: a", False)]),
        ((asked("a", required=False), assigned(1, "net")), []),
        ((assigned(1, "net"),), []),
        ((asked("a"), assigned(1, "desk")), []),
        ((asked("a"), assigned(1, "net", program=True)), []),
        (
            (asked("a"), assigned(1, "net", "ben"), answered("a", "x", 2), assigned(3, "sap")),
            [("with every answer", True)],
        ),
        ((asked("a"), assigned(1, ""), assigned(2, "net")), [("without: a", False)]),
    ],
)
def test_handing_on_counts_when_something_was_asked(
    events: tuple[TicketEvent, ...], expected: list[tuple[str, bool]]
) -> None:
    """By whoever gave the ticket to another group, as it was then."""
    assert facts(sheet((opened(), *events))["handed on"]) == expected


def test_first_group_is_no_handing_on_when_nobody_had_the_ticket() -> None:
    """A ticket that finds its first group was not handed on."""
    told = sheet((opened(group=""), asked("a"), assigned(1, "net"), assigned(2, "sap")))
    assert facts(told["handed on"]) == [("without: a", False)]


# --- satisfaction and complaints -----------------------------------------------------------------


def said(score: int, day: float = 3, number: int = 1) -> TicketEvent:
    """Return what the requester thinks."""
    ticket = TicketId(f"T-{number}")
    return FeedbackGiven(ticket_id=ticket, occurred_at=at(day), score=score)


def test_opinion_is_of_whoever_solved_the_ticket_when_given() -> None:
    """Of nobody if it was open again; a score off the scale is left out."""
    told = sheet(
        (opened(1), resolved(1, "ben", 1), reopened(1.5, 1), resolved(2, "ana", 1), said(4)),
        (opened(2), resolved(1, "ana", 2), said(3, number=2)),
        (opened(3), resolved(1, "ana", 3), reopened(2, 3), said(1, number=3)),
        (opened(4), resolved(1, "ana", 4), said(9, number=4)),
        (opened(5), resolved(1, "ana", 5, program=True), said(1, number=5)),
        (opened(6), resolved(1, "ben", 6), said(5, number=6)),
    )["satisfied"]
    assert facts(told) == [("4 of 5", True), ("3 of 5", False)]
    assert (told.left_out, told.others.trials) == (1, 1)


def complaint(number: int, about: int, state: str, *heard: str) -> tuple[TicketEvent, ...]:
    """Return a complaint about a ticket, decided on the tenth day."""
    name = TicketId(f"C-{number}")
    start = TicketOpened(
        ticket_id=name, occurred_at=at(4), ticket_type="complaint", lifecycle="complaint"
    )
    link = TicketLinked(
        ticket_id=name, occurred_at=at(4), link="related_to", other=TicketId(f"T-{about}")
    )
    hearings = (
        ReasonRecorded(ticket_id=name, occurred_at=at(5), trigger=each, reason="so it was")
        for each in heard
    )
    decision = TicketResolved(
        ticket_id=name, occurred_at=at(10), actor=PersonId("mei"), state=state
    )
    return (start, link, *hearings, decision)


BOTH = ("hear_complainant", "hear_other_side")


def test_complaint_is_of_whoever_had_solved_the_ticket_when_it_counts() -> None:
    """Unheard ones are left out, and those about tickets that nobody has here say nothing."""
    told = sheet(
        (opened(1), resolved(1, "ana", 1)),
        (opened(2), resolved(1, "ben", 2)),
        (opened(3), resolved(5, "ana", 3)),
        complaint(1, 1, "upheld", *BOTH),
        complaint(2, 1, "dismissed", *BOTH),
        complaint(3, 1, "upheld", "hear_complainant"),
        complaint(4, 2, "upheld", *BOTH),
        complaint(5, 3, "upheld", *BOTH),
        complaint(6, 99, "upheld", *BOTH),
        complaint(7, 1, "in_review", *BOTH),
    )["complaints"]
    assert facts(told) == [("upheld", False), ("dismissed", True)]
    assert (told.left_out, told.others.trials, told.others.successes) == (1, 1, 0)


def test_solution_of_a_complaint_is_no_solution_when_counted() -> None:
    """Whoever decides complaints has solved no ticket by it."""
    told = sheet(complaint(1, 1, "upheld", *BOTH), who="mei")["solutions"]
    assert told.own.trials == 0


# --- the sheet -----------------------------------------------------------------------------------


def test_level_is_shared_by_the_lines_when_a_sheet_is_made() -> None:
    """Five lines: each may be wrong once in a hundred, the sheet once in twenty."""
    told = sheet((opened(1), resolved(1)))
    assert [line.name for line in told.lines] == [
        "solutions",
        "promises",
        "handed on",
        "satisfied",
        "complaints",
    ]
    assert [line.level for line in told.lines] == pytest.approx([0.99] * 5)


def test_sheet_is_refused_when_a_ticket_is_told_twice() -> None:
    """Else one solution would be two facts about a person."""
    once = (opened(1), resolved(1))
    with pytest.raises(InvalidValue, match="two histories of one ticket"):
        sheet(once, once)


def test_sheet_is_refused_when_it_is_of_nobody_or_of_no_time() -> None:
    """The message says what to do."""
    with pytest.raises(InvalidValue, match="name the person by id"):
        sheet(who=" ")
    with pytest.raises(InvalidValue, match="give a later end"):
        review_sheet([], "ana", start=AT, end=AT, as_of=AT)
