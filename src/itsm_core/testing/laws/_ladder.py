"""Laws of escalation, tried on a ladder of yours with its agreement and people (Y13 to Y16)."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.errors import ItsmError
from itsm_core.escalation import (
    FIRE_ALL,
    NOBODY,
    Breached,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    Ladder,
    Notify,
    OffsetFromDue,
    PriorityReached,
    ProposeMajorIncident,
    ShareUsed,
    Step,
    due,
)
from itsm_core.events import TicketOpened
from itsm_core.ids import EventId, GroupId, PersonId
from itsm_core.sla import ANY_PRIORITY, ServiceLevelAgreement, evaluate
from itsm_core.spans import instant, micros
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law, shrunk
from itsm_core.testing.laws._tickets import order_of, shown, story_of
from itsm_core.testing.sla_histories import TICKET, random_start

__all__ = ["LADDER_LAWS", "LadderCase", "check_ladder"]

_AHEAD: Final = timedelta(days=60)
_ON_CLOCKS: Final = (ShareUsed, OffsetFromDue, Breached)
_SPEAKING: Final = (Notify, EscalateToGroup, EscalateToRole, ProposeMajorIncident)


@attrs.frozen(kw_only=True)
class LadderCase:
    """Hold a ladder, the agreement and the people that it works with, and a ticket nobody touches.

    The ticket has a group and a requester, and nobody to whom it is assigned.

    >>> from datetime import UTC
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.escalation import EscalationRule
    >>> from itsm_core.sla import ServiceLevelTarget
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> tell = EscalateToRole(role="duty manager")
    >>> late = EscalationRule(name="late", trigger=Breached(clock="resolution"), actions=[tell])
    >>> case = LadderCase(
    ...     ladder=Ladder(name="day", rules=[late]),
    ...     agreement=ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal]),
    ...     coverage=NOBODY,
    ...     opening=TicketOpened(
    ...         ticket_id="INC-1", occurred_at=datetime(2026, 1, 5, 9, tzinfo=UTC)
    ...     ),
    ... )
    >>> print(case.steps()[0].text("UTC"))
    Mon 13:00: escalate to the duty manager, because resolution is breached
    >>> list(every_rung_reaches_somebody(case))
    []
    """

    ladder: Ladder
    agreement: ServiceLevelAgreement
    coverage: Coverage
    opening: TicketOpened

    def steps(self) -> tuple[Step, ...]:
        """Return every step of the ladder over sixty days, if nothing else happens."""
        found = due(
            [self.opening],
            self.ladder,
            self.agreement,
            self.coverage,
            until=instant(self.opening.occurred_us) + _AHEAD,
            catch_up=FIRE_ALL,
        )
        return tuple(each.step for each in found)

    def due_us(self) -> dict[str, int]:
        """Return when each clock is due, by the subject of its steps."""
        judged = evaluate([self.opening], self.agreement, as_of=instant(self.opening.occurred_us))
        return {
            f"{clock.name}.{clock.cycle}": clock.due_us
            for clock in judged
            if clock.due_us is not None
        }


@law("Y13")
def every_rung_can_act(case: LadderCase) -> Iterator[str]:
    """Every rung speaks of clocks, priorities and rosters that there are."""
    clocks = [target.name for target in case.agreement.targets]
    priorities = {name for target in case.agreement.targets for name in target.goals}
    rosters = [roster.name for roster in case.coverage.rosters]
    for rule in case.ladder.rules:
        trigger = rule.trigger
        if isinstance(trigger, _ON_CLOCKS) and trigger.clock not in clocks:
            yield f"{rule.name!r} waits for {trigger.clock!r}; the clocks are {', '.join(clocks)}"
        if isinstance(trigger, PriorityReached) and ANY_PRIORITY not in priorities:
            for name in trigger.priorities:
                if name not in priorities:
                    known = ", ".join(sorted(priorities))
                    yield f"{rule.name!r} waits for priority {name!r}; there are {known}"
        for action in rule.actions:
            if not isinstance(action, Notify) or action.target != "roster":
                continue
            if action.name not in rosters:
                known = ", ".join(rosters) or "none"
                yield f"{rule.name!r} tells roster {action.name!r}; the rosters are {known}"


@law("Y14")
def every_rung_reaches_somebody(case: LadderCase) -> Iterator[str]:
    """Every message of a rung reaches somebody, and some rung has one."""
    if not any(isinstance(each, _SPEAKING) for rule in case.ladder.rules for each in rule.actions):
        yield f"no rung of {case.ladder.name!r} tells anybody anything"
        return
    heard: dict[tuple[str, str, int], list[Step]] = {}
    for step in case.steps():
        if isinstance(step.action, _SPEAKING):
            heard.setdefault((step.rule, step.subject, step.occurrence), []).append(step)
    for steps in heard.values():
        if not any(_is_heard(step) for step in steps):
            yield f"nobody hears it. {steps[0].text(case.agreement.calendar.zone)}"


def _is_heard(step: Step) -> bool:
    if not isinstance(step.action, Notify):
        return True
    is_lost = step.target in ("", "nobody") or step.target.startswith("roster ")
    return not (is_lost or "nobody stands in" in step.note or "never opens" in step.note)


@law("Y15")
def warnings_come_in_time(case: LadderCase) -> Iterator[str]:
    """Who is to be told before a clock is due is told before it is due."""
    ends = case.due_us()
    for step in case.steps():
        end = ends.get(step.subject)
        if end is not None and step.reached_us < end < step.at_us:
            yield (
                f"{step.rule!r} was to tell {step.target} by {shown(step.reached_us)}, "
                f"{step.subject} is due {shown(end)}, they are told {shown(step.at_us)}"
                f"{f': {step.note}' if step.note else ''}"
            )


@law("Y16")
def rungs_come_in_order(case: LadderCase) -> Iterator[str]:
    """A higher rung of a clock never comes before a lower one."""
    first: dict[tuple[str, int], Step] = {}
    for step in case.steps():
        if step.subject in case.due_us() and step.occurrence == 1:
            first.setdefault((step.subject, step.level), step)
    for (subject, level), higher in first.items():
        for (other, below), lower in first.items():
            if other == subject and below < level and higher.reached_us < lower.reached_us:
                yield (
                    f"{subject}: {higher.rule!r}, rung {level}, comes {shown(higher.reached_us)}, "
                    f"before {lower.rule!r}, rung {below}, {shown(lower.reached_us)}"
                )


LADDER_LAWS: Final[tuple[Law[LadderCase], ...]] = (
    every_rung_can_act,
    every_rung_reaches_somebody,
    warnings_come_in_time,
    rungs_come_in_order,
)
"""Every law of ladders; each has its number and its sentence."""


def check_ladder(
    ladder: Ladder,
    agreement: ServiceLevelAgreement,
    coverage: Coverage = NOBODY,
    *,
    max_examples: int = 20,
    seed: int = 0,
    without: Collection[str] = (),
) -> None:
    """Try the laws of escalation on a ladder of yours, with its agreement and its people.

    Tickets of each priority are opened, around the clock changes of the agreement's zone, and left
    alone for sixty days: whoever is to hear of them must. Twenty examples take about a second.

    Raises:
        LawBroken: naming the law, the ticket, and every step of the ladder.
        InvalidValue: `without` names no law.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.escalation import EscalationRule
    >>> from itsm_core.sla import ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> late = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="duty manager")],
    ... )
    >>> check_ladder(Ladder(name="day", rules=[late]), gold)
    """
    laws = chosen(LADDER_LAWS, without)
    order = (*order_of(agreement), "unlisted")
    for number in range(max(max_examples, 1)):
        rng = random.Random(f"{seed}:{number}")
        opening = TicketOpened(
            ticket_id=TICKET,
            occurred_at=random_start(rng, agreement.calendar.zone),
            event_id=EventId("e0"),
            priority=order[number % len(order)],
            group=GroupId("desk"),
            requester=PersonId("rita"),
        )
        case = LadderCase(ladder=ladder, agreement=agreement, coverage=coverage, opening=opening)
        found = first_broken(laws, case)
        if found is not None:
            # What there is besides the ladder is what its names are compared with.
            less = _fewer_rungs if found.name == every_rung_can_act.name else _smaller
            small = shrunk(found, case, less)
            start = instant(small.opening.occurred_us)
            told = story_of([small.opening], _looked_at(small, start), agreement.calendar.zone)
            title = f"ladder {ladder.name!r}"
            broken(found, small, subject=title, story=told, ledger=_ledger(small))


def _looked_at(case: LadderCase, start: datetime) -> datetime:
    """Return when the last clock is due, or the start."""
    return instant(max([micros(start), *case.due_us().values()]))


def _fewer_rungs(case: LadderCase) -> Iterator[LadderCase]:
    """Yield the case with a rung less."""
    rules = case.ladder.rules
    for place in range(len(rules) if len(rules) > 1 else 0):
        less = attrs.evolve(case.ladder, rules=rules[:place] + rules[place + 1 :])
        yield attrs.evolve(case, ladder=less)


def _smaller(case: LadderCase) -> Iterator[LadderCase]:
    """Yield the case with a rung less, with a target less, with a roster less."""
    yield from _fewer_rungs(case)
    targets = case.agreement.targets
    for place in range(len(targets) if len(targets) > 1 else 0):
        rest = targets[:place] + targets[place + 1 :]
        agreement = attrs.evolve(case.agreement, targets=rest, legs=())
        yield attrs.evolve(case, agreement=agreement)
    rosters = case.coverage.rosters
    for place in range(len(rosters)):
        fewer = rosters[:place] + rosters[place + 1 :]
        yield attrs.evolve(case, coverage=attrs.evolve(case.coverage, rosters=fewer))


def _ledger(case: LadderCase) -> Iterator[str]:
    """Yield when each clock is due, and the steps of the ladder."""
    zone = case.agreement.calendar.zone
    for subject, end in case.due_us().items():
        yield f"{subject} is due {shown(end)}"
    try:
        yield from (f"{step.text(zone)} [{step.rule}]" for step in case.steps())
    except ItsmError as error:  # a roster that is not there
        yield str(error)
