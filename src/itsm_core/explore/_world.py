"""What is explored: a lifecycle, the people who act in it and, where time matters, a promise."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import attrs

from itsm_core.commands import Actor
from itsm_core.conditions import Schema
from itsm_core.errors import CalendarExhausted, InvalidValue
from itsm_core.explore._facts import clock_facts, schema_of
from itsm_core.explore._focus import told_transitions
from itsm_core.ids import PersonId
from itsm_core.lifecycle import Lifecycle
from itsm_core.links import LINK_RULES, LinkRules
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix, PriorityPolicy, PriorityRules
from itsm_core.sla import ServiceLevelAgreement
from itsm_core.spans import as_micros, instant

REQUESTER: Final = "requester"
_SYSTEM: Final = "system"
_MONDAY_US: Final = as_micros(datetime(2026, 1, 5, 9, tzinfo=UTC))


def _check_lifecycle(_: object, __: object, value: Lifecycle) -> None:
    if not isinstance(value, Lifecycle):
        raise InvalidValue("not a Lifecycle", value, "pass INCIDENT or one of your own")


def people_of(lifecycle: Lifecycle) -> tuple[Actor, ...]:
    """Return one person for each role of a lifecycle, named like the role.

    Where approvals are counted, as many people as are needed share the approving role, and one
    more, because the ticket's own people may be barred. Where a person must be another than one of
    the ticket's, two share the role. The role `system` is a program.

    Raises:
        InvalidValue: not a lifecycle.

    >>> from itsm_core.lifecycle import TASK
    >>> [each.person_id for each in people_of(TASK)][:2]
    ['requester', 'analyst']
    """
    _check_lifecycle(None, None, lifecycle)
    roles = {role for each in lifecycle.transitions for role in each.roles}
    wanted = max((each.approvals for each in lifecycle.transitions), default=0)
    approving = {role for each in lifecycle.transitions_of("approve") for role in each.roles}
    told = told_transitions(lifecycle)
    separate = {role for each in told if each.separate_from for role in each.roles}
    people: list[Actor] = []
    for role in sorted(roles, key=lambda each: (each != REQUESTER, each)):
        if role == _SYSTEM:
            continue
        several = 2 if role in separate else 1
        if wanted and role in approving:
            several = max(several, wanted + 1)
        names = (role if number == 1 else f"{role} {number}" for number in range(1, several + 1))
        people += [Actor(person_id=PersonId(name), roles={role}) for name in names]
    people += [Actor(roles={role}, automatic=True) for role in roles if role == _SYSTEM]
    # A lifecycle without roles is open to anybody, and anybody needs a name.
    return tuple(people) or (Actor(person_id=PersonId("somebody")),)


def _people(value: Iterable[Actor]) -> tuple[Actor, ...]:
    people = tuple(value)
    if not people or not all(isinstance(each, Actor) for each in people):
        raise InvalidValue("people must be a list of Actor", value, "write (Actor(...), ...)")
    return people


def _default_people(world: World) -> tuple[Actor, ...]:
    return people_of(world.lifecycle)


def _check_agreement(_: object, __: object, value: ServiceLevelAgreement | None) -> None:
    if value is not None and not isinstance(value, ServiceLevelAgreement):
        remedy = "pass the ServiceLevelAgreement itself, or leave it out"
        raise InvalidValue("not a ServiceLevelAgreement", value, remedy)


def _check_rules(_: object, __: object, value: LinkRules) -> None:
    if not isinstance(value, LinkRules):
        raise InvalidValue("not LinkRules", value, "pass LINK_RULES or your own")


def _check_matrix(_: object, __: object, value: PriorityRules) -> None:
    if not isinstance(value, PriorityMatrix | PriorityPolicy):
        remedy = "pass ITIL_MATRIX or one of your own"
        raise InvalidValue("not a PriorityMatrix or PriorityPolicy", value, remedy)


def _links(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise InvalidValue("neighbours are a list of links", value, f"write ({value!r},)")
    return tuple(value)


def _triggers(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise InvalidValue("triggers that nobody fires are a list", value, f"write ({value!r},)")
    return tuple(value)


def _check_bound(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidValue(f"{attribute.name} is a whole number from 1", value, "raise it")


def _check_wait(_: object, __: object, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise InvalidValue("a long wait is a positive duration", value, "write timedelta(days=7)")


# Without slots, so that the schema is made once.
@attrs.frozen(kw_only=True, slots=False)
class World:
    """Hold what is explored, and where the search gives up.

    `people` are all who ever act; unless given, one person for each role of the lifecycle. Give
    somebody two roles to see what that makes possible. The ticket is opened in the first working
    hour after `start`. `long_wait` is the time in which nobody does anything at all; with it time
    moves on to the next change of a clock, to the last instant before it, and to nothing between.
    `neighbours` are links, as read from the ticket: for each it is linked to one more ticket of the
    same lifecycle, opened with it and decided together with it by `link_rules`. `never` are
    triggers that are taken for given not to be fired; without it there is no proof where a question
    depends on what no story holds, such as time that is excluded from a clock. The ticket stays in
    its lifecycle, and no window keeps it from being reopened. `steps` and
    `situations` bound the search: an answer that met a bound says so and is no proof.

    Raises:
        InvalidValue: a field is of another type, a bound is not positive, or a link or a trigger
            is unknown.
        DefinitionError: two names of clocks give the same name of a fact.

    >>> from itsm_core.lifecycle import TASK
    >>> len(World(lifecycle=TASK).people) > 1
    True
    """

    lifecycle: Lifecycle = attrs.field(validator=_check_lifecycle)
    agreement: ServiceLevelAgreement | None = attrs.field(default=None, validator=_check_agreement)
    people: tuple[Actor, ...] = attrs.field(
        default=attrs.Factory(_default_people, takes_self=True), converter=_people
    )
    matrix: PriorityRules = attrs.field(default=ITIL_MATRIX, validator=_check_matrix)
    neighbours: tuple[str, ...] = attrs.field(default=(), converter=_links)
    link_rules: LinkRules = attrs.field(default=LINK_RULES, validator=_check_rules)
    never: tuple[str, ...] = attrs.field(default=(), converter=_triggers)
    start_us: int = attrs.field(alias="start", default=_MONDAY_US, converter=as_micros)
    long_wait: timedelta = attrs.field(default=timedelta(days=7), validator=_check_wait)
    steps: int = attrs.field(default=100, validator=_check_bound)
    situations: int = attrs.field(default=20_000, validator=_check_bound)

    def __attrs_post_init__(self) -> None:
        known = sorted(name for each in self.link_rules.types for name in (each.name, each.reverse))
        for link in self.neighbours:
            if link not in known:
                raise InvalidValue("not a link", link, f"use one of {', '.join(known)}")
        for trigger in self.never:
            if trigger not in self.lifecycle.triggers:
                listed = ", ".join(self.lifecycle.triggers)
                raise InvalidValue("not a trigger of the lifecycle", trigger, f"use of {listed}")

    @cached_property
    def schema(self) -> Schema:
        """Return the facts that a question may look at: of the ticket, of who acted, of clocks."""
        return schema_of(self.lifecycle, self.clock_names)

    @cached_property
    def clock_names(self) -> dict[str, str]:
        """Return the names of the clocks as facts begin with them, and the names of the targets."""
        targets = () if self.agreement is None else self.agreement.targets
        return clock_facts(each.name for each in targets)

    @property
    def long_wait_text(self) -> str:
        """Return the long wait in words."""
        days, rest = divmod(self.long_wait, timedelta(days=1))
        return f"{days} days" if days and not rest else str(self.long_wait)

    @cached_property
    def opening_us(self) -> int:
        """Return the instant at which the ticket is opened."""
        if self.agreement is None:
            return self.start_us
        try:
            return as_micros(self.agreement.calendar.next_open(instant(self.start_us)))
        except CalendarExhausted:
            return self.start_us  # no time ever counts, which is the agreement's own affair

    @cached_property
    def requesters(self) -> tuple[PersonId, ...]:
        """Return who may be named as the requester: who acts as one first, then all others."""
        named = [each for each in self.people if each.person_id and not each.automatic]
        first = [each.person_id for each in named if REQUESTER in each.roles]
        others = [each.person_id for each in named]
        return tuple(dict.fromkeys([*(first or [PersonId(REQUESTER)]), *others]))
