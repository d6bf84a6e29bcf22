"""What stands if a configuration item fails: a graph of what needs what, with redundancy.

The graph is a port: a table, a CMDB, a call to another system. Only two questions are asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol

import attrs

from itsm_core.errors import InvalidValue

__all__ = [
    "Dependency",
    "DependencyGraph",
    "ImpactedItem",
    "ItemGraph",
    "are_related",
    "impact_of",
]

_MOST_ITEMS: Final = 100_000


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _dependencies(value: Iterable[Dependency]) -> tuple[Dependency, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Dependency:
    """Say that `item` needs `least` of `any_of` to work: one of two, two of three, all of one.

    Raises:
        InvalidValue: nothing is needed, an item needs itself, or more are needed than there are.

    >>> from itsm_core.linking import Dependency, ItemGraph, impact_of
    >>> graph = ItemGraph([Dependency(item="shop", any_of=("web-1", "web-2", "web-3"), least=2)])
    >>> impact_of(graph, {"web-1"})
    ()
    >>> [each.item for each in impact_of(graph, {"web-1", "web-3"})]
    ['shop']
    >>> Dependency(item="shop", any_of=("shop",))
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: an item cannot need itself: 'shop'; leave it out of any_of
    """

    item: str
    any_of: tuple[str, ...] = attrs.field(converter=_names)
    least: int = 1

    def __attrs_post_init__(self) -> None:
        if not self.item or not self.any_of or not all(self.any_of):
            raise InvalidValue(
                "a dependency without names", self, "name the item and what it needs"
            )
        if self.item in self.any_of:
            raise InvalidValue("an item cannot need itself", self.item, "leave it out of any_of")
        if len(set(self.any_of)) < len(self.any_of):
            raise InvalidValue("an item is named twice", self.any_of, "name each once")
        if not 1 <= self.least <= len(self.any_of):
            remedy = f"use 1 to {len(self.any_of)}"
            raise InvalidValue("how many are needed", self.least, remedy)


class DependencyGraph(Protocol):
    """Answer what needs an item, and what an item needs; both empty for an unknown one.

    >>> from itsm_core.linking import Dependency, impact_of
    >>> class Hosts:
    ...     runs_on = {"shop": "host-1", "mail": "host-1", "wiki": "host-2"}
    ...
    ...     def needing(self, item, /):
    ...         return [name for name, host in self.runs_on.items() if host == item]
    ...
    ...     def needs(self, item, /):
    ...         host = self.runs_on.get(item)
    ...         return [Dependency(item=item, any_of=host)] if host else []
    >>> [each.item for each in impact_of(Hosts(), {"host-1"})]
    ['mail', 'shop']
    """

    def needing(self, item: str, /) -> Iterable[str]:
        """Return the items that name this one in a dependency."""
        ...

    def needs(self, item: str, /) -> Iterable[Dependency]:
        """Return the dependencies of an item; all of them must hold for it to work."""
        ...


@attrs.frozen
class ItemGraph:
    """Hold a graph of dependencies in memory.

    >>> from itsm_core.linking import Dependency, ItemGraph, impact_of
    >>> graph = ItemGraph([Dependency(item="shop", any_of=("db-1", "db-2"))])
    >>> [each.item for each in impact_of(graph, {"db-1", "db-2"})]
    ['shop']
    """

    dependencies: tuple[Dependency, ...] = attrs.field(converter=_dependencies)
    _needs: Mapping[str, tuple[Dependency, ...]] = attrs.field(init=False, repr=False, eq=False)
    _needing: Mapping[str, tuple[str, ...]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        needs: dict[str, list[Dependency]] = {}
        needing: dict[str, list[str]] = {}
        for each in self.dependencies:
            needs.setdefault(each.item, []).append(each)
            for needed in each.any_of:
                needing.setdefault(needed, []).append(each.item)
        object.__setattr__(self, "_needs", {item: tuple(own) for item, own in needs.items()})
        object.__setattr__(self, "_needing", {item: tuple(own) for item, own in needing.items()})

    def needing(self, item: str, /) -> Iterable[str]:
        """Return the items that name this one in a dependency."""
        return self._needing.get(item, ())

    def needs(self, item: str, /) -> Iterable[Dependency]:
        """Return the dependencies of an item."""
        return self._needs.get(item, ())


def are_related(graph: DependencyGraph, one: str, other: str) -> bool:
    """Return whether one of two items needs the other directly, or both need the same.

    >>> from itsm_core.linking import Dependency, ItemGraph, are_related
    >>> graph = ItemGraph([Dependency(item="shop", any_of=("db",))])
    >>> are_related(graph, "shop", "db"), are_related(graph, "shop", "mail")
    (True, False)
    """
    own = {one, *(need for each in graph.needs(one) for need in each.any_of)}
    others = {other, *(need for each in graph.needs(other) for need in each.any_of)}
    return not own.isdisjoint(others)


@attrs.frozen(kw_only=True)
class ImpactedItem:
    """Hold an item that no longer works, how many steps away, and the dependency that broke.

    >>> from itsm_core.linking import Dependency, ItemGraph, impact_of
    >>> disks, db = ("disk-1", "disk-2"), "db"
    >>> graph = ItemGraph([Dependency(item=db, any_of=disks), Dependency(item="shop", any_of=db)])
    >>> for each in impact_of(graph, {"disk-1", "disk-2"}):
    ...     print(each.distance, each.item, "for want of", " or ".join(each.because.any_of))
    1 db for want of disk-1 or disk-2
    2 shop for want of db
    """

    item: str
    distance: int
    because: Dependency


def impact_of(graph: DependencyGraph, failed: Collection[str]) -> tuple[ImpactedItem, ...]:
    """Return every item that stops working if these fail, the nearest first, then by name.

    Redundancy counts: with one of two left, what needs one of two goes on. Cycles are harmless.

    Raises:
        InvalidValue: `failed` is one text, or the graph has more than 100,000 items on the way.

    >>> from itsm_core.linking import Dependency, ItemGraph, impact_of
    >>> disks, db = ("disk-1", "disk-2"), "db"
    >>> graph = ItemGraph([Dependency(item=db, any_of=disks), Dependency(item="shop", any_of=db)])
    >>> impact_of(graph, {"disk-1"})
    ()
    >>> [each.item for each in impact_of(graph, {"disk-1", "disk-2"})]
    ['db', 'shop']
    >>> impact_of(graph, "disk-1")
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a text is not a set of items: 'disk-1'; write {'disk-1'}
    """
    if isinstance(failed, str):
        raise InvalidValue("a text is not a set of items", failed, f"write {{{failed!r}}}")
    down: dict[str, int] = dict.fromkeys(sorted(failed), 0)
    found: list[ImpactedItem] = []
    waiting = deque(down)
    while waiting:
        item = waiting.popleft()
        for name in sorted(set(graph.needing(item))):
            broken = None if name in down else _broken(graph, name, down)
            if broken is None:
                continue
            if len(down) >= _MOST_ITEMS:
                remedy = "ask about fewer items, or split the graph"
                raise InvalidValue("too many items fail", len(down), remedy)
            down[name] = down[item] + 1
            found.append(ImpactedItem(item=name, distance=down[name], because=broken))
            waiting.append(name)
    return tuple(sorted(found, key=lambda each: (each.distance, each.item)))


def _broken(graph: DependencyGraph, item: str, down: Mapping[str, int]) -> Dependency | None:
    """Return the first dependency of an item that no longer holds."""
    for each in graph.needs(item):
        if sum(needed not in down for needed in each.any_of) < each.least:
            return each
    return None
