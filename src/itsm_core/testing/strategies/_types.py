"""Which strategy belongs to which type: what `st.from_type` draws from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from itsm_core import (
    calendars,
    commands,
    conditions,
    contacts,
    escalation,
    events,
    lifecycle,
    money,
    priority,
    rosters,
    sla,
    spans,
)
from itsm_core.testing.strategies import _calendars as hours
from itsm_core.testing.strategies import _people as people
from itsm_core.testing.strategies import _rules as rules
from itsm_core.testing.strategies import _sla as service_levels
from itsm_core.testing.strategies import _tickets as work
from itsm_core.testing.strategies import _time as when

_Drawn = Callable[[], st.SearchStrategy[object]]

_TYPES: Final[dict[type, _Drawn]] = {
    spans.Span: when.spans,
    spans.SpanSet: when.span_sets,
    calendars.BusinessCalendar: hours.calendars,
    calendars.Calendar: hours.any_calendars,
    calendars.CalendarTimeline: hours.timelines,
    calendars.Combination: hours.combinations,
    calendars.Goal: hours.goals,
    calendars.HolidaySource: hours.holiday_sources,
    calendars.PlainDates: hours.plain_dates,
    calendars.PublicHolidays: hours.countries,
    calendars.WallTime: lambda: when.durations().map(calendars.WallTime),
    calendars.WeeklyHours: hours.weekly_hours,
    calendars.WorkingDays: lambda: hours.working_days(fewest=-3),
    calendars.WorkingTime: lambda: when.durations().map(calendars.WorkingTime),
    calendars.YearlyDates: hours.yearly_dates,
    conditions.AllOf: lambda: st.builds(conditions.AllOf, parts=_parts()),
    conditions.AnyOf: lambda: st.builds(conditions.AnyOf, parts=_parts()),
    conditions.Condition: rules.conditions,
    conditions.FieldTest: rules.field_tests,
    conditions.FieldType: rules.field_types,
    conditions.Not: lambda: st.builds(conditions.Not, part=rules.predicates()),
    conditions.Schema: rules.schemas,
    priority.AtLeast: lambda: rules.effects(kind=priority.AtLeast),
    priority.Lower: lambda: rules.effects(kind=priority.Lower),
    priority.PriorityMatrix: rules.matrices,
    priority.PriorityModifier: rules.modifiers,
    priority.PriorityOverride: rules.priority_overrides,
    priority.PriorityPolicy: rules.policies,
    priority.Raise: lambda: rules.effects(kind=priority.Raise),
    priority.Set: lambda: rules.effects(kind=priority.Set),
    commands.Actor: work.actors,
    money.Money: rules.amounts,
    lifecycle.Lifecycle: work.lifecycles,
    lifecycle.Ticket: work.tickets,
    sla.ClockRules: service_levels.clock_rules,
    sla.PauseLimit: service_levels.pause_limits,
    sla.ServiceLevelAgreement: service_levels.agreements,
    sla.ServiceLevelTarget: service_levels.targets,
    rosters.Absence: people.absences,
    rosters.Override: people.overrides,
    rosters.Responder: people.responders,
    rosters.Roster: people.rosters,
    rosters.Rotation: people.rotations,
    rosters.Swap: people.swaps,
    escalation.Coverage: people.coverages,
    escalation.EscalationRule: people.rules,
    escalation.Ladder: people.ladders,
    contacts.Channel: people.channel,
    contacts.Channels: people.channels,
    contacts.Contact: people.contacts,
    contacts.Guarantee: people.guarantees,
}


def strategy_of(kind: type) -> st.SearchStrategy[object]:
    """Return what instances of a type are drawn from.

    Raises:
        KeyError: it is none of the types that `_registration` lists.
    """
    if issubclass(kind, events.TicketEvent):
        return service_levels.events(kind)
    if issubclass(kind, commands.Command):
        return work.commands(kind)
    if kind in people.TRIGGERS:
        return people.TRIGGERS[kind]
    if kind in people.ACTIONS:
        return people.ACTIONS[kind]
    return _TYPES[kind]()


def _parts() -> st.SearchStrategy[list[conditions.Predicate]]:
    return st.lists(rules.predicates(), max_size=3)
