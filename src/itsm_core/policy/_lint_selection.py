"""Agreements that no ticket reaches, and conditions that no ticket meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Final, NamedTuple

from itsm_core.conditions import Condition as FactsCondition
from itsm_core.conditions import Predicate, all_of, find_overlap
from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.lifecycle import SHIPPED
from itsm_core.lifecycle._by_type import types_of
from itsm_core.policy._lint_globs import is_covered
from itsm_core.policy._lint_rules import Subject
from itsm_core.policy._lint_types import closed_types
from itsm_core.policy._values import Condition
from itsm_core.sla import FACTS, AgreementCatalogue
from itsm_core.spans import instant

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding
    from itsm_core.sla import ServiceLevelAgreement

__all__ = ["selection_findings"]

_MOST: Final = 5_000
"""Combinations looked through to prove that several agreements together take all of another's."""

_Texts = tuple[str, ...]


def selection_findings(subject: Subject) -> Iterator[Finding]:
    """Yield agreements that others take every ticket from, and conditions that nothing meets."""
    for agreement in subject.policy.agreements:
        yield from _nothing(subject, agreement)
        yield from _shadowed(subject, agreement)
    yield from _ties(subject)
    yield from _gaps(subject)


def _shadowed(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield an agreement that never holds, because one or several others always come first."""
    rivals = [each for each in _before(subject, agreement) if _covers(each, agreement)]
    wanted = _taken(subject, agreement)
    taken = [_taken(subject, each) for each in rivals]
    domain = _priorities(subject)
    alone = [
        rival
        for rival, each in zip(rivals, taken, strict=True)
        if not _is_reached(wanted, [each], domain)
    ]
    if not alone and (len(rivals) < 2 or _is_reached(wanted, taken, domain)):
        return
    names = " and ".join(repr(str(each.agreement_id)) for each in (alone[:1] or rivals))
    verb = "takes" if alone else "together take"
    first = (alone or rivals)[0]
    if first.precedence > agreement.precedence:
        remedy = f"give it a precedence above {first.precedence}, that of {names}"
    else:
        remedy = f"move it above {names}: of those that fit, the first in the file holds"
    yield subject.tell(
        "shadowed-agreement",
        f"{agreement.agreement_id!r} never holds: {names} {verb} all its tickets",
        (*subject.agreement_path(agreement), "id"),
        value=str(agreement.agreement_id),
        remedy=remedy,
    )


def _before(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[ServiceLevelAgreement]:
    """Yield the agreements of one kind that are chosen rather, where both fit."""
    is_earlier = True
    for each in subject.policy.agreements:
        if each is agreement:
            is_earlier = False
        elif each.kind == agreement.kind and each.agreement_id != agreement.agreement_id:
            by_order = is_earlier and each.kind == "sla" and each.precedence == agreement.precedence
            if by_order or each.precedence > agreement.precedence:
                yield each


def _covers(rival: ServiceLevelAgreement, agreement: ServiceLevelAgreement) -> bool:
    """Return whether a rival is in force whenever the agreement is."""
    start, end = rival.valid_from_us, rival.valid_until_us
    own_start, own_end = agreement.valid_from_us, agreement.valid_until_us
    return (start is None or (own_start is not None and start <= own_start)) and (
        end is None or (own_end is not None and own_end <= end)
    )


class _Taken(NamedTuple):
    """Hold what an agreement asks of tickets: lists of patterns, and a condition over facts."""

    patterns: tuple[Condition, ...]
    rule: Predicate | None


def _taken(subject: Subject, agreement: ServiceLevelAgreement) -> _Taken:
    patterns = subject.policy.conditions.get((agreement.agreement_id, agreement.version), ())
    return _Taken(patterns, agreement.applies_to)


def _is_reached(wanted: _Taken, earlier: Sequence[_Taken], priorities: _Texts) -> bool:
    """Return whether some ticket meets `wanted` and none of `earlier`; False is a proof.

    Such a ticket fails one condition of each earlier agreement: every way to choose them is
    tried, field by field, until the fields can have such values. Where lists and conditions over
    facts speak of one field, both are looked at alone: that finds too many tickets, never too few.
    """
    left = [_MOST]
    own: dict[str, _Texts] = {each.field: each.values for each in wanted.patterns}

    def tried(n: int, failed: Mapping[str, _Texts]) -> bool:
        if n == len(earlier):
            return True
        if _can_fail(earlier[n].rule, wanted.rule) and tried(n + 1, failed):
            return True
        for condition in earlier[n].patterns:
            left[0] -= 1
            if left[0] < 0:
                return True
            name = condition.field
            values = (*failed.get(name, ()), *condition.values)
            if not _is_taken(name, own.get(name, ("*",)), values, priorities) and tried(
                n + 1, {**failed, name: values}
            ):
                return True
        return False

    return tried(0, {})


def _can_fail(rule: Predicate | None, wanted: Predicate | None) -> bool:
    """Return whether a ticket can meet `wanted` and not `rule`; False is a proof."""
    if rule is None:
        return False
    one = FactsCondition(schema=FACTS, rule=all_of() if wanted is None else wanted)
    try:
        return find_overlap(one, FactsCondition(schema=FACTS, rule=~rule)) is not None
    except InvalidValue:  # too many combinations to look at: nothing is proved
        return True


def _ties(subject: Subject) -> Iterator[Finding]:
    """Yield agreements with groups and suppliers of which neither has precedence."""
    others = [each for each in subject.policy.agreements if each.kind != "sla"]
    for one, other in combinations(others, 2):
        if one.kind != other.kind or one.agreement_id == other.agreement_id:
            continue
        for remark in AgreementCatalogue(agreements=(one, other)).check():
            if remark.code == "tie":
                path = (*subject.agreement_path(other), "id")
                value = str(other.agreement_id)
                yield subject.tell("tie", remark.message, path, value=value, remedy=remark.remedy)


def _gaps(subject: Subject) -> Iterator[Finding]:
    """Yield versions that come into force later than the one before ends."""
    for one, other in permutations(subject.policy.agreements, 2):
        if one.agreement_id != other.agreement_id or one.valid_until_us is None:
            continue
        starts = [
            each.valid_from_us
            for each in subject.policy.agreements
            if each.agreement_id == one.agreement_id
            and each.valid_from_us is not None
            and each.valid_from_us >= one.valid_until_us
        ]
        start = min(starts, default=one.valid_until_us)
        if start == other.valid_from_us and start > one.valid_until_us:
            path = (*subject.agreement_path(other), "valid_from")
            from_day, to_day = (
                f"{instant(at):%Y-%m-%d %H:%M}" for at in (one.valid_until_us, start)
            )
            yield subject.tell(
                "version-gap",
                f"from {from_day} to {to_day} UTC no version of {one.agreement_id!r} is in force",
                path,
                value=to_day,
                remedy=f"begin where version {one.version} ends, or mean it",
            )


def _is_taken(name: str, wanted: _Texts, taken: _Texts, priorities: _Texts) -> bool:
    """Return whether `taken` matches all that `wanted` does; priorities are those there are."""
    if name != "priority":
        return is_covered(wanted, taken)
    return all(_matches(each, taken) for each in priorities if _matches(each, wanted))


def _matches(text: str, patterns: _Texts) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _priorities(subject: Subject) -> _Texts:
    """Return the priorities that a ticket can have; the empty one is that of tickets without."""
    return (*subject.policy.matrix.policy.priorities, "")


def _nothing(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield the values of conditions that no ticket of this desk can have."""
    known = {
        "priority": _priorities(subject),
        # Where only some types can be opened, what asks for another one is told as such.
        "ticket_type": () if closed_types(subject) else _ticket_types(subject),
    }
    path = (*subject.agreement_path(agreement), "when")
    for condition in subject.policy.conditions.get((agreement.agreement_id, agreement.version), ()):
        names = known.get(condition.field, ())
        for n, value in enumerate(condition.values):
            if not names or any(fnmatchcase(name, value) for name in names):
                continue
            what = condition.field.replace("_", " ")
            near = did_you_mean(value, names)
            if condition.field == "ticket_type" and not near:
                continue  # types are the desk's own words: only a slip of typing is told
            yield subject.tell(
                "selects-nothing",
                f"no {what} of this desk is {value!r}{near}",
                (*path, condition.field, n),
                value=value,
                remedy=f"use one of {', '.join(filter(None, names))}",
            )


def _ticket_types(subject: Subject) -> _Texts:
    shipped = (each.name for each in SHIPPED)
    return (*types_of(subject.policy.lifecycle), *shipped, *subject.policy.lifecycles)
