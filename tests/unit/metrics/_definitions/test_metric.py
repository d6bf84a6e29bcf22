"""Metrics as data: they round-trip, and refuse what means nothing (law M1)."""

from __future__ import annotations

import json
from typing import cast

import pytest

from itsm_core.conditions import field
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.metrics import METRICS, ContactTime, Metric, TimeUntil, Until

MEDIAN = METRICS["resolution-median"]


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_metric_is_the_same_when_written_and_read(metric: Metric) -> None:
    """Through JSON text, byte for byte."""
    again = Metric.loads(metric.dumps())
    assert again == metric
    assert again.dumps() == metric.dumps()
    assert again.content_hash == metric.content_hash


def test_metric_keeps_its_condition_when_written_and_read() -> None:
    """Which tickets is a part of the definition, and of its hash."""
    urgent = Metric(
        name="urgent",
        title="Urgent ones",
        measure=TimeUntil(until=Until.ANSWERED),
        differs="Dashboards mix them.",
        where=field("priority").is_in("P1", "P2"),
        by="group",
    )
    assert Metric.loads(urgent.dumps()) == urgent
    assert urgent.content_hash != urgent.split_by("person").content_hash


def test_metric_is_split_without_touching_the_first_one() -> None:
    """A value, not a query that remembers."""
    assert MEDIAN.split_by("group").by == "group"
    assert MEDIAN.by == ""


def test_metric_is_refused_when_words_or_parts_are_missing() -> None:
    """A figure without a name or a reason cannot be read."""
    measure = TimeUntil(until=Until.ANSWERED)
    with pytest.raises(InvalidValue, match="without words"):
        Metric(name=" ", title="t", measure=measure, differs="d")
    with pytest.raises(InvalidValue, match="not a measure"):
        Metric(name="n", title="t", measure=cast("TimeUntil", "median"), differs="d")
    with pytest.raises(InvalidValue, match="nothing to split by"):
        MEDIAN.split_by("colour")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError):
        Metric(name="n", title="t", measure=measure, differs="d", where=field("vip").is_(True))


def test_metric_of_contacts_is_refused_when_it_asks_of_tickets() -> None:
    """A call has no priority, and most have no ticket."""
    measure = ContactTime(of="wait")
    with pytest.raises(InvalidValue, match="no ticket"):
        Metric(name="n", title="t", measure=measure, differs="d", by="priority")
    with pytest.raises(InvalidValue, match="no ticket"):
        Metric(name="n", title="t", measure=measure, differs="d", where=field("priority").is_("P1"))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("measure", "kind"), "mode", "unknown kind"),
        (("measure", "until"), "resolvd", "did you mean 'resolved'"),
        (("measure", "until"), 7, "not an object"),
        (("measure", "share"), "0.5", "not a decimal number"),
        (("by",), 1, "not a text"),
    ],
)
def test_metric_is_refused_when_read_from_what_nobody_wrote(
    place: tuple[str, ...], value: object, message: str
) -> None:
    """The place and the remedy are named (law R7)."""
    data = json.loads(MEDIAN.dumps())
    inner = data
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(CodecError, match=message):
        Metric.from_json(data)
    with pytest.raises(CodecError, match="key given twice"):
        Metric.loads('{"name": "a", "name": "b"}')
