"""Ticket numbers that tell a slip of the tongue: with two check digits after ISO 7064.

A number is heard over the telephone and typed by hand. With check digits a wrong one is noticed at
once, instead of opening somebody else's ticket.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, cast

import attrs

from itsm_core.errors import Fault, InvalidValue
from itsm_core.ids import TicketId
from itsm_core.rosters import _fields as check

__all__ = ["TicketNumbers"]

_MODULUS: Final = 97
_MOST_DIGITS: Final = 18
"""More than anybody reads out; a number of so many digits fits into 63 bits."""
_PREFIX: Final = re.compile(r"[A-Z]{1,8}")
_GAPS: Final = re.compile(r"[\s.\-\u2010-\u2015_/]+")
_LETTERS: Final = {letter: str(n) for n, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}


@attrs.frozen(kw_only=True)
class TicketNumbers:
    """Write and read the numbers of one kind of ticket: `INC-000017-55`.

    The two digits at the end are check digits after ISO/IEC 7064, MOD 97-10, over the letters of
    `prefix` and the digits, the letters counted from A = 10 as in an IBAN. Every wrong character,
    every swap of two neighbours and every swap of two characters with one between them is noticed,
    and all but one in 97 of any other mistake.

    `digits` is the least number of digits; longer numbers keep all of theirs.

    Raises:
        DefinitionError: a prefix of other characters than one to eight capital letters, or digits
            outside 1 to 18.

    References:
        ISO/IEC 7064:2003, MOD 97-10.

    >>> numbers = TicketNumbers(prefix="INC")
    >>> numbers.format(17)
    'INC-000017-55'
    >>> numbers.parse("inc 17 55")
    17
    """

    prefix: str = "INC"
    digits: int = 6

    def __attrs_post_init__(self) -> None:
        check.refuse(f"ticket numbers {self.prefix!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        prefix = cast("object", self.prefix)
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            message = "is not one to eight letters from A to Z"
            yield Fault("wrong-value", message, "prefix", str(prefix), "write e.g. 'INC'")
        yield from check.number_faults("digits", self.digits, 1, _MOST_DIGITS)

    def format(self, number: int) -> TicketId:
        """Return the id of the ticket with a running number.

        Raises:
            InvalidValue: it is no whole number from 1 up, or has more than 18 digits.
        """
        if type(number) is not int or not 1 <= number < 10**_MOST_DIGITS:
            remedy = f"count from 1, up to {_MOST_DIGITS} digits"
            raise InvalidValue("not the running number of a ticket", number, remedy)
        body = f"{number:0{self.digits}d}"
        return TicketId(f"{self.prefix}-{body}-{self._check_digits(body)}")

    def parse(self, text: str) -> int:
        """Return the running number that somebody said or typed.

        Capitals, blanks, dots, hyphens and dashes, slashes and zeros in front make no difference.

        Raises:
            InvalidValue: it is no such number, of another kind, or its check digits do not fit; the
                message tells these apart.
        """
        body, given = self._parts(text)
        number = int(body)
        if number < 1 or self._check_digits(body) != given:
            remedy = "ask for the number again, or look by requester, service and words"
            raise InvalidValue("a ticket number with a slip in it", text, remedy)
        return number

    def is_valid(self, text: str) -> bool:
        """Tell whether `parse` would take it."""
        try:
            self.parse(text)
        except InvalidValue:
            return False
        return True

    def ticket_id(self, text: str) -> TicketId:
        """Return the id as `format` writes it, of what somebody said or typed.

        Raises:
            InvalidValue: as `parse`.
        """
        return self.format(self.parse(text))

    def _parts(self, text: object) -> tuple[str, str]:
        """Return the digits of the number, zeros in front stripped to the least, and the check."""
        shown = f"write it like {self.format(17)}"
        if not isinstance(text, str) or len(text) > 2 * _MOST_DIGITS + 20:
            raise InvalidValue("not a ticket number", text, shown)
        plain = _GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()
        letters = plain.rstrip("0123456789")
        rest = plain[len(letters) :]
        if letters != self.prefix:
            kind = f"not a ticket number of {self.prefix}"
            raise InvalidValue(kind, text, shown)
        body, given = rest[:-2].lstrip("0"), rest[-2:]
        if not body or len(body) > _MOST_DIGITS:
            raise InvalidValue("not a ticket number", text, shown)
        return body.zfill(self.digits), given

    def _check_digits(self, body: str) -> str:
        letters = "".join(_LETTERS[letter] for letter in self.prefix)
        return f"{_MODULUS + 1 - int(f'{letters}{body}00') % _MODULUS:02d}"
