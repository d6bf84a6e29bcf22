"""What is found in a policy file, and where: one value for every fault, warning and note."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import attrs

from itsm_core.documents import KeyPath, Place, path_text
from itsm_core.errors import Fault

__all__ = ["Finding", "KeyPath", "Path", "Place", "Severity", "path_text"]

Path: TypeAlias = KeyPath
"""The keys and places in lists that lead to a value: `("agreements", 0, "goals", "P1")`."""


class Severity(Enum):
    """Say what a finding means: an ERROR refuses the file, the others let it pass.

    >>> [each.value for each in Severity]
    ['error', 'warning', 'note']
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Return 0 for errors, 1 for warnings, 2 for notes: the gravest sorts first."""
        return _ORDER.index(self)


_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@attrs.frozen(kw_only=True)
class Finding:
    """Hold one thing that was found in a policy file.

    `path` is the path of the key as text, `agreements[0].goals.P1`; `line` and `column` count from
    1, columns in characters, and are 0 where the finding has no place in the text. `value` is the
    offending value as text, `rule` what it breaks in one sentence, `remedy` what to do, and
    `suggestion` the text to write instead where one is known.

    >>> print(Finding(code="hours", message="'9-5' is no span", line=3, column=9))
    :3:9: error: '9-5' is no span [hours]
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    value: str = ""
    rule: str = ""
    remedy: str = ""
    suggestion: str = ""

    @property
    def location(self) -> str:
        """Return file, line and column in one, as editors and terminals follow it."""
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{place}"

    def to_fault(self) -> Fault:
        """Return the finding as `DefinitionError` holds it."""
        return Fault(self.code, self.message, self.path, self.value, self.remedy)

    def to_json(self) -> dict[str, object]:
        """Return the finding as plain JSON values."""
        return {**attrs.asdict(self), "severity": self.severity.value}

    def __str__(self) -> str:
        path = f"{self.path}: " if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        where = f"{self.location}: " if self.location else ""
        return f"{where}{self.severity.value}: {path}{self.message}{remedy} [{self.code}]"
