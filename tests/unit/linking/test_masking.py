"""What is taken out of texts, and what stays (law K1)."""

from __future__ import annotations

import pytest

from itsm_core.linking._masking import WORD, is_masked, masked


@pytest.mark.parametrize(
    "word",
    [
        "INC0012345",
        "RITM-123456",
        "bob.smith@example.org",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "0x7ffdeadbeef0",
        "8df0e8a1c3",
        "2026-01-05",
        "2026-01-05T10:42:11Z",
        "05.01.2026",
        "10:42",
        "10:42:11.123",
        "20260105",
        "030-1234-5678",
    ],
)
def test_masking_takes_out_what_names_one_event(word: str) -> None:
    """Numbers of tickets, mail addresses, digests, addresses and instants name one event."""
    assert WORD.findall(word) == [word]
    assert is_masked(word.casefold())


@pytest.mark.parametrize(
    "word",
    ["mail.corp.example", "db-01", "ORA-01555", "0x80070005", "0xc0000005", "E1234", "HTTP-500",
     "4.2.1", "10.0.0.7", "deadline", "decade", "Windows7", "SAP"],
)  # fmt: skip
def test_masking_keeps_what_a_failure_is_known_by(word: str) -> None:
    """Host names, addresses of hosts, versions and error codes stay."""
    assert not is_masked(word.casefold())


def test_masked_text_keeps_everything_between_the_words() -> None:
    """Marks and blanks stay where they were."""
    assert masked("(INC0012345) host db-01, 10:42!") == "(…) host db-01, …!"


def test_masked_text_is_unchanged_when_masked_again() -> None:
    """Masking is done once and for all."""
    once = masked("a@b.org saw 0x80070005 on 2026-01-05")
    assert masked(once) == once == "… saw 0x80070005 on …"
