"""Values as code: what is written down makes an equal value when it is run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from types import MappingProxyType

import attrs
import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    PublicHolidays,
    WeeklyHours,
    WorkingDays,
)
from itsm_core.conditions import field
from itsm_core.escalation import Coverage
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId, TicketId
from itsm_core.lifecycle import INCIDENT, StateCategory
from itsm_core.priority import ITIL_MATRIX, PriorityPolicy
from itsm_core.rosters import Absence
from itsm_core.sla import (
    FACTS,
    ClockRules,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from itsm_core.testing.laws._code import Writer, example_of

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=[date(2026, 4, 6), date(2026, 4, 3)],
    exceptions={date(2026, 12, 24): "09:00-12:00"},
)


def again(value: object) -> object:
    """Return what the code of a value makes."""
    writer = Writer()
    code = writer.code(value)
    names: dict[str, object] = {}
    exec("\n".join([*writer.imports(), f"made = {code}"]), names)
    return names["made"]


@pytest.mark.parametrize(
    "value",
    [
        "text",
        3,
        None,
        timedelta(0),
        timedelta(days=1),
        timedelta(days=2),
        timedelta(minutes=90),
        timedelta(microseconds=1_000_001),
        date(2026, 3, 2),
        time(9, 30),
        NINE,
        (1, 2),
        (1,),
        (),
        frozenset({"b", "a"}),
        StateCategory.ON_HOLD,
        ALWAYS,
        NEVER,
        OFFICE,
        OFFICE | ALWAYS,
        BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""), holidays=PublicHolidays("DE")),
        WorkingDays(2, time(16), cut_off=time(15)),
        INCIDENT,
        ITIL_MATRIX,
        PriorityPolicy(matrix=ITIL_MATRIX),
        FACTS,
        field("group").is_("network") & ~field("answered").is_(True),
        TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=NINE, priority="P1"),
        Absence(person="ann", start=NINE, end=NINE + timedelta(days=1)),
        Coverage(hours={"desk": OFFICE}),
        ServiceLevelAgreement(
            agreement_id=AgreementId("gold"),
            calendar=OFFICE,
            targets=[
                ServiceLevelTarget(
                    metric="resolution",
                    goals={"P1": timedelta(hours=4)},
                    pause_on={"awaiting_requester"},
                    pause_limits=[PauseLimit(reason="*", budget=timedelta(hours=1))],
                    warn_at_ratios=[0.5],
                ),
                ServiceLevelTarget(
                    metric="ola",
                    goals=timedelta(hours=1),
                    rules=ClockRules(
                        start=field("group").is_("network"), stop=field("group").is_("desk")
                    ),
                ),
            ],
        ),
    ],
    ids=map(str, range(31)),
)
def test_value_is_equal_when_its_code_is_run(value: object) -> None:
    """With the imports that are written above it."""
    assert again(value) == value


def test_mapping_is_written_as_a_dict() -> None:
    """However it was frozen."""
    assert Writer().code(MappingProxyType({"a": 1})) == "{'a': 1}"
    assert Writer().code(frozenset()) == "()"


@attrs.frozen(kw_only=True)
class Mine:
    """Hold something of a user's own."""

    ask: object


def answer() -> None:
    """Answer."""


class Asks:
    """Be called like a function, and have no name."""

    def __call__(self) -> None:
        """Answer."""

    def ask(self) -> None:
        """Ask."""


def test_own_class_and_function_are_imported() -> None:
    """From where they are defined."""
    assert again(Mine(ask=answer)) == Mine(ask=answer)


def test_own_function_is_named_when_it_cannot_be_imported() -> None:
    """The reader sees what to put there."""
    writer = Writer()
    assert writer.code(lambda: None) == "yours_lambda"
    path = "test_own_function_is_named_when_it_cannot_be_imported.<locals>.<lambda>"
    assert writer.imports() == [f"# yours_lambda is yours: {path}"]


def test_callable_is_named_by_its_class_when_it_has_no_name() -> None:
    """A class or a function of the same name is something else, and is not imported for it."""
    writer = Writer()
    for value, name in (
        (Asks(), "yours_Asks"),
        (partial(answer), "yours_partial"),
        (Asks().ask, "yours_ask"),
    ):
        assert writer.code(value) == name
    assert writer.imported == {}


def test_function_is_imported_when_it_sits_in_a_class() -> None:
    """By the class; that it sits in a function is something else."""

    class Inner:
        """Hide."""

    assert again(Asks.ask) is Asks.ask
    assert Writer().code(Inner) == "yours_Inner"
    assert Writer().code(attrs.make_class("Made", ())()) == "yours_Made()"


def test_functions_have_different_names_when_they_are_called_alike() -> None:
    """Two lambdas are two, and the same one is one."""
    writer = Writer()
    one, two = (lambda: 1), (lambda: 2)
    names = [writer.code(each) for each in (one, two, one)]
    assert names == ["yours_lambda", "yours_lambda_2", "yours_lambda"]


def test_example_tries_the_law_and_prints_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """It stands alone: imports, the case, the law."""
    from itsm_core.testing.laws import CalendarCase

    closed = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""))
    code = example_of("calendar_opens", CalendarCase(calendar=closed, years=range(2026, 2027)))
    exec(code, {})
    assert capsys.readouterr().out == "in 2026 it is open for 0 minutes a week\n"


def test_code_is_broken_into_lines_when_it_is_long() -> None:
    """Nobody reads a line of a thousand characters."""

    def lines(value: object) -> Iterator[str]:
        yield from Writer().code(value).splitlines()

    assert max(map(len, lines(tuple(f"name {n}" for n in range(100))))) <= 100
