"""L3: the model checker against searches that leave nothing out, its stories against `decide`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs
import pytest

from itsm_core import hours, minutes
from itsm_core.calendars import ALWAYS
from itsm_core.commands import (
    Actor,
    ChangePriorityInputs,
    Command,
    EndPriorityOverride,
    HoldTicket,
    OpenTicket,
    OverridePriority,
    StartWork,
)
from itsm_core.conditions import Condition, FieldTest, Predicate, field
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent
from itsm_core.explore import Answer, World, can, can_for_ever, people_of
from itsm_core.ids import AgreementId, PersonId
from itsm_core.lifecycle import SHIPPED, Lifecycle, Ticket, Transition, decide, evolve, fold
from itsm_core.sla import (
    ClockState,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
)
from itsm_core.spans import instant
from itsm_core.testing.lifecycle_alphabet import TICKET, Letter, letters_of
from tests.unit.explore.worlds import BY_PRIORITY, RESPONSE, agreement, small

RESOLVED = ServiceLevelTarget(metric="resolution", goals=hours(1), pause_on=("supplier",))


def around_the_clock(*targets: ServiceLevelTarget) -> ServiceLevelAgreement:
    """Return an agreement under which all time counts."""
    return ServiceLevelAgreement(agreement_id=AgreementId("a"), calendar=ALWAYS, targets=targets)


# --- every story of few steps, without merging and without leaving commands out ------------------


@attrs.frozen
class Told:
    """Hold a story told in full: its events, how many steps it has, when it is."""

    events: tuple[TicketEvent, ...]
    ticket: Ticket
    steps: int
    now_us: int


def stories(world: World, letters: list[Letter], most: int) -> Iterator[Told]:
    """Yield every story of at most so many steps, with no two of them taken for one."""
    level: list[Told] = []
    for letter in letters:
        for events, ticket in decided(world.lifecycle, None, letter, world.opening_us):
            level.append(Told(events, ticket, 1, world.opening_us))
    for _ in range(most):
        yield from level
        level = [
            after for each in level if each.steps < most for after in going_on(world, letters, each)
        ]


def going_on(world: World, letters: list[Letter], told: Told) -> Iterator[Told]:
    """Yield each story that is one step longer."""
    for letter in letters:
        for events, ticket in decided(world.lifecycle, told.ticket, letter, told.now_us):
            yield Told((*told.events, *events), ticket, told.steps + 1, told.now_us)
    for at_us in instants(world, told):
        yield attrs.evolve(told, steps=told.steps + 1, now_us=at_us)


def instants(world: World, told: Told) -> set[int]:
    """Return the instants to which time may go, found by looking at each clock."""
    if world.agreement is None:
        return set()
    found = {told.now_us + world.long_wait // timedelta.resolution}
    for clock in evaluate(told.events, world.agreement, as_of=instant(told.now_us)):
        if clock.is_live and clock.due_us is not None:
            found |= {clock.due_us, clock.due_us + 1}
    return {at_us for at_us in found if at_us > told.now_us}


def decided(
    lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter, at_us: int
) -> Iterator[tuple[tuple[TicketEvent, ...], Ticket]]:
    """Yield what a letter makes happen, if anything."""
    decision = decide(lifecycle, ticket, letter.command, actor=letter.actor, at=instant(at_us))
    if isinstance(decision, CommandRefused) or not decision:
        return
    after = ticket
    for event in decision:
        after = evolve(after, event)
    assert after is not None
    yield decision, after


def seen(world: World, told: Told) -> dict[str, object]:
    """Return facts of a story, worked out from its events and clocks alone."""
    ticket = told.ticket
    facts: dict[str, object] = {
        "state": ticket.state,
        "hold_reason": ticket.hold_reason,
        "priority": ticket.priority,
        "assignee": ticket.assignee,
        "reopen_count": ticket.reopen_count,
        "answered": any(
            type(each).__name__ == "AnswerSent" and not each.automatic for each in told.events
        ),
    }
    if world.agreement is None:
        return facts
    evaluation = evaluate(told.events, world.agreement, as_of=instant(told.now_us))
    for target in world.agreement.targets:
        cycles = evaluation.cycles(target.name)
        facts[f"{target.name}_state"] = evaluation.state(target.name).value
        facts[f"{target.name}_is_broken"] = any(
            each.state is ClockState.BREACHED for each in cycles
        )
    return facts


LIMITED = attrs.evolve(RESOLVED, pause_limits=(PauseLimit(reason="supplier", longest=minutes(30)),))
UNTIMED = (
    field("state").is_("solved"),
    field("state").is_("done") & field("answered").is_(False),
    field("state").is_("parked") & field("answered").is_(True),
    field("state").is_("busy") & field("reopen_count").is_(1),
    field("state").is_("new") & field("answered").is_(True),
    field("hold_reason").is_("weather"),
)
TIMED = (
    field("resolution_state").is_("paused"),
    field("resolution_state").is_("met") & field("state").is_("solved"),
    field("resolution_is_broken").is_(True) & field("state").is_("solved"),
    field("resolution_is_broken").is_(True) & field("state").is_("parked"),
    field("resolution_state").is_("running") & field("state").is_("parked"),
    field("resolution_state").is_("not started"),
)


def shortest(world: World, rules: tuple[Predicate, ...], most: int) -> list[int | None]:
    """Return how many steps the shortest story of each question has, by looking at all of them."""
    asked = [Condition(schema=world.schema, rule=rule) for rule in rules]
    people = set(world.people)
    letters = [each for each in plain_letters(world.lifecycle) if each.actor in people]
    found: list[int | None] = [None] * len(asked)
    for told in stories(world, letters, most):
        facts = seen(world, told)
        for place, question in enumerate(asked):
            if found[place] is None and question.holds(facts):
                found[place] = told.steps
    return found


def plain_letters(lifecycle: Lifecycle) -> list[Letter]:
    """Return letters with everything filled and known, by whoever may act here."""
    somebody = people_of(lifecycle)
    known: dict[tuple[str, str], Command] = {
        (each.trigger, repr(each.command)): each.command
        for each in letters_of(lifecycle)
        if "never heard of" not in repr(each.command)
    }
    for reason in lifecycle.hold_reasons:
        known["hold", reason] = HoldTicket(ticket_id=TICKET, reason=reason)
    return [
        Letter(trigger, command, actor, frozenset())
        for (trigger, _), command in known.items()
        for actor in somebody
    ]


@pytest.mark.parametrize(
    ("world", "rules", "most"),
    [
        (small(), UNTIMED, 6),
        (attrs.evolve(small(), agreement=around_the_clock(RESOLVED)), TIMED, 5),
        (attrs.evolve(small(), agreement=around_the_clock(LIMITED)), TIMED, 5),
    ],
    ids=["untimed", "timed", "limited"],
)
def test_stories_are_the_shortest_when_all_stories_are_looked_at(
    world: World, rules: tuple[Predicate, ...], most: int
) -> None:
    """What `can` finds has as many steps as the shortest of all stories told in full."""
    for rule, steps in zip(rules, shortest(world, rules, most), strict=True):
        answer = can(world, rule)
        if steps is None:
            assert len(answer.story) > most or answer.is_no, str(rule)
        else:
            assert len(answer.story) == steps, str(answer)


BY_URGENCY = ServiceLevelTarget(
    metric="resolution", goals={"P1": hours(1), "*": hours(4)}, pause_on=("supplier",)
)
RANKED = (
    field("resolution_is_broken").is_(True) & field("priority").is_("P4"),
    field("resolution_is_broken").is_(True) & field("priority").is_("P1"),
    field("resolution_state").is_("paused") & field("priority").is_("P4"),
    field("resolution_state").is_("running") & field("priority").is_("P1"),
)


def test_stories_are_the_shortest_when_overrides_are_looked_at_as_well() -> None:
    """Overrides are left out because new inputs do the same: with them no story is shorter."""
    staff = ("new", "busy", "parked")
    world = attrs.evolve(
        small(
            Transition(trigger="prioritise", sources=staff),
            Transition(trigger="override", sources=staff, required=("reason",)),
            Transition(trigger="end_override", sources=staff),
        ),
        agreement=around_the_clock(BY_URGENCY),
    )
    somebody = world.people[0]
    commands: list[Command] = [
        OpenTicket(ticket_id=TICKET, impact="high", urgency="high"),
        OpenTicket(ticket_id=TICKET, impact="low", urgency="low"),
        ChangePriorityInputs(ticket_id=TICKET, impact="high", urgency="high"),
        ChangePriorityInputs(ticket_id=TICKET, impact="low", urgency="low"),
        OverridePriority(ticket_id=TICKET, priority="P1", reason="because"),
        OverridePriority(ticket_id=TICKET, priority="P4", reason="because"),
        EndPriorityOverride(ticket_id=TICKET),
        StartWork(ticket_id=TICKET),
        HoldTicket(ticket_id=TICKET, reason="supplier"),
    ]
    letters = [Letter(each.trigger, each, somebody, frozenset()) for each in commands]
    asked = [Condition(schema=world.schema, rule=rule) for rule in RANKED]
    found: dict[int, int] = {}
    for told in stories(world, letters, 4):
        facts = seen(world, told)
        for place, question in enumerate(asked):
            if place not in found and question.holds(facts):
                found[place] = told.steps
    answers = [can(world, rule) for rule in RANKED]
    assert {place: len(answer.story) for place, answer in enumerate(answers)} == found


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_every_state_is_reached_when_asked_of_a_shipped_lifecycle(lifecycle: Lifecycle) -> None:
    """No state of a shipped lifecycle is out of reach of its people; the story replays there.

    The last states first: what a story passes through on its way need not be asked again. Nobody
    leaves the way but for a state that lies beside it: a story found is a story all the same.
    """
    reached: set[str] = set()
    for state in reversed(lifecycle.states):
        if state.name not in reached:
            world = World(lifecycle=lifecycle, never=beside(lifecycle, state.name))
            answer = can(world, field("state").is_(state.name))
            assert answer.is_yes
            passed = replayed(lifecycle, answer)
            assert passed[-1].state == state.name
            reached.update(ticket.state for ticket in passed)
    assert reached == {state.name for state in lifecycle.states}


def beside(lifecycle: Lifecycle, state: str) -> tuple[str, ...]:
    """Return the triggers of a lifecycle that lead off the way to a state, or nowhere."""
    leading = {each.trigger for each in lifecycle.transitions if each.target == state}
    names = {"hold", "resume", "prioritise", "override", "end_override", "cancel"} - leading
    return tuple(sorted(names.intersection(lifecycle.triggers)))


def replayed(lifecycle: Lifecycle, answer: Answer) -> list[Ticket]:
    """Return the tickets that the commands of a story lead through, decided once more."""
    ticket: Ticket | None = None
    passed: list[Ticket] = []
    for step in answer.story:
        if step.command is None or step.actor is None:
            continue
        decision = decide(lifecycle, ticket, step.command, actor=step.actor, at=instant(step.at_us))
        assert decision == step.events
        for event in step.events:
            ticket = evolve(ticket, event)
            assert ticket is not None
            passed.append(ticket)
    return passed


@pytest.mark.parametrize(
    "rule",
    [
        field("resolution_is_broken").is_(True) & field("state").is_("closed"),
        field("resolution_state").is_("met") & field("priority").is_("P4"),
        field("resolution_state").is_("paused") & field("priority").is_("P1"),
        field("response_is_broken").is_(True) & field("resolution_state").is_("met"),
    ],
    ids=str,
)
def test_stories_replay_to_what_they_claim_when_decided_and_judged_again(rule: Predicate) -> None:
    """The commands of a story, decided again, give its events, and these the clocks it tells of."""
    lifecycle = SHIPPED[0]
    target = attrs.evolve(BY_PRIORITY, pause_on=("awaiting_requester",))
    world = World(lifecycle=lifecycle, agreement=agreement(RESPONSE, target))
    answer = can(world, rule)
    assert answer.is_yes
    ticket = replayed(lifecycle, answer)[-1]
    assert fold(answer.history) == ticket
    assert world.agreement is not None
    told = Told(answer.history, ticket, len(answer.story), answer.story[-1].at_us)
    assert Condition(schema=world.schema, rule=rule).holds(seen(world, told))


def test_loops_come_back_when_they_are_repeated() -> None:
    """The loop of an answer, done again after itself, is accepted and leaves the clock alike."""
    world = attrs.evolve(small(), agreement=around_the_clock(LIMITED))
    never_late = field("resolution_state").is_in("paused", "running")
    answer = can_for_ever(world, never_late)
    assert answer.is_yes
    assert world.agreement is not None
    ticket, events = replayed(world.lifecycle, answer)[-1], list(answer.history)
    now, before = answer.story[-1].at_us, answer.story[-1].at_us
    for _ in range(3):
        for step in answer.loop:
            now, before = now + step.at_us - before, step.at_us
            if step.command is None or step.actor is None:
                continue
            decision = decide(
                world.lifecycle, ticket, step.command, actor=step.actor, at=instant(now)
            )
            assert not isinstance(decision, CommandRefused)
            for event in decision:
                ticket = evolve(ticket, event)
                events.append(event)
        before = answer.story[-1].at_us
        state = evaluate(events, world.agreement, as_of=instant(now))["resolution"].state.value
        assert state in ("paused", "running")


def test_people_are_taken_for_each_other_only_when_nobody_calls_them_by_name() -> None:
    """A guard that names one of two people with the same roles keeps them apart."""
    guard: FieldTest = field("assignee").is_("bob")
    resolve = Transition(trigger="resolve", sources=("busy",), target="solved", guard=guard)
    people = tuple(Actor(person_id=PersonId(each), roles={"analyst"}) for each in ("ann", "bob"))
    assign = Transition(trigger="assign", sources=("new", "busy"))
    world = attrs.evolve(small(resolve, assign), people=people)
    solved = field("state").is_("solved")
    assert can(world, solved & field("assignee").is_("bob")).is_yes
    assert can(world, solved & field("assignee").is_("ann")).is_no
    assert can(world, field("state").is_("busy") & field("assignee").is_("ann")).is_yes
