"""Where the facts of a review sheet come from: five questions, each asked of every history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from itsm_core.commitments import commitments_of
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    QuestionAnswered,
    QuestionAsked,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    in_order,
)
from itsm_core.feedback._complaints import SHIPPED_COMPLAINTS, ComplaintRules, complaint_of
from itsm_core.feedback._reviews import ReviewFact, ReviewLine, ReviewRules, ReviewSheet
from itsm_core.feedback._satisfaction import SatisfactionRules, is_satisfied, last_feedback
from itsm_core.ids import GroupId, PersonId, TicketId, same_form
from itsm_core.metrics import Rate
from itsm_core.spans import instant, micros

__all__ = ["review_sheet"]

_US: Final = timedelta(microseconds=1)
_COMPLAINT: Final = "complaint"
_USUAL: Final = ReviewRules()


class _Found(NamedTuple):
    """A fact of somebody's, in the work of a group; `is_good` None is one that is left out."""

    person: PersonId
    group: GroupId
    ticket_id: TicketId
    at_us: int
    text: str
    is_good: bool | None


class _Asked(NamedTuple):
    """What every question is asked of: histories in order, without what came after `now_us`."""

    tickets: tuple[Sequence[TicketEvent], ...]
    complaints: tuple[Sequence[TicketEvent], ...]
    now_us: int
    rules: ReviewRules
    words: ComplaintRules


def review_sheet(
    histories: Iterable[Iterable[TicketEvent]],
    person: str,
    *,
    start: datetime,
    end: datetime,
    as_of: datetime,
    rules: ReviewRules = _USUAL,
    complaints: ComplaintRules = SHIPPED_COMPLAINTS,
) -> ReviewSheet:
    """Return the review sheet of one person, of what happened in `[start, end)`.

    `histories` are those of the whole desk, complaints among them. Compared with is what everybody
    else did in the groups in which the person has facts of the same kind: other work is no
    measure. What programs did is nobody's. It takes time in proportion to all events.

    Raises:
        InvalidValue: nobody is named, the window is empty or backward, or two histories are of
            one ticket.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.feedback import review_sheet
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> desk = [
    ...     [
    ...         TicketOpened(ticket_id=f"INC-{n}", occurred_at=at, group="desk"),
    ...         TicketResolved(ticket_id=f"INC-{n}", occurred_at=at, state="resolved", actor=who),
    ...     ]
    ...     for n, who in enumerate(("ann", "ann", "bob", "bob", "bob"))
    ... ]
    >>> sheet = review_sheet(desk, "ann", start=at, end=at + day, as_of=at + 30 * day)
    >>> print(sheet["solutions"])
    solutions: 2 of 2 (23 to 100 %), the others 3 of 3: too few to compare
    """
    start_us, end_us, now_us = micros(start), micros(end), micros(as_of)
    name = same_form(person)
    if not name:
        raise InvalidValue("a review sheet of nobody", person, "name the person by id")
    if end_us <= start_us:
        raise InvalidValue("a window that ends before it starts", end, "give a later end")
    asked = _ask(histories, now_us, rules, complaints)
    lines: list[ReviewLine] = []
    level = 1 - (1 - rules.level) / len(_LINES)
    for title, question, look in _LINES:
        within = [e for e in look(asked) if e.person and start_us <= e.at_us < end_us]
        own = [each for each in within if same_form(each.person) == name]
        # Whoever does other work is no measure: second line has the harder tickets.
        groups = {each.group for each in own}
        others: dict[PersonId, list[bool]] = defaultdict(list)
        for each in within:
            who = same_form(each.person)
            if who != name and each.is_good is not None and each.group in groups:
                others[who].append(each.is_good)
        lines.append(_line((title, question), own, others, level=level, rules=rules))
    return ReviewSheet(person=name, start_us=start_us, end_us=end_us, lines=tuple(lines))


def _line(
    named: tuple[str, str],
    own: Iterable[_Found],
    others: dict[PersonId, list[bool]],
    *,
    level: float,
    rules: ReviewRules,
) -> ReviewLine:
    told = tuple(own)
    facts = tuple(
        ReviewFact(ticket_id=e.ticket_id, at_us=e.at_us, text=e.text, is_good=e.is_good)
        for e in told
        if e.is_good is not None
    )
    pooled = Rate(
        successes=sum(sum(each) for each in others.values()),
        trials=sum(len(each) for each in others.values()),
    )
    return ReviewLine(
        name=named[0],
        question=named[1],
        facts=facts,
        others=pooled,
        colleagues=len(others),
        left_out=len(told) - len(facts),
        level=level,
        rules=rules,
    )


def _ask(
    histories: Iterable[Iterable[TicketEvent]],
    now_us: int,
    rules: ReviewRules,
    words: ComplaintRules,
) -> _Asked:
    tickets: list[Sequence[TicketEvent]] = []
    complaints: list[Sequence[TicketEvent]] = []
    told: set[TicketId] = set()
    for history in histories:
        known = tuple(each for each in in_order(history) if each.occurred_us <= now_us)
        opening = next((each for each in known if isinstance(each, TicketOpened)), None)
        if opening is not None:
            if opening.ticket_id in told:  # what one person did would count twice
                remedy = "put all events of a ticket into one history"
                raise InvalidValue("two histories of one ticket", opening.ticket_id, remedy)
            told.add(opening.ticket_id)
            is_complaint = _COMPLAINT in (opening.lifecycle, opening.ticket_type)
            (complaints if is_complaint else tickets).append(known)
    return _Asked(tuple(tickets), tuple(complaints), now_us, rules, words)


# --- the questions -------------------------------------------------------------------------------


def _group_at(known: Sequence[TicketEvent], at_us: int) -> GroupId:
    """Return which group had a ticket at an instant."""
    group = GroupId("")
    for event in known:
        if event.occurred_us > at_us:
            break
        if isinstance(event, TicketOpened | TicketAssigned):
            group = event.group or group
    return group


def _solutions(asked: _Asked) -> Iterator[_Found]:
    stands_us = asked.rules.stands_for // _US
    for known in asked.tickets:
        for place, event in enumerate(known):
            if not isinstance(event, TicketResolved) or event.automatic:
                continue
            at_us = event.occurred_us
            until_us = at_us + stands_us
            back = any(
                isinstance(e, TicketReopened) and e.occurred_us < until_us
                for e in known[place + 1 :]
            )
            # Too young: neither is counted, or the bad ones would be counted first.
            good = None if asked.now_us < until_us else not back
            text = "came back" if back else "stood"
            group = _group_at(known, at_us)
            yield _Found(event.actor, group, event.ticket_id, at_us, text, good)


def _promises(asked: _Asked) -> Iterator[_Found]:
    at = instant(asked.now_us)
    for known in (*asked.tickets, *asked.complaints):
        for each in commitments_of(known, at):
            if each.state not in ("kept", "broken"):
                continue
            # Whoever inherits a promise did not choose its deadline.
            good = each.state == "kept" if len(each.holdings) == 1 else None
            text = f"{each.text or each.commitment_id} ({each.state})"
            group = _group_at(known, each.made_us)
            yield _Found(each.owner, group, each.ticket_id, each.due_us, text, good)


def _handed_on(asked: _Asked) -> Iterator[_Found]:
    for known in asked.tickets:
        group, missing, is_asked = GroupId(""), set[str](), False
        for event in known:
            match event:
                case TicketOpened():
                    group = event.group
                case QuestionAsked(question=name, is_required=True):
                    missing.add(name)
                    is_asked = True
                case QuestionAnswered(question=name, answer=answer) if answer.strip():
                    missing.discard(name)
                case TicketAssigned(group=new) if group and new and new != group:
                    if is_asked and not event.automatic:
                        text = _lacking(missing)
                        who, at_us = event.actor, event.occurred_us
                        yield _Found(who, group, event.ticket_id, at_us, text, not missing)
                    group = new
                case TicketAssigned(group=new):
                    group = new or group
                case _:
                    pass


def _lacking(missing: set[str]) -> str:
    return f"without: {', '.join(sorted(missing))}" if missing else "with every answer"


def _solver(known: Sequence[TicketEvent], before_us: int) -> TicketResolved | None:
    """Return the solution that stood at an instant; None if there was none, or a program's."""
    solution: TicketResolved | None = None
    for event in known:
        if event.occurred_us > before_us:
            break
        if isinstance(event, TicketResolved):
            solution = None if event.automatic else event
        elif isinstance(event, TicketReopened):
            solution = None
    return solution


def _satisfied(asked: _Asked) -> Iterator[_Found]:
    rules = SatisfactionRules(satisfied_percent=asked.rules.satisfied_percent)
    for known in asked.tickets:
        said = last_feedback(known)
        solved = None if said is None else _solver(known, said.occurred_us)
        if said is not None and solved is not None:
            good = is_satisfied(said.score, said.best, rules)
            group = _group_at(known, solved.occurred_us)
            text = f"{said.score} of {said.best}"
            yield _Found(solved.actor, group, said.ticket_id, said.occurred_us, text, good)


def _complaints(asked: _Asked) -> Iterator[_Found]:
    by_id = {known[0].ticket_id: known for known in asked.tickets}
    at = instant(asked.now_us)
    for known in asked.complaints:
        complaint = complaint_of(known, at, rules=asked.words)
        if complaint.decided_us is None:
            continue
        good = complaint.state == "dismissed" if complaint.counts else None
        solvers: dict[PersonId, GroupId] = {}
        for about in complaint.about:
            told = by_id.get(about, ())
            solved = _solver(told, complaint.opened_us)
            if solved is not None:
                solvers.setdefault(solved.actor, _group_at(told, solved.occurred_us))
        for solver, group in solvers.items():
            at_us, text = complaint.decided_us, complaint.state
            yield _Found(solver, group, complaint.ticket_id, at_us, text, good)


_Look = Callable[[_Asked], Iterator[_Found]]

_LINES: Final[tuple[tuple[str, str, _Look], ...]] = (
    ("solutions", "of the solutions given, how many stood", _solutions),
    ("promises", "of the promises made and due, how many were kept in time", _promises),
    ("handed on", "of the tickets handed on, how many with every required answer", _handed_on),
    ("satisfied", "of the requesters who said something, how many are satisfied", _satisfied),
    ("complaints", "of the complaints decided with both sides heard, how many fell", _complaints),
)
"""What a sheet asks; in each the better answer is the larger share."""
