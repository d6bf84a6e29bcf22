"""What differs between two policies: in words, and on a log ticket by ticket (law S13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, load_zone, wall_time
from itsm_core.documents import path_text
from itsm_core.errors import shown
from itsm_core.events import TicketEvent, TicketOpened, in_order
from itsm_core.policy._findings import Path
from itsm_core.policy._values import Condition, Policy
from itsm_core.sla import (
    AgreementCatalogue,
    Regime,
    ServiceLevelAgreement,
    Tally,
    TicketChange,
    Total,
    diff,
)
from itsm_core.spans import micros

if TYPE_CHECKING:
    from itsm_core.policy._source import PolicySource

__all__ = ["PolicyChange", "PolicyEffect", "policy_changes", "policy_effect"]

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WEEKS: Final = 104
_KNOWN: Final = ("title", "calendars", "matrix", "priority", "agreements")
"""Sections that are compared by what they mean; the others are compared as they are written."""
_NAMING: Final = ("id", "name", "trigger", "from", "on")


@attrs.frozen(kw_only=True)
class PolicyChange:
    """Hold one thing that another policy says otherwise: where, and what, in words.

    >>> from itsm_core.policy import load_policy, policy_changes
    >>> print(policy_changes(load_policy("demo"), load_policy("msp"))[0])
    title: A desk in Berlin, Lisbon and São Paulo -> A co-managed desk in Berlin and Lisbon
    """

    section: str
    name: str = ""
    text: str

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"{self.section}{name}: {self.text}"


def policy_changes(
    old: Policy,
    new: Policy,
    sources: tuple[PolicySource, PolicySource] | None = None,
) -> tuple[PolicyChange, ...]:
    """Return everything that differs between two policies, section by section.

    Calendars, priorities and agreements are compared by what they mean, so that another way to
    write the same is no change; with `sources` every other section is compared as it is written,
    the name included: a file that gives none is named after itself, which is no change.

    >>> from itsm_core.policy import load_policy
    >>> policy = load_policy("servicenow_uci")
    >>> policy_changes(policy, policy)
    ()
    """
    return (
        *_titles(old, new),
        *_calendars(old, new),
        *_priorities(old, new),
        *_agreements(old, new),
        *_lifecycles(old, new),
        *([] if sources is None else _written(*sources)),
    )


def _titles(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    if old.title != new.title:
        text = f"{old.title or 'none'} -> {new.title or 'none'}"
        yield PolicyChange(section="title", text=text)


def _named(section: str, before: str, after: str) -> Iterator[PolicyChange]:
    if before != after:
        text = f"name: {before or 'none'} -> {after or 'none'}"
        yield PolicyChange(section=section, text=text)


# -- calendars -------------------------------------------------------------------------------------


def _calendars(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    for name in dict.fromkeys((*old.calendars, *new.calendars)):
        before, after = old.calendars.get(name), new.calendars.get(name)
        texts: Iterable[str]
        if before is None and after is not None:
            texts = (f"new, {_open_time(after)}",)
        elif after is None and before is not None:
            texts = (f"gone; it was {_open_time(before)}",)
        else:
            texts = _calendar(cast("Calendar", before), cast("Calendar", after))
        for text in texts:
            yield PolicyChange(section="calendar", name=name, text=text)


def _calendar(before: Calendar, after: Calendar) -> Iterator[str]:
    """Yield which parts of a calendar differ, and what that does to its open time."""
    if before.content_hash == after.content_hash:
        return
    if isinstance(before, BusinessCalendar) and isinstance(after, BusinessCalendar):
        if before.zone != after.zone:
            yield f"zone {before.zone} -> {after.zone}"
        if before.hours != after.hours:
            yield f"hours {before.hours} -> {after.hours}"
        if before.holidays != after.holidays:
            yield f"holidays: {_days(before)} -> {_days(after)} days in 2026"
        yield from _exceptions(before, after)
        if before.holiday_scope != after.holiday_scope:
            yield f"holiday scope {before.holiday_scope} -> {after.holiday_scope}"
    else:
        yield "made of other calendars, or of the same that changed"
    one, other = _open_time(before), _open_time(after)
    yield one if one == other else f"{one} -> {other}"


def _days(calendar: BusinessCalendar) -> int:
    return len(calendar.holidays.dates_in(2026))


def _exceptions(before: BusinessCalendar, after: BusinessCalendar) -> Iterator[str]:
    one, other = dict(before.exceptions), dict(after.exceptions)
    for day in sorted({*one, *other}):
        if one.get(day) != other.get(day):
            what = "dropped" if day not in other else "new" if day not in one else "other hours"
            yield f"exception of {day}: {what}"


def _open_time(calendar: Calendar) -> str:
    """Return the open time of an average week of 2026 and 2027, to the minute."""
    open_time = calendar.between(_START, _START + timedelta(weeks=_WEEKS)) / _WEEKS
    minutes = open_time // timedelta(minutes=1)
    return f"open {minutes // 60} h {minutes % 60:02} min in an average week"


# -- priorities ------------------------------------------------------------------------------------


def _priorities(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    before, after = old.matrix.policy, new.matrix.policy
    if before.content_hash == after.content_hash:
        return
    yield from _named("matrix", before.matrix.name, after.matrix.name)
    yield from _named("priority", before.name, after.name)
    cells = dict.fromkeys((*before.matrix.cells, *after.matrix.cells))
    for cell in cells:
        one, other = before.matrix.cells.get(cell), after.matrix.cells.get(cell)
        if one != other:
            text = f"impact {cell[0]}, urgency {cell[1]}: {one or 'none'} -> {other or 'none'}"
            yield PolicyChange(section="matrix", text=text)
    for what, levels, changed in (
        ("priorities", before.priorities, after.priorities),
        ("impacts", before.impacts, after.impacts),
        ("urgencies", before.urgencies, after.urgencies),
    ):
        if levels != changed:
            text = f"{what}: {', '.join(levels)} -> {', '.join(changed)}"
            yield PolicyChange(section="matrix", text=text)
    modifiers = [{each.name: each for each in side.modifiers} for side in (before, after)]
    for name in dict.fromkeys((*modifiers[0], *modifiers[1])):
        first, second = (side.get(name) for side in modifiers)
        if first != second:
            text = f"{_modifier(first)} -> {_modifier(second)}"
            yield PolicyChange(section="modifier", name=name, text=text)
    orders = [list(side) for side in modifiers]
    if orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]):
        text = f"order: {', '.join(orders[0])} -> {', '.join(orders[1])}"
        yield PolicyChange(section="modifier", text=text)
    if before.overrides != after.overrides:
        yield PolicyChange(section="overrides", text="another rule of who may override, and how")
    if before.directory != after.directory:
        yield PolicyChange(section="directory", text="other criticalities or very important people")


def _modifier(modifier: object) -> str:
    when, effect = getattr(modifier, "when", None), getattr(modifier, "effect", None)
    return "none" if modifier is None else f"{effect} if {when}"


# -- agreements ------------------------------------------------------------------------------------


def _agreements(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    sides = [
        {(each.agreement_id, each.version): each for each in side.agreements} for side in (old, new)
    ]
    for key in dict.fromkeys((*sides[0], *sides[1])):
        before, after = (side.get(key) for side in sides)
        name = f"{key[0]} version {key[1]}"
        if before is None or after is None:
            text = "new" if before is None else "gone"
            yield PolicyChange(section="agreement", name=name, text=text)
            continue
        for change in diff(before, after, (), as_of=_START).definitions:
            text = str(change)
            if text.startswith("in force: "):  # there in UTC; who wrote a date means the day
                text = f"in force: {_in_force(before)} -> {_in_force(after)}"
            yield PolicyChange(section="agreement", name=name, text=text)
        for text in _beside_verdicts(before, after):
            yield PolicyChange(section="agreement", name=name, text=text)
        one, other = (side.conditions.get(key, ()) for side in (old, new))
        if one != other:
            text = f"takes: {_asked(one)} -> {_asked(other)}"
            yield PolicyChange(section="agreement", name=name, text=text)
    kept = [[key for key in side if key in sides[0] and key in sides[1]] for side in sides]
    if kept[0] != kept[1]:
        orders = [", ".join(dict.fromkeys(str(key[0]) for key in side)) for side in kept]
        yield PolicyChange(section="agreements", text=f"order: {orders[0]} -> {orders[1]}")


def _beside_verdicts(before: ServiceLevelAgreement, after: ServiceLevelAgreement) -> Iterator[str]:
    """Yield what differs between two agreements and bears on no verdict."""
    if before.title != after.title:
        yield f"title: {before.title or 'none'} -> {after.title or 'none'}"
    if before.breach_reasons != after.breach_reasons:
        one, other = (", ".join(each.breach_reasons) or "none" for each in (before, after))
        yield f"breach reasons: {one} -> {other}"
    if before.legs != after.legs:
        one, other = (
            ", ".join(f"{leg.clock} by {leg.agreement.agreement_id}" for leg in each.legs) or "none"
            for each in (before, after)
        )
        yield f"legs: {one} -> {other}" if one != other else f"legs: what {one} promise"


def _in_force(agreement: ServiceLevelAgreement) -> str:
    parts = [
        f"{word} {local_text(at_us, agreement.calendar)}"
        for word, at_us in (("from", agreement.valid_from_us), ("until", agreement.valid_until_us))
        if at_us is not None
    ]
    return " ".join(parts) or "always"


def local_text(at_us: int, calendar: Calendar) -> str:
    """Return an instant on the wall clock of a calendar; a midnight there is its date."""
    at = wall_time(at_us, load_zone(calendar.zone))
    is_midnight = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return f"{at:%Y-%m-%d}" if is_midnight else f"{at:%Y-%m-%d %H:%M %Z}"


def _asked(conditions: tuple[Condition, ...]) -> str:
    """Return conditions in words."""
    parts = [f"{each.field} is {' or '.join(each.values)}" for each in conditions]
    return " and ".join(parts) or "every ticket"


# -- lifecycles ------------------------------------------------------------------------------------


def _lifecycles(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    """Yield lifecycles that changed under the version that tickets have pinned (law L4)."""
    for name, before in old.lifecycles.items():
        after = new.lifecycles.get(name)
        if after is None or before.content_hash == after.content_hash:
            continue
        text = f"version {before.version} -> {after.version}"
        if before.version == after.version:
            text = f"changed, and still version {after.version}: count on, tickets pin the version"
        yield PolicyChange(section="lifecycle", name=name, text=text)


# -- every other section ---------------------------------------------------------------------------


def _written(old: PolicySource, new: PolicySource) -> Iterator[PolicyChange]:
    """Yield what differs in the sections that have no words of their own.

    A table that only one side has is told in one line, a value in its own.
    """
    one, other = (
        {key: value for key, value in (side.values or {}).items() if key not in _KNOWN}
        for side in (old, new)
    )
    for path, text in _differences(one, other, ()):
        yield PolicyChange(section=str(path[0]), name=path_text(path[1:]), text=text)


def _differences(one: object, other: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the paths at which two plain values differ, and how; in tables key by key."""
    before, after = _members(one), _members(other)
    if before is None or after is None:
        if one != other:
            yield path, f"{shown(one, 80)} -> {shown(other, 80)}"
        return
    for key in dict.fromkeys((*before, *after)):
        inner = (*path, key)
        if key in before and key in after:
            yield from _differences(before[key], after[key], inner)
        elif key in before:
            yield inner, _lone(before[key], "gone", "{} -> nothing")
        else:
            yield inner, _lone(after[key], "new", "nothing -> {}")


def _lone(value: object, word: str, pattern: str) -> str:
    """Return what is said of a value that only one side has."""
    if _members(value) is None:
        return pattern.format(shown(value, 80))
    number = _count(value)
    return f"{word}, with {number} value{'' if number == 1 else 's'}"


def _count(value: object) -> int:
    members = _members(value)
    return 1 if members is None else sum(map(_count, members.values()))


def _members(value: object) -> dict[str | int, object] | None:
    """Return the members of a table, or of a list of tables by name; None of a plain value."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str | int, object]", value))
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(each, Mapping) for each in items):
        return None
    tables = cast("list[Mapping[str, object]]", items)
    names = [_name_of(each) for each in tables]
    is_named = len(set(names)) == len(names) and "" not in names
    return {names[n] if is_named else n: each for n, each in enumerate(tables)}


def _name_of(table: Mapping[str, object]) -> str:
    return next((str(table[key]) for key in _NAMING if isinstance(table.get(key), str)), "")


# -- on a log --------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class PolicyEffect:
    """Hold what another policy does to the tickets of a log.

    `moved` counts tickets by the agreements they have before and after, where these differ, None
    being none. `changes` has every clock whose verdict, due instant or warnings change, and why;
    a ticket that gains or loses its agreement is in there with the clocks that begin or end.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.policy import load_policy, open_sketch, policy_effect
    >>> at, old, new = datetime(2026, 1, 5, 9, tzinfo=UTC), load_policy("demo"), load_policy("msp")
    >>> history = open_sketch(old, {"service": "warehouse-interface", "priority": "P2"}, at)
    >>> print(policy_effect(old, new, [history], as_of=at + timedelta(hours=1)).changes[1])
    story resolution: due 2026-01-05T17:00:00+00:00 -> 2026-01-06T15:00:00+00:00, ...
    """

    tickets: int
    moved: Mapping[tuple[str | None, str | None], int]
    changes: tuple[TicketChange, ...]
    totals: tuple[Total, ...]

    @property
    def verdicts(self) -> int:
        """Return how many clocks change their state: kept, broken, or not decided."""
        return sum(any(each.field == "state" for each in one.changes) for one in self.changes)

    @property
    def due_dates(self) -> int:
        """Return how many clocks change their due instant, whatever becomes of the verdict."""
        return sum(any(each.field == "due" for each in one.changes) for one in self.changes)

    @property
    def ticket_ids(self) -> tuple[str, ...]:
        """Return the tickets for which something changes, each once."""
        return tuple(dict.fromkeys(str(change.ticket_id) for change in self.changes))


def policy_effect(
    old: Policy,
    new: Policy,
    histories: Iterable[tuple[TicketEvent, ...]],
    *,
    as_of: datetime,
) -> PolicyEffect:
    """Return which tickets `new` would judge otherwise than `old`, and why (law S13).

    Priorities are those that the log has, whatever the matrices say. Both judgements are computed
    from the same events, nothing is rewritten. As at the desk, each policy's `catalogue` says which
    agreement with requesters held when: reclassified and chosen by hand included.

    Raises:
        InvalidValue: a history holds events of several tickets.
        NaiveDatetime: `as_of` has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.policy import load_policy, open_sketch, policy_effect
    >>> at, old, new = datetime(2026, 1, 5, 9, tzinfo=UTC), load_policy("demo"), load_policy("msp")
    >>> history = open_sketch(old, {"service": "warehouse-interface", "priority": "P2"}, at)
    >>> policy_effect(old, new, [history], as_of=at + timedelta(hours=1)).moved
    {('operations', 'standard'): 1}
    """
    groups: dict[tuple[str, ...], _Group] = {}
    changing: list[tuple[TicketEvent, ...]] = []
    moves: Counter[tuple[str | None, str | None]] = Counter()
    tickets = 0
    sides = old.catalogue.of_kind("sla"), new.catalogue.of_kind("sla")
    for history in histories:
        told = _told(history, micros(as_of))
        if not told:
            continue
        tickets += 1
        one, other = (each.regimes(told, as_of).get("sla", ()) for each in sides)
        held = _last(one), _last(other)
        moves[_name(held[0]), _name(held[1])] += 1
        if len(one) > 1 or len(other) > 1:
            changing.append(told)
        else:
            groups.setdefault(tuple(map(_label, held)), _Group(*held)).histories.append(told)
    changes: list[TicketChange] = []
    totals: Counter[tuple[str, str, str, str, str]] = Counter()
    for group in groups.values():
        found = diff(group.old or _NOTHING, group.new or _NOTHING, group.histories, as_of=as_of)
        changes += group.explained(found.changes)
        _add(totals, found.totals)
    if changing:
        found = diff(*sides, changing, as_of=as_of)
        changes += (each for each in found.changes if each.clock)
        _add(totals, found.totals)
    return PolicyEffect(
        tickets=tickets,
        moved={pair: number for pair, number in moves.items() if pair[0] != pair[1]},
        changes=tuple(changes),
        totals=tuple(_totals(totals)),
    )


@attrs.define
class _Group:
    """Hold the tickets that have one agreement throughout, before and after."""

    old: ServiceLevelAgreement | None
    new: ServiceLevelAgreement | None
    histories: list[tuple[TicketEvent, ...]] = attrs.field(factory=list)

    def explained(self, changes: Iterable[TicketChange]) -> Iterator[TicketChange]:
        """Yield changes; of tickets that have another agreement now it is said first."""
        names = _name(self.old), _name(self.new)
        why = f"the policy gives it {names[1] or 'no agreement'}, not {names[0] or 'none'}"
        for each in changes:
            is_moved = names[0] != names[1]
            yield attrs.evolve(each, why=(why, *each.why)) if is_moved else each


def _last(regimes: tuple[Regime, ...]) -> ServiceLevelAgreement | None:
    return regimes[-1].agreement if regimes else None


def _label(agreement: ServiceLevelAgreement | None) -> str:
    return "" if agreement is None else f"{agreement.agreement_id} {agreement.version}"


def _told(history: tuple[TicketEvent, ...], as_of_us: int) -> tuple[TicketEvent, ...]:
    """Return what is known of a ticket by then, in order; nothing if it was not opened yet."""
    told = in_order(each for each in history if each.occurred_us <= as_of_us)
    return told if any(isinstance(each, TicketOpened) for each in told) else ()


_NOTHING: Final = AgreementCatalogue(agreements=())


def _name(agreement: ServiceLevelAgreement | None) -> str | None:
    return None if agreement is None else str(agreement.agreement_id)


_OUTCOMES: Final = ("kept", "broken", "cancelled", "undecided")


def _add(counter: Counter[tuple[str, str, str, str, str]], totals: Iterable[Total]) -> None:
    for each in totals:
        for side, tally in (("before", each.before), ("after", each.after)):
            for outcome in _OUTCOMES:
                number: int = getattr(tally, outcome)
                counter[each.kind, each.clock, each.priority, side, outcome] += number


def _totals(counter: Counter[tuple[str, str, str, str, str]]) -> Iterator[Total]:
    for kind, clock, priority in sorted({key[:3] for key in counter}):
        before, after = (
            Tally(**{each: counter[kind, clock, priority, side, each] for each in _OUTCOMES})
            for side in ("before", "after")
        )
        yield Total(kind=kind, clock=clock, priority=priority, before=before, after=after)
