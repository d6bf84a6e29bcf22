"""A test in one line: a function that returns a rule of yours, and the check that it must pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Concatenate, ParamSpec, TypeVar

from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.testing.laws._law import LawBroken

__all__ = ["lawful"]

_Rule = TypeVar("_Rule")
_Options = ParamSpec("_Options")
_Given = ParamSpec("_Given")


def lawful(
    check: Callable[Concatenate[_Rule, _Options], None],
    *args: _Options.args,
    **options: _Options.kwargs,
) -> Callable[[Callable[_Given, _Rule]], Callable[_Given, None]]:
    """Make a test of a function that returns a rule of yours: a calendar, a ladder, a store.

    `check` is one of the checks of this package, and what follows are its arguments. What the
    function takes, fixtures or arguments drawn by Hypothesis, it still takes. If the rule is
    refused where it is made, that is told as a broken law, too (Y1).

    Raises:
        LawBroken: when the test is run, with all that `check` says.

    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours
    >>> from itsm_core.testing import check_calendar
    >>> @lawful(check_calendar, max_examples=2)
    ... def test_office() -> BusinessCalendar:
    ...     return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> test_office()
    """

    def made(function: Callable[_Given, _Rule]) -> Callable[_Given, None]:
        @wraps(function)
        def test(*given: _Given.args, **named: _Given.kwargs) -> None:
            try:
                rule = function(*given, **named)
            except (DefinitionError, InvalidValue) as error:
                raise _refused(function, error) from error
            check(rule, *args, **options)

        return test

    return made


def _refused(function: Callable[_Given, _Rule], error: DefinitionError | InvalidValue) -> LawBroken:
    """Return the error that tells a refusal as a broken law."""
    path = str(getattr(function, "__qualname__", ""))
    name = path or str(function)
    said: tuple[str, ...] = (str(error),)
    ledger: tuple[str, ...] = ()
    if isinstance(error, DefinitionError):
        said = tuple(f"{each.where}: {each.message}" for each in error.faults)
        remedies = dict.fromkeys(each.remedy for each in error.faults if each.remedy)
        ledger = tuple(f"to do: {remedy}" for remedy in remedies)
        what = error.subject
    else:
        what = name
    return LawBroken(
        subject=what,
        law="Y1",
        sentence="What you define can be meant; what cannot is refused when it is made",
        violations=said,
        story=(f"{name} makes {what}.", "It is refused, before any ticket meets it."),
        ledger=ledger,
        example=_example(function, path),
    )


def _example(function: Callable[_Given, _Rule], path: str) -> str:
    """Return code that calls a function; none where it cannot be imported, or takes arguments."""
    if not path or "<" in path or any(map(_is_needed, signature(function).parameters.values())):
        return ""
    return f"from {function.__module__} import {path.partition('.')[0]}\n{path}()"


def _is_needed(parameter: Parameter) -> bool:
    """Tell whether a call has to give this argument."""
    takes_any = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return parameter.default is Parameter.empty and not takes_any
