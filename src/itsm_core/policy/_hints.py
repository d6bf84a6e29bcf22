"""What somebody probably meant: goals, hours and dates in the words in which people write them."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

from itsm_core.calendars import WeeklyHours
from itsm_core.documents._dates import GERMAN
from itsm_core.errors import ItsmError
from itsm_core.policy._goals import parse_goal

_UNITS: Final = {
    "h": "h",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "m": "m",
    "min": "m",
    "mins": "m",
    "minute": "m",
    "minutes": "m",
    "s": "s",
    "sec": "s",
    "second": "s",
    "seconds": "s",
}
_AMOUNT: Final = re.compile(r"(?P<number>\d{1,6}(?:[.,]\d{1,4})?)\s*(?P<unit>[a-z]+)")
_ISO: Final = re.compile(r"p(?:t(?:(?P<h>\d{1,5})h)?(?:(?P<m>\d{1,5})m)?(?:(?P<s>\d{1,5})s)?)")
_DAYS: Final = re.compile(
    r"(?P<number>\d{1,4})\s*(?P<kind>working|business|work|bd|wd|calendar)?[ -]*(?:days?|d)?"
    r"(?P<rest>.*)"
)
_TWELVE: Final = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm)\b")
_EVENING: Final = re.compile(r"\b(\d{1,2}) ?- ?(\d{1,2}) ?pm\b")
_SPAN: Final = re.compile(
    r"\b(\d{1,2})(?:[:.h](\d\d))?\s*(?:-|to|until|bis|–|—)\s*(\d{1,2})(?:[:.h](\d\d))?(?![\d:])"
)
_DAY_NAMES: Final = {"di": "Tu", "mi": "We", "do": "Th", "so": "Su", "lu": "Mo", "dom": "Su"}


def goal_meant(text: str) -> str:
    """Return the goal that a text probably means; empty where nothing is near."""
    wanted = _twenty_four(text.strip().lower()[:60])
    is_wall = bool(re.search(r"\b(?:wall|elapsed|calendar|clock)\b", wanted))
    plain = re.sub(r"\b(?:wall|elapsed|clock|working time|of)\b", "", wanted).strip(" ,:")
    if wanted in ("end of day", "eod", "same day"):
        return "0 working days end of day"
    for guess in (*_durations(plain), *_in_days(plain, is_wall=is_wall)):
        for written in (f"wall {guess}", guess) if is_wall else (guess,):
            if _is_goal(written):
                return written
    return ""


def _is_goal(text: str) -> bool:
    try:
        parse_goal(text)
    except ItsmError:
        return False
    return True


def _durations(text: str) -> list[str]:
    iso = _ISO.fullmatch(text)
    if iso is not None and any(iso.groups()):
        parts = [f"{iso[unit]}{unit}" for unit in ("h", "m", "s") if iso[unit]]
        return [" ".join(parts)]
    if text.isdigit():
        return [f"{text}h"]
    found = list(_AMOUNT.finditer(text))
    rest = _AMOUNT.sub("", text).replace("and", "").strip(" ,")
    if not found or rest or any(each["unit"] not in _UNITS for each in found):
        return []
    seconds = {"h": 3600, "m": 60, "s": 1}
    total = round(
        sum(
            float(each["number"].replace(",", ".")) * seconds[_UNITS[each["unit"]]]
            for each in found
        )
    )
    amounts = ((total // 3600, "h"), (total // 60 % 60, "m"), (total % 60, "s"))
    return [" ".join(f"{amount}{unit}" for amount, unit in amounts if amount)]


def _in_days(text: str, *, is_wall: bool) -> list[str]:
    found = _DAYS.fullmatch(text)
    if found is None or not (found["kind"] or re.match(r"\d+\s*d", text)):
        return []
    number = int(found["number"])
    days = f"{number} working day{'' if number == 1 else 's'}"
    rest = _twenty_four(found["rest"]).replace("cutoff", "cut-off").replace("eod", "end of day")
    rest = rest.replace(" at ", " ").replace(" by ", " ").strip(" ,")
    if is_wall or found["kind"] == "calendar":
        return [f"wall {number * 24}h"]
    return [f"{days} {rest}".strip(), days] if rest else [days]


def _twenty_four(text: str) -> str:
    def written(found: re.Match[str]) -> str:
        hour = int(found[1]) % 12 + (12 if found[3] == "pm" else 0)
        return f"{hour:02}:{found[2] or '00'}"

    return _TWELVE.sub(written, text)


def _evening(found: re.Match[str]) -> str:
    """Return "6-10pm" as an evening, and "9-5pm" as a day."""
    half = "pm" if int(found[1]) < int(found[2]) else "am"
    return f"{found[1]}{half}-{found[2]}pm"


def hours_meant(text: str) -> str:
    """Return the weekly hours that a text probably means; empty where nothing is near."""

    def span(found: re.Match[str]) -> str:
        start, end = int(found[1]), int(found[3])
        # "9 to 5" is no night shift.
        end += 12 if end <= start < 12 and ":" not in found[0] else 0
        return f"{start:02}:{found[2] or '00'}-{end:02}:{found[4] or '00'}"

    def day(found: re.Match[str]) -> str:
        return _DAY_NAMES.get(found[0].lower(), found[0])

    wanted = text.strip()[:200]
    lowered = re.sub(r"(?i)\b(am|pm)\b", lambda found: found[0].lower(), wanted)
    lowered = re.sub(r"(?i)(\d)(am|pm)\b", lambda found: f"{found[1]}{found[2].lower()}", lowered)
    lowered = _EVENING.sub(_evening, lowered)
    lowered = _twenty_four(lowered)
    lowered = re.sub(r"(?<=[a-z])\s+(?:to|bis|until|–)\s+(?=[A-Za-z])", "-", lowered)
    guess = re.sub(r"[A-Za-z]+", day, _SPAN.sub(span, lowered))
    for written in (guess, guess.replace("–", "-"), guess.replace(" and ", ", ")):
        try:
            WeeklyHours.parse(written)
        except ItsmError:
            continue
        return written if written != text else ""
    return ""


def is_hours(text: str) -> bool:
    """Return whether a text is weekly hours as they are written."""
    try:
        WeeklyHours.parse(text)
    except ItsmError:
        return False
    return True


def day_hours_meant(text: str) -> str:
    """Return the hours of one day that a text probably means; empty if it has them, or none."""
    if not text.strip() or is_hours(f"Mo {text}"):
        return ""
    return hours_meant(f"Mo {text}").removeprefix("Mo ")


def clock_meant(text: str) -> str:
    """Return the time of day that a text probably means, as in 09:00; empty if none is near."""
    wanted = _twenty_four(text.strip().lower()[:20]).replace(".", ":").removesuffix("h").strip()
    wanted = f"{wanted}:00" if wanted.isdecimal() else wanted
    try:
        return time.fromisoformat(wanted.zfill(5)).isoformat("minutes")
    except ValueError:
        return ""


def month_and_day_meant(text: str) -> str:
    """Return the month and day that a text probably means, as in 12-24; empty if none is near."""
    wanted = text.strip()[:20]
    german = GERMAN.fullmatch(wanted)
    iso = re.fullmatch(r"(?:\d{4}-|--)?(\d{1,2})-(\d{1,2})", wanted)
    if german is not None:
        month, day = int(german[2]), int(german[1])
    elif iso is not None:
        month, day = int(iso[1]), int(iso[2])
        if month > 12:
            month, day = day, month
    else:
        return ""
    try:
        return date(2024, month, day).isoformat()[5:]
    except ValueError:
        return ""
