"""Who is reached when: rosters, hours of groups, quiet hours, substitutes (laws E2, E5)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import combinations, product
from types import MappingProxyType
from typing import Final, NamedTuple, cast

import attrs

from itsm_core.calendars import Calendar, Finding
from itsm_core.errors import CalendarExhausted, DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.escalation._actions import Notify
from itsm_core.ids import PersonId
from itsm_core.rosters import Absence, Roster, Shift
from itsm_core.rosters import _fields as check
from itsm_core.rosters._faults import circle_faults, speaking, twice_faults
from itsm_core.spans import END_OF_TIME, Pair, instant, merged, micros


def _rosters(values: Iterable[Roster]) -> tuple[Roster, ...]:
    return cast("tuple[Roster, ...]", check.many(values))


def _hours(value: Mapping[str, Calendar]) -> Mapping[str, Calendar]:
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else value


def _as_dict(hours: Mapping[str, Calendar]) -> str:
    return repr(dict(hours))


class Reached(NamedTuple):
    """Say when a message can be given to whom: `at_us` is the question's instant or later.

    >>> Reached(0, "person ana").target
    'person ana'
    """

    at_us: int
    target: str
    note: str = ""


@attrs.frozen(kw_only=True)
class Coverage:
    """Hold who can be reached when: rosters by their names, and the hours of groups.

    A message to a group that has `hours` waits for its opening, one to a person with quiet hours
    for their end, one to a roster for somebody on call; each only if it may wait at all
    (`Notify.respect_quiet_hours`), but nobody on call is always waited for. Who is away is
    replaced by their substitute: absences and quiet hours of all rosters hold for everybody, so
    that whoever is away by one roster is not called by another.

    Raises:
        DefinitionError: a part is of another type, two rosters have one name, or substitutes of
            several rosters lead back to somebody who is away at the time.

    >>> from datetime import UTC, datetime
    >>> Coverage().stand_in("ana", datetime(2026, 5, 12, tzinfo=UTC))
    'ana'
    """

    rosters: tuple[Roster, ...] = attrs.field(converter=_rosters, default=())
    hours: Mapping[str, Calendar] = attrs.field(
        converter=_hours, factory=dict[str, Calendar], hash=False, repr=_as_dict
    )

    def __attrs_post_init__(self) -> None:
        faults = list(check.kinds_faults("rosters", self.rosters, Roster, "roster"))
        if not faults:
            faults += twice_faults("rosters", "name", [each.name for each in self.rosters])
            faults += circle_faults(self.absences)
        if not isinstance(self.hours, Mapping):
            faults.append(check.wrong_type("hours", self.hours, "a calendar for each group"))
        else:
            faults += [
                Fault("wrong-type", "is no calendar", f"hours[{name!r}]", str(each), "use one")
                for name, each in self.hours.items()
                if not isinstance(each, Calendar)
            ]
        if faults:
            raise DefinitionError("coverage", tuple(faults))

    def __getstate__(self) -> tuple[tuple[Roster, ...], dict[str, Calendar]]:
        return self.rosters, dict(self.hours)

    def __setstate__(self, state: tuple[tuple[Roster, ...], dict[str, Calendar]]) -> None:
        object.__setattr__(self, "rosters", state[0])
        object.__setattr__(self, "hours", MappingProxyType(state[1]))

    @cached_property
    def absences(self) -> tuple[Absence, ...]:
        """Return the absences of all rosters, each once."""
        return tuple(dict.fromkeys(each for roster in self.rosters for each in roster.absences))

    @cached_property
    def _by_name(self) -> dict[str, Roster]:
        """Return the rosters by name, each with the absences that other ones know of its people."""
        return {each.name: _with_absences(each, self.absences) for each in self.rosters}

    @cached_property
    def _away(self) -> dict[str, list[Absence]]:
        found: dict[str, list[Absence]] = {}
        for each in self.absences:
            found.setdefault(each.person, []).append(each)
        return found

    def __getitem__(self, name: str) -> Roster:
        """Return the roster of a name, with the absences that other rosters know of its people.

        Raises:
            InvalidValue: there is none; the nearest name is suggested.
        """
        found = self._by_name.get(name)
        if found is None:
            remedy = f"known: {', '.join(self._by_name) or 'none'}"
            remedy += did_you_mean(name, self._by_name)
            raise InvalidValue("no such roster", name, remedy)
        return found

    def away(self, person: str) -> list[Pair]:
        """Return when a person is away, in microseconds since 1970; what touches is one span."""
        return merged(each.pair for each in self._away.get(person, ()))

    def absence(self, person: str, at: datetime) -> Absence | None:
        """Return the absence of a person that speaks at an instant; see `Absence`."""
        return self.absence_us(person, micros(at))

    def absence_us(self, person: str, at_us: int) -> Absence | None:
        """Return the same for microseconds since 1970."""
        away = self._away.get(person)
        return None if away is None else speaking(away, at_us).get(PersonId(person))

    def stand_in(self, person: str, at: datetime) -> str:
        """Return who acts for a person at an instant: themselves, or a substitute who is there.

        The chain of substitutes is followed to its end; "" if nobody at its end is there (E5).
        """
        return self.stand_in_us(person, micros(at))

    def stand_in_us(self, person: str, at_us: int) -> str:
        """Return the same for microseconds since 1970."""
        # The chain ends: a coverage with a circle of absences was refused.
        while person and (away := self.absence_us(person, at_us)) is not None:
            person = away.substitute
        return person

    def check_ladder_names(self, actions: Iterable[object]) -> tuple[Fault, ...]:
        """Return which rosters actions name that are not there."""
        known = {roster.name for roster in self.rosters}
        return tuple(
            Fault(
                "unknown-roster",
                f"unknown roster {each.name!r}",
                "name",
                each.name,
                f"known: {', '.join(sorted(known)) or 'none'}{did_you_mean(each.name, known)}",
            )
            for each in actions
            if isinstance(each, Notify) and each.target == "roster" and each.name not in known
        )

    def check(self, start: datetime, end: datetime) -> tuple[Finding, ...]:
        """Return what is legal in `[start, end)` and probably not meant.

        The findings of each roster, and who is on call in two of them at once: whoever is called
        twice at the same time comes once.

        Raises:
            InvalidValue: `end` is not after `start`.
            NaiveDatetime: an instant has no time zone.
        """
        rosters = self._by_name.values()
        found = [each for roster in rosters for each in roster.check(start, end)]
        shifts = [(each.name, each.schedule(start, end)) for each in rosters]
        for (first, ours), (second, theirs) in combinations(shifts, 2):
            found += _twice(first, ours, second, theirs)
        return tuple(found)

    # -- when, and to whom ------------------------------------------------------------------------

    def reach(self, action: Notify, at_us: int, *, holder: str, group: str, asker: str) -> Reached:
        """Return when and to whom a message goes that is due at an instant.

        `holder`, `group` and `asker` are the ticket's assignee, group and requester then.
        """
        kind, name = action.target, action.name
        if kind == "roster":
            return self._on_call(name, at_us)
        if kind == "assignee":
            kind, name = ("person", holder) if holder else ("group", group)
        elif kind == "requester":
            return self._person(asker, at_us, waits=action.respect_quiet_hours)
        if kind == "person":
            who = self.stand_in_us(name, at_us)
            if not who:
                note = f"{name} is away and nobody stands in"
                if not group:
                    return Reached(at_us, f"person {name}", note)
                found = self._group(group, at_us, waits=action.respect_quiet_hours)
                return found._replace(note=", ".join(filter(None, (note, found.note))))
            found = self._person(who, at_us, waits=action.respect_quiet_hours)
            if who == name:
                return found
            note = f"for {name}, who is away"
            return found._replace(note=", ".join(filter(None, (note, found.note))))
        if kind == "group":
            return self._group(name, at_us, waits=action.respect_quiet_hours)
        return Reached(at_us, f"{kind} {name}")

    def _person(self, name: str, at_us: int, *, waits: bool) -> Reached:
        if not name:
            return Reached(at_us, "nobody")
        target = f"person {name}"
        if waits:
            for roster in self.rosters:
                if roster.responder(name) is not None:
                    later = micros(roster.next_allowed(name, instant(at_us)))
                    if later > at_us:
                        return Reached(later, target, f"after the quiet hours of {name}")
        return Reached(at_us, target)

    def _group(self, name: str, at_us: int, *, waits: bool) -> Reached:
        calendar = self.hours.get(name) if waits else None
        target = f"group {name}" if name else "nobody"
        if calendar is None:
            return Reached(at_us, target)
        try:
            later = micros(calendar.next_open(instant(at_us)))
        except CalendarExhausted:
            return Reached(at_us, target, f"{name} never opens")
        return Reached(later, target, f"when {name} opens" if later > at_us else "")

    def _on_call(self, name: str, at_us: int) -> Reached:
        roster = self[name]
        shift = roster.on_call(instant(at_us))
        if shift.people:
            return Reached(at_us, f"person {shift.people[0]}", f"on call in {name}")
        following = roster.next_on_call(instant(at_us))
        if following is None or following.start_us >= END_OF_TIME:
            # Silence would be worse: whoever watches the roster's own address hears of it.
            return Reached(at_us, f"roster {name}", f"nobody is on call in {name} for 28 years")
        who = following.people[0]
        note = f"nobody is on call in {name} before"
        return Reached(following.start_us, f"person {who}", note)


def _with_absences(roster: Roster, absences: tuple[Absence, ...]) -> Roster:
    """Return a roster with those absences that bear on its people, or on who stands in for them."""
    people = set(roster.people)
    while more := {each.substitute for each in absences if each.person in people} - people:
        people |= more
    own = set(roster.absences)
    known = tuple(each for each in absences if each.person in people or each in own)
    return roster if own.issuperset(known) else attrs.evolve(roster, absences=known)


def _twice(
    first: str, ours: Iterable[Shift], second: str, theirs: Iterable[Shift]
) -> Iterator[Finding]:
    """Yield when people are on call in two rosters, adjacent times as one."""
    spans: dict[str, list[Pair]] = {}
    for one, other in product(ours, theirs):
        low, high = max(one.start_us, other.start_us), min(one.end_us, other.end_us)
        if low >= high:
            continue
        for person in one.people:
            if person in other.people:
                known = spans.setdefault(person, [])
                if known and known[-1][1] == low:
                    known[-1] = (known[-1][0], high)
                else:
                    known.append((low, high))
    for name, pairs in spans.items():
        for low, high in pairs:
            since, until = instant(low).isoformat(), instant(high).isoformat()
            message = f"{name} is on call in {first!r} and {second!r} from {since} to {until}"
            remedy = "swap one of the turns, or add an override"
            yield Finding("on-call-twice", message, remedy)


NOBODY: Final = Coverage()
"""No roster and no hours: everybody is reached at once."""
