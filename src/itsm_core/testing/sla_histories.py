"""Random histories of tickets from a seeded source: what fuzzers, laws and strategies share.

Everything lies on a grid of a quarter of an hour, so that the oracle of service levels is exact.
Smaller draws give simpler histories, so that Hypothesis can shrink what is made here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from itsm_core.conditions import AllOf, AnyOf, FieldTest, Not, Predicate
from itsm_core.events import (
    AnswerSent,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
    WorkStarted,
)
from itsm_core.ids import EventId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.sla import ANY_PRIORITY, ServiceLevelAgreement
from itsm_core.testing.schedules import clock_changes

__all__ = [
    "STEP",
    "TICKET",
    "Mix",
    "leaves_of",
    "mix_of",
    "random_history",
    "random_offset",
    "random_start",
]

STEP: Final = timedelta(minutes=15)
"""The grid on which everything lies."""

TICKET: Final = TicketId("INC-1")
"""The one ticket of every random history."""

_DAY_STEPS: Final = 96


@attrs.frozen(kw_only=True)
class Mix:
    """Hold the words that the events of a history may use.

    >>> mix = Mix(priorities=("P1",))
    >>> history = random_history(random.Random(7), mix, datetime(2026, 1, 5, 9, tzinfo=UTC))
    >>> {event.priority for event in history if isinstance(event, TicketOpened | PriorityChanged)}
    {'P1'}
    """

    priorities: tuple[str, ...] = ("P1", "P2", "P3", "P4")
    reasons: tuple[str, ...] = ("awaiting_requester", "awaiting_supplier", "change_window")
    groups: tuple[str, ...] = ("desk", "network")
    clocks: tuple[str, ...] = ("resolution",)
    services: tuple[str, ...] = ("mail", "erp")


def mix_of(agreement: ServiceLevelAgreement) -> Mix:
    """Return the words that an agreement knows, and one of each kind that it does not.

    >>> from itsm_core import ServiceLevelTarget, hours
    >>> from itsm_core.calendars import ALWAYS
    >>> goal = ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)})
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> mix_of(gold).priorities
    ('P1', 'unlisted')
    """
    plain, said = Mix(), _constants(agreement)
    reasons = set(said.get("hold_reason", ()))
    priorities = dict.fromkeys(name for each in agreement.targets for name in each.goals)
    for target in agreement.targets:
        reasons |= target.pause_on or frozenset()
        reasons |= {limit.reason for limit in target.pause_limits}
    known = tuple(name for name in priorities if name != ANY_PRIORITY)
    return Mix(
        priorities=(*known, *said.get("priority", ()), "unlisted"),
        reasons=(*sorted(reasons - {ANY_PRIORITY, "resolved"}), plain.reasons[0]),
        groups=(*said.get("group", ()), plain.groups[0]),
        clocks=tuple(target.name for target in agreement.targets),
        services=(*said.get("service", ()), plain.services[0]),
    )


def _constants(agreement: ServiceLevelAgreement) -> dict[str, tuple[str, ...]]:
    """Return the texts that the agreement's rules compare each fact with."""
    found: dict[str, set[str]] = {}
    for target in agreement.targets:
        if target.metric == "commitment":
            continue
        rules = target.rules
        for rule in (rules.start, rules.stop, rules.cancel, rules.reset, target.pause):
            for test in () if rule is None else leaves_of(rule):
                texts = {value for value in test.values if isinstance(value, str)}
                found.setdefault(test.field, set()).update(texts)
    return {name: tuple(sorted(texts)) for name, texts in found.items()}


def leaves_of(rule: Predicate) -> Iterator[FieldTest]:
    """Yield every test in a rule.

    >>> from itsm_core.conditions import field
    >>> rule = field("group").is_("desk") & ~field("service").is_("erp")
    >>> [test.field for test in leaves_of(rule)]
    ['group', 'service']
    """
    match rule:
        case FieldTest():
            yield rule
        case Not():
            yield from leaves_of(rule.part)
        case AllOf() | AnyOf():
            for part in rule.parts:
                yield from leaves_of(part)


def random_start(rng: random.Random, zone: str) -> datetime:
    """Return an instant of 2026 on the grid, often within three days of a clock change.

    >>> start = random_start(random.Random(7), "Europe/Berlin")
    >>> start.year, start.minute % 15
    (2026, 0)
    """
    changes = clock_changes(zone, 2026)
    if changes and rng.random() < 0.7:
        near = rng.choice(changes).replace(second=0, microsecond=0)
        return near + rng.randrange(-3 * _DAY_STEPS, _DAY_STEPS) * STEP
    return datetime(2026, 6, 1, tzinfo=UTC) + rng.randrange(14 * _DAY_STEPS) * STEP


def random_offset(rng: random.Random) -> timedelta:
    """Return when after the opening: soon often, at whole hours often, else within a week.

    >>> offset = random_offset(random.Random(7))
    >>> offset < timedelta(days=7), offset % STEP
    (True, datetime.timedelta(0))
    """
    style = rng.random()
    if style < 0.35:
        return rng.randrange(24) * STEP
    if style < 0.7:
        return rng.randrange(72) * timedelta(hours=1)
    return rng.randrange(7 * _DAY_STEPS) * STEP


_PEOPLE: Final = tuple(PersonId(name) for name in ("", "ann", "bob", "eve"))
_Maker = Callable[[random.Random, Mix, dict[str, Any]], TicketEvent]


def _hold(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    evidence = rng.choice(("", "mail 7"))
    reason = rng.choice(mix.reasons)
    return TicketPutOnHold(state="hold", reason=reason, evidence=evidence, **told)


def _priority(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    return PriorityChanged(priority=rng.choice(mix.priorities), **told)


def _override(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    expires = told["occurred_at"] + rng.randint(1, 200) * STEP if rng.random() < 0.6 else None
    return PriorityOverridden(
        priority=rng.choice(mix.priorities), reason="asked", expires_at=expires, **told
    )


def _assign(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    group = GroupId(rng.choice((*mix.groups, "")))
    return TicketAssigned(group=group, assignee=rng.choice(_PEOPLE), **told)


def _exclude(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    start = told["occurred_at"] + (rng.randrange(4 * _DAY_STEPS) - 2 * _DAY_STEPS) * STEP
    return TimeExcluded(
        start_at=start,
        end_at=start + rng.randrange(-1, 120) * STEP,
        reason=rng.choice(("storm", "strike")),
        approver=rng.choice(_PEOPLE),
        clock=rng.choice(("", "", *mix.clocks)),
        **told,
    )


def _explain(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    return BreachExplained(
        clock=rng.choice(mix.clocks),
        reason=rng.choice(("vendor", "staff")),
        owner=rng.choice(("", "desk")),
        cycle=rng.choice((0, 0, 1, 2)),
        **told,
    )


def _commit(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    del mix
    due = told["occurred_at"] + rng.randrange(-4, 150) * STEP
    return CommitmentMade(commitment_id=f"c-{told['event_id']}", due_at=due, **told)


def _keep(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    del mix
    kind = rng.choice((CommitmentKept, CommitmentWithdrawn))
    return kind(commitment_id=f"c-e{rng.randrange(12)}", **told)


def _reclassify(rng: random.Random, mix: Mix, told: dict[str, Any]) -> TicketEvent:
    return TicketReclassified(service=ServiceId(rng.choice(mix.services)), **told)


def _moved(kind: type[Any], state: str) -> _Maker:
    return lambda _rng, _mix, told: kind(state=state, **told)


def _plain(kind: type[Any]) -> _Maker:
    return lambda _rng, _mix, told: kind(**told)


_MAKERS: Final[tuple[tuple[int, _Maker], ...]] = (
    (6, _plain(AnswerSent)),
    (5, _plain(ContactReceived)),
    (3, _moved(WorkStarted, "work")),
    (8, _hold),
    (6, _moved(TicketResumed, "work")),
    (5, _moved(TicketResolved, "resolved")),
    (5, _moved(TicketReopened, "work")),
    (6, _priority),
    (5, _assign),
    (4, _exclude),
    (2, _override),
    (1, _plain(PriorityOverrideEnded)),
    (2, _moved(TicketClosed, "closed")),
    (1, _moved(TicketCancelled, "cancelled")),
    (1, _moved(TicketMoved, "work")),
    (2, _explain),
    (2, _commit),
    (2, _keep),
    (1, _reclassify),
)
_WEIGHTS: Final = tuple(weight for weight, _ in _MAKERS)


def random_history(
    rng: random.Random, mix: Mix, start: datetime, *, longest: int = 14
) -> tuple[TicketEvent, ...]:
    """Return the events of a ticket in the order of their arrival, some late, some told twice.

    >>> start = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> history = random_history(random.Random(7), Mix(), start, longest=3)
    >>> {event.occurred_us % (STEP // timedelta.resolution) for event in history}
    {0}
    """
    opening = TicketOpened(
        ticket_id=TICKET,
        occurred_at=start,
        event_id=EventId("opened"),
        recorded_at=start + rng.randrange(12) * STEP if rng.random() < 0.2 else None,
        automatic=rng.random() < 0.1,
        priority=rng.choice(mix.priorities),
        requester=rng.choice((PersonId("ann"), PersonId(""))),
        group=GroupId(rng.choice(("", *mix.groups))),
        service=ServiceId(rng.choice(("", *mix.services))),
    )
    events: list[TicketEvent] = [opening]
    at = start
    for number in range(rng.randint(0, longest)):
        style = rng.random()
        if style < 0.75:  # mostly on from the last event, sometimes anywhere
            at += rng.choice((0, 1, 2, 4, 8, 16, 40, 96)) * STEP
        happened = at if style < 0.75 else start + random_offset(rng)
        if style > 0.98:
            happened = start - rng.randint(1, 8) * STEP
        events.append(_event(rng, mix, happened, number))
    return _as_told(rng, events)


def _event(rng: random.Random, mix: Mix, at: datetime, number: int) -> TicketEvent:
    late = rng.random() < 0.2
    told: dict[str, Any] = {
        "ticket_id": TICKET,
        "occurred_at": at,
        "recorded_at": at + rng.randrange(100) * STEP if late else None,
        "event_id": EventId(f"e{number}"),
        "automatic": rng.random() < 0.15,
        "actor": rng.choice(_PEOPLE),
        "sequence": number if rng.random() < 0.8 else 0,
    }
    maker = rng.choices(_MAKERS, _WEIGHTS)[0][1]
    return maker(rng, mix, told)


def _as_told(rng: random.Random, events: list[TicketEvent]) -> tuple[TicketEvent, ...]:
    """Return events as they arrive: in any order, some twice, some of those told anew later."""
    told = list(events)
    for event in events:
        chance = rng.random()
        if chance > 0.95:
            told.append(event)
        elif chance > 0.9:
            later = event.recorded_us + rng.randrange(1, 50) * (STEP // timedelta.resolution)
            told.append(attrs.evolve(event, recorded_at=later))
    if rng.random() < 0.5:
        rng.shuffle(told)
    return tuple(told)
