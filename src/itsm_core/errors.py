"""Every exception and warning of itsm_core.

The tree::

    ItsmError
    ├── InvalidValue (ValueError)         one argument is wrong
    │   ├── NaiveDatetime                 a datetime without a time zone
    │   ├── UnknownZone                   a zone name that the tz database does not know
    │   ├── UnknownHolidays               a country, subdivision or category nobody publishes
    │   └── InstantOutOfRange             before year 1 or after year 9999
    ├── DefinitionError (ValueError)      a definition is wrong; holds every fault at once
    ├── CommandRefused                    a legal question with the answer no; holds every reason
    ├── CalendarExhausted                 no open time within the horizon
    ├── AmbiguousAgreement                two agreements hold with the same right
    ├── NotAveraged (TypeError)           arithmetic on a rate, a mean or a percentile
    ├── RepositoryError                   a store could not do what was asked
    │   ├── NotFound
    │   ├── AlreadyExists                 the same name with other content
    │   ├── Conflict                      somebody else wrote first
    │   ├── KeyReused                     the same idempotency key with another payload
    │   ├── LeaseLost                     a timer is no longer this worker's
    │   └── StoreUnavailable              locked, full, corrupt, of another version, gone
    └── CodecError (ValueError)           a payload from outside is not what it claims to be
        └── LogError                      the same with file, line and column

    ItsmWarning (UserWarning)

Each error has a stable `code`, says what is wrong with which value and where, and what to do
about it. All of them pickle, because they travel between processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, Final

import attrs

__all__ = [
    "AlreadyExists",
    "AmbiguousAgreement",
    "CalendarExhausted",
    "CodecError",
    "CommandRefused",
    "Conflict",
    "DefinitionError",
    "Fault",
    "InstantOutOfRange",
    "InvalidValue",
    "ItsmError",
    "ItsmWarning",
    "KeyReused",
    "LeaseLost",
    "LogError",
    "NaiveDatetime",
    "NotAveraged",
    "NotFound",
    "RepositoryError",
    "StoreUnavailable",
    "UnknownHolidays",
    "UnknownZone",
    "did_you_mean",
]


_CLOSE: Final = 0.6
_LONGEST_NAME: Final = 100  # comparing takes time that grows with the product of the lengths
_LETTERS_TOO_MANY: Final = 2


def did_you_mean(value: object, known: Iterable[object]) -> str:
    """Return "; did you mean 'X'?" for the closest known name, or an empty string.

    The same name in other letters goes first, then one that `value` begins with, or that begins
    with `value` ('DE' for 'DEE'), then the most alike. What is no text, and a text of more than
    100 characters, has no close name.

    >>> did_you_mean("resolutoin", ["response", "resolution"])
    "; did you mean 'resolution'?"
    """
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        return ""
    names = [name for name in known if isinstance(name, str) and len(name) <= _LONGEST_NAME]
    close = _same_beginning(value, names) or get_close_matches(value, names, n=1, cutoff=_CLOSE)
    if not close:
        folded = {name.casefold(): name for name in names}
        near = get_close_matches(value.casefold(), folded, n=1, cutoff=_CLOSE)
        close = [folded[name] for name in near]
    return f"; did you mean {close[0]!r}?" if close else ""


def _same_beginning(value: str, names: Iterable[str]) -> list[str]:
    """Return the names that are `value` but for up to two letters at its end, the best first."""
    wanted = value.casefold()
    found: list[tuple[int, bool, str]] = []
    for name in names:
        short, long = sorted((name.casefold(), wanted), key=len)
        extra = len(long) - len(short)
        alike = 2 * len(short) >= _CLOSE * (len(short) + len(long))
        if long.startswith(short) and extra <= _LETTERS_TOO_MANY and alike:
            # Of two as near as each other, a letter too many is likelier than one left out.
            found.append((extra, len(name) > len(value), name))
    return [name for *_, name in sorted(found)]


def shown(value: object, limit: int = 120) -> str:
    """Return a bounded repr: a hostile value must not become a megabyte of message."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of many digits, a list too deep
        return f"<{type(value).__name__} too large to show>"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


@attrs.frozen
class Fault:
    """One thing that is wrong, or one reason for a refusal.

    `code` is stable and meant for programs; `where` is a path such as `hours[2]` or `impact`;
    `value` is the offending value as text; `remedy` says what to do.

    >>> print(Fault("no-goals", "promises nothing", "goals", "", "give one priority a goal"))
    goals: promises nothing (give one priority a goal)
    """

    code: str
    message: str
    where: str = ""
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class ItsmError(Exception):
    """Base of every error that itsm_core raises on purpose.

    >>> CodecError("not a whole number", "event.sequence").code
    'codec-error'
    """

    code: ClassVar[str] = "itsm-error"


@attrs.define(slots=False, str=False)
class InvalidValue(ItsmError, ValueError):
    """Say that one argument is not usable, and what would be.

    >>> print(InvalidValue("hours must be positive", -1, "write hours(1)"))
    hours must be positive: -1; write hours(1)
    """

    code: ClassVar[str] = "invalid-value"
    what: str
    value: object = None
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.what}: {shown(self.value)}{remedy}"


@attrs.define(slots=False, str=False)
class NaiveDatetime(InvalidValue):
    """Refuse a datetime without a time zone: guessing one is how promises get lost (law T1).

    >>> from datetime import datetime
    >>> from itsm_core.calendars import ALWAYS
    >>> ALWAYS.is_open(datetime(2026, 5, 12))
    Traceback (most recent call last):
        ...
    itsm_core.errors.NaiveDatetime: datetime without a time zone: ...
    """

    code: ClassVar[str] = "naive-datetime"
    what: str = "datetime without a time zone"
    value: object = None
    remedy: str = (
        "attach the zone it was written in, e.g. "
        "value.replace(tzinfo=ZoneInfo('Europe/Berlin')) or pendulum.instance(value, tz=...)"
    )


@attrs.define(slots=False, str=False)
class UnknownZone(InvalidValue):
    """Refuse a zone name that the tz database at hand does not hold.

    >>> from itsm_core.calendars import load_zone
    >>> load_zone("Europe/Berlim")
    Traceback (most recent call last):
        ...
    itsm_core.errors.UnknownZone: ...; did you mean 'Europe/Berlin'?...
    """

    code: ClassVar[str] = "unknown-zone"


@attrs.define(slots=False, str=False)
class UnknownHolidays(InvalidValue):
    """Refuse a country, subdivision, category or language without published holidays.

    >>> from itsm_core.calendars import public_holidays
    >>> public_holidays("XX")
    Traceback (most recent call last):
        ...
    itsm_core.errors.UnknownHolidays: country without published holidays: 'XX'; ...
    """

    code: ClassVar[str] = "unknown-holidays"


@attrs.define(slots=False, str=False)
class InstantOutOfRange(InvalidValue):
    """Refuse an instant, or a result, outside the years 1 to 9999 (law T5).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS
    >>> ALWAYS.add(datetime(9999, 12, 31, tzinfo=UTC), timedelta(days=9))
    Traceback (most recent call last):
        ...
    itsm_core.errors.InstantOutOfRange: instant outside the years 1 to 9999...: ...
    """

    code: ClassVar[str] = "instant-out-of-range"


@attrs.define(slots=False, str=False)
class DefinitionError(ItsmError, ValueError):
    """Refuse a definition, with all its faults at once; of very many, the first and a count.

    >>> fault = Fault("no-goals", "promises nothing", "goals", "", "give one priority a goal")
    >>> print(DefinitionError("target 'resolution'", (fault,)))
    target 'resolution': goals: promises nothing (give one priority a goal)
    """

    code: ClassVar[str] = "definition-error"
    subject: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return f"{self.subject}: {self.faults[0]}"
        lines = "".join(f"\n  {n}. {fault}" for n, fault in enumerate(self.faults, 1))
        return f"{self.subject}: {len(self.faults)} faults{lines}"


@attrs.define(slots=False, str=False)
class CommandRefused(ItsmError):
    """Say no to a command, with every reason at once (law L2).

    >>> reason = Fault("missing-field", "is empty", "resolution_code", "", "say how it was solved")
    >>> print(CommandRefused("ResolveTicket", "INC-1", (reason,)))
    ResolveTicket on ticket INC-1 refused: resolution_code: is empty (say how it was solved)
    """

    code: ClassVar[str] = "command-refused"
    command: str
    ticket_id: str
    reasons: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        lines = "; ".join(str(reason) for reason in self.reasons)
        return f"{self.command} on ticket {self.ticket_id} refused: {lines}"


@attrs.define(slots=False, str=False)
class CalendarExhausted(ItsmError):
    """Say that no open time was found up to the stated horizon (law C8).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.calendars import NEVER
    >>> NEVER.next_open(datetime(2026, 5, 12, tzinfo=UTC))
    Traceback (most recent call last):
        ...
    itsm_core.errors.CalendarExhausted: ...: calendar ... has no such open time ...
    """

    code: ClassVar[str] = "calendar-exhausted"
    calendar: str
    question: str
    horizon: str

    def __str__(self) -> str:
        return (
            f"{self.question}: calendar {self.calendar} has no such open time {self.horizon}; "
            "check its hours, holidays and exceptions (calendar.check() lists what is wrong)"
        )


@attrs.define(slots=False, str=False)
class AmbiguousAgreement(ItsmError):
    """Refuse to choose between agreements of one kind that apply with one precedence (law S11).

    `candidates` names them all, each with its version.

    >>> print(AmbiguousAgreement("sla", 0, ("'gold' version 1", "'base' version 3"), "INC-1"))
    sla agreements 'gold' version 1 and 'base' version 3 apply to ticket INC-1 with the same
        precedence 0; give one of them a higher precedence, ...
    """

    code: ClassVar[str] = "ambiguous-agreement"
    kind: str
    precedence: int
    candidates: tuple[str, ...]
    ticket_id: str = ""

    def __str__(self) -> str:
        names = f"{', '.join(self.candidates[:-1])} and {self.candidates[-1]}"
        ticket = f" to ticket {self.ticket_id}" if self.ticket_id else ""
        return (
            f"{self.kind} agreements {names} apply{ticket} with the same precedence "
            f"{self.precedence}; give one of them a higher precedence, let their applies_to "
            "exclude each other, or choose one by hand (AgreementAssigned)"
        )


@attrs.define(slots=False, str=False)
class NotAveraged(ItsmError, TypeError):
    """Refuse arithmetic on a figure: an average of averages or of percentiles is none (law M2).

    >>> print(NotAveraged("Rate", "88 %", "add the counts").code)
    not-averaged
    """

    code: ClassVar[str] = "not-averaged"
    kind: str
    figure: str
    remedy: str

    def __str__(self) -> str:
        return f"a {self.kind} is not added, averaged or compared: {self.figure}; {self.remedy}"


class RepositoryError(ItsmError):
    """Base of everything that a store may raise (law R4).

    >>> RepositoryError("what the stores say").code, NotFound("ticket", "INC-1").code
    ('repository-error', 'not-found')
    """

    code: ClassVar[str] = "repository-error"


@attrs.define(slots=False, str=False)
class NotFound(RepositoryError):
    """Say that nothing is stored under this id.

    >>> print(NotFound("ticket", "INC-1"))
    ticket 'INC-1' does not exist
    """

    code: ClassVar[str] = "not-found"
    kind: str
    key: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.kind} {self.key!r} does not exist{remedy}"


@attrs.define(slots=False, str=False)
class AlreadyExists(RepositoryError):
    """Say that something else is stored under this name, and stays.

    >>> print(AlreadyExists("policy", "desk 3"))
    policy 'desk 3' exists with other content; nothing was written; use a new name or version ...
    """

    code: ClassVar[str] = "already-exists"
    kind: str
    key: str

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.key!r} exists with other content; nothing was written; use a new "
            "name or version for what is new"
        )


@attrs.define(slots=False, str=False)
class Conflict(RepositoryError):
    """Say that the stream is not at the version that the writer expected.

    >>> print(Conflict("ticket.INC-1", "3", 5))
    stream 'ticket.INC-1' is at version 5, not 3: somebody else wrote first; read it again, ...
    """

    code: ClassVar[str] = "conflict"
    stream: str
    expected: str
    actual: int

    def __str__(self) -> str:
        return (
            f"stream {self.stream!r} is at version {self.actual}, not {self.expected}: somebody "
            "else wrote first; read it again, decide again, and append with the new version"
        )


@attrs.define(slots=False, str=False)
class KeyReused(RepositoryError):
    """Say that an idempotency key came back with another payload.

    >>> print(KeyReused("ticket.INC-1", "mail-77"))
    key 'mail-77' was used on stream 'ticket.INC-1' with other events; nothing was written; ...
    """

    code: ClassVar[str] = "key-reused"
    stream: str
    key: str

    def __str__(self) -> str:
        return (
            f"key {self.key!r} was used on stream {self.stream!r} with other events; nothing was "
            "written; use a new key for a new intent"
        )


@attrs.define(slots=False, str=False)
class LeaseLost(RepositoryError):
    """Say that a timer is no longer lent to this worker; its effect was not written.

    >>> print(LeaseLost("INC-1:close"))
    timer 'INC-1:close' is no longer lent to this worker: it was claimed again after the ...
    """

    code: ClassVar[str] = "lease-lost"
    timer: str

    def __str__(self) -> str:
        return (
            f"timer {self.timer!r} is no longer lent to this worker: it was claimed again after "
            "the lease, scheduled anew, cancelled, or is done; nothing was written; drop the work, "
            "and use a longer lease if it takes longer"
        )


@attrs.define(slots=False, str=False)
class StoreUnavailable(RepositoryError):
    """Say that the store cannot answer now: locked, full, corrupt, of another version, gone.

    >>> print(StoreUnavailable("desk.db", "is locked", "try again"))
    store desk.db: is locked; try again
    """

    code: ClassVar[str] = "store-unavailable"
    store: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"store {self.store}: {self.what}{remedy}"


@attrs.define(slots=False, str=False)
class CodecError(ItsmError, ValueError):
    """Refuse a payload from outside: wrong type, unknown key, unknown tag, over budget (law R7).

    >>> print(CodecError("not a whole number", "event.sequence", "1.5", "write 1"))
    event.sequence: not a whole number (got '1.5'); write 1
    """

    code: ClassVar[str] = "codec-error"
    what: str
    where: str = ""
    value: object = None
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        value = "" if self.value is None else f" (got {shown(self.value)})"
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{value}{remedy}"


@attrs.define(slots=False, str=False)
class LogError(CodecError):
    """Refuse a file: missing, empty, truncated, or with a row that cannot be read.

    `where` reads `file:line` or `file:line, column 'name'`.

    >>> print(LogError("not an instant", "log.csv:3, column 'opened'", "soon", "write 2026-05-12"))
    log.csv:3, column 'opened': not an instant (got 'soon'); write 2026-05-12
    """

    code: ClassVar[str] = "log-error"


class ItsmWarning(UserWarning):
    """Base of every warning that itsm_core issues.

    >>> issubclass(ItsmWarning, UserWarning)
    True
    """
