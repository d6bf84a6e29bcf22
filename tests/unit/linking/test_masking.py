"""What is taken out of texts, and what stays (law K1)."""

from __future__ import annotations

import pytest

from itsm_core.linking._masking import is_masked, masked, plain, word_pattern


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
        "2026-01-05T10:42:11+01:00",
        "2026-01-05T10:42:11-05:00",
        "2026-01-05T10:42:11.123-0500",
        "20260105T104211Z",
        "10:42:11+01:00",
        "10:42-05:00",
        "05.01.2026",
        "10:42",
        "10:42:11.123",
        "20260105",
        "030-1234-5678",
        "S-1-5-21-397955417-626881126-188441444-512",
        "DE89370400440532013000",
        "GB29NWBK60161331926819",
    ],
)
def test_masking_takes_out_what_names_one_event(word: str) -> None:
    """Numbers of tickets, mail addresses, digests, addresses and instants name one event."""
    assert word_pattern(word).findall(word) == [word]
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


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("bob\u200b@example.org", "…"),
        ("INC\u200e0012345", "…"),
        ("\u202ebob@example.org\u202c called", "… called"),
        ("ＩＮＣ００１２３４５ fails", "… fails"),
        ("障害INC0012345です", "障害…です"),
        ("Druck\u00adauftrag hängt", "Druckauftrag hängt"),
    ],
)
def test_masking_sees_through_what_nobody_sees(told: str, shown: str) -> None:
    """Zero-width marks, marks of direction and full-width letters hide nothing."""
    assert masked(told) == shown


@pytest.mark.parametrize("told", ["eyJ" + "Ab9" * 60, "a@" + "b." * 50_000 + "b@c"])
def test_masking_takes_out_what_is_too_long_to_be_a_word(told: str) -> None:
    """A token, a key; a hundred thousand characters are read once, not once for each dot."""
    assert masked(f"login {told} refused") == "login … refused"


def test_masking_keeps_a_sentence_of_a_script_without_blanks() -> None:
    """However long it is, it is words."""
    sentence = "接続障害が発生しています" * 20
    assert masked(sentence) == sentence


def test_plain_text_is_in_one_form() -> None:
    """Composed, compatible, without joiners; what is ASCII stays as it is."""
    assert plain("cafe\u0301 \ufb01le \ufeff") == "café file "
    assert plain("plain\x00 text") == "plain\x00 text"
