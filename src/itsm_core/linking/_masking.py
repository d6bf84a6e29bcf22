"""What is taken out of texts before they are compared: it names one event, or one person.

A ticket number, a mail address, an instant, a memory address make two reports of one failure look
different, and two different ones alike. Host names and error codes are what a failure is known by,
and stay.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["WORD", "is_masked", "masked"]

WORD: Final = re.compile(r"[^\W_]\w*(?:[.@:+\-$#]+\w+)*")
"""A word, with the marks that join parts of names, addresses, codes and instants."""

_MARK: Final = "…"

_ERROR_CODE: Final = re.compile(r"0x[8c]\d{0,3}[0-9a-f]{4,7}\Z|[a-z]{2,6}-0\d{3,5}[a-z]?\Z")
"""An HRESULT or NTSTATUS (0x80070005), or a code with leading zeros (ORA-01555): kept."""

_ONE_EVENT: Final = re.compile(
    r"""
      [^@]*@[^@]*\.[^@]*                                          # a mail address
    | (?:inc|req|ritm|chg|prb|task|sctask|case|ticket|sr|kb)-?\d{4,}   # a ticket's number
    | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}                 # a UUID
    | 0x[0-9a-f]{5,}                                              # a memory address
    | (?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}                        # a digest, a revision
    | \d{4}-\d{1,2}-\d{1,2}(?:t[\d:.]+z?)?(?:\+[\d:]+)?            # a date, an instant
    | \d{1,2}[-.]\d{1,2}[-.](?:\d{4}|\d{2}(?=:))                  # a date as people write it
    | \d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:[ap]m)?z?                # a time of day
    | \d{6,}                                                      # a long number
    | \d+(?:-\d+){2,}                                             # a telephone or card number
    """,
    re.VERBOSE,
)


def is_masked(word: str) -> bool:
    """Return whether a word (in lower case, as `WORD` finds it) names one event or one person.

    >>> [is_masked(word) for word in ("bob@example.org", "inc0012345", "ora-01555", "mail.corp")]
    [True, True, False, False]
    """
    return bool(_ONE_EVENT.fullmatch(word)) and not _ERROR_CODE.match(word)


def masked(text: str) -> str:
    """Return the text with what names one event or one person replaced by an ellipsis.

    It does not know people's names: they need a list of people, or somebody who reads it.

    >>> masked("10:42 INC0012345: bob@example.org cannot reach mail.corp, ORA-01555")
    '… …: … cannot reach mail.corp, ORA-01555'
    """
    return WORD.sub(lambda found: _MARK if is_masked(found[0].casefold()) else found[0], text)
