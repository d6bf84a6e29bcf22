"""Laws of lifecycles, tried on one of yours: what can happen to its tickets (L2, Y9, Y10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import attrs

from itsm_core.commands import Actor
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.explore import Answer, World, can_always, people_of
from itsm_core.lifecycle import Lifecycle, Transition
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law
from itsm_core.testing.lifecycle_sequences import check_sequences

__all__ = ["LIFECYCLE_LAWS", "LifecycleCase", "check_lifecycle"]

_SYSTEM: Final = "system"


@attrs.frozen(kw_only=True)
class LifecycleCase:
    """Hold a lifecycle, the people whom a desk has, and how many commands are tried in a row.

    Without `people` the desk has enough of them for every role that the lifecycle names.

    >>> from itsm_core.lifecycle import TASK
    >>> LifecycleCase(lifecycle=TASK).roles
    ()
    """

    lifecycle: Lifecycle
    people: tuple[Actor, ...] = ()
    depth: int = 3

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that somebody of the desk has."""
        return tuple(sorted({role for each in self.people for role in each.roles}))


@law("Y9")
def every_role_is_somebodys(case: LifecycleCase) -> Iterator[str]:
    """Every transition can be fired by a role that the desk has."""
    if not case.people:
        return  # then there are enough for every role
    known = {*case.roles, _SYSTEM}
    for each in case.lifecycle.transitions:
        if each.roles and not known & set(each.roles):
            yield (
                f"{each.trigger!r} from {', '.join(each.sources) or 'nothing'} is for "
                f"{', '.join(each.roles)}; the desk has {', '.join(case.roles) or 'no role'}"
            )


@law("Y10")
def every_ticket_can_end(case: LifecycleCase) -> Iterator[str]:
    """From wherever a ticket gets, somebody can close or cancel it."""
    answer = _ending(case)
    if answer.is_no:
        yield f"there is no way out after: {'; '.join(map(str, answer.story))}"


@law("L2")
def commands_keep_the_rules(case: LifecycleCase) -> Iterator[str]:
    """A command gives events that the lifecycle allows, or a refusal; none leads anywhere else."""
    for violation in check_sequences(case.lifecycle, case.depth).violations:
        yield str(violation)


LIFECYCLE_LAWS: Final[tuple[Law[LifecycleCase], ...]] = (
    every_role_is_somebodys,
    every_ticket_can_end,
    commands_keep_the_rules,
)
"""Every law of lifecycles; each has its number and its sentence."""


def check_lifecycle(
    lifecycle: Lifecycle,
    *,
    people: Iterable[Actor] = (),
    depth: int = 3,
    without: Collection[str] = (),
) -> None:
    """Try the laws of lifecycles on one of yours: every command, wherever a ticket may be.

    What is unsound is refused when the lifecycle is made, before it gets here; `lawful` tells that
    as a broken law, too. `people` are those whom your desk has, enough of them unless given;
    `depth` is how many commands are tried in a row. A lifecycle of the shipped size takes a second
    or two.

    Raises:
        LawBroken: naming the law and the shortest story that breaks it.
        InvalidValue: `without` names no law, or `depth` is no number from 1.

    >>> from itsm_core.lifecycle import TASK
    >>> check_lifecycle(TASK, depth=1)
    """
    if type(depth) is not int or depth < 1:
        raise InvalidValue("depth is a whole number of commands from 1", depth, "write 3")
    case = LifecycleCase(lifecycle=lifecycle, people=tuple(people), depth=depth)
    found = first_broken(chosen(LIFECYCLE_LAWS, without), case)
    if found is not None:
        title = f"lifecycle {lifecycle.name!r}"
        story = _story(found.name, case)
        broken(found, case, subject=title, story=story, ledger=_ledger(case))


def _ending(case: LifecycleCase) -> Answer:
    people = case.people or people_of(case.lifecycle)
    world = World(lifecycle=case.lifecycle, people=people)
    return can_always(world, field("category").is_in("closed", "cancelled"))


def _story(name: str, case: LifecycleCase) -> Iterator[str]:
    yield f"A ticket is opened in {case.lifecycle.initial}."
    if name == every_ticket_can_end.name:
        told = "; ".join(str(step) for step in _ending(case).story)
        yield f"{told}." if told else "There it stays."
        yield "From there nobody can close or cancel it, whatever they try."
    elif name == every_role_is_somebodys.name:
        yield f"The desk has people who are {', '.join(case.roles) or 'without a role'}, no others."
    else:
        yield f"Commands follow, up to {case.depth}: those above, named with the rule they break."


def _ledger(case: LifecycleCase) -> Iterator[str]:
    """Yield the moves of each state."""
    for state in case.lifecycle.states:
        exits = [
            _move(each)
            for each in case.lifecycle.transitions
            if state.name in each.sources and each.target
        ]
        yield f"{state.name} ({state.category.value}): {'; '.join(exits) or 'no way out'}"


def _move(each: Transition) -> str:
    """Return a transition in a few words: where to, by whom, on what terms."""
    terms = [f"by {', '.join(each.roles)}"] if each.roles else []
    terms += [f"if {each.condition}"] if each.condition is not None else []
    terms += [f"with {each.approvals} approvals"] if each.approvals else []
    terms += [f"by another than {', '.join(each.separate_from)}"] if each.separate_from else []
    return " ".join([f"{each.trigger} -> {each.target}", *terms])
