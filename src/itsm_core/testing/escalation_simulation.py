"""Simulate the timers of escalations for years, with everything that goes wrong (laws E3, R2).

One episode is a week of one ticket under a random ladder, from a seed: two workers whose clocks are
wrong and go back, a store that fails before and after its commit, somebody who writes between
reading and writing, events that come late and twice, timers that ring again, messages that are
delivered again. Afterwards everything is put in order and judged by the events alone:

- nothing lost: no step that came due is without its record, no message without its step;
- nothing doubled: a key is recorded once, and its message has one effect;
- nothing wrong: no step before its time, inside a pause or after what it was about had ended, no
  late message to who is away, held the ticket before or is on call no more, by what the store held
  when it was written.

`plant` puts in a mistake that must be found; see `PLANTS`.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

import attrs

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import Conflict, ItsmError, StoreUnavailable
from itsm_core.escalation import COLLAPSE, FIRE_ALL, CatchUp, DueStep, Step, due
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    TicketEvent,
)
from itsm_core.ids import EventId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import ANY, AppendResult, Batch, OutboxMessage, Timer, TimerClaim
from itsm_core.testing.escalation_cases import random_case
from itsm_core.testing.escalation_wrongs import misdirected, wrongs
from itsm_core.workers import (
    EscalationHandler,
    Escalations,
    OutboxRelay,
    Retry,
    TimerWorker,
)

__all__ = ["EPISODE", "PLANTS", "Plant", "SimulationReport", "simulate"]

EPISODE: Final = timedelta(days=7)
"""How long one episode lasts: 53 of them are more than a year."""

Plant = Literal["", "no_key", "no_fence", "no_clamp", "no_second_look"]
"""The mistake to plant, or none; `PLANTS` says what each is."""
PLANTS: Final[tuple[Plant, ...]] = ("no_key", "no_fence", "no_clamp", "no_second_look")
"""The mistakes that can be planted.

`no_key`: what is recorded is not looked at, and the effect is written under another key each time.
`no_fence`: the effect is written whatever version the ticket has by now. `no_clamp`: the look is
made at the worker's own instant, although the ticket's events are ahead of it. `no_second_look`: a
late message goes to whom it was for when it came due.
"""

_RETRY: Final = Retry(attempts=1_000, longest=timedelta(minutes=5))
_SKIP: Final = timedelta(hours=4)
_LEASE: Final = timedelta(minutes=1)
_TICK: Final = timedelta(minutes=3)
_MOST_RUNS: Final = 5_000  # no episode needs a tenth of it; an endless loop would be a violation


@attrs.frozen(kw_only=True)
class SimulationReport:
    """Say what happened in the episodes of some seeds, and what was wrong afterwards.

    >>> report = simulate([2])
    >>> report.episodes, report.simulated.days, report.violations
    (1, 7, ())
    >>> report.faults["crashes before commit"]
    4
    """

    episodes: int
    taken: int
    passed: int
    faults: Counter[str]
    violations: tuple[str, ...]

    @property
    def simulated(self) -> timedelta:
        """Return the simulated time."""
        return EPISODE * self.episodes

    def __str__(self) -> str:
        years = self.simulated / timedelta(days=365)
        faults = ", ".join(f"{number:,} {name}" for name, number in sorted(self.faults.items()))
        words = f"{years:,.1f} years, {self.taken:,} steps taken, {self.passed:,} passed over"
        shown = "".join(f"\n  {each}" for each in self.violations[:20])
        return f"{words}; {faults}; {len(self.violations)} violations{shown}"


def simulate(seeds: Iterable[int], *, plant: Plant = "") -> SimulationReport:
    """Run the episode of each seed; equal seeds give equal reports.

    What the code under test or its store refuses ends its episode, and is a violation.

    >>> print(simulate([0], plant="no_fence"))
    0.0 years, 4 steps taken, 0 passed over; 5 clocks behind, 1 events told twice, 1 writes between
    reading and writing; 1 violations
      seed 0: behind what was written before it: INC-1:c509a4e6:asked.1:1:1
    >>> simulate([0]).violations
    ()
    """
    faults: Counter[str] = Counter()
    violations: list[str] = []
    episodes = taken = passed = 0
    for seed in seeds:
        episode = _Episode(seed, plant)
        try:
            episode.run()
        except ItsmError as error:  # told with its seed, as every other violation is
            violations.append(f"seed {seed}: {type(error).__name__}: {error}")
        episodes += 1
        faults += episode.faults
        records = Counter(type(event) for event in episode.history)
        taken += records[EscalationStepTaken]
        passed += records[EscalationStepPassed]
        violations += [f"seed {seed}: {each}" for each in episode.violations()]
    return SimulationReport(
        episodes=episodes,
        taken=taken,
        passed=passed,
        faults=faults,
        violations=tuple(violations),
    )


# --- what is simulated ---------------------------------------------------------------------------


class _Store(MemoryStore):
    """Fail before or after the commit of an effect, and let others write in between."""

    def __init__(self, rng: random.Random, faults: Counter[str]) -> None:
        super().__init__()
        self._rng = rng
        self._faults = faults
        self.is_sound = False
        self.meanwhile: Callable[[], None] = lambda: None

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Complete a timer, if nothing happens."""
        draw = 1.0 if self.is_sound else self._rng.random()
        if draw < 0.1:
            self._faults["crashes before commit"] += 1
            raise StoreUnavailable("memory", "killed before its commit")
        if draw < 0.3:
            self.meanwhile()
        done = super().complete(claim, batches=batches)
        if 0.3 <= draw < 0.4:
            self._faults["answers lost after commit"] += 1
            raise StoreUnavailable("memory", "killed after its commit")
        return done


class _NoClamp(EscalationHandler):
    """A mistake: look at the worker's own instant."""

    def _now(self, history: Sequence[TicketEvent], as_of: datetime) -> datetime:  # noqa: ARG002
        return as_of


class _NoFence(EscalationHandler):
    """A mistake: write whatever has happened since the look."""

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterator[Batch]:
        for batch in super().__call__(timer, as_of):
            yield attrs.evolve(batch, expected_version=ANY)


class _NoKey(EscalationHandler):
    """A mistake: give each effect a name of its own, so that none is ever known."""

    _number = 0

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterator[Batch]:
        for batch in super().__call__(timer, as_of):
            self._number += 1
            mark = f"/{self._number}"
            yield attrs.evolve(
                batch,
                events=[_marked(event, mark) for event in batch.events],
                messages=[
                    attrs.evolve(each, message_id=each.message_id + mark) for each in batch.messages
                ],
            )


class _NoSecondLook(EscalationHandler):
    """A mistake: tell whoever was to be told when the step came due."""

    def _effects(
        self, history: tuple[TicketEvent, ...], steps: Sequence[DueStep], now_us: int
    ) -> tuple[tuple[TicketEvent, ...], tuple[Step, ...]]:
        stale = [attrs.evolve(each, reached=None) for each in steps]
        return super()._effects(history, stale, now_us)


def _marked(event: TicketEvent, mark: str) -> TicketEvent:
    if isinstance(event, EscalationStepTaken | EscalationStepPassed):
        return attrs.evolve(event, key=event.key + mark)
    return event


_HANDLERS: Final[Mapping[Plant, type[EscalationHandler]]] = {
    "": EscalationHandler,
    "no_key": _NoKey,
    "no_fence": _NoFence,
    "no_clamp": _NoClamp,
    "no_second_look": _NoSecondLook,
}


class _Receiver:
    """Take messages as a receiver does who tells by `message_id` what it has had before."""

    def __init__(self, rng: random.Random, faults: Counter[str]) -> None:
        self._rng = rng
        self._faults = faults
        self.is_sound = False
        self.effects: Counter[str] = Counter()
        self._known: set[str] = set()

    def __call__(self, message: OutboxMessage, /) -> None:
        """Take one message, or fail before or after it."""
        draw = 1.0 if self.is_sound else self._rng.random()
        if draw < 0.1:
            raise ConnectionError("not there")
        if message.message_id in self._known:
            self._faults["messages delivered again"] += 1
        else:
            self._known.add(message.message_id)
            self.effects[message.message_id.partition("/")[0]] += 1
        if draw < 0.3:
            raise ConnectionError("the answer was lost")


class _Told(NamedTuple):
    """Hold when an event is told, as the true clock has it."""

    at: datetime
    event: TicketEvent
    is_late: bool


class _Episode:
    """Run one ticket through a week."""

    def __init__(self, seed: int, plant: Plant) -> None:
        self._rng = rng = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self._case = case = random_case(rng, length=EPISODE - timedelta(days=1))
        self._plant: Plant = plant
        self._catch_up = rng.choice((COLLAPSE, FIRE_ALL, CatchUp(mode="skip", older_than=_SKIP)))
        self._store = _Store(rng, self.faults)
        self._store.meanwhile = self._tell_next
        self._stream = case.history[0].ticket_id
        self._handler = _HANDLERS[plant](
            store=self._store, rules=self._rules, coverage=case.coverage
        )
        self._true = case.opened_at
        self._end = case.opened_at + EPISODE
        self._coming = deque(sorted(self._schedule(case.history), key=_when))
        self._clock = ManualClock(self._true)
        self._worker = self._new_worker()
        self._receiver = _Receiver(rng, self.faults)
        self._relay = OutboxRelay(
            store=self._store, deliver=self._receiver, clock=self._clock, retry=_RETRY
        )
        self._is_endless = False

    def _rules(self, _: Ticket) -> Escalations:
        case = self._case
        return Escalations(ladder=case.ladder, agreement=case.agreement, catch_up=self._catch_up)

    def _schedule(self, history: Sequence[TicketEvent]) -> Iterator[_Told]:
        """Yield when each event is told: some of them late."""
        for event in history:
            late = event is not history[0] and self._rng.random() < 0.1
            delay = self._rng.randrange(1, 600) * timedelta(minutes=1) if late else timedelta(0)
            yield _Told(event.occurred_at + delay, event, late)

    @property
    def history(self) -> tuple[TicketEvent, ...]:
        """Return what the store holds of the ticket, in the order of writing."""
        return tuple(each.event for each in self._store.read(self._stream))

    # -- the desk ---------------------------------------------------------------------------------

    def _tell_next(self) -> None:
        """Tell what comes next, at the very moment at which somebody else is at work."""
        if self._coming and self._coming[0].at <= self._true + timedelta(hours=2):
            self.faults["writes between reading and writing"] += 1
            self._tell(self._coming.popleft())

    def _tell(self, told: _Told) -> None:
        """Append an event with the timer that the ticket then needs, as a desk does, or twice."""
        history = self.history
        last = max((each.occurred_us for each in history), default=0)
        event = told.event
        if told.is_late:
            self.faults["events told late"] += 1
        elif event.occurred_us < last:
            # A desk writes nothing before what it has written, whatever its clock shows.
            event = attrs.evolve(event, occurred_at=last)
        place = len(history) + 1
        event = attrs.evolve(event, event_id=EventId(f"{self._stream}#{place}"), sequence=place - 1)
        key = f"told {event.event_id}"
        timers = self._handler.timers((*history, event), max(told.at, self._true))
        batch = Batch(
            stream=self._stream,
            events=(event,),
            expected_version=len(history),
            key=key,
            intent=key,
            schedule=timers,
        )
        self._store.append_many([batch])
        if self._rng.random() < 0.2:
            self.faults["events told twice"] += 1
            self._store.append_many([batch])

    # -- the workers ------------------------------------------------------------------------------

    def _new_worker(self) -> TimerWorker:
        return TimerWorker(
            store=self._store,
            handle=self._handler,
            clock=self._clock,
            lease=_LEASE,
            batch=5,
            retry=_RETRY,
        )

    def _set_clock(self) -> None:
        """Let the machine's clock be wrong, mostly a little; it goes back as well."""
        draw = self._rng.random()
        skew = timedelta(seconds=self._rng.randrange(-200, 200))
        if draw < 0.1:
            skew = timedelta(minutes=self._rng.randrange(-180, 30))
        if skew < timedelta(0):
            self.faults["clocks behind"] += 1
        self._clock.set(self._true + skew)
        if draw < 0.3:
            self._worker = self._new_worker()  # who starts anew does not know how late it was

    def _work(self) -> bool:
        """Let a worker run once; tell whether it found something."""
        self._set_clock()
        try:
            claimed = self._worker.run_once().claimed
        except StoreUnavailable:
            self._worker = self._new_worker()
            return True
        self._relay.run_once()
        return bool(claimed)

    def _ring_again(self) -> None:
        """Do a timer once more that is done: its effect is known by its key."""
        keys = [e for e in self.history if isinstance(e, EscalationStepTaken)]
        if not keys:
            return
        self.faults["timers rung again"] += 1
        timer = Timer(key="escalation: again", stream=self._stream, due_at=self._true)
        for batch in self._handler(timer, self._true):
            with suppress(Conflict):
                self._store.append_many([batch])
                self._store.append_many([batch])

    # -- running ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Let the week pass, then let everything settle."""
        outage_until = self._true
        for _ in range(_MOST_RUNS):
            told_at = self._coming[0].at if self._coming else self._end
            due_at = self._store.next_due_at()
            if due_at is None or max(due_at, outage_until) >= min(told_at, self._end):
                if told_at >= self._end:
                    break
                self._true = max(self._true, told_at)
                self._tell(self._coming.popleft())
                if self._rng.random() < 0.1:
                    self.faults["outages"] += 1
                    outage_until = self._true + timedelta(hours=self._rng.randrange(1, 20))
                continue
            self._true = max(self._true, due_at, outage_until)
            if not self._work():
                self._true += _TICK
            if self._rng.random() < 0.02:
                self._ring_again()
        else:
            self._is_endless = True
        self._settle()

    def _settle(self) -> None:
        """Put everything right and do what is left."""
        self._store.is_sound = self._receiver.is_sound = True
        self._true = max(self._true, self._end) + timedelta(hours=1)
        for _ in range(_MOST_RUNS if not self._is_endless else 1):
            self._clock.set(self._true)
            if not self._worker.run_once().claimed:
                break
            self._true += _TICK
        else:
            self._is_endless = True
        self._clock.set(self._true + timedelta(days=1))
        self._relay.run_once()

    # -- judging ----------------------------------------------------------------------------------

    def violations(self) -> Iterator[str]:
        """Yield what is wrong, by the events alone."""
        if self._is_endless:
            yield "a ticket is looked at without end"
        history = self.history
        yield from self._lost_or_doubled(history)
        for place, event in enumerate(history):
            if isinstance(event, EscalationStepTaken):
                yield from wrongs(history[:place], event)
                yield from misdirected(history[:place], event, self._case.coverage)

    def _lost_or_doubled(self, history: Sequence[TicketEvent]) -> Iterator[str]:
        case, records = self._case, Counter[str]()
        for event in history:
            if isinstance(event, EscalationStepTaken | EscalationStepPassed):
                records[event.key.partition("/")[0]] += 1
        yield from (f"recorded {n} times: {key}" for key, n in records.items() if n > 1)
        effects = self._receiver.effects
        yield from (f"{n} effects of {key}" for key, n in effects.items() if n > 1)
        taken = {e.key.partition("/")[0] for e in history if isinstance(e, EscalationStepTaken)}
        yield from (f"message without step, or step without: {key}" for key in taken ^ set(effects))
        last = max(event.occurred_us for event in history)
        until = max(self._end, datetime.fromtimestamp(0, UTC) + timedelta(0, 0, last))
        found = due(
            history, case.ladder, case.agreement, case.coverage, until=until, catch_up=FIRE_ALL
        )
        for each in found:
            if each.outcome != "held" and each.key not in records:
                yield f"never recorded: {each.step.text()} ({each.key})"


def _when(told: _Told) -> datetime:
    return told.at
