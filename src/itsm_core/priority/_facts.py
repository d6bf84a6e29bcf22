"""What a priority may depend on: declared inputs, and where those of a desk are looked up."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Final

import attrs

from itsm_core import readers
from itsm_core.conditions import Kind, Schema
from itsm_core.errors import InvalidValue
from itsm_core.priority import _json

PRIORITY_FACTS: Final = Schema(
    name="priority facts",
    fields={
        "impact": Kind.TEXT,
        "urgency": Kind.TEXT,
        "service": Kind.TEXT.optional(),
        "category": Kind.TEXT.optional(),
        "requester": Kind.TEXT.optional(),
        "configuration_item_id": Kind.TEXT.optional(),
        "service_criticality": Kind.TEXT.optional(),
        "configuration_item_criticality": Kind.TEXT.optional(),
        "vip": Kind.BOOL,
        "age": Kind.DURATION,
    },
)
"""The fields that the condition of a modifier may look at (law P1)."""


def _check_age(_: object, __: object, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise InvalidValue("an age is a duration from zero up", value, "write timedelta(hours=4)")


@attrs.frozen(kw_only=True)
class PriorityFacts:
    """Hold the inputs of one priority; an empty text is an input that is not known.

    `age` is the time since opening on the wall, nights included.

    Raises:
        InvalidValue: the age is negative or no duration.

    >>> PriorityFacts(impact="high", urgency="low", vip=True).vip
    True
    """

    impact: str
    urgency: str
    service: str = ""
    category: str = ""
    requester: str = ""
    configuration_item_id: str = ""
    service_criticality: str = ""
    configuration_item_criticality: str = ""
    vip: bool = False
    age: timedelta = attrs.field(default=timedelta(0), validator=_check_age)


def _table(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    remedy = "write {'mail': 'high'}"
    try:
        pairs = tuple(dict(values).items())
    except (TypeError, ValueError) as error:
        raise InvalidValue("criticalities are a mapping of names", values, remedy) from error
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise InvalidValue("criticalities map texts to texts", values, remedy)
    return tuple(sorted(pairs))


def _names(values: Iterable[str]) -> frozenset[str]:
    remedy = "write {'boss'}"
    if isinstance(values, str):
        raise InvalidValue("a text is not a set of people", values, f"write {{{values!r}}}")
    try:
        names = frozenset(values)
    except TypeError as error:
        raise InvalidValue("not a set of people", values, remedy) from error
    if not all(isinstance(name, str) for name in names):
        raise InvalidValue("people are named by texts", values, remedy)
    return names


@attrs.frozen(kw_only=True, slots=False)
class PriorityDirectory:
    """Hold what a desk knows of its services, configuration items and people.

    It completes facts that leave criticality or VIP open, so that a caller needs to know no more
    than the ticket tells. What a caller states himself is not looked up.

    Raises:
        InvalidValue: a part is of another type than it should be.

    >>> known = PriorityDirectory(vips={"rita"})
    >>> known.completed(PriorityFacts(impact="high", urgency="low", requester="rita")).vip
    True
    """

    service_criticality: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_table)
    configuration_item_criticality: tuple[tuple[str, str], ...] = attrs.field(
        default=(), converter=_table
    )
    vips: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    @cached_property
    def _tables(self) -> tuple[dict[str, str], dict[str, str]]:
        return dict(self.service_criticality), dict(self.configuration_item_criticality)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to look up."""
        return not (self.service_criticality or self.configuration_item_criticality or self.vips)

    def completed(self, facts: PriorityFacts) -> PriorityFacts:
        """Return the facts with what is known here filled in."""
        if self.is_empty:
            return facts
        services, items = self._tables
        return attrs.evolve(
            facts,
            service_criticality=facts.service_criticality or services.get(facts.service, ""),
            configuration_item_criticality=facts.configuration_item_criticality
            or items.get(facts.configuration_item_id, ""),
            vip=facts.vip or facts.requester in self.vips,
        )

    def to_json(self) -> dict[str, object]:
        """Return the directory as plain JSON values, from which `from_json` makes an equal one."""
        return {
            "service_criticality": dict(self.service_criticality),
            "configuration_item_criticality": dict(self.configuration_item_criticality),
            "vips": sorted(self.vips),
        }

    @classmethod
    def from_json(cls, data: object, where: str = "directory") -> PriorityDirectory:
        """Return the directory that `to_json` wrote down.

        Raises:
            CodecError: the data is not what `to_json` writes.
        """
        tables = ("service_criticality", "configuration_item_criticality")
        record = _json.record(data, where, (*tables, "vips"))
        services, items = (dict(_json.pairs(record[name], f"{where}.{name}")) for name in tables)
        vips = readers.texts(record["vips"], f"{where}.vips")
        return cls(
            service_criticality=services,
            configuration_item_criticality=items,
            vips=vips,
        )
