"""Business time: when a desk works, and how much of that lies between two instants.

Values: `WeeklyHours`, holiday sources, `BusinessCalendar`; calendars out of calendars (`|`, `&`,
`-`, `~`, `CalendarTimeline`, `ALWAYS`, `NEVER`); goals (`WorkingTime`, `WallTime`, `WorkingDays`).
Every calendar answers the same questions: see `Calendar`. Laws C1 to C11.
"""

from itsm_core.calendars._algebra import ALWAYS, NEVER, Combination
from itsm_core.calendars._business import BusinessCalendar
from itsm_core.calendars._calendar import Boundary, Calendar, Direction, Finding
from itsm_core.calendars._codec import calendar_from_json, data_versions
from itsm_core.calendars._draw import week_svg, year_svg
from itsm_core.calendars._goals import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.calendars._holidays import (
    FeedHolidays,
    HolidaySource,
    PlainDates,
    PublicHolidays,
    YearlyDates,
    feed_holidays,
    public_holidays,
)
from itsm_core.calendars._timeline import CalendarTimeline
from itsm_core.calendars._weekly import WeeklyHours
from itsm_core.calendars._zones import load_zone, resolve_local, wall_time

__all__ = [
    "ALWAYS",
    "NEVER",
    "Boundary",
    "BusinessCalendar",
    "Calendar",
    "CalendarTimeline",
    "Combination",
    "Direction",
    "FeedHolidays",
    "Finding",
    "Goal",
    "HolidaySource",
    "PlainDates",
    "PublicHolidays",
    "WallTime",
    "WeeklyHours",
    "WorkingDays",
    "WorkingTime",
    "YearlyDates",
    "calendar_from_json",
    "data_versions",
    "feed_holidays",
    "load_zone",
    "public_holidays",
    "resolve_local",
    "wall_time",
    "week_svg",
    "year_svg",
]
