"""The log's dates as instants: by the declared format, in the declared zone, each text once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import attrs

from itsm_core.errors import LogError
from itsm_core.interop._mapping import LogMapping, in_figures
from itsm_core.spans import instant, micros

__all__ = ["DateReader", "Moment"]

_YEAR_1900: Final = micros(datetime(1900, 1, 1, tzinfo=UTC))
"""What `strptime` takes for the day when it reads a time alone."""

_EARLIEST: Final = micros(datetime(2, 1, 1, tzinfo=UTC))
_LATEST: Final = micros(datetime(9999, 1, 1, tzinfo=UTC))

_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS: Final = {
    name[:length]: f"{number:02}"
    for number, name in enumerate(_NAMES, 1)
    for length in (3, len(name))
}
"""English, as exports write them whatever the locale of this process is."""

_WORD: Final = re.compile("[A-Za-z]+")

_CLOCK_MARKS: Final = frozenset({"%H", "%M", "%S", "%f"})


class Moment(NamedTuple):
    """Hold one date of the log: as the log's own clock reads, and as an instant."""

    local_us: int
    utc_us: int


@attrs.define
class DateReader:
    """Turn the log's dates into instants; each distinct text is parsed once.

    A reading inside a DST gap moves forward by the length of the gap, as in
    `calendars.resolve_local`; an ambiguous one is its first occurrence. Both are counted, by
    distinct text.
    """

    mapping: LogMapping
    path: str
    known: dict[str, Moment] = attrs.field(factory=dict)
    in_gap: int = 0
    ambiguous: int = 0
    _zone: ZoneInfo = attrs.field(init=False)
    _halves: tuple[str, str] | None = attrs.field(init=False)
    _days: dict[str, int] = attrs.field(init=False, factory=dict)
    _clocks: dict[str, int] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._zone = ZoneInfo(self.mapping.zone)
        self._halves = _halves(self.mapping.date_format)

    def read(self, text: str, line: int, role: str) -> Moment:
        """Return the moment of a date; `line` and `role` are for the refusal.

        Raises:
            LogError: the text does not follow the mapping's date format, or its year is 1 or 9999.
        """
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self._parse(text, line, role)
        return found

    def _parse(self, text: str, line: int, role: str) -> Moment:
        local_us = self._in_halves(text)
        if local_us is None:
            naive = self._whole(text, line, role)
            if naive.tzinfo is not None:
                at = micros(naive)
                return self._usable(Moment(at, at), text, line, role)
            local_us = micros(naive.replace(tzinfo=UTC))
        utc_us = local_us if self.mapping.zone == "UTC" else self._to_utc(local_us)
        return self._usable(Moment(local_us, utc_us), text, line, role)

    def _usable(self, moment: Moment, text: str, line: int, role: str) -> Moment:
        """Refuse the first and the last year: they mean "never", and have no hours around them."""
        if _EARLIEST <= moment.utc_us < _LATEST:
            return moment
        column = self.mapping.columns[role]
        raise LogError(
            "a date in the year 1 or 9999 cannot be judged",
            f"{self.path}:{line}, column {column!r}",
            text,
            "if it stands for unknown or never, list the text under file.missing in the mapping",
        )

    def _in_halves(self, text: str) -> int | None:
        """Return the reading from day and time of day, of which there are few; None if unsure."""
        if self._halves is None:
            return None
        day_text, _, time_text = text.partition(" ")
        day = self._days.get(day_text)
        clock = self._clocks.get(time_text)
        try:
            if day is None:
                read = datetime.strptime(day_text, self._halves[0])  # noqa: DTZ007
                day = self._days[day_text] = micros(read.replace(tzinfo=UTC))
            if clock is None:
                read = datetime.strptime(time_text, self._halves[1])  # noqa: DTZ007
                clock = self._clocks[time_text] = micros(read.replace(tzinfo=UTC)) - _YEAR_1900
        except ValueError:
            return None
        return day + clock

    def _whole(self, text: str, line: int, role: str) -> datetime:
        told, form = text, in_figures(self.mapping.date_format)
        if form != self.mapping.date_format:
            told = _WORD.sub(lambda word: _MONTHS.get(word[0].casefold(), word[0]), text)
        try:
            return datetime.strptime(told, form)  # noqa: DTZ007
        except ValueError as error:
            column = self.mapping.columns[role]
            raise LogError(
                f"the date does not follow the format {self.mapping.date_format!r}",
                f"{self.path}:{line}, column {column!r}",
                text,
                "correct file.date_format in the mapping, or list the text under file.missing",
            ) from error

    def _to_utc(self, local_us: int) -> int:
        local = instant(local_us).replace(tzinfo=self._zone)
        utc = micros(local)
        later = micros(local.replace(fold=1))
        self.ambiguous += later > utc
        self.in_gap += later < utc
        return utc


def _halves(date_format: str) -> tuple[str, str] | None:
    """Return the formats of day and time of day, if a format is the one, a blank, the other.

    Each mark must stand once and in its half, and nothing else may: what `%z` or `%p` in the day
    tells about the time would be lost.
    """
    day, blank, clock = date_format.partition(" ")
    days, clocks = sorted(re.findall(r"%.", day)), re.findall(r"%.", clock)
    if not blank or " " in clock or days != ["%Y", "%d", "%m"]:
        return None
    plain = clocks and len(set(clocks)) == len(clocks) and set(clocks) <= _CLOCK_MARKS
    return (day, clock) if plain else None
