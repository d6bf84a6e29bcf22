"""Every error: its text, its attributes, its pickle, and its place in the tree."""

from __future__ import annotations

import pickle
import time

import pytest

from itsm_core import errors
from itsm_core.errors import Fault

FAULT = Fault("missing-cell", "has no priority", "cells['a', 'b']", "", "give it one")

CASES: list[tuple[errors.ItsmError, str]] = [
    (errors.ItsmError("plain"), "plain"),
    (errors.RepositoryError("plain"), "plain"),
    (errors.InvalidValue("a goal must be positive", -1, "use more"), "positive: -1; use more"),
    (errors.NaiveDatetime(value="09:00"), "datetime without a time zone: '09:00'; attach the zone"),
    (errors.UnknownZone("no such zone", "Europe/Berlinn"), "no such zone: 'Europe/Berlinn'"),
    (errors.UnknownHolidays("no such country", "DEE"), "no such country: 'DEE'"),
    (errors.InstantOutOfRange("too late", 10**20), "too late: 100000000000000000000"),
    (
        errors.DefinitionError("matrix 'm'", (FAULT,)),
        "matrix 'm': cells['a', 'b']: has no priority (give it one)",
    ),
    (
        errors.CommandRefused("CloseTicket", "INC-1", (FAULT, FAULT)),
        "CloseTicket on ticket INC-1 refused: cells['a', 'b']: has no priority (give it one); ",
    ),
    (
        errors.CalendarExhausted("'never'", "next_open", "within 10 years"),
        "next_open: calendar 'never' has no such open time within 10 years",
    ),
    (
        errors.AmbiguousAgreement("sla", 5, ("'a' version 1", "'b' version 2"), "INC-1"),
        (
            "sla agreements 'a' version 1 and 'b' version 2 apply to ticket INC-1 with the same "
            "precedence 5; give one of them a higher precedence"
        ),
    ),
    (
        errors.NotAveraged("Rate", "Rate(successes=1, trials=2)", "pool the counts"),
        "a Rate is not added, averaged or compared: Rate(successes=1, trials=2); pool the counts",
    ),
    (errors.NotFound("ticket", "INC-1", "open it"), "ticket 'INC-1' does not exist; open it"),
    (errors.AlreadyExists("agreement", "gold 3"), "agreement 'gold 3' exists with other content"),
    (errors.LeaseLost("INC-1/remind/1"), "timer 'INC-1/remind/1' is no longer lent to this worker"),
    (errors.Conflict("INC-1", "3", 4), "stream 'INC-1' is at version 4, not 3"),
    (errors.KeyReused("INC-1", "k1"), "key 'k1' was used on stream 'INC-1' with other events"),
    (errors.StoreUnavailable("desk.db", "is locked", "wait"), "store desk.db: is locked; wait"),
    (errors.CodecError("not a text", "ticket.title", 3, "quote it"), "ticket.title: not a text"),
    (errors.LogError("no such column", "log.csv:1", "stat"), "log.csv:1: no such column (got"),
]

ids = [type(error).__name__ for error, _ in CASES]


def tree(kind: type[errors.ItsmError]) -> set[type[errors.ItsmError]]:
    """Return an error class with all its subclasses."""
    below = [tree(each) for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return {kind}.union(*below)


def test_table_has_every_error_when_compared_with_the_tree() -> None:
    """No error class goes untested."""
    assert {type(error) for error, _ in CASES} == tree(errors.ItsmError)


@pytest.mark.parametrize(("error", "text"), CASES, ids=ids)
def test_text_says_what_and_with_which_value_when_shown(error: errors.ItsmError, text: str) -> None:
    """A message names the value and the place."""
    assert text in str(error)


@pytest.mark.parametrize(("error", "_text"), CASES, ids=ids)
def test_error_is_the_same_when_it_was_pickled(error: errors.ItsmError, _text: str) -> None:
    """Errors travel between processes, with text and attributes."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_codes_are_distinct_when_collected() -> None:
    """A code names one class."""
    codes = [kind.code for kind in tree(errors.ItsmError)]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("kind", [errors.InvalidValue, errors.DefinitionError, errors.CodecError])
def test_error_is_a_value_error_when_a_value_is_wrong(kind: type[Exception]) -> None:
    """Who catches ValueError today goes on working."""
    assert issubclass(kind, ValueError)


def test_every_name_is_exported_when_listed() -> None:
    """`__all__` holds the whole tree."""
    assert {kind.__name__ for kind in tree(errors.ItsmError)} <= set(errors.__all__)


def test_definition_error_numbers_faults_when_there_are_several() -> None:
    """Several faults stand on lines of their own."""
    other = Fault("no-levels", "is empty", "impacts")
    assert str(errors.DefinitionError("matrix", (FAULT, other))) == (
        "matrix: 2 faults\n  1. cells['a', 'b']: has no priority (give it one)\n"
        "  2. impacts: is empty"
    )


def test_text_is_bounded_when_the_value_is_huge() -> None:
    """A hostile value does not become a megabyte of message."""
    assert len(str(errors.InvalidValue("too long", "x" * 1_000_000))) < 200


def test_optional_parts_are_left_out_when_empty() -> None:
    """A message ends where there is nothing more to say."""
    shown = [errors.InvalidValue("w", 1), errors.CodecError("w"), errors.NotFound("k", "x")]
    shown += [errors.StoreUnavailable("s", "w")]
    assert [str(each) for each in shown] == ["w: 1", "w", "k 'x' does not exist", "store s: w"]


@pytest.mark.parametrize(
    ("value", "known", "expected"),
    [
        ("Europe/Berlinn", ("Europe/Berlin",), "; did you mean 'Europe/Berlin'?"),
        ("HIGH", ("high", "low"), "; did you mean 'high'?"),
        ("zebra", ("high", "low"), ""),
        ("high", (), ""),
        ("DEE", ("DE", "DEU", "EE", "EST"), "; did you mean 'DE'?"),
        ("priorit", ("prior", "priorities", "priority"), "; did you mean 'priority'?"),
        ("prioritty", ("prior", "priority"), "; did you mean 'priority'?"),
        ("de", ("DE", "DEU"), "; did you mean 'DE'?"),
        ("", ("a",), ""),
        (None, ("None", "high"), ""),
        (["high"], ("high",), ""),
        ("high", (None, 5, "high"), "; did you mean 'high'?"),
        ("high" * 30, ("high",), ""),
    ],
)
def test_suggestion_names_the_closest_when_there_is_one(
    value: object, known: tuple[object, ...], expected: str
) -> None:
    """A suggestion is close, also in other letters; what is far, or no text, has none."""
    assert errors.did_you_mean(value, known) == expected


def test_message_is_bounded_when_the_value_cannot_be_shown() -> None:
    """A hostile value must not turn a refusal into another error."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value, kind in ((10**5000, "int"), (deep, "list")):
        assert f"<{kind} too large to show>" in str(errors.InvalidValue("what", value))


def test_suggestion_costs_nothing_when_the_value_is_huge() -> None:
    """Comparing 9,000 letters with 600 names would take most of a minute."""
    known = [f"Europe/Place{n}" * 3 for n in range(600)]
    began = time.process_time()
    assert errors.did_you_mean("Europe/Berlin" * 700, known) == ""
    assert time.process_time() - began < 0.5
