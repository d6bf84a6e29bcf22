"""What matters to a question: which facts tell situations apart, which clocks are judged.

Two situations in which everything that any guard, clock rule or the question looks at is the same
have the same future. So only these facts are kept apart, and commands that touch none of them are
left out. Both are exact: nothing that is left out could be seen by anything that decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from math import floor
from typing import TYPE_CHECKING, Final, TypeGuard

import attrs

from itsm_core.calendars import WallTime, WorkingTime
from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Kind, Not, Operator, Predicate
from itsm_core.conditions._overlap import free_texts
from itsm_core.errors import InvalidValue
from itsm_core.explore._facts import INSTANTS, TICKET_FACTS, field_tests
from itsm_core.sla import PauseLimit, ServiceLevelAgreement, ServiceLevelTarget, on_hold_for

if TYPE_CHECKING:
    from itsm_core.explore._world import World
    from itsm_core.lifecycle import Lifecycle, Transition

_PEOPLE: Final = frozenset(
    {"actor", "resolved_by", "resolver", "closed_by", "closed_by_resolver", "by_program"}
)
_PRESENCE: Final = frozenset({Operator.IS_MISSING, Operator.IS_PRESENT})
_RESTS_ON: Final = {
    "approval_count": ("approvers",),
    "approved_by_own": ("approvers", "assignee", "requester"),
    "closed_by_resolver": ("closed_by", "resolved_by"),
    "reassignment_count": ("group",),
}
"""Facts that follow from others: what they follow from tells situations apart as well."""

_LAST: Final = frozenset({"actor", "by_program", "trigger"})
"""Facts about the last command, whichever it was."""

_TOLD_EVENTS: Final = frozenset(
    {
        "AnswerSent",
        "ApprovalGiven",
        "ContactReceived",
        "PriorityChanged",
        "PriorityOverridden",
        "PriorityOverrideEnded",
        "ReasonRecorded",
        "TicketAssigned",
        "TicketCancelled",
        "TicketClosed",
        "TicketMerged",
        "TicketMoved",
        "TicketOpened",
        "TicketPutOnHold",
        "TicketReclassified",
        "TicketReopened",
        "TicketResolved",
        "TicketResumed",
        "WorkStarted",
    }
)
"""The classes of events that stories hold."""

_MOVING_CLOCKS: Final = ("assign_agreement", "exclude_time")
"""Triggers that no story has and that could change a clock: people approve of them one by one."""

_COMMITTING: Final = ("commit", "keep_commitment", "withdraw_commitment")
_ASKING: Final = ("ask_question", "answer_question")

RECORDS: Final = frozenset(
    {
        "answer",
        "approve",
        "assign",
        "contact",
        "end_override",
        "override",
        "prioritise",
        "reclassify",
    }
)
"""The triggers that record without moving, and of which it is known here what they change."""

FROM_OPENING: Final = frozenset(
    {
        "assignee",
        "category_name",
        "channel",
        "configuration_item_id",
        "group",
        "impact",
        "requester",
        "service",
        "ticket_type",
        "title",
        "urgency",
    }
)
"""Fields of a ticket that an opening fills and a transition may require."""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Focus:
    """Hold what matters to one question in one world.

    `facts` are the facts that tell situations apart, `clock_facts` those that only clocks look at.
    `tests` are those that are made of each field. `agreement` has the clocks that
    matter and no warnings; None if none do. `asks_people` is whether it matters afterwards who did
    what they might,
    `events` which classes of events clocks look for, None being any. `falling` names a count of
    which less is never worse: it only ever closes guards. `alike` are people who could change
    places: they have the same roles, and nobody calls them by name. `untold` says what no story
    holds although the question can depend on it: then nothing is denied.
    """

    facts: tuple[str, ...]
    clock_facts: tuple[str, ...]
    tests: dict[str, tuple[FieldTest, ...]]
    agreement: ServiceLevelAgreement | None
    clocks: dict[str, str]
    hold_reasons: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    falling: str
    asks_people: bool
    events: frozenset[str] | None
    asks_phase: bool
    asks_evidence: bool
    limits: tuple[str, ...]
    untold: tuple[str, ...]

    def matters(self, *names: str) -> bool:
        """Return whether one of these facts is looked at, by whatever."""
        return any(name in self.facts or name in self.clock_facts for name in names)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return one text of each kind that tests of a field tell apart."""
        tests = self.tests.get(name, ())
        try:
            return free_texts(tests)
        except InvalidValue:  # too many parts to combine, which `untold` tells
            return (*(str(value) for each in tests for value in each.values), "other")

    def capped(self, name: str, number: int) -> int:
        """Return a count, but no more than one above all constants with which it is compared.

        Whatever is compared with a constant is the same for all greater counts.
        """
        tests = self.tests.get(name, ())
        known = [floor(value) for each in tests for value in each.values if _is_number(value)]
        return min(number, max(known, default=0) + 1)


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def told_transitions(lifecycle: Lifecycle) -> tuple[Transition, ...]:
    """Return the transitions that stories are made of; those left out change no fact."""
    return tuple(each for each in lifecycle.transitions if each.target or each.trigger in RECORDS)


def untold_triggers(world: World) -> tuple[str, ...]:
    """Return the triggers that record what no fact is about, and that somebody may fire."""
    return tuple(
        trigger
        for trigger in world.lifecycle.triggers
        if trigger not in RECORDS
        and trigger not in world.never
        and not any(each.target for each in world.lifecycle.transitions_of(trigger))
    )


def focus_of(world: World, question: Condition) -> Focus:
    """Return what matters to a question."""
    asked = list(field_tests(question.rule))
    guards = list(field_tests(*(each.guard for each in told_transitions(world.lifecycle))))
    clocks = _clocks_asked(world, asked)
    targets = _targets(world, clocks)
    judged = list(field_tests(*(rule for each in targets for rule in _rules(each))))
    facts = {*_renamed(asked), *_renamed(guards), *_structure(world)}
    if any(len(set(_goals(world, each))) > 1 for each in targets):
        facts.add("priority")
    about = {test.field for test in judged}
    if "requester_is_assignee" in about:
        facts |= {"assignee", "requester"}
    if "by_requester" in about:
        facts.add("requester")
    facts |= about & set(TICKET_FACTS)
    facts |= {under for name in facts for under in _RESTS_ON.get(name, ())}
    closing = all(_only_closes(each.guard) for each in told_transitions(world.lifecycle))
    seen = {test.field for test in [*asked, *judged]}
    tests = _by_field([*asked, *guards, *judged])
    events = _events(targets)
    return Focus(
        facts=tuple(sorted(facts - _always_known())),
        alike=tuple(_alike(world, [*asked, *guards, *judged])),
        falling="reopen_count" if closing and "reopen_count" not in seen else "",
        clock_facts=tuple(sorted(about & {"answered", "awaiting_answer"})),
        tests=tests,
        agreement=_reduced(world.agreement, targets),
        clocks=clocks,
        hold_reasons=_different_reasons(world, [*asked, *guards, *judged]),
        asks_people=bool(facts & _PEOPLE or about & {"automatic", "by_requester"}),
        events=events,
        asks_phase=_asks_phase(world, targets),
        asks_evidence=any(limit.needs_evidence for each in targets for limit in each.pause_limits),
        limits=tuple(_limits(world, targets)),
        untold=tuple(_untold(world, facts, tests, targets, events)),
    )


def _alike(world: World, tests: list[FieldTest]) -> Iterator[tuple[str, ...]]:
    named = {value for test in tests for value in test.values}
    kinds: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for each in world.people:
        if each.person_id and not each.automatic and each.person_id not in named:
            kinds[tuple(sorted(each.roles))].append(each.person_id)
    for people in kinds.values():
        if len(people) > 1:
            yield tuple(people)


def _only_closes(guard: Predicate | None) -> bool:
    """Return whether a guard that holds for some reopenings holds for fewer as well."""
    match guard:
        case FieldTest(field="reopen_count", operator=operator):
            return operator in (Operator.BELOW, Operator.AT_MOST)
        case Not(part=part):
            return all(test.field != "reopen_count" for test in field_tests(part))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return all(_only_closes(part) for part in parts)
        case _:
            return True


def _always_known() -> frozenset[str]:
    """Return the facts that tell all situations apart anyway."""
    return frozenset({"category", "hold_reason", "state"})


def _clocks_asked(world: World, asked: list[FieldTest]) -> dict[str, str]:
    return {
        beginning: name
        for beginning, name in world.clock_names.items()
        if any(_is_of(test.field, beginning, world) for test in asked)
    }


def _is_of(fact: str, beginning: str, world: World) -> bool:
    """Return whether a fact is about a clock; of `a` and `a_b`, the longer name has it."""
    fits = [each for each in world.clock_names if fact.startswith(f"{each}_")]
    return fact in world.schema.fields and beginning == max(fits, key=len, default="")


def _targets(world: World, clocks: dict[str, str]) -> list[ServiceLevelTarget]:
    targets = () if world.agreement is None else world.agreement.targets
    return [each for each in targets if each.name in clocks.values()]


def _reduced(
    agreement: ServiceLevelAgreement | None, targets: list[ServiceLevelTarget]
) -> ServiceLevelAgreement | None:
    """Return the agreement without what no question can see: other clocks, warnings, legs."""
    if agreement is None or not targets:
        return None
    plain = tuple(attrs.evolve(each, warn_at_ratios=()) for each in targets)
    return attrs.evolve(agreement, targets=plain, legs=())


def _rules(target: ServiceLevelTarget) -> Iterator[Predicate | None]:
    rules = target.rules
    if target.metric == "commitment":
        return  # nobody makes a commitment here
    yield from (rules.start, rules.stop, rules.cancel, rules.reset, rules.resume, target.pause)
    for limit in target.pause_limits:
        if limit.reason != "*":
            yield on_hold_for(limit.reason)


def _events(targets: list[ServiceLevelTarget]) -> frozenset[str] | None:
    """Return the classes of events that clocks look for; None where they look for any other."""
    rules = [rule for each in targets for rule in _rules(each)]
    tests = [test for test in field_tests(*rules) if test.field == "event"]
    if any(_shuns_an_event(rule) for rule in rules):
        return None
    return frozenset(str(value) for test in tests for value in test.values)


def _shuns_an_event(rule: Predicate | None) -> bool:
    """Return whether a rule holds for events that it does not name."""
    match rule:
        case FieldTest(field="event", operator=operator):
            return operator not in (Operator.IS, Operator.IN)
        case Not(part=part):
            return any(test.field == "event" for test in field_tests(part))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(_shuns_an_event(part) for part in parts)
        case _:
            return False


def _goals(world: World, target: ServiceLevelTarget) -> list[object]:
    return [target.goal_for(priority) for priority in world.matrix.policy.priorities]


def _renamed(tests: list[FieldTest]) -> Iterator[str]:
    """Yield the facts that tests look at; of an instant, whether it is there."""
    for test in tests:
        yield INSTANTS.get(test.field, test.field)


def _structure(world: World) -> Iterator[str]:
    """Yield the facts that the lifecycle itself looks at, beside its guards."""
    transitions = told_transitions(world.lifecycle)
    for each in transitions:
        yield from each.separate_from
        if "resolver" in each.separate_from:
            yield "has_solution"  # of which the author may be unknown
        if each.trigger != "open":
            yield from (name for name in each.required if name in FROM_OPENING)
    if any(each.approvals for each in transitions):
        yield "approvers"
    if any("assignee" in each.separate_from for each in transitions if each.trigger == "approve"):
        yield from ("approvers", "endorsers")  # whoever approved does not do the work


def _by_field(tests: list[FieldTest]) -> dict[str, tuple[FieldTest, ...]]:
    found: dict[str, list[FieldTest]] = defaultdict(list)
    for test in tests:
        found[test.field].append(test)
    return {name: tuple(several) for name, several in found.items()}


def _different_reasons(world: World, tests: list[FieldTest]) -> tuple[str, ...]:
    """Return one hold reason of each kind: those that every test treats alike are one kind.

    Renaming one such reason into another changes no answer, so one stands for all.
    """
    asked = [test for test in tests if test.field == "hold_reason"]
    kinds: dict[tuple[object, ...], str] = {}
    for reason in world.lifecycle.hold_reasons:
        seen = [reason in test.values for test in asked]
        kinds.setdefault((reason in world.lifecycle.resume_on_contact, *seen), reason)
    return tuple(kinds.values())


def _asks_phase(world: World, targets: list[ServiceLevelTarget]) -> bool:
    """Return whether time of the week matters: where not all time is counted by one calendar."""
    if world.agreement is None:
        return False
    calendars = {world.agreement.calendar_of(each).content_hash for each in targets}
    goals = [goal for each in targets for goal in each.goals.values()]
    goals += [each.longest for each in _limits_of(targets) if each.longest is not None]
    return len(calendars) > 1 or not all(isinstance(goal, WorkingTime) for goal in goals)


def _limits_of(targets: list[ServiceLevelTarget]) -> list[PauseLimit]:
    return [limit for each in targets for limit in each.pause_limits]


def _limits(world: World, targets: list[ServiceLevelTarget]) -> Iterator[str]:
    """Yield what an answer takes for given, in words."""
    if targets:
        yield (
            "commands take no time; between them time goes to the next change of a clock, to the "
            f"last instant before it, or on by {world.long_wait_text}"
        )
        goals = [goal for each in targets for goal in each.goals.values()]
        if not all(isinstance(goal, WorkingTime | WallTime) for goal in goals):
            yield "weeks are taken as alike: a goal in working days is judged near the start"
        elif _asks_phase(world, targets):
            yield "weeks are taken as alike, holidays and clock changes aside"
        if any(each.retarget != "from_start" for each in targets):
            yield "how a goal was changed is remembered by what it left, not by every change"
    if world.never:
        yield f"nobody ever does: {', '.join(world.never)}"


def _untold(
    world: World,
    facts: set[str],
    tests: dict[str, tuple[FieldTest, ...]],
    targets: list[ServiceLevelTarget],
    events: frozenset[str] | None,
) -> Iterator[str]:
    """Yield what no story holds although the question can depend on it, in words."""
    untold = untold_triggers(world)
    moving = [each for each in untold if targets and each in _MOVING_CLOCKS]
    if any(each.metric == "commitment" for each in targets):
        moving += [each for each in untold if each in _COMMITTING]
    if "unanswered" in facts:
        moving += [each for each in untold if each in _ASKING]
    if facts & _LAST or (targets and (events is None or not events <= _TOLD_EVENTS)):
        moving += [each for each in untold if each not in moving]
    if moving:
        yield f"no story holds: {', '.join(moving)}"
    if any(
        test.field.endswith("_us")
        and (test.field not in INSTANTS or test.operator not in _PRESENCE)
        for several in tests.values()
        for test in several
    ):
        yield "a guard compares an instant: only stories near the start are looked at"
    if world.matrix.policy.modifiers and "priority" in facts:
        yield "inputs of the priority other than impact and urgency stay as they are"
    if "priority" in facts and not _can_end_overrides(world):
        yield "no override of a priority ends by itself"
    crowded = [name for name, several in tests.items() if _are_too_many(world, name, several)]
    if crowded:
        yield f"not every text is tried that {', '.join(crowded)} may hold"


def _can_end_overrides(world: World) -> bool:
    """Return whether whatever time does to an override somebody can do as well, at any time."""
    lifecycle = world.lifecycle
    if "override" in world.never or not lifecycle.transitions_of("override"):
        return True
    ends = {
        source
        for each in lifecycle.transitions_of("end_override")
        for source in each.sources
        if "end_override" not in world.never and each.guard is None
    }
    return all(state.name in ends or state.category.is_terminal for state in lifecycle.states)


def _are_too_many(world: World, name: str, tests: tuple[FieldTest, ...]) -> bool:
    """Return whether a text is searched for more parts than are combined."""
    spec = world.schema.fields.get(name)
    if spec is None or spec.kind is not Kind.TEXT or spec.choices:
        return False
    try:
        free_texts(tests)
    except InvalidValue:
        return True
    return False
