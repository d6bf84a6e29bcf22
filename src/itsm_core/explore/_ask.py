"""The three questions: can it be, can it always be reached, can it go on for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from itsm_core.conditions import Condition, Predicate, all_of
from itsm_core.errors import InvalidValue
from itsm_core.explore._answer import Answer, Step
from itsm_core.explore._facts import field_tests
from itsm_core.explore._search import Edge, Search, Wanted
from itsm_core.explore._situation import Situation
from itsm_core.explore._stories import Stories, step_of
from itsm_core.explore._world import World


def can(world: World, situation: Predicate) -> Answer:
    """Return whether a ticket can ever be in such a situation, with the shortest story.

    A yes was decided and judged step by step, so it is certain. A no needs the complete search:
    cut by a bound it is unknown.

    Raises:
        InvalidValue: no world, or no predicate.
        DefinitionError: the predicate does not fit `world.schema`.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.lifecycle import TASK
    >>> from itsm_core.explore import World
    >>> can(World(lifecycle=TASK), field("state").is_("closed")).is_yes
    True
    """
    question = _question(world, situation)
    search = Search(Stories.of(world, question))
    place = search.until(_asks(question))
    return Answer(
        question=f"can it be that {question}?",
        outcome="yes" if place is not None else "no" if search.is_complete else "unknown",
        story=() if place is None else search.story(place),
        explored=len(search.places),
        complete=search.is_complete,
        limits=search.stories.focus.limits,
        untold=search.stories.focus.untold,
    )


def can_always(
    world: World,
    situation: Predicate,
    *,
    when: Predicate | None = None,
    by: Iterable[str] | None = None,
    within: int | None = None,
) -> Answer:
    """Return whether there is always a way to such a situation, from wherever a ticket may be.

    `when` says from where, anywhere unless given. `by` are the roles on which one can count, all
    of them unless given; time goes by in any case. `within` is the most steps that it may take. A
    no tells the shortest story to where there is no way.

    Raises:
        InvalidValue: no world, no predicate, one text instead of roles, or no number of steps.
        DefinitionError: a predicate does not fit `world.schema`.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.lifecycle import TASK
    >>> from itsm_core.explore import World
    >>> can_always(World(lifecycle=TASK), field("category").is_in("closed", "cancelled")).is_yes
    True
    """
    goal = _question(world, situation)
    start = _question(world, all_of() if when is None else when)
    roles = _roles(by)
    if within is not None and (type(within) is not int or within < 0):
        raise InvalidValue("within is a whole number of steps", within, "leave it out for any")
    search = Search(
        Stories.of(world, _question(world, goal.rule & start.rule), everybody=roles is not None),
        keep_edges=True,
    )
    search.until()
    reached, begins = _asks(goal), _asks(start)
    there = {place for place, each in enumerate(search.places) if reached(each.situation)}
    near = _leading_to(search, there, roles, within)
    # Beyond an open place may lie whatever is asked for: without it nothing is denied.
    maybe = _leading_to(search, there | search.open, roles, within)
    asked = [place for place, each in enumerate(search.places) if begins(each.situation)]
    lost = next((place for place in asked if place not in maybe), None)
    if search.stories.focus.untold:
        lost = None  # what no story holds may be the way
    if lost is not None:
        outcome = "no"
    elif search.is_complete and all(place in near for place in asked):
        outcome = "yes"
    else:
        outcome = "unknown"
    where = "" if when is None else f", when {start},"
    who = "" if roles is None else f" by {', '.join(sorted(roles))}"
    steps = "" if within is None else f" within {within} steps"
    return Answer(
        question=f"is there always{where} a way{who}{steps} to: {goal}?",
        outcome="no" if outcome == "no" else "yes" if outcome == "yes" else "unknown",
        story=() if lost is None else search.story(lost),
        explored=len(search.places),
        complete=search.is_complete,
        limits=search.stories.focus.limits,
        untold=search.stories.focus.untold,
    )


def can_for_ever(world: World, situation: Predicate) -> Answer:
    """Return whether such a situation can go on for ever while time goes by.

    A yes tells the shortest story that leads into it, the loop that can be repeated, and what
    would end it (nothing, if nobody could). Commands alone make no loop: they take no time.

    Raises:
        InvalidValue: no world, or no predicate.
        DefinitionError: the predicate does not fit `world.schema`.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.explore import World
    >>> from itsm_core.lifecycle import TASK
    >>> can_for_ever(World(lifecycle=TASK), field("state").is_("new")).is_yes
    True
    """
    question = _question(world, situation)
    holds = _asks(question)
    search = Search(Stories.of(world, question), keep_edges=True, stop_at_rest=holds)
    search.until()
    inside = {place for place, each in enumerate(search.places) if holds(each.situation)}
    found = _loop(search, inside)
    loop: tuple[Edge, ...] = () if found is None else found
    return Answer(
        question=f"can it be for ever that {question}?",
        outcome="yes" if loop else "no" if search.is_complete else "unknown",
        story=search.story(loop[0].start) if loop else (),
        loop=tuple(_told(search, loop)),
        exits=tuple(dict.fromkeys(_exits(search, loop, inside))),
        explored=len(search.places),
        complete=search.is_complete,
        limits=search.stories.focus.limits,
        untold=search.stories.focus.untold,
    )


def _question(world: object, situation: Predicate) -> Condition:
    if not isinstance(world, World):
        raise InvalidValue("not a World", world, "write World(lifecycle=..., agreement=...)")
    if not any(True for _ in field_tests(situation)) and situation != all_of():
        remedy = "write field('state').is_('closed') and its like"
        raise InvalidValue("a question is a predicate", situation, remedy)
    return Condition(schema=world.schema, rule=situation)


def _roles(by: Iterable[str] | None) -> frozenset[str] | None:
    if isinstance(by, str):
        raise InvalidValue("roles are a set of texts", by, f"write {{{by!r}}}, with braces")
    return None if by is None else frozenset(by)


def _asks(question: Condition) -> Wanted:
    names = tuple({test.field for test in field_tests(question.rule)})

    def asks(situation: Situation) -> bool:
        return question.holds(situation.facts(names))

    return asks


def _leading_to(
    search: Search, goals: set[int], roles: frozenset[str] | None, within: int | None
) -> set[int]:
    """Return the places from which one of the goals can be reached, breadth first backwards."""
    back = search.ways_back()
    reached = set(goals)
    edge_of_it, steps = set(goals), 0
    while edge_of_it and (within is None or steps < within):
        steps += 1
        further = {
            edge.start
            for place in edge_of_it
            for edge in back.get(place, ())
            if edge.start not in reached and _counts_on(edge, roles)
        }
        reached |= further
        edge_of_it = further
    return reached


def _counts_on(edge: Edge, roles: frozenset[str] | None) -> bool:
    actor = edge.by.actor
    return roles is None or actor is None or not actor.roles or bool(actor.roles & roles)


def _loop(search: Search, inside: set[int]) -> tuple[Edge, ...] | None:
    """Return a way round within some places on which time goes by; of all, the nearest one."""
    on = {
        place: [edge for edge in edges if edge.end in inside]
        for place, edges in search.ways_on().items()
        if place in inside
    }
    for place in sorted(inside):
        for edge in on.get(place, ()):
            if edge.by.actor is not None:
                continue  # commands take no time
            back = _way(on, edge.end, place)
            if back is not None:
                return (edge, *back)
    return None


def _way(on: Mapping[int, list[Edge]], start: int, goal: int) -> tuple[Edge, ...] | None:
    """Return a shortest way from one place to another."""
    came: dict[int, Edge | None] = {start: None}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        if at == goal:
            way: list[Edge] = []
            edge = came[at]
            while edge is not None:
                way.append(edge)
                edge = came[edge.start]
            return tuple(reversed(way))
        for edge in on.get(at, ()):
            if edge.end not in came:
                came[edge.end] = edge
                queue.append(edge.end)
    return None


def _told(search: Search, loop: Iterable[Edge]) -> Iterator[Step]:
    for edge in loop:
        yield step_of(search.places[edge.start].situation, edge.by)


def _exits(search: Search, loop: Iterable[Edge], inside: set[int]) -> Iterator[str]:
    """Yield what leads out of the places of a loop."""
    on = search.ways_on()
    for edge in loop:
        for way in on.get(edge.start, ()):
            if way.end not in inside:
                yield way.by.what
