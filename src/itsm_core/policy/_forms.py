"""What a policy file may say: one class of forms a table, read strictly, documented and exported.

A field's metadata hold what the schema says of its key: `doc` in one sentence, `required`, an
`example`, the `key` where that is no name in Python. Names of other things are `Ref`; whether there
is such a thing is for the building to say. Adding a section is adding a class.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import attrs

from itsm_core.calendars import Goal, WeeklyHours
from itsm_core.policy._leaves import (
    Facts,
    Followed,
    Guard,
    Later,
    MonthAndDay,
    PriorityTest,
    Share,
    Start,
    Zone,
)
from itsm_core.policy._node import Form, Ref

Texts = tuple[Ref, ...]


def _says(doc: str, *, key: str = "", example: str = "", required: bool = False) -> dict[str, str]:
    """Return the metadata of a field."""
    told = {"doc": doc}
    if key:
        told["key"] = key
    if example:
        told["example"] = example
    if required:
        told["required"] = "yes"
    return told


# --- calendars -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class HolidaysForm(Form):
    """Close published, plain and yearly days together."""

    country: Ref = attrs.field(
        default=Ref(), metadata=_says("ISO 3166-1 code of the country.", example='"DE"')
    )
    subdivision: Ref = attrs.field(
        default=Ref(), metadata=_says("State or province of the country.", example='"BE"')
    )
    categories: Texts | None = attrs.field(
        default=None, metadata=_says('Which published days close; ["public"] unless given.')
    )
    language: Ref = attrs.field(default=Ref(), metadata=_says("Language of the rules."))
    dates: tuple[date, ...] = attrs.field(default=(), metadata=_says("Closed dates."))
    yearly: tuple[MonthAndDay, ...] = attrs.field(
        default=(), metadata=_says('Months and days that are closed each year, as in "12-24".')
    )
    feed: str = attrs.field(
        default="", metadata=_says("An iCalendar text whose all-day events close.")
    )


@attrs.frozen(kw_only=True)
class VersionForm(Form):
    """Name the calendar that holds from a day or an instant on; the first has no start."""

    start: Start | None = attrs.field(
        default=None, metadata=_says("From when on; a date begins in the calendar's zone.")
    )
    calendar: Ref = attrs.field(
        default=Ref(),
        metadata=_says("The calendar that holds then.", required=True, example='"office"'),
    )


@attrs.frozen(kw_only=True)
class CalendarForm(Form):
    """Give hours in a zone, or join calendars that stand before, or name versions."""

    zone: Zone | None = attrs.field(
        default=None, metadata=_says("IANA time zone.", example='"Europe/Berlin"')
    )
    hours: WeeklyHours | None = attrs.field(
        default=None, metadata=_says("Weekly hours.", example='"Mo-Fr 09:00-17:00"')
    )
    holidays: HolidaysForm | None = attrs.field(
        default=None, metadata=_says("Days that are closed.")
    )
    exceptions: dict[str, str] = attrs.field(
        factory=dict[str, str],
        metadata=_says('Hours of single dates, as in "2026-12-24" = "09:00-12:00"; "" is closed.'),
    )
    holiday_scope: Literal["civil_day", "shift_start"] = attrs.field(
        default="civil_day",
        metadata=_says("What a holiday closes: its day, or the shifts that start on it."),
    )
    any_of: Texts | None = attrs.field(
        default=None, metadata=_says("Open while any of these calendars is.")
    )
    all_of: Texts | None = attrs.field(
        default=None, metadata=_says("Open while all of these calendars are.")
    )
    minus: Texts | None = attrs.field(
        default=None, metadata=_says("Calendars taken out; of any_of, all_of, or of hours.")
    )
    not_: Ref | None = attrs.field(
        default=None, metadata=_says("Open while this calendar is not.", key="not")
    )
    versions: tuple[VersionForm, ...] = attrs.field(
        default=(), metadata=_says("Calendars that follow each other in time.")
    )


# --- priority ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class MatrixForm(Form):
    """Map impact and urgency to a priority, the gravest level of each first."""

    name: str = attrs.field(default="", metadata=_says("What the matrix is called."))
    impacts: Texts = attrs.field(
        default=(), metadata=_says("Levels of impact.", required=True, example='["high", "low"]')
    )
    urgencies: Texts = attrs.field(
        default=(), metadata=_says("Levels of urgency.", required=True, example='["high", "low"]')
    )
    priorities: Texts = attrs.field(
        default=(), metadata=_says("Priorities.", required=True, example='["P1", "P2"]')
    )
    cells: dict[str, dict[str, Ref]] = attrs.field(
        factory=dict[str, dict[str, Ref]],
        metadata=_says("A row an impact, a priority an urgency.", required=True, example="{ ... }"),
    )
    reason_not_monotone: str = attrs.field(
        default="", metadata=_says("Why a graver case may have the lower priority.")
    )


@attrs.frozen(kw_only=True)
class ModifierForm(Form):
    """Move the priority of tickets that a condition holds for, by exactly one effect."""

    name: Ref = attrs.field(
        default=Ref(), metadata=_says("What it is for.", required=True, example='"vip"')
    )
    when: PriorityTest | None = attrs.field(
        default=None,
        metadata=_says(
            "Condition over the priority's facts.",
            required=True,
            example='{ field = "vip", operator = "is", value = true }',
        ),
    )
    raise_: int | None = attrs.field(
        default=None, metadata=_says("More urgent by so many levels.", key="raise")
    )
    lower: int | None = attrs.field(default=None, metadata=_says("Less urgent by so many levels."))
    at_least: Ref | None = attrs.field(
        default=None, metadata=_says("As urgent as this priority, or more.")
    )
    set: Ref | None = attrs.field(default=None, metadata=_says("This priority, whatever it was."))


@attrs.frozen(kw_only=True)
class DirectoryForm(Form):
    """Hold what the desk knows of services, configuration items and people."""

    service_criticality: dict[str, str] = attrs.field(
        factory=dict[str, str], metadata=_says("Criticality of each service.")
    )
    configuration_item_criticality: dict[str, str] = attrs.field(
        factory=dict[str, str], metadata=_says("Criticality of each configuration item.")
    )
    vips: Texts = attrs.field(default=(), metadata=_says("People whose tickets are a VIP's."))


@attrs.frozen(kw_only=True)
class OverrideForm(Form):
    """Say who may override a priority, for how long, and whether a second person agrees."""

    approvers_required: int = attrs.field(
        default=0, metadata=_says("How many others must agree, 0 or 1.")
    )
    roles: Texts = attrs.field(default=(), metadata=_says("One of these roles is needed."))
    longest: timedelta | None = attrs.field(
        default=None, metadata=_says("An expiry within this time is needed.", example='"24h"')
    )


@attrs.frozen(kw_only=True)
class PriorityForm(Form):
    """Modify what the matrix gives, in the order of the file."""

    name: str = attrs.field(default="", metadata=_says("What the rule is called."))
    major: Ref = attrs.field(
        default=Ref(), metadata=_says("A level above the matrix.", example='"P0"')
    )
    modifiers: tuple[ModifierForm, ...] = attrs.field(
        default=(), metadata=_says("What moves a priority, in this order.")
    )
    directory: DirectoryForm | None = attrs.field(
        default=None, metadata=_says("What is known of services, items and people.")
    )
    overrides: OverrideForm | None = attrs.field(
        default=None, metadata=_says("Rules for overrides by hand.")
    )


# --- lifecycles ----------------------------------------------------------------------------------

Category = Literal["new", "active", "on_hold", "resolved", "closed", "cancelled"]


@attrs.frozen(kw_only=True)
class TransitionForm(Form):
    """Let a trigger move a ticket from any of `sources` to `target`."""

    trigger: Ref = attrs.field(
        default=Ref(),
        metadata=_says("The trigger of a command, or your own.", required=True, example='"start"'),
    )
    sources: Texts = attrs.field(default=(), metadata=_says("States in which it may happen."))
    target: Ref = attrs.field(
        default=Ref(), metadata=_says("The state it leads to; none where it records only.")
    )
    roles: Texts = attrs.field(default=(), metadata=_says("One of these roles is needed."))
    required: Texts = attrs.field(default=(), metadata=_says("Fields that must be filled."))
    guard: Guard | None = attrs.field(
        default=None, metadata=_says("Condition over the ticket before it.")
    )
    approvals: int = attrs.field(default=0, metadata=_says("How many people must have approved."))
    separate_from: Texts = attrs.field(
        default=(), metadata=_says("Whose person the actor must not be.")
    )


@attrs.frozen(kw_only=True)
class LifecycleForm(Form):
    """Hold the states of one kind of ticket and how it gets from one to another."""

    version: int = attrs.field(default=1, metadata=_says("Counts from 1; tickets pin it."))
    states: dict[str, Category] = attrs.field(
        factory=dict[str, Category],
        metadata=_says(
            "Each state with its category.", required=True, example='{ new = "new", ... }'
        ),
    )
    hold_reasons: Texts = attrs.field(default=(), metadata=_says("What may be waited for."))
    resume_on_contact: Texts = attrs.field(
        default=(), metadata=_says("Reasons that end when the requester gets in touch.")
    )
    transitions: tuple[TransitionForm, ...] = attrs.field(
        default=(),
        metadata=_says("How tickets move.", required=True, example='[{ trigger = "open", ... }]'),
    )


# --- agreements ----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class PauseLimitForm(Form):
    """Bound the pauses for one reason; `*` is any reason."""

    reason: Ref = attrs.field(
        default=Ref(),
        metadata=_says("The hold reason.", required=True, example='"awaiting_requester"'),
    )
    longest: Goal | None = attrs.field(default=None, metadata=_says("The longest single pause."))
    budget: timedelta | None = attrs.field(
        default=None, metadata=_says("Counted time of all such pauses of a cycle.")
    )
    needs_evidence: bool = attrs.field(
        default=False, metadata=_says("Without evidence the clock does not pause.")
    )


@attrs.frozen(kw_only=True)
class RulesForm(Form):
    """Replace the conditions of a clock; the short forms stand for those of `ola` and `uc`."""

    held_by: Texts | None = attrs.field(
        default=None, metadata=_says("Run while one of these groups holds the ticket.")
    )
    waiting_for: Texts | None = attrs.field(
        default=None, metadata=_says("Run while on hold for one of these reasons.")
    )
    start: Facts | None = attrs.field(default=None, metadata=_says("Begins a cycle."))
    stop: Facts | None = attrs.field(default=None, metadata=_says("Fulfils it."))
    cancel: Facts | None = attrs.field(default=None, metadata=_says("Ends it unfulfilled."))
    reset: Facts | None = attrs.field(default=None, metadata=_says("Begins the next one."))
    pause: Facts | None = attrs.field(default=None, metadata=_says("Stands still while it holds."))
    resume: Facts | None = attrs.field(default=None, metadata=_says("Ends a pause."))


@attrs.frozen(kw_only=True)
class TargetForm(Form):
    """Promise one thing, within a goal that depends on the priority."""

    metric: Ref = attrs.field(
        default=Ref(), metadata=_says("What is measured; the table's name unless given.")
    )
    goals: dict[str, Goal] = attrs.field(
        factory=dict[str, Goal],
        metadata=_says('A goal a priority; "*" is every other one.', example='{ P1 = "4h" }'),
    )
    calendar: Ref = attrs.field(default=Ref(), metadata=_says("In place of the agreement's."))
    rules: RulesForm | None = attrs.field(
        default=None, metadata=_says("In place of the metric's own conditions.")
    )
    pause_on: Texts | None = attrs.field(
        default=None, metadata=_says("Hold reasons during which the clock stands still.")
    )
    pause_limits: tuple[PauseLimitForm, ...] = attrs.field(
        default=(), metadata=_says("Bounds of those pauses.")
    )
    anchor: Literal["occurred", "registered", "opened"] = attrs.field(
        default="occurred", metadata=_says("The instant from which time counts.")
    )
    retarget: Literal["from_start", "from_change", "share", "keep"] = attrs.field(
        default="from_start", metadata=_says("What a change of priority or agreement does.")
    )
    reopen: Literal["exclude_closed", "include_closed", "new_cycle", "ignore"] = attrs.field(
        default="exclude_closed", metadata=_says("What a reopening does.")
    )
    warn_at: tuple[Share, ...] = attrs.field(
        default=(Share(0.75),), metadata=_says("Shares of the goal at which to warn.")
    )


@attrs.frozen(kw_only=True)
class LegForm(Form):
    """Rest a target of this agreement on a target of another one."""

    clock: Ref = attrs.field(
        default=Ref(),
        metadata=_says("This agreement's target.", required=True, example='"resolution"'),
    )
    agreement: Ref = attrs.field(
        default=Ref(),
        metadata=_says("Id of the other agreement.", required=True, example='"network-ola"'),
    )
    leg_clock: Ref = attrs.field(
        default=Ref(), metadata=_says("Its target.", required=True, example='"ola"')
    )
    version: int | None = attrs.field(
        default=None, metadata=_says("Which version of it, where there are several.")
    )


@attrs.frozen(kw_only=True)
class WhenForm(Form):
    """Ask which tickets an agreement takes: lists of values, `*` being any text."""

    category: Texts | None = attrs.field(default=None, metadata=_says("Categories."))
    channel: Texts | None = attrs.field(default=None, metadata=_says("Channels."))
    group: Texts | None = attrs.field(default=None, metadata=_says("Groups."))
    priority: Texts | None = attrs.field(default=None, metadata=_says("Priorities."))
    requester: Texts | None = attrs.field(default=None, metadata=_says("Requesters."))
    service: Texts | None = attrs.field(default=None, metadata=_says("Services."))
    ticket_type: Texts | None = attrs.field(default=None, metadata=_says("Types of ticket."))


@attrs.frozen(kw_only=True)
class AgreementForm(Form):
    """Hold what is promised to whom; a table a metric, or named ones in `targets`."""

    id: Ref = attrs.field(default=Ref(), metadata=_says("The id.", required=True, example='"gold"'))
    version: int = attrs.field(default=1, metadata=_says("Counts from 1."))
    title: str = attrs.field(default="", metadata=_says("What people call it."))
    calendar: Ref = attrs.field(
        default=Ref(),
        metadata=_says("In which time counts.", required=True, example='"office"'),
    )
    kind: Literal["sla", "ola", "uc"] = attrs.field(
        default="sla", metadata=_says("With requesters, with groups, or with suppliers.")
    )
    when: WhenForm | None = attrs.field(default=None, metadata=_says("Which tickets it takes."))
    applies_to: Facts | None = attrs.field(
        default=None, metadata=_says("The same as a condition over the ticket's facts.")
    )
    precedence: int = attrs.field(
        default=0, metadata=_says("Of several that take a ticket, the highest holds.")
    )
    valid_from: Start | None = attrs.field(default=None, metadata=_says("In force from then on."))
    valid_until: Start | None = attrs.field(default=None, metadata=_says("In force until then."))
    version_rule: Literal["at_creation", "at_change", "latest"] = attrs.field(
        default="at_creation", metadata=_says("Which version a ticket is judged by.")
    )
    breach_reasons: Texts = attrs.field(
        default=(), metadata=_says("Words in which a breach may be explained.")
    )
    response: TargetForm | None = attrs.field(default=None, metadata=_says("First response."))
    next_reply: TargetForm | None = attrs.field(default=None, metadata=_says("Later replies."))
    update: TargetForm | None = attrs.field(default=None, metadata=_says("Cadence of updates."))
    resolution: TargetForm | None = attrs.field(default=None, metadata=_says("Resolution."))
    requester_wait: TargetForm | None = attrs.field(
        default=None, metadata=_says("Time that the requester waits.")
    )
    agent_work: TargetForm | None = attrs.field(
        default=None, metadata=_says("Time that the desk has the ticket.")
    )
    ola: TargetForm | None = attrs.field(default=None, metadata=_says("A group's part."))
    uc: TargetForm | None = attrs.field(default=None, metadata=_says("A supplier's part."))
    commitment: TargetForm | None = attrs.field(default=None, metadata=_says("Promises made."))
    targets: dict[str, TargetForm] = attrs.field(
        factory=dict[str, TargetForm], metadata=_says("Targets with names of their own.")
    )
    legs: tuple[LegForm, ...] = attrs.field(
        default=(), metadata=_says("Agreements that this one rests on.")
    )


METRIC_KEYS: tuple[str, ...] = (
    "response",
    "next_reply",
    "update",
    "resolution",
    "requester_wait",
    "agent_work",
    "ola",
    "uc",
    "commitment",
)
"""The metrics that have a table of their own name, in the order in which targets stand."""


# --- channels ------------------------------------------------------------------------------------

Earns = Literal["reported", "registered", "never"]


@attrs.frozen(kw_only=True)
class GuaranteeForm(Form):
    """Say from when on the clocks of a ticket count, by its channel, or that none does."""

    official: Earns = attrs.field(
        default="reported", metadata=_says("What tickets of the official channels earn.")
    )
    unofficial: Earns = attrs.field(
        default="registered",
        metadata=_says("What those of every other channel earn, and those without one."),
    )
    channels: dict[str, Earns] = attrs.field(
        factory=dict[str, Earns], metadata=_says("Exceptions by the name of the channel.")
    )
    emergency: Facts | None = attrs.field(
        default=None, metadata=_says("Where this holds, it counts from the report.")
    )


# --- the file ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class PolicyForm(Form):
    """Hold a whole policy file."""

    name: str = attrs.field(default="", metadata=_says("The file's own name unless given."))
    title: str = attrs.field(default="", metadata=_says("What people call it."))
    lifecycle: Followed = attrs.field(
        default=Followed(Ref("incident")),
        metadata=_says('The lifecycle of new tickets, or a table by type; "*" is every other one.'),
    )
    calendars: dict[str, CalendarForm] = attrs.field(
        factory=dict[str, CalendarForm], metadata=_says("Calendars by name.")
    )
    matrix: MatrixForm | None = attrs.field(
        default=None, metadata=_says("The priority matrix; ITIL's sample unless given.")
    )
    priority: PriorityForm | None = attrs.field(
        default=None, metadata=_says("What modifies the matrix.")
    )
    lifecycles: dict[str, LifecycleForm] = attrs.field(
        factory=dict[str, LifecycleForm], metadata=_says("Lifecycles of your own, by name.")
    )
    timed: Later | None = attrs.field(
        default=None, metadata=_says("What time alone does to tickets.")
    )
    rosters: Later | None = attrs.field(default=None, metadata=_says("Who is on call."))
    ladders: Later | None = attrs.field(default=None, metadata=_says("What escalates when."))
    channels: Later | None = attrs.field(
        default=None, metadata=_says("The ways to reach the desk.")
    )
    guarantee: GuaranteeForm | None = attrs.field(
        default=None, metadata=_says("What tickets earn by their channel.")
    )
    agreements: tuple[AgreementForm, ...] = attrs.field(
        default=(), metadata=_says("What is promised.", required=True, example="[[agreements]]")
    )
