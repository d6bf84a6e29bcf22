"""The values of a roster: rotations, and what people change about them by hand (law E4).

All of them are frozen, refuse what cannot be meant with every fault at once, and take plain data:
dates, times and instants may be written as texts, one person as a text, several as a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final, Literal, cast

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, WeeklyHours
from itsm_core.errors import Fault
from itsm_core.ids import PersonId
from itsm_core.rosters import _fields as check
from itsm_core.spans import Pair, in_pendulum, instant, written

if TYPE_CHECKING:
    import pendulum

Unit = Literal["hours", "days", "weeks", "months"]
"""The slots of a rotation; a month's slot begins on its first day."""

Crew = tuple[PersonId, ...]
"""Who is on call together; the first is asked first."""

AbsenceKind = Literal["leave", "sickness", "other"]
"""Why somebody is away, as a fact to show: who stands in does not depend on it."""

UNITS: Final[tuple[Unit, ...]] = ("hours", "days", "weeks", "months")
ABSENCE_KINDS: Final[tuple[AbsenceKind, ...]] = ("leave", "sickness", "other")
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MOST_PEOPLE: Final = 1_000
MOST_SLOTS_A_TURN: Final = 1_000
"""Nobody is on call for a thousand months; a longer turn is a slip of typing."""


def _crews(value: Iterable[str | Iterable[str]]) -> tuple[Crew, ...]:
    members = check.many(value)
    if not isinstance(members, tuple):
        return cast("tuple[Crew, ...]", value)  # the checks say what it is
    crews = cast("tuple[object, ...]", members)
    return tuple(
        (PersonId(each),) if isinstance(each, str) else cast("Crew", check.many(each))
        for each in crews
    )


def _people(value: str | Iterable[str]) -> Crew:
    return (PersonId(value),) if isinstance(value, str) else cast("Crew", check.many(value))


def _person(value: str) -> PersonId:
    return cast("PersonId", value)  # the checks say if it is none


def _numbers(value: int | Iterable[int]) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,)
    return cast("tuple[int, ...]", check.many(value))


def _date(value: date | str) -> date:
    return cast("date", check.as_date(value))


def _optional_date(value: date | str | None) -> date | None:
    return cast("date | None", check.as_date(value))


def _time(value: time | str) -> time:
    return cast("time", check.as_time(value))


def _instant(value: datetime | str | int) -> int:
    return cast("int", check.as_instant(value))


@attrs.frozen(kw_only=True)
class Rotation:
    """Hold one layer of a roster: people who take turns, handed off at a wall time (law E4).

    Time is cut into slots of one `unit` in `zone`, from `start_on` at `hand_off` on. A turn takes
    `every` slots: `every=2` is two days or weeks each, `every=(5, 2)` five slots for the next in
    line, then two for the one after. Weeks begin on `hand_off_day` ("Mo"), by default the weekday
    of `start_on`; a week or month that `start_on` cuts short is a slot like any other. Hours are
    counted on the wall clock, so that a shift handed off at 08:00 and 20:00 is so all year, and
    with hours the whole of `every` is one slot.

    `people` are names, or lists of names who are on call together. Outside `restriction` (weekly
    hours in `zone`, or a calendar) the layer has nobody, and a slot that lies wholly outside it
    does not advance the rotation. Nobody has a turn before `start_on`, nor from `end_on` on, both
    at the hand-off.

    A hand-off that the clocks skip happens at the end of the gap; one that comes twice happens the
    first time (decision 11).

    Raises:
        DefinitionError: with every fault.

    >>> first_line = Rotation(
    ...     name="first line",
    ...     people=("ana", "ben", "chi"),
    ...     zone="Europe/Berlin",
    ...     start_on="2026-01-05",
    ...     hand_off="09:00",
    ...     unit="weeks",
    ... )
    >>> print(first_line)
    first line: ana, ben, chi; every week, Mo 09:00 Europe/Berlin, from 2026-01-05
    """

    name: str
    people: tuple[Crew, ...] = attrs.field(converter=_crews)
    zone: str
    start_on: date = attrs.field(converter=_date)
    hand_off: time = attrs.field(converter=_time, default=time(9))
    unit: Unit = "weeks"
    every: tuple[int, ...] = attrs.field(converter=_numbers, default=(1,))
    hand_off_day: str = ""
    end_on: date | None = attrs.field(converter=_optional_date, default=None)
    restriction: Calendar | WeeklyHours | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse(f"rotation {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        yield from _crew_faults(self.people)
        yield from check.zone_faults("zone", self.zone)
        yield from check.time_faults("hand_off", self.hand_off)
        yield from check.choice_faults("unit", self.unit, UNITS)
        yield from _every_faults(self.every)
        if self.hand_off_day:
            yield from check.choice_faults("hand_off_day", self.hand_off_day, DAYS)
            if self.unit != "weeks" and self.unit in UNITS:
                message = f"a rotation by {self.unit} has no day of hand-off"
                remedy = "leave it out, or use unit='weeks'"
                where = "hand_off_day"
                yield Fault("no-such-hand-off", message, where, self.hand_off_day, remedy)
        dates = [
            *check.date_faults("start_on", self.start_on),
            *check.date_faults("end_on", self.end_on, optional=True),
        ]
        yield from dates
        if not dates and self.end_on is not None and self.end_on <= self.start_on:
            message = f"ends on {self.end_on}, not after {self.start_on}"
            remedy = "end it later, or leave it out"
            yield Fault("backward-span", message, "end_on", str(self.end_on), remedy)
        if self.restriction is not None:
            remedy = "use WeeklyHours.parse('Mo-Fr 08:00-18:00') or a calendar"
            kinds = (Calendar, WeeklyHours)
            meant = "weekly hours or a calendar"
            yield from check.kind_faults("restriction", self.restriction, kinds, meant, remedy)

    @property
    def hours(self) -> Calendar | None:
        """Return the restriction as a calendar; None where the layer is always in force."""
        if isinstance(self.restriction, WeeklyHours):
            return BusinessCalendar(zone=self.zone, hours=self.restriction)
        return self.restriction

    @property
    def day(self) -> str:
        """Return the weekday on which weeks are handed off, such as "Mo"."""
        return self.hand_off_day or DAYS[self.start_on.weekday()]

    def __str__(self) -> str:
        names = ", ".join(" + ".join(crew) for crew in self.people)
        singular = self.unit.removesuffix("s")
        counts = " then ".join(map(str, self.every))
        often = f"every {singular}" if self.every == (1,) else f"every {counts} {self.unit}"
        day = {"weeks": f"{self.day} ", "months": "day 1 "}.get(self.unit, "")
        until = f" until {self.end_on}" if self.end_on else ""
        only = f", only {_words(self.restriction)}" if self.restriction is not None else ""
        return (
            f"{self.name}: {names}; {often}, {day}{self.hand_off:%H:%M} {self.zone}, "
            f"from {self.start_on}{until}{only}"
        )


def _words(restriction: Calendar | WeeklyHours) -> str:
    if isinstance(restriction, BusinessCalendar):
        return f"{restriction.name or restriction.hours} {restriction.zone}"
    return str(restriction)


def _crew_faults(people: object) -> Iterator[Fault]:
    if not isinstance(people, tuple):
        yield check.wrong_type("people", people, "a list of people", "put the names in brackets")
        return
    crews = cast("tuple[object, ...]", people)
    if not crews:
        yield Fault("no-people", "has nobody in it", "people", "()", "name at least one person")
    if len(crews) > MOST_PEOPLE:
        message = f"more than {MOST_PEOPLE:,} people"
        yield Fault("too-many", message, "people", str(len(crews)), "split the rotation")
        return
    for n, crew in enumerate(crews):
        yield from people_faults(f"people[{n}]", crew)


def people_faults(where: str, people: object, *, optional: bool = False) -> Iterator[Fault]:
    """Yield what is wrong with a list of people: nobody, somebody twice, no names."""
    if people == () and not optional:
        yield Fault("no-people", "has nobody in it", where, "()", "name at least one person")
    found = list(check.texts_faults(where, people))
    yield from found
    if not found:
        names = cast("Crew", people)
        for name in sorted({each for each in names if names.count(each) > 1}):
            yield Fault("twice", f"{name!r} is named twice", where, name, "name each person once")


def _every_faults(every: object) -> Iterator[Fault]:
    given: object = every
    if not isinstance(every, tuple) or not every:
        remedy = "write 1, or (5, 2) for turns of five and two"
        yield check.wrong_type("every", given, "a number, or a list of numbers", remedy)
        return
    numbers = cast("tuple[object, ...]", every)
    for n, number in enumerate(numbers):
        where = "every" if len(numbers) == 1 else f"every[{n}]"
        yield from check.number_faults(where, number, 1, MOST_SLOTS_A_TURN)


@attrs.frozen(kw_only=True)
class _Spanned:
    """Hold the span of something that was changed by hand."""

    start_us: int = attrs.field(alias="start", converter=_instant)
    end_us: int = attrs.field(alias="end", converter=_instant)

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return when it begins, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return when it ends, in UTC; the end does not belong to it."""
        return in_pendulum(instant(self.end_us))

    @property
    def pair(self) -> Pair:
        """Return start and end in microseconds since 1970."""
        return self.start_us, self.end_us

    def __repr__(self) -> str:
        return written(self)


@attrs.frozen(kw_only=True, repr=False)
class Override(_Spanned):
    """Hold that other people are on call in `[start, end)`, whatever the rotations say.

    An empty `people` is nobody, on purpose: no layer shines through. Of two overrides at one
    instant the one later in the roster's list wins. Somebody absent is replaced as in a rotation.

    >>> print(Override(people=["ana"], start="2026-05-12T09:00Z", end="2026-05-13T09:00Z"))
    override: ana
    """

    people: Crew = attrs.field(converter=_people)
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        check.refuse("override", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.span_faults(self.start_us, self.end_us)
        yield from people_faults("people", self.people, optional=True)
        yield from check.text_faults("reason", self.reason, optional=True)

    def __str__(self) -> str:
        who = " + ".join(self.people) or "nobody"
        return f"override: {who}" + (f" ({self.reason})" if self.reason else "")


@attrs.frozen(kw_only=True, repr=False)
class Swap(_Spanned):
    """Hold that `taker` takes every turn of `giver` in `[start, end)`, in all layers.

    For a true exchange write two: the second gives the turns back at another time. Swaps act on
    turns of rotations, overrides stand above them. Where several speak about one instant they
    apply together: the giver of one may be the taker of another, and nobody is moved twice.

    >>> print(Swap(giver="ana", taker="ben", start="2026-05-12T09:00Z", end="2026-05-13T09:00Z"))
    swap: ben for ana
    """

    giver: PersonId = attrs.field(converter=_person)
    taker: PersonId = attrs.field(converter=_person)
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        check.refuse("swap", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.span_faults(self.start_us, self.end_us)
        yield from check.text_faults("giver", self.giver)
        yield from check.text_faults("taker", self.taker)
        yield from check.text_faults("reason", self.reason, optional=True)
        if self.giver == self.taker:
            message, remedy = "is the giver, too", "name two people"
            yield Fault("substitute-is-absent", message, "taker", str(self.taker), remedy)

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"swap: {self.taker} for {self.giver}{reason}"


@attrs.frozen(kw_only=True, repr=False)
class Absence(_Spanned):
    """Hold that a person is away in `[start, end)`, and who stands in (law E5).

    A substitute who is away, too, is replaced by their own; chains that lead back are refused when
    the roster is made. Without a substitute the person is only taken out: who else is in the crew
    stays, and where nobody is left the next layer below takes over. Both ends are instants, so
    that nobody is substituted after coming back. Of several absences of one person at one time,
    the last one in the list that names a substitute says who stands in.

    >>> away = Absence(person="ana", start="2026-05-12T09:00Z", end="2026-05-13T09:00Z")
    >>> away.substitute
    ''
    """

    person: PersonId = attrs.field(converter=_person)
    substitute: PersonId = attrs.field(converter=_person, default=PersonId(""))
    kind: AbsenceKind = "leave"
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        check.refuse("absence", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.span_faults(self.start_us, self.end_us)
        yield from check.text_faults("person", self.person)
        yield from check.text_faults("substitute", self.substitute, optional=True)
        yield from check.choice_faults("kind", self.kind, ABSENCE_KINDS)
        yield from check.text_faults("reason", self.reason, optional=True)
        if self.person and self.person == self.substitute:
            message, remedy = "is the person who is away", "name somebody else, or nobody"
            yield Fault("substitute-is-absent", message, "substitute", str(self.person), remedy)

    def __str__(self) -> str:
        instead = f", {self.substitute} instead" if self.substitute else ""
        return f"{self.person} away until {instant(self.end_us).isoformat()} ({self.kind}){instead}"


@attrs.frozen(kw_only=True)
class Responder:
    """Hold where a person lives, and when they do not want to be disturbed by what can wait.

    `quiet` are hours in the person's own `zone`: reminders wait for their end. They never take
    anybody off call.

    >>> Responder(person="ana", zone="Europe/Berlin").quiet is None
    True
    """

    person: PersonId = attrs.field(converter=_person)
    zone: str
    quiet: WeeklyHours | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse(f"responder {self.person!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("person", self.person)
        yield from check.zone_faults("zone", self.zone)
        if self.quiet is not None:
            remedy = "write WeeklyHours.parse('Mo-Su 22:00-07:00')"
            yield from check.kind_faults("quiet", self.quiet, WeeklyHours, "weekly hours", remedy)
