"""Roles that are named once and are nearly another one: nobody has a role that is misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, cast

from itsm_core.escalation import EscalateToRole, Notify, ProposeMajorIncident
from itsm_core.lifecycle import SHIPPED, TIMER
from itsm_core.lifecycle._by_type import names_in
from itsm_core.policy._lint_rules import Subject
from itsm_core.priority import PriorityPolicy

if TYPE_CHECKING:
    from itsm_core.lifecycle import Transition
    from itsm_core.policy._findings import Finding, Path
    from itsm_core.priority import OverrideRule

__all__ = ["role_findings"]

_SHORT: Final = 5
"""Below it, another letter makes another word: "lead" and "head"."""
_LONG: Final = 8
"""From it on, a word may hold more than one slip."""
_NEAR: Final = 0.88


def role_findings(subject: Subject) -> Iterator[Finding]:
    """Yield each role that one place alone names, if it is nearly that of another place."""
    places: dict[str, list[Path]] = {}
    for role, path in _named(subject):
        places.setdefault(role, []).append(path)
    shipped = _shipped(subject)
    order = {role: n for n, role in enumerate(places)}
    for role, (path, *more) in places.items():
        if more or role in shipped:
            continue
        others = [
            each
            for each in (*shipped, *places)
            if each in shipped or len(places[each]) > 1 or order[each] < order[role]
        ]
        near = next((each for each in others if _is_slip(role, each)), None)
        if near is not None:
            yield subject.tell(
                "role-alone",
                f"the role {role!r} is named here alone; did you mean {near!r}?",
                path,
                value=role,
                remedy=f"write {near!r} as elsewhere, or leave it, if there are two such roles",
                suggestion=near,
            )


def _named(subject: Subject) -> Iterator[tuple[str, Path]]:
    """Yield every role that the file names, with its path, in the order of the sections."""
    policy = subject.policy
    if isinstance(policy.matrix, PriorityPolicy):
        yield from _placed(subject, ("priority", "overrides", "roles"), policy.matrix.overrides)
    for name, lifecycle in policy.lifecycles.items():
        for n, each in enumerate(lifecycle.transitions):
            yield from _placed(subject, ("lifecycles", name, "transitions", n, "roles"), each)
    for name, ladder in policy.ladders.items():
        for n, rule in enumerate(ladder.rules):
            for number, action in enumerate(rule.actions):
                at: Path = ("ladders", name, "rules", n, "actions", number)
                if isinstance(action, EscalateToRole | ProposeMajorIncident):
                    if subject.source.has((*at, "role")):  # else it is the usual one
                        yield action.role, (*at, "role")
                elif isinstance(action, Notify) and action.target == "role":
                    yield action.name, (*at, "name")


def _placed(
    subject: Subject, path: Path, holder: OverrideRule | Transition
) -> Iterator[tuple[str, Path]]:
    """Yield the roles of a rule with their places in the file: the rule itself has sorted them."""
    given = subject.written(path)
    written = cast("list[object]", given) if isinstance(given, list) else []
    for role in holder.roles:
        yield role, (*path, written.index(role)) if role in written else path


def _shipped(subject: Subject) -> tuple[str, ...]:
    """Return the roles that come from outside the file: of shipped lifecycles, and the timer's."""
    names = names_in(subject.policy.lifecycle)
    followed = [each for each in SHIPPED if each.name in names]
    found = [role for each in followed for one in each.transitions for role in one.roles]
    return tuple(dict.fromkeys((*found, *sorted(TIMER.roles))))


def _is_slip(one: str, other: str) -> bool:
    """Return whether two names are the same but for how one of their words is typed."""
    if one == other or re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    words, others = _words(one), _words(other)
    if "".join(words) == "".join(others):
        return True
    if len(words) != len(others):
        return False
    differing = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and _is_near(*differing[0])


def _words(name: str) -> list[str]:
    return [each for each in re.split(r"[\W_]+", name.casefold()) if each]


def _is_near(one: str, other: str) -> bool:
    """Return whether a letter is too many, missing, exchanged, or in a longer word another one."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) == 1 and len(short) >= _SHORT - 2:
        if any(long[:n] + long[n + 1 :] == short for n in range(len(long))):
            return True
    elif len(long) == len(short):
        differing = [n for n, pair in enumerate(zip(one, other, strict=True)) if len(set(pair)) > 1]
        if len(differing) == 1:
            return len(short) >= _SHORT
        if [one[n] for n in differing] == [other[n] for n in reversed(differing)]:
            return differing[-1] - differing[0] == 1
    return len(short) >= _LONG and SequenceMatcher(None, short, long).ratio() >= _NEAR
