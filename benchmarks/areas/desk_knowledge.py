"""Evidence for the area `desk`: knowledge at intake, complaints, satisfaction, review sheets.

Everything is measured against a truth that is planted in made-up histories and that the code
under test does not see.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Final

from benchmarks.areas import Point, guarded
from itsm_core.commands import Actor, TriggerTransition
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeUsed,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.feedback import (
    ReviewRules,
    complaint_of,
    review_sheet,
    satisfaction_of,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.knowledge import UsageRules, usage_of
from itsm_core.lifecycle import COMPLAINT, Ticket, decide, evolve
from itsm_core.simulation import simulate

__all__ = ["points"]

_START: Final = datetime(2026, 1, 5, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_LEVEL: Final = 0.95
_SLACK: Final = 0.02
"""What chance may take from a coverage of 95 % in a few hundred rounds."""

History = tuple[TicketEvent, ...]
Measure = Callable[[bool], Iterable[Point]]


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` takes fewer rounds."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


# --- complaints ----------------------------------------------------------------------------------


def _complaints(quick: bool) -> Iterator[Point]:
    """Walk every story of a complaint, and read each back."""
    depth, stories, decided, unheard = (10 if quick else 13), 0, 0, 0
    manager = Actor(person_id=PersonId("mei"), roles={"complaint_manager", "lead"})
    ticket_id = TicketId("CMP-1")
    opening = TicketOpened(
        ticket_id=ticket_id,
        occurred_at=_START,
        lifecycle="complaint",
        requester=PersonId("rob"),
    )
    triggers = [each.trigger for each in COMPLAINT.transitions if each.target]
    ahead: list[tuple[Ticket, History]] = [(evolve(None, opening), (opening,))]
    for step in range(1, depth + 1):
        at, reached = _START + step * _DAY, list[tuple[Ticket, History]]()
        for (ticket, history), trigger in product(ahead, dict.fromkeys(triggers)):
            reason = "awaiting_evidence" if trigger == "hold" else f"words of day {step}"
            command = TriggerTransition(ticket_id=ticket_id, name=trigger, reason=reason)
            told = decide(COMPLAINT, ticket, command, actor=manager, at=at)
            if isinstance(told, CommandRefused) or not told:
                continue
            after = ticket
            for event in told:
                after = evolve(after, event)
            story = (*history, *told)
            found = complaint_of(story, at)
            stories += 1
            decided += found.is_decided
            unheard += found.is_decided and not found.counts
            reached.append((after, story))
        ahead = reached
    yield Point(
        f"complaints: every story of {depth} steps",
        "none is decided past a hearing",
        f"{unheard} of {decided:,} decisions in {stories:,} stories",
        unheard == 0 < decided,
    )


# --- knowledge -----------------------------------------------------------------------------------

_TRUTH: Final = 0.7
_RULES: Final = UsageRules(fewest=10)


def _used(rng: Random, number: int, days: int) -> History:
    """Return a ticket on which an article was used, which truly helps in seven of ten."""
    ticket, at = TicketId(f"INC-{number}"), _START + rng.randrange(days * 24) * timedelta(hours=1)
    opened = TicketOpened(ticket_id=ticket, occurred_at=at, group=GroupId("desk"))
    used = KnowledgeUsed(ticket_id=ticket, occurred_at=at, entry_id="KB-1")
    solved_at = at + rng.random() * 10 * _DAY
    solved = TicketResolved(ticket_id=ticket, occurred_at=solved_at, state="resolved")
    if rng.random() < _TRUTH:
        return (opened, used, solved)
    back_at = solved_at + rng.random() * 2 * _DAY
    return (
        opened,
        used,
        solved,
        TicketReopened(ticket_id=ticket, occurred_at=back_at, state="in_progress"),
    )


def _naive(histories: Iterable[History], as_of: datetime) -> float:
    """Return the share that counts failures at once and successes once they have stood."""
    good = bad = 0
    for history in histories:
        told = [each for each in history if each.occurred_at <= as_of]
        solved = next((each for each in told if isinstance(each, TicketResolved)), None)
        if any(isinstance(each, TicketReopened) for each in told):
            bad += 1
        elif solved is not None and solved.occurred_at + _RULES.stands_for <= as_of:
            good += 1
    return good / (good + bad) if good + bad else 0.0


def _knowledge(quick: bool) -> Iterator[Point]:
    rounds, covered, naive, judged = (200 if quick else 1_000), 0, 0.0, 0.0
    as_of = _START + 45 * _DAY
    for seed in range(rounds):
        rng = Random(f"knowledge:{seed}")
        histories = [_used(rng, number, 40) for number in range(150)]
        (found,) = usage_of(histories, as_of, rules=_RULES)
        covered += found.interval.contains(_TRUTH)
        naive += _naive(histories, as_of) / rounds
        judged += (found.helped.ratio or 0.0) / rounds
    share = covered / rounds
    yield Point(
        f"use of an article that helps in {_TRUTH:.0%}, while tickets still come in",
        "interval covers it in 93 % or more",
        f"{share:.1%} of {rounds} desks; mean {judged:.1%}, counted as it happens {naive:.1%}",
        share >= _LEVEL - _SLACK and abs(judged - _TRUTH) < 0.02,
    )


# --- satisfaction --------------------------------------------------------------------------------


def _asked(rng: Random, number: int, *, biased: bool) -> tuple[History, bool]:
    """Return a ticket whose requester was asked, and what they think, said or not."""
    ticket, content = TicketId(f"INC-{number}"), rng.random() < _TRUTH
    told: list[TicketEvent] = [
        TicketOpened(ticket_id=ticket, occurred_at=_START),
        FeedbackAsked(ticket_id=ticket, occurred_at=_START + _DAY),
    ]
    answers = (0.6 if content else 0.2) if biased else 0.4
    if rng.random() < answers:
        at = _START + 2 * _DAY
        told.append(FeedbackGiven(ticket_id=ticket, occurred_at=at, score=5 if content else 1))
    return tuple(told), content


def _satisfaction(quick: bool) -> Iterator[Point]:
    rounds, covered, bounded, fooled, warned = (200 if quick else 1_000), 0, 0, 0, 0
    end, as_of = _START + 9 * _DAY, _START + 60 * _DAY
    for seed in range(rounds):
        rng = Random(f"satisfaction:{seed}")
        plain = [_asked(rng, number, biased=False)[0] for number in range(200)]
        found = satisfaction_of(plain, start=_START, end=end, as_of=as_of)
        covered += found.interval.contains(_TRUTH)
        biased = [_asked(rng, number, biased=True) for number in range(200)]
        truth = sum(content for _, content in biased) / len(biased)
        told = [history for history, _ in biased]
        found = satisfaction_of(told, start=_START, end=end, as_of=as_of)
        bounded += found.bounds.contains(truth)
        fooled += not found.interval.contains(truth)
        warned += bool(found.warnings)
    yield Point(
        "satisfaction, where silence has no reason",
        "interval covers it in 93 % or more",
        f"{covered / rounds:.1%} of {rounds} surveys",
        covered / rounds >= _LEVEL - _SLACK,
    )
    yield Point(
        "satisfaction, where the angry keep silent",
        "bounds hold in all, each warned of",
        f"bounds {bounded} of {rounds}, warned {warned}; the interval alone misses {fooled}",
        bounded == warned == rounds,
    )


# --- review sheets -------------------------------------------------------------------------------


def _desk(rng: Random, shares: dict[str, float], tickets: int) -> list[History]:
    """Return tickets of people whose solutions stand in a known share."""
    told: list[History] = []
    for person, share in shares.items():
        for number in range(tickets):
            ticket = TicketId(f"{person}-{number}")
            opened = TicketOpened(ticket_id=ticket, occurred_at=_START, group=GroupId("desk"))
            solved = TicketResolved(
                ticket_id=ticket,
                occurred_at=_START + _DAY,
                actor=PersonId(person),
                state="resolved",
            )
            back = TicketReopened(
                ticket_id=ticket, occurred_at=_START + 2 * _DAY, state="in_progress"
            )
            told.append((opened, solved) if rng.random() < share else (opened, solved, back))
    return told


def _verdicts(histories: list[History], person: str) -> list[str]:
    sheet = review_sheet(
        histories,
        person,
        start=_START,
        end=_START + 30 * _DAY,
        as_of=_START + 60 * _DAY,
        rules=ReviewRules(),
    )
    return [line.verdict for line in sheet.lines]


def _reviews(quick: bool) -> Iterator[Point]:
    rounds, flagged, sheets, found, above = (40 if quick else 200), 0, 0, 0, 0
    equal = {f"p{n}": 0.85 for n in range(8)}
    for seed in range(rounds):
        rng = Random(f"reviews:{seed}")
        histories = _desk(rng, equal, 60)
        for person in list(equal)[:3]:
            flagged += not {"above", "below"}.isdisjoint(_verdicts(histories, person))
            sheets += 1
        planted = _desk(rng, {**equal, "planted": 0.55}, 60)
        found += "below" in _verdicts(planted, "planted")
        lucky = [*histories, *_desk(rng, {"lucky": 1.0}, 1)]
        above += "above" in _verdicts(lucky, "lucky")
    yield Point(
        "review sheets of people who are alike",
        "at most 5 % say anything of anybody",
        f"{flagged} of {sheets} ({flagged / sheets:.1%})",
        flagged / sheets <= 1 - _LEVEL,
    )
    yield Point(
        "a planted person: 55 % stand where others have 85 %, 60 tickets each",
        "found in 95 % or more",
        f"{found} of {rounds}",
        found / rounds >= _LEVEL,
    )
    yield Point("one of one", "is never above anybody", f"{above} of {rounds}", above == 0)


def _speed(quick: bool) -> Iterator[Point]:
    made_up = simulate(seed=3, tickets=1_000 if quick else 10_000)
    histories = tuple(made_up.histories.values())
    began = time.process_time()
    review_sheet(
        histories,
        "applications-1",
        start=made_up.start_at,
        end=made_up.as_of,
        as_of=made_up.as_of,
    )
    rate = (time.process_time() - began) / len(histories) * 1e6
    yield Point("one review sheet", "100 us a ticket or less", f"{rate:.0f} us of CPU", rate <= 100)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("complaints", _complaints),
    ("knowledge", _knowledge),
    ("satisfaction", _satisfaction),
    ("review sheets", _reviews),
    ("speed of review sheets", _speed),
)
