"""Findings as values."""

from __future__ import annotations

from itsm_core.policy import Finding, Severity

FOUND = Finding(
    code="unknown-name",
    message="'ofice' is not known",
    path="agreements[0].calendar",
    file="desk.toml",
    line=8,
    column=12,
    value="ofice",
    remedy="use one of: office",
    suggestion="office",
)


def test_finding_reads_like_a_compiler_when_shown() -> None:
    """Editors and terminals follow file:line:column."""
    assert str(FOUND) == (
        "desk.toml:8:12: error: agreements[0].calendar: 'ofice' is not known "
        "(use one of: office) [unknown-name]"
    )


def test_finding_is_plain_when_written_as_json() -> None:
    """Programs get every field, the severity as its word."""
    written = FOUND.to_json()
    assert (written["severity"], written["line"], written["suggestion"]) == ("error", 8, "office")


def test_finding_has_no_column_when_it_has_no_place() -> None:
    """A finding about the whole file names the file alone."""
    assert Finding(code="x", message="y", file="desk.toml").location == "desk.toml"


def test_severity_sorts_the_gravest_first() -> None:
    """Errors, warnings, notes."""
    assert sorted(Severity, key=lambda each: each.rank) == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.NOTE,
    ]
