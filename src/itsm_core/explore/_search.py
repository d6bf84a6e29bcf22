"""Breadth first over situations, each kind once: the first story found is a shortest one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import attrs

from itsm_core.explore._answer import Step
from itsm_core.explore._next import Next
from itsm_core.explore._situation import Situation
from itsm_core.explore._stories import Stories, step_of


@attrs.frozen
class Place:
    """Hold a situation that was reached, from where, by what, in how many steps."""

    situation: Situation
    before: int | None
    by: Next
    steps: int


@attrs.frozen
class Edge:
    """Hold a way from one place to another."""

    start: int
    end: int
    by: Next


Wanted: TypeAlias = Callable[[Situation], bool]


@attrs.define(slots=False)
class Search:
    """Look at every kind of situation of some stories once, up to the bounds of the world.

    `open` are places whose ways on were not, or not all, looked at; while there is one, the search
    is not complete. With `keep_edges` every way is kept, for questions about what goes on for ever;
    then a count is never taken for a smaller one. `stop_at_rest` ends the search at a situation in
    which time goes by and nothing changes.
    """

    stories: Stories
    keep_edges: bool = False
    stop_at_rest: Wanted | None = None
    places: list[Place] = attrs.field(factory=list[Place])
    edges: list[Edge] = attrs.field(factory=list[Edge])
    open: set[int] = attrs.field(factory=set[int])
    _known: dict[tuple[object, ...], int] = attrs.field(factory=dict[tuple[object, ...], int])
    _rests: bool = False

    @property
    def is_complete(self) -> bool:
        """Return whether every way out of every place was looked at, and there is no other."""
        return not self.open and not self.stories.focus.untold

    def until(self, wanted: Wanted | None = None) -> int | None:
        """Go on until a wanted situation is found; None if there is none within the bounds."""
        world = self.stories.world
        queue: deque[int] = deque()
        for found, place in self._enter(None, self.stories.begin(), steps=1):
            if wanted is not None and wanted(found):
                self.open.update((place, *queue))
                return place
            queue.append(place)
        while queue:
            at = queue.popleft()
            here = self.places[at]
            if here.steps >= world.steps or len(self.places) >= world.situations:
                self._look_past_bound(at)
                continue
            for found, place in self._enter(at, self.stories.after(here.situation), here.steps + 1):
                if wanted is not None and wanted(found):
                    self.open.update((at, place, *queue))
                    return place
                queue.append(place)
            if self._rests:
                self.open.update(queue)
                return at
        return None

    def _enter(
        self, at: int | None, ways: Iterable[Next], steps: int
    ) -> Iterator[tuple[Situation, int]]:
        """Yield the situations that were not known, with their places."""
        for way in ways:
            key = self._key(way.situation)
            place = self._place_of(way.situation, key)
            is_new = place is None
            if place is None:
                place = self._known[key] = len(self.places)
                self.places.append(Place(way.situation, at, way, steps))
            if self.keep_edges and at is not None:
                self.edges.append(Edge(at, place, way))
                if at == place and self.stop_at_rest is not None and way.actor is None:
                    self._rests = self._rests or self.stop_at_rest(way.situation)
            if is_new:
                yield way.situation, place

    def _key(self, situation: Situation) -> tuple[object, ...]:
        return situation.key("" if self.keep_edges else self.stories.focus.falling)

    def _place_of(self, situation: Situation, key: tuple[object, ...]) -> int | None:
        """Return the place that stands for a situation; None if there is none yet.

        Of a count that only ever closes guards, a smaller one can do all that a greater one can.
        """
        place = self._known.get(key)
        falling = "" if self.keep_edges else self.stories.focus.falling
        if place is None or not falling:
            return place
        known = self.places[place].situation.counts()
        pairs = zip(known, situation.counts(), strict=True)
        return place if all(less <= more for less, more in pairs) else None

    def _look_past_bound(self, at: int) -> None:
        """Note a place beyond which something new may lie; what is known beyond it is no cut."""
        ways = list(self.stories.after(self.places[at].situation))
        found = [(self._place_of(way.situation, self._key(way.situation)), way) for way in ways]
        if any(place is None for place, _ in found):
            self.open.add(at)
        elif self.keep_edges:
            self.edges += (Edge(at, place, way) for place, way in found if place is not None)

    def story(self, place: int) -> tuple[Step, ...]:
        """Return the steps that lead to a place, a shortest story."""
        steps: list[Step] = []
        at: int | None = place
        while at is not None:
            here = self.places[at]
            before = None if here.before is None else self.places[here.before].situation
            steps.append(step_of(before, here.by))
            at = here.before
        return tuple(reversed(steps))

    def ways_back(self) -> dict[int, list[Edge]]:
        """Return the edges that lead to each place."""
        back: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            back[edge.end].append(edge)
        return back

    def ways_on(self) -> dict[int, list[Edge]]:
        """Return the edges that lead from each place."""
        on: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            on[edge.start].append(edge)
        return on
