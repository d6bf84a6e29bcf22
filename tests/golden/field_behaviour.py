"""Read the published sequences of events, and answer them with clocks.

A sequence is a list of what was done when and by whom, in the few words that the cases use; what
follows is what some clock must say after each step, or at the end. A word that is not known here
raises `NotUnderstood`, it is never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.conditions import field
from itsm_core.errors import ItsmError
from itsm_core.events import (
    AnswerSent,
    CommitmentMade,
    ContactReceived,
    PriorityChanged,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.sla import (
    METRICS,
    ClockState,
    Evaluation,
    Metric,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
)
from tests.golden.field import Json, Record, items, record, text
from tests.golden.field_story import (
    AGENT,
    LATER,
    REQUESTER,
    TICKET,
    ZERO,
    Answer,
    judged,
    promise,
    story,
)

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=15)

NOTIFIED: Final = (
    "E1, E2: who is told, and when the next level is, are rules of escalation, a later step"
)
ROUNDED: Final = "S4, T2: a breach compares instants; no share is rounded before it is judged"
PAST: Final = "C9, D4: a promise without a date is refused, a past date is broken when promised"
KEPT: Final = "S2: a cancelled clock promises nothing more, but its ledger stays, nothing is erased"

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TERM: Final = re.compile(r"([+-]?)(?:\((\w)-(\w)\)|(\d+(?:\.\d+)?)([smhd])|([a-z])(?![a-z]))")
_HOLDS: Final = {"stalled", "pending", "waiting", "on_hold", "hold"}
_MOVES: Final[
    Mapping[str, type[TicketResumed | TicketResolved | TicketClosed | TicketReopened]]
] = {
    "open": TicketResumed,
    "resolved": TicketResolved,
    "closed": TicketClosed,
    "reopened": TicketReopened,
}
_SAME: Final = {
    "public_reply": ("answer", ""),
    "first_reply": ("answer", ""),
    "first_response": ("answer", ""),
    "contact": ("reply", ""),
    "open": ("status", "open"),
    "resume": ("status", "open"),
    "hold": ("status", "hold"),
    "pending": ("status", "pending"),
    "resolve": ("status", "resolved"),
    "close": ("status", "closed"),
    "reopen": ("status", "reopened"),
}
"""Other words for what was done."""


class NotUnderstood(Exception):
    """Say that a sequence uses a word that is not known here."""


@attrs.frozen
class Told:
    """Hold a sequence made ready: its events, its changes of agreement, its named instants."""

    case: Record
    given: Sequence[Record]
    calendar: Calendar
    named: Mapping[str, timedelta]

    def at(self, step: Record) -> datetime:
        """Return when a step happened; `now` is the start of counting where times are negative."""
        said = text(step["t"])
        return START if said == "now" else START + self.offset(said)

    def offset(self, said: str) -> timedelta:
        """Return the value of an expression such as `+30s+2h` or `+2h+(b-a)`."""
        rest = said.removesuffix("(unchanged)").replace(" ", "")
        total, place = ZERO, 0
        while place < len(rest):
            found = _TERM.match(rest, place)
            if found is None:
                if rest[place:] == "+0":
                    break
                raise NotUnderstood(f"the time {said!r}")
            sign, late, early, amount, unit, name = found.groups()
            if late:
                term = self.named[late] - self.named[early]
            else:
                term = self.named[name] if name else duration(amount + unit)
            total += -term if sign == "-" else term
            place = found.end()
        return total

    def timed(self) -> list[Record]:
        """Return the steps that happened at some time, the others only say something."""
        return [step for step in self.given if "t" in step and "do" in step]

    def history(self, steps: Sequence[Record]) -> list[TicketEvent]:
        """Return the events of some steps."""
        return [event for step in steps for event in _events(step, self.at(step))]


def duration(said: str) -> timedelta:
    """Return a duration such as `4h` or `30m`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", said)
    if found is None:
        raise NotUnderstood(f"the duration {said!r}")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def answers_of_behaviour(
    case: Record, given: Record, expected: Record, calendar: Calendar
) -> Iterator[Answer]:
    """Return what a sequence of events must lead to beside what it leads to."""
    steps = [record(each) for each in items(given["events"])]
    symbols = re.findall(r"'t': '\+([a-z])'", str(steps))
    named = {name: STEP * n for n, name in enumerate(dict.fromkeys(symbols), start=1)}
    told = Told(case, steps, calendar, named)
    keys = set(expected)
    if (
        keys
        and all(key.removesuffix("_after") in _CLOCKS for key in keys)
        and (not isinstance(expected.get("due"), dict))
    ):
        return _due_after_each(told, expected)
    if "status" in keys:
        return _status(told, expected)
    if keys == {"due"} and isinstance(expected["due"], dict):
        return _paused_or_not(told, record(expected["due"]))
    if keys == {"starts_shift_seconds"}:
        return _start_of_work(told, expected)
    if keys == {"due", "elapsed", "diff"}:
        return _no_goal(told, expected)
    if keys == {"displayed_breached"}:
        return _share(told, expected)
    if keys == {"breach"}:
        return _past_due_date(told, expected)
    if keys == {"escalate_after_min"}:
        return iter([Answer("next level", expected["escalate_after_min"], LATER, NOTIFIED)])
    raise NotUnderstood(f"the expectation {sorted(keys)}")


# --- what a step is -------------------------------------------------------------------------------


def _events(step: Record, at: datetime) -> Iterator[TicketEvent]:
    """Yield the events of a step; several things done at once are joined by a plus."""
    by_desk = step.get("who") == "agent"
    for done in text(step["do"]).split("+"):
        yield from _one(done, step, at, by_desk=by_desk)


def _one(done: str, step: Record, at: datetime, *, by_desk: bool) -> Iterator[TicketEvent]:
    kind, _, what = done.partition(":")
    kind, what = _SAME.get(done, (kind, what))
    if kind == "create":
        yield TicketOpened(
            ticket_id=TICKET,
            occurred_at=at,
            requester=REQUESTER,
            actor=AGENT if by_desk else REQUESTER,
            assignee=REQUESTER if step.get("is_owner") else AGENT,
        )
    elif kind == "answer" or (kind == "reply" and by_desk):
        yield AnswerSent(ticket_id=TICKET, occurred_at=at, actor=AGENT)
    elif kind == "reply":
        yield ContactReceived(ticket_id=TICKET, occurred_at=at, actor=REQUESTER)
    elif kind == "status" and what in _MOVES:
        yield _MOVES[what](ticket_id=TICKET, occurred_at=at, state=what, actor=AGENT)
    elif kind == "status" and what in _HOLDS:
        yield TicketPutOnHold(ticket_id=TICKET, occurred_at=at, state="on_hold", reason=what)
    elif kind == "priority":
        yield PriorityChanged(ticket_id=TICKET, occurred_at=at, priority=what)
    elif kind not in ("set_sla", "evaluate", "internal_note"):
        raise NotUnderstood(f"what was done: {done!r}")


# --- due instants after each step -----------------------------------------------------------------

_BY_REQUESTER: Final = attrs.evolve(
    METRICS["response"],
    start=field("event").is_("TicketOpened")
    & field("by_requester").is_(True)
    & field("requester_is_assignee").is_(False),
)
"""Somebody waits for a first response only if it was not the desk that wrote, or works, itself."""


def _due_after_each(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield the earliest due instant of the clocks that run, after each step."""
    for key, value in expected.items():
        after = items(value) if key.endswith("_after") else [value]
        steps = told.timed()[-len(after) :]
        if len(after) != len(steps):
            raise NotUnderstood(f"{len(after)} expectations of {len(steps)} steps")
        goals = _goals(told, key, steps, after)
        for n, (step, said) in enumerate(zip(steps, after, strict=True)):
            place = told.timed().index(step) + 1
            evaluation = _judged(told, told.timed()[:place], goals)
            published = None if said is None else START + told.offset(text(said))
            yield Answer(f"{key}[{n}]", published, _earliest(evaluation))


def _judged(told: Told, steps: Sequence[Record], goals: Mapping[Metric, timedelta]) -> Evaluation:
    """Return the evaluation after some steps, under the agreements that held until then."""
    regimes = [(told.at(steps[0]), _agreement(told, goals))]
    for step in steps:
        kind, _, what = text(step["do"]).partition(":")
        if kind == "set_sla":
            changed = dict.fromkeys(goals, duration(what))
            regimes.append((told.at(step), _agreement(told, changed)))
    history, as_of = told.history(steps), told.at(steps[-1])
    return judged(history, regimes[0][1] if len(regimes) == 1 else regimes, as_of)


def _agreement(told: Told, goals: Mapping[Metric, timedelta]) -> ServiceLevelAgreement:
    targets: list[ServiceLevelTarget] = []
    ignored = _ignored_statuses(told)
    for metric, goal in goals.items():
        rules = _BY_REQUESTER if metric == "response" else METRICS[metric]
        targets.append(
            ServiceLevelTarget(
                metric=metric, goals=goal, rules=rules, pause_on=ignored.get(metric, frozenset())
            )
        )
    return promise(told.calendar, *targets)


_CLOCKS: Final[Mapping[str, tuple[Metric, ...]]] = {
    "response_due": ("response", "next_reply"),
    "first_response_due": ("response",),
    "next_reply_due": ("next_reply",),
    "update_due": ("update",),
    "resolve_due": ("resolution",),
    "resolution_due": ("resolution",),
    "due": ("response", "next_reply", "update"),
}
"""The clocks of which the next one due is asked for."""

_METRICS: Final[Mapping[str, Metric]] = {
    "first_response_goal": "response",
    "next_response_goal": "next_reply",
    "resolution_goal": "resolution",
}


def _ignored_statuses(told: Told) -> dict[str, frozenset[str]]:
    """Return in which statuses which clock stands still, as the case's note says."""
    found = re.findall(r"(\w+)\.IgnoreOnStatuses=\[([^\]]*)\]", str(told.case.get("note", "")))
    names = {"KeepInLoop": "update", "Response": "response", "Resolve": "resolution"}
    return {names[name]: frozenset(listed.split(",")) for name, listed in found}


def _goals(
    told: Told, key: str, steps: Sequence[Record], after: Sequence[Json]
) -> dict[Metric, timedelta]:
    """Return the goals: what the case says, else the last duration of what it expects."""
    names = _CLOCKS[key.removesuffix("_after")]
    said = [(step, each) for step, each in zip(steps, after, strict=True) if each is not None]
    first = _last_duration(said[0][1]) if said else DAY
    goals: dict[Metric, timedelta] = dict.fromkeys(names, first)
    if "update" in names and "response" in names:
        del goals["update"]
        by_desk = [each for step, each in said if step.get("who") == "agent"]
        if by_desk:
            goals["update"] = _last_duration(by_desk[-1])
    stated = record(told.case["input"]).get("goals")
    if stated is not None:
        given = record(stated)
        goals = {name: duration(text(given[name])) for name in names if name in given}
    return goals


def _last_duration(said: Json) -> timedelta:
    found = re.findall(r"\d+(?:\.\d+)?[smhd]", text(said))
    if not found:
        raise NotUnderstood(f"no goal is told by {said!r}")
    return duration(found[-1])


def _earliest(evaluation: Evaluation) -> datetime | None:
    """Return when the next promise is due of those that nothing has ended or paused."""
    due = [clock.due_at for clock in evaluation if clock.is_live and clock.due_at is not None]
    return min(due, default=None)


# --- what is asked at the end ---------------------------------------------------------------------


def _paused_or_not(told: Told, variants: Record) -> Iterator[Answer]:
    """Yield the due instant of a clock that stands still on hold, and of one that does not."""
    reasons = {text(step["do"]).partition(":")[2] for step in told.timed()} - {""}
    pauses = {"exclude=false": frozenset[str](), "exclude=true": frozenset(reasons)}
    as_of = told.at(told.timed()[-1])
    for key, said in variants.items():
        if key not in pauses:
            raise NotUnderstood(f"the variant {key!r}")
        goal = duration(re.findall(r"\d+[smhd]", text(said))[0])
        target = ServiceLevelTarget(metric="response", goals=goal, pause_on=pauses[key])
        history = told.history(told.timed())
        clock = judged(history, promise(told.calendar, target), as_of)["response"]
        yield Answer(key, START + told.offset(text(said)), clock.due_at)


def _start_of_work(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield how a change of agreement moves the instant by which work has to start (S7)."""
    test = text(record(told.case["source"])["test"])
    found = re.search(r"((?:\d+ -> )+\d+) min", test)
    if found is None:
        raise NotUnderstood(f"no minutes are told by {test!r}")
    minutes = [int(each) for each in found[1].split(" -> ")]
    started = attrs.evolve(METRICS["response"], stop=field("event").is_("WorkStarted"))
    agreements = [
        promise(
            told.calendar,
            ServiceLevelTarget(
                metric="response", goals=timedelta(minutes=each), rules=started, name="start"
            ),
        )
        for each in minutes
    ]
    steps = told.timed()
    regimes = [(told.at(step), each) for step, each in zip(steps, agreements, strict=True)]
    due = [
        judged(told.history(steps[: n + 1]), regimes[: n + 1], told.at(step))["start"].due_at
        for n, step in enumerate(steps)
    ]
    assert due[0] is not None
    shifts = [None if each is None else (each - due[0]).total_seconds() for each in due]
    yield Answer("start", expected["starts_shift_seconds"], shifts)


def _status(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield what became of the goals in the words of the source: hit, missed, active."""
    goals: dict[Metric, timedelta] = {
        _METRICS[key]: duration(text(value))
        for step in told.given
        for key, value in step.items()
        if key in _METRICS
    }
    history = told.history(told.timed())
    for step in told.given:
        if "waiting_since" in step:
            at = START + told.offset(text(step["waiting_since"]))
            history.append(ContactReceived(ticket_id=TICKET, occurred_at=at, actor=REQUESTER))
    targets = [ServiceLevelTarget(metric=metric, goals=goal) for metric, goal in goals.items()]
    evaluation = judged(history, promise(told.calendar, *targets), START)
    missed = [clock for clock in evaluation if clock.state is ClockState.BREACHED]
    is_done = any(isinstance(event, TicketResolved | TicketClosed) for event in history)
    status = "missed" if missed else "hit" if is_done else "active"
    for key, value in expected.items():
        if key == "status":
            yield Answer(key, value, status)
        elif key == "metric":
            yield Answer(key, [value], [_their_name(clock) for clock in missed])
        elif key == "resolution_elapsed_h":
            hours = evaluation["resolution"].elapsed / timedelta(hours=1)
            yield Answer(key, value, hours)
        elif key in ("notified", "not_notified"):
            yield Answer(key, value, LATER, NOTIFIED)
        else:
            raise NotUnderstood(f"the expectation {key!r}")


def _their_name(clock: SlaClock) -> str:
    return {"response": "first_response", "next_reply": "next_response"}.get(
        clock.metric, clock.metric
    )


def _no_goal(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield what is left of a clock when the ticket's priority has no goal any more (S7)."""
    if any(text(step["do"]) != "priority change so that no SLA matches" for step in told.given):
        raise NotUnderstood("a change that is not one of priority")
    changed = PriorityChanged(ticket_id=TICKET, occurred_at=START + STEP, priority="none")
    target = ServiceLevelTarget(metric="resolution", goals={"": timedelta(hours=4)})
    history = [*story(START), changed]
    clock = judged(history, promise(told.calendar, target), START + DAY)["resolution"]
    yield Answer("cancelled", True, clock.state is ClockState.CANCELLED)
    yield Answer("due", expected["due"], clock.due_at)
    yield Answer("diff", expected["diff"], clock.remaining)
    yield Answer("elapsed", expected["elapsed"], clock.elapsed, KEPT)


def _share(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield whether a clock is breached a little before its goal is used up."""
    (step,) = told.given
    percent = step["elapsed_pct"]
    assert isinstance(percent, float)
    goal = timedelta(hours=100)
    target = ServiceLevelTarget(metric="resolution", goals=goal)
    at = START + goal * (percent / 100)
    clock = judged(story(START), promise(told.calendar, target), at)["resolution"]
    is_breached = clock.state is ClockState.BREACHED
    yield Answer("breached", expected["displayed_breached"], is_breached, ROUNDED)
    yield Answer("due", START + goal, clock.due_at)
    last = START + goal + timedelta(microseconds=1)
    late = judged(story(START), promise(told.calendar, target), last)["resolution"]
    yield Answer("breached right after it", True, late.state is ClockState.BREACHED)


def _past_due_date(told: Told, expected: Record) -> Iterator[Answer]:
    """Yield what becomes of a promise by a date that is missing, or that has passed."""
    target = ServiceLevelTarget(metric="commitment")
    for step in told.given:
        said = step["due_date"]
        if said not in (None, "past"):
            raise NotUnderstood(f"the due date {said!r}")
        due = None if said is None else START - DAY
        try:
            made = CommitmentMade(
                ticket_id=TICKET,
                occurred_at=START,
                commitment_id="1",
                due_at=due,  # type: ignore[arg-type]  # None is what is tried
            )
        except ItsmError:
            yield Answer("no due date", expected["breach"], "refused", PAST)
            continue
        history = [*story(START), made]
        clock = judged(history, promise(told.calendar, target), START)["commitment"]
        assert clock.breached_at == START
        yield Answer("past due date", expected["breach"], "broken when promised", PAST)
