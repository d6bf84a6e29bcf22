"""Values of a row: exactly the type that the schema promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itsm_core.adapters._sqlite_values import Damaged, octets, text, whole


@pytest.mark.parametrize(("read", "value"), [(text, "a"), (whole, 7), (octets, b"a")])
def test_value_passes_when_it_is_of_the_type(
    read: Callable[[object], object], value: object
) -> None:
    """Nothing is converted."""
    assert read(value) is value


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, b"a"),
        (text, None),
        (whole, "7"),
        (whole, 7.0),
        (whole, True),
        (octets, "a"),
        (octets, None),
    ],
)
def test_value_is_damaged_when_it_is_of_another_type(
    read: Callable[[object], object], value: object
) -> None:
    """The message shows the value, not all of it."""
    with pytest.raises(Damaged, match="stands where"):
        read(value)
