"""Remedies in a file's own words: none of them is Python."""

from __future__ import annotations

import pytest

from itsm_core.errors import Fault
from itsm_core.policy._remedies import in_file


@pytest.mark.parametrize(
    ("code", "where", "value", "form", "words"),
    [
        (
            "unbounded-reopen",
            "",
            "",
            "toml",
            'guard = { field = "reopen_count", operator = "<", value = 10 }',
        ),
        ("unbounded-reopen", "", "", "json", '"guard": {"field": "reopen_count"'),
        ("wrong-constant", "", "'10'", "toml", "write value = 10, without quotes"),
        ("no-hold-reasons", "", "", "yaml", 'hold_reasons: ["awaiting_requester"]'),
        ("no-target", "to", "", "toml", 'write to = "P1", or levels = 1'),
        ("staying-moves", "", "", "toml", "remove target"),
    ],
)
def test_remedy_is_of_the_file_when_the_domain_speaks_python(
    code: str, where: str, value: str, form: str, words: str
) -> None:
    """Each in the format of the file."""
    told = in_file(Fault(code, "is wrong", where, value, "field('x').is_(1)"), form)
    assert words in told.remedy


def test_remedy_is_kept_when_it_is_plain() -> None:
    """Nothing is invented."""
    fault = Fault("dead-end", "is a dead end", "", "x", "add a way out")
    assert in_file(fault, "toml") == fault
