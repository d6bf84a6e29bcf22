"""What a log does not tell, and which figures are therefore unknown, not nothing.

A log with one row a ticket has no reopening in it because nobody wrote it there: "0 % reopened" of
such a log would be a statement about the file, read as one about the desk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal, TypeAlias, get_args

import attrs

from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.metrics._definitions._measures import CommitmentsKept, Cost, TimeHeld, Volume
from itsm_core.metrics._definitions._metric import Metric
from itsm_core.metrics._definitions._result import Figure, Result
from itsm_core.metrics._definitions._until import FirstContact, Until

__all__ = ["UNTOLD", "Untold", "checked_untold", "withheld"]

Untold: TypeAlias = Literal["answers", "history", "owners"]
"""What a log may leave out: answers of people; what came before its one row a ticket; owners."""

UNTOLD: Final = "the log does not tell it"

_OF_ANSWERS: Final = frozenset({Until.ANSWERED})
_OF_HISTORY: Final = frozenset(
    {Until.FIRST_RESOLVED, Until.TRANSFERRED, Until.BOUNCED, Until.ESCALATED, Until.REOPENED}
)
"""Of one row a ticket the last solution is known: not the first, nor what happened before it."""


def checked_untold(names: Iterable[Untold]) -> frozenset[Untold]:
    """Return the names of what a log leaves out, each once.

    Raises:
        InvalidValue: they are one text, or one of them is no name of these.
    """
    known = ", ".join(get_args(Untold))
    if isinstance(names, str):
        raise InvalidValue("untold is one text", names, f"use a list of names: {known}")
    found = frozenset(names)
    for name in found:
        if name not in get_args(Untold):
            remedy = f"use of {known}{did_you_mean(str(name), get_args(Untold))}"
            raise InvalidValue("no name of what a log leaves out", name, remedy)
    return found


def withheld(result: Result, untold: Collection[Untold]) -> Result:
    """Return the result, with figures unknown where they rest on what the log does not tell.

    The dashboard's is unknown, too: made of the same log, it would be as empty. Of the population
    nobody knows how many have ended.
    """
    if not _needs(result.metric) & frozenset(untold):
        return result
    return attrs.evolve(
        result,
        honest=_unknown(result.honest),
        dashboard=_unknown(result.dashboard),
        parts=(),
        population=attrs.evolve(result.population, ended=0, open=0, notes=()),
    )


def _unknown(figure: Figure) -> Figure:
    return Figure(value=None, unit=figure.unit, cases=figure.cases, why=UNTOLD)


def _needs(metric: Metric) -> frozenset[Untold]:
    """Return of what a log has to tell for a metric."""
    measure = metric.measure
    if isinstance(measure, TimeHeld):
        return frozenset({"history", "owners"} if metric.by == "person" else {"history"})
    if isinstance(measure, CommitmentsKept | Cost) or (
        isinstance(measure, Volume) and measure.of == "contacts"
    ):
        return frozenset({"history"})
    until = getattr(measure, "until", None)
    if until in _OF_ANSWERS:
        return frozenset({"answers"})
    if isinstance(until, FirstContact) or until in _OF_HISTORY:
        return frozenset({"history"})
    return frozenset()
