"""Problem practice: problem, known error, workaround, risk accepted, review (laws K3, L6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.commands import (
    Actor,
    Command,
    LinkTicket,
    OpenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import SHIPPED, Ticket, decide, evolve, fold
from itsm_core.linking import (
    PRACTICE_RULES,
    ChangeRecord,
    ProblemCandidate,
    ProblemOutcome,
    find_candidates,
    known_error_commands,
    outcome_of,
    problem_commands,
    review_of,
)
from itsm_core.links import Step, decide_linked
from tests.unit.linking.desk import AS_OF, background, failure

ROLES = {"analyst", "problem_manager", "lead", "change_manager"}
ANN = Actor(person_id=PersonId("ann"), roles=ROLES)
BEN = Actor(person_id=PersonId("ben"), roles=ROLES)
PROBLEM, ERROR, CHANGE = TicketId("PRB-1"), TicketId("KE-1"), TicketId("CHG-1")


class Desk:
    """Keep tickets, and let things happen among them under the rules of the practice."""

    def __init__(self) -> None:
        self.tickets: dict[TicketId, Ticket | None] = {}

    def open(self, command: OpenTicket) -> None:
        """Open a ticket of a shipped lifecycle."""
        lifecycle = next(each for each in SHIPPED if each.name == command.ticket_type)
        events = decide(lifecycle, None, command, actor=ANN, at=AS_OF)
        assert not isinstance(events, CommandRefused), events
        self.tickets[command.ticket_id] = fold(events)

    def ask(self, command: Command, *, actor: Actor = ANN, ask: tuple[str, ...] = ()) -> object:
        """Return what would happen."""
        return decide_linked(
            SHIPPED, self.tickets, command, actor=actor, at=AS_OF, rules=PRACTICE_RULES, ask=ask
        )

    def do(self, command: Command, *, actor: Actor = ANN, ask: tuple[str, ...] = ()) -> Step:
        """Let it happen."""
        step = self.ask(command, actor=actor, ask=ask)
        assert isinstance(step, Step), step
        for name, events in step.events.items():
            for event in events:
                self.tickets[name] = evolve(self.tickets[name], event)
        return step

    def __getitem__(self, name: TicketId) -> Ticket:
        found = self.tickets[name]
        assert found is not None
        return found


def candidate(*changes: ChangeRecord) -> ProblemCandidate:
    """Return the failure of the small desk."""
    (found,) = find_candidates([*background(), *failure()], as_of=AS_OF, changes=changes)
    return found


def desk() -> Desk:
    """Return a desk with a problem made of the candidate, in analysis, its incidents open."""
    found = Desk()
    for name in candidate().members:
        found.open(OpenTicket(ticket_id=name, impact="medium", urgency="high"))
    opening, links = problem_commands(
        candidate(), ticket_id=PROBLEM, impact="medium", urgency="high"
    )
    found.open(opening)
    for command in links:
        found.do(command)
    found.do(StartWork(ticket_id=PROBLEM))
    return found


def with_error() -> Desk:
    """Return that desk with a known error, linked to the incidents, not yet published."""
    found = desk()
    opening, links = known_error_commands(
        found[PROBLEM], ticket_id=ERROR, title="no pick lists in the morning"
    )
    found.open(opening)
    for command in links:
        found.do(command)
    return found


def states(found: Desk) -> set[str]:
    """Return the states of all incidents."""
    return {found[name].state for name in candidate().members}


PUBLISH = TriggerTransition(ticket_id=ERROR, name="publish", reason="restart the export")


def test_problem_has_every_incident_when_made_of_a_candidate() -> None:
    """Its title is what they share; service and item are those most of them name."""
    found = desk()[PROBLEM]
    assert sorted(found.links) == [("problem_of", name) for name in candidate().members]
    assert (found.title, found.service, found.configuration_item_id) == (
        "JOB-1 · export",
        "export",
        "JOB-1",
    )
    assert outcome_of(found) is ProblemOutcome.OPEN


def test_suspected_change_is_linked_when_there_is_one() -> None:
    """As what caused it, until the analysis says otherwise."""
    change = ChangeRecord(
        change_id=CHANGE, at=failure()[0].at - timedelta(days=1), configuration_item_id="JOB-1"
    )
    _, (*_, last) = problem_commands(
        candidate(change), ticket_id=PROBLEM, impact="low", urgency="low", title="Export hangs"
    )
    assert last == LinkTicket(ticket_id=PROBLEM, link="caused_by", other=CHANGE)


def test_publishing_informs_when_nothing_is_asked() -> None:
    """Each incident hears of it, by the name of the state; none is touched (K3)."""
    found = with_error()
    step = found.do(PUBLISH, actor=BEN)
    assert {(told.ticket_id, told.news) for told in step.informs} == {
        (name, "published") for name in candidate().members
    }
    assert states(found) == {"new"}


def test_publishing_resolves_when_asked() -> None:
    """Those that are still open, as solved by a workaround."""
    found = with_error()
    found.do(PUBLISH, actor=BEN, ask=("known_error",))
    assert states(found) == {"resolved"}


def test_publishing_is_refused_when_the_same_person_wrote_it() -> None:
    """Four eyes: whoever holds the known error does not release it."""
    found = with_error()
    found.tickets[ERROR] = evolve_assignee(found[ERROR], "ann")
    refused = found.ask(PUBLISH)
    assert isinstance(refused, CommandRefused)


def evolve_assignee(ticket: Ticket, person: str) -> Ticket:
    """Return a ticket that somebody holds."""
    from itsm_core.events import TicketAssigned

    event = TicketAssigned(ticket_id=ticket.ticket_id, occurred_at=AS_OF, assignee=PersonId(person))
    return evolve(ticket, event)


def test_incidents_are_resolved_when_the_problem_is_and_it_is_asked() -> None:
    """Only informed by default."""
    solved = ResolveTicket(ticket_id=PROBLEM, resolution_code="fixed")
    quiet, asked = desk(), desk()
    step = quiet.do(solved)
    assert len(step.informs) == len(candidate().members)
    assert states(quiet) == {"new"}
    asked.do(solved, ask=("problem",))
    assert states(asked) == {"resolved"}
    assert outcome_of(asked[PROBLEM]) is ProblemOutcome.RESOLVED


def test_risk_accepted_is_no_solution_when_incidents_hear_of_it() -> None:
    """They hear that the risk was accepted, not that it was resolved; nobody's is resolved (K3)."""
    accept = TriggerTransition(ticket_id=PROBLEM, name="accept_risk", reason="the system goes")
    found = desk()
    step = found.do(accept, actor=BEN)
    assert {told.news for told in step.informs} == {"risk_accepted"}
    assert states(found) == {"new"}
    assert outcome_of(found[PROBLEM]) is ProblemOutcome.RISK_ACCEPTED
    assert isinstance(desk().ask(accept, actor=BEN, ask=("problem",)), CommandRefused)


def test_outcome_follows_the_problem_when_it_moves_on() -> None:
    """Known error, withdrawn; closed after the risk was accepted is still accepted."""
    found = desk()
    found.do(TriggerTransition(ticket_id=PROBLEM, name="identify", reason="locks of the backup"))
    assert outcome_of(found[PROBLEM]) is ProblemOutcome.KNOWN_ERROR
    gone = desk()
    from itsm_core.commands import CancelTicket, CloseTicket

    gone.do(CancelTicket(ticket_id=PROBLEM, reason="no failure"))
    assert outcome_of(gone[PROBLEM]) is ProblemOutcome.CANCELLED
    lived = desk()
    lived.do(TriggerTransition(ticket_id=PROBLEM, name="accept_risk", reason="x"), actor=BEN)
    lived.do(CloseTicket(ticket_id=PROBLEM))
    assert outcome_of(lived[PROBLEM], accepted=True) is ProblemOutcome.RISK_ACCEPTED
    assert outcome_of(lived[PROBLEM]) is ProblemOutcome.RESOLVED


def test_known_error_is_refused_when_its_symptom_is_empty() -> None:
    """Later incidents are matched by it."""
    with pytest.raises(InvalidValue, match="without a symptom"):
        known_error_commands(desk()[PROBLEM], ticket_id=ERROR, title=" ")


def test_known_error_takes_named_incidents_when_given() -> None:
    """Two of twelve are of this kind."""
    names = candidate().members[:2]
    _, (problem, *links) = known_error_commands(
        desk()[PROBLEM], ticket_id=ERROR, title="no pick lists", incidents=names
    )
    assert problem.other == PROBLEM
    assert tuple(link.ticket_id for link in links) == names


def test_silence_convinces_when_three_expected_ones_did_not_come() -> None:
    """Weekly before: -ln 0.05 is 3 occurrences, hence three weeks; one week proves nothing."""
    found = candidate()
    one = review_of(found, AS_OF, as_of=AS_OF + timedelta(weeks=1))
    four = review_of(found, AS_OF, as_of=AS_OF + timedelta(weeks=4))
    assert (one.verdict, four.verdict) == ("too early", "gone")
    assert AS_OF + timedelta(days=20) <= one.convincing_at <= AS_OF + timedelta(days=23)
    assert four.expected == pytest.approx(4, rel=0.1)


def test_failure_came_back_when_it_is_seen_as_often_as_before() -> None:
    """Three in four weeks; once in twenty is rarer, and earlier ones do not count."""
    found = candidate()
    weeks = [AS_OF + timedelta(weeks=n) for n in (1, 2, 3)]
    again = review_of(found, AS_OF, as_of=AS_OF + timedelta(weeks=4), later=weeks)
    assert (again.observed, again.verdict) == (3, "came back")
    rarer = review_of(
        found, AS_OF, as_of=AS_OF + timedelta(weeks=20), later=[failure()[1].at, weeks[0]]
    )
    assert (rarer.observed, rarer.verdict) == (1, "rarer")


def test_review_is_refused_when_nothing_can_be_compared() -> None:
    """Before the solution, or without a rate before it."""
    found = candidate()
    with pytest.raises(InvalidValue, match="before the solution"):
        review_of(found, AS_OF, as_of=AS_OF - timedelta(days=1))
    with pytest.raises(InvalidValue, match="no rate to compare"):
        review_of(found, failure()[1].at, as_of=AS_OF)
