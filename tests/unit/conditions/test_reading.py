"""Values as they are met: the plain form of each, and what does not fit."""

from __future__ import annotations

from collections import ChainMap
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.conditions._reading import READERS, Misfit, is_mapping


class Name(StrEnum):
    """Name something, as a text."""

    A = "a"


class Thing(Enum):
    """Name something, not as a text."""

    A = "a"
    ONE = 1


class Number(IntEnum):
    """Name a number."""

    ONE = 1


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("text", "b", "b"),
        ("text", Name.A, "a"),
        ("text", Thing.A, "a"),
        ("text", None, None),
        ("number", 3, 3),
        ("number", Decimal("0.1"), Decimal("0.1")),
        ("number", None, None),
        ("bool", False, False),
        ("bool", None, None),
        ("instant", 5, 5),
        ("instant", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1_000_000),
        # 2026-10-25 02:30 happens twice in Berlin, an hour apart.
        (
            "instant",
            datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
            1792888200000000,
        ),
        (
            "instant",
            datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
            1792891800000000,
        ),
        ("instant", None, None),
        ("duration", 5, 5),
        ("duration", timedelta(milliseconds=1), 1000),
        ("duration", pendulum.duration(days=2), 172_800_000_000),
        ("duration", None, None),
        ("texts", {"a", "b"}, frozenset({"a", "b"})),
        ("texts", ["a", Name.A, Thing.A], frozenset({"a"})),
        ("texts", (), frozenset()),
        ("texts", None, None),
    ],
)
def test_value_has_its_plain_form_when_it_fits(kind: str, value: object, plain: object) -> None:
    """Instants and durations are whole microseconds, texts plain texts."""
    result = READERS[kind](value)
    assert (type(result), result) == (type(plain), plain)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 1),
        ("text", Thing.ONE),
        ("text", b"a"),
        ("number", 1.0),
        ("number", True),
        ("number", "12"),
        ("number", Number.ONE),
        ("number", Decimal("NaN")),
        ("number", Decimal("Infinity")),
        ("bool", 1),
        ("bool", "true"),
        ("instant", "2026-01-05T09:00:00Z"),
        ("instant", True),
        ("instant", datetime(2026, 1, 5)),  # noqa: DTZ001
        ("duration", 1.5),
        ("duration", True),
        ("duration", pendulum.duration(months=1)),
        ("texts", "a"),
        ("texts", {"a": 1}),
        ("texts", ["a", 1]),
    ],
)
def test_value_is_a_misfit_when_of_another_type(kind: str, value: object) -> None:
    """R7: "false" is no bool, 1.9 no number, a naive datetime no instant."""
    with pytest.raises(Misfit) as caught:
        READERS[kind](value)
    assert caught.value.remedy
    assert str(caught.value) == caught.value.what


def test_mapping_is_told_from_object_when_asked_by_class() -> None:
    """Any Mapping is one."""
    assert is_mapping(dict)
    assert is_mapping(ChainMap)
    assert not is_mapping(object)


def test_duration_of_months_is_refused_with_its_reason_when_read() -> None:
    """It is a duration, and has no fixed length."""
    with pytest.raises(Misfit, match="has months, which have no fixed length"):
        READERS["duration"](pendulum.duration(months=1))
