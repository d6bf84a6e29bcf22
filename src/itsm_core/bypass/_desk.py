"""What the detectors know of the desk: who is first line, when, and who stands in for it."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Final, cast

import attrs

from itsm_core.contacts import Channels
from itsm_core.errors import Fault, did_you_mean
from itsm_core.ids import GroupId, PersonId
from itsm_core.rosters import Shift
from itsm_core.rosters import _fields as check
from itsm_core.routing import Side
from itsm_core.spans import as_micros, instant, minutes, optional_micros

__all__ = ["BypassRules", "DeskMap", "Duty", "Membership"]

_LONGEST: Final = timedelta(days=366)
_GRACE: Final = minutes(5)
_WINDOW: Final = minutes(60)


def _duration(value: timedelta) -> timedelta:
    # A pendulum duration divides in another way than a plain one.
    given: object = value
    if isinstance(given, timedelta):
        return timedelta(0, 0, timedelta.__floordiv__(given, timedelta.resolution))
    return value


def _texts(value: Iterable[str]) -> frozenset[str]:
    given = check.many(value)  # a text, which is no set of texts, stays one, and is refused
    if not isinstance(given, tuple):
        return cast("frozenset[str]", value)
    return frozenset(cast("tuple[str, ...]", given))


def _sides(value: Iterable[Side]) -> tuple[Side, ...]:
    return cast("tuple[Side, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class Membership:
    """Say that somebody works in a group, from `start_at` up to, not including, `end_at`.

    None is an open end. Whoever moved has two of them: a ticket is judged by the group that a
    person was in when he acted. Both are kept in microseconds since 1970 (UTC).

    Raises:
        DefinitionError: a text is empty, or it does not end after its start; every fault is listed.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.bypass import Membership
    >>> from itsm_core.spans import micros
    >>> moved = Membership(
    ...     person_id="bea", group="network", start_at=datetime(2026, 3, 1, tzinfo=UTC)
    ... )
    >>> [moved.covers(micros(datetime(2026, month, 1, tzinfo=UTC))) for month in (2, 3)]
    [False, True]
    """

    person_id: PersonId
    group: GroupId
    start_us: int | None = attrs.field(alias="start_at", converter=optional_micros, default=None)
    end_us: int | None = attrs.field(alias="end_at", converter=optional_micros, default=None)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"membership of {self.person_id!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("person_id", self.person_id)
        yield from check.text_faults("group", self.group)
        if self.start_us is not None and self.end_us is not None:
            yield from check.span_faults(self.start_us, self.end_us)

    def covers(self, at_us: int) -> bool:
        """Tell whether it holds at an instant."""
        return (self.start_us is None or self.start_us <= at_us) and (
            self.end_us is None or at_us < self.end_us
        )


@attrs.frozen(kw_only=True)
class Duty:
    """Say that somebody is on call from `start_at` up to, not including, `end_at`.

    Whoever is on call while the first line is closed is the way to the desk, and no way past it.
    Both instants are kept in microseconds since 1970 (UTC).

    Raises:
        DefinitionError: nobody is named, or it does not end after its start; every fault is listed.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.bypass import Duty
    >>> from itsm_core.rosters import Roster, Rotation
    >>> from itsm_core.spans import instant
    >>> nights = Rotation(name="nights", people=["bea", "ben"], zone="UTC", start_on="2026-01-05")
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> shifts = Roster(name="network", layers=[nights]).schedule(monday, monday.replace(day=19))
    >>> [(duty.person_id, str(instant(duty.end_us).date())) for duty in Duty.of(shifts)]
    [('bea', '2026-01-12'), ('ben', '2026-01-19')]
    """

    person_id: PersonId
    start_us: int = attrs.field(alias="start_at", converter=as_micros)
    end_us: int = attrs.field(alias="end_at", converter=as_micros)

    def __attrs_post_init__(self) -> None:
        faults = [*check.text_faults("person_id", self.person_id)]
        faults += check.span_faults(self.start_us, self.end_us)
        check.refuse(f"duty of {self.person_id!r}", faults)

    @classmethod
    def of(cls, shifts: Iterable[Shift]) -> tuple[Duty, ...]:
        """Return the duties of a schedule such as `Roster.schedule(start, end)` gives."""
        return tuple(
            cls(person_id=person, start_at=shift.start_us, end_at=shift.end_us)
            for shift in shifts
            for person in shift.people
        )


@attrs.frozen(kw_only=True)
class BypassRules:
    """Hold what counts as what.

    `grace` is by how much clocks of two systems may differ, and how long somebody may take to write
    down what he does. A contact record without a ticket's id belongs to a ticket of the same
    requester that was opened within `contact_window` of it. Tickets of the priorities in
    `emergencies` may be worked first and registered afterwards.

    Raises:
        DefinitionError: a duration is negative, or longer than a year; a priority is no text.

    >>> from datetime import timedelta
    >>> from itsm_core.bypass import BypassRules
    >>> rules = BypassRules(emergencies={"P1"}, grace=timedelta(minutes=10))
    >>> str(rules.grace), str(rules.contact_window)
    ('0:10:00', '1:00:00')
    >>> BypassRules(grace=timedelta(minutes=-5))
    Traceback (most recent call last):
    itsm_core.errors.DefinitionError: bypass rules: grace: is not from nothing to a year ...
    """

    grace: timedelta = attrs.field(converter=_duration, default=_GRACE)
    contact_window: timedelta = attrs.field(converter=_duration, default=_WINDOW)
    emergencies: frozenset[str] = attrs.field(default=frozenset(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        check.refuse("bypass rules", self._faults())

    def _faults(self) -> Iterator[Fault]:
        for name in ("grace", "contact_window"):
            value: object = getattr(self, name)
            kind = list(check.kind_faults(name, value, timedelta, "a duration"))
            yield from kind
            if not kind and not timedelta(0) <= cast("timedelta", value) <= _LONGEST:
                message = "is not from nothing to a year"
                yield Fault("wrong-value", message, name, str(value), "write e.g. minutes(5)")
        kind = list(
            check.kind_faults("emergencies", self.emergencies, frozenset, "a set of priorities")
        )
        yield from kind
        for each in () if kind else self.emergencies:
            yield from check.text_faults("emergencies", each)


def _members(value: Iterable[Membership]) -> tuple[Membership, ...]:
    return cast("tuple[Membership, ...]", check.many(value))


def _duties(value: Iterable[Duty]) -> tuple[Duty, ...]:
    return cast("tuple[Duty, ...]", check.many(value))


# Without slots, so that what is looked up by every event is made once.
@attrs.frozen(kw_only=True, slots=False)
class DeskMap:
    """Hold channels, groups and people as the detectors need them.

    `sides` are the groups, as routing has them; those whose tier is `first_tier` are the first
    line. Their `hours` say when it is open; without hours it always is. `members` say who works
    where and since when, `duties` who is on call. People who are nowhere in it are outside the
    desk: requesters, managers. Its methods take instants in microseconds since 1970 (UTC).

    Raises:
        DefinitionError: no group is first line, two have one name, somebody belongs to a group that
            is none of them, or a part is of another type; every fault is listed.

    >>> from itsm_core.bypass import DeskMap, Membership
    >>> from itsm_core.contacts import Channel, Channels
    >>> from itsm_core.routing import Side
    >>> desk = DeskMap(
    ...     channels=Channels(channels=[Channel(name="portal")]),
    ...     sides=[Side(group="service desk", tier="first line"), Side(group="network")],
    ...     members=[
    ...         Membership(person_id="ann", group="service desk"),
    ...         Membership(person_id="ben", group="network"),
    ...     ],
    ... )
    >>> [(name, desk.is_specialist(name, 0)) for name in ("ann", "ben", "carl")]
    [('ann', False), ('ben', True), ('carl', False)]
    """

    channels: Channels
    sides: tuple[Side, ...] = attrs.field(converter=_sides)
    members: tuple[Membership, ...] = attrs.field(converter=_members)
    duties: tuple[Duty, ...] = attrs.field(converter=_duties, default=())
    first_tier: str = "first line"

    def __attrs_post_init__(self) -> None:
        faults = list(self._kind_faults())
        check.refuse("desk map", faults or self._name_faults())

    def _kind_faults(self) -> Iterator[Fault]:
        yield from check.kind_faults("channels", self.channels, Channels, "Channels(...)")
        yield from check.kinds_faults("sides", self.sides, Side, "side")
        yield from check.kinds_faults("members", self.members, Membership, "membership")
        yield from check.kinds_faults("duties", self.duties, Duty, "duty")
        yield from check.text_faults("first_tier", self.first_tier)

    def _name_faults(self) -> Iterator[Fault]:
        groups = [side.group for side in self.sides]
        for number, group in enumerate(groups):
            if group in groups[:number]:
                yield Fault("twice", "is there already", f"sides[{number}]", group, "keep one")
        if not any(side.tier == self.first_tier for side in self.sides):
            tiers = dict.fromkeys(side.tier for side in self.sides if side.tier)
            remedy = f"give a Side tier={self.first_tier!r}{did_you_mean(self.first_tier, tiers)}"
            message = f"no side has the tier {self.first_tier!r}"
            yield Fault("no-first-line", message, "sides", ", ".join(tiers), remedy)
        known = frozenset(groups)
        for number, member in enumerate(self.members):
            if member.group not in known:
                remedy = f"add a Side for it{did_you_mean(member.group, groups)}"
                message = f"{member.group!r} is no side"
                yield Fault("unknown-group", message, f"members[{number}]", member.group, remedy)

    @cached_property
    def first_line(self) -> frozenset[str]:
        """Return the groups of the first line."""
        return frozenset(side.group for side in self.sides if side.tier == self.first_tier)

    @cached_property
    def _groups(self) -> dict[str, list[Membership]]:
        found: dict[str, list[Membership]] = {}
        for each in self.members:
            found.setdefault(each.person_id, []).append(each)
        return found

    @cached_property
    def _duty(self) -> dict[str, tuple[list[int], list[int]]]:
        """Return of each person the starts of the duties and until when one that began lasts."""
        found: dict[str, tuple[list[int], list[int]]] = {}
        for each in sorted(self.duties, key=lambda duty: duty.start_us):
            starts, ends = found.setdefault(each.person_id, ([], []))
            starts.append(each.start_us)
            ends.append(max(each.end_us, ends[-1] if ends else each.end_us))
        return found

    def groups_of(self, person: str, at_us: int) -> tuple[GroupId, ...]:
        """Return the groups that somebody is in at an instant; none for people outside the desk."""
        known = self._groups.get(person, ())
        return tuple(each.group for each in known if each.covers(at_us))

    def is_first_line(self, person: str, at_us: int) -> bool:
        """Tell whether somebody is in the first line at an instant."""
        return any(group in self.first_line for group in self.groups_of(person, at_us))

    def is_specialist(self, person: str, at_us: int) -> bool:
        """Tell whether somebody works at the desk at an instant, and not in the first line."""
        groups = self.groups_of(person, at_us)
        return bool(groups) and not any(group in self.first_line for group in groups)

    def stands_in(self, person: str, group: str, at_us: int, came_us: int) -> bool:
        """Tell whether somebody on call stands in for the first line, which is closed.

        Closed at `at_us`, or when the ticket came, at `came_us`: whoever was called out goes on
        when the desk has opened meanwhile. `group` is the first-line group that the ticket came to;
        for another group, every one of them has to be closed.
        """
        starts, ends = self._duty.get(person, ((), ()))
        place = bisect_right(starts, at_us) - 1
        if place < 0 or at_us >= ends[place]:
            return False
        first = [side for side in self.sides if side.tier == self.first_tier]
        own = [side for side in first if side.group == group] or first
        return any(
            all(side.hours is not None and not side.hours.is_open(at) for side in own)
            for at in (instant(at_us), instant(came_us))
        )
