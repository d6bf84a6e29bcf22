"""What matters to a question: which facts tell situations apart, which clocks are judged.

Two situations in which everything that any guard, clock rule or the question looks at is the same
have the same future. So only these facts are kept apart, and commands that touch none of them are
left out. Both are exact: nothing that is left out could be seen by anything that decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import WallTime, WorkingTime
from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Operator, Predicate
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
}
"""Facts that follow from others: what they follow from tells situations apart as well."""

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
        "title",
        "urgency",
    }
)
"""Fields of a ticket that an opening fills and a transition may require."""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Focus:
    """Hold what matters to one question in one world.

    `facts` are the facts that tell situations apart, `clock_facts` those that only clocks look at.
    `values` are the constants with which each field is compared. `agreement` has the clocks that
    matter and no warnings; None if none do. `asks_people` is whether it matters afterwards who did
    what they might,
    `events` which classes of events clocks look for, None being any. `falling` names a count of
    which less is never worse: it only ever closes guards. `alike` are people who could change
    places: they have the same roles, and nobody calls them by name.
    """

    facts: tuple[str, ...]
    clock_facts: tuple[str, ...]
    values: dict[str, tuple[object, ...]]
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

    def matters(self, *names: str) -> bool:
        """Return whether one of these facts is looked at, by whatever."""
        return any(name in self.facts or name in self.clock_facts for name in names)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts with which a field is compared, and one with which it is not."""
        return (*(value for value in self.values.get(name, ()) if isinstance(value, str)), "other")

    def capped(self, name: str, number: int) -> int:
        """Return a count, but no more than one above all constants with which it is compared.

        Whatever is compared with a constant is the same for all greater counts.
        """
        known = [value for value in self.values.get(name, ()) if isinstance(value, int)]
        return min(number, max(known, default=0) + 1)


def told_transitions(lifecycle: Lifecycle) -> tuple[Transition, ...]:
    """Return the transitions that stories are made of; those left out change no fact."""
    return tuple(each for each in lifecycle.transitions if each.target or each.trigger in RECORDS)


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
    return Focus(
        facts=tuple(sorted(facts - _always_known())),
        alike=tuple(_alike(world, [*asked, *guards, *judged])),
        falling="reopen_count" if closing and "reopen_count" not in seen else "",
        clock_facts=tuple(sorted(about & {"answered", "awaiting_answer"})),
        values=_values([*asked, *guards, *judged]),
        agreement=_reduced(world.agreement, targets),
        clocks=clocks,
        hold_reasons=_different_reasons(world, [*asked, *guards, *judged]),
        asks_people=bool(facts & _PEOPLE or about & {"automatic", "by_requester"}),
        events=_events(targets),
        asks_phase=_asks_phase(world, targets),
        asks_evidence=any(limit.needs_evidence for each in targets for limit in each.pause_limits),
        limits=tuple(_limits(world, guards, targets)),
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
        if each.trigger != "open":
            yield from (name for name in each.required if name in FROM_OPENING)
    if any(each.approvals for each in transitions):
        yield "approvers"


def _values(tests: list[FieldTest]) -> dict[str, tuple[object, ...]]:
    found: dict[str, dict[object, None]] = defaultdict(dict)
    for test in tests:
        found[test.field] |= dict.fromkeys(test.values)
    return {name: tuple(values) for name, values in found.items()}


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


def _limits(
    world: World, guards: list[FieldTest], targets: list[ServiceLevelTarget]
) -> Iterator[str]:
    """Yield what an answer does not cover, in words."""
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
    if any(
        test.field.endswith("_us")
        and (test.field not in INSTANTS or test.operator not in _PRESENCE)
        for test in guards
    ):
        yield "a guard compares an instant: only stories near the start are looked at"
    if world.matrix.policy.modifiers:
        yield "inputs of the priority other than impact and urgency stay as they are"
