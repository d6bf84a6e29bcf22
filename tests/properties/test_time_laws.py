"""Laws of instants that hold in every room: what results show, what touches the world, both ends.

T1: instants of results are pendulum's, in UTC. T4: nothing but the ports reads the clock, the
system's zone, the environment or chance. T5: the first and last hours of all years end in answers
or in errors of this package.
"""

from __future__ import annotations

import ast
import re
import time as time_module
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
    calendar_from_json,
)
from itsm_core.calendars._holidays import _published, public_holidays
from itsm_core.commitments import commitments_of
from itsm_core.errors import InstantOutOfRange, ItsmError
from itsm_core.escalation import Breached, EscalationRule, Ladder, Notify, due, plan
from itsm_core.events import (
    CommitmentMade,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.linking import ProblemReview
from itsm_core.ports import Timer
from itsm_core.rosters import Roster, Rotation
from itsm_core.sla import (
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    next_event,
    verify,
)
from itsm_core.spans import micros

HOUR = timedelta(hours=1)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LADDER = Ladder(
    name="desk",
    rules=[
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[Notify(target="group", name="second line")],
        )
    ],
)


def promise(calendar: Calendar, goal: Goal) -> ServiceLevelAgreement:
    """Return one promise with a warning and a pause."""
    target = ServiceLevelTarget(
        metric="resolution", goals=goal, pause_on={"supplier"}, warn_at_ratios=(0.5,)
    )
    return ServiceLevelAgreement(agreement_id=AgreementId("a"), calendar=calendar, targets=[target])


def office(zone: str = "Europe/Berlin", hours: str = "Mo-Fr 09:00-17:00") -> BusinessCalendar:
    """Return a desk in a zone."""
    return BusinessCalendar(zone=zone, hours=WeeklyHours.parse(hours))


# -- T1


def shown(value: object) -> Iterator[tuple[str, object]]:
    """Yield each instant that a value shows by a property, as its class declares it."""
    for kind in type(value).__mro__:
        for name, member in vars(kind).items():
            if isinstance(member, property) and member.fget is not None:
                declared = member.fget.__annotations__.get("return", "")
                if str(declared).startswith("pendulum.DateTime"):
                    yield f"{kind.__name__}.{name}", getattr(value, name)


def test_instants_of_results_are_pendulum_s_in_utc_when_all_was_told_in_a_zone() -> None:
    """T1: clocks, ledgers, events, tickets, plans, promises, timers; Berlin was asked in."""
    berlin = ZoneInfo("Europe/Berlin")
    nine = NINE.astimezone(berlin)
    history: tuple[TicketEvent, ...] = (
        TicketOpened(ticket_id=ID, occurred_at=nine, priority="P1"),
        CommitmentMade(ticket_id=ID, occurred_at=nine, commitment_id="c", due_at=nine + HOUR),
        TicketPutOnHold(ticket_id=ID, occurred_at=nine + HOUR, state="h", reason="supplier"),
        TicketResumed(ticket_id=ID, occurred_at=nine + 2 * HOUR, state="w"),
        TicketResolved(ticket_id=ID, occurred_at=nine + 9 * HOUR, state="r"),
    )
    agreement = promise(office(), WorkingTime(2 * HOUR))
    late = evaluate(history, agreement, as_of=nine + 12 * HOUR)
    clock = late["resolution"]
    open_yet = evaluate(history[:2], agreement, as_of=nine)
    coming = next_event(open_yet)
    steps = due(history, LADDER, agreement, since=None, until=nine + 12 * HOUR)
    results: list[object] = [late, clock, *clock.ledger, *history, fold(history), coming]
    results += [*plan(history[:1], LADDER, agreement, as_of=nine), *(each.step for each in steps)]
    results += [*commitments_of(history, nine), Timer(key="k", stream=ID, due_at=nine)]
    results += [ProblemReview(observed=0, expected=3.0, chance=0.05, convincing_us=micros(nine))]
    found = [(name, value) for each in results for name, value in shown(each) if value is not None]
    found += [("warning", at) for _, at in clock.warnings]
    assert {
        "SlaClock.due_at",
        "SlaClock.breached_at",
        "SlaClock.stopped_at",
        "LedgerEntry.start",
        "TicketEvent.occurred_at",
        "CommitmentMade.due_at",
        "Ticket.opened_at",
        "Step.at",
        "Commitment.due_at",
        "NextEvent.at",
        "Timer.due_at",
        "ProblemReview.convincing_at",
        "warning",
    } <= {name for name, _ in found}
    wrong = [
        name
        for name, value in found
        if type(value) is not pendulum.DateTime or value.tzinfo is not pendulum.UTC
    ]
    assert wrong == []


# -- T4

WORLD = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "pendulum": {"now", "today", "local_timezone", "local"},
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "sleep"},
    "os": {"environ", "getenv", "urandom", "getpid"},
    "random": {"random", "randrange", "randint", "choice", "shuffle", "seed", "SystemRandom"},
    "uuid": {"uuid1", "uuid4"},
    "secrets": {"token_hex", "token_bytes", "randbelow", "choice"},
}

PORTS = {
    "adapters/clocks.py": {"datetime.now", "uuid.uuid4"},
    # How long a file was locked, and in which process it was opened: neither is in an answer.
    "adapters/_sqlite_file.py": {"time.sleep"},
    "adapters/sqlite.py": {"time.monotonic", "os.getpid"},
    "adapters/sqlalchemy_store.py": {"os.getpid"},
    # The salt of a commitment must be known to nobody (law R8).
    "adapters/_sqlite_chain.py": {"os.urandom"},
    # The name of a file that is not finished.
    "cli/_output.py": {"secrets.token_hex"},
}
"""What touches the world: a clock, ids, files. Everything else is given it (law T4)."""


LOOKED_AT = re.compile(
    r"\b(datetime|date|pendulum)\.\w+\(|\bimport (os|time|random|uuid|secrets)\b"
    r"|\bfrom (os|time|random|uuid|secrets) |astimezone\(\)|Random\(\)"
)
"""What a module must have in its text to be worth parsing, which takes longer."""


def touched(code: str) -> Iterator[str]:
    """Yield what a module takes from the world without being given it."""
    if not LOOKED_AT.search(code):
        return
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in WORLD.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in WORLD:
            yield from (
                f"{node.module}.{each.name}"
                for each in node.names
                if each.name in WORLD[node.module]
            )
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            called = ast.unparse(node.func)
            if called.endswith(".astimezone") or called in ("Random", "random.Random"):
                yield f"{called.rpartition('.')[2]}()"


def test_nothing_but_the_ports_touches_the_world_when_the_source_is_read(root: Path) -> None:
    """T4: no clock, no system zone, no environment, no chance; `testing` starts processes."""
    package = root / "src" / "itsm_core"
    found = {
        path.relative_to(package).as_posix(): set(touched(path.read_text(encoding="utf-8")))
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "testing"
    }
    assert {name: each for name, each in found.items() if each} == PORTS


@pytest.mark.parametrize(
    "code",
    [
        "at = datetime.now(UTC)",
        "date.today()",
        "from time import time",
        "import os; os.environ['TZ']",
        "at.astimezone()",
        "rng = random.Random()",
        "import random; random.choice(people)",
        "import uuid; uuid.uuid4()",
    ],
)
def test_reading_the_world_is_found_when_it_is_planted(code: str) -> None:
    """A check that cannot fail proves nothing."""
    assert len(list(touched(code))) == 1


@pytest.mark.skipif(not hasattr(time_module, "tzset"), reason="the zone of a process is fixed here")
def test_answers_are_the_same_when_the_machine_has_another_zone_and_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T4: Auckland's servers and Berlin's tell one story in one set of words."""

    def told() -> tuple[object, ...]:
        evaluation = evaluate(
            [TicketOpened(ticket_id=ID, occurred_at=NINE)],
            promise(office(), WorkingDays(2)),
            as_of=NINE + 90 * HOUR,
        )
        clock = evaluation["resolution"]
        days = [
            # Not the remembered answers: the machine of before may have given them.
            _published.__wrapped__(public_holidays(country), 2026)
            for country in ("DE", "JP", "TH")
        ]
        return clock.explain(), clock.due_at, evaluation.verdict().to_json(), days

    here = told()
    try:
        with monkeypatch.context() as machine:
            for name, value in (("TZ", "Pacific/Auckland"), ("LANGUAGE", "th"), ("LANG", "th_TH")):
                machine.setenv(name, value)
            time_module.tzset()
            assert time_module.tzname[0] == "NZST"
            there = told()
    finally:
        time_module.tzset()
    assert there == here


# -- T5

ENDS = [*(FIRST + n * HOUR for n in (0, 9, 30)), *(LAST - n * HOUR for n in (30, 9, 0))]
EAST, WEST = "Pacific/Kiritimati", "America/Los_Angeles"
CALENDARS: list[Calendar] = [
    office(EAST, "Mo-Su 22:00-06:00"),
    office(WEST, "Mo-Su 09:00-17:00"),
    office(EAST) | ALWAYS,
    CalendarTimeline([(None, office(WEST, "24/7")), (date(9999, 1, 1), office(EAST, "24/7"))]),
]
GOALS: list[Goal] = [
    WorkingTime(4 * HOUR),
    WallTime(4 * HOUR),
    WorkingDays(0, cut_off=time(12)),
    WorkingDays(1, at="end_of_day"),
    WorkingDays(-1, at=time(16)),
]


def is_answered(calendar: Calendar, start: datetime, goal: Goal) -> bool:
    """Tell whether there is a due instant; what is raised otherwise has to be of this package."""
    # One calendar that is asked at both ends adds up ten thousand years in between.
    fresh = calendar_from_json(calendar.to_json())
    try:
        fresh.due(start, goal)
    except ItsmError:
        return False
    return True


@pytest.mark.parametrize("calendar", CALENDARS, ids=range(len(CALENDARS)))
def test_goal_has_an_answer_or_a_typed_error_when_asked_at_either_end_of_time(
    calendar: Calendar,
) -> None:
    """T5: in zones where the first and last hours of all years belong to no date."""
    refused = [
        (start, goal) for start in ENDS for goal in GOALS if not is_answered(calendar, start, goal)
    ]
    assert 0 < len(refused) < len(ENDS) * len(GOALS)


@pytest.mark.parametrize(
    ("zone", "start"), [(EAST, LAST - HOUR), (WEST, FIRST + HOUR)], ids=["east", "west"]
)
def test_working_days_are_refused_with_the_zone_when_the_start_has_no_date_there(
    zone: str, start: datetime
) -> None:
    """T5: it is 10000 in Kiritimati, and no year at all in Los Angeles."""
    with pytest.raises(InstantOutOfRange, match=f"in {zone}.*some days inside"):
        (office(zone) | ALWAYS).due(start, WorkingDays(0))


@pytest.mark.parametrize("zone", [EAST, WEST])
@pytest.mark.parametrize("opened", ENDS[:-1])
def test_ticket_is_judged_and_told_when_it_lies_at_either_end_of_time(
    opened: datetime, zone: str
) -> None:
    """T5: verdict, words, plan and check; a log that says 9999 for "never" ends nothing."""
    agreement = promise(office(zone), WallTime(HOUR))
    history = [TicketOpened(ticket_id=ID, occurred_at=opened)]
    evaluation = evaluate(history, agreement, as_of=LAST)
    words = evaluation["resolution"].explain()
    assert words.startswith("resolution of ticket INC-1")
    assert verify(evaluation, history, agreement).accepted
    steps = due(history, LADDER, agreement, since=None, until=LAST)
    assert [each.step.text(zone)[11:] for each in steps] == [
        "notify second line, because resolution is breached"
    ]


def test_ticket_is_refused_when_it_would_be_due_after_the_last_year() -> None:
    """T5: there is no such instant, and the message says what to do."""
    history = [TicketOpened(ticket_id=ID, occurred_at=LAST)]
    with pytest.raises(InstantOutOfRange, match="use a shorter duration"):
        evaluate(history, promise(ALWAYS, WallTime(HOUR)), as_of=LAST)


@pytest.mark.parametrize("zone", [EAST, WEST])
@pytest.mark.parametrize("unit", ["hours", "days", "weeks", "months"])
def test_roster_tells_why_when_asked_at_either_end_of_time(unit: str, zone: str) -> None:
    """T5: turns go on where the clock on the wall shows no year, and are those of the schedule."""
    for start_on in (date.min, date(2026, 1, 5)):
        rotation = Rotation(
            name="weeks",
            people=("ana", "ben"),
            zone=zone,
            start_on=start_on,
            unit=unit,  # type: ignore[arg-type]
            every=12 if unit == "hours" else 1,
        )
        roster = Roster(name="desk", layers=[rotation])
        for at in ENDS[:-1]:  # of the last microsecond nothing is left for a shift
            people = roster.on_call(at).people
            assert [each.people for each in roster.schedule(at, at + HOUR)] == [people]
            told = roster.explain(at).splitlines()[0]
            assert ("nobody" if not people else people[0]) in told
