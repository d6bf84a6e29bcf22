"""Where closed days come from: plain dates, yearly days, the `holidays` package, a feed (law C4).

A source answers for one year at a time, so nobody has to guess a horizon. Observances that do
not close anything are left out by default (only the category "public" counts).
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Protocol, runtime_checkable

import attrs

from itsm_core.calendars._feeds import read_feed
from itsm_core.errors import DefinitionError, Fault, InvalidValue, UnknownHolidays, did_you_mean

_MONTH_AND_DAY: Final = re.compile(r"\d\d-\d\d", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_NAME: Final = 100


@runtime_checkable
class HolidaySource(Protocol):
    """Answer which local dates of a year are closed.

    Implementations are immutable values: equal ones give equal calendars, and the same year
    always gives the same dates.

    >>> import attrs
    >>> from datetime import UTC, date, datetime
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours
    >>> @attrs.frozen
    ... class FirstOfMarch:
    ...     def dates_in(self, year):
    ...         return frozenset({date(year, 3, 1)})
    ...
    ...     def to_json(self):
    ...         return {"kind": "first of March"}
    >>> hours = WeeklyHours.parse("Mo-Su 09:00-17:00")
    >>> office = BusinessCalendar(zone="UTC", hours=hours, holidays=FirstOfMarch())
    >>> office.is_open(datetime(2026, 3, 1, 12, tzinfo=UTC))
    False
    """

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the closed local dates of `year`; years without data give none."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data; it enters the calendar's content hash."""
        ...


class _Joinable:
    """Give sources the `|` operator."""

    __slots__ = ()

    def __or__(self, other: HolidaySource) -> JoinedSources:
        if not isinstance(other, HolidaySource) or isinstance(other, type):
            return NotImplemented
        return JoinedSources((self, other))  # type: ignore[arg-type]


def _plain_dates(value: Iterable[date]) -> frozenset[date]:
    if hasattr(value, "expand"):
        # It grows while it is read and holds only the years that somebody asked it for.
        remedy = "use public_holidays('DE', subdivision='BE'), which computes every year it needs"
        raise InvalidValue("an object of the holidays package is not a set of dates", value, remedy)
    if not isinstance(value, Iterable):
        remedy = "pass datetime.date values, or a source such as public_holidays('DE')"
        raise InvalidValue("holidays are dates or a source", value, remedy)
    days = list(value)
    faults = tuple(
        Fault(
            "not-a-date",
            f"{day!r} is not a date",
            f"holidays[{n}]",
            repr(day),
            "pass datetime.date",
        )
        for n, day in enumerate(days)
        if not isinstance(day, date) or isinstance(day, datetime)
    )
    if faults:
        raise DefinitionError("holidays", faults)
    return frozenset(days)


def _sorted_repr(dates: frozenset[date]) -> str:
    return repr(sorted(dates))  # a set's own order changes from run to run


@attrs.frozen
class PlainDates(_Joinable):
    """Close the listed dates, whatever the year.

    >>> from datetime import date
    >>> PlainDates([date(2026, 12, 24)]).dates_in(2026)
    frozenset({datetime.date(2026, 12, 24)})
    """

    dates: frozenset[date] = attrs.field(converter=_plain_dates, repr=_sorted_repr)
    _by_year: dict[int, frozenset[date]] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        years: dict[int, set[date]] = {}
        for day in self.dates:
            years.setdefault(day.year, set()).add(day)
        by_year = {year: frozenset(days) for year, days in years.items()}
        object.__setattr__(self, "_by_year", by_year)

    def __bool__(self) -> bool:
        return bool(self.dates)

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the listed dates of `year`."""
        return self._by_year.get(year, frozenset())

    def to_json(self) -> dict[str, object]:
        """Return the dates in ISO form, sorted."""
        return {"kind": "dates", "dates": sorted(day.isoformat() for day in self.dates)}


def _sorted_texts(value: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(value, Iterable):
        remedy = "use YearlyDates(['12-24', '12-31'])"
        raise InvalidValue("yearly dates are a list of months and days", value, remedy)
    # What is no text is kept as it is, for the list of faults.
    return tuple(sorted([value] if isinstance(value, str) else value, key=str))


def _is_month_and_day(text: object) -> bool:
    # By its shape first: fromisoformat also reads weeks, "2024-W05".
    if not isinstance(text, str) or not _MONTH_AND_DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        return False
    return True


@attrs.frozen
class YearlyDates(_Joinable):
    """Close the same month and day every year; 29 February only in leap years.

    >>> YearlyDates(["12-25"]).dates_in(2026)
    frozenset({datetime.date(2026, 12, 25)})
    """

    days: tuple[str, ...] = attrs.field(converter=_sorted_texts)

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []
        for n, text in enumerate(self.days):
            if not _is_month_and_day(text):
                remedy = "write month and day as in '12-25'"
                message = f"{text!r} is not a month and day"
                faults.append(Fault("not-a-date", message, f"days[{n}]", repr(text), remedy))
        if faults:
            raise DefinitionError("yearly dates", tuple(faults))

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the days as dates of `year`."""
        result: set[date] = set()
        for text in self.days:
            month, day = int(text[:2]), int(text[3:])
            if (month, day) != (2, 29) or isleap(year):
                result.add(date(year, month, day))
        return frozenset(result)

    def to_json(self) -> dict[str, object]:
        """Return the days."""
        return {"kind": "yearly", "days": list(self.days)}


def _unique_texts(value: Iterable[str]) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    wrong = [each for each in texts if not isinstance(each, str)]
    if wrong:
        raise UnknownHolidays("a category is a text", wrong[0], "use ('public',)")
    return tuple(sorted(set(texts)))


@attrs.frozen
class PublicHolidays(_Joinable):
    """Close the days that the `holidays` package lists for a country; see `public_holidays`.

    >>> from datetime import date
    >>> date(2026, 12, 25) in PublicHolidays("DE").dates_in(2026)
    True
    """

    country: str
    subdivision: str = ""
    categories: tuple[str, ...] = attrs.field(default=("public",), converter=_unique_texts)
    language: str = ""

    def __attrs_post_init__(self) -> None:
        _check_published(self)

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the closed dates of `year`; computed once, kept for the next call."""
        return _published(self, year)

    def to_json(self) -> dict[str, object]:
        """Return the arguments of `public_holidays`."""
        return {
            "kind": "public",
            "country": self.country,
            "subdivision": self.subdivision,
            "categories": list(self.categories),
            "language": self.language,
        }


def public_holidays(
    country: str,
    *,
    subdivision: str = "",
    categories: Iterable[str] = ("public",),
    language: str = "",
) -> PublicHolidays:
    """Return the holidays of a country or one of its subdivisions, for all years.

    Data comes from the `holidays` package, which is imported here for the first time. Its
    releases change results; `calendars.data_versions()` says which one is in use. `language`
    has no influence on which days are closed; some countries have it in their rules.

    Raises:
        UnknownHolidays: the country, subdivision, category or language is not known; the
            closest name is suggested.

    >>> from datetime import date
    >>> date(2026, 3, 8) in public_holidays("DE", subdivision="BE").dates_in(2026)
    True
    """
    return PublicHolidays(country, subdivision, categories, language)


def _check_published(source: PublicHolidays) -> None:
    import holidays

    for argument in (source.country, source.subdivision, source.language):
        if not isinstance(argument, str):
            what = "country without published holidays"
            remedy = "country, subdivision and language are texts such as 'DE', 'BE' and 'de'"
            raise UnknownHolidays(what, argument, remedy)
    countries = holidays.list_supported_countries(include_aliases=True)
    if source.country not in countries:
        hint = _near_country(source.country, countries)
        remedy = f"use an ISO 3166-1 alpha-2 code such as 'DE'{hint}"
        raise UnknownHolidays("country without published holidays", source.country, remedy)
    known: Any = getattr(holidays, source.country)
    subdivisions = (*known.subdivisions, *known.subdivisions_aliases)
    if source.subdivision and source.subdivision not in subdivisions:
        hint = did_you_mean(source.subdivision, subdivisions)
        remedy = f"{source.country} has {', '.join(subdivisions) or 'no subdivisions'}{hint}"
        raise UnknownHolidays("unknown subdivision", source.subdivision, remedy)
    unknown = [name for name in source.categories if name not in known.supported_categories]
    if unknown or not source.categories:
        hint = did_you_mean(unknown[0], known.supported_categories) if unknown else ""
        remedy = f"{source.country} has {', '.join(sorted(known.supported_categories))}{hint}"
        raise UnknownHolidays("unknown category", unknown[0] if unknown else (), remedy)
    if source.language and source.language not in known.supported_languages:
        hint = did_you_mean(source.language, known.supported_languages)
        remedy = f"{source.country} has {', '.join(known.supported_languages)}{hint}"
        raise UnknownHolidays("unknown language", source.language, remedy)


def _near_country(value: str, codes: Iterable[str]) -> str:
    """Return a suggestion for a country's code, or for its English name written out."""
    from holidays.registry import COUNTRIES

    # A code has two or three letters; a longer text is a name, and the code nearest to a name
    # ("Norway": 'RWA') is some other country's. One letter too many in a code is still a code.
    if len(value.strip()) <= (4 if value.isupper() else 3):
        return did_you_mean(value, codes)
    names = {name.replace("_", " "): entry[1] for name, entry in COUNTRIES.items()}
    wanted = value[:_LONGEST_NAME].strip().casefold().replace("_", " ")
    close = get_close_matches(wanted, names, n=1, cutoff=0.8)
    if close:
        return f"; did you mean {names[close[0]]!r} ({close[0].title()})?"
    return ""


@lru_cache(maxsize=4096)
def _published(source: PublicHolidays, year: int) -> frozenset[date]:
    import holidays

    listed = holidays.country_holidays(
        source.country,
        subdiv=source.subdivision or None,
        years=year,
        expand=False,
        categories=source.categories,
        language=source.language or None,
    )
    return frozenset(day for day in listed if day.year == year)


@attrs.frozen
class FeedHolidays(_Joinable):
    r"""Close the all-day events of an iCalendar text (RFC 5545), recurring ones included.

    Events with a time of day close nothing. Series are followed in the years 10 to 9990. Needs
    the extra `ical`. The text is kept, so that the calendar still means the same when the feed
    changes.

    >>> from itsm_core.calendars import FeedHolidays
    >>> lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20261224", "DURATION:P3D"]
    >>> closed = FeedHolidays("\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR"]))
    >>> [day.isoformat() for day in sorted(closed.dates_in(2026))]
    ['2026-12-24', '2026-12-25', '2026-12-26']
    """

    text: str = attrs.field(repr=lambda text: f"<{len(text)} characters>")

    def __attrs_post_init__(self) -> None:
        read_feed(self.text)

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the closed dates of `year`; an event of several days closes each of them."""
        return _of_feed(self.text, year)

    def to_json(self) -> dict[str, object]:
        """Return the text."""
        return {"kind": "feed", "text": self.text}


def feed_holidays(text: str) -> FeedHolidays:
    r"""Return the closed days of an iCalendar text; the caller fetches and stores it.

    Raises:
        InvalidValue: the text is not iCalendar, an all-day event has no usable dates or repeats
            more often than daily, or the extra `ical` is not installed.

    >>> from itsm_core.calendars import feed_holidays
    >>> event = ["BEGIN:VEVENT", "DTSTART;VALUE=DATE:20240401", "RRULE:FREQ=YEARLY", "END:VEVENT"]
    >>> founding = feed_holidays("\r\n".join(["BEGIN:VCALENDAR", *event, "END:VCALENDAR"]))
    >>> founding.dates_in(2026)
    frozenset({datetime.date(2026, 4, 1)})
    >>> feed_holidays("no feed at all")
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: not an iCalendar text ...; pass the whole text, from
        BEGIN:VCALENDAR to END:VCALENDAR
    """
    return FeedHolidays(text)


@lru_cache(maxsize=1024)
def _of_feed(text: str, year: int) -> frozenset[date]:
    return frozenset(read_feed(text).dates_in(year))


def _flat_sources(value: Iterable[HolidaySource]) -> tuple[HolidaySource, ...]:
    remedy = "join sources with |, such as public_holidays('DE') | YearlyDates(['12-24'])"
    if not isinstance(value, Iterable):
        raise InvalidValue("joined sources are sources of holidays", value, remedy)
    result: list[HolidaySource] = []
    for source in value:
        if not isinstance(source, HolidaySource) or isinstance(source, type):
            raise InvalidValue("not a source of holidays", source, remedy)
        result.extend(source.sources if isinstance(source, JoinedSources) else (source,))
    return tuple(result)


@attrs.frozen
class JoinedSources(_Joinable):
    """Close a day when any of several sources closes it; joined ones are joined as one list."""

    sources: tuple[HolidaySource, ...] = attrs.field(converter=_flat_sources)

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the dates of all sources together."""
        return frozenset[date]().union(*(source.dates_in(year) for source in self.sources))

    def to_json(self) -> dict[str, object]:
        """Return the definitions of all sources."""
        return {"kind": "any", "sources": [source.to_json() for source in self.sources]}

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.sources))


def as_source(value: Iterable[date] | HolidaySource) -> HolidaySource:
    """Return `value` if it is a source, else its dates as one."""
    return value if isinstance(value, HolidaySource) else PlainDates(value)


def date_from_iso(text: str) -> date:
    """Return the date of `YYYY-MM-DD`; no other form, such as weeks, is read.

    Raises:
        ValueError: the text is not of this form, or there is no such day.
        TypeError: it is no text.
    """
    if not _ISO_DATE.fullmatch(text):  # fromisoformat also reads 2026-W01 and 20260101
        raise ValueError(f"{text!r} is not a date such as 2026-12-24")
    return date.fromisoformat(text)


def source_from_json(data: dict[str, Any]) -> HolidaySource:
    """Return the source that `to_json` wrote.

    Raises:
        InvalidValue: the kind is not one of those that the package ships.
    """
    kind = data.get("kind")
    if kind == "dates":
        return PlainDates([date_from_iso(day) for day in data["dates"]])
    if kind == "yearly":
        return YearlyDates(data["days"])
    if kind == "public":
        return public_holidays(
            data["country"],
            subdivision=data.get("subdivision", ""),
            categories=data.get("categories", ("public",)),
            language=data.get("language", ""),
        )
    if kind == "feed":
        return feed_holidays(data["text"])
    if kind == "any":
        return JoinedSources(tuple(source_from_json(part) for part in data["sources"]))
    remedy = "use dates, yearly, public, feed or any"
    raise InvalidValue("unknown kind of holiday source", kind, remedy)
