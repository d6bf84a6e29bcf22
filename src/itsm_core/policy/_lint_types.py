"""Types of ticket that no lifecycle is for, and types for which two are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from itsm_core.errors import did_you_mean
from itsm_core.lifecycle import ANY_TYPE
from itsm_core.lifecycle._by_type import types_of
from itsm_core.policy._lint_rules import Subject

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding

__all__ = ["closed_types", "type_findings"]


def type_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what is doubtful where each type of ticket has a lifecycle of its own."""
    names = subject.policy.lifecycle
    if not isinstance(names, str):
        yield from _twice(subject, names)
        yield from _without(subject, closed_types(subject))


def closed_types(subject: Subject) -> tuple[str, ...]:
    """Return the only types of ticket that can be opened; none where there is no such limit."""
    names = subject.policy.lifecycle
    return () if isinstance(names, str) or ANY_TYPE in names else types_of(names)


def _twice(subject: Subject, names: Mapping[str, str]) -> Iterator[Finding]:
    """Yield types that differ in capitals and blanks alone, and follow different lifecycles."""
    seen: dict[str, str] = {}
    for kind in types_of(names):
        plain = re.sub(r"[\W_]+", "", kind).casefold()
        first = seen.setdefault(plain, kind)
        if names[first] != names[kind]:
            yield subject.tell(
                "type-twice",
                f"{kind!r} is {first!r} written otherwise: one type of ticket has two lifecycles",
                ("lifecycle", kind),
                value=kind,
                remedy="keep the one that your tickets have",
                at_key=True,
            )


def _without(subject: Subject, known: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the types that agreements ask for and that no ticket can be opened with."""
    if not known:
        return
    for agreement in subject.policy.agreements:
        path = (*subject.agreement_path(agreement), "when", "ticket_type")
        key = agreement.agreement_id, agreement.version
        for asked in subject.policy.conditions.get(key, ()):
            if asked.field != "ticket_type":
                continue
            for n, value in enumerate(asked.values):
                if any(fnmatchcase(kind, value) for kind in known):
                    continue
                yield subject.tell(
                    "type-without-lifecycle",
                    f"no lifecycle is for tickets of type {value!r}{did_you_mean(value, known)}",
                    (*path, n),
                    value=value,
                    remedy=f"name its lifecycle under lifecycle, or use one of {', '.join(known)}",
                )
