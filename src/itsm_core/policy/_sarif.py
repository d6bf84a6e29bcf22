"""Findings as SARIF 2.1.0, the form in which code hosts and editors take in what tools found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from itsm_core.policy._findings import Finding, Severity

__all__ = ["to_sarif"]

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_TOOL: Final = "itsm-core"


def to_sarif(
    findings: Iterable[Finding], *, version: str, helps: Mapping[str, str]
) -> dict[str, object]:
    """Return one SARIF run as JSON-ready data.

    `version` is that of the package; `helps` has what each code means, in words. Every code that
    occurs becomes a rule with this text as its help. Lines and columns count from 1, columns in
    characters (`unicodeCodePoints`, where SARIF would assume UTF-16); what has no place in a text
    has a location without a region. `partialFingerprints` name a finding by code, key and value,
    so that it stays the same one when lines above it change.

    >>> to_sarif([], version="0.1", helps={})["version"]
    '2.1.0'
    """
    found = tuple(findings)
    codes = sorted({each.code for each in found})
    files = list(dict.fromkeys(each.file for each in found if each.file))
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": _TOOL,
                        "semanticVersion": version,
                        "rules": [_rule(code, found, helps.get(code, "")) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": {"uri": _uri(file)}} for file in files],
                "results": [_result(each, codes, files) for each in found],
            }
        ],
    }


def _rule(code: str, found: tuple[Finding, ...], text: str) -> dict[str, object]:
    """Return a rule; where nobody explained the code, what it broke is its help."""
    example = next(each for each in found if each.code == code)
    first = example.rule or f"{text.partition('. ')[0].rstrip('.') or code}."
    return {
        "id": code,
        "shortDescription": {"text": first},
        "help": {"text": text or first},
        "defaultConfiguration": {"level": example.severity.value},
    }


def _result(finding: Finding, codes: list[str], files: list[str]) -> dict[str, object]:
    # A suggestion is part of the text: SARIF's `fixes` would need the exact region to replace.
    remedy = f" Remedy: {finding.remedy}." if finding.remedy else ""
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{_place(finding)}{finding.message}.{remedy}"},
        "partialFingerprints": {"itsmCoreKey/v1": _fingerprint(finding)},
    }
    if finding.file:
        result["locations"] = [_location(finding, files)]
    return result


_LEVELS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}


def _place(finding: Finding) -> str:
    return f"{finding.path}: " if finding.path else ""


def _location(finding: Finding, files: list[str]) -> dict[str, object]:
    physical: dict[str, object] = {
        "artifactLocation": {"uri": _uri(finding.file), "index": files.index(finding.file)}
    }
    if finding.line:
        physical["region"] = {"startLine": finding.line, "startColumn": max(1, finding.column)}
    location: dict[str, object] = {"physicalLocation": physical}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "member"}]
    return location


def _uri(file: str) -> str:
    """Return a file name as a URI reference: relative to where the tool ran, if it was."""
    path = PurePath(file)
    text = quote(path.as_posix())
    return f"file://{text}" if path.is_absolute() else text


def _fingerprint(finding: Finding) -> str:
    text = f"{finding.code}\n{finding.path}\n{finding.value}"
    return sha256(text.encode("utf-8", "replace")).hexdigest()
