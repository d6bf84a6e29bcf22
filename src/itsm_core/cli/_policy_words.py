"""What `policy explain` tells: a policy in words, and what it makes of one ticket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, load_zone, wall_time
from itsm_core.cli._policy_lifecycles import lifecycle_lines, lifecycle_values, lifecycles_of
from itsm_core.conditions import Condition
from itsm_core.contacts import Guarantee
from itsm_core.escalation import Notify, Step, plan
from itsm_core.events import TicketOpened
from itsm_core.policy import Policy, facts_of, goal_text, open_sketch
from itsm_core.policy._changes import local_text
from itsm_core.rosters import Roster
from itsm_core.sla import FACTS, ServiceLevelAgreement, ServiceLevelTarget, SlaClock, evaluate
from itsm_core.spans import instant, micros

__all__ = ["Told", "explained", "in_zone", "told_for", "zone_of"]

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WEEKS: Final = 104
_MOST_STEPS: Final = 30  # of one ladder, in words; as data there are all
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00|Z)")
_EARNED: Final[Mapping[str, str]] = {
    "reported": "clocks count from the report",
    "registered": "clocks count from the registration",
    "never": "no clock counts",
}


@attrs.frozen
class Told:
    """Hold what is told: the lines, and the same as plain values."""

    lines: tuple[str, ...]
    values: Mapping[str, object]

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)

    def to_json(self) -> dict[str, object]:
        """Return the plain values."""
        return dict(self.values)


# -- the policy itself -----------------------------------------------------------------------------


def explained(policy: Policy) -> Told:
    """Return the policy in words: calendars, priorities, agreements in their order."""
    calendars = {name: _calendar(each) for name, each in _own_calendars(policy).items()}
    rules = policy.matrix.policy
    agreements = [_agreement(policy, each) for each in policy.agreements]
    lines = [f"{policy.name}: {policy.title}" if policy.title else policy.name]
    if calendars:
        lines.append("Calendars")
        lines += [f"  {name}: {text}" for name, text in calendars.items()]
    lines += ["Priorities", *(f"  {line}" for line in _matrix_lines(policy))]
    lines += [f"  then {each.name!r}: {each.effect} if {each.when}" for each in rules.modifiers]
    lines.append("Agreements; of those that fit, the highest precedence holds, then the first")
    for n, (agreement, (title, told)) in enumerate(
        zip(policy.agreements, agreements, strict=True), 1
    ):
        lines.append(f"  {n}. {title}")
        lines.append(f"     takes {asked(policy, agreement)}")
        lines += [f"     {line}" for line in told]
    lifecycles = lifecycles_of(policy)
    lines.append("Lifecycles")
    lines += [f"  {line}" for each in lifecycles for line in lifecycle_lines(policy, each)]
    people = dict(_people(policy))
    for section, told_of in people.items():
        lines.append(section)
        lines += [f"  {text}" for text in told_of]
    values: dict[str, object] = {
        "name": policy.name,
        "title": policy.title,
        "calendars": calendars,
        "priorities": list(rules.priorities),
        "modifiers": [str(each.when) for each in rules.modifiers],
        "agreements": [
            {"agreement": title, "takes": asked(policy, agreement), "promises": list(told)}
            for agreement, (title, told) in zip(policy.agreements, agreements, strict=True)
        ],
        "lifecycles": [lifecycle_values(policy, each) for each in lifecycles],
        **{section.lower(): list(told_of) for section, told_of in people.items()},
    }
    return Told(tuple(lines), values)


def _people(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield rosters, ladders, channels, the guarantee; what there is none of is not told."""
    rosters = [
        f"{name}: {words}"
        for name, each in policy.rosters.items()
        for words in (*map(str, each.layers), *_changes(each, zone_of(policy)))
    ]
    ladders = [f"{name}: {rule}" for name, each in policy.ladders.items() for rule in each.rules]
    channels = [str(each) for each in policy.channels.values()]
    earned = [] if policy.guarantee is None else [*_guarantee(policy.guarantee)]
    sections = (
        ("Rosters", rosters),
        ("Ladders", ladders),
        ("Channels", channels),
        ("Guarantee", earned),
    )
    for section, told in sections:
        if told:
            yield section, tuple(told)


def _guarantee(rule: Guarantee) -> Iterator[str]:
    """Yield what tickets earn by the channel that they came by."""
    yield f"official channels: {_EARNED[rule.official]}"
    for name, word in rule.channels.items():
        yield f"{name}: {_EARNED[word]}"
    yield f"every other channel: {_EARNED[rule.unofficial]}"
    if rule.emergency is not None:
        when = Condition(schema=FACTS, rule=rule.emergency)
        yield f"whatever the channel, if {when}: {_EARNED['reported']}"


def _changes(roster: Roster, zone: str) -> Iterator[str]:
    """Yield what people changed by hand, and who is to be left alone when."""
    for each in (*roster.swaps, *roster.overrides):
        yield in_zone(f"{each.start_at.isoformat()} - {each.end_at.isoformat()}: {each}", zone)
    for absence in roster.absences:
        yield in_zone(f"from {absence.start_at.isoformat()}: {absence}", zone)
    for person in roster.responders:
        if person.quiet is not None:
            yield f"{person.person}: quiet {person.quiet} {person.zone}"


def zone_of(policy: Policy) -> str:
    """Return the zone of the policy's calendars; of several, UTC, which is nobody's alone."""
    zones = {each.zone for each in _own_calendars(policy).values()}
    return zones.pop() if len(zones) == 1 else "UTC"


def in_zone(text: str, zone: str) -> str:
    """Return a text with its instants in UTC, as values write them, on the clock of a zone."""
    place = load_zone(zone)

    def local(found: re.Match[str]) -> str:
        try:
            return _stamp(datetime.fromisoformat(found[0]), place)
        except ValueError:  # somebody's own name of a ticket or a reason, in this shape
            return found[0]

    return _INSTANT.sub(local, text)


def _own_calendars(policy: Policy) -> dict[str, Calendar]:
    built_in = ("always", "never")
    return {name: each for name, each in policy.calendars.items() if name not in built_in}


def _calendar(calendar: Calendar) -> str:
    """Return hours, zone, holidays and the open time of an average week."""
    open_time = calendar.between(_START, _START + timedelta(weeks=_WEEKS)) / _WEEKS
    minutes = open_time // timedelta(minutes=1)
    measured = f"open {minutes // 60} h {minutes % 60:02} min in an average week"
    if not isinstance(calendar, BusinessCalendar):
        return f"made of others; {measured}"
    days = len(calendar.holidays.dates_in(_START.year))
    holidays = f"{days} holidays in {_START.year}" if days else "no holidays"
    exceptions = len(calendar.exceptions)
    special = f", {exceptions} dates with hours of their own" if exceptions else ""
    return f"{calendar.hours} in {calendar.zone}, {holidays}{special}; {measured}"


def _matrix_lines(policy: Policy) -> Iterator[str]:
    """Yield the matrix as a table: a row an impact, a column an urgency."""
    matrix = policy.matrix.policy.matrix
    head = ["impact \\ urgency", *matrix.urgencies]
    rows = [
        [impact, *(matrix.cells[impact, urgency] for urgency in matrix.urgencies)]
        for impact in matrix.impacts
    ]
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(
            f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def asked(policy: Policy, agreement: ServiceLevelAgreement) -> str:
    """Return which tickets an agreement takes, in words."""
    conditions = policy.asked_of(agreement)
    parts = [f"{each.field} is {' or '.join(each.values)}" for each in conditions]
    if agreement.applies_to is not None:
        parts.append(_rule(agreement))
    return f"tickets whose {' and '.join(parts)}" if parts else "every ticket"


def _agreement(policy: Policy, agreement: ServiceLevelAgreement) -> tuple[str, tuple[str, ...]]:
    title = f" ({agreement.title})" if agreement.title else ""
    name = f"{agreement.agreement_id} version {agreement.version}{title}"
    if agreement.kind != "sla":
        name += f", an {agreement.kind}" if agreement.kind == "ola" else f", a {agreement.kind}"
    if agreement.precedence:
        name += f", precedence {agreement.precedence}"
    for word, at in (("from", agreement.valid_from_us), ("until", agreement.valid_until_us)):
        if at is not None:
            name += f", {word} {local_text(at, agreement.calendar)}"
    return name, tuple(_target(policy, agreement, target) for target in agreement.targets)


def _target(policy: Policy, agreement: ServiceLevelAgreement, target: ServiceLevelTarget) -> str:
    goals = ", ".join(f"{priority} {goal_text(goal)}" for priority, goal in target.goals.items())
    calendar = agreement.calendar_of(target)
    name = next((name for name, each in policy.calendars.items() if each == calendar), "")
    warnings = ", ".join(f"{ratio:.0%}" for ratio in target.warn_at_ratios)
    reasons = ", ".join(sorted(target.pause_on or ()))
    return (
        f"{target.name} ({name or 'its own calendar'}): {goals or 'no goals'}"
        + (f"; warns at {warnings}" if warnings else "")
        + (f"; pauses while {reasons}" if reasons else "")
    )


# -- one ticket ------------------------------------------------------------------------------------


def told_for(policy: Policy, sketch: Mapping[str, str], at: datetime, *, zone: str) -> Told:
    """Return what a policy makes of a ticket: priority, agreement, due instants, and why.

    Which ladder a ticket has is the desk's to say: the steps of each are told. Instants are shown
    in `zone`, else as `at` was written. Raises what `open_sketch` does.
    """
    shown_in = load_zone(zone) if zone else at.tzinfo
    events = open_sketch(policy, sketch, at)
    opening = next(each for each in events if isinstance(each, TicketOpened))
    derived = policy.matrix.policy.derive(facts_of(policy, sketch))
    chosen = policy.agreement_for(opening)
    weighed = [_weighed(policy, each, opening, chosen) for each in policy.promised]
    lines = [f"opened {_stamp(at, shown_in)}", *derived.explain().splitlines()]
    outcome = "none: nothing is promised" if chosen is None else str(chosen.agreement_id)
    lines += [f"agreement {outcome}", *(f"  {n}. {text}" for n, text in enumerate(weighed, 1))]
    clocks: list[SlaClock] = []
    if chosen is not None:
        clocks = [*evaluate(events, chosen, as_of=at)]
        lines += [_clock_line(clock, shown_in) for clock in clocks]
        missing = [each.name for each in chosen.targets if each.goal_for(opening.priority) is None]
        lines += [f"{name}: no goal for {opening.priority}, no clock" for name in missing]
    planned = {
        name: plan(events, ladder, chosen, policy.coverage, as_of=at)
        for name, ladder in policy.ladders.items()
    }
    for name, steps in planned.items():
        lines.append(f"ladder {name}, if nothing else happens{'' if steps else ': no step'}")
        lines += [f"  {_step(each, shown_in)}" for each in steps[:_MOST_STEPS]]
        if len(steps) > _MOST_STEPS:
            lines.append(f"  and {len(steps) - _MOST_STEPS} more")
    values: dict[str, object] = {
        "opened_at": at.isoformat(),
        "priority": opening.priority,
        "derivation": derived.explain().splitlines(),
        "agreement": None if chosen is None else str(chosen.agreement_id),
        "candidates": weighed,
        "clocks": [
            {
                "name": clock.name,
                "goal": str(clock.goal),
                "due_at": None if clock.due_at is None else clock.due_at.isoformat(),
                "warnings": [[ratio, due.isoformat()] for ratio, due in _warnings(clock)],
            }
            for clock in clocks
        ],
        "ladders": {
            name: [
                {"at": each.at.isoformat(), "rule": each.rule, "does": _does(each), "why": each.why}
                for each in steps
            ]
            for name, steps in planned.items()
        },
    }
    return Told(tuple(lines), values)


def _weighed(
    policy: Policy,
    agreement: ServiceLevelAgreement,
    opening: TicketOpened,
    chosen: ServiceLevelAgreement | None,
) -> str:
    """Return whether an agreement holds, and if not what kept it from that."""
    name = str(agreement.agreement_id)
    if agreement is chosen:
        return f"{name} holds: it takes {asked(policy, agreement)}"
    for condition in policy.asked_of(agreement):
        if not condition.holds(opening):
            value: object = getattr(opening, condition.field)
            wanted = " or ".join(condition.values)
            return f"{name} does not fit: {condition.field} is {value!r}, not {wanted}"
    if agreement.kind != "sla":
        return f"{name} is no promise to requesters, but an {agreement.kind}"
    asks = {(agreement.agreement_id, agreement.version): policy.asked_of(agreement)}
    alone = attrs.evolve(policy, agreements=(agreement,), conditions=asks, guarantee=None)
    if alone.agreement_for(opening) is None:
        rule = "" if agreement.applies_to is None else f", or not {_rule(agreement)}"
        return f"{name} does not fit: not in force then{rule}"
    if chosen is None:  # never: what fits alone would hold
        return f"{name} fits"
    if chosen.precedence > agreement.precedence:
        return f"{name} fits, but {chosen.agreement_id} has precedence {chosen.precedence}"
    return f"{name} fits, but {chosen.agreement_id} stands above it"


def _rule(agreement: ServiceLevelAgreement) -> str:
    if agreement.applies_to is None:
        return ""
    return str(Condition(schema=FACTS, rule=agreement.applies_to))


def _clock_line(clock: SlaClock, zone: tzinfo | None) -> str:
    due = clock.due_at
    when = "no due instant" if due is None else f"due {_stamp(due, zone)}"
    warnings = ", ".join(f"{ratio:.0%} {_stamp(at, zone)}" for ratio, at in _warnings(clock))
    return f"{clock.name}: {clock.goal}, {when}" + (f"; warns at {warnings}" if warnings else "")


def _step(step: Step, zone: tzinfo | None) -> str:
    note = f" ({step.note})" if step.note else ""
    return f"{_stamp(step.at, zone)}: {_does(step)}, because {step.why}{note}"


def _does(step: Step) -> str:
    """Return what a step does: whom a sketch of a ticket does not name, the rule's words do."""
    if isinstance(step.action, Notify) and step.action.target == "roster":
        return f"notify {step.target.removeprefix('person ')}"
    return str(step.action)


def _warnings(clock: SlaClock) -> tuple[tuple[float, datetime], ...]:
    """Return every warning to come, as far as nothing happens."""
    return tuple((ratio, instant(at)) for ratio, at in clock.all_warnings_us)


def _stamp(at: datetime, zone: tzinfo | None) -> str:
    local = wall_time(micros(at), zone or UTC)
    seconds = ":%S" if local.second else ""  # a breach is a microsecond after its due instant
    return format(local, f"%a %Y-%m-%d %H:%M{seconds} %Z")
