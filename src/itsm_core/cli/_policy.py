"""`itsm-core policy check | explain | test | diff | schema`: policies as files, looked after.

Exit codes: 0 nothing found, 1 something was found, 2 bad usage or a file that cannot be read.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from itsm_core.calendars import load_zone, resolve_local
from itsm_core.cli._explain import explanations
from itsm_core.cli._output import harmless, say
from itsm_core.cli._policy_arguments import SKETCH
from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.policy import (
    CaseResult,
    Difference,
    Expectations,
    Finding,
    Policy,
    PolicyReading,
    Severity,
    lint,
    policy_changes,
    policy_path,
    policy_schema,
    read_expectations,
    read_policy,
    run_expectations,
    to_sarif,
)

__all__ = ["run_policy"]

_FOUND: Final = 1


def run_policy(chosen: argparse.Namespace) -> int:
    """Run the chosen sub-command and return the exit code.

    Raises:
        ItsmError: a file cannot be read, or an argument cannot be used; nothing is printed.
    """
    match chosen.policy_command:
        case "check":
            return _check(chosen.policies, chosen.format, strict=chosen.strict)
        case "explain":
            return _explain(chosen)
        case "test":
            return _test(chosen.expectations, chosen.policy, chosen.format)
        case "diff":
            return _diff(chosen)
        case _:
            say(_json(policy_schema()))
            return 0


# -- check -----------------------------------------------------------------------------------------


def _check(names: Iterable[str], form: str, *, strict: bool) -> int:
    found: list[Finding] = []
    readings = [_reading(name) for name in names]
    for reading in readings:
        found += reading.findings
        if reading.policy is not None:
            found += lint(reading.policy, reading.source)
    counted = {grade: sum(each.severity is grade for each in found) for grade in Severity}
    if form == "sarif":
        say(_json(_sarif(found)))
    elif form == "json":
        figures = {f"{grade.value}s": number for grade, number in counted.items()}
        files = [reading.source.file for reading in readings]
        told = [each.to_json() for each in found]
        say(_json({"files": files, **figures, "findings": told}))
    else:
        for each in found:
            say(harmless(str(each)))
        say(_summary(len(readings), counted))
    bad = counted[Severity.ERROR] + (counted[Severity.WARNING] if strict else 0)
    return _FOUND if bad else 0


def _reading(name: str) -> PolicyReading:
    return read_policy(policy_path(name))


def _summary(files: int, counted: Mapping[Severity, int]) -> str:
    told = [
        f"{number} {grade.value}{'' if number == 1 else 's'}"
        for grade, number in counted.items()
        if number
    ]
    where = f"{files} {'policy' if files == 1 else 'policies'}"
    return f"{where}: {', '.join(told) or 'nothing found'}"


def _sarif(found: Iterable[Finding]) -> dict[str, object]:
    helps = {code: f"{each.text} Example: {each.example}" for code, each in explanations().items()}
    return to_sarif(found, version=version("itsm-core"), helps=helps)


def _lines(text: str) -> str:
    """Return a text without what a terminal would obey, bounded line by line."""
    return "\n".join(harmless(line) for line in text.splitlines())


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _sound(name: str) -> PolicyReading:
    """Return a policy that could be read; one with errors is refused, as everywhere else."""
    reading = _reading(name)
    _policy_of(reading)
    return reading


def _policy_of(reading: PolicyReading) -> Policy:
    if reading.policy is None:
        errors = [each for each in reading.findings if each.severity is Severity.ERROR]
        faults = tuple(each.to_fault() for each in errors)
        raise DefinitionError(f"policy {reading.source.file}", faults)
    return reading.policy


# -- explain ---------------------------------------------------------------------------------------


def _explain(chosen: argparse.Namespace) -> int:
    from itsm_core.cli._policy_words import explained, told_for

    policy = _policy_of(_sound(chosen.policy))
    sketch = {key: text for key in SKETCH if (text := getattr(chosen, key))}
    if not sketch and not chosen.at:
        if chosen.zone:
            remedy = "add --at, such as --at 2026-03-27T16:50"
            raise InvalidValue("--zone without --at", chosen.zone, remedy)
        told = explained(policy)
    else:
        at = _instant("--at", chosen.at, chosen.zone)
        told = told_for(policy, sketch, at, zone=chosen.zone)
    say(_json(told.to_json()) if chosen.format == "json" else _lines(told.text))
    return 0


def _instant(option: str, text: str, zone: str) -> datetime:
    """Return the instant of an option: with its own offset, or on the wall clock of --zone.

    Raises:
        InvalidValue: the text is no instant; `NaiveDatetime` if nothing names its zone.
    """
    remedy = "write it as 2026-03-27T16:50+01:00, or name --zone Europe/Berlin"
    if not text:
        raise InvalidValue(f"{option} is missing", text, remedy)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{option} is not an instant", text, remedy) from error
    if at.tzinfo is not None:
        return at if not zone else at.astimezone(load_zone(zone))
    if not zone:
        raise NaiveDatetime(f"{option} is without a time zone", text, remedy)
    return resolve_local(at.date(), at.time(), zone)


# -- test ------------------------------------------------------------------------------------------


def _test(paths: Iterable[Path], policy_name: str, form: str) -> int:
    files = [(path, read_expectations(path)) for path in paths]
    refused = [finding for _, each in files for finding in each.findings]
    results: list[CaseResult] = []
    for path, each in files:
        if not each.findings:
            policy = _policy_of(_sound(_policy_for(path, each, policy_name)))
            results += run_expectations(each, policy)
    failed = [each for each in results if not each.is_passed]
    if form == "sarif":
        say(_json(_sarif([*refused, *(_finding(case, d) for case, d in _differences(failed))])))
    elif form == "json":
        say(_json(_report(results, refused)))
    else:
        for finding in refused:
            say(harmless(str(finding)))
        for case in failed:
            say(harmless(_case_text(case)))
        passed = len(results) - len(failed)
        say(f"{passed} of {len(results)} expectations met" + _also(len(refused)))
    return _FOUND if failed or refused else 0


def _also(refused: int) -> str:
    return f"; {refused} faults in what is expected" if refused else ""


def _policy_for(path: Path, expectations: Expectations, given: str) -> str:
    """Return the policy to try: that of --policy, else the file's own, beside the file.

    Raises:
        InvalidValue: neither names one.
    """
    if given:
        return given
    if not expectations.policy:
        remedy = 'add policy = "desk.toml" to the file, or give --policy'
        raise InvalidValue("no policy to try", str(path), remedy)
    beside = path.parent / expectations.policy
    return str(beside) if beside.exists() else expectations.policy


def _differences(failed: Iterable[CaseResult]) -> Iterable[tuple[CaseResult, Difference]]:
    return ((case, each) for case in failed for each in case.differences)


def _finding(case: CaseResult, difference: Difference) -> Finding:
    return Finding(
        code="expectation-failed",
        message=f"{case.name}: {difference}",
        path=difference.path,
        file=case.file,
        line=difference.line,
        column=difference.column,
        value=difference.expected,
        rule="A policy makes of a story what is expected.",
        remedy="correct the policy, or what is expected of it",
    )


def _case_text(case: CaseResult) -> str:
    lines = [f"{case.file}:{case.line}: failed: {case.name}"]
    for each in case.differences:
        lines.append(f"  {case.file}:{each.line}:{each.column}: {each}")
        lines += [f"      {line}" for line in each.why.splitlines()]
    return "\n".join(lines)


def _report(results: list[CaseResult], refused: list[Finding]) -> dict[str, object]:
    """Return results in the shape of JUnit's reports: cases, each with its failures."""
    return {
        "tests": len(results),
        "failures": sum(not each.is_passed for each in results),
        "errors": len(refused),
        "findings": [each.to_json() for each in refused],
        "testcases": [
            {
                "name": each.name,
                "classname": each.file,
                "line": each.line,
                "status": "passed" if each.is_passed else "failed",
                "failures": [
                    {
                        "message": str(difference),
                        "what": difference.what,
                        "expected": difference.expected,
                        "got": difference.got,
                        "line": difference.line,
                        "column": difference.column,
                        "why": difference.why,
                    }
                    for difference in each.differences
                ],
            }
            for each in results
        ],
    }


# -- diff ------------------------------------------------------------------------------------------


def _diff(chosen: argparse.Namespace) -> int:
    from itsm_core.cli._policy_diff import Compared, effect_of

    readings = _sound(chosen.old), _sound(chosen.new)
    old, new = (_policy_of(reading) for reading in readings)
    changes = policy_changes(old, new, (readings[0].source, readings[1].source))
    effect = None
    if chosen.log is not None:
        if not chosen.mapping:
            remedy = "name a mapping, such as --mapping servicenow_uci"
            raise InvalidValue("--log without --mapping", str(chosen.log), remedy)
        as_of = _instant("--as-of", chosen.as_of, "") if chosen.as_of else None
        effect = effect_of(old, new, log=chosen.log, mapping=chosen.mapping, as_of=as_of)
    elif chosen.mapping or chosen.as_of:
        raise InvalidValue("--mapping and --as-of without --log", "", "add --log LOG.csv")
    names = readings[0].source.file, readings[1].source.file
    compared = Compared(old=names[0], new=names[1], changes=changes, effect=effect)
    say(_json(compared.to_json()) if chosen.format == "json" else _lines(compared.text()))
    return 0
