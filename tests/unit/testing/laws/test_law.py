"""What a law is, what its error says, and how an example gets small."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import attrs
import pytest

from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.testing.laws import LawBroken, law
from itsm_core.testing.laws._law import broken, chosen, first_broken, shrunk, violations


@attrs.frozen(kw_only=True)
class Numbers:
    """Hold what the laws of this file are about."""

    values: tuple[int, ...]


@law("N1")
def no_zero(case: Numbers) -> Iterator[str]:
    """There is no zero,
    wherever it stands.

    More is said below.
    """
    yield from ("a zero" for value in case.values if value == 0)


@law("N2")
def one_over_each_is_a_number(case: Numbers) -> Iterator[str]:
    """Each can be divided by."""
    yield from ("negative" for value in case.values if 1 / value < 0)


def smaller(case: Numbers) -> Iterator[Numbers]:
    """Yield the numbers without one of them."""
    for place in range(len(case.values)):
        yield Numbers(values=case.values[:place] + case.values[place + 1 :])


def test_law_has_number_name_and_sentence() -> None:
    """The sentence is the first paragraph of the docstring, in one line."""
    assert (no_zero.number, no_zero.name) == ("N1", "no_zero")
    assert no_zero.sentence == "There is no zero, wherever it stands"
    assert list(no_zero(Numbers(values=(0,)))) == ["a zero"]


def test_error_of_a_rule_is_a_violation() -> None:
    """Whatever is raised is told with its class."""
    assert violations(one_over_each_is_a_number, Numbers(values=(0,))) == (
        "ZeroDivisionError: division by zero",
    )
    assert first_broken((no_zero, one_over_each_is_a_number), Numbers(values=(1,))) is None


def test_case_keeps_one_zero_when_shrunk() -> None:
    """Everything else can be left out."""
    assert shrunk(no_zero, Numbers(values=(3, 0, 4, 0)), smaller) == Numbers(values=(0,))


def test_case_makes_no_other_mistake_when_shrunk() -> None:
    """A division by zero is not the negative number that was found, nor the other way round."""
    found = shrunk(one_over_each_is_a_number, Numbers(values=(-1, 2, 0)), smaller)
    assert found == Numbers(values=(0,))
    assert shrunk(one_over_each_is_a_number, Numbers(values=(-1, 2)), smaller).values == (-1,)


def test_laws_are_left_out_by_number_or_name() -> None:
    """A text alone, and what no law is called, are refused."""
    both = (no_zero, one_over_each_is_a_number)
    assert chosen(both, {"N1"}) == (one_over_each_is_a_number,)
    assert chosen(both, ["one_over_each_is_a_number"]) == (no_zero,)
    with pytest.raises(InvalidValue, match=r"write \('N1',\)"):
        chosen(both, "N1")
    with pytest.raises(InvalidValue, match="no such law: 'N3'"):
        chosen(both, ["N3"])


def test_error_is_an_assertion_and_travels_between_processes() -> None:
    """Test frameworks count it as a failure; its parts stay."""
    with pytest.raises(LawBroken) as caught:
        broken(no_zero, Numbers(values=(0,)), subject="numbers", story=["one"], ledger=["two"])
    error = caught.value
    assert isinstance(error, AssertionError)
    assert isinstance(error, ItsmError)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.example == error.example
    assert str(error).splitlines()[:6] == [
        "numbers breaks law N1: There is no zero, wherever it stands",
        "  a zero",
        "the story",
        "  one",
        "the ledger",
        "  two",
    ]


def test_violations_are_counted_when_there_are_many() -> None:
    """Four are told, and how many more there are."""
    error = LawBroken(subject="a", law="N1", sentence="b", violations=tuple("vwxyz"))
    assert str(error).splitlines()[-1] == "  ... and 1 more"
