"""What is taken out of texts before they are compared: it names one event, or one person.

A ticket number, a mail address, an instant, a memory address make two reports of one failure look
different, and two different ones alike. Host names and error codes are what a failure is known by,
and stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

__all__ = ["LONGEST_WORD", "RUN", "is_masked", "masked", "plain", "word_pattern"]

LONGEST_WORD: Final = 100
"""Longer ones are data that somebody pasted, a key or a token; they are no words."""

_MARK: Final = "…"

_JOINED: Final = r"[.@:+\-$#]+"
_ASCII_WORD: Final = re.compile(rf"[^\W_]\w*(?:{_JOINED}\w+)*", re.ASCII)
"""A word, with the marks that join parts of names, addresses, codes and instants."""

_WITHOUT_BLANKS: Final = r"\u0e00-\u0eff\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, kana, Han: scripts that put no blanks between words."""
RUN: Final = re.compile(rf"[{_WITHOUT_BLANKS}]+")

_UNSEEN: Final = dict.fromkeys(
    (
        *(0x00AD, 0x061C, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
    )
)
"""Soft hyphens, joiners, marks of direction, variations: they come with what is pasted, nobody
sees them, and each would part a word in two or hide one from the masks."""

_ERROR_CODE: Final = re.compile(r"0x[8c]\d{0,3}[0-9a-f]{4,7}\Z|[a-z]{2,6}-0\d{3,5}[a-z]?\Z")
"""An HRESULT or NTSTATUS (0x80070005), or a code with leading zeros (ORA-01555): kept."""

_ONE_EVENT: Final = re.compile(
    r"""
      [^@]*@[^@]*\.[^@]*                                          # a mail address
    | (?:inc|req|ritm|chg|prb|task|sctask|case|ticket|sr|kb)-?\d{4,}   # a ticket's number
    | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}                 # a UUID
    | 0x[0-9a-f]{5,}                                              # a memory address
    | (?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}                        # a digest, a revision
    | \d{4}-\d{1,2}-\d{1,2}(?:t[\d:.]+z?)?(?:[+-][\d:]+)?           # a date, an instant
    | \d{8}t\d{4,6}z?                                             # an instant without marks
    | \d{1,2}[-.]\d{1,2}[-.](?:\d{4}|\d{2}(?=:))                  # a date as people write it
    | \d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:[ap]m)?(?:z|[+-][\d:]+)? # a time of day
    | \d{6,}                                                      # a long number
    | \d+(?:-\d+){2,}                                             # a telephone or card number
    | s-1-\d+(?:-\d+)+                                            # an account of Windows (SID)
    | [a-z]{2}\d{2}(?:[a-z]{4})?\d{10,26}                         # a bank account (IBAN)
    """,
    re.VERBOSE,
)


def is_masked(word: str) -> bool:
    """Return whether a word (in lower case, as `word_pattern` finds it) names one event or person.

    What is longer than a word can be is masked too: keys and tokens are.

    >>> [is_masked(word) for word in ("bob@example.org", "inc0012345", "ora-01555", "mail.corp")]
    [True, True, False, False]
    """
    if len(word) > LONGEST_WORD:
        return not RUN.match(word)
    return bool(_ONE_EVENT.fullmatch(word)) and not _ERROR_CODE.match(word)


def plain(text: str) -> str:
    """Return a text in the one form in which it is compared: NFKC, without what nobody sees.

    >>> plain("Druck" + chr(0xAD) + "auftrag")
    'Druckauftrag'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN))


def word_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern that finds the words of a plain text."""
    return _ASCII_WORD if text.isascii() else _wide_word()


@cache
def _wide_word() -> re.Pattern[str]:
    r"""Return the pattern for texts of any script.

    A run of a script without blanks is a word of its own. Vowel signs and other marks that combine
    belong to their word: Python's `\w` leaves them out, and Hindi would fall into single letters.
    """
    run = re.compile(f"[{_WITHOUT_BLANKS}]")
    combining = "".join(
        letter
        for letter in map(chr, range(0x300, 0x1_0000))
        if unicodedata.category(letter) in {"Mn", "Mc"} and not run.match(letter)
    )
    letter = rf"(?:[^\W{_WITHOUT_BLANKS}]|[{combining}])"
    first = rf"[^\W_{_WITHOUT_BLANKS}]"
    return re.compile(rf"[{_WITHOUT_BLANKS}]+|{first}{letter}*(?:{_JOINED}{letter}+)*")


def masked(text: str) -> str:
    """Return the text with what names one event or one person replaced by an ellipsis.

    What is beyond ASCII comes back composed (NFC), without characters that nobody sees. It does
    not know people's names: they need a list of people, or somebody who reads it.

    >>> from itsm_core.linking import masked
    >>> masked("10:42 INC0012345: bob@example.org cannot reach mail.corp, ORA-01555")
    '… …: … cannot reach mail.corp, ORA-01555'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    return word_pattern(text).sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    return _MARK if is_masked(plain(found[0]).casefold()) else found[0]
