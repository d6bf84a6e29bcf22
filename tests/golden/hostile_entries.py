"""Every reader that takes JSON from outside, with valid documents for the hostile classes.

`test_hostile.py` looks for readers in the source: a new one needs its entry here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import attrs

from itsm_core.adapters import codec
from itsm_core.adapters.grouping_log import decode_grouping, encode_grouping
from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    PlainDates,
    WallTime,
    WeeklyHours,
    WorkingDays,
    YearlyDates,
    calendar_from_json,
    public_holidays,
)
from itsm_core.conditions import Condition, Kind, Schema, any_of, field
from itsm_core.contacts import Channel, Channels
from itsm_core.errors import DefinitionError
from itsm_core.escalation import EscalationRule, Ladder, Notify, ShareUsed
from itsm_core.events import CommitmentMade, TicketOpened, TicketPutOnHold, TicketResumed
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import SHIPPED, TICKET_SCHEMA, Lifecycle
from itsm_core.linking import (
    Evidence,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    TicketGrouped,
)
from itsm_core.metrics import METRICS, Metric
from itsm_core.policy import Policy, load_policy, policy_to_json, read_policy
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Lower,
    OverrideRule,
    PriorityDirectory,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    Raise,
)
from itsm_core.readers import read_json
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation, Swap
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, Verdict, evaluate
from tests.golden.hostile import Sample, leaves
from tests.golden.test_payloads import EVERY, FAMILIES, golden

__all__ = ["ENTRIES", "Entry"]

HOUR: Final = timedelta(hours=1)


@attrs.frozen(kw_only=True)
class Entry:
    """Hold one reader: `read` takes a text from outside, `write` gives the document back.

    `takes` takes values that Python's own `json.loads` has read, where a caller can give such;
    `covers` names the functions of the package that are called, `tolerates` the classes that are no
    harm to it.
    """

    name: str
    covers: tuple[str, ...]
    samples: tuple[Sample, ...]
    read: Callable[[str | bytes], Any]
    write: Callable[[Any], Any]
    takes: Callable[[Any], Any] | None = None
    tolerates: frozenset[str] = frozenset()


_OPEN_INSTANTS: Final = frozenset(
    {
        *("recorded_at", "expires_at"),
        *("began_at", "answered_at", "parted_at", "handled_at"),
    }
)
"""Instants of events that may be missing."""


def _payloads(family: str) -> Entry:
    """Return the reader of a family of payloads; every golden payload is a sample."""
    noun, kind = family.removesuffix("s"), FAMILIES[family]
    return Entry(
        name=noun,
        covers=(f"adapters/codec.py:decode_{noun}",),
        samples=tuple(
            Sample(
                name=name,
                document=read_json(golden(family, name)),
                nullable=_OPEN_INSTANTS,
                tags=frozenset({"type"}),
                form="version",
                longest=codec.PAYLOAD_LENGTH,
            )
            for each, name in EVERY
            if each == family
        ),
        read=kind.decode,
        write=lambda value: read_json(kind.encode(value)),
    )


def _definition(
    name: str, where: str, take: Callable[[Any], Any], values: Mapping[str, Any], **open_keys: Any
) -> Entry:
    """Return the reader of a definition: its text is read by `read_json`, then by `from_json`."""
    samples = tuple(
        Sample(name=f"{name} {each}", document=value.to_json(), **open_keys)
        for each, value in values.items()
    )
    return Entry(
        name=name,
        covers=(where, "readers.py:read_json"),
        samples=samples,
        read=lambda text: take(read_json(text)),
        write=lambda value: value.to_json(),
        takes=take,
    )


# --- conditions ----------------------------------------------------------------------------------

_SCHEMA: Final = Schema(
    name="case",
    fields={
        "priority": Kind.TEXT.of("P1", "P2"),
        "source": Kind.TEXT.optional(),
        "vip": Kind.BOOL,
        "cost": Kind.NUMBER,
        "opened": Kind.INSTANT,
        "effort": Kind.DURATION,
        "tags": Kind.TEXTS,
    },
)
_RULE: Final = any_of(
    field("priority").is_in("P1", "P2"),
    field("vip").is_(True),
    field("cost").is_above(Decimal("1.5")),
    field("opened").is_below(datetime(2026, 1, 5, 9, tzinfo=UTC)),
    field("effort").is_at_least(8 * HOUR),
    field("tags").contains("red"),
    field("source").is_missing(),
) & ~field("cost").is_(5)


def _conditions() -> Iterator[Entry]:
    condition = Condition(schema=_SCHEMA, rule=_RULE)
    take: Callable[[Any], Any] = lambda data: Condition.from_json(data, _SCHEMA)  # noqa: E731
    where = "conditions/_condition.py:from_json"
    entry = _definition("condition", where, take, {"of every kind": condition}, digits=30)
    yield entry
    yield attrs.evolve(
        entry,
        name="text of condition",
        covers=("conditions/_condition.py:loads",),
        samples=tuple(attrs.evolve(each, longest=1_048_576) for each in entry.samples),
        read=lambda text: Condition.loads(cast("str", text), _SCHEMA),
        takes=None,
    )
    yield _definition(
        "schema",
        "conditions/_schema.py:from_json",
        Schema.from_json,
        {"of every kind": _SCHEMA, "of tickets": TICKET_SCHEMA},
        free=frozenset({"fields"}),
        tags=frozenset({"kind"}),
    )


# --- calendars -----------------------------------------------------------------------------------

_OFFICE: Final = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE", subdivision="BE", language="de")
    | YearlyDates(["12-24"])
    | PlainDates([date(2026, 5, 15)]),
    exceptions={date(2026, 12, 31): "09:00-12:00", date(2026, 6, 1): ""},
    holiday_scope="shift_start",
)
_PLAIN: Final = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def _calendars() -> Entry:
    return _definition(
        "calendar",
        "calendars/_codec.py:calendar_from_json",
        calendar_from_json,
        cast(
            "dict[str, Calendar]",
            {
                "of an office": _OFFICE,
                "plain": _PLAIN,
                "of all time": ALWAYS,
                "of no time": NEVER,
                "joined": (_OFFICE | _PLAIN) - (ALWAYS & ~_PLAIN),
                "by versions": CalendarTimeline(
                    ((None, _PLAIN), (datetime(2026, 7, 1, tzinfo=UTC), _OFFICE))
                ),
            },
        ),
        free=frozenset({"exceptions"}),
        tags=frozenset({"kind", "holiday_scope"}),
    )


# --- priority ------------------------------------------------------------------------------------

_MODIFIERS: Final = (
    PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise()),
    PriorityModifier(name="old", when=field("age").is_at_least(4 * HOUR), effect=Lower(2)),
    PriorityModifier(
        name="core", when=field("service_criticality").is_("high"), effect=AtLeast("P2")
    ),
)
_POLICY: Final = PriorityPolicy(
    name="full",
    matrix=ITIL_MATRIX,
    modifiers=_MODIFIERS,
    major="P0",
    directory=PriorityDirectory(
        service_criticality={"mail": "high"},
        configuration_item_criticality={"srv-1": "low"},
        vips={"boss", "owner"},
    ),
    overrides=OverrideRule(approvers_required=1, roles={"lead"}, longest=24 * HOUR),
)


def _priorities() -> Iterator[Entry]:
    free = frozenset({"service_criticality", "configuration_item_criticality"})
    optional = frozenset({"name", "reason_not_monotone"})
    open_keys = {"free": free, "nullable": frozenset({"longest_us"}), "digits": 30}
    place = "priority/{}.py:from_json".format
    yield _definition(
        "priority policy",
        place("_policy"),
        PriorityPolicy.from_json,
        {"full": _POLICY},
        **open_keys,
        optional=optional,
    )
    yield _definition(
        "priority matrix",
        place("_matrix"),
        PriorityMatrix.from_json,
        {"of ITIL": ITIL_MATRIX},
        optional=optional,
    )
    yield _definition(
        "priority modifier",
        place("_modifiers"),
        PriorityModifier.from_json,
        {each.name: each for each in _MODIFIERS},
        digits=30,
    )
    yield _definition(
        "override rule",
        place("_override"),
        OverrideRule.from_json,
        {"strict": _POLICY.overrides},
        **open_keys,
    )
    yield _definition(
        "priority directory",
        place("_facts"),
        PriorityDirectory.from_json,
        {"of names": _POLICY.directory},
        **open_keys,
    )


# --- verdicts ------------------------------------------------------------------------------------


def _verdict() -> Verdict:
    ticket, nine = TicketId("INC-1"), datetime(2026, 1, 5, 9, tzinfo=UTC)
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=_PLAIN,
        targets=(
            ServiceLevelTarget(metric="response", goals={"P1": WallTime(HOUR)}, calendar=ALWAYS),
            ServiceLevelTarget(
                metric="resolution",
                goals={"P1": WorkingDays(1)},
                pause_on={"awaiting_requester"},
                warn_at_ratios=(0.25, 0.75),
            ),
            ServiceLevelTarget(metric="commitment"),
        ),
    )
    history = (
        TicketOpened(ticket_id=ticket, occurred_at=nine, priority="P1"),
        CommitmentMade(
            ticket_id=ticket, occurred_at=nine + HOUR, commitment_id="c", due_at=nine + 3 * HOUR
        ),
        TicketPutOnHold(
            ticket_id=ticket, occurred_at=nine + 2 * HOUR, state="h", reason="awaiting_requester"
        ),
        TicketResumed(ticket_id=ticket, occurred_at=nine + 4 * HOUR, state="w"),
    )
    return evaluate(history, agreement, as_of=nine + 30 * HOUR).verdict()


def _verdicts() -> Iterator[Entry]:
    entry = _definition(
        "verdict",
        "sla/_verdict.py:from_json",
        Verdict.from_json,
        {"of three clocks": _verdict()},
        nullable=frozenset(
            {
                "known_at",
                "due",
                "projected_due",
                "stopped",
                "cancelled",
                "breached",
                "raw_due",
                "cut_off",
            }
        ),
        tags=frozenset({"state", "raw_state"}),
        form="format",
    )
    yield entry
    yield attrs.evolve(
        entry,
        name="text of verdict",
        covers=("sla/_verdict.py:loads",),
        samples=tuple(attrs.evolve(each, longest=4_000_000) for each in entry.samples),
        read=lambda text: Verdict.loads(cast("str", text)),
        takes=None,
    )


# --- rosters, escalation, channels ---------------------------------------------------------------

_ROSTER: Final = Roster(
    name="first line",
    layers=(
        Rotation(
            name="weeks",
            people=("ana", ("ben", "cy")),
            zone="Europe/Berlin",
            start_on="2026-01-05",
            hand_off="09:00",
            restriction=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
        ),
        Rotation(
            name="nights", people=("dan",), zone="UTC", start_on="2026-01-05", restriction=_PLAIN
        ),
    ),
    overrides=(
        Override(start="2026-01-08T00:00Z", end="2026-01-09T00:00Z", people=("eve",), reason="x"),
    ),
    swaps=(Swap(giver="ben", taker="ana", start="2026-01-14T00:00Z", end="2026-01-15T00:00Z"),),
    absences=(
        Absence(person="ana", start="2026-02-01T00:00Z", end="2026-02-03T00:00Z", substitute="ben"),
    ),
    responders=(Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 22:00-07:00")),),
)
_RULE_OF_LADDER: Final = EscalationRule(
    name="nearly due",
    trigger=ShareUsed(clock="response", ratio=0.75),
    when=field("priority").is_in("P1", "P2"),
    actions=(Notify(target="assignee"),),
    repeat_every=HOUR,
    repeat_times=3,
)
_LADDER: Final = Ladder(name="first", rules=(_RULE_OF_LADDER,))
_CHANNELS: Final = Channels(
    channels=(Channel(name="phone", route="first line", hours="office"), Channel(name="walk-up"))
)


def _with_text(
    name: str, where: str, kind: Any, value: Any, **open_keys: Any
) -> tuple[Entry, Entry]:
    """Return the two readers of a definition that reads its own text as well."""
    entry = _definition(name, f"{where}:from_json", kind.from_json, {"sample": value}, **open_keys)
    return entry, attrs.evolve(
        entry,
        name=f"text of {name}",
        covers=(f"{where}:loads",),
        samples=tuple(attrs.evolve(each, longest=4_000_000) for each in entry.samples),
        read=kind.loads,
        takes=None,
    )


def _people() -> Iterator[Entry]:
    nullable = frozenset({"end_on", "restriction", "quiet", "acknowledge_within"})
    kinds = frozenset({"kind"})
    yield from _with_text(
        "roster", "rosters/_roster.py", Roster, _ROSTER, nullable=nullable, tags=kinds
    )
    yield from _with_text("channels", "contacts/_channels.py", Channels, _CHANNELS)
    rules = frozenset({"when", "repeat_every", "acknowledge_within", "acknowledged_for"})
    yield from _with_text(
        "ladder", "escalation/_rules.py", Ladder, _LADDER, nullable=rules, tags=kinds, digits=30
    )


# --- figures and groups --------------------------------------------------------------------------


def _metrics() -> Iterator[Entry]:
    names = ("resolved-within-24h", "fcr-one-hour", "backlog-age-p90", "time-by-group")
    for name in names:
        yield from _with_text(
            f"metric {name}",
            "metrics/_definitions/_metric.py",
            Metric,
            METRICS[name],
            nullable=frozenset({"where", "within", "share", "limit"}),
            tags=frozenset({"kind", "dashboard"}),
        )


def _groupings() -> Entry:
    first, second = TicketId("INC-1"), TicketId("INC-2")
    evidence = Evidence(name="title", contribution=1.5, detail="rare words", terms=("payroll",))
    link = Link(ticket_id=second, other=first, log_odds=1.5, evidence=(evidence,))
    told = (
        GroupStarted(group_id=first, ticket_id=first, at_us=1),
        TicketGrouped(group_id=first, ticket_id=second, at_us=2, links=(link,)),
        PairJudged(ticket_id=first, other=second, verdict="different", by=PersonId("ann"), at_us=3),
        GroupsMerged(group_id=first, absorbed=second, members=(second,), at_us=4),
        GroupSplit(group_id=first, new_group_id=second, members=(second,), at_us=5),
    )
    return Entry(
        name="grouping event",
        covers=("adapters/grouping_log.py:decode_grouping",),
        samples=tuple(
            Sample(
                name=type(each).__name__,
                document=json.loads(encode_grouping(each)),
                tags=frozenset({"type", "verdict"}),
                form="version",
                longest=1 << 22,
            )
            for each in told
        ),
        read=decode_grouping,
        write=lambda value: json.loads(encode_grouping(value)),
    )


# --- policy files --------------------------------------------------------------------------------

_POLICY_FILE: Final[dict[str, Any]] = {
    "name": "small",
    "calendars": {
        "office": {
            "zone": "Europe/Berlin",
            "hours": "Mo-Fr 09:00-17:00",
            "holidays": {"yearly": ["12-24"]},
            "exceptions": {"2026-06-19": "08:00-12:00"},
        }
    },
    "matrix": {
        "impacts": ["high", "low"],
        "urgencies": ["high"],
        "priorities": ["P1", "P2"],
        "cells": {"high": {"high": "P1"}, "low": {"high": "P2"}},
    },
    "priority": {
        "major": "P0",
        "modifiers": [
            {"name": "v", "when": {"field": "vip", "operator": "is", "value": True}, "raise": 1}
        ],
        "overrides": {"approvers_required": 1, "roles": ["lead"], "longest": "24h"},
    },
    "rosters": {
        "network": {
            "layers": [
                {
                    "name": "weeks",
                    "people": [["ana", "ben"]],
                    "zone": "UTC",
                    "start_on": "2026-01-05",
                }
            ],
        }
    },
    "channels": {"phone": {"official": True, "route": "desk", "hours": "office"}},
    "agreements": [
        {
            "id": "gold",
            "version": 2,
            "calendar": "office",
            "when": {"service": ["mail"]},
            "response": {"goals": {"P0": "15m", "P1": "30m", "P2": "1 working day"}},
            "resolution": {
                "goals": {"P1": "4h", "P2": "wall 2h"},
                "pause_on": ["awaiting_requester"],
                "warn_at": [0.5, 0.75],
            },
        }
    ],
}
_OWN_KEYS: Final = (
    "calendars",
    "exceptions",
    "cells",
    "high",
    "low",
    "rosters",
    "channels",
    "goals",
)


def _read_policy(given: str | bytes) -> Policy:
    """Return the policy of a JSON file, as `load_policy` does; bytes go through a file."""
    if isinstance(given, bytes):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "policy.json"
            file.write_bytes(given)
            return load_policy(file)
    reading = read_policy(given, format="json")
    if reading.policy is None:
        faults = tuple(each.to_fault() for each in reading.findings)
        raise DefinitionError("policy", faults[:20])
    return reading.policy


def _policy_files() -> Entry:
    # Every key may be left out, where another fault does not come of it.
    keys = {part for path, _ in leaves(_POLICY_FILE) for part in path if isinstance(part, str)}
    return Entry(
        name="policy file",
        covers=("policy/_reading.py:load_policy", "policy/_reading.py:read_policy"),
        samples=(
            Sample(
                name="policy file",
                document=_POLICY_FILE,
                free=frozenset(_OWN_KEYS),
                optional=frozenset(keys),
                tags=frozenset({"operator", "zone", "calendar"}),
                either=frozenset({"people"}),  # a turn is one person or several
            ),
        ),
        read=_read_policy,
        write=policy_to_json,
        tolerates=frozenset({"byte order mark"}),  # which editors on Windows write
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *map(_payloads, FAMILIES),
    _definition(
        "lifecycle",
        "lifecycle/_values.py:from_json",
        Lifecycle.from_json,
        {each.name: each for each in SHIPPED if each.name in ("incident", "normal_change")},
        optional=frozenset({"guard", "approvals", "separate_from"}),
        tags=frozenset({"category", "operator"}),
    ),
    *_conditions(),
    _calendars(),
    *_priorities(),
    *_verdicts(),
    *_people(),
    *_metrics(),
    _groupings(),
    _policy_files(),
)
"""Every reader of JSON from outside that the package has."""
