"""Expectations: the story of a ticket, and what a policy is to make of it, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from itsm_core.calendars import load_zone, resolve_local
from itsm_core.documents import FORMATS, Faults, SyntaxFault, Table, parse_document, path_text
from itsm_core.documents._files import read_text
from itsm_core.errors import CodecError, InvalidValue, ItsmError, did_you_mean
from itsm_core.policy._findings import Finding
from itsm_core.policy._source import PolicySource
from itsm_core.spans import micros

__all__ = [
    "DOINGS",
    "Case",
    "Expectations",
    "ExpectedClock",
    "Step",
    "on_the_wall",
    "read_expectations",
]

_MOST_STEPS: Final = 1_000
_EXPECTED: Final = ("agreement", "escalation", "priority")
"""What may be expected beside clocks."""
_NONE: Final = "none"
_STATES: Final = ("not started", "running", "paused", "met", "breached", "cancelled")
TICKET_KEYS: Final = (
    "impact",
    "urgency",
    "priority",
    "service",
    "category",
    "channel",
    "configuration_item_id",
    "group",
    "assignee",
    "requester",
    "title",
    "ticket_type",
)
"""What a case may say of its ticket; `priority` stands for any cell that gives it."""

DOINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "answer": (),
    "approve": ("note",),
    "assign": ("group", "assignee"),
    "cancel": ("reason",),
    "close": (),
    "contact": (),
    "end override": ("reason",),
    "hold": ("reason", "evidence"),
    "override": ("priority", "reason", "approver"),
    "prioritise": ("impact", "urgency", "reason"),
    "reclassify": ("service", "category", "configuration_item_id"),
    "reopen": ("reason",),
    "resolve": ("resolution_code",),
    "resume": (),
    "start": (),
    "trigger": ("name", "reason"),
}
"""What can happen in a story, and what more each step may say."""


@attrs.frozen(kw_only=True)
class Step:
    """Hold one thing that happens in a story: when, what, and by whom.

    Without `by` the desk acts, or the requester where only that makes sense; `roles` None is every
    role. `refused` is the code of the reason for which the lifecycle is expected to say no.
    """

    path: str
    at: datetime
    do: str
    fields: Mapping[str, str]
    automatic: bool = False
    by: str = ""
    roles: tuple[str, ...] | None = None
    refused: str = ""


@attrs.frozen(kw_only=True)
class ExpectedClock:
    """Hold what is expected of one clock; None is not asked about.

    `due_at` is the due instant of the last cycle, while it is paused the one that it would have if
    work went on at once.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.policy import read_expectations
    >>> text = '''zone = "UTC"
    ... [[cases]]
    ... name = "Answered at once"
    ... opened = "2026-01-05 09:00"
    ... ticket = { priority = "P2" }
    ... [cases.expect]
    ... response = { due = "2026-01-05 09:30", state = "running" }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.expect.toml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     (clock,) = read_expectations(path).cases[0].clocks
    >>> clock.name, clock.state, clock.due_at.isoformat()
    ('response', 'running', '2026-01-05T09:30:00+00:00')
    """

    path: str
    name: str
    due_at: datetime | None = None
    state: str | None = None
    cycles: int | None = None


@attrs.frozen(kw_only=True)
class Case:
    """Hold a story and what is expected of it.

    `agreement` is an id, or "none"; None is not asked about. `as_of` is the instant of judging,
    by default that of the last step. `escalation` names the rules whose steps come due up to then,
    in their order; an empty one says that none does.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.policy import read_expectations
    >>> text = '''zone = "UTC"
    ... [[cases]]
    ... name = "Answered within the hour"
    ... opened = "2026-01-05 09:00"
    ... ticket = { priority = "P2" }
    ... events = [{ at = "2026-01-05 09:20", do = "answer" }]
    ... expect = { priority = "P2" }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.expect.toml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     (case,) = read_expectations(path).cases
    >>> case.steps[0].do, case.as_of.isoformat(), case.priority
    ('answer', '2026-01-05T09:20:00+00:00', 'P2')
    """

    path: str
    name: str
    opened_at: datetime
    ticket: Mapping[str, str]
    steps: tuple[Step, ...] = ()
    as_of: datetime
    agreement: str | None = None
    priority: str | None = None
    escalation: tuple[str, ...] | None = None
    clocks: tuple[ExpectedClock, ...] = ()


@attrs.frozen(kw_only=True)
class Expectations:
    """Hold a file of expectations as read: its cases, or the findings that refuse it.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.policy import read_expectations
    >>> text = '''[[cases]]
    ... name = "No date"
    ... opened = "on Monday"
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.expect.toml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     read = read_expectations(path)
    >>> for found in read.findings:
    ...     print(f"line {found.line}: {found.path}: {found.code}")
    line 3: cases[0].opened: wrong-value
    line 1: cases[0].expect: missing-key
    """

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    source: PolicySource
    policy: str = ""
    zone: str = "UTC"


def read_expectations(path: str | Path) -> Expectations:
    """Read a file of expectations (TOML, JSON or YAML by its ending); content never raises.

    What is wrong in the file is in `findings`, each with its line; then there are no cases.

    Raises:
        CodecError: the file cannot be read, is not UTF-8, too large, or of another ending.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.policy import read_expectations
    >>> text = '''policy = "demo"
    ... zone = "UTC"
    ... [[cases]]
    ... name = "Nobody answers"
    ... opened = "2026-01-05 09:00"
    ... ticket = { priority = "P2", service = "warehouse-interface" }
    ... as_of = "2026-01-05 10:00"
    ... expect = { response = { state = "breached" } }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.expect.toml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     expectations = read_expectations(path)
    >>> expectations.policy, [case.name for case in expectations.cases], expectations.findings
    ('demo', ['Nobody answers'], ())
    """
    path = Path(path)
    kind = FORMATS.get(path.suffix)
    if kind is None:
        remedy = f"name a file that ends in {', '.join(FORMATS)}"
        raise CodecError("the format is not known", f"expectations {path}", path.suffix, remedy)
    text = read_text(path, "file of expectations")
    parsed = parse_document(text, kind)
    source = PolicySource(
        text=text, file=str(path), format=kind, values=parsed.values, spots=parsed.spots
    )
    syntax = tuple(_syntax(fault, source) for fault in parsed.faults)
    if parsed.values is None:
        return Expectations(cases=(), findings=syntax, source=source)
    faults = Faults(f"expectations {path}")
    table = Table(parsed.values, "", faults)
    reader = _Reader(faults, table)
    cases = reader.cases()
    found = (
        *syntax,
        *(
            source.finding(
                each.code,
                each.message,
                each.where,
                value=each.value,
                remedy=each.remedy,
                at_key=each.code == "unknown-key",
            )
            for each in faults.found
        ),
    )
    return Expectations(
        cases=() if found else cases,
        findings=found,
        source=source,
        policy=reader.policy,
        zone=reader.zone,
    )


def _syntax(fault: SyntaxFault, source: PolicySource) -> Finding:
    """Return what keeps a text, or one key of it, from being read."""
    return Finding(
        code=fault.code,
        message=fault.message,
        path=path_text(fault.path),
        file=source.file,
        line=fault.place.line,
        column=fault.place.column,
        value=fault.value,
        remedy=fault.remedy,
    )


class _Reader:
    """Turn the tables of a file into cases; what is wrong is noted, not raised."""

    def __init__(self, faults: Faults, top: Table) -> None:
        self.faults = faults
        self.top = top
        self.policy = top.text("policy", "")
        self.zone = top.text("zone", "UTC")
        if faults.attempt("zone", lambda: load_zone(self.zone)) is None:
            self.zone = "UTC"

    def cases(self) -> tuple[Case, ...]:
        """Return every case that could be read."""
        tables = self.top.tables("cases")
        if not tables and not self.faults.found:
            remedy = "add a [[cases]] table; see the guide on testing a policy"
            self.faults.add("missing-key", "nothing is expected", "cases", remedy=remedy)
        found = [self._case(table) for table in tables]
        self.top.finish()
        return tuple(each for each in found if each is not None)

    def _case(self, table: Table) -> Case | None:
        name = table.text("name")
        opened_at = self._instant(table, "opened", required=True)
        ticket = self._ticket(table.table("ticket"))
        steps = self._steps(table, opened_at)
        as_of = self._instant(table, "as_of", required=False)
        expect = table.table("expect", required=True)
        agreement = self._optional(expect, "agreement")
        priority = self._optional(expect, "priority")
        escalation = self._escalation(expect)
        clocks = tuple(
            self._clock(key, expect.table(key))
            for key in expect.values
            if key not in _EXPECTED and not self._is_slip(key, expect)
        )
        if not expect.values and "expect" in table:
            remedy = "write what the policy is to make of the story"
            self.faults.add("empty", "expects nothing", expect.path, remedy=remedy)
        expect.finish()
        table.finish()
        if opened_at is None:
            return None
        last = max((each.at for each in steps), default=opened_at)
        if as_of is not None and as_of < opened_at:
            remedy = "judge it at or after its opening"
            self.faults.add(
                "wrong-order", "is before the opening", table.at("as_of"), remedy=remedy
            )
        return Case(
            path=table.path,
            name=name,
            opened_at=opened_at,
            ticket=ticket,
            steps=steps,
            as_of=as_of or last,
            agreement=agreement,
            priority=priority,
            escalation=escalation,
            clocks=clocks,
        )

    def _is_slip(self, key: str, expect: Table) -> bool:
        """Return whether a text stands where a clock does: a misspelt key, which is noted."""
        value = expect.values[key]
        if not isinstance(value, str):
            return False
        expect.asked.add(key)
        near = did_you_mean(key, _EXPECTED)
        remedy = f"write {' or '.join(_EXPECTED)}, or a clock with {{ due = ..., state = ... }}"
        what = f"is not a key of what is expected{near}"
        self.faults.add("unknown-key", what, expect.at(key), value=key, remedy=remedy)
        return True

    def _ticket(self, table: Table) -> dict[str, str]:
        found = {key: table.text(key, "") for key in TICKET_KEYS if key in table}
        if "priority" in found and ("impact" in found or "urgency" in found):
            remedy = "give impact and urgency, or the priority that they lead to"
            self.faults.add("wrong-value", "says it twice", table.at("priority"), remedy=remedy)
        table.asked.update(TICKET_KEYS)
        table.finish()
        return found

    def _steps(self, table: Table, opened_at: datetime | None) -> tuple[Step, ...]:
        tables = table.tables("events")
        if len(tables) > _MOST_STEPS:
            message, remedy = f"has {len(tables):,} events", f"tell at most {_MOST_STEPS:,}"
            self.faults.add("too-many", message, table.at("events"), remedy=remedy)
            return ()
        steps: list[Step] = []
        before = opened_at
        for inner in tables:
            step = self._step(inner)
            if step is None:
                continue
            if before is not None and step.at < before:
                remedy = "tell a story in its order, from the opening on"
                what = "is before the step above it, or before the opening"
                self.faults.add("wrong-order", what, inner.at("at"), remedy=remedy)
            before = step.at
            steps.append(step)
        return tuple(steps)

    def _step(self, table: Table) -> Step | None:
        at = self._instant(table, "at", required=True)
        do = table.choice("do", DOINGS)
        automatic = table.flag("automatic", default=False)
        fields = {key: table.text(key, "") for key in DOINGS[do] if key in table}
        by, refused = table.text("by", ""), table.text("refused", "")
        roles = table.texts("roles") if "roles" in table else None
        table.asked.update((*DOINGS[do], "roles"))
        table.finish()
        self._check_name(table, fields.get("name", ""))
        if at is None:
            return None
        return Step(
            path=table.path,
            at=at,
            do=do,
            fields=fields,
            automatic=automatic,
            by=by,
            roles=roles,
            refused=refused,
        )

    def _check_name(self, table: Table, name: str) -> None:
        """Note a trigger that has a word of its own."""
        word = name.replace("_", " ")
        if word in DOINGS:
            what = f"{name!r} is no trigger of a lifecycle's own"
            remedy = f'write do = "{word}"'
            self.faults.add("wrong-value", what, table.at("name"), value=name, remedy=remedy)

    def _clock(self, name: str, table: Table) -> ExpectedClock:
        due_at = self._instant(table, "due", required=False)
        state = table.choice("state", _STATES) if "state" in table else None
        cycles = table.whole("cycles", 1) if "cycles" in table else None
        table.asked.update(("due", "state", "cycles"))
        if not table.values:
            remedy = "write due, state or cycles, or remove the clock"
            self.faults.add("empty", "expects nothing", table.path, remedy=remedy)
        table.finish()
        return ExpectedClock(path=table.path, name=name, due_at=due_at, state=state, cycles=cycles)

    def _escalation(self, expect: Table) -> tuple[str, ...] | None:
        """Return the rules that are expected to act; "none" is no rule."""
        value = expect.values.get("escalation")
        if isinstance(value, str):
            expect.asked.add("escalation")
            if value != _NONE:
                remedy = 'write "none", or a list of the rules that act: ["late"]'
                what, at = "says neither none nor which rules", expect.at("escalation")
                self.faults.add("wrong-value", what, at, value=value, remedy=remedy)
            return ()
        return None if value is None else expect.texts("escalation")

    @staticmethod
    def _optional(table: Table, key: str) -> str | None:
        return table.text(key) if key in table else None

    def _instant(self, table: Table, key: str, *, required: bool) -> datetime | None:
        """Return an instant: with its own offset, else on the wall clock of the file's zone."""
        table.asked.add(key)
        if key not in table.values:
            if required:
                remedy = f'add {key} = "2026-03-27 16:50"'
                self.faults.add("missing-key", "is missing", table.at(key), remedy=remedy)
            return None
        value = table.values[key]
        try:
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            if isinstance(value, datetime):
                return on_the_wall(value, self.zone)
        except ItsmError as error:
            self.faults.add_error(error, table.at(key))
            return None
        except ValueError:
            pass  # told below, like every other value that is no instant
        self.faults.add(
            "wrong-value",
            "is not a date with a time",
            table.at(key),
            value=value,
            remedy='write "2026-03-27 16:50", or "2026-03-27T16:50+01:00" with an offset',
        )
        return None


def on_the_wall(value: datetime, zone: str) -> datetime:
    """Return the instant of a time; without an offset it is what a clock on the wall shows.

    Raises:
        InvalidValue: the zone skips the time, or has it twice; `InstantOutOfRange` beyond the
            years that there are.
    """
    if value.tzinfo is not None:
        micros(value)
        return value
    day, clock = value.date(), value.time().replace(fold=0)
    first = resolve_local(day, clock, zone)
    second = resolve_local(day, clock.replace(fold=1), zone)
    shown = value.isoformat(sep=" ", timespec="minutes")
    if first.replace(tzinfo=None) != value:
        after = first.isoformat(sep=" ", timespec="minutes")
        what = f"the clock in {zone} never shows this time: it is put forward over it"
        raise InvalidValue(what, shown, f"write the time after it, such as {after}")
    if first.utcoffset() != second.utcoffset():
        either = " or ".join(
            each.isoformat(sep=" ", timespec="minutes") for each in (first, second)
        )
        what = f"the clock in {zone} shows this time twice"
        raise InvalidValue(what, shown, f"add the offset: {either}")
    return first
