"""The roster: layers and what was changed by hand, and everything one can ask of it (law E4)."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, Finding, WeeklyHours
from itsm_core.errors import Fault, InvalidValue, did_you_mean
from itsm_core.ids import PersonId
from itsm_core.rosters import _fields as check
from itsm_core.rosters import _forms as forms
from itsm_core.rosters import _json as way
from itsm_core.rosters._compile import CHUNK_BITS, REACH, Schedule
from itsm_core.rosters._faults import circle_faults, twice_faults
from itsm_core.rosters._shift import Shift
from itsm_core.rosters._values import (
    Absence,
    Override,
    Responder,
    Rotation,
    Swap,
)
from itsm_core.spans import END_OF_TIME, micros

if TYPE_CHECKING:
    from itsm_core.rosters._load import LoadReport

MOST_LAYERS: Final = 100
MOST_CHANGES: Final = 100_000
_LONGEST: Final = timedelta(days=36_525)
_WEEK_SECONDS: Final = 7 * 86_400

_Instant = TypeVar("_Instant", bound=datetime)


def _layers(values: Iterable[Rotation]) -> tuple[Rotation, ...]:
    return cast("tuple[Rotation, ...]", check.many(values))


def _overrides(values: Iterable[Override]) -> tuple[Override, ...]:
    return cast("tuple[Override, ...]", check.many(values))


def _swaps(values: Iterable[Swap]) -> tuple[Swap, ...]:
    return cast("tuple[Swap, ...]", check.many(values))


def _absences(values: Iterable[Absence]) -> tuple[Absence, ...]:
    return cast("tuple[Absence, ...]", check.many(values))


def _responders(values: Iterable[Responder]) -> tuple[Responder, ...]:
    return cast("tuple[Responder, ...]", check.many(values))


@attrs.frozen(kw_only=True)
class Overlap:
    """Hold a time at which several layers have somebody; the last named layer is the final one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Roster, Rotation
    >>> first = Rotation(name="first", people=["ana"], zone="UTC", start_on="2026-01-05")
    >>> backup = Rotation(name="backup", people=["ben"], zone="UTC", start_on="2026-01-06")
    >>> desk = Roster(name="desk", layers=[first, backup])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> for each in desk.overlaps(monday, monday.replace(day=8)):
    ...     print(each.layers, each.people)
    ('first', 'backup') ('ana', 'ben')
    """

    start_us: int
    end_us: int
    layers: tuple[str, ...]
    people: tuple[PersonId, ...]

    def continues(self, other: Overlap) -> bool:
        """Tell whether it goes on where another ends, with the same layers and people."""
        return (
            self.start_us == other.end_us
            and self.layers == other.layers
            and self.people == other.people
        )


@attrs.frozen(kw_only=True)
class Roster:
    """Hold who is on call when: layers of rotations, and what people changed by hand (law E4).

    A later layer stands above an earlier one: where both have somebody, the later has the call.
    Everybody reads the final schedule: `on_call(at)` and `schedule(start, end)` have swaps,
    absences, overrides and restrictions in them, and nobody who is away is ever on call. Where
    nobody is, the answer is a shift without people that says why.

    A roster is an immutable value: a change makes another one (`attrs.evolve`). What it has
    computed is kept and is no part of its identity.

    Raises:
        DefinitionError: a name is empty or given twice, substitutes lead back to somebody who is
            away at the time, or somebody is never to be disturbed; every fault is listed.

    >>> from datetime import datetime, UTC
    >>> desk = Roster(
    ...     name="first line",
    ...     layers=(
    ...         Rotation(
    ...             name="weeks",
    ...             people=("ana", "ben"),
    ...             zone="Europe/Berlin",
    ...             start_on="2026-01-05",
    ...             hand_off="09:00",
    ...         ),
    ...     ),
    ...     swaps=(
    ...         Swap(
    ...             giver="ben",
    ...             taker="ana",
    ...             start="2026-01-14T00:00Z",
    ...             end="2026-01-15T00:00Z",
    ...         ),
    ...     ),
    ... )
    >>> print(desk.on_call(datetime(2026, 1, 14, 12, tzinfo=UTC)))
    2026-01-14T00:00+00:00 - 2026-01-15T00:00+00:00: ana (turn 2 of weeks; swap: ana for ben)
    """

    name: str
    layers: tuple[Rotation, ...] = attrs.field(converter=_layers, default=())
    overrides: tuple[Override, ...] = attrs.field(converter=_overrides, default=())
    swaps: tuple[Swap, ...] = attrs.field(converter=_swaps, default=())
    absences: tuple[Absence, ...] = attrs.field(converter=_absences, default=())
    responders: tuple[Responder, ...] = attrs.field(converter=_responders, default=())
    _schedule: Schedule = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"roster {self.name!r}", self._faults())
        schedule = Schedule(self.layers, self.overrides, self.swaps, self.absences)
        object.__setattr__(self, "_schedule", schedule)

    def __reduce__(self) -> tuple[object, ...]:
        # What was compiled stays behind; it is made again where it is needed.
        return _roster, (attrs.asdict(self, recurse=False, filter=_is_given),)

    # -- what is wrong ----------------------------------------------------------------------------

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        kinds = [
            *check.kinds_faults("layers", self.layers, Rotation, "rotation"),
            *check.kinds_faults("overrides", self.overrides, Override, "override"),
            *check.kinds_faults("swaps", self.swaps, Swap, "swap"),
            *check.kinds_faults("absences", self.absences, Absence, "absence"),
            *check.kinds_faults("responders", self.responders, Responder, "responder"),
        ]
        yield from kinds
        if kinds:
            return
        for where, most in (
            ("layers", MOST_LAYERS),
            ("overrides", MOST_CHANGES),
            ("swaps", MOST_CHANGES),
            ("absences", MOST_CHANGES),
            ("responders", MOST_CHANGES),
        ):
            number = len(cast("tuple[object, ...]", getattr(self, where)))
            if number > most:
                remedy = "split the roster, or drop what is long past"
                yield Fault("too-many", f"more than {most:,}", where, str(number), remedy)
        yield from twice_faults("layers", "name", [layer.name for layer in self.layers])
        yield from twice_faults("responders", "person", [each.person for each in self.responders])
        yield from self._unreachable()
        yield from circle_faults(self.absences)

    def _unreachable(self) -> Iterator[Fault]:
        for n, each in enumerate(self.responders):
            if each.quiet is not None and each.quiet.duration_seconds >= _WEEK_SECONDS:
                message = f"{each.person} is never to be disturbed"
                remedy = "leave an hour out, or take the person off the roster"
                yield Fault(
                    "always-quiet", message, f"responders[{n}].quiet", str(each.quiet), remedy
                )

    # -- who is on call ---------------------------------------------------------------------------

    def on_call(self, at: datetime) -> Shift:
        """Return the shift of the final schedule that holds an instant, with its true ends.

        Where nobody is on call the shift has no people and says why. Its ends are looked for up
        to 28 years away. A microsecond or so once the year is compiled.

        Raises:
            NaiveDatetime: the instant has no time zone.
        """
        at_us = micros(at)
        try:
            starts, shifts = self._schedule.chunks[at_us >> CHUNK_BITS]
        except KeyError:
            return self._schedule.at(at_us)
        return shifts[bisect_right(starts, at_us) - 1]

    def schedule(self, start: datetime, end: datetime) -> tuple[Shift, ...]:
        """Return the final schedule of `[start, end)`: adjacent shifts that sum exactly to it.

        Shifts are clipped to the range. Times at which nobody is on call are shifts without
        people.

        Raises:
            NaiveDatetime: an instant has no time zone.
            InvalidValue: `end` is before `start`, or more than 100 years after it.
        """
        low, high = _range(start, end)
        return tuple(self._schedule.between(low, high))

    def gaps(self, start: datetime, end: datetime) -> tuple[Shift, ...]:
        """Return the times in `[start, end)` at which nobody is on call, each with its reason.

        Only of that range: what is past when you ask from now on is no news.
        """
        return tuple(shift for shift in self.schedule(start, end) if not shift.people)

    def next_on_call(self, at: datetime) -> Shift | None:
        """Return the first shift with somebody that is not over at an instant.

        The shift that holds the instant if somebody is on call, else the one to wait for; None
        if there is none within 28 years.
        """
        return self._next(micros(at), None)

    def next_shift(self, person: str, at: datetime) -> Shift | None:
        """Return the first shift of a person that begins at or after an instant.

        From the final schedule: a turn that was swapped away or overridden is none, one that
        was taken over is. None if there is none within 28 years.
        """
        at_us = micros(at)
        return self._next(at_us, person) if person in self.people else None

    def _next(self, at: int, person: str | None) -> Shift | None:
        last = min(at + REACH, END_OF_TIME)
        shift = self._schedule.at(at)
        while True:
            if person is None:
                wanted = bool(shift.people)
            else:
                wanted = person in shift.people and shift.start_us >= at
            if wanted:
                return shift
            if shift.end_us >= last:
                return None
            shift = self._schedule.at(shift.end_us)

    def layer(self, name: str, start: datetime, end: datetime) -> tuple[Shift, ...]:
        """Return what one layer alone says in `[start, end)`, after swaps and absences.

        Not who is on call: a higher layer or an override may have it. Where the layer has nobody
        there is no shift.

        Raises:
            InvalidValue: no layer has this name, or the range is backward or too long.
        """
        low, high = _range(start, end)
        names = [layer.name for layer in self.layers]
        if name not in names:
            remedy = f"use one of {', '.join(names)}{did_you_mean(name, names)}"
            raise InvalidValue("no such layer", name, remedy)
        return tuple(self._schedule.layer_between(names.index(name), low, high))

    def overlaps(self, start: datetime, end: datetime) -> tuple[Overlap, ...]:
        """Return the times at which several layers have somebody: who is covered, and by whom.

        Overlaps are no fault, a backup layer is one all the time; this is to see them.
        """
        low, high = _range(start, end)
        by_layer = [
            self._schedule.layer_between(number, low, high) for number in range(len(self.layers))
        ]
        cuts = sorted(
            {cut for shifts in by_layer for s in shifts for cut in (s.start_us, s.end_us)}
        )
        found: list[Overlap] = []
        for first, last in itertools.pairwise(cuts):
            there = [shift for shifts in by_layer if (shift := _at(shifts, first)) is not None]
            if len(there) > 1:
                overlap = Overlap(
                    start_us=first,
                    end_us=last,
                    layers=tuple(shift.layer for shift in there),
                    people=tuple(dict.fromkeys(name for each in there for name in each.people)),
                )
                if found and overlap.continues(found[-1]):
                    found[-1] = attrs.evolve(found[-1], end_us=last)
                else:
                    found.append(overlap)
        return tuple(found)

    def explain(self, at: datetime) -> str:
        """Return who is on call at an instant, and what each layer says about it, a line each."""
        at_us = micros(at)
        lines = [str(self._schedule.at(at_us))]
        for number, layer in reversed(list(enumerate(self.layers))):
            said = self._schedule.layer_between(number, at_us, at_us + 1)
            text = f"{' + '.join(said[0].people)} ({said[0].why})" if said else "nobody"
            lines.append(f"  {layer.name}: {text}")
        return "\n".join(lines)

    def load(self, start: datetime, end: datetime, calls: Iterable[datetime] = ()) -> LoadReport:
        """Return what each person carries in `[start, end)`: see `itsm_core.rosters.load_of`."""
        from itsm_core.rosters._load import load_of

        return load_of(self, start, end, calls)

    # -- people -----------------------------------------------------------------------------------

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Return everybody whom a rotation, an override, a swap or an absence could call."""
        named = [person for layer in self.layers for crew in layer.people for person in crew]
        named += [person for override in self.overrides for person in override.people]
        named += [swap.taker for swap in self.swaps]
        named += [each.substitute for each in self.absences if each.substitute]
        return tuple(dict.fromkeys(named))

    def responder(self, person: str) -> Responder | None:
        """Return where a person lives and when they are to be left alone, if the roster says."""
        return next((each for each in self.responders if each.person == person), None)

    def is_away(self, person: str, at: datetime) -> bool:
        """Tell whether a person is absent at an instant."""
        at_us = micros(at)
        return any(
            each.person == person and each.start_us <= at_us < each.end_us for each in self.absences
        )

    def next_allowed(self, person: str, at: _Instant) -> _Instant:
        """Return the first instant from `at` on that is not in a person's quiet hours.

        In the type and zone of the question. Somebody without quiet hours can be reached at once.
        Only for what can wait: who is on call is called.
        """
        responder = self.responder(person)
        if responder is None or responder.quiet is None:
            micros(at)
            return at
        return _awake(responder.zone, responder.quiet).next_open(at)

    # -- what is legal and probably not meant ----------------------------------------------------

    def check(self, start: datetime, end: datetime) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant in `[start, end)`.

        Times without anybody, swaps and overrides that change nothing, absences without a
        substitute that leave a gap, people who hold a layer alone. Empty is fine.
        """
        from itsm_core.rosters._check import findings_of

        return findings_of(self, start, end)

    # -- as data ----------------------------------------------------------------------------------

    def to_json(self) -> dict[str, object]:
        """Return the roster as plain JSON values, from which `from_json` makes an equal one."""
        return _ROSTER.write(self)

    @classmethod
    def from_json(cls, data: object) -> Roster:
        """Return the roster that `to_json` wrote down; nothing is guessed or left out.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed and means no roster.
        """
        return _ROSTER.read(data, "roster")

    def dumps(self) -> str:
        """Return the roster as canonical JSON text; equal rosters give the same bytes."""
        return way.dumps(self.to_json())

    @classmethod
    def loads(cls, text: str) -> Roster:
        """Return the roster in a JSON text; keys given twice and NaN are refused.

        Raises:
            CodecError: the text is not what `dumps` writes.
            DefinitionError: it is well formed and means no roster.
        """
        return cls.from_json(way.loads(text, "roster"))

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON; equal rosters have equal hashes."""
        return way.content_hash(self.to_json())

    def __str__(self) -> str:
        lines = [self.name, *(f"  {layer}" for layer in self.layers)]
        changed = {
            "overrides": len(self.overrides),
            "swaps": len(self.swaps),
            "absences": len(self.absences),
        }
        lines += [f"  {number} {what}" for what, number in changed.items() if number]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from itsm_core.rosters._draw import roster_svg

        return roster_svg(self)


@lru_cache(maxsize=256)
def _awake(zone: str, quiet: WeeklyHours) -> Calendar:
    """Return the calendar of all time that is not quiet; kept, since compiling it takes longest."""
    return ~BusinessCalendar(zone=zone, hours=quiet)


def _is_given(attribute: attrs.Attribute[object], _value: object) -> bool:
    return attribute.init


def _roster(fields: dict[str, object]) -> Roster:
    """Make the roster that was pickled."""
    return Roster(**fields)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def _range(start: datetime, end: datetime) -> tuple[int, int]:
    low, high = micros(start), micros(end)
    if high < low:
        raise InvalidValue("a schedule ends after it starts", f"{start} - {end}", "swap the ends")
    if high - low > _LONGEST // timedelta(microseconds=1):
        what = "a schedule of more than 100 years"
        raise InvalidValue(what, f"{start} - {end}", "ask for a shorter time")
    return low, high


def _at(shifts: list[Shift], at: int) -> Shift | None:
    """Return the one of sorted shifts that holds an instant."""
    number = bisect_right(shifts, at, key=_start) - 1
    return shifts[number] if number >= 0 and at < shifts[number].end_us else None


def _start(shift: Shift) -> int:
    return shift.start_us


_ROSTER: Final = way.Form(
    Roster,
    {
        "name": way.TEXT,
        "layers": way.many_of(way.way_of(forms.ROTATION)),
        "overrides": way.many_of(way.way_of(forms.OVERRIDE)),
        "swaps": way.many_of(way.way_of(forms.SWAP)),
        "absences": way.many_of(way.way_of(forms.ABSENCE)),
        "responders": way.many_of(way.way_of(forms.RESPONDER)),
    },
)
