"""`itsm-core policy check | explain | test | diff | schema`: policies as files, looked after.

Exit codes: 0 nothing found, 1 something was found, 2 bad usage, a file that cannot be read, or, for
all but `check`, a policy with errors, which are told as `check` tells them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from itsm_core.cli._explain import explanations
from itsm_core.cli._output import harmless, say
from itsm_core.cli._policy_ticket import opening_of, read_instant
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
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
_UNREADABLE: Final = 2


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
    files: list[str] = []
    unreadable = False
    for name in names:
        try:
            reading = _reading(name)
        except CodecError as error:  # it must not hide what is wrong with the others
            found.append(_unread(name, error))
            files.append(name)
            unreadable = True
            continue
        files.append(reading.source.file)
        found += reading.findings
        if reading.policy is not None:
            found += lint(reading.policy, reading.source)
    _tell(found, files, form)
    bad = any(each.severity in _FAILING[strict] for each in found)
    return _UNREADABLE if unreadable else _FOUND if bad else 0


_FAILING: Final = {
    False: frozenset({Severity.ERROR}),
    True: frozenset({Severity.ERROR, Severity.WARNING}),
}
"""What fails a check, without --strict and with it."""


def _unread(name: str, error: CodecError) -> Finding:
    """Return why a file could not be read, as a finding among others."""
    return Finding(
        code=error.code,
        message=error.what,
        file=name,
        rule="Every file that is named can be read.",
        remedy=error.remedy,
    )


def _tell(found: Sequence[Finding], files: Sequence[str], form: str) -> None:
    """Print findings, with how many there are of each severity."""
    counted = {grade: sum(each.severity is grade for each in found) for grade in Severity}
    if form == "sarif":
        say(_json(_sarif(found)))
    elif form == "json":
        figures = {f"{grade.value}s": number for grade, number in counted.items()}
        told = [each.to_json() for each in found]
        say(_json({"files": list(files), **figures, "findings": told}))
    else:
        for each in found:
            say(harmless(str(each)))
        say(_summary(len(files), counted))


def _reading(name: str) -> PolicyReading:
    return read_policy(policy_path(name))


def _read_all(names: Sequence[str], form: str) -> list[PolicyReading]:
    """Return policies that could be read; none, once it is told, if one of them has errors."""
    readings = [_reading(name) for name in dict.fromkeys(names)]
    found = [each for reading in readings for each in reading.findings]
    if any(reading.policy is None for reading in readings):
        _tell(found, [reading.source.file for reading in readings], form)
        return []
    return readings


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


def _policy_of(reading: PolicyReading) -> Policy:
    """Return the policy of a reading without errors.

    Raises:
        DefinitionError: it has some.
    """
    if reading.policy is None:
        faults = tuple(each.to_fault() for each in reading.findings)
        raise DefinitionError(f"policy {reading.source.file}", faults)
    return reading.policy


# -- explain ---------------------------------------------------------------------------------------


def _explain(chosen: argparse.Namespace) -> int:
    from itsm_core.cli._policy_words import explained, told_for

    readings = _read_all([chosen.policy], chosen.format)
    if not readings:
        return _UNREADABLE
    policy = _policy_of(readings[0])
    opening = opening_of(chosen, policy)
    if opening is None:
        told = explained(policy)
    else:
        sketch, at = opening
        told = told_for(policy, sketch, at, zone=chosen.zone)
    say(_json(told.to_json()) if chosen.format == "json" else _lines(told.text))
    return 0


# -- test ------------------------------------------------------------------------------------------


def _test(paths: Iterable[Path], policy_name: str, form: str) -> int:
    refused: list[Finding] = []
    results: list[CaseResult] = []
    policies: dict[str, PolicyReading | CodecError] = {}
    code = 0
    for path in paths:
        try:
            each = read_expectations(path)
        except CodecError as error:  # the other files are run
            refused.append(_unread(str(path), error))
            code = _UNREADABLE
            continue
        refused += each.findings
        if each.findings:
            continue
        name = _policy_for(path, each, policy_name)
        is_new = name not in policies
        reading = policies.setdefault(name, _tried(name)) if is_new else policies[name]
        if isinstance(reading, PolicyReading) and reading.policy is not None:
            results += run_expectations(each, reading.policy)
            continue
        code = _UNREADABLE
        if is_new:
            refused += _why_not(name, reading)
    return max(code, _tell_results(results, refused, form))


def _tried(name: str) -> PolicyReading | CodecError:
    try:
        return _reading(name)
    except CodecError as error:
        return error


def _why_not(name: str, reading: PolicyReading | CodecError) -> Iterable[Finding]:
    return [_unread(name, reading)] if isinstance(reading, CodecError) else reading.findings


def _tell_results(results: list[CaseResult], refused: list[Finding], form: str) -> int:
    """Print what came of the expectations, and return the exit code that this alone has."""
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
    faults = "1 fault" if refused == 1 else f"{refused} faults"
    return f"; {faults} in what was read" if refused else ""


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
    from itsm_core.cli._policy_words import zone_of

    readings = _read_all([chosen.old, chosen.new], chosen.format)
    if not readings:
        return _UNREADABLE
    ends = readings[0], readings[-1]  # one, if a policy is compared with itself
    old, new = (_policy_of(reading) for reading in ends)
    changes = policy_changes(old, new, (ends[0].source, ends[1].source))
    effect = None
    if chosen.log is not None:
        if not chosen.mapping:
            remedy = "name a mapping, such as --mapping servicenow_uci"
            raise InvalidValue("--log without --mapping", str(chosen.log), remedy)
        as_of = read_instant("--as-of", chosen.as_of, "") if chosen.as_of else None
        effect = effect_of(old, new, log=chosen.log, mapping=chosen.mapping, as_of=as_of)
    elif chosen.mapping or chosen.as_of:
        option = "--mapping" if chosen.mapping else "--as-of"
        given = chosen.mapping or chosen.as_of
        raise InvalidValue(f"{option} without --log", given, "add --log LOG.csv")
    names = ends[0].source.file, ends[1].source.file
    zone = zone_of(new)
    compared = Compared(old=names[0], new=names[1], changes=changes, effect=effect, zone=zone)
    say(_json(compared.to_json()) if chosen.format == "json" else _lines(compared.text()))
    return 0
