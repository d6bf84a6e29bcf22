"""How tickets belong together, and what one does to the others, as data (law L6)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, TypeVar, cast

import attrs

from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.lifecycle import StateCategory

_Part = TypeVar("_Part")

_MOST_TICKETS: Final = 10_000  # beyond, a step is a migration and wants a tool of its own
_DEEPEST: Final = 100


class Effect(Enum):
    """Say what happens to a ticket when the one that it follows gets somewhere.

    >>> from itsm_core.links import LINK_RULES, Effect
    >>> [each.link for each in LINK_RULES.propagations if each.effect is Effect.CLOSE]
    ['child_of', 'duplicate_of']
    """

    INFORM = "inform"
    RESOLVE = "resolve"
    CLOSE = "close"
    CANCEL = "cancel"


@attrs.frozen(kw_only=True)
class LinkType:
    """Name a kind of link from both ends: what is `child_of` here is `parent_of` there.

    The ticket that holds `name` follows the other one. With one name for both ends nobody follows
    anybody. `is_acyclic` forbids that a ticket follows itself through others, `is_single` that it
    follows two. `by_hand` is off for what only a command of its own may do, such as merging.

    Raises:
        InvalidValue: a name is no text or empty, or a symmetric link is to be acyclic or single.

    >>> from itsm_core.links import LinkType
    >>> LinkType(name="child_of", reverse="parent_of", is_acyclic=True).reverse
    'parent_of'
    """

    name: str
    reverse: str
    is_acyclic: bool = False
    is_single: bool = False
    by_hand: bool = True

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.reverse):
            if not isinstance(text, str) or not text.strip():
                remedy = "name it as the ticket reads it: 'child_of' and 'parent_of'"
                raise InvalidValue("not the name of a link", text, remedy)
        if self.is_symmetric and (self.is_acyclic or self.is_single):
            remedy = "give its other end a name of its own"
            raise InvalidValue("nobody follows anybody in a symmetric link", self.name, remedy)

    @property
    def is_symmetric(self) -> bool:
        """Return whether both ends are alike, so that nothing can follow from the link."""
        return self.name == self.reverse


@attrs.frozen(kw_only=True)
class Propagation:
    """Let the tickets that follow by `link` take part when the one they follow enters `on`.

    One level, unless `levels` says more; through a ticket that is closed or cancelled nothing goes
    on to those below. With `is_asked` it happens only if the call asks for it.
    Only what is open is resolved or cancelled and only what is resolved is closed: nothing is ever
    reopened or taken back. The actor needs the roles for all of it. `resolution_code` is used
    where the command brings none.

    Raises:
        InvalidValue: a part is of another type than it should be.

    >>> from itsm_core.lifecycle import StateCategory
    >>> from itsm_core.links import LINK_RULES, Effect, Propagation
    >>> done = [each for each in LINK_RULES.propagations if each.on is StateCategory.RESOLVED]
    >>> [(each.link, each.effect.value) for each in done if not each.is_asked]
    [('child_of', 'resolve'), ('duplicate_of', 'resolve'), ('problem', 'inform'), ('caused_by',
    'inform')]
    >>> Propagation(link="child_of", on=StateCategory.CLOSED, effect=Effect.CLOSE, levels=0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: levels of a propagation: 0; count from 1
    """

    link: str
    on: StateCategory
    effect: Effect
    levels: int = 1
    is_asked: bool = False
    resolution_code: str = ""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.on, StateCategory):
            raise InvalidValue("not a StateCategory", self.on, "use StateCategory.RESOLVED")
        if not isinstance(self.effect, Effect):
            raise InvalidValue("not an Effect", self.effect, "use Effect.INFORM and its like")
        if type(self.levels) is not int or not 1 <= self.levels <= _DEEPEST:
            raise InvalidValue("levels of a propagation", self.levels, "count from 1")


@attrs.frozen(kw_only=True)
class Block:
    """Keep a ticket out of `on` while one that follows it by `link` is open after the step.

    Raises:
        InvalidValue: `on` is no category, or one of work that goes on.

    >>> from itsm_core.lifecycle import StateCategory
    >>> from itsm_core.links import LINK_RULES, Block
    >>> [f"not {each.on.value} while a {each.link} it is open" for each in LINK_RULES.blocks]
    ['not resolved while a child_of it is open', 'not closed while a child_of it is open']
    >>> Block(link="child_of", on=StateCategory.ACTIVE)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: open followers cannot block this: StateCategory.ACTIVE; use
    StateCategory.RESOLVED, CLOSED or CANCELLED
    """

    link: str
    on: StateCategory

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.on, StateCategory) or self.on.is_open:
            remedy = "use StateCategory.RESOLVED, CLOSED or CANCELLED"
            raise InvalidValue("open followers cannot block this", self.on, remedy)


LINK_TYPES: Final = (
    LinkType(name="duplicate_of", reverse="duplicated_by", is_acyclic=True, is_single=True),
    LinkType(name="child_of", reverse="parent_of", is_acyclic=True, is_single=True),
    LinkType(name="caused_by", reverse="caused", is_acyclic=True),
    LinkType(name="problem", reverse="problem_of", is_acyclic=True),
    LinkType(name="follow_up_of", reverse="followed_by", is_acyclic=True, is_single=True),
    LinkType(name="split_from", reverse="split_into", is_acyclic=True, is_single=True),
    LinkType(
        name="merged_into", reverse="merged_from", is_acyclic=True, is_single=True, by_hand=False
    ),
    LinkType(name="related_to", reverse="related_to"),
)
"""The links that come along; add your own to them."""

_NEEDED: Final = {"follow_up_of": "followed_by", "split_from": "split_into"} | {
    "merged_into": "merged_from"
}


def _all_of(kind: type[_Part], values: object) -> tuple[_Part, ...]:
    remedy = f"write ({kind.__name__}(...), ...)"
    if not isinstance(values, Iterable):
        raise InvalidValue(f"no list of {kind.__name__}", values, remedy)
    found = tuple(cast("Iterable[object]", values))
    for one in found:
        if not isinstance(one, kind):
            raise InvalidValue(f"not a {kind.__name__}", one, remedy)
    return cast("tuple[_Part, ...]", found)


def _types(values: Iterable[LinkType]) -> tuple[LinkType, ...]:
    return _all_of(LinkType, values)


def _propagations(values: Iterable[Propagation]) -> tuple[Propagation, ...]:
    return _all_of(Propagation, values)


def _blocks(values: Iterable[Block]) -> tuple[Block, ...]:
    return _all_of(Block, values)


@attrs.frozen(kw_only=True)
class LinkRules:
    """Hold which links there are and what follows from them.

    `most_tickets` and `deepest` bound what one step may read and how far it may walk; beyond, it
    is refused, not cut short.

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: names clash or are unknown, a link that merging and its like need is
            missing, something would follow from a symmetric link; every fault is listed.

    >>> from itsm_core.lifecycle import StateCategory
    >>> from itsm_core.links import LINK_TYPES, Effect, LinkRules, LinkType, Propagation
    >>> outage = LinkType(name="part_of", reverse="made_of", is_acyclic=True)
    >>> told = Propagation(link="part_of", on=StateCategory.RESOLVED, effect=Effect.INFORM)
    >>> rules = LinkRules(types=(*LINK_TYPES, outage), propagations=(told,))
    >>> rules.find("made_of").name
    'part_of'
    >>> LinkRules(propagations=(told,))
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: link rules: propagations: no link is called 'part_of' by
    the ticket that follows (use one of duplicate_of, child_of, caused_by, problem,
    follow_up_of, split_from, merged_into, related_to; did you mean 'duplicate_of'?)
    """

    types: tuple[LinkType, ...] = attrs.field(default=LINK_TYPES, converter=_types)
    propagations: tuple[Propagation, ...] = attrs.field(default=(), converter=_propagations)
    blocks: tuple[Block, ...] = attrs.field(default=(), converter=_blocks)
    most_tickets: int = 200
    deepest: int = 20

    def __attrs_post_init__(self) -> None:
        for name, value, most in (
            ("most_tickets", self.most_tickets, _MOST_TICKETS),
            ("deepest", self.deepest, _DEEPEST),
        ):
            if type(value) is not int or not 1 <= value <= most:
                raise InvalidValue(f"{name} is a bound", value, f"use 1 to {most}")
        faults = (*_name_faults(self), *_rule_faults(self))
        if faults:
            raise DefinitionError("link rules", faults)

    def find(self, link: str) -> LinkType | None:
        """Return the type of which this is the name of either end; None if there is none."""
        return next((each for each in self.types if link in (each.name, each.reverse)), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name of every end, each once."""
        return tuple(dict.fromkeys(n for each in self.types for n in (each.name, each.reverse)))


def _name_faults(rules: LinkRules) -> Iterator[Fault]:
    used = Counter(name for each in rules.types for name in {each.name, each.reverse})
    for name, times in used.items():
        if times > 1:
            message = f"{times} links are called {name!r}"
            yield Fault("duplicate-name", message, "types", name, "give each end its own name")
    for name, reverse in _NEEDED.items():
        known = rules.find(name)
        if known is None or (known.name, known.reverse) != (name, reverse):
            message = f"there is no link {name!r} with the other end {reverse!r}"
            remedy = "write types=(*LINK_TYPES, ...)"
            yield Fault("missing-link-type", message, "types", name, remedy)


def _rule_faults(rules: LinkRules) -> Iterator[Fault]:
    names = tuple(each.name for each in rules.types)
    ruled = [("propagations", each.link) for each in rules.propagations]
    for where, link in (*ruled, *(("blocks", each.link) for each in rules.blocks)):
        known = rules.find(link)
        if known is None or known.name != link:
            remedy = f"use one of {', '.join(names)}{did_you_mean(link, names)}"
            message = f"no link is called {link!r} by the ticket that follows"
            yield Fault("unknown-link", message, where, link, remedy)
        elif known.is_symmetric:
            message = f"{link!r} is symmetric: nothing may follow from being merely related"
            yield Fault("merely-related", message, where, link, "use a link with two ends")


def _follow(link: str, on: StateCategory, effect: Effect, *, is_asked: bool = False) -> Propagation:
    return Propagation(link=link, on=on, effect=effect, is_asked=is_asked)


_DONE: Final = StateCategory.RESOLVED

LINK_RULES: Final = LinkRules(
    propagations=(
        _follow("child_of", _DONE, Effect.RESOLVE),
        _follow("child_of", StateCategory.CLOSED, Effect.CLOSE),
        _follow("child_of", StateCategory.CANCELLED, Effect.INFORM),
        _follow("duplicate_of", _DONE, Effect.RESOLVE),
        _follow("duplicate_of", StateCategory.CLOSED, Effect.CLOSE),
        _follow("duplicate_of", StateCategory.CANCELLED, Effect.INFORM),
        _follow("problem", _DONE, Effect.INFORM),
        _follow("problem", _DONE, Effect.RESOLVE, is_asked=True),
        _follow("caused_by", _DONE, Effect.INFORM),
    ),
    blocks=(Block(link="child_of", on=_DONE), Block(link="child_of", on=StateCategory.CLOSED)),
)
"""What follows at a usual desk: children and duplicates are done with their ticket, incidents hear
of their problem, and no parent is done before its children are."""
