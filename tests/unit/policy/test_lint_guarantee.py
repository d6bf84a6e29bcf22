"""Guarantees that leave nothing, tell nothing apart, or speak of channels that there are not."""

from __future__ import annotations

import pytest

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, line_of, told

CHANNELS = """
[channels.phone]
route = "first line"
hours = "office"

[channels.direct]
official = false
route = "first line"
"""
DESK = OFFICE + STANDARD + CHANNELS


@pytest.mark.parametrize(
    "rule",
    [
        "",
        'unofficial = "never"',
        'official = "never"',
        'channels = { direct = "never" }',
        'channels = { "the manager\'s inbox" = "never" }',
        'official = "never"\nunofficial = "never"\nchannels = { phone = "reported" }',
    ],
)
def test_guarantee_is_not_told_when_some_ticket_earns_its_clocks(rule: str) -> None:
    """A channel that is not listed may have a rule, too."""
    assert codes(f"{DESK}[guarantee]\n{rule}\n") == []


def test_channel_is_told_when_it_is_nearly_one_of_the_file() -> None:
    """Its tickets would earn what every other channel does."""
    text = f'{DESK}[guarantee]\nchannels = {{ phnoe = "registered" }}\n'
    finding = told(text, "guarantee-channel")
    assert (finding.suggestion, finding.line) == ("phone", line_of(text, "phnoe"))


def test_guarantee_is_told_when_no_ticket_earns_a_clock() -> None:
    """Nothing is promised to anybody."""
    text = f'{DESK}[guarantee]\nofficial = "never"\nunofficial = "never"\n'
    finding = told(text, "guarantee-empty")
    assert finding.line == line_of(text, "[guarantee]")


@pytest.mark.parametrize("channels", ["", CHANNELS[CHANNELS.index("[channels.direct]") :]])
def test_guarantee_is_told_when_no_channel_is_official(channels: str) -> None:
    """Then every ticket earns the same, which needs no guarantee."""
    text = f"{OFFICE}{STANDARD}{channels}[guarantee]\n"
    assert "guarantee-empty" in codes(text)
    alike = f'{text}official = "registered"\n'
    assert "guarantee-empty" not in codes(alike)


EMERGENCY = 'emergency = { field = "priority", operator = "is", value = "P1" }'


@pytest.mark.parametrize("rule", ['channels = { phone = "reported" }', EMERGENCY])
def test_guarantee_is_not_told_when_an_exception_tells_tickets_apart(rule: str) -> None:
    """Without an official channel a named one, or an emergency, earns something else."""
    assert codes(f"{OFFICE}{STANDARD}[guarantee]\n{rule}\n") == []


@pytest.mark.parametrize(
    "rule",
    [
        'channels = { phone = "registered" }',
        f'official = "never"\nunofficial = "reported"\n{EMERGENCY}',
    ],
)
def test_guarantee_is_told_when_an_exception_is_none(rule: str) -> None:
    """What is excepted earns what every other ticket does."""
    told(f"{OFFICE}{STANDARD}[guarantee]\n{rule}\n", "guarantee-empty")
