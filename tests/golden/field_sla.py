"""Run published cases through clocks: a case becomes an agreement and a history of events.

Any file of the format of the field's cases can be run, and says for each case whether we give the
published answer:

    python -m tests.golden.field_sla FILE

A case passes, or is listed (we differ on purpose, with the law that says why), or comes later
(with the law that a later step answers), or differs, or concerns no clock.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import Calendar, Goal, WorkingDays, WorkingTime
from itsm_core.commands import Actor, OpenTicket
from itsm_core.conditions import field
from itsm_core.errors import CalendarExhausted, CommandRefused, DefinitionError, ItsmError
from itsm_core.events import TicketAssigned
from itsm_core.lifecycle import INCIDENT, decide
from itsm_core.priority import PriorityMatrix
from itsm_core.sla import (
    ClockRules,
    ClockState,
    LedgerKind,
    ServiceLevelTarget,
    waiting_for,
)
from tests.golden.field import (
    FIELD,
    Json,
    Record,
    calendar_of,
    instant,
    items,
    number,
    one_day,
    pairs,
    record,
    seconds,
    text,
)
from tests.golden.field_behaviour import NotUnderstood, answers_of_behaviour
from tests.golden.field_story import (
    AGENT,
    REQUESTER,
    TICKET,
    ZERO,
    Answer,
    counted,
    counted_spans,
    judged,
    promise,
    story,
)

Status = Literal["passes", "listed", "later", "differs", "elsewhere"]

CLOSE: Final = "C5: a goal used up at closing time is due at the closing instant, not the next day"
STOPPED: Final = "S4: met is a stop by the due instant, here closing time; not by time counted"
BACKWARD: Final = "C9: a promise goes forward in time; a target refuses days that count back"

ELSEWHERE: Final[Mapping[str, str]] = {
    "segments": "asks a calendar for its spans",
    "intersection": "asks for what two calendars have in common",
    "subtract": "asks a calendar to walk back",
    "resolve_local": "asks for the instant of a wall time",
    "error": "asks for the refusal of a calendar",
    "rotation": "asks who is on call (E4), a later step",
}
"""The kinds of cases that concern no clock; those of calendars are run by `test_field_cases`."""

# How long after its opening a ticket is looked at, where the case does not say.
_LONG: Final = timedelta(days=366)


@attrs.frozen
class Case:
    """Hold one published case; where its source is marked wrong, what it should have said."""

    raw: Record
    peers: Sequence[Record]

    @property
    def case_id(self) -> str:
        """Return the name of the case."""
        return text(self.raw["id"])

    @property
    def given(self) -> Record:
        """Return the input."""
        return record(self.raw["input"])

    @property
    def expected(self) -> Record:
        """Return what a correct engine answers; a single corrected value is `due`."""
        if "quirk" not in self.raw:
            return record(self.raw["expected"])
        corrected = record(self.raw["quirk"])["engine_without_quirk"]
        return corrected if isinstance(corrected, dict) else {"due": corrected}

    @property
    def calendar(self) -> Calendar:
        """Return the calendar in ours."""
        return calendar_of(record(self.raw["calendar"]))

    @property
    def zone(self) -> str:
        """Return the zone of the calendar."""
        return text(record(self.raw["calendar"])["tz"])

    @property
    def opens_next(self) -> bool:
        """Tell whether the source follows the other convention of law C5."""
        return self.raw.get("boundary") == "next_open" or self.given.get("goal_seconds") == 0


@attrs.frozen
class Outcome:
    """Hold what became of one case: how it compares, and each value beside ours."""

    case_id: str
    status: Status
    answers: tuple[Answer, ...]
    why: str = ""

    def __str__(self) -> str:
        shown = "; ".join(str(each) for each in self.answers if self.status != "passes")
        why = f"{self.why}: {shown}" if self.why and shown else self.why or shown
        return f"{self.case_id:<20} {self.status:<9} {why}".rstrip()


def resolution(goal: timedelta | Goal, **more: object) -> ServiceLevelTarget:
    """Return a target to resolve in time whose clock stands still while the requester is asked."""
    fields: dict[str, object] = {"metric": "resolution", "pause_on": {"awaiting_requester"}}
    return ServiceLevelTarget(goals=goal, **(fields | more))  # type: ignore[arg-type]


# --- one function for each kind of case -----------------------------------------------------------


def _due(case: Case, goal: timedelta | Goal) -> Iterator[Answer]:
    """Yield the due instant of a goal, the pauses being holds of the ticket."""
    calendar, start, pauses = case.calendar, instant(case.given["start"]), _pauses(case)
    as_of = max([start, *(end for _, end in pauses)])
    history = story(start, pauses=pauses)
    due = judged(history, promise(calendar, resolution(goal)), as_of)["resolution"].due_at
    assert due is not None
    published = instant(case.expected["due"])
    if case.opens_next:
        yield Answer("due", published, due, CLOSE)
        yield Answer("the next opening from then", published, calendar.next_open(due))
    else:
        yield Answer("due", published, due)
    before = judged(history, promise(calendar, resolution(goal)), start)["resolution"]
    yield Answer("a running or paused clock at the start", True, before.is_live)
    if "pause_business_seconds" in case.expected:
        total = _paused_time(case, calendar, pauses)
        yield Answer("pauses", seconds(case.expected["pause_business_seconds"]), total)


def due(case: Case) -> Iterator[Answer]:
    """Start, goal and pauses give the published due instant."""
    return _due(case, WorkingTime(seconds(case.given["goal_seconds"])))


def day_goal_with_pauses(case: Case) -> Iterator[Answer]:
    """A goal in days, moved by the working time of the pauses."""
    return _due(case, _days(case.given))


def add_working_days(case: Case) -> Iterator[Answer]:
    """A goal in days; one that counts back is no promise, only a question to a calendar."""
    goal, start = _days(case.given), instant(case.given["start"])
    published = instant(case.expected["instant"])
    if goal.days < 0:
        try:
            resolution(goal)
        except DefinitionError as error:
            yield Answer("due", published, f"refused, {error.faults[0].code}", BACKWARD)
        yield Answer("due by the calendar", published, case.calendar.due(start, goal))
        return
    clock = judged(story(start), promise(case.calendar, resolution(goal)), start)["resolution"]
    yield Answer("due", published, clock.due_at)


def elapsed(case: Case) -> Iterator[Answer]:
    """The time that counted between opening and resolution, the pauses left out."""
    pauses = _pauses(case)
    if "pause_business_seconds" in case.expected:
        total = _paused_time(case, case.calendar, pauses)
        yield Answer("pauses", seconds(case.expected["pause_business_seconds"]), total)
    if "elapsed_seconds" not in case.expected:
        return
    start, end = instant(case.given["start"]), instant(case.given["end"])
    history = story(start, pauses=[pair for pair in pauses if pair[0] < end], end=end)
    as_of = max(start, end)
    clock = judged(history, promise(case.calendar, resolution(_LONG)), as_of)["resolution"]
    yield Answer("elapsed", seconds(case.expected["elapsed_seconds"]), clock.elapsed)


def clamp(case: Case) -> Iterator[Answer]:
    """The counted lines of the ledger, inside a window that may reach beyond the ticket's life."""
    start, end = instant(case.given["created"]), instant(case.given["closed"])
    first, last = (instant(edge) for edge in items(case.given["window"]))
    history = story(start, pauses=_pauses(case), end=end)
    clock = judged(history, promise(case.calendar, resolution(_LONG)), max(last, end))["resolution"]
    inside = sum(counted(clock, first, last), ZERO)
    yield Answer("elapsed", seconds(case.expected["elapsed_seconds"]), inside)


_ASSIGNED: Final = ClockRules(
    start=field("event").is_("TicketOpened"), stop=field("assignee").is_(AGENT)
)


def two_clocks(case: Case) -> Iterator[Answer]:
    """Elapsed time and breach of a clock that stops at assignment and one at resolution."""
    names = [key.removesuffix("_elapsed_s") for key in case.expected if key.endswith("_elapsed_s")]
    instants = {key: instant(at) for key, at in case.given.items() if key != "pauses"}
    assignment = TicketAssigned(
        ticket_id=TICKET, occurred_at=instants["assigned"], actor=AGENT, assignee=AGENT
    )
    created, resolved = instants["created"], instants["resolved"]
    history = [*story(created, pauses=_pauses(case), end=resolved), assignment]
    targets = [_stopped(name, seconds(case.expected[f"{name}_goal_s"])) for name in names]
    as_of = max(instants.values())
    evaluation = judged(history, promise(case.calendar, *targets), as_of)
    for name in names:
        clock, goal = evaluation[name], seconds(case.expected[f"{name}_goal_s"])
        yield Answer(name, seconds(case.expected[f"{name}_elapsed_s"]), clock.elapsed)
        # They compare the time counted with the goal, we the stop with the due instant.
        at_closing = STOPPED if clock.elapsed == goal else ""
        is_breached = clock.state is ClockState.BREACHED
        yield Answer(f"{name} breached", case.expected[f"{name}_breached"], is_breached, at_closing)


def offset_from_due(case: Case) -> Iterator[Answer]:
    """A level before due is a warning at a share of the goal; one after it is a longer goal."""
    calendar, at = case.calendar, instant(case.given["due"])
    offset = seconds(case.given["offset_business_seconds"])
    published = instant(case.expected["instant"])
    goal = 4 * abs(offset)
    start = calendar.subtract(at, goal)
    early, late = resolution(goal, warn_at_ratios=(0.75,)), resolution(goal + offset, name="level")
    clocks = judged(story(start), promise(calendar, early, late), start + _LONG)
    if calendar.add(start, goal) == at:  # not so where it lies outside hours
        yield Answer("due", at, clocks["resolution"].due_at)
    if offset < ZERO:
        yield Answer("warning", ((0.75, published),), clocks["resolution"].warnings)
    else:
        yield Answer("due of the level", published, clocks["level"].due_at)


def clock_start(case: Case) -> Iterator[Answer]:
    """The first line of the ledger that counts."""
    created = instant(case.given["created"])
    agreement = promise(case.calendar, resolution(_LONG))
    clock = judged(story(created), agreement, created + _LONG)["resolution"]
    first = next(line for line in clock.ledger if line.kind is LedgerKind.COUNTED)
    yield Answer("first counted", instant(case.expected["start"]), first.start)


def split_by_local_day(case: Case) -> Iterator[Answer]:
    """A hold measured by one clock for each local day: each counts its own day's part."""
    start, end, zone = instant(case.given["from"]), instant(case.given["to"]), ZoneInfo(case.zone)
    days = _days_between(start.astimezone(zone).date(), end.astimezone(zone).date())
    targets = [
        ServiceLevelTarget(
            metric="uc",
            name=day.isoformat(),
            goals=ZERO,  # of one day, no longer goal would ever end
            rules=waiting_for("awaiting_requester"),
            calendar=case.calendar & one_day(case.zone, day),
        )
        for day in days
    ]
    history = story(start - timedelta(hours=1), pauses=[(start, end)])
    evaluation = judged(history, promise(case.calendar, *targets), end)
    found = [
        [day.isoformat(), *_wall(span, day, zone)]
        for day in days
        for span in counted_spans(evaluation[day.isoformat()])
    ]
    yield Answer("parts", case.expected["per_day"], found)


def priority(case: Case) -> Iterator[Answer]:
    """The domain derives the priority from the source's table, and the clock takes its goal."""
    rows = [
        (str(row["impact"]), str(row["urgency"]), str(record(each["expected"])["priority"]))
        for each in case.peers
        if each["kind"] == "priority"
        for row in [record(each["input"])]
    ]
    matrix = PriorityMatrix(
        impacts=_levels(rows, 0),
        urgencies=_levels(rows, 1),
        priorities=_levels(rows, 2),
        cells={(impact, urgency): found for impact, urgency, found in rows},
    )
    command = OpenTicket(
        ticket_id=TICKET, impact=str(case.given["impact"]), urgency=str(case.given["urgency"])
    )
    actor = Actor(person_id=REQUESTER, roles={"analyst"})
    at = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
    decision = decide(INCIDENT, None, command, actor=actor, at=at, matrix=matrix.policy)
    assert not isinstance(decision, CommandRefused), decision
    goals = {name: timedelta(hours=n) for n, name in enumerate(matrix.priorities, start=1)}
    target = ServiceLevelTarget(metric="resolution", goals=goals)
    evaluation = judged(decision, promise(calendar_of(_ALWAYS), target), at)
    published = str(case.expected["priority"])
    yield Answer("priority", published, evaluation.priority)
    yield Answer("due", at + goals[published], evaluation["resolution"].due_at)


def misconfiguration(case: Case) -> Iterator[Answer]:
    """A calendar that never opens is an error where it is asked, not a clock on the wall."""
    start = instant(case.given["start"])
    agreement = promise(case.calendar, resolution(seconds(case.given["goal_seconds"])))
    found: object
    try:
        found = judged(story(start), agreement, start)["resolution"].due_at
    except CalendarExhausted:
        found = "error"
    expected = case.expected["due"]
    is_error = isinstance(expected, str) and expected.startswith("error")
    yield Answer("due", "error" if is_error else instant(expected), found)


def behaviour(case: Case) -> Iterator[Answer]:
    """A sequence of events, and what the clocks say after each of them."""
    return answers_of_behaviour(case.raw, case.given, case.expected, case.calendar)


RUNNERS: Final[Mapping[str, Callable[[Case], Iterator[Answer]]]] = {
    "due": due,
    "elapsed": elapsed,
    "two_clocks": two_clocks,
    "behaviour": behaviour,
    "offset_from_due": offset_from_due,
    "clock_start": clock_start,
    "day_goal_with_pauses": day_goal_with_pauses,
    "add_working_days": add_working_days,
    "clamp": clamp,
    "split_by_local_day": split_by_local_day,
    "priority": priority,
    "misconfiguration": misconfiguration,
}

# --- parts ----------------------------------------------------------------------------------------

_ALWAYS: Final[Record] = {"tz": "UTC", "weekly": "24x7", "holidays": []}


def _pauses(case: Case) -> list[tuple[datetime, datetime]]:
    return pairs(case.given.get("pauses"))


def _days(given: Record) -> WorkingDays:
    """Return the goal of working days as the case words it."""
    return WorkingDays(
        days=number(given["days"]),
        at="end_of_day" if given.get("end_of_working_day") else "same_time",
        snap=given.get("snap", "none") != "none",
    )


def _stopped(name: str, goal: timedelta) -> ServiceLevelTarget:
    """Return a target that ends when the ticket is resolved or, by any other name, assigned."""
    if name == "resolution":
        return resolution(goal)
    return ServiceLevelTarget(metric="response", name=name, goals=goal, rules=_ASSIGNED)


def _paused_time(
    case: Case, calendar: Calendar, pauses: Sequence[tuple[datetime, datetime]]
) -> timedelta:
    """Return the working time of the pauses: what a clock that never pauses counts more."""
    start = instant(case.given["start"]) if "start" in case.given else pauses[0][0]
    steady = resolution(_LONG, name="steady", pause_on=())
    history = story(start, pauses=pauses)
    clocks = judged(history, promise(calendar, resolution(_LONG), steady), pauses[-1][1])
    return clocks["steady"].elapsed - clocks["resolution"].elapsed


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _wall(span: tuple[datetime, datetime], day: date, zone: ZoneInfo) -> tuple[str, str]:
    closes = span[1].astimezone(zone)
    end = "24:00" if closes.date() > day else f"{closes:%H:%M}"
    return f"{span[0].astimezone(zone):%H:%M}", end


def _levels(rows: Sequence[tuple[str, str, str]], place: int) -> tuple[str, ...]:
    return tuple(sorted({row[place] for row in rows}))


# --- running a file -------------------------------------------------------------------------------


def outcome_of(raw: Record, peers: Sequence[Record]) -> Outcome:
    """Return what becomes of one case; `peers` are all cases of its file."""
    case, kind = Case(raw, peers), text(raw["kind"])
    if kind in ELSEWHERE:
        return Outcome(case.case_id, "elsewhere", (), ELSEWHERE[kind])
    if kind not in RUNNERS:
        return Outcome(case.case_id, "differs", (), f"the kind {kind!r} is not understood")
    try:
        answers = tuple(RUNNERS[kind](case))
    except (NotUnderstood, KeyError) as error:
        return Outcome(case.case_id, "differs", (), f"not understood: {error}")
    except (ItsmError, AssertionError) as error:
        return Outcome(case.case_id, "differs", (), f"refused: {error}")
    differing = [each for each in answers if not each.agrees]
    if any(not each.law for each in differing):
        return Outcome(case.case_id, "differs", answers)
    laws = "; ".join(dict.fromkeys(each.law for each in differing))
    if all(each.is_later for each in answers):
        return Outcome(case.case_id, "later", answers, laws)
    is_listed = any(not each.is_later for each in differing)
    return Outcome(case.case_id, "listed" if is_listed else "passes", answers, laws)


def outcomes(path: Path) -> tuple[Outcome, ...]:
    """Return what becomes of every case of a file."""
    data = cast("Json", json.loads(path.read_text(encoding="utf-8")))
    cases = [record(each) for each in items(record(data)["cases"])]
    return tuple(outcome_of(case, cases) for case in cases)


def coverage(path: Path = FIELD / "cases.json") -> dict[str, int]:
    """Return how many cases of a file have each status; none where the file is absent."""
    if not path.exists():
        return {}
    found = Counter(each.status for each in outcomes(path))
    return {status: found[status] for status in ("passes", "listed", "later", "differs")}


def main(arguments: Sequence[str]) -> int:
    """Print a line for each case and the numbers; 1 if a case differs without a reason."""
    path = Path(arguments[0]) if arguments else FIELD / "cases.json"
    found = outcomes(path)
    for each in found:
        sys.stdout.write(f"{each}\n")
    numbers = Counter(each.status for each in found)
    sys.stdout.write(", ".join(f"{count} {status}" for status, count in numbers.items()) + "\n")
    return 1 if numbers["differs"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
