"""Ticket numbers: what a slip is noticed by, proved on every number of a small space (D3)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from itsm_core.contacts import TicketNumbers
from itsm_core.errors import DefinitionError, InvalidValue

INC = TicketNumbers(prefix="INC", digits=6)
SMALL = TicketNumbers(prefix="A", digits=2)
EVERY = [(n, SMALL.format(n)) for n in range(1, 100)]


def test_number_is_written_with_its_check_digits() -> None:
    """I, N, C are 18, 23, 12: 98 - (182312000017 * 100 mod 97), worked out by hand."""
    assert 98 - 18231200001700 % 97 == 55
    assert INC.format(17) == "INC-000017-55"


def test_scheme_is_that_of_the_standard() -> None:
    """ISO 7064 MOD 97-10: letters from A = 10, and the whole is 1 modulo 97, as in an IBAN."""
    for number, text in EVERY:
        whole = "".join(str(int(mark, 36)) for mark in text if mark != "-")
        assert int(whole) % 97 == 1, number


def test_number_is_itself_when_written_and_read() -> None:
    """All of a small space, and the largest."""
    assert all(SMALL.parse(text) == number for number, text in EVERY)
    assert len({text for _, text in EVERY}) == len(EVERY)
    assert INC.parse(INC.format(10**18 - 1)) == 10**18 - 1


@pytest.mark.parametrize(
    "said",
    [
        "INC-000017-55",
        "inc 17 55",
        "  Inc.000017/55 ",
        "INC1755",
        "INC_0017_55",
        "ＩＮＣ-17-55",
        "INC–000017‑55",
    ],
)
def test_number_is_understood_when_it_is_written_otherwise(said: str) -> None:
    """Capitals, gaps and zeros in front say nothing; full-width letters are letters."""
    assert INC.parse(said) == 17
    assert INC.ticket_id(said) == "INC-000017-55"
    assert INC.is_valid(said)


def slips(text: str) -> Iterator[str]:
    """Yield a number with one wrong digit, or with two digits next to each other swapped.

    And with two swapped that have one between them, and with a pair of equal ones mistaken.
    """
    digits = [place for place, mark in enumerate(text) if mark.isdigit()]
    for place in digits:
        yield from (text[:place] + other + text[place + 1 :] for other in "0123456789")
    for one, other in [
        *pairwise(digits),
        *zip(digits, digits[2:], strict=False),
    ]:
        marks = list(text)
        marks[one], marks[other] = marks[other], marks[one]
        yield "".join(marks)
    for one, other in pairwise(digits):
        if text[one] == text[other]:
            for mark in "0123456789":
                marks = list(text)
                marks[one] = marks[other] = mark
                yield "".join(marks)


def test_every_slip_of_one_digit_or_one_swap_is_noticed_in_all_numbers() -> None:
    """Exhaustively: 99 numbers, each with all of its slips, check digits included."""
    tried = 0
    for _, text in EVERY:
        for wrong in slips(text):
            if wrong != text:
                tried += 1
                assert not SMALL.is_valid(wrong), (text, wrong)
    assert tried > 3_500


def test_other_mistakes_are_mostly_noticed() -> None:
    """Any two digits wrong: about one in 97 slips through."""
    text = INC.format(482_731)
    digits = [place for place, mark in enumerate(text) if mark.isdigit()]
    tried = passed = 0
    for one, other in product(digits, digits):
        if one < other:
            for first, second in product("0123456789", repeat=2):
                if first != text[one] and second != text[other]:
                    marks = list(text)
                    marks[one], marks[other] = first, second
                    tried += 1
                    passed += INC.is_valid("".join(marks))
    assert tried == 28 * 81
    assert passed / tried < 0.02


@pytest.mark.parametrize("said", ["INC-000017-54", "INC-000071-55", "INC-100017-55"])
def test_slip_is_told_apart_when_the_check_digits_do_not_fit(said: str) -> None:
    """Ask again, it says."""
    with pytest.raises(InvalidValue, match=r"with a slip in it.*ask for the number again"):
        INC.parse(said)


@pytest.mark.parametrize(
    "said", ["", "INC", "INC-55", "17", "INC-١٧-٥٥", "INC 1e5 55", 18, None, "INC" + "9" * 99]
)
def test_text_is_refused_when_it_is_no_number(said: object) -> None:
    """The message shows what one looks like."""
    with pytest.raises(InvalidValue, match=r"not a ticket number.*INC-000017-55"):
        INC.parse(said)  # type: ignore[arg-type]


def test_number_is_refused_when_it_is_of_another_kind() -> None:
    """A request is no incident; INC and IMC are told apart."""
    with pytest.raises(InvalidValue, match="not a ticket number of INC"):
        INC.parse(TicketNumbers(prefix="REQ").format(17))
    assert not INC.is_valid("IMC-000017-55")


def test_number_is_refused_when_it_is_none() -> None:
    """Nobody has the ticket number nought."""
    zero = f"INC-000000-{98 - 18231200000000 % 97:02d}"
    with pytest.raises(InvalidValue):
        INC.parse(zero)


@pytest.mark.parametrize("number", [0, -1, 10**18, True, 1.0, "17"])
def test_running_number_is_refused_when_it_is_none(number: object) -> None:
    """Whole, from one, with a bound."""
    with pytest.raises(InvalidValue, match="not the running number"):
        INC.format(number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prefix", "digits"), [("", 6), ("inc", 6), ("ABCDEFGHI", 6), ("I1", 6), (5, 6), ("INC", 0)]
)
def test_kind_of_numbers_is_refused_when_it_cannot_be_meant(prefix: object, digits: int) -> None:
    """One to eight capital letters, one to eighteen digits."""
    with pytest.raises(DefinitionError):
        TicketNumbers(prefix=prefix, digits=digits)  # type: ignore[arg-type]
