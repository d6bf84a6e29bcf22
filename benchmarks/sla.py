"""Speed of service levels: tickets a second, growth with the events, a whole log, a what-if.

CPU time (`process_time`), best of several passes in several fresh processes: compare the ratios,
not the absolute figures, which depend on the machine. A ticket has ten events (opened, assigned,
started, answered, put on hold, contacted, resumed, reassigned, answered, resolved) over days under
German hours with holidays, and four clocks: response, next reply, update, resolution. The limit is
the same four promises written by hand for this one policy: a loop over the events with the rules
in `if`s, in microseconds, on the same calendar. It checks nothing, cannot say why, and gives one
bool for a clock; nothing general is quicker.

    python -m benchmarks.sla [--quick] [--profile verdicts|ledgers]
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import attrs

from benchmarks.calendars import rates
from itsm_core.calendars import (
    BusinessCalendar,
    Calendar,
    Goal,
    WallTime,
    WeeklyHours,
    public_holidays,
)
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    Diff,
    Evaluation,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    diff,
    evaluate,
    held_by,
    waiting_for,
)
from itsm_core.spans import hours, micros, minutes

__all__ = ["UCI_LOG", "LogFigures", "TicketFigures", "measure_apart", "measure_log_apart"]

_ROOT: Final = Path(__file__).parents[1]
UCI_LOG: Final = _ROOT.parent / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"

_AS_OF: Final = datetime(2027, 1, 1, tzinfo=UTC)
_LENGTHS: Final = (10, 100, 1_000)
_WAITING: Final = frozenset({"awaiting_requester"})

History = tuple[TicketEvent, ...]
_Result = TypeVar("_Result")


@attrs.frozen(kw_only=True)
class TicketFigures:
    """Hold what was measured of single tickets: tickets a second, microseconds for each event.

    The figures of `_us` are for tickets of 10, 100 and 1,000 events.
    """

    verdicts_per_second: float
    ledgers_per_second: float
    by_hand_per_second: float
    verdict_event_us: tuple[float, ...]
    ledger_event_us: tuple[float, ...]

    @property
    def growth_ratio(self) -> float:
        """Return how much dearer an event is among 1,000 than among 100; verdict or ledgers."""
        both = (self.verdict_event_us, self.ledger_event_us)
        return max(costs[2] / costs[1] for costs in both)


@attrs.frozen(kw_only=True)
class LogFigures:
    """Hold what was measured of the UCI log: CPU seconds and what was there."""

    read_seconds: float
    verdict_seconds: float
    ledger_seconds: float
    diff_seconds: float
    tickets: int
    clocks: int
    lines: int
    changes: int


# -- tickets


def verdict_policy() -> ServiceLevelAgreement:
    """Return the agreement of the ten-event tickets: four clocks."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("four"),
        calendar=BusinessCalendar(
            zone="Europe/Berlin",
            hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
            holidays=public_holidays("DE"),
        ),
        targets=(
            ServiceLevelTarget(metric="response", goals={"P1": hours(1), "P2": hours(4)}),
            ServiceLevelTarget(metric="next_reply", goals=hours(8)),
            ServiceLevelTarget(metric="update", goals=hours(16)),
            ServiceLevelTarget(
                metric="resolution",
                goals={"P1": hours(8), "P2": hours(24)},
                pause_on=_WAITING,
                warn_at_ratios=(0.75,),
            ),
        ),
    )


def tickets(count: int, seed: int = 1, slowness: float = 1.0) -> list[History]:
    """Return tickets of ten events each, spread over most of 2026; 30 hours each, or longer."""
    rng = random.Random(seed)
    first = datetime(2026, 1, 5, 9, tzinfo=UTC)
    return [
        _ticket(
            TicketId(f"INC-{number}"),
            first + timedelta(minutes=rng.randrange(300 * 24 * 60)),
            (rng.random() + 0.5) * slowness,
        )
        for number in range(count)
    ]


def _ticket(key: TicketId, opened: datetime, pace: float) -> History:
    def at(hour: float) -> datetime:
        return opened + timedelta(hours=hour * pace)

    ann, bob, rob = PersonId("ann"), PersonId("bob"), PersonId("rob")
    first, second = GroupId("first"), GroupId("second")
    return (
        TicketOpened(
            ticket_id=key, occurred_at=opened, priority="P2", group=first, requester=rob, actor=rob
        ),
        TicketAssigned(ticket_id=key, occurred_at=at(0.2), group=first, assignee=ann),
        WorkStarted(ticket_id=key, occurred_at=at(0.3), state="in_progress"),
        AnswerSent(ticket_id=key, occurred_at=at(0.9), actor=ann),
        TicketPutOnHold(
            ticket_id=key, occurred_at=at(2), state="on_hold", reason="awaiting_requester"
        ),
        ContactReceived(ticket_id=key, occurred_at=at(20), actor=rob),
        TicketResumed(ticket_id=key, occurred_at=at(20.1), state="in_progress"),
        TicketAssigned(ticket_id=key, occurred_at=at(22), group=second, assignee=bob),
        AnswerSent(ticket_id=key, occurred_at=at(23), actor=bob),
        TicketResolved(ticket_id=key, occurred_at=at(30), state="resolved"),
    )


def long_ticket(length: int) -> History:
    """Return a ticket of so many events: the same talk over and over, a day and a half apart."""
    key = TicketId("INC-LONG")
    pattern = _ticket(key, datetime(2016, 1, 4, 9, tzinfo=UTC), 1.0)
    events: list[TicketEvent] = list(pattern[:3])
    turn, middle = 0, pattern[3:9]
    while len(events) < length - 1:
        shift = timedelta(hours=36 * turn)
        moved = (attrs.evolve(e, occurred_at=e.occurred_at + shift) for e in middle)
        events += list(moved)[: length - 1 - len(events)]
        turn += 1
    end = attrs.evolve(pattern[9], occurred_at=events[-1].occurred_at + timedelta(hours=3))
    return (*events, end)


# -- the limit: this policy and no other, by hand


class _ByHand:
    """Judge one ticket by this policy and no other, in the wall time of no zone but UTC."""

    def __init__(self, calendar: Calendar) -> None:
        self.add, self.between = calendar.add_micros, calendar.between_micros

    def judge(self, history: History, as_of: int) -> list[bool]:
        """Return whether each promise was kept, in the order in which they end."""
        add, hour = self.add, 3_600_000_000
        kept: list[bool] = []
        opened = history[0].occurred_us
        dues = {"response": add(opened, 4 * hour), "resolution": add(opened, 24 * hour)}
        hold = asked = 0
        answered = False
        for event in history:
            at, kind = event.occurred_us, type(event)
            if kind is AnswerSent and not event.automatic:
                ending = [name for name in ("response", "reply", "update") if name in dues]
                kept += [at <= dues.pop(name) for name in ending]
                answered, asked = True, 0
                dues["update"] = add(at, 16 * hour)
            elif kind is ContactReceived and answered and not asked and not event.automatic:
                dues["reply"], asked = add(at, 8 * hour), at
            elif isinstance(event, TicketPutOnHold) and event.reason == "awaiting_requester":
                hold = at
            elif kind is TicketResumed and hold:
                self._resume(dues, hold, at, asked)
                hold = 0
            elif kind is TicketResolved:
                kept.append(at <= dues.pop("resolution"))
                kept += [False for due in dues.values() if at > due]  # the others are called off
                return kept
        return [*kept, *(as_of <= due for due in dues.values())]

    def _resume(self, dues: dict[str, int], hold: int, at: int, asked: int) -> None:
        for name in ("resolution", "update", "reply"):
            start = max(hold, asked) if name == "reply" else hold
            if name in dues and dues[name] >= start:
                dues[name] = max(self.add(dues[name], self.between(start, at)), at)


def by_hand(agreement: ServiceLevelAgreement) -> Callable[[History, int], list[bool]]:
    """Return the limit, on the agreement's calendar: a bool for each promise that was decided."""
    return _ByHand(agreement.calendar).judge


# -- measuring


def _verdicts(histories: Sequence[History], agreement: ServiceLevelAgreement) -> None:
    for history in histories:
        evaluate(history, agreement, as_of=_AS_OF)


def _ledgers(histories: Sequence[History], agreement: ServiceLevelAgreement) -> None:
    for history in histories:
        for clock in evaluate(history, agreement, as_of=_AS_OF):
            clock.ledger  # noqa: B018 - made when it is asked for


def measure_tickets(*, quick: bool = False) -> TicketFigures:
    """Run every measurement of single tickets in this process."""
    agreement = verdict_policy()
    short = tickets(500 if quick else 2_000)
    passes = 5 if quick else 9

    judge = by_hand(agreement)

    def limit() -> None:
        for history in short:
            judge(history, micros(_AS_OF))

    found = rates(
        {
            "verdicts": (lambda: _verdicts(short, agreement), len(short)),
            "by hand": (limit, len(short)),
        },
        passes,
    )
    found |= rates({"ledgers": (lambda: _ledgers(short, agreement), len(short))}, passes)
    return TicketFigures(
        verdicts_per_second=found["verdicts"],
        ledgers_per_second=found["ledgers"],
        by_hand_per_second=found["by hand"],
        verdict_event_us=_per_event(_verdicts, agreement, passes),
        ledger_event_us=_per_event(_ledgers, agreement, passes),
    )


def _per_event(
    judge: Callable[[Sequence[History], ServiceLevelAgreement], None],
    agreement: ServiceLevelAgreement,
    passes: int,
) -> tuple[float, ...]:
    """Return the microseconds for each event of tickets of 10, 100 and 1,000 events."""
    runs = {}
    for length in _LENGTHS:
        # The same number of events in every run.
        some = [long_ticket(length)] * (2_000 // length)
        runs[str(length)] = (lambda some=some: judge(some, agreement), 2_000)
    return tuple(1e6 / rate for rate in rates(runs, passes).values())


def full_policy() -> ServiceLevelAgreement:
    """Return an agreement for the UCI log with every metric that its events can start.

    It holds no contacts after the opening and no commitments, so that next replies never start.
    """
    goals: dict[str, timedelta | Goal] = {
        "P1": WallTime(hours(4)),
        "P2": hours(8),
        "P3": hours(24),
        "P4": hours(40),
    }
    waits = frozenset({"awaiting_requester", "awaiting_supplier", "awaiting_evidence"})
    return ServiceLevelAgreement(
        agreement_id=AgreementId("full"),
        calendar=BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00")),
        targets=(
            ServiceLevelTarget(
                metric="response",
                goals={
                    "P1": WallTime(minutes(30)),
                    "P2": hours(1),
                    "P3": hours(4),
                    "P4": hours(10),
                },
            ),
            ServiceLevelTarget(metric="next_reply", goals=hours(8)),
            ServiceLevelTarget(metric="update", goals=hours(30)),
            ServiceLevelTarget(
                metric="resolution", goals=goals, pause_on=waits, warn_at_ratios=(0.5, 0.75)
            ),
            ServiceLevelTarget(metric="requester_wait", goals=goals),
            ServiceLevelTarget(metric="agent_work", goals=hours(16)),
            ServiceLevelTarget(
                metric="ola", name="first line", goals=hours(8), rules=held_by("Group 70")
            ),
            ServiceLevelTarget(
                metric="uc",
                name="supplier",
                goals=hours(40),
                rules=waiting_for("awaiting_supplier"),
            ),
        ),
    )


def changed_policy() -> ServiceLevelAgreement:
    """Return the full policy with longer hours: every clock has to be judged twice."""
    long = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 07:00-19:00"))
    return attrs.evolve(full_policy(), agreement_id=AgreementId("longer"), calendar=long)


def measure_log() -> LogFigures:
    """Judge the UCI log in this process: verdicts, then with every ledger, then a what-if.

    The garbage collector runs as it does for everybody.

    Raises:
        FileNotFoundError: the log is not beside the repository.
    """
    from itsm_core.interop import load_mapping, read_log

    mapping = load_mapping("servicenow_uci")
    log, read = _timed(lambda: read_log(UCI_LOG, mapping))
    histories = list(log.histories.values())
    agreement = full_policy()

    def judged() -> int:
        return sum(len(each) for each in _each(histories, agreement, log.last_at))

    def drawn() -> int:
        return sum(
            len(clock.ledger) for each in _each(histories, agreement, log.last_at) for clock in each
        )

    def compared() -> Diff:
        return diff(agreement, changed_policy(), histories, as_of=log.last_at)

    clocks, verdict_seconds = _timed(judged)
    lines, ledger_seconds = _timed(drawn)
    found, diff_seconds = _timed(compared)
    return LogFigures(
        read_seconds=read,
        verdict_seconds=verdict_seconds,
        ledger_seconds=ledger_seconds,
        diff_seconds=diff_seconds,
        tickets=len(histories),
        clocks=clocks,
        lines=lines,
        changes=len(found),
    )


def _each(
    histories: Iterable[History], agreement: ServiceLevelAgreement, as_of: datetime
) -> Iterable[Evaluation]:
    for history in histories:
        yield evaluate(history, agreement, as_of=as_of)


def _timed(run: Callable[[], _Result]) -> tuple[_Result, float]:
    gc.collect()
    began = time.process_time()
    result = run()
    return result, time.process_time() - began


def _fresh(part: str, *, quick: bool) -> Mapping[str, object]:
    """Measure in a fresh process, as a user's program would run: no heap left by other checks."""
    command = [sys.executable, "-m", "benchmarks.sla", "--json", part]
    done = subprocess.run(
        command + ["--quick"] * quick, capture_output=True, text=True, check=True, cwd=_ROOT
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def measure_apart(*, quick: bool = False) -> TicketFigures:
    """Measure tickets in three fresh processes, `quick` in two; keep the best of each figure."""
    found = [_fresh("tickets", quick=quick) for _ in range(2 if quick else 3)]
    figures = [TicketFigures(**each) for each in found]  # type: ignore[arg-type]
    return TicketFigures(
        verdicts_per_second=max(each.verdicts_per_second for each in figures),
        ledgers_per_second=max(each.ledgers_per_second for each in figures),
        by_hand_per_second=max(each.by_hand_per_second for each in figures),
        verdict_event_us=_least(each.verdict_event_us for each in figures),
        ledger_event_us=_least(each.ledger_event_us for each in figures),
    )


def _least(costs: Iterable[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(map(min, zip(*costs, strict=True)))


def measure_log_apart(*, quick: bool = False) -> LogFigures:
    """Measure the log in two fresh processes, `quick` in one, and keep the best of each figure."""
    found = [_fresh("log", quick=quick) for _ in range(1 if quick else 2)]
    figures = [LogFigures(**each) for each in found]  # type: ignore[arg-type]
    names = [field.name for field in attrs.fields(LogFigures)]
    return LogFigures(**{name: min(getattr(each, name) for each in figures) for name in names})


def _profile(what: str) -> None:
    agreement, some = verdict_policy(), tickets(1_000)
    judge = _ledgers if what == "ledgers" else _verdicts
    judge(some, agreement)
    profile = cProfile.Profile()
    profile.runcall(judge, some, agreement)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures for people; with --json, what this process measures."""
    from benchmarks import tzdb

    parser = argparse.ArgumentParser(prog="sla", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", choices=("tickets", "log"))
    parser.add_argument("--profile", choices=("verdicts", "ledgers"))
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    if chosen.profile:
        _profile(chosen.profile)
        return 0
    if chosen.json:
        figures = measure_log() if chosen.json == "log" else measure_tickets(quick=chosen.quick)
        print(json.dumps(attrs.asdict(figures)))
        return 0
    found = measure_apart(quick=chosen.quick)
    by_hand_ratio = found.by_hand_per_second / found.verdicts_per_second
    print(f"verdicts            {found.verdicts_per_second:>10,.0f} tickets a second")
    print(f"with every ledger   {found.ledgers_per_second:>10,.0f} tickets a second")
    print(f"limit, by hand      {found.by_hand_per_second:>10,.0f} ({by_hand_ratio:.1f} times)")
    for name, costs in (
        ("verdicts", found.verdict_event_us),
        ("ledgers", found.ledger_event_us),
    ):
        told = ", ".join(
            f"{cost:.1f} us of {length:,}" for length, cost in zip(_LENGTHS, costs, strict=True)
        )
        print(f"an event, {name:<10} {told}")
    if UCI_LOG.exists():
        for name, value in attrs.asdict(measure_log_apart(quick=chosen.quick)).items():
            print(f"UCI log {name:<18} {value:>12,.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
