"""Values in one line, as each format writes them."""

from __future__ import annotations

import pytest

from itsm_core.policy._inline import toml_key, toml_value, written

GUARD = {"field": "reopen_count", "value": 10, "on": True, "names": ["a", 'b"c']}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (
            "toml",
            'guard = { field = "reopen_count", value = 10, on = true, names = ["a", "b\\"c"] }',
        ),
        (
            "json",
            '"guard": {"field": "reopen_count", "value": 10, "on": true, "names": ["a", "b\\"c"]}',
        ),
        (
            "yaml",
            'guard: {"field": "reopen_count", "value": 10, "on": true, "names": ["a", "b\\"c"]}',
        ),
    ],
)
def test_key_and_value_are_written_when_a_format_is_named(form: str, text: str) -> None:
    """YAML reads what JSON writes."""
    assert written(form, "guard", GUARD) == text


def test_toml_quotes_what_is_no_bare_key_when_written() -> None:
    """`*` needs quotes; an empty table has no blanks."""
    assert (toml_key("*"), toml_key("P1"), toml_value({})) == ('"*"', "P1", "{}")
