"""What is noted while a policy is read: findings before they know their place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from itsm_core.documents import KeyPath, Place, SyntaxFault, path_text
from itsm_core.documents._places import short
from itsm_core.errors import (
    CodecError,
    DefinitionError,
    Fault,
    InvalidValue,
    ItsmError,
    did_you_mean,
    shown,
)
from itsm_core.policy._findings import Finding, Severity
from itsm_core.policy._placing import placed
from itsm_core.policy._remedies import in_file
from itsm_core.policy._source import PolicySource

if TYPE_CHECKING:
    from itsm_core.calendars import Calendar
    from itsm_core.policy._node import Ref

_LONGEST_NAME: Final = 80
_MOST_NAMED: Final = 50
_MOST_TOLD: Final = 200
_MEANT: Final = re.compile(r"did you mean '([^']+)'")

_ALIKE: Final = str.maketrans("lIOoS", "11005")
"""Letters that are taken for figures: of so short a name one is half of it."""

_Made = TypeVar("_Made")


@attrs.frozen(kw_only=True)
class Note:
    """Hold a finding by the path of its key."""

    code: str
    message: str
    path: KeyPath
    value: str = ""
    remedy: str = ""
    suggestion: str = ""
    rule: str = ""
    at_key: bool = False
    place: Place | None = None


class Notes:
    """Gather what is wrong with one policy; `source` says where things stand."""

    def __init__(self, source: PolicySource) -> None:
        self.source = source
        self._found: list[Note] = []
        self._broken: set[KeyPath] = set()
        self.calendar: Callable[[Ref], Calendar | None] = _no_calendar
        """Finds a calendar by its name, once there are any."""

    def add(
        self,
        code: str,
        message: str,
        path: KeyPath,
        *,
        value: object = None,
        remedy: str = "",
        suggestion: str = "",
        rule: str = "",
        at_key: bool = False,
        place: Place | None = None,
    ) -> None:
        """Note one fault at the value of a path, or at its key."""
        text = value[:120] if isinstance(value, str) else "" if value is None else shown(value)
        note = Note(
            code=code,
            message=message,
            path=path,
            value=text,
            remedy=remedy,
            suggestion=suggestion or meant_in(f"{message} {remedy}"),
            rule=rule,
            at_key=at_key,
            place=place,
        )
        # What the text's own fault says of a value is said once.
        is_told = any(each.place is not None and each.path == path for each in self._found if path)
        if note not in self._found and not is_told:
            self._found.append(note)
        for length in range(len(path) + 1):
            self._broken.add(path[:length])

    def add_syntax(self, fault: SyntaxFault) -> None:
        """Note what is wrong with the text itself, at the place that its parser found."""
        self.add(
            fault.code,
            fault.message,
            fault.path,
            value=fault.value,
            remedy=fault.remedy,
            suggestion=fault.suggestion or _written(fault.remedy),
            rule=f"the text is plain {self.source.format.upper()}",
            place=fault.place,
        )

    def add_error(self, error: ItsmError, path: KeyPath) -> None:
        """Note what a constructor refused, each fault at the key or value that it is about."""
        if isinstance(error, DefinitionError):
            for fault in error.faults:
                self.add_fault(fault, path)
        elif isinstance(error, CodecError):
            where = error.where.partition(".")[2]
            value = "" if error.value is None else str(error.value)
            fault = Fault("wrong-value", error.what, where, value, error.remedy)
            self.add_fault(fault, path)
        elif isinstance(error, InvalidValue):
            what = f"{error.what}: {shown(error.value, _LONGEST_NAME)}"
            at, _ = placed(self.source, path, "", str(error.value))
            self.add(error.code, what, at, value=error.value, remedy=error.remedy)
        else:
            self.add(error.code, str(error), path)

    def add_fault(self, fault: Fault, path: KeyPath) -> None:
        """Note one fault of a definition that stands at a path, with a remedy for the file."""
        fault = in_file(fault, self.source.format)
        at, at_key = placed(self.source, path, fault.where, fault.value)
        self.add(
            fault.code,
            fault.message,
            at,
            value=fault.value,
            remedy=fault.remedy,
            at_key=at_key,
        )

    def unknown(
        self,
        path: KeyPath,
        value: str,
        known: Iterable[str],
        what: str = "",
        *,
        code: str = "unknown-name",
        at_key: bool = False,
    ) -> None:
        """Note a name that is none of the known ones, with the nearest of them."""
        names = list(known)
        listed = ", ".join(map(short, names[:_MOST_NAMED]))
        more = len(names) - _MOST_NAMED
        listed += f" and {more:,} more" if more > 0 else ""
        near = did_you_mean(value, names) or did_you_mean(value.translate(_ALIKE), names)
        self.add(
            code,
            f"{what}{shown(value, _LONGEST_NAME)} is not known{near}",
            path,
            value=value,
            remedy=f"use one of: {listed}" if names else "define it first",
            rule="a name stands for something that is defined",
            at_key=at_key,
        )

    def noted(self, code: str) -> tuple[Note, ...]:
        """Return what was noted with a code."""
        return tuple(each for each in self._found if each.code == code)

    def attempt(self, path: KeyPath, make: Callable[[], _Made]) -> _Made | None:
        """Return what `make` builds, or None once its refusal is noted."""
        try:
            return make()
        except ItsmError as error:
            self.add_error(error, path)
            return None

    def is_broken(self, path: KeyPath) -> bool:
        """Return whether something at a path, or below it, is wrong."""
        return path in self._broken

    def findings(self) -> tuple[Finding, ...]:
        """Return everything noted in the order of the text; of very many, the first and a count."""
        made = [self._finding(note) for note in self._found]
        made.sort(key=lambda each: (each.line, each.column))
        more = len(made) - _MOST_TOLD
        if more > 0:
            remedy = "correct those above first"
            rest = Finding(
                code="more-faults",
                message=f"{more:,} more faults",
                file=self.source.file,
                remedy=remedy,
            )
            made = [*made[:_MOST_TOLD], rest]
        return tuple(made)

    def _finding(self, note: Note) -> Finding:
        where = self.source.key_place if note.at_key else self.source.place
        place = where(note.path) if note.place is None else note.place
        return Finding(
            code=note.code,
            message=note.message,
            severity=Severity.ERROR,
            path=path_text(note.path),
            file=self.source.file,
            line=place.line,
            column=place.column,
            value=note.value,
            rule=note.rule,
            remedy=note.remedy,
            suggestion=note.suggestion,
        )


def meant_in(text: str) -> str:
    """Return what a text says was probably meant; empty if it says nothing of the kind."""
    found = _MEANT.search(text)
    return "" if found is None else found[1]


def _written(remedy: str) -> str:
    """Return what a remedy says to write."""
    return remedy.removeprefix("write ") if remedy.startswith("write ") else ""


def _no_calendar(_: Ref) -> Calendar | None:
    return None
