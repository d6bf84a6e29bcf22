"""Where closed days come from: dates, yearly days, the holidays package, a feed (law C4)."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import sys
from datetime import UTC, date, datetime

import holidays
import pytest

from itsm_core.calendars import (
    FeedHolidays,
    HolidaySource,
    PlainDates,
    PublicHolidays,
    YearlyDates,
    feed_holidays,
    public_holidays,
)
from itsm_core.calendars._holidays import JoinedSources, as_source, source_from_json
from itsm_core.errors import DefinitionError, InvalidValue, UnknownHolidays

EVE, CHRISTMAS = date(2026, 12, 24), date(2026, 12, 25)

FEED = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261231
DTEND;VALUE=DATE:20270102
SUMMARY:Two days
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20260501
RRULE:FREQ=YEARLY
SUMMARY:Every year
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20260601T090000Z
DTEND:20260601T100000Z
SUMMARY:A meeting
END:VEVENT
END:VCALENDAR
"""


class TestPlainDates:
    """Listed dates."""

    def test_dates_in_gives_the_dates_of_the_year(self) -> None:
        """Each year has its own, and years without any have none."""
        source = PlainDates([EVE, date(2025, 1, 1), EVE])
        assert source.dates_in(2026) == {EVE}
        assert source.dates_in(2025) == {date(2025, 1, 1)}
        assert source.dates_in(2024) == frozenset()

    def test_source_is_true_only_when_it_has_dates(self) -> None:
        """No dates is false, like any empty collection."""
        assert PlainDates([EVE])
        assert not PlainDates(())

    def test_datetimes_are_refused_with_every_fault(self) -> None:
        """A datetime has no one local date; texts are no dates either; both are listed."""
        with pytest.raises(DefinitionError) as caught:
            PlainDates([datetime(2026, 12, 24, tzinfo=UTC), EVE, "2026-12-25"])  # type: ignore[list-item]
        assert [fault.where for fault in caught.value.faults] == ["holidays[0]", "holidays[2]"]
        assert {fault.code for fault in caught.value.faults} == {"not-a-date"}
        assert caught.value.faults[1].value == "'2026-12-25'"
        assert {fault.remedy for fault in caught.value.faults} == {"pass datetime.date"}

    def test_object_of_the_holidays_package_is_refused_with_the_remedy(self) -> None:
        """It holds only the years that somebody asked for, and grows while it is read."""
        with pytest.raises(InvalidValue, match=r"use public_holidays\('DE', subdivision='BE'\)"):
            PlainDates(holidays.country_holidays("DE", subdiv="BE"))

    @pytest.mark.parametrize("value", [None, 5, EVE])
    def test_what_is_no_collection_is_refused(self, value: object) -> None:
        """One date is not a collection of dates."""
        with pytest.raises(InvalidValue, match="holidays are dates or a source"):
            PlainDates(value)  # type: ignore[arg-type]

    def test_text_is_refused(self) -> None:
        """A text is a collection of letters, none of which is a date."""
        with pytest.raises(DefinitionError, match="'2' is not a date"):
            PlainDates("2026-12-24")  # type: ignore[arg-type]

    def test_repr_evaluates_and_is_sorted(self) -> None:
        """The same dates always read the same."""
        source = PlainDates([CHRISTMAS, EVE, date(2025, 1, 1)])
        assert repr(source).index("2025") < repr(source).index("24") < repr(source).index("25)")
        names = {"PlainDates": PlainDates, "datetime": dt}
        assert eval(repr(source), names) == source

    def test_json_is_sorted_iso_dates(self) -> None:
        """What enters the content hash does not depend on the order given."""
        assert PlainDates([CHRISTMAS, EVE]).to_json() == {
            "kind": "dates",
            "dates": ["2026-12-24", "2026-12-25"],
        }


class TestYearlyDates:
    """The same month and day each year."""

    def test_dates_in_gives_the_day_of_every_year(self) -> None:
        """25 December of year 1 as well as of 9999."""
        source = YearlyDates(["12-25"])
        for year in (1, 2026, 9999):
            assert source.dates_in(year) == {date(year, 12, 25)}

    def test_leap_day_exists_only_in_leap_years(self) -> None:
        """2024 and 2000 are leap years, 2026 and 1900 are not."""
        source = YearlyDates(["02-29"])
        assert source.dates_in(2024) == {date(2024, 2, 29)}
        assert source.dates_in(2000) == {date(2000, 2, 29)}
        assert source.dates_in(2026) == source.dates_in(1900) == frozenset()

    @pytest.mark.parametrize(
        "text", ["13-01", "02-30", "1-1", "W01", "W01-1", "1225", "2026-12-25", "", "١٢-٢٥", 5]
    )
    def test_day_is_refused_when_it_is_no_month_and_day(self, text: str) -> None:
        """The form is two digits, a dash, two digits, and the day must exist in a leap year."""
        with pytest.raises(DefinitionError, match="is not a month and day"):
            YearlyDates([text])

    def test_every_fault_is_listed(self) -> None:
        """One wrong day hides no other."""
        with pytest.raises(DefinitionError) as caught:
            YearlyDates(["99-99", "12-25", "x"])
        assert [(fault.code, fault.where, fault.value) for fault in caught.value.faults] == [
            ("not-a-date", "days[1]", "'99-99'"),
            ("not-a-date", "days[2]", "'x'"),
        ]

    def test_order_does_not_matter(self) -> None:
        """Sources are values."""
        assert YearlyDates(["12-25", "01-01"]) == YearlyDates(("01-01", "12-25"))


class TestPublicHolidays:
    """The holidays package, by country, subdivision, category and language."""

    def test_berlin_has_its_nine_and_its_one_off_holidays(self) -> None:
        """Published by the state of Berlin: ten in 2026, 8 March among them, 8 May only in 2025."""
        berlin = public_holidays("DE", subdivision="BE")
        assert berlin.dates_in(2026) == {
            date(2026, 1, 1),
            date(2026, 3, 8),
            date(2026, 4, 3),
            date(2026, 4, 6),
            date(2026, 5, 1),
            date(2026, 5, 14),
            date(2026, 5, 25),
            date(2026, 10, 3),
            date(2026, 12, 25),
            date(2026, 12, 26),
        }
        assert date(2025, 5, 8) in berlin.dates_in(2025)
        assert date(2026, 5, 8) not in berlin.dates_in(2026)

    def test_observances_close_nothing_by_default(self) -> None:
        """Valentine's Day is listed as unofficial in the USA, and no desk is closed for it."""
        assert date(2026, 2, 14) not in public_holidays("US").dates_in(2026)
        both = public_holidays("US", categories=("unofficial", "public"))
        assert date(2026, 2, 14) in both.dates_in(2026)
        assert date(2026, 7, 4) in both.dates_in(2026)

    def test_one_category_may_be_a_plain_text(self) -> None:
        """A text is one category, not its letters."""
        assert public_holidays("US", categories="public") == public_holidays("US")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"country": "DEUX"}, "did you mean 'DEU'"),
            ({"country": "de"}, "did you mean 'DE'"),
            ({"country": "Norway"}, r"did you mean 'NO' \(Norway\)"),
            ({"country": "united states"}, r"did you mean 'US' \(United States\)"),
            ({"country": "united_states"}, r"did you mean 'US' \(United States\)"),
            ({"country": " Norwy "}, r"did you mean 'NO' \(Norway\)"),
            ({"country": "Peru"}, r"did you mean 'PE' \(Peru\)"),
            ({"country": "NORWAY"}, r"did you mean 'NO' \(Norway\)"),
            ({"country": "N"}, "did you mean 'N"),
            ({"country": "Deutschland"}, "such as 'DE'$"),
            ({"country": "Zzzzzzzz"}, "such as 'DE'$"),
            ({"country": "DE", "categories": ("public", "katholic", "xx")}, "mean 'catholic'"),
            ({"country": "DEE"}, "did you mean 'DE'"),
            ({"country": None}, "country without published holidays"),
            ({"country": ["DE"]}, "country without published holidays"),
            ({"country": "DE", "subdivision": ["BE"]}, "are texts such as"),
            ({"country": "DE", "language": 5}, "are texts such as"),
            ({"country": "DE", "categories": None}, "a category is a text"),
            ({"country": "DE", "categories": ("public", 1)}, "a category is a text"),
            ({"country": "DE", "subdivision": "BEE"}, "did you mean 'BE'"),
            ({"country": "JP", "subdivision": "13"}, "JP has no subdivisions"),
            ({"country": "DE", "categories": ("publik",)}, "did you mean 'public'"),
            ({"country": "DE", "categories": ()}, "unknown category"),
            ({"country": "DE", "language": "en"}, "unknown language"),
        ],
    )
    def test_unknown_name_is_refused_with_the_closest_one(
        self, arguments: dict[str, str], message: str
    ) -> None:
        """At construction, whichever way the source is made."""
        with pytest.raises(UnknownHolidays, match=message):
            PublicHolidays(**arguments)
        with pytest.raises(UnknownHolidays, match=message):
            public_holidays(**arguments)

    @pytest.mark.parametrize(
        ("arguments", "value"),
        [
            ({"country": "DEUX"}, "DEUX"),
            ({"country": "DE", "subdivision": "BEE"}, "BEE"),
            ({"country": "DE", "categories": ()}, ()),
            ({"country": "DE", "categories": ("public", "katholic", "xx")}, "katholic"),
            ({"country": "DE", "language": "en"}, "en"),
        ],
    )
    def test_unknown_name_is_shown(self, arguments: dict[str, str], value: object) -> None:
        """The first of several."""
        with pytest.raises(UnknownHolidays) as caught:
            PublicHolidays(**arguments)
        assert caught.value.value == value

    def test_definition_may_leave_out_what_is_usual(self) -> None:
        """The whole country, its public days, in its own language; all of it when told."""
        told = {"kind": "public", "country": "DE"}
        assert source_from_json(told) == public_holidays("DE")
        source = public_holidays(
            "DE", subdivision="BY", categories=("catholic", "public"), language="en_US"
        )
        assert source.to_json() == told | {
            "subdivision": "BY",
            "categories": ["catholic", "public"],
            "language": "en_US",
        }
        assert source_from_json(source.to_json()) == source

    def test_language_changes_no_day(self) -> None:
        """German days are the same in English."""
        english = public_holidays("DE", language="en_US")
        assert english.dates_in(2026) == public_holidays("DE").dates_in(2026)

    def test_year_without_data_has_no_dates(self) -> None:
        """Nobody publishes holidays of the year 1."""
        assert public_holidays("DE").dates_in(1) == frozenset()

    def test_source_round_trips_through_repr_and_pickle(self) -> None:
        """The definition is its arguments."""
        source = public_holidays("DE", subdivision="BY", categories=("public", "catholic"))
        assert eval(repr(source)) == source
        assert pickle.loads(pickle.dumps(source)) == source


class TestFeedHolidays:
    """All-day events of an iCalendar text."""

    def test_events_close_each_of_their_days(self) -> None:
        """A two-day event over New Year, an event every year, and a meeting that closes nothing."""
        source = feed_holidays(FEED)
        assert source.dates_in(2026) == {date(2026, 5, 1), date(2026, 12, 31)}
        assert source.dates_in(2027) == {date(2027, 1, 1), date(2027, 5, 1)}
        assert source.dates_in(2025) == frozenset()

    @pytest.mark.parametrize("text", ["", "BEGIN:VEVENT", "<html></html>"])
    def test_text_is_refused_when_it_is_no_calendar(self, text: str) -> None:
        """A login page instead of a feed is a typed error."""
        with pytest.raises(InvalidValue, match="not an iCalendar text"):
            feed_holidays(text)

    def test_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the extra `ical` the remedy says what to install."""
        monkeypatch.setitem(sys.modules, "recurring_ical_events", None)
        with pytest.raises(InvalidValue, match=r"pip install 'itsm-core\[ical\]'"):
            feed_holidays("BEGIN:VCALENDAR\nEND:VCALENDAR\n# never parsed before")

    def test_repr_is_bounded(self) -> None:
        """A feed of a megabyte is no message of a megabyte."""
        assert repr(FeedHolidays(FEED)) == f"FeedHolidays(text=<{len(FEED)} characters>)"


class TestSources:
    """What all sources have in common."""

    SOURCES = (
        PlainDates([EVE]),
        YearlyDates(["12-25"]),
        public_holidays("DE", subdivision="BE"),
        feed_holidays(FEED),
        PlainDates([EVE]) | YearlyDates(["12-25"]),
    )

    @pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
    def test_source_is_a_value(self, source: HolidaySource) -> None:
        """It round-trips through JSON, pickle and copies, and hashes alike."""
        again = source_from_json(source.to_json())
        assert again == source
        assert hash(again) == hash(source)
        assert pickle.loads(pickle.dumps(source)) == copy.deepcopy(source) == source
        assert pickle.loads(pickle.dumps(source)).dates_in(2026) == source.dates_in(2026)

    def test_joined_sources_close_what_any_of_them_closes(self) -> None:
        """Union of the dates, any number of sources."""
        joined = PlainDates([EVE]) | YearlyDates(["12-25"]) | PlainDates([date(2026, 1, 1)])
        assert joined.dates_in(2026) == {EVE, CHRISTMAS, date(2026, 1, 1)}

    def test_as_source_keeps_a_source_and_wraps_dates(self) -> None:
        """Any iterable of dates will do, a dict of names too."""
        source = YearlyDates(["12-25"])
        assert as_source(source) is source
        assert as_source({EVE: "Christmas Eve"}) == PlainDates([EVE])
        assert as_source(day for day in (EVE,)) == PlainDates([EVE])

    def test_joined_sources_are_one_list_however_many(self) -> None:
        """A loop over hundreds of them is no deep nesting."""
        one, two = YearlyDates(["12-25"]), PlainDates([EVE])
        joined = one | two
        for source in (one, two) * 499:
            joined |= source
        assert joined.sources == (one, two) * 500
        assert joined.dates_in(2026) == {EVE, CHRISTMAS}
        assert source_from_json(joined.to_json()) == copy.deepcopy(joined) == joined

    @pytest.mark.parametrize("sources", [None, 5, (None,), (PlainDates,)])
    def test_joined_sources_are_refused_when_they_are_none(self, sources: object) -> None:
        """Before a calendar asks them for a year."""
        with pytest.raises(InvalidValue, match="source"):
            JoinedSources(sources)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            PlainDates([EVE]) | sources  # type: ignore[operator]

    @pytest.mark.parametrize("days", [None, 5])
    def test_yearly_dates_are_refused_when_they_are_no_list(self, days: object) -> None:
        """A typed error with an example."""
        with pytest.raises(InvalidValue, match="yearly dates are a list"):
            YearlyDates(days)  # type: ignore[arg-type]

    def test_yearly_dates_list_what_is_no_text(self) -> None:
        """Values of several types cannot be sorted, and are listed all the same."""
        with pytest.raises(DefinitionError) as caught:
            YearlyDates([1, "12-25", None])  # type: ignore[list-item]
        assert [fault.value for fault in caught.value.faults] == ["1", "None"]

    @pytest.mark.parametrize(
        "text", ["2026-W01", "20260101", "2026-1-1", "2026-02-30", "٢٠٢٦-01-01"]
    )
    def test_date_of_a_file_is_refused_when_it_is_not_written_in_full(self, text: str) -> None:
        """A week is not the Monday on which it starts."""
        with pytest.raises(ValueError, match=r"is not a date such as|day is out of range"):
            source_from_json({"kind": "dates", "dates": [text]})

    def test_unknown_kind_is_refused(self) -> None:
        """The allow-list is short, and the message has it."""
        with pytest.raises(InvalidValue, match="use dates, yearly, public, feed or any"):
            source_from_json({"kind": "moon"})

    def test_joined_repr_evaluates(self) -> None:
        """Also a source made of sources can be pasted."""
        joined = YearlyDates(["12-25"]) | YearlyDates(["01-01"])
        assert eval(repr(joined), {"JoinedSources": JoinedSources, "YearlyDates": YearlyDates}) == (
            joined
        )
