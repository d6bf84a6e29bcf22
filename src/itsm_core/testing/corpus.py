"""The hard cases: questions that service desks get wrong, with their laws, reasons and answers.

`hard_cases` gives them as values, `check_hard_cases` puts them to this library or to a function of
yours: another calendar, another engine, the system that you are about to leave. What is expected
was reckoned by hand (`hard_cases.toml`), never by the code that is asked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple, TypeAlias, cast

import attrs

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue, ItsmError, did_you_mean
from itsm_core.policy._goals import parse_duration

__all__ = [
    "KINDS",
    "Answer",
    "CaseBroken",
    "ClockAnswer",
    "HardCase",
    "Refused",
    "check_hard_cases",
    "hard_cases",
]


KINDS: Final = (
    "between",
    "add",
    "subtract",
    "due",
    "is_open",
    "next_open",
    "next_close",
    "clocks",
    "on_call",
)
"""What a case may ask; see `HardCase`."""

_ABOUT: Final = frozenset({"id", "law", "kind", "reason", "expected", "refused", "seen_in"})


class ClockAnswer(NamedTuple):
    """Hold what became of a clock; None is not known, or not asked about.

    >>> expected = hard_cases("clocks")[0].expected["resolution"]
    >>> print(f"{expected.state}, due {expected.due_at}, after {expected.elapsed}")
    met, due 2026-01-05 17:00:00+00:00, after 8:00:00
    """

    state: str
    due_at: datetime | None = None
    elapsed: timedelta | None = None


@attrs.frozen
class Refused:
    """Hold that a question has no answer, and the code of the reason; empty is any.

    >>> naive = Refused("naive-datetime")
    >>> print(next(case.reason for case in hard_cases() if case.expected == naive))
    An instant without a zone is refused, since any guess is wrong for somebody.
    """

    code: str = ""


Answer: TypeAlias = (
    timedelta | datetime | bool | tuple[str, ...] | Mapping[str, ClockAnswer] | Refused
)
"""What a case is answered with: of `between` a duration, of `is_open` whether it is, of `on_call`
the people, of `clocks` each clock by its name, of the others an instant."""


@attrs.define(slots=False, str=False)
class CaseBroken(ItsmError, AssertionError):
    """Say which hard cases were answered otherwise, each with its reason.

    >>> def a_day_has_24_hours(case):
    ...     return timedelta(hours=24)
    >>> check_hard_cases(a_day_has_24_hours, cases=hard_cases("between", law="C2")[:1])
    Traceback (most recent call last):
    itsm_core.testing.corpus.CaseBroken: 1 hard case(s) answered otherwise:
    ... The Sunday in March on which the clocks go forward has 23 hours.
    ...
      expected: 23:00:00
      answered: 1 day, 0:00:00
    """

    code: ClassVar[str] = "hard-case-broken"

    stories: tuple[str, ...]

    def __str__(self) -> str:
        told = "".join(f"\n{story}" for story in self.stories)
        return f"{len(self.stories)} hard case(s) answered otherwise:{told}"


@attrs.frozen(kw_only=True)
class HardCase:
    """Hold one case: its question as plain data in `given`, and what has to be answered.

    `kind` says what is asked: `between`, `add`, `subtract`, `due`, `is_open`, `next_open`,
    `next_close`, `clocks` or `on_call`. `law` is the law that answers it, `seen_in` a public
    report of a system that answered otherwise, if there is one.

    >>> case = hard_cases("between", law="C2")[0]
    >>> print(f"from {case.given['start']} to {case.given['end']}: {case.expected}")
    from 2026-03-29T00:00+01:00 to 2026-03-30T00:00+02:00: 23:00:00
    >>> case.answer() == case.expected
    True
    """

    case_id: str
    law: str
    kind: str
    reason: str
    given: Mapping[str, object] = attrs.field(hash=False)
    expected: Answer = attrs.field(hash=False)
    seen_in: str = ""

    @property
    def calendar(self) -> BusinessCalendar:
        """Return the calendar of the question.

        Raises:
            DefinitionError: it is one of the cases whose hours mean nothing.
            UnknownZone: it is the one whose zone nobody knows.
        """
        exceptions = cast("Mapping[str, str]", self.given.get("exceptions", {}))
        dates = cast("list[str]", self.given.get("holidays", []))
        scope = cast("str", self.given.get("holiday_scope", "civil_day"))
        return BusinessCalendar(
            zone=self.text("zone", "UTC"),
            hours=WeeklyHours.parse(self.text("hours", "Mo-Fr 09:00-17:00")),
            holidays=[datetime.fromisoformat(day).date() for day in dates],
            exceptions={datetime.fromisoformat(day).date(): exceptions[day] for day in exceptions},
            holiday_scope="shift_start" if scope == "shift_start" else "civil_day",
        )

    def text(self, key: str, default: str = "") -> str:
        """Return what is given under a key, as it is written."""
        return cast("str", self.given.get(key, default))

    def instant(self, key: str = "start") -> datetime:
        """Return an instant that is given; one of them has no zone, on purpose."""
        return datetime.fromisoformat(self.text(key))

    def answer(self) -> Answer:
        """Return what this library answers; a refusal is an answer, too."""
        from itsm_core.testing._corpus_answers import answer_of  # it imports the rooms asked

        try:
            return answer_of(self)
        except DefinitionError as error:
            return Refused(error.faults[0].code)
        except ItsmError as error:
            return Refused(error.code)

    def story(self, got: Answer) -> str:
        """Return the case in words, a few lines: what was asked, expected and answered."""
        asked = ", ".join(f"{key} {value}" for key, value in self.given.items() if key != "story")
        events = cast("list[Mapping[str, object]]", self.given.get("story", []))
        lines = [f"{self.case_id} (law {self.law}): {self.reason}", f"  asked: {self.kind} {asked}"]
        lines += [f"    {each['at']} {each['do']}" for each in events]
        lines += [f"  expected: {_shown(self.expected)}", f"  answered: {_shown(got)}"]
        return "\n".join(lines)


def hard_cases(kind: str = "", *, law: str = "") -> tuple[HardCase, ...]:
    """Return the cases, of one kind or one law if asked, in the order in which they are kept.

    Raises:
        InvalidValue: no case is of this kind; the nearest one is suggested.

    >>> print(hard_cases("between", law="C2")[0].reason)
    The Sunday in March on which the clocks go forward has 23 hours.
    """
    if kind and kind not in KINDS:
        remedy = f"use one of {', '.join(KINDS)}{did_you_mean(kind, KINDS)}"
        raise InvalidValue("no hard case is of this kind", kind, remedy)
    return tuple(case for case in _all_cases() if kind in ("", case.kind) and law in ("", case.law))


def check_hard_cases(
    answer: Callable[[HardCase], Answer] = HardCase.answer,
    *,
    kind: str = "",
    cases: Iterable[HardCase] | None = None,
) -> int:
    """Put hard cases to a function and return how many there were; without one, to this library.

    `answer` takes a case and answers in plain values (see `Answer`). Where the case is to be
    refused, any `ValueError` or `ItsmError` that it raises will do. `cases` are those to try, by
    default all of `kind`.

    Raises:
        CaseBroken: with the reason of every case that was answered otherwise.
        InvalidValue: no case is of this kind.

    >>> check_hard_cases(kind="on_call") == len(hard_cases("on_call"))
    True
    """
    chosen = hard_cases(kind) if cases is None else tuple(cases)
    stories: list[str] = []
    for case in chosen:
        try:
            got = answer(case)
        except (ItsmError, ValueError) as error:
            got = Refused() if isinstance(case.expected, Refused) else Refused(str(error))
        if not _agrees(case.expected, got):
            stories.append(case.story(got))
    if stories:
        raise CaseBroken(tuple(stories))
    return len(chosen)


# -- reading ---------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _all_cases() -> tuple[HardCase, ...]:
    text = files("itsm_core.testing").joinpath("hard_cases.toml").read_text(encoding="utf-8")
    tables = cast("list[dict[str, object]]", tomllib.loads(text)["cases"])
    return tuple(_case(table) for table in tables)


def _case(table: dict[str, object]) -> HardCase:
    given = {key: value for key, value in table.items() if key not in _ABOUT}
    kind = cast("str", table["kind"])
    return HardCase(
        case_id=cast("str", table["id"]),
        law=cast("str", table["law"]),
        kind=kind,
        reason=cast("str", table["reason"]),
        given=MappingProxyType(given),
        expected=_expected(kind, table),
        seen_in=cast("str", table.get("seen_in", "")),
    )


def _expected(kind: str, table: Mapping[str, object]) -> Answer:
    if "refused" in table:
        return Refused(cast("str", table["refused"]))
    value = table["expected"]
    match kind:
        case "between":
            return duration_of(cast("str", value))
        case "is_open":
            return bool(value)
        case "on_call":
            return tuple(cast("list[str]", value))
        case "clocks":
            clocks = cast("Mapping[str, Mapping[str, str]]", value)
            return {name: _clock(clocks[name]) for name in clocks}
        case _:
            return datetime.fromisoformat(cast("str", value))


def _clock(table: Mapping[str, str]) -> ClockAnswer:
    due, elapsed = table.get("due"), table.get("elapsed")
    return ClockAnswer(
        state=table["state"],
        due_at=None if due is None else datetime.fromisoformat(due),
        elapsed=None if elapsed is None else duration_of(elapsed),
    )


def duration_of(text: str) -> timedelta:
    """Return the duration that a case writes: `7h 30m`, with a minus before it if negative."""
    amount = parse_duration(text.removeprefix("-"))
    return -amount if text.startswith("-") else amount


# -- comparing -------------------------------------------------------------------------------------


def _agrees(expected: Answer, got: Answer) -> bool:
    """Return whether an answer is the one expected; what is None there was not asked about."""
    match expected:
        case Refused():
            return isinstance(got, Refused) and got.code in ("", expected.code)
        case bool():
            return got is expected
        case Mapping():
            return isinstance(got, Mapping) and all(
                name in got and _same_clock(expected[name], got[name]) for name in expected
            )
        case _:
            return type(got) is not bool and _same(expected, got)


def _same_clock(expected: ClockAnswer, got: ClockAnswer) -> bool:
    asked = zip(expected, got, strict=True)
    return all(want is None or _same(want, have) for want, have in asked)


def _same(want: object, have: object) -> bool:
    """Return whether two values are equal, instants in UTC.

    In a repeated hour Python takes datetimes of different zones for different, whatever they say.
    """
    if isinstance(want, datetime) and isinstance(have, datetime):
        if None in (want.utcoffset(), have.utcoffset()):
            return False
        return want.astimezone(UTC) == have.astimezone(UTC)
    return want == have


def _shown(answer: object) -> str:
    match answer:
        case Refused():
            return f"refused ({answer.code})" if answer.code else "refused"
        case datetime():
            return answer.isoformat()
        case ClockAnswer():
            due = "" if answer.due_at is None else f", due {answer.due_at.isoformat()}"
            elapsed = "" if answer.elapsed is None else f", elapsed {answer.elapsed}"
            return f"{answer.state}{due}{elapsed}"
        case Mapping():
            clocks = cast("Mapping[str, object]", answer)
            return "; ".join(f"{name} {_shown(clocks[name])}" for name in clocks) or "no clock"
        case tuple():
            return ", ".join(cast("tuple[str, ...]", answer)) or "nobody"
        case _:
            return str(answer)
