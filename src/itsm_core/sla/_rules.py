"""When a clock starts, pauses, stops: what conditions may look at, and what each metric means.

Conditions are data (`itsm_core.conditions`) over `FACTS`, the facts of a ticket after an event. A
condition that names `event`, `automatic` or `by_requester` is about that one event; any other is
about the ticket, and starts or resets a clock when it becomes true. After each event a clock asks,
in this order: reopen, stop, cancel, reset, start, resume, pause (law S6).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import attrs

from itsm_core.conditions import (
    Condition,
    Kind,
    Predicate,
    Schema,
    all_of,
    any_of,
    field,
)
from itsm_core.errors import DefinitionError, Fault, InvalidValue

Metric = Literal[
    "response",
    "next_reply",
    "update",
    "resolution",
    "requester_wait",
    "agent_work",
    "ola",
    "uc",
    "commitment",
]
"""What a clock measures; `METRICS` has the conditions of each."""

AWAITING_REQUESTER: Final = "awaiting_requester"
"""The hold reason, of the lifecycles shipped here, while the desk waits for the requester."""

EVENT_FACTS: Final = frozenset({"event", "automatic", "by_requester"})
"""The facts that are about one event; the others are about the ticket after it."""

FACTS: Final = Schema(
    name="facts",
    fields={
        "event": Kind.TEXT,
        "automatic": Kind.BOOL,
        "by_requester": Kind.BOOL,
        "category": Kind.TEXT.of("new", "active", "on_hold", "resolved", "closed", "cancelled"),
        "hold_reason": Kind.TEXT.optional(),
        "priority": Kind.TEXT.optional(),
        "impact": Kind.TEXT.optional(),
        "urgency": Kind.TEXT.optional(),
        "service": Kind.TEXT.optional(),
        "category_name": Kind.TEXT.optional(),
        "configuration_item_id": Kind.TEXT.optional(),
        "channel": Kind.TEXT.optional(),
        "ticket_type": Kind.TEXT.optional(),
        "requester": Kind.TEXT.optional(),
        "group": Kind.TEXT.optional(),
        "assignee": Kind.TEXT.optional(),
        "requester_is_assignee": Kind.BOOL,
        "answered": Kind.BOOL,
        "awaiting_answer": Kind.BOOL,
        "reopen_count": Kind.NUMBER,
    },
)
"""What the conditions of clocks may look at; the page on service levels says what each fact is."""


@attrs.frozen(kw_only=True)
class ClockRules:
    """Hold the conditions of a clock over `FACTS`, asked after every event.

    `start` begins a cycle where none is live, `stop` fulfils it, `cancel` ends it unfulfilled,
    `reset` cancels it and begins the next. The clock stands still while `pause` holds or, where
    there is a `resume`, until that holds. None is never.

    Raises:
        DefinitionError: nothing starts or stops it, or a condition does not fit `FACTS`; every
            fault is listed.

    >>> from itsm_core.conditions import field
    >>> rules = ClockRules(
    ...     start=field("event").is_("TicketOpened"), stop=field("event").is_("TicketResolved")
    ... )
    >>> print(rules.explain().splitlines()[0])
    start: event is TicketOpened
    """

    start: Predicate
    stop: Predicate
    cancel: Predicate | None = None
    reset: Predicate | None = None
    pause: Predicate | None = None
    resume: Predicate | None = None

    def __attrs_post_init__(self) -> None:
        found = {name: _faults_of(name, rule) for name, rule in self._given().items()}
        wrong = {name: faults for name, faults in found.items() if faults}
        if len(wrong) == 1:
            name, faults = wrong.popitem()
            raise DefinitionError(f"clock rule {name!r}", faults)
        if wrong:
            raise DefinitionError(
                "clock rules",
                tuple(
                    attrs.evolve(each, where=f"{name}.{each.where}".rstrip("."))
                    for name, faults in wrong.items()
                    for each in faults
                ),
            )

    def _given(self) -> dict[str, Predicate | None]:
        return attrs.asdict(self, recurse=False)

    def to_json(self) -> dict[str, object]:
        """Return the conditions as JSON-ready data."""
        return {
            name: None if rule is None else Condition(schema=FACTS, rule=rule).to_json()
            for name, rule in self._given().items()
        }

    def explain(self) -> str:
        """Return the rules in words, a line each."""
        given = self._given().items()
        return "\n".join(
            f"{name}: {Condition(schema=FACTS, rule=rule)}"
            for name, rule in given
            if rule is not None
        )


def _faults_of(name: str, rule: Predicate | None) -> tuple[Fault, ...]:
    """Return what is wrong with one of the conditions; those that begin and end must be there."""
    if rule is None:
        if name not in ("start", "stop"):
            return ()
        remedy = f"write {name}=field(...), a condition over FACTS"
        return (Fault("no-condition", f"nothing {name}s the clock", "", "None", remedy),)
    try:
        Condition(schema=FACTS, rule=rule)
    except DefinitionError as error:
        return error.faults
    return ()


def on_hold_for(*reasons: str) -> Predicate:
    """Return the condition that the ticket is on hold for one of these reasons.

    >>> on_hold_for("awaiting_requester")
    FieldTest(field='hold_reason', operator=Operator.IN, values=('awaiting_requester',))
    """
    return field("hold_reason").is_in(*_named(reasons, "on_hold_for('awaiting_requester')"))


_OPENED: Final = field("event").is_("TicketOpened")
_ANSWERS: Final = field("event").is_("AnswerSent") & field("automatic").is_(False)
_FINISHED: Final = field("category").is_in("resolved", "closed")
_CANCELLED: Final = field("category").is_("cancelled")
_DONE: Final = field("category").is_in("resolved", "closed", "cancelled")
_ANSWERED: Final = field("answered").is_(True)
_WAITING: Final = field("awaiting_answer").is_(True)
_FROM_OPENING: Final = ClockRules(start=_OPENED, stop=_FINISHED, cancel=_CANCELLED)

METRICS: Final[Mapping[str, ClockRules]] = MappingProxyType(
    {
        "response": ClockRules(start=_OPENED, stop=_ANSWERED, cancel=all_of(_DONE, ~_ANSWERED)),
        "next_reply": ClockRules(
            start=all_of(_ANSWERED, _WAITING, ~_DONE),
            stop=~_WAITING,
            cancel=_DONE,
            pause=field("hold_reason").is_in(AWAITING_REQUESTER),
        ),
        "update": ClockRules(
            start=all_of(_ANSWERS, ~_DONE),
            stop=_ANSWERS,
            cancel=_DONE,
            pause=field("hold_reason").is_in(AWAITING_REQUESTER),
        ),
        "resolution": _FROM_OPENING,
        "requester_wait": attrs.evolve(
            _FROM_OPENING, pause=field("hold_reason").is_in(AWAITING_REQUESTER)
        ),
        "agent_work": attrs.evolve(_FROM_OPENING, pause=field("category").is_("on_hold")),
    }
)
"""What each metric means, as conditions; a target can replace any of them (law S5).

`ola` and `uc` are not here, because they depend on who and what: see `held_by` and `waiting_for`.
"""


def held_by(*groups: str) -> ClockRules:
    """Return the rules of a clock that runs while one of these groups holds the ticket.

    For an operational level agreement: it starts at the assignment and stops when another group
    takes over or the ticket is resolved; every assignment to them is a cycle of its own.

    >>> held_by("network").explain().splitlines()[0]
    'start: group in (network) and not (category in (resolved, closed, cancelled))'
    """
    held = field("group").is_in(*_named(groups, "held_by('network')"))
    return ClockRules(start=held & ~_DONE, stop=any_of(~held, _FINISHED), cancel=_CANCELLED)


def waiting_for(*reasons: str) -> ClockRules:
    """Return the rules of a clock that runs while the ticket is on hold for one of these reasons.

    For the underpinning contract of a supplier, who has the ticket while the desk waits.

    >>> waiting_for("awaiting_supplier").explain().splitlines()[0]
    'start: hold_reason in (awaiting_supplier)'
    """
    waits = on_hold_for(*reasons)
    return ClockRules(start=waits, stop=~waits, cancel=_CANCELLED)


def _named(names: tuple[str, ...], example: str) -> tuple[str, ...]:
    if not names:
        raise InvalidValue("no name is given", names, f"write {example}")
    return names
