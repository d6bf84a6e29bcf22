"""What a law is, what happens when it is broken, and how an example gets small."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import ClassVar, Final, Generic, NoReturn, TypeVar

import attrs

from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.testing.laws._code import example_of

__all__ = ["Law", "LawBroken", "broken", "chosen", "first_broken", "law", "shrunk", "violations"]

_Case = TypeVar("_Case")
_Check = Callable[[_Case], Iterable[str]]

_TRIES: Final = 400
_SECONDS: Final = 4.0
"""Shrinking ends then: what is found has to be told soon."""
_MOST_LINES: Final = 40
_MOST_VIOLATIONS: Final = 4


@attrs.define(slots=False, str=False, kw_only=True)
class LawBroken(ItsmError, AssertionError):
    """Say which law a rule of yours broke, on which small example, told as a story.

    `law` is its number in the laws of the documentation and `sentence` what must hold;
    `violations` are the ways in which it does not. `story` has two or three lines, `ledger` what
    was reckoned, `example` code that runs and finds the same again.

    >>> error = LawBroken(subject="calendar", law="Y2", sentence="It opens", violations=("never",))
    >>> print(error)
    calendar breaks law Y2: It opens
      never
    """

    code: ClassVar[str] = "law-broken"

    subject: str
    law: str
    sentence: str
    violations: tuple[str, ...]
    story: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()
    example: str = ""

    def __str__(self) -> str:
        lines = [f"{self.subject} breaks law {self.law}: {self.sentence}"]
        lines += [f"  {line}" for line in _cut(self.violations, _MOST_VIOLATIONS)]
        for title, part in (("the story", self.story), ("the ledger", self.ledger)):
            if part:
                lines += [title, *(f"  {line}" for line in _cut(part, _MOST_LINES))]
        if self.example:
            lines += ["the example, as code", *(f"  {line}" for line in self.example.splitlines())]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # An error made of keywords is made again of them in the process that it travels to.
        return _again, (attrs.asdict(self, recurse=False),)


def _again(fields: dict[str, object]) -> LawBroken:
    return LawBroken(**fields)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def _cut(lines: tuple[str, ...], most: int) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"... and {len(lines) - most} more"


@attrs.frozen
class Law(Generic[_Case]):
    """Hold one law: its number, and a check that yields a sentence for each way it is broken.

    Call it with a case; nothing yielded is the good answer. The check's docstring is the law.

    >>> from itsm_core.testing.laws import calendar_opens
    >>> print(calendar_opens.number, calendar_opens.name)
    Y2 calendar_opens
    """

    number: str
    check: Callable[[_Case], Iterable[str]]

    @property
    def name(self) -> str:
        """Return the name of the check."""
        return self.check.__name__

    @property
    def sentence(self) -> str:
        """Return what must hold, in one sentence."""
        told = (self.check.__doc__ or self.name).strip().partition("\n\n")[0]
        return " ".join(told.split()).rstrip(".")

    def __call__(self, case: _Case) -> Iterable[str]:
        """Return a sentence for each way in which a case breaks the law."""
        return self.check(case)


def law(number: str) -> Callable[[Callable[[_Case], Iterable[str]]], Law[_Case]]:
    """Make a law of a function that takes a case and yields what is wrong with it.

    >>> @law("X1")
    ... def the_desk_opens_before_ten(hours):
    ...     "The desk opens before ten."
    ...     if not hours.startswith(("08", "09")):
    ...         yield f"it opens at {hours[:5]}"
    >>> list(the_desk_opens_before_ten("11:00-19:00"))
    ['it opens at 11:00']
    """

    def made(check: Callable[[_Case], Iterable[str]]) -> Law[_Case]:
        return Law(number, check)

    return made


def violations(law: Law[_Case], case: _Case) -> tuple[str, ...]:
    """Return a sentence for each way in which a case breaks a law; a refusal is one, too."""
    try:
        return tuple(law.check(case))
    except Exception as error:  # noqa: BLE001 - whatever a rule of the user's raises is the finding
        return (f"{type(error).__name__}: {error}",)


def chosen(laws: Iterable[Law[_Case]], without: Collection[str]) -> tuple[Law[_Case], ...]:
    """Return the laws but those whose number or name is left out.

    Raises:
        InvalidValue: a text instead of several, or no law has this number or name.
    """
    if isinstance(without, str):
        raise InvalidValue("the laws to leave out are a list", without, f"write ({without!r},)")
    listed = tuple(laws)
    known = {each.number for each in listed} | {each.name for each in listed}
    for name in without:
        if name not in known:
            remedy = f"use one of {', '.join(sorted(known))}"
            raise InvalidValue("no such law", name, remedy)
    return tuple(each for each in listed if not {each.number, each.name} & set(without))


def first_broken(laws: Iterable[Law[_Case]], case: _Case) -> Law[_Case] | None:
    """Return the first law that a case breaks; None if it keeps them all."""
    return next((each for each in laws if violations(each, case)), None)


def shrunk(law: Law[_Case], case: _Case, smaller: Callable[[_Case], Iterator[_Case]]) -> _Case:
    """Return a case that is as small as `smaller` can make it and breaks the law in its way."""
    tries, end = 0, time.monotonic() + _SECONDS
    kind, shrinks = _kind(law, case), True
    while shrinks and tries < _TRIES and time.monotonic() < end:
        shrinks = False
        for each in smaller(case):
            tries += 1
            if _kind(law, each) == kind:
                case, shrinks = each, True
                break
            if tries >= _TRIES or time.monotonic() >= end:
                break
    return case


def _kind(law: Law[_Case], case: _Case) -> str:
    """Return in which way a case breaks a law: by what the law says, or by which error; "" if not.

    What is left out must not make another mistake of it.
    """
    try:
        return "broken" if tuple(law.check(case)) else ""
    except Exception as error:  # noqa: BLE001 - as above
        return type(error).__name__


def broken(
    law: Law[_Case],
    case: _Case,
    *,
    subject: str,
    story: Iterable[str],
    ledger: Iterable[str],
) -> NoReturn:
    """Raise the error that shows a case which breaks a law.

    Raises:
        LawBroken: always.
    """
    raise LawBroken(
        subject=subject,
        law=law.number,
        sentence=law.sentence,
        violations=violations(law, case),
        story=tuple(story),
        ledger=tuple(ledger),
        example=example_of(law.name, case),
    )
