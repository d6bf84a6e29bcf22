"""SARIF: what the standard demands of a run, its rules, results and regions."""

from __future__ import annotations

import json
from typing import Final, cast

from jsonschema import Draft202012Validator

from itsm_core.policy._findings import Finding, Severity
from itsm_core.policy._sarif import to_sarif

_TEXT: Final = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
_LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}
_POSITIVE: Final = {"type": "integer", "minimum": 1}
_ARTIFACT: Final = {
    "type": "object",
    "required": ["uri"],
    "properties": {"uri": {"type": "string", "format": "uri-reference", "pattern": "^[^ \\\\]+$"}},
}
ESSENTIALS: Final = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "help", "shortDescription"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "help": _TEXT,
                                                "shortDescription": _TEXT,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": _LEVEL},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "artifacts": {
                        "type": "array",
                        "items": {"properties": {"location": _ARTIFACT}},
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": _LEVEL,
                                "message": _TEXT,
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": _ARTIFACT,
                                                    "region": {
                                                        "type": "object",
                                                        "required": ["startLine"],
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            "startLine": _POSITIVE,
                                                            "startColumn": _POSITIVE,
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What section 3 of the standard demands of the parts that are written here."""

TYPO: Final = Finding(
    code="unknown-key",
    message="is not a key of this table",
    path="calendars.office.holliday",
    file="desks/my office.toml",
    line=4,
    column=1,
    value="holliday",
    remedy="rename it to holidays",
)
LATE: Final = Finding(
    code="late-warning",
    message="leaves less than 5 minutes",
    severity=Severity.WARNING,
    file="desks/my office.toml",
    line=9,
    column=11,
    rule="A warning leaves five minutes to act.",
)


def run_of(*findings: Finding) -> dict[str, object]:
    """Return the one run of a log, after its essentials were checked."""
    log = to_sarif(findings, version="1.2.3", helps={"unknown-key": "Nobody reads it. Rename it."})
    log = cast("dict[str, object]", json.loads(json.dumps(log)))
    Draft202012Validator(ESSENTIALS).validate(log)
    (run,) = cast("list[dict[str, object]]", log["runs"])
    return run


def results_of(*findings: Finding) -> list[dict[str, object]]:
    """Return the results of the run."""
    return cast("list[dict[str, object]]", run_of(*findings)["results"])


def test_log_is_valid_when_nothing_was_found() -> None:
    """A run without results is how a clean file is reported."""
    assert results_of() == []


def test_region_is_line_and_column_when_the_place_is_known() -> None:
    """Editors jump there; both count from 1."""
    (result,) = results_of(TYPO)
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "desks/my%20office.toml", "index": 0},
                "region": {"startLine": 4, "startColumn": 1},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "calendars.office.holliday", "kind": "member"}
            ],
        }
    ]


def test_region_is_left_out_when_there_is_no_place() -> None:
    """Line 0 would be refused by every reader."""
    (result,) = results_of(Finding(code="empty", message="nothing", file="a.toml"))
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "a.toml", "index": 0}}}
    ]


def test_rule_has_its_help_when_the_code_is_explained() -> None:
    """Every code becomes one rule, however often it occurs; results point at it."""
    run = run_of(LATE, TYPO, TYPO)
    tool = cast("dict[str, dict[str, list[dict[str, object]]]]", run["tool"])
    rules = tool["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["late-warning", "unknown-key"]
    assert rules[1]["help"] == {"text": "Nobody reads it. Rename it."}
    assert rules[1]["shortDescription"] == {"text": "Nobody reads it."}
    assert rules[0]["shortDescription"] == {"text": "A warning leaves five minutes to act."}
    results = cast("list[dict[str, object]]", run["results"])
    assert [result["ruleIndex"] for result in results] == [0, 1, 1]


def test_level_is_that_of_the_finding_when_reported() -> None:
    """Errors, warnings and notes are called so in SARIF, too."""
    note = Finding(code="x", message="y", severity=Severity.NOTE)
    levels = [result["level"] for result in results_of(TYPO, LATE, note)]
    assert levels == ["error", "warning", "note"]


def test_message_holds_place_and_remedy_when_there_are_some() -> None:
    """Many readers show nothing but the message."""
    (result,) = results_of(TYPO)
    message = cast("dict[str, str]", result["message"])["text"]
    assert message == (
        "calendars.office.holliday: is not a key of this table. Remedy: rename it to holidays."
    )


def test_fingerprint_stays_when_lines_move() -> None:
    """A finding that moved down by a line is not a new one; another value is."""
    first, moved, other = results_of(
        TYPO,
        Finding(code=TYPO.code, message="other words", path=TYPO.path, value="holliday", line=5),
        Finding(code=TYPO.code, message=TYPO.message, path=TYPO.path, value="holyday"),
    )
    assert first["partialFingerprints"] == moved["partialFingerprints"]
    assert first["partialFingerprints"] != other["partialFingerprints"]


def test_uri_is_absolute_when_the_path_is() -> None:
    """A reader elsewhere needs the scheme."""
    (result,) = results_of(Finding(code="x", message="y", file="/desks/ä.toml"))
    assert "file:///desks/%C3%A4.toml" in json.dumps(result)
