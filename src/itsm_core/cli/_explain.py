"""`itsm-core explain CODE`: what an error code means and what to do about it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

from itsm_core.errors import InvalidValue, ItsmError, did_you_mean

__all__ = ["FAULTS", "explain"]

FAULTS: Final = {
    # documents
    "missing-key": "A required key is not in the file. Add it under the path that is named.",
    "wrong-type": "A key holds a value of another type. Nothing is converted: quote texts, leave "
    "numbers and true/false bare.",
    "wrong-value": "The type is right, the value is not usable. The message shows a usable one.",
    "unknown-key": "Nobody reads this key: most likely a slip of typing. Rename or remove it.",
    "unknown-name": "A name refers to nothing that is defined. Use one of the names listed.",
    "twice": "Two definitions share one name. Rename one of them.",
    "toml-syntax": "The file is not TOML. Line and column are in the message.",
    # calendars
    "overlapping-hours": "Two intervals of one day overlap. Join them or separate them.",
    "not-an-interval": "Hours are written as 09:00-17:00; 22:00-06:00 runs past midnight.",
    "not-a-time": "A time of day is written as 09:00, from 00:00 to 24:00.",
    "not-a-date": "A date is written as 2026-12-24, a yearly day as 12-24.",
    "not-hours": "Hours are text such as '09:00-12:00'; '' is closed.",
    "unknown-day": "Days are Mo Tu We Th Fr Sa Su, ranges as Mo-Fr.",
    "no-hours": "Days are named without hours. Write 'Mo-Fr 09:00-17:00'.",
    "no-days": "Hours are given without days. Write 'Mo-Fr 09:00-17:00', or '24/7'.",
    "not-a-version": "A version is a pair: its start (None for the first) and a calendar.",
    "no-versions": "A timeline needs at least one calendar.",
    "version-order": "The versions of a timeline must follow each other in time.",
    "version-start": "A version of a timeline starts at a date or at an aware instant.",
    # service levels
    "unknown-metric": "A target's metric is 'response' or 'resolution'.",
    "not-a-goal": "A goal is a duration, WorkingTime, WallTime or WorkingDays.",
    "no-goals": "A target without goals promises nothing: give at least one priority a goal.",
    "warning-ratio": "A warning comes before the goal is used up: 0.75 is at 75 % of it.",
    "pause-on": "Reasons to pause are a list, even if there is only one.",
    "no-targets": "An agreement promises something: add a target.",
    "target-twice": "An agreement promises one thing once: remove one of the targets.",
    # priority
    "no-levels": "A matrix needs at least one impact, urgency and priority.",
    "empty-level": "A level needs a name.",
    "duplicate-level": "A level stands twice. Remove one.",
    "unknown-level": "A cell names a level that the matrix does not have.",
    "missing-cell": "Every pair of impact and urgency needs a priority.",
    "duplicate-cell": "One cell has two values. Remove one.",
    "not-monotone": "A graver impact or urgency gives a less urgent priority. Correct the cell, or "
    "say in reason_not_monotone why it must be so.",
    "cell-already-learned": "The log has shown this cell; only cells it never showed can be given.",
    # lifecycles
    "empty-name": "States, triggers and lifecycles need names.",
    "duplicate-name": "Two states share a name.",
    "bad-version": "A version is a whole number from 1 up.",
    "unknown-state": "A transition or ticket names a state that the lifecycle does not have.",
    "not-one-opening": "A lifecycle has exactly one transition 'open'.",
    "opening-not-new": "A ticket is opened into a state of category new.",
    "return-to-new": "Nothing goes back to a new state once work has begun.",
    "unreachable-state": "No chain of transitions leads to this state.",
    "dead-end": "A state that is not terminal has no way out.",
    "no-way-to-end": "No chain of transitions leads from this state to a terminal one.",
    "no-terminal-state": "A lifecycle needs a closed or cancelled state.",
    "terminal-exit": "Only reopening leads out of a terminal state.",
    "ambiguous-transition": "Two transitions have the same trigger and source.",
    "hold-without-exit": "An on-hold state needs a way back to work.",
    "hold-without-reason": "A transition leads to an on-hold state by a command without a reason.",
    "no-hold-reasons": "Lifecycles with an on-hold state define what may be waited for.",
    "hold-of-resolved": "A resolved or closed ticket is reopened before it can be on hold.",
    "staying-moves": "assign, prioritise, answer and contact have no target state.",
    "wrong-sources": "'open' has no source; every other transition has at least one.",
    "cannot-resume-on-contact": "A contact is to end a hold, but no transition lets it.",
    # refusals
    "illegal-transition": "The ticket's state does not allow this. The message lists what it does.",
    "missing-role": "The actor has none of the roles that may do this.",
    "missing-field": "The move demands a field that neither command nor ticket has.",
    "unknown-hold-reason": "The lifecycle does not know this hold reason.",
    "unknown-trigger": "The lifecycle has no transition of this name.",
    "wrong-command": "This trigger carries data: send the command that the message names.",
    "ticket-exists": "A ticket of this id is there already.",
    "ticket-missing": "There is no ticket of this id yet: open it first.",
    "other-ticket": "Command and ticket have different ids.",
    "other-lifecycle": "The ticket pins another lifecycle or version: decide by that one.",
    "before-opening": "Nothing can happen to a ticket before it was opened.",
}
"""The codes of single faults and reasons; an error's own text is in its class's docstring."""


def explain(code: str) -> str:
    """Return what a code means; without a code, all of them.

    Raises:
        InvalidValue: nobody uses this code; the nearest one is suggested.
    """
    errors = {error.code: error for error in _errors(ItsmError)}
    if not code:
        width = max(map(len, (*errors, *FAULTS)))
        told = {known: _summary(error) for known, error in errors.items()} | FAULTS
        return "\n".join(f"{known:<{width}}  {text}" for known, text in sorted(told.items()))
    if code in FAULTS:
        return f"{code}: {FAULTS[code]}"
    if code in errors:
        bases = " > ".join(base.__name__ for base in reversed(_ours(errors[code])))
        return f"{code}: {inspect.getdoc(errors[code])}\n\nRaised as {bases}."
    remedy = f"`itsm-core explain` lists all of them{did_you_mean(code, (*errors, *FAULTS))}"
    raise InvalidValue("no such error code", code, remedy)


def _errors(base: type[ItsmError]) -> Iterator[type[ItsmError]]:
    """Yield an error class and everything derived from it."""
    yield base
    for derived in base.__subclasses__():
        yield from _errors(derived)


def _ours(error: type[ItsmError]) -> list[type[ItsmError]]:
    return [base for base in error.__mro__ if issubclass(base, ItsmError)]


def _summary(error: type[ItsmError]) -> str:
    return (inspect.getdoc(error) or error.__name__).splitlines()[0]
