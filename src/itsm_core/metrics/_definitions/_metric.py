"""The metric: a name, what it measures, of which tickets, and why dashboards say another number."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false
# `Any` stands for "a field's own type", which only the field's own way knows.
# pyright: reportExplicitAny=false

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from itsm_core.conditions import Condition, Kind, Predicate, Schema
from itsm_core.errors import CodecError, InvalidValue, did_you_mean
from itsm_core.metrics._definitions._measures import (
    Backlog,
    CommitmentsKept,
    ContactShare,
    ContactTime,
    Cost,
    Dashboard,
    MeanUntil,
    Measure,
    ShareWithin,
    TimeHeld,
    TimeUntil,
    Volume,
)
from itsm_core.metrics._definitions._until import FirstContact, Until
from itsm_core.rosters import _json as way

__all__ = ["CASE_FIELDS", "By", "Metric"]

By: TypeAlias = Literal[
    "", "group", "person", "priority", "channel", "service", "category", "label"
]
"""By what a figure is split; empty is not at all. `label` is what the log was given."""

CASE_FIELDS: Final = Schema(
    name="case",
    fields=dict.fromkeys(
        (
            "ticket_type",
            "priority",
            "channel",
            "service",
            "category",
            "configuration_item_id",
            "group",
            "assignee",
            "requester",
        ),
        Kind.TEXT,
    ),
)
"""What a metric may ask of a ticket as it was opened; later facts would look into the future."""


_CONTACT_PARTS: Final = frozenset({"", "channel", "group", "person", "service"})


@attrs.frozen(kw_only=True)
class Metric:
    """Define one figure as data (law M1).

    `differs` says in one sentence why a dashboard's number and the honest one differ. `where`
    keeps the tickets that were opened so. `by` splits the figure. Who had a ticket is asked for the
    instant at which its wait began, so that those still waiting have a group as well, and a ticket
    is never moved to the group of somebody who came later.

    Raises:
        InvalidValue: no name, no measure, an unknown way to split.
        DefinitionError: `where` does not fit `CASE_FIELDS`.

    >>> import attrs
    >>> from itsm_core.conditions import field
    >>> from itsm_core.metrics import METRICS, CaseLog, Metric, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> urgent = attrs.evolve(
    ...     METRICS["resolution-median"],
    ...     name="urgent-median",
    ...     title="Half of P2 are resolved within",
    ...     where=field("priority").is_("P2"),
    ... )
    >>> print(measure(log, urgent, log.whole()))
    Half of P2 are resolved within: 1.4 h (0.9 h to 2.7 h); dashboards: 1.4 h
    >>> Metric.loads(urgent.dumps()) == urgent
    True
    """

    name: str
    title: str
    measure: Measure
    differs: str
    where: Predicate | None = None
    by: By = ""

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.title, self.differs):
            if not isinstance(text, str) or not text.strip():
                raise InvalidValue("a metric without words", text, "name it, and say why")
        if type(self.measure) not in _MEASURES:
            raise InvalidValue("not a measure", self.measure, "use ShareWithin(...), say")
        if self.by not in get_args(By):
            remedy = f"use one of {', '.join(filter(None, get_args(By)))}"
            raise InvalidValue("nothing to split by", self.by, remedy)
        is_of_contacts = isinstance(self.measure, ContactShare | ContactTime)
        if is_of_contacts and (self.where is not None or self.by not in _CONTACT_PARTS):
            remedy = "split by channel, group, person or service, without a condition on tickets"
            raise InvalidValue("a contact is no ticket", self.by or self.where, remedy)
        if self.where is not None:
            Condition(schema=CASE_FIELDS, rule=self.where)

    def split_by(self, by: By) -> Metric:
        """Return the same metric, split by group, person, priority or another fact."""
        return attrs.evolve(self, by=by)

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the definition; equal metrics have equal hashes."""
        return way.content_hash(self.to_json())

    def to_json(self) -> dict[str, object]:
        """Return the metric as plain JSON values, from which `from_json` makes an equal one."""
        return _METRIC.write(self)

    @classmethod
    def from_json(cls, data: object) -> Metric:
        """Return the metric that `to_json` wrote down.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            InvalidValue: the data is well formed and means no metric.
            DefinitionError: its condition does not fit `CASE_FIELDS`.
        """
        return _METRIC.read(data, "metric")

    def dumps(self) -> str:
        """Return the metric as canonical JSON text; equal ones give the same bytes."""
        return way.dumps(self.to_json())

    @classmethod
    def loads(cls, text: str) -> Metric:
        """Return the metric in a JSON text; keys given twice and NaN are refused."""
        return cls.from_json(way.loads(text, "metric"))


def _choice(names: type[Enum]) -> way.Way:
    """Return the way of a member of an Enum: its value."""
    known = {str(each.value): each for each in names}

    def read(data: object, where: str) -> Enum:
        if not isinstance(data, str) or data not in known:
            remedy = f"use one of {', '.join(known)}{did_you_mean(data, known)}"
            raise CodecError("unknown value", where, data, remedy)
        return known[data]

    return way.Way(lambda value: value.value, read)


_FIRST_CONTACT: Final = way.Form(
    FirstContact,
    {
        "one_group": way.FLAG,
        "within": way.optional(way.DURATION),
        "same_day": way.FLAG,
        "never_waited": way.FLAG,
        "no_contact": way.FLAG,
        "at_registration": way.FLAG,
        "not_reopened": way.FLAG,
        "follow_up": way.DURATION,
    },
)
_UNTIL_NAME: Final = _choice(Until)
_UNTIL: Final = way.Way(
    lambda value: value.value if isinstance(value, Until) else _FIRST_CONTACT.write(value),
    lambda data, where: (
        _UNTIL_NAME.read(data, where) if isinstance(data, str) else _FIRST_CONTACT.read(data, where)
    ),
)
_SHARE: Final = way.RATIO
_MEASURES: Final[Mapping[type, way.Form[Any]]] = {
    ShareWithin: way.Form(
        ShareWithin,
        {"until": _UNTIL, "within": way.DURATION, "dashboard": _choice(Dashboard)},
        "share_within",
    ),
    TimeUntil: way.Form(TimeUntil, {"until": _UNTIL, "share": _SHARE}, "time_until"),
    MeanUntil: way.Form(MeanUntil, {"until": _UNTIL, "limit": way.DURATION}, "mean_until"),
    Backlog: way.Form(Backlog, {"share": way.optional(_SHARE)}, "backlog"),
    Volume: way.Form(Volume, {"of": way.TEXT}, "volume"),
    TimeHeld: way.Form(TimeHeld, {"on_hold": way.FLAG}, "time_held"),
    CommitmentsKept: way.Form(CommitmentsKept, {}, "commitments_kept"),
    Cost: way.Form(Cost, {"limit": way.optional(way.DURATION)}, "cost"),
    ContactShare: way.Form(
        ContactShare, {"of": way.TEXT, "within": way.optional(way.DURATION)}, "contact_share"
    ),
    ContactTime: way.Form(ContactTime, {"of": way.TEXT, "share": _SHARE}, "contact_time"),
}
_METRIC: Final = way.Form(
    Metric,
    {
        "name": way.TEXT,
        "title": way.TEXT,
        "measure": way.way_of_kinds(_MEASURES),
        "differs": way.TEXT,
        "where": way.optional(way.predicate(CASE_FIELDS)),
        "by": way.TEXT,
    },
)
