"""Which lifecycle a new ticket follows, and which timed rules a lifecycle has."""

from __future__ import annotations

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.commands import OpenTicket
from itsm_core.errors import CommandRefused, Fault
from itsm_core.ids import TicketId
from itsm_core.lifecycle import TimedRules, lifecycle_named, timed_of
from itsm_core.lifecycle._by_type import names_in, types_of

BY_TYPE = {"incident": "incident", "wish": "service_request", "Wish": "task"}
OPEN = {**BY_TYPE, "*": "incident"}


def opening(kind: str) -> OpenTicket:
    """Return a command that opens a ticket of a type."""
    return OpenTicket(ticket_id=TicketId("T1"), ticket_type=kind, impact="low", urgency="low")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("incident", "incident"), ("wish", "service_request"), ("Wish", "task")],
)
def test_lifecycle_is_that_of_the_type_when_each_has_one(kind: str, expected: str) -> None:
    """Case counts: they are the desk's own words."""
    assert lifecycle_named(BY_TYPE, opening(kind)) == expected


def test_lifecycle_is_the_one_when_there_is_one_for_all() -> None:
    """A desk that tells no types apart opens all of them with it."""
    assert lifecycle_named("task", opening("whatever")) == "task"


def test_lifecycle_is_that_of_the_star_when_the_type_is_not_named() -> None:
    """The star is every other type, and no type itself."""
    assert lifecycle_named(OPEN, opening("problem")) == "incident"
    assert types_of(OPEN) == ("incident", "wish", "Wish")


def test_opening_is_refused_when_no_lifecycle_is_for_the_type() -> None:
    """The refusal names the type, the types that there are, and the nearest of them."""
    found = lifecycle_named(BY_TYPE, opening("inzident"))
    assert isinstance(found, CommandRefused)
    (reason,) = found.reasons
    assert (reason.code, reason.where, reason.value) == (
        "unknown-ticket-type",
        "ticket_type",
        "inzident",
    )
    assert reason.remedy == "known types: incident, wish, Wish; did you mean 'incident'?"


def test_refusal_is_short_when_there_are_very_many_types() -> None:
    """Twenty names, and how many more."""
    found = lifecycle_named({f"type {n}": "task" for n in range(30)}, opening("x"))
    assert isinstance(found, CommandRefused)
    assert found.reasons[0].remedy.endswith("type 19 and 10 more")
    for number, last in ((20, "type 19"), (21, "type 19 and 1 more")):
        found = lifecycle_named({f"type {n}": "task" for n in range(number)}, opening("x"))
        assert isinstance(found, CommandRefused)
        assert found.reasons[0].remedy.endswith(last)
    none = lifecycle_named({}, opening("x"))
    assert isinstance(none, CommandRefused)
    assert none.reasons[0].remedy == "known types: none"


def test_names_are_each_there_once_when_types_share_a_lifecycle() -> None:
    """One name for all is a list of one."""
    assert names_in(OPEN) == ("incident", "service_request", "task")
    assert (names_in("task"), types_of("task")) == (("task",), ())


def test_timed_rules_are_those_of_the_lifecycle_when_each_has_its_own() -> None:
    """Rules for all hold for all, and a lifecycle without rules has none."""
    rules = TimedRules(calendar=ALWAYS)
    assert timed_of(rules, "incident") is rules
    assert timed_of({"incident": rules}, "incident") is rules
    assert timed_of({"incident": rules}, "complaint") is None
    assert timed_of(None, "incident") is None


def test_refusal_tells_everything_when_no_lifecycle_is_for_the_type() -> None:
    """Which command on which ticket, message, place, value and remedy."""
    found = lifecycle_named({"incident": "incident"}, opening("zzz"))
    fault = Fault(
        "unknown-ticket-type",
        "no lifecycle is for tickets of type 'zzz'",
        "ticket_type",
        "zzz",
        "known types: incident",
    )
    assert isinstance(found, CommandRefused)
    assert (found.command, found.ticket_id, found.reasons) == ("OpenTicket", "T1", (fault,))
