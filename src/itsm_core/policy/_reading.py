"""Read a policy: a file, a text or a bundled name; everything wrong with it, at its place."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from itsm_core.documents import FORMATS, parse_document
from itsm_core.documents._files import MOST_BYTES, Undecodable, read_text
from itsm_core.errors import CodecError, DefinitionError, did_you_mean
from itsm_core.policy._building import build
from itsm_core.policy._converter import structured
from itsm_core.policy._findings import Finding
from itsm_core.policy._forms import PolicyForm
from itsm_core.policy._notes import Notes
from itsm_core.policy._source import PolicySource
from itsm_core.policy._values import Policy

__all__ = ["PolicyReading", "bundled_policies", "load_policy", "policy_path", "read_policy"]

_SHORT_NAMES: Final = {"uci": "servicenow_uci"}


@attrs.frozen(kw_only=True)
class PolicyReading:
    """Hold what came of reading a policy: the policy, or None and the findings that refuse it.

    >>> from itsm_core.policy import read_policy
    >>> read_policy("servicenow_uci").findings
    ()
    """

    policy: Policy | None
    findings: tuple[Finding, ...]
    source: PolicySource


def bundled_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the package.

    >>> "servicenow_uci" in bundled_policies()
    True
    """
    names = (item.name for item in (files("itsm_core.policy") / "samples").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_policy(
    source: str | Path,
    *,
    format: str = "",  # noqa: A002
    name: str = "",
) -> PolicyReading:
    r"""Return the policy of a file, of a bundled name or of a text, with everything wrong in it.

    A `str` with a line end, or one that comes with `format` ("toml", "json", "yaml"), is the text
    itself, and `name` what its findings call it; any other is a path or a bundled name. No
    content makes this raise.

    Raises:
        CodecError: there is no such file or bundled policy, it cannot be read, or its ending
            stands for no format.

    >>> reading = read_policy('[calendars.office]\nzone = "Europe/Berlim"\n', format="toml")
    >>> print(reading.findings[-1].line, reading.findings[-1].suggestion)
    2 Europe/Berlin
    """
    if isinstance(source, str) and (format or "\n" in source):
        kind = format or "toml"
        if kind not in FORMATS.values():
            known = dict.fromkeys(FORMATS.values())
            remedy = f"use one of {', '.join(known)}{did_you_mean(kind, known)}"
            raise CodecError("unknown format", "policy", kind, remedy)
        return _read(source, kind, name or "policy", Path(name or "policy").stem)
    path = policy_path(source)
    if path.is_dir():
        remedy = f"name a file in it, one that ends in {', '.join(FORMATS)}"
        raise CodecError("it is a folder, not a file", f"policy {path}", None, remedy)
    kind = format or FORMATS.get(path.suffix.lower(), "")
    if not kind:
        remedy = f"name a file that ends in {', '.join(FORMATS)}"
        raise CodecError("the ending stands for no format", f"policy {path}", path.suffix, remedy)
    try:
        text = read_text(path, "policy")
    except Undecodable as error:
        unread = PolicySource(text="", file=name or str(path), format=kind)
        notes = Notes(unread)
        notes.add("not-utf-8", error.what, (), remedy=error.remedy, place=error.place)
        return PolicyReading(policy=None, findings=notes.findings(), source=unread)
    return _read(text, kind, name or str(path), path.stem)


def _read(text: str, kind: str, name: str, stem: str) -> PolicyReading:
    if len(text) > MOST_BYTES:
        source = PolicySource(text="", file=name, format=kind)
        notes = Notes(source)
        remedy = "is this the right text?"
        notes.add("too-large", f"more than {MOST_BYTES:,} characters", (), remedy=remedy)
        return PolicyReading(policy=None, findings=notes.findings(), source=source)
    parsed = parse_document(text, kind)
    source = PolicySource(
        text=text.removeprefix("\ufeff"),
        file=name,
        format=kind,
        values=parsed.values,
        spots=parsed.spots,
    )
    notes = Notes(source)
    for fault in parsed.faults:
        notes.add_syntax(fault)
    if parsed.values is None:
        return PolicyReading(policy=None, findings=notes.findings(), source=source)
    form = structured(dict(parsed.values), PolicyForm, (), notes)
    policy = build(form, stem, notes)
    return PolicyReading(policy=policy, findings=notes.findings(), source=source)


def load_policy(source: str | Path) -> Policy:
    """Read a policy file, or a bundled policy by its name (`demo`, `servicenow_uci`, `msp`).

    A text with a path separator or an ending is a path.

    Raises:
        CodecError: there is no such file or bundled policy, or it cannot be read.
        DefinitionError: the file is not a policy; `faults` has every key path, value and remedy.

    >>> load_policy("servicenow_uci").matrix.policy.priorities
    ('P1', 'P2', 'P3', 'P4')
    """
    path = policy_path(source)
    reading = read_policy(path)
    if reading.policy is None:
        faults = tuple(each.to_fault() for each in reading.findings)
        raise DefinitionError(f"policy {path}", faults)
    return reading.policy


def policy_path(source: str | Path) -> Path:
    """Return the file that `load_policy` reads for a path or a bundled name.

    Raises:
        CodecError: there is no bundled policy of this name.

    >>> policy_path("servicenow_uci").name
    'servicenow_uci.toml'
    """
    path = Path(source)
    if isinstance(source, str) and path.name == source and not path.suffix:
        known = bundled_policies()
        source = _SHORT_NAMES.get(source, source)
        if source not in known:
            raise CodecError(
                f"there is no bundled policy of this name{did_you_mean(source, known)}",
                "policy",
                source,
                f"bundled policies: {', '.join(known)}; or give the path of a .toml file",
            )
        path = Path(str(files("itsm_core.policy") / "samples" / f"{source}.toml"))
    return path
