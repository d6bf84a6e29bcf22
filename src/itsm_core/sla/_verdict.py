"""The verdict as plain data: what was judged, what came out, and what that rests on (law S3).

A verdict can leave the house: it has a strict JSON form, the hashes of the history, the agreement
and the calendars, and the versions of the data that no hash covers. Whoever has the history and
the agreement can check it with `itsm_core.sla.verify`, and need not trust whoever made it.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import attrs

from itsm_core.calendars import Goal, data_versions
from itsm_core.errors import CodecError, InstantOutOfRange, did_you_mean
from itsm_core.ids import AgreementId, TicketId
from itsm_core.readers import INTEGERS, JsonReader, flag
from itsm_core.sla._fields import goal_to_json
from itsm_core.sla._values import ClockState, Deadline, LedgerEntry, LedgerKind
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.sla._clock import Evaluation, SlaClock

__all__ = ["VERDICT_FORMAT", "ClockVerdict", "Verdict"]

VERDICT_FORMAT: Final = 1
"""The version of a verdict's form: of its fields and of what they mean."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
_FORM: Final = "write it as 2026-01-05T09:00:00.000000Z"
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?", re.ASCII)

_Value = TypeVar("_Value")


@attrs.frozen(kw_only=True)
class ClockVerdict:
    """Hold one cycle of one clock as plain data; the fields are those of `SlaClock`.

    `goal` is the goal's definition as JSON text; `calendar_hash` the content hash of the calendar
    in which its time counts.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, Verdict, evaluate
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> (clock,) = Verdict.of(evaluate([opened], gold, as_of=at.replace(hour=10))).clocks
    >>> clock.state.value, clock.elapsed_us // 60_000_000, clock.goal
    ('running', 60, '{"kind":"working_time","microseconds":14400000000}')
    """

    name: str
    metric: str
    cycle: int
    subject: str
    ticket_id: TicketId
    priority: str
    goal: str
    calendar_hash: str
    state: ClockState
    started_us: int
    as_of_us: int
    allowance_us: int
    due_us: int | None
    projected_due_us: int | None
    stopped_us: int | None
    cancelled_us: int | None
    breached_us: int | None
    warnings_us: tuple[tuple[float, int], ...]
    raw_state: ClockState
    raw_due_us: int | None
    breach_reason: str
    breach_owner: str
    elapsed_us: int
    wall_us: int
    ledger: tuple[LedgerEntry, ...]

    @classmethod
    def of(cls, clock: SlaClock) -> ClockVerdict:
        """Return the verdict on one cycle."""
        values: dict[str, Any] = {
            "goal": goal_text(clock.goal),
            "calendar_hash": clock.calendar.content_hash,
        }
        for field in attrs.fields(cls):
            if field.name not in values:
                values[field.name] = getattr(clock, field.name)
        return cls(**values)


@attrs.frozen(kw_only=True)
class Verdict:
    """Hold what was judged about one ticket, and everything that the judgement rests on (S3, C10).

    `tz_database` and `holiday_data` name the versions under which it was made: the same calendar
    may answer otherwise under others. `seal` is the content hash at its making: it tells a verdict
    that was changed on its way, `itsm_core.sla.verify` one that was never true.

    Raises:
        CodecError: `from_json` and `loads` refuse whatever `to_json` and `dumps` do not write.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, Verdict
    >>> from itsm_core.sla import evaluate, verify
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> sent = Verdict.of(evaluate([opened], gold, as_of=at.replace(hour=10))).dumps()
    >>> received = Verdict.loads(sent)
    >>> received.seal == received.content_hash, verify(received, [opened], gold).accepted
    (True, True)
    """

    format: int
    ticket_id: TicketId
    agreement_id: AgreementId
    agreement_hash: str
    history_hash: str
    tz_database: str
    holiday_data: str
    as_of_us: int
    known_at_us: int | None
    priority: str
    clocks: tuple[ClockVerdict, ...]
    seal: str = ""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Verdict:
        """Return the verdict of an evaluation."""
        tz_database, holiday_data = data_in_use()
        made = cls(
            format=VERDICT_FORMAT,
            ticket_id=evaluation.ticket_id,
            agreement_id=evaluation.agreement_id,
            agreement_hash=evaluation.agreement_hash,
            history_hash=evaluation.history_hash,
            tz_database=tz_database,
            holiday_data=holiday_data,
            as_of_us=evaluation.as_of_us,
            known_at_us=evaluation.known_at_us,
            priority=evaluation.priority,
            clocks=tuple(ClockVerdict.of(clock) for clock in evaluation.clocks),
        )
        return made.sealed()

    def sealed(self) -> Verdict:
        """Return the verdict with the seal that fits its other fields."""
        return attrs.evolve(self, seal=self.content_hash)

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON without the seal, in hex.

        Raises:
            CodecError: an instant lies outside the years 1 to 9999, so that there is no JSON.
        """
        data = self.to_json()
        del data["seal"]
        return sha256(_canonical(data).encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the verdict as plain JSON values; instants are ISO-8601 in UTC."""
        return _written(self, "verdict")

    def dumps(self) -> str:
        """Return the verdict as canonical JSON text; equal verdicts give the same bytes.

        Raises:
            CodecError: the text has more than four million characters, which `loads` refuses.
        """
        text = _canonical(self.to_json())
        if len(text) > _READER.longest:
            raise _READER.too_long(len(text))
        return text

    @classmethod
    def from_json(cls, data: object) -> Verdict:
        """Return the verdict that `to_json` wrote down; nothing is guessed, converted or left out.

        Raises:
            CodecError: a key is missing or unknown, a value has another type, or the form is of
                another version; the message names the place.
        """
        given = cast("Mapping[str, object]", data).get("format") if _is_object(data) else None
        if type(given) is not int or given != VERDICT_FORMAT:
            remedy = f"this itsm_core reads form {VERDICT_FORMAT}"
            raise CodecError("not a verdict of a known form", "verdict.format", given, remedy)
        return _read(cls, data, "verdict")

    @classmethod
    def loads(cls, text: str) -> Verdict:
        """Return the verdict in a JSON text; keys given twice and NaN are refused.

        Raises:
            CodecError: as in `from_json`, or the text is not JSON.
        """
        return cls.from_json(_READER.read(text))


def goal_text(goal: Goal | Deadline) -> str:
    """Return a goal's definition as canonical JSON text."""
    if isinstance(goal, Deadline):
        at = _write_instant(goal.at_us, "goal")
        return _canonical({"kind": "deadline", "at": at})
    return _canonical(goal_to_json(goal))


def data_in_use() -> tuple[str, str]:
    """Return the versions of the tz database and of the holiday data."""
    return _data_in_use(tuple(zoneinfo.TZPATH))


@lru_cache(maxsize=8)
def _data_in_use(_: tuple[str, ...]) -> tuple[str, str]:
    versions = data_versions()
    return versions["tzdb"], versions["holidays"]


# --- the JSON form -------------------------------------------------------------------------------


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


# A year of one ticket's clocks, told day by day, is some hundred thousand characters.
_READER: Final = JsonReader(subject="verdict", longest=4_000_000)


def _is_object(data: object) -> bool:
    return isinstance(data, Mapping)


def _text(value: object, where: str) -> str:
    if type(value) is not str:
        raise CodecError("must be text", where, value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CodecError("holds half of a surrogate pair", where, remedy="send Unicode") from error
    return value


def _integer(value: object, where: str) -> int:
    if type(value) is not int:
        raise CodecError("must be a whole number", where, value)
    if not -INTEGERS <= value < INTEGERS:
        raise CodecError("must fit into 64 bits", where, value)
    return value


def _list(value: object, where: str) -> list[object]:
    if type(value) is not list:
        raise CodecError("must be a list", where, value)
    return cast("list[object]", value)


def _write_instant(value: object, where: str) -> str:
    try:
        return f"{instant(_integer(value, where)).isoformat(timespec='microseconds')[:-6]}Z"
    except InstantOutOfRange as error:
        raise CodecError("lies outside the years 1 to 9999", where, value) from error


def _read_instant(value: object, where: str) -> int:
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise CodecError("must be an instant in UTC", where, value, _FORM)
    try:
        return micros(datetime.fromisoformat(value))
    except ValueError as error:
        raise CodecError(f"is not an instant ({error})", where, value, _FORM) from error


def _write_optional(value: object, where: str) -> str | None:
    return None if value is None else _write_instant(value, where)


def _read_optional(value: object, where: str) -> int | None:
    return None if value is None else _read_instant(value, where)


def _read_state(value: object, where: str) -> ClockState:
    return _read_choice(ClockState, value, where)


def _read_kind(value: object, where: str) -> LedgerKind:
    return _read_choice(LedgerKind, value, where)


def _read_choice(kind: type[_Value], value: object, where: str) -> _Value:
    members = {member.value: member for member in cast("Any", kind)}
    text = _text(value, where)
    if text not in members:
        remedy = f"one of {', '.join(members)}{did_you_mean(text[:80], members)}"
        raise CodecError("unknown word", where, text[:80], remedy)
    return cast("_Value", members[text])


def _write_choice(value: object, _: str) -> object:
    return cast("ClockState | LedgerKind", value).value


def _write_goal(value: object, where: str) -> object:
    return json.loads(_text(value, where))


def _read_goal(value: object, where: str) -> str:
    if not _is_object(value):
        raise CodecError("must be an object", where, value)
    goal = cast("Mapping[str, object]", value)
    fields = _GOALS.get(_text(goal.get("kind"), f"{where}.kind"), _OTHER_GOAL)
    _check_keys(goal, fields.keys(), where)
    for key, read in fields.items():
        read(goal[key], f"{where}.{key}")
    return _canonical(dict(goal))


def _read_time(value: object, where: str) -> str:
    text = _text(value, where)
    if not _TIME.fullmatch(text):
        raise CodecError("must be a time of day", where, value, "write it as 16:00:00")
    return text


def _read_time_at(value: object, where: str) -> str:
    text = _text(value, where)
    return text if text in ("same_time", "end_of_day") else _read_time(text, where)


def _read_cut_off(value: object, where: str) -> str | None:
    return None if value is None else _read_time(value, where)


_OTHER_GOAL: Final[Mapping[str, Callable[[object, str], object]]] = {"kind": _text, "repr": _text}
_GOALS: Final[Mapping[str, Mapping[str, Callable[[object, str], object]]]] = {
    "deadline": {"kind": _text, "at": _read_instant},
    "working_time": {"kind": _text, "microseconds": _integer},
    "wall_time": {"kind": _text, "microseconds": _integer},
    "working_days": {
        "kind": _text,
        "days": _integer,
        "at": _read_time_at,
        "cut_off": _read_cut_off,
        "snap": flag,
    },
}


def _write_warnings(value: object, where: str) -> object:
    warnings = cast("tuple[tuple[float, int], ...]", value)
    return [[ratio, _write_instant(at, where)] for ratio, at in warnings]


def _read_warnings(value: object, where: str) -> tuple[tuple[float, int], ...]:
    found: list[tuple[float, int]] = []
    for n, item in enumerate(_list(value, where)):
        place = f"{where}[{n}]"
        pair = _list(item, place)
        if len(pair) != 2 or type(pair[0]) is not float or not 0 < pair[0] < 1:
            raise CodecError("must be a share such as 0.75 and an instant", place, item)
        found.append((pair[0], _read_instant(pair[1], place)))
    return tuple(found)


def _write_ledger(value: object, where: str) -> object:
    lines = cast("tuple[LedgerEntry, ...]", value)
    return [_written(line, f"{where}[{n}]") for n, line in enumerate(lines)]


def _read_ledger(value: object, where: str) -> tuple[LedgerEntry, ...]:
    lines = enumerate(_list(value, where))
    return tuple(_read(LedgerEntry, line, f"{where}[{n}]") for n, line in lines)


def _write_clocks(value: object, where: str) -> object:
    clocks = cast("tuple[ClockVerdict, ...]", value)
    return [_written(clock, f"{where}[{n}]") for n, clock in enumerate(clocks)]


def _read_clocks(value: object, where: str) -> tuple[ClockVerdict, ...]:
    clocks = enumerate(_list(value, where))
    return tuple(_read(ClockVerdict, clock, f"{where}[{n}]") for n, clock in clocks)


_Codec = Callable[[object, str], Any]
_TEXT: Final[tuple[_Codec, _Codec]] = (_text, _text)
_NUMBER: Final[tuple[_Codec, _Codec]] = (_integer, _integer)
_AT: Final[tuple[_Codec, _Codec]] = (_write_instant, _read_instant)
_MAYBE_AT: Final[tuple[_Codec, _Codec]] = (_write_optional, _read_optional)
_STATE: Final[tuple[_Codec, _Codec]] = (_write_choice, _read_state)
# Of the fields that are not texts: instants lose their `_us` in JSON, amounts keep their unit.
_CODECS: Final[Mapping[str, tuple[_Codec, _Codec]]] = {
    **dict.fromkeys(("format", "cycle", "allowance_us", "elapsed_us", "wall_us"), _NUMBER),
    **dict.fromkeys(("as_of_us", "started_us", "start_us", "end_us"), _AT),
    **dict.fromkeys(("known_at_us", "due_us", "projected_due_us", "raw_due_us"), _MAYBE_AT),
    **dict.fromkeys(("stopped_us", "cancelled_us", "breached_us"), _MAYBE_AT),
    **dict.fromkeys(("state", "raw_state"), _STATE),
    "kind": (_write_choice, _read_kind),
    "goal": (_write_goal, _read_goal),
    "warnings_us": (_write_warnings, _read_warnings),
    "ledger": (_write_ledger, _read_ledger),
    "clocks": (_write_clocks, _read_clocks),
}


_TABLES: Final[dict[type, tuple[tuple[str, str, _Codec, _Codec], ...]]] = {}


def _table(kind: type) -> tuple[tuple[str, str, _Codec, _Codec], ...]:
    if kind not in _TABLES:
        _TABLES[kind] = _rows(kind)
    return _TABLES[kind]


def _rows(kind: type) -> tuple[tuple[str, str, _Codec, _Codec], ...]:
    """Return each field of a class: its key, its attribute, how to write and how to read it."""
    rows: list[tuple[str, str, _Codec, _Codec]] = []
    for field in attrs.fields(kind):
        write, read = _CODECS.get(field.name, _TEXT)
        key = field.name if write is _integer else field.name.removesuffix("_us")
        rows.append((key, field.name, write, read))
    return tuple(rows)


def _written(value: object, where: str) -> dict[str, object]:
    return {
        key: write(getattr(value, name), f"{where}.{key}")
        for key, name, write, _ in _table(type(value))
    }


def _read(kind: type[_Value], data: object, where: str) -> _Value:
    if not _is_object(data):
        raise CodecError("must be an object", where, data)
    given = cast("Mapping[str, object]", data)
    rows = _table(kind)
    _check_keys(given, frozenset(key for key, *_ in rows), where)
    return kind(**{name: read(given[key], f"{where}.{key}") for key, name, _, read in rows})


def _check_keys(given: Mapping[str, object], expected: AbstractSet[str], where: str) -> None:
    unknown, missing = sorted(map(str, set(given) - expected)), sorted(expected - set(given))
    if unknown:
        remedy = f"remove it{did_you_mean(unknown[0][:80], missing or expected)}"
        raise CodecError("unknown key", where, unknown[0][:80], remedy)
    if missing:
        raise CodecError("missing key", f"{where}.{missing[0]}", remedy="every field is written")
