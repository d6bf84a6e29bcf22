"""Kill processes that use a store, and check what they leave behind (laws R2, R6).

Point it at your own store: `kill_writers(functools.partial(MyStore, "..."), kills=300)`. The
processes are real, the signal is SIGKILL, the instants are random from a seed. It proves safety
against the end of a process at any instant. It proves nothing about the loss of power: what the
operating system holds survives the process.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Final, Protocol, cast

import attrs

from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.ports import EventStore, Outbox, StoredEvent, Timer, TimerStore
from itsm_core.testing import _campaign
from itsm_core.testing._campaign import EVENTS, SHARED, Campaign, Told, batches_of

__all__ = ["CrashReport", "WorkingStore", "kill_workers", "kill_writers"]

_SHOWN: Final = 20
_ALL: Final = 10_000_000
_SETTLING_SECONDS: Final = 0.1
_PAST: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


class WorkingStore(EventStore, Outbox, TimerStore, Protocol):
    """Keep facts, messages and timers in one transaction.

    What a killed worker must not leave in half: a timer that is done, and its effect.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch
    >>> from itsm_core.spans import minutes
    >>> from itsm_core.testing.contract import AT, message, timer
    >>> store: WorkingStore = MemoryStore()
    >>> store.schedule([timer("remind", 5)])
    1
    >>> (claim,) = store.claim_due(as_of=AT + minutes(6), lease=minutes(1))
    >>> told = Batch(stream="a", events=(), expected_version=ANY, key="k", messages=(message(),))
    >>> results = store.complete(claim, batches=[told])
    >>> len(store.waiting()), len(store.unsent())
    (0, 1)
    """


@attrs.frozen(kw_only=True)
class CrashReport:
    """Say what became of a store whose processes were killed.

    Each count is of a violation and must be 0. `details` names the first 20.

    `lost`: acknowledged and not there. `partial`: a step that is there in part. `gaps`: a version
    or a position that is missing or doubled. `stray`: a message or a timer without its event, or
    the other way round. `doubled`: a step or a timer that took effect more than once.

    >>> lost = "lost: step 17 of w3 was acknowledged"
    >>> report = CrashReport(kills=300, acknowledged=5210, found=5209, lost=1, details=(lost,))
    >>> print(report)
    300 kills, 5210 acknowledged, 5209 found: 1 lost, 0 partial, 0 gaps, 0 stray, 0 doubled
      lost: step 17 of w3 was acknowledged
    >>> report.violations
    1
    """

    kills: int
    acknowledged: int
    found: int
    lost: int = 0
    partial: int = 0
    gaps: int = 0
    stray: int = 0
    doubled: int = 0
    details: tuple[str, ...] = ()

    @property
    def violations(self) -> int:
        """Return how many violations there are of any kind."""
        return self.lost + self.partial + self.gaps + self.stray + self.doubled

    def __str__(self) -> str:
        words = (
            f"{self.kills} kills, {self.acknowledged} acknowledged, {self.found} found: "
            f"{self.lost} lost, {self.partial} partial, {self.gaps} gaps, {self.stray} stray, "
            f"{self.doubled} doubled"
        )
        return "\n  ".join((words, *self.details))


class _Findings:
    """Count violations and keep the first of them in words."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.details: list[str] = []

    def add(self, kind: str, detail: str) -> None:
        self.counts[kind] += 1
        if len(self.details) < _SHOWN:
            self.details.append(f"{kind}: {detail}")

    def report(self, *, kills: int, acknowledged: int, found: int) -> CrashReport:
        return CrashReport(
            kills=kills,
            acknowledged=acknowledged,
            found=found,
            details=tuple(self.details),
            **self.counts,
        )


# --- writers -----------------------------------------------------------------------------------


def kill_writers(
    open_store: Callable[[], EventStore],
    *,
    kills: int,
    seed: int = 6,
    processes: int = 2,
    longest_ms: float = 30.0,
    facts_only: bool = False,
    dense_positions: bool = True,
) -> CrashReport:
    """Kill processes that append until `kills` are reached, and check what is in the store.

    Each step appends to two streams of its own and one that all share, with messages and timers,
    in one `append_many`, and is acknowledged to a pipe.

    Args:
        open_store: opens the store, which holds nothing yet. It is pickled to another process:
            a class, a function of a module, or a `functools.partial` of one.
        kills: at least 1.
        seed: the same seed draws the same instants; what they meet is up to the machine.
        processes: how many write at the same time.
        longest_ms: how long a process lives at most after its first step.
        facts_only: the store keeps neither messages nor timers.
        dense_positions: positions count from 1 without gaps; else they have to rise.

    Raises:
        InvalidValue: a number is not usable, or `open_store` cannot be pickled.
        ItsmError: a process ended by an error of its own, or this system has no SIGKILL.

    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> kill_writers(lambda: SqliteStore("desk.db"), kills=300)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: open_store cannot be sent to another process (...): ...; pass a
    class, a function of a module, or a functools.partial of one
    """
    campaign = Campaign(
        kind="writers",
        open_store=open_store,
        kills=kills,
        processes=processes,
        seed=seed,
        longest_ms=longest_ms,
        facts_only=facts_only,
    )
    told = run_campaign(campaign)
    findings = _Findings()
    with closing(open_store()) as store:
        everything = _settled(store)
        _check_places(everything, findings, dense=dense_positions)
        steps = _check_steps(store, everything, told.finished, findings)
        if not facts_only:
            _check_rest(cast("WorkingStore", store), everything, findings)
        _check_keys(store, steps, findings, facts_only=facts_only)
    return findings.report(
        kills=told.kills, acknowledged=sum(told.finished.values()), found=len(steps)
    )


def _settled(store: EventStore) -> tuple[StoredEvent, ...]:
    """Return all events, once a server has heard out the last words of those that were killed."""
    found = store.read_all(limit=_ALL)
    while True:
        time.sleep(_SETTLING_SECONDS)
        again = store.read_all(limit=_ALL)
        if len(again) == len(found):
            return again
        found = again


def _check_places(everything: Iterable[StoredEvent], findings: _Findings, *, dense: bool) -> None:
    """Check positions over all, and versions in each stream."""
    versions: Counter[str] = Counter()
    position = 0
    for one in everything:
        if one.position != position + 1 if dense else one.position <= position:
            findings.add("gaps", f"position {one.position} after {position}")
        position = one.position
        versions[one.stream] += 1
        if one.version != versions[one.stream]:
            findings.add("gaps", f"{one.stream!r} version {one.version}")


def _check_steps(
    store: EventStore,
    everything: Iterable[StoredEvent],
    finished: Mapping[str, int],
    findings: _Findings,
) -> set[tuple[str, int]]:
    """Check that each step is there as a whole or not at all; return those that are."""
    parts: dict[tuple[str, int], Counter[str]] = {}
    for one in everything:
        writer, _, number = one.event.event_id.split("|")[1].rpartition(" ")
        parts.setdefault((writer, int(number)), Counter())[one.stream] += 1
    for (name, step), counted in parts.items():
        whole = {f"{name} a": EVENTS, f"{name} b": EVENTS, SHARED: EVENTS}
        if any(count > EVENTS for count in counted.values()):
            findings.add("doubled", f"step {step} of {name}: {dict(counted)}")
        elif counted != whole:
            findings.add("partial", f"step {step} of {name}: {dict(counted)}")
    found = Counter(name for name, _ in parts)
    for name, acknowledged in finished.items():
        for step in range(acknowledged):
            if (name, step) not in parts:
                findings.add("lost", f"step {step} of {name} was acknowledged")
        # What a process did before a step that is there, is there as well.
        if any((name, step) not in parts for step in range(found[name])):
            findings.add("gaps", f"{name}: a step is missing before another that is there")
        if store.version(f"{name} a") != store.version(f"{name} b"):
            findings.add("partial", f"the streams of {name} differ in length")
    return set(parts)


def _check_rest(
    store: WorkingStore, everything: Iterable[StoredEvent], findings: _Findings
) -> None:
    """Check that messages and timers are there if and only if their events are."""
    steps = {one.event.event_id.rpartition("|")[0] for one in everything}
    messages = {record.message.message_id for record in store.unsent(limit=_ALL)}
    for each in sorted(steps ^ messages):
        findings.add("stray", f"{each}: event {each in steps}, message {each in messages}")
    # Each step cancels the timer of the one before: the last one of each waits.
    last: dict[str, int] = {}
    for step in steps:
        owner, _, number = step.rpartition(" ")
        last[owner] = max(last.get(owner, 0), int(number))
    expected = {f"{owner} {number}" for owner, number in last.items()}
    waiting = {timer.key for timer in store.waiting(limit=_ALL)}
    for key in sorted(expected ^ waiting):
        findings.add("stray", f"timer {key}: expected {key in expected}, waits {key in waiting}")


def _check_keys(
    store: EventStore, steps: Iterable[tuple[str, int]], findings: _Findings, *, facts_only: bool
) -> None:
    """Check that the last step of each process is known by its key, and is not written again."""
    last: dict[str, int] = {}
    for name, number in steps:
        last[name] = max(last.get(name, 0), number)
    for name, number in last.items():
        again = store.append_many(batches_of(name, number, facts_only=facts_only))
        if not all(result.repeated for result in again):
            findings.add("doubled", f"step {number} of {name} was written again")


# --- workers -----------------------------------------------------------------------------------


def kill_workers(
    open_store: Callable[[], WorkingStore],
    *,
    kills: int,
    timers: int = 1000,
    seed: int = 2,
    processes: int = 2,
    longest_ms: float = 10.0,
    lease_ms: int = 40,
    effect_apart: bool = False,
) -> CrashReport:
    """Kill timer workers until `kills` are reached, and check that each timer took effect once.

    The effects have keys of the worker that writes them, so that only the lease of the timer
    keeps them single. `effect_apart` is the control: a worker that writes the effect first and
    marks the timer done afterwards doubles some, and has to be found out.

    The kills are spread over rounds of at most `timers` timers; a last worker does what is left.

    Args:
        open_store: as in `kill_writers`.
        kills: at least 1.
        timers: how many timers are scheduled at a time, again and again.
        seed: the same seed draws the same instants.
        processes: how many workers run at the same time.
        longest_ms: how long a worker lives at most after it began.
        lease_ms: how long a killed worker's timers are nobody's.
        effect_apart: run the control.

    Raises:
        InvalidValue: a number is not usable, or `open_store` cannot be pickled.
        ItsmError: a process ended by an error of its own, or this system has no SIGKILL.

    >>> from functools import partial
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> kill_workers(partial(SqliteStore, "desk.db"), kills=0)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: kills is not usable: 0; use a number above 0
    """
    campaign = Campaign(
        kind="workers, effect apart" if effect_apart else "workers",
        open_store=open_store,
        kills=kills,
        processes=processes,
        seed=seed,
        longest_ms=longest_ms,
        lease_ms=lease_ms,
    )
    packed_campaign(campaign)  # without it, 0 kills would be a report of a store never tried
    keys: list[str] = []
    killed = 0
    while killed < kills:
        with closing(open_store()) as store:
            new = [f"t{number}" for number in range(len(keys), len(keys) + timers)]
            store.schedule(Timer(key=key, stream="timers", due_at=_PAST) for key in new)
        keys += new
        killed += run_campaign(
            attrs.evolve(campaign, kills=kills - killed, seed=seed + killed)
        ).kills
    findings = _Findings()
    with closing(open_store()) as store:
        for _ in _campaign.work(campaign, "last"):  # nobody kills this one
            pass
        everything = _settled(store)
        _check_places(everything, findings, dense=False)
        _check_effects(store, keys, everything, findings)
    return findings.report(kills=killed, acknowledged=len(keys), found=len(everything))


def _check_effects(
    store: WorkingStore, keys: Iterable[str], everything: Iterable[StoredEvent], findings: _Findings
) -> None:
    effects = Counter(one.stream for one in everything)
    for key in keys:
        if effects[key] == 0:
            findings.add("lost", f"timer {key} took no effect")
        elif effects[key] > 1:
            findings.add("doubled", f"timer {key} took effect {effects[key]} times")
    for timer in store.waiting(limit=_ALL):
        findings.add("stray", f"timer {timer.key} still waits")
    events = {one.event.event_id for one in everything}
    messages = {record.message.message_id for record in store.unsent(limit=_ALL)}
    for name in sorted(events ^ messages):
        findings.add("stray", f"{name}: event {name in events}, message {name in messages}")


# --- the process that kills ----------------------------------------------------------------------


def packed_campaign(campaign: Campaign) -> bytes:
    """Return a campaign as it is sent to its process, or refuse it before a store is opened."""
    if not hasattr(signal, "SIGKILL"):
        raise ItsmError("this system has no SIGKILL; run the crash harness on Linux or macOS")
    for name in ("kills", "processes", "longest_ms", "lease_ms"):
        value = cast("float", getattr(campaign, name))
        if isinstance(value, bool) or not 0 < value <= 1_000_000:
            raise InvalidValue(f"{name} is not usable", value, "use a number above 0")
    try:
        return pickle.dumps(campaign)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        remedy = "pass a class, a function of a module, or a functools.partial of one"
        raise InvalidValue(
            f"open_store cannot be sent to another process ({error})", campaign.open_store, remedy
        ) from error


def run_campaign(campaign: Campaign) -> Told:
    """Run a campaign in a process of its own."""
    work = packed_campaign(campaign)
    paths = json.dumps(sys.path)
    script = (
        f"import json, sys; sys.path[:] = json.loads({paths!r}); "
        "from itsm_core.testing._campaign import main; raise SystemExit(main())"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-c", script], input=work, capture_output=True, check=False
    )
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise ItsmError(f"the processes cannot be killed in peace: {why[-1] if why else 'silence'}")
    found = cast("dict[str, object]", json.loads(done.stdout))
    return Told(
        kills=cast("int", found["kills"]), finished=cast("dict[str, int]", found["finished"])
    )
