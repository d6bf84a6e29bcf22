"""`itsm-core next`: who must act next about each open ticket of a log, and by when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import attrs

from itsm_core.calendars import load_zone, wall_time
from itsm_core.cli._output import Outputs, say, tell_written
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import check_as_of, instant_of, without_collection
from itsm_core.errors import InvalidValue
from itsm_core.escalation import EscalateToRole, ProposeMajorIncident, Step, due, plan
from itsm_core.events import TicketEvent, in_order, opened_first
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, mapping_path, read_log
from itsm_core.lifecycle import Ticket, fold
from itsm_core.policy import Policy, load_policy, policy_path
from itsm_core.report._words import clean, duration, plural
from itsm_core.sla import ClockState, SlaClock, evaluate_all
from itsm_core.spans import END_OF_TIME, instant, micros

__all__ = ["Next", "NextAct", "next_acts", "next_of_log"]

_SECOND: Final = timedelta(seconds=1)


@attrs.frozen(kw_only=True)
class Next:
    """Hold the arguments of `next`."""

    log: Path
    mapping: str
    policy: str
    as_of: str | None = None
    most: int = 30
    json: Path | None = None


@attrs.frozen(kw_only=True)
class NextAct:
    """Hold what has to be done next about a ticket: by when, by whom, what and why.

    `at_us` is None where time alone asks for nothing; `is_late` if it should have been done.
    """

    ticket_id: TicketId
    at_us: int | None = None
    zone: str
    who: str
    what: str
    is_late: bool = False

    @property
    def when(self) -> str:
        """Return the instant on the wall clock of `zone`, with its date; "-" without one."""
        return "-" if self.at_us is None else _stamp(self.at_us, self.zone)

    def to_json(self) -> dict[str, object]:
        """Return the act as plain values, its instant in UTC."""
        return {
            "ticket": self.ticket_id,
            "at": None if self.at_us is None else instant(self.at_us).isoformat(),
            "zone": self.zone,
            "who": self.who,
            "what": self.what,
            "is_late": self.is_late,
        }


def next_of_log(asked: Next) -> None:
    """Print who must act next about each open ticket, the earliest first.

    Raises:
        ItsmError: the log, the mapping, the policy or an argument is wrong; nothing is written.
    """
    if asked.most < 1:
        raise InvalidValue("--most is less than 1", asked.most, "say how many lines to print")
    mapping, policy = load_mapping(asked.mapping), load_policy(asked.policy)
    as_of = None if asked.as_of is None else instant_of(asked.as_of)
    inputs = {
        "the log": asked.log,
        "the mapping": mapping_path(asked.mapping),
        "the policy": policy_path(asked.policy),
    }
    with Outputs.open(inputs) as outputs, without_collection():
        if asked.json is not None:
            outputs.reserve(asked.json, "--json")
        with progress("Reading the log") as tell:
            matrix = policy.matrix.policy.matrix
            log = read_log(asked.log, mapping, matrix=matrix, progress=tell)
        check_as_of(as_of, log.quality)
        seen_at = as_of or log.last_at
        with progress("Looking for who must act"):
            acts = next_acts(log.histories.values(), policy, as_of=seen_at, zone=mapping.zone)
        if asked.json is not None:
            values = {
                "log": log.quality.path,
                "mapping": mapping.name,
                "policy": policy.name,
                "as_of": instant(micros(seen_at)).isoformat(),
                "tickets": [each.to_json() for each in acts],
            }
            text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)
            outputs.write(asked.json, text + "\n")
        for line in _lines(acts, asked.most, _stamp(micros(seen_at), mapping.zone)):
            say(line)
    tell_written((asked.json,))


def next_acts(
    histories: Iterable[Sequence[TicketEvent]], policy: Policy, *, as_of: datetime, zone: str
) -> tuple[NextAct, ...]:
    """Return the next act about each ticket that is open at `as_of`, the earliest first.

    A broken promise that nobody has fulfilled comes before all else about its ticket; then what
    ladders ask for by now and has no record; then the earliest of what they plan and of the due
    instants of clocks that run. Which ladder a ticket has is the desk's to say: each is asked.
    What asks for no instant is last. `zone` is for what no calendar counts. Events may come in any
    order, and more than once.

    Raises:
        ItsmError: as `evaluate_all`, `due` and `plan` do.
    """
    end = micros(as_of)
    acts: list[NextAct] = []
    for history in histories:
        # A contact may be older than its ticket, which is nobody's business before it is opened.
        told = opened_first(in_order(history))
        known = [event for event in told if event.occurred_us <= end]
        ticket = fold(known) if known else None
        if ticket is not None and ticket.category.is_open:
            acts.append(_act(_Asked(ticket, known, policy, as_of, zone)))
    return tuple(sorted(acts, key=_earliest))


def _earliest(act: NextAct) -> tuple[bool, int, str]:
    return act.at_us is None, act.at_us or 0, act.ticket_id


class _Asked(NamedTuple):
    """Hold what is asked about one ticket."""

    ticket: Ticket
    known: Sequence[TicketEvent]
    policy: Policy
    as_of: datetime
    zone: str

    @property
    def holder(self) -> str:
        """Return who has the ticket: a person, else a group."""
        return self.ticket.assignee or self.ticket.group or "nobody holds it"


class _Found(NamedTuple):
    """Hold one thing that asks for somebody, so that the most pressing is the least."""

    rank: int
    at_us: int
    order: int
    zone: str
    who: str
    what: str


_OVERDUE, _DUE, _TO_COME = 0, 1, 2
_BY_STEP, _BY_CLOCK = 0, 1


def _act(asked: _Asked) -> NextAct:
    ticket, holder, zone = asked.ticket, asked.holder, asked.zone
    evaluations = evaluate_all(asked.known, asked.policy.catalogue, as_of=asked.as_of)
    clocks = [clock for each in evaluations for clock in each if clock.is_live]
    found = [*_of_clocks(clocks, holder), *_of_ladders(asked, clocks)]
    if found:
        first = min(found)
        return NextAct(
            ticket_id=ticket.ticket_id,
            at_us=first.at_us,
            zone=first.zone,
            who=first.who,
            what=first.what,
            is_late=first.rank != _TO_COME,
        )
    paused = [_paused(each, ticket) for each in clocks if each.state is ClockState.PAUSED]
    what = "; ".join(paused) or "nothing is due"
    return NextAct(ticket_id=ticket.ticket_id, zone=zone, who=holder, what=what)


def _of_clocks(clocks: Iterable[SlaClock], holder: str) -> Iterator[_Found]:
    """Yield what live clocks ask for: those that are late, and those that run."""
    for clock in clocks:
        at = clock.due_us
        left = clock.remaining
        if at is None or left is None or at >= END_OF_TIME:
            continue
        if clock.state is ClockState.BREACHED:
            late = f", {duration(-left)} late" if left <= -_SECOND else ""
            what = f"{_name(clock)} is breached{late}"
            yield _Found(_OVERDUE, at, _BY_CLOCK, clock.calendar.zone, holder, what)
        else:
            what = f"{_name(clock)} is due, {duration(left)} left"
            yield _Found(_TO_COME, at, _BY_CLOCK, clock.calendar.zone, holder, what)


def _of_ladders(asked: _Asked, clocks: Sequence[SlaClock]) -> Iterator[_Found]:
    """Yield the steps that are due and not taken, those that are held, and those planned."""
    known, as_of, policy = asked.known, asked.as_of, asked.policy
    for name, ladder in policy.ladders.items():
        note = f" (ladder {name})" if len(policy.ladders) > 1 else ""
        steps: list[tuple[int, int, Step]] = []
        for each in due(known, ladder, policy.catalogue, policy.coverage, until=as_of):
            if each.outcome == "act":
                steps.append((_DUE, each.step.at_us, each.current))
            elif each.again_us is not None:
                steps.append((_TO_COME, each.again_us, each.step))
        planned = plan(known, ladder, policy.catalogue, policy.coverage, as_of=as_of)
        steps += [(_TO_COME, step.at_us, step) for step in planned[:1]]
        for rank, at, step in steps:
            zone = _zone(step, clocks, asked.zone)
            what = step.text(zone).partition(": ")[2] + note
            yield _Found(rank, at, _BY_STEP, zone, _who(step, asked.holder), what)


def _zone(step: Step, clocks: Sequence[SlaClock], zone: str) -> str:
    """Return the zone of the calendar by which a step is counted, else of the first clock."""
    name = step.subject.partition(".")[0]
    counted = [each for each in clocks if each.name == name] or clocks
    return counted[0].calendar.zone if counted else zone


def _who(step: Step, holder: str) -> str:
    if isinstance(step.action, EscalateToRole | ProposeMajorIncident):
        return f"the {step.action.role}"
    return step.target.removeprefix("person ").removeprefix("group ") or holder


def _name(clock: SlaClock) -> str:
    return f"{clock.name} {clock.subject}" if clock.subject else clock.name


def _paused(clock: SlaClock, ticket: Ticket) -> str:
    reason = f" while {ticket.hold_reason}" if ticket.hold_reason else ""
    left = clock.remaining or timedelta(0)
    return f"{_name(clock)} is paused{reason}, {duration(left)} left"


def _stamp(at_us: int, zone: str) -> str:
    return f"{wall_time(at_us, load_zone(zone)):%a %Y-%m-%d %H:%M %Z}"


def _lines(acts: Sequence[NextAct], most: int, as_of: str) -> Iterator[str]:
    """Yield the heading, a line an act in columns, and how many are left out."""
    late = sum(act.is_late for act in acts)
    yield f"{plural(len(acts), 'open ticket')} as of {as_of}, {late:,} late"
    rows = [
        (act.when, clean(act.ticket_id), clean(act.who), clean(act.what)) for act in acts[:most]
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(3)] if rows else []
    for row in rows:
        told = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*told, row[3]))
    if len(acts) > most:
        yield f"and {len(acts) - most:,} more; --most says how many to print"
