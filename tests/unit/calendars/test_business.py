"""The calendar of one desk: definition, refusals, findings, identity."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from datetime import UTC, date, datetime, timedelta

import attrs
import holidays
import pytest

from itsm_core.calendars import (
    BusinessCalendar,
    HolidaySource,
    PlainDates,
    WeeklyHours,
    YearlyDates,
    public_holidays,
)
from itsm_core.errors import CalendarExhausted, DefinitionError, InvalidValue, UnknownZone

WEEK = WeeklyHours.parse("Mo-Fr 09:00-17:00")
EVE, CHRISTMAS = date(2026, 12, 24), date(2026, 12, 25)
HOUR = timedelta(hours=1)


def office(**more: object) -> BusinessCalendar:
    """Return a desk in Berlin with something special."""
    fields: dict[str, object] = {"zone": "Europe/Berlin", "hours": WEEK}
    return BusinessCalendar(**(fields | more))  # type: ignore[arg-type]


FULL = office(
    holidays=YearlyDates(["12-25"]),
    exceptions={EVE: "09:00-12:00", date(2026, 6, 1): "", date(2026, 6, 6): "22:00-02:00"},
    holiday_scope="shift_start",
    name="Berlin desk",
)


class TestRefusals:
    """No invalid calendar exists."""

    def test_unknown_zone_is_refused_with_the_closest_name(self) -> None:
        """The classic slip."""
        with pytest.raises(UnknownZone, match=r"'Europe/Berlinn'.*did you mean 'Europe/Berlin'"):
            office(zone="Europe/Berlinn")

    def test_hours_as_text_are_refused_with_the_remedy(self) -> None:
        """Text is parsed where the author sees the faults."""
        with pytest.raises(InvalidValue, match=r"use WeeklyHours\.parse"):
            office(hours="Mo-Fr 09:00-17:00")

    def test_unknown_scope_is_refused(self) -> None:
        """Two scopes exist."""
        with pytest.raises(InvalidValue, match="use 'civil_day' or 'shift_start'"):
            office(holiday_scope="day")

    def test_datetime_as_holiday_is_refused(self) -> None:
        """Which local date it means depends on a zone that nobody named."""
        with pytest.raises(DefinitionError, match="is not a date"):
            office(holidays=[datetime(2026, 12, 25, tzinfo=UTC)])

    def test_object_of_the_holidays_package_is_refused(self) -> None:
        """It would hold no year but those that were asked for."""
        with pytest.raises(InvalidValue, match="public_holidays"):
            office(holidays=holidays.country_holidays("DE", years=2026))

    def test_every_fault_of_the_exceptions_is_listed(self) -> None:
        """Wrong dates, wrong types, wrong hours and overlaps, all at once."""
        with pytest.raises(DefinitionError) as caught:
            office(
                exceptions={
                    "2026-12-24": "09:00-12:00",
                    datetime(2026, 12, 24, tzinfo=UTC): "09:00-12:00",
                    date(2026, 12, 23): None,
                    date(2026, 12, 22): "9-12",
                    date(2026, 12, 21): "09:00-12:00, 11:00-13:00",
                }
            )
        codes = [fault.code for fault in caught.value.faults]
        assert codes == [
            "not-a-date",
            "not-a-date",
            "not-hours",
            "not-a-time",
            "not-a-time",
            "overlapping-hours",
        ]
        assert [(fault.where, fault.value) for fault in caught.value.faults] == [
            ("exceptions['2026-12-24']", "'2026-12-24'"),
            (
                "exceptions[2026-12-24 00:00:00+00:00]",
                "datetime.datetime(2026, 12, 24, 0, 0, tzinfo=datetime.timezone.utc)",
            ),
            ("exceptions[2026-12-23]", "None"),
            ("exceptions[2026-12-22]", "9"),
            ("exceptions[2026-12-22]", "12"),
            ("exceptions[2026-12-21]", "09:00-12:00, 11:00-13:00"),
        ]

    def test_date_that_is_given_twice_is_refused(self) -> None:
        """A mapping cannot, the form that is kept could."""
        kept = ((EVE, "09:00-10:00"), (EVE, "11:00-12:00"))
        with pytest.raises(DefinitionError) as caught:
            office(exceptions=kept)
        (fault,) = caught.value.faults
        assert (fault.code, fault.where, fault.value) == (
            "overlapping-hours",
            "exceptions[2026-12-24]",
            "",
        )
        assert fault.message == "2026-12-24 is given twice"

    @pytest.mark.parametrize("value", [[EVE], "2026-12-24", 5])
    def test_exceptions_are_refused_when_they_are_no_mapping(self, value: object) -> None:
        """A list of dates says nothing about hours."""
        with pytest.raises(InvalidValue, match="exceptions map a date to its hours"):
            office(exceptions=value)

    def test_calendar_that_never_opens_says_so_when_asked(self) -> None:
        """C8: it is legal, `check` reports it, and a search ends with a typed error."""
        never = office(hours=WeeklyHours.parse(""))
        start = datetime(2026, 1, 5, tzinfo=UTC)
        with pytest.raises(CalendarExhausted, match="in 100 years around 202"):
            never.add(start, HOUR)
        assert never.between(start, start + 1000 * HOUR) == timedelta(0)
        assert [finding.code for finding in never.check()] == ["never-open"]


class TestDays:
    """Working days and the hours on them."""

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 12, 23), ((9 * 3600, 17 * 3600),)),
            (EVE, ((9 * 3600, 12 * 3600),)),
            (CHRISTMAS, ()),
            (date(2026, 12, 26), ()),
            (date(2026, 6, 1), ()),
            (date(2026, 6, 6), ((22 * 3600, 26 * 3600),)),
        ],
    )
    def test_hours_on_a_day_are_those_that_start_on_it(
        self, day: date, expected: tuple[tuple[int, int], ...]
    ) -> None:
        """An ordinary day, an exception, a holiday, a Saturday, a closed day, a special opening."""
        assert FULL.hours_on(day) == expected
        assert FULL.is_working_day(day) is bool(expected)

    def test_exception_beats_a_holiday(self) -> None:
        """C3: special opening on Christmas Day."""
        calendar = office(holidays=[CHRISTMAS], exceptions={CHRISTMAS: "10:00-11:00"})
        assert calendar.hours_on(CHRISTMAS) == ((10 * 3600, 11 * 3600),)
        assert calendar.is_open(datetime(2026, 12, 25, 9, 30, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("scope", "on_25th", "on_26th"), [("civil_day", 0, 8), ("shift_start", 6, 2)]
    )
    def test_holiday_scope_decides_over_a_night_shift(
        self, scope: str, on_25th: int, on_26th: int
    ) -> None:
        """22:00-06:00 every night, the 25th a holiday: open hours of three local days."""
        night = office(
            hours=WeeklyHours.parse("Mo-Su 22:00-06:00"), holidays=[CHRISTMAS], holiday_scope=scope
        )
        day24 = datetime(2026, 12, 23, 23, tzinfo=UTC)  # local midnight
        assert night.between(day24, day24 + 24 * HOUR) == 8 * HOUR
        assert night.between(day24 + 24 * HOUR, day24 + 48 * HOUR) == on_25th * HOUR
        # The night from 25 to 26 starts on the holiday: its tail stays with `civil_day` only.
        assert night.between(day24 + 48 * HOUR, day24 + 72 * HOUR) == on_26th * HOUR


class TestFindings:
    """What is legal but probably not meant."""

    def test_check_finds_nothing_when_all_is_well(self) -> None:
        """An ordinary desk with German holidays."""
        assert office(holidays=public_holidays("DE")).check(range(2025, 2028)) == ()

    def test_check_names_the_interval_that_a_clock_change_swallows(self) -> None:
        """C2: 02:10-02:50 on 29 March 2026."""
        findings = office(hours=WeeklyHours.parse("Su 02:10-02:50")).check(range(2026, 2027))
        assert [finding.code for finding in findings] == ["interval-vanishes"]
        assert "02:10-02:50 on 2026-03-29" in str(findings[0])

    def test_check_names_an_exception_without_effect(self) -> None:
        """Hours that the weekday has anyway; on a holiday they are a special opening."""
        same = {date(2026, 12, 23): "09:00-17:00", CHRISTMAS: "09:00-17:00"}
        findings = office(exceptions=same, holidays=[CHRISTMAS]).check()
        assert [finding.code for finding in findings] == ["exception-without-effect"]
        assert "2026-12-23" in findings[0].message

    def test_check_names_a_source_without_data(self) -> None:
        """Nobody publishes holidays of the years 2500 to 2509."""
        findings = office(holidays=public_holidays("DE")).check(range(2500, 2510))
        assert [finding.code for finding in findings] == ["no-holidays"]
        assert "from 2500 to 2509" in findings[0].message

    def test_check_looks_at_the_years_from_2000_to_2050_when_none_are_named(self) -> None:
        """A holiday in one of them is data; what lies before and after is not looked at."""
        for year, codes in (
            (1999, ["no-holidays"]),
            (2000, []),
            (2050, []),
            (2051, ["no-holidays"]),
        ):
            desk = office(holidays=[date(year, 6, 1)])
            assert [finding.code for finding in desk.check()] == codes
        (finding,) = office(hours=WeeklyHours.parse("")).check()
        assert finding.message == "no open time from 2000 to 2050"


class TestIdentity:
    """Equal definitions are equal, hash alike, pickle, evaluate."""

    def test_copies_are_equal_and_answer_alike(self) -> None:
        """Caches are not part of the value, and are made anew."""
        start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
        expected = FULL.between(start, end)
        names = {
            "BusinessCalendar": BusinessCalendar,
            "WeeklyHours": WeeklyHours,
            "YearlyDates": YearlyDates,
            "datetime": dt,
        }
        for each in (
            eval(repr(FULL), names),
            copy.copy(FULL),
            copy.deepcopy(FULL),
            *(pickle.loads(pickle.dumps(FULL, protocol)) for protocol in range(2, 6)),
        ):
            assert each == FULL
            assert hash(each) == hash(FULL)
            assert each.name == "Berlin desk"
            assert each.content_hash == FULL.content_hash
            assert each.between(start, end) == expected

    def test_repr_shows_only_what_is_not_default(self) -> None:
        """A plain desk reads as it was written."""
        assert repr(office()) == (
            "BusinessCalendar(zone='Europe/Berlin', hours=WeeklyHours.parse('Mo-Fr 09:00-17:00'))"
        )

    def test_json_says_everything_under_its_name(self) -> None:
        """What the hash is made of; the name is left out."""
        assert FULL.to_json() == {
            "kind": "business",
            "zone": "Europe/Berlin",
            "hours": "Mo-Fr 09:00-17:00",
            "holidays": {"kind": "yearly", "days": ["12-25"]},
            "exceptions": {
                "2026-06-01": "",
                "2026-06-06": "22:00-02:00",
                "2026-12-24": "09:00-12:00",
            },
            "holiday_scope": "shift_start",
        }
        assert office().to_json()["holiday_scope"] == "civil_day"
        assert office().name == ""

    def test_name_is_no_part_of_the_identity(self) -> None:
        """A label may change; the promise does not."""
        named = office(name="first line")
        assert named == office()
        assert named.content_hash == office().content_hash

    @pytest.mark.parametrize(
        "change",
        [
            {"zone": "Europe/Paris"},
            {"hours": WeeklyHours.parse("Mo-Fr 09:00-17:01")},
            {"holidays": [CHRISTMAS]},
            {"exceptions": {EVE: ""}},
            {"holiday_scope": "shift_start"},
        ],
    )
    def test_every_other_field_is_part_of_the_identity(self, change: dict[str, object]) -> None:
        """C10: another definition, another hash."""
        changed = office(**change)
        assert changed != office()
        assert changed.content_hash != office().content_hash

    def test_order_of_definition_does_not_matter(self) -> None:
        """Dates in any order, exceptions in any order."""
        first = office(holidays=[EVE, CHRISTMAS], exceptions={EVE: "", CHRISTMAS: ""})
        second = office(holidays=(CHRISTMAS, EVE), exceptions={CHRISTMAS: "", EVE: ""})
        assert first == second
        assert first.content_hash == second.content_hash

    def test_calendar_is_frozen(self) -> None:
        """A value does not change behind the back of a verdict."""
        with pytest.raises(AttributeError):
            office().zone = "UTC"  # type: ignore[misc]

    def test_source_of_one_s_own_is_taken(self) -> None:
        """Anything that answers `dates_in` and `to_json` is a holiday source (C4)."""

        class Fridays:
            def dates_in(self, year: int) -> frozenset[date]:
                first = date(year, 1, 1)
                days = (first + timedelta(days=n) for n in range(366))
                return frozenset(day for day in days if day.year == year and day.weekday() == 4)

            def to_json(self) -> dict[str, object]:
                return {"kind": "fridays"}

        source = Fridays()
        assert isinstance(source, HolidaySource)
        monday = datetime(2026, 1, 5, tzinfo=UTC)
        assert office(holidays=source).between(monday, monday + timedelta(days=7)) == 32 * HOUR

    def test_no_holidays_is_the_default(self) -> None:
        """An empty list and no list are the same calendar."""
        assert office(holidays=[]) == office()
        assert office().holidays == PlainDates(())


HOURS = WeeklyHours.parse("Mo-Fr 09:00-17:00")
DAY = date(2026, 12, 24)


@pytest.mark.parametrize("value", [(1,), ((DAY,),), ((DAY, (), 1),), (None,), [], 5, None, "ab"])
def test_exceptions_are_refused_when_they_map_nothing(value: object) -> None:
    """Whatever its shape, a typed error with an example."""
    with pytest.raises(InvalidValue, match="exceptions map a date to its hours"):
        BusinessCalendar(zone="UTC", hours=HOURS, exceptions=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (((DAY, ((-5, 10**9),)),), "not-an-interval"),
        (((DAY, ((1.0, 2.0),)),), "not-an-interval"),
        (((DAY, (5,)),), "not-an-interval"),
        (((DAY, ((0, 20), (10, 30))),), "overlapping-hours"),
        (((DAY, ()), (DAY, ())), "overlapping-hours"),
        ((("2026-12-24", ()),), "not-a-date"),
        (((DAY, "9 to 5"),), "not-an-interval"),
        (((DAY, 5),), "not-hours"),
    ],
)
def test_exceptions_are_checked_also_in_the_form_in_which_they_are_kept(
    value: object, code: str
) -> None:
    """Copies come with it, and so may anybody."""
    with pytest.raises(DefinitionError) as caught:
        BusinessCalendar(zone="UTC", hours=HOURS, exceptions=value)  # type: ignore[arg-type]
    assert [fault.code for fault in caught.value.faults] == [code]


def test_kept_exceptions_are_the_same_however_they_came() -> None:
    """Sorted by date and time: equal definitions are equal, and evolve into themselves."""
    calendar = BusinessCalendar(
        zone="UTC", hours=HOURS, exceptions={DAY: "13:00-14:00, 09:00-10:00", date(2026, 1, 2): ""}
    )
    kept = ((DAY, ((46_800, 50_400), (32_400, 36_000))), (date(2026, 1, 2), ()))
    assert BusinessCalendar(zone="UTC", hours=HOURS, exceptions=kept) == calendar
    assert attrs.evolve(calendar, name="desk") == calendar


@pytest.mark.parametrize("years", [range(9998, 10_001), range(2), range(0)])
def test_check_refuses_years_that_do_not_exist(years: range) -> None:
    """T5: a typed error, not that of a date."""
    with pytest.raises(InvalidValue, match="year"):
        BusinessCalendar(zone="UTC", hours=HOURS).check(years)


@pytest.mark.slow
def test_check_takes_the_first_and_the_last_year() -> None:
    """The limits belong to it."""
    calendar = BusinessCalendar(zone="Asia/Tokyo", hours=HOURS)
    assert calendar.check(range(9998, 10_000)) == calendar.check(range(1, 3)) == ()
